//! Orders of one desk that would meet: at the venue they shrink, before it they cross.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::nobody;
use common::desk::{HOURS, Seen, Setup, desk, desk_of};
use common::{LOT, TICK, at};
use proptest::collection::vec;
use proptest::prelude::*;
use std::collections::BTreeMap;
use wattbook_domain::event::{Filled, OrderState};
use wattbook_domain::order::{Conditions, SelfTradePrevention};
use wattbook_domain::report::{OrdersNetted, VenueReport};
use wattbook_domain::{
    Currency, Event, Input, Money, Order, OrderId, OrderType, Price, Side, TimeInForce, Timestamp,
    TradingBookId, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig, NoEvents};
use wattbook_sim::{Backtest, FeedLevel, Latencies, Participants, Session};

fn order(side: Side, lots: i64) -> Order {
    Order {
        instrument: HOURS[0],
        side,
        price: Price::from_millionths(50 * TICK),
        volume: Volume::from_millionths(lots * LOT),
        time_in_force: TimeInForce::GoodForSession,
        ..Order::default()
    }
}

#[test]
fn an_order_that_shrank_is_filled_when_what_is_left_has_traded() {
    let setup = Setup {
        session: Session::continuous(at(0)),
        participants: nobody(),
        feed: FeedLevel::L1,
        latencies: Latencies::default(),
    };
    let mut meets_its_own = order(Side::Sell, 4);
    meets_its_own.conditions = Some(Box::new(Conditions {
        self_trade: SelfTradePrevention::Decrement,
        ..Conditions::default()
    }));
    let mut other_book = order(Side::Sell, 6);
    other_book.owner.trading_book = TradingBookId(2);
    let groups = vec![
        (at(10), vec![order(Side::Buy, 10)]),
        (at(20), vec![meets_its_own]),
        (at(30), vec![other_book]),
    ];
    let (mut backtest, seen) = desk(&setup, groups, 120);
    while !backtest.run_until(at(200), 1_000).unwrap().is_done {}
    let changes: Vec<(OrderState, i64, i64)> = seen
        .of(1)
        .into_iter()
        .filter_map(|(_, event)| match event {
            Event::OrderStateChanged(changed) => Some((
                changed.state,
                changed.filled.millionths() / LOT,
                changed.open.millionths() / LOT,
            )),
            _ => None,
        })
        .collect();
    assert_eq!(
        changes,
        [
            (OrderState::Accepted, 0, 10),
            (OrderState::Accepted, 0, 6),
            (OrderState::Filled, 6, 0),
        ]
    );
    assert!(backtest.engine().orders().is_empty());
}

/// An order that takes at once at any price.
fn taker(side: Side, lots: i64) -> Order {
    Order {
        order_type: OrderType::Market,
        time_in_force: TimeInForce::ImmediateOrCancel,
        ..order(side, lots)
    }
}

fn traded(
    scripts: Vec<Vec<(Timestamp, Vec<Order>)>>,
    netted: &[u16],
    wait_seconds: i64,
) -> (Backtest, Seen) {
    let setup = Setup {
        session: Session::continuous(at(0)),
        participants: Participants::default(),
        feed: FeedLevel::L1,
        latencies: Latencies::default(),
    };
    let (mut backtest, seen) = desk_of(&setup, scripts, 400, netted, wait_seconds);
    while !backtest.run_until(at(420), 10_000).unwrap().is_done {}
    (backtest, seen)
}

fn deals(seen: &Seen) -> Vec<OrdersNetted> {
    let inputs = seen.inputs.lock().unwrap();
    let deals = inputs.iter().filter_map(|input| match &input.input {
        Input::Report(VenueReport::OrdersNetted(netted)) => Some(*netted),
        _ => None,
    });
    deals.collect()
}

fn fills(seen: &Seen) -> Vec<Filled> {
    let events = seen.events.lock().unwrap();
    let fills = events.iter().filter_map(|(_, event)| match event {
        Event::Filled(filled) => Some(*filled),
        _ => None,
    });
    fills.collect()
}

#[test]
fn opposite_orders_of_two_strategies_cross_at_the_middle_and_only_the_rest_is_sent() {
    let scripts = vec![
        vec![(at(300), vec![taker(Side::Buy, 5)])],
        vec![(at(300), vec![taker(Side::Sell, 3)])],
    ];
    let (backtest, seen) = traded(scripts.clone(), &[1, 2], 0);
    let [deal] = deals(&seen)[..] else {
        panic!("one deal, not {:?}", deals(&seen));
    };
    assert_eq!(deal.volume.millionths(), 3 * LOT);
    let middle = (deal.bid.millionths() + deal.ask.millionths()).div_euclid(2);
    assert_eq!(deal.price.millionths(), middle);
    let fills = fills(&seen);
    let (within, street): (Vec<Filled>, Vec<Filled>) =
        fills.iter().partition(|fill| fill.trade == deal.trade);
    assert_eq!(within.len(), 2);
    assert!(
        within
            .iter()
            .all(|fill| fill.fee == Money::ZERO && fill.price == deal.price)
    );
    let sent: i64 = street.iter().map(|fill| fill.volume.millionths()).sum();
    assert_eq!(sent, 2 * LOT);
    assert!(street.iter().all(|fill| fill.owner.strategy.0 == 1));
    assert!(backtest.engine().orders().is_empty());
    let (_, alone) = traded(scripts, &[], 0);
    assert!(deals(&alone).is_empty());
}

#[test]
fn a_strategy_that_is_not_named_and_an_order_that_may_rest_go_to_the_street() {
    let mut rests = order(Side::Sell, 3);
    rests.time_in_force = TimeInForce::GoodForSession;
    let scripts = vec![
        vec![(at(300), vec![taker(Side::Buy, 5), taker(Side::Sell, 5)])],
        vec![(at(300), vec![rests])],
        vec![(at(300), vec![taker(Side::Sell, 3)])],
    ];
    let (_, seen) = traded(scripts, &[1, 2], 0);
    assert!(deals(&seen).is_empty());
    assert!(!fills(&seen).is_empty());
}

#[test]
fn an_order_waits_for_its_opposite_as_long_as_is_said_and_no_number_of_a_deal_comes_again() {
    let scripts = vec![
        vec![(at(300), vec![taker(Side::Buy, 5)])],
        vec![(at(302), vec![taker(Side::Sell, 3)])],
    ];
    let (_, at_once) = traded(scripts.clone(), &[1, 2], 1);
    assert!(deals(&at_once).is_empty());
    let (backtest, seen) = traded(scripts, &[1, 2], 2);
    let [deal] = deals(&seen)[..] else {
        panic!("one deal, not {:?}", deals(&seen));
    };
    assert_eq!(deal.volume.millionths(), 3 * LOT);
    assert!(backtest.engine().orders().is_empty(), "the rest went out");
    let later = vec![
        vec![(at(330), vec![taker(Side::Buy, 1)])],
        vec![(at(330), vec![taker(Side::Sell, 1)])],
    ];
    let (_, another_run) = traded(later, &[1, 2], 0);
    assert_ne!(deals(&another_run)[0].trade, deal.trade);
}

#[test]
fn an_order_that_is_taken_back_while_it_waits_never_leaves_and_its_end_is_journaled() {
    let setup = Setup {
        session: Session::continuous(at(0)),
        participants: Participants::default(),
        feed: FeedLevel::L1,
        latencies: Latencies::default(),
    };
    let scripts = vec![vec![(at(300), vec![taker(Side::Buy, 5)])], Vec::new()];
    let (mut backtest, seen) = desk_of(&setup, scripts, 400, &[1, 2], 10);
    while !backtest.run_until(at(301), 10_000).unwrap().is_done {}
    backtest.set_trading(at(302), &[VenueId(0)], false).unwrap();
    backtest.begin_session(at(302), &[VenueId(0)]).unwrap();
    while !backtest.run_until(at(420), 10_000).unwrap().is_done {}
    assert!(fills(&seen).is_empty());
    let last = seen.of(1).pop();
    assert!(
        matches!(&last, Some((when, Event::OrderStateChanged(changed)))
            if changed.state == OrderState::Cancelled && *when < at(303)),
        "{last:?}"
    );
    let inputs = seen.inputs.lock().unwrap();
    let reports = inputs
        .iter()
        .filter(|input| matches!(input.input, Input::Report(_)));
    let reports: Vec<_> = reports.map(|input| &input.input).collect();
    assert!(
        matches!(reports[..], [Input::Report(VenueReport::OrderCancelled(_))]),
        "{reports:?}"
    );
    assert!(backtest.engine().orders().is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]

    /// Whatever crosses: no order trades more than it asked for or beyond its limit, both sides of a
    /// deal are booked, every order ends, and the journal gives the same state without strategies.
    #[test]
    fn what_crosses_is_booked_on_both_sides_within_limits(
        asked in vec((0_usize..3, 60_i64..63, any::<bool>(), 1_i64..9, 48_i64..53, any::<bool>()), 1..40),
        wait in 0_i64..3,
    ) {
        let mut scripts = vec![Vec::new(); 3];
        let mut limits = BTreeMap::new();
        let mut numbers = [0_u64; 3];
        let mut asked = asked;
        asked.sort_by_key(|one| one.1);
        for (strategy, second, buys, lots, price, has_limit) in asked {
            let side = if buys { Side::Buy } else { Side::Sell };
            let mut order = taker(side, lots);
            if has_limit {
                order.order_type = OrderType::Limit;
                order.price = Price::from_millionths(price * 1_000_000);
            }
            numbers[strategy] += 1;
            let client = wattbook_domain::ClientId(strategy as u16 + 1);
            limits.insert(OrderId::new(client, numbers[strategy]), order.clone());
            scripts[strategy].push((at(second), vec![order]));
        }
        let (backtest, seen) = traded(scripts, &[1, 2, 3], wait);
        let mut filled: BTreeMap<OrderId, i64> = BTreeMap::new();
        for fill in fills(&seen) {
            *filled.entry(fill.order_id).or_default() += fill.volume.millionths();
        }
        for (order_id, volume) in &filled {
            prop_assert!(*volume <= limits[order_id].volume.millionths());
        }
        let mut numbers: Vec<u64> = deals(&seen).iter().map(|deal| deal.trade.0).collect();
        let given = numbers.len();
        numbers.dedup();
        prop_assert_eq!(numbers.len(), given);
        for deal in deals(&seen) {
            prop_assert!(deal.bid <= deal.price && deal.price <= deal.ask);
            for order_id in [deal.buy, deal.sell] {
                let order = &limits[&order_id];
                let is_within = order.order_type == OrderType::Market || match order.side {
                    Side::Buy => deal.price <= order.price,
                    Side::Sell => deal.price >= order.price,
                };
                prop_assert!(is_within, "{deal:?} of {order:?}");
                let booked = fills(&seen).into_iter().filter(|fill| {
                    fill.trade == deal.trade && fill.order_id == order_id
                        && fill.volume == deal.volume && fill.price == deal.price
                });
                prop_assert_eq!(booked.count(), 1);
            }
        }
        prop_assert!(backtest.engine().orders().is_empty());
        let mut again = Engine::new(EngineConfig::new(Currency::EUR));
        for input in seen.inputs.lock().unwrap().iter() {
            again.apply(input.stamp(), &input.input, &mut NoEvents).unwrap();
        }
        prop_assert_eq!(again.state_hash(), backtest.engine().state_hash());
    }
}
