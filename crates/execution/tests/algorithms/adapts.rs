//! How algorithms fit themselves to their market: calls, informed takers, cheap offers.

use crate::desk::Desk;
use crate::made::{NAMES, SECOND, at, execution, phase, price, quote, terms, trade, volume};
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{Side, Timestamp};
use wattbook_execution::algorithms::{Action, ChildOrder, ChildReport, Execution, Setup, Style};

/// What it places on `event`, in order; each is filled in whole where it takes, and taken back else.
fn told(desk: &mut Desk, now: Timestamp, event: &MarketEvent) -> Vec<ChildOrder> {
    desk.now = now;
    desk.execution.on_market(now, event, &mut desk.out);
    let mut placed = Vec::new();
    while let Some(action) = (!desk.out.is_empty()).then(|| desk.out.remove(0)) {
        let (child, report) = match action {
            Action::Place { child, order } => {
                placed.push(order);
                let (price, volume) = (order.price, order.volume);
                match order.style {
                    Style::Take => (child, ChildReport::Filled { price, volume }),
                    Style::Rest { .. } | Style::Close => (child, ChildReport::Accepted),
                }
            }
            Action::Cancel { child } => (child, ChildReport::Ended),
            Action::Reduce { child, volume, .. } => (child, ChildReport::Resized { volume }),
        };
        desk.execution.on_report(now, child, report, &mut desk.out);
    }
    placed
}

#[test]
fn what_is_left_when_the_closing_call_begins_enters_the_auction() {
    for name in NAMES {
        let mut desk = Desk::new(execution(name, terms(Side::Sell, 100, None)));
        told(&mut desk, at(10), &quote(100, 102, 5));
        told(&mut desk, at(11), &trade(101, 3, Side::Buy));
        let filled = desk.execution.progress().filled;
        let placed = told(&mut desk, at(40), &phase(Phase::ClosingCall));
        assert!(placed.iter().all(|it| it.style == Style::Close), "{name}");
        assert!(
            placed.iter().all(|it| it.price == price(101 - 20)),
            "{name}"
        );
        let entered: i64 = placed.iter().map(|it| it.volume.millionths()).sum();
        assert_eq!(entered, (volume(100) - filled).millionths(), "{name}");
        // A call shows no quotes: that is no reason to give up.
        desk.execution.on_time(at(290), &mut desk.out);
        assert_eq!(desk.execution.ended(), None, "{name}");
    }
}

#[test]
fn what_the_auction_fills_at_the_gate_is_filled_though_its_report_is_late() {
    let mut desk = Desk::new(execution("liquidation", terms(Side::Sell, 100, None)));
    told(&mut desk, at(10), &trade(101, 3, Side::Buy));
    desk.now = at(250);
    let call = phase(Phase::ClosingCall);
    desk.execution.on_market(desk.now, &call, &mut desk.out);
    let placed = std::mem::take(&mut desk.out);
    let [Action::Place { child, order }] = placed[..] else {
        panic!("{placed:?}");
    };
    // The gate, the end of the order: the auction has cleared, its reports come later.
    desk.execution.on_time(at(310), &mut desk.out);
    let (price, volume) = (order.price, order.volume);
    let report = ChildReport::Filled { price, volume };
    desk.execution
        .on_report(at(311), child, report, &mut desk.out);
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::Filled));
}

#[test]
fn a_part_of_the_closing_order_is_worked_before_the_call() {
    let parameters = [("auction", 0.4), ("works_from", 0.5), ("works_until", 0.8)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let setup = Setup::new("close", parameters, None).unwrap();
    let terms = terms(Side::Buy, 100, None);
    let rule = setup.build(&terms, None).unwrap();
    let care = setup.care().unwrap();
    let mut desk = Desk::new(Execution::new(terms, rule, care).unwrap());
    for second in 10..300 {
        told(&mut desk, at(second), &quote(100, 102, 5));
        let filled = desk.execution.progress().filled;
        assert!(second >= 160 || filled == volume(0), "{second}: {filled}");
        assert!(filled <= volume(60), "{second}: {filled}");
    }
    let placed = told(&mut desk, at(300), &phase(Phase::ClosingCall));
    assert_eq!(desk.execution.progress().filled, volume(60));
    assert_eq!(placed.last().unwrap().volume, volume(40));
}

#[test]
fn where_takers_know_more_nothing_rests() {
    // Each trade is followed by a move of 20 ticks in its direction, or by none.
    let rests = |moves: i64| {
        let mut desk = Desk::new(execution("twap", terms(Side::Buy, 300, None)));
        let mut middle = 1_000;
        let mut resting = 0;
        for step in 0..400_i64 {
            let now = at(10).plus_nanos(step * SECOND / 2);
            let side = if step % 3 == 0 { Side::Sell } else { Side::Buy };
            let at_price = middle + side.sign();
            told(&mut desk, now, &trade(at_price, 2, side));
            middle += side.sign() * moves;
            let after = now.plus_nanos(200_000_000);
            told(&mut desk, after, &quote(middle - 1, middle + 1, 50));
            let progress = desk.execution.progress();
            resting += i32::from(step > 200 && progress.open > volume(0));
            assert!(step < 200 || progress.filled > volume(50), "{progress:?}");
        }
        resting
    };
    assert!(rests(0) > 100, "{}", rests(0));
    assert_eq!(rests(20), 0);
}

#[test]
fn a_sniper_takes_across_the_narrowest_spreads() {
    let mut desk = Desk::new(execution("sniper", terms(Side::Buy, 40, None)));
    for second in 10..304 {
        let spread = if second % 7 == 0 { 1 } else { 9 };
        let shown = quote(100 - spread, 100 + spread, 4);
        let placed = told(&mut desk, at(second), &shown);
        for order in &placed {
            assert_eq!(order.style, Style::Take);
            assert_eq!(order.price, price(101), "at {second}");
        }
    }
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::Filled));
}

#[test]
fn a_child_below_the_lot_is_refused_before_the_start() {
    for (name, field) in [("twap", "child_volume"), ("iceberg", "display")] {
        let setup = Setup::new(name, [(field.to_owned(), 0.01)], None).unwrap();
        let error = setup.build(&terms(Side::Buy, 100, None), None).unwrap_err();
        let text = error.to_string();
        assert!(text.contains(field) && text.contains("a lot"), "{text}");
    }
}
