//! What the connections say, in order and bounded.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use wattbook_session::Link;
use wattbook_session::venue::OrderEntry;

use super::wire::Wire;

/// Bytes that may wait to be read by a session; beyond, its connections are not read.
const WAITING_BYTES_MAX: usize = 4 << 20;

/// A connection of a session; numbers tell a new one from the one before it.
pub(super) type Connection = (Link, u64);

/// What happened on a connection.
pub(super) enum Told {
    Connected(Arc<Wire>),
    Bytes(Vec<u8>),
    Closed(String),
}

#[derive(Default)]
struct Waiting {
    told: VecDeque<(Connection, Told)>,
    bytes: usize,
    entries: VecDeque<OrderEntry>,
    is_woken: bool,
    is_over: bool,
}

/// A queue from the threads that read to the one that runs the session.
#[derive(Default)]
pub(super) struct Inputs {
    waiting: Mutex<Waiting>,
    changed: Condvar,
    drained: Condvar,
}

impl Inputs {
    fn lock(&self) -> MutexGuard<'_, Waiting> {
        // Nothing that holds the lock can leave the queue half changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds to the queue once it has room; `false` when nobody reads it any more.
    pub(super) fn tell(&self, connection: Connection, told: Told) -> bool {
        let mut waiting = self.lock();
        while waiting.bytes >= WAITING_BYTES_MAX && !waiting.is_over {
            waiting = self
                .drained
                .wait(waiting)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if let Told::Bytes(bytes) = &told {
            waiting.bytes += bytes.len();
        }
        waiting.told.push_back((connection, told));
        self.changed.notify_one();
        !waiting.is_over
    }

    /// Wakes the session's thread without a word.
    pub(super) fn wake(&self) {
        self.lock().is_woken = true;
        self.changed.notify_one();
    }

    /// Adds requests about orders, and wakes the session's thread where there are any.
    pub(super) fn enter(&self, entries: impl Iterator<Item = OrderEntry>) {
        let mut waiting = self.lock();
        let before = waiting.entries.len();
        waiting.entries.extend(entries);
        if waiting.entries.len() > before {
            waiting.is_woken = true;
            self.changed.notify_one();
        }
    }

    /// Takes the requests about orders that wait.
    pub(super) fn take_entries(&self) -> VecDeque<OrderEntry> {
        std::mem::take(&mut self.lock().entries)
    }

    /// Nobody will read on.
    pub(super) fn end(&self) {
        self.lock().is_over = true;
        self.drained.notify_all();
    }

    /// The next word, waiting for it until `until` or a wake; none is taken unless `wants_input`.
    pub(super) fn next(
        &self,
        until: Option<Instant>,
        wants_input: bool,
    ) -> Option<(Connection, Told)> {
        let mut waiting = self.lock();
        loop {
            if wants_input && let Some((connection, told)) = waiting.told.pop_front() {
                if let Told::Bytes(bytes) = &told {
                    waiting.bytes -= bytes.len();
                    self.drained.notify_all();
                }
                return Some((connection, told));
            }
            if std::mem::take(&mut waiting.is_woken) {
                return None;
            }
            let left = until.map(|until| until.saturating_duration_since(Instant::now()));
            if left == Some(Duration::ZERO) {
                return None;
            }
            waiting = match left {
                Some(left) => {
                    let result = self.changed.wait_timeout(waiting, left);
                    result.unwrap_or_else(PoisonError::into_inner).0
                }
                None => self
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner),
            };
        }
    }
}
