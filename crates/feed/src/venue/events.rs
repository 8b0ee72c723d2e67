//! Events on their way to the consumer, bounded.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wattbook_session::venue::VenueEvent;

#[derive(Default)]
struct Waiting {
    events: VecDeque<VenueEvent>,
    is_over: bool,
}

/// A queue from the session's thread to the consumer.
pub(super) struct Events {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    room: usize,
}

impl Events {
    /// Lets `room` events wait.
    pub(super) fn new(room: usize) -> Self {
        Self {
            waiting: Mutex::default(),
            changed: Condvar::new(),
            room: room.max(1),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many more may wait.
    pub(super) fn room(&self) -> usize {
        self.room.saturating_sub(self.lock().events.len())
    }

    pub(super) fn add(&self, events: &mut Vec<VenueEvent>) {
        if !events.is_empty() {
            self.lock().events.extend(events.drain(..));
            self.changed.notify_all();
        }
    }

    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.changed.notify_all();
    }

    /// Up to `most` events, waiting up to `wait` for the first; whether the queue was full; `None`
    /// once the session is over and all is taken.
    pub(super) fn take(&self, most: usize, wait: Duration) -> (Option<Vec<VenueEvent>>, bool) {
        let until = Instant::now() + wait;
        let mut waiting = self.lock();
        while waiting.events.is_empty() && !waiting.is_over {
            let left = until.saturating_duration_since(Instant::now());
            if left == Duration::ZERO {
                return (Some(Vec::new()), false);
            }
            let result = self.changed.wait_timeout(waiting, left);
            waiting = result.unwrap_or_else(PoisonError::into_inner).0;
        }
        if waiting.events.is_empty() {
            return (None, false);
        }
        let was_full = waiting.events.len() >= self.room;
        let count = most.min(waiting.events.len());
        (Some(waiting.events.drain(..count).collect()), was_full)
    }
}
