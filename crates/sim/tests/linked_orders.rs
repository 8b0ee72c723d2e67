//! Linked orders from a strategy through gate, venue and books to fills: all legs or none.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::{fills, nobody, run as run_book};
use common::desk::{HOURS, Seen, Setup, desk};
use common::{LOT, TICK, at, hour};
use wattbook_domain::event::{OrderRouted, OrderState};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Event, Input, Order, OrderId, Price, Refusal, Side, Ticks, TimeInForce, Timestamp,
    VenueId, Volume,
};
use wattbook_sim::{
    BookVenue, FeedLevel, Latencies, Latency, ListedBook, ReferencePath, Session, Venue,
};

fn setup() -> Setup {
    Setup {
        session: Session::continuous(at(0)),
        participants: nobody(),
        feed: FeedLevel::L1,
        latencies: Latencies {
            submit: Latency {
                constant_ns: 5_000_000,
                jitter_ns: 3_000_000,
            },
            report: Latency::constant(2_000_000),
            ..Latencies::default()
        },
    }
}

fn order(hour: usize, side: Side, ticks: i64, lots: i64) -> Order {
    Order {
        instrument: HOURS[hour],
        side,
        price: Price::from_millionths(ticks * TICK),
        volume: Volume::from_millionths(lots * LOT),
        time_in_force: TimeInForce::GoodForSession,
        ..Order::default()
    }
}

fn linked(order: &Order, set: u64, orders: u32) -> Order {
    let conditions = Conditions {
        linked: Some(set),
        linked_orders: Some(orders),
        ..Conditions::default()
    };
    Order {
        time_in_force: TimeInForce::FillOrKill,
        conditions: Some(Box::new(conditions)),
        ..order.clone()
    }
}

fn run(groups: Vec<(Timestamp, Vec<Order>)>) -> Seen {
    let (mut backtest, seen) = desk(&setup(), groups, 120);
    while !backtest.run_until(at(200), 1_000).unwrap().is_done {}
    seen
}

/// Ten lots asked in each hour, at 50 and at 60 ticks: orders 1 and 2.
fn resting() -> (Timestamp, Vec<Order>) {
    let asks = vec![order(0, Side::Sell, 50, 10), order(1, Side::Sell, 60, 10)];
    (at(10), asks)
}

/// Lots filled of an order, the state that it ended in and why.
fn fate(seen: &Seen, number: u64) -> (i64, OrderState, Option<VenueReason>) {
    let mut filled = 0;
    let mut end = (OrderState::default(), None);
    for (_, event) in seen.of(number) {
        match event {
            Event::Filled(fill) => filled += fill.volume.millionths() / LOT,
            Event::OrderStateChanged(changed) => end = (changed.state, changed.reason),
            _ => {}
        }
    }
    (filled, end.0, end.1)
}

#[test]
fn a_set_whose_every_leg_finds_its_volume_trades_in_whole() {
    let set = vec![
        linked(&order(0, Side::Buy, 50, 10), 1, 2),
        linked(&order(1, Side::Buy, 60, 4), 1, 2),
    ];
    let seen = run(vec![resting(), (at(20), set)]);
    assert_eq!(fate(&seen, 3), (10, OrderState::Filled, None));
    assert_eq!(fate(&seen, 4), (4, OrderState::Filled, None));
    assert_eq!(fate(&seen, 2).0, 4, "what it takes is gone from the book");
    // Both legs trade at one instant, when the later of the two has arrived.
    let when = |number| seen.of(number).last().unwrap().0;
    assert_eq!(when(3), when(4));
    assert!(when(3) >= at(20).plus_nanos(7_000_000));
}

#[test]
fn a_leg_that_finds_too_little_keeps_every_leg_from_trading() {
    let set = vec![
        linked(&order(0, Side::Buy, 50, 10), 1, 2),
        linked(&order(1, Side::Buy, 60, 11), 1, 2),
    ];
    let seen = run(vec![resting(), (at(20), set)]);
    for number in [3, 4] {
        let (filled, state, reason) = fate(&seen, number);
        assert_eq!((filled, state), (0, OrderState::Cancelled));
        assert_eq!(reason, Some(VenueReason::LinkedUnfilled));
    }
    assert_eq!(fate(&seen, 1).0, 0, "the books are as they were");
}

#[test]
fn a_set_of_which_one_leg_never_comes_is_refused_in_whole() {
    // The gate refuses the second leg: it is off the lot.
    let mut off_lot = linked(&order(1, Side::Buy, 60, 4), 1, 2);
    off_lot.volume = Volume::from_millionths(LOT / 2);
    let set = vec![linked(&order(0, Side::Buy, 50, 10), 1, 2), off_lot];
    let seen = run(vec![resting(), (at(20), set)]);
    assert!(
        seen.of(4)
            .iter()
            .any(|(_, event)| matches!(event, Event::Refused(refused)
        if matches!(refused.refusal, Refusal::VolumeOffLot { .. })))
    );
    let (filled, state, reason) = fate(&seen, 3);
    assert_eq!((filled, state), (0, OrderState::Rejected));
    assert_eq!(reason, Some(VenueReason::LinkedUnfilled));
    let when = seen.of(3).last().unwrap().0;
    assert!(
        (at(21)..at(22)).contains(&when),
        "it waits a second: {when}"
    );
}

#[test]
fn a_number_may_be_used_again_once_its_set_is_done() {
    let set = |lots| {
        vec![
            linked(&order(0, Side::Buy, 50, lots), 9, 2),
            linked(&order(1, Side::Buy, 60, lots), 9, 2),
        ]
    };
    let seen = run(vec![
        resting(),
        (at(20), set(3)),
        (at(20), set(7)),
        (at(30), set(1)),
    ]);
    for number in 3..=6 {
        assert_eq!(fate(&seen, number).1, OrderState::Filled);
    }
    for number in [7, 8] {
        assert_eq!(fate(&seen, number).2, Some(VenueReason::LinkedUnfilled));
    }
}

#[test]
fn a_set_that_takes_a_used_number_waits_a_second_of_its_own() {
    let books = HOURS.map(|instrument| ListedBook {
        instrument: hour(instrument.0, 1),
        session: Session::continuous(at(0)),
        feed: FeedLevel::L1,
        reference: ReferencePath::new(vec![(at(0), Ticks::new(50))]).unwrap(),
        participants: nobody(),
    });
    let mut venue = BookVenue::new(VenueId(1), books.to_vec(), Latencies::default(), 1).unwrap();
    let mut send = |millis: i64, number, order: Order| {
        let order_id = OrderId::new(ClientId(1), number);
        let routed = Event::OrderRouted(OrderRouted { order_id, order });
        venue.on_routed(&routed, at(0).plus_nanos(millis * 1_000_000));
    };
    send(10_000, 1, order(0, Side::Sell, 50, 10));
    send(10_000, 2, order(1, Side::Sell, 60, 10));
    let leg = |hour, ticks, lots| linked(&order(hour, Side::Buy, ticks, lots), 9, 2);
    send(20_000, 3, leg(0, 50, 2));
    send(20_000, 4, leg(1, 60, 2));
    // The first set would have been given up at 21 s, the second at 21.5 s.
    send(20_500, 5, leg(0, 50, 3));
    send(21_200, 6, leg(1, 60, 3));
    // This one waits in vain.
    send(30_000, 7, leg(0, 50, 1));
    let all = run_book(&mut venue, at(40));
    let filled = |number| {
        let all = fills(&all).into_iter();
        let own = all.filter(|fill| fill.order_id.number() == number);
        own.map(|fill| fill.volume.millionths() / LOT).sum::<i64>()
    };
    assert_eq!([3, 4, 5, 6, 7].map(filled), [2, 2, 3, 3, 0]);
    let refused: Vec<_> = all
        .iter()
        .filter_map(|arrival| match &arrival.input {
            Input::Report(VenueReport::OrderRejected(it)) => {
                Some((arrival.ts_event, it.order_id.number(), it.reason))
            }
            _ => None,
        })
        .collect();
    assert_eq!(refused, [(at(31), 7, VenueReason::LinkedUnfilled)]);
}

#[test]
fn two_legs_in_one_book_are_no_set() {
    let set = vec![
        linked(&order(0, Side::Buy, 50, 1), 1, 2),
        linked(&order(0, Side::Buy, 50, 1), 1, 2),
    ];
    let seen = run(vec![resting(), (at(20), set)]);
    for number in [3, 4] {
        let (filled, state, reason) = fate(&seen, number);
        assert_eq!((filled, state), (0, OrderState::Rejected));
        assert_eq!(reason, Some(VenueReason::InvalidTerms));
    }
}
