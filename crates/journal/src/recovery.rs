//! Finding the end of a journal after its writer stopped, however it stopped.

use crate::error::{Flaw, JournalError};
use crate::segment::{self, Found, SegmentReader, UNFINISHED};
use crate::snapshot;
use crate::storage::{Storage, StorageFile};

/// What a journal had when it was opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recovery {
    /// Last sequence that can be read; 0 for an empty journal.
    pub last_sequence: u64,
    /// Whether the writer closed it.
    pub closed: bool,
    /// What was cut off.
    pub torn_tail: Option<TornTail>,
}

/// An unfinished write at the end of a journal. No record of it was ever acknowledged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TornTail {
    /// Name of the segment.
    pub segment: String,
    /// Where it begins, in bytes: the end of the last whole record.
    pub offset: u64,
    /// Its length up to the last byte that is not zero.
    pub bytes: u64,
    /// What is wrong with it.
    pub flaw: Flaw,
}

/// Where writing goes on.
#[derive(Debug)]
pub(crate) struct Tail {
    /// First sequence of the last segment, if there is one.
    pub(crate) segment: Option<u64>,
    /// End of its last sound block, in bytes.
    pub(crate) offset: u64,
    pub(crate) recovery: Recovery,
}

/// Reads the last segment, cuts what is torn, and removes what was never finished.
pub(crate) fn recover<S: Storage>(storage: &S) -> Result<Tail, JournalError> {
    remove_unfinished(storage)?;
    let firsts = segment::list(storage)?;
    let tail = match firsts.last() {
        None => Tail {
            segment: None,
            offset: 0,
            recovery: Recovery {
                last_sequence: 0,
                closed: false,
                torn_tail: None,
            },
        },
        Some(&last) => {
            if let [.., before, _] = firsts[..] {
                check_complete(storage, before, last)?;
            }
            recover_segment(storage, last)?
        }
    };
    let last = tail.recovery.last_sequence;
    match snapshot::newest(storage)? {
        Some(snapshot) if snapshot > last => Err(JournalError::BehindSnapshot { snapshot, last }),
        _ => Ok(tail),
    }
}

/// A segment is created only once the one before is durable, so that one must reach up to it.
fn check_complete<S: Storage>(storage: &S, first: u64, next: u64) -> Result<(), JournalError> {
    let mut reader = SegmentReader::open(storage, first)?;
    let mut expected = first;
    while expected < next {
        match reader.next(expected)? {
            Found::Block(header) => expected = header.next_sequence(),
            Found::End => return Err(reader.corrupt(expected, Flaw::Missing { expected, next })),
            Found::Torn { flaw, .. } => return Err(reader.corrupt(expected, flaw)),
        }
    }
    if expected == next {
        return Ok(());
    }
    Err(reader.corrupt(
        next,
        Flaw::Sequence {
            found: expected,
            expected: next,
        },
    ))
}

fn recover_segment<S: Storage>(storage: &S, first: u64) -> Result<Tail, JournalError> {
    let mut reader = SegmentReader::open(storage, first)?;
    let mut expected = first;
    let mut closed = false;
    let torn_tail = loop {
        match reader.next(expected)? {
            Found::Block(header) => {
                closed = header.kind == crate::block::Kind::Seal;
                expected = header.next_sequence();
            }
            Found::End => break None,
            Found::Torn { flaw, bytes } => {
                closed = false;
                break Some(TornTail {
                    segment: reader.name(),
                    offset: reader.offset(),
                    bytes,
                    flaw,
                });
            }
        }
    };
    let offset = reader.offset();
    let name = reader.name();
    let file = storage
        .open(&name)
        .map_err(JournalError::storage("open", &name))?;
    // Cut even where nothing is torn: what preallocation left may be gone or not after a crash.
    file.truncate(offset)
        .map_err(JournalError::storage("cut", &name))?;
    file.sync().map_err(JournalError::storage("sync", &name))?;
    // The entry of a new segment may itself not have been durable.
    storage
        .sync_directory()
        .map_err(JournalError::storage("sync the directory of", &name))?;
    Ok(Tail {
        segment: Some(first),
        offset,
        recovery: Recovery {
            last_sequence: expected - 1,
            closed,
            torn_tail,
        },
    })
}

fn remove_unfinished<S: Storage>(storage: &S) -> Result<(), JournalError> {
    let names = storage
        .list()
        .map_err(JournalError::storage("list the files", "journal"))?;
    for name in names.iter().filter(|name| name.ends_with(UNFINISHED)) {
        storage
            .remove(name)
            .map_err(JournalError::storage("remove", name))?;
    }
    Ok(())
}
