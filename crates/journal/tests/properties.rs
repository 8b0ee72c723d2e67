//! What is appended comes back; what is damaged is cut or reported, never returned.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::Timestamp;
use wattbook_journal::{
    BackgroundJournal, Journal, JournalConfig, JournalError, JournalReader, MemoryStorage, Storage,
    StorageFile,
};

const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

fn small() -> JournalConfig {
    JournalConfig {
        segment_bytes: 700,
        records_per_block: 5,
    }
}

/// Payloads in the groups in which they are committed.
fn groups() -> impl Strategy<Value = Vec<Vec<Vec<u8>>>> {
    let payload = prop_oneof![
        9 => prop::collection::vec(any::<u8>(), 0..80),
        1 => prop::collection::vec(any::<u8>(), 0..1_500),
    ];
    prop::collection::vec(prop::collection::vec(payload, 0..12), 1..12)
}

/// A journal of `groups`, one commit each.
fn journal(groups: &[Vec<Vec<u8>>], config: JournalConfig) -> Journal<MemoryStorage> {
    let (mut journal, _) = Journal::open(MemoryStorage::default(), config).unwrap();
    for group in groups {
        for payload in group {
            journal.append(journal.next_sequence(), payload).unwrap();
        }
        journal.commit(NOW).unwrap();
    }
    journal
}

/// Everything that can be read, and the error that stopped it.
fn read(storage: &MemoryStorage) -> (Vec<Vec<u8>>, Option<JournalError>) {
    let mut reader = JournalReader::open(storage).unwrap();
    let mut payloads = Vec::new();
    loop {
        match reader.next_record() {
            Ok(Some(record)) => {
                assert_eq!(record.sequence, payloads.len() as u64 + 1);
                payloads.push(record.payload.to_vec());
            }
            Ok(None) => return (payloads, None),
            Err(error) => return (payloads, Some(error)),
        }
    }
}

fn segments(storage: &MemoryStorage) -> Vec<String> {
    let mut names = storage.list().unwrap();
    names.sort_unstable();
    names
}

fn bytes(storage: &MemoryStorage, name: &str) -> Vec<u8> {
    let file = storage.open(name).unwrap();
    let mut bytes = vec![0; file.length().unwrap() as usize];
    file.read_at(0, &mut bytes).unwrap();
    bytes
}

fn replace(storage: &MemoryStorage, name: &str, bytes: &[u8]) {
    storage.create(name).unwrap().write_at(0, bytes).unwrap();
}

proptest! {
    #[test]
    fn what_is_committed_is_read_back(groups in groups()) {
        let journal = journal(&groups, small());
        let (payloads, error) = read(journal.storage());
        prop_assert!(error.is_none());
        prop_assert_eq!(payloads, groups.concat());
    }

    #[test]
    fn reading_may_start_at_any_record(groups in groups(), at in any::<prop::sample::Index>()) {
        let journal = journal(&groups, small());
        let all = groups.concat();
        let from = at.index(all.len() + 1) as u64 + 1;
        let mut reader = JournalReader::open_at(journal.storage(), from).unwrap();
        let mut sequence = from;
        while let Some(record) = reader.next_record().unwrap() {
            prop_assert_eq!(record.sequence, sequence);
            prop_assert_eq!(record.payload, &all[sequence as usize - 1][..]);
            sequence += 1;
        }
        prop_assert_eq!(sequence as usize, all.len() + 1);
    }

    #[test]
    fn the_thread_writes_what_the_caller_would(groups in groups()) {
        let (mut journal, _) =
            BackgroundJournal::open(MemoryStorage::default(), small()).unwrap();
        for group in &groups {
            for payload in group {
                journal.append(journal.next_sequence(), payload).unwrap();
            }
            journal.submit(NOW).unwrap();
        }
        let last = journal.next_sequence() - 1;
        prop_assert_eq!(journal.wait(last).unwrap(), last);
        let storage = journal.close(NOW).unwrap();
        prop_assert_eq!(read(&storage).0, groups.concat());
    }

    #[test]
    fn a_cut_keeps_everything_before_it(groups in groups(), at in any::<prop::sample::Index>()) {
        let mut journal = journal(&groups, small());
        let mut all = groups.concat();
        let keep = at.index(all.len() + 1);
        journal.truncate_after(keep as u64).unwrap();
        all.truncate(keep);
        prop_assert_eq!(&read(journal.storage()).0, &all);
        journal.append(keep as u64 + 1, b"another").unwrap();
        journal.commit(NOW).unwrap();
        all.push(b"another".to_vec());
        prop_assert_eq!(&read(journal.storage()).0, &all);
        let storage = journal.close(NOW).unwrap();
        let (_, recovery) = Journal::open(storage, small()).unwrap();
        prop_assert_eq!(recovery.last_sequence, keep as u64 + 1);
        prop_assert!(recovery.closed);
    }

    #[test]
    fn a_file_that_ends_early_loses_only_what_is_behind_its_end(
        groups in groups(),
        at in any::<prop::sample::Index>(),
    ) {
        let journal = journal(&groups, JournalConfig { segment_bytes: 1 << 20, ..small() });
        let storage = journal.storage().clone();
        drop(journal);
        let Some(name) = segments(&storage).pop() else { return Ok(()) };
        let mut file = bytes(&storage, &name);
        let end = at.index(file.len() + 1);
        file.truncate(end);
        replace(&storage, &name, &file);
        let all = groups.concat();
        let (payloads, error) = read(&storage);
        prop_assert!(error.is_none());
        prop_assert_eq!(&payloads[..], &all[..payloads.len()]);
        let (journal, recovery) = Journal::open(storage, small()).unwrap();
        prop_assert_eq!(recovery.last_sequence, payloads.len() as u64);
        if let Some(tail) = recovery.torn_tail {
            prop_assert!(tail.offset < end as u64);
            // What was cut is gone for good: the next opening finds a clean end.
            let storage = journal.storage().clone();
            drop(journal);
            prop_assert_eq!(Journal::open(storage, small()).unwrap().1.torn_tail, None);
        }
    }

    #[test]
    fn a_changed_byte_of_a_closed_journal_is_reported_at_its_block(
        groups in groups(),
        at in any::<prop::sample::Index>(),
        flip in 1_u8..,
    ) {
        let storage = journal(&groups, small()).close(NOW).unwrap();
        let Some(name) = segments(&storage).into_iter().next() else { return Ok(()) };
        let mut file = bytes(&storage, &name);
        // The seal at the very end is the one block that nothing testifies for.
        let changed = at.index(file.len() - 40);
        file[changed] ^= flip;
        replace(&storage, &name, &file);
        let (payloads, error) = read(&storage);
        prop_assert_eq!(&payloads[..], &groups.concat()[..payloads.len()]);
        match error {
            Some(JournalError::Corrupt { segment, offset, sequence, .. }) => {
                prop_assert_eq!(segment, name);
                prop_assert!(offset <= changed as u64);
                prop_assert_eq!(sequence, payloads.len() as u64 + 1);
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }

    #[test]
    fn a_lost_or_added_byte_is_reported(
        groups in groups(),
        at in any::<prop::sample::Index>(),
        added in any::<Option<u8>>(),
    ) {
        let storage = journal(&groups, small()).close(NOW).unwrap();
        let Some(name) = segments(&storage).into_iter().next() else { return Ok(()) };
        let mut file = bytes(&storage, &name);
        let place = at.index(file.len() - 40);
        match added {
            Some(byte) => file.insert(place, byte),
            None => drop(file.remove(place)),
        }
        prop_assume!(file != bytes(&storage, &name));
        replace(&storage, &name, &file);
        let (payloads, error) = read(&storage);
        prop_assert_eq!(&payloads[..], &groups.concat()[..payloads.len()]);
        let corrupt = matches!(error, Some(JournalError::Corrupt { .. }));
        prop_assert!(corrupt, "{error:?}");
    }

    #[test]
    fn no_bytes_make_the_reader_panic(file in prop::collection::vec(any::<u8>(), 0..4_000)) {
        let storage = MemoryStorage::default();
        replace(&storage, "segment-00000000000000000001", &file);
        let (payloads, _) = read(&storage);
        prop_assert!(payloads.is_empty());
    }

    #[test]
    fn no_mutilated_journal_makes_the_reader_panic_or_lie(
        groups in groups(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0_u8..4), 1..20),
    ) {
        let storage = journal(&groups, small()).close(NOW).unwrap();
        for name in segments(&storage) {
            let mut file = bytes(&storage, &name);
            for (at, byte, kind) in &edits {
                if file.is_empty() {
                    break;
                }
                let at = at.index(file.len());
                match kind {
                    0 => file[at] = *byte,
                    1 => file.insert(at, *byte),
                    2 => drop(file.remove(at)),
                    _ => {
                        let end = file.len().min(at + 64);
                        file.copy_within(at..end, 0);
                    }
                }
            }
            replace(&storage, &name, &file);
        }
        let (payloads, _) = read(&storage);
        let all = groups.concat();
        prop_assert!(payloads.len() <= all.len());
        prop_assert_eq!(&payloads[..], &all[..payloads.len()]);
        drop(Journal::open(storage, small()));
    }
}
