//! Why a slice went where it went.

use std::fmt;

use wattbook_domain::{InstrumentId, Price, Volume};

/// What a slice does at its venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Takes what is displayed at its price or better.
    Sweep,
    /// Asks for more than is displayed, where something hidden was found before.
    Ping,
    /// Waits at its price.
    Rest,
    /// Takes part in the auction of the running call.
    Auction,
}

/// What decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The lowest cost of all places, fees and expected misses included.
    Cheapest,
    /// Of the same cost as another, and surer or faster.
    Surer,
    /// The place before it was rejected or halted.
    Rerouted,
    /// Something hidden is expected there.
    Hidden,
    /// The best rebate and chance for what rests.
    Rebate,
    /// The call is expected to clear at a better price than the rest of the continuous market.
    Auction,
}

/// Whether a place takes orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PlaceState {
    /// Orders match as they come.
    Open,
    /// Orders gather for an auction.
    Call,
    /// Trading is stopped.
    Halted,
    /// No orders.
    Closed,
    /// It rejected an order a short while ago.
    Shut,
}

/// The best level of a place that an order could take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BestLevel {
    /// Its price.
    pub price: Price,
    /// What a unit costs there, fee and expected misses included, in currency per price unit; for a sale
    /// what is given up, below zero.
    pub cost: Price,
    /// Displayed at that price.
    pub displayed: Volume,
}

/// A place as it was compared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Which place.
    pub instrument: InstrumentId,
    /// Whether it takes orders.
    pub state: PlaceState,
    /// Its best level, where it shows one.
    pub best: Option<BestLevel>,
    /// What the cross-zonal capacity still lets through; none for any.
    pub room: Option<Volume>,
    /// Chance that what is displayed is filled.
    pub fill_probability: f64,
    /// Expected beyond it, in volume units.
    pub hidden: f64,
    /// From order to answer, in ns.
    pub latency_ns: f64,
}

/// A decision with what it was taken from.
#[derive(Debug, Clone, PartialEq)]
pub struct Decision {
    /// What the slice does.
    pub kind: Kind,
    /// What decided.
    pub why: Why,
    /// The place that was chosen first, then all others, also those that take no orders now.
    pub scores: Vec<Score>,
}

impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            Kind::Sweep => "sweep",
            Kind::Ping => "ping",
            Kind::Rest => "rest",
            Kind::Auction => "auction",
        };
        let why = match self.why {
            Why::Cheapest => "cheapest after fees",
            Why::Surer => "same cost, surer or faster",
            Why::Rerouted => "rerouted from a place that rejected or halted",
            Why::Hidden => "hidden volume was found there",
            Why::Rebate => "best rebate and chance to rest",
            Why::Auction => "the call is expected to clear better",
        };
        write!(f, "{kind}: {why}")?;
        self.scores
            .iter()
            .try_for_each(|score| write!(f, "; {score}"))
    }
}

impl fmt::Display for Score {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", self.instrument.0)?;
        match self.state {
            PlaceState::Open => {}
            PlaceState::Call => write!(f, " in a call")?,
            PlaceState::Halted => return write!(f, " halted"),
            PlaceState::Closed => return write!(f, " closed"),
            PlaceState::Shut => return write!(f, " shut after a reject"),
        }
        match self.best {
            Some(BestLevel {
                price,
                cost,
                displayed,
            }) => write!(f, " {price} costs {cost} for {displayed}")?,
            None => write!(f, " shows nothing")?,
        }
        if let Some(room) = self.room {
            write!(f, ", room for {room}")?;
        }
        let (filled, latency_ms) = (100.0 * self.fill_probability, self.latency_ns / 1e6);
        let hidden = self.hidden;
        write!(
            f,
            ", filled {filled:.0} %, hidden {hidden:.1}, {latency_ms:.1} ms"
        )
    }
}
