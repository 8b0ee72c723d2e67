//! Icebergs: a shown slice and what lies behind it.

use wattbook_domain::Lots;
use wattbook_domain::id::OrderId;

use crate::book::OrderBook;
use crate::event::{BookEvent, BookSink};
use crate::order::Display;
use crate::rank;

impl OrderBook {
    /// Moves what an iceberg does not show from open to reserve.
    pub(crate) fn split_iceberg(&mut self, slot: u32) {
        let open = self.node(slot).open;
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        let Display::Iceberg(slice) = extra.order.terms.display else {
            return;
        };
        let whole = open + extra.reserve;
        let shown = whole.min(slice.count());
        extra.reserve = whole - shown;
        self.nodes[slot].open = shown;
    }

    /// Makes an iceberg one piece again, so that it may trade as a whole.
    pub(crate) fn join_iceberg(&mut self, slot: u32) {
        if let Some(extra) = self.extra_mut(slot) {
            let reserve = std::mem::take(&mut extra.reserve);
            self.nodes[slot].open += reserve;
        }
    }

    /// Shows the next slice at the end of the queue: each slice queues as a new order would.
    pub(crate) fn replenish<S: BookSink>(&mut self, slot: u32, sink: &mut S) {
        let level = self.node(slot).level;
        let side = self.node(slot).side_index();
        let rank = self.levels[level].rank;
        let price = rank::ticks(rank, side);
        self.lift(slot);
        self.split_iceberg(slot);
        self.requeue(slot, price);
        sink.on_event(&BookEvent::Replenished {
            order_id: OrderId(self.node(slot).order_id),
            volume: Lots::new(self.node(slot).open),
        });
    }
}
