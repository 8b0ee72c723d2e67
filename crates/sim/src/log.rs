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
}

/// Records that are read at a time when a run is checked against its journal.
const READ_AHEAD: usize = 1 << 18;

/// A journal as an [`RunLog`].
///
/// A resumed simulation runs again from its beginning: same seed, same data, same inputs. Each is held
/// against the journaled one, byte for byte, and the first beyond the last is appended. So a resumed run
/// either continues what was journaled or names the input that differs.
#[derive(Debug)]
pub struct JournalLog<S: Storage> {
    journal: Journal<S>,
    /// Journaled records that were read but not met, one after the other.
    known: VecDeque<u8>,
    lengths: VecDeque<u32>,
    /// The last journaled sequence when the run began.
    last_known: u64,
    next: u64,
    bytes: Vec<u8>,
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
            known: VecDeque::new(),
            lengths: VecDeque::new(),
            last_known: recovery.last_sequence,
            next: 1,
            bytes: Vec::with_capacity(256),
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

    fn read_ahead(&mut self) -> Result<(), SimError> {
        let mut reader = JournalReader::open_at(self.journal.storage(), self.next)?;
        while self.lengths.len() < READ_AHEAD
            && let Some(record) = reader.next_record()?
        {
            self.known.extend(record.payload);
            self.lengths.push_back(record.payload.len() as u32);
        }
        Ok(())
    }

    fn meet(&mut self, input: &Sequenced) -> Result<(), SimError> {
        if self.lengths.is_empty() {
            self.read_ahead()?;
        }
        let length = self.lengths.pop_front().unwrap_or_default() as usize;
        self.bytes.clear();
        input.input.encode_payload(input.stamp(), &mut self.bytes);
        let is_same = self.known.drain(..length).eq(self.bytes.iter().copied());
        if is_same {
            Ok(())
        } else {
            Err(SimError::Diverged {
                sequence: input.sequence,
            })
        }
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
            self.next = input.sequence;
            self.meet(input)?;
            self.next = input.sequence + 1;
            return Ok(());
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
