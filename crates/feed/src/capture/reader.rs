//! Reads a capture back.

use wattbook_journal::{JournalReader, Storage};

use super::chunk::{Entries, Entry};
use super::decode_header;
use super::writer::{PLAIN, ZSTD};
use crate::error::FeedError;
use crate::packet::{PacketFormat, array};

/// Longest chunk, in bytes, decompressed: more is refused, so that no file can take all memory.
const CHUNK_BYTES_MAX: usize = 16 << 20;
const CHUNK_HEADER: usize = 5;

/// Reads a capture, entry by entry.
pub struct CaptureReader<'s, S: Storage> {
    journal: JournalReader<'s, S>,
    format: PacketFormat,
    chunk: Vec<u8>,
    decompressor: zstd::bulk::Decompressor<'static>,
}

impl<'s, S: Storage> CaptureReader<'s, S> {
    /// Opens the capture on `storage`, beside its writer or after it.
    ///
    /// # Errors
    /// [`FeedError::Capture`] when it is none; [`FeedError::Journal`] when it cannot be read.
    pub fn open(storage: &'s S) -> Result<Self, FeedError> {
        let mut journal = JournalReader::open(storage)?;
        let header = journal.next_record()?;
        let format = header
            .as_ref()
            .and_then(|record| decode_header(record.payload));
        let Some(format) = format else {
            let reason = match header {
                None => "the folder holds no capture",
                Some(_) => "the folder holds a journal of something else",
            };
            return Err(damaged(1, reason));
        };
        let decompressor = zstd::bulk::Decompressor::new();
        Ok(Self {
            journal,
            format,
            chunk: Vec::new(),
            decompressor: decompressor.map_err(FeedError::io("decompress", &"capture"))?,
        })
    }

    /// Layout of its packets.
    #[must_use]
    pub const fn format(&self) -> PacketFormat {
        self.format
    }

    /// Hands every entry that follows to `visit` in turn.
    ///
    /// # Errors
    /// [`FeedError::Capture`] and [`FeedError::Journal`] at the first unsound record; what stands before
    /// was visited. What `visit` gives.
    pub fn visit(
        &mut self,
        mut visit: impl FnMut(&Entry<'_>) -> Result<(), FeedError>,
    ) -> Result<(), FeedError> {
        while self.next_chunk()? {
            for entry in Entries::of(&self.chunk) {
                visit(&entry)?;
            }
        }
        Ok(())
    }

    /// Reads the next chunk into the buffer; false at the end.
    fn next_chunk(&mut self) -> Result<bool, FeedError> {
        let Some(record) = self.journal.next_record()? else {
            return Ok(false);
        };
        unpack(record.payload, &mut self.decompressor, &mut self.chunk)
            .map_err(|reason| damaged(record.sequence, &reason))?;
        Ok(true)
    }
}

fn damaged(record: u64, reason: &str) -> FeedError {
    FeedError::Capture {
        record,
        reason: reason.to_owned(),
    }
}

/// Puts the entries of `record` into `chunk`, and checks that they are whole.
fn unpack(
    record: &[u8],
    decompressor: &mut zstd::bulk::Decompressor<'static>,
    chunk: &mut Vec<u8>,
) -> Result<(), String> {
    let Some((header, body)) = record.split_at_checked(CHUNK_HEADER) else {
        return Err(format!("{} bytes are too few for a chunk", record.len()));
    };
    let stated = u32::from_le_bytes(array(header, 1)) as usize;
    if stated > CHUNK_BYTES_MAX {
        return Err(format!(
            "a chunk of {stated} bytes; at most {CHUNK_BYTES_MAX}"
        ));
    }
    chunk.clear();
    match header[0] {
        PLAIN => chunk.extend_from_slice(body),
        ZSTD => {
            chunk.reserve(stated);
            decompressor
                .decompress_to_buffer(body, chunk)
                .map_err(|error| format!("byte {CHUNK_HEADER}: {error}"))?;
        }
        kind => return Err(format!("byte 0: chunk of unknown kind {kind}")),
    }
    if chunk.len() != stated {
        return Err(format!(
            "{} bytes in a chunk that states {stated}",
            chunk.len()
        ));
    }
    let mut entries = Entries::of(chunk);
    entries.by_ref().for_each(drop);
    let left = entries.rest().len();
    if left > 0 {
        return Err(format!("byte {}: no whole entry", chunk.len() - left));
    }
    Ok(())
}

/// Unpacks a chunk and walks its entries; how many, or None where it is none. For fuzzing.
#[doc(hidden)]
#[must_use]
pub fn fuzz_chunk(record: &[u8]) -> Option<usize> {
    let mut chunk = Vec::new();
    let mut decompressor = zstd::bulk::Decompressor::new().ok()?;
    unpack(record, &mut decompressor, &mut chunk).ok()?;
    Some(Entries::of(&chunk).count())
}

impl<S: Storage> std::fmt::Debug for CaptureReader<'_, S> {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("CaptureReader")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
