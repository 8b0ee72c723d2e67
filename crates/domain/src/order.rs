//! Orders as a trader states them.

use crate::id::{InstrumentId, OrderId, Owner};
use crate::price::Price;
use crate::record::{Record, class};
use crate::time::Timestamp;
use crate::volume::Volume;

/// Which way an order or fill goes.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Side {
    /// Takes delivery.
    #[default]
    Buy = 1,
    /// Gives delivery.
    Sell = 2,
}

impl Side {
    /// The other side.
    #[must_use]
    #[inline]
    pub const fn opposite(self) -> Self {
        match self {
            Self::Buy => Self::Sell,
            Self::Sell => Self::Buy,
        }
    }

    /// +1 for a buy, −1 for a sell: the sign of the position that a fill makes.
    #[must_use]
    #[inline]
    pub const fn sign(self) -> i64 {
        match self {
            Self::Buy => 1,
            Self::Sell => -1,
        }
    }
}

/// How an order is priced and woken.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum OrderType {
    /// At its price or better.
    #[default]
    Limit = 1,
    /// At any price; what finds no counterpart is cancelled.
    Market = 2,
    /// At the best opposite price; what remains rests as a limit there.
    MarketToLimit = 3,
    /// A market order once [`Conditions::trigger`] has traded.
    Stop = 4,
    /// A limit order once [`Conditions::trigger`] has traded.
    StopLimit = 5,
    /// A stop whose trigger follows the market at [`Conditions::offset`].
    TrailingStop = 6,
    /// A limit that follows [`Conditions::peg`] at [`Conditions::offset`].
    Pegged = 7,
}

/// How long an order lives.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum TimeInForce {
    /// Until the end of the trading day.
    #[default]
    Day = 1,
    /// Until cancelled.
    GoodTillCancelled = 2,
    /// Until [`Conditions::expires`].
    GoodTillDate = 3,
    /// What is not filled at once is cancelled.
    ImmediateOrCancel = 4,
    /// Filled at once in whole, or cancelled.
    FillOrKill = 5,
    /// In the opening auction only.
    AtOpen = 6,
    /// In the closing auction only.
    AtClose = 7,
    /// Until the gate of the contract closes.
    GoodForSession = 8,
}

/// What a pegged order follows.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Peg {
    /// The best price of its own side.
    #[default]
    Primary = 1,
    /// The best price of the other side.
    Market = 2,
    /// The middle of both, rounded away from the market to the tick.
    Midpoint = 3,
}

/// What happens when an order would trade with another of the same trading book.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum SelfTradePrevention {
    /// They trade.
    #[default]
    Allow = 0,
    /// The arriving order is cancelled.
    CancelNewest = 1,
    /// The resting order is cancelled.
    CancelOldest = 2,
    /// Both are cancelled.
    CancelBoth = 3,
    /// Both shrink by the smaller volume; the empty one is cancelled.
    Decrement = 4,
}

/// An order to trade `volume` of an instrument.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Record)]
pub struct Order {
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How it is priced and woken.
    #[record(default)]
    pub order_type: OrderType,
    /// How long it lives.
    #[record(default)]
    pub time_in_force: TimeInForce,
    /// Whose it is.
    #[record(default)]
    pub owner: Owner,
    /// Limit, in currency per price unit; ignored by market orders.
    pub price: Price,
    /// How much, in volume units; above zero.
    pub volume: Volume,
    /// The signal that asked for it; 0 for none.
    #[record(default)]
    pub signal: crate::id::SignalId,
    /// What only some orders have.
    pub conditions: Option<Box<Conditions>>,
}

/// The terms that a plain order leaves out.
#[class]
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Record)]
pub struct Conditions {
    /// Price that wakes a stop.
    pub trigger: Option<Price>,
    /// Distance of a peg or trailing stop, in currency per price unit.
    pub offset: Option<Price>,
    /// What a pegged order follows.
    pub peg: Option<Peg>,
    /// Iceberg: the volume shown at a time; zero hides the order altogether.
    pub display_volume: Option<Volume>,
    /// The least volume of a first execution.
    pub minimum_volume: Option<Volume>,
    /// Filled in whole or not at all, though it may rest.
    #[record(default)]
    pub all_or_none: bool,
    /// When a good-till-date order ends.
    pub expires: Option<Timestamp>,
    /// Orders of one client with the same number cancel each other on the first fill.
    pub one_cancels_other: Option<u64>,
    /// Orders of one client with the same number trade all in whole or none, across contracts.
    pub linked: Option<u64>,
    /// How many orders the linked set has: the venue waits for all of them.
    pub linked_orders: Option<u32>,
    /// What happens against an order of the same trading book.
    #[record(default)]
    pub self_trade: SelfTradePrevention,
    /// The parent order that it is a child of.
    pub parent: Option<OrderId>,
}

impl Conditions {
    /// Whether they say nothing of how the order trades.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        let parent = self.parent;
        *self
            == Self {
                parent,
                ..Self::default()
            }
    }
}
