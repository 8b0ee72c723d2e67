//! What a command lets others do: orders at rest that can now meet trade, orders that wait look again.

use crate::coupled::config::Span;
use crate::coupled::event::CoupledSink;
use crate::coupled::network::set_of;
use crate::coupled::{Book, CoupledBooks};
use crate::ladder::NO_RANK;
use crate::node::NIL;
use crate::rank;

/// What is still to be looked at after a command; empty between commands.
#[derive(Debug, Clone, Default)]
pub(super) struct Due {
    /// Books where a border opened.
    crossed: Few<(Span, u32)>,
    /// Orders that wait and whose books have changed, by arrival.
    waiters: Few<u64>,
}

/// A set of few, whose memory is used again.
#[derive(Debug, Clone)]
struct Few<T> {
    /// In descending order.
    members: Vec<T>,
}

impl<T> Default for Few<T> {
    fn default() -> Self {
        let members = Vec::new();
        Self { members }
    }
}

impl<T: Ord + Copy> Few<T> {
    fn insert(&mut self, member: T) {
        let place = self.members.binary_search_by(|other| member.cmp(other));
        if let Err(place) = place {
            self.members.insert(place, member);
        }
    }

    fn remove(&mut self, member: T) {
        let place = self.members.binary_search_by(|other| member.cmp(other));
        if let Ok(place) = place {
            self.members.remove(place);
        }
    }

    fn first(&self) -> Option<T> {
        self.members.last().copied()
    }

    fn pop_first(&mut self) -> Option<T> {
        self.members.pop()
    }
}

impl CoupledBooks {
    /// Lets orders at rest trade that can since the command began. Again and again, the first contract
    /// with a bid and an offer that can meet trades them: the best bid, of equal ones the first in its
    /// queue, with the best offer that it reaches. Contracts come in their order and blocks after them.
    /// When there is none, the oldest order that waits and can trade does, as a taker. It looks when an
    /// order changed in a book that it looks into, and when there a border opened or was set: what it then
    /// does not find it will not find before one of these happens again, or could not be carried.
    ///
    /// An order that came to the book `own` of one contract never lets others of that book meet, unless
    /// all-or-none orders waited there; then there is no `own`. Let a trade from S to B open a way from Y to X: then there was a way from Y to B
    /// and one from S to X. If B arrived, it took the best offer that it saw, so Y asks no less than S,
    /// and X bids less than S asks, since both were at rest. If S arrived, X bids no more than B and Y
    /// asks more. Either way X and Y do not cross. And what an order cannot reach it will not reach
    /// after it has traded on its way.
    #[inline]
    pub(super) fn settle<S: CoupledSink>(&mut self, own: Option<u32>, sink: &mut S) {
        if self.is_stirred() {
            self.settle_all(own, sink);
        }
    }

    /// Whether a command changed anything that others may have waited for.
    #[inline]
    pub(super) fn is_stirred(&self) -> bool {
        self.network.opened | self.network.stirred != 0
            || !self.touched.is_empty()
            || !self.fresh.is_empty()
    }

    /// `book`, if it is one of which [`CoupledBooks::settle`] knows that an order which comes to it lets no
    /// others meet.
    pub(super) fn own(&self, book: u32) -> Option<u32> {
        let at = &self.books[book as usize];
        let has_whole = at.whole.iter().any(|side| !side.is_empty());
        (!at.span.is_block() && !has_whole).then_some(book)
    }

    #[inline(never)]
    pub(super) fn settle_all<S: CoupledSink>(&mut self, own: Option<u32>, sink: &mut S) {
        let mut due = std::mem::take(&mut self.due);
        self.gather(&mut due);
        if let Some(own) = own {
            due.crossed.remove((self.span_of(own), own));
        }
        loop {
            if let Some(first) = due.crossed.first() {
                if !self.uncross(first.1, sink) {
                    due.crossed.remove(first);
                }
            } else if let Some(arrival) = due.waiters.pop_first() {
                self.retry(arrival, sink);
            } else {
                break;
            }
            if self.is_stirred() {
                self.gather(&mut due);
            }
        }
        self.due = due;
    }

    /// Adds to `due` what changed since the last time.
    fn gather(&mut self, due: &mut Due) {
        let opened = std::mem::take(&mut self.network.opened);
        let stirred = std::mem::take(&mut self.network.stirred) | opened;
        let mut left = opened;
        while left != 0 {
            let period = left.trailing_zeros() as usize;
            left &= left - 1;
            for book in &self.covering[period] {
                if is_crossed(&self.books[*book as usize]) {
                    due.crossed.insert((self.span_of(*book), *book));
                }
            }
        }
        // Blocks that are all or none are not displayed.
        if opened != 0 && self.config.rules.blocks_in_parts {
            for (span, book) in &self.blocks {
                let at = &self.books[*book as usize];
                if set_of(&at.paths.periods) & opened != 0 && is_crossed(at) {
                    due.crossed.insert((*span, *book));
                }
            }
        }
        if stirred != 0 {
            for book in &self.ready {
                let at = &self.books[*book as usize];
                if set_of(&at.paths.periods) & stirred != 0 {
                    self.call(at, &mut due.waiters);
                }
            }
        }
        for arrival in self.fresh.drain(..) {
            due.waiters.insert(arrival);
        }
        let mut touched = std::mem::take(&mut self.touched);
        for book in touched.drain(..) {
            self.call(&self.books[book as usize], &mut due.waiters);
        }
        self.touched = touched;
    }

    /// Adds the orders that wait for something in `book` to `waiters`. Where no others than its own
    /// all-or-none orders do, those that would meet nobody even without borders stay away.
    fn call(&self, book: &Book, waiters: &mut Few<u64>) {
        let rules = self.config.rules;
        if rules.implied_matching || rules.baskets_rest {
            return book
                .watchers
                .iter()
                .for_each(|arrival| waiters.insert(*arrival));
        }
        let best = [book.best(0), book.best(1)];
        for side in 0..2 {
            let meets =
                |rank: i64| best[1 - side] <= rank::bound(side, Some(rank::ticks(rank, side)));
            let crossing = book.whole[side].iter().take_while(|key| meets(key.0));
            crossing.for_each(|key| waiters.insert(key.1));
        }
    }

    /// Notes that the gate of a contract between zones opened or shut.
    pub(super) fn gate_moved(&mut self, contract: usize, opened: bool) {
        let periods = set_of(&self.books[contract].paths.periods);
        self.network.stirred |= periods;
        if opened {
            self.network.opened |= periods;
        }
    }

    /// Trades one bid and one offer of `book` that are at rest and can meet; whether there were any.
    fn uncross<S: CoupledSink>(&mut self, book: u32, sink: &mut S) -> bool {
        let Some((bid, ask)) = self.crossed(book) else {
            return false;
        };
        let arrival = |slot: u32| self.arrivals[slot as usize];
        let is_bid_older = arrival(bid) < arrival(ask);
        let (maker, taker) = if is_bid_older { (bid, ask) } else { (ask, bid) };
        let side = self.nodes[taker].side_index();
        let volume = self.nodes[maker].open.min(self.nodes[taker].open);
        let taker_open = self.whole_open(taker);
        let walk = self.walk(book, self.zone(taker), side, i64::MIN);
        self.step(&walk, (maker, taker), volume, taker_open);
        self.carry_out(sink);
        self.conclude(taker, sink);
        true
    }

    /// Ends an order that has traded when it is done, or shows its next slice.
    #[inline]
    pub(super) fn conclude<S: CoupledSink>(&mut self, taker: u32, sink: &mut S) {
        if self.whole_open(taker) == 0 {
            self.end(taker);
        } else if self.nodes[taker].open == 0 {
            self.replenish(taker, sink);
        }
    }

    /// A bid and an offer at rest in `book` that can trade.
    fn crossed(&mut self, book: u32) -> Option<(u32, u32)> {
        let at = &self.books[book as usize];
        let best_ask = at.ladders[1].best_rank;
        if best_ask == NO_RANK {
            return None;
        }
        let worst = rank::bound(1, Some(rank::ticks(best_ask, 1)));
        // The first bid of a zone that meets nobody speaks for all later ones of it.
        let mut zones = at.hints[0].within(worst);
        let (mut rank, mut level) = (at.ladders[0].best_rank, at.ladders[0].best);
        while zones != 0 && rank <= worst {
            while let Some(bid) = self.in_level(level, zones) {
                let zone = self.zone(bid);
                let reach = self.reach(book, zone, 0);
                let bound = rank::bound(0, Some(rank::ticks(rank, 0)));
                if let Some(ask) = self.first(book, 1, reach, bound) {
                    return Some((bid, ask));
                }
                zones &= !(1 << zone);
            }
            (rank, level) = self.books[book as usize].ladders[0].next(rank);
        }
        None
    }

    /// Lets the orders that wait under `arrival` trade if they can.
    fn retry<S: CoupledSink>(&mut self, arrival: u64, sink: &mut S) {
        let Some(slots) = self.waiters.get(&arrival) else {
            return;
        };
        let is_basket = slots.len() > 1;
        let is_whole = |slot: u32| is_basket || self.is_whole(slot);
        if !slots
            .iter()
            .all(|slot| self.may_find(*slot, is_whole(*slot), is_basket))
        {
            return;
        }
        let slots = slots.clone();
        for slot in &slots {
            let (bound, open) = (self.bound_of(*slot), self.nodes[*slot].open);
            let is_whole = slots.len() > 1 || self.is_whole(*slot);
            if self.plan_for(*slot, bound, open) > 0 && is_whole {
                self.give_back();
                return;
            }
        }
        self.carry_out(sink);
        for slot in slots {
            self.conclude(slot, sink);
        }
    }

    /// Whether `slot` may find anything, or all of what it wants, were there no borders but those of its
    /// zone. Most that wait end here. The orders of a basket may open these to each other.
    fn may_find(&self, slot: u32, is_whole: bool, is_basket: bool) -> bool {
        let bound = self.bound_of(slot);
        let wanted = if is_whole { self.nodes[slot].open } else { 1 };
        let other = 1 - self.nodes[slot].side_index();
        let at = &self.books[self.book_of(slot) as usize];
        if at.ladders[other].best_rank <= bound {
            return true;
        }
        let within = at.whole[other].iter().take_while(|key| key.0 <= bound);
        let zone = self.zone(slot);
        let (mut here, mut beyond) = (0, 0);
        for key in within {
            let volume = self.nodes[key.2].open;
            // An order that wants less passes over what is all or none.
            if volume > self.nodes[slot].open {
                continue;
            }
            if is_basket || self.zone(key.2) == zone {
                here += volume;
            } else {
                beyond += volume;
            }
        }
        let may_pass = |volume| {
            let periods = &at.paths.periods;
            self.network.may_pass((zone, 1 - other), periods, volume)
        };
        (here + beyond >= wanted && may_pass(wanted - here)) || self.parts_may_meet(slot, bound)
    }

    /// Whether orders of `book` could meet, were there no borders; for those that look elsewhere too, always.
    fn may_meet(&self, book: u32) -> bool {
        let rules = self.config.rules;
        let at = &self.books[book as usize];
        let (bid, ask) = (at.best(0), at.best(1));
        rules.implied_matching
            || rules.baskets_rest
            || (bid != NO_RANK && ask <= rank::bound(0, Some(rank::ticks(bid, 0))))
    }

    /// Notes that orders which wait for something in `book` shall look again.
    #[inline]
    pub(super) fn touch(&mut self, book: u32) {
        if !self.books[book as usize].watchers.is_empty() {
            self.note_touch(book);
        }
    }

    fn note_touch(&mut self, book: u32) {
        if self.may_meet(book) {
            self.ready.insert(book);
            self.touched.push(book);
        } else {
            self.ready.remove(&book);
        }
    }

    /// The worst rank of the other side that an order takes which waits or rests.
    pub(super) fn bound_of(&self, slot: u32) -> i64 {
        let node = &self.nodes[slot];
        let side = node.side_index();
        let rank = match node.level {
            NIL => self.extra(slot).map_or(NO_RANK, |extra| extra.rank),
            level => self.levels[level].rank,
        };
        rank::bound(side, Some(rank::ticks(rank, side)))
    }

    /// Lets the orders of `slots`, which came as `arrival`, look again whenever their books change.
    pub(super) fn wait(&mut self, arrival: u64, slots: Vec<u32>) {
        for book in self.looks_into(&slots) {
            self.books[book as usize].watchers.insert(arrival);
            if self.may_meet(book) {
                self.ready.insert(book);
            }
        }
        self.fresh.push(arrival);
        self.waiters.insert(arrival, slots);
    }

    pub(super) fn stop_waiting(&mut self, arrival: u64) {
        let Some(slots) = self.waiters.remove(&arrival) else {
            return;
        };
        for book in self.looks_into(&slots) {
            let watchers = &mut self.books[book as usize].watchers;
            watchers.remove(&arrival);
            if watchers.is_empty() {
                self.ready.remove(&book);
            }
        }
    }

    /// The books that the orders of `slots` look into.
    fn looks_into(&self, slots: &[u32]) -> Vec<u32> {
        let mut books = Vec::new();
        for slot in slots {
            let book = self.book_of(*slot);
            books.push(book);
            let span = self.span_of(book);
            if self.config.rules.implied_matching && span.is_block() {
                books.extend(span.contracts().map(|contract| contract as u32));
            }
        }
        books
    }

    /// Whether `slot` may wait for others: plain orders do only where blocks match their parts.
    #[inline]
    pub(super) fn may_wait(&self, slot: u32) -> bool {
        self.nodes[slot].extra != NIL || self.config.rules.implied_matching
    }

    /// Under which number `slot` waits if it does: of a basket that of its first order.
    pub(super) fn wait_key(&self, slot: u32) -> u64 {
        let own = self.arrivals[slot as usize];
        self.extra(slot).map_or(own, |extra| extra.sequence)
    }
}

impl Book {
    /// The best rank of `side`, all-or-none orders included.
    fn best(&self, side: usize) -> i64 {
        let whole = self.whole[side].first().map_or(NO_RANK, |key| key.0);
        whole.min(self.ladders[side].best_rank)
    }
}

fn is_crossed(book: &Book) -> bool {
    let [bids, asks] = &book.ladders;
    bids.best != NIL
        && asks.best != NIL
        && asks.best_rank <= rank::bound(0, Some(rank::ticks(bids.best_rank, 0)))
}
