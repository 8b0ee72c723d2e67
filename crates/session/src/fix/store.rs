//! Sequence numbers and sent messages: what must outlive a connection.

use std::collections::BTreeMap;

use wattbook_domain::Timestamp;

/// A store that could not do what it was asked.
#[derive(Debug, thiserror::Error)]
#[error("the message store failed: {0}; the session must not go on before it is mended")]
pub struct StoreError(pub String);

/// Where a session keeps its sequence numbers and the application messages that it sent.
///
/// Administrative messages are never sent again (FIX Session, "Resend request": a gap is filled in
/// their place), so only their numbers are kept.
pub trait MessageStore {
    /// Number of the next message that we send, from 1.
    fn next_out(&self) -> u64;

    /// Number of the next message that we expect, from 1.
    fn next_in(&self) -> u64;

    /// Notes that the next message that we expect is `sequence`.
    ///
    /// # Errors
    /// [`StoreError`].
    fn set_next_in(&mut self, sequence: u64) -> Result<(), StoreError>;

    /// Notes that message [`Self::next_out`] is an administrative one; it must not be sent before
    /// [`Self::sync`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn skip(&mut self) -> Result<(), StoreError>;

    /// Keeps application message [`Self::next_out`], which must not be sent before [`Self::sync`].
    ///
    /// # Errors
    /// [`StoreError`].
    fn append(&mut self, frame: &[u8]) -> Result<(), StoreError>;

    /// Makes what was kept outlive the process, if the store can.
    ///
    /// # Errors
    /// [`StoreError`].
    fn sync(&mut self) -> Result<(), StoreError>;

    /// The first application message from `from` to `to`, both included, and its number.
    ///
    /// # Errors
    /// [`StoreError`].
    fn first(&self, from: u64, to: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError>;

    /// Notes that the numbers count in the period of the session's hours that began at `start`; lets
    /// both sides begin at 1, durably, when they counted in another one, and tells so.
    ///
    /// # Errors
    /// [`StoreError`].
    fn begin_period(&mut self, start: Timestamp) -> Result<bool, StoreError>;

    /// Lets both sides begin at 1: what was sent before is not sent again.
    ///
    /// # Errors
    /// [`StoreError`].
    fn reset(&mut self) -> Result<(), StoreError>;
}

/// Bytes of sent messages that a store keeps unless it is told otherwise.
const SENT_BYTES_MAX: usize = 64 << 20;

/// Keeps numbers and the latest messages in memory: for sessions that begin anew with each process.
///
/// Beyond its bound the oldest messages are forgotten; asked for again, a gap is filled in their place.
#[derive(Debug, Clone)]
pub struct MemoryStore {
    next_out: u64,
    next_in: u64,
    sent: BTreeMap<u64, Vec<u8>>,
    sent_bytes: usize,
    sent_bytes_max: usize,
    period: Option<Timestamp>,
}

impl Default for MemoryStore {
    fn default() -> Self {
        Self::new(SENT_BYTES_MAX)
    }
}

impl MemoryStore {
    /// A store that keeps up to `sent_bytes_max` of sent messages.
    #[must_use]
    pub const fn new(sent_bytes_max: usize) -> Self {
        Self {
            next_out: 1,
            next_in: 1,
            sent: BTreeMap::new(),
            sent_bytes: 0,
            sent_bytes_max,
            period: None,
        }
    }
}

impl MessageStore for MemoryStore {
    fn next_out(&self) -> u64 {
        self.next_out
    }

    fn next_in(&self) -> u64 {
        self.next_in
    }

    fn set_next_in(&mut self, sequence: u64) -> Result<(), StoreError> {
        self.next_in = sequence;
        Ok(())
    }

    fn skip(&mut self) -> Result<(), StoreError> {
        self.next_out += 1;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        Ok(())
    }

    fn append(&mut self, frame: &[u8]) -> Result<(), StoreError> {
        self.sent.insert(self.next_out, frame.to_vec());
        self.sent_bytes += frame.len();
        while self.sent_bytes > self.sent_bytes_max
            && let Some((_, oldest)) = self.sent.pop_first()
        {
            self.sent_bytes -= oldest.len();
        }
        self.next_out += 1;
        Ok(())
    }

    fn first(&self, from: u64, to: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        if from > to {
            return Ok(None);
        }
        let found = self.sent.range(from..=to).next();
        Ok(found.map(|(sequence, frame)| (*sequence, frame.clone())))
    }

    fn begin_period(&mut self, start: Timestamp) -> Result<bool, StoreError> {
        let before = self.period.replace(start);
        let is_new = before.is_some_and(|before| before != start);
        if is_new {
            self.reset()?;
        }
        Ok(is_new)
    }

    fn reset(&mut self) -> Result<(), StoreError> {
        *self = Self::new(self.sent_bytes_max);
        Ok(())
    }
}
