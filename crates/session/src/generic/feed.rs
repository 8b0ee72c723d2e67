//! What a described venue tells, as events: contracts, books, trades.

use std::collections::BTreeMap;

use wattbook_codec::json::{Document, JsonError, Value};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Trade as MarketTrade};
use wattbook_domain::{InstrumentId, Timestamp, TradeId};

use super::contract;
use super::description::Description;
use super::fields::{Book, LIMITS, Told, Trade, read};
use crate::venue::{BookSync, Change, Listing, Outbox, Revision, Taken, VenueEvent};

/// How a message leaves a book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Left {
    /// Whole, as told.
    Whole,
    /// The book of this contract lacks a change.
    LacksChange(String),
    /// What came for the whole was older than the changes that wait for it.
    LacksWhole(String),
}

/// What messages add up to.
#[derive(Debug)]
pub(super) struct Feed {
    pub(super) outbox: Outbox,
    listing: Listing,
    symbols: BTreeMap<InstrumentId, String>,
    sync: BookSync,
    /// Revisions of venues that count nothing.
    counts: BTreeMap<InstrumentId, u64>,
}

impl Feed {
    pub(super) fn new(description: &Description) -> Self {
        Self {
            outbox: Outbox::default(),
            listing: Listing::new(description.first_instrument, description.contracts_max),
            symbols: BTreeMap::new(),
            sync: BookSync::default(),
            counts: BTreeMap::new(),
        }
    }

    /// Every book needs a snapshot again.
    pub(super) fn suspend(&mut self) {
        self.sync.suspend();
    }

    /// The listed contracts.
    pub(super) fn symbols(&self) -> Vec<String> {
        self.symbols.values().cloned().collect()
    }

    /// Whether no book waits for its whole.
    pub(super) fn is_whole(&self) -> bool {
        self.symbols.keys().all(|id| !self.sync.is_waiting(*id))
    }

    /// Lists the contracts of the description itself.
    pub(super) fn list_described(&mut self, description: &Description) {
        for listed in &description.instrument {
            let made = contract::from_file(listed, description.venue);
            self.define(&listed.symbol, made);
        }
    }

    /// Lists the contracts of the venue's answer.
    pub(super) fn list(
        &mut self,
        description: &Description,
        answer: &[u8],
    ) -> Result<(), JsonError> {
        let document = Document::parse(answer, LIMITS)?;
        let Some(listing) = &description.listing else {
            return Ok(());
        };
        let rows = document.root().at(&listing.rows);
        for row in rows.into_iter().flat_map(Value::elements) {
            match contract::from_row(listing, row, description.units, description.venue) {
                Ok((symbol, instrument)) => self.define(&symbol, Ok(instrument)),
                Err(reason) => {
                    self.outbox
                        .quarantine("listing", row.offset(), reason, answer);
                }
            }
        }
        Ok(())
    }

    fn define(&mut self, symbol: &str, made: Result<Instrument, String>) {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:".contains(&byte);
        let defined = made.and_then(|instrument| {
            if symbol.is_empty() || !symbol.bytes().all(is_plain) {
                return Err(
                    "a code of other characters than letters, digits and _ - . :".to_owned(),
                );
            }
            self.listing
                .define(symbol, "", instrument, &mut self.outbox)
        });
        match defined {
            Ok(id) => {
                self.symbols.insert(id, symbol.to_owned());
            }
            Err(reason) => {
                let reason = format!("contract {symbol:?}: {reason}");
                self.outbox
                    .quarantine("listing", 0, reason, symbol.as_bytes());
            }
        }
    }

    /// Takes a message of the stream; how it leaves its books.
    pub(super) fn take_text(
        &mut self,
        now: Timestamp,
        description: &Description,
        bytes: &[u8],
    ) -> Vec<Left> {
        let mut faults = Vec::new();
        let mut left = Vec::new();
        match read(description, bytes, &mut faults) {
            Ok(all) => {
                for told in all {
                    match told {
                        Told::Book(book) => left.extend(self.take_book(now, &book)),
                        Told::Trade(trade) => self.take_trade(now, &trade, bytes),
                        Told::Refusal(text) => self.outbox.push(VenueEvent::Notice(text)),
                        Told::Nothing => {}
                    }
                }
            }
            Err(error) => {
                self.outbox
                    .quarantine("stream", error.offset(), error.to_string(), bytes);
                left.extend(self.doubt(None));
            }
        }
        for fault in faults {
            self.outbox
                .quarantine("stream", fault.offset, fault.reason, bytes);
            left.extend(self.doubt(fault.symbol.as_deref()));
        }
        left
    }

    /// After an unreadable message about `symbol`, or nobody knows which: where the venue counts no
    /// revisions, nothing else shows what is missing.
    fn doubt(&mut self, symbol: Option<&str>) -> Vec<Left> {
        if self.counts.is_empty() {
            return Vec::new();
        }
        let concerned = self
            .symbols
            .iter()
            .filter(|(_, known)| symbol.is_none_or(|symbol| symbol == known.as_str()));
        let mut left = Vec::new();
        for (id, symbol) in concerned {
            self.sync.doubt(|known| known == *id, &mut self.outbox);
            left.push(Left::LacksChange(symbol.clone()));
        }
        left
    }

    /// Takes a book or changes of it; how they leave it, if that is worth a word.
    pub(super) fn take_book(&mut self, now: Timestamp, book: &Book) -> Option<Left> {
        let Some(id) = self.listing.find(&book.symbol, "") else {
            let reason = format!("a book of {:?}, which is not listed", book.symbol);
            self.outbox
                .quarantine("stream", 0, reason, book.symbol.as_bytes());
            return None;
        };
        let (number, follows) = book.revision.unwrap_or_else(|| {
            let count = self.counts.entry(id).or_default();
            *count += 1;
            (*count, *count - 1)
        });
        let changes = book
            .entries
            .iter()
            .map(|(order, side, price, volume)| Change {
                order: *order,
                side: *side,
                price: *price,
                volume: *volume,
            });
        let revision = Revision {
            number,
            follows,
            ts_event: book.ts_event.unwrap_or(now),
            changes: changes.collect(),
        };
        let symbol = book.symbol.clone();
        if !book.is_whole {
            let taken = self.sync.update(id, revision, &mut self.outbox);
            return (taken == Taken::Gap).then_some(Left::LacksChange(symbol));
        }
        match self.sync.snapshot(id, &revision, &mut self.outbox) {
            Taken::Gap => Some(Left::LacksWhole(symbol)),
            Taken::Applied => Some(Left::Whole),
            Taken::Duplicate | Taken::Held => None,
        }
    }

    fn take_trade(&mut self, now: Timestamp, trade: &Trade, bytes: &[u8]) {
        let Some(instrument) = self.listing.find(&trade.symbol, "") else {
            let reason = format!("a trade of {:?}, which is not listed", trade.symbol);
            return self.outbox.quarantine("stream", 0, reason, bytes);
        };
        let traded = MarketTrade {
            instrument,
            trade: TradeId(trade.id),
            aggressor: trade.aggressor,
            price: trade.price,
            volume: trade.volume,
        };
        let ts_event = trade.ts_event.unwrap_or(now);
        self.outbox.market(ts_event, 0, MarketEvent::Trade(traded));
    }
}
