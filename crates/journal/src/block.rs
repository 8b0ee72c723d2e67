//! A block: the checksummed unit of a journal.
//!
//! | bytes | field |
//! |---|---|
//! | 0–3 | magic `WBJ1` |
//! | 4–7 | CRC-32C of bytes 8 to the end |
//! | 8–11 | length, header included, a multiple of 8 |
//! | 12 | version |
//! | 13 | kind: 0 records, 1 seal |
//! | 14–15 | number of records |
//! | 16–23 | first sequence |
//! | 24–31 | last sequence that was durable when the block was written |
//! | 32–39 | time of the commit, ns UTC |
//! | 40– | records, then zeros up to the length |
//!
//! A record is its length in two bytes and its payload; the length `0xFFFF` says that the length
//! follows in four bytes. All integers are little endian.

use wattbook_domain::Timestamp;

use crate::error::Flaw;

/// Length of a block's header, in bytes.
pub const HEADER_BYTES: usize = 40;
/// Blocks begin at multiples of this, in bytes.
pub const ALIGNMENT: usize = 8;
/// Longest payload of a record, in bytes.
pub const RECORD_BYTES_MAX: usize = 16 << 20;
/// Longest block, in bytes. A block is closed when it passes [`BLOCK_BYTES_TARGET`].
pub const BLOCK_BYTES_MAX: usize = BLOCK_BYTES_TARGET + RECORD_BYTES_MAX + 64;

/// A block of this length takes no further record, in bytes.
pub(crate) const BLOCK_BYTES_TARGET: usize = 1 << 20;
pub(crate) const LONG_RECORD: u16 = u16::MAX;

const MAGIC: u32 = u32::from_le_bytes(*b"WBJ1");
const VERSION: u8 = 1;

/// What a block is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It carries records.
    Records,
    /// It carries none and testifies that all before it was durable: the journal was closed, or
    /// continues in another segment.
    Seal,
}

/// The header of a block, without its checksum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BlockHeader {
    /// Length of the block, header included, in bytes.
    pub length: u32,
    /// What it is for.
    pub kind: Kind,
    /// Number of records.
    pub count: u16,
    /// Sequence of its first record; for a seal, of the record that would come next.
    pub first_sequence: u64,
    /// Last sequence that was durable when the block was written. A sound block with a later
    /// number than an unsound one therefore proves that the unsound one was once whole.
    pub durable: u64,
    /// Time of the commit.
    pub committed: Timestamp,
}

impl BlockHeader {
    /// Writes the header over the first bytes of `block` and then its checksum.
    pub(crate) fn write(&self, block: &mut [u8]) {
        block[0..4].copy_from_slice(&MAGIC.to_le_bytes());
        block[8..12].copy_from_slice(&self.length.to_le_bytes());
        block[12] = VERSION;
        block[13] = u8::from(self.kind == Kind::Seal);
        block[14..16].copy_from_slice(&self.count.to_le_bytes());
        block[16..24].copy_from_slice(&self.first_sequence.to_le_bytes());
        block[24..32].copy_from_slice(&self.durable.to_le_bytes());
        block[32..40].copy_from_slice(&self.committed.nanos().to_le_bytes());
        let checksum = crc32c::crc32c(&block[8..]);
        block[4..8].copy_from_slice(&checksum.to_le_bytes());
    }

    /// Reads a header whose checksum is yet to be checked.
    ///
    /// # Errors
    /// The [`Flaw`] that makes `bytes` no header.
    pub fn read(bytes: &[u8]) -> Result<Self, Flaw> {
        if bytes.len() < HEADER_BYTES {
            return Err(Flaw::Incomplete {
                needed: HEADER_BYTES as u64,
                available: bytes.len() as u64,
            });
        }
        let magic = u32::from_le_bytes(array(bytes, 0));
        if magic != MAGIC {
            return Err(Flaw::Magic { found: magic });
        }
        let length = u32::from_le_bytes(array(bytes, 8));
        let sane = (HEADER_BYTES..=BLOCK_BYTES_MAX).contains(&(length as usize));
        if !sane || !(length as usize).is_multiple_of(ALIGNMENT) {
            return Err(Flaw::Length { found: length });
        }
        if bytes[12] != VERSION {
            return Err(Flaw::Version {
                found: bytes[12],
                known: VERSION,
            });
        }
        let kind = match bytes[13] {
            0 => Kind::Records,
            1 => Kind::Seal,
            found => return Err(Flaw::Kind { found }),
        };
        Ok(Self {
            length,
            kind,
            count: u16::from_le_bytes(array(bytes, 14)),
            first_sequence: u64::from_le_bytes(array(bytes, 16)),
            durable: u64::from_le_bytes(array(bytes, 24)),
            committed: Timestamp::from_nanos(i64::from_le_bytes(array(bytes, 32))),
        })
    }

    /// Sequence that follows the block.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.first_sequence.saturating_add(self.count as u64)
    }
}

/// Checks the whole block that `bytes` begin with.
///
/// # Errors
/// The [`Flaw`] that makes `bytes` no sound block.
pub fn check(bytes: &[u8]) -> Result<BlockHeader, Flaw> {
    let header = BlockHeader::read(bytes)?;
    let Some(block) = bytes.get(..header.length as usize) else {
        return Err(Flaw::Incomplete {
            needed: u64::from(header.length),
            available: bytes.len() as u64,
        });
    };
    let stored = u32::from_le_bytes(array(block, 4));
    let computed = crc32c::crc32c(&block[8..]);
    if stored != computed {
        return Err(Flaw::Checksum { stored, computed });
    }
    let mut records = &block[HEADER_BYTES..];
    for _ in 0..header.count {
        split_record(&mut records).ok_or(Flaw::Layout)?;
    }
    if records.len() >= ALIGNMENT || records.iter().any(|&byte| byte != 0) {
        return Err(Flaw::Layout);
    }
    Ok(header)
}

/// Takes the first record off `records`; `None` when they end inside it.
#[inline]
pub(crate) fn split_record<'a>(records: &mut &'a [u8]) -> Option<&'a [u8]> {
    let (short, mut rest) = records.split_first_chunk::<2>()?;
    let mut length = u16::from_le_bytes(*short) as usize;
    if length == LONG_RECORD as usize {
        let (long, after) = rest.split_first_chunk::<4>()?;
        length = u32::from_le_bytes(*long) as usize;
        rest = after;
    }
    let (payload, after) = rest.split_at_checked(length)?;
    *records = after;
    Some(payload)
}

/// `N` bytes at `at`; the caller has checked that they exist.
#[inline]
fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}
