//! The desk knows what the exchange knows.

use crate::made::{
    AT, ORDER, SYMBOL, amend_refused, amended, amended_to, answer, cancel_refused, cancelled,
    change_refused, changed, desk, execution, price, report, routed, tell, trade, volume, working,
};
use std::collections::HashSet;
use wattbook_domain::report::{
    OrderAmended, OrderCancelled, OrderFilled, OrderRejected, OrderStanding, StandingChanged,
    VenueReason, VenueReport,
};
use wattbook_domain::{Conditions, Event, OrderType, Side, TimeInForce};
use wattbook_session::fix::orders::{
    Answer, ChangeRejected, ExecType, Execution, OrdStatus, OrderDesk, Outcome, Replace, Request,
    SetAside, Told,
};

#[test]
fn an_order_lives_and_ends_as_the_exchange_says() {
    let mut desk = working();
    assert_eq!(
        desk.routed(&amended(-70_000_000, 6_000_000)),
        Outcome::Send(Request::Replace(Replace {
            id: "T-1-1.1".into(),
            original: "T-1-1".into(),
            symbol: SYMBOL.into(),
            side: Side::Sell,
            price: price(-70_000_000),
            volume: volume(6_000_000),
            display_volume: None,
        }))
    );
    let replaced = Execution {
        price: Some(price(-70_000_000)),
        volume: Some(volume(6_000_000)),
        original: Some("T-1-1".into()),
        ..execution(2, "T-1-1.1", ExecType::Replaced, OrdStatus::New)
    };
    assert_eq!(
        report(tell(&mut desk, &answer(replaced), false)),
        VenueReport::OrderAmended(OrderAmended {
            order_id: ORDER,
            price: price(-70_000_000),
            volume: volume(6_000_000)
        })
    );
    // The cancel names the order as it is known since.
    let Outcome::Send(Request::Cancel(cancel)) = desk.routed(&cancelled()) else {
        panic!("no cancel");
    };
    assert_eq!(
        (cancel.id.as_str(), cancel.original.as_str()),
        ("T-1-1.2", "T-1-1.1")
    );
    let ended = execution(3, "T-1-1.2", ExecType::Cancelled, OrdStatus::Cancelled);
    assert_eq!(
        report(tell(&mut desk, &answer(ended), false)),
        VenueReport::OrderCancelled(OrderCancelled {
            order_id: ORDER,
            reason: VenueReason::Requested
        })
    );
    assert_eq!(desk.open(), 0);
    // Once more, as a possible duplicate under another number: known. Not marked: set aside.
    let late = execution(4, "T-1-1.2", ExecType::Cancelled, OrdStatus::Cancelled);
    assert_eq!(tell(&mut desk, &answer(late), true), Ok(Told::Repeated));
    let strange = execution(5, "T-1-1.2", ExecType::Cancelled, OrdStatus::Cancelled);
    assert_eq!(
        tell(&mut desk, &answer(strange), false),
        Err(SetAside::Ended { order_id: ORDER })
    );
}

#[test]
fn a_fill_that_crosses_the_cancel_wins() {
    let mut desk = working();
    assert!(matches!(desk.routed(&cancelled()), Outcome::Send(_)));
    let filled = report(tell(&mut desk, &trade(2, 5_000_000), false));
    assert!(matches!(
        filled,
        VenueReport::OrderFilled(OrderFilled { .. })
    ));
    let refused = Answer::ChangeRejected(ChangeRejected {
        order: "X1".into(),
        id: "T-1-1.1".into(),
        original: "T-1-1".into(),
        status: OrdStatus::Filled,
        was_replace: false,
        reason: VenueReason::UnknownOrder,
    });
    assert_eq!(tell(&mut desk, &refused, false), Ok(Told::Nothing));
}

#[test]
fn what_order_entry_does_not_speak_is_refused_here() {
    let mut desk = desk();
    let Event::OrderRouted(mut order) = routed(TimeInForce::Day) else {
        panic!("no order");
    };
    order.order.order_type = OrderType::Market;
    let refusal = VenueReport::OrderRejected(OrderRejected {
        order_id: ORDER,
        reason: VenueReason::InvalidTerms,
    });
    assert_eq!(
        desk.routed(&Event::OrderRouted(order)),
        Outcome::Refuse(refusal.clone())
    );
    desk.apply(&refusal);
    assert_eq!(desk.open(), 0);
}

#[test]
fn a_child_of_an_algorithm_goes_out_as_any_order_and_an_iceberg_says_what_it_shows() {
    let Event::OrderRouted(order) = routed(TimeInForce::Day) else {
        panic!("no order");
    };
    let routed_by = |desk: &mut OrderDesk, conditions| {
        let mut order = order.clone();
        order.order.conditions = Some(Box::new(conditions));
        desk.routed(&Event::OrderRouted(order))
    };
    let with = |conditions| routed_by(&mut desk(), conditions);
    let child = Conditions {
        parent: Some(ORDER),
        ..Conditions::default()
    };
    let plain = desk().routed(&Event::OrderRouted(order.clone()));
    assert!(matches!(plain, Outcome::Send(Request::New(_))));
    assert_eq!(with(child.clone()), plain);
    let shown = Some(volume(1_000_000));
    let iceberg = Conditions {
        display_volume: shown,
        ..child.clone()
    };
    let mut desk = desk();
    let Outcome::Send(Request::New(new)) = routed_by(&mut desk, iceberg) else {
        panic!("no order");
    };
    assert_eq!(new.display_volume, shown);
    // A change says it again: what it leaves out the exchange may take for all of it.
    let Outcome::Send(Request::Replace(change)) = desk.routed(&amended(-70_000_000, 6_000_000))
    else {
        panic!("no change");
    };
    assert_eq!(change.display_volume, shown);
    let whole = Conditions {
        all_or_none: true,
        ..child
    };
    assert!(matches!(with(whole), Outcome::Refuse(_)));
}

#[test]
fn a_resumed_desk_refuses_what_never_left_and_asks_after_the_rest() {
    let mut lost = desk();
    lost.routed(&routed(TimeInForce::Day));
    let refused = VenueReport::OrderRejected(OrderRejected {
        order_id: ORDER,
        reason: VenueReason::NotTrading,
    });
    assert_eq!(lost.never_sent(&HashSet::new()), [refused]);
    assert_eq!(lost.open(), 0);

    // The order left; its cancel did not.
    let mut desk = working();
    desk.routed(&cancelled());
    let refused = cancel_refused(VenueReason::NotTrading);
    assert_eq!(desk.never_sent(&HashSet::from(["T-1-1".into()])), [refused]);
    let [Request::Status(question)] = &desk.questions()[..] else {
        panic!("one question");
    };
    assert_eq!(question.id, "T-1-1");
    let fine = execution(8, "T-1-1", ExecType::Status, OrdStatus::New);
    assert_eq!(tell(&mut desk, &answer(fine), false), Ok(Told::Nothing));
    // The exchange says that it filled what nobody told: no fill is made up.
    let differs = Execution {
        filled: volume(1_000_000),
        ..execution(9, "T-1-1", ExecType::Status, OrdStatus::PartiallyFilled)
    };
    let aside = tell(&mut desk, &answer(differs), false);
    assert!(matches!(aside, Err(SetAside::FillsDiffer { .. })));
    // An order that the exchange has lost is over.
    let unknown = Execution {
        reason: Some(VenueReason::UnknownOrder),
        ..execution(10, "T-1-1", ExecType::Status, OrdStatus::Rejected)
    };
    assert_eq!(
        report(tell(&mut desk, &answer(unknown), false)),
        VenueReport::OrderCancelled(OrderCancelled {
            order_id: ORDER,
            reason: VenueReason::UnknownOrder
        })
    );
}

#[test]
fn a_refused_message_ends_what_it_asked() {
    let mut fresh = desk();
    fresh.routed(&routed(TimeInForce::Day));
    assert!(matches!(
        fresh.refused("T-1-1"),
        Ok(VenueReport::OrderRejected(_))
    ));
    let mut desk = working();
    desk.routed(&amended(1, 6_000_000));
    assert!(matches!(
        desk.refused("T-1-1.1"),
        Ok(VenueReport::AmendRejected(_))
    ));
    assert!(matches!(
        desk.refused("T-1-1.1"),
        Err(SetAside::NotPending { .. })
    ));
    assert!(matches!(
        desk.refused("U-1-1"),
        Err(SetAside::ForeignOrder { .. })
    ));
}

/// How a cancel comes to be refused while an amendment is on its way.
#[derive(Debug, Clone, Copy)]
enum Refused {
    NotLoggedOn,
    NeverLeft,
    ByReject,
    ByCancelReject,
}

#[test]
fn a_refused_cancel_leaves_the_amendment_on_its_way() {
    use Refused::{ByCancelReject, ByReject, NeverLeft, NotLoggedOn};
    for way in [NotLoggedOn, NeverLeft, ByReject, ByCancelReject] {
        let mut desk = working();
        desk.routed(&amended(-70_000_000, 20_000_000));
        if !matches!(way, NotLoggedOn) {
            desk.routed(&cancelled());
        }
        let left = HashSet::from(["T-1-1".to_owned(), "T-1-1.1".to_owned()]);
        let refused = match way {
            NotLoggedOn => desk.refuse(&cancelled()).unwrap(),
            NeverLeft => desk.never_sent(&left).remove(0),
            ByReject => desk.refused("T-1-1.2").unwrap(),
            ByCancelReject => {
                let no = change_refused("T-1-1.2", false);
                report(tell(&mut desk, &no, false))
            }
        };
        assert!(
            matches!(refused, VenueReport::CancelRejected(_)),
            "{way:?}: {refused:?}"
        );
        let granted = answer(changed(
            2,
            "T-1-1.1",
            ExecType::Replaced,
            -70_000_000,
            20_000_000,
        ));
        let told = report(tell(&mut desk, &granted, true));
        assert_eq!(told, amended_to(-70_000_000, 20_000_000), "{way:?}");
        // The next cancel goes out, and names the order as the exchange knows it.
        let Outcome::Send(Request::Cancel(cancel)) = desk.routed(&cancelled()) else {
            panic!("{way:?}: no cancel");
        };
        assert_eq!((&*cancel.id, &*cancel.original), ("T-1-1.3", "T-1-1.1"));
        assert_eq!(cancel.volume, volume(20_000_000));
    }
}

#[test]
fn a_refused_amendment_leaves_the_cancel_on_its_way() {
    let mut desk = working();
    desk.routed(&amended(-70_000_000, 20_000_000));
    desk.routed(&cancelled());
    let no = change_refused("T-1-1.1", true);
    assert_eq!(
        report(tell(&mut desk, &no, false)),
        amend_refused(VenueReason::InvalidTerms)
    );
    let no = change_refused("T-1-1.2", false);
    assert_eq!(
        report(tell(&mut desk, &no, false)),
        cancel_refused(VenueReason::InvalidTerms)
    );
}

#[test]
fn terms_that_differ_at_the_exchange_are_told_while_nothing_is_under_way() {
    let mut desk = working();
    let status = |number| changed(number, "T-1-1", ExecType::Status, -70_000_000, 20_000_000);
    assert_eq!(
        report(tell(&mut desk, &answer(status(8)), false)),
        amended_to(-70_000_000, 20_000_000)
    );
    assert_eq!(
        tell(&mut desk, &answer(status(9)), false),
        Ok(Told::Nothing)
    );
    // An amendment under way may have passed the question: asked once more when it is answered.
    desk.routed(&amended(-71_000_000, 21_000_000));
    let stale = changed(10, "T-1-1", ExecType::Status, -69_000_000, 19_000_000);
    assert_eq!(tell(&mut desk, &answer(stale), false), Ok(Told::Nothing));
    assert_eq!(desk.doubts(AT), []);
    let no = change_refused("T-1-1.1", true);
    report(tell(&mut desk, &no, false));
    let [Request::Status(question)] = &desk.doubts(AT)[..] else {
        panic!("one question");
    };
    assert_eq!(question.id, "T-1-1");
    assert_eq!(desk.doubts(AT), []);
}

#[test]
fn an_amendment_is_answered_by_other_terms_or_none() {
    // Without 44 and 38 it was granted as asked.
    let mut desk = working();
    desk.routed(&amended(-70_000_000, 20_000_000));
    let bare = Execution {
        price: None,
        volume: None,
        ..execution(2, "T-1-1.1", ExecType::Replaced, OrdStatus::New)
    };
    assert_eq!(
        report(tell(&mut desk, &answer(bare), false)),
        amended_to(-70_000_000, 20_000_000)
    );
    // Rounded by the exchange: the amendment is answered, and the next change names it.
    desk.routed(&amended(-70_123_456, 20_500_000));
    let rounded = changed(3, "T-1-1.2", ExecType::Replaced, -70_120_000, 20_000_000);
    assert_eq!(
        report(tell(&mut desk, &answer(rounded), false)),
        amended_to(-70_120_000, 20_000_000)
    );
    let again = changed(4, "T-1-1.2", ExecType::Replaced, -70_120_000, 20_000_000);
    assert!(matches!(
        tell(&mut desk, &answer(again), false),
        Err(SetAside::NotPending { .. })
    ));
    let Outcome::Send(Request::Cancel(cancel)) = desk.routed(&cancelled()) else {
        panic!("no cancel");
    };
    assert_eq!((&*cancel.id, &*cancel.original), ("T-1-1.3", "T-1-1.2"));
}

#[test]
fn a_restatement_told_again_does_not_hide_newer_terms() {
    let mut desk = working();
    desk.routed(&amended(-70_000_000, 20_000_000));
    let granted = changed(2, "T-1-1.1", ExecType::Replaced, -70_000_000, 20_000_000);
    report(tell(&mut desk, &answer(granted), false));
    let old = changed(9, "T-1-1", ExecType::Restated, -68_110_000, 4_000_000);
    assert_eq!(tell(&mut desk, &answer(old), true), Ok(Told::Nothing));
    // The exchange is asked instead.
    assert_eq!(desk.doubts(AT).len(), 1);
    let new = changed(10, "T-1-1.1", ExecType::Restated, -70_000_000, 19_000_000);
    assert_eq!(
        report(tell(&mut desk, &answer(new), false)),
        amended_to(-70_000_000, 19_000_000)
    );
}

#[test]
fn an_order_is_held_released_and_done_for_the_day_as_the_exchange_says() {
    let mut desk = working();
    let mut number = 1;
    let mut told = |desk: &mut OrderDesk, exec_type, status, repeats| {
        number += 1;
        let execution = Execution {
            volume: Some(volume(5_000_000)),
            open: volume(5_000_000),
            ..execution(number, "T-1-1", exec_type, status)
        };
        tell(desk, &answer(execution), repeats)
    };
    let stands = |standing| {
        VenueReport::StandingChanged(StandingChanged {
            order_id: ORDER,
            standing,
        })
    };
    for (exec_type, status, standing) in [
        (
            ExecType::Suspended,
            OrdStatus::Suspended,
            OrderStanding::Suspended,
        ),
        (ExecType::Restated, OrdStatus::New, OrderStanding::Working),
        (
            ExecType::Stopped,
            OrdStatus::Stopped,
            OrderStanding::Stopped,
        ),
        (
            ExecType::Status,
            OrdStatus::DoneForDay,
            OrderStanding::DoneForDay,
        ),
        (ExecType::New, OrdStatus::New, OrderStanding::Working),
    ] {
        let first = told(&mut desk, exec_type, status, false);
        assert_eq!(report(first), stands(standing), "{exec_type:?}");
        let again = told(&mut desk, exec_type, status, false);
        match exec_type {
            // Terms are told, and are the same.
            ExecType::Restated => assert!(matches!(again, Ok(Told::Report(..)))),
            ExecType::Status => assert_eq!(again, Ok(Told::Nothing)),
            _ => assert_eq!(again, Ok(Told::Repeated)),
        }
    }
    // Costs of what was filled are no state of the order, and it is not looked at for a price again.
    let costs = told(
        &mut desk,
        ExecType::Calculated,
        OrdStatus::Calculated,
        false,
    );
    assert_eq!(costs, Ok(Told::Nothing));
    let late = told(
        &mut desk,
        ExecType::New,
        OrdStatus::AcceptedForBidding,
        false,
    );
    assert_eq!(late, Ok(Told::Repeated));
    // What is told again may be older than what came since: the exchange is asked.
    let again = told(&mut desk, ExecType::Suspended, OrdStatus::Suspended, true);
    assert_eq!(again, Ok(Told::Nothing));
    assert!(matches!(&desk.doubts(AT)[..], [Request::Status(_)]));
    // With nothing left to work it has ended.
    let done = Execution {
        open: volume(0),
        ..execution(99, "T-1-1", ExecType::DoneForDay, OrdStatus::DoneForDay)
    };
    assert_eq!(
        report(tell(&mut desk, &answer(done), false)),
        VenueReport::OrderCancelled(OrderCancelled {
            order_id: ORDER,
            reason: VenueReason::DoneForDay
        })
    );
    assert_eq!(desk.open(), 0);
}

#[test]
fn an_order_that_is_looked_at_for_a_price_is_not_in_the_book_yet() {
    let mut fresh = desk();
    fresh.routed(&routed(TimeInForce::Day));
    let looked_at = execution(1, "T-1-1", ExecType::Pending, OrdStatus::AcceptedForBidding);
    assert!(matches!(
        report(tell(&mut fresh, &answer(looked_at), false)),
        VenueReport::StandingChanged(_)
    ));
    let taken = execution(2, "T-1-1", ExecType::New, OrdStatus::New);
    assert!(matches!(
        report(tell(&mut fresh, &answer(taken), false)),
        VenueReport::OrderAccepted(_)
    ));
}
