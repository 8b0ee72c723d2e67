//! Which contracts changed since somebody last looked.

use std::collections::BTreeSet;

use wattbook_domain::{InstrumentId, state};

/// Contracts that changed, each once; nothing is noted until somebody watches.
#[derive(Debug, Clone, Default)]
pub(crate) struct Touched {
    is_watched: bool,
    /// Noted already, by contract.
    is_noted: Vec<bool>,
    changed: Vec<InstrumentId>,
}

state!(Touched {
    is_watched,
    is_noted,
    changed
});

impl Touched {
    pub(crate) fn watch(&mut self, held: impl Iterator<Item = InstrumentId>) {
        self.is_watched = true;
        for instrument in held {
            self.add(instrument);
        }
    }

    #[inline(always)]
    pub(crate) fn add(&mut self, instrument: InstrumentId) {
        if self.is_watched {
            self.note(instrument);
        }
    }

    fn note(&mut self, instrument: InstrumentId) {
        let place = instrument.0 as usize;
        if place >= self.is_noted.len() {
            self.is_noted.resize(place + 1, false);
        }
        if !std::mem::replace(&mut self.is_noted[place], true) {
            self.changed.push(instrument);
        }
    }

    #[inline]
    pub(crate) fn take(&mut self) -> Option<InstrumentId> {
        let instrument = self.changed.pop()?;
        if let Some(is_noted) = self.is_noted.get_mut(instrument.0 as usize) {
            *is_noted = false;
        }
        Some(instrument)
    }

    /// Whether it names contracts that exist; after a load.
    pub(crate) fn fits(&self, contracts: usize) -> bool {
        let mut noted: BTreeSet<InstrumentId> = self.changed.iter().copied().collect();
        let is_known = self.is_noted.len() <= contracts && noted.len() == self.changed.len();
        let flagged = (0_u32..)
            .zip(&self.is_noted)
            .filter(|(_, is_noted)| **is_noted);
        let is_same = flagged
            .map(|(place, _)| InstrumentId(place))
            .all(|one| noted.remove(&one));
        is_known && is_same && noted.is_empty()
    }
}
