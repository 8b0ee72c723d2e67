//! A consumer of a session: keeps its books and compares them with the venue's.

use std::time::{Duration, Instant};

use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::{Price, Side, Timestamp, Volume};
use wattbook_feed::venue::LiveSession;
use wattbook_session::Session;
use wattbook_session::venue::{Quarantined, SessionState, VenueBooks, VenueEvent};
use wattbook_sim::feeds::{FeedControl, FeedMarket};

/// On a loaded machine.
const PATIENCE: Duration = Duration::from_mins(1);

pub(crate) struct Follower {
    pub(crate) live: LiveSession,
    pub(crate) books: VenueBooks,
    pub(crate) instruments: Vec<Instrument>,
    pub(crate) states: Vec<SessionState>,
    pub(crate) quarantined: Vec<Quarantined>,
    pub(crate) gaps: usize,
    pub(crate) trades: Vec<u64>,
    pub(crate) capacities: usize,
    pub(crate) phases: usize,
}

impl Follower {
    pub(crate) fn start(session: Box<dyn Session>, room: usize) -> Self {
        Self::of(LiveSession::start(session, room).unwrap())
    }

    pub(crate) fn of(live: LiveSession) -> Self {
        Self {
            live,
            books: VenueBooks::new(),
            instruments: Vec::new(),
            states: Vec::new(),
            quarantined: Vec::new(),
            gaps: 0,
            trades: Vec::new(),
            capacities: 0,
            phases: 0,
        }
    }

    /// Takes what waits, for at most a moment.
    pub(crate) fn turn(&mut self) {
        let events = self.live.take(4_096, Duration::from_millis(20));
        for event in events.expect("the session ended by itself") {
            self.hear(&event);
        }
    }

    fn hear(&mut self, event: &VenueEvent) {
        self.books.apply(event);
        match event {
            VenueEvent::State(state) => self.states.push(state.clone()),
            VenueEvent::Defined(definition) => self.instruments.push(definition.instrument.clone()),
            VenueEvent::Gap { .. } => self.gaps += 1,
            VenueEvent::Quarantined(part) => self.quarantined.push(part.clone()),
            VenueEvent::Capacity(_) => self.capacities += 1,
            VenueEvent::Market {
                event: MarketEvent::Trade(trade),
                ..
            } => self.trades.push(trade.trade.0),
            VenueEvent::Market {
                event: MarketEvent::SessionPhase(_),
                ..
            } => self.phases += 1,
            _ => {}
        }
    }

    pub(crate) fn until(&mut self, what: &str, mut is_it: impl FnMut(&Self) -> bool) {
        let until = Instant::now() + PATIENCE;
        while !is_it(self) {
            assert!(
                Instant::now() < until,
                "not {what} within {PATIENCE:?}: {:?}",
                self.states
            );
            self.turn();
        }
    }

    pub(crate) fn until_live(&mut self) {
        self.until("live", |follower| {
            follower
                .states
                .iter()
                .rev()
                .find(|state| **state != SessionState::Renewed)
                == Some(&SessionState::Live)
        });
    }

    /// Waits until every book is at the venue's revision, then compares every order of every book.
    pub(crate) fn agrees_with(&mut self, control: &FeedControl) {
        self.until("idle", |_| control.is_idle());
        let market = control.market();
        let mut left = String::new();
        let until = Instant::now() + PATIENCE;
        while !self.differences(&market, &mut left) {
            assert!(
                Instant::now() < until,
                "the books differ: {left}\n{:?}",
                self.states
            );
            self.turn();
        }
    }

    fn differences(&self, market: &FeedMarket, left: &mut String) -> bool {
        for contract in market.contracts() {
            let start = Timestamp::from_seconds(contract.delivery_start);
            let listed = self
                .instruments
                .iter()
                .find(|listed| listed.delivery_start == start && listed.location == contract.area);
            let Some(listed) = listed else {
                *left = format!(
                    "contract {} of {} is not listed",
                    contract.id, contract.area
                );
                return false;
            };
            let Some(book) = self.books.book(listed.instrument) else {
                *left = format!("contract {} has no book", contract.id);
                return false;
            };
            assert_eq!(book.anomalies(), 0, "contract {}", contract.id);
            let mut orders = Vec::new();
            for side in [Side::Buy, Side::Sell] {
                let of_side = book.orders(side);
                orders.extend(
                    of_side
                        .into_iter()
                        .map(|(id, price, volume)| (id, side, price, volume)),
                );
            }
            orders.sort_unstable_by_key(|order| order.0);
            let theirs: Vec<_> = contract
                .orders
                .iter()
                .map(|(id, order)| {
                    let price = Price::from_millionths(order.price_cents * 10_000);
                    (
                        *id,
                        order.side,
                        price,
                        Volume::from_millionths(order.volume_tenths * 100_000),
                    )
                })
                .collect();
            if orders != theirs || !book.is_synced() {
                *left = format!(
                    "contract {} at {} of {}, synced {}: {} orders of {}",
                    contract.id,
                    book.revision(),
                    contract.revision,
                    book.is_synced(),
                    orders.len(),
                    theirs.len()
                );
                return false;
            }
        }
        true
    }
}

impl Follower {
    /// The same once the venue has made further steps: what was lost at the very end of a book shows
    /// with its next change.
    pub(crate) fn agrees_with_more(&mut self, control: &FeedControl) {
        self.until("idle", |_| control.is_idle());
        control.step(200);
        self.agrees_with(control);
    }
}
