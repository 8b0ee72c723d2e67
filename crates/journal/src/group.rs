//! A group: the blocks that one commit writes.

use wattbook_domain::Timestamp;

use crate::block::{
    ALIGNMENT, BLOCK_BYTES_TARGET, BlockHeader, HEADER_BYTES, Kind, LONG_RECORD, RECORD_BYTES_MAX,
};
use crate::error::JournalError;

/// Blocks under construction, in the bytes that will be written.
///
/// While a group grows, a block's header holds only its length and count; [`stamp`] does the rest
/// when the group is written, so that the checksum costs the appending thread nothing.
#[derive(Debug)]
pub(crate) struct Group {
    bytes: Vec<u8>,
    block: usize,
    count: u64,
    next_sequence: u64,
    records_per_block: u64,
}

impl Group {
    pub(crate) fn new(next_sequence: u64, records_per_block: u16) -> Self {
        Self {
            bytes: Vec::with_capacity(64 << 10),
            block: 0,
            count: 0,
            next_sequence,
            records_per_block: u64::from(records_per_block.max(1)),
        }
    }

    pub(crate) const fn next_sequence(&self) -> u64 {
        self.next_sequence
    }

    pub(crate) const fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    /// Appends what `encode` writes as record `sequence`.
    #[allow(clippy::inline_always, reason = "a record is a few dozen instructions")]
    #[inline(always)]
    pub(crate) fn append(
        &mut self,
        sequence: u64,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), JournalError> {
        if sequence != self.next_sequence {
            return Err(self.out_of_order(sequence));
        }
        if self.count == 0 {
            self.begin_block();
        }
        let start = self.bytes.len();
        self.bytes.extend_from_slice(&[0, 0]);
        encode(&mut self.bytes);
        let length = self.bytes.len() - start - 2;
        if length < LONG_RECORD as usize {
            self.bytes[start..start + 2].copy_from_slice(&(length as u16).to_le_bytes());
        } else {
            self.lengthen(sequence, start, length)?;
        }
        self.count += 1;
        self.next_sequence += 1;
        if self.count == self.records_per_block
            || self.bytes.len() - self.block > BLOCK_BYTES_TARGET
        {
            self.end_block();
        }
        Ok(())
    }

    #[cold]
    fn out_of_order(&self, found: u64) -> JournalError {
        let expected = self.next_sequence;
        JournalError::OutOfOrder { expected, found }
    }

    /// Ends the open block and hands out the bytes, leaving the group empty with `spare` to fill.
    pub(crate) fn take(&mut self, mut spare: Vec<u8>) -> Vec<u8> {
        self.end_block();
        spare.clear();
        spare.reserve(self.bytes.len());
        self.block = 0;
        std::mem::replace(&mut self.bytes, spare)
    }

    #[cold]
    fn begin_block(&mut self) {
        self.block = self.bytes.len();
        self.bytes.resize(self.block + HEADER_BYTES, 0);
    }

    #[inline(never)]
    fn end_block(&mut self) {
        if self.count == 0 {
            return;
        }
        let padded = self.bytes.len().next_multiple_of(ALIGNMENT);
        self.bytes.resize(padded, 0);
        let header = &mut self.bytes[self.block..self.block + HEADER_BYTES];
        header[8..12].copy_from_slice(&((padded - self.block) as u32).to_le_bytes());
        header[14..16].copy_from_slice(&(self.count as u16).to_le_bytes());
        self.count = 0;
    }

    /// Gives a record at `start` the long form of its length.
    #[cold]
    fn lengthen(&mut self, sequence: u64, start: usize, length: usize) -> Result<(), JournalError> {
        if length > RECORD_BYTES_MAX {
            let keep = if self.count == 0 { self.block } else { start };
            self.bytes.truncate(keep);
            return Err(JournalError::TooLarge {
                sequence,
                bytes: length,
                limit: RECORD_BYTES_MAX,
            });
        }
        self.bytes[start..start + 2].copy_from_slice(&LONG_RECORD.to_le_bytes());
        let long = (length as u32).to_le_bytes();
        self.bytes.splice(start + 2..start + 2, long);
        Ok(())
    }
}

/// Completes the headers of the blocks in `bytes`; returns the sequence that follows them.
pub(crate) fn stamp(bytes: &mut [u8], first: u64, durable: u64, committed: Timestamp) -> u64 {
    let mut next = first;
    let mut rest = bytes;
    while !rest.is_empty() {
        let length = u32::from_le_bytes([rest[8], rest[9], rest[10], rest[11]]);
        let count = u16::from_le_bytes([rest[14], rest[15]]);
        let (block, after) = rest.split_at_mut(length as usize);
        let header = BlockHeader {
            length,
            kind: Kind::Records,
            count,
            first_sequence: next,
            durable,
            committed,
        };
        header.write(block);
        next += u64::from(count);
        rest = after;
    }
    next
}

/// A seal before `next_sequence`.
pub(crate) fn seal(next_sequence: u64, committed: Timestamp) -> [u8; HEADER_BYTES] {
    let mut block = [0; HEADER_BYTES];
    let header = BlockHeader {
        length: HEADER_BYTES as u32,
        kind: Kind::Seal,
        count: 0,
        first_sequence: next_sequence,
        durable: next_sequence - 1,
        committed,
    };
    header.write(&mut block);
    block
}
