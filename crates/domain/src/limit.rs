//! Limits in a hierarchy of scopes, and what breaks them.

use std::fmt;

use crate::currency::Currency;
use crate::id::{
    CounterpartyId, InstrumentId, OrderId, StrategyId, TraderId, TradingBookId, VenueId,
};
use crate::instrument::Commodity;
use crate::price::Price;
use crate::record::{Record, class};
use crate::time::Timestamp;

/// What a limit holds. Amounts are in the desk's currency but where it says otherwise; all are sizes,
/// so that 0 is nothing.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum LimitMeasure {
    /// Sum over instruments of the farthest position, in volume units.
    #[default]
    Volume = 1,
    /// Sum over instruments of the value of the farthest position at the last known price.
    Notional = 2,
    /// Loss that the scenarios exceed with one less the confidence.
    ValueAtRisk = 3,
    /// Gain or loss for a price unit of 1 up everywhere.
    Delta = 4,
    /// Gain or loss for a volatility up by a point everywhere.
    Vega = 5,
    /// Loss since the day was closed.
    StopLoss = 6,
    /// Equity below its highest.
    Drawdown = 7,
    /// Share of the largest instrument in the notional, 0 to 1.
    Concentration = 8,
    /// Orders and amendments in any second.
    OrderRate = 9,
    /// What is to be paid for physical delivery: open bids at their limit, and deliveries that were
    /// bought and are not paid; in the scope's currency where it names one.
    SpotTrading = 10,
}

impl fmt::Display for LimitMeasure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_text().replace('_', " "))
    }
}

/// How far beyond a limit.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum BreachSeverity {
    /// Above the soft level: told.
    #[default]
    Soft = 1,
    /// Above the hard level: what enlarges it is refused.
    Hard = 2,
}

/// Positions and orders that a limit looks at; a part left out does not restrict.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct LimitScope {
    /// At this venue.
    pub venue: Option<VenueId>,
    /// Of this trading book.
    pub trading_book: Option<TradingBookId>,
    /// Of this trader.
    pub trader: Option<TraderId>,
    /// Of this strategy.
    pub strategy: Option<StrategyId>,
    /// Of this commodity.
    pub commodity: Option<Commodity>,
    /// Delivered at or after it.
    pub delivery_start: Option<Timestamp>,
    /// Delivered before it.
    pub delivery_end: Option<Timestamp>,
    /// Priced in this currency.
    pub currency: Option<Currency>,
    /// Made with this counterparty: the clearing house of an exchange, or the other party.
    pub counterparty: Option<CounterpartyId>,
    /// Cleared through this member.
    pub member: Option<CounterpartyId>,
}

/// A limit of a scope is this from now on; one of the same number is replaced.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetScopeLimit {
    /// The desk's number of it.
    pub limit: u32,
    /// What it looks at.
    pub scope: LimitScope,
    /// What it holds.
    pub measure: LimitMeasure,
    /// Above it an order passes and is told, in 1e-6 of the measure.
    pub soft_millionths: i64,
    /// Above it an order that enlarges the measure is refused, in 1e-6 of the measure.
    pub hard_millionths: i64,
    /// Of value at risk, in 1e-6: 990,000 for 99 %.
    pub confidence_ppm: u32,
    /// A concentration counts from this notional on, in 1e-6 of the desk's currency.
    pub floor_millionths: i64,
    /// Of spot trading: a delivery is paid this long after it ended.
    pub payment_seconds: i64,
}

/// A hard level is higher for a time, asked for by one person and approved by another.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct RaiseLimit {
    /// Which limit.
    pub limit: u32,
    /// The level meanwhile, in 1e-6 of the measure.
    pub hard_millionths: i64,
    /// The first instant at which it no longer holds.
    pub until: Timestamp,
    /// Who wants it.
    pub asked_by: TraderId,
    /// Who lets it be.
    pub approved_by: TraderId,
}

/// What one volume unit of an instrument gains: from now on limits are held against it.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct SetSensitivities {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// For a price of its underlying up by one, in 1e-6; a million for what is no option.
    pub delta_millionths: i64,
    /// For a volatility up by a point, in currency per price unit.
    pub vega: Price,
    /// In each scenario, in 1e-6 currency per price unit; the same scenarios for every instrument.
    pub shocks_millionths: Vec<i64>,
}

/// A limit was passed.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct LimitBreached {
    /// Which limit.
    pub limit: u32,
    /// What it holds.
    pub measure: LimitMeasure,
    /// The order that did it; zero where the market did (a passive breach).
    pub order_id: OrderId,
    /// How far.
    pub severity: BreachSeverity,
    /// The measure now, in 1e-6.
    pub value_millionths: i64,
    /// The level that it passed, in 1e-6.
    pub level_millionths: i64,
}

/// A limit that was passed is kept again.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct LimitCured {
    /// Which limit.
    pub limit: u32,
    /// What it holds.
    pub measure: LimitMeasure,
    /// The measure now, in 1e-6.
    pub value_millionths: i64,
}
