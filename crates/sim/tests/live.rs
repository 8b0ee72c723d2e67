//! Trading outside: nothing leaves before it is durable, and a resumed run is the run that was.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{at, hour};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{OrderAccepted, OrderFilled, VenueReport};
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Order, OrderId, Owner, Sequenced, Side,
    StrategyId, TimeInForce, Timestamp, TradeId, TraderId, TradingBookId, VenueId,
};
use wattbook_engine::EngineConfig;
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    Arrival, Backtest, JournalLog, Origin, Outside, Outward, Plan, RunLog, SimError,
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
