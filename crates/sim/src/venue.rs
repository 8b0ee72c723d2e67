//! What a simulated venue is to the backtest.

use wattbook_domain::market::{MarketEvent, ReferencePrice};
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Event, Input, InstrumentId, OrderId, Price, Timestamp, VenueId, Volume};

use crate::latency::{Flight, Latencies, Latency, Line};
use crate::rng::Rng;

/// An input on its way from a venue to the engine.
#[derive(Debug, Clone, PartialEq)]
pub struct Arrival {
    /// When it happened at the venue.
    pub ts_event: Timestamp,
    /// When it reaches us.
    pub ts_recv: Timestamp,
    /// What it is.
    pub input: Input,
}

/// A venue as the engine meets it: it takes what was routed and answers in inputs, as a real one does.
pub trait Venue: Send {
    /// Its number in the engine's registry.
    fn venue(&self) -> VenueId;

    /// Takes an order, amendment, cancel, offer or schedule that the engine routed at `now`. Other
    /// events are none of its business.
    fn on_routed(&mut self, event: &Event, now: Timestamp);

    /// Takes a price of record that reached us from outside at `now`. A venue that is simulated around
    /// live prices clears on it or moves its books; the price itself was told before.
    fn on_price(&mut self, price: &ReferencePrice, now: Timestamp) {
        let _ = (price, now);
    }

    /// When something happens here next, or a message of it arrives; `None` for never.
    fn next_time(&self) -> Option<Timestamp>;

    /// Lets everything happen that is due by `now`.
    fn advance(&mut self, now: Timestamp);

    /// The next input that has arrived by `now`, in order of arrival.
    fn poll(&mut self, now: Timestamp) -> Option<Arrival>;

    /// Why it cannot go on, if it cannot; the run ends there.
    fn failure(&self) -> Option<&str> {
        None
    }

    /// The best `levels` price levels of each side of an order book as they stand at the venue; `None`
    /// where there is no book. Nothing that trades changes, but a look may take room to work in.
    fn depth(&mut self, instrument: InstrumentId, levels: usize) -> Option<Depth> {
        let _ = (instrument, levels);
        None
    }

    /// The displayed volume that stands before an order of ours at its price at the venue; `None` where
    /// it is not displayed in a book.
    fn volume_ahead(&self, instrument: InstrumentId, order_id: OrderId) -> Option<Volume> {
        let _ = (instrument, order_id);
        None
    }
}

/// An order book by price, best first: price and displayed volume.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Depth {
    /// Bids, highest first.
    pub bids: Vec<(Price, Volume)>,
    /// Asks, lowest first.
    pub asks: Vec<(Price, Volume)>,
}

/// The lines from a venue to us: market data and reports, each in order.
#[derive(Debug, Clone)]
pub struct Outbox {
    feed: Line<MarketEvent>,
    reports: Line<VenueReport>,
    feed_latency: Latency,
    report_latency: Latency,
}

impl Outbox {
    /// Empty lines; jitter from streams `2 * stream` and `2 * stream + 1` of `seed`.
    #[must_use]
    pub fn new(latencies: &Latencies, seed: u64, stream: u64) -> Self {
        Self {
            feed: Line::new(Rng::new(seed, 2 * stream)),
            reports: Line::new(Rng::new(seed, 2 * stream + 1)),
            feed_latency: latencies.feed,
            report_latency: latencies.report,
        }
    }

    /// Publishes market data at `now`.
    #[inline]
    pub fn publish(&mut self, now: Timestamp, event: MarketEvent) {
        self.feed.send(now, self.feed_latency, event);
    }

    /// Answers us at `now`.
    #[inline]
    pub fn report(&mut self, now: Timestamp, report: VenueReport) {
        self.reports.send(now, self.report_latency, report);
    }

    /// When the next message arrives.
    #[must_use]
    pub fn next_arrival(&self) -> Option<Timestamp> {
        earlier(self.feed.next_arrival(), self.reports.next_arrival())
    }

    /// The next message that has arrived by `now`; market data first when two arrive together.
    #[inline]
    pub fn receive(&mut self, now: Timestamp) -> Option<Arrival> {
        let reports_first = match (self.feed.next_arrival(), self.reports.next_arrival()) {
            (Some(feed), Some(report)) => report < feed,
            (None, _) => true,
            (Some(_), None) => false,
        };
        if reports_first {
            self.reports
                .receive(now)
                .map(|flight| arrival(flight, Input::Report))
        } else {
            self.feed
                .receive(now)
                .map(|flight| arrival(flight, Input::Market))
        }
    }
}

fn arrival<T>(flight: Flight<T>, input: impl FnOnce(T) -> Input) -> Arrival {
    Arrival {
        ts_event: flight.sent,
        ts_recv: flight.arrival,
        input: input(flight.message),
    }
}

/// The earlier of two times, where `None` is never.
#[must_use]
pub fn earlier(one: Option<Timestamp>, other: Option<Timestamp>) -> Option<Timestamp> {
    match (one, other) {
        (Some(one), Some(other)) => Some(one.min(other)),
        (one, other) => one.or(other),
    }
}
