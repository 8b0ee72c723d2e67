//! Clearing of coupled auctions: zones with orders, links with limits, one price a zone and period.
//!
//! Welfare is maximal where no order is accepted or refused against its zone's price and no link
//! could still carry power from a lower price to a higher one. [`clear`] finds such prices by
//! walking down the dual of the welfare problem, which is convex and, for links without losses,
//! an L♮-convex function of the prices: where the prices are not optimal, a set of zones exists
//! whose prices, moved together, lower it, and a maximal flow names that set (Murota, *Discrete
//! Convex Analysis*, 2003, chapters 9 and 10). Each move is made to its exact end, so that it
//! passes hundreds of orders at once.
//!
//! Prices and volumes are `f64`: currency per energy and power, the same units for all orders and
//! links of a period.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clear;
mod curve;
mod error;
mod flow;
mod network;
mod price;
mod share;

pub use clear::{Cleared, Market, clear, uniform_price};
pub use curve::{Curve, Order};
pub use error::AuctionError;
pub use network::{Link, Network};

/// Prices that differ by less are the same, in currency per energy: a
/// hundred thousandth of a tick.
pub(crate) const PRICE_EPSILON: f64 = 1e-7;

/// A zone that misses balance by less is balanced, in MW: a tenth of the least volume of an order.
pub(crate) const VOLUME_EPSILON: f64 = 1e-6;

/// Room below this carries no flow. So far below [`VOLUME_EPSILON`] that zones that a cut holds
/// together always miss balance by more than half of that together.
pub(crate) const FLOW_EPSILON: f64 = 1e-9;
