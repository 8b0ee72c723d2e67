//! Every type of the energy trading domain, defined once.
//!
//! Numbers of the trading path are integers with a stated scale ([`Price`], [`Volume`], [`Money`]);
//! times are nanoseconds UTC ([`Timestamp`]); a message is a struct of [`command`], [`market`],
//! [`report`], [`reference`] or [`event`]. The binary form, the Arrow schema and the Python class of
//! each are derived from the struct.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

#[cfg(feature = "arrow")]
pub mod arrow;
pub mod command;
pub mod contract;
pub mod currency;
pub mod deal;
pub mod delivery;
pub mod error;
pub mod event;
pub mod gate;
pub mod id;
pub mod input;
pub mod instrument;
pub mod limit;
pub mod location;
pub mod market;
pub mod market_rule;
pub mod money;
pub mod order;
pub mod parent;
pub mod price;
#[cfg(feature = "python")]
pub mod python;
pub mod record;
pub mod reference;
pub mod refusal;
pub mod report;
pub mod settlement;
pub mod state;
pub mod time;
pub mod unit;
pub mod venue;
pub mod volume;

mod decimal;

pub use command::Command;
pub use currency::Currency;
pub use error::DomainError;
pub use event::Event;
pub use id::{
    ClientId, CounterpartyId, InstrumentId, OrderId, Owner, SignalId, StrategyId, TradeId,
    TraderId, TradingBookId, VenueId,
};
pub use input::{Input, Sequenced, Stamp};
pub use money::{FxRate, Money};
pub use order::{Conditions, Order, OrderType, Side, TimeInForce};
pub use price::{Price, TickSize, Ticks};
pub use record::{DecodeError, Record};
pub use refusal::Refusal;
pub use time::Timestamp;
pub use unit::Unit;
pub use volume::{LotSize, Lots, Volume};
