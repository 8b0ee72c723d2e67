//! Positions by instrument and owner, P&L, currencies, deliveries and their settlement.
//!
//! Everything is whole units of [`Money`](wattbook_domain::Money): cost, realised and unrealised P&L
//! and fees add up to cash and position value to the last unit. [`Portfolio`] is state that the
//! engine replays; the tables of [`pnl`] are read models, computed when asked for.
#![allow(
    clippy::inline_always,
    reason = "as in the engine, whose plain path runs through here"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod bounds;
mod cascade;
mod contract;
mod currencies;
mod deal;
mod delivery;
mod error;
mod folder;
mod option;
pub mod pnl;
mod portfolio;
mod position;
mod saved;
mod settle;
mod spot;
mod touched;

pub use bounds::{DELIVERY_SECONDS_MAX, FX_RATE_MAX, PRICE_MAX, VOLUME_MAX};
pub use contract::{Contract, VenueTerms};
pub use currencies::{Currencies, CurrencyIndex};
pub use error::PortfolioError;
pub use option::Expiry;
pub use portfolio::{Portfolio, PositionSlot};
pub use position::Position;
pub use settle::{Award, Booked, Settlement};
