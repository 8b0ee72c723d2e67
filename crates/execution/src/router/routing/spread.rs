//! Where the volume of an order goes: auction, sweep, ping, rest.

use std::collections::BTreeMap;

use wattbook_domain::{Price, Side, Timestamp, Volume};

use super::{Left, Live, Outcome, RouteNo, RouteOrder, Router, Slice, SliceNo};
use crate::router::decision::{Decision, Kind, Score, Why};
use crate::router::place::Place;

/// A level that could be taken, and what it costs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Offer {
    pub(super) place: usize,
    pub(super) price: Price,
    pub(super) volume: Volume,
    cost: i64,
    tie: (i64, i64),
}

impl Router {
    /// Spreads `volume` of an order over the places that are open.
    pub(super) fn spread(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        volume: Volume,
        again: bool,
        out: &mut Vec<Outcome>,
    ) {
        let order = self.routes[route.0 as usize].order;
        self.routes[route.0 as usize].attempts += 1;
        let mut left = volume.max(Volume::ZERO);
        let is_tried = self.routes[route.0 as usize].attempts > self.care.attempts;
        if !is_tried {
            left = self.join_auction(now, route, &order, left, out);
            left = self.sweep(now, route, &order, left, again, out);
            left = self.ping(now, route, &order, left, out);
            left = self.wait(now, route, order.side, left);
            if order.rests {
                left = self.rest(now, route, &order, left, again, out);
            }
        }
        if left > Volume::ZERO {
            self.routes[route.0 as usize].left_over += left;
            let why = if is_tried {
                Left::Attempts
            } else {
                Left::NoPlace
            };
            out.push(Outcome::LeftOver {
                route,
                volume: left,
                why,
                scores: self.scores(now, order.side, None),
            });
        }
    }

    /// Lets what is left wait where a feed of best prices has not told yet what comes after those taken.
    fn wait(&mut self, now: Timestamp, route: RouteNo, side: Side, left: Volume) -> Volume {
        let mut places = self.places.iter();
        let order = &mut self.routes[route.0 as usize];
        if left <= Volume::ZERO || !places.any(|place| place.may_show_more(side, now)) {
            return left;
        }
        let until = now.plus_nanos(self.care.wait_ns);
        if now >= *order.waits_until.get_or_insert(until) {
            return left;
        }
        order.waiting += left;
        Volume::ZERO
    }

    /// Whether a place shows something within the limit of `order`.
    pub(super) fn shows(&self, now: Timestamp, order: &RouteOrder) -> bool {
        let offers = self.offers(now, order);
        let mut lots = offers.iter().map(|offer| {
            let grids = self.places[offer.place].terms.grids;
            grids.on_lot(offer.volume)
        });
        lots.any(|volume| volume > Volume::ZERO)
    }

    /// What is on its way to a place, of all orders of a side.
    fn open_at(&self, place: usize, side: Side) -> Volume {
        let own = self.live.values().filter(|live| {
            live.place == place && self.routes[live.route.0 as usize].order.side == side
        });
        own.fold(Volume::ZERO, |sum, live| sum + live.open())
    }

    /// Expected misses and waiting, in 1e-6 of the currency per price unit.
    fn penalty(&self, place: &Place) -> i64 {
        let miss = (1.0 - place.learned.fill_probability) * self.care.miss_cost.millionths() as f64;
        let wait = place.learned.latency_ns / 1e6 * self.care.latency_cost.millionths() as f64;
        (miss + wait).round() as i64
    }

    /// Every level within the limit, the cheapest first.
    pub(super) fn offers(&self, now: Timestamp, order: &RouteOrder) -> Vec<Offer> {
        let within =
            |price: Price| (price.millionths() - order.limit.millionths()) * order.side.sign() <= 0;
        let mut offers = Vec::new();
        for (at, place) in self.places.iter().enumerate() {
            if !place.is_open(now) {
                continue;
            }
            let penalty = self.penalty(place);
            let learned = &place.learned;
            let levels = place.opposite(order.side).iter();
            for (price, volume) in levels.filter(|(price, _)| within(*price)) {
                offers.push(Offer {
                    place: at,
                    price: *price,
                    volume: *volume,
                    cost: place.cost(order.side, *price, true) + penalty,
                    tie: (
                        -(learned.fill_probability * 1e6) as i64,
                        learned.latency_ns as i64,
                    ),
                });
            }
        }
        offers.sort_by_key(|offer| (offer.cost, offer.tie, offer.place));
        offers
    }

    /// The places as they compare now, `chosen` first.
    fn scores(&self, now: Timestamp, side: Side, chosen: Option<usize>) -> Vec<Score> {
        let others = (0..self.places.len()).filter(|at| Some(*at) != chosen);
        let all = chosen.into_iter().chain(others);
        all.map(|at| self.places[at].score(side, now, self.penalty(&self.places[at])))
            .collect()
    }

    /// Takes what is displayed, one slice a place: its limit is the worst level that it reaches for.
    fn sweep(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        order: &RouteOrder,
        volume: Volume,
        again: bool,
        out: &mut Vec<Outcome>,
    ) -> Volume {
        let offers = self.offers(now, order);
        let mut left = volume;
        let mut wanted: Vec<(usize, Price, Volume, Why)> = Vec::new();
        let mut room: BTreeMap<usize, Volume> = BTreeMap::new();
        for (at, offer) in offers.iter().enumerate() {
            let place = &self.places[offer.place];
            let room = room
                .entry(offer.place)
                .or_insert_with(|| place.room(order.side, self.open_at(offer.place, order.side)));
            let volume = place.terms.grids.on_lot(offer.volume.min(left).min(*room));
            if volume <= Volume::ZERO {
                continue;
            }
            left -= volume;
            *room -= volume;
            let is_tie = offers
                .get(at + 1)
                .is_some_and(|next| next.cost == offer.cost);
            let why = match (again, is_tie) {
                (true, _) => Why::Rerouted,
                (false, true) => Why::Surer,
                (false, false) => Why::Cheapest,
            };
            match wanted.iter_mut().find(|(place, ..)| *place == offer.place) {
                Some((_, price, sum, _)) => {
                    *price = offer.price;
                    *sum += volume;
                }
                None => wanted.push((offer.place, offer.price, volume, why)),
            }
        }
        // All are compared as they were before the first of them was taken.
        let decisions: Vec<Decision> = wanted
            .iter()
            .map(|(place, _, _, why)| Decision {
                kind: Kind::Sweep,
                why: *why,
                scores: self.scores(now, order.side, Some(*place)),
            })
            .collect();
        for ((place, price, volume, _), decision) in wanted.into_iter().zip(decisions) {
            self.places[place].take(order.side, volume, order.limit);
            self.place(now, route, (place, price, volume, volume), decision, out);
        }
        left
    }

    /// Asks for what was found hidden before, at the limit of the order.
    fn ping(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        order: &RouteOrder,
        volume: Volume,
        out: &mut Vec<Outcome>,
    ) -> Volume {
        let mut left = volume;
        let mut order_of: Vec<usize> = (0..self.places.len()).collect();
        let hidden = |at: &usize| self.places[*at].learned.hidden;
        order_of.sort_by(|one, other| hidden(other).total_cmp(&hidden(one)));
        for at in order_of {
            let place = &self.places[at];
            let lot = place.terms.grids.lot;
            let expected = Volume::from_millionths((place.learned.hidden * 1e6) as i64);
            // Of several places only those that are not asked already.
            let is_asked = self
                .live
                .values()
                .any(|live| live.place == at && live.route == route);
            if expected < lot || !place.is_open(now) || is_asked {
                continue;
            }
            let room = place.room(order.side, self.open_at(at, order.side));
            let volume = place.terms.grids.on_lot(expected.min(left).min(room));
            if volume <= Volume::ZERO {
                continue;
            }
            left -= volume;
            let price = place.terms.grids.on_tick(order.side, order.limit);
            let decision = Decision {
                kind: Kind::Ping,
                why: Why::Hidden,
                scores: self.scores(now, order.side, Some(at)),
            };
            self.place(now, route, (at, price, volume, Volume::ZERO), decision, out);
        }
        left
    }

    /// The open places, the best to rest at first.
    pub(super) fn resting_order(&self, now: Timestamp) -> Vec<usize> {
        let value = |at: &usize| {
            let place = &self.places[*at];
            let miss = self.care.miss_cost.millionths() as f64;
            // What resting saves, and how likely it does; the cheapest first.
            let fee = place.terms.maker_fee.millionths() as f64;
            fee + (1.0 - place.learned.rest_probability) * miss
        };
        let mut order_of: Vec<usize> = (0..self.places.len())
            .filter(|at| self.places[*at].is_open(now))
            .collect();
        order_of.sort_by(|one, other| {
            let surer = |at: &usize| -self.places[*at].learned.rest_probability;
            value(one)
                .total_cmp(&value(other))
                .then(surer(one).total_cmp(&surer(other)))
        });
        order_of
    }

    /// Lets the rest wait where rebate and chance are best.
    fn rest(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        order: &RouteOrder,
        volume: Volume,
        again: bool,
        out: &mut Vec<Outcome>,
    ) -> Volume {
        let mut left = volume;
        for at in self.resting_order(now) {
            let place = &self.places[at];
            let room = place.room(order.side, self.open_at(at, order.side));
            let volume = place.terms.grids.on_lot(left.min(room));
            if volume <= Volume::ZERO {
                continue;
            }
            left -= volume;
            let best = place.own(order.side).unwrap_or(order.limit);
            let sign = order.side.sign();
            let price = if (best.millionths() - order.limit.millionths()) * sign > 0 {
                order.limit
            } else {
                best
            };
            let price = place.terms.grids.on_tick(order.side, price);
            let why = if again { Why::Rerouted } else { Why::Rebate };
            let decision = Decision {
                kind: Kind::Rest,
                why,
                scores: self.scores(now, order.side, Some(at)),
            };
            self.place(now, route, (at, price, volume, Volume::ZERO), decision, out);
        }
        left
    }

    /// Sends to a call what would cost more in the continuous market.
    fn join_auction(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        order: &RouteOrder,
        volume: Volume,
        out: &mut Vec<Outcome>,
    ) -> Volume {
        let mut left = volume;
        for at in 0..self.places.len() {
            let place = &self.places[at];
            let Some(price) = place.indicative.filter(|_| place.is_call(now)) else {
                continue;
            };
            let sign = order.side.sign();
            if (price.millionths() - order.limit.millionths()) * sign > 0 {
                continue;
            }
            let cost = place.cost(order.side, price, true);
            // What the continuous market gives for less is taken there.
            let offers = self.offers(now, order);
            let cheaper = offers.iter().filter(|offer| offer.cost <= cost);
            let elsewhere = cheaper.fold(Volume::ZERO, |sum, offer| sum + offer.volume);
            let room = place.room(order.side, self.open_at(at, order.side));
            let volume = place.terms.grids.on_lot((left - elsewhere).min(room));
            if volume <= Volume::ZERO {
                continue;
            }
            left -= volume;
            let price = place.terms.grids.on_tick(order.side, order.limit);
            let decision = Decision {
                kind: Kind::Auction,
                why: Why::Auction,
                scores: self.scores(now, order.side, Some(at)),
            };
            self.place(now, route, (at, price, volume, Volume::ZERO), decision, out);
        }
        left
    }

    fn place(
        &mut self,
        now: Timestamp,
        route: RouteNo,
        (place, price, volume, displayed): (usize, Price, Volume, Volume),
        decision: Decision,
        out: &mut Vec<Outcome>,
    ) {
        let slice = SliceNo(self.next);
        self.next += 1;
        self.live.insert(
            slice,
            Live {
                route,
                place,
                kind: decision.kind,
                volume,
                filled: Volume::ZERO,
                displayed,
                since: now,
                is_answered: false,
                is_cancelled: false,
            },
        );
        let order = &mut self.routes[route.0 as usize];
        order.open += volume;
        out.push(Outcome::Place(Slice {
            slice,
            route,
            instrument: self.places[place].terms.instrument,
            side: order.order.side,
            price,
            volume,
            decision,
        }));
    }
}
