//! Book events and rejections of many messages, for callers that take batches.

use wattbook_domain::{Price, Volume};

use super::application::Logons;
use super::book::{BookEntry, EntryAction, EntryKind};
use super::dictionary::Dictionary;
use super::error::BookError;
use super::frame::{Decoder, Frame};
use super::message::Message;
use super::validate::{RejectReason, Rejected, Rules};

/// Stands for a price or volume that is not there.
pub const NONE: i64 = i64::MIN;

/// Entries of every snapshot and refresh in a stretch of bytes, in columns.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct BookColumns {
    /// Number of the message among all.
    pub message: Vec<i64>,
    /// `MDUpdateAction` (279) as a number.
    pub action: Vec<u8>,
    /// `MDEntryType` (269) as its character.
    pub kind: Vec<u8>,
    /// Where Symbol (55) begins, in bytes from the start.
    pub symbol_start: Vec<i64>,
    /// Where it ends.
    pub symbol_end: Vec<i64>,
    /// In 1e-6 currency per price unit; [`NONE`] when there is none.
    pub price: Vec<i64>,
    /// In 1e-6 volume units; [`NONE`] when there is none.
    pub volume: Vec<i64>,
    /// Messages that cannot be read to their end, and why.
    pub faults: Vec<(usize, BookError)>,
}

impl BookColumns {
    /// The entries of the messages in `bytes`, after which nothing follows.
    #[must_use]
    pub fn read(decoder: &mut Decoder, bytes: &[u8]) -> Self {
        let mut columns = Self::default();
        each_message(decoder, bytes, |number, offset, message| {
            let entries = match message.book_entries() {
                Ok(Some(entries)) => entries,
                Ok(None) => return,
                Err(error) => return columns.faults.push((number, error)),
            };
            for entry in entries {
                match entry {
                    Ok(entry) => columns.push(number, offset, message, &entry),
                    Err(error) => columns.faults.push((number, error)),
                }
            }
        });
        columns
    }

    fn push(&mut self, number: usize, offset: usize, message: &Message<'_>, entry: &BookEntry<'_>) {
        let start = match entry.symbol {
            [] => 0,
            symbol => offset + message.place_of(symbol),
        };
        self.message.push(number as i64);
        self.action.push(match entry.action {
            EntryAction::New => 0,
            EntryAction::Change => 1,
            EntryAction::Delete => 2,
            EntryAction::DeleteThru => 3,
            EntryAction::DeleteFrom => 4,
            EntryAction::Overlay => 5,
        });
        self.kind.push(match entry.kind {
            EntryKind::Bid => b'0',
            EntryKind::Offer => b'1',
            EntryKind::Trade => b'2',
            EntryKind::Other(character) => character,
        });
        self.symbol_start.push(start as i64);
        self.symbol_end.push((start + entry.symbol.len()) as i64);
        self.price.push(entry.price.map_or(NONE, Price::millionths));
        self.volume
            .push(entry.volume.map_or(NONE, Volume::millionths));
    }
}

/// Messages of `bytes` that `dictionary`, or else that of their own version, refuses: number and why.
///
/// A version without a dictionary is an incorrect value of `BeginString` (8). Under FIXT 1.1 each
/// body is of the version that its `ApplVerID` (1128) or the last Logon of its sender says.
#[must_use]
pub fn rejections(
    decoder: &mut Decoder,
    bytes: &[u8],
    dictionary: Option<&'static Dictionary>,
    rules: Rules,
) -> Vec<(usize, Rejected)> {
    let mut rejected = Vec::new();
    let mut logons = Logons::default();
    each_message(decoder, bytes, |number, _, message| {
        let known = dictionary.or_else(|| Dictionary::of_begin_string(message.begin_string()));
        let unknown = Rejected {
            reason: RejectReason::ValueIncorrect,
            tag: 8,
        };
        let checked = match known {
            None => Err(unknown),
            Some(known) if known.is_transport() => {
                known.validate_over(message, logons.default_of(message), rules)
            }
            Some(known) => known.validate(message, rules),
        };
        if let Err(error) = checked {
            rejected.push((number, error));
        }
    });
    rejected
}

/// Gives `act` each message with its number and where it begins.
fn each_message(
    decoder: &mut Decoder,
    bytes: &[u8],
    mut act: impl FnMut(usize, usize, &Message<'_>),
) {
    let mut frames = decoder.last_frames(bytes);
    let mut number = 0;
    loop {
        let offset = frames.offset();
        match frames.next() {
            None => break,
            Some(Frame::Skipped(_)) => {}
            Some(Frame::Message(message)) => {
                act(number, offset, &message);
                number += 1;
            }
        }
    }
}
