//! Collects events while a simulation runs.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use wattbook_domain::arrow::Tables;
use wattbook_domain::{Event, Input, Sequenced};
use wattbook_sim::Tap;

/// Tables that a simulation fills and Python drains.
#[derive(Clone)]
pub(super) struct Collector {
    pub(super) tables: Arc<Mutex<Tables>>,
    pub(super) keeps_market: bool,
}

impl Tap for Collector {
    fn on_input(&mut self, input: &Sequenced) {
        if self.keeps_market || !matches!(input.input, Input::Market(_)) {
            lock(&self.tables).push_input(input);
        }
    }

    fn on_event(&mut self, input: &Sequenced, event: &Event) {
        lock(&self.tables).push(input.stamp(), event);
    }
}

/// What `mutex` guards.
pub(super) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that call; the data is whole between calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
