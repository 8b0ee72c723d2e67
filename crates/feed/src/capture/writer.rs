//! Writes a capture on a thread of its own.

use std::path::Path;

use wattbook_domain::Timestamp;
use wattbook_journal::{BackgroundJournal, FileStorage, JournalConfig, Storage};

use super::chunk::{ENTRY_HEADER, Entry, EntryKind};
use super::encode_header;
use crate::error::FeedError;
use crate::packet::PacketFormat;
use crate::sink::Line;

/// How a capture is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CaptureConfig {
    /// Level of zstd; None for no compression.
    pub zstd_level: Option<i32>,
    /// A chunk of this many bytes goes to the disk; a crash loses what is younger.
    pub chunk_bytes: usize,
    /// Longest time that a chunk waits for more, ns.
    pub chunk_ns: i64,
    /// Length of a file, bytes.
    pub segment_bytes: u64,
}

impl Default for CaptureConfig {
    /// No compression, 64 KiB, 100 ms, 64 MiB.
    fn default() -> Self {
        Self {
            zstd_level: None,
            chunk_bytes: 64 << 10,
            chunk_ns: 100_000_000,
            segment_bytes: 64 << 20,
        }
    }
}

pub(super) const PLAIN: u8 = 0;
pub(super) const ZSTD: u8 = 1;

/// Writes a capture; a thread of its journal does the disk.
pub struct CaptureWriter<S: Storage = FileStorage> {
    journal: BackgroundJournal<S>,
    config: CaptureConfig,
    chunk: Vec<u8>,
    chunk_began: i64,
    compressor: Option<zstd::bulk::Compressor<'static>>,
    compressed: Vec<u8>,
    entries: u64,
}

impl CaptureWriter<FileStorage> {
    /// A capture in the folder `path`, made where needed; one that is there is continued, behind what a
    /// crash left whole.
    ///
    /// # Errors
    /// [`FeedError::Io`] and [`FeedError::Journal`] when the folder cannot be written.
    pub fn create(
        path: &Path,
        format: PacketFormat,
        config: CaptureConfig,
    ) -> Result<Self, FeedError> {
        let storage =
            FileStorage::writable(path).map_err(FeedError::io("write in", &path.display()))?;
        Self::on(storage, format, config)
    }
}

impl<S: Storage + Send + 'static> CaptureWriter<S>
where
    S::File: 'static,
{
    /// A capture on `storage`.
    ///
    /// # Errors
    /// As [`CaptureWriter::create`].
    pub fn on(storage: S, format: PacketFormat, config: CaptureConfig) -> Result<Self, FeedError> {
        let settings = JournalConfig {
            segment_bytes: config.segment_bytes,
            records_per_block: 64,
        };
        let (mut journal, recovery) = BackgroundJournal::open(storage, settings)?;
        if recovery.last_sequence == 0 {
            journal.append(1, &encode_header(format))?;
            journal.submit(Timestamp::from_nanos(0))?;
        }
        let compressor = config.zstd_level.map(zstd::bulk::Compressor::new);
        let compressor = compressor
            .transpose()
            .map_err(FeedError::io("begin to compress", &"capture"))?;
        Ok(Self {
            journal,
            config,
            chunk: Vec::with_capacity(config.chunk_bytes + (64 << 10)),
            chunk_began: 0,
            compressor,
            compressed: Vec::new(),
            entries: 0,
        })
    }

    /// Keeps a packet of `line`.
    ///
    /// # Errors
    /// [`FeedError::Journal`] when an earlier chunk could not be written.
    pub fn packet(
        &mut self,
        line: Line,
        bytes: &[u8],
        ts_recv: i64,
        now: i64,
    ) -> Result<(), FeedError> {
        self.entry(&Entry {
            kind: EntryKind::Packet,
            line,
            ts_recv,
            now,
            bytes,
        })
    }

    /// Keeps a snapshot.
    ///
    /// # Errors
    /// As [`packet`](Self::packet).
    pub fn snapshot(&mut self, bytes: &[u8], ts_recv: i64, now: i64) -> Result<(), FeedError> {
        self.entry(&Entry {
            kind: EntryKind::Snapshot,
            line: Line::RECOVERY,
            ts_recv,
            now,
            bytes,
        })
    }

    /// Keeps a moment at which the time mattered.
    ///
    /// # Errors
    /// As [`packet`](Self::packet).
    pub fn moment(&mut self, now: i64) -> Result<(), FeedError> {
        self.entry(&Entry {
            kind: EntryKind::Moment,
            line: Line::RECOVERY,
            ts_recv: now,
            now,
            bytes: &[],
        })
    }

    fn entry(&mut self, entry: &Entry<'_>) -> Result<(), FeedError> {
        let needed = ENTRY_HEADER + entry.bytes.len();
        if !self.chunk.is_empty() && self.chunk.len() + needed > self.config.chunk_bytes {
            self.flush(entry.now)?;
        }
        if self.chunk.is_empty() {
            self.chunk_began = entry.now;
        }
        entry.encode(&mut self.chunk);
        self.entries += 1;
        if self.chunk.len() >= self.config.chunk_bytes {
            self.flush(entry.now)?;
        }
        Ok(())
    }

    /// Tells the time: a chunk that has waited long enough goes to the disk.
    ///
    /// # Errors
    /// As [`packet`](Self::packet).
    pub fn advance(&mut self, now: i64) -> Result<(), FeedError> {
        if now.saturating_sub(self.chunk_began) >= self.config.chunk_ns {
            self.flush(now)?;
        }
        Ok(())
    }

    /// Sends what waits to the disk.
    ///
    /// # Errors
    /// As [`packet`](Self::packet).
    pub fn flush(&mut self, now: i64) -> Result<(), FeedError> {
        if self.chunk.is_empty() {
            return Ok(());
        }
        let (chunk, compressed) = (&self.chunk, &mut self.compressed);
        let kind = match &mut self.compressor {
            None => PLAIN,
            Some(compressor) => {
                compressed.clear();
                compressed.reserve(zstd::zstd_safe::compress_bound(chunk.len()));
                compressor
                    .compress_to_buffer(chunk, compressed)
                    .map_err(FeedError::io("compress", &"capture"))?;
                ZSTD
            }
        };
        let body = if kind == ZSTD { &*compressed } else { chunk };
        let sequence = self.journal.next_sequence();
        self.journal.append_with(sequence, |record| {
            record.push(kind);
            record.extend_from_slice(&(chunk.len() as u32).to_le_bytes());
            record.extend_from_slice(body);
        })?;
        self.journal.submit(Timestamp::from_nanos(now))?;
        self.chunk.clear();
        Ok(())
    }

    /// Entries kept so far.
    #[must_use]
    pub const fn entries(&self) -> u64 {
        self.entries
    }

    /// Writes what waits, seals the capture and gives the storage back.
    ///
    /// # Errors
    /// [`FeedError::Journal`] when something could not be written.
    pub fn close(mut self, now: i64) -> Result<S, FeedError> {
        self.flush(now)?;
        Ok(self.journal.close(Timestamp::from_nanos(now))?)
    }
}

impl<S: Storage> std::fmt::Debug for CaptureWriter<S> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CaptureWriter")
            .field("config", &self.config)
            .field("entries", &self.entries)
            .finish_non_exhaustive()
    }
}
