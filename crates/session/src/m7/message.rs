//! What M7 says, as read from its XML. Prices and quantities are whole numbers as they stand there.

use wattbook_domain::{Side, Timestamp};

use crate::venue::{OwnOrderAction, OwnOrderState};

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    /// We are logged in (`UserRprt`, `LoginResp`).
    LoggedIn {
        /// Number of the session, for the logout.
        session: String,
    },
    /// We are logged out (`LogoutRprt`), by ourselves or by the venue.
    LoggedOut,
    /// Products (`ProdInfoRprt`).
    Products(Vec<Product>),
    /// Contracts (`ContractInfoRprt`).
    Contracts(Vec<Contract>),
    /// Books: whole (`PblcOrdrBooksResp`) or changes (`PblcOrdrBooksDeltaRprt`).
    Books {
        /// Whether they are whole.
        is_whole: bool,
        /// Each with a revision of its own.
        books: Vec<BookEntries>,
    },
    /// Public trades (`PblcTradeConfRprt`).
    Trades(Vec<PublicTrade>),
    /// Orders of our own (`OrdrExeRprt`).
    OwnOrders(Vec<PrivateOrder>),
    /// Trades of our own (`TradeCaptureRprt`), an entry for each side that is ours.
    OwnTrades(Vec<PrivateTrade>),
    /// Transfer capacities (`HubToHubNtf`, `HubToHubResp`).
    Capacities(Vec<HubToHub>),
    /// State of the whole market (`MktStateRprt`).
    Market(TradingState),
    /// Words to participants (`MsgRprt`).
    Notices(Vec<String>),
    /// A request was refused (`ErrResp`): code and words.
    Refused(String, String),
    /// A request was taken over (`AckResp`).
    Acknowledged,
    /// Another message, by its name.
    Other(String),
}

/// Whether and how is traded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum TradingState {
    /// Orders match as they come (`ACTI`, `CONT`).
    #[default]
    Continuous,
    /// Orders gather for an auction (`AUCT`).
    Call,
    /// Trading is stopped (`HIBE`).
    Hibernated,
    /// No orders (`IACT`, `CLSD`).
    Closed,
}

/// How the prices and quantities of a product are written.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Product {
    /// Its name, to which contracts refer.
    pub name: String,
    /// ISO 4217.
    pub currency: Option<String>,
    /// Decimals of the whole numbers that stand for prices.
    pub price_decimals: Option<u32>,
    /// Decimals of the whole numbers that stand for MW.
    pub volume_decimals: Option<u32>,
    /// Smallest price step.
    pub tick: Option<i64>,
    /// Smallest quantity step.
    pub lot: Option<i64>,
    /// Lowest price.
    pub min_price: Option<i64>,
    /// Highest price.
    pub max_price: Option<i64>,
}

/// A contract and where it trades.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contract {
    /// The venue's number of it.
    pub id: String,
    /// Name: `20261125-12:00-20261125-13:00`.
    pub name: String,
    /// Of which product.
    pub product: String,
    /// First instant of delivery.
    pub delivery_start: Timestamp,
    /// First instant after it.
    pub delivery_end: Timestamp,
    /// Whether the venue lists it by itself, and not because somebody asked for the block.
    pub is_predefined: bool,
    /// State in each delivery area.
    pub areas: Vec<AreaState>,
}

/// State of a contract in a delivery area.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AreaState {
    /// EIC of the area.
    pub area: String,
    /// Whether and how is traded.
    pub state: TradingState,
    /// When trading ends, if it says so.
    pub trading_end: Option<Timestamp>,
}

/// What a message says of a book.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct BookEntries {
    /// Of which contract.
    pub contract: String,
    /// In which area.
    pub area: String,
    /// The revision after this message.
    pub revision: u64,
    /// First byte in the message.
    pub offset: usize,
    /// Order, whether it buys, price and quantity; quantity 0 takes the order out.
    pub entries: Vec<(u64, bool, i64, i64)>,
    /// Latest entry time.
    pub ts_event: Option<Timestamp>,
}

/// A public trade.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PublicTrade {
    /// The venue's number of it.
    pub id: u64,
    /// Of which contract.
    pub contract: String,
    /// Delivery area of the buyer.
    pub buy_area: String,
    /// Delivery area of the seller.
    pub sell_area: String,
    /// Price.
    pub price: i64,
    /// Quantity.
    pub volume: i64,
    /// When it was made.
    pub ts_event: Timestamp,
    /// Whether it stands (`ACTI`), and was not cancelled or recalled.
    pub is_valid: bool,
}

/// An order of our own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateOrder {
    /// First byte in the message.
    pub offset: usize,
    /// The venue's number of it (`ordrId`).
    pub id: u64,
    /// Number of the order from which it was made by changes (`initialOrdrId`).
    pub first_id: u64,
    /// Our own name of it (`clOrdrId`); empty where it has none.
    pub client_order: String,
    /// Of which contract.
    pub contract: String,
    /// In which area.
    pub area: String,
    /// Buy or sell.
    pub side: Side,
    /// Price.
    pub price: i64,
    /// Open quantity, hidden included (`qty` and `hiddenQty`).
    pub volume: i64,
    /// Iceberg: what it shows at a time (`displayQty`).
    pub display: Option<i64>,
    /// Where it stands.
    pub state: OwnOrderState,
    /// What happened to it.
    pub action: OwnOrderAction,
    /// Its revision.
    pub revision: u64,
    /// When it happened (`timestmp`).
    pub ts_event: Option<Timestamp>,
}

/// Our side of a trade.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateTrade {
    /// First byte in the message.
    pub offset: usize,
    /// The venue's number of the trade.
    pub id: u64,
    /// Number of our order.
    pub order: u64,
    /// Our own name of the order; empty where it is not repeated.
    pub client_order: String,
    /// Of which contract.
    pub contract: String,
    /// Our delivery area.
    pub area: String,
    /// What we did.
    pub side: Side,
    /// Price.
    pub price: i64,
    /// Quantity.
    pub volume: i64,
    /// Whether our order took (`aggressorIndicator` `Y` or `N`), where the venue tells.
    pub is_taker: Option<bool>,
    /// Whether it stands.
    pub is_valid: bool,
    /// Its revision.
    pub revision: u64,
    /// When it was made.
    pub ts_event: Timestamp,
}

/// Transfer capacity between two areas over a delivery period.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct HubToHub {
    /// EIC of one area.
    pub from: String,
    /// EIC of the other.
    pub to: String,
    /// First instant of the period.
    pub delivery_start: Timestamp,
    /// First instant after it.
    pub delivery_end: Timestamp,
    /// From `from` to `to`, in the unit of quantities.
    pub forward: i64,
    /// From `to` to `from`.
    pub backward: i64,
}
