//! What the tests make.

use wattbook_codec::fix::{Decoder, Encoder, Frame, Message, MessageWriter, Rules};
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, VenueReason, VenueReport,
};
use wattbook_domain::{
    ClientId, Event, InstrumentId, Order, OrderId, Price, Side, TimeInForce, Timestamp, Volume,
};
use wattbook_session::fix::Version;
use wattbook_session::fix::orders::{
    Answer, ChangeRejected, ExecType, Execution, OrdStatus, OrderDesk, Outcome, SetAside, Told,
};

pub(crate) const AT: Timestamp = Timestamp::from_nanos(1_795_593_600_000_000_000);
pub(crate) const SYMBOL: &str = "DE 2026-11-25T13:00Z";
pub(crate) const ORDER: OrderId = OrderId::new(ClientId(1), 1);

pub(crate) fn price(millionths: i64) -> Price {
    Price::from_millionths(millionths)
}

pub(crate) fn volume(millionths: i64) -> Volume {
    Volume::from_millionths(millionths)
}

/// Hands the message that `body` writes to `then`, once the dictionary has let it pass.
pub(crate) fn sent<T>(
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

pub(crate) fn tell(desk: &mut OrderDesk, answer: &Answer, repeats: bool) -> Result<Told, SetAside> {
    sent(
        answer.msg_type(),
        repeats,
        |body| answer.write(body),
        |message| desk.told(message),
    )
}

pub(crate) fn desk() -> OrderDesk {
    OrderDesk::new("T", [(InstrumentId(7), SYMBOL.to_owned())])
}

pub(crate) fn routed(time_in_force: TimeInForce) -> Event {
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

pub(crate) fn amended(limit: i64, total: i64) -> Event {
    Event::AmendRouted(AmendRouted {
        order_id: ORDER,
        instrument: InstrumentId(7),
        price: price(limit),
        volume: volume(total),
        trigger: None,
    })
}

pub(crate) fn cancelled() -> Event {
    Event::CancelRouted(CancelRouted {
        order_id: ORDER,
        instrument: InstrumentId(7),
    })
}

/// A report of the exchange on the order, which knows it as `id`.
pub(crate) fn execution(
    number: u32,
    id: &str,
    exec_type: ExecType,
    status: OrdStatus,
) -> Execution {
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

pub(crate) fn answer(execution: Execution) -> Answer {
    Answer::Execution(Box::new(execution))
}

pub(crate) fn trade(number: u32, lots: i64) -> Answer {
    answer(Execution {
        last: Some((price(-68_110_000), volume(lots))),
        ..execution(number, "T-1-1", ExecType::Trade, OrdStatus::PartiallyFilled)
    })
}

pub(crate) fn accepted() -> VenueReport {
    VenueReport::OrderAccepted(OrderAccepted { order_id: ORDER })
}

pub(crate) fn report(told: Result<Told, SetAside>) -> VenueReport {
    match told {
        Ok(Told::Report(report, _)) => report,
        other => panic!("{other:?} is no report"),
    }
}

pub(crate) fn amend_refused(reason: VenueReason) -> VenueReport {
    let order_id = ORDER;
    VenueReport::AmendRejected(AmendRejected { order_id, reason })
}

pub(crate) fn cancel_refused(reason: VenueReason) -> VenueReport {
    let order_id = ORDER;
    VenueReport::CancelRejected(CancelRejected { order_id, reason })
}

pub(crate) fn amended_to(limit: i64, total: i64) -> VenueReport {
    VenueReport::OrderAmended(OrderAmended {
        order_id: ORDER,
        price: price(limit),
        volume: volume(total),
    })
}

/// A report that the order has other terms now.
pub(crate) fn changed(
    number: u32,
    id: &str,
    exec_type: ExecType,
    limit: i64,
    total: i64,
) -> Execution {
    Execution {
        price: Some(price(limit)),
        volume: Some(volume(total)),
        open: volume(total),
        ..execution(number, id, exec_type, OrdStatus::New)
    }
}

/// The refusal of our request `id`.
pub(crate) fn change_refused(id: &str, was_replace: bool) -> Answer {
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
pub(crate) fn working() -> OrderDesk {
    let mut desk = desk();
    assert!(matches!(
        desk.routed(&routed(TimeInForce::GoodForSession)),
        Outcome::Send(_)
    ));
    let new = answer(execution(1, "T-1-1", ExecType::New, OrdStatus::New));
    assert_eq!(report(tell(&mut desk, &new, false)), accepted());
    desk
}
