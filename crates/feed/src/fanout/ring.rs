//! A bounded ring between one writer and one reader: eight words a slot, one line of the cache.
//!
//! Slots are atomic words, read and written without order among themselves; the two counters order them.
//! On the machines that we run on that costs nothing over plain memory, and needs no unsafe code.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::event::{EVENT_WORDS, FeedEvent};

/// What fits a slot.
pub trait Carried: Copy {
    /// The value as words.
    fn to_words(&self) -> [u64; EVENT_WORDS];
    /// The value that [`to_words`](Self::to_words) gave.
    fn from_words(words: &[u64; EVENT_WORDS]) -> Self;
}

impl Carried for FeedEvent {
    #[inline]
    fn to_words(&self) -> [u64; EVENT_WORDS] {
        Self::to_words(self)
    }

    #[inline]
    fn from_words(words: &[u64; EVENT_WORDS]) -> Self {
        Self::from_words(words)
    }
}

/// Eight words that lie in one line of the cache.
#[derive(Debug, Default)]
#[repr(align(64))]
pub(super) struct Slot([AtomicU64; EVENT_WORDS]);

impl Slot {
    #[inline]
    pub(super) fn store(&self, words: &[u64; EVENT_WORDS]) {
        for (slot, word) in self.0.iter().zip(words) {
            slot.store(*word, Ordering::Relaxed);
        }
    }

    #[inline]
    pub(super) fn load(&self) -> [u64; EVENT_WORDS] {
        std::array::from_fn(|at| self.0[at].load(Ordering::Relaxed))
    }
}

/// A counter that shares its line of the cache, and the next, with nothing.
#[derive(Debug, Default)]
#[repr(align(128))]
pub(super) struct Counter(pub(super) AtomicU64);

#[derive(Debug)]
struct Shared {
    written: Counter,
    read: Counter,
    reader_is_gone: AtomicBool,
    slots: Box<[Slot]>,
}

/// Writes into a ring.
#[derive(Debug)]
pub struct RingWriter<T> {
    shared: Arc<Shared>,
    written: u64,
    /// What the reader had read when we last looked.
    read: u64,
    carried: PhantomData<T>,
}

/// Reads out of a ring.
#[derive(Debug)]
pub struct RingReader<T> {
    shared: Arc<Shared>,
    read: u64,
    /// What the writer had written when we last looked.
    written: u64,
    carried: PhantomData<T>,
}

/// A ring of at least `capacity` slots, rounded up to a power of two.
#[must_use]
pub fn ring<T: Carried>(capacity: usize) -> (RingWriter<T>, RingReader<T>) {
    let slots = (0..capacity.max(2).next_power_of_two())
        .map(|_| Slot::default())
        .collect();
    let shared = Arc::new(Shared {
        written: Counter::default(),
        read: Counter::default(),
        reader_is_gone: AtomicBool::new(false),
        slots,
    });
    let writer = RingWriter {
        shared: Arc::clone(&shared),
        written: 0,
        read: 0,
        carried: PhantomData,
    };
    let reader = RingReader {
        shared,
        read: 0,
        written: 0,
        carried: PhantomData,
    };
    (writer, reader)
}

impl<T: Carried> RingWriter<T> {
    /// Whether there is room for one more.
    #[inline]
    pub fn has_room(&mut self) -> bool {
        let capacity = self.shared.slots.len() as u64;
        if self.written - self.read < capacity {
            return true;
        }
        self.read = self.shared.read.0.load(Ordering::Acquire);
        self.written - self.read < capacity
    }

    /// Puts `value` behind the others; false when the ring is full.
    #[inline]
    pub fn push(&mut self, value: &T) -> bool {
        if !self.has_room() {
            return false;
        }
        let mask = self.shared.slots.len() - 1;
        self.shared.slots[self.written as usize & mask].store(&value.to_words());
        self.written += 1;
        self.shared.written.0.store(self.written, Ordering::Release);
        true
    }

    /// How many were put in so far.
    #[must_use]
    pub const fn written(&self) -> u64 {
        self.written
    }

    /// How many wait.
    #[must_use]
    pub fn waiting(&self) -> u64 {
        self.written - self.shared.read.0.load(Ordering::Acquire)
    }

    /// Whether nobody reads any more.
    #[must_use]
    pub fn is_abandoned(&self) -> bool {
        self.shared.reader_is_gone.load(Ordering::Acquire)
    }
}

impl<T: Carried> RingReader<T> {
    /// Takes the next value, if there is one.
    #[inline]
    pub fn pop(&mut self) -> Option<T> {
        if self.read == self.written {
            self.written = self.shared.written.0.load(Ordering::Acquire);
            if self.read == self.written {
                return None;
            }
        }
        let mask = self.shared.slots.len() - 1;
        let words = self.shared.slots[self.read as usize & mask].load();
        self.read += 1;
        self.shared.read.0.store(self.read, Ordering::Release);
        Some(T::from_words(&words))
    }

    /// Appends up to `most` values to `out`; how many. The writer sees the room all at once.
    #[inline]
    pub fn take(&mut self, out: &mut Vec<T>, most: usize) -> usize {
        self.written = self.shared.written.0.load(Ordering::Acquire);
        let count = ((self.written - self.read) as usize).min(most);
        let mask = self.shared.slots.len() - 1;
        for at in 0..count {
            let slot = &self.shared.slots[(self.read as usize + at) & mask];
            out.push(T::from_words(&slot.load()));
        }
        self.read += count as u64;
        self.shared.read.0.store(self.read, Ordering::Release);
        count
    }
}

impl<T> Drop for RingReader<T> {
    fn drop(&mut self) {
        self.shared.reader_is_gone.store(true, Ordering::Release);
    }
}
