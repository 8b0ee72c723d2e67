//! What is to be asked for, first come, first served.

use wattbook_domain::Timestamp;

/// Names to ask for, each once, and when at the earliest. In the order in which they were noticed,
/// so that the chunks of a stream decide nothing.
#[derive(Debug, Default)]
pub(crate) struct Wanted(Vec<(String, Timestamp)>);

impl Wanted {
    /// Wants `name` from `due` on, unless it is wanted already.
    pub(crate) fn add(&mut self, name: &str, due: Timestamp) {
        if self.0.iter().all(|(known, _)| known != name) {
            self.0.push((name.to_owned(), due));
        }
    }

    /// The first name that is due at `now`, no longer wanted then.
    pub(crate) fn take_due(&mut self, now: Timestamp) -> Option<String> {
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
