//! Writes quote files.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use wattbook_domain::{InstrumentId, LotSize, Price, TickSize, Volume};

use super::{BLOCK_HEADER_BYTES, BLOCK_QUOTES, HEADER_BYTES, MAGIC, QUOTE_BYTES, UNFINISHED};
use crate::error::SimError;

/// What a quote file says of its instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuoteHeader {
    /// Whose quotes.
    pub instrument: InstrumentId,
    /// Smallest price step, in currency per price unit.
    pub tick: TickSize,
    /// Smallest volume step, in volume units.
    pub lot: LotSize,
    /// Whether the quotes are made up.
    pub is_synthetic: bool,
}

/// Columns of equal length: one row a quote.
#[derive(Debug, Clone, Copy)]
pub struct QuoteColumns<'a> {
    /// Times in ns UTC; they never fall.
    pub ts: &'a [i64],
    /// Best bids in 1e-6 currency per price unit.
    pub bid_price: &'a [i64],
    /// Best asks in 1e-6 currency per price unit.
    pub ask_price: &'a [i64],
    /// Volumes at the bid in 1e-6 volume units; zero for none.
    pub bid_volume: &'a [i64],
    /// Volumes at the ask in 1e-6 volume units; zero for none.
    pub ask_volume: &'a [i64],
}

/// Appends quotes to a new file.
#[derive(Debug)]
pub struct QuoteWriter {
    path: PathBuf,
    file: BufWriter<File>,
    header: QuoteHeader,
    block: Vec<u8>,
    first_ts: i64,
    last_ts: i64,
    count: u64,
    blocks: u64,
}

impl QuoteWriter {
    /// Starts a file at `path`, replacing what is there.
    ///
    /// # Errors
    /// [`SimError::File`].
    pub fn create(path: impl AsRef<Path>, header: QuoteHeader) -> Result<Self, SimError> {
        let path = path.as_ref().to_path_buf();
        let file = File::create(&path).map_err(|error| file_error(&path, error))?;
        let mut this = Self {
            file: BufWriter::with_capacity(1 << 20, file),
            path,
            header,
            block: Vec::with_capacity(BLOCK_HEADER_BYTES + BLOCK_QUOTES * QUOTE_BYTES),
            first_ts: 0,
            last_ts: i64::MIN,
            count: 0,
            blocks: 0,
        };
        this.put(&header_bytes(&header, UNFINISHED, 0))?;
        Ok(this)
    }

    /// Appends rows.
    ///
    /// # Errors
    /// [`SimError::QuoteRow`] naming the row that is off the grid, out of order or out of range, or the
    /// column that is shorter; rows before it are written. [`SimError::File`].
    pub fn append(&mut self, columns: &QuoteColumns<'_>) -> Result<(), SimError> {
        let rows = columns.ts.len();
        let all = [
            columns.bid_price,
            columns.ask_price,
            columns.bid_volume,
            columns.ask_volume,
        ];
        if all.iter().any(|column| column.len() != rows) {
            return Err(self.row_error("the columns differ in length"));
        }
        for row in 0..rows {
            let encoded = self
                .encode(columns, row)
                .map_err(|fault| self.row_error(fault))?;
            let ts = columns.ts[row];
            let is_full = self.block.len() == BLOCK_HEADER_BYTES + BLOCK_QUOTES * QUOTE_BYTES;
            if is_full || ts.wrapping_sub(self.first_ts) as u64 >> 48 != 0 {
                self.flush_block()?;
            }
            if self.block.is_empty() {
                self.block.resize(BLOCK_HEADER_BYTES, 0);
                self.first_ts = ts;
            }
            let offset = (ts - self.first_ts).to_le_bytes();
            self.block.extend_from_slice(&offset[..6]);
            self.block.extend_from_slice(&encoded);
            self.last_ts = ts;
            self.count += 1;
        }
        Ok(())
    }

    /// Writes the rest and the counts; returns how many quotes the file holds.
    ///
    /// # Errors
    /// [`SimError::File`].
    pub fn finish(mut self) -> Result<u64, SimError> {
        self.flush_block()?;
        let header = header_bytes(&self.header, self.count, self.blocks);
        let done = self
            .file
            .seek(SeekFrom::Start(0))
            .and_then(|_| self.file.write_all(&header))
            .and_then(|()| self.file.flush())
            .and_then(|()| self.file.get_ref().sync_all());
        done.map_err(|error| file_error(&self.path, error))?;
        Ok(self.count)
    }

    fn encode(&self, columns: &QuoteColumns<'_>, row: usize) -> Result<[u8; 16], &'static str> {
        if columns.ts[row] < self.last_ts {
            return Err("the time falls; sort the rows");
        }
        let ticks = |price: i64| {
            let ticks = self.header.tick.ticks(Price::from_millionths(price));
            let ticks = ticks
                .ok_or("a price is off the tick; round it first")?
                .count();
            i32::try_from(ticks).map_err(|_| "a price is beyond 2^31 ticks; check tick and unit")
        };
        let lots = |volume: i64| {
            let lots = self.header.lot.lots(Volume::from_millionths(volume));
            let lots = lots
                .ok_or("a volume is off the lot; round it first")?
                .count();
            u32::try_from(lots).map_err(|_| "a volume is below zero or beyond 2^32 lots")
        };
        let mut bytes = [0; 16];
        bytes[..4].copy_from_slice(&ticks(columns.bid_price[row])?.to_le_bytes());
        bytes[4..8].copy_from_slice(&ticks(columns.ask_price[row])?.to_le_bytes());
        bytes[8..12].copy_from_slice(&lots(columns.bid_volume[row])?.to_le_bytes());
        bytes[12..].copy_from_slice(&lots(columns.ask_volume[row])?.to_le_bytes());
        Ok(bytes)
    }

    fn flush_block(&mut self) -> Result<(), SimError> {
        if self.block.is_empty() {
            return Ok(());
        }
        let mut block = std::mem::take(&mut self.block);
        let quotes = (block.len() - BLOCK_HEADER_BYTES) / QUOTE_BYTES;
        block[4..8].copy_from_slice(&(quotes as u32).to_le_bytes());
        block[8..16].copy_from_slice(&self.first_ts.to_le_bytes());
        let checksum = crc32c::crc32c(&block[4..]);
        block[..4].copy_from_slice(&checksum.to_le_bytes());
        self.put(&block)?;
        block.clear();
        self.block = block;
        self.blocks += 1;
        Ok(())
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), SimError> {
        self.file
            .write_all(bytes)
            .map_err(|error| file_error(&self.path, error))
    }

    fn row_error(&self, fault: &'static str) -> SimError {
        SimError::QuoteRow {
            row: self.count,
            fault,
        }
    }
}

fn header_bytes(header: &QuoteHeader, count: u64, blocks: u64) -> [u8; HEADER_BYTES] {
    let mut bytes = [0; HEADER_BYTES];
    bytes[..8].copy_from_slice(&MAGIC);
    bytes[8..12].copy_from_slice(&header.instrument.0.to_le_bytes());
    bytes[12..16].copy_from_slice(&u32::from(header.is_synthetic).to_le_bytes());
    bytes[16..24].copy_from_slice(&header.tick.step().millionths().to_le_bytes());
    bytes[24..32].copy_from_slice(&header.lot.step().millionths().to_le_bytes());
    bytes[32..40].copy_from_slice(&count.to_le_bytes());
    bytes[40..48].copy_from_slice(&blocks.to_le_bytes());
    let checksum = crc32c::crc32c(&bytes[..56]);
    bytes[56..60].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

pub(super) fn file_error(path: &Path, error: io::Error) -> SimError {
    SimError::File {
        path: path.to_path_buf(),
        error,
    }
}
