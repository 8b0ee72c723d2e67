//! What does not fit, or is never answered, puts the instrument in doubt.

use crate::made::{
    AT, SYMBOL, amended, answer, desk, execution, price, report, routed, tell, trade, volume,
    working,
};
use wattbook_domain::report::VenueReport;
use wattbook_domain::{Side, TimeInForce};
use wattbook_session::fix::orders::{ExecType, Execution, OrdStatus, Request, SetAside, Told};

#[test]
fn fills_beyond_any_volume_do_not_end_the_process() {
    let mut desk = working();
    desk.routed(&amended(-70_000_000, i64::MAX));
    for number in 0..3 {
        report(tell(&mut desk, &trade(2 + number, i64::MAX / 2 + 1), false));
    }
    assert_eq!(desk.open(), 0);
}

#[test]
fn a_fill_that_does_not_fit_its_order_puts_the_instrument_in_doubt() {
    let fill = |number, symbol: &str, at| Execution {
        symbol: symbol.to_owned(),
        last: Some((price(at), volume(1_000_000))),
        filled: volume(1_000_000),
        ..execution(number, "T-1-1", ExecType::Trade, OrdStatus::PartiallyFilled)
    };
    let mut desk = working();
    let elsewhere = tell(&mut desk, &answer(fill(2, "NOSUCH", -68_110_000)), false);
    assert!(
        matches!(elsewhere, Err(SetAside::OtherContract { .. })),
        "{elsewhere:?}"
    );
    assert_eq!(desk.take_in_doubt().len(), 1);
    // A sell below its limit is booked all the same.
    let cheap = tell(&mut desk, &answer(fill(3, SYMBOL, -90_000_000)), false);
    assert!(matches!(report(cheap), VenueReport::OrderFilled(_)));
    assert!(desk.take_in_doubt()[0].reason.contains("beyond its limit"));
    let fair = tell(&mut desk, &answer(fill(4, SYMBOL, -60_000_000)), false);
    assert!(matches!(report(fair), VenueReport::OrderFilled(_)));
    assert!(desk.take_in_doubt().is_empty());
    let undone = execution(5, "T-1-1", ExecType::Other(b'H'), OrdStatus::New);
    assert!(tell(&mut desk, &answer(undone), false).is_err());
    assert!(desk.take_in_doubt()[0].reason.contains("cancels a trade"));
}

#[test]
fn an_order_that_is_never_answered_is_asked_after_and_then_in_doubt() {
    let mut desk = desk();
    desk.routed(&routed(TimeInForce::Day));
    let at = |seconds: i64| AT.plus_nanos(seconds * 1_000_000_000);
    let left = |_: &str, _: bool| false;
    assert!(desk.silent(at(0), left).is_empty());
    assert!(desk.silent(at(10), left).is_empty());
    assert!(matches!(
        &desk.silent(at(11), left)[..],
        [Request::Status(_)]
    ));
    assert!(desk.silent(at(20), left).is_empty() && desk.take_in_doubt().is_empty());
    assert!(desk.silent(at(21), left).is_empty());
    assert!(desk.take_in_doubt()[0].reason.contains("neither order 1-1"));
    assert!(desk.silent(at(60), left).is_empty() && desk.take_in_doubt().is_empty());
}

#[test]
fn what_waits_for_a_limit_of_messages_is_told_and_not_in_doubt() {
    let mut desk = desk();
    desk.routed(&routed(TimeInForce::Day));
    let at = |seconds: i64| AT.plus_nanos(seconds * 1_000_000_000);
    for seconds in 0..60 {
        assert!(desk.silent(at(seconds), |id, _| id == "T-1-1").is_empty());
    }
    let told = desk.take_held_up();
    assert!(
        told.len() == 1 && told[0].contains("order 1-1 waits"),
        "{told:?}"
    );
    // It leaves; the question after it is held up in its turn.
    for seconds in 60..70 {
        assert!(desk.silent(at(seconds), |_, _| false).is_empty());
    }
    assert_eq!(desk.silent(at(70), |_, _| false).len(), 1);
    for seconds in 71..120 {
        assert!(desk.silent(at(seconds), |_, is_asked| is_asked).is_empty());
    }
    assert!(desk.take_in_doubt().is_empty());
    for seconds in 120..130 {
        assert!(desk.silent(at(seconds), |_, _| false).is_empty());
    }
    assert_eq!(desk.take_in_doubt().len(), 1);
}

#[test]
fn a_clock_that_jumps_neither_freezes_nor_hides_an_order_without_an_answer() {
    let mut desk = desk();
    desk.routed(&routed(TimeInForce::Day));
    let at = |seconds: i64| AT.plus_nanos(seconds * 1_000_000_000);
    let left = |_: &str, _: bool| false;
    desk.silent(at(0), left);
    // An hour ahead: it is asked after, and the answer has its time.
    assert_eq!(desk.silent(at(3_600), left).len(), 1);
    assert!(desk.silent(at(3_605), left).is_empty() && desk.take_in_doubt().is_empty());
    // An hour back: patience begins anew, and ends.
    assert!(desk.silent(at(5), left).is_empty() && desk.take_in_doubt().is_empty());
    desk.silent(at(15), left);
    assert_eq!(desk.take_in_doubt().len(), 1);
}

#[test]
fn an_exec_id_that_is_given_twice_loses_no_fill_unseen() {
    let mut desk = working();
    let partly = |id: &str, price_told: i64| {
        answer(Execution {
            last: Some((price(price_told), volume(1_000_000))),
            filled: volume(1_000_000),
            open: volume(4_000_000),
            ..execution(9, id, ExecType::Trade, OrdStatus::PartiallyFilled)
        })
    };
    let first = tell(&mut desk, &partly("T-1-1", -68_110_000), false);
    assert!(matches!(first, Ok(Told::Report(..))), "{first:?}");
    assert_eq!(
        tell(&mut desk, &partly("T-1-1", -68_110_000), false),
        Ok(Told::Repeated)
    );
    let other = tell(&mut desk, &partly("T-1-1", -60_000_000), false);
    assert!(matches!(other, Err(SetAside::Twice { .. })), "{other:?}");
    assert!(
        desk.take_in_doubt()[0]
            .reason
            .contains("stood for something else")
    );
    assert_eq!(desk.doubts(AT).len(), 1);
}

#[test]
fn a_fill_on_the_other_side_or_of_nothing_is_not_booked() {
    let mut desk = working();
    let fill = |number, side, filled| {
        answer(Execution {
            side,
            last: Some((price(-68_110_000), volume(filled))),
            filled: volume(filled),
            open: volume(5_000_000 - filled),
            ..execution(number, "T-1-1", ExecType::Trade, OrdStatus::PartiallyFilled)
        })
    };
    let other = tell(&mut desk, &fill(2, Side::Buy, 1_000_000), false);
    assert!(
        matches!(other, Err(SetAside::OtherSide { .. })),
        "{other:?}"
    );
    let nothing = tell(&mut desk, &fill(3, Side::Sell, 0), false);
    assert!(
        matches!(nothing, Err(SetAside::Unreadable(_))),
        "{nothing:?}"
    );
    assert_eq!(desk.take_in_doubt().len(), 2);
}

#[test]
fn a_fill_that_is_missing_here_is_asked_after_and_freezes() {
    let mut desk = working();
    let second = answer(Execution {
        last: Some((price(-68_110_000), volume(1_000_000))),
        filled: volume(2_000_000),
        open: volume(3_000_000),
        ..execution(2, "T-1-1", ExecType::Trade, OrdStatus::PartiallyFilled)
    });
    assert!(matches!(
        tell(&mut desk, &second, false),
        Ok(Told::Report(..))
    ));
    assert!(matches!(&desk.doubts(AT)[..], [Request::Status(_)]));
    let stands = answer(Execution {
        filled: volume(2_000_000),
        open: volume(3_000_000),
        ..execution(3, "T-1-1", ExecType::Status, OrdStatus::PartiallyFilled)
    });
    let differs = tell(&mut desk, &stands, false);
    assert!(
        matches!(differs, Err(SetAside::FillsDiffer { .. })),
        "{differs:?}"
    );
    assert!(
        desk.take_in_doubt()[0]
            .reason
            .contains("has filled 2 of order 1-1, this run 1")
    );
}
