//! Market data as book events: snapshots (35=W) and incremental refreshes (35=X).

use wattbook_domain::{Price, Volume};

use super::error::{BookError, ValueError};
use super::message::{Field, Fields, Message};
use super::value::Value;

const SYMBOL: u32 = 55;
const ENTRY_TYPE: u32 = 269;
const ENTRY_PRICE: u32 = 270;
const ENTRY_SIZE: u32 = 271;
const ENTRY_ID: u32 = 278;
const UPDATE_ACTION: u32 = 279;
const POSITION: u32 = 290;
const ORDERS: u32 = 346;
const COUNT: u32 = 268;

/// `MDEntryType` (269).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// `0`.
    Bid,
    /// `1`.
    Offer,
    /// `2`.
    Trade,
    /// Any other character, such as `4` for the opening price.
    Other(u8),
}

/// `MDUpdateAction` (279).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryAction {
    /// `0`; every entry of a snapshot.
    New,
    /// `1`.
    Change,
    /// `2`.
    Delete,
    /// `3`.
    DeleteThru,
    /// `4`.
    DeleteFrom,
    /// `5`.
    Overlay,
}

/// One entry of a snapshot or refresh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BookEntry<'a> {
    /// What happened.
    pub action: EntryAction,
    /// Which part of the market.
    pub kind: EntryKind,
    /// Symbol (55), borrowed from the frame; empty when the entry does not name one.
    pub symbol: &'a [u8],
    /// In currency per price unit; `None` when there is none, as for an empty book.
    pub price: Option<Price>,
    /// In volume units.
    pub volume: Option<Volume>,
    /// `MDEntryID` (278); empty when there is none.
    pub id: &'a [u8],
    /// `MDEntryPositionNo` (290), from 1 on.
    pub position: Option<u32>,
    /// `NumberOfOrders` (346).
    pub orders: Option<u32>,
}

/// Entries of one message, in order. Nothing is allocated.
///
/// The first error ends it: what follows a field that cannot be read may belong to any entry.
#[derive(Debug, Clone)]
pub struct BookEntries<'a> {
    fields: Fields<'a>,
    /// The field that every entry begins with.
    first: u32,
    symbol: &'a [u8],
    /// The first field of the next entry.
    next: Option<Field<'a>>,
    stated: u64,
    seen: u64,
}

impl<'a> Message<'a> {
    /// The entries of a snapshot or refresh; `None` for other messages.
    ///
    /// # Errors
    /// [`BookError`] when the number of entries is missing or no number.
    #[inline]
    pub fn book_entries(&self) -> Result<Option<BookEntries<'a>>, BookError> {
        let first = match self.msg_type() {
            b"W" => ENTRY_TYPE,
            b"X" => UPDATE_ACTION,
            _ => return Ok(None),
        };
        let mut fields = self.fields();
        let mut symbol: &[u8] = &[];
        // Version, length, type, sender, target, number and time stand before at least.
        loop {
            let field = fields.next().ok_or(BookError::NoCount)??;
            match field.tag {
                SYMBOL => symbol = field.value.bytes(),
                COUNT => {
                    let stated = of_field(COUNT, field.value.count())?;
                    let next = match fields.next().transpose()? {
                        Some(field) if field.tag == first => Some(field),
                        _ => None,
                    };
                    return Ok(Some(BookEntries {
                        fields,
                        first,
                        symbol,
                        next,
                        stated,
                        seen: 0,
                    }));
                }
                _ => {}
            }
        }
    }
}

impl<'a> BookEntries<'a> {
    /// Reads one entry, whose first field is `first`, up to the first field of the next.
    #[inline]
    fn entry(&mut self, first: Field<'a>) -> Result<BookEntry<'a>, BookError> {
        let mut entry = BookEntry {
            action: EntryAction::New,
            kind: EntryKind::Other(0),
            symbol: self.symbol,
            price: None,
            volume: None,
            id: &[],
            position: None,
            orders: None,
        };
        let mut has_kind = false;
        let mut field = first;
        self.next = None;
        loop {
            let value = field.value;
            match field.tag {
                ENTRY_TYPE => {
                    entry.kind = of_field(ENTRY_TYPE, kind(value))?;
                    has_kind = true;
                }
                UPDATE_ACTION => entry.action = of_field(UPDATE_ACTION, action(value))?,
                SYMBOL => entry.symbol = value.bytes(),
                ENTRY_PRICE => entry.price = Some(of_field(ENTRY_PRICE, value.price())?),
                ENTRY_SIZE => entry.volume = Some(of_field(ENTRY_SIZE, value.volume())?),
                ENTRY_ID => entry.id = value.bytes(),
                POSITION => entry.position = Some(of_field(POSITION, small(value))?),
                ORDERS => entry.orders = Some(of_field(ORDERS, small(value))?),
                _ => {}
            }
            field = match self.fields.ordinary() {
                Some(next) => next,
                None => match self.fields.unusual().transpose()? {
                    Some(next) => next,
                    None => break,
                },
            };
            if field.tag == self.first {
                self.next = Some(field);
                break;
            }
        }
        // A deletion may name its entry by its ID alone.
        if has_kind || entry.action != EntryAction::New {
            Ok(entry)
        } else {
            Err(BookError::NoKind { entry: self.seen })
        }
    }
}

impl<'a> Iterator for BookEntries<'a> {
    type Item = Result<BookEntry<'a>, BookError>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let Some(first) = self.next else {
            if self.seen == self.stated {
                return None;
            }
            let (stated, seen) = (self.stated, self.seen);
            self.stated = seen;
            return Some(Err(BookError::Count { stated, seen }));
        };
        let entry = self.entry(first);
        self.seen += 1;
        if entry.is_err() {
            self.next = None;
            self.stated = self.seen;
        }
        Some(entry)
    }
}

#[inline]
fn of_field<T>(tag: u32, value: Result<T, ValueError>) -> Result<T, BookError> {
    value.map_err(|error| BookError::Value { tag, error })
}

#[inline]
fn kind(value: Value<'_>) -> Result<EntryKind, ValueError> {
    Ok(match value.char()? {
        b'0' => EntryKind::Bid,
        b'1' => EntryKind::Offer,
        b'2' => EntryKind::Trade,
        other => EntryKind::Other(other),
    })
}

#[inline]
fn action(value: Value<'_>) -> Result<EntryAction, ValueError> {
    Ok(match value.char()? {
        b'0' => EntryAction::New,
        b'1' => EntryAction::Change,
        b'2' => EntryAction::Delete,
        b'3' => EntryAction::DeleteThru,
        b'4' => EntryAction::DeleteFrom,
        b'5' => EntryAction::Overlay,
        _ => {
            return Err(ValueError::Format {
                expected: "an action from 0 to 5",
            });
        }
    })
}

#[inline]
fn small(value: Value<'_>) -> Result<u32, ValueError> {
    u32::try_from(value.count()?).map_err(|_| ValueError::TooLarge)
}
