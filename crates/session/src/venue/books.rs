//! The books of a session's events.

use std::collections::BTreeMap;

use wattbook_book::{Anomaly, DepthLevel, L2Book, L3Book, L3Delta, TopOfBook};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{BookAction, BookDelta, MarketEvent, Quote};
use wattbook_domain::volume::LotSize;
use wattbook_domain::{InstrumentId, Lots, Price, Side, TickSize, Ticks, Volume};

use super::event::VenueEvent;

/// Room for the orders of a contract before its book grows.
const ORDERS: usize = 64;

/// A book of the form that its venue publishes.
#[derive(Debug)]
enum Form {
    Unknown,
    Levels(Box<L2Book>),
    Orders(Box<L3Book>),
}

/// The book of one contract.
#[derive(Debug)]
pub struct BookView {
    tick: TickSize,
    lot: LotSize,
    form: Form,
    is_synced: bool,
    revision: u64,
    off_grid: u64,
}

/// Every book that a session's events build.
#[derive(Debug, Default)]
pub struct VenueBooks {
    books: BTreeMap<InstrumentId, BookView>,
}

impl VenueBooks {
    /// No book yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes over an event; those that concern no book change nothing.
    pub fn apply(&mut self, event: &VenueEvent) {
        match event {
            VenueEvent::Defined(definition) => self.define(&definition.instrument),
            VenueEvent::Synced {
                instrument,
                revision,
            } => {
                if let Some(book) = self.books.get_mut(instrument) {
                    (book.is_synced, book.revision) = (true, *revision);
                }
            }
            VenueEvent::Gap { instrument, .. } => {
                if let Some(book) = self.books.get_mut(instrument) {
                    book.is_synced = false;
                }
            }
            VenueEvent::State(super::SessionState::Lost { .. }) => {
                self.books
                    .values_mut()
                    .for_each(|book| book.is_synced = false);
            }
            VenueEvent::Market {
                revision,
                event: MarketEvent::BookDelta(delta),
                ..
            } => {
                if let Some(book) = self.books.get_mut(&delta.instrument) {
                    book.revision = *revision;
                    book.apply(delta);
                }
            }
            _ => {}
        }
    }

    /// The book of a contract that was defined.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&BookView> {
        self.books.get(&instrument)
    }

    /// Every book.
    pub fn books(&self) -> impl Iterator<Item = (InstrumentId, &BookView)> {
        self.books.iter().map(|(id, book)| (*id, book))
    }

    fn define(&mut self, instrument: &Instrument) {
        // A listed instrument was checked, so both steps are above zero.
        let (Ok(tick), Ok(lot)) = (TickSize::new(instrument.tick), LotSize::new(instrument.lot))
        else {
            return;
        };
        let steps =
            |book: &BookView| book.tick.step() == tick.step() && book.lot.step() == lot.step();
        if self.books.get(&instrument.instrument).is_some_and(steps) {
            return;
        }
        let book = BookView {
            tick,
            lot,
            form: Form::Unknown,
            is_synced: false,
            revision: 0,
            off_grid: 0,
        };
        self.books.insert(instrument.instrument, book);
    }
}

impl BookView {
    /// Whether it is whole: snapshot taken, no revision missing, session connected.
    #[must_use]
    pub const fn is_synced(&self) -> bool {
        self.is_synced
    }

    /// The venue's revision of it.
    #[must_use]
    pub const fn revision(&self) -> u64 {
        self.revision
    }

    /// Best prices and their volumes.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        match &self.form {
            Form::Unknown => TopOfBook::default(),
            Form::Levels(book) => book.top(),
            Form::Orders(book) => book.top(),
        }
    }

    /// Best prices as a quote in `instrument`; both sides are empty where the book is not whole.
    #[must_use]
    pub fn quote(&self, instrument: InstrumentId) -> Quote {
        let mut quote = Quote {
            instrument,
            ..Quote::default()
        };
        if !self.is_synced {
            return quote;
        }
        let top = self.top();
        if let Some((price, volume)) = top.bid {
            (quote.bid_price, quote.bid_volume) = (self.tick.price(price), self.lot.volume(volume));
        }
        if let Some((price, volume)) = top.ask {
            (quote.ask_price, quote.ask_volume) = (self.tick.price(price), self.lot.volume(volume));
        }
        quote
    }

    /// Price, volume and orders of the levels of `side`, best first.
    #[must_use]
    pub fn depth(&self, side: Side) -> Vec<(Price, Volume, u32)> {
        let level = |level: DepthLevel| {
            let (price, volume) = (self.tick.price(level.price), self.lot.volume(level.volume));
            (price, volume, level.orders)
        };
        match &self.form {
            Form::Unknown => Vec::new(),
            Form::Levels(book) => book.depth(side).map(level).collect(),
            Form::Orders(book) => book.depth(side).map(level).collect(),
        }
    }

    /// Number, price and volume of the orders of `side` in priority order, where the venue shows
    /// single orders.
    #[must_use]
    pub fn orders(&self, side: Side) -> Vec<(u64, Price, Volume)> {
        let Form::Orders(book) = &self.form else {
            return Vec::new();
        };
        let orders = book.orders(side);
        let orders = orders.map(|order| {
            let (price, volume) = (self.tick.price(order.price), self.lot.volume(order.volume));
            (order.order_id, price, volume)
        });
        orders.collect()
    }

    /// How many changes did not fit the book or lay off its grid of prices and volumes; a bid that
    /// reached an ask does not count, because several areas share a book.
    #[must_use]
    pub fn anomalies(&self) -> u64 {
        let anomalies = match &self.form {
            Form::Unknown => return self.off_grid,
            Form::Levels(book) => book.anomalies(),
            Form::Orders(book) => book.anomalies(),
        };
        self.off_grid + anomalies.total() - anomalies.count(Anomaly::Crossed)
    }

    fn apply(&mut self, delta: &BookDelta) {
        if delta.action == BookAction::Clear {
            return self.clear();
        }
        let (Some(price), Some(volume)) =
            (self.tick.ticks(delta.price), self.lot.lots(delta.volume))
        else {
            self.off_grid += 1;
            return;
        };
        if matches!(self.form, Form::Unknown) {
            self.form = if delta.venue_order == 0 {
                Form::Levels(Box::default())
            } else {
                Form::Orders(Box::new(L3Book::with_capacity(ORDERS)))
            };
        }
        // The book counts what does not fit.
        let _anomaly = match &mut self.form {
            Form::Unknown => return,
            Form::Levels(book) => book.apply(delta.side, price, volume, 1).err(),
            Form::Orders(book) => book.apply(&order(delta, price, volume)).err(),
        };
    }

    fn clear(&mut self) {
        match &mut self.form {
            Form::Unknown => {}
            Form::Levels(book) => book.clear(),
            Form::Orders(book) => {
                let clear = BookDelta {
                    action: BookAction::Clear,
                    ..BookDelta::default()
                };
                // Clearing always succeeds.
                let _change = book.apply(&order(&clear, Ticks::default(), Lots::default()));
            }
        }
    }
}

const fn order(delta: &BookDelta, price: Ticks, volume: Lots) -> L3Delta {
    L3Delta {
        action: delta.action,
        order_id: delta.venue_order,
        side: delta.side,
        price,
        volume,
    }
}
