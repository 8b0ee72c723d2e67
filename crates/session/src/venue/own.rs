//! Orders and trades of our own.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use wattbook_domain::{InstrumentId, Price, Side, Timestamp, TradeId, Volume};

/// Where an order of ours stands at the venue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnOrderState {
    /// Taken over, not in the book yet.
    Pending,
    /// In the book.
    Active,
    /// Out of the book; it may be entered again.
    Hibernated,
    /// Out of the book for good: filled, deleted or expired.
    Inactive,
    /// Refused.
    Rejected,
}

/// What happened to an order of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum OwnOrderAction {
    /// Its user entered it.
    UserAdded,
    /// Its user changed it.
    UserModified,
    /// Its user took it out for a time.
    UserHibernated,
    /// Its user deleted it.
    UserDeleted,
    /// The venue changed it.
    SystemModified,
    /// The venue took it out for a time.
    SystemHibernated,
    /// The venue deleted it.
    SystemDeleted,
    /// A part of it traded.
    PartlyExecuted,
    /// All of it traded.
    Executed,
    /// The next slice of an iceberg is shown.
    SliceAdded,
    /// Another word of the venue, as it stands; empty where it says none.
    Other(String),
}

/// An order of ours, as the venue tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnOrder {
    /// Which contract, in which area.
    pub instrument: InstrumentId,
    /// The venue's code of the order.
    pub order: String,
    /// The order's number in its book ([`wattbook_domain::market::BookDelta::venue_order`]).
    pub venue_order: u64,
    /// The venue's code of the order from which it was made by changes; its own if none was.
    pub first_order: String,
    /// Our own name of it; empty where it has none.
    pub client_order: String,
    /// Buy or sell.
    pub side: Side,
    /// In currency per price unit.
    pub price: Price,
    /// Still open, what an iceberg hides included, in volume units.
    pub volume: Volume,
    /// Where it stands.
    pub state: OwnOrderState,
    /// What happened to it.
    pub action: OwnOrderAction,
    /// The venue's revision of it.
    pub revision: u64,
    /// When it happened; of the message where the order tells no time.
    pub ts_event: Timestamp,
    /// When its bytes came.
    pub ts_recv: Timestamp,
}

/// A trade of one of our orders.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwnTrade {
    /// Which contract, in which area.
    pub instrument: InstrumentId,
    /// The venue's number of the trade, as in its public trades.
    pub trade: TradeId,
    /// The venue's code of our order.
    pub order: String,
    /// The order's number in its book.
    pub venue_order: u64,
    /// Our own name of the order; empty where the venue does not repeat it.
    pub client_order: String,
    /// What we did.
    pub side: Side,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units.
    pub volume: Volume,
    /// Whether our order took, where the venue tells.
    pub is_taker: Option<bool>,
    /// Whether the trade stands, and was not cancelled or recalled.
    pub is_valid: bool,
    /// The venue's revision of the trade.
    pub revision: u64,
    /// When it was made.
    pub ts_event: Timestamp,
    /// When its bytes came.
    pub ts_recv: Timestamp,
}

/// Which revisions were told, so that an answer that repeats them tells nothing twice.
#[derive(Debug, Default)]
pub(crate) struct OwnTold {
    orders: BTreeMap<String, u64>,
    /// By number, side of ours and order: both sides may be ours.
    trades: BTreeMap<(u64, Side, String), u64>,
}

impl OwnTold {
    /// Forgets the orders, which are all told again after a reconnect; trades are told once.
    pub(crate) fn suspend(&mut self) {
        self.orders.clear();
    }

    /// Whether the order's revision is news.
    pub(crate) fn is_news_of(&mut self, order: &OwnOrder) -> bool {
        is_later(&mut self.orders, order.order.clone(), order.revision)
    }

    /// Whether the trade's revision is news.
    pub(crate) fn is_trade_news(&mut self, trade: &OwnTrade) -> bool {
        let key = (trade.trade.0, trade.side, trade.order.clone());
        is_later(&mut self.trades, key, trade.revision)
    }
}

fn is_later<K: Ord>(told: &mut BTreeMap<K, u64>, key: K, revision: u64) -> bool {
    match told.entry(key) {
        Entry::Vacant(place) => {
            place.insert(revision);
            true
        }
        Entry::Occupied(mut known) => {
            *known.get() < revision && {
                known.insert(revision);
                true
            }
        }
    }
}
