//! Who meets whom, and what a trade does.

use std::ops::Range;

use wattbook_book::{BookFill, CoupledEvent, Span};
use wattbook_domain::id::TradeId;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

use super::{Border, Entry, Model, Stands};

impl Model {
    /// The first order of `span` that `taker` can trade with, whatever its price.
    pub(super) fn counterpart(&self, taker: &Entry, span: Span, with_whole: bool) -> Option<usize> {
        let can = |at: &usize| {
            let order = &self.orders[*at];
            let stands = match order.stands {
                Stands::Displayed => true,
                Stands::Waiting => order.is_whole && order.basket.is_none() && with_whole,
                Stands::Coming => false,
            };
            stands
                && order.span == span
                && order.side != taker.side
                && self.path(taker, order.zone, span).is_some()
                && (!order.is_whole || self.carries(taker, order))
        };
        let mut found: Vec<usize> = (0..self.orders.len()).filter(can).collect();
        found.sort_by_key(|at| self.orders[*at].priority());
        found.first().copied()
    }

    /// Whether `taker` wants all of `maker`, and paths carry it.
    pub(super) fn carries(&self, taker: &Entry, maker: &Entry) -> bool {
        if maker.open() > taker.open() {
            return false;
        }
        let mut trial = self.clone();
        let mut left = maker.open();
        while left > 0 {
            let Some(path) = trial.path(taker, maker.zone, maker.span) else {
                return false;
            };
            let volume = left.min(trial.room_along(&path, maker.span));
            trial.flow(&path, maker.span, volume);
            left -= volume;
        }
        true
    }

    /// For a block where that is implied: the first displayed order of each of its contracts.
    pub(super) fn parts(&self, taker: &Entry) -> Option<Vec<usize>> {
        if !self.config.rules.implied_matching || !taker.span.is_block() {
            return None;
        }
        let spans = Self::contracts(taker.span).map(|contract| Span::of(contract as u16));
        spans
            .map(|span| self.counterpart(taker, span, false))
            .collect()
    }

    /// One trade with an equal, or all trades with an all-or-none order.
    pub(super) fn meet(&mut self, maker: usize, taker: OrderId) {
        let maker = self.orders[maker].clone();
        loop {
            let at = self.at(taker).unwrap();
            let open = self.orders[at].open();
            let path = self.path(&self.orders[at], maker.zone, maker.span).unwrap();
            let Some(now) = self.at(maker.id) else {
                return;
            };
            let volume = self.orders[now].shown.min(open);
            let volume = volume.min(self.room_along(&path, maker.span));
            self.trade(maker.id, taker, &path, volume, open - volume);
            if !maker.is_whole || self.at(maker.id).is_none() {
                return;
            }
        }
    }

    pub(super) fn meet_parts(&mut self, parts: &[usize], taker: OrderId) {
        let at = self.at(taker).unwrap();
        let open = self.orders[at].open();
        let mut volume = open;
        let mut paths = Vec::new();
        for part in parts {
            let maker = &self.orders[*part];
            let path = self.path(&self.orders[at], maker.zone, maker.span).unwrap();
            volume = volume
                .min(maker.shown)
                .min(self.room_along(&path, maker.span));
            paths.push((maker.id, path));
        }
        for (maker, path) in paths {
            self.trade(maker, taker, &path, volume, open - volume);
        }
    }

    pub(super) fn trade(
        &mut self,
        maker: OrderId,
        taker: OrderId,
        path: &[usize],
        volume: i64,
        taker_open: i64,
    ) {
        let (maker_at, taker_at) = (self.at(maker).unwrap(), self.at(taker).unwrap());
        let (maker_zone, taker_zone) = (self.orders[maker_at].zone, self.orders[taker_at].zone);
        let span = self.orders[maker_at].span;
        self.orders[maker_at].shown -= volume;
        self.orders[maker_at].filled += volume;
        let entry = &mut self.orders[taker_at];
        let traded = entry.open() - taker_open;
        entry.shown -= traded;
        entry.filled += traded;
        self.trades += 1;
        let trade = TradeId(self.trades);
        self.events.push(CoupledEvent::Filled {
            span,
            fill: BookFill {
                trade,
                price: Ticks::new(self.orders[maker_at].price),
                volume: Lots::new(volume),
                aggressor: Some(self.orders[taker_at].side),
                maker,
                taker,
                maker_open: Lots::new(self.orders[maker_at].open()),
                taker_open: Lots::new(taker_open),
            },
            maker_zone,
            taker_zone,
        });
        for hop in path.windows(2) {
            self.events.push(CoupledEvent::Flowed {
                trade,
                from: hop[0],
                to: hop[1],
                volume: Lots::new(volume),
            });
        }
        self.flow(path, span, volume);
        if self.orders[maker_at].open() == 0 {
            self.orders.remove(maker_at);
        } else if self.orders[maker_at].shown == 0 {
            self.replenish(maker_at);
        }
    }

    pub(super) fn flow(&mut self, path: &[usize], span: Span, volume: i64) {
        for hop in path.windows(2) {
            let (border, direction) = self.border(hop[0], hop[1]).unwrap();
            for period in self.periods(span) {
                let rooms =
                    |border: &Border| [0, 1].map(|direction| border.room(period, direction));
                let before = rooms(&self.borders[border]);
                self.borders[border].flow[period] += [volume, -volume][direction];
                let after = rooms(&self.borders[border]);
                if (0..2).any(|direction| before[direction] == 0 && after[direction] > 0) {
                    self.stir(period..period + 1);
                }
            }
        }
    }

    /// Orders that wait and deliver in `periods` shall look again.
    pub(super) fn stir(&mut self, periods: Range<usize>) {
        let seen = std::mem::take(&mut self.seen);
        let is_elsewhere = |arrival: &u64| {
            let waits = |order: &&Entry| order.basket.unwrap_or(order.arrival) == *arrival;
            let mut own = self
                .orders
                .iter()
                .filter(waits)
                .map(|order| self.periods(order.span));
            !own.any(|own| own.start < periods.end && periods.start < own.end)
        };
        let kept = seen
            .into_iter()
            .filter(|(arrival, _)| is_elsewhere(arrival));
        self.seen = kept.collect();
    }

    /// What an order that waits looks at: the orders for what it or its basket delivers, and of a block
    /// where that is implied for its contracts.
    pub(super) fn sight(&self, ids: &[OrderId]) -> Vec<Entry> {
        let own = ids.iter().map(|id| self.orders[self.at(*id).unwrap()].span);
        let own: Vec<Span> = own.collect();
        let is_looked_at = |order: &&Entry| {
            let is_part = |span: &Span| {
                self.config.rules.implied_matching
                    && span.is_block()
                    && order.span.count == 1
                    && Self::contracts(*span).contains(&usize::from(order.span.first))
            };
            order.basket.is_none() && own.iter().any(|span| order.span == *span || is_part(span))
        };
        self.orders.iter().filter(is_looked_at).cloned().collect()
    }

    /// Everything that can happen now, whether anything changed or not.
    pub(super) fn settle(&mut self) {
        while self.uncross() || self.wake() {}
    }

    pub(super) fn uncross(&mut self) -> bool {
        let mut spans: Vec<Span> = self.orders.iter().map(|order| order.span).collect();
        spans.sort();
        spans.dedup();
        let Some((bid, ask)) = spans.into_iter().find_map(|span| self.crossed(span)) else {
            return false;
        };
        let is_bid_older = self.orders[bid].arrival < self.orders[ask].arrival;
        let (maker, taker) = if is_bid_older { (bid, ask) } else { (ask, bid) };
        let (maker, taker) = (self.orders[maker].clone(), self.orders[taker].clone());
        let path = self.path(&taker, maker.zone, maker.span).unwrap();
        let volume = maker.shown.min(taker.shown);
        let volume = volume.min(self.room_along(&path, maker.span));
        self.trade(maker.id, taker.id, &path, volume, taker.open() - volume);
        self.conclude(taker.id);
        true
    }

    pub(super) fn conclude(&mut self, id: OrderId) {
        let at = self.at(id).unwrap();
        if self.orders[at].open() == 0 {
            self.orders.remove(at);
        } else if self.orders[at].shown == 0 {
            self.replenish(at);
        }
    }

    /// The first bid of `span` that can meet an offer, and the offer.
    pub(super) fn crossed(&self, span: Span) -> Option<(usize, usize)> {
        let is_bid = |at: &usize| {
            let order = &self.orders[*at];
            order.side == Side::Buy && order.span == span && order.stands == Stands::Displayed
        };
        let mut bids: Vec<usize> = (0..self.orders.len()).filter(is_bid).collect();
        bids.sort_by_key(|at| self.orders[*at].priority());
        bids.into_iter().find_map(|bid| {
            let ask = self.counterpart(&self.orders[bid], span, false)?;
            (self.orders[ask].price <= self.orders[bid].price).then_some((bid, ask))
        })
    }

    /// Lets the oldest trade that waits and can; whether one did.
    pub(super) fn wake(&mut self) -> bool {
        let mut waiting: Vec<(u64, OrderId)> = Vec::new();
        for order in &self.orders {
            let looks_into_parts = self.config.rules.implied_matching && order.span.is_block();
            if order.stands == Stands::Waiting || looks_into_parts {
                waiting.push((order.basket.unwrap_or(order.arrival), order.id));
            }
        }
        waiting.sort();
        waiting.dedup_by_key(|(arrival, _)| *arrival);
        for (arrival, id) in waiting {
            let legs = self.legs(arrival);
            let ids = if legs.is_empty() { vec![id] } else { legs };
            let sight = self.sight(&ids);
            if self.seen.get(&arrival) == Some(&sight) {
                continue;
            }
            self.seen.insert(arrival, sight);
            let mut trial = self.clone();
            let is_whole = ids.len() > 1 || self.orders[self.at(id).unwrap()].is_whole;
            let mut can = true;
            for id in &ids {
                trial.take(*id);
                can &= !is_whole || trial.orders[trial.at(*id).unwrap()].open() == 0;
            }
            if can && trial.trades > self.trades {
                for id in ids {
                    trial.conclude(id);
                }
                *self = trial;
                self.seen.remove(&arrival);
                return true;
            }
        }
        false
    }
}
