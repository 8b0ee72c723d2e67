//! What a router knows of a place.

use wattbook_domain::market::Phase;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};

use super::decision::{BestLevel, PlaceState, Score};
use crate::algorithms::Grids;

/// How fast what is learned is forgotten: the weight of the newest observation.
const NEWEST: f64 = 0.1;

/// An instrument at a venue that an order may go to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PlaceTerms {
    /// The instrument there.
    pub instrument: InstrumentId,
    /// Steps of its prices and volumes.
    pub grids: Grids,
    /// Paid for each unit that takes, in currency per price unit; below zero for a rebate.
    pub taker_fee: Price,
    /// Paid for each unit that rests; below zero for a rebate.
    pub maker_fee: Price,
    /// Time of an order to the venue, until one has been measured, in ns.
    pub latency_ns: i64,
}

/// What was learned of a place from own orders.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Learned {
    /// Share of what was asked for within the displayed volume that was filled.
    pub fill_probability: f64,
    /// Volume that a ping has found beyond what was displayed, in volume units.
    pub hidden: f64,
    /// Share of a resting slice that was filled.
    pub rest_probability: f64,
    /// From order to answer, in ns.
    pub latency_ns: f64,
}

/// A place with its market.
#[derive(Debug, Clone)]
pub(super) struct Place {
    pub(super) terms: PlaceTerms,
    pub(super) learned: Learned,
    bids: Vec<(Price, Volume)>,
    asks: Vec<(Price, Volume)>,
    /// Whether all levels of bids and asks are told, or the best alone.
    tells_depth: [bool; 2],
    /// Whether the level told of bids and asks was taken and the next was not told yet.
    is_next_unknown: [bool; 2],
    pub(super) phase: Phase,
    /// Price at which the running call would clear, if the venue tells it.
    pub(super) indicative: Option<Price>,
    /// What the cross-zonal capacity still lets through, bought and sold.
    capacity: [Option<Volume>; 2],
    /// Nothing goes there before this.
    pub(super) shut_until: Timestamp,
    pub(super) rejects: u32,
}

const fn index(side: Side) -> usize {
    match side {
        Side::Buy => 0,
        Side::Sell => 1,
    }
}

impl Place {
    pub(super) fn new(terms: PlaceTerms) -> Self {
        Self {
            terms,
            learned: Learned {
                fill_probability: 1.0,
                hidden: 0.0,
                rest_probability: 0.5,
                latency_ns: terms.latency_ns.max(0) as f64,
            },
            bids: Vec::new(),
            asks: Vec::new(),
            tells_depth: [true; 2],
            is_next_unknown: [false; 2],
            phase: Phase::Continuous,
            indicative: None,
            capacity: [None; 2],
            shut_until: Timestamp::MIN,
            rejects: 0,
        }
    }

    /// Takes the levels of a side over: all of them, or the best alone of a feed that tells no others.
    pub(super) fn set_levels(&mut self, side: Side, levels: &[(Price, Volume)], tells_depth: bool) {
        self.tells_depth[index(side)] = tells_depth;
        self.is_next_unknown[index(side)] = false;
        let kept = match side {
            Side::Buy => &mut self.bids,
            Side::Sell => &mut self.asks,
        };
        kept.clear();
        kept.extend(levels.iter().filter(|(_, volume)| *volume > Volume::ZERO));
        // The best first, whatever the order that the feed gave them in.
        kept.sort_by_key(|(price, _)| price.millionths() * -side.sign());
    }

    /// An order of `side` takes `volume` of what is displayed, the best first, until the feed tells anew.
    pub(super) fn take(&mut self, side: Side, volume: Volume, limit: Price) {
        let at = index(side.opposite());
        let lot = self.terms.grids.lot;
        let levels = match side {
            Side::Buy => &mut self.asks,
            Side::Sell => &mut self.bids,
        };
        let mut left = volume;
        let mut worst = None;
        for (price, displayed) in levels.iter_mut() {
            let taken = left.min(*displayed);
            left -= taken;
            *displayed -= taken;
            worst = Some(*price);
        }
        levels.retain(|(_, displayed)| *displayed >= lot);
        // The next level is worse than one at the limit.
        let is_within = worst.is_some_and(|worst| worst != limit);
        self.is_next_unknown[at] = levels.is_empty() && !self.tells_depth[at] && is_within;
    }

    /// What is displayed to orders of `side` was not there: what is depends on the feed.
    pub(super) fn miss(&mut self, side: Side) {
        let at = index(side.opposite());
        match side {
            Side::Buy => self.asks.clear(),
            Side::Sell => self.bids.clear(),
        }
        self.is_next_unknown[at] = !self.tells_depth[at];
    }

    /// Whether all levels that an order of `side` could take are told, not the best alone.
    pub(super) const fn tells_depth(&self, side: Side) -> bool {
        self.tells_depth[index(side.opposite())]
    }

    /// Whether more may be displayed to orders of `side` than the feed has told yet.
    pub(super) fn may_show_more(&self, side: Side, now: Timestamp) -> bool {
        self.is_next_unknown[index(side.opposite())] && self.is_open(now)
    }

    /// What an order of `side` could take, the best first.
    pub(super) fn opposite(&self, side: Side) -> &[(Price, Volume)] {
        match side {
            Side::Buy => &self.asks,
            Side::Sell => &self.bids,
        }
    }

    /// The best price of the orders of `side`.
    pub(super) fn own(&self, side: Side) -> Option<Price> {
        let levels = self.opposite(side.opposite());
        levels.first().map(|(price, _)| *price)
    }

    pub(super) const fn set_capacity(&mut self, side: Side, capacity: Option<Volume>) {
        self.capacity[index(side)] = capacity;
    }

    /// What may still be traded there, beside what is on its way.
    pub(super) fn room(&self, side: Side, open: Volume) -> Volume {
        let capacity = self.capacity[index(side)];
        capacity.map_or(Volume::MAX, |capacity| (capacity - open).max(Volume::ZERO))
    }

    /// Trading used some of the capacity.
    pub(super) fn use_capacity(&mut self, side: Side, volume: Volume) {
        if let Some(capacity) = &mut self.capacity[index(side)] {
            *capacity = (*capacity - volume).max(Volume::ZERO);
        }
    }

    pub(super) fn is_open(&self, now: Timestamp) -> bool {
        now >= self.shut_until && matches!(self.phase, Phase::Continuous)
    }

    const fn state(&self, now: Timestamp) -> PlaceState {
        match self.phase {
            Phase::Halted => PlaceState::Halted,
            Phase::Closed => PlaceState::Closed,
            _ if now.nanos() < self.shut_until.nanos() => PlaceState::Shut,
            Phase::OpeningCall | Phase::ClosingCall => PlaceState::Call,
            Phase::Continuous => PlaceState::Open,
        }
    }

    /// The place as it compares now to an order of `side`, with `penalty` on its price, in 1e-6.
    pub(super) fn score(&self, side: Side, now: Timestamp, penalty: i64) -> Score {
        let best = self.opposite(side).first().copied();
        Score {
            instrument: self.terms.instrument,
            state: self.state(now),
            best: best.map(|(price, displayed)| BestLevel {
                price,
                cost: Price::from_millionths(self.cost(side, price, true) + penalty),
                displayed,
            }),
            room: self.capacity[index(side)],
            fill_probability: self.learned.fill_probability,
            hidden: self.learned.hidden,
            latency_ns: self.learned.latency_ns,
        }
    }

    pub(super) fn is_call(&self, now: Timestamp) -> bool {
        now >= self.shut_until && matches!(self.phase, Phase::OpeningCall | Phase::ClosingCall)
    }

    /// What a unit costs there at `price`, fee included, as a number that is lower when it is better.
    pub(super) fn cost(&self, side: Side, price: Price, takes: bool) -> i64 {
        let fee = if takes {
            self.terms.taker_fee
        } else {
            self.terms.maker_fee
        };
        price.millionths() * side.sign() + fee.millionths()
    }

    pub(super) fn learn_fill(&mut self, asked: Volume, filled: Volume) {
        let share = share(filled, asked);
        self.learned.fill_probability += NEWEST * (share - self.learned.fill_probability);
    }

    pub(super) fn learn_rest(&mut self, asked: Volume, filled: Volume) {
        self.learned.rest_probability +=
            NEWEST * (share(filled, asked) - self.learned.rest_probability);
    }

    pub(super) fn learn_hidden(&mut self, found: Volume) {
        // A find is remembered at once, a miss by and by.
        let found = found.to_f64();
        self.learned.hidden = if found > self.learned.hidden {
            found
        } else {
            self.learned.hidden + NEWEST * (found - self.learned.hidden)
        };
    }

    pub(super) fn learn_latency(&mut self, nanos: i64) {
        self.learned.latency_ns += NEWEST * (nanos.max(0) as f64 - self.learned.latency_ns);
    }
}

fn share(part: Volume, whole: Volume) -> f64 {
    (part.to_f64() / whole.to_f64().max(1e-9)).clamp(0.0, 1.0)
}
