//! Trading outside: nothing leaves before it is durable, and a resumed run is the run that was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "common/peer.rs"]
mod peer;

use std::time::{Duration, Instant};

use common::{at, hour};
use peer::{Peer, field};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{OrderAccepted, OrderFilled, VenueReport};
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Order, OrderId, Owner, Price, Sequenced, Side,
    StrategyId, TimeInForce, Timestamp, TradeId, TraderId, TradingBookId, VenueId,
};
use wattbook_engine::EngineConfig;
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    Arrival, Aside, Backtest, JournalLog, LiveConfig, LiveError, LiveVenue, Origin, Outside,
    Outward, Plan, RunLog, SimError,
};
use wattbook_strategy::{Context, Observation, Strategy};

const FRONT: InstrumentId = InstrumentId(0);

/// Buys one MW at each quote, at the offer.
struct Buyer;

impl Strategy for Buyer {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        if let Observation::Market(MarketEvent::Quote(quote)) = observation {
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

fn desk(log: Box<dyn RunLog>) -> Backtest {
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
    let owner = Owner {
        trading_book: TradingBookId(1),
        trader: TraderId(1),
        strategy: StrategyId(1),
    };
    plan.add_strategy(Box::new(Buyer), owner);
    let mut desk = plan.build(log).unwrap();
    desk.trade_outside();
    desk
}

fn quote(seconds: i64, ask: &str) -> Arrival {
    let quote = Quote {
        instrument: FRONT,
        bid_price: "-70".parse().unwrap(),
        ask_price: ask.parse().unwrap(),
        bid_volume: "5".parse().unwrap(),
        ask_volume: "5".parse().unwrap(),
    };
    came(seconds, Input::Market(MarketEvent::Quote(quote)))
}

fn came(seconds: i64, input: Input) -> Arrival {
    Arrival {
        ts_event: at(seconds),
        ts_recv: at(seconds),
        input,
    }
}

fn filled(order_id: OrderId, trade: u64) -> Input {
    Input::Report(VenueReport::OrderFilled(OrderFilled {
        order_id,
        trade: TradeId(trade),
        price: "-68.5".parse().unwrap(),
        volume: "0.4".parse().unwrap(),
        is_maker: false,
    }))
}

fn orders(outward: &[Outward]) -> Vec<OrderId> {
    let order = |one: &Outward| match one {
        Outward::Routed(Event::OrderRouted(routed)) => Some(routed.order_id),
        _ => None,
    };
    outward.iter().filter_map(order).collect()
}

/// A log whose disk is full when it is to be made durable.
struct FullDisk;

impl RunLog for FullDisk {
    fn append(&mut self, _input: &Sequenced) -> Result<(), SimError> {
        Ok(())
    }

    fn commit(&mut self, _now: Timestamp) -> Result<(), SimError> {
        let full = std::io::Error::from(std::io::ErrorKind::StorageFull);
        Err(SimError::File {
            path: "journal".into(),
            error: full,
        })
    }

    fn remaining(&self) -> u64 {
        0
    }
}

#[test]
fn no_order_leaves_before_its_input_is_durable() {
    let mut desk = desk(Box::new(FullDisk));
    desk.receive(quote(-500, "-68.5"));
    assert!(desk.run_until(at(-400), 1_000).is_err());
    assert_eq!(desk.engine().orders().len(), 1);
    assert_eq!(desk.take_outward(), []);
    assert!(!desk.has_met_all());
}

#[test]
fn a_resumed_run_takes_reports_from_its_journal_and_sends_the_same_orders() {
    let storage = MemoryStorage::default();
    let open = || {
        JournalLog::open(storage.clone(), JournalConfig::default())
            .unwrap()
            .0
    };
    let mut first = desk(Box::new(open()));
    first.run_until(at(-550), 1_000).unwrap();
    first.receive(quote(-500, "-68.5"));
    first.run_until(at(-490), 1_000).unwrap();
    let mut outward = first.take_outward();
    let [order_id] = orders(&outward)[..] else {
        panic!("one order");
    };
    assert_eq!(first.take_outward(), []);
    let accepted = VenueReport::OrderAccepted(OrderAccepted { order_id });
    first.receive(came(-489, Input::Report(accepted)));
    // The same trade twice: booked once, whoever lets it through.
    for (seconds, trade) in [(-488, 7), (-487, 7), (-486, 8)] {
        first.receive(came(seconds, filled(order_id, trade)));
        assert!(!first.has_met_all());
        first.run_until(at(seconds), 1_000).unwrap();
        assert!(first.has_met_all());
    }
    first.receive(quote(-480, "-69"));
    let done = first.run_until(at(-470), 1_000).unwrap();
    outward.extend(first.take_outward());
    assert_eq!(orders(&outward).len(), 2);
    assert_eq!(outward.len(), 2 + 4);

    let log = open();
    let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
    assert_eq!(outside.received.len(), 6);
    let mut again = desk(Box::new(log));
    again.remember(outside);
    let met = again.run_until(Timestamp::MAX, done.sequence).unwrap();
    assert_eq!(met.sequence, done.sequence);
    assert_eq!(again.take_outward(), outward);
    assert_eq!(again.engine().state_hash(), first.engine().state_hash());

    let engine = wattbook_engine::recover(&storage, EngineConfig::new(Currency::EUR)).unwrap();
    assert_eq!(engine.engine.state_hash(), first.engine().state_hash());
}

/// A run with a journal in memory, its session, and the exchange's end of the line.
struct Live {
    run: Backtest,
    venue: LiveVenue,
    peer: Peer,
    seconds: i64,
    aside: Vec<Aside>,
    folder: tempfile::TempDir,
    storage: MemoryStorage,
}

fn venue(peer: &Peer, folder: &tempfile::TempDir) -> LiveVenue {
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
    };
    LiveVenue::open(config, [(FRONT, "H0".to_owned())]).unwrap()
}

fn journaled(storage: &MemoryStorage) -> JournalLog<MemoryStorage> {
    JournalLog::open(storage.clone(), JournalConfig::default())
        .unwrap()
        .0
}

impl Live {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let peer = Peer::new();
        let storage = MemoryStorage::default();
        Self {
            run: desk(Box::new(journaled(&storage))),
            venue: venue(&peer, &folder),
            peer,
            seconds: -550,
            aside: Vec::new(),
            folder,
            storage,
        }
    }

    fn log_on(&mut self, reset: bool) {
        self.peer.log_on(reset);
        self.until("logged on", |live| live.venue.status().is_logged_on);
    }

    fn step(&mut self) {
        self.seconds += 1;
        let now = at(self.seconds);
        self.peer.read();
        self.aside
            .extend(self.venue.receive(&mut self.run, now, 1.0));
        self.run.run_until(now, 1_000).unwrap();
        self.venue.send(&mut self.run).unwrap();
    }

    fn until(&mut self, what: &str, is_so: impl Fn(&Self) -> bool) {
        let last = Instant::now() + Duration::from_mins(1);
        while !is_so(self) {
            assert!(Instant::now() < last, "never: {what}; {:?}", self.peer.got);
            self.step();
        }
    }

    /// Sends an order and waits until the exchange has it; returns its `ClOrdID`.
    fn order(&mut self) -> String {
        let before = self.peer.of("D").len();
        self.seconds += 1;
        self.run.receive(quote(self.seconds, "-68.5"));
        self.until("an order", |live| live.peer.of("D").len() > before);
        let orders = self.peer.of("D");
        field(&orders[before], 11)
    }

    fn cancel_all(&mut self) {
        let now = at(self.seconds);
        self.run.begin_session(now, &[VenueId(0)]).unwrap();
    }

    /// The process ends without a word; another one meets its journal.
    fn killed(&mut self) -> Result<(), LiveError> {
        self.peer.hang_up();
        self.venue.stop();
        let log = journaled(&self.storage);
        let known = log.remaining();
        let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
        self.run = desk(Box::new(log));
        self.run.remember(outside);
        self.run.run_until(Timestamp::MAX, known).unwrap();
        self.venue = venue(&self.peer, &self.folder);
        self.venue.resume(&mut self.run, at(self.seconds))
    }
}

#[test]
fn a_cancel_waits_while_the_line_is_down_and_an_order_does_not() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    live.peer.accept(&order, 1);
    live.peer.hang_up();
    live.until("line down", |live| !live.venue.status().is_logged_on);
    live.cancel_all();
    live.run.receive(quote(live.seconds + 1, "-68"));
    live.step();
    live.step();
    assert_eq!(live.peer.of("D").len(), 1);
    live.log_on(false);
    live.until("a cancel", |live| live.peer.of("F").len() == 1);
    let cancels = live.peer.of("F");
    assert_eq!(field(&cancels[0], 41), order);
    // The order of the time between was refused: nothing of it ever comes.
    assert_eq!(live.peer.of("D").len(), 1);
}

#[test]
fn an_order_that_left_before_a_reset_is_not_refused_by_the_next_process() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    live.peer.hang_up();
    live.until("line down", |live| !live.venue.status().is_logged_on);
    // The exchange begins anew at 1.
    live.log_on(true);
    live.killed().unwrap();
    assert_eq!(live.venue.status().open_orders, 1);
    live.venue.connect();
    live.log_on(false);
    live.until("a question", |live| {
        live.peer
            .of("H")
            .iter()
            .any(|asked| field(asked, 11) == order)
    });
}

#[test]
fn a_resumed_run_with_orders_and_without_its_store_is_refused() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    live.order();
    live.peer.hang_up();
    live.venue.stop();
    std::fs::remove_file(live.folder.path().join("fix.store")).unwrap();
    let refused = live.killed();
    assert!(
        matches!(refused, Err(LiveError::StoreGone { open: 1, .. })),
        "{refused:?}"
    );
}

#[test]
fn only_the_last_quote_waits_for_the_engine() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    for tenths in 0..50 {
        live.peer.send("W", |body| {
            body.text(55, "H0").int(268, 1).char(269, b'0');
            body.price(270, Price::from_millionths(-70_000_000 + tenths * 100_000));
            body.int(271, 5);
        });
    }
    live.peer.send("3", |body| {
        body.int(45, 900).int(373, 99).text(58, "the last message");
    });
    // The engine looks only when everything has come.
    let last = Instant::now() + Duration::from_mins(1);
    while live.venue.status().set_aside == 0 {
        assert!(Instant::now() < last, "never came");
        std::thread::yield_now();
    }
    live.step();
    live.step();
    assert_eq!(live.aside.len(), 1);
    let log = journaled(&live.storage);
    let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
    let bids: Vec<_> = outside
        .received
        .iter()
        .map(|arrival| &arrival.input)
        .collect();
    let [Input::Market(MarketEvent::Quote(quote))] = bids[..] else {
        panic!("one quote, not {bids:?}");
    };
    assert_eq!(quote.bid_price, Price::from_millionths(-65_100_000));
}

#[test]
fn the_words_of_the_exchange_reach_the_operator() {
    let mut live = Live::new();
    live.venue.connect();
    live.log_on(true);
    let order = live.order();
    let number = field(&live.peer.of("D")[0], 34).parse().unwrap();
    live.peer.send("j", |body| {
        body.int(45, number).text(372, "D").int(380, 4);
        body.text(58, "product is closed");
    });
    // Of something that is no order: a heartbeat, say.
    live.peer.send("3", |body| {
        body.int(45, 900).int(373, 99).text(58, "not today");
    });
    live.until("two refusals", |live| live.aside.len() >= 2);
    assert_eq!(
        live.aside[0].reason,
        format!("the exchange refused {order}: product is closed")
    );
    assert_eq!(
        live.aside[1].reason,
        "the exchange refused our message 900: not today"
    );
    live.until("no order", |live| live.venue.status().open_orders == 0);
    live.peer.send("5", |body| {
        body.text(58, "maintenance until six");
    });
    live.until("logged out", |live| {
        let end = live.venue.status().last_end;
        end.is_some_and(|end| end == "logged out: maintenance until six")
    });
}
