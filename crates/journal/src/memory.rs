//! Storage in memory: for runs that nobody will need to recover, and for tests.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use memmap2::{Advice, MmapMut};

use crate::storage::{Storage, StorageFile};

/// A directory in memory. Clones share it, so a reader can follow a writer.
#[derive(Debug, Clone, Default)]
pub struct MemoryStorage {
    files: Arc<Mutex<BTreeMap<String, MemoryFile>>>,
    resident: bool,
}

impl MemoryStorage {
    /// Storage that takes its memory from the system a whole segment ahead, so that writing does
    /// not wait for it.
    #[must_use]
    pub fn resident() -> Self {
        Self {
            resident: true,
            ..Self::default()
        }
    }
}

/// A file in memory.
#[derive(Debug, Clone, Default)]
pub struct MemoryFile {
    contents: Arc<Mutex<Contents>>,
}

/// Bytes in huge pages where the system has them: a journal touches each page once, and 4 KiB at a
/// time that costs more than writing it.
#[derive(Debug, Default)]
struct Contents {
    /// Zero from `length` on.
    map: Option<MmapMut>,
    length: usize,
    resident: bool,
}

impl Contents {
    fn bytes(&self) -> &[u8] {
        self.map.as_ref().map_or(&[], |map| &map[..self.length])
    }

    fn reserve(&mut self, capacity: usize) -> io::Result<()> {
        if capacity <= self.map.as_ref().map_or(0, |map| map.len()) {
            return Ok(());
        }
        let mut map = MmapMut::map_anon(capacity)?;
        // Advice only: without huge pages it is slower and no less right.
        drop(map.advise(Advice::HugePage));
        if self.resident {
            drop(map.advise(Advice::PopulateWrite));
        }
        map[..self.length].copy_from_slice(self.bytes());
        self.map = Some(map);
        Ok(())
    }

    fn write_at(&mut self, from: usize, written: &[u8]) -> io::Result<()> {
        let to = from + written.len();
        if to > self.map.as_ref().map_or(0, |map| map.len()) {
            self.reserve(to.max(2 * self.length).next_multiple_of(4096))?;
        }
        if let Some(map) = &mut self.map {
            map[from..to].copy_from_slice(written);
        }
        self.length = self.length.max(to);
        Ok(())
    }

    fn truncate(&mut self, length: usize) {
        if let Some(map) = &mut self.map
            && length < self.length
        {
            map[length..self.length].fill(0);
            self.length = length;
        }
    }
}

/// A panic elsewhere leaves a vector or map whole, so its lock may be taken over.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("no file {name:?} in memory"),
    )
}

impl Storage for MemoryStorage {
    type File = MemoryFile;

    fn list(&self) -> io::Result<Vec<String>> {
        Ok(lock(&self.files).keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<MemoryFile> {
        let file = MemoryFile::default();
        lock(&file.contents).resident = self.resident;
        lock(&self.files).insert(name.to_owned(), file.clone());
        Ok(file)
    }

    fn open(&self, name: &str) -> io::Result<MemoryFile> {
        lock(&self.files)
            .get(name)
            .cloned()
            .ok_or_else(|| missing(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut files = lock(&self.files);
        let file = files.remove(from).ok_or_else(|| missing(from))?;
        files.insert(to.to_owned(), file);
        Ok(())
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        lock(&self.files)
            .remove(name)
            .map(drop)
            .ok_or_else(|| missing(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        Ok(())
    }
}

impl StorageFile for MemoryFile {
    fn length(&self) -> io::Result<u64> {
        Ok(lock(&self.contents).length as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let contents = lock(&self.contents);
        let bytes = contents.bytes();
        let from = bytes.len().min(offset as usize);
        let count = buffer.len().min(bytes.len() - from);
        buffer[..count].copy_from_slice(&bytes[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        lock(&self.contents).write_at(offset as usize, bytes)
    }

    /// Reserves room without lengthening: unlike on disk, a length costs nothing to change.
    fn allocate(&self, length: u64) -> io::Result<()> {
        lock(&self.contents).reserve(length as usize)
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        lock(&self.contents).truncate(length as usize);
        Ok(())
    }

    fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}
