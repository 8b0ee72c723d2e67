//! Several instruments as one order: spreads over time, place or fuel, and baskets.
//!
//! A [`LegsExecution`] trades whole units, each a fixed volume of every leg. One leg goes first, the one that
//! shows the least; what it fills the others follow at once. So what one leg is ahead of another never
//! exceeds the leg risk that its terms allow. There is no clock and no I/O: the driver tells the time and
//! carries the [`LegAction`]s out.

mod execution;
mod leg;
mod terms;

pub use execution::{LegAction, LegsExecution, LegsProgress};
pub use terms::{
    LegCare, LegTerms, LegsError, LegsForecast, LegsPace, LegsTerms, forecast_leg, forecast_legs,
};
