//! The journal that commits on a thread of its own.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use wattbook_domain::Timestamp;

use crate::error::JournalError;
use crate::group::Group;
use crate::journal::{JournalConfig, Log};
use crate::recovery::Recovery;
use crate::storage::Storage;

/// Groups that may wait for the writer before the appending thread has to.
const WAITING_MAX: usize = 128;
/// A sync covers what is waiting, up to about this much, in bytes: more would delay the first.
const SYNC_BYTES_TARGET: usize = 2 << 20;

/// An append-only log whose thread writes while the caller goes on appending.
///
/// The caller hands over a group with [`Self::submit`], never waiting for the disk unless 128
/// groups are ahead of it. The thread writes whatever waits, syncs once, and only then moves
/// [`Self::durable`]: what a client is told must wait for that.
#[derive(Debug)]
pub struct BackgroundJournal<S: Storage> {
    group: Group,
    work: Option<SyncSender<Work>>,
    spares: Receiver<Vec<u8>>,
    progress: Arc<Progress>,
    thread: Option<JoinHandle<Log<S>>>,
}

enum Work {
    Write { bytes: Vec<u8>, now: Timestamp },
    SaveSnapshot { sequence: u64, state: Vec<u8> },
}

/// What the thread has done, for the caller to see.
#[derive(Debug, Default)]
struct Progress {
    durable: AtomicU64,
    failure: Mutex<Option<String>>,
    changed: Condvar,
}

impl Progress {
    /// Makes known that all up to `durable` is durable.
    fn advance(&self, durable: u64) {
        // Under the lock, so that no waiter misses it between its check and its sleep.
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        self.durable.store(durable, Ordering::Release);
        drop(failure);
        self.changed.notify_all();
    }

    fn fail(&self, error: &JournalError) {
        let mut failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        *failure = Some(error.to_string());
        drop(failure);
        self.changed.notify_all();
    }

    fn failure(&self) -> JournalError {
        let failure = self.failure.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = failure
            .clone()
            .unwrap_or_else(|| "its thread ended".to_owned());
        JournalError::Failed { reason }
    }
}

impl<S: Storage + Send + 'static> BackgroundJournal<S>
where
    S::File: 'static,
{
    /// Opens the journal on `storage` as [`Journal::open`](crate::Journal::open) does and starts
    /// the thread.
    ///
    /// # Errors
    /// As [`Journal::open`](crate::Journal::open); [`JournalError::Storage`] when no thread can be
    /// started.
    pub fn open(storage: S, config: JournalConfig) -> Result<(Self, Recovery), JournalError> {
        let (log, recovery) = Log::open(storage, config)?;
        let group = Group::new(log.durable + 1, config.records_per_block);
        let progress = Arc::new(Progress::default());
        progress.advance(log.durable);
        let (work, todo) = sync_channel(WAITING_MAX);
        let (returned, spares) = channel();
        let shared = Arc::clone(&progress);
        let thread = thread::Builder::new()
            .name("journal".to_owned())
            .spawn(move || write_all(log, &todo, &returned, &shared))
            .map_err(JournalError::storage("start the thread of", "journal"))?;
        let journal = Self {
            group,
            work: Some(work),
            spares,
            progress,
            thread: Some(thread),
        };
        Ok((journal, recovery))
    }

    /// Appends `payload` as record `sequence`. It is on its way only after [`Self::submit`].
    ///
    /// # Errors
    /// [`JournalError::OutOfOrder`], [`JournalError::TooLarge`].
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

    /// Hands every appended record to the thread. Call it when the input is drained, and at the
    /// latest every thousand records or so. `now` is noted in the blocks.
    ///
    /// # Errors
    /// [`JournalError::Failed`] when the thread could not write.
    pub fn submit(&mut self, now: Timestamp) -> Result<(), JournalError> {
        if self.group.is_empty() {
            return Ok(());
        }
        let spare = self.spares.try_recv().unwrap_or_default();
        let bytes = self.group.take(spare);
        self.hand_over(Work::Write { bytes, now })
    }

    /// Has the thread save `state`, which is the state after the last appended record.
    ///
    /// # Errors
    /// [`JournalError::Failed`] when the thread could not write.
    pub fn save_snapshot(&mut self, now: Timestamp, state: Vec<u8>) -> Result<(), JournalError> {
        self.submit(now)?;
        let sequence = self.group.next_sequence() - 1;
        self.hand_over(Work::SaveSnapshot { sequence, state })
    }

    /// The sequence that the next record must have.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.group.next_sequence()
    }

    /// Last durable sequence; 0 when there is none.
    #[must_use]
    #[inline]
    pub fn durable(&self) -> u64 {
        self.progress.durable.load(Ordering::Acquire)
    }

    /// Sleeps until record `sequence`, which was submitted, is durable; returns the last that is.
    ///
    /// # Errors
    /// [`JournalError::Failed`] when the thread could not write it.
    pub fn wait(&self, sequence: u64) -> Result<u64, JournalError> {
        let mut failure = self
            .progress
            .failure
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        loop {
            let durable = self.durable();
            if durable >= sequence {
                return Ok(durable);
            }
            if failure.is_some() {
                drop(failure);
                return Err(self.progress.failure());
            }
            failure = self
                .progress
                .changed
                .wait(failure)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Submits, waits for the disk, seals the journal and ends the thread.
    ///
    /// # Errors
    /// [`JournalError::Failed`] or [`JournalError::Storage`] when something could not be written.
    pub fn close(mut self, now: Timestamp) -> Result<S, JournalError> {
        self.submit(now)?;
        self.work = None;
        match self.thread.take().map(JoinHandle::join) {
            Some(Ok(log)) => log.close(now),
            _ => Err(self.progress.failure()),
        }
    }

    fn hand_over(&self, work: Work) -> Result<(), JournalError> {
        match &self.work {
            Some(sender) => sender.send(work).map_err(|_| self.progress.failure()),
            None => Err(self.progress.failure()),
        }
    }
}

impl<S: Storage> Drop for BackgroundJournal<S> {
    /// Lets the thread finish what was submitted. Use [`BackgroundJournal::close`] to learn of
    /// failures and to seal the journal.
    fn drop(&mut self) {
        self.work = None;
        if let Some(thread) = self.thread.take() {
            // A panic there has been reported there.
            drop(thread.join());
        }
    }
}

/// The thread: writes until there is nothing more to come or a write fails.
fn write_all<S: Storage>(
    mut log: Log<S>,
    todo: &Receiver<Work>,
    returned: &Sender<Vec<u8>>,
    progress: &Progress,
) -> Log<S> {
    while let Ok(first) = todo.recv() {
        if let Err(error) = write_waiting(&mut log, first, todo, returned, progress) {
            progress.fail(&error);
            break;
        }
    }
    log
}

/// Writes `first` and what waits behind it, under one sync.
fn write_waiting<S: Storage>(
    log: &mut Log<S>,
    first: Work,
    todo: &Receiver<Work>,
    returned: &Sender<Vec<u8>>,
    progress: &Progress,
) -> Result<(), JournalError> {
    let mut unsynced = 0;
    let mut next = Some(first);
    while let Some(work) = next {
        match work {
            Work::Write { mut bytes, now } => {
                log.write(&mut bytes, now)?;
                unsynced += bytes.len();
                // Nobody takes it back once the journal is closing.
                drop(returned.send(bytes));
            }
            Work::SaveSnapshot { sequence, state } => {
                progress.advance(log.sync()?);
                log.save_snapshot(sequence, &state)?;
            }
        }
        next = if unsynced < SYNC_BYTES_TARGET {
            todo.try_recv().ok()
        } else {
            None
        };
    }
    progress.advance(log.sync()?);
    Ok(())
}
