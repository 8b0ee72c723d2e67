//! Sequence numbers and sent messages outlive the process, whatever it left half written.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use wattbook_gateway::fix::FileStore;
use wattbook_session::fix::MessageStore;

/// A store that has sent two messages and a heartbeat, and knows of five messages.
fn filled(path: &Path) -> FileStore {
    let mut store = FileStore::open(path).unwrap();
    assert!(store.is_new());
    store.save(b"first").unwrap();
    store.skip().unwrap();
    store.save(b"third").unwrap();
    store.set_next_in(9).unwrap();
    store.confirmer().confirm(6).unwrap();
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
    store.save(b"anew").unwrap();
    let store = FileStore::open(&path).unwrap();
    assert_eq!((store.next_out(), store.next_in()), (2, 1));
    assert_eq!(store.first(1, 9).unwrap(), Some((1, b"anew".to_vec())));
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
        store.save(b"again").unwrap();
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
