//! The short path of coupled books: plain orders for one contract, and cancels of plain orders.
//!
//! Such an order needs no plan: it takes what it reaches, maker by maker, and rests or ends. What
//! [`CoupledBooks::enter`] would do with it is the same, event by event.

use wattbook_domain::id::OrderId;
use wattbook_domain::order::SelfTradePrevention;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::coupled::config::Span;
use crate::coupled::event::{CoupledEvent, CoupledSink};
use crate::coupled::place::origin;
use crate::coupled::plan::Taker;
use crate::coupled::{CoupledBooks, is_within, tell};
use crate::event::BookEvent;
use crate::index::Home;
use crate::node::{Keep, NIL, Node};
use crate::order::{Lifetime, NewOrder, Pricing};
use crate::queue;
use crate::rank::{self, MAX_LOTS};
use crate::sweep::Plain;

impl CoupledBooks {
    /// The terms of `order`, if it is one of a contract that is taken in and needs no more than the
    /// short path; a second order of its id is not asked for.
    #[inline]
    pub(super) fn plain(&self, zone: usize, span: Span, order: &NewOrder) -> Option<Plain> {
        let Pricing::Limit(price) = order.pricing else {
            return None;
        };
        let keep = match order.lifetime {
            Lifetime::GoodForSession => Keep::On,
            Lifetime::ImmediateOrCancel => Keep::Not,
            _ => return None,
        };
        let contract = usize::from(span.first);
        let is_taken = span.count == 1
            && zone < self.config.zones
            && self.closed.get(contract)? >> zone & 1 == 0
            && order.self_trade == SelfTradePrevention::Allow
            && order.terms.is_plain()
            && (1..=MAX_LOTS).contains(&order.volume.count())
            && is_within(self.price_limits, price);
        let plain = Plain {
            order_id: order.order_id,
            side: order.side,
            price: price.count(),
            volume: order.volume.count(),
            trading_book: order.trading_book.0,
            keep,
        };
        // All-or-none orders are chosen among with a plan.
        (is_taken && !self.meets_whole(contract, &plain)).then_some(plain)
    }

    #[inline]
    fn meets_whole(&self, contract: usize, order: &Plain) -> bool {
        let opposite = 1 - rank::index(order.side);
        let first = self.books[contract].whole[opposite].first();
        first.is_some_and(|key| key.0 <= rank::rank(order.price, opposite))
    }

    /// Takes in `order`, whose id is not in use and has its home at `home`.
    #[inline]
    pub(super) fn submit_plain<S: CoupledSink>(
        &mut self,
        (zone, book): (usize, u32),
        order: Plain,
        home: Home,
        sink: &mut S,
    ) {
        let accepted = BookEvent::Accepted {
            order_id: order.order_id,
            side: order.side,
            volume: Lots::new(order.volume),
        };
        let span = Span::of(book as u16);
        tell(zone, span, accepted, sink);
        self.arrived += 1;
        let opposite = 1 - rank::index(order.side);
        let bound = rank::rank(order.price, opposite);
        let mut open = order.volume;
        if self.books[book as usize].ladders[opposite].best_rank <= bound {
            open = self.sweep((zone, book), &order, bound, sink);
        }
        if open > 0 && order.keep == Keep::Not {
            let cancelled = BookEvent::Cancelled {
                order_id: order.order_id,
                volume: Lots::new(open),
                reason: VenueReason::Unfilled,
            };
            tell(zone, span, cancelled, sink);
        } else if open > 0 {
            self.rest_plain((zone, book), &order, home, open, sink);
        }
        if self.is_stirred() {
            self.settle_all(self.own(book), sink);
        }
    }

    #[inline]
    fn rest_plain<S: CoupledSink>(
        &mut self,
        (zone, book): (usize, u32),
        order: &Plain,
        home: Home,
        open: i64,
        sink: &mut S,
    ) {
        let side = rank::index(order.side);
        let rank = rank::rank(order.price, side);
        let at = &mut self.books[book as usize];
        let level = at.ladders[side].occupy(rank, &mut self.levels);
        at.hints[side].lower(zone, rank);
        let node = Node {
            order_id: order.order_id.0,
            open,
            filled: order.volume - open,
            next: NIL,
            prev: self.levels[level].tail,
            level,
            extra: NIL,
            trading_book: order.trading_book,
            tags: Node::tags(order.side, order.keep, SelfTradePrevention::Allow),
            origin: origin(zone, book),
        };
        let slot = self.list(home, node, self.arrived);
        queue::append(&mut self.nodes, &mut self.levels[level], slot);
        self.note_zone(level, zone);
        self.touch(book);
        let rested = BookEvent::Rested {
            order_id: order.order_id,
            side: order.side,
            price: Ticks::new(order.price),
            volume: Lots::new(open),
        };
        tell(zone, Span::of(book as u16), rested, sink);
    }

    /// Trades `order` against displayed orders that it reaches and that rank no worse than `bound`;
    /// what is left.
    #[inline(never)]
    fn sweep<S: CoupledSink>(
        &mut self,
        (zone, book): (usize, u32),
        order: &Plain,
        bound: i64,
        sink: &mut S,
    ) -> i64 {
        let side = rank::index(order.side);
        let mut open = order.volume;
        let mut path = std::mem::take(&mut self.plan.hops);
        while open > 0 {
            let reach = self.reach(book, zone, side);
            let Some(maker) = self.first(book, 1 - side, reach, bound) else {
                break;
            };
            path.clear();
            let wanted = open.min(self.nodes[maker].open);
            let other = self.zone(maker);
            let paths = &self.books[book as usize].paths;
            let traded = paths.send(&mut self.network, (zone, side), other, wanted, &mut path);
            open -= traded;
            let taker = Taker {
                order_id: order.order_id,
                side: order.side,
                zone,
                open,
            };
            self.fill(book, maker, traded, &taker, &path, sink);
            self.conclude(maker, sink);
        }
        path.clear();
        self.plan.hops = path;
        open
    }

    /// Takes back an order; an order of a basket takes the others with it.
    #[inline]
    pub fn cancel<S: CoupledSink>(&mut self, order_id: OrderId, sink: &mut S) {
        let slot = self.slot_of(order_id);
        if slot == NIL {
            return sink.on_event(&CoupledEvent::Unknown { order_id });
        }
        if self.may_wait(slot) {
            self.cancel_with_basket(slot, VenueReason::Requested, sink);
        } else {
            self.cancel_slot(slot, VenueReason::Requested, sink);
        }
        self.settle(None, sink);
    }
}
