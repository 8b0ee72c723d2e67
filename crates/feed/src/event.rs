//! What came of a message: one change of a book, a trade, or a word about the stream; 64 bytes, so that
//! each fills one line of the processor's cache.

use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;
use wattbook_domain::{Price, Volume};

/// What an event says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
#[repr(u8)]
pub enum EventKind {
    /// An order entered.
    #[default]
    Add = 1,
    /// An order's price or volume is another from now on.
    Modify = 2,
    /// An order left.
    Delete = 3,
    /// All orders and levels of the instrument left.
    Clear = 4,
    /// What stands at a price from now on; volume 0 for nothing.
    Level = 5,
    /// A trade.
    Trade = 6,
    /// Messages up to `sequence` are lost: books are not to be trusted.
    Lost = 7,
    /// A snapshot begins: all books are empty.
    SnapshotBegan = 8,
    /// The snapshot has ended: books are to be trusted.
    SnapshotEnded = 9,
    /// Another session has begun.
    SessionChanged = 10,
}

impl EventKind {
    const ALL: [Self; 10] = [
        Self::Add,
        Self::Modify,
        Self::Delete,
        Self::Clear,
        Self::Level,
        Self::Trade,
        Self::Lost,
        Self::SnapshotBegan,
        Self::SnapshotEnded,
        Self::SessionChanged,
    ];
}

/// An event of a feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct FeedEvent {
    /// Of the message that it came from.
    pub sequence: u64,
    /// Time at the venue, ns UTC; 0 where it does not say.
    pub ts_event: i64,
    /// Time of reception, ns UTC.
    pub ts_recv: i64,
    /// What it is about; 0 for the stream as a whole.
    pub instrument: InstrumentId,
    /// What it says.
    pub kind: EventKind,
    /// Of an order or level, its side; of a trade, the side that took.
    pub side: Option<Side>,
    /// The venue's number of the order, or of the trade; 0 where there is none.
    pub venue_order: u64,
    /// In currency per price unit.
    pub price: Price,
    /// In volume units; of a change, what is open from now on.
    pub volume: Volume,
    /// Orders at a level; 0 where the venue does not say.
    pub orders: u32,
    /// Sessions before this one.
    pub generation: u32,
}

/// Words of an event as it is carried in rings, files and hashes.
pub const EVENT_WORDS: usize = 8;

impl FeedEvent {
    /// The event as eight words.
    #[inline]
    #[must_use]
    pub const fn to_words(&self) -> [u64; EVENT_WORDS] {
        let side = match self.side {
            None => 0,
            Some(side) => side as u64,
        };
        [
            self.sequence,
            self.ts_event as u64,
            self.ts_recv as u64,
            self.instrument.0 as u64 | (self.kind as u64) << 32 | side << 40,
            self.venue_order,
            self.price.millionths() as u64,
            self.volume.millionths() as u64,
            self.orders as u64 | (self.generation as u64) << 32,
        ]
    }

    /// The event that [`to_words`](Self::to_words) gave.
    #[inline]
    #[must_use]
    pub const fn from_words(words: &[u64; EVENT_WORDS]) -> Self {
        let kind = (words[3] >> 32 & 0xff) as usize;
        let kind = if kind >= 1 && kind <= EventKind::ALL.len() {
            EventKind::ALL[kind - 1]
        } else {
            EventKind::Add
        };
        let side = match words[3] >> 40 & 0xff {
            1 => Some(Side::Buy),
            2 => Some(Side::Sell),
            _ => None,
        };
        Self {
            sequence: words[0],
            ts_event: words[1] as i64,
            ts_recv: words[2] as i64,
            instrument: InstrumentId(words[3] as u32),
            kind,
            side,
            venue_order: words[4],
            price: Price::from_millionths(words[5] as i64),
            volume: Volume::from_millionths(words[6] as i64),
            orders: words[7] as u32,
            generation: (words[7] >> 32) as u32,
        }
    }
}
