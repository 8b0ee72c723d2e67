//! The edge of the engine: stamps, journals, applies, and knows what may be acknowledged.

use wattbook_domain::{Input, Stamp, Timestamp};
use wattbook_journal::{BackgroundJournal, Journal, JournalError, Storage};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::sink::EventSink;

/// A log of inputs: one that commits by itself, or one whose thread does.
pub trait InputLog {
    /// Appends `input`, which was stamped with `stamp`.
    ///
    /// # Errors
    /// What the journal reports.
    fn append(&mut self, stamp: Stamp, input: &Input) -> Result<(), JournalError>;

    /// Sends what was appended on its way to the disk; returns the last durable sequence.
    ///
    /// # Errors
    /// What the journal reports.
    fn flush(&mut self, now: Timestamp) -> Result<u64, JournalError>;

    /// Waits until `sequence`, which was flushed, is durable; returns the last durable sequence.
    ///
    /// # Errors
    /// What the journal reports.
    fn wait(&mut self, sequence: u64) -> Result<u64, JournalError>;

    /// The last durable sequence.
    fn durable(&self) -> u64;
}

impl<S: Storage> InputLog for Journal<S> {
    #[inline(always)]
    fn append(&mut self, stamp: Stamp, input: &Input) -> Result<(), JournalError> {
        self.append_with(stamp.sequence, |out| input.encode_payload(stamp, out))
    }

    fn flush(&mut self, now: Timestamp) -> Result<u64, JournalError> {
        self.commit(now)
    }

    fn wait(&mut self, _sequence: u64) -> Result<u64, JournalError> {
        Ok(Self::durable(self))
    }

    fn durable(&self) -> u64 {
        Self::durable(self)
    }
}

impl<S: Storage + Send + 'static> InputLog for BackgroundJournal<S>
where
    S::File: 'static,
{
    #[inline(always)]
    fn append(&mut self, stamp: Stamp, input: &Input) -> Result<(), JournalError> {
        self.append_with(stamp.sequence, |out| input.encode_payload(stamp, out))
    }

    fn flush(&mut self, now: Timestamp) -> Result<u64, JournalError> {
        self.submit(now)?;
        Ok(Self::durable(self))
    }

    fn wait(&mut self, sequence: u64) -> Result<u64, JournalError> {
        Self::wait(self, sequence)
    }

    fn durable(&self) -> u64 {
        Self::durable(self)
    }
}

/// A log of a kind that is known only when it is opened.
impl<L: InputLog + ?Sized> InputLog for Box<L> {
    #[inline]
    fn append(&mut self, stamp: Stamp, input: &Input) -> Result<(), JournalError> {
        (**self).append(stamp, input)
    }

    fn flush(&mut self, now: Timestamp) -> Result<u64, JournalError> {
        (**self).flush(now)
    }

    fn wait(&mut self, sequence: u64) -> Result<u64, JournalError> {
        (**self).wait(sequence)
    }

    fn durable(&self) -> u64 {
        (**self).durable()
    }
}

/// Inputs that make a block: the log is flushed after as many at the latest.
pub const BLOCK_INPUTS: u32 = 1_024;

/// An engine behind its journal.
///
/// Each input is stamped with the next sequence, appended, then applied; with a
/// [`BackgroundJournal`] the disk works on the second core meanwhile. Events come out at once; what
/// leaves the process waits for [`durable`](Self::durable), for which
/// [`HeldEvents`](crate::HeldEvents) keeps them.
#[derive(Debug)]
pub struct JournaledEngine<L> {
    engine: Engine,
    log: L,
    unflushed: u32,
}

impl<L: InputLog> JournaledEngine<L> {
    /// `engine` behind `log`, which ends where the engine is.
    pub const fn new(engine: Engine, log: L) -> Self {
        Self {
            engine,
            log,
            unflushed: 0,
        }
    }

    /// Stamps, journals and applies one input; returns its sequence. A `ts_recv` behind the
    /// engine's time is taken for that time: clocks of several edges differ, the order of inputs
    /// does not.
    ///
    /// # Errors
    /// [`EngineError::Journal`]: the engine must not be used any further, because it may be ahead of
    /// its journal.
    #[inline(always)]
    pub fn submit(
        &mut self,
        ts_event: Timestamp,
        ts_recv: Timestamp,
        input: &Input,
        sink: &mut impl EventSink,
    ) -> Result<u64, EngineError> {
        let stamp = Stamp {
            sequence: self.engine.sequence() + 1,
            ts_event,
            ts_recv: ts_recv.max(self.engine.now()),
        };
        self.log.append(stamp, input)?;
        self.engine.apply(stamp, input, sink)?;
        self.unflushed += 1;
        if self.unflushed >= BLOCK_INPUTS {
            self.flush()?;
        }
        Ok(stamp.sequence)
    }

    /// Sends the open block on its way; returns the last input that may be acknowledged.
    ///
    /// # Errors
    /// [`EngineError::Journal`].
    pub fn flush(&mut self) -> Result<u64, EngineError> {
        self.unflushed = 0;
        Ok(self.log.flush(self.engine.now())?)
    }

    /// Flushes, and waits until every input is durable.
    ///
    /// # Errors
    /// [`EngineError::Journal`].
    pub fn commit(&mut self) -> Result<u64, EngineError> {
        self.flush()?;
        Ok(self.log.wait(self.engine.sequence())?)
    }

    /// The last input that may be acknowledged.
    #[must_use]
    pub fn durable(&self) -> u64 {
        self.log.durable()
    }

    /// The engine, to be looked at.
    #[must_use]
    #[inline]
    pub const fn engine(&self) -> &Engine {
        &self.engine
    }

    /// The log.
    #[must_use]
    pub const fn log(&self) -> &L {
        &self.log
    }

    /// The log, for snapshots.
    #[must_use]
    pub const fn log_mut(&mut self) -> &mut L {
        &mut self.log
    }

    /// Both parts. Commit before.
    #[must_use]
    pub fn into_parts(self) -> (Engine, L) {
        (self.engine, self.log)
    }
}
