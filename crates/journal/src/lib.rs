//! Append-only log with group commit, snapshots, checksums and replay.
//!
//! A journal is a directory of segments; a segment is a run of [`block`]s; a block is a checksummed
//! run of records with rising sequence numbers. Records are bytes: what they mean is their owner's
//! business. [`Journal`] commits on the calling thread, [`BackgroundJournal`] on a thread of its own;
//! both acknowledge a record only after the storage has made it durable. [`JournalReader`] replays.
//! The bytes are described in `docs/journal.md`.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod background;
pub mod block;
mod error;
mod file;
mod group;
mod journal;
mod memory;
mod reader;
mod recovery;
mod segment;
mod snapshot;
mod storage;
mod truncate;

pub use background::BackgroundJournal;
pub use error::{Flaw, JournalError};
pub use file::FileStorage;
pub use journal::{Journal, JournalConfig};
pub use memory::MemoryStorage;
pub use reader::{JournalReader, Record};
pub use recovery::{Recovery, TornTail};
pub use snapshot::{LoadedSnapshot, Snapshot, SnapshotFlaw, load_snapshot};
pub use storage::{Storage, StorageFile};
