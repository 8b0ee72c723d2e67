//! What is to be asked for, first come, first served.

use wattbook_domain::Timestamp;

/// What to ask for, each once, and when at the earliest. In the order in which it was noticed, so
/// that the chunks of a stream decide nothing.
#[derive(Debug)]
pub(crate) struct Wanted<T>(Vec<(T, Timestamp)>);

impl<T> Default for Wanted<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: PartialEq> Wanted<T> {
    /// Wants `it` from `due` on, unless it is wanted already.
    pub(crate) fn add(&mut self, it: T, due: Timestamp) {
        if self.0.iter().all(|(known, _)| *known != it) {
            self.0.push((it, due));
        }
    }

    /// The first that is due at `now`, no longer wanted then.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<T> {
        let place = self.0.iter().position(|(_, due)| *due <= now)?;
        Some(self.0.remove(place).0)
    }

    /// When the next is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.0.iter().map(|(_, due)| *due).min()
    }

    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}
