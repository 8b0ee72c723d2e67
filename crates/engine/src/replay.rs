//! From the journal back to the state.

use wattbook_domain::Sequenced;
use wattbook_journal::{JournalReader, SnapshotFlaw, Storage, TornTail, load_snapshot};

use crate::engine::{Engine, EngineConfig};
use crate::error::EngineError;
use crate::sink::{EventSink, NoEvents};

/// Applies every record of `reader` to `engine`, which stands where the reader begins; returns how
/// many there were.
///
/// # Errors
/// [`EngineError`]: what the journal reports, a record that is no input, or one that does not
/// follow.
pub fn replay<S: Storage>(
    reader: &mut JournalReader<'_, S>,
    engine: &mut Engine,
    sink: &mut impl EventSink,
) -> Result<u64, EngineError> {
    let mut count = 0;
    while let Some(record) = reader.next_record()? {
        let sequence = record.sequence;
        let input = Sequenced::decode_payload(sequence, record.payload)
            .map_err(|error| EngineError::Record { sequence, error })?;
        engine.apply(input.stamp(), &input.input, sink)?;
        count += 1;
    }
    Ok(count)
}

/// What a journal gave back.
#[derive(Debug)]
pub struct Recovered {
    /// The engine after the last whole record.
    pub engine: Engine,
    /// Input that the snapshot was taken after; 0 when there was none.
    pub snapshot_sequence: u64,
    /// Snapshots that could not be used, and why.
    pub flawed_snapshots: Vec<SnapshotFlaw>,
    /// Records replayed after the snapshot.
    pub replayed: u64,
    /// What stood after the last whole record, if anything.
    pub torn_tail: Option<TornTail>,
}

/// Recovers an engine from the newest usable snapshot on `storage` and the records after it.
///
/// # Errors
/// As [`replay`]; [`EngineError::Snapshot`] for a snapshot of another version.
pub fn recover<S: Storage>(storage: &S, config: EngineConfig) -> Result<Recovered, EngineError> {
    let loaded = load_snapshot(storage)?;
    let mut engine = match &loaded.snapshot {
        Some(snapshot) => {
            let engine = Engine::restore(&snapshot.state)?;
            if engine.sequence() != snapshot.sequence {
                return Err(EngineError::SnapshotSequence {
                    filed: snapshot.sequence,
                    held: engine.sequence(),
                });
            }
            engine
        }
        None => Engine::new(config),
    };
    let snapshot_sequence = engine.sequence();
    let mut reader = JournalReader::open_at(storage, snapshot_sequence + 1)?;
    let replayed = replay(&mut reader, &mut engine, &mut NoEvents)?;
    Ok(Recovered {
        engine,
        snapshot_sequence,
        flawed_snapshots: loaded.unsound,
        replayed,
        torn_tail: reader.torn_tail().cloned(),
    })
}
