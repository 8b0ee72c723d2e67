//! What follows a command: woken stops, pegs, undisplayed orders that can trade now, the top.

use wattbook_domain::Ticks;
use wattbook_domain::id::OrderId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::Peg;

use crate::book::{NO_PRICE, OrderBook};
use crate::event::{BookEvent, BookSink};
use crate::execute::Outcome;
use crate::extra::Place;
use crate::ladder::NO_RANK;
use crate::order::Pricing;
use crate::rank;
use crate::triggers;

impl OrderBook {
    /// Begins a command of the long path.
    pub(crate) fn begin(&mut self) {
        let reference = self.rest.config.reference.map(Ticks::count);
        self.rest.collar_reference = self.last_price().map(Ticks::count).or(reference);
        self.rest.halts = false;
    }

    /// Ends a command of the long path.
    pub(crate) fn finish<S: BookSink>(&mut self, sink: &mut S) {
        self.settle(sink);
        if self.rest.halts {
            self.rest.halts = false;
            self.enter_phase(Phase::Halted, sink);
        }
        if self.reports_top {
            self.report_top(sink);
        }
    }

    /// Lets everything happen that the command has made possible, one order at a time: woken stops
    /// first, then undisplayed orders, until nothing more can.
    pub(crate) fn settle<S: BookSink>(&mut self, sink: &mut S) {
        while self.rest.phase == Phase::Continuous && !self.rest.halts {
            if let Some(slot) = self.rest.pending.pop_front() {
                self.wake(slot, sink);
                continue;
            }
            self.reprice_pegs(sink);
            if !self.trade_undisplayed(sink) {
                break;
            }
        }
        self.refresh_switches();
    }

    /// Shows a trade to the stops that wait.
    pub(crate) fn watch_trade(&mut self, price: i64) {
        if !self.watches_trades {
            return;
        }
        for side in 0..2 {
            while let Some(slot) = self.rest.triggers.pop_due(side, price) {
                self.rest.trailing.retain(|other| *other != slot);
                self.await_turn(slot);
            }
        }
        for at in 0..self.rest.trailing.len() {
            self.pull_trigger(self.rest.trailing[at], price);
        }
    }

    /// Moves the trigger of a trailing stop closer when a trade at `price` allows it.
    fn pull_trigger(&mut self, slot: u32, price: i64) {
        let side = self.node(slot).side_index();
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        let Pricing::TrailingStop { distance, .. } = extra.order.pricing else {
            return;
        };
        let (old, sequence) = (extra.trigger, extra.sequence);
        let new = trailing_trigger(side, price, distance.count());
        // Closer to the market is the lower for buys and the higher for sells: the better rank of
        // the other side.
        let is_closer = |old| rank::rank(new, 1 - side) < rank::rank(old, 1 - side);
        if old.is_none_or(is_closer) {
            extra.trigger = Some(new);
            if let Some(old) = old {
                self.rest.triggers.remove(side, old, sequence, slot);
            }
            self.rest.triggers.insert(side, new, sequence, slot);
        }
    }

    /// Lets a stop whose trigger has traded wait for its turn.
    pub(crate) fn await_turn(&mut self, slot: u32) {
        if let Some(extra) = self.extra_mut(slot) {
            extra.place = Place::Pending;
        }
        self.rest.pending.push_back(slot);
    }

    /// Stores a stop, or lets it wait for its turn when the last trade has reached its trigger.
    pub(crate) fn store_stop(&mut self, slot: u32) {
        let side = self.node(slot).side_index();
        let last = (self.last != NO_PRICE).then_some(self.last);
        let is_continuous = self.rest.phase == Phase::Continuous;
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        let distance = match extra.order.pricing {
            Pricing::TrailingStop { distance, .. } => Some(distance.count()),
            _ => None,
        };
        if let (None, Some(distance), Some(last)) = (extra.trigger, distance, last) {
            extra.trigger = Some(trailing_trigger(side, last, distance));
        }
        let (trigger, sequence) = (extra.trigger, extra.sequence);
        extra.place = Place::Stop;
        let is_due = |(trigger, last)| triggers::is_due(side, trigger, last);
        if is_continuous && trigger.zip(last).is_some_and(is_due) {
            return self.await_turn(slot);
        }
        if let Some(trigger) = trigger {
            self.rest.triggers.insert(side, trigger, sequence, slot);
        }
        if distance.is_some() {
            let extras = &self.rest.extras;
            let nodes = &self.nodes;
            let before = |other: &u32| extras[nodes[*other].extra].sequence < sequence;
            let at = self.rest.trailing.partition_point(before);
            self.rest.trailing.insert(at, slot);
        }
        self.refresh_switches();
    }

    /// Lets a woken stop enter as the order that it has become.
    fn wake<S: BookSink>(&mut self, slot: u32, sink: &mut S) {
        sink.on_event(&BookEvent::Triggered {
            order_id: OrderId(self.node(slot).order_id),
        });
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        extra.place = Place::Moving;
        extra.order.pricing = match extra.order.pricing {
            Pricing::StopLimit { limit, .. } => Pricing::Limit(limit),
            _ => Pricing::Market,
        };
        let order = extra.order;
        self.enter_priced(slot, order.pricing, order.lifetime, sink);
    }

    /// Moves every pegged order to the price that the displayed best prices now give it.
    fn reprice_pegs<S: BookSink>(&mut self, sink: &mut S) {
        for at in 0..self.rest.pegs.len() {
            let slot = self.rest.pegs[at];
            let target = self.peg_price(slot);
            let side = self.node(slot).side_index();
            let rank = target.map_or(NO_RANK, |price| rank::rank(price, side));
            if self.extra(slot).is_some_and(|extra| extra.rank != rank) {
                self.lift(slot);
                self.rest_dark(slot, rank);
                sink.on_event(&BookEvent::Repriced {
                    order_id: OrderId(self.node(slot).order_id),
                    price: target.map(Ticks::new),
                });
            }
        }
    }

    /// The price of a pegged order now, in ticks, if it has one.
    fn peg_price(&self, slot: u32) -> Option<i64> {
        let side = self.node(slot).side_index();
        let Pricing::Pegged { peg, offset, limit } = self.extra(slot)?.order.pricing else {
            return None;
        };
        let best = |side: usize| {
            let best = self.ladders[side].best_rank;
            (best != NO_RANK).then(|| rank::ticks(best, side))
        };
        let followed = match peg {
            Peg::Primary => best(side)?,
            Peg::Market => best(1 - side)?,
            Peg::Midpoint => {
                let sum = best(0)? + best(1)?;
                // Away from the market: down for buys, up for sells.
                sum.div_euclid(2) + side as i64 * sum.rem_euclid(2)
            }
        };
        let wanted = rank::rank(followed + offset.count(), side);
        let worst = limit.map_or(wanted, |limit| rank::rank(limit.count(), side).max(wanted));
        let price = rank::ticks(worst, side);
        let (low, high) = self.price_limits;
        (low..=high).contains(&price).then_some(price)
    }

    /// Lets the first undisplayed order that can trade now trade; whether one did.
    fn trade_undisplayed<S: BookSink>(&mut self, sink: &mut S) -> bool {
        let Some((slot, rank)) = self.first_tradable() else {
            return false;
        };
        let side = self.node(slot).side_index();
        let reach = (!rank).min(self.collar_bound(1 - side));
        self.lift(slot);
        if self.execute(slot, reach, sink) == Outcome::Open {
            self.rest_order(slot, rank::ticks(rank, side), sink);
        }
        true
    }

    /// The undisplayed order with the lowest entry number that can trade now, and its rank.
    fn first_tradable(&self) -> Option<(u32, i64)> {
        let mut first: Option<(u64, u32, i64)> = None;
        for side in 0..2 {
            let opposite = 1 - side;
            let best = self.ladders[opposite]
                .best_rank
                .min(self.rest.dark[opposite].best_rank());
            if best == NO_RANK {
                continue;
            }
            // The rank of a price on the other side is its complement.
            for order in self.rest.dark[side].within(!best) {
                let reach = (!order.rank).min(self.collar_bound(opposite));
                if first.is_none_or(|(sequence, ..)| order.sequence < sequence)
                    && self.executable(order.slot, reach) >= self.need(order.slot)
                {
                    first = Some((order.sequence, order.slot, order.rank));
                }
            }
        }
        first.map(|(_, slot, rank)| (slot, rank))
    }

    /// Tells the top of the book if it has changed.
    pub(crate) fn report_top<S: BookSink>(&mut self, sink: &mut S) {
        let top = self.top();
        if top != self.rest.top {
            self.rest.top = top;
            sink.on_event(&BookEvent::TopChanged(top));
        }
    }
}

/// Where a trailing stop of `side` has its trigger after a trade at `price`.
pub(crate) fn trailing_trigger(side: usize, price: i64, distance: i64) -> i64 {
    if side == 0 {
        price + distance
    } else {
        price - distance
    }
}
