//! Where the orders of coupled books stand: coming, resting, leaving, and the search among them.

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::RestingOrder;
use crate::coupled::event::CoupledSink;
use crate::coupled::network::Zones;
use crate::coupled::{CoupledBooks, tell};
use crate::event::BookEvent;
use crate::extra::{Extra, Place};
use crate::index::Home;
use crate::ladder::NO_RANK;
use crate::node::{Keep, NIL, Node};
use crate::order::{Display, NewOrder, Quantity};
use crate::queue;
use crate::rank;

/// Bits of [`Node::origin`] that are the zone; those above are the book.
const ZONE_BITS: u32 = 7;

/// The value of [`Node::origin`] of an order of `zone` in `book`.
pub(super) const fn origin(zone: usize, book: u32) -> u32 {
    book << ZONE_BITS | zone as u32
}

impl CoupledBooks {
    /// Gives an accepted order its node and its place in time.
    pub(super) fn admit(&mut self, zone: usize, book: u32, order: &NewOrder) -> u32 {
        self.arrived += 1;
        let arrival = self.arrived;
        let extra = if order.terms.is_plain() {
            NIL
        } else {
            self.extras.insert(Extra::new(*order, arrival))
        };
        let node = Node {
            order_id: order.order_id.0,
            open: order.volume.count(),
            filled: 0,
            next: NIL,
            prev: NIL,
            level: NIL,
            extra,
            trading_book: order.trading_book.0,
            tags: Node::tags(order.side, Keep::On, order.self_trade),
            origin: origin(zone, book),
        };
        self.list(self.index.home(node.order_id), node, arrival)
    }

    /// Notes that the last order of `level` is of `zone`.
    #[inline]
    pub(super) fn note_zone(&mut self, level: u32, zone: usize) {
        if self.level_zones.is_empty() {
            return;
        }
        if self.level_zones.len() <= level as usize {
            self.level_zones.resize(level as usize + 1, 0);
        }
        let zones = &mut self.level_zones[level as usize];
        let here = 1 << zone;
        *zones = if self.levels[level].orders == 1 {
            here
        } else {
            *zones | here
        };
    }

    /// Enters `node` under its id, which has its home at `home`.
    #[inline]
    pub(super) fn list(&mut self, home: Home, node: Node, arrival: u64) -> u32 {
        let slot = self.nodes.insert(node);
        match self.arrivals.get_mut(slot as usize) {
            Some(place) => *place = arrival,
            None => self.arrivals.push(arrival),
        }
        let nodes = &self.nodes;
        self.index.insert(home, slot, |slot| nodes[slot].order_id);
        slot
    }

    #[inline]
    pub(super) fn slot_of(&self, order_id: OrderId) -> u32 {
        self.slot_at(self.index.home(order_id.0), order_id)
    }

    #[inline]
    pub(super) fn slot_at(&self, home: Home, order_id: OrderId) -> u32 {
        self.index
            .get(home, order_id.0, |slot| self.nodes[slot].order_id)
    }

    #[inline]
    pub(super) fn zone(&self, slot: u32) -> usize {
        (self.nodes[slot].origin & ((1 << ZONE_BITS) - 1)) as usize
    }

    #[inline]
    pub(super) fn book_of(&self, slot: u32) -> u32 {
        self.nodes[slot].origin >> ZONE_BITS
    }

    pub(super) fn extra(&self, slot: u32) -> Option<&Extra> {
        self.extras.get(self.nodes[slot].extra)
    }

    pub(super) fn extra_mut(&mut self, slot: u32) -> Option<&mut Extra> {
        self.extras.get_mut(self.nodes[slot].extra)
    }

    pub(super) fn is_whole(&self, slot: u32) -> bool {
        let quantity = |extra: &Extra| extra.order.terms.quantity == Quantity::AllOrNone;
        self.extra(slot).is_some_and(quantity)
    }

    /// The size of the slices of an iceberg.
    pub(super) fn slice(&self, slot: u32) -> Option<i64> {
        match self.extra(slot)?.order.terms.display {
            Display::Iceberg(slice) => Some(slice.count()),
            _ => None,
        }
    }

    /// What is open of `slot`, behind its slice included.
    #[inline]
    pub(super) fn whole_open(&self, slot: u32) -> i64 {
        let node = &self.nodes[slot];
        if node.extra == NIL {
            return node.open;
        }
        node.open + self.extra(slot).map_or(0, |extra| extra.reserve)
    }

    /// Puts `slot` at the end of the queue of `limit`, an iceberg with its next slice.
    pub(super) fn join(&mut self, slot: u32, limit: i64) {
        if let Some(slice) = self.slice(slot) {
            let whole = self.whole_open(slot);
            let shown = whole.min(slice);
            self.nodes[slot].open = shown;
            if let Some(extra) = self.extra_mut(slot) {
                extra.reserve = whole - shown;
            }
        }
        self.line_up(slot, limit);
    }

    /// Puts `slot` at the end of the queue of `limit` as it is.
    pub(super) fn line_up(&mut self, slot: u32, limit: i64) {
        let zone = self.zone(slot);
        let book = self.book_of(slot);
        let side = self.nodes[slot].side_index();
        let rank = rank::rank(limit, side);
        let at = &mut self.books[book as usize];
        queue::join(
            &mut self.nodes,
            &mut self.levels,
            &mut at.ladders[side],
            slot,
            rank,
        );
        at.hints[side].lower(zone, rank);
        let level = self.nodes[slot].level;
        self.note_zone(level, zone);
        if let Some(extra) = self.extra_mut(slot) {
            extra.place = Place::Level;
        }
        self.touch(book);
    }

    /// Rests `slot` at `limit` and says so; an all-or-none order waits without being displayed.
    pub(super) fn rest<S: CoupledSink>(&mut self, slot: u32, limit: i64, sink: &mut S) {
        let book = self.book_of(slot);
        let side = self.nodes[slot].side_index();
        let arrival = self.arrivals[slot as usize];
        if self.is_whole(slot) {
            let rank = rank::rank(limit, side);
            self.books[book as usize].whole[side].insert((rank, arrival, slot));
            if let Some(extra) = self.extra_mut(slot) {
                (extra.place, extra.rank) = (Place::Dark, rank);
            }
            self.wait(arrival, vec![slot]);
            return self.touch(book);
        }
        self.join(slot, limit);
        if self.config.rules.implied_matching && self.span_of(book).is_block() {
            self.wait(arrival, vec![slot]);
        }
        let node = self.nodes[slot];
        let rested = BookEvent::Rested {
            order_id: OrderId(node.order_id),
            side: node.side(),
            price: Ticks::new(limit),
            volume: Lots::new(node.open),
        };
        tell(self.zone(slot), self.span_of(book), rested, sink);
    }

    /// Shows the next slice of an iceberg whose slice has traded.
    pub(super) fn replenish<S: CoupledSink>(&mut self, slot: u32, sink: &mut S) {
        let node = self.nodes[slot];
        let limit = rank::ticks(self.levels[node.level].rank, node.side_index());
        self.leave(slot);
        self.join(slot, limit);
        let replenished = BookEvent::Replenished {
            order_id: OrderId(node.order_id),
            volume: Lots::new(self.nodes[slot].open),
        };
        let span = self.span_of(self.book_of(slot));
        tell(self.zone(slot), span, replenished, sink);
    }

    /// Takes `slot` out of wherever it stands.
    pub(super) fn leave(&mut self, slot: u32) {
        let node = self.nodes[slot];
        let (book, side) = (self.book_of(slot), node.side_index());
        if node.level != NIL {
            let ladder = &mut self.books[book as usize].ladders[side];
            queue::leave(&mut self.nodes, &mut self.levels, ladder, slot);
            self.nodes[slot].level = NIL;
            self.touch(book);
        } else if let Some(extra) = self.extras.get(node.extra)
            && extra.place == Place::Dark
        {
            let key = (extra.rank, self.arrivals[slot as usize], slot);
            self.books[book as usize].whole[side].remove(&key);
            self.touch(book);
        }
        if let Some(extra) = self.extra_mut(slot) {
            extra.place = Place::Moving;
        }
    }

    #[inline]
    pub(super) fn cancel_slot<S: CoupledSink>(
        &mut self,
        slot: u32,
        reason: VenueReason,
        sink: &mut S,
    ) {
        let cancelled = BookEvent::Cancelled {
            order_id: OrderId(self.nodes[slot].order_id),
            volume: Lots::new(self.whole_open(slot)),
            reason,
        };
        let span = self.span_of(self.book_of(slot));
        tell(self.zone(slot), span, cancelled, sink);
        self.end(slot);
    }

    /// Ends `slot`: takes it out of where it stands and forgets it.
    #[inline]
    pub(super) fn end(&mut self, slot: u32) {
        let node = self.nodes[slot];
        if node.level == NIL || self.may_wait(slot) {
            return self.end_special(slot);
        }
        let book = self.book_of(slot);
        let ladder = &mut self.books[book as usize].ladders[node.side_index()];
        queue::leave(&mut self.nodes, &mut self.levels, ladder, slot);
        self.touch(book);
        self.forget(slot, node.order_id);
    }

    #[inline]
    fn forget(&mut self, slot: u32, order_id: u64) {
        let home = self.index.home(order_id);
        self.index.remove(home, order_id, slot);
        self.nodes.remove(slot);
    }

    #[inline(never)]
    fn end_special(&mut self, slot: u32) {
        self.leave(slot);
        if self.may_wait(slot) {
            let arrival = self.wait_key(slot);
            self.stop_waiting(arrival);
        }
        let node = self.nodes[slot];
        self.extras.give_up(node.extra);
        self.forget(slot, node.order_id);
    }

    /// The first displayed order of `side` in `book` whose zone is in `reach`, no worse than `bound`.
    #[inline]
    pub(super) fn first(
        &mut self,
        book: u32,
        side: usize,
        reach: Zones,
        bound: i64,
    ) -> Option<u32> {
        let ladder = &self.books[book as usize].ladders[side];
        if ladder.best_rank > bound {
            return None;
        }
        let found = self.in_level(ladder.best, reach);
        found.or_else(|| self.search(book, side, reach, bound))
    }

    /// As [`CoupledBooks::first`], where the best level has none.
    fn search(&mut self, book: u32, side: usize, reach: Zones, bound: i64) -> Option<u32> {
        self.begin_views();
        let zones = self.config.zones;
        let at = &mut self.books[book as usize];
        let start = at.hints[side].begin(reach, zones, at.ladders[side].best_rank);
        if start > bound {
            return None;
        }
        let (mut rank, mut level) = self.books[book as usize].ladders[side].at_or_after(start);
        let mut found = None;
        while rank <= bound {
            found = self.in_level(level, reach);
            if found.is_some() {
                break;
            }
            (rank, level) = self.books[book as usize].ladders[side].next(rank);
        }
        if rank > start {
            self.books[book as usize].hints[side].raise(reach, rank);
        }
        found
    }

    /// The first order of `level` whose zone is in `reach`.
    #[inline]
    pub(super) fn in_level(&mut self, level: u32, reach: Zones) -> Option<u32> {
        if !self.may_have(level, reach) {
            return None;
        }
        let mut seen: Zones = 0;
        let mut slot = self.levels[level].head;
        while slot != NIL {
            let here = 1 << self.zone(slot);
            if reach & here != 0 {
                return Some(slot);
            }
            seen |= here;
            slot = self.nodes[slot].next;
        }
        if let Some(zones) = self.level_zones.get_mut(level as usize) {
            *zones = seen;
        }
        None
    }

    /// Whether `level` may have orders of zones in `reach`.
    #[inline]
    pub(super) fn may_have(&self, level: u32, reach: Zones) -> bool {
        let zones = self.level_zones.get(level as usize);
        zones.is_none_or(|zones| zones & reach != 0)
    }

    /// From now on zones are noted by level: before the first order that does not reach another there is
    /// nothing to find with them.
    fn begin_views(&mut self) {
        if self.level_zones.is_empty() {
            self.level_zones.resize(self.levels.len(), !0);
        }
    }

    pub(super) fn resting(&self, slot: u32) -> RestingOrder {
        let node = &self.nodes[slot];
        let is_displayed = node.level != NIL;
        let rank = if is_displayed {
            self.levels[node.level].rank
        } else {
            self.extra(slot).map_or(NO_RANK, |extra| extra.rank)
        };
        let side = node.side_index();
        RestingOrder {
            order_id: OrderId(node.order_id),
            trading_book: TradingBookId(node.trading_book),
            side: node.side(),
            price: (rank != NO_RANK).then(|| Ticks::new(rank::ticks(rank, side))),
            displayed: Lots::new(if is_displayed { node.open } else { 0 }),
            open: Lots::new(self.whole_open(slot)),
            filled: Lots::new(node.filled),
        }
    }
}
