//! What a book tells: every change, in the order in which it happened.

use wattbook_domain::id::{OrderId, TradeId};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

/// Receives the events of a book while a command runs.
///
/// Every place that tells an event knows which it is, so a short `on_event` marked
/// `#[inline(always)]` costs no dispatch.
pub trait BookSink {
    /// Takes the next event.
    fn on_event(&mut self, event: &BookEvent);
}

impl BookSink for Vec<BookEvent> {
    fn on_event(&mut self, event: &BookEvent) {
        self.push(*event);
    }
}

/// One change of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum BookEvent {
    /// An order was taken in.
    Accepted {
        /// Which order.
        order_id: OrderId,
        /// Buy or sell.
        side: Side,
        /// Its volume.
        volume: Lots,
    },
    /// An order was refused; the book did not change.
    Rejected {
        /// Which order.
        order_id: OrderId,
        /// Why.
        reason: VenueReason,
    },
    /// Two orders traded.
    Filled(BookFill),
    /// An order, or what is left of it, is displayed at the end of the queue of its price.
    Rested {
        /// Which order.
        order_id: OrderId,
        /// Buy or sell.
        side: Side,
        /// Its price; [`crate::MARKET_BUY`] or [`crate::MARKET_SELL`] for a market order in a call.
        price: Ticks,
        /// Displayed volume.
        volume: Lots,
    },
    /// An order ended unfilled or partly filled.
    Cancelled {
        /// Which order.
        order_id: OrderId,
        /// What was still open, hidden volume included.
        volume: Lots,
        /// Why.
        reason: VenueReason,
    },
    /// A cancel was refused.
    CancelRejected {
        /// Which order it named.
        order_id: OrderId,
        /// Why.
        reason: VenueReason,
    },
    /// An order changed as asked.
    Amended {
        /// Which order.
        order_id: OrderId,
        /// Total volume from now on, the filled part included.
        volume: Lots,
        /// What others see of it now; zero when it is not displayed or has left its queue.
        displayed: Lots,
        /// Whether it kept its place in the queue. If not, it left the queue before this event and
        /// what follows tells where it went.
        keeps_priority: bool,
    },
    /// A change was refused; the order stays as it was.
    AmendRejected {
        /// Which order it named.
        order_id: OrderId,
        /// Why.
        reason: VenueReason,
    },
    /// A stop woke.
    Triggered {
        /// Which order.
        order_id: OrderId,
    },
    /// The next slice of an iceberg is displayed at the end of the queue of its price.
    Replenished {
        /// Which order.
        order_id: OrderId,
        /// Displayed volume.
        volume: Lots,
    },
    /// A pegged order stands at another price.
    Repriced {
        /// Which order.
        order_id: OrderId,
        /// Its price, or `None` while the price that it follows is missing.
        price: Option<Ticks>,
    },
    /// Two orders of one trading book met and shrank instead of trading.
    SelfTradeDecremented {
        /// The order that rested.
        maker: OrderId,
        /// The order that arrived.
        taker: OrderId,
        /// By how much both shrank.
        volume: Lots,
        /// Total volume of the order that rested by now, its filled part included.
        maker_total: Lots,
        /// Total volume of the order that arrived by now, its filled part included.
        taker_total: Lots,
    },
    /// An auction found its price; its fills follow.
    AuctionCleared {
        /// Price of all fills.
        price: Ticks,
        /// Volume that can trade at it.
        volume: Lots,
        /// What buyers (+) or sellers (−) want beyond that.
        surplus: Lots,
    },
    /// The book moved to another phase.
    PhaseChanged {
        /// Its phase from now on.
        phase: Phase,
    },
    /// The gate of the contract closed; every order has ended.
    GateClosed,
    /// Best displayed prices or their volumes changed; told only if
    /// [`crate::BookConfig::reports_top`].
    TopChanged(TopOfBook),
}

/// A trade between two orders of a book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookFill {
    /// The book's number of it, from 1 without gaps.
    pub trade: TradeId,
    /// At which price.
    pub price: Ticks,
    /// How much; above zero.
    pub volume: Lots,
    /// The side that took; none in an auction.
    pub aggressor: Option<Side>,
    /// The order that rested; the buy in an auction.
    pub maker: OrderId,
    /// The order that arrived; the sell in an auction.
    pub taker: OrderId,
    /// What is left of the maker, hidden volume included.
    pub maker_open: Lots,
    /// What is left of the taker, hidden volume included.
    pub taker_open: Lots,
}

/// Best displayed prices; a side without orders has none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct TopOfBook {
    /// Highest price bid and its displayed volume.
    pub bid: Option<(Ticks, Lots)>,
    /// Lowest price asked and its displayed volume.
    pub ask: Option<(Ticks, Lots)>,
}
