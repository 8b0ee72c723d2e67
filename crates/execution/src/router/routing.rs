//! Spreads orders over places and follows their slices.

use std::collections::BTreeMap;

use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::decision::{Decision, Kind, Score};
use super::place::{Learned, Place, PlaceTerms};

mod forecast;
mod spread;

pub use forecast::RouteForecast;

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
    /// Attempts in a row without a fill after which what is left of an order is stated.
    pub attempts: u32,
    /// How long what is left waits for the next best price where a feed tells no other, in ns.
    pub wait_ns: i64,
}

impl Default for RouterCare {
    fn default() -> Self {
        Self {
            miss_cost: Price::ZERO,
            latency_cost: Price::ZERO,
            shut_ns: 1_000_000_000,
            attempts: 8,
            wait_ns: 1_000_000_000,
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

/// Why something of an order is left over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// No place takes it within the limit.
    NoPlace,
    /// Attempt after attempt brought nothing.
    Attempts,
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
        /// Why.
        why: Left,
        /// The places as they were then.
        scores: Vec<Score>,
    },
}

/// Where an order stands; the four add up to its volume unless a venue overfills.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RouteProgress {
    /// Filled.
    pub filled: Volume,
    /// In slices that have not ended.
    pub open: Volume,
    /// Waits for the next best prices of a feed that tells no others.
    pub waiting: Volume,
    /// Stated as left over.
    pub left_over: Volume,
}

#[derive(Debug, Clone, Copy)]
struct Route {
    order: RouteOrder,
    filled: Volume,
    open: Volume,
    waiting: Volume,
    /// What waits rests or is stated then: after the first wait, and after each fill since.
    waits_until: Option<Timestamp>,
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
                waiting: route.waiting,
                left_over: route.left_over,
            })
    }

    /// Takes all displayed levels of a side over, in any order; other instruments are left.
    pub fn set_levels(&mut self, instrument: InstrumentId, side: Side, levels: &[(Price, Volume)]) {
        if let Some(at) = self.find(instrument) {
            self.places[at].set_levels(side, levels, true);
        }
    }

    /// Takes the best level of a side over, of a feed that tells no others; a volume of zero for none.
    pub fn set_best(&mut self, instrument: InstrumentId, side: Side, best: (Price, Volume)) {
        if let Some(at) = self.find(instrument) {
            self.places[at].set_levels(side, &[best], false);
        }
    }

    /// Sends what waits to what is displayed by now; what has waited long enough rests or is stated.
    pub fn proceed(&mut self, now: Timestamp, out: &mut Vec<Outcome>) {
        for at in 0..self.routes.len() {
            let route = RouteNo(at as u32);
            let told = self.routes[at];
            let is_over = told.waits_until.is_some_and(|until| now >= until);
            let is_shown = || !self.is_asking(route) && self.shows(now, &told.order);
            if told.waiting > Volume::ZERO && (is_over || is_shown()) {
                self.routes[at].waiting = Volume::ZERO;
                self.spread(now, route, told.waiting, false, out);
            }
        }
    }

    /// When [`Self::proceed`] wants to be called though nothing is told.
    #[must_use]
    pub fn wake(&self) -> Option<Timestamp> {
        let waiting = self.routes.iter().filter(|it| it.waiting > Volume::ZERO);
        waiting.filter_map(|route| route.waits_until).min()
    }

    /// Whether a slice of `route` is taking: what it takes may still be displayed.
    fn is_asking(&self, route: RouteNo) -> bool {
        let mut own = self.live.values().filter(|live| live.route == route);
        own.any(|live| matches!(live.kind, Kind::Sweep | Kind::Ping))
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
            waiting: Volume::ZERO,
            waits_until: None,
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
                if volume > Volume::ZERO {
                    order.attempts = 0;
                    // What comes after what was taken has its own time to be told.
                    let until = now.plus_nanos(self.care.wait_ns);
                    order.waits_until = order.waits_until.map(|_| until);
                }
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
                place.miss(side);
            }
        }
        if left > Volume::ZERO {
            self.spread(now, live.route, left, true, out);
        }
    }
}
