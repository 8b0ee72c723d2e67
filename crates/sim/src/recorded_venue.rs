//! A venue that plays a recorded order book back, with orders of ours in its queues.

use std::collections::{BTreeMap, VecDeque};

use wattbook_book::{L3Delta, TopOfBook};
use wattbook_domain::event::OrderRouted;
use wattbook_domain::market::{BookAction, MarketEvent, Quote, Trade};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderCancelled, OrderFilled, OrderRejected,
    VenueReason, VenueReport,
};
use wattbook_domain::volume::LotSize;
use wattbook_domain::{
    Event, Input, InstrumentId, Lots, OrderId, OrderType, Price, Side, TickSize, Ticks,
    TimeInForce, Timestamp, TradeId, VenueId, Volume,
};

use crate::l3_replay::{L3Answer, L3Replay};
use crate::latency::Latencies;
use crate::venue::{Arrival, Outbox, Venue};

/// What was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordedChange {
    /// Of one order of the book.
    Order(L3Delta),
    /// A trade; the changes of the traded orders follow it.
    Trade {
        /// The side that took.
        aggressor: Side,
        /// At which price.
        price: Ticks,
        /// How much.
        volume: Lots,
    },
}

/// What happened, before it is put on the grid of its instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RecordedRow {
    /// When.
    pub at: Timestamp,
    /// What; none for a trade.
    pub action: Option<BookAction>,
    /// The recorded number of the order.
    pub order_id: u64,
    /// Of the order, or who took.
    pub side: Side,
    /// In currency per price unit.
    pub price: Price,
    /// From now on, or traded, in volume units.
    pub volume: Volume,
}

impl RecordedRow {
    /// On the grid, or `None` for what lies off it.
    pub(crate) fn change(&self, tick: TickSize, lot: LotSize) -> Option<RecordedChange> {
        let (price, volume) = (tick.ticks(self.price)?, lot.lots(self.volume)?);
        let Self { order_id, side, .. } = *self;
        Some(match self.action {
            Some(action) => RecordedChange::Order(L3Delta {
                action,
                order_id,
                side,
                price,
                volume,
            }),
            None => RecordedChange::Trade {
                aggressor: side,
                price,
                volume,
            },
        })
    }
}

/// A recorded book of one instrument, and what it is priced in.
#[derive(Debug, Clone)]
pub struct RecordedBook {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// Its price step.
    pub tick: TickSize,
    /// Its volume step.
    pub lot: LotSize,
    /// What happened, in order of time.
    pub changes: VecDeque<(Timestamp, RecordedChange)>,
}

/// Plays a [`RecordedBook`] back and keeps our orders in its queues, as [`L3Replay`] says. Limit and
/// market orders are taken, to rest or to take at once; amendments and other terms are refused.
#[derive(Debug)]
pub struct RecordedVenue {
    venue: VenueId,
    book: RecordedBook,
    replay: L3Replay,
    top: TopOfBook,
    feed: Outbox,
    /// Open orders, and whether what is left of them is taken back at once.
    open: BTreeMap<OrderId, bool>,
    refused: VecDeque<(Timestamp, VenueReport)>,
    trades: u64,
    set_aside: u64,
}

impl RecordedVenue {
    /// A venue that plays `book` back; messages take `latencies`, with jitter from `seed`.
    #[must_use]
    pub fn new(venue: VenueId, book: RecordedBook, latencies: Latencies, seed: u64) -> Self {
        Self {
            venue,
            book,
            replay: L3Replay::new(latencies.submit, latencies.report, seed),
            top: TopOfBook::default(),
            feed: Outbox::new(&latencies, seed, 1),
            open: BTreeMap::new(),
            refused: VecDeque::new(),
            trades: 0,
            set_aside: 0,
        }
    }

    /// Recorded changes that did not fit the book.
    #[must_use]
    pub const fn set_aside(&self) -> u64 {
        self.set_aside
    }

    fn on_order(&mut self, routed: &OrderRouted, now: Timestamp) {
        let OrderRouted { order_id, order } = routed;
        let is_market = order.order_type == OrderType::Market;
        let is_plain = (is_market || order.order_type == OrderType::Limit)
            && order.time_in_force != TimeInForce::FillOrKill
            && order.conditions.as_deref().is_none_or(Conditions::is_plain);
        let (price, volume) = (
            self.book.tick.ticks(order.price),
            self.book.lot.lots(order.volume),
        );
        let price = match order.side {
            _ if !is_market => price,
            Side::Buy => Some(Ticks::new(i64::MAX)),
            Side::Sell => Some(Ticks::new(i64::MIN)),
        };
        let (Some(price), Some(volume), true) = (price, volume, is_plain) else {
            let (order_id, reason) = (*order_id, VenueReason::InvalidTerms);
            let rejected = OrderRejected { order_id, reason };
            return self
                .refused
                .push_back((now, VenueReport::OrderRejected(rejected)));
        };
        let takes = is_market || order.time_in_force == TimeInForce::ImmediateOrCancel;
        self.open.insert(*order_id, takes);
        self.replay
            .submit(now, *order_id, order.side, price, volume);
        if takes {
            self.replay.cancel(now, *order_id);
        }
    }

    /// The report that an answer is; what takes at once is not told of its own cancel in vain.
    fn report(&mut self, answer: L3Answer) -> Option<VenueReport> {
        Some(match answer {
            L3Answer::Accepted { order_id, .. } => {
                VenueReport::OrderAccepted(OrderAccepted { order_id })
            }
            L3Answer::Filled {
                order_id,
                price,
                volume,
                is_maker,
            } => {
                self.trades += 1;
                VenueReport::OrderFilled(OrderFilled {
                    order_id,
                    trade: TradeId(self.trades),
                    price: self.book.tick.price(price),
                    volume: self.book.lot.volume(volume),
                    is_maker,
                })
            }
            L3Answer::Cancelled { order_id } => {
                let takes = self.open.remove(&order_id).unwrap_or_default();
                let reason = if takes {
                    VenueReason::Unfilled
                } else {
                    VenueReason::Requested
                };
                VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
            }
            L3Answer::CancelRefused { order_id } => {
                if self.open.remove(&order_id).unwrap_or_default() {
                    return None;
                }
                let reason = VenueReason::UnknownOrder;
                VenueReport::CancelRejected(CancelRejected { order_id, reason })
            }
            L3Answer::AmendRefused { order_id } => {
                let reason = VenueReason::InvalidTerms;
                VenueReport::AmendRejected(AmendRejected { order_id, reason })
            }
        })
    }

    fn play(&mut self, at: Timestamp, change: RecordedChange) {
        match change {
            RecordedChange::Order(delta) => {
                if self.replay.apply(at, &delta).is_err() {
                    self.set_aside += 1;
                }
            }
            RecordedChange::Trade {
                aggressor,
                price,
                volume,
            } => {
                self.replay.trade(at, aggressor, price, volume);
                let trade = Trade {
                    instrument: self.book.instrument,
                    trade: TradeId(0),
                    aggressor,
                    price: self.book.tick.price(price),
                    volume: self.book.lot.volume(volume),
                };
                self.feed.publish(at, MarketEvent::Trade(trade));
            }
        }
    }

    /// Publishes the best prices where they have changed.
    fn tell(&mut self, at: Timestamp) {
        let top = self.replay.book().top();
        if top == self.top {
            return;
        }
        self.top = top;
        let (tick, lot) = (self.book.tick, self.book.lot);
        let mut quote = Quote {
            instrument: self.book.instrument,
            ..Quote::default()
        };
        if let Some((price, volume)) = top.bid {
            (quote.bid_price, quote.bid_volume) = (tick.price(price), lot.volume(volume));
        }
        if let Some((price, volume)) = top.ask {
            (quote.ask_price, quote.ask_volume) = (tick.price(price), lot.volume(volume));
        }
        self.feed.publish(at, MarketEvent::Quote(quote));
    }
}

impl Venue for RecordedVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        match event {
            Event::OrderRouted(routed) => self.on_order(routed, now),
            Event::CancelRouted(routed) => self.replay.cancel(now, routed.order_id),
            Event::AmendRouted(routed) => self.replay.amend(now, routed.order_id),
            _ => {}
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let recorded = self.book.changes.front().map(|(at, _)| *at);
        let refused = self.refused.front().map(|(at, _)| *at);
        let times = [
            recorded,
            refused,
            self.feed.next_arrival(),
            self.replay.next_time(),
        ];
        times.into_iter().flatten().min()
    }

    fn advance(&mut self, now: Timestamp) {
        while let Some((at, change)) = self.book.changes.pop_front_if(|(at, _)| *at <= now) {
            self.play(at, change);
            // What happened at one instant is one event of the venue: its books are whole after it.
            if self
                .book
                .changes
                .front()
                .is_none_or(|(next, _)| *next != at)
            {
                self.tell(at);
            }
        }
        self.replay.arrive(now);
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        if let Some(arrival) = self.feed.receive(now) {
            return Some(arrival);
        }
        let told = |at, report| Arrival {
            ts_event: at,
            ts_recv: at,
            input: Input::Report(report),
        };
        if let Some((at, report)) = self.refused.pop_front_if(|(at, _)| *at <= now) {
            return Some(told(at, report));
        }
        while let Some((at, answer)) = self.replay.receive(now) {
            if let Some(report) = self.report(answer) {
                return Some(told(at, report));
            }
        }
        None
    }
}
