//! The level-3 feed of a simulated book: a reader has the venue's queues, the engine its best prices.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::book::{order, run};
use common::desk::{HOURS, Setup, desk};
use common::{LOT, TICK, at, hour};
use proptest::prelude::*;
use wattbook_book::{L3Book, L3Delta, MARKET_BUY, MARKET_SELL};
use wattbook_domain::event::CancelRouted;
use wattbook_domain::market::{BookDelta, MarketEvent, Quote};
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, Lots, Order, OrderId, Price, Side, Ticks, TimeInForce,
    VenueId, Volume,
};
use wattbook_sim::{
    BookVenue, FeedLevel, Latencies, ListedBook, Participants, ReferencePath, Session, Venue,
};

const SECOND: i64 = 1_000_000_000;

/// A day with both calls, and halts.
fn session() -> Session {
    Session {
        opening_call_ns: 60 * SECOND,
        closing_call_ns: 60 * SECOND,
        collar: Some(Ticks::new(40)),
        halt_ns: 20 * SECOND,
        reopening_call_ns: 20 * SECOND,
        ..Session::continuous(at(60))
    }
}

fn venue(seed: u64) -> BookVenue {
    let path = vec![(at(0), Ticks::new(-20)), (at(1_000), Ticks::new(20))];
    let listed = ListedBook {
        instrument: hour(0, 1),
        session: session(),
        feed: FeedLevel::L3,
        reference: ReferencePath::new(path).unwrap(),
        participants: Participants::default(),
    };
    BookVenue::new(VenueId(1), vec![listed], Latencies::default(), seed).unwrap()
}

fn read(book: &mut L3Book, delta: &BookDelta) {
    let message = L3Delta {
        action: delta.action,
        order_id: delta.venue_order,
        side: delta.side,
        price: Ticks::new(delta.price.millionths() / TICK),
        volume: Lots::new(delta.volume.millionths() / LOT),
    };
    let fits = book.apply(&message);
    assert!(
        fits.is_ok() || fits == Err(wattbook_book::Anomaly::Crossed),
        "{delta:?}: {fits:?}"
    );
}

/// The displayed orders at the venue that have a price.
fn shown(venue: &BookVenue, side: Side) -> Vec<(u64, Ticks, Lots)> {
    let book = venue.book(InstrumentId(0)).unwrap();
    let orders = book.orders(side).map(|order| {
        let price = order.price.unwrap();
        (order.order_id.0, price, order.displayed)
    });
    orders
        .filter(|(_, price, _)| *price != MARKET_BUY && *price != MARKET_SELL)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_book_rebuilt_from_the_feed_is_the_venues_book(
        seed in any::<u64>(),
        ours in proptest::collection::vec((1_i64..3_500, any::<bool>(), -40_i64..40, 1_i64..90), 1..60),
    ) {
        let mut venue = venue(seed);
        let mut read_book = L3Book::new();
        let mut ours = ours;
        ours.sort_unstable();
        let mut ahead_seen = 0;
        for (number, (second, buys, ticks, lots)) in ours.iter().enumerate() {
            let number = number as u64 + 1;
            let side = if *buys { Side::Buy } else { Side::Sell };
            venue.on_routed(&order(number, side, *ticks, *lots), at(*second));
            if number.is_multiple_of(4) {
                let order_id = OrderId::new(ClientId(1), number - 1);
                let cancel = CancelRouted { order_id, ..CancelRouted::default() };
                venue.on_routed(&Event::CancelRouted(cancel), at(*second));
            }
            for arrival in run(&mut venue, at(*second)) {
                if let Input::Market(MarketEvent::BookDelta(delta)) = &arrival.input {
                    read(&mut read_book, delta);
                }
            }
            for side in [Side::Buy, Side::Sell] {
                let told = read_book.orders(side);
                let told: Vec<_> =
                    told.map(|order| (order.order_id, order.price, order.volume)).collect();
                prop_assert_eq!(shown(&venue, side), told, "at {} s", second);
            }
            // Our own orders stand in the feed under their own numbers, with their places.
            for earlier in 1..=number {
                let order_id = OrderId::new(ClientId(1), earlier);
                let at_venue = venue.volume_ahead(InstrumentId(0), order_id);
                let lots = |volume: Volume| Lots::new(volume.millionths() / LOT);
                prop_assert_eq!(at_venue.map(lots), read_book.volume_ahead(order_id.0));
                ahead_seen += usize::from(at_venue.is_some());
            }
        }
        prop_assert!(ours.len() < 20 || ahead_seen > 0, "some of ours rested");
    }
}

#[test]
fn the_engine_takes_a_feed_of_single_orders() {
    let setup = Setup {
        session: session(),
        participants: Participants::default(),
        feed: FeedLevel::L3,
        latencies: Latencies::default(),
    };
    let buys = |second: i64, lots: i64| {
        let order = Order {
            instrument: HOURS[0],
            price: Price::from_millionths(5_200 * TICK),
            volume: Volume::from_millionths(lots * LOT),
            time_in_force: TimeInForce::GoodForSession,
            ..Order::default()
        };
        (at(second), vec![order])
    };
    let (mut backtest, seen) = desk(&setup, vec![buys(30, 20), buys(300, 40)], 600);
    while !backtest.run_until(at(600), 10_000).unwrap().is_done {}
    let events = seen.events.lock().unwrap();
    let quarantined = |event: &Event| matches!(event, Event::ReportQuarantined(_));
    assert!(!events.iter().any(|(_, event)| quarantined(event)));
    assert!(
        events
            .iter()
            .any(|(_, event)| matches!(event, Event::Filled(_)))
    );
    drop(events);

    let market = seen.market();
    let deltas = market
        .iter()
        .filter(|event| matches!(event, MarketEvent::BookDelta(_)));
    assert!(deltas.count() > 5_000);
    // The best prices that the engine works out of single orders are those of the last quote.
    for instrument in HOURS {
        let quote = market.iter().rev().find_map(|event| match event {
            MarketEvent::Quote(quote) if quote.instrument == instrument => Some(*quote),
            _ => None,
        });
        let top = backtest.engine().top_of_book(instrument).unwrap();
        let built = Quote {
            instrument,
            bid_price: top.bid_price,
            ask_price: top.ask_price,
            bid_volume: top.bid_volume,
            ask_volume: top.ask_volume,
        };
        assert_eq!(quote, Some(built));
        assert!(built.bid_volume > Volume::ZERO && built.bid_price < built.ask_price);
    }
}
