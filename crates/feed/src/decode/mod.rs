//! Messages of a venue to events, through the codecs.

mod dbn;
mod fix;
mod itch;
mod sbe;

use wattbook_codec::dbn::DbnError;
use wattbook_codec::fixed::FixedError;
use wattbook_codec::sbe::SbeError;
use wattbook_domain::{Price, Volume};

use crate::books::Books;
use crate::event::FeedEvent;
use crate::sink::Message;

pub use dbn::DbnDecoder;
pub use fix::{FixBook, FixDecoder};
pub use itch::ItchDecoder;
pub use sbe::SbeDecoder;

/// Why a message gave no event. Offsets count from the message's first byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MessageError {
    /// No record of DBN.
    #[error(transparent)]
    Dbn(#[from] DbnError),
    /// No message of ITCH.
    #[error(transparent)]
    Fixed(#[from] FixedError),
    /// No message of the schema.
    #[error(transparent)]
    Sbe(#[from] SbeError),
    /// No FIX, or FIX whose entries cannot be read.
    #[error("FIX: {reason}")]
    Fix {
        /// What is wrong.
        reason: String,
    },
    /// A price finer than 1e-6 or beyond its range.
    #[error("price {mantissa}e{exponent} is no multiple of 1e-6 within range")]
    Price {
        /// As found.
        mantissa: i64,
        /// As found.
        exponent: i8,
    },
    /// A field that has to be there.
    #[error("{field} is missing")]
    Missing {
        /// Its name.
        field: &'static str,
    },
    /// An action that changes more than one price at once.
    #[error("action {found} is not supported: it changes several levels")]
    Action {
        /// As found.
        found: u8,
    },
    /// A change of an order that is not in the book.
    #[error("order {venue_order} is not in the book; a message was lost before it")]
    Unknown {
        /// The venue's number.
        venue_order: u64,
    },
    /// More symbols than are kept.
    #[error("symbol {symbol:?} is one more than the {limit} that are kept")]
    Symbols {
        /// As found.
        symbol: String,
        /// The most.
        limit: usize,
    },
}

/// Decodes the messages of one feed.
#[derive(Debug)]
pub enum Decoder {
    /// Databento's records: `mbo` gives orders, `trades` trades; others give nothing.
    Dbn(DbnDecoder),
    /// Nasdaq's ITCH 5.0.
    Itch(Box<ItchDecoder>),
    /// FIX 35=X and 35=W.
    Fix(Box<FixDecoder>),
    /// SBE with the fields of CME's MDP 3.0.
    Sbe(Box<SbeDecoder>),
}

impl Decoder {
    /// Appends what `message` says to `out`. `books` are as they stand before it.
    ///
    /// # Errors
    /// [`MessageError`]; `out` then holds what came before the fault.
    #[inline]
    pub fn decode(
        &mut self,
        message: &Message<'_>,
        books: &Books,
        out: &mut Vec<FeedEvent>,
    ) -> Result<(), MessageError> {
        match self {
            Self::Dbn(decoder) => decoder.decode(message, books, out),
            Self::Itch(decoder) => decoder.decode(message, books, out),
            Self::Fix(decoder) => decoder.decode(message, books, out),
            Self::Sbe(decoder) => decoder.decode(message, out),
        }
    }
}

/// An event with what every event of `message` has.
#[inline]
fn event_of(message: &Message<'_>) -> FeedEvent {
    FeedEvent {
        sequence: message.sequence,
        generation: message.generation,
        ts_event: message.ts_event,
        ts_recv: message.ts_recv,
        ..FeedEvent::default()
    }
}

/// `mantissa` times ten to the `exponent`, exactly.
#[inline]
fn price(mantissa: i64, exponent: i8) -> Result<Price, MessageError> {
    let found = MessageError::Price { mantissa, exponent };
    let shift = i32::from(exponent) + 6;
    let scale = 10_i64.checked_pow(shift.unsigned_abs());
    let millionths = match scale {
        Some(scale) if shift >= 0 => mantissa.checked_mul(scale),
        Some(scale) if mantissa % scale == 0 => Some(mantissa / scale),
        _ => None,
    };
    millionths.map(Price::from_millionths).ok_or(found)
}

/// Whole lots.
#[inline]
fn lots(count: u32) -> Volume {
    Volume::from_millionths(i64::from(count) * 1_000_000)
}
