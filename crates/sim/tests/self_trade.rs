//! Orders of one trading book that would meet shrink at the venue, and the engine learns of it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::nobody;
use common::desk::{HOURS, Setup, desk};
use common::{LOT, TICK, at};
use wattbook_domain::event::OrderState;
use wattbook_domain::order::{Conditions, SelfTradePrevention};
use wattbook_domain::{Event, Order, Price, Side, TimeInForce, TradingBookId, Volume};
use wattbook_sim::{FeedLevel, Latencies, Session};

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
