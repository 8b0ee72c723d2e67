//! What a venue answers about our orders and offers.

use crate::id::{InstrumentId, OrderId, Owner, TradeId};
use crate::money::Money;
use crate::price::Price;
use crate::record::{Record, class};
use crate::settlement::SettlementRun;
use crate::volume::Volume;

/// A venue's report on one of our orders, offers or assets.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum VenueReport {
    /// The order is in the book.
    OrderAccepted(OrderAccepted),
    /// The venue refused the order.
    OrderRejected(OrderRejected),
    /// Some or all of the order traded.
    OrderFilled(OrderFilled),
    /// The order changed as asked.
    OrderAmended(OrderAmended),
    /// The order left the book unfilled or partly filled.
    OrderCancelled(OrderCancelled),
    /// The venue refused to change the order.
    AmendRejected(AmendRejected),
    /// An auction or pool awarded an offer.
    OfferAwarded(OfferAwarded),
    /// A meter was read.
    MeterRead(MeterRead),
    /// The venue refused to cancel the order.
    CancelRejected(CancelRejected),
    /// The reserves held in a delivery period were settled.
    ReservesSettled(ReservesSettled),
    /// Two orders of the desk crossed within it, before either reached the venue.
    OrdersNetted(OrdersNetted),
    /// The order is open, but stands otherwise than in the book, or is back there.
    StandingChanged(StandingChanged),
}

/// The order is in the book.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderAccepted {
    /// Which order.
    pub order_id: OrderId,
}

/// Why a venue refused or ended an order.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum VenueReason {
    /// Asked for by its owner.
    #[default]
    Requested = 1,
    /// Its time in force ended.
    Expired = 2,
    /// What could not fill at once was cancelled.
    Unfilled = 3,
    /// It would have traded with its own trading book.
    SelfTrade = 4,
    /// Another order of its one-cancels-other group filled.
    OneCancelsOther = 5,
    /// The instrument is halted or closed.
    NotTrading = 6,
    /// The gate has closed.
    GateClosed = 7,
    /// The price is outside the venue's collar.
    OutsideCollar = 8,
    /// The venue does not know the order.
    UnknownOrder = 9,
    /// A linked set could not trade in whole.
    LinkedUnfilled = 10,
    /// The price lies off the venue's tick.
    OffTick = 11,
    /// The volume lies off the venue's lot.
    OffLot = 12,
    /// The terms contradict each other.
    InvalidTerms = 13,
    /// The venue works it no more today.
    DoneForDay = 14,
}

/// How the venue holds an order that is open.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum OrderStanding {
    /// It can trade.
    #[default]
    Working = 1,
    /// It cannot trade until it is released: FIX `OrdStatus` (39) 9.
    Suspended = 2,
    /// A trade is guaranteed at its limit or better: 7.
    Stopped = 3,
    /// It is worked no more today, and may be on another day: 3.
    DoneForDay = 4,
    /// It is looked at for a price, and not taken yet: D.
    AcceptedForBidding = 5,
}

/// The order is open, but stands otherwise than in the book, or is back there.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct StandingChanged {
    /// Which order.
    pub order_id: OrderId,
    /// How it is held from now on.
    pub standing: OrderStanding,
}

/// The venue refused the order.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderRejected {
    /// Which order.
    pub order_id: OrderId,
    /// Why.
    pub reason: VenueReason,
}

/// Some or all of the order traded.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderFilled {
    /// Which order.
    pub order_id: OrderId,
    /// The venue's number of the trade; a number seen before is a repetition.
    pub trade: TradeId,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units; above zero.
    pub volume: Volume,
    /// Whether our order rested and the other came.
    pub is_maker: bool,
}

/// The order changed as asked.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderAmended {
    /// Which order.
    pub order_id: OrderId,
    /// Limit from now on, in currency per price unit.
    pub price: Price,
    /// Total volume from now on, filled part included, in volume units.
    pub volume: Volume,
}

/// The order left the book.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrderCancelled {
    /// Which order.
    pub order_id: OrderId,
    /// Why.
    pub reason: VenueReason,
}

/// The venue refused to change the order, which stays as it was.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct AmendRejected {
    /// Which order.
    pub order_id: OrderId,
    /// Why.
    pub reason: VenueReason,
}

/// The venue refused to cancel the order, which stays as it was; an amendment on its way still waits
/// for its own answer.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct CancelRejected {
    /// Which order.
    pub order_id: OrderId,
    /// Why.
    pub reason: VenueReason,
}

/// An auction or pool awarded `volume` of an offer at its price.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OfferAwarded {
    /// Which offer.
    pub order_id: OrderId,
    /// The venue's number of the award; a number seen before is a repetition.
    pub trade: TradeId,
    /// Clearing price, in currency per `MWh`.
    pub price: Price,
    /// Awarded, in MW; zero when the offer was out of the money.
    pub volume: Volume,
    /// Which settlement run.
    pub run: SettlementRun,
}

/// What an asset delivered (+) or consumed (−) in a delivery period, at the meter.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct MeterRead {
    /// The delivery period, as an instrument.
    pub instrument: InstrumentId,
    /// Whose asset.
    pub owner: Owner,
    /// Mean power over the period, in MW.
    pub volume: Volume,
    /// Which settlement run.
    pub run: SettlementRun,
}

/// What the system operator pays (+) or takes (−) for the reserves that an asset held in a delivery
/// period: capacity, less what was missing and its penalty.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct ReservesSettled {
    /// The delivery period, as an instrument.
    pub instrument: InstrumentId,
    /// Whose asset.
    pub owner: Owner,
    /// All of the period, in the instrument's currency.
    pub amount: Money,
    /// Which settlement run; a later one replaces an earlier one.
    pub run: SettlementRun,
}

/// An internal deal: `volume` of two orders that take at once, of two strategies, crossed within the
/// desk before either went to its venue. No venue saw it, and none charges for it.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct OrdersNetted {
    /// The order that buys.
    pub buy: OrderId,
    /// The order that sells.
    pub sell: OrderId,
    /// The desk's number of the deal, from 2^63 on: no venue's.
    pub trade: TradeId,
    /// What was traded.
    pub instrument: InstrumentId,
    /// Middle of bid and ask, in currency per price unit.
    pub price: Price,
    /// In volume units; above zero.
    pub volume: Volume,
    /// Highest price bid at the venue then, in currency per price unit.
    pub bid: Price,
    /// Lowest price asked at the venue then, in currency per price unit.
    pub ask: Price,
}
