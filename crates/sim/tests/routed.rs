//! An order over two simulated venues: routed, journaled with its reasons, and nothing of it lost.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::{Arc, Mutex};

use common::{LOT, TICK, at, hour};
use wattbook_domain::command::Direction;
use wattbook_domain::parent::{Algorithm, EndParent, ExplainOrder, ParentEndReason};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::venue::{MarketModel, Venue};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Owner, Price, Sequenced, Side, StrategyId,
    TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_execution::algorithms::Grids;
use wattbook_execution::router::{PlaceTerms, RouteOrder, RouterCare};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    FeedLevel, JournalLog, Latencies, Participants, Plan, RoutedOrders, Session, Tap,
};
use wattbook_strategy::{Context, Observation, Strategy};

#[derive(Debug, Default)]
struct Kept {
    routed: Vec<(u32, Option<wattbook_domain::OrderId>)>,
    explained: Vec<ExplainOrder>,
    filled: i64,
    ended: Vec<EndParent>,
    algorithms: Vec<Algorithm>,
}

#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Kept>>);

impl Tap for Keeper {
    fn on_input(&mut self, input: &Sequenced) {
        let _: &Input = &input.input;
    }

    fn on_event(&mut self, _: &Sequenced, event: &Event) {
        let mut kept = self.0.lock().unwrap();
        match event {
            Event::OrderRouted(routed) => {
                let order = &routed.order;
                let parent = order.conditions.as_ref().and_then(|it| it.parent);
                kept.routed.push((order.instrument.0, parent));
            }
            Event::OrderExplained(told) => kept.explained.push(told.clone()),
            Event::Filled(fill) => kept.filled += fill.volume.millionths(),
            Event::ParentOpened(parent) => kept.algorithms.push(parent.algorithm),
            Event::ParentEnded(end) => kept.ended.push(*end),
            _ => {}
        }
    }
}

/// Buys at 600 s over both venues.
struct Buyer {
    orders: RoutedOrders,
    volume: Volume,
    limit: Price,
    is_done: bool,
}

impl Strategy for Buyer {
    fn on_start(&mut self, context: &mut Context) {
        context.wake_at(at(600));
    }

    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        self.orders.observe(observation, context);
        if !self.is_done && context.now() >= at(600) {
            self.is_done = true;
            let sure = (Direction::Rise, 1_000_000);
            let signal = context.record_signal(InstrumentId(0), sure, self.limit, at(3_600));
            let order = RouteOrder {
                side: Side::Buy,
                volume: self.volume,
                limit: self.limit,
                rests: false,
            };
            self.orders.route(InstrumentId(0), order, signal, context);
        }
    }
}

fn place(number: u32, taker_fee: i64) -> PlaceTerms {
    PlaceTerms {
        instrument: InstrumentId(number),
        grids: Grids {
            tick: Price::from_millionths(TICK),
            lot: Volume::from_millionths(LOT),
        },
        taker_fee: Price::from_millionths(taker_fee),
        maker_fee: Price::ZERO,
        latency_ns: 1_000_000,
    }
}

fn run(lots: i64, limit_ticks: i64, feed: FeedLevel) -> Kept {
    let mut plan = Plan::new(7, Currency::EUR, at(0));
    let plenty = Money::from_millionths(1_000_000_000_000_000);
    for number in 0..2_u16 {
        plan.add_reference(ReferenceEvent::DefineVenue(Venue {
            venue: VenueId(number),
            name: format!("Venue {number}"),
            market_model: MarketModel::ContinuousBook,
            time_zone: "Europe/Berlin".to_owned(),
            is_synthetic: true,
        }));
    }
    plan.add_reference(ReferenceEvent::SetLimits(SetLimits {
        trading_book: TradingBookId(1),
        order_volume: Volume::from_millionths(1_000_000_000),
        order_value: plenty,
        position_volume: Volume::from_millionths(1_000_000_000),
        loss: plenty,
        price_collar: Price::from_millionths(10_000_000_000),
    }));
    for number in 0..2_u16 {
        let instrument = hour(u32::from(number), number);
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(instrument)));
        plan.set_latencies(VenueId(number), Latencies::default());
        let path = (0..40).map(|step| (at(90 * step), Price::from_millionths(50_000_000)));
        plan.add_book(
            InstrumentId(u32::from(number)),
            Session::continuous(at(1)),
            path.collect::<Vec<_>>(),
            Participants::default(),
            feed,
        )
        .unwrap();
    }
    let buyer = Buyer {
        orders: RoutedOrders::new([place(0, 20_000), place(1, 0)], RouterCare::default()),
        volume: Volume::from_millionths(lots * LOT),
        limit: Price::from_millionths(limit_ticks * TICK),
        is_done: false,
    };
    let owner = Owner {
        trading_book: TradingBookId(1),
        trader: TraderId(1),
        strategy: StrategyId(1),
    };
    plan.add_alarms([at(600)]);
    plan.add_strategy(Box::new(buyer), owner);
    let (log, _) = JournalLog::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let mut backtest = plan.build(Box::new(log)).unwrap();
    let keeper = Keeper::default();
    backtest.set_tap(Box::new(keeper.clone()));
    backtest.run_until(at(1_200), u64::MAX).unwrap();
    drop(backtest);
    std::mem::take(&mut keeper.0.lock().unwrap())
}

#[test]
fn an_order_meets_both_venues_and_its_reasons_are_in_the_journal() {
    let kept = run(60, 5_200, FeedLevel::L1);
    let venues: Vec<u32> = kept.routed.iter().map(|(number, _)| *number).collect();
    assert!(venues.contains(&0) && venues.contains(&1), "{venues:?}");
    assert_eq!(kept.algorithms, [Algorithm::Sweep]);
    // Each slice names the parent and is explained; so is what is left over.
    assert!(kept.routed.iter().all(|(_, parent)| parent.is_some()));
    assert!(kept.explained.len() >= kept.routed.len());
    let texts: Vec<&str> = kept.explained.iter().map(|it| &*it.text).collect();
    assert!(texts[0].starts_with("expected at "), "{texts:?}");
    assert!(texts[1].contains("costs"), "{texts:?}");
    let [end] = kept.ended[..] else {
        panic!("{:?}", kept.ended);
    };
    assert_eq!(end.filled.millionths(), kept.filled);
    assert_eq!((end.filled + end.unfilled).millionths(), 60 * LOT);
    assert!(kept.filled > 0);
}

#[test]
fn what_no_venue_takes_within_the_limit_is_stated() {
    let kept = run(60, 4_000, FeedLevel::L1);
    assert!(kept.routed.is_empty());
    let [end] = kept.ended[..] else {
        panic!("{:?}", kept.ended);
    };
    assert_eq!(
        (end.filled.millionths(), end.unfilled.millionths()),
        (0, 60 * LOT)
    );
    assert_eq!(end.reason, ParentEndReason::LimitReached);
    let texts: Vec<&str> = kept.explained.iter().map(|it| &*it.text).collect();
    assert!(texts[1].contains("left over"), "{texts:?}");
}

#[test]
fn every_displayed_level_within_the_limit_is_taken_whatever_the_feed_tells() {
    for feed in [FeedLevel::L1, FeedLevel::L3] {
        let kept = run(300, 9_000, feed);
        let [end] = kept.ended[..] else {
            panic!("{:?}", kept.ended);
        };
        let texts: Vec<&str> = kept.explained.iter().map(|it| &*it.text).collect();
        assert_eq!(end.filled.millionths(), 300 * LOT, "{feed:?}: {texts:?}");
        // With every level known one slice a place does.
        let slices = kept.routed.len();
        assert_eq!(slices <= 2, feed == FeedLevel::L3, "{feed:?}: {texts:?}");
    }
}
