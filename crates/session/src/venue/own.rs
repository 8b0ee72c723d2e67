//! Orders and trades of our own.

use std::collections::BTreeMap;

use wattbook_domain::time::NANOS_PER_SECOND;
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
    /// Iceberg: what it shows at a time, in volume units.
    pub display_volume: Option<Volume>,
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

/// How many revisions a session remembers, and for how long.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Orders, and as many trades; beyond it what was told first is forgotten.
    pub(crate) told_max: usize,
    /// Trades that were told longer ago are forgotten, h: no answer repeats them.
    pub(crate) trades_hours: u16,
}

/// Which revisions were told, so that an answer that repeats them tells nothing twice.
#[derive(Debug)]
pub(crate) struct OwnTold {
    orders: Told<String>,
    /// By number, side of ours and order: both sides may be ours.
    trades: Told<(u64, Side, String)>,
    trades_nanos: i64,
}

impl OwnTold {
    pub(crate) fn new(memory: Memory) -> Self {
        Self {
            orders: Told::new(memory.told_max),
            trades: Told::new(memory.told_max),
            // An hour more than what is asked for: clocks differ.
            trades_nanos: (i64::from(memory.trades_hours) + 1) * 3_600 * NANOS_PER_SECOND,
        }
    }

    /// Forgets the orders, which are all told again after a reconnect; trades are told once.
    pub(crate) fn suspend(&mut self) {
        self.orders.clear();
    }

    /// Whether the order's revision is news.
    pub(crate) fn is_news_of(&mut self, order: &OwnOrder) -> bool {
        let key = order.order.clone();
        self.orders.is_news(key, order.revision, order.ts_recv)
    }

    /// Whether the trade's revision is news.
    pub(crate) fn is_trade_news(&mut self, trade: &OwnTrade) -> bool {
        let before = trade.ts_recv.plus_nanos(-self.trades_nanos);
        self.trades.forget_before(before);
        let key = (trade.trade.0, trade.side, trade.order.clone());
        self.trades.is_news(key, trade.revision, trade.ts_recv)
    }
}

/// The latest revision of each, in bounded number.
#[derive(Debug)]
struct Told<K> {
    /// Revision, and its place in the order of telling.
    latest: BTreeMap<K, (u64, u64)>,
    /// When each was told last, in that order.
    order: BTreeMap<u64, (K, Timestamp)>,
    next: u64,
    most: usize,
}

impl<K: Ord + Clone> Told<K> {
    const fn new(most: usize) -> Self {
        Self {
            latest: BTreeMap::new(),
            order: BTreeMap::new(),
            next: 0,
            most,
        }
    }

    fn is_news(&mut self, key: K, revision: u64, at: Timestamp) -> bool {
        if let Some((known, place)) = self.latest.get(&key) {
            if revision <= *known {
                return false;
            }
            self.order.remove(place);
        }
        self.next += 1;
        self.latest.insert(key.clone(), (revision, self.next));
        self.order.insert(self.next, (key, at));
        while self.latest.len() > self.most {
            self.forget_first();
        }
        true
    }

    fn forget_before(&mut self, moment: Timestamp) {
        while self
            .order
            .first_key_value()
            .is_some_and(|(_, (_, at))| *at < moment)
        {
            self.forget_first();
        }
    }

    fn forget_first(&mut self) {
        if let Some((_, (key, _))) = self.order.pop_first() {
            self.latest.remove(&key);
        }
    }

    fn clear(&mut self) {
        self.latest.clear();
        self.order.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trade(number: u64, revision: u64, hour: i64) -> OwnTrade {
        OwnTrade {
            instrument: InstrumentId(0),
            trade: TradeId(number),
            order: "7".to_owned(),
            venue_order: 7,
            client_order: String::new(),
            side: Side::Buy,
            price: Price::ZERO,
            volume: Volume::ZERO,
            is_taker: None,
            is_valid: true,
            revision,
            ts_event: Timestamp::EPOCH,
            ts_recv: Timestamp::from_nanos(hour * 3_600 * NANOS_PER_SECOND),
        }
    }

    #[test]
    fn a_trade_is_told_once_for_as_long_as_an_answer_may_repeat_it() {
        let mut told = OwnTold::new(Memory {
            told_max: 1_000,
            trades_hours: 24,
        });
        assert!(told.is_trade_news(&trade(1, 1, 0)));
        assert!(!told.is_trade_news(&trade(1, 1, 25)));
        assert!(told.is_trade_news(&trade(1, 2, 25)));
        // A day's trades an hour, for a year.
        for number in 2..8_762 {
            let at = number as i64 + 25;
            assert!(told.is_trade_news(&trade(number, 1, at)));
            assert!(!told.is_trade_news(&trade(number, 1, at)));
            assert!(told.trades.latest.len() <= 27);
        }
    }

    #[test]
    fn what_is_remembered_stays_within_its_bound() {
        let mut told = OwnTold::new(Memory {
            told_max: 3,
            trades_hours: 24,
        });
        for number in 1..=1_000 {
            assert!(told.is_trade_news(&trade(number, 1, 0)));
            // One that is told anew is not among the first to be forgotten.
            assert!(told.is_trade_news(&trade(7_777, number, 0)));
        }
        assert_eq!((told.trades.latest.len(), told.trades.order.len()), (3, 3));
        assert!(!told.is_trade_news(&trade(7_777, 1_000, 0)));
        assert!(told.is_trade_news(&trade(1, 1, 0)));
    }
}
