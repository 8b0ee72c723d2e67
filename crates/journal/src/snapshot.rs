//! Snapshots: the state after a sequence, so that replay need not start at the first record.
//!
//! A snapshot is a file of its own: magic `WBS1`, CRC-32C of all that follows, sequence and length
//! of the state in eight bytes each, the state. It appears whole or not at all, because it is
//! written under another name, synced, renamed, and the directory synced.

use crate::error::JournalError;
use crate::journal::Journal;
use crate::segment::UNFINISHED;
use crate::storage::{Storage, StorageFile};

const PREFIX: &str = "snapshot-";
const MAGIC: [u8; 4] = *b"WBS1";
const HEADER_BYTES: usize = 24;
/// The newest may prove unsound years later; the one before then saves the long replay.
const KEPT: usize = 2;

/// A state and the last sequence that it contains.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Snapshot {
    /// Replay goes on with the record after this one.
    pub sequence: u64,
    /// The state, as its owner wrote it.
    pub state: Vec<u8>,
}

/// A snapshot that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SnapshotFlaw {
    /// Name of the file.
    pub file: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The newest sound snapshot, and the newer ones passed over.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LoadedSnapshot {
    /// `None` when there is no sound one: replay then starts at the first record.
    pub snapshot: Option<Snapshot>,
    /// Newer ones that are unsound.
    pub unsound: Vec<SnapshotFlaw>,
}

/// Loads the newest sound snapshot of the journal on `storage`.
///
/// # Errors
/// [`JournalError::Storage`].
pub fn load_snapshot<S: Storage>(storage: &S) -> Result<LoadedSnapshot, JournalError> {
    let mut loaded = LoadedSnapshot::default();
    for sequence in list(storage)?.into_iter().rev() {
        let file = name(sequence);
        match parse(sequence, &read(storage, &file)?) {
            Ok(snapshot) => {
                loaded.snapshot = Some(snapshot);
                break;
            }
            Err(reason) => loaded.unsound.push(SnapshotFlaw { file, reason }),
        }
    }
    Ok(loaded)
}

impl<S: Storage> Journal<S> {
    /// Saves `state` as it was after record `sequence`, and removes all but the two newest.
    ///
    /// # Errors
    /// [`JournalError::NotDurable`] when the journal does not hold `sequence` durably, because a
    /// snapshot must never know more than the journal; [`JournalError::Storage`].
    pub fn save_snapshot(&mut self, sequence: u64, state: &[u8]) -> Result<(), JournalError> {
        self.log_mut().save_snapshot(sequence, state)
    }
}

/// Writes a snapshot; the caller has made sure that `sequence` is durable.
pub(crate) fn save<S: Storage>(
    storage: &S,
    sequence: u64,
    state: &[u8],
) -> Result<(), JournalError> {
    let name = name(sequence);
    let unfinished = format!("{name}{UNFINISHED}");
    let mut bytes = Vec::with_capacity(HEADER_BYTES + state.len());
    bytes.extend_from_slice(&MAGIC);
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&sequence.to_le_bytes());
    bytes.extend_from_slice(&(state.len() as u64).to_le_bytes());
    bytes.extend_from_slice(state);
    let checksum = crc32c::crc32c(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum.to_le_bytes());

    let file = storage
        .create(&unfinished)
        .map_err(JournalError::storage("create", &unfinished))?;
    file.write_at(0, &bytes)
        .map_err(JournalError::storage("write", &unfinished))?;
    file.sync()
        .map_err(JournalError::storage("sync", &unfinished))?;
    storage
        .rename(&unfinished, &name)
        .map_err(JournalError::storage("rename", &unfinished))?;
    sync_directory(storage, &name)?;
    let mut sequences = list(storage)?;
    sequences.truncate(sequences.len().saturating_sub(KEPT));
    remove(storage, sequences)
}

/// Sequence of the newest snapshot, sound or not.
pub(crate) fn newest<S: Storage>(storage: &S) -> Result<Option<u64>, JournalError> {
    Ok(list(storage)?.pop())
}

/// Removes every snapshot that knows more than `sequence`.
pub(crate) fn remove_after<S: Storage>(storage: &S, sequence: u64) -> Result<(), JournalError> {
    let mut sequences = list(storage)?;
    sequences.retain(|&of| of > sequence);
    remove(storage, sequences)
}

fn remove<S: Storage>(storage: &S, sequences: Vec<u64>) -> Result<(), JournalError> {
    for sequence in sequences {
        let name = name(sequence);
        storage
            .remove(&name)
            .map_err(JournalError::storage("remove", &name))?;
        sync_directory(storage, &name)?;
    }
    Ok(())
}

fn sync_directory<S: Storage>(storage: &S, name: &str) -> Result<(), JournalError> {
    storage
        .sync_directory()
        .map_err(JournalError::storage("sync the directory of", name))
}

fn name(sequence: u64) -> String {
    format!("{PREFIX}{sequence:020}")
}

/// Sequences of all snapshots, rising.
fn list<S: Storage>(storage: &S) -> Result<Vec<u64>, JournalError> {
    let names = storage
        .list()
        .map_err(JournalError::storage("list the files", "journal"))?;
    let mut sequences: Vec<u64> = names
        .iter()
        .filter_map(|name| name.strip_prefix(PREFIX))
        .filter(|digits| digits.len() == 20)
        .filter_map(|digits| digits.parse().ok())
        .collect();
    sequences.sort_unstable();
    Ok(sequences)
}

fn read<S: Storage>(storage: &S, name: &str) -> Result<Vec<u8>, JournalError> {
    let file = storage
        .open(name)
        .map_err(JournalError::storage("open", name))?;
    let length = file
        .length()
        .map_err(JournalError::storage("measure", name))?;
    let mut bytes = vec![0; length as usize];
    let count = file
        .read_at(0, &mut bytes)
        .map_err(JournalError::storage("read", name))?;
    bytes.truncate(count);
    Ok(bytes)
}

fn parse(sequence: u64, bytes: &[u8]) -> Result<Snapshot, &'static str> {
    let Some((header, state)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
        return Err("it is shorter than its header");
    };
    if header[0..4] != MAGIC {
        return Err("it does not begin like a snapshot");
    }
    if header[4..8] != crc32c::crc32c(&bytes[8..]).to_le_bytes() {
        return Err("its checksum is wrong");
    }
    if header[8..16] != sequence.to_le_bytes() {
        return Err("its name says another sequence");
    }
    if header[16..24] != (state.len() as u64).to_le_bytes() {
        return Err("its length is wrong");
    }
    Ok(Snapshot {
        sequence,
        state: state.to_vec(),
    })
}
