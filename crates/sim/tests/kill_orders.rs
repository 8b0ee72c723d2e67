//! `kill -9` of a desk at any moment while it trades by FIX: no order and no fill is lost or doubled.
//!
//! The program runs itself as a child: a desk with its journal and its session's store on disk that
//! enters, amends and cancels orders at an exchange over loopback as fast as it can. The parent is the
//! exchange. It kills the child at a random moment of its start, its logon or its trading, starts it
//! again, and holds at the end what the exchange took and filled against what the journal holds, order
//! by order and fill by fill.
//!
//! Twenty points by default; `cargo test -p wattbook-sim --test kill_orders -- --points 1000` for more,
//! `--seed N` for others.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout
)]

mod common;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use common::{at, hour};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Order, OrderId, Owner, Price, Sequenced, Side,
    StrategyId, TimeInForce, Timestamp, TradeId, TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, EventLog};
use wattbook_gateway::fix::Acceptor;
use wattbook_journal::{FileStorage, JournalConfig, JournalReader};
use wattbook_session::fix::orders::{Answer, ExecType};
use wattbook_session::fix::{MemoryStore, Role, Session, SessionConfig, SessionId, Version};
use wattbook_sim::{
    Arrival, Backtest, Exchange, FeedLevel, JournalLog, LiveConfig, LiveVenue, Origin, Outside,
    Plan, Rng, Seat, Session as Day,
};
use wattbook_strategy::{Context, Observation, Strategy};

const FRONT: InstrumentId = InstrumentId(0);
const CONFIG: EngineConfig = EngineConfig::new(Currency::EUR);
const CHILD: &str = "--trade-until-killed";
const LAST: &str = "--last-life";
const TAG: &str = "T";
/// Volume of the quotes that the desk trades on.
const QUOTED: Volume = Volume::from_millionths(999_000_000);
/// One kill of four falls within so long after the start of a life: while it meets its journal, connects
/// or logs on. In µs.
const START_MICROS: u64 = 300_000;
/// The others fall so many orders, and so many µs more, after it.
const ORDERS: u64 = 40;
const MORE_MICROS: u64 = 5_000;

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let after = |name: &str| {
        let place = arguments.iter().position(|argument| argument == name)?;
        arguments.get(place + 1).cloned()
    };
    if let Some(folder) = after(CHILD) {
        let address = after("--exchange").unwrap().parse().unwrap();
        let began = after("--began").unwrap().parse().unwrap();
        let is_last = arguments.iter().any(|argument| argument == LAST);
        return trade(Path::new(&folder), address, began, is_last);
    }
    if arguments.iter().any(|argument| argument == "--list") {
        return println!("kill_orders: test");
    }
    let is_slow = arguments.iter().any(|one| one.ends_with("ignored"));
    let usual = if is_slow { 300 } else { 20 };
    let points = after("--points").map_or(usual, |points| points.parse().unwrap());
    let seed = after("--seed").map_or(7, |seed| seed.parse().unwrap());
    kill(points, seed);
}

// --- the desk ---

/// Enters orders that meet each other, amends and cancels: something at every quote.
#[derive(Default)]
struct Trader {
    turn: u64,
    resting: Vec<OrderId>,
}

impl Strategy for Trader {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        let Observation::Market(MarketEvent::Quote(quote)) = observation else {
            return;
        };
        // Those of the exchange itself, with what we rest there, are no reason to trade.
        if quote.bid_volume != QUOTED || quote.ask_volume != QUOTED {
            return;
        }
        self.turn += 1;
        let (side, direction) = if self.turn.is_multiple_of(2) {
            (Side::Buy, wattbook_domain::command::Direction::Rise)
        } else {
            (Side::Sell, wattbook_domain::command::Direction::Fall)
        };
        let price = match side {
            Side::Buy => quote.ask_price,
            Side::Sell => quote.bid_price,
        };
        let until = context.now().plus_nanos(60_000_000_000);
        let signal = context.record_signal(quote.instrument, (direction, 950_000), price, until);
        let lots = 1 + (self.turn % 5) as i64;
        let time_in_force = if self.turn.is_multiple_of(7) {
            TimeInForce::ImmediateOrCancel
        } else {
            TimeInForce::GoodForSession
        };
        let order_id = context.submit(Order {
            instrument: quote.instrument,
            side,
            time_in_force,
            price,
            volume: Volume::from_millionths(lots * common::LOT),
            signal,
            ..Order::default()
        });
        self.resting.push(order_id);
        if self.resting.len() > 4 {
            let oldest = self.resting.remove(0);
            context.cancel(oldest);
        } else if self.turn.is_multiple_of(3) {
            let first = self.resting[0];
            let larger = Volume::from_millionths((lots + 1) * common::LOT);
            context.amend(first, price, larger, None);
        }
    }
}

fn desk(log: JournalLog<FileStorage>) -> Backtest {
    let mut plan = Plan::new(3, Currency::EUR, at(0));
    plan.add_reference(ReferenceEvent::DefineVenue(VenueTerms {
        venue: VenueId(0),
        name: "Book".to_owned(),
        market_model: MarketModel::ContinuousBook,
        time_zone: "Europe/Berlin".to_owned(),
        is_synthetic: true,
    }));
    let any = Money::from_millionths(10_000_000_000_000);
    plan.add_reference(ReferenceEvent::SetLimits(SetLimits {
        trading_book: TradingBookId(1),
        order_volume: "100".parse().unwrap(),
        order_value: any,
        position_volume: "100000".parse().unwrap(),
        loss: any,
        price_collar: "20000".parse().unwrap(),
    }));
    plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
    let owner = Owner {
        trading_book: TradingBookId(1),
        trader: TraderId(1),
        strategy: StrategyId(1),
    };
    plan.add_strategy(Box::new(Trader::default()), owner);
    let mut desk = plan.build(Box::new(log)).unwrap();
    desk.trade_outside();
    desk
}

fn wall() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_nanos()
}

/// The market's time: `began` is the wall clock's at its first second.
fn market_time(began: u128) -> Timestamp {
    at(1).plus_nanos(wall().saturating_sub(began) as i64)
}

fn quote(now: Timestamp, turn: i64) -> Arrival {
    let middle = -20_000_000 + turn % 3 * common::TICK;
    let quote = Quote {
        instrument: FRONT,
        bid_price: Price::from_millionths(middle - common::TICK),
        ask_price: Price::from_millionths(middle + common::TICK),
        bid_volume: QUOTED,
        ask_volume: QUOTED,
    };
    Arrival {
        ts_event: now,
        ts_recv: now,
        input: Input::Market(MarketEvent::Quote(quote)),
    }
}

/// A life: meets the journal, logs on, takes open orders back, then trades until it is killed; the last
/// one ends when everything is answered.
fn trade(folder: &Path, address: SocketAddr, began: u128, is_last: bool) {
    let journal = folder.join("journal");
    std::fs::create_dir_all(&journal).unwrap();
    let storage = FileStorage::writable(&journal).unwrap();
    let config = JournalConfig {
        segment_bytes: 1 << 20,
        ..JournalConfig::default()
    };
    let log = JournalLog::open(storage, config).unwrap().0;
    let known = wattbook_sim::RunLog::remaining(&log);
    let outside = Outside::read(log.storage(), Origin::Venues).unwrap();
    let mut run = desk(log);
    run.remember(outside);
    let config = LiveConfig {
        address,
        sender: "DESK".to_owned(),
        target: "EXCHANGE".to_owned(),
        heartbeat_seconds: 5,
        tag: TAG.to_owned(),
        store: folder.join("fix.store"),
        tls: None,
        rate: None,
        schedule: None,
        drop_copy: None,
    };
    let mut venue = LiveVenue::open(config, [(FRONT, "H0".to_owned())]).unwrap();
    if known > 0 {
        run.run_until(Timestamp::MAX, known).unwrap();
        venue.resume(&mut run, market_time(began)).unwrap();
    }
    venue.connect();
    let step = |run: &mut Backtest, venue: &mut LiveVenue, quotes: Option<i64>| {
        let now = market_time(began);
        let aside = venue.receive(run, now, 1.0).unwrap();
        assert_eq!(aside, [], "nothing is ever set aside");
        if let Some(turn) = quotes {
            run.receive(quote(now, turn));
        }
        run.run_until(now, 10_000).unwrap();
        venue.send(run).unwrap();
        std::thread::sleep(Duration::from_micros(200));
    };
    while !venue.status().is_logged_on {
        step(&mut run, &mut venue, None);
    }
    let venues = [VenueId(0)];
    run.set_trading(market_time(began), &venues, !is_last)
        .unwrap();
    run.begin_session(market_time(began), &venues).unwrap();
    if is_last {
        let last = Instant::now() + Duration::from_mins(1);
        while !venue.is_quiet() || !run.engine().orders().is_empty() || !run.has_met_all() {
            assert!(Instant::now() < last, "never quiet: {:?}", venue.status());
            step(&mut run, &mut venue, None);
        }
        // What crosses the logout belongs to it.
        venue.stop();
        return step(&mut run, &mut venue, None);
    }
    for turn in 0.. {
        step(&mut run, &mut venue, Some(turn));
    }
}

// --- the exchange, the killer and the judge ---

struct Market {
    exchange: Arc<Mutex<Exchange>>,
    acceptor: Acceptor<MemoryStore, Seat>,
    copies: usize,
    began: u128,
}

impl Market {
    fn new() -> Self {
        let mut plan = Plan::new(3, Currency::EUR, at(0));
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(hour(0, 0))));
        let points = [(at(0), Price::from_millionths(-20_000_000))];
        let nobody = common::book::nobody();
        plan.add_book(FRONT, Day::continuous(at(0)), points, nobody, FeedLevel::L1)
            .unwrap();
        let members = ["DESK".to_owned()];
        let mut exchange = plan.exchange(VenueId(0), members, at(1)).unwrap();
        let copies = exchange.add_copies();
        let exchange = Arc::new(Mutex::new(exchange));
        let began = wall();
        let clock = Arc::new(move || market_time(began));
        let seat = Seat::new(Arc::clone(&exchange), 0, clock);
        let id = SessionId {
            version: Version::Fix44,
            sender: "EXCHANGE".to_owned(),
            target: "DESK".to_owned(),
        };
        let session = Session::new(
            SessionConfig::new(id, Role::Acceptor),
            MemoryStore::default(),
        );
        let acceptor = Acceptor::start(0, vec![(session, seat)]).unwrap();
        Self {
            exchange,
            acceptor,
            copies,
            began,
        }
    }

    fn start(&self, folder: &Path, is_last: bool) -> Child {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(CHILD).arg(folder);
        command.args(["--exchange", &self.acceptor.address().to_string()]);
        command.args(["--began", &self.began.to_string()]);
        if is_last {
            command.arg(LAST);
        }
        command.spawn().unwrap()
    }

    /// Waits for the moment of a kill; there were `before` orders when the life began.
    fn wait(&self, before: usize, rng: &mut Rng, folder: &Path) {
        if rng.below(4) == 0 {
            return std::thread::sleep(Duration::from_micros(rng.below(START_MICROS)));
        }
        let wanted = before + 1 + rng.below(ORDERS) as usize;
        let last = Instant::now() + Duration::from_mins(1);
        while self.orders() < wanted {
            assert!(Instant::now() < last, "no trading; {}", log_end(folder));
            std::thread::sleep(Duration::from_micros(500));
        }
        std::thread::sleep(Duration::from_micros(rng.below(MORE_MICROS)));
    }

    fn orders(&self) -> usize {
        let exchange = self.exchange.lock().unwrap();
        exchange.orders().map(|(_, count)| count).sum()
    }
}

fn kill(points: u64, seed: u64) {
    let folder = tempfile::tempdir().unwrap();
    let market = Market::new();
    let mut rng = Rng::new(seed, 0);
    let (mut before_trading, mut in_trading) = (0, 0);
    for point in 0..points {
        let orders = market.orders();
        let mut child = market.start(folder.path(), false);
        market.wait(orders, &mut rng, folder.path());
        // SIGKILL: the child gets no chance to tidy up.
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(
            was_killed(status),
            "point {point}: the desk ended by itself: {status}"
        );
        if market.orders() > orders {
            in_trading += 1;
        } else {
            before_trading += 1;
        }
    }
    let status = market.start(folder.path(), true).wait().unwrap();
    assert!(status.success(), "the last life: {status}");
    let (orders, fills) = judge(&market, &folder.path().join("journal"));
    assert!(in_trading > 0 && fills > 0, "nothing was killed in trading");
    println!(
        "test kill_orders ... ok: {points} kills ({before_trading} before the first order of a life, \
         {in_trading} after), {orders} orders, {fills} fills, none lost or doubled"
    );
}

/// The last that was said, for a failure.
fn log_end(folder: &Path) -> String {
    let log = std::fs::read(folder.join("fix.log")).unwrap_or_default();
    let end = &log[log.len().saturating_sub(1_500)..];
    String::from_utf8_lossy(end).replace('\u{1}', "|")
}

fn was_killed(status: ExitStatus) -> bool {
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(9)
}

/// A fill: order, trade, price, volume.
type Fill = (OrderId, TradeId, Price, Volume);

/// Holds what the exchange did against the journal; returns how many orders and fills both have.
fn judge(market: &Market, journal: &Path) -> (usize, usize) {
    let (mut taken, mut there) = (BTreeMap::<OrderId, u32>::new(), Vec::<Fill>::new());
    for answer in market.exchange.lock().unwrap().take_copies(market.copies) {
        let Answer::Execution(execution) = answer else {
            continue;
        };
        let first = execution.id.split('.').next().unwrap();
        let number = first.strip_prefix("T-").unwrap();
        let order_id: OrderId = number.parse().unwrap();
        match (execution.exec_type, execution.last) {
            (ExecType::New, _) => *taken.entry(order_id).or_default() += 1,
            (ExecType::Trade, Some((price, volume))) => {
                there.push((order_id, execution.trade(), price, volume));
            }
            _ => {}
        }
    }
    let (mut routed, mut unsent) = (BTreeSet::new(), BTreeSet::new());
    let mut here = Vec::<Fill>::new();
    let mut engine = Engine::new(CONFIG);
    let mut log = EventLog::default();
    let storage = FileStorage::readable(journal).unwrap();
    let mut reader = JournalReader::open(&storage).unwrap();
    while let Some(record) = reader.next_record().unwrap() {
        let input = Sequenced::decode_payload(record.sequence, record.payload).unwrap();
        if let Input::Report(VenueReport::OrderRejected(rejected)) = &input.input {
            assert_eq!(rejected.reason, VenueReason::NotTrading, "{rejected:?}");
            unsent.insert(rejected.order_id);
        }
        engine.apply(input.stamp(), &input.input, &mut log).unwrap();
        for (_, event) in std::mem::take(&mut log.events) {
            match event {
                Event::OrderRouted(order) => assert!(routed.insert(order.order_id)),
                Event::Filled(fill) => {
                    here.push((fill.order_id, fill.trade, fill.price, fill.volume));
                }
                Event::ReportQuarantined(aside) => panic!("set aside: {aside:?}"),
                _ => {}
            }
        }
    }
    assert_eq!(engine.orders().len(), 0, "every order has ended");
    let doubled = taken.iter().find(|(_, count)| **count != 1);
    assert_eq!(doubled, None, "an order was taken twice");
    let sent: BTreeSet<OrderId> = routed.difference(&unsent).copied().collect();
    let at_exchange: BTreeSet<OrderId> = taken.into_keys().collect();
    assert_eq!(sent, at_exchange, "orders that were sent, and taken");
    here.sort_unstable();
    there.sort_unstable();
    assert_eq!(here, there, "fills that were booked, and made");
    assert!(here.windows(2).all(|pair| pair[0] != pair[1]));
    (sent.len(), here.len())
}
