//! What a feed can get wrong.

/// A message that does not fit the book. It is counted and, but for [`Anomaly::Crossed`], has no
/// effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
#[repr(u8)]
#[non_exhaustive]
pub enum Anomaly {
    /// A change of an order or level that is not there.
    #[error("change of an order or level that is not in the book; a message was lost before it")]
    Unknown,
    /// An order that is there already.
    #[error("order is in the book already; drop the repeated message")]
    Repeated,
    /// A volume of zero or below where there must be some, or below zero anywhere.
    #[error("volume is not above zero; use a delete to take an order out")]
    Volume,
    /// A price beyond ±2^60 ticks.
    #[error("price is beyond ±2^60 ticks; check its unit")]
    Price,
    /// An action other than 1 to 4.
    #[error("action is not 1 (add), 2 (modify), 3 (delete) or 4 (clear)")]
    Action,
    /// A side other than 1 and 2.
    #[error("side is not 1 (buy) or 2 (sell)")]
    Side,
    /// The bid reached the ask. The change was made all the same: the feed may uncross next.
    #[error("bid reached the ask; the feed lost a message or shows a call")]
    Crossed,
}

impl Anomaly {
    /// Every anomaly, in the order of their numbers.
    pub const ALL: [Self; 7] = [
        Self::Unknown,
        Self::Repeated,
        Self::Volume,
        Self::Price,
        Self::Action,
        Self::Side,
        Self::Crossed,
    ];
}

/// How often each [`Anomaly`] occurred, and the first of all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Anomalies {
    counts: [u64; Anomaly::ALL.len()],
    first: Option<(u64, Anomaly)>,
}

impl Anomalies {
    /// How often `anomaly` occurred.
    #[must_use]
    pub const fn count(&self, anomaly: Anomaly) -> u64 {
        self.counts[anomaly as usize]
    }

    /// How many there were.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }

    /// The first one and the number of its message, from 0.
    #[must_use]
    pub const fn first(&self) -> Option<(u64, Anomaly)> {
        self.first
    }

    #[cold]
    pub(crate) fn add(&mut self, message: u64, anomaly: Anomaly) {
        self.counts[anomaly as usize] += 1;
        self.first.get_or_insert((message, anomaly));
    }
}
