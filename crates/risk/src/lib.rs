//! The pre-trade limit gate.
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
mod blocks;
mod gate;
mod holds;
mod limits;
mod rate;
mod schedule;
mod scope;
mod signals;
mod terms;
mod trading;

pub use approved::{ApprovedAmendment, ApprovedOffer, ApprovedOrder, ApprovedSchedule};
pub use gate::{DEFAULT_THRESHOLD_PPM, LimitGate, OpenOrder};
