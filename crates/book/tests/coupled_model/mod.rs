//! Coupled books, plainly: one list of orders, every simple path tried, nothing remembered.

use wattbook_book::{
    BookEvent, BookFill, CoupledConfig, CoupledEvent, Lifetime, LinkState, NewOrder, Pricing,
};
use wattbook_domain::id::TradeId;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) id: OrderId,
    pub(crate) zone: usize,
    pub(crate) side: Side,
    pub(crate) price: i64,
    pub(crate) open: i64,
    pub(crate) arrival: u64,
}

#[derive(Debug, Clone)]
pub(crate) struct Border {
    pub(crate) zones: [usize; 2],
    pub(crate) capacity: [i64; 2],
    pub(crate) flow: i64,
    pub(crate) allocates: bool,
}

impl Border {
    fn room(&self, direction: usize) -> i64 {
        let flow = [self.flow, -self.flow][direction];
        if self.allocates {
            (self.capacity[direction] - flow).max(0)
        } else {
            0
        }
    }

    pub(crate) fn state(&self) -> LinkState {
        LinkState {
            zones: self.zones,
            capacity: self.capacity.map(Lots::new),
            flow: Lots::new(self.flow),
            room: [self.room(0), self.room(1)].map(Lots::new),
            is_allocating: self.allocates,
        }
    }
}

#[derive(Debug, Clone)]
pub(crate) struct Model {
    /// In order of arrival.
    pub(crate) orders: Vec<Entry>,
    pub(crate) borders: Vec<Border>,
    pub(crate) events: Vec<CoupledEvent>,
    zones: usize,
    closed: Vec<usize>,
    price_limits: (i64, i64),
    arrivals: u64,
    trades: u64,
}

impl Model {
    pub(crate) fn new(config: &CoupledConfig) -> Self {
        let borders = config.links.iter().map(|link| Border {
            zones: link.zones,
            capacity: link.capacity.map(Lots::count),
            flow: 0,
            allocates: true,
        });
        let widest = (-(1 << 60), 1 << 60);
        let limits = config.price_limits;
        Self {
            orders: Vec::new(),
            borders: borders.collect(),
            events: Vec::new(),
            zones: config.zones,
            closed: Vec::new(),
            price_limits: limits.map_or(widest, |(low, high)| (low.count(), high.count())),
            arrivals: 0,
            trades: 0,
        }
    }

    fn tell(&mut self, zone: usize, event: BookEvent) {
        self.events.push(CoupledEvent::Zone { zone, event });
    }

    pub(crate) fn submit(&mut self, zone: usize, order: &NewOrder) {
        let Pricing::Limit(limit) = order.pricing else {
            panic!("the model takes limit orders");
        };
        let (order_id, side, volume) = (order.order_id, order.side, order.volume);
        if let Some(reason) = self.refusal(zone, order_id, limit.count()) {
            return self.tell(zone, BookEvent::Rejected { order_id, reason });
        }
        let accepted = BookEvent::Accepted {
            order_id,
            side,
            volume,
        };
        self.tell(zone, accepted);
        self.arrivals += 1;
        let taker = Entry {
            id: order_id,
            zone,
            side,
            price: limit.count(),
            open: volume.count(),
            arrival: self.arrivals,
        };
        let is_killed = order.lifetime == Lifetime::FillOrKill
            && self.clone().take(&mut taker.clone()) < taker.open;
        self.enter(taker, order.lifetime, is_killed);
        self.uncross();
    }

    fn enter(&mut self, mut taker: Entry, lifetime: Lifetime, is_killed: bool) {
        if !is_killed {
            self.take(&mut taker);
        }
        let (zone, order_id, volume) = (taker.zone, taker.id, Lots::new(taker.open));
        if taker.open == 0 {
            return;
        }
        if lifetime == Lifetime::GoodForSession {
            let rested = BookEvent::Rested {
                order_id,
                side: taker.side,
                price: Ticks::new(taker.price),
                volume,
            };
            self.tell(zone, rested);
            self.orders.push(taker);
        } else {
            let reason = VenueReason::Unfilled;
            let cancelled = BookEvent::Cancelled {
                order_id,
                volume,
                reason,
            };
            self.tell(zone, cancelled);
        }
    }

    fn refusal(&self, zone: usize, id: OrderId, limit: i64) -> Option<VenueReason> {
        let (low, high) = self.price_limits;
        if self.closed.contains(&zone) {
            Some(VenueReason::GateClosed)
        } else if self.orders.iter().any(|order| order.id == id) {
            Some(VenueReason::InvalidTerms)
        } else if limit < low || limit > high {
            Some(VenueReason::OutsideCollar)
        } else {
            None
        }
    }

    /// Trades `taker` with whoever it may; how much.
    fn take(&mut self, taker: &mut Entry) -> i64 {
        let mut traded = 0;
        while taker.open > 0 {
            let Some(at) = self.counterpart(taker) else {
                break;
            };
            let mut maker = self.orders[at].clone();
            traded += self.trade(&mut maker, taker);
            self.orders[at] = maker;
            self.orders.retain(|order| order.open > 0);
        }
        traded
    }

    /// The best order, of equal ones the oldest, that `taker` can trade with.
    fn counterpart(&self, taker: &Entry) -> Option<usize> {
        let candidates = (0..self.orders.len()).filter(|at| {
            let order = &self.orders[*at];
            order.side != taker.side
                && match taker.side {
                    Side::Buy => order.price <= taker.price,
                    Side::Sell => order.price >= taker.price,
                }
                && self.path(taker.zone, taker.side, order.zone).is_some()
        });
        candidates.min_by_key(|at| {
            let order = &self.orders[*at];
            match taker.side {
                Side::Buy => (order.price, order.arrival),
                Side::Sell => (-order.price, order.arrival),
            }
        })
    }

    fn trade(&mut self, maker: &mut Entry, taker: &mut Entry) -> i64 {
        let path = self.path(taker.zone, taker.side, maker.zone).unwrap();
        let mut zones = path.clone();
        if taker.side == Side::Buy {
            zones.reverse();
        }
        let mut volume = maker.open.min(taker.open);
        for hop in zones.windows(2) {
            volume = volume.min(self.room(hop[0], hop[1]));
        }
        maker.open -= volume;
        taker.open -= volume;
        self.trades += 1;
        let trade = TradeId(self.trades);
        self.events.push(CoupledEvent::Filled {
            fill: BookFill {
                trade,
                price: Ticks::new(maker.price),
                volume: Lots::new(volume),
                aggressor: Some(taker.side),
                maker: maker.id,
                taker: taker.id,
                maker_open: Lots::new(maker.open),
                taker_open: Lots::new(taker.open),
            },
            maker_zone: maker.zone,
            taker_zone: taker.zone,
        });
        for hop in zones.windows(2) {
            let (from, to) = (hop[0], hop[1]);
            let (border, direction) = self.border(from, to).unwrap();
            self.borders[border].flow += [volume, -volume][direction];
            self.events.push(CoupledEvent::Flowed {
                trade,
                from,
                to,
                volume: Lots::new(volume),
            });
        }
        volume
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

    fn room(&self, from: usize, to: usize) -> i64 {
        let found = self.border(from, to);
        found.map_or(0, |(at, direction)| self.borders[at].room(direction))
    }

    /// The zones of the path from the order of `side` in `zone` to `other`: of all simple paths with
    /// room the shortest, of equally short ones the first by zones.
    fn path(&self, zone: usize, side: Side, other: usize) -> Option<Vec<usize>> {
        let mut paths = Vec::new();
        self.extend(&mut vec![zone], side, other, &mut paths);
        paths
            .into_iter()
            .min_by_key(|path| (path.len(), path.clone()))
    }

    fn extend(&self, path: &mut Vec<usize>, side: Side, goal: usize, paths: &mut Vec<Vec<usize>>) {
        let at = *path.last().unwrap();
        if at == goal {
            return paths.push(path.clone());
        }
        for next in 0..self.zones {
            let room = match side {
                Side::Buy => self.room(next, at),
                Side::Sell => self.room(at, next),
            };
            if room > 0 && !path.contains(&next) {
                path.push(next);
                self.extend(path, side, goal, paths);
                path.pop();
            }
        }
    }

    /// Looks for crossed orders after every command, whether anything opened or not.
    fn uncross(&mut self) {
        while let Some((bid, ask)) = self.crossed() {
            let (older, younger) = (bid.min(ask), bid.max(ask));
            let mut maker = self.orders[older].clone();
            let mut taker = self.orders[younger].clone();
            self.trade(&mut maker, &mut taker);
            self.orders[older] = maker;
            self.orders[younger] = taker;
            self.orders.retain(|order| order.open > 0);
        }
    }

    fn crossed(&self) -> Option<(usize, usize)> {
        let bids = (0..self.orders.len()).filter(|at| self.orders[*at].side == Side::Buy);
        let mut bids: Vec<usize> = bids.collect();
        bids.sort_by_key(|at| (-self.orders[*at].price, self.orders[*at].arrival));
        let meet = |bid: usize| Some((bid, self.counterpart(&self.orders[bid])?));
        bids.into_iter().find_map(meet)
    }

    pub(crate) fn cancel(&mut self, zone: usize, order_id: OrderId) {
        let found = |order: &Entry| order.id == order_id && order.zone == zone;
        let Some(at) = self.orders.iter().position(found) else {
            let reason = VenueReason::UnknownOrder;
            return self.tell(zone, BookEvent::CancelRejected { order_id, reason });
        };
        self.end(at, VenueReason::Requested);
    }

    fn end(&mut self, at: usize, reason: VenueReason) {
        let order = self.orders.remove(at);
        let cancelled = BookEvent::Cancelled {
            order_id: order.id,
            volume: Lots::new(order.open),
            reason,
        };
        self.tell(order.zone, cancelled);
    }

    pub(crate) fn set_capacity(&mut self, border: usize, direction: usize, capacity: i64) {
        let border = &mut self.borders[border];
        if std::mem::replace(&mut border.capacity[direction], capacity) != capacity {
            let (from, to) = (border.zones[direction], border.zones[1 - direction]);
            let capacity = Lots::new(capacity);
            let changed = CoupledEvent::CapacityChanged { from, to, capacity };
            self.events.push(changed);
        }
        self.uncross();
    }

    pub(crate) fn set_allocating(&mut self, border: usize, allocates: bool) {
        let border = &mut self.borders[border];
        if std::mem::replace(&mut border.allocates, allocates) != allocates {
            let changed = CoupledEvent::AllocationChanged {
                zones: border.zones,
                is_allocating: allocates,
            };
            self.events.push(changed);
        }
        self.uncross();
    }

    pub(crate) fn close_gate(&mut self, zone: usize) {
        if self.closed.contains(&zone) {
            return;
        }
        self.closed.push(zone);
        let here = self.orders.iter().filter(|order| order.zone == zone);
        let mut ids: Vec<OrderId> = here.map(|order| order.id).collect();
        ids.sort();
        for id in ids {
            let at = self.orders.iter().position(|order| order.id == id).unwrap();
            self.end(at, VenueReason::GateClosed);
        }
        self.tell(zone, BookEvent::GateClosed);
    }

    /// What an endless order against `side` in `zone` would trade: price, volume, orders.
    pub(crate) fn view(&self, zone: usize, side: Side) -> Vec<(i64, i64, u32)> {
        let (taker_side, price) = match side {
            Side::Buy => (Side::Sell, i64::MIN / 2),
            Side::Sell => (Side::Buy, i64::MAX / 2),
        };
        let mut model = self.clone();
        model.events.clear();
        model.take(&mut Entry {
            id: OrderId(u64::MAX),
            zone,
            side: taker_side,
            price,
            open: i64::MAX / 2,
            arrival: u64::MAX,
        });
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

    /// The orders of `side` in `zone` in priority order.
    pub(crate) fn queue(&self, zone: usize, side: Side) -> Vec<(OrderId, i64, i64)> {
        let here = |order: &&Entry| order.zone == zone && order.side == side;
        let mut orders: Vec<&Entry> = self.orders.iter().filter(here).collect();
        orders.sort_by_key(|order| match side {
            Side::Buy => (-order.price, order.arrival),
            Side::Sell => (order.price, order.arrival),
        });
        let line = |order: &Entry| (order.id, order.price, order.open);
        orders.into_iter().map(line).collect()
    }
}
