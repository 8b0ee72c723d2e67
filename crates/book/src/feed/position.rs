//! Where an order of ours would stand in a queue.

use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

/// What a message did to one queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueueChange {
    /// Of which side.
    pub side: Side,
    /// At which price.
    pub price: Ticks,
    /// Lots that left, below zero, or joined, above.
    pub volume: Lots,
    /// Number of the order in the order of arrival at its queue.
    pub arrival: u64,
}

/// The place in a queue of an order that the feed does not show, kept up by the changes of the
/// queue: first in, first out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QueuePosition {
    side: Side,
    price: Ticks,
    arrival: u64,
    ahead: i64,
}

impl QueuePosition {
    pub(crate) const fn new(side: Side, price: Ticks, arrival: u64, ahead: i64) -> Self {
        Self {
            side,
            price,
            arrival,
            ahead,
        }
    }

    /// Takes note of what left or joined a queue ([`crate::L3Change`]): what leaves ahead of us moves
    /// us forward.
    #[inline]
    pub fn apply(&mut self, change: &QueueChange) {
        let is_ahead = change.arrival <= self.arrival;
        if is_ahead && change.side == self.side && change.price == self.price {
            self.ahead = (self.ahead + change.volume.count()).max(0);
        }
    }

    /// Lots that trade before us.
    #[must_use]
    pub const fn ahead(&self) -> Lots {
        Lots::new(self.ahead)
    }

    /// The side that we stand on.
    #[must_use]
    pub const fn side(&self) -> Side {
        self.side
    }

    /// The price that we stand at.
    #[must_use]
    pub const fn price(&self) -> Ticks {
        self.price
    }
}
