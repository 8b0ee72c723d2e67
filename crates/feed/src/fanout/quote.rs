//! Best prices of an instrument.

use wattbook_book::TopOfBook;
use wattbook_domain::id::InstrumentId;
use wattbook_domain::{Price, Volume};

use super::ring::Carried;
use crate::event::{EVENT_WORDS, FeedEvent};

/// Best bid and ask as an event left them. A side without orders has volume zero.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedQuote {
    /// Of the message that changed them.
    pub sequence: u64,
    /// Time at the venue, ns UTC.
    pub ts_event: i64,
    /// Time of reception, ns UTC.
    pub ts_recv: i64,
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

impl FeedQuote {
    /// The quote that `top`, in 1e-6, is after `event`.
    #[must_use]
    pub fn new(event: &FeedEvent, top: &TopOfBook) -> Self {
        let price = |side: Option<(wattbook_domain::Ticks, wattbook_domain::Lots)>| {
            Price::from_millionths(side.map_or(0, |(price, _)| price.count()))
        };
        let volume = |side: Option<(wattbook_domain::Ticks, wattbook_domain::Lots)>| {
            Volume::from_millionths(side.map_or(0, |(_, volume)| volume.count()))
        };
        Self {
            sequence: event.sequence,
            ts_event: event.ts_event,
            ts_recv: event.ts_recv,
            instrument: event.instrument,
            bid_price: price(top.bid),
            ask_price: price(top.ask),
            bid_volume: volume(top.bid),
            ask_volume: volume(top.ask),
        }
    }
}

impl Carried for FeedQuote {
    fn to_words(&self) -> [u64; EVENT_WORDS] {
        [
            self.sequence,
            self.ts_event as u64,
            self.ts_recv as u64,
            u64::from(self.instrument.0),
            self.bid_price.millionths() as u64,
            self.ask_price.millionths() as u64,
            self.bid_volume.millionths() as u64,
            self.ask_volume.millionths() as u64,
        ]
    }

    fn from_words(words: &[u64; EVENT_WORDS]) -> Self {
        Self {
            sequence: words[0],
            ts_event: words[1] as i64,
            ts_recv: words[2] as i64,
            instrument: InstrumentId(words[3] as u32),
            bid_price: Price::from_millionths(words[4] as i64),
            ask_price: Price::from_millionths(words[5] as i64),
            bid_volume: Volume::from_millionths(words[6] as i64),
            ask_volume: Volume::from_millionths(words[7] as i64),
        }
    }
}
