//! A continuous book around a reference price, with participants and latency.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use wattbook_book::{Amend, BookConfig, BookEvent, Collars, OrderBook, TopOfBook};
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{BookAction, BookDelta, MarketEvent, Phase};
use wattbook_domain::report::{AmendRejected, OrderRejected, VenueReason, VenueReport};
use wattbook_domain::{Event, InstrumentId, LotSize, OrderId, Side, TickSize, Timestamp, VenueId};

use crate::book_feed::{Feed, Translation};
use crate::convert::Grids;
use crate::error::SimError;
use crate::latency::{Latencies, Line};
use crate::participant::{Participant, Participants, View, Wish, participants};
use crate::path::ReferencePath;
use crate::rng::Rng;
use crate::venue::{Arrival, Depth, Outbox, Venue, earlier};

/// An instrument with a book of its own.
#[derive(Debug, Clone)]
pub struct ListedBook {
    /// The instrument; its gate closes the book.
    pub instrument: Instrument,
    /// When participants come and orders match.
    pub opens: Timestamp,
    /// What participants trade around.
    pub reference: ReferencePath,
    /// Who trades.
    pub participants: Participants,
}

/// What travels to the venue.
#[derive(Debug, Clone)]
enum Routed {
    Order(OrderRouted),
    Amend(AmendRouted),
    Cancel(CancelRouted),
}

/// What the venue does by itself; in this order when at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Close(usize),
    Open(usize),
    Act { market: usize, participant: usize },
    PublishDepth(usize),
}

/// Time between two publications of the depth of a book, in ns.
const DEPTH_INTERVAL_NS: i64 = 300_000_000_000;
/// Prices that a publication holds of each side.
const DEPTH_LEVELS: usize = 10;

/// One instrument: its book and those who trade it.
#[derive(Debug)]
struct Market {
    instrument: InstrumentId,
    grids: Grids,
    book: OrderBook,
    reference: ReferencePath,
    config: Participants,
    participants: Vec<Participant>,
    top: TopOfBook,
    is_open: bool,
}

/// A venue of continuous books. Orders of ours stand in the same books as those of the participants:
/// queues are real, and impact is what our own orders do.
#[derive(Debug)]
pub struct BookVenue {
    venue: VenueId,
    latencies: Latencies,
    markets: Vec<Market>,
    by_instrument: BTreeMap<InstrumentId, usize>,
    steps: BinaryHeap<Reverse<(Timestamp, Step)>>,
    inbound: Line<Routed>,
    outbox: Outbox,
    next_order: u64,
    events: Vec<BookEvent>,
    wishes: Vec<Wish>,
    feed: Feed,
}

impl BookVenue {
    /// A venue of `books`. Everything random comes from `seed`.
    ///
    /// # Errors
    /// [`SimError::Domain`] for an instrument whose grids are none.
    pub fn new(
        venue: VenueId,
        books: Vec<ListedBook>,
        latencies: Latencies,
        seed: u64,
    ) -> Result<Self, SimError> {
        let stream = u64::from(venue.0) << 32;
        let mut this = Self {
            venue,
            latencies,
            markets: Vec::with_capacity(books.len()),
            by_instrument: BTreeMap::new(),
            steps: BinaryHeap::new(),
            inbound: Line::new(Rng::new(seed, 2 * stream + 2)),
            outbox: Outbox::new(&latencies, seed, stream),
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
        let ListedBook {
            instrument,
            opens,
            reference,
            participants: config,
        } = listed;
        let index = self.markets.len();
        let grids = Grids {
            tick: TickSize::new(instrument.tick)?,
            lot: LotSize::new(instrument.lot)?,
        };
        let limit = |price| grids.tick.ticks(grids.tick.floor(price));
        let collars = Collars {
            fixed: limit(instrument.min_price).zip(limit(instrument.max_price)),
            ..Collars::default()
        };
        let book = OrderBook::new(BookConfig {
            collars,
            gate: Some(instrument.gate_closure),
            reports_top: true,
            ..BookConfig::default()
        });
        // Streams of participants lie far above those of the lines, by instrument.
        let stream = (u64::from(instrument.instrument.0) + 1) << 40;
        self.markets.push(Market {
            instrument: instrument.instrument,
            grids,
            book,
            reference,
            config,
            participants: participants(&config, seed, stream),
            top: TopOfBook::default(),
            is_open: false,
        });
        self.by_instrument.insert(instrument.instrument, index);
        self.steps.push(Reverse((opens, Step::Open(index))));
        self.steps
            .push(Reverse((instrument.gate_closure, Step::Close(index))));
        Ok(())
    }

    /// The book of `instrument`, to look into.
    #[must_use]
    pub fn book(&self, instrument: InstrumentId) -> Option<&OrderBook> {
        self.by_instrument
            .get(&instrument)
            .map(|index| &self.markets[*index].book)
    }

    fn step(&mut self, now: Timestamp, step: Step) {
        match step {
            Step::Open(index) => {
                let market = &mut self.markets[index];
                market.is_open = true;
                market.book.set_phase(Phase::Continuous, &mut self.events);
                self.tell(index, now, None);
                let market = &mut self.markets[index];
                for (participant, who) in market.participants.iter_mut().enumerate() {
                    let at = who.next_time(now);
                    self.steps.push(Reverse((
                        at,
                        Step::Act {
                            market: index,
                            participant,
                        },
                    )));
                }
                let at = now.plus_nanos(DEPTH_INTERVAL_NS);
                self.steps.push(Reverse((at, Step::PublishDepth(index))));
            }
            Step::Close(index) => {
                let market = &mut self.markets[index];
                market.is_open = false;
                market.book.advance(now, &mut self.events);
                market.book.set_phase(Phase::Closed, &mut self.events);
                self.tell(index, now, None);
            }
            Step::Act {
                market,
                participant,
            } => self.act(now, market, participant),
            Step::PublishDepth(index) => self.publish_depth(now, index),
        }
    }

    /// Publishes the best prices of a book as a level-2 snapshot: a clear, then one addition a price.
    fn publish_depth(&mut self, now: Timestamp, index: usize) {
        let market = &self.markets[index];
        if !market.is_open {
            return;
        }
        let instrument = market.instrument;
        let clear = BookDelta {
            instrument,
            action: BookAction::Clear,
            ..BookDelta::default()
        };
        self.outbox.publish(now, MarketEvent::BookDelta(clear));
        let depth = self.depth(instrument, DEPTH_LEVELS).unwrap_or_default();
        for (side, levels) in [(Side::Buy, depth.bids), (Side::Sell, depth.asks)] {
            for (price, volume) in levels {
                let (action, venue_order) = (BookAction::Add, 0);
                let delta = BookDelta {
                    instrument,
                    action,
                    side,
                    venue_order,
                    price,
                    volume,
                };
                self.outbox.publish(now, MarketEvent::BookDelta(delta));
            }
        }
        let at = now.plus_nanos(DEPTH_INTERVAL_NS);
        self.steps.push(Reverse((at, Step::PublishDepth(index))));
    }

    fn act(&mut self, now: Timestamp, index: usize, participant: usize) {
        let market = &mut self.markets[index];
        if !market.is_open {
            return;
        }
        let view = View {
            reference: market.reference.at(now),
            top: market.top,
        };
        market.book.advance(now, &mut self.events);
        let who = &mut market.participants[participant];
        who.act(
            &market.config,
            &view,
            &mut self.next_order,
            &mut self.wishes,
        );
        let at = who.next_time(now);
        self.steps.push(Reverse((
            at,
            Step::Act {
                market: index,
                participant,
            },
        )));
        for wish in self.wishes.drain(..) {
            match wish {
                Wish::Submit(order) => market.book.submit(&order, &mut self.events),
                Wish::Cancel(order_id) => market.book.cancel(order_id, &mut self.events),
            }
        }
        self.tell(index, now, None);
    }

    /// Carries out a message of ours that arrived at `now`.
    fn take(&mut self, now: Timestamp, message: &Routed) {
        let (instrument, order_id) = match message {
            Routed::Order(routed) => (routed.order.instrument, routed.order_id),
            Routed::Amend(routed) => (routed.instrument, routed.order_id),
            Routed::Cancel(routed) => (routed.instrument, routed.order_id),
        };
        let is_new = matches!(message, Routed::Order(_));
        let Some(index) = self.by_instrument.get(&instrument).copied() else {
            return self.refuse(now, order_id, is_new, VenueReason::NotTrading);
        };
        let market = &mut self.markets[index];
        let (grids, book, events) = (market.grids, &mut market.book, &mut self.events);
        // A message changes the book after everything that was due before it.
        book.advance(now, events);
        let done = match message {
            Routed::Order(routed) => grids
                .new_order(order_id, &routed.order)
                .map(|order| book.submit(&order, events)),
            Routed::Amend(routed) => grids.ticks(routed.price).and_then(|price| {
                let volume = Some(grids.lots(routed.volume)?);
                let (price, trigger) = (Some(price), None);
                book.amend(
                    &Amend {
                        order_id,
                        price,
                        volume,
                        trigger,
                    },
                    events,
                );
                Ok(())
            }),
            Routed::Cancel(_) => {
                book.cancel(order_id, events);
                Ok(())
            }
        };
        let amended = match message {
            Routed::Amend(routed) => Some(*routed),
            _ => None,
        };
        self.tell(index, now, amended);
        if let Err(reason) = done {
            self.refuse(now, order_id, is_new, reason);
        }
    }

    fn refuse(&mut self, now: Timestamp, order_id: OrderId, is_new: bool, reason: VenueReason) {
        let report = if is_new {
            VenueReport::OrderRejected(OrderRejected { order_id, reason })
        } else {
            VenueReport::AmendRejected(AmendRejected { order_id, reason })
        };
        self.outbox.report(now, report);
    }

    /// Tells what the book of market `index` did: market data to all, reports about our orders to us.
    /// Best prices are told once, as they stand after the whole act.
    fn tell(&mut self, index: usize, now: Timestamp, amended: Option<AmendRouted>) {
        let market = &mut self.markets[index];
        let before = market.top;
        for event in self.events.drain(..) {
            if let BookEvent::TopChanged(top) = event {
                market.top = top;
                continue;
            }
            let Translation {
                market: public,
                reports,
            } = self
                .feed
                .translate(market.instrument, &market.grids, &event, amended);
            if let Some(public) = public {
                self.outbox.publish(now, public);
            }
            for report in reports.into_iter().flatten() {
                self.outbox.report(now, report);
            }
        }
        if market.top != before {
            let quote = Feed::quote(market.instrument, &market.grids, market.top);
            self.outbox.publish(now, MarketEvent::Quote(quote));
        }
    }
}

impl Venue for BookVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        let Latencies {
            submit,
            amend,
            cancel,
            ..
        } = self.latencies;
        match event {
            Event::OrderRouted(order) => {
                self.inbound.send(now, submit, Routed::Order(order.clone()));
            }
            Event::AmendRouted(routed) => self.inbound.send(now, amend, Routed::Amend(*routed)),
            Event::CancelRouted(routed) => self.inbound.send(now, cancel, Routed::Cancel(*routed)),
            _ => {}
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
                self.take(flight.arrival, &flight.message);
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

    fn depth(&self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let market = &self.markets[*self.by_instrument.get(&instrument)?];
        let side = |side| {
            let levels = market.book.depth(side).take(levels);
            let grids = &market.grids;
            levels
                .map(|level| {
                    (
                        grids.tick.price(level.price),
                        grids.lot.volume(level.volume),
                    )
                })
                .collect()
        };
        Some(Depth {
            bids: side(Side::Buy),
            asks: side(Side::Sell),
        })
    }
}
