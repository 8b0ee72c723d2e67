//! Each algorithm at its work.

use crate::desk::Desk;
use crate::made::{NAMES, SECOND, at, execution, price, quote, terms, trade, volume};
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{InstrumentId, Side, Volume};
use wattbook_execution::algorithms::{
    Action, Care, ChildOrder, ChildReport, Execution, ParentTerms, Setup, Style,
};

/// Fills every take in whole and every resting child by `rest` of ten, quote after quote.
fn work(name: &str, terms: ParentTerms, rest: u8) -> (Execution, Vec<(i64, ChildOrder, Volume)>) {
    let mut desk = Desk::new(execution(name, terms));
    let mut fills = Vec::new();
    for second in 0..320 {
        desk.now = at(second);
        let event = quote(100, 102, 20);
        desk.execution.on_market(desk.now, &event, &mut desk.out);
        let print = trade(100, 3, Side::Sell);
        desk.execution.on_market(desk.now, &print, &mut desk.out);
        while let Some(action) = (!desk.out.is_empty()).then(|| desk.out.remove(0)) {
            match action {
                Action::Place { child, order } => {
                    let fill = match order.style {
                        Style::Take => order.volume,
                        _ if second % 10 < i64::from(rest) => volume(1),
                        _ => Volume::ZERO,
                    };
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Accepted, &mut desk.out);
                    if fill > Volume::ZERO {
                        fills.push((second, order, fill));
                        let report = ChildReport::Filled {
                            price: order.price,
                            volume: fill,
                        };
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                }
                Action::Cancel { child } => {
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Ended, &mut desk.out);
                }
                Action::Reduce { child, volume, .. } => {
                    let report = ChildReport::Resized { volume };
                    desk.execution
                        .on_report(desk.now, child, report, &mut desk.out);
                }
            }
        }
    }
    (desk.execution, fills)
}

#[test]
fn each_algorithm_that_completes_is_filled_by_its_end() {
    for name in NAMES.iter().filter(|name| **name != "close") {
        for rest in [0, 3, 10] {
            let (execution, _) = work(name, terms(Side::Buy, 100, None), rest);
            let progress = execution.progress();
            assert_eq!(
                progress.ended,
                Some(ParentEndReason::Filled),
                "{name}: {progress:?}"
            );
            assert_eq!(progress.filled, volume(100), "{name}");
        }
    }
}

#[test]
fn each_algorithm_that_completes_is_filled_before_a_call_that_is_known() {
    for name in NAMES.iter().filter(|name| **name != "close") {
        let terms = ParentTerms {
            call_begins: Some(at(130)),
            ..terms(Side::Buy, 100, None)
        };
        let (execution, fills) = work(name, terms, 3);
        assert_eq!(execution.progress().filled, volume(100), "{name}");
        let last = fills.last().map(|(second, ..)| *second);
        assert!(last < Some(130), "{name}: {last:?}");
    }
}

#[test]
fn the_even_schedule_is_never_far_ahead_or_behind() {
    let (_, fills) = work("twap", terms(Side::Sell, 300, None), 2);
    let mut filled = 0;
    for (second, _, volume) in fills {
        filled += volume.millionths() / 100_000;
        let due = 300 * (second - 10) / 300;
        assert!(
            filled >= due - 25 && filled <= due + 25,
            "{filled} at {second}"
        );
    }
}

#[test]
fn a_shortfall_is_front_loaded_and_a_liquidation_back_loaded() {
    let half = |name: &str| {
        let (_, fills) = work(name, terms(Side::Buy, 300, None), 0);
        let first = fills.iter().filter(|(second, ..)| *second < 160);
        first
            .map(|(_, _, volume)| volume.millionths() / 100_000)
            .sum::<i64>()
    };
    assert!(
        half("implementation_shortfall") > 160,
        "{}",
        half("implementation_shortfall")
    );
    assert!(half("liquidation") < 125, "{}", half("liquidation"));
}

#[test]
fn participation_follows_the_market() {
    let parameters = [("rate", 0.2), ("ahead", 0.0), ("patience", 0.0)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let setup = Setup::new("participation", parameters, None).unwrap();
    let terms = terms(Side::Buy, 400, None);
    let rule = setup.build(&terms, None).unwrap();
    let mut desk = Desk::new(Execution::new(terms, rule, Care::default()).unwrap());
    let mut own = 0;
    for second in 10..250 {
        desk.now = at(second);
        desk.execution
            .on_market(desk.now, &quote(100, 101, 50), &mut desk.out);
        // Busy in the second half only.
        let lots = if second < 130 { 2 } else { 10 };
        desk.execution
            .on_market(desk.now, &trade(100, lots, Side::Sell), &mut desk.out);
        while let Some(action) = (!desk.out.is_empty()).then(|| desk.out.remove(0)) {
            match action {
                Action::Place { child, order } if order.style == Style::Take => {
                    own += order.volume.millionths() / 100_000;
                    let (price, volume) = (order.price, order.volume);
                    let report = ChildReport::Filled { price, volume };
                    desk.execution
                        .on_report(desk.now, child, report, &mut desk.out);
                }
                Action::Place { child, .. } | Action::Cancel { child } => {
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Ended, &mut desk.out);
                }
                Action::Reduce { .. } => {}
            }
        }
        if second == 129 {
            assert!((35..=50).contains(&own), "{own} of 240");
        }
    }
    assert!((220..=290).contains(&own), "{own} of 1,440");
}

#[test]
fn without_market_data_it_stops_and_reports() {
    let mut desk = Desk::new(execution("twap", terms(Side::Buy, 100, None)));
    desk.now = at(10);
    desk.execution
        .on_market(desk.now, &quote(100, 102, 5), &mut desk.out);
    let placed = desk
        .out
        .iter()
        .filter(|action| matches!(action, Action::Place { .. }))
        .count();
    assert_eq!(placed, 1);
    desk.out.clear();
    desk.now = at(69);
    desk.execution.on_time(desk.now, &mut desk.out);
    assert!(
        !desk
            .out
            .iter()
            .any(|action| matches!(action, Action::Cancel { .. }))
    );
    desk.out.clear();
    desk.now = at(70);
    desk.execution.on_time(desk.now, &mut desk.out);
    for action in std::mem::take(&mut desk.out) {
        let Action::Cancel { child } = action else {
            panic!("{action:?}");
        };
        let report = ChildReport::Ended;
        desk.execution
            .on_report(desk.now, child, report, &mut desk.out);
    }
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::NoMarketData));
    assert_eq!(desk.execution.progress().remaining, volume(100));
}

#[test]
fn it_stops_when_it_is_refused_again_and_again() {
    let mut desk = Desk::new(execution("peg", terms(Side::Buy, 100, None)));
    let mut placed = 0;
    for second in 10..300 {
        desk.now = at(second);
        desk.execution
            .on_market(desk.now, &quote(100, 102, 5), &mut desk.out);
        for action in std::mem::take(&mut desk.out) {
            if let Action::Place { child, .. } = action {
                placed += 1;
                desk.execution
                    .on_report(desk.now, child, ChildReport::Refused, &mut desk.out);
            }
        }
    }
    assert_eq!(placed, 8);
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::Refused));
}

/// A peg that is the best price itself would follow only itself: it steps back until it meets the others.
#[test]
fn a_peg_that_is_alone_at_the_best_price_steps_back_to_the_others() {
    for name in ["peg", "iceberg"] {
        let mut desk = Desk::new(execution(name, terms(Side::Buy, 100, None)));
        let mut resting = None;
        for step in 0..40 {
            desk.now = at(10).plus_nanos(step * SECOND);
            // The others left 100 for 95 after the child had joined them.
            let (others, own) = (if step == 0 { 100 } else { 95 }, resting);
            let event = match own {
                Some((ticks, lots)) if ticks > others => MarketEvent::Quote(Quote {
                    instrument: InstrumentId(0),
                    bid_price: price(ticks),
                    ask_price: price(104),
                    bid_volume: volume(lots),
                    ask_volume: volume(50),
                }),
                _ => quote(others, 104, 200),
            };
            desk.execution.on_market(desk.now, &event, &mut desk.out);
            while let Some(action) = desk.out.pop() {
                match action {
                    Action::Place { child, order } => {
                        let Style::Rest { display } = order.style else {
                            panic!("{order:?}");
                        };
                        let lots = display.unwrap_or(order.volume).millionths() / 100_000;
                        resting = Some((order.price.millionths() / 10_000, lots));
                        let report = ChildReport::Accepted;
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                    Action::Cancel { child } => {
                        let report = ChildReport::Ended;
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                    Action::Reduce { .. } => panic!("nothing was filled"),
                }
            }
        }
        assert_eq!(resting.map(|(ticks, _)| ticks), Some(95), "{name}");
    }
}

/// With nobody on the other side in its last part it used to wake each nanosecond.
#[test]
fn nothing_to_take_in_the_last_part_is_looked_at_by_its_pace() {
    for name in NAMES {
        let mut desk = Desk::new(execution(name, terms(Side::Buy, 100, None)));
        desk.now = at(306);
        let empty = MarketEvent::Quote(Quote {
            instrument: InstrumentId(0),
            bid_price: price(100),
            ask_price: price(0),
            bid_volume: volume(5),
            ask_volume: volume(0),
        });
        desk.execution.on_market(desk.now, &empty, &mut desk.out);
        let wake = desk.execution.wake().unwrap();
        assert!(wake >= desk.now.plus_nanos(10_000_000), "{name}: {wake:?}");
    }
}
