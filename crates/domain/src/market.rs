//! What the market tells: quotes, book changes, trades, auction and pool results.

use crate::id::{InstrumentId, TradeId};
use crate::order::Side;
use crate::price::Price;
use crate::record::{Record, class};
use crate::settlement::SettlementRun;
use crate::volume::Volume;

/// A market data event of one instrument.
#[class]
#[derive(Debug, Clone, PartialEq, Record)]
#[non_exhaustive]
pub enum MarketEvent {
    /// Best prices changed.
    Quote(Quote),
    /// One order of a book changed.
    BookDelta(BookDelta),
    /// A trade was printed.
    Trade(Trade),
    /// A price of record was published.
    ReferencePrice(ReferencePrice),
    /// A session began or ended.
    SessionPhase(SessionPhase),
}

/// Best bid and ask of an instrument. A side without orders has volume zero.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Quote {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Highest price bid, in currency per price unit.
    pub bid_price: Price,
    /// Lowest price asked, in currency per price unit.
    pub ask_price: Price,
    /// Volume at the bid, in volume units.
    pub bid_volume: Volume,
    /// Volume at the ask, in volume units.
    pub ask_volume: Volume,
}

/// What happened to an order of a level-3 book.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum BookAction {
    /// It entered.
    #[default]
    Add = 1,
    /// Its price or volume changed.
    Modify = 2,
    /// It left.
    Delete = 3,
    /// All orders left.
    Clear = 4,
}

/// A change of one order in a level-3 book, or of one price in a level-2 book
/// (`venue_order` is then 0).
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct BookDelta {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// What happened.
    pub action: BookAction,
    /// Of which side.
    pub side: Side,
    /// The venue's number of the order.
    pub venue_order: u64,
    /// Its price, in currency per price unit.
    pub price: Price,
    /// Its volume from now on, in volume units.
    pub volume: Volume,
}

/// A trade that the venue printed.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct Trade {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// The venue's number of it.
    pub trade: TradeId,
    /// The side that took.
    pub aggressor: Side,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units.
    pub volume: Volume,
}

/// What kind of price of record.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum PriceKind {
    /// Day-ahead auction.
    #[default]
    DayAhead = 1,
    /// Real-time or pool dispatch.
    RealTime = 2,
    /// Imbalance.
    Imbalance = 3,
    /// An exchange's settlement of a future.
    Settlement = 4,
    /// A mark for valuation only.
    Mark = 5,
    /// Intraday auction (SIDC IDA 1 to 3).
    IntradayAuction = 6,
}

/// A price of record for a delivery period or contract.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct ReferencePrice {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Which price.
    pub kind: PriceKind,
    /// Which settlement run published it.
    pub run: SettlementRun,
    /// In currency per price unit.
    pub price: Price,
}

/// The state of a venue's session in an instrument.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Record)]
#[repr(u8)]
pub enum Phase {
    /// No orders.
    #[default]
    Closed = 1,
    /// Orders gather for the opening auction.
    OpeningCall = 2,
    /// Orders match as they come.
    Continuous = 3,
    /// Orders gather for the closing auction.
    ClosingCall = 4,
    /// Trading is stopped; orders may be cancelled.
    Halted = 5,
}

/// A venue moved an instrument to another phase.
#[class]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Record)]
pub struct SessionPhase {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Its phase from now on.
    pub phase: Phase,
}
