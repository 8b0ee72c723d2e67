//! A battery that meets orders of a continuous market.

use super::*;

fn replay(wear: f64, fee: f64, efficiency: f64) -> IntrinsicReplay {
    let limits = StoreLimits {
        charge_mw: 5.0,
        discharge_mw: 5.0,
        floor_mwh: 0.0,
        ceiling_mwh: 10.0,
        charge_efficiency: efficiency,
        discharge_efficiency: efficiency,
    };
    let terms = IntrinsicTerms {
        costs: TradingCosts { fee, wear },
        product_ms: HOUR_MS,
        gate_ms: HOUR_MS / 2,
        states: 11,
        rules: IntrinsicRules::EveryChange,
    };
    IntrinsicReplay::new(limits, terms, 3 * HOUR_MS, 4).unwrap()
}

fn order(minute: i64, hour: i64, side: Side, price: f64, lots: i64) -> IncomingOrder {
    IncomingOrder {
        at_ms: minute * 60_000,
        valid_until_ms: hour * HOUR_MS,
        delivery_ms: hour * HOUR_MS,
        side,
        price,
        lots,
    }
}

/// Wide books of the hours 3, 4 and 6.
fn wide(replay: &mut IntrinsicReplay) {
    for hour in [3, 4, 6] {
        replay
            .apply(&order(0, hour, Side::Sell, 3_000.0, 200))
            .unwrap();
        replay
            .apply(&order(0, hour, Side::Buy, -3_000.0, 200))
            .unwrap();
    }
}

/// An order of the hour 5, or of hour 4, in the minute `at` until the minute `until`.
fn passing(at: i64, until: i64, hour: i64, side: Side, price: f64, lots: i64) -> IncomingOrder {
    IncomingOrder {
        valid_until_ms: until * 60_000,
        ..order(at, hour, side, price, lots)
    }
}

/// How often the battery has looked after each order, from the first one on, behind books of
/// `lots` on both sides of which an ask of the hour 4 goes in minute 7.
fn looks(lots: i64, orders: &[IncomingOrder]) -> Vec<u64> {
    let mut replay = replay(0.0, 0.0, 1.0);
    replay.terms.rules = IntrinsicRules::BitePy;
    for hour in [3, 4, 5, 6] {
        let until = if hour == 4 { 7 } else { 60 * hour };
        let ask = passing(0, until, hour, Side::Sell, 3_000.0, lots);
        replay.apply(&ask).unwrap();
        let bid = order(0, hour, Side::Buy, -3_000.0, lots);
        replay.apply(&bid).unwrap();
    }
    let count = |order| {
        replay.apply(order).unwrap();
        replay.result.solves
    };
    let counts: Vec<u64> = orders.iter().map(count).collect();
    counts.iter().map(|count| count - counts[0]).collect()
}

// Each count is how often BitePy 0.6.16 solves on the same orders, from the first one on.
#[test]
fn the_peer_looks_after_orders_that_better_the_best_of_their_side() {
    let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
    let equal = passing(2, 300, 5, Side::Sell, 100.0, 10);
    let worse = passing(2, 300, 5, Side::Sell, 200.0, 10);
    let better = passing(3, 300, 5, Side::Sell, 99.0, 10);
    assert_eq!(looks(200, &[first, equal, better]), [0, 0, 1]);
    assert_eq!(looks(200, &[first, worse, better]), [0, 0, 1]);
    // What is matched whole is none; what is left over is the best bid.
    let taken = passing(2, 300, 5, Side::Buy, 100.0, 10);
    let rest = passing(3, 300, 5, Side::Buy, 150.0, 10);
    assert_eq!(looks(200, &[first, taken, rest]), [0, 0, 1]);
}

#[test]
fn the_peer_does_not_look_while_a_book_is_shallow() {
    let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
    let waits = passing(8, 300, 5, Side::Sell, 98.0, 10);
    // Not the best of its side, but it makes the book deep enough for the one that waits.
    let deep = passing(9, 300, 4, Side::Sell, 3_000.0, 120);
    let none = passing(10, 300, 4, Side::Sell, 3_000.0, 120);
    assert_eq!(looks(100, &[first, waits, deep, none]), [0, 0, 1, 1]);
}

#[test]
fn to_the_peer_what_expired_is_still_the_best_until_its_book_is_touched() {
    let first = passing(1, 300, 5, Side::Sell, 100.0, 10);
    let gone = passing(2, 3, 5, Side::Sell, 50.0, 10);
    let next = passing(5, 300, 5, Side::Sell, 55.0, 10);
    assert_eq!(looks(200, &[first, gone, next]), [0, 1, 1]);
    let touch = passing(4, 300, 5, Side::Sell, 1_000.0, 10);
    assert_eq!(looks(200, &[first, gone, touch, next]), [0, 1, 1, 2]);
    let elsewhere = passing(4, 300, 6, Side::Sell, 95.0, 10);
    assert_eq!(looks(200, &[first, gone, elsewhere, next]), [0, 1, 2, 3]);
}

// Each outcome is what BitePy 0.6.16 earns on the same orders.
#[test]
fn a_spread_is_taken_as_the_peer_takes_it() {
    for (wear, fee, efficiency, expected) in [(0.0, 0.0, 1.0, 450.0), (4.0, 0.09, 0.95, 361.145)] {
        let mut replay = replay(wear, fee, efficiency);
        wide(&mut replay);
        replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
        replay.apply(&order(2, 6, Side::Buy, 100.0, 80)).unwrap();
        replay.finish();
        assert!(
            (replay.profit() - expected).abs() < 1e-9,
            "{}",
            replay.profit()
        );
    }
}

#[test]
fn what_rests_deeper_is_taken_at_the_next_occasion_as_by_the_peer() {
    let mut replay = replay(0.0, 0.0, 1.0);
    wide(&mut replay);
    replay.apply(&order(1, 3, Side::Sell, 10.0, 13)).unwrap();
    replay.apply(&order(2, 3, Side::Sell, 20.0, 14)).unwrap();
    replay.apply(&order(3, 3, Side::Sell, 90.0, 90)).unwrap();
    replay.apply(&order(4, 6, Side::Buy, 100.0, 21)).unwrap();
    replay.apply(&order(5, 6, Side::Buy, 60.0, 200)).unwrap();
    replay
        .apply(&order(10, 5, Side::Sell, 3_500.0, 10))
        .unwrap();
    let result = replay.finish();
    assert!((replay.profit() - 205.0).abs() < 1e-9, "{result:?}");
}

#[test]
fn the_gate_closes_half_an_hour_before_delivery_as_of_the_peer() {
    for (minute, expected) in [(149, 450.0), (150, 0.0)] {
        let mut replay = replay(0.0, 0.0, 1.0);
        wide(&mut replay);
        replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
        replay
            .apply(&order(minute, 6, Side::Buy, 100.0, 80))
            .unwrap();
        replay.finish();
        assert!((replay.profit() - expected).abs() < 1e-9);
    }
}

#[test]
fn orders_that_cross_or_expire_are_gone_before_the_battery_looks() {
    let mut replay = replay(0.0, 0.0, 1.0);
    wide(&mut replay);
    replay.apply(&order(1, 3, Side::Sell, 10.0, 80)).unwrap();
    replay.apply(&order(2, 3, Side::Buy, 12.0, 60)).unwrap();
    replay.apply(&order(3, 6, Side::Buy, 100.0, 80)).unwrap();
    replay.finish();
    assert!((replay.profit() - 180.0).abs() < 1e-9);

    let mut replay = self::replay(0.0, 0.0, 1.0);
    wide(&mut replay);
    let mut short = order(1, 3, Side::Sell, 10.0, 80);
    short.valid_until_ms = 5 * 60_000;
    replay.apply(&short).unwrap();
    replay.apply(&order(6, 6, Side::Buy, 100.0, 80)).unwrap();
    assert!(replay.finish().traded_mwh.abs() < 1e-12);
}

#[test]
fn a_quarter_hour_moves_and_pays_a_quarter_of_an_hour() {
    let limits = StoreLimits {
        charge_mw: 5.0,
        discharge_mw: 5.0,
        floor_mwh: 0.0,
        ceiling_mwh: 2.5,
        charge_efficiency: 1.0,
        discharge_efficiency: 1.0,
    };
    let quarter_ms = HOUR_MS / 4;
    let terms = IntrinsicTerms {
        costs: TradingCosts {
            fee: 0.1,
            wear: 1.0,
        },
        product_ms: quarter_ms,
        gate_ms: 5 * 60_000,
        states: 11,
        rules: IntrinsicRules::EveryChange,
    };
    let mut replay = IntrinsicReplay::new(limits, terms, 3 * HOUR_MS, 4).unwrap();
    for (quarter, bid, ask) in [(0, 9.0, 10.0), (1, 11.0, 12.0), (3, 100.0, 101.0)] {
        let delivery_ms = 3 * HOUR_MS + quarter * quarter_ms;
        for (side, price) in [(Side::Buy, bid), (Side::Sell, ask)] {
            let order = IncomingOrder {
                delivery_ms,
                valid_until_ms: delivery_ms,
                ..order(1, 3, side, price, 80)
            };
            replay.apply(&order).unwrap();
        }
    }
    let result = replay.finish();
    // 5 MW fill 1.25 MWh at most, which is what the last quarter-hour takes out again.
    assert_eq!(replay.positions(), [50, 0, 0, -50]);
    assert!((result.cash - 1.25 * 90.0).abs() < 1e-9, "{result:?}");
    assert!((replay.profit() - 1.25 * 90.0 + 2.5 * 1.1).abs() < 1e-9);
}

#[test]
fn an_order_that_steps_back_in_time_is_refused() {
    let mut replay = replay(0.0, 0.0, 1.0);
    replay.apply(&order(2, 3, Side::Sell, 10.0, 80)).unwrap();
    let refused = replay.apply(&order(1, 3, Side::Sell, 10.0, 80));
    assert!(
        refused
            .unwrap_err()
            .to_string()
            .starts_with("time of an order is 60000")
    );
}
