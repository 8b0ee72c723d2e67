//! Orders as the book takes them: what an order type needs, its variant carries.

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::order::{Peg, SelfTradePrevention, Side};
use wattbook_domain::{Lots, Ticks, Timestamp};

/// An order for one book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct NewOrder {
    /// Given by the caller; no other live order of the book may have it.
    pub order_id: OrderId,
    /// Buy or sell.
    pub side: Side,
    /// How much; above zero.
    pub volume: Lots,
    /// At which price.
    pub pricing: Pricing,
    /// How long.
    pub lifetime: Lifetime,
    /// Whose it is, for the prevention of self-trades.
    pub trading_book: TradingBookId,
    /// What happens when it arrives at an order of the same trading book.
    pub self_trade: SelfTradePrevention,
    /// What a plain order leaves out.
    pub terms: Terms,
}

impl NewOrder {
    /// A plain order: good for the day, displayed, of trading book 0.
    #[must_use]
    #[inline]
    pub const fn new(order_id: OrderId, side: Side, volume: Lots, pricing: Pricing) -> Self {
        Self {
            order_id,
            side,
            volume,
            pricing,
            lifetime: Lifetime::Day,
            trading_book: TradingBookId(0),
            self_trade: SelfTradePrevention::Allow,
            terms: Terms::PLAIN,
        }
    }

    /// A plain limit order.
    #[must_use]
    #[inline]
    pub const fn limit(order_id: OrderId, side: Side, price: Ticks, volume: Lots) -> Self {
        Self::new(order_id, side, volume, Pricing::Limit(price))
    }
}

/// At which price an order trades, and what wakes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Pricing {
    /// At this price or better.
    Limit(Ticks),
    /// At any price; what finds no counterpart is cancelled. Waits in a call.
    Market,
    /// At the best displayed opposite price; what remains rests as a limit there.
    MarketToLimit,
    /// A market order once a trade reaches `trigger`.
    Stop {
        /// Buys wake at or above, sells at or below.
        trigger: Ticks,
    },
    /// A limit order once a trade reaches `trigger`.
    StopLimit {
        /// Buys wake at or above, sells at or below.
        trigger: Ticks,
        /// The limit it then has.
        limit: Ticks,
    },
    /// A stop whose trigger follows the trades: down for a buy, up for a sell.
    TrailingStop {
        /// How far the trigger stays from the best trade since entry; above zero.
        distance: Ticks,
        /// Where the trigger starts; by default at the distance from the last trade.
        trigger: Option<Ticks>,
    },
    /// A limit order that follows the displayed best prices; itself never displayed.
    Pegged {
        /// What it follows.
        peg: Peg,
        /// Added to the price that it follows (FIX 4.4, tag 211); may be negative.
        offset: Ticks,
        /// No worse than this price.
        limit: Option<Ticks>,
    },
}

/// How long an order lives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lifetime {
    /// Until the book closes for the day.
    #[default]
    Day,
    /// Until cancelled, or the gate closes.
    GoodTillCancelled,
    /// Until this instant, or the gate closes.
    GoodTillDate(Timestamp),
    /// Until the gate of the contract closes.
    GoodForSession,
    /// What is not filled at once is cancelled.
    ImmediateOrCancel,
    /// Filled at once in whole, or cancelled.
    FillOrKill,
    /// For the opening auction only; enters during the opening call.
    AtOpen,
    /// For the closing auction only; waits until the closing call.
    AtClose,
}

/// How much of a resting order others see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Display {
    /// All of it.
    #[default]
    Full,
    /// An iceberg: this many lots at a time; above zero.
    Iceberg(Lots),
    /// Nothing; it stands behind displayed orders of its price.
    Hidden,
}

/// The least that an execution of the order must bring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Quantity {
    /// One lot.
    #[default]
    Any,
    /// The first execution brings at least this many lots, or all of a smaller order. Until then
    /// the order is not displayed.
    Minimum(Lots),
    /// The whole order in one execution, now or later; it is never displayed.
    AllOrNone,
}

/// The terms that a plain order leaves out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Terms {
    /// How much others see.
    pub display: Display,
    /// The least that an execution must bring.
    pub quantity: Quantity,
    /// On its first fill the other orders of this book with the same number are cancelled. Numbers
    /// are unique over clients: combine the client with the client's own number.
    pub one_cancels_other: Option<u64>,
}

impl Terms {
    /// Displayed, in any quantity, on its own.
    pub const PLAIN: Self = Self {
        display: Display::Full,
        quantity: Quantity::Any,
        one_cancels_other: None,
    };

    /// Whether nothing is asked for.
    #[must_use]
    #[inline]
    pub const fn is_plain(&self) -> bool {
        matches!(
            self,
            Self {
                display: Display::Full,
                quantity: Quantity::Any,
                one_cancels_other: None,
            }
        )
    }
}

/// A change of a live order; `None` leaves a field as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Amend {
    /// Which order.
    pub order_id: OrderId,
    /// New limit, of an order that has one.
    pub price: Option<Ticks>,
    /// New total volume, the filled part included; above what is filled.
    pub volume: Option<Lots>,
    /// New trigger, of a stop that waits.
    pub trigger: Option<Ticks>,
}
