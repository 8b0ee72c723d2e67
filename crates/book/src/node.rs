//! The record of a live order and its slab.

use wattbook_domain::order::{SelfTradePrevention, Side};

/// No slot.
pub(crate) const NIL: u32 = u32::MAX;

/// A live order. What only some orders have lies in [`crate::extra::Extra`].
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub(crate) struct Node {
    /// As given by the caller.
    pub(crate) order_id: u64,
    /// Lots that can trade now: the shown slice of an iceberg, all of any other order.
    pub(crate) open: i64,
    /// Lots traded so far.
    pub(crate) filled: i64,
    /// Next in the queue of its level; in the free list when the slot is free.
    pub(crate) next: u32,
    /// Previous in the queue of its level.
    pub(crate) prev: u32,
    /// Its level, or [`NIL`] when it is not displayed.
    pub(crate) level: u32,
    /// Its [`crate::extra::Extra`], or [`NIL`].
    pub(crate) extra: u32,
    /// Whose it is.
    pub(crate) trading_book: u16,
    /// Bit 0: sells; bits 1 and 2: [`Keep`]; from bit 3: [`SelfTradePrevention`].
    pub(crate) tags: u16,
    /// In coupled books: which book and zone it came to ([`crate::coupled`]); else 0.
    pub(crate) origin: u32,
}

/// How long a resting order stays, as far as phases decide it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(crate) enum Keep {
    /// Until the trading day ends.
    Day = 0,
    /// Until cancelled, filled or expired by its own date.
    On = 2,
    /// Until the next uncrossing.
    Call = 4,
    /// It does not rest at all.
    Not = 6,
}

impl Node {
    pub(crate) const fn tags(side: Side, keep: Keep, self_trade: SelfTradePrevention) -> u16 {
        (self_trade as u16) << 3 | keep as u16 | (side as u16 - 1)
    }

    /// What happens when it arrives at an order of its own trading book.
    pub(crate) const fn self_trade(&self) -> SelfTradePrevention {
        match self.tags >> 3 {
            0 => SelfTradePrevention::Allow,
            1 => SelfTradePrevention::CancelNewest,
            2 => SelfTradePrevention::CancelOldest,
            3 => SelfTradePrevention::CancelBoth,
            _ => SelfTradePrevention::Decrement,
        }
    }

    #[inline]
    pub(crate) const fn side(&self) -> Side {
        if self.tags & 1 == 0 {
            Side::Buy
        } else {
            Side::Sell
        }
    }

    /// 0 for a buy, 1 for a sell.
    #[inline]
    pub(crate) const fn side_index(&self) -> usize {
        (self.tags & 1) as usize
    }

    pub(crate) const fn keep(&self) -> Keep {
        match self.tags >> 1 & 3 {
            0 => Keep::Day,
            1 => Keep::On,
            2 => Keep::Call,
            _ => Keep::Not,
        }
    }
}

/// All nodes. Slots of ended orders are used again, the latest first, so the working set stays
/// as small as the number of live orders.
#[derive(Debug, Clone)]
pub(crate) struct Nodes {
    nodes: Vec<Node>,
    free: u32,
}

impl Nodes {
    pub(crate) fn with_capacity(orders: usize) -> Self {
        Self {
            nodes: Vec::with_capacity(orders),
            free: NIL,
        }
    }

    /// Slots made so far.
    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.nodes.len()
    }

    #[inline]
    pub(crate) fn insert(&mut self, node: Node) -> u32 {
        let slot = self.free;
        if slot == NIL {
            self.nodes.push(node);
            return self.nodes.len() as u32 - 1;
        }
        self.free = self.nodes[slot as usize].next;
        self.nodes[slot as usize] = node;
        slot
    }

    #[inline]
    pub(crate) fn remove(&mut self, slot: u32) {
        self.nodes[slot as usize].next = self.free;
        self.free = slot;
    }
}

impl std::ops::Index<u32> for Nodes {
    type Output = Node;

    #[inline]
    fn index(&self, slot: u32) -> &Node {
        &self.nodes[slot as usize]
    }
}

impl std::ops::IndexMut<u32> for Nodes {
    #[inline]
    fn index_mut(&mut self, slot: u32) -> &mut Node {
        &mut self.nodes[slot as usize]
    }
}
