//! What is to happen when the clock gets there.

use std::collections::BTreeSet;

use wattbook_domain::state::State;
use wattbook_domain::{InstrumentId, Timestamp};

/// What is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Due {
    /// The gate of an instrument closes.
    Gate(InstrumentId),
    /// The averaging of a swap, or of an option on an average, ends.
    AveragingEnd(InstrumentId),
}

/// Instants to come, in order.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    next: Timestamp,
    due: BTreeSet<(Timestamp, Due)>,
}

impl Default for Schedule {
    fn default() -> Self {
        Self {
            next: Timestamp::MAX,
            due: BTreeSet::new(),
        }
    }
}

impl Schedule {
    pub(crate) fn add(&mut self, at: Timestamp, due: Due) {
        self.due.insert((at, due));
        self.next = self.next.min(at);
    }

    /// Whether something is due at `now`; the plain path asks no more.
    #[inline]
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        now >= self.next && !self.due.is_empty()
    }

    /// Takes out the first that is due at `now`.
    pub(crate) fn take(&mut self, now: Timestamp) -> Option<(Timestamp, Due)> {
        let first = *self.due.first()?;
        if first.0 > now {
            return None;
        }
        self.due.pop_first();
        self.next = self.due.first().map_or(Timestamp::MAX, |(at, _)| *at);
        Some(first)
    }
}

impl State for Due {
    fn save(&self, out: &mut Vec<u8>) {
        let (tag, instrument) = match self {
            Self::Gate(instrument) => (1_u8, instrument),
            Self::AveragingEnd(instrument) => (2, instrument),
        };
        tag.save(out);
        instrument.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let tag = u8::load(input)?;
        let instrument = State::load(input)?;
        match tag {
            1 => Some(Self::Gate(instrument)),
            2 => Some(Self::AveragingEnd(instrument)),
            _ => None,
        }
    }
}

impl State for Schedule {
    fn save(&self, out: &mut Vec<u8>) {
        (self.due.len() as u64).save(out);
        for entry in &self.due {
            entry.save(out);
        }
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let mut schedule = Self::default();
        for (at, due) in Vec::<(Timestamp, Due)>::load(input)? {
            schedule.add(at, due);
        }
        Some(schedule)
    }
}
