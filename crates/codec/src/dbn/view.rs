//! Fields of the frequent records, read where they lie.

use super::record::Record;

/// A view over a record: each method reads one field.
macro_rules! view {
    ($(#[$about:meta])* $name:ident, $size:literal, $($rtype:pat_param)|+, {
        $($(#[$what:meta])* $field:ident: $kind:ty = $offset:literal,)*
    }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy)]
        pub struct $name<'a>(&'a [u8; $size]);

        impl<'a> $name<'a> {
            /// The view, if `record` is of this type.
            #[inline]
            #[must_use]
            pub fn of(record: &Record<'a>) -> Option<Self> {
                match record.rtype() {
                    $($rtype)|+ => record.bytes().first_chunk().map(Self),
                    _ => None,
                }
            }

            $($(#[$what])*
            #[inline]
            #[must_use]
            pub fn $field(&self) -> $kind {
                const SIZE: usize = size_of::<$kind>();
                let mut bytes = [0; SIZE];
                bytes.copy_from_slice(&self.0[$offset..$offset + SIZE]);
                <$kind>::from_le_bytes(bytes)
            })*
        }
    };
}

view! {
    /// One order entered, changed, filled or taken back, or a trade (`mbo`).
    Mbo, 56, 0xa0, {
        /// Instrument, by the publisher's number.
        instrument_id: u32 = 4,
        /// Time at the venue, in ns UTC.
        ts_event: u64 = 8,
        /// The venue's number of the order.
        order_id: u64 = 16,
        /// Price in 1e-9; `i64::MAX` for none.
        price: i64 = 24,
        /// Volume in lots.
        size: u32 = 32,
        /// Bits: 0x80 last of the event, 0x20 snapshot, 0x08 bad book.
        flags: u8 = 36,
        /// `A`dd, `C`ancel, `M`odify, clea`R`, `T`rade, `F`ill, `N`one.
        action: u8 = 38,
        /// `A`sk, `B`id, `N`one.
        side: u8 = 39,
        /// Time of reception, in ns UTC.
        ts_recv: u64 = 40,
        /// The venue's number of the message.
        sequence: u32 = 52,
    }
}

view! {
    /// A trade (`trades`), or the event part of a book record.
    Trade, 48, 0x00 | 0x01 | 0x0a | 0xc5, {
        /// Instrument, by the publisher's number.
        instrument_id: u32 = 4,
        /// Time at the venue, in ns UTC.
        ts_event: u64 = 8,
        /// Price in 1e-9; `i64::MAX` for none.
        price: i64 = 16,
        /// Volume in lots.
        size: u32 = 24,
        /// `A`dd, `C`ancel, `M`odify, clea`R`, `T`rade.
        action: u8 = 28,
        /// Side of the taker: `A`sk, `B`id, `N`one.
        side: u8 = 29,
        /// Bits as in [`Mbo::flags`].
        flags: u8 = 30,
        /// Level that changed, 0 the best.
        depth: u8 = 31,
        /// Time of reception, in ns UTC.
        ts_recv: u64 = 32,
        /// The venue's number of the message.
        sequence: u32 = 44,
    }
}

view! {
    /// A bar (`ohlcv-*`).
    Bar, 56, 0x11 | 0x20..=0x24, {
        /// Instrument, by the publisher's number.
        instrument_id: u32 = 4,
        /// Start of the bar, in ns UTC.
        ts_event: u64 = 8,
        /// First price in 1e-9.
        open: i64 = 16,
        /// Highest price in 1e-9.
        high: i64 = 24,
        /// Lowest price in 1e-9.
        low: i64 = 32,
        /// Last price in 1e-9.
        close: i64 = 40,
        /// Volume in lots.
        volume: u64 = 48,
    }
}

/// Both sides of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Level {
    /// Bid in 1e-9; `i64::MAX` for none.
    pub bid_price: i64,
    /// Ask in 1e-9; `i64::MAX` for none.
    pub ask_price: i64,
    /// Bid volume in lots.
    pub bid_size: u32,
    /// Ask volume in lots.
    pub ask_size: u32,
    /// Orders that make the bid.
    pub bid_count: u32,
    /// Orders that make the ask.
    pub ask_count: u32,
}

const LEVEL_SIZE: usize = 32;
const LEVELS_AT: usize = 48;

impl Level {
    #[inline]
    fn read(bytes: &[u8; LEVEL_SIZE]) -> Self {
        let (words, _) = bytes.as_chunks::<4>();
        let long = |word: usize| {
            let (low, high) = (
                u32::from_le_bytes(words[word]),
                u32::from_le_bytes(words[word + 1]),
            );
            (u64::from(high) << 32 | u64::from(low)) as i64
        };
        Self {
            bid_price: long(0),
            ask_price: long(2),
            bid_size: u32::from_le_bytes(words[4]),
            ask_size: u32::from_le_bytes(words[5]),
            bid_count: u32::from_le_bytes(words[6]),
            ask_count: u32::from_le_bytes(words[7]),
        }
    }
}

/// A book of one or ten levels after an event (`mbp-1`, `tbbo`, `mbp-10`).
#[derive(Debug, Clone, Copy)]
pub struct Mbp<'a> {
    event: Trade<'a>,
    levels: &'a [[u8; LEVEL_SIZE]],
}

impl<'a> Mbp<'a> {
    /// The view, if `record` is of this type.
    #[inline]
    #[must_use]
    pub fn of(record: &Record<'a>) -> Option<Self> {
        let count = match record.rtype() {
            0x01 | 0xc5 => 1,
            0x0a => 10,
            _ => return None,
        };
        let bytes = record
            .bytes()
            .get(LEVELS_AT..LEVELS_AT + count * LEVEL_SIZE)?;
        Some(Self {
            event: Trade::of(record)?,
            levels: bytes.as_chunks().0,
        })
    }

    /// What happened.
    #[must_use]
    pub fn event(&self) -> Trade<'a> {
        self.event
    }

    /// The levels afterwards, the best first.
    pub fn levels(&self) -> impl ExactSizeIterator<Item = Level> + use<'a> {
        self.levels.iter().map(Level::read)
    }
}

/// Top of the book, sampled (`bbo-1s`, `bbo-1m`).
#[derive(Debug, Clone, Copy)]
pub struct Bbo<'a>(&'a [u8; 80]);

impl<'a> Bbo<'a> {
    /// The view, if `record` is of this type.
    #[inline]
    #[must_use]
    pub fn of(record: &Record<'a>) -> Option<Self> {
        match record.rtype() {
            0xc3 | 0xc4 => record.bytes().first_chunk().map(Self),
            _ => None,
        }
    }

    /// The best level.
    #[must_use]
    pub fn level(&self) -> Level {
        let mut bytes = [0; LEVEL_SIZE];
        bytes.copy_from_slice(&self.0[LEVELS_AT..]);
        Level::read(&bytes)
    }
}
