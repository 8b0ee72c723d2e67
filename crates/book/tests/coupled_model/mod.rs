//! Coupled books, plainly: one list of orders, every simple path tried, everything looked at after
//! every command, trials on a copy of all, nothing remembered.

use std::collections::BTreeMap;
use std::ops::Range;

use wattbook_book::{
    Amend, BasketLeg, BookEvent, BookFill, CoupledConfig, CoupledEvent, Display, Lifetime,
    LinkState, NewOrder, Pricing, Quantity, Span,
};
use wattbook_domain::id::TradeId;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

/// Where an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stands {
    /// It has come and may be about to trade.
    Coming,
    /// In its queue, for all to see.
    Displayed,
    /// All or none, or of a basket: it waits.
    Waiting,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: OrderId,
    pub(crate) zone: usize,
    pub(crate) span: Span,
    pub(crate) side: Side,
    pub(crate) price: i64,
    pub(crate) shown: i64,
    pub(crate) reserve: i64,
    pub(crate) filled: i64,
    slice: Option<i64>,
    is_whole: bool,
    /// Arrival of the first order of its basket.
    basket: Option<u64>,
    pub(crate) stands: Stands,
    pub(crate) arrival: u64,
    /// When it joined its queue.
    joined: u64,
}

impl Entry {
    fn open(&self) -> i64 {
        self.shown + self.reserve
    }

    /// The lower, the better.
    fn rank(&self) -> i64 {
        match self.side {
            Side::Buy => -self.price,
            Side::Sell => self.price,
        }
    }

    /// Price, then displayed first, then time.
    fn priority(&self) -> (i64, bool, u64) {
        let time = if self.is_whole {
            self.arrival
        } else {
            self.joined
        };
        (self.rank(), self.is_whole, time)
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Border {
    pub(crate) zones: [usize; 2],
    /// By market time unit.
    capacity: Vec<[i64; 2]>,
    flow: Vec<i64>,
    /// By contract.
    allocates: Vec<bool>,
}

impl Border {
    fn room(&self, period: usize, direction: usize) -> i64 {
        let flow = [self.flow[period], -self.flow[period]][direction];
        (self.capacity[period][direction] - flow).max(0)
    }

    pub(crate) fn state(&self, period: usize) -> LinkState {
        LinkState {
            zones: self.zones,
            capacity: self.capacity[period].map(Lots::new),
            flow: Lots::new(self.flow[period]),
            room: [0, 1].map(|direction| Lots::new(self.room(period, direction))),
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    pub(crate) config: CoupledConfig,
    pub(crate) orders: Vec<Entry>,
    pub(crate) borders: Vec<Border>,
    pub(crate) events: Vec<CoupledEvent>,
    closed: Vec<(usize, usize)>,
    /// By arrival of an order that waits: what it saw when it last looked.
    seen: BTreeMap<u64, Vec<Entry>>,
    arrivals: u64,
    joins: u64,
    trades: u64,
}

impl Model {
    pub(crate) fn new(config: &CoupledConfig) -> Self {
        let borders = config.links.iter().map(|link| Border {
            zones: link.zones,
            capacity: vec![link.capacity.map(Lots::count); config.periods],
            flow: vec![0; config.periods],
            allocates: vec![true; config.contracts.len()],
        });
        Self {
            config: config.clone(),
            orders: Vec::new(),
            borders: borders.collect(),
            events: Vec::new(),
            closed: Vec::new(),
            seen: BTreeMap::new(),
            arrivals: 0,
            joins: 0,
            trades: 0,
        }
    }

    fn contracts(span: Span) -> Range<usize> {
        usize::from(span.first)..usize::from(span.first + span.count)
    }

    fn periods(&self, span: Span) -> Range<usize> {
        let contracts = &self.config.contracts[Self::contracts(span)];
        let last = contracts.last().unwrap();
        usize::from(contracts[0].first)..usize::from(last.first + last.periods)
    }

    fn tell(&mut self, zone: usize, span: Span, event: BookEvent) {
        self.events.push(CoupledEvent::Order { zone, span, event });
    }

    fn tell_of(&mut self, at: usize, event: BookEvent) {
        self.tell(self.orders[at].zone, self.orders[at].span, event);
    }

    fn at(&self, id: OrderId) -> Option<usize> {
        self.orders.iter().position(|order| order.id == id)
    }

    pub(crate) fn submit(&mut self, zone: usize, span: Span, order: &NewOrder) {
        if let Some(reason) = self.refusal(zone, span, order) {
            let order_id = order.order_id;
            return self.tell(zone, span, BookEvent::Rejected { order_id, reason });
        }
        self.accept(zone, span, order);
        self.admit(zone, span, order, None);
        self.enter(order.order_id, order.lifetime);
        self.settle();
    }

    fn accept(&mut self, zone: usize, span: Span, order: &NewOrder) {
        let accepted = BookEvent::Accepted {
            order_id: order.order_id,
            side: order.side,
            volume: order.volume,
        };
        self.tell(zone, span, accepted);
    }

    fn admit(&mut self, zone: usize, span: Span, order: &NewOrder, basket: Option<u64>) {
        let Pricing::Limit(limit) = order.pricing else {
            panic!("the model takes limit orders");
        };
        self.arrivals += 1;
        self.orders.push(Entry {
            id: order.order_id,
            zone,
            span,
            side: order.side,
            price: limit.count(),
            shown: order.volume.count(),
            reserve: 0,
            filled: 0,
            slice: match order.terms.display {
                Display::Iceberg(slice) => Some(slice.count()),
                _ => None,
            },
            is_whole: order.terms.quantity == Quantity::AllOrNone,
            basket,
            stands: Stands::Coming,
            arrival: self.arrivals,
            joined: 0,
        });
    }

    fn refusal(&self, zone: usize, span: Span, order: &NewOrder) -> Option<VenueReason> {
        let Pricing::Limit(limit) = order.pricing else {
            panic!("the model takes limit orders");
        };
        let limits = self.config.price_limits;
        let is_closed = |contract| self.closed.contains(&(zone, contract));
        let has_slice = match order.terms.display {
            Display::Iceberg(slice) => slice.count() > 0,
            _ => true,
        };
        if Self::contracts(span).any(is_closed) {
            Some(VenueReason::GateClosed)
        } else if self.at(order.order_id).is_some() || order.volume.count() < 1 || !has_slice {
            Some(VenueReason::InvalidTerms)
        } else if limits.is_some_and(|(low, high)| limit < low || limit > high) {
            Some(VenueReason::OutsideCollar)
        } else {
            None
        }
    }

    fn enter(&mut self, id: OrderId, lifetime: Lifetime) {
        let at = self.at(id).unwrap();
        let mut trial = self.clone();
        trial.take(id);
        let order = &self.orders[at];
        let is_whole = order.is_whole || lifetime == Lifetime::FillOrKill;
        if !is_whole || trial.orders[trial.at(id).unwrap()].open() == 0 {
            *self = trial;
        }
        let at = self.at(id).unwrap();
        let order = self.orders[at].clone();
        if order.open() == 0 {
            self.orders.remove(at);
        } else if lifetime != Lifetime::GoodForSession {
            self.end(at, VenueReason::Unfilled);
        } else if order.is_whole {
            self.orders[at].stands = Stands::Waiting;
        } else {
            self.join(at);
            let rested = BookEvent::Rested {
                order_id: id,
                side: order.side,
                price: Ticks::new(order.price),
                volume: Lots::new(self.orders[at].shown),
            };
            self.tell_of(at, rested);
        }
    }

    /// Puts an order at the end of its queue.
    fn join(&mut self, at: usize) {
        self.joins += 1;
        let joins = self.joins;
        let order = &mut self.orders[at];
        let open = order.open();
        order.shown = order.slice.map_or(open, |slice| slice.min(open));
        order.reserve = open - order.shown;
        order.joined = joins;
        order.stands = Stands::Displayed;
    }

    fn replenish(&mut self, at: usize) {
        self.join(at);
        let replenished = BookEvent::Replenished {
            order_id: self.orders[at].id,
            volume: Lots::new(self.orders[at].shown),
        };
        self.tell_of(at, replenished);
    }

    /// Trades the order with everyone it may meet, as far as it goes.
    fn take(&mut self, id: OrderId) {
        loop {
            let at = self.at(id).unwrap();
            let taker = self.orders[at].clone();
            if taker.open() == 0 {
                return;
            }
            let within = |order: &Entry| match taker.side {
                Side::Buy => order.price <= taker.price,
                Side::Sell => order.price >= taker.price,
            };
            let equal = self.counterpart(&taker, taker.span, true);
            let equal = equal.filter(|at| within(&self.orders[*at]));
            let parts = self.parts(&taker);
            let count = i64::from(taker.span.count);
            let sum = |parts: &Vec<usize>| -> i64 {
                parts.iter().map(|at| self.orders[*at].rank()).sum()
            };
            let limit = match taker.side {
                Side::Buy => taker.price,
                Side::Sell => -taker.price,
            };
            let parts = parts.filter(|parts| sum(parts) <= limit * count);
            match (equal, parts) {
                (Some(equal), parts)
                    if parts
                        .as_ref()
                        .is_none_or(|parts| self.orders[equal].rank() * count <= sum(parts)) =>
                {
                    self.meet(equal, id);
                }
                (_, Some(parts)) => self.meet_parts(&parts, id),
                _ => return,
            }
        }
    }

    /// The first order of `span` that `taker` can trade with, whatever its price.
    fn counterpart(&self, taker: &Entry, span: Span, with_whole: bool) -> Option<usize> {
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
    fn carries(&self, taker: &Entry, maker: &Entry) -> bool {
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
    fn parts(&self, taker: &Entry) -> Option<Vec<usize>> {
        if !self.config.rules.implied_matching || !taker.span.is_block() {
            return None;
        }
        let spans = Self::contracts(taker.span).map(|contract| Span::of(contract as u16));
        spans
            .map(|span| self.counterpart(taker, span, false))
            .collect()
    }

    /// One trade with an equal, or all trades with an all-or-none order.
    fn meet(&mut self, maker: usize, taker: OrderId) {
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

    fn meet_parts(&mut self, parts: &[usize], taker: OrderId) {
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

    fn trade(
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

    fn flow(&mut self, path: &[usize], span: Span, volume: i64) {
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
    fn stir(&mut self, periods: Range<usize>) {
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
    fn sight(&self, ids: &[OrderId]) -> Vec<Entry> {
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

    fn border(&self, from: usize, to: usize) -> Option<(usize, usize)> {
        (0..self.borders.len()).find_map(|at| {
            let [one, other] = self.borders[at].zones;
            if (one, other) == (from, to) {
                Some((at, 0))
            } else if (other, one) == (from, to) {
                Some((at, 1))
            } else {
                None
            }
        })
    }

    /// What can flow in every market time unit of `span`, if all its contracts may use the border.
    fn room(&self, from: usize, to: usize, span: Span) -> i64 {
        let Some((at, direction)) = self.border(from, to) else {
            return 0;
        };
        let border = &self.borders[at];
        if !Self::contracts(span).all(|contract| border.allocates[contract]) {
            return 0;
        }
        let rooms = self
            .periods(span)
            .map(|period| border.room(period, direction));
        rooms.min().unwrap()
    }

    fn room_along(&self, path: &[usize], span: Span) -> i64 {
        let rooms = path.windows(2).map(|hop| self.room(hop[0], hop[1], span));
        rooms.min().unwrap_or(i64::MAX)
    }

    /// The zones of the path from seller to buyer: of all simple paths with room between `taker` and an
    /// order in `other` the shortest, of equally short ones the first by zones from the taker's on.
    fn path(&self, taker: &Entry, other: usize, span: Span) -> Option<Vec<usize>> {
        let mut paths = Vec::new();
        self.extend(&mut vec![taker.zone], taker.side, other, span, &mut paths);
        let mut path = paths
            .into_iter()
            .min_by_key(|path| (path.len(), path.clone()))?;
        if taker.side == Side::Buy {
            path.reverse();
        }
        Some(path)
    }

    fn extend(
        &self,
        path: &mut Vec<usize>,
        side: Side,
        goal: usize,
        span: Span,
        paths: &mut Vec<Vec<usize>>,
    ) {
        let at = *path.last().unwrap();
        if at == goal {
            return paths.push(path.clone());
        }
        for next in 0..self.config.zones {
            let room = match side {
                Side::Buy => self.room(next, at, span),
                Side::Sell => self.room(at, next, span),
            };
            if room > 0 && !path.contains(&next) {
                path.push(next);
                self.extend(path, side, goal, span, paths);
                path.pop();
            }
        }
    }

    /// Everything that can happen now, whether anything changed or not.
    fn settle(&mut self) {
        while self.uncross() || self.wake() {}
    }

    fn uncross(&mut self) -> bool {
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

    fn conclude(&mut self, id: OrderId) {
        let at = self.at(id).unwrap();
        if self.orders[at].open() == 0 {
            self.orders.remove(at);
        } else if self.orders[at].shown == 0 {
            self.replenish(at);
        }
    }

    /// The first bid of `span` that can meet an offer, and the offer.
    fn crossed(&self, span: Span) -> Option<(usize, usize)> {
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
    fn wake(&mut self) -> bool {
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

    fn legs(&self, arrival: u64) -> Vec<OrderId> {
        let mut legs: Vec<&Entry> = self.orders.iter().collect();
        legs.retain(|order| order.basket == Some(arrival));
        legs.sort_by_key(|order| order.arrival);
        legs.into_iter().map(|order| order.id).collect()
    }

    pub(crate) fn submit_basket(&mut self, legs: &[BasketLeg]) {
        let mut is_refused = false;
        let span = |leg: &BasketLeg| Span::of(leg.contract as u16);
        let refusals: Vec<Option<VenueReason>> = legs
            .iter()
            .map(|leg| self.refusal(leg.zone, span(leg), &leg.order))
            .collect();
        for (leg, refusal) in legs.iter().zip(&refusals) {
            match *refusal {
                None => self.accept(leg.zone, span(leg), &leg.order),
                Some(reason) => {
                    is_refused = true;
                    let order_id = leg.order.order_id;
                    let rejected = BookEvent::Rejected { order_id, reason };
                    self.tell(leg.zone, span(leg), rejected);
                }
            }
        }
        let reason = VenueReason::LinkedUnfilled;
        if is_refused {
            for (leg, _) in legs.iter().zip(&refusals).filter(|(_, no)| no.is_none()) {
                let cancelled = BookEvent::Cancelled {
                    order_id: leg.order.order_id,
                    volume: leg.order.volume,
                    reason,
                };
                self.tell(leg.zone, span(leg), cancelled);
            }
            return;
        }
        let basket = self.arrivals + 1;
        for leg in legs {
            self.admit(leg.zone, span(leg), &leg.order, Some(basket));
        }
        let mut trial = self.clone();
        let ids = legs.iter().map(|leg| leg.order.order_id);
        let ids: Vec<OrderId> = ids.collect();
        for id in &ids {
            trial.take(*id);
        }
        let is_done = |id: &OrderId| trial.orders[trial.at(*id).unwrap()].open() == 0;
        if ids.iter().all(is_done) {
            *self = trial;
            self.orders.retain(|order| !ids.contains(&order.id));
        } else if legs[0].order.lifetime == Lifetime::GoodForSession {
            for id in &ids {
                let at = self.at(*id).unwrap();
                self.orders[at].stands = Stands::Waiting;
            }
        } else {
            for id in &ids {
                self.end(self.at(*id).unwrap(), reason);
            }
        }
        self.settle();
    }

    pub(crate) fn amend(&mut self, amend: &Amend) {
        let order_id = amend.order_id;
        let Some(at) = self.at(order_id) else {
            return self.events.push(CoupledEvent::Unknown { order_id });
        };
        let order = self.orders[at].clone();
        let total = amend
            .volume
            .map_or(order.open() + order.filled, Lots::count);
        let price = amend.price.map_or(order.price, Ticks::count);
        let limits = self.config.price_limits;
        let is_outside =
            limits.is_some_and(|(low, high)| price < low.count() || price > high.count());
        if order.basket.is_some() || total <= order.filled || amend.trigger.is_some() {
            let reason = VenueReason::InvalidTerms;
            return self.tell_of(at, BookEvent::AmendRejected { order_id, reason });
        }
        if is_outside && price != order.price {
            let reason = VenueReason::OutsideCollar;
            return self.tell_of(at, BookEvent::AmendRejected { order_id, reason });
        }
        let growth = total - order.filled - order.open();
        let rules = self.config.rules.amend;
        let keeps = price == order.price
            && (growth == 0
                || (growth < 0 && rules.decrease_keeps_priority)
                || (growth > 0 && rules.increase_keeps_priority));
        let entry = &mut self.orders[at];
        if keeps {
            let hidden = if growth < 0 {
                growth.max(-entry.reserve)
            } else if entry.slice.is_some() {
                growth
            } else {
                0
            };
            entry.reserve += hidden;
            entry.shown += growth - hidden;
        } else {
            self.arrivals += 1;
            entry.arrival = self.arrivals;
            entry.shown += growth + entry.reserve;
            entry.reserve = 0;
            entry.price = price;
            entry.stands = Stands::Coming;
        }
        let is_displayed = entry.stands == Stands::Displayed;
        let displayed = if is_displayed { entry.shown } else { 0 };
        let amended = BookEvent::Amended {
            order_id,
            volume: Lots::new(total),
            displayed: Lots::new(displayed),
            keeps_priority: keeps,
        };
        self.tell_of(at, amended);
        if !keeps {
            self.enter(order_id, Lifetime::GoodForSession);
        }
        self.settle();
    }

    pub(crate) fn cancel(&mut self, order_id: OrderId) {
        if self.at(order_id).is_none() {
            return self.events.push(CoupledEvent::Unknown { order_id });
        }
        self.end_with_basket(order_id, VenueReason::Requested);
        self.settle();
    }

    fn end_with_basket(&mut self, id: OrderId, reason: VenueReason) {
        let Some(at) = self.at(id) else {
            return;
        };
        let ids = match self.orders[at].basket {
            Some(basket) => self.legs(basket),
            None => vec![id],
        };
        for id in ids {
            self.end(self.at(id).unwrap(), reason);
        }
    }

    fn end(&mut self, at: usize, reason: VenueReason) {
        let order = self.orders.remove(at);
        let cancelled = BookEvent::Cancelled {
            order_id: order.id,
            volume: Lots::new(order.open()),
            reason,
        };
        self.tell(order.zone, order.span, cancelled);
    }

    pub(crate) fn set_capacity(
        &mut self,
        at: usize,
        direction: usize,
        periods: Range<usize>,
        capacity: i64,
    ) {
        let border = &mut self.borders[at];
        let mut is_new = false;
        for period in periods.clone() {
            let place = &mut border.capacity[period][direction];
            is_new |= std::mem::replace(place, capacity) != capacity;
        }
        if is_new {
            self.stir(periods.clone());
            let border = &self.borders[at];
            let changed = CoupledEvent::CapacityChanged {
                from: border.zones[direction],
                to: border.zones[1 - direction],
                first_period: periods.start,
                periods: periods.len(),
                capacity: Lots::new(capacity),
            };
            self.events.push(changed);
        }
        self.settle();
    }

    pub(crate) fn set_allocating(&mut self, border: usize, contract: usize, allocates: bool) {
        let border = &mut self.borders[border];
        let zones = border.zones;
        if std::mem::replace(&mut border.allocates[contract], allocates) != allocates {
            self.stir(self.periods(Span::of(contract as u16)));
            let changed = CoupledEvent::AllocationChanged {
                zones,
                contract,
                is_allocating: allocates,
            };
            self.events.push(changed);
        }
        self.settle();
    }

    pub(crate) fn close_gate(&mut self, zone: usize, contract: usize) {
        if self.closed.contains(&(zone, contract)) {
            return;
        }
        self.closed.push((zone, contract));
        let is_here =
            |order: &&Entry| order.zone == zone && Self::contracts(order.span).contains(&contract);
        let here = self.orders.iter().filter(is_here);
        let mut ids: Vec<OrderId> = here.map(|order| order.id).collect();
        ids.sort();
        for id in ids {
            self.end_with_basket(id, VenueReason::GateClosed);
        }
        self.tell(zone, Span::of(contract as u16), BookEvent::GateClosed);
        self.settle();
    }

    /// What an endless order against `side` in `zone` would trade of what is displayed: price, volume,
    /// orders.
    pub(crate) fn view(&self, zone: usize, span: Span, side: Side) -> Vec<(i64, i64, u32)> {
        let (taker_side, price) = match side {
            Side::Buy => (Side::Sell, i64::MIN / 1_000),
            Side::Sell => (Side::Buy, i64::MAX / 1_000),
        };
        let mut model = self.clone();
        model.events.clear();
        model.config.rules.implied_matching = false;
        model
            .orders
            .retain(|order| order.stands == Stands::Displayed);
        model.orders.iter_mut().for_each(|order| order.reserve = 0);
        let id = OrderId(u64::MAX);
        let volume = Lots::new(i64::MAX / 2);
        let endless = NewOrder::limit(id, taker_side, Ticks::new(price), volume);
        model.admit(zone, span, &endless, None);
        model.take(id);
        let mut view: Vec<(i64, i64, u32)> = Vec::new();
        let mut seen = Vec::new();
        for event in &model.events {
            let CoupledEvent::Filled { fill, .. } = event else {
                continue;
            };
            let price = fill.price.count();
            if view.last().is_none_or(|level| level.0 != price) {
                view.push((price, 0, 0));
            }
            let level = view.last_mut().unwrap();
            level.1 += fill.volume.count();
            if !seen.contains(&fill.maker) {
                seen.push(fill.maker);
                level.2 += 1;
            }
        }
        view
    }

    /// The orders of `side` for `span` in `zone`: displayed, then all or none, in priority order.
    pub(crate) fn queue(
        &self,
        zone: usize,
        span: Span,
        side: Side,
    ) -> Vec<(OrderId, i64, i64, i64)> {
        let is_here = |order: &&Entry| {
            order.zone == zone && order.side == side && order.span == span && order.basket.is_none()
        };
        let mut orders: Vec<&Entry> = self.orders.iter().filter(is_here).collect();
        orders.sort_by_key(|order| (order.is_whole, order.priority()));
        let displayed = |order: &Entry| if order.is_whole { 0 } else { order.shown };
        let line = |order: &Entry| (order.id, order.price, displayed(order), order.open());
        orders.into_iter().map(line).collect()
    }
}
