//! Sequence numbers and sent messages in a file: they outlive the process.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, Read};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_domain::Timestamp;
use wattbook_session::fix::{MessageStore, StoreError};

/// A record is its length (of kind and payload), the CRC-32C of that, the CRC-32C of kind and
/// payload, each u32 little-endian, then a kind and a payload. A length of its own sum tells a record
/// that was cut short from one whose length is damaged.
const HEAD_BYTES: usize = 12;

const SAVED: u8 = b'M';
const SKIPPED: u8 = b'A';
const CONFIRMED: u8 = b'I';
const RESET: u8 = b'R';
const PERIOD: u8 = b'P';

/// The file, shared by those who append to it.
#[derive(Debug)]
struct Log {
    file: File,
    path: PathBuf,
    end: u64,
    /// What lies before it is on disk.
    synced: u64,
    /// How often both sides have begun at 1.
    resets: u64,
    /// Why nothing more is written.
    failed: Option<String>,
}

/// A [`MessageStore`] in a file, appended to and never rewritten.
///
/// What is sent is on disk (`fdatasync`) before it can reach the wire. What came in counts for the
/// next process only once it is [confirmed](Confirmer::confirm): a process that dies before it has
/// kept what a message said is sent the message again. A reset begins the numbers anew and keeps the
/// messages: they tell what ever left. After a write that failed nothing more is written: each call
/// returns that error, and what the file holds is whole.
#[derive(Debug)]
pub struct FileStore {
    log: Arc<Mutex<Log>>,
    next_out: u64,
    next_in: u64,
    /// Where the kept messages lie: offset and length.
    sent: BTreeMap<u64, (u64, u32)>,
    /// Those sent before the last reset.
    earlier: Vec<(u64, u32)>,
    /// Beginning of the period of the session's hours that the numbers count in, ns UTC.
    period: Option<i64>,
}

/// Notes in the file of a [`FileStore`] what came in and need not come again.
#[derive(Debug, Clone)]
pub struct Confirmer(Arc<Mutex<Log>>);

impl Confirmer {
    /// How often both sides have begun at 1: numbers of messages count within it.
    #[must_use]
    pub fn resets(&self) -> u64 {
        locked(&self.0).resets
    }

    /// Notes that the next message that a later process expects is `sequence`, counted since the reset
    /// number `resets`; nothing when there was another one since.
    ///
    /// # Errors
    /// [`StoreError`]: this write failed, or one before it.
    pub fn confirm(&self, resets: u64, sequence: u64) -> Result<(), StoreError> {
        let mut log = locked(&self.0);
        log.check()?;
        if log.resets != resets {
            return Ok(());
        }
        // Not synced: when it is lost, messages come once more and are known.
        log.append(CONFIRMED, &sequence.to_le_bytes()).map(drop)
    }
}

impl FileStore {
    /// Opens the store at `path`, or begins it, which is then in its folder for good. A record that a
    /// crash cut short is dropped.
    ///
    /// # Errors
    /// [`StoreError`]: the file cannot be opened, or is damaged before its last record.
    pub fn open(path: &Path) -> Result<Self, StoreError> {
        let failed = |error: io::Error| StoreError(format!("{}: {error}", path.display()));
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        let folder = path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        File::open(folder)
            .and_then(|folder| folder.sync_all())
            .map_err(failed)?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).map_err(failed)?;
        let mut this = Self {
            log: Arc::new(Mutex::new(Log {
                file,
                path: path.to_owned(),
                end: 0,
                synced: 0,
                resets: 0,
                failed: None,
            })),
            next_out: 1,
            next_in: 1,
            sent: BTreeMap::new(),
            earlier: Vec::new(),
            period: None,
        };
        let end = this.load(path, &bytes)?;
        let mut log = locked(&this.log);
        log.file.set_len(end).map_err(failed)?;
        (log.end, log.synced) = (end, end);
        drop(log);
        Ok(this)
    }

    /// Whether no application message was ever sent and nothing was confirmed.
    #[must_use]
    pub fn is_new(&self) -> bool {
        self.sent.is_empty() && self.earlier.is_empty() && self.next_in == 1
    }

    /// Whether it holds nothing at all: no session has ever used it.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        locked(&self.log).end == 0
    }

    /// Every application message that was ever kept, in order, with its number unless a reset has
    /// followed.
    pub fn kept(&self) -> impl Iterator<Item = Result<(Option<u64>, Vec<u8>), StoreError>> {
        let earlier = self.earlier.iter().map(|place| (None, place));
        let since = self
            .sent
            .iter()
            .map(|(number, place)| (Some(*number), place));
        let read = |(number, place)| Ok((number, self.read(place)?));
        earlier.chain(since).map(read)
    }

    fn read(&self, (offset, length): &(u64, u32)) -> Result<Vec<u8>, StoreError> {
        let mut frame = vec![0; *length as usize];
        let log = locked(&self.log);
        log.file
            .read_exact_at(&mut frame, *offset)
            .map_err(|error| log.told(&error))?;
        Ok(frame)
    }

    /// What notes the messages that came in.
    #[must_use]
    pub fn confirmer(&self) -> Confirmer {
        Confirmer(Arc::clone(&self.log))
    }

    /// Takes the records over; returns where the last whole one ends.
    fn load(&mut self, path: &Path, bytes: &[u8]) -> Result<u64, StoreError> {
        let mut at = 0;
        while let Some(head) = bytes.get(at..at + HEAD_BYTES) {
            let word = |from: usize| {
                let mut word = [0; 4];
                word.copy_from_slice(&head[from..from + 4]);
                u32::from_le_bytes(word)
            };
            let (length, sum) = (word(0) as usize, word(8));
            if crc32c::crc32c(&head[..4]) != word(4) {
                return Err(damaged(path, at));
            }
            let Some(record) = bytes.get(at + HEAD_BYTES..at + HEAD_BYTES + length) else {
                break;
            };
            let is_last = at + HEAD_BYTES + length == bytes.len();
            let taken = crc32c::crc32c(record) == sum && self.take(at, record);
            if !taken {
                if is_last {
                    break;
                }
                return Err(damaged(path, at));
            }
            at += HEAD_BYTES + length;
        }
        Ok(at as u64)
    }

    /// Takes the record at `at` over; `false` when it is none of ours.
    fn take(&mut self, at: usize, record: &[u8]) -> bool {
        match record.split_first() {
            Some((&SAVED, frame)) => {
                let offset = (at + HEAD_BYTES + 1) as u64;
                self.sent
                    .insert(self.next_out, (offset, frame.len() as u32));
                self.next_out += 1;
                true
            }
            Some((&SKIPPED, [])) => {
                self.next_out += 1;
                true
            }
            Some((&CONFIRMED, payload)) => {
                let number = payload.try_into().map(u64::from_le_bytes);
                self.next_in = number.unwrap_or(self.next_in);
                number.is_ok()
            }
            Some((&RESET, [])) => {
                self.forget();
                locked(&self.log).resets += 1;
                true
            }
            Some((&PERIOD, payload)) => {
                let start = payload.try_into().map(i64::from_le_bytes);
                self.period = start.ok().or(self.period);
                start.is_ok()
            }
            _ => false,
        }
    }

    /// Begins the numbers anew.
    fn forget(&mut self) {
        (self.next_out, self.next_in) = (1, 1);
        self.earlier
            .extend(std::mem::take(&mut self.sent).into_values());
    }
}

impl Log {
    /// Appends a record and returns where its payload begins.
    fn append(&mut self, kind: u8, payload: &[u8]) -> Result<u64, StoreError> {
        self.check()?;
        let mut record = Vec::with_capacity(HEAD_BYTES + 1 + payload.len());
        let length = (payload.len() as u32 + 1).to_le_bytes();
        record.extend_from_slice(&length);
        record.extend_from_slice(&crc32c::crc32c(&length).to_le_bytes());
        record.extend_from_slice(&[0; 4]);
        record.push(kind);
        record.extend_from_slice(payload);
        let sum = crc32c::crc32c(&record[HEAD_BYTES..]);
        record[8..HEAD_BYTES].copy_from_slice(&sum.to_le_bytes());
        let at = self.end;
        if let Err(error) = self.file.write_all_at(&record, at) {
            return Err(self.fail(at, &error));
        }
        self.end += record.len() as u64;
        Ok(at + HEAD_BYTES as u64 + 1)
    }

    /// Brings everything that was appended to disk.
    fn sync(&mut self) -> Result<(), StoreError> {
        self.check()?;
        if self.synced < self.end {
            if let Err(error) = self.file.sync_data() {
                return Err(self.fail(self.synced, &error));
            }
            self.synced = self.end;
        }
        Ok(())
    }

    fn check(&self) -> Result<(), StoreError> {
        self.failed
            .clone()
            .map_or(Ok(()), |text| Err(StoreError(text)))
    }

    /// Takes back what lies behind `end`, none of which was sent, and writes nothing more.
    fn fail(&mut self, end: u64, error: &io::Error) -> StoreError {
        let mut told = self.told(error);
        if let Err(more) = self.file.set_len(end) {
            // A record that stays counts as sent: it goes out when the other side asks for it.
            told.0 = format!("{}; {more}", told.0);
        }
        self.end = end;
        self.failed = Some(told.0.clone());
        told
    }

    fn told(&self, error: &io::Error) -> StoreError {
        StoreError(format!("{}: {error}", self.path.display()))
    }
}

fn damaged(path: &Path, at: usize) -> StoreError {
    StoreError(format!(
        "{}: byte {at} begins no record; put back a copy, or begin another run",
        path.display()
    ))
}

impl MessageStore for FileStore {
    fn next_out(&self) -> u64 {
        self.next_out
    }

    fn next_in(&self) -> u64 {
        self.next_in
    }

    fn set_next_in(&mut self, sequence: u64) -> Result<(), StoreError> {
        self.next_in = sequence;
        Ok(())
    }

    fn skip(&mut self) -> Result<(), StoreError> {
        locked(&self.log).append(SKIPPED, &[])?;
        self.next_out += 1;
        Ok(())
    }

    fn append(&mut self, frame: &[u8]) -> Result<(), StoreError> {
        let offset = locked(&self.log).append(SAVED, frame)?;
        self.sent
            .insert(self.next_out, (offset, frame.len() as u32));
        self.next_out += 1;
        Ok(())
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        locked(&self.log).sync()
    }

    fn first(&self, from: u64, to: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        if from > to {
            return Ok(None);
        }
        match self.sent.range(from..=to).next() {
            Some((sequence, place)) => Ok(Some((*sequence, self.read(place)?))),
            None => Ok(None),
        }
    }

    fn begin_period(&mut self, start: Timestamp) -> Result<bool, StoreError> {
        let is_new = self.period.is_some_and(|before| before != start.nanos());
        if self.period == Some(start.nanos()) {
            return Ok(false);
        }
        // A crash in between leaves the period of before, and the reset is made once more.
        if is_new {
            self.reset()?;
        }
        let mut log = locked(&self.log);
        log.append(PERIOD, &start.nanos().to_le_bytes())?;
        log.sync()?;
        drop(log);
        self.period = Some(start.nanos());
        Ok(is_new)
    }

    fn reset(&mut self) -> Result<(), StoreError> {
        let mut log = locked(&self.log);
        log.append(RESET, &[])?;
        log.sync()?;
        log.resets += 1;
        drop(log);
        self.forget();
        Ok(())
    }
}

fn locked(log: &Mutex<Log>) -> MutexGuard<'_, Log> {
    // Between two calls the file ends with a whole record.
    log.lock().unwrap_or_else(PoisonError::into_inner)
}
