//! FIX market data: snapshots (35=W) and incremental refreshes (35=X).

use rustc_hash::FxHashMap;
use wattbook_codec::fix::{self, BookEntry, EntryAction, EntryKind, Frame};
use wattbook_domain::id::InstrumentId;
use wattbook_domain::order::Side;
use wattbook_domain::{Price, Volume};
use xxhash_rust::xxh3::xxh3_64;

use super::{MessageError, event_of};
use crate::books::Books;
use crate::event::{EventKind, FeedEvent};
use crate::sink::Message;

/// What an entry of a feed in FIX stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FixBook {
    /// The volume at a price.
    Levels,
    /// One order, known by its `MDEntryID` (278).
    Orders,
}

/// Decodes FIX; symbols become instruments in the order in which they come, from 1.
#[derive(Debug)]
pub struct FixDecoder {
    decoder: fix::Decoder,
    book: FixBook,
    symbols: FxHashMap<Box<[u8]>, u32>,
    symbols_max: usize,
}

impl FixDecoder {
    /// A decoder that keeps up to `symbols_max` symbols.
    #[must_use]
    pub fn new(book: FixBook, symbols_max: usize) -> Self {
        Self {
            decoder: fix::Decoder::default(),
            book,
            symbols: FxHashMap::default(),
            symbols_max,
        }
    }

    /// The instrument that stands for `symbol`.
    #[must_use]
    pub fn instrument(&self, symbol: &[u8]) -> Option<InstrumentId> {
        self.symbols.get(symbol).map(|id| InstrumentId(*id))
    }

    pub(super) fn decode(
        &mut self,
        message: &Message<'_>,
        books: &Books,
        out: &mut Vec<FeedEvent>,
    ) -> Result<(), MessageError> {
        let refused = |reason: String| MessageError::Fix { reason };
        let mut state = Entries::new(self.book, message, books, out);
        let mut frames = self.decoder.last_frames(message.bytes);
        while let Some(frame) = frames.next() {
            let found = match frame {
                Frame::Message(found) => found,
                Frame::Skipped(part) => {
                    let (at, bytes, why) = (part.offset, part.bytes, part.reason);
                    let reason = format!("byte {at}: {bytes} bytes are none: {why}");
                    return Err(refused(reason));
                }
            };
            let is_snapshot = found.msg_type() == b"W";
            let entries = found
                .book_entries()
                .map_err(|error| refused(error.to_string()))?;
            for entry in entries.into_iter().flatten() {
                let entry = entry.map_err(|error| refused(error.to_string()))?;
                let instrument = instrument_of(&mut self.symbols, entry.symbol, self.symbols_max)?;
                state.entry(&entry, instrument, is_snapshot)?;
            }
            state.cleared = None;
        }
        Ok(())
    }
}

fn instrument_of(
    symbols: &mut FxHashMap<Box<[u8]>, u32>,
    symbol: &[u8],
    limit: usize,
) -> Result<InstrumentId, MessageError> {
    if let Some(id) = symbols.get(symbol) {
        return Ok(InstrumentId(*id));
    }
    if symbols.len() >= limit {
        return Err(MessageError::Symbols {
            symbol: String::from_utf8_lossy(symbol).into_owned(),
            limit,
        });
    }
    let id = symbols.len() as u32 + 1;
    symbols.insert(symbol.into(), id);
    Ok(InstrumentId(id))
}

/// What is known while the entries of a message are read.
struct Entries<'a, 'm> {
    book: FixBook,
    message: &'a Message<'m>,
    books: &'a Books,
    out: &'a mut Vec<FeedEvent>,
    /// Whose book the running snapshot has emptied.
    cleared: Option<InstrumentId>,
}

impl<'a, 'm> Entries<'a, 'm> {
    fn new(
        book: FixBook,
        message: &'a Message<'m>,
        books: &'a Books,
        out: &'a mut Vec<FeedEvent>,
    ) -> Self {
        Self {
            book,
            message,
            books,
            out,
            cleared: None,
        }
    }

    fn entry(
        &mut self,
        entry: &BookEntry<'_>,
        instrument: InstrumentId,
        is_snapshot: bool,
    ) -> Result<(), MessageError> {
        let event = FeedEvent {
            instrument,
            orders: entry.orders.unwrap_or(0),
            ..event_of(self.message)
        };
        if is_snapshot && self.cleared != Some(instrument) {
            self.cleared = Some(instrument);
            self.out.push(FeedEvent {
                kind: EventKind::Clear,
                ..event
            });
        }
        let side = match entry.kind {
            EntryKind::Bid => Some(Side::Buy),
            EntryKind::Offer => Some(Side::Sell),
            EntryKind::Trade => {
                self.out.push(FeedEvent {
                    kind: EventKind::Trade,
                    price: entry.price.ok_or(MessageError::Missing { field: "270" })?,
                    volume: entry.volume.unwrap_or_default(),
                    ..event
                });
                return Ok(());
            }
            // A deletion may name its entry by its ID alone.
            EntryKind::Other(0) => None,
            EntryKind::Other(_) => return Ok(()),
        };
        let event = FeedEvent { side, ..event };
        match self.book {
            FixBook::Levels => self.level(entry, event),
            FixBook::Orders => self.order(entry, event),
        }
    }

    fn level(&mut self, entry: &BookEntry<'_>, event: FeedEvent) -> Result<(), MessageError> {
        let volume = match entry.action {
            EntryAction::New | EntryAction::Change | EntryAction::Overlay => {
                entry.volume.ok_or(MessageError::Missing { field: "271" })?
            }
            EntryAction::Delete => Volume::default(),
            EntryAction::DeleteThru => return Err(MessageError::Action { found: 3 }),
            EntryAction::DeleteFrom => return Err(MessageError::Action { found: 4 }),
        };
        self.out.push(FeedEvent {
            kind: EventKind::Level,
            price: entry.price.ok_or(MessageError::Missing { field: "270" })?,
            volume,
            ..event
        });
        Ok(())
    }

    fn order(&mut self, entry: &BookEntry<'_>, event: FeedEvent) -> Result<(), MessageError> {
        if entry.id.is_empty() {
            return Err(MessageError::Missing { field: "278" });
        }
        let venue_order = number_of(entry.id);
        let kind = match entry.action {
            EntryAction::New => EventKind::Add,
            EntryAction::Change | EntryAction::Overlay => EventKind::Modify,
            EntryAction::Delete => EventKind::Delete,
            EntryAction::DeleteThru => return Err(MessageError::Action { found: 3 }),
            EntryAction::DeleteFrom => return Err(MessageError::Action { found: 4 }),
        };
        // A change names what is another; the rest stands.
        let open = match kind {
            EventKind::Add => None,
            _ => self.books.order(event.instrument, venue_order),
        };
        let price = entry
            .price
            .or(open.map(|open| Price::from_millionths(open.price.count())));
        let volume = entry
            .volume
            .or(open.map(|open| Volume::from_millionths(open.volume.count())));
        let is_gone = kind == EventKind::Delete;
        if !is_gone && price.is_none() {
            return Err(MessageError::Missing { field: "270" });
        }
        if !is_gone && volume.is_none() {
            return Err(MessageError::Missing { field: "271" });
        }
        self.out.push(FeedEvent {
            kind,
            venue_order,
            side: event.side.or(open.map(|open| open.side)),
            price: price.unwrap_or_default(),
            volume: if is_gone {
                Volume::default()
            } else {
                volume.unwrap_or_default()
            },
            ..event
        });
        Ok(())
    }
}

/// The number that an ID is, or stands for where it is none.
fn number_of(id: &[u8]) -> u64 {
    let text = std::str::from_utf8(id).ok();
    let is_canonical = id.len() == 1 || !id.starts_with(b"0");
    text.filter(|_| is_canonical && id.iter().all(u8::is_ascii_digit))
        .and_then(|text| text.parse().ok())
        .unwrap_or_else(|| xxh3_64(id))
}
