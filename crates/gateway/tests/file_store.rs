//! Sequence numbers and sent messages outlive the process, whatever it left half written.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::Command;

use wattbook_domain::Timestamp;
use wattbook_gateway::fix::FileStore;
use wattbook_session::fix::{MessageStore, StoreError};

/// Keeps a message for good.
fn save(store: &mut FileStore, frame: &[u8]) -> Result<(), StoreError> {
    store.append(frame)?;
    store.sync()
}

/// A store that has sent two messages and a heartbeat, and knows of five messages.
fn filled(path: &Path) -> FileStore {
    let mut store = FileStore::open(path).unwrap();
    assert!(store.is_new());
    save(&mut store, b"first").unwrap();
    store.skip().unwrap();
    save(&mut store, b"third").unwrap();
    store.set_next_in(9).unwrap();
    store.confirmer().confirm(0, 6).unwrap();
    store
}

#[test]
fn the_next_process_goes_on_where_the_last_one_was() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    assert_eq!(filled(&path).next_in(), 9);
    let store = FileStore::open(&path).unwrap();
    assert!(!store.is_new());
    // What came in but was not confirmed comes again.
    assert_eq!((store.next_out(), store.next_in()), (4, 6));
    assert_eq!(store.first(1, 9).unwrap(), Some((1, b"first".to_vec())));
    assert_eq!(store.first(2, 9).unwrap(), Some((3, b"third".to_vec())));
    assert_eq!(store.first(2, 2).unwrap(), None);
    assert_eq!(store.first(4, 3).unwrap(), None);
}

#[test]
fn both_sides_begin_again_after_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    let mut store = filled(&path);
    store.reset().unwrap();
    save(&mut store, b"anew").unwrap();
    let store = FileStore::open(&path).unwrap();
    assert_eq!((store.next_out(), store.next_in()), (2, 1));
    assert_eq!(store.first(1, 9).unwrap(), Some((1, b"anew".to_vec())));
    // What left before is not sent again, but it is known that it left.
    let kept: Vec<_> = store.kept().map(Result::unwrap).collect();
    let expected = [
        (None, b"first".to_vec()),
        (None, b"third".to_vec()),
        (Some(1), b"anew".to_vec()),
    ];
    assert_eq!(kept, expected);
}

#[test]
fn numbers_begin_anew_with_another_period_of_the_hours_and_no_other_time() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    let (monday, tuesday) = (Timestamp::from_nanos(1), Timestamp::from_nanos(2));
    // A store from before there were hours goes on in the first.
    let mut store = filled(&path);
    assert!(!store.begin_period(monday).unwrap());
    assert_eq!(store.next_out(), 4);
    let mut store = FileStore::open(&path).unwrap();
    assert!(!store.begin_period(monday).unwrap());
    assert_eq!((store.next_out(), store.next_in()), (4, 6));
    assert!(store.begin_period(tuesday).unwrap());
    save(&mut store, b"tuesday").unwrap();
    let mut store = FileStore::open(&path).unwrap();
    assert!(!store.begin_period(tuesday).unwrap());
    assert_eq!((store.next_out(), store.next_in()), (2, 1));
    assert_eq!(store.confirmer().resets(), 1);
}

#[test]
fn a_number_from_before_a_reset_confirms_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    let mut store = filled(&path);
    let confirmer = store.confirmer();
    let before = confirmer.resets();
    store.reset().unwrap();
    confirmer.confirm(before, 9).unwrap();
    assert_eq!(FileStore::open(&path).unwrap().next_in(), 1);
    confirmer.confirm(confirmer.resets(), 3).unwrap();
    let store = FileStore::open(&path).unwrap();
    assert_eq!((store.next_in(), store.confirmer().resets()), (3, 1));
}

/// Set for the process that may write next to nothing.
const SMALL: &str = "WATTBOOK_TEST_SMALL_FILES";

#[test]
fn on_a_full_disk_the_store_keeps_what_it_promised_and_nothing_else() {
    if let Some(path) = std::env::var_os(SMALL) {
        return fill_up(Path::new(&path));
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    // Files end at 512 or 1,024 bytes, as the shell counts; a write beyond fails instead of killing.
    let name = "on_a_full_disk_the_store_keeps_what_it_promised_and_nothing_else";
    let script = "trap '' XFSZ; ulimit -f 1; exec \"$0\" --exact \"$1\" --nocapture";
    let done = Command::new("sh")
        .args(["-c", script])
        .arg(std::env::current_exe().unwrap())
        .arg(name)
        .env(SMALL, &path)
        .output()
        .unwrap();
    assert!(done.status.success(), "{done:?}");
    let store = FileStore::open(&path).unwrap();
    let kept: Vec<_> = store.kept().map(|kept| kept.unwrap().0).collect();
    assert!(kept.len() >= 3);
    assert_eq!(store.next_out(), kept.len() as u64 + 1);
    let saved = fs::read_to_string(path.with_extension("count")).unwrap();
    assert_eq!(saved, kept.len().to_string());
}

/// Saves until the disk is full: from then on everything fails.
fn fill_up(path: &Path) {
    let mut store = FileStore::open(path).unwrap();
    let order = [b'x'; 100];
    let mut saved = 0;
    let full = loop {
        match save(&mut store, &order) {
            Ok(()) => saved += 1,
            Err(full) => break full.to_string(),
        }
    };
    // Smaller records would fit; the order before them would be lost without a word.
    assert_eq!(save(&mut store, b"x").unwrap_err().to_string(), full);
    assert_eq!(store.skip().unwrap_err().to_string(), full);
    let confirmed = store.confirmer().confirm(0, 2);
    assert_eq!(confirmed.unwrap_err().to_string(), full);
    fs::write(path.with_extension("count"), saved.to_string()).unwrap();
}

#[test]
fn a_record_that_was_cut_short_is_dropped_and_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    drop(filled(&path));
    let whole = fs::read(&path).unwrap();
    // The records end at 18, 31 and 49; the confirmation is the last one.
    for cut in 32..whole.len() {
        fs::write(&path, &whole[..cut]).unwrap();
        let mut store = FileStore::open(&path).unwrap();
        let next = if cut < 49 { 3 } else { 4 };
        assert_eq!(
            (store.next_out(), store.next_in()),
            (next, 1),
            "cut at {cut}"
        );
        save(&mut store, b"again").unwrap();
        let store = FileStore::open(&path).unwrap();
        assert_eq!(
            store.first(next, 9).unwrap(),
            Some((next, b"again".to_vec()))
        );
    }
}

#[test]
fn damage_before_the_end_is_told_with_its_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("fix.store");
    drop(filled(&path));
    let whole = fs::read(&path).unwrap();
    for place in 0..49 {
        let mut bytes = whole.clone();
        bytes[place] ^= 0xff;
        fs::write(&path, &bytes).unwrap();
        let opened = FileStore::open(&path);
        let told = opened
            .err()
            .map(|error| error.to_string())
            .unwrap_or_default();
        let begins = [0, 18, 31].into_iter().rfind(|begin| *begin <= place);
        let expected = format!("byte {}", begins.unwrap());
        assert!(told.contains(&expected), "{place}: {told:?}");
    }
}
