//! Stops that wait for their trigger to trade.

use std::collections::BTreeSet;

use crate::rank;

/// A waiting stop: its trigger as ranked for its side, its entry number and its slot.
pub(crate) type Waiting = (i64, u64, u32);

/// The waiting stops of both sides, nearest trigger first, then by time.
///
/// A buy wakes at or above its trigger and a sell at or below. In ascending order of triggers for
/// buys and descending for sells, the due ones stand first: the trigger is ranked as a price of the
/// *other* side.
#[derive(Debug, Clone, Default)]
pub(crate) struct Triggers {
    sides: [BTreeSet<Waiting>; 2],
}

impl Triggers {
    pub(crate) fn is_empty(&self) -> bool {
        self.sides.iter().all(BTreeSet::is_empty)
    }

    pub(crate) fn insert(&mut self, side: usize, trigger: i64, sequence: u64, slot: u32) {
        self.sides[side].insert((rank::rank(trigger, 1 - side), sequence, slot));
    }

    pub(crate) fn remove(&mut self, side: usize, trigger: i64, sequence: u64, slot: u32) {
        self.sides[side].remove(&(rank::rank(trigger, 1 - side), sequence, slot));
    }

    /// Takes out the first stop of `side` that a trade at `price` wakes.
    pub(crate) fn pop_due(&mut self, side: usize, price: i64) -> Option<u32> {
        let first = *self.sides[side].first()?;
        if first.0 > rank::rank(price, 1 - side) {
            return None;
        }
        self.sides[side].pop_first();
        Some(first.2)
    }

    /// The waiting stops of `side`.
    pub(crate) fn iter(&self, side: usize) -> impl Iterator<Item = u32> + '_ {
        self.sides[side].iter().map(|waiting| waiting.2)
    }
}

/// Whether a trade at `price` wakes a stop of `side` at `trigger`.
pub(crate) fn is_due(side: usize, trigger: i64, price: i64) -> bool {
    rank::rank(trigger, 1 - side) <= rank::rank(price, 1 - side)
}
