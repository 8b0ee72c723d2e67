//! What a strategy sees.

use wattbook_domain::command::SignalModel;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Event, InstrumentId, Price, Timestamp};

/// A price expected for an instrument, from a model that runs beside the engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forecast {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Expected price, in currency per price unit.
    pub price: Price,
    /// How sure, in 1e-6 of certainty.
    pub confidence_ppm: u32,
    /// Until when it holds.
    pub valid_until: Timestamp,
    /// Which model made it.
    pub model: SignalModel,
    /// How fast signals made of it lose confidence, as [`RecordSignal`] says.
    ///
    /// [`RecordSignal`]: wattbook_domain::command::RecordSignal
    pub half_life_ns: u64,
}

/// One thing that a strategy is told.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Observation<'a> {
    /// Market data arrived.
    Market(&'a MarketEvent),
    /// The engine decided or booked something about an order, offer or position of this strategy.
    Event(&'a Event),
    /// A forecast was published.
    Forecast(&'a Forecast),
    /// Time went on to the context's `now`.
    Time,
}
