//! Storage in a directory of the file system.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FallocateFlags, FlockOperation, fallocate, flock};
use rustix::io::Errno;

use crate::storage::{Storage, StorageFile};

const LOCK: &str = "lock";
const HELD: &str =
    "another process writes this journal; wait until it has ended, or end it and go on then";

/// A directory on disk. Writers lock it; readers need no lock.
#[derive(Debug)]
pub struct FileStorage {
    path: PathBuf,
    directory: File,
    lock: Option<File>,
}

impl FileStorage {
    /// Opens `path` for writing, creating it where needed, and locks it against other writers.
    ///
    /// # Errors
    /// [`io::ErrorKind::WouldBlock`] when another process writes there; else what the file system
    /// reports.
    pub fn writable(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_path_buf();
        fs::create_dir_all(&path)?;
        if let Some(parent) = path
            .parent()
            .filter(|parent| !parent.as_os_str().is_empty())
        {
            File::open(parent)?.sync_all()?;
        }
        let lock = OpenOptions::new()
            .create(true)
            .truncate(false)
            .write(true)
            .open(path.join(LOCK))?;
        flock(&lock, FlockOperation::NonBlockingLockExclusive).map_err(|errno| {
            if errno == Errno::WOULDBLOCK {
                io::Error::new(io::ErrorKind::WouldBlock, HELD)
            } else {
                errno.into()
            }
        })?;
        let directory = File::open(&path)?;
        Ok(Self {
            path,
            directory,
            lock: Some(lock),
        })
    }

    /// Opens `path` for reading beside a writer or after one.
    ///
    /// # Errors
    /// What the file system reports.
    pub fn readable(path: impl AsRef<Path>) -> io::Result<Self> {
        let path = path.as_ref().to_path_buf();
        let directory = File::open(&path)?;
        Ok(Self {
            path,
            directory,
            lock: None,
        })
    }
}

impl Storage for FileStorage {
    type File = File;

    fn list(&self) -> io::Result<Vec<String>> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.path)? {
            // A name that is not UTF-8 is none of ours.
            if let Ok(name) = entry?.file_name().into_string()
                && name != LOCK
            {
                names.push(name);
            }
        }
        Ok(names)
    }

    fn create(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .open(self.path.join(name))
    }

    fn open(&self, name: &str) -> io::Result<File> {
        OpenOptions::new()
            .read(true)
            .write(self.lock.is_some())
            .open(self.path.join(name))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        fs::rename(self.path.join(from), self.path.join(to))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        fs::remove_file(self.path.join(name))
    }

    fn sync_directory(&self) -> io::Result<()> {
        self.directory.sync_all()
    }
}

impl StorageFile for File {
    fn length(&self) -> io::Result<u64> {
        Ok(self.metadata()?.len())
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut done = 0;
        while done < buffer.len() {
            match FileExt::read_at(self, &mut buffer[done..], offset + done as u64) {
                Ok(0) => break,
                Ok(count) => done += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        Ok(done)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        self.write_all_at(bytes, offset)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        if length <= self.length()? {
            return Ok(());
        }
        match fallocate(self, FallocateFlags::empty(), 0, length) {
            // Some file systems cannot; the journal works without, only slower.
            Ok(()) | Err(Errno::OPNOTSUPP | Errno::NOSYS) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.set_len(length)
    }

    /// `fdatasync`, which POSIX and Linux hold to flush a changed length as well.
    fn sync(&self) -> io::Result<()> {
        self.sync_data()
    }
}
