//! A continuous book around a reference price, with participants, calls, halts and latency.

pub(crate) mod day;
pub(crate) mod feed;
pub(crate) mod linked;
mod market;
mod orders;

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use wattbook_book::{BookEvent, MARKET_BUY, MARKET_SELL, OrderBook};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{PriceKind, ReferencePrice};
use wattbook_domain::{Event, InstrumentId, OrderId, Side, Timestamp, VenueId, Volume};

use crate::error::SimError;
use crate::latency::Latencies;
use crate::order_line::OrderLine;
use crate::participant::{Participants, Wish};
use crate::path::ReferencePath;
use crate::session::{FeedLevel, Session};
use crate::venue::{Arrival, Depth, Outbox, Venue, earlier};

use day::Step;
use feed::Feed;
use linked::LinkedSets;
use market::Market;

/// An instrument with a book of its own.
#[derive(Debug, Clone)]
pub struct ListedBook {
    /// The instrument; its gate closes the book.
    pub instrument: Instrument,
    /// Its trading day.
    pub session: Session,
    /// How finely the feed tells it.
    pub feed: FeedLevel,
    /// What participants trade around.
    pub reference: ReferencePath,
    /// Who trades.
    pub participants: Participants,
}

/// A venue of continuous books. Orders of ours stand in the same books as those of the participants:
/// queues are real, and impact is what our own orders do.
#[derive(Debug)]
pub struct BookVenue {
    venue: VenueId,
    /// The books, market by market: linked orders need several at once.
    books: Vec<OrderBook>,
    markets: Vec<Market>,
    by_instrument: BTreeMap<InstrumentId, usize>,
    steps: BinaryHeap<Reverse<(Timestamp, Step)>>,
    inbound: OrderLine,
    outbox: Outbox,
    linked: LinkedSets,
    next_order: u64,
    events: Vec<BookEvent>,
    wishes: Vec<Wish>,
    feed: Feed,
}

impl BookVenue {
    /// A venue of `books`. Everything random comes from `seed`.
    ///
    /// # Errors
    /// [`SimError::Domain`] for an instrument whose grids are none, [`SimError::ShortSession`] for one
    /// whose day does not hold its calls.
    pub fn new(
        venue: VenueId,
        books: Vec<ListedBook>,
        latencies: Latencies,
        seed: u64,
    ) -> Result<Self, SimError> {
        let stream = u64::from(venue.0) << 32;
        let mut this = Self {
            venue,
            books: Vec::with_capacity(books.len()),
            markets: Vec::with_capacity(books.len()),
            by_instrument: BTreeMap::new(),
            steps: BinaryHeap::new(),
            inbound: OrderLine::new(latencies, seed, stream),
            outbox: Outbox::new(&latencies, seed, stream),
            linked: LinkedSets::default(),
            next_order: 0,
            events: Vec::new(),
            wishes: Vec::new(),
            feed: Feed::new(venue),
        };
        for listed in books {
            this.list(listed, seed)?;
        }
        Ok(this)
    }

    fn list(&mut self, listed: ListedBook, seed: u64) -> Result<(), SimError> {
        let (instrument, gate) = (listed.instrument.instrument, listed.instrument.gate_closure);
        listed.session.check(instrument, gate)?;
        let index = self.markets.len();
        let (market, book) = Market::open(listed, seed)?;
        for (at, step) in market.scheduled(index, gate) {
            self.steps.push(Reverse((at, step)));
        }
        self.markets.push(market);
        self.books.push(book);
        self.by_instrument.insert(instrument, index);
        Ok(())
    }

    /// The book of `instrument`, to look into.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&OrderBook> {
        let index = self.by_instrument.get(&instrument)?;
        Some(&self.books[*index])
    }
}

impl Venue for BookVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        self.inbound.send(event, now);
    }

    fn on_price(&mut self, price: &ReferencePrice, now: Timestamp) {
        if price.kind != PriceKind::Mark {
            return;
        }
        // The books of a venue are one chain of contracts: participants of all of them follow its price.
        for market in &mut self.markets {
            let tick = market.grids.tick;
            if let Some(ticks) = tick.ticks(tick.floor(price.price)) {
                market.reference.push(now, ticks);
            }
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let step = self.steps.peek().map(|Reverse((at, _))| *at);
        earlier(
            earlier(step, self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        loop {
            let step = self
                .steps
                .peek()
                .map(|Reverse(step)| *step)
                .filter(|(at, _)| *at <= now);
            // The venue's own steps come before our messages of the same instant.
            let before_step = step.map_or(now, |(at, _)| at.plus_nanos(-1));
            if let Some(flight) = self.inbound.receive(before_step) {
                self.take(flight.arrival, flight.message);
            } else if let Some((at, step)) = step {
                self.steps.pop();
                self.step(at, step);
            } else {
                return;
            }
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }

    fn depth(&mut self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let index = *self.by_instrument.get(&instrument)?;
        let grids = &self.markets[index].grids;
        let side = |side| {
            // Market orders that wait in a call have no price to show.
            let priced = self.books[index]
                .depth(side)
                .filter(|level| level.price != MARKET_BUY && level.price != MARKET_SELL);
            let level = |level: wattbook_book::DepthLevel| {
                (
                    grids.tick.price(level.price),
                    grids.lot.volume(level.volume),
                )
            };
            priced.take(levels).map(level).collect()
        };
        Some(Depth {
            bids: side(Side::Buy),
            asks: side(Side::Sell),
        })
    }

    fn volume_ahead(&self, instrument: InstrumentId, order_id: OrderId) -> Option<Volume> {
        let index = *self.by_instrument.get(&instrument)?;
        let lots = self.books[index].volume_ahead(order_id)?;
        Some(self.markets[index].grids.lot.volume(lots))
    }
}
