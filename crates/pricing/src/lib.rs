//!
//! A kernel is one function of numbers without branches. It runs over blocks of rows, in the
//! widest vector registers of the processor, and gives the same bits on each. Rates are
//! continuously compounded per year, times are in years, volatilities are per square root of a
//! year. No input gives NaN: what a model cannot price is refused with its row and field.

// A kernel must become part of the loop over its rows, or the loop stays scalar.
#![allow(clippy::inline_always)]

mod american;
mod block;
mod elementary;
mod error;
mod european;
mod implied;
mod quadrature;

pub use american::{American, Americans, american_values};
pub use block::Column;
pub use error::PricingError;
pub use european::{Model, Options, Values, value};
pub use implied::{Quotes, implied_volatility};
