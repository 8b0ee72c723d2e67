//! Replay: the records of a journal in order.

use wattbook_domain::Timestamp;

use crate::block::{self, BlockHeader, HEADER_BYTES};
use crate::error::{Flaw, JournalError};
use crate::recovery::TornTail;
use crate::segment::{self, Found, SegmentReader};
use crate::storage::Storage;

/// A record as it was appended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its place.
    pub sequence: u64,
    /// When it was committed.
    pub committed: Timestamp,
    /// Its bytes.
    pub payload: &'a [u8],
}

/// Reads records in order and never past an unsound byte.
///
/// It changes nothing, so it may run beside a writer; what the writer has not finished is then seen
/// as a torn tail.
#[derive(Debug)]
pub struct JournalReader<'s, S: Storage> {
    storage: &'s S,
    later: std::vec::IntoIter<u64>,
    segment: Option<SegmentReader<S::File>>,
    block: Option<OpenBlock>,
    next_sequence: u64,
    from: u64,
    torn_tail: Option<TornTail>,
}

#[derive(Debug)]
struct OpenBlock {
    header: BlockHeader,
    /// Where the next record begins in the block, in bytes.
    offset: usize,
    left: u16,
}

impl<'s, S: Storage> JournalReader<'s, S> {
    /// Starts at the first record.
    ///
    /// # Errors
    /// [`JournalError::BeginsLater`] when segments are missing, [`JournalError::Storage`].
    pub fn open(storage: &'s S) -> Result<Self, JournalError> {
        Self::open_at(storage, 1)
    }

    /// Starts at record `from`, as after a snapshot of the record before.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_at(storage: &'s S, from: u64) -> Result<Self, JournalError> {
        let mut firsts = segment::list(storage)?;
        if let Some(&first) = firsts.first()
            && first > from.max(1)
        {
            return Err(JournalError::BeginsLater { from, first });
        }
        let skip = firsts
            .partition_point(|&first| first <= from.max(1))
            .saturating_sub(1);
        firsts.drain(..skip);
        let next_sequence = firsts.first().copied().unwrap_or(1);
        Ok(Self {
            storage,
            later: firsts.into_iter(),
            segment: None,
            block: None,
            next_sequence,
            from,
            torn_tail: None,
        })
    }

    /// The next record, or `None` at the end.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] with segment and offset where durable bytes were changed or lost;
    /// [`JournalError::Storage`] where they cannot be read, after which the call may be repeated.
    pub fn next_record(&mut self) -> Result<Option<Record<'_>>, JournalError> {
        loop {
            while self.block.as_ref().is_none_or(|block| block.left == 0) {
                if !self.next_block()? {
                    return Ok(None);
                }
            }
            let (Some(open), Some(segment)) = (&mut self.block, &self.segment) else {
                return Ok(None);
            };
            let block = segment.block(&open.header);
            let mut rest = &block[open.offset..];
            // The block was checked as a whole, so its records split.
            let Some(payload) = block::split_record(&mut rest) else {
                return Err(segment.corrupt(self.next_sequence, Flaw::Layout));
            };
            let end = block.len() - rest.len();
            open.offset = end;
            open.left -= 1;
            let sequence = self.next_sequence;
            self.next_sequence += 1;
            if sequence < self.from {
                continue;
            }
            let start = end - payload.len();
            let header = open.header;
            return Ok(self.segment.as_ref().map(|segment| Record {
                sequence,
                committed: header.committed,
                payload: &segment.block(&header)[start..end],
            }));
        }
    }

    /// The sequence that the next record will have.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    /// What stands after the last record, once the end is reached: an unfinished write.
    #[must_use]
    pub const fn torn_tail(&self) -> Option<&TornTail> {
        self.torn_tail.as_ref()
    }

    /// Goes to the next block; `false` at the end of the journal.
    fn next_block(&mut self) -> Result<bool, JournalError> {
        if self.torn_tail.is_some() {
            return Ok(false);
        }
        loop {
            let Some(segment) = &mut self.segment else {
                let Some(&first) = self.later.as_slice().first() else {
                    return Ok(false);
                };
                self.segment = Some(SegmentReader::open(self.storage, first)?);
                self.later.next();
                continue;
            };
            let later = self.later.as_slice().first().copied();
            match (segment.next(self.next_sequence)?, later) {
                (Found::Block(header), _) => {
                    self.block = Some(OpenBlock {
                        header,
                        offset: HEADER_BYTES,
                        left: header.count,
                    });
                    return Ok(true);
                }
                (Found::End, None) => return Ok(false),
                (Found::End, Some(next)) if next == self.next_sequence => self.segment = None,
                (Found::End, Some(next)) => {
                    let expected = self.next_sequence;
                    return Err(segment.corrupt(expected, Flaw::Missing { expected, next }));
                }
                (Found::Torn { flaw, .. }, Some(_)) => {
                    return Err(segment.corrupt(self.next_sequence, flaw));
                }
                (Found::Torn { flaw, bytes }, None) => {
                    self.torn_tail = Some(TornTail {
                        segment: segment.name(),
                        offset: segment.offset(),
                        bytes,
                        flaw,
                    });
                    return Ok(false);
                }
            }
        }
    }
}
