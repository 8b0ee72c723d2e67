//! Terms of an order that contradict each other are refused by name.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::order::{Peg, SelfTradePrevention};
use wattbook_domain::{Order, OrderType, Price, Refusal, Side, TimeInForce, Timestamp, Volume};

const BUY: Side = Side::Buy;

/// What is at fault, and the order at fault.
const CONTRADICTIONS: [(&str, OrderType, TimeInForce, Setting); 18] = {
    use OrderType::{Limit, Pegged, Stop, TrailingStop};
    use TimeInForce::{Day, FillOrKill, GoodTillDate, ImmediateOrCancel};
    const ONE: Volume = Volume::from_millionths(1_000_000);
    const MORE: Volume = Volume::from_millionths(11_000_000);
    const PRICE: Price = Price::from_millionths(1_000_000);
    [
        ("trigger", Stop, Day, |_| {}),
        ("trigger", Limit, Day, |it| it.trigger = Some(PRICE)),
        ("offset", TrailingStop, Day, |_| {}),
        ("offset", Limit, Day, |it| it.offset = Some(PRICE)),
        ("peg", Pegged, Day, |_| {}),
        ("peg", Limit, Day, |it| it.peg = Some(Peg::Midpoint)),
        ("expires", Limit, GoodTillDate, |_| {}),
        ("expires", Limit, GoodTillDate, |it| {
            it.expires = Some(Timestamp::EPOCH);
        }),
        ("expires", Limit, Day, |it| {
            it.expires = Some(Timestamp::MAX);
        }),
        ("display_volume", Limit, ImmediateOrCancel, |it| {
            it.display_volume = Some(ONE);
        }),
        ("display_volume", Limit, Day, |it| {
            it.display_volume = Some(MORE);
        }),
        ("minimum_volume", Limit, Day, |it| {
            it.minimum_volume = Some(MORE);
        }),
        ("linked", Limit, FillOrKill, |it| {
            it.linked = Some(1);
            it.linked_orders = Some(2);
            it.one_cancels_other = Some(1);
        }),
        ("linked", Limit, ImmediateOrCancel, |it| {
            it.linked = Some(1);
            it.linked_orders = Some(2);
        }),
        ("linked_orders", Limit, FillOrKill, |it| {
            it.linked = Some(1);
        }),
        ("linked_orders", Limit, FillOrKill, |it| {
            it.linked_orders = Some(2);
        }),
        ("linked_orders", Limit, FillOrKill, |it| {
            it.linked = Some(1);
            it.linked_orders = Some(1);
        }),
        ("self_trade", Limit, FillOrKill, |it| {
            it.linked = Some(1);
            it.linked_orders = Some(2);
            it.self_trade = SelfTradePrevention::Decrement;
        }),
    ]
};

#[test]
fn terms_that_contradict_each_other_are_refused() {
    let mut desk = Desk::trading();
    for (at_fault, order_type, time_in_force, set) in CONTRADICTIONS {
        let order = with(order_type, time_in_force, set);
        let Refusal::Terms { field, .. } = desk.refused(order.clone()) else {
            panic!("{order:?}");
        };
        assert_eq!(field, at_fault, "{order:?}");
    }
    let stop = Order {
        order_type: OrderType::Stop,
        ..limit(BUY, "50", "10")
    };
    assert_eq!(
        text(desk.refused(stop)),
        "trigger does not fit the order type; give the price that wakes the stop"
    );
    let off_tick = with(OrderType::Stop, TimeInForce::Day, |it| {
        it.trigger = Some(Price::from_millionths(50_001_000));
    });
    assert!(matches!(
        desk.refused(off_tick),
        Refusal::PriceOffTick { .. }
    ));
    desk.passed(with(OrderType::StopLimit, TimeInForce::Day, |it| {
        it.trigger = Some(Price::from_millionths(50_000_000));
    }));
}
