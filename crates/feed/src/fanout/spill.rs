//! What a slow consumer has not read, in a bounded file.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::ring::Counter;
use crate::error::FeedError;
use crate::event::{EVENT_WORDS, FeedEvent};

const EVENT_BYTES: u64 = EVENT_WORDS as u64 * 8;
/// Events written and read at once.
const BATCH: usize = 1_024;

#[derive(Debug)]
struct Shared {
    file: File,
    /// Events that fit; the file is written over from its beginning.
    capacity: u64,
    written: Counter,
    read: Counter,
}

/// Writes events behind those that a ring could not take.
#[derive(Debug)]
pub(super) struct SpillWriter {
    shared: Arc<Shared>,
    /// Events taken, those in the batch included.
    taken: u64,
    batch: Vec<u8>,
}

/// Reads them back.
#[derive(Debug)]
pub(super) struct SpillReader {
    shared: Arc<Shared>,
    batch: Vec<u8>,
}

/// A file in `directory` that holds up to `bytes_max` bytes and is gone when both ends are.
pub(super) fn spill(
    directory: &Path,
    bytes_max: u64,
) -> Result<(SpillWriter, SpillReader), FeedError> {
    let place = directory.display();
    let file = nameless(directory).map_err(FeedError::io("make a file in", &place))?;
    let shared = Arc::new(Shared {
        file,
        capacity: (bytes_max / EVENT_BYTES).max(BATCH as u64),
        written: Counter::default(),
        read: Counter::default(),
    });
    let batch_bytes = BATCH * EVENT_BYTES as usize;
    let writer = SpillWriter {
        shared: Arc::clone(&shared),
        taken: 0,
        batch: Vec::with_capacity(batch_bytes),
    };
    let reader = SpillReader {
        shared,
        batch: vec![0; batch_bytes],
    };
    Ok((writer, reader))
}

/// A file without a name, so that no crash leaves it behind.
fn nameless(directory: &Path) -> std::io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    OpenOptions::new()
        .read(true)
        .write(true)
        .custom_flags(libc::O_TMPFILE)
        .mode(0o600)
        .open(directory)
}

impl Shared {
    /// Writes `bytes`, whole events, from event `at` on.
    fn write(&self, at: u64, bytes: &[u8]) -> std::io::Result<()> {
        let start = at % self.capacity * EVENT_BYTES;
        let room = (self.capacity * EVENT_BYTES - start).min(bytes.len() as u64) as usize;
        self.file.write_all_at(&bytes[..room], start)?;
        self.file.write_all_at(&bytes[room..], 0)
    }

    fn read(&self, at: u64, bytes: &mut [u8]) -> std::io::Result<()> {
        let start = at % self.capacity * EVENT_BYTES;
        let room = (self.capacity * EVENT_BYTES - start).min(bytes.len() as u64) as usize;
        let (first, second) = bytes.split_at_mut(room);
        self.file.read_exact_at(first, start)?;
        self.file.read_exact_at(second, 0)
    }
}

impl SpillWriter {
    /// Whether the reader has everything.
    pub(super) fn is_drained(&self) -> bool {
        self.taken == self.shared.read.0.load(Ordering::Acquire)
    }

    /// Events that wait.
    pub(super) fn waiting(&self) -> u64 {
        self.taken - self.shared.read.0.load(Ordering::Acquire)
    }

    /// Whether one more fits.
    pub(super) fn has_room(&self) -> bool {
        self.waiting() < self.shared.capacity
    }

    /// Takes an event; the reader sees it after [`flush`](Self::flush).
    pub(super) fn push(&mut self, event: &FeedEvent) -> Result<(), FeedError> {
        for word in event.to_words() {
            self.batch.extend_from_slice(&word.to_le_bytes());
        }
        self.taken += 1;
        if self.batch.len() >= BATCH * EVENT_BYTES as usize {
            self.flush()?;
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> Result<(), FeedError> {
        if self.batch.is_empty() {
            return Ok(());
        }
        let at = self.taken - self.batch.len() as u64 / EVENT_BYTES;
        let write = self.shared.write(at, &self.batch);
        write.map_err(FeedError::io("write", &"spill file"))?;
        self.batch.clear();
        self.shared.written.0.store(self.taken, Ordering::Release);
        Ok(())
    }
}

impl SpillReader {
    /// Events in the file now. What the ring had before them is visible to who has called this.
    pub(super) fn waiting(&self) -> u64 {
        let written = self.shared.written.0.load(Ordering::Acquire);
        written - self.shared.read.0.load(Ordering::Relaxed)
    }

    /// Appends up to `most` of the `waiting` events to `out`; how many.
    pub(super) fn take(
        &mut self,
        waiting: u64,
        out: &mut Vec<FeedEvent>,
        most: usize,
    ) -> Result<usize, FeedError> {
        let count = (waiting as usize).min(most).min(BATCH);
        let at = self.shared.read.0.load(Ordering::Relaxed);
        let bytes = &mut self.batch[..count * EVENT_BYTES as usize];
        let read = self.shared.read(at, bytes);
        read.map_err(FeedError::io("read", &"spill file"))?;
        let (events, _) = bytes.as_chunks::<{ EVENT_BYTES as usize }>();
        for event in events {
            let (words, _) = event.as_chunks::<8>();
            let words = std::array::from_fn(|at| u64::from_le_bytes(words[at]));
            out.push(FeedEvent::from_words(&words));
        }
        self.shared
            .read
            .0
            .store(at + count as u64, Ordering::Release);
        Ok(count)
    }
}
