//! Undisplayed orders of one side: hidden, pegged, all-or-none, minimum quantity.

use crate::ladder::NO_RANK;

/// An undisplayed order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct DarkOrder {
    pub(crate) rank: i64,
    pub(crate) sequence: u64,
    pub(crate) slot: u32,
}

/// The undisplayed orders of one side by price, then time; those without a price stand last.
#[derive(Debug, Clone, Default)]
pub(crate) struct Dark {
    orders: Vec<DarkOrder>,
}

impl Dark {
    pub(crate) fn is_empty(&self) -> bool {
        self.orders.is_empty()
    }

    pub(crate) fn best_rank(&self) -> i64 {
        self.orders.first().map_or(NO_RANK, |order| order.rank)
    }

    pub(crate) fn insert(&mut self, order: DarkOrder) {
        let at = self.orders.partition_point(|other| *other < order);
        self.orders.insert(at, order);
    }

    pub(crate) fn remove(&mut self, order: DarkOrder) {
        let at = self.orders.partition_point(|other| *other < order);
        assert!(
            self.orders.get(at) == Some(&order),
            "an undisplayed order is listed under its rank and sequence"
        );
        self.orders.remove(at);
    }

    /// All, in priority order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = DarkOrder> + '_ {
        self.orders.iter().copied()
    }

    /// Those that rank no worse than `bound`, in priority order.
    pub(crate) fn within(&self, bound: i64) -> impl Iterator<Item = DarkOrder> + '_ {
        self.iter()
            .take_while(move |order| order.rank <= bound && order.rank != NO_RANK)
    }
}
