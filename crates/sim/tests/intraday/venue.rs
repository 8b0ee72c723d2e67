//! The intraday market as the engine meets it.

use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::report::{VenueReason, VenueReport};
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp,
    VenueId, Volume, order::Conditions,
};
use wattbook_sim::{
    Arrival, Crowd, CrowdBin, IntradayVenue, Latencies, Latency, ListedContract, SharedBorders,
    Venue,
};

use crate::common::book::{fills, nobody, quotes, run};
use crate::common::{LOT, TICK, hour};
use crate::simulation::simulated;
use crate::{MIDNIGHT, at};

const SECOND_NS: i64 = 1_000_000_000;

/// Instruments 0 and 1 are the second hour in the north and in the south, 2 is the first in the north.
fn venue(crowded: bool) -> IntradayVenue {
    let mut plan = simulated(7);
    if !crowded {
        let bin = CrowdBin {
            from_ns: 0,
            participants: nobody(),
        };
        plan.crowd = Crowd::new(vec![bin]).unwrap();
    }
    let listed = |number: u32, contract: usize, zone: usize| ListedContract {
        instrument: Instrument {
            instrument: InstrumentId(number),
            ..hour(0, 1)
        },
        contract,
        zone,
    };
    let latencies = Latencies {
        submit: Latency::constant(SECOND_NS),
        report: Latency::constant(2 * SECOND_NS),
        ..Latencies::default()
    };
    let listed = [listed(0, 1, 0), listed(1, 1, 1), listed(2, 0, 0)];
    IntradayVenue::new(VenueId(1), plan, &listed, latencies).unwrap()
}

fn order(number: u64, instrument: u32, side: Side, ticks: i64, lots: i64) -> Event {
    Event::OrderRouted(OrderRouted {
        order_id: OrderId::new(ClientId(1), number),
        order: Order {
            instrument: InstrumentId(instrument),
            side,
            price: Price::from_millionths(ticks * TICK),
            volume: Volume::from_millionths(lots * LOT),
            time_in_force: TimeInForce::Day,
            ..Order::default()
        },
    })
}

/// Reports with when they came and of which order.
fn reports(arrivals: &[Arrival]) -> Vec<(Timestamp, u64, String)> {
    let report = |arrival: &Arrival| {
        let Input::Report(report) = &arrival.input else {
            return None;
        };
        let (order, what) = match report {
            VenueReport::OrderAccepted(it) => (it.order_id, "accepted".to_owned()),
            VenueReport::OrderRejected(it) => (it.order_id, format!("rejected {:?}", it.reason)),
            VenueReport::OrderCancelled(it) => (it.order_id, format!("cancelled {:?}", it.reason)),
            VenueReport::OrderAmended(it) => (it.order_id, "amended".to_owned()),
            VenueReport::OrderFilled(it) => (it.order_id, format!("filled {}", it.volume)),
            VenueReport::CancelRejected(it) => (it.order_id, "no cancel".to_owned()),
            _ => return None,
        };
        Some((arrival.ts_recv, order.number(), what))
    };
    arrivals.iter().filter_map(report).collect()
}

#[test]
fn our_orders_trade_across_the_border_and_reports_take_their_time() {
    let mut venue = venue(false);
    venue.on_routed(&order(1, 0, Side::Sell, 4_000, 10), at(1_000));
    venue.on_routed(&order(2, 1, Side::Buy, 4_100, 4), at(1_001));
    let all = run(&mut venue, at(1_010));
    let after = |minutes| at(minutes).plus_nanos(3 * SECOND_NS);
    let lots = |lots: i64| format!("filled {}", Volume::from_millionths(lots * LOT));
    let expected = [
        (after(1_000), 1, "accepted".to_owned()),
        (after(1_001), 2, "accepted".to_owned()),
        (after(1_001), 1, lots(4)),
        (after(1_001), 2, lots(4)),
    ];
    assert_eq!(reports(&all), expected);
    let trades = all.iter().filter_map(|arrival| match &arrival.input {
        Input::Market(MarketEvent::Trade(trade)) => Some((trade.instrument.0, trade.trade)),
        _ => None,
    });
    let trades: Vec<_> = trades.collect();
    assert_eq!(trades.len(), 2);
    assert_eq!((trades[0].0, trades[1].0), (0, 1));
    assert_eq!(trades[0].1, trades[1].1);
    let last: Vec<_> = quotes(&all)
        .iter()
        .map(|quote| (quote.instrument.0, quote.ask_volume))
        .collect();
    let left = |lots: i64| Volume::from_millionths(lots * LOT);
    assert_eq!(
        last.iter().rev().take(2).rev().copied().collect::<Vec<_>>(),
        [(0, left(6)), (1, left(2))]
    );
    let depth = venue.depth(InstrumentId(1), 5).unwrap();
    assert_eq!(
        depth.asks,
        [(Price::from_millionths(4_000 * TICK), left(2))]
    );
}

#[test]
fn an_order_after_the_gate_or_of_no_contract_is_rejected_and_the_gate_ends_what_rests() {
    let mut venue = venue(false);
    let gate = MIDNIGHT + 60 - 5;
    venue.on_routed(&order(1, 0, Side::Sell, 4_000, 10), at(800));
    venue.on_routed(&order(2, 0, Side::Sell, 4_000, 10), at(1_000));
    venue.on_routed(&order(3, 7, Side::Sell, 4_000, 10), at(1_000));
    venue.on_routed(&order(5, 0, Side::Sell, 4_000, 99_999), at(1_000));
    venue.on_routed(&order(4, 0, Side::Sell, 4_000, 10), at(gate));
    let all = reports(&run(&mut venue, Timestamp::MAX));
    let of = |number| -> Vec<String> {
        let mine = all.iter().filter(|(_, order, _)| *order == number);
        mine.map(|(_, _, what)| what.clone()).collect()
    };
    assert_eq!(of(1), [format!("rejected {:?}", VenueReason::NotTrading)]);
    let ended = format!("cancelled {:?}", VenueReason::GateClosed);
    assert_eq!(of(2), ["accepted".to_owned(), ended]);
    assert_eq!(of(3), [format!("rejected {:?}", VenueReason::NotTrading)]);
    assert_eq!(of(4), [format!("rejected {:?}", VenueReason::GateClosed)]);
    assert_eq!(of(5), [format!("rejected {:?}", VenueReason::InvalidTerms)]);
}

/// The same order as one of two that are filled both or neither.
fn linked(event: Event, set: u64) -> Event {
    let Event::OrderRouted(mut routed) = event else {
        panic!("{event:?} is no order");
    };
    routed.order.time_in_force = TimeInForce::FillOrKill;
    routed.order.conditions = Some(Box::new(Conditions {
        linked: Some(set),
        linked_orders: Some(2),
        ..Conditions::default()
    }));
    Event::OrderRouted(routed)
}

#[test]
fn linked_orders_are_filled_in_both_contracts_or_killed_in_both() {
    for (lots, is_filled) in [(4, true), (5, false)] {
        let mut venue = venue(false);
        venue.on_routed(&order(1, 1, Side::Sell, 4_000, 4), at(1_000));
        venue.on_routed(&order(2, 2, Side::Sell, 4_100, 3), at(1_000));
        venue.on_routed(&linked(order(3, 0, Side::Buy, 4_200, lots), 9), at(1_001));
        venue.on_routed(&linked(order(4, 2, Side::Buy, 4_200, 3), 9), at(1_001));
        let all = reports(&run(&mut venue, at(1_010)));
        for number in [3, 4] {
            let mut mine = all.iter().filter(|(_, order, _)| *order == number);
            let last = mine.next_back().map(|(_, _, what)| what.starts_with("filled"));
            assert_eq!(last, Some(is_filled), "order {number} of {lots} lots");
        }
    }
}

#[test]
fn a_linked_order_whose_other_never_comes_is_refused() {
    let mut venue = venue(false);
    venue.on_routed(&linked(order(3, 0, Side::Buy, 4_200, 1), 9), at(1_001));
    let all = reports(&run(&mut venue, at(1_010)));
    let refused = format!("rejected {:?}", VenueReason::LinkedUnfilled);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].2, refused);
}

#[test]
fn the_local_view_is_shown_every_five_minutes_in_the_last_hour() {
    let mut venue = venue(false);
    venue.on_routed(&order(1, 1, Side::Sell, 4_000, 10), at(1_000));
    let gate = MIDNIGHT + 60 - 5;
    let all = run(&mut venue, at(gate));
    let shown = |arrival: &Arrival| match &arrival.input {
        Input::Market(MarketEvent::BookDelta(delta)) if delta.instrument == InstrumentId(0) => {
            Some((arrival.ts_event, delta.volume.millionths() / LOT))
        }
        _ => None,
    };
    let levels: Vec<_> = all.iter().filter_map(shown).collect();
    let late = levels.iter().filter(|(ts, _)| *ts >= at(gate - 60));
    let clears: Vec<Timestamp> = late.filter(|(_, lots)| *lots == 0).map(|it| it.0).collect();
    let expected: Vec<Timestamp> = (0..12).map(|n| at(gate - 60 + 5 * n)).collect();
    assert_eq!(clears, expected);
    // Six of ten lots reach the other zone while the border is open.
    assert!(levels.contains(&(at(gate - 60), 6)));
    assert!(
        !levels
            .iter()
            .any(|(ts, lots)| *ts > at(gate - 55) && *lots > 0)
    );
}

#[test]
fn auctions_and_trades_share_the_border() {
    let mw = |lots: i64| Volume::from_millionths(lots * LOT);
    let shared = SharedBorders::new(8);
    let mut venue = venue(false).sharing(Some(shared.clone()));
    // Of eight quarter-hours, those of the second hour get nine lots there and none back.
    let left = (0..8).map(|period| [mw(if period < 4 { 6 } else { 9 }), mw(0)]);
    shared.leave(at(1_002), left.collect());
    venue.on_routed(&order(1, 0, Side::Sell, 4_000, 20), at(1_000));
    venue.on_routed(&order(2, 1, Side::Buy, 4_100, 20), at(1_001));
    let filled = |all: &[Arrival]| -> i64 {
        let fills = fills(all).into_iter();
        // Each trade of ours is reported to both sides.
        fills
            .map(|fill| fill.volume.millionths() / LOT)
            .sum::<i64>()
            / 2
    };
    let before = run(&mut venue, at(1_001).plus_nanos(10 * SECOND_NS));
    assert_eq!(filled(&before), 6);
    assert_eq!(shared.flows()[4..], [mw(6); 4]);
    let after = run(&mut venue, at(1_010));
    assert_eq!(filled(&after), 3);
    assert_eq!(shared.flows(), [vec![mw(0); 4], vec![mw(9); 4]].concat());
}

#[test]
fn our_orders_are_amended_and_cancelled() {
    let mut venue = venue(false);
    venue.on_routed(&order(1, 0, Side::Sell, 4_000, 10), at(1_000));
    let order_id = OrderId::new(ClientId(1), 1);
    let amend = AmendRouted {
        order_id,
        instrument: InstrumentId(0),
        price: Price::from_millionths(3_900 * TICK),
        volume: Volume::from_millionths(8 * LOT),
        ..AmendRouted::default()
    };
    venue.on_routed(&Event::AmendRouted(amend), at(1_002));
    let cancel = CancelRouted {
        order_id,
        instrument: InstrumentId(0),
    };
    run(&mut venue, at(1_004));
    let asks = venue.depth(InstrumentId(0), 5).unwrap().asks;
    let volume = Volume::from_millionths(8 * LOT);
    assert_eq!(asks, [(Price::from_millionths(3_900 * TICK), volume)]);
    assert_eq!(
        venue.volume_ahead(InstrumentId(0), order_id),
        Some(Volume::ZERO)
    );
    venue.on_routed(&Event::CancelRouted(cancel), at(1_005));
    venue.on_routed(&Event::CancelRouted(cancel), at(1_006));
    let all = reports(&run(&mut venue, at(1_010)));
    let what: Vec<_> = all.iter().map(|(_, _, what)| what.as_str()).collect();
    let requested = format!("cancelled {:?}", VenueReason::Requested);
    assert_eq!(what, [requested.as_str(), "no cancel"]);
}

#[test]
fn phases_and_quotes_of_a_crowded_day_come_and_our_order_changes_what_follows() {
    let mut alone = venue(true);
    let quiet = run(&mut alone, Timestamp::MAX);
    let phases = quiet.iter().filter_map(|arrival| match &arrival.input {
        Input::Market(MarketEvent::SessionPhase(it)) if it.instrument == InstrumentId(1) => {
            Some((arrival.ts_event, it.phase))
        }
        _ => None,
    });
    let gate = at(MIDNIGHT + 60 - 5);
    let expected = [(at(900), Phase::Continuous), (gate, Phase::Closed)];
    assert_eq!(phases.collect::<Vec<_>>(), expected);
    assert!(quotes(&quiet).len() > 100);
    let mut again = venue(true);
    assert!(quiet == run(&mut again, Timestamp::MAX));
    let mut with_us = venue(true);
    with_us.on_routed(&order(1, 0, Side::Buy, 9_000, 50), at(MIDNIGHT - 30));
    let moved = run(&mut with_us, Timestamp::MAX);
    assert!(
        fills(&moved)
            .iter()
            .map(|fill| fill.volume.millionths())
            .sum::<i64>()
            > 0
    );
    assert!(quotes(&quiet) != quotes(&moved));
}
