//! A run that trades outside, its session, and the exchange's end of the line, written by hand.
#![allow(dead_code, reason = "each test file uses a part")]

use std::time::{Duration, Instant};

use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    Currency, Input, InstrumentId, Money, Order, Owner, Side, StrategyId, TimeInForce, Timestamp,
    TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    Arrival, Aside, Backtest, CopyConfig, JournalLog, LiveConfig, LiveError, LiveVenue, Origin,
    Outside, Plan, RunLog,
};
use wattbook_strategy::{Context, Observation, Strategy};

use crate::common::{at, hour};
use crate::peer::{Peer, field};

pub(crate) const FRONT: InstrumentId = InstrumentId(0);

/// Buys one MW at each quote that has an offer, at the offer.
struct Buyer;

impl Strategy for Buyer {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        if let Observation::Market(MarketEvent::Quote(quote)) = observation
            && quote.ask_volume > Volume::ZERO
        {
            let now = context.now();
            let signal = context.record_signal(
                quote.instrument,
                (wattbook_domain::command::Direction::Rise, 950_000),
                quote.ask_price,
                now.plus_nanos(60_000_000_000),
            );
            context.submit(Order {
                instrument: quote.instrument,
                side: Side::Buy,
                time_in_force: TimeInForce::GoodForSession,
                price: quote.ask_price,
                volume: "1".parse().unwrap(),
                signal,
                ..Order::default()
            });
        }
    }
}

pub(crate) fn desk(log: Box<dyn RunLog>) -> Backtest {
    let mut plan = Plan::new(3, Currency::EUR, at(-600));
    plan.add_reference(ReferenceEvent::DefineVenue(VenueTerms {
        venue: VenueId(0),
        name: "Book".to_owned(),
        market_model: MarketModel::ContinuousBook,
        time_zone: "Europe/Berlin".to_owned(),
        is_synthetic: true,
    }));
    plan.add_reference(ReferenceEvent::SetLimits(SetLimits {
        trading_book: TradingBookId(1),
        order_volume: "100".parse().unwrap(),
        order_value: Money::from_millionths(10_000_000_000_000),
        position_volume: "200".parse().unwrap(),
        loss: Money::from_millionths(10_000_000_000_000),
        price_collar: "20000".parse().unwrap(),
    }));
    plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
    plan.add_strategy(Box::new(Buyer), OWNER);
    let mut desk = plan.build(log).unwrap();
    desk.trade_outside();
    desk
}

/// Whose orders they are.
pub(crate) const OWNER: Owner = Owner {
    trading_book: TradingBookId(1),
    trader: TraderId(1),
    strategy: StrategyId(1),
};

pub(crate) fn quote(seconds: i64, ask: &str) -> Arrival {
    let quote = Quote {
        instrument: FRONT,
        bid_price: "-70".parse().unwrap(),
        ask_price: ask.parse().unwrap(),
        bid_volume: "5".parse().unwrap(),
        ask_volume: "5".parse().unwrap(),
    };
    came(seconds, Input::Market(MarketEvent::Quote(quote)))
}

pub(crate) fn came(seconds: i64, input: Input) -> Arrival {
    Arrival {
        ts_event: at(seconds),
        ts_recv: at(seconds),
        input,
    }
}

/// A run with a journal in memory, its session, and the exchange's end of the line.
pub(crate) struct Live {
    pub(crate) run: Backtest,
    pub(crate) venue: LiveVenue,
    pub(crate) peer: Peer,
    pub(crate) seconds: i64,
    pub(crate) aside: Vec<Aside>,
    pub(crate) folder: tempfile::TempDir,
    pub(crate) storage: MemoryStorage,
}

pub(crate) fn venue(peer: &Peer, folder: &tempfile::TempDir, copies: Option<&Peer>) -> LiveVenue {
    let config = LiveConfig {
        address: peer.address(),
        sender: "DESK".to_owned(),
        target: "X".to_owned(),
        heartbeat_seconds: 30,
        tag: "T".to_owned(),
        store: folder.path().join("fix.store"),
        tls: None,
        rate: None,
        schedule: None,
        drop_copy: copies.map(|server| CopyConfig {
            address: server.address(),
            sender: "DESK".to_owned(),
            target: "X".to_owned(),
            store: folder.path().join("copy.store"),
            tls: None,
            patience: Duration::from_millis(300),
        }),
    };
    LiveVenue::open(config, [(FRONT, "H0".to_owned())]).unwrap()
}

pub(crate) fn journaled(storage: &MemoryStorage) -> JournalLog<MemoryStorage> {
    JournalLog::open(storage.clone(), JournalConfig::default())
        .unwrap()
        .0
}

impl Live {
    pub(crate) fn new() -> Self {
        Self::with(None)
    }

    /// A run that takes copies from `copies`.
    pub(crate) fn with(copies: Option<&Peer>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = Peer::new();
        let storage = MemoryStorage::default();
        Self {
            run: desk(Box::new(journaled(&storage))),
            venue: venue(&peer, &folder, copies),
            peer,
            seconds: -550,
            aside: Vec::new(),
            folder,
            storage,
        }
    }

    pub(crate) fn log_on(&mut self, reset: bool) {
        self.peer.log_on(reset);
        self.until("logged on", |live| live.venue.status().is_logged_on);
    }

    pub(crate) fn step(&mut self) {
        self.seconds += 1;
        let now = at(self.seconds);
        self.peer.read();
        self.aside
            .extend(self.venue.receive(&mut self.run, now, 1.0).unwrap());
        self.run.run_until(now, 1_000).unwrap();
        self.venue.send(&mut self.run).unwrap();
    }

    pub(crate) fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let last = Instant::now() + Duration::from_mins(1);
        while !is_so(self) {
            assert!(Instant::now() < last, "never: {what}; {:?}", self.peer.got);
            self.step();
        }
    }

    /// Sends an order and waits until the exchange has it; returns its `ClOrdID`.
    pub(crate) fn order(&mut self) -> String {
        let before = self.peer.of("D").len();
        self.seconds += 1;
        self.run.receive(quote(self.seconds, "-68.5"));
        self.until("an order", |live| live.peer.of("D").len() > before);
        let orders = self.peer.of("D");
        field(&orders[before], 11)
    }

    pub(crate) fn cancel_all(&mut self) {
        let now = at(self.seconds);
        self.run.begin_session(now, &[VenueId(0)]).unwrap();
    }

    /// The process ends without a word; another one meets its journal.
    pub(crate) fn killed(&mut self) -> Result<(), LiveError> {
        self.killed_with(None)
    }

    pub(crate) fn killed_with(&mut self, copies: Option<&Peer>) -> Result<(), LiveError> {
        self.peer.hang_up();
        self.venue.stop();
        let log = journaled(&self.storage);
        let known = log.remaining();
        let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
        self.run = desk(Box::new(log));
        self.run.remember(outside);
        self.run.run_until(Timestamp::MAX, known).unwrap();
        self.venue = venue(&self.peer, &self.folder, copies);
        self.venue.resume(&mut self.run, at(self.seconds))
    }
}
