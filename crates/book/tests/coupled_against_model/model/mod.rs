//! Coupled books, plainly: one list of orders, every simple path tried, everything looked at after
//! every command, trials on a copy of all, nothing remembered.

mod borders;
mod changes;
mod trade;
mod view;

use std::collections::BTreeMap;
use std::ops::Range;

use wattbook_book::{
    BookEvent, CoupledConfig, CoupledEvent, Display, Lifetime, LinkState, NewOrder, Pricing,
    Quantity, Span,
};
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
}
