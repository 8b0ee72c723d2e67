//! Every refusal is reachable, names the value at fault, and changes nothing else.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::command::{
    AmendOrder, CancelOrder, RecordSignal, Scope, SetTrading, SubmitSchedule,
};
use wattbook_domain::market::{MarketEvent, Phase, PriceKind, SessionPhase};
use wattbook_domain::reference::{ReferenceEvent, SetFxRate, SetOrderRate, SetThreshold};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    ClientId, Command, Currency, Event, Input, InstrumentId, Money, Order, OrderId, Refusal, Side,
    SignalId, StrategyId, Timestamp, TradingBookId,
};

const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;

#[test]
fn an_order_off_the_instruments_terms_is_refused() {
    let mut desk = Desk::trading();
    let unknown = Order {
        instrument: InstrumentId(9),
        ..limit(BUY, "50", "1")
    };
    assert_eq!(
        text(desk.refused(unknown)),
        "instrument 9 is unknown; define it before the first order"
    );
    assert_eq!(
        text(desk.refused(limit(BUY, "50.005", "1"))),
        "price 50.005 is off the tick 0.01; round it to the tick"
    );
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "1.05"))),
        "volume 1.05 is off the lot 0.1; round it to the lot"
    );
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "-1"))),
        "volume -1 is not above zero; give the side separately"
    );
    assert_eq!(
        text(desk.refused(limit(SELL, "-500.01", "1"))),
        "price -500.01 is outside the venue's limits -500 to 4000; check sign and unit"
    );
    assert!(desk.engine.orders().is_empty());
}

#[test]
fn an_order_outside_its_session_is_refused() {
    let mut desk = Desk::trading();
    let phase = |phase| {
        Input::Market(MarketEvent::SessionPhase(SessionPhase {
            instrument: InstrumentId(0),
            phase,
        }))
    };
    desk.feed(phase(Phase::Halted));
    assert_eq!(desk.refused(limit(BUY, "50", "1")), Refusal::NotTrading);
    desk.feed(phase(Phase::OpeningCall));
    desk.passed(limit(BUY, "50", "1"));
    desk.advance(START);
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "1"))),
        "the gate closed at 2027-01-15T08:00:00Z, the order came at 2027-01-15T08:00:00.000001Z; \
         trade a later delivery period"
    );
    let schedule = SubmitSchedule {
        instrument: InstrumentId(0),
        owner: owner(1),
        volume: volume("5"),
    };
    let events = desk.command(Command::SubmitSchedule(schedule));
    assert_eq!(
        text(refusal(&events)),
        "delivery began at 2027-01-15T08:00:00Z, the schedule came at \
         2027-01-15T08:00:00.000002Z; schedule a later delivery period"
    );
}

#[test]
fn a_schedule_may_change_after_the_gate_until_delivery_begins() {
    let mut desk = Desk::new();
    desk.venue(1, MarketModel::ContinuousBook);
    let mut day_ahead = hour(0, 1);
    day_ahead.gate_closure = Timestamp::from_seconds(START - 12 * HOUR);
    desk.instrument(day_ahead);
    let schedule = SubmitSchedule {
        instrument: InstrumentId(0),
        owner: owner(1),
        volume: volume("5"),
    };
    desk.advance(START - HOUR);
    let late = desk.refused(limit(BUY, "50", "1"));
    assert!(matches!(late, Refusal::GateClosed { .. }));
    let events = desk.command(Command::SubmitSchedule(schedule));
    assert!(
        matches!(events[..], [Event::ScheduleRouted(_)]),
        "{events:?}"
    );
    desk.advance(START);
    let events = desk.command(Command::SubmitSchedule(schedule));
    assert!(matches!(refusal(&events), Refusal::DeliveryBegan { .. }));
}

#[test]
fn an_order_beyond_a_limit_of_its_trading_book_is_refused() {
    let mut desk = with_limits();
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "50.1"))),
        "order volume 50.1 is above the limit 50; split it or ask for a higher limit"
    );
    desk.passed(limit(BUY, "50", "40"));
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "20.1"))),
        "position could reach 60.1, the limit is 60; reduce or cancel orders first"
    );
    desk.passed(limit(BUY, "50", "20"));
    desk.passed(limit(SELL, "60", "50"));
    let mut tight = limits(1);
    tight.order_value = Money::from_millionths(100_000_000);
    desk.reference(ReferenceEvent::SetLimits(tight));
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "50");
    assert_eq!(
        text(desk.refused(limit(SELL, "50", "2.1"))),
        "order value 105.00 is above the limit 100.00; split it or ask for a higher limit"
    );
    let other = Order {
        owner: owner(2),
        ..limit(BUY, "50", "500")
    };
    desk.passed(other);
}

#[test]
fn a_limit_far_from_the_last_price_is_refused() {
    let mut desk = with_limits();
    desk.passed(limit(BUY, "3000", "1"));
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "-20");
    assert_eq!(
        text(desk.refused(limit(BUY, "20.01", "1"))),
        "price 20.01 is more than 40 from the reference -20; check it"
    );
    desk.passed(limit(BUY, "20", "1"));
    desk.passed(limit(SELL, "-60", "1"));
}

#[test]
fn beyond_the_loss_limit_only_reducing_orders_pass() {
    let mut desk = with_limits();
    let order = desk.passed(limit(BUY, "50", "40"));
    desk.fill(order, 1, "50", "40");
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "24.99");
    assert_eq!(
        text(desk.refused(limit(BUY, "25", "1"))),
        "loss 1000.40 in trading book 1 is above the limit 1000.00; only reducing orders pass"
    );
    assert!(matches!(
        desk.refused(limit(SELL, "25", "40.1")),
        Refusal::Loss { .. }
    ));
    desk.passed(limit(SELL, "25", "30"));
    assert!(matches!(
        desk.refused(limit(SELL, "25", "10.1")),
        Refusal::Loss { .. }
    ));
    let close = wattbook_domain::reference::CloseDay {
        trading_book: TradingBookId(1),
    };
    desk.reference(ReferenceEvent::CloseDay(close));
    desk.passed(limit(BUY, "25", "1"));
}

#[test]
fn a_client_over_its_rate_is_refused_until_a_second_has_passed() {
    let mut desk = Desk::trading();
    desk.reference(ReferenceEvent::SetOrderRate(SetOrderRate {
        client: CLIENT,
        orders_per_second: 2,
    }));
    desk.passed(limit(BUY, "50", "1"));
    let second = desk.passed(limit(BUY, "50", "1"));
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "1"))),
        "client 1 sent more than 2 orders in a second; slow down"
    );
    let cancel = Command::CancelOrder(CancelOrder { order_id: second });
    assert!(matches!(
        desk.command(cancel)[..],
        [Event::CancelRouted(_), _]
    ));
    desk.now += 1_000_000_000;
    desk.passed(limit(BUY, "50", "1"));
}

#[test]
fn the_kill_switch_stops_orders_but_never_cancels() {
    let mut desk = Desk::trading();
    let order_id = desk.passed(limit(BUY, "50", "1"));
    let scope = Scope {
        strategy: Some(owner(1).strategy),
        ..Scope::default()
    };
    desk.command(Command::SetTrading(SetTrading {
        scope,
        allowed: false,
    }));
    assert_eq!(desk.refused(limit(BUY, "50", "1")), Refusal::TradingStopped);
    let larger = AmendOrder {
        order_id,
        price: price("50"),
        volume: volume("2"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(larger));
    assert_eq!(refusal(&events), Refusal::TradingStopped);
    let smaller = AmendOrder {
        order_id,
        price: price("50"),
        volume: volume("0.5"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(smaller));
    assert!(matches!(
        events[..],
        [Event::AmendRouted(_), Event::OrderStateChanged(_)]
    ));
    let events = desk.command(Command::CancelOrder(CancelOrder { order_id }));
    assert!(matches!(
        events[..],
        [Event::CancelRouted(_), Event::OrderStateChanged(_)]
    ));
    desk.command(Command::SetTrading(SetTrading {
        scope,
        allowed: true,
    }));
    desk.passed(limit(BUY, "50", "1"));
}

#[test]
fn order_numbers_rise_within_the_clients_own_series() {
    let mut desk = Desk::trading();
    desk.orders = 6;
    desk.passed(limit(BUY, "50", "1"));
    desk.orders = 6;
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "1"))),
        "order 1-7 is not above the client's last order 1-7; number orders upwards"
    );
    let order_id = OrderId::new(ClientId(2), 9);
    let order = limit(BUY, "50", "1");
    let submit = wattbook_domain::command::SubmitOrder { order_id, order };
    let events = desk.command(Command::SubmitOrder(submit));
    assert_eq!(
        text(refusal(&events)),
        "order 2-9 is not of client 1; number orders in the client's own series"
    );
    let events = desk.command(Command::CancelOrder(CancelOrder { order_id }));
    assert!(matches!(refusal(&events), Refusal::ForeignOrder { .. }));
}

#[test]
fn an_order_that_is_not_open_can_not_be_changed() {
    let mut desk = Desk::trading();
    let order_id = OrderId::new(CLIENT, 77);
    let unknown = "order 1-77 is unknown or has ended; nothing to change";
    let events = desk.command(Command::CancelOrder(CancelOrder { order_id }));
    assert_eq!(text(refusal(&events)), unknown);
    let amend = AmendOrder {
        order_id,
        price: price("50"),
        volume: volume("2"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(amend));
    assert_eq!(text(refusal(&events)), unknown);
    let order_id = desk.passed(limit(BUY, "50", "10"));
    desk.fill(order_id, 1, "50", "4");
    let amend = AmendOrder {
        order_id,
        price: price("50"),
        volume: volume("4"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(amend));
    assert_eq!(
        text(refusal(&events)),
        "new volume 4 is not above the filled 4; cancel the order instead"
    );
}

#[test]
fn nothing_trades_in_a_currency_without_a_rate() {
    let mut desk = Desk::trading();
    let mut pounds = hour(1, 1);
    pounds.currency = Currency::GBP;
    desk.instrument(pounds);
    let order = Order {
        instrument: InstrumentId(1),
        ..limit(BUY, "50", "1")
    };
    assert_eq!(
        text(desk.refused(order.clone())),
        "no rate from GBP to EUR; record one before trading in GBP"
    );
    let rate = |rate_billionths| {
        ReferenceEvent::SetFxRate(SetFxRate {
            from: Currency::GBP,
            to: Currency::EUR,
            rate_billionths,
        })
    };
    let events = desk.reference(rate(0));
    assert_eq!(
        text(refusal(&events)),
        "reference data of 0: rate_billionths cannot be used; give a rate above zero and up to \
         100,000"
    );
    let turned = |from, to| {
        ReferenceEvent::SetFxRate(SetFxRate {
            from,
            to,
            rate_billionths: 800_000_000,
        })
    };
    for (from, to) in [
        (Currency::EUR, Currency::GBP),
        (Currency::GBP, Currency::USD),
    ] {
        let events = desk.reference(turned(from, to));
        assert_eq!(
            text(refusal(&events)),
            format!(
                "rate from {from} to {to} does not end in the desk's currency; record what one of \
                 each currency is worth in EUR"
            )
        );
    }
    desk.reference(rate(1_200_000_000));
    desk.passed(order);
}

#[test]
fn only_a_signal_above_the_threshold_may_trade() {
    let mut desk = Desk::trading();
    let strategy = owner(1).strategy;
    let signal = |number, confidence_ppm, desk: &Desk| RecordSignal {
        signal: SignalId(number),
        strategy,
        instrument: InstrumentId(0),
        confidence_ppm,
        valid_until: Timestamp::from_nanos(desk.now + 60_000_000_000),
        ..RecordSignal::default()
    };
    let by = |number| Order {
        signal: SignalId(number),
        ..limit(BUY, "50", "1")
    };
    desk.passed(by(0));
    for (number, confidence) in [(1, 800_000), (2, 800_001)] {
        let events = desk.command(Command::RecordSignal(signal(number, confidence, &desk)));
        assert!(matches!(events[..], [Event::SignalRecorded(_)]));
    }
    assert_eq!(
        text(desk.refused(by(1))),
        "confidence 800000 ppm of signal 1 is not above 800000 ppm"
    );
    desk.passed(by(2));
    desk.reference(ReferenceEvent::SetThreshold(SetThreshold {
        strategy,
        confidence_ppm: 900_000,
    }));
    assert!(matches!(
        desk.refused(by(2)),
        Refusal::Confidence {
            threshold_ppm: 900_000,
            ..
        }
    ));
    assert_eq!(
        text(desk.refused(by(0))),
        "signal 0 is unknown or no longer valid; hand in a new one"
    );
    let repeated = desk.command(Command::RecordSignal(signal(2, 950_000, &desk)));
    assert_eq!(
        text(refusal(&repeated)),
        "signal 2 was handed in before; number signals upwards"
    );
    let certain = desk.command(Command::RecordSignal(signal(3, 1_000_001, &desk)));
    assert!(matches!(
        refusal(&certain),
        Refusal::Terms {
            field: "confidence_ppm",
            ..
        }
    ));
    let fading = RecordSignal {
        half_life_ns: 10_000_000_000,
        ..signal(5, 950_000, &desk)
    };
    desk.command(Command::RecordSignal(fading));
    desk.passed(by(5));
    desk.now += 5_000_000_000;
    assert_eq!(
        text(desk.refused(by(5))),
        "confidence 818198 ppm of signal 5 is not above 900000 ppm"
    );
    desk.command(Command::RecordSignal(signal(4, 950_000, &desk)));
    desk.passed(by(4));
    desk.now += 60_000_000_000;
    assert!(matches!(desk.refused(by(4)), Refusal::UnknownSignal { .. }));
    let other = Order {
        owner: owner(2),
        ..by(4)
    };
    assert!(matches!(desk.refused(other), Refusal::UnknownSignal { .. }));
    assert_eq!(owner(2).strategy, StrategyId(22));
}
