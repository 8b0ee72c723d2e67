//! The journal of a simulation: it appends, or checks a resumed run against what was journaled.

use std::collections::VecDeque;

use wattbook_domain::{Sequenced, Timestamp};
use wattbook_journal::{Journal, JournalConfig, JournalReader, Recovery, Storage};

use crate::error::SimError;

/// Where a simulation writes its inputs.
pub trait RunLog: Send {
    /// Takes the next input.
    ///
    /// # Errors
    /// [`SimError::Journal`], or [`SimError::Diverged`] when the journal holds another input here.
    fn append(&mut self, input: &Sequenced) -> Result<(), SimError>;

    /// Makes every input so far durable.
    ///
    /// # Errors
    /// [`SimError::Journal`].
    fn commit(&mut self, now: Timestamp) -> Result<(), SimError>;

    /// Inputs that are journaled already and still to be met by a resumed run.
    fn remaining(&self) -> u64;

    /// Whether the run has left the journal that it is compared with.
    fn has_diverged(&self) -> bool {
        false
    }
}

/// Records that are read at a time when a run is checked against its journal.
const READ_AHEAD: usize = 1 << 18;

/// Journaled records that a run meets one after the other.
#[derive(Debug, Default)]
struct Known {
    /// Records that were read but not met.
    records: VecDeque<u8>,
    lengths: VecDeque<u32>,
    bytes: Vec<u8>,
}

impl Known {
    /// Whether the journal on `storage` holds `input` at its number.
    fn meet<S: Storage>(&mut self, storage: &S, input: &Sequenced) -> Result<bool, SimError> {
        if self.lengths.is_empty() {
            self.read_ahead(storage, input.sequence)?;
        }
        let length = self.lengths.pop_front().unwrap_or_default() as usize;
        self.bytes.clear();
        input.input.encode_payload(input.stamp(), &mut self.bytes);
        let record = self.records.drain(..length);
        Ok(record.eq(self.bytes.iter().copied()))
    }

    fn read_ahead<S: Storage>(&mut self, storage: &S, next: u64) -> Result<(), SimError> {
        let mut reader = JournalReader::open_at(storage, next)?;
        while self.lengths.len() < READ_AHEAD
            && let Some(record) = reader.next_record()?
        {
            self.records.extend(record.payload);
            self.lengths.push_back(record.payload.len() as u32);
        }
        Ok(())
    }
}

/// A journal as an [`RunLog`].
///
/// A resumed simulation runs again from its beginning: same seed, same data, same inputs. Each is held
/// against the journaled one, byte for byte, and the first beyond the last is appended. So a resumed run
/// either continues what was journaled or names the input that differs.
#[derive(Debug)]
pub struct JournalLog<S: Storage> {
    journal: Journal<S>,
    known: Known,
    /// The last journaled sequence when the run began.
    last_known: u64,
    next: u64,
}

impl<S: Storage> JournalLog<S> {
    /// Opens the journal on `storage`; a torn tail is cut off and reported.
    ///
    /// # Errors
    /// [`SimError::Journal`].
    pub fn open(storage: S, config: JournalConfig) -> Result<(Self, Recovery), SimError> {
        let (journal, recovery) = Journal::open(storage, config)?;
        let log = Self {
            journal,
            known: Known::default(),
            last_known: recovery.last_sequence,
            next: 1,
        };
        Ok((log, recovery))
    }

    /// Where the journal lies, to be read.
    #[must_use]
    pub const fn storage(&self) -> &S {
        self.journal.storage()
    }

    /// Commits, seals and gives the storage back.
    ///
    /// # Errors
    /// [`SimError::Journal`].
    pub fn close(self, now: Timestamp) -> Result<S, SimError> {
        Ok(self.journal.close(now)?)
    }
}

impl<S: Storage + Send> RunLog for JournalLog<S>
where
    S::File: Send,
{
    #[inline]
    fn append(&mut self, input: &Sequenced) -> Result<(), SimError> {
        self.next = input.sequence + 1;
        if input.sequence <= self.last_known {
            let sequence = input.sequence;
            let is_same = self.known.meet(self.journal.storage(), input)?;
            return is_same.then_some(()).ok_or(SimError::Diverged { sequence });
        }
        Ok(self.journal.append_with(input.sequence, |bytes| {
            input.input.encode_payload(input.stamp(), bytes);
        })?)
    }

    fn commit(&mut self, now: Timestamp) -> Result<(), SimError> {
        self.journal.commit(now)?;
        Ok(())
    }

    fn remaining(&self) -> u64 {
        (self.last_known + 1).saturating_sub(self.next)
    }
}

/// Compares a run with the journal of an earlier one, and writes nothing.
///
/// A day is run again with strategies that may have changed: the first input that differs is noted, and
/// the run goes on by itself.
#[derive(Debug)]
pub struct ComparedLog<S: Storage> {
    storage: S,
    known: Known,
    last_known: u64,
    next: u64,
    has_diverged: bool,
}

impl<S: Storage> ComparedLog<S> {
    /// Compares with the journal on `storage`, which holds `last_known` inputs.
    #[must_use]
    pub fn new(storage: S, last_known: u64) -> Self {
        Self {
            storage,
            known: Known::default(),
            last_known,
            next: 1,
            has_diverged: false,
        }
    }
}

impl<S: Storage + Send> RunLog for ComparedLog<S> {
    fn append(&mut self, input: &Sequenced) -> Result<(), SimError> {
        self.next = input.sequence + 1;
        if !self.has_diverged {
            self.has_diverged =
                input.sequence > self.last_known || !self.known.meet(&self.storage, input)?;
        }
        Ok(())
    }

    fn commit(&mut self, _now: Timestamp) -> Result<(), SimError> {
        Ok(())
    }

    fn remaining(&self) -> u64 {
        (self.last_known + 1).saturating_sub(self.next)
    }

    fn has_diverged(&self) -> bool {
        self.has_diverged
    }
}
