//! The simulated book behaves as a venue: deterministic, late, first in first out, moved by orders.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::{fills, nobody, order, quotes, run};
use common::{LOT, TICK, at, hour};
use wattbook_domain::event::{AmendRouted, CancelRouted};
use wattbook_domain::market::{PriceKind, Quote, ReferencePrice};
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Conditions, Event, Input, InstrumentId, OrderId, OrderType, Price, Side, Ticks,
    VenueId, Volume,
};
use wattbook_sim::Arrival;
use wattbook_sim::{
    BookVenue, FeedLevel, Latencies, Latency, ListedBook, Participants, ReferencePath, Session,
    Venue,
};

fn venue(seed: u64, reference: i64, participants: Participants, latencies: Latencies) -> BookVenue {
    let path = vec![
        (at(0), Ticks::new(reference)),
        (at(1_800), Ticks::new(reference + 300)),
    ];
    let listed = ListedBook {
        instrument: hour(0, 1),
        session: Session::continuous(at(0)),
        feed: FeedLevel::L1,
        reference: ReferencePath::new(path).unwrap(),
        participants,
    };
    BookVenue::new(VenueId(1), vec![listed], latencies, seed).unwrap()
}

#[test]
fn the_same_seed_gives_the_same_market_and_another_seed_another() {
    let all = |seed| {
        let mut venue = venue(seed, -200, Participants::default(), Latencies::default());
        run(&mut venue, at(3_700))
    };
    let one = all(1);
    assert!(one.len() > 5_000, "{}", one.len());
    assert!(one == all(1));
    assert!(one != all(2));
}

#[test]
fn the_market_follows_its_reference_across_zero() {
    let mut venue = venue(3, -200, Participants::default(), Latencies::default());
    let mid = |quotes: &[Quote]| {
        let both = quotes
            .iter()
            .filter(|quote| quote.bid_volume > Volume::ZERO && quote.ask_volume > Volume::ZERO);
        let mids: Vec<i64> = both
            .map(|quote| i64::midpoint(quote.bid_price.millionths(), quote.ask_price.millionths()))
            .collect();
        mids.iter().sum::<i64>() / mids.len() as i64 / TICK
    };
    let before = mid(&quotes(&run(&mut venue, at(1_799))));
    let after = mid(&quotes(&run(&mut venue, at(3_599))));
    assert!((before + 200).abs() < 20, "{before}");
    assert!((after - 100).abs() < 20, "{after}");
}

#[test]
fn the_first_in_a_queue_is_the_first_to_trade() {
    let mut venue = venue(1, 0, nobody(), Latencies::default());
    for number in 1..=3 {
        venue.on_routed(&order(number, Side::Sell, 10, 5), at(number as i64));
    }
    venue.on_routed(&order(4, Side::Buy, 10, 7), at(10));
    let makers: Vec<_> = fills(&run(&mut venue, at(20)))
        .into_iter()
        .filter(|fill| fill.is_maker)
        .map(|fill| (fill.order_id.number(), fill.volume.millionths() / LOT))
        .collect();
    assert_eq!(makers, [(1, 5), (2, 2)]);
}

#[test]
fn a_large_order_walks_the_book_and_moves_the_price() {
    let mut venue = venue(4, 0, Participants::default(), Latencies::default());
    let before = *quotes(&run(&mut venue, at(600))).last().unwrap();
    venue.on_routed(&order(1, Side::Buy, 400, 400), at(600));
    let after = run(&mut venue, at(600));
    let paid: Vec<_> = fills(&after).iter().map(|fill| fill.price).collect();
    assert!(paid.first() < paid.last(), "{paid:?}");
    assert!(quotes(&after).last().unwrap().bid_price > before.ask_price);
}

#[test]
fn reports_and_quotes_arrive_later_than_they_happened() {
    let latencies = Latencies {
        feed: Latency {
            constant_ns: 2_000_000,
            jitter_ns: 500_000,
        },
        submit: Latency::constant(5_000_000),
        report: Latency::constant(3_000_000),
        ..Latencies::default()
    };
    let mut venue = venue(5, 0, Participants::default(), latencies);
    run(&mut venue, at(60));
    venue.on_routed(&order(1, Side::Buy, 200, 1), at(60));
    let after = run(&mut venue, at(61));
    let filled = after
        .iter()
        .find(|arrival| matches!(arrival.input, Input::Report(VenueReport::OrderFilled(_))))
        .unwrap();
    assert_eq!(filled.ts_event, at(60).plus_nanos(5_000_000));
    assert_eq!(filled.ts_recv, at(60).plus_nanos(8_000_000));
    assert!(
        after
            .windows(2)
            .all(|pair| pair[0].ts_recv <= pair[1].ts_recv)
    );
    let mut feed = after
        .iter()
        .filter(|arrival| matches!(arrival.input, Input::Market(_)));
    assert!(feed.all(|arrival| arrival.ts_recv >= arrival.ts_event.plus_nanos(2_000_000)));
}

#[test]
fn the_gate_ends_every_order_and_refuses_new_ones() {
    let mut venue = venue(6, 0, nobody(), Latencies::default());
    venue.on_routed(&order(1, Side::Buy, -100, 1), at(10));
    run(&mut venue, at(3_599));
    let cancel = CancelRouted {
        order_id: OrderId::new(ClientId(1), 1),
        ..CancelRouted::default()
    };
    let closing = run(&mut venue, at(3_600));
    let ended = closing.iter().any(|arrival| {
        matches!(&arrival.input, Input::Report(VenueReport::OrderCancelled(cancelled))
            if cancelled.reason == VenueReason::GateClosed)
    });
    assert!(ended, "{closing:?}");
    venue.on_routed(&order(2, Side::Buy, -100, 1), at(3_601));
    venue.on_routed(&Event::CancelRouted(cancel), at(3_602));
    let late = run(&mut venue, at(3_700));
    assert!(
        matches!(late[0].input, Input::Report(VenueReport::OrderRejected(_))),
        "{late:?}"
    );
    assert!(
        matches!(late[1].input, Input::Report(VenueReport::CancelRejected(_))),
        "{late:?}"
    );
}

#[test]
fn one_changed_reference_price_changes_the_fills() {
    let fills_at = |reference| {
        let mut venue = venue(7, reference, Participants::default(), Latencies::default());
        venue.on_routed(&order(1, Side::Buy, 3, 50), at(30));
        fills(&run(&mut venue, at(300)))
    };
    assert_ne!(fills_at(0), fills_at(1));
}

#[test]
fn a_published_price_that_is_no_mark_moves_no_participant() {
    let market = |kind| {
        let mut venue = venue(7, 0, Participants::default(), Latencies::default());
        let mut all = run(&mut venue, at(30));
        if let Some(kind) = kind {
            let published = ReferencePrice {
                kind,
                price: Price::from_millionths(500 * TICK),
                ..ReferencePrice::default()
            };
            // The path of this venue rises at 1,800 s; what is told to it comes behind.
            venue.on_price(&published, at(1_900));
        }
        all.extend(run(&mut venue, at(2_500)));
        all
    };
    let untold = market(None);
    assert!(market(Some(PriceKind::Mark)) != untold);
    for kind in [
        PriceKind::DayAhead,
        PriceKind::RealTime,
        PriceKind::Imbalance,
        PriceKind::Settlement,
    ] {
        assert!(market(Some(kind)) == untold, "{kind:?}");
    }
}

/// A venue at which a stop for three lots waits for a trade at 20 ticks.
fn with_stop() -> BookVenue {
    let mut venue = venue(1, 0, nobody(), Latencies::default());
    let Event::OrderRouted(mut stop) = order(1, Side::Buy, 0, 3) else {
        panic!("an order")
    };
    stop.order.order_type = OrderType::Stop;
    stop.order.conditions = Some(Box::new(Conditions {
        trigger: Some(Price::from_millionths(20 * TICK)),
        ..Conditions::default()
    }));
    venue.on_routed(&Event::OrderRouted(stop), at(1));
    venue
}

/// Amends the stop and returns what the venue tells of it.
fn amend_stop(venue: &mut BookVenue, lots: i64, trigger: Option<i64>) -> Vec<Arrival> {
    let amend = AmendRouted {
        order_id: OrderId::new(ClientId(1), 1),
        instrument: InstrumentId(0),
        price: Price::ZERO,
        volume: Volume::from_millionths(lots * LOT),
        trigger: trigger.map(|ticks| Price::from_millionths(ticks * TICK)),
    };
    venue.on_routed(&Event::AmendRouted(amend), at(2));
    run(venue, at(3))
}

/// Lots of the stop that fill once one of the lots `sold` has traded at `ticks`.
fn woken(venue: &mut BookVenue, ticks: i64, sold: i64, from: i64) -> i64 {
    venue.on_routed(
        &order(2 + 2 * ticks as u64, Side::Sell, ticks, sold),
        at(from),
    );
    venue.on_routed(
        &order(3 + 2 * ticks as u64, Side::Buy, ticks, 1),
        at(from + 1),
    );
    fills(&run(venue, at(from + 2)))
        .iter()
        .filter(|fill| fill.order_id.number() == 1)
        .map(|fill| fill.volume.millionths() / LOT)
        .sum()
}

fn is_amended(told: &[Arrival]) -> bool {
    told.iter()
        .any(|arrival| matches!(arrival.input, Input::Report(VenueReport::OrderAmended(_))))
}

#[test]
fn the_volume_of_a_waiting_stop_can_be_amended_though_it_has_no_limit() {
    let mut venue = with_stop();
    let told = amend_stop(&mut venue, 5, None);
    assert!(is_amended(&told), "{told:?}");
    assert_eq!(woken(&mut venue, 20, 9, 4), 5);
}

#[test]
fn a_waiting_stop_wakes_at_its_amended_trigger() {
    let mut venue = with_stop();
    let told = amend_stop(&mut venue, 3, Some(25));
    assert!(is_amended(&told), "{told:?}");
    assert_eq!(woken(&mut venue, 20, 1, 4), 0);
    assert_eq!(woken(&mut venue, 25, 9, 8), 3);
}
