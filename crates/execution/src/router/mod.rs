//! Smart order routing as a pure state machine: quotes, phases, capacities and reports in, slices out.
//!
//! A [`Router`] knows places: one commodity and delivery traded as an instrument at each of several venues.
//! [`Router::route`] spreads a volume over them, the cheapest place after fees first; what a venue rejects or
//! leaves unfilled goes to the others, and what nobody takes is stated. Where a feed tells best prices only,
//! what is left waits a while for the next ones. Every slice carries the [`Decision`] that made it. There is no clock and no I/O.

mod decision;
mod place;
mod routing;

pub use decision::{BestLevel, Decision, Kind, PlaceState, Score, Why};
pub use place::{Learned, PlaceTerms};
pub use routing::{
    Left, Outcome, RouteForecast, RouteNo, RouteOrder, RouteProgress, Router, RouterCare, Slice,
    SliceNo, SliceReport,
};
