//! What the front has done since it began.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Kept answers of one route, and how long they took.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answered {
    /// How many took at most as long as each bound.
    pub within: Vec<u64>,
    /// How many in all.
    pub count: u64,
    /// Of all together.
    pub seconds: f64,
}

/// Counters that anybody may read at any time.
#[derive(Debug, Default)]
pub struct Counts {
    /// Readers of the stream now.
    pub readers: AtomicU64,
    /// Messages sent.
    pub sent: AtomicU64,
    /// Their bytes.
    pub bytes: AtomicU64,
    /// Deltas that were merged into later ones for readers that were behind.
    pub conflated: AtomicU64,
    bounds: Vec<f64>,
    answered: Mutex<BTreeMap<String, Answered>>,
}

impl Counts {
    /// Nothing yet; `bounds` are those of the histogram, seconds.
    #[must_use]
    pub fn new(bounds: Vec<f64>) -> Self {
        Self {
            bounds,
            ..Self::default()
        }
    }

    pub(crate) fn message(&self, bytes: usize, deltas: u64) {
        self.sent.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.conflated
            .fetch_add(deltas.saturating_sub(1), Ordering::Relaxed);
    }

    pub(crate) fn kept(&self, route: &str, took: Duration) {
        let seconds = took.as_secs_f64();
        let mut answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        if !answered.contains_key(route) {
            let within = vec![0; self.bounds.len()];
            let none = Answered {
                within,
                ..Answered::default()
            };
            answered.insert(route.to_owned(), none);
        }
        if let Some(found) = answered.get_mut(route) {
            found.count += 1;
            found.seconds += seconds;
            for (within, bound) in found.within.iter_mut().zip(&self.bounds) {
                *within += u64::from(seconds <= *bound);
            }
        }
    }

    /// Kept answers by route.
    #[must_use]
    pub fn answered(&self) -> BTreeMap<String, Answered> {
        let answered = self.answered.lock().unwrap_or_else(PoisonError::into_inner);
        answered.clone()
    }
}
