//! The journal that commits on the calling thread.

use wattbook_domain::Timestamp;

use crate::error::JournalError;
use crate::group::{self, Group};
use crate::recovery::{self, Recovery};
use crate::segment;
use crate::snapshot;
use crate::storage::{Storage, StorageFile};

/// How a journal lays out its files.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct JournalConfig {
    /// Length at which a segment is followed by another, in bytes; also preallocated.
    pub segment_bytes: u64,
    /// Most records in a block. A torn write loses whole blocks.
    pub records_per_block: u16,
}

impl Default for JournalConfig {
    /// 64 MiB and 1,024 records.
    fn default() -> Self {
        Self {
            segment_bytes: 64 << 20,
            records_per_block: 1024,
        }
    }
}

/// An append-only log on `S`.
#[derive(Debug)]
pub struct Journal<S: Storage> {
    log: Log<S>,
    group: Group,
    /// What the group fills once its bytes are written.
    spare: Vec<u8>,
}

impl<S: Storage> Journal<S> {
    /// Opens the journal on `storage`, creating it where there is none. A torn tail is cut off and
    /// reported.
    ///
    /// # Errors
    /// [`JournalError::Corrupt`] when the last two segments are unsound before their tail,
    /// [`JournalError::BehindSnapshot`] when durable records are gone, [`JournalError::Storage`].
    pub fn open(storage: S, config: JournalConfig) -> Result<(Self, Recovery), JournalError> {
        let (log, recovery) = Log::open(storage, config)?;
        let group = Group::new(recovery.last_sequence + 1, config.records_per_block);
        let spare = Vec::new();
        Ok((Self { log, group, spare }, recovery))
    }

    /// Appends `payload` as record `sequence`. It is not durable before [`Self::commit`].
    ///
    /// # Errors
    /// [`JournalError::OutOfOrder`] when `sequence` does not follow the last record,
    /// [`JournalError::TooLarge`].
    pub fn append(&mut self, sequence: u64, payload: &[u8]) -> Result<(), JournalError> {
        self.append_with(sequence, |bytes| bytes.extend_from_slice(payload))
    }

    /// Appends what `encode` pushes as record `sequence`, without a copy in between.
    ///
    /// # Errors
    /// As [`Self::append`].
    #[allow(clippy::inline_always, reason = "a record is a few dozen instructions")]
    #[inline(always)]
    pub fn append_with(
        &mut self,
        sequence: u64,
        encode: impl FnOnce(&mut Vec<u8>),
    ) -> Result<(), JournalError> {
        self.group.append(sequence, encode)
    }

    /// Makes every appended record durable at the cost of one sync; returns the last of them.
    /// `now` is noted in the blocks.
    ///
    /// # Errors
    /// [`JournalError::Storage`]; every later call then gives [`JournalError::Failed`], because
    /// after a failed sync nobody knows what the disk has.
    pub fn commit(&mut self, now: Timestamp) -> Result<u64, JournalError> {
        if !self.group.is_empty() {
            let spare = std::mem::take(&mut self.spare);
            let mut bytes = self.group.take(spare);
            self.log.write(&mut bytes, now)?;
            self.spare = bytes;
        }
        self.log.sync()
    }

    /// The sequence that the next record must have.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.group.next_sequence()
    }

    /// Last durable sequence; 0 when there is none.
    #[must_use]
    pub const fn durable(&self) -> u64 {
        self.log.durable
    }

    /// The storage, to read from.
    #[must_use]
    pub const fn storage(&self) -> &S {
        &self.log.storage
    }

    pub(crate) const fn log_mut(&mut self) -> &mut Log<S> {
        &mut self.log
    }

    /// Commits, and seals the journal: damage to a sealed journal is always told from a torn tail.
    ///
    /// # Errors
    /// [`JournalError::Storage`].
    pub fn close(mut self, now: Timestamp) -> Result<S, JournalError> {
        self.commit(now)?;
        self.log.close(now)
    }

    /// Forgets every record after `sequence`, durable or not.
    ///
    /// A crash on the way leaves the journal ending anywhere from `sequence` to its old end.
    ///
    /// # Errors
    /// [`JournalError::NotDurable`] when there is no such record, [`JournalError::Storage`].
    pub fn truncate_after(&mut self, sequence: u64) -> Result<(), JournalError> {
        if sequence > self.log.durable {
            return Err(JournalError::NotDurable {
                sequence,
                durable: self.log.durable,
            });
        }
        self.log.truncate_after(sequence)?;
        self.group = Group::new(sequence + 1, self.log.config.records_per_block);
        Ok(())
    }
}

/// The files under a journal and what is durable in them.
#[derive(Debug)]
pub(crate) struct Log<S: Storage> {
    pub(crate) storage: S,
    pub(crate) config: JournalConfig,
    pub(crate) durable: u64,
    written: u64,
    pub(crate) open: Option<OpenSegment<S::File>>,
    failure: Option<String>,
}

#[derive(Debug)]
pub(crate) struct OpenSegment<F> {
    pub(crate) file: F,
    pub(crate) name: String,
    pub(crate) offset: u64,
}

impl<S: Storage> Log<S> {
    pub(crate) fn open(
        storage: S,
        config: JournalConfig,
    ) -> Result<(Self, Recovery), JournalError> {
        let tail = recovery::recover(&storage)?;
        let last = tail.recovery.last_sequence;
        let mut log = Self {
            storage,
            config,
            durable: last,
            written: last,
            open: None,
            failure: None,
        };
        if let Some(first) = tail.segment {
            log.open_segment(first, tail.offset)?;
        }
        Ok((log, tail.recovery))
    }

    /// Goes on writing in the segment that begins with `first`, at `offset`.
    pub(crate) fn open_segment(&mut self, first: u64, offset: u64) -> Result<(), JournalError> {
        let name = segment::name(first);
        let file = self
            .storage
            .open(&name)
            .map_err(JournalError::storage("open", &name))?;
        file.allocate(self.config.segment_bytes)
            .map_err(JournalError::storage("preallocate", &name))?;
        self.open = Some(OpenSegment { file, name, offset });
        Ok(())
    }

    /// Writes a group that continues what was written, without making it durable.
    pub(crate) fn write(&mut self, bytes: &mut [u8], now: Timestamp) -> Result<(), JournalError> {
        self.guarded(|log| {
            let full = log.open.as_ref().is_none_or(|segment| {
                segment.offset > 0 && segment.offset + bytes.len() as u64 > log.config.segment_bytes
            });
            if full {
                log.roll(now)?;
            }
            let next = group::stamp(bytes, log.written + 1, log.durable, now);
            log.put(bytes)?;
            log.written = next - 1;
            Ok(())
        })
    }

    /// Makes durable what was written; returns the last sequence of it.
    pub(crate) fn sync(&mut self) -> Result<u64, JournalError> {
        self.guarded(|log| {
            if let Some(segment) = &log.open
                && log.written > log.durable
            {
                segment
                    .file
                    .sync()
                    .map_err(JournalError::storage("sync", &segment.name))?;
                log.durable = log.written;
            }
            Ok(log.durable)
        })
    }

    /// Takes `sequence` for the last record.
    pub(crate) const fn reset(&mut self, sequence: u64) {
        self.durable = sequence;
        self.written = sequence;
    }

    pub(crate) fn save_snapshot(
        &mut self,
        sequence: u64,
        state: &[u8],
    ) -> Result<(), JournalError> {
        let durable = self.durable;
        if sequence > durable {
            return Err(JournalError::NotDurable { sequence, durable });
        }
        self.guarded(|log| snapshot::save(&log.storage, sequence, state))
    }

    pub(crate) fn close(mut self, now: Timestamp) -> Result<S, JournalError> {
        self.guarded(|log| log.seal(now))?;
        Ok(self.storage)
    }

    /// Runs `act`, refusing when an earlier act failed and remembering when this one does.
    pub(crate) fn guarded<T>(
        &mut self,
        act: impl FnOnce(&mut Self) -> Result<T, JournalError>,
    ) -> Result<T, JournalError> {
        if let Some(reason) = &self.failure {
            return Err(JournalError::Failed {
                reason: reason.clone(),
            });
        }
        act(self).inspect_err(|error| self.failure = Some(error.to_string()))
    }

    fn put(&mut self, bytes: &[u8]) -> Result<(), JournalError> {
        if let Some(segment) = &mut self.open {
            segment
                .file
                .write_at(segment.offset, bytes)
                .map_err(JournalError::storage("write", &segment.name))?;
            segment.offset += bytes.len() as u64;
        }
        Ok(())
    }

    /// Seals the open segment and gives back what was preallocated beyond it.
    fn seal(&mut self, now: Timestamp) -> Result<(), JournalError> {
        self.sync()?;
        self.put(&group::seal(self.durable + 1, now))?;
        if let Some(segment) = &self.open {
            let (file, name) = (&segment.file, &segment.name);
            file.truncate(segment.offset)
                .map_err(JournalError::storage("cut", name))?;
            file.sync().map_err(JournalError::storage("sync", name))?;
        }
        Ok(())
    }

    /// Starts the segment of the next record. The one before is durable by then, which is what
    /// makes the name of a segment a proof that all before it must exist.
    fn roll(&mut self, now: Timestamp) -> Result<(), JournalError> {
        self.seal(now)?;
        let name = segment::name(self.durable + 1);
        let file = self
            .storage
            .create(&name)
            .map_err(JournalError::storage("create", &name))?;
        file.allocate(self.config.segment_bytes)
            .map_err(JournalError::storage("preallocate", &name))?;
        self.storage
            .sync_directory()
            .map_err(JournalError::storage("sync the directory of", &name))?;
        self.open = Some(OpenSegment {
            file,
            name,
            offset: 0,
        });
        Ok(())
    }
}
