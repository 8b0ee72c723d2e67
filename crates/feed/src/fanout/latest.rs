//! The latest quote of each instrument: a slow reader skips what was overtaken, and never waits long.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering, fence};

use rustc_hash::FxHashMap;

use super::quote::FeedQuote;
use super::ring::{Carried, Slot};

/// A quote under a counter that is odd while it is being written.
#[derive(Debug, Default)]
struct Versioned {
    version: AtomicU64,
    slot: Slot,
}

#[derive(Debug)]
struct Shared {
    quotes: Box<[Versioned]>,
    /// One bit for each quote that the reader has not seen.
    changed: Box<[AtomicU64]>,
}

/// Writes quotes over each other.
#[derive(Debug)]
pub struct LatestWriter {
    shared: Arc<Shared>,
    places: FxHashMap<u32, usize>,
    overtaken: u64,
    refused: u64,
}

/// Reads what has changed.
#[derive(Debug)]
pub struct LatestReader {
    shared: Arc<Shared>,
}

/// A table for up to `instruments_max` instruments.
#[must_use]
pub fn latest(instruments_max: usize) -> (LatestWriter, LatestReader) {
    let shared = Arc::new(Shared {
        quotes: (0..instruments_max).map(|_| Versioned::default()).collect(),
        changed: (0..instruments_max.div_ceil(64))
            .map(|_| AtomicU64::new(0))
            .collect(),
    });
    let writer = LatestWriter {
        shared: Arc::clone(&shared),
        places: FxHashMap::default(),
        overtaken: 0,
        refused: 0,
    };
    (writer, LatestReader { shared })
}

impl LatestWriter {
    /// Writes `quote` over the one before; false for an instrument beyond the most.
    pub fn write(&mut self, quote: &FeedQuote) -> bool {
        let count = self.places.len();
        let place = *self.places.entry(quote.instrument.0).or_insert(count);
        let Some(versioned) = self.shared.quotes.get(place) else {
            self.places.remove(&quote.instrument.0);
            self.refused += 1;
            return false;
        };
        let version = versioned.version.load(Ordering::Relaxed);
        versioned.version.store(version + 1, Ordering::Relaxed);
        fence(Ordering::Release);
        versioned.slot.store(&quote.to_words());
        versioned.version.store(version + 2, Ordering::Release);
        let bit = 1 << (place % 64);
        let before = self.shared.changed[place / 64].fetch_or(bit, Ordering::Release);
        self.overtaken += u64::from(before & bit != 0);
        true
    }

    /// Quotes that were written over before anyone read them.
    #[must_use]
    pub const fn overtaken(&self) -> u64 {
        self.overtaken
    }

    /// Quotes of instruments beyond the most.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }
}

impl LatestReader {
    /// Appends to `out` the latest quote of each instrument that has one since the last call; how many.
    pub fn take(&mut self, out: &mut Vec<FeedQuote>) -> usize {
        let before = out.len();
        for (word, changed) in self.shared.changed.iter().enumerate() {
            if changed.load(Ordering::Relaxed) == 0 {
                continue;
            }
            let mut bits = changed.swap(0, Ordering::Acquire);
            while bits != 0 {
                let place = word * 64 + bits.trailing_zeros() as usize;
                out.push(self.shared.quotes[place].read());
                bits &= bits - 1;
            }
        }
        out.len() - before
    }
}

impl Versioned {
    fn read(&self) -> FeedQuote {
        loop {
            let before = self.version.load(Ordering::Acquire);
            let words = self.slot.load();
            fence(Ordering::Acquire);
            if before.is_multiple_of(2) && self.version.load(Ordering::Relaxed) == before {
                return FeedQuote::from_words(&words);
            }
            std::hint::spin_loop();
        }
    }
}
