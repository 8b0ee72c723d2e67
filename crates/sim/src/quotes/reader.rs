//! Reads quote files through the page cache.

use std::fs::File;
use std::path::{Path, PathBuf};

use memmap2::{Advice, Mmap};
use wattbook_domain::market::Quote;
use wattbook_domain::{InstrumentId, LotSize, Lots, Price, TickSize, Ticks, Timestamp, Volume};

use super::writer::{QuoteHeader, file_error};
use super::{BLOCK_HEADER_BYTES, BLOCK_QUOTES, HEADER_BYTES, MAGIC, QUOTE_BYTES, UNFINISHED};
use crate::error::SimError;

/// A mapped quote file. Its pages belong to the page cache: they are no anonymous memory.
#[derive(Debug)]
pub struct QuoteFile {
    path: PathBuf,
    map: Mmap,
    header: QuoteHeader,
    count: u64,
    blocks: u64,
}

/// A quote as the file holds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteRow {
    /// Time in ns UTC.
    pub ts: Timestamp,
    /// Best bid.
    pub bid: Ticks,
    /// Best ask.
    pub ask: Ticks,
    /// Volume at the bid; zero for none.
    pub bid_lots: Lots,
    /// Volume at the ask; zero for none.
    pub ask_lots: Lots,
}

/// A checked block of quotes.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    first_ts: i64,
    quotes: &'a [u8],
}

impl QuoteFile {
    /// Maps the file at `path` and checks its header. The file must not change while it is mapped.
    ///
    /// # Errors
    /// [`SimError::File`], or [`SimError::QuoteFile`] naming what is wrong and where.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, SimError> {
        let path = path.as_ref().to_path_buf();
        let file = File::open(&path).map_err(|error| file_error(&path, error))?;
        // SAFETY: The map is read-only and private to this struct. Bytes that another process changes
        // are read as numbers only, behind a checksum; every bit pattern is one. A file cut short while
        // it is mapped ends the process, which the documentation rules out.
        let map = unsafe { Mmap::map(&file) }.map_err(|error| file_error(&path, error))?;
        // Only a hint: without it the kernel reads ahead less.
        let _ = map.advise(Advice::Sequential);
        let fault = |offset, fault| SimError::QuoteFile {
            path: path.clone(),
            offset,
            fault,
        };
        let Some(head) = map.first_chunk::<HEADER_BYTES>() else {
            return Err(fault(map.len() as u64, "the file ends within its header"));
        };
        if head[..8] != MAGIC {
            return Err(fault(0, "this is no quote file of version 1"));
        }
        if crc32c::crc32c(&head[..56]) != u32_at(head, 56) {
            return Err(fault(0, "the header's checksum differs"));
        }
        let count = i64_at(head, 32) as u64;
        if count == UNFINISHED {
            return Err(fault(32, "the file was never finished"));
        }
        let (Ok(tick), Ok(lot)) = (
            TickSize::new(Price::from_millionths(i64_at(head, 16))),
            LotSize::new(Volume::from_millionths(i64_at(head, 24))),
        ) else {
            return Err(fault(16, "tick or lot is not above zero"));
        };
        let header = QuoteHeader {
            instrument: InstrumentId(u32_at(head, 8)),
            tick,
            lot,
            is_synthetic: u32_at(head, 12) & 1 != 0,
        };
        let blocks = i64_at(head, 40) as u64;
        Ok(Self {
            path,
            map,
            header,
            count,
            blocks,
        })
    }

    /// What the file says of its instrument.
    #[must_use]
    pub const fn header(&self) -> &QuoteHeader {
        &self.header
    }

    /// How many quotes it holds.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Its blocks in order; each is checked when it is reached. The first fault ends them.
    pub fn blocks(&self) -> impl Iterator<Item = Result<Block<'_>, SimError>> {
        let (mut offset, mut index, mut seen) = (HEADER_BYTES, 0, 0);
        std::iter::from_fn(move || {
            if index == self.blocks {
                let has_all = seen == self.count && offset == self.map.len();
                index += 1;
                return (!has_all).then(|| {
                    Err(self.fault(offset, "the blocks do not hold what the header says"))
                });
            }
            if index > self.blocks {
                return None;
            }
            let block = self.block(offset);
            match &block {
                Ok(block) => {
                    index += 1;
                    seen += block.len() as u64;
                    offset += BLOCK_HEADER_BYTES + block.quotes.len();
                }
                Err(_) => index = self.blocks + 1,
            }
            Some(block)
        })
    }

    /// `row` as a quote of the file's instrument.
    #[must_use]
    #[inline]
    pub fn quote(&self, row: &QuoteRow) -> Quote {
        let QuoteHeader {
            instrument,
            tick,
            lot,
            ..
        } = &self.header;
        Quote {
            instrument: *instrument,
            bid_price: tick.price(row.bid),
            ask_price: tick.price(row.ask),
            bid_volume: lot.volume(row.bid_lots),
            ask_volume: lot.volume(row.ask_lots),
        }
    }

    fn block(&self, offset: usize) -> Result<Block<'_>, SimError> {
        let rest = self.map.get(offset..).unwrap_or_default();
        let Some(head) = rest.first_chunk::<BLOCK_HEADER_BYTES>() else {
            return Err(self.fault(offset, "the file ends within a block's header"));
        };
        let count = u32_at(head, 4) as usize;
        if count == 0 || count > BLOCK_QUOTES {
            return Err(self.fault(offset + 4, "the block's count is not 1 to 4096"));
        }
        let Some(block) = rest.get(..BLOCK_HEADER_BYTES + count * QUOTE_BYTES) else {
            return Err(self.fault(offset, "the file ends within a block"));
        };
        if crc32c::crc32c(&block[4..]) != u32_at(head, 0) {
            return Err(self.fault(offset, "the block's checksum differs"));
        }
        Ok(Block {
            first_ts: i64_at(head, 8),
            quotes: &block[BLOCK_HEADER_BYTES..],
        })
    }

    fn fault(&self, offset: usize, fault: &'static str) -> SimError {
        SimError::QuoteFile {
            path: self.path.clone(),
            offset: offset as u64,
            fault,
        }
    }
}

impl<'a> Block<'a> {
    /// How many quotes it holds; at least one.
    #[must_use]
    #[allow(clippy::len_without_is_empty)]
    pub const fn len(&self) -> usize {
        self.quotes.len() / QUOTE_BYTES
    }

    /// Its quotes in order.
    #[inline]
    #[must_use]
    pub fn rows(&self) -> impl ExactSizeIterator<Item = QuoteRow> + use<'a> {
        let first_ts = self.first_ts;
        let (quotes, _) = self.quotes.as_chunks::<QUOTE_BYTES>();
        quotes.iter().map(move |bytes| {
            let offset = i64_at(bytes, 0) & ((1 << 48) - 1);
            QuoteRow {
                ts: Timestamp::from_nanos(first_ts.wrapping_add(offset)),
                bid: Ticks::new(i64::from(u32_at(bytes, 6) as i32)),
                ask: Ticks::new(i64::from(u32_at(bytes, 10) as i32)),
                bid_lots: Lots::new(i64::from(u32_at(bytes, 14))),
                ask_lots: Lots::new(i64::from(u32_at(bytes, 18))),
            }
        })
    }
}

#[inline]
fn u32_at<const N: usize>(bytes: &[u8; N], at: usize) -> u32 {
    let mut word = [0; 4];
    word.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(word)
}

#[inline]
fn i64_at<const N: usize>(bytes: &[u8; N], at: usize) -> i64 {
    let mut word = [0; 8];
    word.copy_from_slice(&bytes[at..at + 8]);
    i64::from_le_bytes(word)
}
