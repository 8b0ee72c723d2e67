//! Coupled books match: best price, then oldest, wherever capacity reaches.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::DepthLevel;
use crate::coupled::CoupledBooks;
use crate::coupled_event::{CoupledEvent, CoupledSink};
use crate::coupled_network::Network;
use crate::event::BookFill;
use crate::ladder::NO_RANK;
use crate::node::NIL;
use crate::order::Lifetime;
use crate::rank;

impl CoupledBooks {
    /// Lets `slot`, which waits nowhere, trade, then rests or ends it.
    pub(crate) fn enter<S: CoupledSink>(
        &mut self,
        slot: u32,
        limit: i64,
        lifetime: Lifetime,
        sink: &mut S,
    ) {
        let node = self.nodes[slot];
        let bound = rank::bound(node.side_index(), Some(limit));
        let may_trade =
            lifetime != Lifetime::FillOrKill || self.fills_in_whole(slot, bound, node.open);
        if may_trade {
            while self.nodes[slot].open > 0 {
                let Some(maker) = self.counterpart(slot, bound) else {
                    break;
                };
                self.trade(maker, slot, sink);
            }
        }
        if self.nodes[slot].open == 0 {
            self.end(slot);
        } else if lifetime == Lifetime::GoodForSession {
            self.rest(slot, limit, sink);
        } else {
            self.cancel_slot(slot, VenueReason::Unfilled, sink);
        }
    }

    /// Trades orders at rest that can meet since a border changed: the best bid first, of equal ones
    /// the oldest, with the best offer that it reaches.
    ///
    /// What arriving orders net never calls for this. Let a trade from S to B open a way from Y to X:
    /// then there was a way from Y to B and one from S to X. If B arrived, it took the best offer that
    /// it saw, so Y asks no less than S, and X bids less than S asks, since both were at rest. If S
    /// arrived, X bids no more than B and Y asks more. Either way X and Y do not cross.
    pub(crate) fn uncross<S: CoupledSink>(&mut self, sink: &mut S) {
        while let Some((bid, ask)) = self.crossed() {
            let is_bid_older = self.origin(bid).arrival < self.origin(ask).arrival;
            let (maker, taker) = if is_bid_older { (bid, ask) } else { (ask, bid) };
            self.trade(maker, taker, sink);
            if self.nodes[taker].open == 0 {
                self.end(taker);
            }
        }
    }

    /// A bid and an offer at rest that can trade.
    fn crossed(&mut self) -> Option<(u32, u32)> {
        let best_of = |side: usize| {
            let best = self.best_ranks[side].iter().min();
            best.copied().filter(|rank| *rank != NO_RANK)
        };
        let (bid, ask) = (best_of(0)?, best_of(1)?);
        if ask > rank::bound(0, Some(rank::ticks(bid, 0))) {
            return None;
        }
        let heads = (0..self.ladders.len()).filter_map(|zone| self.head(zone, 0));
        let mut bids: Vec<(i64, u64, u32)> = heads.collect();
        bids.sort_unstable();
        bids.into_iter().find_map(|(rank, _, bid)| {
            let bound = rank::bound(0, Some(rank::ticks(rank, 0)));
            Some((bid, self.counterpart(bid, bound)?))
        })
    }

    /// The next order for `slot` that ranks no worse than `bound`.
    #[inline]
    fn counterpart(&mut self, slot: u32, bound: i64) -> Option<u32> {
        let side = self.nodes[slot].side_index();
        let reach = self.network.reach(self.zone(slot), side);
        let (mut best, mut best_arrival, mut found) = (bound, u64::MAX, None);
        for (zone, rank) in self.best_ranks[1 - side].iter().enumerate() {
            // Most zones end here, without a look at their orders.
            if *rank > best || reach >> zone & 1 == 0 {
                continue;
            }
            let head = self.levels[self.ladders[zone][1 - side].best].head;
            let arrival = self.origin(head).arrival;
            if *rank < best || arrival < best_arrival {
                (best, best_arrival, found) = (*rank, arrival, Some(head));
            }
        }
        found
    }

    /// The first order of `side` in `zone`, after its rank and arrival.
    fn head(&self, zone: usize, side: usize) -> Option<(i64, u64, u32)> {
        let ladder = &self.ladders[zone][side];
        (ladder.best != NIL).then(|| {
            let head = self.levels[ladder.best].head;
            (ladder.best_rank, self.origin(head).arrival, head)
        })
    }

    /// Trades `maker`, which rests, with `taker` over the shortest path with room, as much as fits;
    /// ends the maker when nothing is left of it.
    fn trade<S: CoupledSink>(&mut self, maker: u32, taker: u32, sink: &mut S) {
        let (maker_zone, taker_zone) = (self.zone(maker), self.zone(taker));
        let side = self.nodes[taker].side_index();
        let mut traded = self.nodes[maker].open.min(self.nodes[taker].open);
        let is_local = maker_zone == taker_zone;
        if !is_local {
            traded = traded.min(self.network.find_path(taker_zone, side, maker_zone));
        }
        self.take(maker, traded);
        self.take(taker, traded);
        self.trades += 1;
        let trade = TradeId(self.trades);
        let (resting, arriving) = (self.nodes[maker], self.nodes[taker]);
        let rank = self.levels[resting.level].rank;
        let fill = BookFill {
            trade,
            price: Ticks::new(rank::ticks(rank, 1 - side)),
            volume: Lots::new(traded),
            aggressor: Some(arriving.side()),
            maker: OrderId(resting.order_id),
            taker: OrderId(arriving.order_id),
            maker_open: Lots::new(resting.open),
            taker_open: Lots::new(arriving.open),
        };
        sink.on_event(&CoupledEvent::Filled {
            fill,
            maker_zone,
            taker_zone,
        });
        if resting.open == 0 {
            self.end(maker);
        }
        if is_local {
            return;
        }
        self.network.flow(traded);
        for (from, to) in self.network.path() {
            let volume = Lots::new(traded);
            sink.on_event(&CoupledEvent::Flowed {
                trade,
                from,
                to,
                volume,
            });
        }
    }

    /// Moves `traded` lots of `slot` from open to filled.
    fn take(&mut self, slot: u32, traded: i64) {
        let node = &mut self.nodes[slot];
        node.open -= traded;
        node.filled += traded;
        if node.level != NIL {
            self.levels[node.level].volume -= traded;
        }
    }

    fn origin(&self, slot: u32) -> crate::coupled::Origin {
        self.origins[slot as usize]
    }

    /// Whether `slot` finds `volume` at ranks no worse than `bound`.
    fn fills_in_whole(&self, slot: u32, bound: i64, volume: i64) -> bool {
        let side = self.nodes[slot].side_index();
        let mut wanted = volume;
        let mut walk = Walk::new(self, self.zone(slot), side);
        while wanted > 0 {
            match walk.step(wanted) {
                Some(step) if step.rank <= bound => wanted -= step.volume,
                _ => return false,
            }
        }
        true
    }

    /// The first `levels` prices of `side` that an order in `zone` without limit would reach.
    pub(crate) fn view(&self, zone: usize, side: usize, levels: usize) -> Vec<DepthLevel> {
        let mut view: Vec<DepthLevel> = Vec::new();
        let mut walk = Walk::new(self, zone, 1 - side);
        while let Some(step) = walk.step(i64::MAX) {
            let price = Ticks::new(rank::ticks(step.rank, side));
            if view.last().is_none_or(|level| level.price != price) {
                if view.len() == levels {
                    break;
                }
                view.push(DepthLevel {
                    price,
                    volume: Lots::new(0),
                    orders: 0,
                });
            }
            if let Some(level) = view.last_mut() {
                level.volume = Lots::new(level.volume.count() + step.volume);
                level.orders += u32::from(step.is_first);
            }
        }
        view
    }
}

/// A dry run: an order goes through everything that it reaches, on a copy of the network.
struct Walk<'a> {
    books: &'a CoupledBooks,
    network: Network,
    zone: usize,
    side: usize,
    /// By zone: the order whose turn it is, or [`NIL`], and what is left of it.
    heads: Vec<(u32, i64)>,
}

/// A trade of a dry run.
struct Step {
    rank: i64,
    volume: i64,
    /// Whether it is the first of its maker.
    is_first: bool,
}

impl<'a> Walk<'a> {
    /// Of an order of `side` in `zone`.
    fn new(books: &'a CoupledBooks, zone: usize, side: usize) -> Self {
        let mut walk = Self {
            books,
            network: books.network.clone(),
            zone,
            side,
            heads: Vec::new(),
        };
        for ladders in &books.ladders {
            walk.heads.push(walk.level(ladders[1 - side].best));
        }
        walk
    }

    /// The first order of `level`, if there is one.
    fn level(&self, level: u32) -> (u32, i64) {
        if level == NIL {
            return (NIL, 0);
        }
        let head = self.books.levels[level].head;
        (head, self.books.nodes[head].open)
    }

    /// The next trade, of at most `wanted`, as [`CoupledBooks::trade`] would do it.
    fn step(&mut self, wanted: i64) -> Option<Step> {
        let reach = self.network.reach(self.zone, self.side);
        let maker_zone = (0..self.heads.len())
            .filter(|zone| reach >> zone & 1 == 1 && self.heads[*zone].0 != NIL)
            .min_by_key(|zone| self.priority(self.heads[*zone].0))?;
        let (slot, left) = self.heads[maker_zone];
        let mut volume = left.min(wanted);
        if maker_zone != self.zone {
            let room = self.network.find_path(self.zone, self.side, maker_zone);
            volume = volume.min(room);
            self.network.flow(volume);
        }
        let step = Step {
            rank: self.priority(slot).0,
            volume,
            is_first: left == self.books.nodes[slot].open,
        };
        self.heads[maker_zone].1 -= volume;
        if volume == left {
            self.heads[maker_zone] = self.after(maker_zone, slot);
        }
        Some(step)
    }

    fn priority(&self, slot: u32) -> (i64, u64) {
        let level = self.books.nodes[slot].level;
        (
            self.books.levels[level].rank,
            self.books.origin(slot).arrival,
        )
    }

    /// The order of `zone` that follows `slot`.
    fn after(&self, zone: usize, slot: u32) -> (u32, i64) {
        let next = self.books.nodes[slot].next;
        if next != NIL {
            return (next, self.books.nodes[next].open);
        }
        let (_, level) = self.books.ladders[zone][1 - self.side].next(self.priority(slot).0);
        self.level(level)
    }
}
