//! The life of orders and offers between the gate and the venue, and the algorithms that place them.
//!
//! [`OrderTable`] takes what the gate approved, by value and once, and follows it through every
//! report of its venue. What a report cannot mean is a [`QuarantineReason`], never a guess: no fill
//! is lost and none is booked twice.
//!
//! [`QuarantineReason`]: wattbook_domain::event::QuarantineReason
#![allow(
    clippy::inline_always,
    reason = "as in the engine, whose plain path runs through here"
)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod algorithms;
pub mod legs;
pub mod router;

mod held;
mod offers;
mod page_index;
mod pages;
mod record;
mod reports;
mod table;
mod trades;

pub use held::HeldOrders;
pub use offers::{AwardBooked, OfferEnded, OfferTable};
pub use reports::{Change, FillBooked};
pub use table::{CancelStep, OrderTable, OrderView};
