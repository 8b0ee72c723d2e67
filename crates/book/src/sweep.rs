//! The short path: plain limit orders and cancels in continuous trading.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::OrderBook;
use crate::event::{BookEvent, BookFill, BookSink};
use crate::index::Home;
use crate::node::{Keep, NIL, Node};
use crate::rank::{self, MAX_LOTS};

/// A plain order on its way through the short path.
#[derive(Clone, Copy)]
pub(crate) struct Plain {
    pub(crate) order_id: OrderId,
    pub(crate) side: Side,
    pub(crate) price: i64,
    pub(crate) volume: i64,
    pub(crate) trading_book: u16,
    pub(crate) keep: Keep,
}

impl OrderBook {
    /// Takes in `order`: trades it and rests or cancels what is left.
    #[inline]
    pub(crate) fn submit_plain<S: BookSink>(&mut self, order: Plain, sink: &mut S) {
        let Plain { order_id, side, .. } = order;
        let (low, high) = self.price_limits;
        let is_sound = (1..=MAX_LOTS).contains(&order.volume);
        let is_within = (low..=high).contains(&order.price);
        let home = self.index.home(order_id.0);
        if !is_sound || !is_within || self.slot_at(home, order_id.0) != NIL {
            return self.reject_plain(order, sink);
        }
        sink.on_event(&BookEvent::Accepted {
            order_id,
            side,
            volume: Lots::new(order.volume),
        });
        let opposite = 1 - rank::index(side);
        let bound = rank::rank(order.price, opposite);
        let mut open = order.volume;
        let trades = self.ladders[opposite].best_rank <= bound;
        if trades {
            open = self.sweep(order, bound, sink);
        }
        if open > 0 {
            self.rest_plain(order, home, open, sink);
        }
        if trades && self.watches_trades {
            self.settle(sink);
        }
        if self.reports_top {
            self.report_top(sink);
        }
    }

    #[cold]
    #[inline(never)]
    fn reject_plain<S: BookSink>(&mut self, order: Plain, sink: &mut S) {
        let is_known = self.slot_of(order.order_id.0) != NIL;
        let is_sound = (1..=MAX_LOTS).contains(&order.volume);
        let reason = if is_known || !is_sound {
            VenueReason::InvalidTerms
        } else {
            VenueReason::OutsideCollar
        };
        sink.on_event(&BookEvent::Rejected {
            order_id: order.order_id,
            reason,
        });
    }

    #[inline]
    fn rest_plain<S: BookSink>(&mut self, order: Plain, home: Home, open: i64, sink: &mut S) {
        let order_id = order.order_id;
        if order.keep == Keep::Not {
            return sink.on_event(&BookEvent::Cancelled {
                order_id,
                volume: Lots::new(open),
                reason: VenueReason::Unfilled,
            });
        }
        let side = rank::index(order.side);
        let at = self.ladders[side].occupy(rank::rank(order.price, side), &mut self.levels);
        let level = &mut self.levels[at];
        let tail = level.tail;
        let slot = self.nodes.insert(Node {
            order_id: order_id.0,
            open,
            filled: order.volume - open,
            next: NIL,
            prev: tail,
            level: at,
            extra: NIL,
            trading_book: order.trading_book,
            tags: Node::tags(order.side, order.keep, SelfTradePrevention::Allow),
            origin: 0,
        });
        level.volume += open;
        level.orders += 1;
        level.tail = slot;
        if tail == NIL {
            level.head = slot;
        } else {
            self.nodes[tail].next = slot;
        }
        self.list(home, slot);
        sink.on_event(&BookEvent::Rested {
            order_id,
            side: order.side,
            price: Ticks::new(order.price),
            volume: Lots::new(open),
        });
    }

    /// Trades `order` against displayed orders that rank no worse than `bound`; what is left.
    #[inline(never)]
    fn sweep<S: BookSink>(&mut self, order: Plain, bound: i64, sink: &mut S) -> i64 {
        let opposite = 1 - rank::index(order.side);
        let mut open = order.volume;
        while open > 0 && self.ladders[opposite].best_rank <= bound {
            let price = rank::ticks(self.ladders[opposite].best_rank, opposite);
            let level_at = self.ladders[opposite].best;
            let slot = self.levels[level_at].head;
            let maker = &mut self.nodes[slot];
            let traded = open.min(maker.open);
            open -= traded;
            maker.open -= traded;
            maker.filled += traded;
            self.levels[level_at].volume -= traded;
            self.trades += 1;
            self.last = price;
            let maker = self.nodes[slot];
            if maker.extra != NIL || self.watches_trades {
                self.fill_special(order, open, slot, traded, sink);
                continue;
            }
            sink.on_event(&BookEvent::Filled(BookFill {
                trade: TradeId(self.trades),
                price: Ticks::new(price),
                volume: Lots::new(traded),
                aggressor: Some(order.side),
                maker: OrderId(maker.order_id),
                taker: order.order_id,
                maker_open: Lots::new(maker.open),
                taker_open: Lots::new(open),
            }));
            if maker.open == 0 {
                self.remove_head(level_at, &maker, slot);
            }
        }
        open
    }

    /// Takes the filled plain order `slot` off the front of its queue and ends it.
    #[inline]
    fn remove_head(&mut self, level_at: u32, maker: &Node, slot: u32) {
        let home = self.index.home(maker.order_id);
        self.index.remove(home, maker.order_id, slot);
        self.nodes.remove(slot);
        let level = &mut self.levels[level_at];
        level.orders -= 1;
        level.head = maker.next;
        if maker.next == NIL {
            level.tail = NIL;
            self.ladders[maker.side_index()].vacate(level_at, &mut self.levels);
        } else {
            self.nodes[maker.next].prev = NIL;
        }
    }

    /// A fill whose maker has an extra, or that stops watch.
    #[cold]
    #[inline(never)]
    fn fill_special<S: BookSink>(
        &mut self,
        order: Plain,
        open: i64,
        slot: u32,
        traded: i64,
        sink: &mut S,
    ) {
        let maker = self.nodes[slot];
        let reserve = self.extra(slot).map_or(0, |extra| extra.reserve);
        sink.on_event(&BookEvent::Filled(BookFill {
            trade: TradeId(self.trades),
            price: Ticks::new(self.last),
            volume: Lots::new(traded),
            aggressor: Some(order.side),
            maker: OrderId(maker.order_id),
            taker: order.order_id,
            maker_open: Lots::new(maker.open + reserve),
            taker_open: Lots::new(open),
        }));
        self.watch_trade(self.last);
        self.after_maker(slot, sink);
    }

    /// Takes an order back.
    #[inline]
    pub fn cancel<S: BookSink>(&mut self, order_id: OrderId, sink: &mut S) {
        let home = self.index.home(order_id.0);
        let slot = self.slot_at(home, order_id.0);
        if slot == NIL {
            let reason = VenueReason::UnknownOrder;
            return sink.on_event(&BookEvent::CancelRejected { order_id, reason });
        }
        let node = self.nodes[slot];
        if node.extra != NIL {
            return self.cancel_special(slot, sink);
        }
        sink.on_event(&BookEvent::Cancelled {
            order_id,
            volume: Lots::new(node.open),
            reason: VenueReason::Requested,
        });
        self.dequeue(slot);
        self.index.remove(home, order_id.0, slot);
        self.nodes.remove(slot);
        if !self.quick || self.reports_top {
            self.begin();
            self.finish(sink);
        }
    }

    #[cold]
    #[inline(never)]
    fn cancel_special<S: BookSink>(&mut self, slot: u32, sink: &mut S) {
        self.begin();
        self.cancel_slot(slot, VenueReason::Requested, sink);
        self.finish(sink);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{BookConfig, Lifetime, NewOrder};
    use wattbook_domain::market::Phase;

    struct Ignore;

    impl BookSink for Ignore {
        fn on_event(&mut self, _: &BookEvent) {}
    }

    #[test]
    fn memory_follows_live_orders_over_a_long_day() {
        let mut book = OrderBook::new(BookConfig::default());
        book.set_phase(Phase::Continuous, &mut Ignore);
        for id in 0..300_000_i64 {
            // A price that wanders far, an order that rests, one that takes it, a cancel of another.
            let price = Ticks::new((id % 7_919) * 1_000_003 - 4_000_000_000);
            let order_id = OrderId(id as u64);
            let rests = NewOrder::limit(order_id, Side::Sell, price, Lots::new(2));
            book.submit(&rests, &mut Ignore);
            if id % 3 == 0 {
                let takers_id = OrderId(1 << 40 | id as u64);
                let mut takes = NewOrder::limit(takers_id, Side::Buy, price, Lots::new(2));
                takes.lifetime = Lifetime::ImmediateOrCancel;
                book.submit(&takes, &mut Ignore);
            }
            book.cancel(OrderId((id - 50).unsigned_abs()), &mut Ignore);
        }
        assert!(book.nodes.len() <= 64, "{} nodes", book.nodes.len());
        assert!(book.levels.len() <= 64 * 64, "{} levels", book.levels.len());
        assert!(book.index.len() <= 64, "{} ids", book.index.len());
    }
}
