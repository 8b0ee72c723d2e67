//! Daily futures trade at settlement plus cost, one settlement after the signal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_domain::event::OrderRouted;
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    Event, Input, InstrumentId, Order, OrderId, OrderType, Price, Side, TimeInForce, Timestamp,
    VenueId, Volume,
};
use wattbook_sim::{DailySettlement, Latencies, SettlementVenue, Venue};

fn day(number: i64) -> Timestamp {
    Timestamp::from_seconds(number * 86_400)
}

fn venue() -> SettlementVenue {
    let prices = ["20", "-37.63", "10"].into_iter().enumerate();
    let settlements = prices.map(|(number, price)| DailySettlement {
        instrument: InstrumentId(0),
        published: day(number as i64),
        price: price.parse().unwrap(),
    });
    let cost = "0.02".parse().unwrap();
    SettlementVenue::new(
        VenueId(2),
        settlements.collect(),
        cost,
        Latencies::default(),
        1,
    )
}

fn order(number: u64, side: Side, order_type: OrderType, price: &str) -> Event {
    Event::OrderRouted(OrderRouted {
        order_id: OrderId(number),
        order: Order {
            side,
            order_type,
            time_in_force: TimeInForce::AtClose,
            price: price.parse().unwrap(),
            volume: "1".parse().unwrap(),
            ..Order::default()
        },
    })
}

/// What the venue did with each order: the price of its fill or the reason of its end.
fn ends(venue: &mut SettlementVenue) -> Vec<(u64, Result<Price, VenueReason>)> {
    let mut ends = Vec::new();
    venue.advance(day(9));
    while let Some(arrival) = venue.poll(day(9)) {
        match arrival.input {
            Input::Report(VenueReport::OrderFilled(fill)) => {
                assert_eq!(fill.volume, "1".parse::<Volume>().unwrap());
                ends.push((fill.order_id.0, Ok(fill.price)));
            }
            Input::Report(VenueReport::OrderCancelled(end)) => {
                ends.push((end.order_id.0, Err(end.reason)));
            }
            Input::Report(VenueReport::OrderRejected(end)) => {
                ends.push((end.order_id.0, Err(end.reason)));
            }
            _ => {}
        }
    }
    ends
}

#[test]
fn an_order_after_a_settlement_fills_at_the_next_one_a_cost_worse() {
    let mut venue = venue();
    venue.advance(day(0));
    venue.on_routed(&order(1, Side::Buy, OrderType::Market, "0"), day(0));
    venue.on_routed(&order(2, Side::Sell, OrderType::Market, "0"), day(0));
    let ends = ends(&mut venue);
    let price = |text: &str| Ok(text.parse().unwrap());
    assert_eq!(ends, [(1, price("-37.61")), (2, price("-37.65"))]);
}

#[test]
fn a_limit_that_the_settlement_does_not_reach_ends() {
    let mut venue = venue();
    venue.advance(day(0));
    venue.on_routed(&order(1, Side::Buy, OrderType::Limit, "-37.62"), day(0));
    venue.on_routed(&order(2, Side::Sell, OrderType::Limit, "-37.65"), day(0));
    let ends = ends(&mut venue);
    let expected = [
        (1, Err(VenueReason::Unfilled)),
        (2, Ok("-37.65".parse().unwrap())),
    ];
    assert_eq!(ends, expected);
}

#[test]
fn between_two_settlements_nothing_trades() {
    let mut venue = venue();
    let Event::OrderRouted(mut routed) = order(1, Side::Buy, OrderType::Limit, "50") else {
        unreachable!()
    };
    routed.order.time_in_force = TimeInForce::Day;
    venue.on_routed(&Event::OrderRouted(routed), day(0));
    assert_eq!(ends(&mut venue), [(1, Err(VenueReason::InvalidTerms))]);
}
