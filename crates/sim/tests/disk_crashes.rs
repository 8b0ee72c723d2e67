//! The journal on a disk that drops, tears and reorders what was not synced.
//!
//! Each seed is a journal with several lives. A life opens the journal, checks it against a plain
//! list of the payloads, goes on writing, and ends in a crash at a random change of the disk, be it
//! in the middle of opening, committing, cutting or saving a snapshot. Then an engine lives the same
//! lives, and after each crash must have the state hash of one that never crashed.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
mod desk;

use wattbook_domain::Timestamp;
use wattbook_engine::{Engine, EngineError, JournaledEngine, NoEvents, recover};
use wattbook_journal::{Journal, JournalConfig, JournalError, JournalReader, load_snapshot};
use wattbook_sim::disk::SimulatedDisk;
use wattbook_sim::rng::Rng;

const LIVES: usize = 4;
const NOW: Timestamp = Timestamp::from_nanos(1_700_000_000_000_000_000);

/// What must be found after a crash: at least the acknowledged, at most all, and exactly those.
#[derive(Debug, Default)]
struct Model {
    payloads: Vec<Vec<u8>>,
    acknowledged: usize,
}

impl Model {
    fn check_state(&self, sequence: u64) -> Vec<u8> {
        self.payloads[..sequence as usize].concat()
    }
}

fn config(random: &mut Rng) -> JournalConfig {
    JournalConfig {
        segment_bytes: 512 << random.below(4),
        records_per_block: 1 + random.below(6) as u16,
    }
}

/// Opens the journal and writes until the disk fails; every error must be the disk's.
fn live(disk: &SimulatedDisk, random: &mut Rng, model: &mut Model) -> Result<(), JournalError> {
    let (mut journal, recovery) = Journal::open(disk.clone(), config(random))?;
    accept(recovery.last_sequence, model);
    for _ in 0..200 {
        match random.below(20) {
            0 => {
                let sequence = journal.commit(NOW)?;
                model.acknowledged = sequence as usize;
                journal.save_snapshot(sequence, &model.check_state(sequence))?;
            }
            1 if journal.durable() > 0 => {
                let durable = journal.durable();
                let keep = durable - random.below(durable.min(12) + 1);
                model.acknowledged = keep as usize;
                journal.truncate_after(keep)?;
                model.payloads.truncate(keep as usize);
            }
            2 => {
                let storage = journal.close(NOW)?;
                model.acknowledged = model.payloads.len();
                journal = Journal::open(storage, config(random))?.0;
            }
            3..=9 => model.acknowledged = journal.commit(NOW)? as usize,
            _ => {
                for _ in 0..=random.below(8) {
                    let payload = payload(random);
                    journal.append(journal.next_sequence(), &payload)?;
                    model.payloads.push(payload);
                }
            }
        }
    }
    Ok(())
}

/// Mostly as long as an order, sometimes long enough to cross sectors and blocks.
fn payload(random: &mut Rng) -> Vec<u8> {
    let length = if random.below(20) == 0 {
        random.below(3_000)
    } else {
        random.below(64)
    };
    (0..length).map(|_| random.next_u64() as u8).collect()
}

/// Takes `last` for the end of the journal after a crash.
fn accept(last: u64, model: &mut Model) {
    let last = last as usize;
    let (acknowledged, appended) = (model.acknowledged, model.payloads.len());
    assert!(
        last >= acknowledged,
        "acknowledged {acknowledged}, found {last}"
    );
    assert!(last <= appended, "appended {appended}, found {last}");
    model.payloads.truncate(last);
    model.acknowledged = last;
}

/// Every record that the reader gives is the one that was appended at its place. Returns whether a
/// torn tail stands behind them.
fn check_contents(disk: &SimulatedDisk, model: &Model) -> bool {
    let mut reader = JournalReader::open(disk).unwrap();
    let mut count = 0;
    while let Some(record) = reader.next_record().unwrap() {
        assert_eq!(record.sequence, count as u64 + 1);
        assert_eq!(
            record.payload,
            &model.payloads[count][..],
            "record {}",
            record.sequence
        );
        count += 1;
    }
    assert!(
        count >= model.acknowledged,
        "acknowledged {}, read {count}",
        model.acknowledged
    );
    let loaded = load_snapshot(disk).unwrap();
    assert_eq!(loaded.unsound, [], "a snapshot appears whole or not at all");
    if let Some(snapshot) = loaded.snapshot {
        assert!(
            snapshot.sequence as usize <= count,
            "snapshot {} of {count}",
            snapshot.sequence
        );
        assert_eq!(snapshot.state, model.check_state(snapshot.sequence));
    }
    reader.torn_tail().is_some()
}

/// Returns how many of the crashes left a torn tail.
fn crash_and_recover(seed: u64, lying: bool) -> u32 {
    let mut random = Rng::new(seed, 1);
    let disk = SimulatedDisk::new(seed);
    if lying {
        disk.lie_about_syncs();
    }
    let mut model = Model::default();
    let mut torn = 0;
    for _ in 0..LIVES {
        disk.crash_after(1 + random.below(150));
        disk.fail_reads(if random.below(4) == 0 { 50 } else { 0 });
        disk.fail_syncs(if random.below(4) == 0 { 30 } else { 0 });
        match live(&disk, &mut random, &mut model) {
            Ok(()) | Err(JournalError::Storage { .. }) => {}
            Err(error) => panic!("{error}"),
        }
        disk.fail_reads(0);
        disk.fail_syncs(0);
        disk.crash();
        disk.reboot();
        torn += u32::from(check_contents(&disk, &model));
    }
    let (_, recovery) = Journal::open(disk.clone(), config(&mut random)).unwrap();
    accept(recovery.last_sequence, &mut model);
    assert!(!check_contents(&disk, &model), "a torn tail was left uncut");
    torn
}

/// Runs an engine behind its journal into a crash; every error must be the disk's.
fn run_engine(
    disk: &SimulatedDisk,
    random: &mut Rng,
    acknowledged: &mut u64,
) -> Result<(), EngineError> {
    let recovered = recover(disk, desk::CONFIG)?;
    let (journal, _) = Journal::open(disk.clone(), config(random))?;
    let mut engine = JournaledEngine::new(recovered.engine, journal);
    for _ in 0..300 {
        let sequence = engine.engine().sequence() + 1;
        let at = desk::time(sequence);
        engine.submit(at, at, &desk::input(sequence), &mut NoEvents)?;
        if random.below(10) == 0 {
            *acknowledged = engine.commit()?;
        }
        if random.below(60) == 0 {
            *acknowledged = engine.commit()?;
            let state = engine.engine().snapshot();
            engine.log_mut().save_snapshot(*acknowledged, &state)?;
        }
    }
    Ok(())
}

/// After each crash the recovered engine is, bit for bit, one that never crashed.
fn engine_crashes_and_recovers(seed: u64) {
    let mut random = Rng::new(seed, 2);
    let disk = SimulatedDisk::new(seed);
    let mut acknowledged = 0;
    for _ in 0..LIVES {
        disk.crash_after(1 + random.below(150));
        match run_engine(&disk, &mut random, &mut acknowledged) {
            Ok(()) | Err(EngineError::Journal(JournalError::Storage { .. })) => {}
            Err(error) => panic!("{error}"),
        }
        disk.crash();
        disk.reboot();
        let recovered = recover(&disk, desk::CONFIG).unwrap().engine;
        let sequence = recovered.sequence();
        assert!(
            sequence >= acknowledged,
            "acknowledged {acknowledged}, found {sequence}"
        );
        let mut straight = Engine::new(desk::CONFIG);
        desk::apply_until(&mut straight, sequence);
        assert_eq!(
            recovered.state_hash(),
            straight.state_hash(),
            "after input {sequence}"
        );
        acknowledged = sequence;
    }
}

/// Runs `seeds`; a failure names its seed.
fn run(seeds: std::ops::Range<u64>) {
    let mut torn = 0;
    for seed in seeds {
        let outcome = std::panic::catch_unwind(|| {
            engine_crashes_and_recovers(seed);
            crash_and_recover(seed, false)
        });
        let Ok(tails) = outcome else {
            panic!("failed with seed {seed}; run it alone with WATTBOOK_SEED={seed}")
        };
        torn += tails;
    }
    println!("{torn} torn tails cut");
    assert!(
        torn > 0,
        "no crash left a torn tail, so cutting one was not tested"
    );
}

/// `count` seeds on both cores, or the one that `WATTBOOK_SEED` names.
fn run_seeds(count: u64) {
    if let Some(seed) = std::env::var("WATTBOOK_SEED")
        .ok()
        .and_then(|text| text.parse().ok())
    {
        crash_and_recover(seed, false);
        engine_crashes_and_recovers(seed);
        return;
    }
    std::thread::scope(|scope| {
        scope.spawn(|| run(0..count / 2));
        run(count / 2..count);
    });
}

#[test]
fn crashes_lose_no_acknowledged_record() {
    run_seeds(200);
}

#[test]
#[ignore = "slow: ten thousand seeds, each with several crashes"]
fn ten_thousand_crashes_lose_no_acknowledged_record() {
    run_seeds(10_000);
}

#[test]
fn a_disk_that_lies_about_syncs_is_found_out() {
    let hook = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| {}));
    let caught = (0..100)
        .filter(|&seed| std::panic::catch_unwind(|| crash_and_recover(seed, true)).is_err())
        .count();
    std::panic::set_hook(hook);
    assert!(caught > 50, "only {caught} of 100 lossy disks were noticed");
}

#[test]
fn a_failed_sync_ends_the_journal_until_it_is_opened_again() {
    let disk = SimulatedDisk::new(7);
    let (mut journal, _) = Journal::open(disk.clone(), JournalConfig::default()).unwrap();
    journal.append(1, b"order").unwrap();
    disk.fail_syncs(1);
    assert!(matches!(
        journal.commit(NOW),
        Err(JournalError::Storage { .. })
    ));
    disk.fail_syncs(0);
    assert!(matches!(
        journal.commit(NOW),
        Err(JournalError::Failed { .. })
    ));
    assert_eq!(journal.durable(), 0);
}

#[test]
fn a_read_error_is_no_end_of_the_journal() {
    let disk = SimulatedDisk::new(8);
    let (mut journal, _) = Journal::open(disk.clone(), JournalConfig::default()).unwrap();
    journal.append(1, b"order").unwrap();
    journal.commit(NOW).unwrap();
    disk.fail_reads(1);
    let mut reader = JournalReader::open(&disk).unwrap();
    assert!(matches!(
        reader.next_record(),
        Err(JournalError::Storage { .. })
    ));
    disk.fail_reads(0);
    assert_eq!(reader.next_record().unwrap().unwrap().payload, b"order");
}
