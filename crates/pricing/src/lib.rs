//!
//! A kernel is one function of numbers without branches. It runs over blocks of rows, in the
//! widest vector registers of the processor, and gives the same bits on each. Rates are
//! continuously compounded per year, times are in years, volatilities are per square root of a
//! year. No input gives NaN: what a model cannot price is refused with its row and field.

// A kernel becomes part of the loop over its rows, has no branches and runs over several arrays by
// row, or the loop stays scalar. What is compared for equality here is exact: 0, 1 and -1.
#![allow(
    clippy::float_cmp,
    clippy::inline_always,
    clippy::manual_range_contains,
    clippy::needless_bitwise_bool,
    clippy::needless_range_loop
)]

mod american;
mod american_slopes;
mod approximations;
mod asian;
mod asian_slopes;
mod average_approximations;
mod basket;
mod binomial;
mod bivariate;
mod black;
mod block;
mod comonotone;
mod difference;
mod elementary;
mod error;
mod european;
mod exercise;
mod futures_boundary;
mod implied;
mod jet;
mod linear;
mod qd_plus;
mod quadrature;
mod rainbow;
mod revalue;
mod slopes;
mod split_operator;
mod spread;
mod spread_approximations;

pub use american::{American, AmericanMethod, Americans, american_values};
pub use american_slopes::{AmericanGreeks, american_greeks};
pub use asian::Average;
pub use asian_slopes::AverageSlopes;
pub use average_approximations::{
    AverageFigures, AverageMethod, FixingsToCome, approximate_averages,
};
pub use basket::Basket;
pub use block::Column;
pub use error::PricingError;
pub use european::{Model, Options, Values, value};
pub use implied::{Quotes, implied_volatility};
pub use rainbow::Rainbow;
pub use revalue::{Holding, Move, Moves, revalue};
pub use slopes::{Slopes, SpreadSlopes, spread_slopes};
pub use spread::{Spreads, spread_values};
pub use spread_approximations::{
    SpreadFigures, SpreadMethod, approximate_spread_greeks, approximate_spreads,
};
