//! Order entry over FIX: what is written is read again, and the desk knows what the exchange knows,
//! whatever comes twice, late or from elsewhere.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::HashSet;

use proptest::prelude::*;
use wattbook_codec::fix::{Decoder, Encoder, Frame, Message, MessageWriter, Rules};
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, VenueReason, VenueReport,
};
use wattbook_domain::{
    ClientId, Event, InstrumentId, Order, OrderId, OrderType, Price, Side, TimeInForce, Timestamp,
    Volume,
};
use wattbook_session::fix::Version;
use wattbook_session::fix::orders::{
    Answer, Cancel, ChangeRejected, ExecType, Execution, NewOrder, OrdStatus, OrderDesk, Outcome,
    QuoteUpdate, Replace, Request, SetAside, Status, Told, read_subscription, write_subscription,
};

const AT: Timestamp = Timestamp::from_nanos(1_795_593_600_000_000_000);
const SYMBOL: &str = "DE 2026-11-25T13:00Z";
const ORDER: OrderId = OrderId::new(ClientId(1), 1);

fn price(millionths: i64) -> Price {
    Price::from_millionths(millionths)
}

fn volume(millionths: i64) -> Volume {
    Volume::from_millionths(millionths)
}

/// Hands the message that `body` writes to `then`, once the dictionary has let it pass.
fn sent<T>(
    msg_type: &str,
    repeats: bool,
    body: impl FnOnce(&mut MessageWriter<'_>),
    then: impl FnOnce(&Message<'_>) -> T,
) -> T {
    let mut encoder = Encoder::new();
    let mut writer = encoder.message("FIX.4.4", msg_type);
    writer.int(34, 2);
    if repeats {
        writer.bool(43, true);
    }
    writer.text(49, "A");
    writer.timestamp(52, AT, wattbook_codec::fix::Precision::Millis);
    writer.text(56, "B");
    if repeats {
        writer.timestamp(122, AT, wattbook_codec::fix::Precision::Millis);
    }
    body(&mut writer);
    let frame = writer.finish().unwrap().to_vec();
    let mut decoder = Decoder::default();
    let mut frames = decoder.last_frames(&frame);
    let Some(Frame::Message(message)) = frames.next() else {
        panic!("{frame:?} is no message");
    };
    let dictionary = Version::Fix44.dictionary();
    let fault = dictionary.validate_over(&message, Some(dictionary), Rules::default());
    assert!(
        fault.is_ok(),
        "{fault:?}: {}",
        String::from_utf8_lossy(&frame)
    );
    then(&message)
}

fn tell(desk: &mut OrderDesk, answer: &Answer, repeats: bool) -> Result<Told, SetAside> {
    sent(
        answer.msg_type(),
        repeats,
        |body| answer.write(body),
        |message| desk.told(message),
    )
}

fn desk() -> OrderDesk {
    OrderDesk::new("T", [(InstrumentId(7), SYMBOL.to_owned())])
}

fn routed(time_in_force: TimeInForce) -> Event {
    Event::OrderRouted(OrderRouted {
        order_id: ORDER,
        order: Order {
            instrument: InstrumentId(7),
            side: Side::Sell,
            time_in_force,
            price: price(-68_110_000),
            volume: volume(5_000_000),
            ..Order::default()
        },
    })
}

fn amended(limit: i64, total: i64) -> Event {
    Event::AmendRouted(AmendRouted {
        order_id: ORDER,
        instrument: InstrumentId(7),
        price: price(limit),
        volume: volume(total),
        trigger: None,
    })
}

fn cancelled() -> Event {
    Event::CancelRouted(CancelRouted {
        order_id: ORDER,
        instrument: InstrumentId(7),
    })
}

/// A report of the exchange on the order, which knows it as `id`.
fn execution(number: u32, id: &str, exec_type: ExecType, status: OrdStatus) -> Execution {
    Execution {
        order: "X1".into(),
        execution: format!("E-{number}"),
        id: id.into(),
        original: None,
        exec_type,
        status,
        symbol: SYMBOL.into(),
        side: Side::Sell,
        price: Some(price(-68_110_000)),
        volume: Some(volume(5_000_000)),
        last: None,
        filled: Volume::ZERO,
        open: volume(5_000_000),
        mean_price: Price::ZERO,
        is_maker: false,
        reason: None,
        at: Some(AT),
        mass: None,
    }
}

fn answer(execution: Execution) -> Answer {
    Answer::Execution(Box::new(execution))
}

fn trade(number: u32, lots: i64) -> Answer {
    answer(Execution {
        last: Some((price(-68_110_000), volume(lots))),
        ..execution(number, "T-1-1", ExecType::Trade, OrdStatus::PartiallyFilled)
    })
}

fn accepted() -> VenueReport {
    VenueReport::OrderAccepted(OrderAccepted { order_id: ORDER })
}

fn report(told: Result<Told, SetAside>) -> VenueReport {
    match told {
        Ok(Told::Report(report, _)) => report,
        other => panic!("{other:?} is no report"),
    }
}

fn amend_refused(reason: VenueReason) -> VenueReport {
    let order_id = ORDER;
    VenueReport::AmendRejected(AmendRejected { order_id, reason })
}

fn cancel_refused(reason: VenueReason) -> VenueReport {
    let order_id = ORDER;
    VenueReport::CancelRejected(CancelRejected { order_id, reason })
}

fn amended_to(limit: i64, total: i64) -> VenueReport {
    VenueReport::OrderAmended(OrderAmended {
        order_id: ORDER,
        price: price(limit),
        volume: volume(total),
    })
}

/// A report that the order has other terms now.
fn changed(number: u32, id: &str, exec_type: ExecType, limit: i64, total: i64) -> Execution {
    Execution {
        price: Some(price(limit)),
        volume: Some(volume(total)),
        open: volume(total),
        ..execution(number, id, exec_type, OrdStatus::New)
    }
}

/// The refusal of our request `id`.
fn change_refused(id: &str, was_replace: bool) -> Answer {
    Answer::ChangeRejected(ChangeRejected {
        order: "X1".into(),
        id: id.into(),
        original: "T-1-1".into(),
        status: OrdStatus::New,
        was_replace,
        reason: VenueReason::InvalidTerms,
    })
}

/// A desk whose order is in the book.
fn working() -> OrderDesk {
    let mut desk = desk();
    assert!(matches!(
        desk.routed(&routed(TimeInForce::GoodForSession)),
        Outcome::Send(_)
    ));
    let new = answer(execution(1, "T-1-1", ExecType::New, OrdStatus::New));
    assert_eq!(report(tell(&mut desk, &new, false)), accepted());
    desk
}

fn decimal() -> impl Strategy<Value = i64> {
    prop_oneof![
        -10_000_000_000_i64..10_000_000_000,
        Just(0),
        Just(1),
        Just(-1)
    ]
}

fn request() -> impl Strategy<Value = Request> {
    let id = "[!-~]{1,20}";
    let side = prop_oneof![Just(Side::Buy), Just(Side::Sell)];
    let lives = prop_oneof![
        Just(TimeInForce::Day),
        Just(TimeInForce::GoodTillCancelled),
        Just(TimeInForce::ImmediateOrCancel),
        Just(TimeInForce::FillOrKill)
    ];
    let sizes = 0_i64..1_000_000_000_000;
    (0..4, id, id, side, lives, decimal(), sizes).prop_map(
        |(kind, id, original, side, time_in_force, limit, size)| {
            let (symbol, price, volume) = (SYMBOL.to_owned(), price(limit), volume(size));
            match kind {
                0 => Request::New(NewOrder {
                    id,
                    symbol,
                    side,
                    time_in_force,
                    price,
                    volume,
                }),
                1 => Request::Replace(Replace {
                    id,
                    original,
                    symbol,
                    side,
                    price,
                    volume,
                }),
                2 => Request::Cancel(Cancel {
                    id,
                    original,
                    symbol,
                    side,
                    volume,
                }),
                _ => Request::Status(Status { id, symbol, side }),
            }
        },
    )
}

proptest! {
    #[test]
    fn a_request_survives_the_wire(request in request()) {
        let read = sent(
            request.msg_type(),
            false,
            |body| request.write(AT, body),
            Request::read,
        );
        prop_assert_eq!(read, Ok(request));
    }

    #[test]
    fn a_trade_survives_the_wire(limit in decimal(), size in 1_i64..1_000_000_000_000, maker: bool) {
        let written = Execution {
            last: Some((price(limit), volume(size))),
            filled: volume(size),
            mean_price: price(limit),
            is_maker: maker,
            ..execution(1, "T-1-1", ExecType::Trade, OrdStatus::Filled)
        };
        let written = answer(written);
        let read = sent("8", false, |body| written.write(body), Answer::read);
        prop_assert_eq!(read, Ok(written));
    }

    /// Fills come in any order and any of them again: each is told once, and the sum is right.
    #[test]
    fn every_fill_is_told_once(
        lots in prop::collection::vec(1_i64..1_000_000, 1..5),
        again in prop::collection::vec((0_usize..5, any::<bool>()), 0..20),
        shuffle in any::<u64>(),
    ) {
        let mut desk = working();
        let mut order: Vec<usize> = (0..lots.len()).collect();
        let turn = shuffle as usize % lots.len();
        order.rotate_left(turn);
        let mut all: Vec<(usize, bool)> = order.into_iter().map(|place| (place, false)).collect();
        all.extend(again.into_iter().filter(|(place, _)| *place < lots.len()));
        let mut told = Vec::new();
        for (place, repeats) in all {
            let message = trade(10 + place as u32, lots[place]);
            match tell(&mut desk, &message, repeats) {
                Ok(Told::Report(VenueReport::OrderFilled(filled), _)) => told.push(filled),
                Ok(Told::Repeated) => {}
                other => prop_assert!(false, "{:?}", other),
            }
        }
        let trades: HashSet<_> = told.iter().map(|filled| filled.trade).collect();
        prop_assert_eq!(trades.len(), lots.len());
        let sum: i64 = told.iter().map(|filled| filled.volume.millionths()).sum();
        prop_assert_eq!(sum, lots.iter().sum::<i64>());
    }

    /// No report, whatever its fields, makes the desk panic or tell of an order that is not its own.
    #[test]
    fn strange_reports_are_set_aside(
        id in "(T-)?[0-9.-]{0,8}",
        kind in prop::sample::select(b"03456789ABCDEFGHI".to_vec()),
        status in prop::sample::select(b"01234689ABCDE".to_vec()),
    ) {
        let mut desk = working();
        let strange = Execution {
            last: Some((price(1), volume(1))),
            ..execution(9, &id, ExecType::of(kind), OrdStatus::of(status))
        };
        if id.is_empty() {
            return Ok(());
        }
        let told = tell(&mut desk, &answer(strange), false);
        let is_ours = id == "T-1-1" || id.starts_with("T-1-1.") || id == "T-1-0";
        prop_assert!(is_ours || told.is_err(), "{} {:?}", id, told);
    }
}

#[test]
fn the_answers_are_read_as_they_were_written() {
    let refused = Answer::ChangeRejected(ChangeRejected {
        order: "NONE".into(),
        id: "T-1-1.1".into(),
        original: "T-1-1".into(),
        status: OrdStatus::Rejected,
        was_replace: true,
        reason: VenueReason::UnknownOrder,
    });
    assert_eq!(
        sent("9", false, |body| refused.write(body), Answer::read),
        Ok(refused)
    );
    for reason in 1..=13 {
        let reason = match reason {
            1 => VenueReason::Requested,
            2 => VenueReason::Expired,
            3 => VenueReason::Unfilled,
            4 => VenueReason::SelfTrade,
            5 => VenueReason::OneCancelsOther,
            6 => VenueReason::NotTrading,
            7 => VenueReason::GateClosed,
            8 => VenueReason::OutsideCollar,
            9 => VenueReason::UnknownOrder,
            10 => VenueReason::LinkedUnfilled,
            11 => VenueReason::OffTick,
            12 => VenueReason::OffLot,
            _ => VenueReason::InvalidTerms,
        };
        let written = answer(Execution {
            reason: Some(reason),
            ..execution(1, "T-1-1", ExecType::Rejected, OrdStatus::Rejected)
        });
        assert_eq!(
            sent("8", false, |body| written.write(body), Answer::read),
            Ok(written)
        );
    }
}

#[test]
fn best_prices_and_their_subscription_survive_the_wire() {
    let quote = QuoteUpdate {
        symbol: SYMBOL.into(),
        bid: (price(-68_110_000), volume(1_500_000)),
        ask: (Price::ZERO, Volume::ZERO),
    };
    assert_eq!(
        sent("W", false, |body| quote.write(body), QuoteUpdate::read),
        Ok(quote)
    );
    let symbols = [SYMBOL, "DE 2026-11-25T14:00Z"];
    let read = sent(
        "V",
        false,
        |body| write_subscription("quotes", symbols.into_iter(), body),
        read_subscription,
    );
    assert_eq!(read, symbols);
}

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
fn fills_beyond_any_volume_do_not_end_the_process() {
    let mut desk = working();
    desk.routed(&amended(-70_000_000, i64::MAX));
    for number in 0..3 {
        report(tell(&mut desk, &trade(2 + number, i64::MAX / 2 + 1), false));
    }
    assert_eq!(desk.open(), 0);
}
