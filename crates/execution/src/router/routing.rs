//! Spreads orders over places and follows their slices.

use std::collections::BTreeMap;

use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::decision::{Decision, Kind, Score, Why};
use super::place::{Learned, Place, PlaceTerms};

/// The number of a routed order, from 0.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RouteNo(pub u32);

/// The number of a slice, from 0, of all orders together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SliceNo(pub u32);

/// What is to be routed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteOrder {
    /// Buy or sell.
    pub side: Side,
    /// How much; above zero.
    pub volume: Volume,
    /// No slice trades beyond it, fees not counted.
    pub limit: Price,
    /// Whether what nobody takes rests; else it is stated as left over.
    pub rests: bool,
}

/// How the router weighs and waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouterCare {
    /// What a unit that is not filled costs, in currency per price unit: chance of a miss × this is added to
    /// the price.
    pub miss_cost: Price,
    /// What a millisecond of waiting costs, for each unit.
    pub latency_cost: Price,
    /// After a reject nothing goes to the place before this, in ns; doubled by each that follows.
    pub shut_ns: i64,
    /// Attempts of an order after which what is left is stated.
    pub attempts: u32,
}

impl Default for RouterCare {
    fn default() -> Self {
        Self {
            miss_cost: Price::ZERO,
            latency_cost: Price::ZERO,
            shut_ns: 1_000_000_000,
            attempts: 8,
        }
    }
}

/// An order for a place.
#[derive(Debug, Clone, PartialEq)]
pub struct Slice {
    /// Its number.
    pub slice: SliceNo,
    /// Of which order.
    pub route: RouteNo,
    /// Where it goes.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Limit, on the tick of the place.
    pub price: Price,
    /// How much, on the lot of the place.
    pub volume: Volume,
    /// Why.
    pub decision: Decision,
}

/// What became of a slice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SliceReport {
    /// The venue has it.
    Accepted,
    /// Some of it traded.
    Filled {
        /// How much, in volume units.
        volume: Volume,
    },
    /// Refused, by the gate or by the venue.
    Rejected,
    /// It has left the book.
    Ended,
}

/// What a call of the router brings.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Place this.
    Place(Slice),
    /// Take this back: its place was halted, the rest goes elsewhere once it has ended.
    Cancel(SliceNo),
    /// So much of an order is left that no place takes within its limit.
    LeftOver {
        /// Which order.
        route: RouteNo,
        /// How much.
        volume: Volume,
    },
}

/// Where an order stands; the three add up to its volume unless a venue overfills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteProgress {
    /// Filled.
    pub filled: Volume,
    /// In slices that have not ended.
    pub open: Volume,
    /// Stated as left over.
    pub left_over: Volume,
}

#[derive(Debug, Clone, Copy)]
struct Route {
    order: RouteOrder,
    filled: Volume,
    open: Volume,
    left_over: Volume,
    attempts: u32,
}

#[derive(Debug, Clone, Copy)]
struct Live {
    route: RouteNo,
    place: usize,
    kind: Kind,
    volume: Volume,
    filled: Volume,
    /// Displayed when it was placed, within its price.
    displayed: Volume,
    since: Timestamp,
    is_answered: bool,
    is_cancelled: bool,
}

impl Live {
    fn open(&self) -> Volume {
        (self.volume - self.filled).max(Volume::ZERO)
    }
}

/// A level that could be taken, and what it costs.
#[derive(Debug, Clone, Copy)]
struct Offer {
    place: usize,
    price: Price,
    volume: Volume,
    cost: i64,
    tie: (i64, i64),
}

/// Routes orders over places.
#[derive(Debug, Clone, Default)]
pub struct Router {
    care: RouterCare,
    places: Vec<Place>,
    routes: Vec<Route>,
    live: BTreeMap<SliceNo, Live>,
    next: u32,
}

impl Router {
    /// A router over `places`; of several for one instrument the first counts.
    pub fn new(places: impl IntoIterator<Item = PlaceTerms>, care: RouterCare) -> Self {
        let mut this = Self {
            care,
            ..Self::default()
        };
        for terms in places {
            if this.find(terms.instrument).is_none() {
                this.places.push(Place::new(terms));
            }
        }
        this
    }

    fn find(&self, instrument: InstrumentId) -> Option<usize> {
        self.places
            .iter()
            .position(|place| place.terms.instrument == instrument)
    }

    /// What was learned of a place.
    #[must_use]
    pub fn learned(&self, instrument: InstrumentId) -> Option<Learned> {
        self.find(instrument).map(|at| self.places[at].learned)
    }

    /// Where an order stands.
    #[must_use]
    pub fn progress(&self, route: RouteNo) -> Option<RouteProgress> {
        self.routes
            .get(route.0 as usize)
            .map(|route| RouteProgress {
                filled: route.filled,
                open: route.open,
                left_over: route.left_over,
            })
    }

    /// Takes the displayed levels of a side over, in any order; other instruments are left.
    pub fn set_levels(&mut self, instrument: InstrumentId, side: Side, levels: &[(Price, Volume)]) {
        if let Some(at) = self.find(instrument) {
            self.places[at].set_levels(side, levels);
        }
    }

    /// Takes over what the cross-zonal capacity lets be traded there; none for any.
    pub fn set_capacity(&mut self, instrument: InstrumentId, side: Side, most: Option<Volume>) {
        if let Some(at) = self.find(instrument) {
            self.places[at].set_capacity(side, most);
        }
    }

    /// Takes over at which price the running call would clear.
    pub fn set_indicative(&mut self, instrument: InstrumentId, price: Option<Price>) {
        if let Some(at) = self.find(instrument) {
            self.places[at].indicative = price;
        }
    }

    /// Takes over that `volume` was found beyond what was displayed, as by trades of others.
    pub fn learn_hidden(&mut self, instrument: InstrumentId, volume: Volume) {
        if let Some(at) = self.find(instrument) {
            self.places[at].learn_hidden(volume);
        }
    }

    /// Takes a phase over: what rests at a place that halts or closes is taken back and goes elsewhere.
    pub fn set_phase(&mut self, instrument: InstrumentId, phase: Phase, out: &mut Vec<Outcome>) {
        let Some(at) = self.find(instrument) else {
            return;
        };
        self.places[at].phase = phase;
        if !matches!(phase, Phase::Halted | Phase::Closed) {
            return;
        }
        for (slice, live) in &mut self.live {
            if live.place == at && !live.is_cancelled {
                live.is_cancelled = true;
                out.push(Outcome::Cancel(*slice));
            }
        }
    }

    /// Routes an order. A volume of zero or below is left over at once.
    pub fn route(&mut self, now: Timestamp, order: RouteOrder, out: &mut Vec<Outcome>) -> RouteNo {
        let route = RouteNo(self.routes.len() as u32);
        self.routes.push(Route {
            order,
            filled: Volume::ZERO,
            open: Volume::ZERO,
            left_over: Volume::ZERO,
            attempts: 0,
        });
        self.spread(now, route, order.volume, false, out);
        route
    }

    /// Takes a report on a slice over; one on a slice that has ended counts if it is a fill.
    pub fn on_report(
        &mut self,
        now: Timestamp,
        slice: SliceNo,
        report: SliceReport,
        out: &mut Vec<Outcome>,
    ) {
        let Some(live) = self.live.get_mut(&slice) else {
            return;
        };
        let place = &mut self.places[live.place];
        if !live.is_answered {
            live.is_answered = true;
            place.learn_latency(now.nanos() - live.since.nanos());
        }
        let route = live.route;
        match report {
            SliceReport::Accepted => place.rejects = 0,
            SliceReport::Filled { volume } => {
                let volume = volume.max(Volume::ZERO);
                place.rejects = 0;
                let taken = volume.min(live.open());
                live.filled += volume;
                let side = self.routes[route.0 as usize].order.side;
                place.use_capacity(side, volume);
                let order = &mut self.routes[route.0 as usize];
                order.filled += volume;
                order.open -= taken;
                if live.filled >= live.volume {
                    self.end(now, slice, false, out);
                }
            }
            SliceReport::Rejected => self.end(now, slice, true, out),
            SliceReport::Ended => self.end(now, slice, false, out),
        }
    }

    /// A slice has ended: what it did is learned, what it left goes elsewhere.
    fn end(&mut self, now: Timestamp, slice: SliceNo, rejected: bool, out: &mut Vec<Outcome>) {
        let Some(live) = self.live.remove(&slice) else {
            return;
        };
        let left = live.open();
        self.routes[live.route.0 as usize].open -= left;
        let place = &mut self.places[live.place];
        if rejected {
            place.rejects += 1;
            let pause = self.care.shut_ns << (place.rejects - 1).min(10);
            place.shut_until = now.plus_nanos(pause);
        } else {
            match live.kind {
                Kind::Sweep => place.learn_fill(live.volume, live.filled),
                Kind::Ping => {
                    place.learn_hidden((live.filled - live.displayed).max(Volume::ZERO));
                }
                Kind::Rest | Kind::Auction => place.learn_rest(live.volume, live.filled),
            }
            if left > Volume::ZERO && live.kind != Kind::Rest {
                // What was displayed is gone; the feed has not told it yet.
                let side = self.routes[live.route.0 as usize].order.side;
                place.set_levels(side.opposite(), &[]);
            }
        }
        if left > Volume::ZERO {
            self.spread(now, live.route, left, true, out);
        }
    }

    /// Spreads `volume` of an order over the places that are open.
    fn spread(
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
        if self.routes[route.0 as usize].attempts <= self.care.attempts {
            left = self.join_auction(now, route, &order, left, out);
            left = self.sweep(now, route, &order, left, again, out);
            left = self.ping(now, route, &order, left, out);
            if order.rests {
                left = self.rest(now, route, &order, left, again, out);
            }
        }
        if left > Volume::ZERO {
            self.routes[route.0 as usize].left_over += left;
            let volume = left;
            out.push(Outcome::LeftOver { route, volume });
        }
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
    fn offers(&self, now: Timestamp, order: &RouteOrder) -> Vec<Offer> {
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
    fn scores(&self, now: Timestamp, side: Side, chosen: usize) -> Vec<Score> {
        let score = |at: usize| {
            let place = &self.places[at];
            let (price, displayed) = place.opposite(side).first().copied()?;
            Some(Score {
                instrument: place.terms.instrument,
                price,
                cost: Price::from_millionths(place.cost(side, price, true) + self.penalty(place)),
                displayed,
                fill_probability: place.learned.fill_probability,
                hidden: place.learned.hidden,
                latency_ns: place.learned.latency_ns,
            })
        };
        let others = (0..self.places.len())
            .filter(|at| *at != chosen && self.places[*at].is_open(now))
            .filter_map(score);
        score(chosen).into_iter().chain(others).collect()
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
        for (place, price, volume, why) in wanted {
            let decision = Decision {
                kind: Kind::Sweep,
                why,
                scores: self.scores(now, order.side, place),
            };
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
                scores: self.scores(now, order.side, at),
            };
            self.place(now, route, (at, price, volume, Volume::ZERO), decision, out);
        }
        left
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
        let mut left = volume;
        for at in order_of {
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
                scores: self.scores(now, order.side, at),
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
                scores: self.scores(now, order.side, at),
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
