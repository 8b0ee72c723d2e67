//! Segments: the files of a journal, and the reading of one.

use crate::block::{self, BlockHeader};
use crate::error::{Flaw, JournalError};
use crate::storage::{Storage, StorageFile};

const PREFIX: &str = "segment-";
/// Ending of a file that is being written and will be renamed.
pub(crate) const UNFINISHED: &str = ".new";
const CHUNK_BYTES: usize = 1 << 20;

/// Name of the segment that begins with `first_sequence`.
pub(crate) fn name(first_sequence: u64) -> String {
    format!("{PREFIX}{first_sequence:020}")
}

/// First sequences of all segments, rising.
pub(crate) fn list<S: Storage>(storage: &S) -> Result<Vec<u64>, JournalError> {
    let names = storage
        .list()
        .map_err(JournalError::storage("list the files", "journal"))?;
    let mut firsts: Vec<u64> = names
        .iter()
        .filter_map(|name| name.strip_prefix(PREFIX))
        .filter(|digits| digits.len() == 20)
        .filter_map(|digits| digits.parse().ok())
        .filter(|&first| first > 0)
        .collect();
    firsts.sort_unstable();
    Ok(firsts)
}

/// What stands at the reader's place in a segment.
#[derive(Debug)]
pub(crate) enum Found {
    /// A sound block that continues the journal; [`SegmentReader::block`] has its bytes.
    Block(BlockHeader),
    /// Nothing but zeros up to the end of the file.
    End,
    /// Something that was being written when the writer stopped.
    Torn {
        /// What makes it unsound.
        flaw: Flaw,
        /// Bytes up to the last that is not zero.
        bytes: u64,
    },
}

/// Reads the blocks of one segment in order.
#[derive(Debug)]
pub(crate) struct SegmentReader<F> {
    file: F,
    first_sequence: u64,
    length: u64,
    offset: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
    block_start: usize,
}

impl<F: StorageFile> SegmentReader<F> {
    pub(crate) fn open<S: Storage<File = F>>(
        storage: &S,
        first_sequence: u64,
    ) -> Result<Self, JournalError> {
        let name = name(first_sequence);
        let file = storage
            .open(&name)
            .map_err(JournalError::storage("open", &name))?;
        let length = file
            .length()
            .map_err(JournalError::storage("measure", &name))?;
        Ok(Self {
            file,
            first_sequence,
            length,
            offset: 0,
            buffer: Vec::new(),
            buffer_start: 0,
            block_start: 0,
        })
    }

    pub(crate) fn name(&self) -> String {
        name(self.first_sequence)
    }

    /// Where the next block begins, in bytes.
    pub(crate) const fn offset(&self) -> u64 {
        self.offset
    }

    /// Bytes of the block found last.
    pub(crate) fn block(&self, header: &BlockHeader) -> &[u8] {
        &self.buffer[self.block_start..self.block_start + header.length as usize]
    }

    /// Reads the next block, which begins with sequence `expected` if the journal is sound.
    pub(crate) fn next(&mut self, expected: u64) -> Result<Found, JournalError> {
        match self.check_here()? {
            Ok(header) => self.taken(header, expected),
            Err(flaw) => self.judge(flaw, expected),
        }
    }

    /// Takes the sound block at the reader's place.
    fn taken(&mut self, header: BlockHeader, expected: u64) -> Result<Found, JournalError> {
        if header.first_sequence != expected {
            let found = header.first_sequence;
            return Err(self.corrupt(expected, Flaw::Sequence { found, expected }));
        }
        self.block_start = (self.offset - self.buffer_start) as usize;
        self.offset += u64::from(header.length);
        Ok(Found::Block(header))
    }

    /// Corruption at the reader's place.
    pub(crate) fn corrupt(&self, sequence: u64, flaw: Flaw) -> JournalError {
        JournalError::Corrupt {
            segment: self.name(),
            offset: self.offset,
            sequence,
            flaw,
        }
    }

    fn check_here(&mut self) -> Result<Result<BlockHeader, Flaw>, JournalError> {
        let header = match BlockHeader::read(self.bytes(block::HEADER_BYTES)?) {
            Ok(header) => header,
            Err(flaw) => return Ok(Err(flaw)),
        };
        Ok(block::check(self.bytes(header.length as usize)?))
    }

    /// Tells an unfinished write from corruption: a later block that calls the unsound one durable
    /// proves that it was whole once.
    fn judge(&mut self, flaw: Flaw, expected: u64) -> Result<Found, JournalError> {
        let rest = self.rest()?;
        let Some(last) = rest.iter().rposition(|&byte| byte != 0) else {
            return Ok(Found::End);
        };
        if testifies(&rest, expected) {
            // A writer beside may have written here since the bytes were buffered. Whatever a later
            // block calls durable stands in the file by now.
            self.buffer.clear();
            return match self.check_here()? {
                Ok(header) => self.taken(header, expected),
                Err(flaw) => Err(self.corrupt(expected, flaw)),
            };
        }
        let bytes = last as u64 + 1;
        Ok(Found::Torn { flaw, bytes })
    }

    /// Up to `count` bytes from the reader's place, fewer at the end of the file.
    fn bytes(&mut self, count: usize) -> Result<&[u8], JournalError> {
        let start = (self.offset - self.buffer_start) as usize;
        let left = self.length.saturating_sub(self.offset);
        let count = left.min(count as u64) as usize;
        if start + count <= self.buffer.len() {
            return Ok(&self.buffer[start..start + count]);
        }
        let wanted = left.min(count.max(CHUNK_BYTES) as u64) as usize;
        self.buffer.resize(wanted, 0);
        self.buffer_start = self.offset;
        let read = read(
            &self.file,
            self.first_sequence,
            self.offset,
            &mut self.buffer,
        );
        // After a failed read nothing may be taken for the file's bytes.
        self.buffer.truncate(read.as_ref().map_or(0, |&read| read));
        let read = read?;
        Ok(&self.buffer[..count.min(read)])
    }

    /// Everything from the reader's place up to the last byte that is not zero.
    fn rest(&self) -> Result<Vec<u8>, JournalError> {
        let mut rest = Vec::new();
        let mut zeros = 0;
        let mut chunk = vec![0; CHUNK_BYTES];
        let mut at = self.offset;
        while at < self.length {
            let wanted = (self.length - at).min(CHUNK_BYTES as u64) as usize;
            let count = read(&self.file, self.first_sequence, at, &mut chunk[..wanted])?;
            if count == 0 {
                break;
            }
            let found = &chunk[..count];
            if found.iter().all(|&byte| byte == 0) {
                zeros += count;
            } else {
                rest.resize(rest.len() + zeros, 0);
                zeros = 0;
                rest.extend_from_slice(found);
            }
            at += count as u64;
        }
        Ok(rest)
    }
}

fn read<F: StorageFile>(
    file: &F,
    first_sequence: u64,
    offset: u64,
    buffer: &mut [u8],
) -> Result<usize, JournalError> {
    file.read_at(offset, buffer)
        .map_err(JournalError::storage("read", &name(first_sequence)))
}

/// Whether a sound block in `rest` says that sequence `expected` was durable.
///
/// Every byte is tried as a beginning, so that blocks are found behind an inserted or lost byte.
fn testifies(rest: &[u8], expected: u64) -> bool {
    (1..rest.len()).any(|at| {
        rest[at] == b'W'
            && BlockHeader::read(&rest[at..]).is_ok_and(|header| header.durable >= expected)
            && block::check(&rest[at..]).is_ok()
    })
}
