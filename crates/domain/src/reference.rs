//! Reference data that the engine must know before it trades.

use crate::currency::Currency;
use crate::id::{ClientId, CounterpartyId, InstrumentId, StrategyId, TradingBookId, VenueId};
use crate::instrument::Instrument;
use crate::limit::{RaiseLimit, SetScopeLimit, SetSensitivities};
use crate::money::Money;
use crate::price::Price;
use crate::record::{Record, class};
use crate::venue::Venue;
use crate::volume::Volume;

/// A change of reference data.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum ReferenceEvent {
    /// A venue is known from now on.
    DefineVenue(Venue),
    /// An instrument is known from now on.
    DefineInstrument(Box<Instrument>),
    /// A conversion rate changed.
    SetFxRate(SetFxRate),
    /// A pre-trade limit of a trading book changed.
    SetLimits(SetLimits),
    /// A client's order rate limit changed.
    SetOrderRate(SetOrderRate),
    /// A strategy's confidence threshold changed.
    SetThreshold(SetThreshold),
    /// A venue's fees changed.
    SetFees(SetFees),
    /// A contract became shorter ones.
    Cascade(Cascade),
    /// The trading day of a book ended: its loss counts from zero again.
    CloseDay(CloseDay),
    /// Which orders of a trading book need a second person.
    SetApproval(SetApproval),
    /// A limit of a scope changed.
    SetScopeLimit(SetScopeLimit),
    /// A hard level is higher for a time.
    RaiseLimit(RaiseLimit),
    /// What a unit of an instrument gains in scenarios changed.
    SetSensitivities(SetSensitivities),
    /// Whom trades of a venue are made with changed.
    SetClearing(SetClearing),
}

/// One unit of `from` is worth `rate_billionths` 1e-9 of `to` from now on.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Record)]
pub struct SetFxRate {
    /// Converted from.
    pub from: Currency,
    /// Converted to.
    pub to: Currency,
    /// In 1e-9; above zero.
    pub rate_billionths: i64,
}

/// Pre-trade limits of a trading book.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetLimits {
    /// Which book.
    pub trading_book: TradingBookId,
    /// Largest order, in volume units.
    pub order_volume: Volume,
    /// Largest absolute order value, in the desk's currency.
    pub order_value: Money,
    /// Largest absolute position of an instrument with every open order of a side filled.
    pub position_volume: Volume,
    /// Largest loss since the last close, positive, in the desk's currency.
    pub loss: Money,
    /// Largest distance of a limit from the reference price, in currency per price unit.
    pub price_collar: Price,
}

/// Orders of a trading book above either of these wait until a second person lets them pass.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetApproval {
    /// Which book.
    pub trading_book: TradingBookId,
    /// Largest order that passes alone, in volume units.
    pub order_volume: Volume,
    /// Largest absolute value of an order that passes alone, in the desk's currency.
    pub order_value: Money,
}

/// At most `orders_per_second` orders and amendments of a client pass in any second.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetOrderRate {
    /// Which client.
    pub client: ClientId,
    /// Orders and amendments a second; 0 for no limit.
    pub orders_per_second: u32,
}

/// Only signals surer than the threshold may trade for a strategy.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetThreshold {
    /// Which strategy.
    pub strategy: StrategyId,
    /// In 1e-6 of certainty; a strategy without a threshold needs no signal.
    pub confidence_ppm: u32,
}

/// What a venue charges for a fill.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetFees {
    /// Which venue.
    pub venue: VenueId,
    /// For resting volume, in currency per price unit; below zero for a rebate.
    pub maker: Price,
    /// For taking volume, in currency per price unit.
    pub taker: Price,
}

/// Whom trades at a venue are made with from now on, and through whom they clear.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SetClearing {
    /// Where.
    pub venue: VenueId,
    /// Of this trading book only, before what holds for all; every book if left out.
    pub trading_book: Option<TradingBookId>,
    /// The clearing house, or the other party of a bilateral venue.
    pub counterparty: CounterpartyId,
    /// The member that clears for us; none where we clear ourselves or not at all.
    pub member: Option<CounterpartyId>,
}

/// Positions in `from` become equal positions in each of `into`, booked at `settlement_price`.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct Cascade {
    /// The contract that ends.
    pub from: InstrumentId,
    /// The contracts that replace it; together they deliver the same energy.
    pub into: Vec<InstrumentId>,
    /// Final settlement price of the contract that ends.
    pub settlement_price: Price,
}

/// The trading day of a book ended: the loss that its limit is held against counts from zero again.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct CloseDay {
    /// Which book.
    pub trading_book: TradingBookId,
}
