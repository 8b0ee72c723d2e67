//! What a journal asks of a disk.

use std::{fmt, io};

/// A directory of named files.
///
/// The journal reaches storage only through this trait, so that a simulated disk can stand in and
/// lose whatever a real one may lose. What a method changes is durable only after the matching
/// sync: [`StorageFile::sync`] for contents, [`Storage::sync_directory`] for names.
pub trait Storage {
    /// A file of this storage.
    type File: StorageFile;

    /// Names of all files, in no order.
    ///
    /// # Errors
    /// What the storage reports.
    fn list(&self) -> io::Result<Vec<String>>;

    /// Creates an empty file, replacing one of that name.
    ///
    /// # Errors
    /// What the storage reports.
    fn create(&self, name: &str) -> io::Result<Self::File>;

    /// Opens an existing file.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is none; else what the storage reports.
    fn open(&self, name: &str) -> io::Result<Self::File>;

    /// Renames a file, replacing one named `to`.
    ///
    /// # Errors
    /// What the storage reports.
    fn rename(&self, from: &str, to: &str) -> io::Result<()>;

    /// Removes a file.
    ///
    /// # Errors
    /// What the storage reports.
    fn remove(&self, name: &str) -> io::Result<()>;

    /// Makes every name created, renamed or removed so far durable.
    ///
    /// # Errors
    /// What the storage reports.
    fn sync_directory(&self) -> io::Result<()>;
}

/// An open file.
pub trait StorageFile: Send + fmt::Debug {
    /// Length in bytes.
    ///
    /// # Errors
    /// What the storage reports.
    fn length(&self) -> io::Result<u64>;

    /// Reads at `offset` and returns how many bytes came: fewer than asked only at the end.
    ///
    /// # Errors
    /// What the storage reports.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Writes all of `bytes` at `offset`, lengthening the file where needed.
    ///
    /// # Errors
    /// What the storage reports.
    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()>;

    /// Lengthens the file to `length` zero bytes ahead of need, so that a later sync has less to
    /// write. Does nothing where the storage cannot, or where the file is as long already.
    ///
    /// # Errors
    /// What the storage reports.
    fn allocate(&self, length: u64) -> io::Result<()>;

    /// Cuts the file to `length` bytes.
    ///
    /// # Errors
    /// What the storage reports.
    fn truncate(&self, length: u64) -> io::Result<()>;

    /// Makes contents and length durable.
    ///
    /// # Errors
    /// What the storage reports. The journal trusts nothing it wrote since the last success.
    fn sync(&self) -> io::Result<()>;
}
