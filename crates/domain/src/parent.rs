//! Parent orders, which an execution algorithm works in child orders.
//!
//! A parent goes to no venue and opens no exposure: each of its children passes the gate on its own and
//! names it in [`Conditions::parent`](crate::order::Conditions::parent).

use crate::id::{InstrumentId, OrderId, Owner};
use crate::order::Side;
use crate::price::Price;
use crate::record::{Record, class};
use crate::time::Timestamp;
use crate::volume::Volume;

/// How a parent order is worked.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Algorithm {
    /// Evenly over time.
    #[default]
    Twap = 1,
    /// Along a forecast of the market's volume.
    Vwap = 2,
    /// At a share of the market's volume as it trades.
    Participation = 3,
    /// Along the Almgren–Chriss trajectory.
    ImplementationShortfall = 4,
    /// Along that trajectory, faster while the price is better than at arrival.
    ArrivalPrice = 5,
    /// Shows a part at a time.
    Iceberg = 6,
    /// At the best price of its own side, which it follows.
    Peg = 7,
    /// Takes what is offered at its price or better, and shows nothing.
    Sniper = 8,
    /// In the closing auction.
    Close = 9,
    /// Brings a position to a target before the gate.
    Liquidation = 10,
    /// Legs of a spread.
    Spread = 11,
    /// Several instruments at once.
    Basket = 12,
    /// At once, over several venues.
    Sweep = 13,
}

/// Begins a parent order.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OpenParent {
    /// The client's number of it, from the same series as its orders.
    pub parent: OrderId,
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Whose it is.
    #[record(default)]
    pub owner: Owner,
    /// How it is worked.
    #[record(default)]
    pub algorithm: Algorithm,
    /// How much, in volume units; above zero.
    pub volume: Volume,
    /// Beyond it no child trades, in currency per price unit.
    pub limit: Option<Price>,
    /// First instant of its children.
    pub starts: Timestamp,
    /// When the last of them is taken back.
    pub ends: Timestamp,
    /// Middle of the market when it began, in currency per price unit, if known.
    pub arrival_price: Option<Price>,
    /// Forecast of its mean price before it began, in currency per price unit, if made.
    pub forecast_price: Option<Price>,
    /// Forecast of the fees beside that price, for each volume unit, in currency per price unit, if made;
    /// below zero for a rebate.
    pub forecast_fee: Option<Price>,
}

/// Why a parent order ended.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum ParentEndReason {
    /// Nothing is left of it.
    #[default]
    Filled = 1,
    /// Its time is over.
    TimeOver = 2,
    /// Asked for by its owner.
    Requested = 3,
    /// No market data came for too long.
    NoMarketData = 4,
    /// The gate of its instrument has closed.
    GateClosed = 5,
    /// Too many children were refused.
    Refused = 6,
    /// One leg ran too far ahead of another.
    LegRisk = 7,
    /// What is left of it lies beyond its limit.
    LimitReached = 8,
}

/// Ends a parent order: none of its children is open any more.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct EndParent {
    /// Which parent.
    pub parent: OrderId,
    /// Why.
    pub reason: ParentEndReason,
    /// Filled, in volume units.
    pub filled: Volume,
    /// Left unfilled, in volume units.
    pub unfilled: Volume,
    /// Middle of the market at the end, in currency per price unit, if known.
    pub end_price: Option<Price>,
}

/// Says why an order was placed as it was.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Default, Record)]
pub struct ExplainOrder {
    /// Which order.
    pub order_id: OrderId,
    /// Of which parent, if any.
    pub parent: Option<OrderId>,
    /// What was compared and what decided.
    pub text: String,
}
