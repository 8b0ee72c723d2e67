//! Append and commit records of the length of an order.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::PathBuf;
use std::time::Instant;

use wattbook_domain::Timestamp;
use wattbook_journal::{BackgroundJournal, FileStorage, Journal, JournalConfig, MemoryStorage};

use crate::Arguments;
use crate::harness::{self, Report, Seconds};

const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);
const RECORDS: u64 = 4_000_000;
/// An order without conditions, as the engine writes it, is of about this length.
const PAYLOAD_BYTES: usize = 40;
const GROUP: u64 = 1_024;

fn payload(sequence: u64) -> [u8; PAYLOAD_BYTES] {
    let mut payload = [7; PAYLOAD_BYTES];
    payload[..8].copy_from_slice(&sequence.to_le_bytes());
    payload
}

fn report(seconds: Vec<Seconds>, extra: Vec<(&'static str, f64)>) -> Report {
    Report {
        unit: "records/s",
        count: RECORDS,
        seconds,
        work: vec![
            ("records", RECORDS),
            ("payload_bytes", RECORDS * PAYLOAD_BYTES as u64),
        ],
        latency_ns: None,
        extra,
    }
}

/// What the appending thread pays when another writes: no checksum, no storage.
pub(crate) fn encode(arguments: &Arguments) -> Report {
    let (seconds, _) = harness::measure(
        arguments.repeats,
        || {
            BackgroundJournal::open(MemoryStorage::default(), config())
                .unwrap()
                .0
        },
        |journal| {
            for sequence in 1..=RECORDS {
                journal.append(sequence, &payload(sequence)).unwrap();
                if sequence % GROUP == 0 {
                    journal.submit(NOW).unwrap();
                }
            }
            Vec::new()
        },
    );
    report(seconds, Vec::new())
}

/// Appends, checksums and keeps in memory, all on one thread.
pub(crate) fn memory(arguments: &Arguments) -> Report {
    let (seconds, _) = harness::measure(
        arguments.repeats,
        || Journal::open(MemoryStorage::default(), config()).unwrap().0,
        |journal| {
            for sequence in 1..=RECORDS {
                journal.append(sequence, &payload(sequence)).unwrap();
                if sequence % GROUP == 0 {
                    journal.commit(NOW).unwrap();
                }
            }
            Vec::new()
        },
    );
    report(seconds, Vec::new())
}

/// Appends on one thread, writes and syncs on another; ends when the last record is durable.
pub(crate) fn disk(arguments: &Arguments) -> Report {
    let mut bytes = 0;
    let mut lags = Vec::new();
    let seconds = (0..arguments.repeats)
        .map(|_| {
            let directory = scratch(arguments);
            let storage = FileStorage::writable(&directory).unwrap();
            let (mut journal, _) = BackgroundJournal::open(storage, config()).unwrap();
            let (cpu, wall) = (harness::cpu_seconds(), Instant::now());
            let mut awaited = (0, Instant::now());
            for sequence in 1..=RECORDS {
                journal.append(sequence, &payload(sequence)).unwrap();
                if sequence % GROUP == 0 {
                    journal.submit(NOW).unwrap();
                    if journal.durable() >= awaited.0 {
                        lags.push(awaited.1.elapsed().as_secs_f64() * 1e6);
                        awaited = (sequence, Instant::now());
                    }
                }
            }
            journal.submit(NOW).unwrap();
            journal.wait(RECORDS).unwrap();
            let seconds = Seconds {
                cpu: harness::cpu_seconds() - cpu,
                wall: wall.elapsed().as_secs_f64(),
            };
            journal.close(NOW).unwrap();
            bytes = size(&directory);
            fs::remove_dir_all(&directory).unwrap();
            seconds
        })
        .collect();
    let extra = vec![
        ("file_bytes_per_record", bytes as f64 / RECORDS as f64),
        ("acknowledged_us_median", harness::median(lags)),
    ];
    report(seconds, extra)
}

/// The same bytes written and synced by the megabyte and nothing else: what the disk allows.
pub(crate) fn disk_limit(arguments: &Arguments) -> Report {
    const CHUNK_BYTES: u64 = 2 << 20;
    let chunk: Vec<u8> = (0..CHUNK_BYTES).map(|at| ((at * 31) >> 3) as u8).collect();
    let all = RECORDS * (PAYLOAD_BYTES as u64 + 2);
    let seconds = (0..arguments.repeats)
        .map(|_| {
            let directory = scratch(arguments);
            fs::create_dir_all(&directory).unwrap();
            let file = File::create(directory.join("bytes")).unwrap();
            let (cpu, wall) = (harness::cpu_seconds(), Instant::now());
            for offset in (0..all).step_by(CHUNK_BYTES as usize) {
                let count = CHUNK_BYTES.min(all - offset);
                file.write_all_at(&chunk[..count as usize], offset).unwrap();
                file.sync_data().unwrap();
            }
            let seconds = Seconds {
                cpu: harness::cpu_seconds() - cpu,
                wall: wall.elapsed().as_secs_f64(),
            };
            fs::remove_dir_all(&directory).unwrap();
            seconds
        })
        .collect();
    report(seconds, Vec::new())
}

fn config() -> JournalConfig {
    JournalConfig::default()
}

fn scratch(arguments: &Arguments) -> PathBuf {
    let directory = arguments.input.join("journal");
    drop(fs::remove_dir_all(&directory));
    directory
}

/// Bytes of the segments.
fn size(directory: &PathBuf) -> u64 {
    fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}
