//! Cases with a history: of files, locks, snapshots and replicas.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::PathBuf;

use wattbook_domain::Timestamp;
use wattbook_journal::{
    BackgroundJournal, FileStorage, Flaw, Journal, JournalConfig, JournalError, JournalReader,
    MemoryStorage, Storage, StorageFile, block, load_snapshot,
};

const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

/// An empty directory, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new(name: &str) -> Self {
        let path =
            std::env::temp_dir().join(format!("wattbook-journal-{name}-{}", std::process::id()));
        drop(std::fs::remove_dir_all(&path));
        Self(path)
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        drop(std::fs::remove_dir_all(&self.0));
    }
}

fn filled(records: u64, config: JournalConfig) -> Journal<MemoryStorage> {
    let (mut journal, _) = Journal::open(MemoryStorage::default(), config).unwrap();
    for sequence in 1..=records {
        journal.append(sequence, &sequence.to_le_bytes()).unwrap();
        if sequence % 3 == 0 {
            journal.commit(NOW).unwrap();
        }
    }
    journal.commit(NOW).unwrap();
    journal
}

fn tiny_segments() -> JournalConfig {
    JournalConfig {
        segment_bytes: 256,
        ..JournalConfig::default()
    }
}

#[test]
fn the_bytes_of_a_block_are_as_documented() {
    let (mut journal, _) =
        Journal::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    journal.append(1, b"buy").unwrap();
    journal.append(2, b"").unwrap();
    journal.commit(NOW).unwrap();
    let file = journal
        .storage()
        .open("segment-00000000000000000001")
        .unwrap();
    let mut bytes = vec![0; file.length().unwrap() as usize];
    file.read_at(0, &mut bytes).unwrap();

    let mut expected = Vec::new();
    expected.extend_from_slice(b"WBJ1");
    expected.extend_from_slice(&[0; 4]);
    expected.extend_from_slice(&48_u32.to_le_bytes());
    expected.extend_from_slice(&[1, 0]);
    expected.extend_from_slice(&2_u16.to_le_bytes());
    expected.extend_from_slice(&1_u64.to_le_bytes());
    expected.extend_from_slice(&0_u64.to_le_bytes());
    expected.extend_from_slice(&NOW.nanos().to_le_bytes());
    expected.extend_from_slice(&[3, 0, b'b', b'u', b'y', 0, 0, 0]);
    // CRC-32C (RFC 3720, appendix B.4) of bytes 8 to 47, by a second implementation.
    let checksum = crc32c_bitwise(&expected[8..]);
    expected[4..8].copy_from_slice(&checksum.to_le_bytes());
    assert_eq!(bytes, expected);
    assert!(block::check(&bytes).is_ok());
}

fn crc32c_bitwise(bytes: &[u8]) -> u32 {
    let mut remainder = u32::MAX;
    for &byte in bytes {
        remainder ^= u32::from(byte);
        for _ in 0..8 {
            let low = remainder & 1;
            remainder = (remainder >> 1) ^ (0x82F6_3B78 * low);
        }
    }
    !remainder
}

#[test]
fn records_of_any_length_fit_up_to_the_limit() {
    let (mut journal, _) =
        Journal::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let lengths = [
        0,
        1,
        65_534,
        65_535,
        65_536,
        1 << 20,
        block::RECORD_BYTES_MAX,
    ];
    for (sequence, length) in (1..).zip(lengths) {
        journal
            .append(sequence, &vec![sequence as u8; length])
            .unwrap();
    }
    let error = journal
        .append(8, &vec![0; block::RECORD_BYTES_MAX + 1])
        .unwrap_err();
    assert!(matches!(error, JournalError::TooLarge { sequence: 8, .. }));
    journal.append(8, b"the refused one left no trace").unwrap();
    journal.commit(NOW).unwrap();
    let storage = journal.storage().clone();
    let mut reader = JournalReader::open(&storage).unwrap();
    for length in lengths {
        assert_eq!(reader.next_record().unwrap().unwrap().payload.len(), length);
    }
    let last = reader.next_record().unwrap().unwrap();
    assert_eq!(last.payload, b"the refused one left no trace");
}

#[test]
fn a_record_out_of_order_is_refused() {
    let mut journal = filled(4, JournalConfig::default());
    let error = journal.append(4, b"again").unwrap_err();
    assert_eq!(
        error.to_string(),
        "sequence 4 cannot follow 4; append 5 next"
    );
}

#[test]
fn a_directory_has_one_writer_and_many_readers() {
    let directory = Directory::new("lock");
    let storage = FileStorage::writable(&directory.0).unwrap();
    let (mut journal, _) = Journal::open(storage, JournalConfig::default()).unwrap();
    journal.append(1, b"order").unwrap();
    journal.commit(NOW).unwrap();
    let second = FileStorage::writable(&directory.0).unwrap_err();
    assert_eq!(second.kind(), std::io::ErrorKind::WouldBlock);
    assert!(second.to_string().contains("another process writes"));
    let readable = FileStorage::readable(&directory.0).unwrap();
    let mut reader = JournalReader::open(&readable).unwrap();
    assert_eq!(reader.next_record().unwrap().unwrap().payload, b"order");
    assert!(reader.next_record().unwrap().is_none());
    assert_eq!(reader.torn_tail(), None);
}

#[test]
fn what_is_written_beside_a_reader_is_read_and_is_no_corruption() {
    let directory = Directory::new("beside");
    let storage = FileStorage::writable(&directory.0).unwrap();
    let (mut journal, _) = Journal::open(storage, JournalConfig::default()).unwrap();
    let mut write = |sequence: u64| {
        journal.append(sequence, &sequence.to_le_bytes()).unwrap();
        journal.commit(NOW).unwrap();
    };
    write(1);
    let readers = FileStorage::readable(&directory.0).unwrap();
    let mut reader = JournalReader::open(&readers).unwrap();
    assert_eq!(reader.next_record().unwrap().unwrap().sequence, 1);
    // The reader has the zeros behind the first block by now; a later block calls the second durable.
    for sequence in 2..=4_u64 {
        write(sequence);
    }
    for sequence in 2..=4_u64 {
        let record = reader.next_record().unwrap().unwrap();
        assert_eq!(
            record.payload,
            sequence.to_le_bytes(),
            "{}",
            record.sequence
        );
    }
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn a_journal_in_files_survives_being_dropped_and_closed() {
    let directory = Directory::new("reopen");
    for life in 0..4_u64 {
        let storage = FileStorage::writable(&directory.0).unwrap();
        let (mut journal, recovery) = BackgroundJournal::open(storage, tiny_segments()).unwrap();
        assert_eq!(recovery.last_sequence, life * 50);
        assert_eq!(recovery.closed, life % 2 == 1);
        for sequence in life * 50 + 1..=life * 50 + 50 {
            journal.append(sequence, &sequence.to_le_bytes()).unwrap();
            journal.submit(NOW).unwrap();
        }
        if life % 2 == 0 {
            journal.close(NOW).unwrap();
        }
    }
    let storage = FileStorage::readable(&directory.0).unwrap();
    let mut reader = JournalReader::open(&storage).unwrap();
    for sequence in 1..=200_u64 {
        assert_eq!(
            reader.next_record().unwrap().unwrap().payload,
            sequence.to_le_bytes()
        );
    }
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn a_missing_segment_is_reported() {
    let journal = filled(60, tiny_segments());
    let storage = journal.storage().clone();
    drop(journal);
    let mut names = storage.list().unwrap();
    names.sort_unstable();
    assert!(names.len() >= 4);
    storage.remove(&names[1]).unwrap();
    let mut reader = JournalReader::open(&storage).unwrap();
    let error = loop {
        match reader.next_record() {
            Ok(record) => assert!(record.is_some(), "the hole was taken for the end"),
            Err(error) => break error,
        }
    };
    assert!(
        matches!(&error, JournalError::Corrupt { segment, flaw: Flaw::Missing { .. }, .. }
            if *segment == names[0]),
        "{error}"
    );
    storage.remove(&names[0]).unwrap();
    let error = JournalReader::open(&storage).unwrap_err();
    assert!(matches!(error, JournalError::BeginsLater { from: 1, .. }));
}

#[test]
fn a_last_but_one_segment_that_ends_early_keeps_the_journal_shut() {
    let segments = {
        let mut names = filled(60, tiny_segments()).storage().list().unwrap();
        names.sort_unstable();
        names
    };
    let cut = &segments[segments.len() - 2];
    // Three blocks: a header and three records of eight bytes and their lengths, in whole words.
    let written = 3 * (40 + 3_u64 * (2 + 8)).next_multiple_of(8);
    for kept in 0..written {
        let journal = filled(60, tiny_segments());
        let storage = journal.storage().clone();
        drop(journal);
        storage.open(cut).unwrap().truncate(kept).unwrap();
        let error = Journal::open(storage, tiny_segments()).unwrap_err();
        assert!(
            matches!(&error, JournalError::Corrupt { segment, .. } if segment == cut),
            "{kept}: {error}"
        );
    }
}

#[test]
fn a_torn_block_behind_the_seal_means_that_the_writer_did_not_close() {
    let config = JournalConfig::default();
    let storage = filled(3, config).close(NOW).unwrap();
    let file = storage.open("segment-00000000000000000001").unwrap();
    let sealed = file.length().unwrap();
    let (mut journal, recovery) = Journal::open(storage.clone(), config).unwrap();
    assert!(recovery.closed);
    journal.append(4, b"in flight").unwrap();
    journal.commit(NOW).unwrap();
    drop(journal);
    file.truncate(file.length().unwrap() - 8).unwrap();
    let (_, recovery) = Journal::open(storage, config).unwrap();
    assert_eq!(recovery.last_sequence, 3);
    assert_eq!(recovery.torn_tail.unwrap().offset, sealed);
    assert!(!recovery.closed);
}

#[test]
fn unacknowledged_blocks_behind_a_torn_one_are_no_proof_of_corruption() {
    // Two blocks of one commit: the disk wrote the second and not the first before it stopped.
    let config = JournalConfig {
        records_per_block: 2,
        ..JournalConfig::default()
    };
    let (mut journal, _) = Journal::open(MemoryStorage::default(), config).unwrap();
    journal.append(1, b"kept").unwrap();
    journal.commit(NOW).unwrap();
    let file = journal
        .storage()
        .open("segment-00000000000000000001")
        .unwrap();
    let offset = file.length().unwrap();
    for sequence in 2..=5 {
        journal.append(sequence, b"in flight").unwrap();
    }
    journal.commit(NOW).unwrap();
    let storage = journal.storage().clone();
    drop(journal);
    file.write_at(offset, &[0; 64]).unwrap();
    let (_, recovery) = Journal::open(storage, config).unwrap();
    assert_eq!(recovery.last_sequence, 1);
    assert_eq!(recovery.torn_tail.unwrap().offset, offset);
}

#[test]
fn a_snapshot_shortens_replay() {
    let mut journal = filled(30, tiny_segments());
    for sequence in [10, 20, 30] {
        journal
            .save_snapshot(sequence, format!("state {sequence}").as_bytes())
            .unwrap();
    }
    let error = journal.save_snapshot(31, b"from the future").unwrap_err();
    assert!(matches!(
        error,
        JournalError::NotDurable {
            sequence: 31,
            durable: 30
        }
    ));
    let loaded = load_snapshot(journal.storage()).unwrap();
    assert_eq!(loaded.unsound, []);
    let snapshot = loaded.snapshot.unwrap();
    assert_eq!(
        (snapshot.sequence, &snapshot.state[..]),
        (30, &b"state 30"[..])
    );
    let mut reader = JournalReader::open_at(journal.storage(), 31).unwrap();
    assert!(reader.next_record().unwrap().is_none());
}

#[test]
fn an_unsound_snapshot_is_passed_over_and_reported() {
    let mut journal = filled(30, JournalConfig::default());
    journal.save_snapshot(10, b"older").unwrap();
    journal.save_snapshot(20, b"newer").unwrap();
    let newer = "snapshot-00000000000000000020";
    journal
        .storage()
        .open(newer)
        .unwrap()
        .write_at(25, b"X")
        .unwrap();
    let loaded = load_snapshot(journal.storage()).unwrap();
    assert_eq!(loaded.snapshot.unwrap().sequence, 10);
    assert_eq!(loaded.unsound.len(), 1);
    assert_eq!(loaded.unsound[0].file, newer);
}

#[test]
fn a_journal_that_ends_before_its_snapshot_is_not_opened() {
    let mut journal = filled(30, JournalConfig::default());
    journal.save_snapshot(30, b"state").unwrap();
    let storage = journal.storage().clone();
    drop(journal);
    storage
        .open("segment-00000000000000000001")
        .unwrap()
        .truncate(200)
        .unwrap();
    let error = Journal::open(storage, JournalConfig::default()).unwrap_err();
    assert!(
        matches!(error, JournalError::BehindSnapshot { snapshot: 30, .. }),
        "{error}"
    );
}

#[test]
fn a_cut_takes_the_snapshots_behind_it() {
    let mut journal = filled(30, tiny_segments());
    journal.save_snapshot(10, b"stays").unwrap();
    journal.save_snapshot(25, b"goes").unwrap();
    journal.truncate_after(24).unwrap();
    assert_eq!(
        load_snapshot(journal.storage())
            .unwrap()
            .snapshot
            .unwrap()
            .sequence,
        10
    );
    assert_eq!(journal.next_sequence(), 25);
    assert_eq!(journal.durable(), 24);
    let error = journal.truncate_after(25).unwrap_err();
    assert!(matches!(
        error,
        JournalError::NotDurable {
            sequence: 25,
            durable: 24
        }
    ));
}

#[test]
fn the_thread_reports_a_storage_that_fails() {
    let directory = Directory::new("full");
    let storage = FileStorage::writable(&directory.0).unwrap();
    let (mut journal, _) = BackgroundJournal::open(storage, JournalConfig::default()).unwrap();
    // Where the first segment is to be created stands a directory.
    std::fs::create_dir(directory.0.join("segment-00000000000000000001")).unwrap();
    journal.append(1, b"order").unwrap();
    journal.submit(NOW).unwrap();
    let error = journal.wait(1).unwrap_err();
    assert!(
        error.to_string().contains("segment-00000000000000000001"),
        "{error}"
    );
    assert_eq!(journal.durable(), 0);
    assert!(journal.close(NOW).is_err());
}
