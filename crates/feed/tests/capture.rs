//! What was captured comes back, whatever a crash cut off and whatever damage did.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_feed::{
    CaptureConfig, CaptureEntryKind, CaptureReader, CaptureWriter, FeedError, Line, PacketFormat,
};
use wattbook_journal::{Journal, JournalConfig, MemoryStorage, Storage, StorageFile};

type Kept = (u8, Vec<u8>, i64, i64);

fn read(storage: &MemoryStorage) -> Result<Vec<Kept>, FeedError> {
    let mut kept = Vec::new();
    let mut reader = CaptureReader::open(storage)?;
    reader.visit(|entry| {
        kept.push((entry.line.0, entry.bytes.to_vec(), entry.ts_recv, entry.now));
        Ok(())
    })?;
    Ok(kept)
}

fn write(packets: &[Kept], zstd_level: Option<i32>, chunk_bytes: usize) -> MemoryStorage {
    let config = CaptureConfig {
        zstd_level,
        chunk_bytes,
        segment_bytes: 1 << 16,
        ..CaptureConfig::default()
    };
    let storage = MemoryStorage::resident();
    let mut writer = CaptureWriter::on(storage, PacketFormat::Sequenced, config).unwrap();
    for (line, bytes, ts_recv, now) in packets {
        writer.packet(Line(*line), bytes, *ts_recv, *now).unwrap();
    }
    writer.close(0).unwrap()
}

fn packets() -> impl Strategy<Value = Vec<Kept>> {
    let packet = (
        0_u8..4,
        prop::collection::vec(any::<u8>(), 0..300),
        any::<i64>(),
        any::<i64>(),
    );
    prop::collection::vec(packet, 0..60)
}

proptest! {
    #[test]
    fn packets_survive_a_capture(
        packets in packets(), zstd_level in prop::option::of(1..4), chunk_bytes in 1_usize..2_000,
    ) {
        let storage = write(&packets, zstd_level, chunk_bytes);
        prop_assert_eq!(read(&storage).unwrap(), packets);
    }

    #[test]
    fn a_torn_tail_loses_only_itself(packets in packets(), cut in 0_u64..4_000) {
        let storage = write(&packets, None, 256);
        let names = storage.list().unwrap();
        let last = names.iter().filter(|name| name.starts_with("segment")).max().unwrap();
        let file = storage.open(last).unwrap();
        let length = file.length().unwrap();
        file.truncate(length.saturating_sub(cut)).unwrap();
        match read(&storage) {
            Ok(kept) => prop_assert!(packets.starts_with(&kept)),
            // Everything was cut, the header too.
            Err(FeedError::Capture { record, .. }) => prop_assert_eq!(record, 1),
            Err(error) => prop_assert!(false, "{error}"),
        }
    }
}

#[test]
fn snapshots_and_moments_are_kept_in_their_order() {
    let config = CaptureConfig::default();
    let storage = MemoryStorage::resident();
    let mut writer = CaptureWriter::on(storage, PacketFormat::MoldUdp64, config).unwrap();
    writer.packet(Line::B, b"packet", 1, 2).unwrap();
    writer.moment(3).unwrap();
    writer.snapshot(b"snapshot", 4, 5).unwrap();
    assert_eq!(writer.entries(), 3);
    let storage = writer.close(6).unwrap();
    let mut reader = CaptureReader::open(&storage).unwrap();
    assert_eq!(reader.format(), PacketFormat::MoldUdp64);
    let mut kinds = Vec::new();
    let visited = reader.visit(|entry| {
        kinds.push((entry.kind, entry.now));
        Ok(())
    });
    visited.unwrap();
    let expected = [
        (CaptureEntryKind::Packet, 2),
        (CaptureEntryKind::Moment, 3),
        (CaptureEntryKind::Snapshot, 5),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn a_capture_is_continued() {
    let storage = write(&[(0, vec![1], 1, 1)], None, 64);
    let config = CaptureConfig::default();
    let mut writer = CaptureWriter::on(storage, PacketFormat::Sequenced, config).unwrap();
    writer.packet(Line::A, &[2], 2, 2).unwrap();
    let storage = writer.close(3).unwrap();
    assert_eq!(read(&storage).unwrap().len(), 2);
}

#[test]
fn what_is_no_capture_is_refused_with_its_place() {
    let empty = MemoryStorage::resident();
    assert!(matches!(
        read(&empty),
        Err(FeedError::Capture { record: 1, .. })
    ));
    let journal = |records: &[&[u8]]| {
        let storage = MemoryStorage::resident();
        let (mut journal, _) = Journal::open(storage, JournalConfig::default()).unwrap();
        for (at, record) in records.iter().enumerate() {
            journal.append(at as u64 + 1, record).unwrap();
        }
        journal
            .close(wattbook_domain::Timestamp::from_nanos(0))
            .unwrap()
    };
    let other = read(&journal(&[b"something else"])).unwrap_err();
    assert!(other.to_string().contains("record 1"), "{other}");
    let header: &[u8] = b"WBCAPT1\0\x01";
    for chunk in [
        &[0][..],
        &[9, 0, 0, 0, 0],
        &[0, 1, 0, 0, 0, 7],
        &[1, 4, 0, 0, 0, 1, 2],
        &[0, 0, 0, 0, 2],
    ] {
        let damaged = read(&journal(&[header, chunk])).unwrap_err();
        assert!(
            damaged.to_string().contains("capture record 2"),
            "{damaged}"
        );
    }
}
