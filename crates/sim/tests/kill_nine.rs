//! A hundred times `kill -9` of an engine at work: nothing acknowledged is ever lost, and what
//! recovers has the state of an engine that was never killed.
//!
//! The program runs itself as a child, which applies inputs as fast as it can behind a
//! group-committed journal on disk and prints each sequence that is durable; the parent kills it at
//! a random moment, recovers, and compares with its own engine. Slow: run with `--ignored`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod common;
mod desk;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use wattbook_engine::{Engine, JournaledEngine, NoEvents, recover};
use wattbook_journal::{BackgroundJournal, FileStorage, JournalConfig};

const KILLS: u32 = 100;
const CHILD: &str = "--work-until-killed";
const INPUTS_PER_SNAPSHOT: u64 = 5_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().position(|argument| argument == CHILD) {
        Some(at) => work_until_killed(Path::new(&arguments[at + 1])),
        None if arguments
            .iter()
            .any(|argument| argument.ends_with("ignored")) =>
        {
            kill_and_recover();
        }
        None => println!("test kill_nine ... ignored, slow: a hundred killed processes"),
    }
}

fn work_until_killed(directory: &Path) {
    let storage = FileStorage::writable(directory).unwrap();
    let engine = recover(&storage, desk::CONFIG).unwrap().engine;
    let config = JournalConfig {
        segment_bytes: 1 << 18,
        ..JournalConfig::default()
    };
    let (journal, _) = BackgroundJournal::open(storage, config).unwrap();
    let mut engine = JournaledEngine::new(engine, journal);
    let mut output = std::io::stdout();
    let mut told = 0;
    loop {
        let sequence = engine.engine().sequence() + 1;
        let at = desk::time(sequence);
        engine
            .submit(at, at, &desk::input(sequence), &mut NoEvents)
            .unwrap();
        if sequence % 37 == 0 {
            engine.flush().unwrap();
        }
        if sequence.is_multiple_of(INPUTS_PER_SNAPSHOT) {
            let state = engine.engine().snapshot();
            engine.log_mut().save_snapshot(at, state).unwrap();
        }
        let durable = engine.durable();
        if durable > told {
            writeln!(output, "{durable}").unwrap();
            told = durable;
        }
    }
}

fn kill_and_recover() {
    let directory = tempfile::tempdir().unwrap();
    let mut straight = Engine::new(desk::CONFIG);
    let (mut snapshots, mut torn) = (0, 0);
    for kill in 0..KILLS {
        let acknowledged = work_and_kill(directory.path(), 1_000 * u64::from(3 + kill * 13 % 40));
        let storage = FileStorage::readable(directory.path()).unwrap();
        let recovered = recover(&storage, desk::CONFIG).unwrap();
        let found = recovered.engine.sequence();
        assert!(
            found >= acknowledged,
            "kill {kill}: acknowledged {acknowledged}, found {found}"
        );
        desk::apply_until(&mut straight, found);
        assert_eq!(
            recovered.engine.state_hash(),
            straight.state_hash(),
            "after kill {kill}"
        );
        snapshots += u32::from(recovered.snapshot_sequence > 0);
        torn += u32::from(recovered.torn_tail.is_some());
    }
    assert!(snapshots > 0, "no recovery began at a snapshot");
    println!(
        "test kill_nine ... ok: {KILLS} kills, {} inputs, {snapshots} recoveries from a snapshot, \
         {torn} torn tails cut, state {:032x}",
        straight.sequence(),
        straight.state_hash()
    );
}

/// Lets a child work for `micros` µs after its first acknowledgement, kills it, and returns the last
/// sequence that it acknowledged.
fn work_and_kill(directory: &Path, micros: u64) -> u64 {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .arg(CHILD)
        .arg(directory)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let first: u64 = lines.next().unwrap().unwrap().parse().unwrap();
    let killer = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_micros(micros));
        // SIGKILL: the child gets no chance to tidy up.
        child.kill().unwrap();
        child.wait().unwrap();
    });
    // A number that the kill cut short is smaller than the one before it.
    let last = lines
        .map_while(Result::ok)
        .filter_map(|line| line.parse().ok())
        .max();
    killer.join().unwrap();
    last.unwrap_or(first)
}
