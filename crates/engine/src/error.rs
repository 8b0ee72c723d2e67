//! What stops an engine. A bad command does not: it is refused and the run goes on.

use wattbook_domain::Timestamp;
use wattbook_domain::record::DecodeError;
use wattbook_journal::JournalError;

/// An input that cannot be taken, or a journal that cannot be read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EngineError {
    /// An input was left out or came twice.
    #[error("input {found} does not follow {last}; feed the engine from its journal without gaps")]
    SequenceGap {
        /// The last one that was applied.
        last: u64,
        /// As found.
        found: u64,
    },
    /// Time ran backwards.
    #[error(
        "input {sequence} was received at {ts_recv}, before the one ahead of it at {now}; stamp \
             inputs with a clock that never falls"
    )]
    TimeFell {
        /// Which input.
        sequence: u64,
        /// The engine's time.
        now: Timestamp,
        /// As found.
        ts_recv: Timestamp,
    },
    /// Bytes that are no snapshot of an engine.
    #[error("the snapshot is not one of this engine ({bytes} bytes); replay the journal instead")]
    Snapshot {
        /// Its length.
        bytes: usize,
    },
    /// A snapshot of another input than the one it is filed under.
    #[error("the snapshot filed under input {filed} holds the state after {held}; remove it")]
    SnapshotSequence {
        /// Where the journal has it.
        filed: u64,
        /// What it holds.
        held: u64,
    },
    /// A record that is no input.
    #[error("journal record {sequence}: {error}; it was written by another version")]
    Record {
        /// Which record.
        sequence: u64,
        /// What is wrong with it.
        error: DecodeError,
    },
    /// The journal failed.
    #[error(transparent)]
    Journal(#[from] JournalError),
}
