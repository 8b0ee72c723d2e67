//! What becomes of a future: it cascades, settles on the spot average, or delivers.
//!
//! Pure functions on exact integers. A cascade keeps the power and the value of a position to the
//! last unit, clock changes and peak hours included; the difference between the final settlement
//! price of the contract that ends and the prices of those that replace it is that day's P&L.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod cascade;
mod error;
mod settle;

pub use cascade::{
    CASCADE_RULES, CascadeRule, CascadedPosition, Leg, cascade, cascade_products, delivery_kind,
};
pub use error::CurveError;
pub use settle::{Delivery, SpotAverage, SpotPrice, deliveries};
