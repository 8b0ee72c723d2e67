//! Months and swaps that settle on the average of what was published while they averaged.

use super::common::*;
use super::{FINAL, INITIAL, line, realised, settled};
use wattbook_domain::instrument::{ContractForm, DeliveryKind, Load, SwapTerms};
use wattbook_domain::market::PriceKind;
use wattbook_domain::{InstrumentId, Money, Order, Side, Timestamp};

#[test]
fn a_financial_month_settles_on_the_average_of_the_spot() {
    let mut desk = Desk::trading();
    for number in 1..3 {
        desk.instrument(hour(number, 1));
    }
    desk.instrument(future(3, 1, 3, DeliveryKind::SpotAverage));
    let order = Order {
        instrument: InstrumentId(3),
        ..limit(Side::Buy, "50", "2.5")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "50", "2.5");
    for (number, at) in [(0, "40.01"), (1, "-3.33")] {
        let events = desk.publish(number, PriceKind::DayAhead, INITIAL, at);
        assert_eq!(settled(&events), []);
    }
    let events = desk.publish(2, PriceKind::DayAhead, INITIAL, "100");
    // 2.5 MW × (40.01 − 3.33 + 100) for an hour each; bought at 50 for three hours.
    assert_eq!(
        settled(&events),
        [line(PriceKind::Settlement, "2.5", "341.70")]
    );
    assert_eq!(realised(&desk, 3), "-33.30");
    let events = desk.publish(1, PriceKind::DayAhead, FINAL, "0");
    assert_eq!(
        settled(&events),
        [line(PriceKind::Settlement, "2.5", "350.02")]
    );
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(3), owner(1)).unwrap();
    let exact = Money::from_units(25 * (4_001 + 10_000 - 15_000) * 3_600 * 1_000_000_000);
    assert_eq!(position.realised, exact);
}

#[test]
fn a_swap_pays_the_mean_of_its_index() {
    let mut desk = Desk::trading();
    let mut swap = future(1, 1, 3, DeliveryKind::SpotAverage);
    swap.form = ContractForm::Swap;
    swap.swap = Some(SwapTerms {
        index: InstrumentId(0),
        averaging_start: Timestamp::EPOCH,
        averaging_end: Timestamp::from_seconds(START + 3 * HOUR),
    });
    desk.instrument(swap);
    let order = Order {
        instrument: InstrumentId(1),
        ..limit(Side::Sell, "50", "1")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "50", "1");
    for at in ["40", "41", "45"] {
        desk.publish(0, PriceKind::Settlement, INITIAL, at);
    }
    let events = desk.advance(START + 3 * HOUR);
    assert_eq!(
        settled(&events),
        [line(PriceKind::Settlement, "-1", "-126.00")]
    );
    assert_eq!(realised(&desk, 1), "24.00");
}

#[test]
fn a_price_at_the_end_of_the_averaging_does_not_count() {
    let mut desk = Desk::trading();
    let (from, to) = (START - 4 * HOUR, START - 2 * HOUR);
    let mut swap = future(1, 1, 3, DeliveryKind::SpotAverage);
    swap.form = ContractForm::Swap;
    swap.swap = Some(SwapTerms {
        index: InstrumentId(0),
        averaging_start: Timestamp::from_seconds(from),
        averaging_end: Timestamp::from_seconds(to),
    });
    desk.instrument(swap);
    let order = Order {
        instrument: InstrumentId(1),
        ..limit(Side::Buy, "50", "1")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "50", "1");
    let mut settlements = Vec::new();
    let times = [(from, -1), (from, 0), (to, -1), (to, 0), (to, 1)];
    for ((seconds, micros), at) in times.into_iter().zip(["1", "40", "42", "900", "900"]) {
        desk.now = seconds * 1_000_000_000 + (micros - 1) * 1_000;
        settlements.extend(settled(&desk.publish(
            0,
            PriceKind::Settlement,
            INITIAL,
            at,
        )));
    }
    // The two within, 40 and 42: 3 h × 41.
    assert_eq!(settlements, [line(PriceKind::Settlement, "1", "123.00")]);
    assert_eq!(realised(&desk, 1), "-27.00");
}

#[test]
fn a_peak_month_settles_at_the_exchanges_average() {
    let mut desk = Desk::trading();
    let mut peak = future(1, 1, 24, DeliveryKind::SpotAverage);
    peak.load = Load::Peak;
    peak.delivery_seconds = 12 * HOUR;
    desk.instrument(peak);
    let order = Order {
        instrument: InstrumentId(1),
        ..limit(Side::Buy, "60", "2")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "60", "2");
    desk.publish(0, PriceKind::DayAhead, INITIAL, "90");
    desk.advance(START);
    let events = desk.publish(1, PriceKind::Settlement, INITIAL, "64");
    assert_eq!(settled(&events), []);
    let events = desk.publish(1, PriceKind::Settlement, FINAL, "65.5");
    assert_eq!(
        settled(&events),
        [line(PriceKind::Settlement, "2", "1572.00")]
    );
    assert_eq!(realised(&desk, 1), "132.00");
}
