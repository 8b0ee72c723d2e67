//! Every simple path over borders with room, and what changes them.

use std::ops::Range;

use wattbook_book::{BookEvent, CoupledEvent, Span};
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId};

use super::{Entry, Model};

impl Model {
    pub(super) fn border(&self, from: usize, to: usize) -> Option<(usize, usize)> {
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
    pub(super) fn room(&self, from: usize, to: usize, span: Span) -> i64 {
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

    pub(super) fn room_along(&self, path: &[usize], span: Span) -> i64 {
        let rooms = path.windows(2).map(|hop| self.room(hop[0], hop[1], span));
        rooms.min().unwrap_or(i64::MAX)
    }

    /// The zones of the path from seller to buyer: of all simple paths with room between `taker` and an
    /// order in `other` the shortest, of equally short ones the first by zones from the taker's on.
    pub(super) fn path(&self, taker: &Entry, other: usize, span: Span) -> Option<Vec<usize>> {
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

    pub(super) fn extend(
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
}
