//! Records, one after the other.

use super::error::DbnError;
use super::layout::{Layout, layout, layouts};

/// Length of the header that every record begins with, in bytes.
pub const HEADER_SIZE: usize = 16;

/// Length of `ts_out`, which live data appends to every record, in bytes.
const TS_OUT_SIZE: usize = 8;

/// Shortest length of each record type, in bytes; zero for types that do not exist.
static SIZES: [u16; 256] = sizes();

const fn sizes() -> [u16; 256] {
    let mut sizes = [0; 256];
    let mut rtype = 0;
    while rtype < 256 {
        let known = layouts(rtype as u8);
        if !known.is_empty() {
            sizes[rtype] = known[0].size as u16;
        }
        rtype += 1;
    }
    sizes
}

/// A record that is as long as its type needs, where it lies.
#[derive(Debug, Clone, Copy)]
pub struct Record<'a> {
    bytes: &'a [u8],
    has_ts_out: bool,
}

impl<'a> Record<'a> {
    /// All its bytes.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// Its type.
    #[inline]
    #[must_use]
    pub fn rtype(&self) -> u8 {
        self.bytes[1]
    }

    /// Who published it, by the number that the format's owner gives.
    #[inline]
    #[must_use]
    pub fn publisher_id(&self) -> u16 {
        u16::from_le_bytes(self.at(2))
    }

    /// What it is about, by the number that the publisher gives.
    #[inline]
    #[must_use]
    pub fn instrument_id(&self) -> u32 {
        u32::from_le_bytes(self.at(4))
    }

    /// Time at the venue, in ns UTC.
    #[inline]
    #[must_use]
    pub fn ts_event(&self) -> u64 {
        u64::from_le_bytes(self.at(8))
    }

    /// When the gateway sent it, in ns UTC; None for data that is not live.
    #[must_use]
    pub fn ts_out(&self) -> Option<u64> {
        let last = self.bytes.last_chunk()?;
        self.has_ts_out.then_some(u64::from_le_bytes(*last))
    }

    /// Its length without `ts_out`, in bytes.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len() - if self.has_ts_out { TS_OUT_SIZE } else { 0 }
    }

    /// Where its fields stand.
    #[must_use]
    pub fn layout(&self) -> Option<&'static Layout> {
        layout(self.rtype(), self.size())
    }

    /// `N` bytes at `offset` of the header. The iterator checked that a header is there.
    #[inline]
    fn at<const N: usize>(&self, offset: usize) -> [u8; N] {
        let mut out = [0; N];
        out.copy_from_slice(&self.bytes[offset..offset + N]);
        out
    }
}

/// Walks records. A record of an unknown type or too short for its type is an error, and the walk goes
/// on behind it; it ends behind a record whose end is not known.
#[derive(Debug, Clone)]
pub struct Records<'a> {
    rest: &'a [u8],
    /// Where the data ends.
    end: u64,
    has_ts_out: bool,
    /// Length in words, and type, of the last good record, and its length in bytes. The next one is
    /// mostly the same: guessing so lets the processor go on before it has read the length.
    last: [u8; 2],
    last_length: usize,
}

impl<'a> Records<'a> {
    /// Walks `bytes`, which begin with a record.
    #[must_use]
    pub fn new(bytes: &'a [u8], has_ts_out: bool) -> Self {
        Self::at(bytes, 0, has_ts_out)
    }

    /// Walks `bytes`, which begin `offset` bytes behind the start of the data.
    #[must_use]
    pub fn at(bytes: &'a [u8], offset: u64, has_ts_out: bool) -> Self {
        Self {
            rest: bytes,
            end: offset + bytes.len() as u64,
            has_ts_out,
            last: [0; 2],
            last_length: usize::MAX,
        }
    }

    /// Where the next record begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.end - self.rest.len() as u64
    }

    /// A record that is not like the one before it.
    #[inline(never)]
    fn other(&mut self) -> Result<Record<'a>, DbnError> {
        let length = usize::from(self.rest[0]) * 4;
        let offset = self.offset();
        if length < HEADER_SIZE || length > self.rest.len() {
            let available = self.rest.len();
            self.rest = &[];
            return Err(DbnError::Truncated {
                offset,
                needed: length.max(HEADER_SIZE),
                available,
            });
        }
        let (bytes, rest) = self.rest.split_at(length);
        self.rest = rest;
        let needed = usize::from(SIZES[usize::from(bytes[1])]);
        let extra = if self.has_ts_out { TS_OUT_SIZE } else { 0 };
        if needed == 0 || length < needed + extra {
            return Err(refused(bytes, offset, needed + extra));
        }
        self.last = [bytes[0], bytes[1]];
        self.last_length = length;
        Ok(Record {
            bytes,
            has_ts_out: self.has_ts_out,
        })
    }
}

#[cold]
fn refused(bytes: &[u8], offset: u64, needed: usize) -> DbnError {
    let rtype = bytes[1];
    if layouts(rtype).is_empty() {
        return DbnError::RecordType { offset, rtype };
    }
    DbnError::RecordLength {
        offset,
        rtype,
        length: bytes.len(),
        needed,
    }
}

impl<'a> Iterator for Records<'a> {
    type Item = Result<Record<'a>, DbnError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        if let Some((bytes, rest)) = self.rest.split_at_checked(self.last_length)
            && bytes.starts_with(&self.last)
        {
            self.rest = rest;
            return Some(Ok(Record {
                bytes,
                has_ts_out: self.has_ts_out,
            }));
        }
        if self.rest.is_empty() {
            return None;
        }
        Some(self.other())
    }
}

/// Neighbouring records of one type and length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Run {
    /// First byte, counted from the first record's.
    pub offset: usize,
    /// How many records.
    pub count: usize,
    /// Their type.
    pub rtype: u8,
    /// Length of each, in bytes, with `ts_out`.
    pub stride: usize,
}

/// Runs of `bytes`, which begin with a record; what is wrong is handed to `fault` and left out.
pub fn runs(bytes: &[u8], has_ts_out: bool, mut fault: impl FnMut(DbnError)) -> Vec<Run> {
    let mut runs: Vec<Run> = Vec::new();
    let mut records = Records::new(bytes, has_ts_out);
    loop {
        let offset = records.offset() as usize;
        let record = match records.next() {
            None => return runs,
            Some(Err(error)) => {
                fault(error);
                continue;
            }
            Some(Ok(record)) => record,
        };
        let (rtype, stride) = (record.rtype(), record.bytes().len());
        if let Some(run) = runs.last_mut()
            && (run.rtype, run.stride) == (rtype, stride)
            && run.offset + run.count * stride == offset
        {
            run.count += 1;
            continue;
        }
        runs.push(Run {
            offset,
            count: 1,
            rtype,
            stride,
        });
    }
}
