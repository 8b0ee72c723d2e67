//! Limits of scopes: what they refuse, tell and let pass, against sums made anew.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;
#[path = "scope_limits/party.rs"]
mod party;
#[path = "scope_limits/spot.rs"]
mod spot;

use common::*;
use proptest::prelude::*;
use wattbook_domain::instrument::Commodity;
use wattbook_domain::limit::{
    BreachSeverity, LimitBreached, LimitMeasure, LimitScope, RaiseLimit, SetScopeLimit,
    SetSensitivities,
};
use wattbook_domain::market::PriceKind;
use wattbook_domain::reference::{CloseDay, ReferenceEvent};
use wattbook_domain::report::{OrderCancelled, VenueReason, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, Price, Refusal, Side, Timestamp, TraderId, TradingBookId,
    VenueId,
};
use wattbook_engine::Engine;

const MILLION: i64 = 1_000_000;
const HOURS: u32 = 3;

/// Three hours at one venue, each with a last known price of 50.
fn desk() -> Desk {
    let mut desk = Desk::new();
    desk.venue(1, MarketModel::ContinuousBook);
    for number in 0..HOURS {
        desk.instrument(hour(number, 1));
        mark(&mut desk, number, "50");
    }
    desk
}

fn mark(desk: &mut Desk, instrument: u32, text: &str) -> Vec<Event> {
    let events = desk.publish(instrument, PriceKind::Mark, SettlementRun::Initial, text);
    let is_limit = |event: &Event| matches!(event, Event::LimitBreached(_) | Event::LimitCured(_));
    events.into_iter().filter(is_limit).collect()
}

fn set(desk: &mut Desk, limit: u32, scope: LimitScope, measure: LimitMeasure, levels: (i64, i64)) {
    let limit = SetScopeLimit {
        limit,
        scope,
        measure,
        soft_millionths: levels.0 * MILLION,
        hard_millionths: levels.1 * MILLION,
        confidence_ppm: 900_000,
        floor_millionths: 0,
        payment_seconds: 0,
    };
    assert_eq!(desk.reference(ReferenceEvent::SetScopeLimit(limit)), []);
}

fn order(instrument: u32, book: u16, side: Side, lots: &str) -> Order {
    Order {
        instrument: InstrumentId(instrument),
        owner: owner(book),
        ..limit(side, "50", lots)
    }
}

fn broken(refusal: Refusal) -> (u32, i64, i64) {
    match refusal {
        Refusal::ScopeLimit {
            limit,
            value_millionths,
            level_millionths,
            ..
        } => (
            limit,
            value_millionths / MILLION,
            level_millionths / MILLION,
        ),
        other => panic!("{other}"),
    }
}

#[test]
fn a_trader_is_held_over_instruments_and_others_are_not() {
    let mut desk = desk();
    let scope = LimitScope {
        trader: Some(owner(1).trader),
        ..LimitScope::default()
    };
    set(&mut desk, 7, scope, LimitMeasure::Volume, (8, 10));
    desk.passed(order(0, 1, Side::Buy, "6"));
    let refusal = desk.refused(order(1, 1, Side::Sell, "5"));
    assert_eq!(broken(refusal), (7, 11, 10));
    assert_eq!(
        refusal.to_string(),
        "volume of limit 7 would be 11, the hard level is 10; reduce it, or ask for a raise"
    );
    desk.passed(order(1, 2, Side::Sell, "50"));
    // Between the levels an order passes, and it is told which one did it.
    let (order_id, events) = desk.submit(order(1, 1, Side::Sell, "4"));
    let told = LimitBreached {
        limit: 7,
        measure: LimitMeasure::Volume,
        order_id,
        severity: BreachSeverity::Soft,
        value_millionths: 10 * MILLION,
        level_millionths: 8 * MILLION,
    };
    assert!(
        matches!(&events[..], [Event::OrderRouted(_), Event::LimitBreached(found)] if *found == told),
        "{events:?}"
    );
    let ended = desk.report(VenueReport::OrderCancelled(OrderCancelled {
        order_id,
        reason: VenueReason::Requested,
    }));
    assert!(matches!(ended[..], [_, Event::LimitCured(_)]), "{ended:?}");
}

#[test]
fn commodity_venue_and_delivery_restrict_a_scope() {
    let narrow = [
        LimitScope {
            commodity: Some(Commodity::Gas),
            ..LimitScope::default()
        },
        LimitScope {
            venue: Some(VenueId(9)),
            ..LimitScope::default()
        },
        LimitScope {
            delivery_start: Some(Timestamp::from_seconds(START + HOUR)),
            ..LimitScope::default()
        },
        LimitScope {
            delivery_end: Some(Timestamp::from_seconds(START)),
            ..LimitScope::default()
        },
    ];
    for scope in narrow {
        let mut desk = desk();
        set(&mut desk, 1, scope, LimitMeasure::Volume, (0, 0));
        desk.passed(order(0, 1, Side::Buy, "1"));
    }
    let mut desk = desk();
    set(&mut desk, 1, narrow[2], LimitMeasure::Volume, (0, 0));
    assert_eq!(broken(desk.refused(order(1, 1, Side::Buy, "1"))), (1, 1, 0));
}

#[test]
fn a_market_that_moves_breaks_a_limit_passively_and_only_reducing_orders_pass() {
    let mut desk = desk();
    set(
        &mut desk,
        1,
        LimitScope::default(),
        LimitMeasure::Notional,
        (600, 1_000),
    );
    let order_id = desk.passed(order(0, 1, Side::Buy, "10"));
    desk.fill(order_id, 1, "50", "10");
    let told = mark(&mut desk, 0, "120");
    let [Event::LimitBreached(breach)] = told[..] else {
        panic!("{told:?}")
    };
    let expected = (OrderId::default(), BreachSeverity::Hard, 1_200 * MILLION);
    assert_eq!(
        (breach.order_id, breach.severity, breach.value_millionths),
        expected
    );
    assert_eq!(
        broken(desk.refused(order(1, 1, Side::Buy, "1"))),
        (1, 1_250, 1_000)
    );
    desk.passed(Order {
        price: price("120"),
        ..order(0, 1, Side::Sell, "4")
    });
    let told = mark(&mut desk, 0, "40");
    assert!(matches!(told[..], [Event::LimitCured(_)]), "{told:?}");
}

#[test]
fn losses_count_from_the_close_and_a_fall_from_the_highest() {
    let mut desk = desk();
    let scope = LimitScope::default();
    set(&mut desk, 1, scope, LimitMeasure::StopLoss, (50, 100));
    set(&mut desk, 2, scope, LimitMeasure::Drawdown, (500, 800));
    let order_id = desk.passed(order(0, 1, Side::Buy, "10"));
    desk.fill(order_id, 1, "50", "10");
    mark(&mut desk, 0, "110");
    assert_eq!(mark(&mut desk, 0, "50").len(), 1);
    let used: Vec<_> = desk
        .engine
        .limit_use()
        .iter()
        .map(|one| one.value_millionths)
        .collect();
    assert_eq!(used, [Some(0), Some(600 * MILLION)]);
    mark(&mut desk, 0, "39");
    assert_eq!(
        broken(desk.refused(order(1, 1, Side::Buy, "1"))),
        (1, 110, 100)
    );
    desk.passed(order(0, 1, Side::Sell, "10"));
    desk.reference(ReferenceEvent::CloseDay(CloseDay {
        trading_book: TradingBookId(1),
    }));
    desk.passed(order(1, 1, Side::Buy, "1"));
    mark(&mut desk, 0, "29");
    assert_eq!(
        broken(desk.refused(order(1, 1, Side::Buy, "1"))),
        (2, 810, 800)
    );
}

#[test]
fn a_raise_holds_for_its_time_and_needs_two_persons() {
    let mut desk = desk();
    set(
        &mut desk,
        1,
        LimitScope::default(),
        LimitMeasure::Delta,
        (10, 10),
    );
    let until = START - 3 * HOUR;
    let raise = RaiseLimit {
        limit: 1,
        hard_millionths: 30 * MILLION,
        until: Timestamp::from_seconds(until),
        asked_by: TraderId(4),
        approved_by: TraderId(4),
    };
    let alone = refusal(&desk.reference(ReferenceEvent::RaiseLimit(raise)));
    assert!(alone.to_string().contains("second person"), "{alone}");
    desk.refused(order(0, 1, Side::Buy, "20"));
    let raise = RaiseLimit {
        approved_by: TraderId(5),
        ..raise
    };
    assert_eq!(desk.reference(ReferenceEvent::RaiseLimit(raise)), []);
    let (_, events) = desk.submit(order(0, 1, Side::Buy, "20"));
    assert!(matches!(events[0], Event::OrderRouted(_)), "{events:?}");
    let told = desk.advance(until);
    assert!(
        matches!(
            told[..],
            [Event::LimitBreached(LimitBreached {
                severity: BreachSeverity::Hard,
                ..
            })]
        ),
        "{told:?}"
    );
    assert_eq!(
        broken(desk.refused(order(1, 1, Side::Buy, "1"))),
        (1, 21, 10)
    );
}

#[test]
fn one_instrument_may_not_be_all_and_a_second_holds_so_many_orders() {
    let mut desk = desk();
    let scope = LimitScope::default();
    let share = SetScopeLimit {
        limit: 1,
        measure: LimitMeasure::Concentration,
        soft_millionths: 600_000,
        hard_millionths: 600_000,
        floor_millionths: 400 * MILLION,
        payment_seconds: 0,
        ..SetScopeLimit::default()
    };
    assert_eq!(desk.reference(ReferenceEvent::SetScopeLimit(share)), []);
    // Small positions are concentrated by nature.
    desk.passed(order(0, 1, Side::Buy, "4"));
    desk.passed(order(1, 1, Side::Buy, "3"));
    desk.refused(order(0, 1, Side::Buy, "4"));
    set(&mut desk, 2, scope, LimitMeasure::OrderRate, (3, 3));
    for _ in 0..3 {
        desk.passed(order(2, 1, Side::Buy, "0.1"));
    }
    assert_eq!(
        broken(desk.refused(order(2, 1, Side::Buy, "0.1"))),
        (2, 4, 3)
    );
    desk.now += 1_000_000_000;
    desk.passed(order(2, 1, Side::Buy, "0.1"));
}

#[test]
fn value_at_risk_is_never_taken_as_nothing() {
    let mut desk = desk();
    set(
        &mut desk,
        1,
        LimitScope::default(),
        LimitMeasure::ValueAtRisk,
        (5, 10),
    );
    let refusal = desk.refused(order(0, 1, Side::Buy, "1"));
    assert!(
        matches!(refusal, Refusal::NoShocks { limit: 1, .. }),
        "{refusal}"
    );
    desk.reference(shocked(0, &[-1, 2, 3, -4, 0, 1, 1, 1, 1, 1]));
    // The worst of ten scenarios at 90 %: the second, a loss of 1 for each megawatt.
    desk.passed(order(0, 1, Side::Buy, "4"));
    desk.passed(order(0, 1, Side::Buy, "1"));
    assert_eq!(
        broken(desk.refused(order(0, 1, Side::Buy, "6"))),
        (1, 11, 10)
    );
    let other = desk.reference(shocked(1, &[1]));
    assert!(matches!(
        self::refusal(&other),
        Refusal::Reference {
            field: "shocks",
            ..
        }
    ));
}

#[test]
fn open_orders_of_both_sides_do_not_hide_each_other() {
    let mut desk = desk();
    let everything = LimitScope::default();
    set(
        &mut desk,
        1,
        everything,
        LimitMeasure::ValueAtRisk,
        (20, 20),
    );
    for number in 0..2 {
        desk.reference(shocked(number, &[-4, 4, 1, 0, 0]));
    }
    // Bought and sold at once nothing is left; the purchase alone loses 20.
    let bought = desk.passed(order(0, 1, Side::Buy, "5"));
    desk.passed(order(0, 1, Side::Sell, "5"));
    let more = desk.refused(order(1, 1, Side::Buy, "5"));
    assert_eq!(broken(more), (1, 40, 20));
    // What takes from what is held loses nothing more.
    desk.fill(bought, 1, "50", "5");
    desk.passed(order(1, 1, Side::Sell, "5"));
}

#[test]
fn a_breach_by_a_fill_names_its_order() {
    let mut desk = desk();
    let everything = LimitScope::default();
    set(&mut desk, 1, everything, LimitMeasure::StopLoss, (10, 100));
    let order_id = desk.passed(order(0, 1, Side::Buy, "5"));
    let events = desk.fill(order_id, 1, "55", "5");
    let told = events.iter().find_map(|event| match event {
        Event::LimitBreached(breached) => Some(breached.order_id),
        _ => None,
    });
    assert_eq!(told, Some(order_id), "{events:?}");
    // The market's own doing names none.
    let events = mark(&mut desk, 0, "20");
    assert!(
        matches!(events[..], [Event::LimitBreached(LimitBreached { order_id, .. })] if order_id == OrderId::default()),
        "{events:?}"
    );
}

#[test]
fn scenarios_of_a_new_day_count_together() {
    let mut desk = desk();
    let everything = LimitScope::default();
    set(
        &mut desk,
        1,
        everything,
        LimitMeasure::ValueAtRisk,
        (50, 100),
    );
    for number in 0..2 {
        desk.reference(shocked(number, &[-9, 5, 1, 0, 0]));
    }
    for (trade, (number, side)) in (1..).zip([(0, Side::Buy), (1, Side::Sell)]) {
        let order_id = desk.passed(order(number, 1, side, "5"));
        desk.fill(order_id, trade, "50", "5");
    }
    let limit = |desk: &Desk| desk.engine.limit_use()[0];
    let told = limit(&desk);
    assert_eq!(told.value_millionths, Some(0));
    // Between the two, a bought hour in new scenarios and a sold one in old ones would seem to lose 70.
    assert_eq!(desk.reference(shocked(0, &[5, -9, 1, 0, 0])), []);
    assert_eq!(desk.reference(shocked(1, &[5, -9, 1, 0, 0])), []);
    assert_eq!(desk.advance(0), []);
    assert_eq!(limit(&desk), told);
    // A day that moves one of them more is told at the next look.
    assert_eq!(desk.reference(shocked(1, &[5, -9, 1, 12, 0])), []);
    let breached = desk.advance(0);
    assert!(
        matches!(
            breached.as_slice(),
            [Event::LimitBreached(LimitBreached {
                severity: BreachSeverity::Soft,
                value_millionths: 60_000_000,
                ..
            })]
        ),
        "{breached:?}"
    );
}

fn shocked(instrument: u32, shocks: &[i64]) -> ReferenceEvent {
    ReferenceEvent::SetSensitivities(SetSensitivities {
        instrument: InstrumentId(instrument),
        delta_millionths: MILLION,
        vega: Price::ZERO,
        shocks_millionths: shocks.iter().map(|whole| whole * MILLION).collect(),
    })
}

/// Value at risk of book 1 from positions alone, as scenarios would be added up by hand.
fn by_hand(engine: &Engine, shocks: &[Vec<i64>]) -> i64 {
    let mut gains = vec![0_i64; shocks[0].len()];
    for position in engine.portfolio().positions() {
        if position.owner.trading_book == TradingBookId(1) {
            for (gain, shock) in gains
                .iter_mut()
                .zip(&shocks[position.instrument.0 as usize])
            {
                *gain += shock * position.volume.millionths();
            }
        }
    }
    gains.sort_unstable();
    // Nine tenths of twenty losses are at or below it.
    (-gains[2]).max(0)
}

proptest! {
    #[test]
    fn held_gains_are_those_of_all_positions_anew(
        shocks in proptest::collection::vec(proptest::collection::vec(-50_i64..50, 20), 3),
        trades in proptest::collection::vec((0_u32..HOURS, 1_u16..3, any::<bool>(), 1_i64..90, any::<bool>()), 1..40),
    ) {
        let mut desk = desk();
        let scope = LimitScope {
            trading_book: Some(TradingBookId(1)),
            ..LimitScope::default()
        };
        let plenty = 1_000_000;
        set(&mut desk, 1, scope, LimitMeasure::ValueAtRisk, (plenty, plenty));
        set(&mut desk, 2, scope, LimitMeasure::Volume, (plenty, plenty));
        for (number, moves) in (0..).zip(&shocks) {
            desk.reference(shocked(number, moves));
        }
        for (trade, (instrument, book, buys, lots, fills)) in (1..).zip(trades) {
            let side = if buys { Side::Buy } else { Side::Sell };
            let text = format!("{}.{}", lots / 10, lots % 10);
            let order_id = desk.passed(order(instrument, book, side, &text));
            if fills {
                desk.fill(order_id, trade, "50", &text);
            } else {
                desk.report(VenueReport::OrderCancelled(OrderCancelled {
                    order_id,
                    reason: VenueReason::Requested,
                }));
            }
            let used = desk.engine.limit_use();
            prop_assert_eq!(used[0].value_millionths, Some(by_hand(&desk.engine, &shocks)));
            let mut volume = 0;
            for number in 0..HOURS {
                let own = |known: &&wattbook_portfolio::Position| {
                    known.owner.trading_book == TradingBookId(1) && known.instrument.0 == number
                };
                let positions = desk.engine.portfolio().positions().iter();
                volume += positions.filter(own).map(|known| known.volume.millionths()).sum::<i64>().abs();
            }
            prop_assert_eq!(used[1].value_millionths, Some(volume));
        }
        let snapshot = desk.engine.snapshot();
        let restored = Engine::restore(&snapshot).unwrap();
        prop_assert_eq!(restored.limit_use(), desk.engine.limit_use());
        prop_assert_eq!(restored.snapshot(), snapshot);
    }

    #[test]
    fn no_fills_of_open_orders_lose_more_than_was_told(
        shocks in proptest::collection::vec(proptest::collection::vec(-50_i64..50, 20), 3),
        trades in proptest::collection::vec((0_u32..HOURS, any::<bool>(), 1_i64..90, 0_u8..3), 1..20),
    ) {
        let mut desk = desk();
        let plenty = 1_000_000;
        set(&mut desk, 1, LimitScope::default(), LimitMeasure::ValueAtRisk, (plenty, plenty));
        for (number, moves) in (0..).zip(&shocks) {
            desk.reference(shocked(number, moves));
        }
        let mut waiting = Vec::new();
        for (trade, (instrument, buys, lots, when)) in (1..).zip(trades) {
            let side = if buys { Side::Buy } else { Side::Sell };
            let text = format!("{}.{}", lots / 10, lots % 10);
            let order_id = desk.passed(order(instrument, 1, side, &text));
            match when {
                0 => drop(desk.fill(order_id, trade, "50", &text)),
                1 => waiting.push((order_id, trade, text)),
                _ => {}
            }
        }
        let told = desk.engine.limit_use()[0].value_millionths;
        prop_assert!(told >= Some(by_hand(&desk.engine, &shocks)));
        for (order_id, trade, text) in waiting {
            desk.fill(order_id, trade, "50", &text);
            prop_assert!(told >= Some(by_hand(&desk.engine, &shocks)));
            prop_assert!(told >= desk.engine.limit_use()[0].value_millionths);
        }
    }
}
