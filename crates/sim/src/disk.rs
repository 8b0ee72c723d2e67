//! A disk that forgets what was not synced, the way real ones do, from one seed.

use std::collections::BTreeMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_journal::{Storage, StorageFile};

use crate::rng::Rng;

/// What a disk writes at once; a torn write ends inside one.
const SECTOR_BYTES: usize = 512;

/// A disk in memory. Clones are the same disk.
///
/// At a crash, each change since the last sync is kept, dropped or torn by sector, in any order;
/// space that a file gained but whose contents were lost holds zeros or junk; names that were not
/// synced may be missing, and a rename may not have happened. Reads and syncs can be made to fail.
#[derive(Debug, Clone)]
pub struct SimulatedDisk {
    state: Arc<Mutex<State>>,
}

/// An open file. It does not outlive a crash.
#[derive(Debug)]
pub struct SimulatedFile {
    state: Arc<Mutex<State>>,
    inode: usize,
    boot: u64,
}

#[derive(Debug)]
struct State {
    random: Rng,
    inodes: Vec<Inode>,
    names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    pending_names: Vec<NameChange>,
    boot: u64,
    down: bool,
    changes_to_crash: Option<u64>,
    failing_reads: u64,
    failing_syncs: u64,
    lying: bool,
}

/// A file without its name.
#[derive(Debug, Default)]
struct Inode {
    /// As a running program sees it.
    live: Vec<u8>,
    /// As it will be found after a crash at the least.
    durable: Vec<u8>,
    /// What leads from `durable` to `live`.
    pending: Vec<Change>,
}

#[derive(Debug, Clone)]
enum Change {
    Write { offset: usize, bytes: Vec<u8> },
    Length(usize),
}

#[derive(Debug, Clone)]
enum NameChange {
    Link(String, usize),
    Unlink(String),
    Rename(String, String, usize),
}

impl SimulatedDisk {
    /// An empty disk; the same `seed` and the same use give the same faults.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let state = State {
            random: Rng::new(seed, 0),
            inodes: Vec::new(),
            names: BTreeMap::new(),
            durable_names: BTreeMap::new(),
            pending_names: Vec::new(),
            boot: 0,
            down: false,
            changes_to_crash: None,
            failing_reads: 0,
            failing_syncs: 0,
            lying: false,
        };
        Self {
            state: Arc::new(Mutex::new(state)),
        }
    }

    /// Crashes in the middle of the `changes`-th change or sync from now, counted from 1.
    pub fn crash_after(&self, changes: u64) {
        lock(&self.state).changes_to_crash = Some(changes);
    }

    /// Crashes now, if it has not: everything fails until [`Self::reboot`].
    pub fn crash(&self) {
        lock(&self.state).crash();
    }

    /// Comes up again with what survived.
    pub fn reboot(&self) {
        let mut state = lock(&self.state);
        state.crash();
        state.down = false;
        state.boot += 1;
    }

    /// Makes about one in `one_in` reads fail; 0 makes all succeed.
    pub fn fail_reads(&self, one_in: u64) {
        lock(&self.state).failing_reads = one_in;
    }

    /// Makes about one in `one_in` syncs fail and lose some of what they were to save; 0 makes all
    /// succeed.
    pub fn fail_syncs(&self, one_in: u64) {
        lock(&self.state).failing_syncs = one_in;
    }

    /// From now on syncs succeed without saving anything, as on a disk with a volatile cache. No
    /// journal can survive that: it proves that a test sees a loss.
    pub fn lie_about_syncs(&self) {
        lock(&self.state).lying = true;
    }

    /// Changes one byte for good, as decay does.
    ///
    /// # Errors
    /// [`io::ErrorKind::NotFound`] when there is no such file or byte.
    pub fn flip_byte(&self, name: &str, offset: usize) -> io::Result<()> {
        let mut state = lock(&self.state);
        let inode = state.find(name)?;
        let inode = &mut state.inodes[inode];
        for bytes in [&mut inode.live, &mut inode.durable] {
            let byte = bytes.get_mut(offset).ok_or_else(|| missing(name))?;
            *byte ^= 0xA5;
        }
        Ok(())
    }
}

impl State {
    fn find(&self, name: &str) -> io::Result<usize> {
        self.names.get(name).copied().ok_or_else(|| missing(name))
    }

    fn check_up(&self) -> io::Result<()> {
        if self.down { Err(crashed()) } else { Ok(()) }
    }

    /// Counts a change that was just made; fails when the disk crashes in it.
    fn count_change(&mut self) -> io::Result<()> {
        if let Some(left) = &mut self.changes_to_crash {
            *left = left.saturating_sub(1);
            if *left == 0 {
                self.crash();
                return Err(crashed());
            }
        }
        Ok(())
    }

    fn change_name(&mut self, change: NameChange) -> io::Result<()> {
        apply_name(&mut self.names, &change);
        self.pending_names.push(change);
        self.count_change()
    }

    fn change_file(&mut self, inode: usize, change: Change) -> io::Result<()> {
        let file = &mut self.inodes[inode];
        apply(&mut file.live, &change, 0);
        file.pending.push(change);
        self.count_change()
    }

    fn sync_file(&mut self, inode: usize) -> io::Result<()> {
        if one_in(&mut self.random, self.failing_syncs) {
            self.lose_some(inode);
            return Err(io::Error::other("simulated failure of a sync"));
        }
        // A crash in the middle of a sync leaves it done or not done.
        if self.changes_to_crash == Some(1) && one_in(&mut self.random, 2) {
            return self.count_change();
        }
        if !self.lying {
            let file = &mut self.inodes[inode];
            for change in file.pending.drain(..) {
                apply(&mut file.durable, &change, 0);
            }
        }
        self.count_change()
    }

    /// After a failed sync the system calls pages clean that never reached the disk.
    fn lose_some(&mut self, inode: usize) {
        let file = &mut self.inodes[inode];
        for change in std::mem::take(&mut file.pending) {
            if one_in(&mut self.random, 2) {
                apply(&mut file.durable, &change, 0);
            }
        }
    }

    fn crash(&mut self) {
        if std::mem::replace(&mut self.down, true) {
            return;
        }
        self.changes_to_crash = None;
        for change in std::mem::take(&mut self.pending_names) {
            if one_in(&mut self.random, 2) {
                apply_name(&mut self.durable_names, &change);
            }
        }
        self.names.clone_from(&self.durable_names);
        for file in &mut self.inodes {
            file.crash(&mut self.random);
        }
    }
}

impl Inode {
    fn crash(&mut self, random: &mut Rng) {
        let mut pending = std::mem::take(&mut self.pending);
        if one_in(random, 2) {
            shuffle(random, &mut pending);
        }
        for change in pending {
            let junk = if one_in(random, 4) {
                random.next_u64() | 1
            } else {
                0
            };
            match (random.below(3), &change) {
                (0, _) => {}
                (1, Change::Write { offset, bytes }) => {
                    tear(&mut self.durable, *offset, bytes, junk, random);
                }
                _ => apply(&mut self.durable, &change, junk),
            }
        }
        self.live.clone_from(&self.durable);
    }
}

/// Writes some sectors of `bytes` whole, some up to a byte, some not at all.
fn tear(file: &mut Vec<u8>, offset: usize, bytes: &[u8], junk: u64, random: &mut Rng) {
    let mut at = 0;
    while at < bytes.len() {
        let left_in_sector = SECTOR_BYTES - (offset + at) % SECTOR_BYTES;
        let end = bytes.len().min(at + left_in_sector);
        let written = match random.below(3) {
            0 => 0,
            1 => end - at,
            _ => random.below((end - at) as u64 + 1) as usize,
        };
        if written > 0 {
            let change = Change::Write {
                offset: offset + at,
                bytes: bytes[at..at + written].to_vec(),
            };
            apply(file, &change, junk);
        }
        at = end;
    }
}

/// Applies `change`; bytes that the file gains without being given them come from `junk`, and are
/// zeros when that is zero.
fn apply(file: &mut Vec<u8>, change: &Change, junk: u64) {
    match change {
        Change::Write { offset, bytes } => {
            let end = offset + bytes.len();
            if file.len() < end {
                lengthen(file, end, junk);
            }
            file[*offset..end].copy_from_slice(bytes);
        }
        Change::Length(length) if *length <= file.len() => file.truncate(*length),
        Change::Length(length) => lengthen(file, *length, junk),
    }
}

fn lengthen(file: &mut Vec<u8>, length: usize, junk: u64) {
    let mut random = Rng::new(junk, 0);
    file.resize_with(length, || {
        if junk == 0 {
            0
        } else {
            random.next_u64() as u8
        }
    });
}

fn apply_name(names: &mut BTreeMap<String, usize>, change: &NameChange) {
    match change {
        NameChange::Link(name, inode) => {
            names.insert(name.clone(), *inode);
        }
        NameChange::Unlink(name) => {
            names.remove(name);
        }
        NameChange::Rename(from, to, inode) => {
            names.remove(from);
            names.insert(to.clone(), *inode);
        }
    }
}

impl Storage for SimulatedDisk {
    type File = SimulatedFile;

    fn list(&self) -> io::Result<Vec<String>> {
        let state = lock(&self.state);
        state.check_up()?;
        Ok(state.names.keys().cloned().collect())
    }

    fn create(&self, name: &str) -> io::Result<SimulatedFile> {
        let mut state = lock(&self.state);
        state.check_up()?;
        let inode = state.inodes.len();
        state.inodes.push(Inode::default());
        state.change_name(NameChange::Link(name.to_owned(), inode))?;
        Ok(self.file(inode, state.boot))
    }

    fn open(&self, name: &str) -> io::Result<SimulatedFile> {
        let state = lock(&self.state);
        state.check_up()?;
        Ok(self.file(state.find(name)?, state.boot))
    }

    fn rename(&self, from: &str, to: &str) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.check_up()?;
        let inode = state.find(from)?;
        state.change_name(NameChange::Rename(from.to_owned(), to.to_owned(), inode))
    }

    fn remove(&self, name: &str) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.check_up()?;
        state.find(name)?;
        state.change_name(NameChange::Unlink(name.to_owned()))
    }

    fn sync_directory(&self) -> io::Result<()> {
        let mut state = lock(&self.state);
        state.check_up()?;
        if state.changes_to_crash == Some(1) && one_in(&mut state.random, 2) {
            return state.count_change();
        }
        if !state.lying {
            let state = &mut *state;
            for change in state.pending_names.drain(..) {
                apply_name(&mut state.durable_names, &change);
            }
        }
        state.count_change()
    }
}

impl SimulatedDisk {
    fn file(&self, inode: usize, boot: u64) -> SimulatedFile {
        SimulatedFile {
            state: Arc::clone(&self.state),
            inode,
            boot,
        }
    }
}

impl SimulatedFile {
    fn state(&self) -> io::Result<MutexGuard<'_, State>> {
        let state = lock(&self.state);
        state.check_up()?;
        if state.boot == self.boot {
            Ok(state)
        } else {
            Err(crashed())
        }
    }
}

impl StorageFile for SimulatedFile {
    fn length(&self) -> io::Result<u64> {
        Ok(self.state()?.inodes[self.inode].live.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut state = self.state()?;
        let failing = state.failing_reads;
        if one_in(&mut state.random, failing) {
            return Err(io::Error::other("simulated failure of a read"));
        }
        let live = &state.inodes[self.inode].live;
        let from = live.len().min(offset as usize);
        let count = buffer.len().min(live.len() - from);
        buffer[..count].copy_from_slice(&live[from..from + count]);
        Ok(count)
    }

    fn write_at(&self, offset: u64, bytes: &[u8]) -> io::Result<()> {
        let change = Change::Write {
            offset: offset as usize,
            bytes: bytes.to_vec(),
        };
        self.state()?.change_file(self.inode, change)
    }

    fn allocate(&self, length: u64) -> io::Result<()> {
        let mut state = self.state()?;
        if length as usize <= state.inodes[self.inode].live.len() {
            return Ok(());
        }
        state.change_file(self.inode, Change::Length(length as usize))
    }

    fn truncate(&self, length: u64) -> io::Result<()> {
        self.state()?
            .change_file(self.inode, Change::Length(length as usize))
    }

    fn sync(&self) -> io::Result<()> {
        self.state()?.sync_file(self.inode)
    }
}

/// A panic elsewhere is a failing test already; the disk may still be looked at.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn missing(name: &str) -> io::Error {
    io::Error::new(
        io::ErrorKind::NotFound,
        format!("nothing at {name:?} on the simulated disk"),
    )
}

fn crashed() -> io::Error {
    io::Error::other("the simulated machine is down")
}

/// True about once in `n` times; never for 0.
fn one_in(random: &mut Rng, n: u64) -> bool {
    n > 0 && random.below(n) == 0
}

fn shuffle<T>(random: &mut Rng, items: &mut [T]) {
    for at in (1..items.len()).rev() {
        items.swap(at, random.below(at as u64 + 1) as usize);
    }
}
