//! What only some orders have, kept apart from the node so that plain orders stay small.

use crate::node::NIL;
use crate::order::{NewOrder, Pricing, Quantity};

/// Where a live order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// On its way: it is trading or about to.
    Moving,
    /// In the queue of a level.
    Level,
    /// Undisplayed, in the [`crate::dark::Dark`] of its side.
    Dark,
    /// A stop that waits for its trigger.
    Stop,
    /// A stop whose trigger has traded, waiting for its turn.
    Pending,
    /// Waiting for the closing call.
    Parked,
}

/// The side table's record of an order.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Extra {
    /// As submitted; a pricing that has served its time is replaced by the limit it became.
    pub(crate) order: NewOrder,
    /// Entry number: time priority among undisplayed orders, stops and members of a group.
    pub(crate) sequence: u64,
    /// Where it is.
    pub(crate) place: Place,
    /// Lots behind the displayed slice.
    pub(crate) reserve: i64,
    /// Undisplayed: its rank, or [`crate::ladder::NO_RANK`] while it has no price.
    pub(crate) rank: i64,
    /// Stop: what wakes it; none for a trailing stop before the first trade.
    pub(crate) trigger: Option<i64>,
}

impl Extra {
    pub(crate) const fn new(order: NewOrder, sequence: u64) -> Self {
        Self {
            order,
            sequence,
            place: Place::Moving,
            reserve: 0,
            rank: crate::ladder::NO_RANK,
            trigger: None,
        }
    }

    /// The least that an execution must bring when `filled` of the order's `open` lots are done;
    /// at least 1.
    pub(crate) fn need(&self, filled: i64, open: i64) -> i64 {
        match self.order.terms.quantity {
            Quantity::AllOrNone => open,
            Quantity::Minimum(least) if filled == 0 => least.count().min(open),
            Quantity::Minimum(_) | Quantity::Any => 1,
        }
    }

    pub(crate) const fn is_pegged(&self) -> bool {
        matches!(self.order.pricing, Pricing::Pegged { .. })
    }
}

/// All extras; slots are used again.
#[derive(Debug, Clone, Default)]
pub(crate) struct Extras {
    extras: Vec<Extra>,
    free: Vec<u32>,
}

impl Extras {
    pub(crate) fn insert(&mut self, extra: Extra) -> u32 {
        if let Some(at) = self.free.pop() {
            self.extras[at as usize] = extra;
            return at;
        }
        self.extras.push(extra);
        self.extras.len() as u32 - 1
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.extras.len() == self.free.len()
    }

    pub(crate) fn remove(&mut self, at: u32) {
        self.free.push(at);
    }

    /// Removes the extra at `at`, if it is not [`NIL`].
    pub(crate) fn give_up(&mut self, at: u32) {
        if at != NIL {
            self.remove(at);
        }
    }

    /// The extra at `at`, or none for [`NIL`].
    pub(crate) fn get(&self, at: u32) -> Option<&Extra> {
        if at == NIL {
            None
        } else {
            self.extras.get(at as usize)
        }
    }

    pub(crate) fn get_mut(&mut self, at: u32) -> Option<&mut Extra> {
        if at == NIL {
            None
        } else {
            self.extras.get_mut(at as usize)
        }
    }
}

impl std::ops::Index<u32> for Extras {
    type Output = Extra;

    fn index(&self, at: u32) -> &Extra {
        &self.extras[at as usize]
    }
}

impl std::ops::IndexMut<u32> for Extras {
    fn index_mut(&mut self, at: u32) -> &mut Extra {
        &mut self.extras[at as usize]
    }
}
