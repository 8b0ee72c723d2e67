//! The books of every instrument of a feed, kept by its events.

use rustc_hash::FxHashMap;
use wattbook_book::{Anomaly, L2Book, L3Book, L3Delta, L3Order, TopOfBook};
use wattbook_domain::id::InstrumentId;
use wattbook_domain::market::BookAction;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks};

use crate::event::{EventKind, FeedEvent};

/// The book of one instrument; prices and volumes are in 1e-6, whatever its tick.
#[derive(Debug, Clone, Default)]
pub struct FeedBook {
    /// Of a feed that tells single orders.
    pub orders: Option<L3Book>,
    /// Of a feed that tells the volume at each price.
    pub levels: Option<L2Book>,
}

impl FeedBook {
    /// Best prices and their volumes, in 1e-6.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        match (&self.orders, &self.levels) {
            (Some(book), _) => book.top(),
            (None, Some(book)) => book.top(),
            (None, None) => TopOfBook::default(),
        }
    }
}

/// Books by instrument.
#[derive(Debug, Clone)]
pub struct Books {
    places: FxHashMap<u32, usize>,
    all: Vec<FeedBook>,
    /// Instrument and place of the last event; the next is mostly about the same.
    last: (u32, usize),
    instruments_max: usize,
    /// Changes that did not fit.
    anomalies: u64,
    crossed: u64,
    refused: u64,
    is_trusted: bool,
}

impl Books {
    /// No books; events of instruments beyond `instruments_max` are refused.
    #[must_use]
    pub fn new(instruments_max: usize) -> Self {
        Self {
            places: FxHashMap::default(),
            all: Vec::new(),
            last: (0, usize::MAX),
            instruments_max,
            anomalies: 0,
            crossed: 0,
            refused: 0,
            is_trusted: true,
        }
    }

    /// The book of `instrument`.
    #[must_use]
    pub fn get(&self, instrument: InstrumentId) -> Option<&FeedBook> {
        self.all.get(*self.places.get(&instrument.0)?)
    }

    /// An order as it stands.
    #[inline]
    #[must_use]
    pub fn order(&self, instrument: InstrumentId, venue_order: u64) -> Option<L3Order> {
        let place = if self.last.0 == instrument.0 {
            self.last.1
        } else {
            *self.places.get(&instrument.0)?
        };
        self.all.get(place)?.orders.as_ref()?.order(venue_order)
    }

    /// Instruments and their books, in the order in which they came.
    pub fn iter(&self) -> impl Iterator<Item = (InstrumentId, &FeedBook)> {
        let mut all: Vec<_> = self.places.iter().collect();
        all.sort_unstable_by_key(|(_, place)| **place);
        all.into_iter()
            .map(|(instrument, place)| (InstrumentId(*instrument), &self.all[*place]))
    }

    /// Changes that did not fit a book.
    #[must_use]
    pub const fn anomalies(&self) -> u64 {
        self.anomalies
    }

    /// Changes after which the bid reached the ask, as in a call before the opening; they were made.
    #[must_use]
    pub const fn crossed(&self) -> u64 {
        self.crossed
    }

    /// Changes of instruments beyond the most.
    #[must_use]
    pub const fn refused(&self) -> u64 {
        self.refused
    }

    /// Whether nothing was lost since the beginning or the last snapshot.
    #[must_use]
    pub const fn is_trusted(&self) -> bool {
        self.is_trusted
    }

    /// Takes over an event; the best prices of its instrument if they are others now.
    #[inline]
    pub fn apply(&mut self, event: &FeedEvent) -> Option<TopOfBook> {
        match event.kind {
            EventKind::Trade | EventKind::SessionChanged => return None,
            EventKind::Lost => {
                self.is_trusted = false;
                return None;
            }
            EventKind::SnapshotBegan => {
                self.all.iter_mut().for_each(clear);
                return None;
            }
            EventKind::SnapshotEnded => {
                self.is_trusted = true;
                return None;
            }
            _ => {}
        }
        let Some(place) = self.place(event.instrument.0) else {
            self.refused += 1;
            return None;
        };
        let book = &mut self.all[place];
        let before = book.top();
        match change(book, event) {
            Ok(()) => {}
            Err(Anomaly::Crossed) => self.crossed += 1,
            Err(_) => self.anomalies += 1,
        }
        let after = book.top();
        (before != after).then_some(after)
    }

    #[inline]
    fn place(&mut self, instrument: u32) -> Option<usize> {
        if self.last == (instrument, self.last.1) && self.last.1 != usize::MAX {
            return Some(self.last.1);
        }
        let place = match self.places.get(&instrument) {
            Some(place) => *place,
            None if self.all.len() < self.instruments_max => {
                self.all.push(FeedBook::default());
                self.places.insert(instrument, self.all.len() - 1);
                self.all.len() - 1
            }
            None => return None,
        };
        self.last = (instrument, place);
        Some(place)
    }
}

fn clear(book: &mut FeedBook) {
    if let Some(orders) = &mut book.orders {
        *orders = L3Book::new();
    }
    if let Some(levels) = &mut book.levels {
        levels.clear();
    }
}

#[inline]
fn change(book: &mut FeedBook, event: &FeedEvent) -> Result<(), Anomaly> {
    let price = Ticks::new(event.price.millionths());
    let volume = Lots::new(event.volume.millionths());
    let action = match event.kind {
        EventKind::Add => BookAction::Add,
        EventKind::Modify => BookAction::Modify,
        EventKind::Delete => BookAction::Delete,
        EventKind::Level => {
            let side = event.side.ok_or(Anomaly::Side)?;
            let levels = book.levels.get_or_insert_default();
            return levels.apply(side, price, volume, event.orders);
        }
        _ => {
            clear(book);
            return Ok(());
        }
    };
    let delta = L3Delta {
        action,
        order_id: event.venue_order,
        side: event.side.unwrap_or(Side::Buy),
        price,
        volume,
    };
    if event.side.is_none() && event.kind != EventKind::Delete {
        return Err(Anomaly::Side);
    }
    match book.orders.get_or_insert_default().apply(&delta) {
        Ok(change) if change.is_crossed => Err(Anomaly::Crossed),
        Ok(_) => Ok(()),
        Err(anomaly) => Err(anomaly),
    }
}
