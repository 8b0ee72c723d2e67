//! The pre-trade limit gate, and what a book may lose.
//!
//! [`LimitGate`] alone makes an [`ApprovedOrder`], [`ApprovedAmendment`], [`ApprovedOffer`] or
//! [`ApprovedSchedule`]; each is taken by value, once, so nothing unchecked can leave. Cancels never
//! come here.
#![allow(
    clippy::inline_always,
    reason = "as in the engine, whose plain path runs through here"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod approved;
mod bids;
mod blocks;
mod cell;
mod error;
mod exposure;
mod gate;
mod held;
mod hierarchy;
mod holds;
mod limits;
mod parties;
mod rate;
mod saved;
mod scenario;
mod schedule;
mod scope;
mod scope_limits;
mod scoped;
mod signals;
mod tail;
mod terms;
mod trading;
mod widest;

pub use approved::{ApprovedAmendment, ApprovedOffer, ApprovedOrder, ApprovedSchedule};
pub use error::RiskError;
pub use exposure::{CollateralTerms, Loadings, Netting, Paths, exposures};
pub use gate::{DEFAULT_THRESHOLD_PPM, LimitGate, OpenOrder};
pub use held::HeldPnl;
pub use hierarchy::{LimitUse, Notice};
pub use scenario::{Shock, Shocks, scenario_pnl};
pub use tail::{Tail, tail};
