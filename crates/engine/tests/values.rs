//! What an order, and a loss, is worth to the limits of its trading book.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::command::{AmendOrder, SubmitOffer};
use wattbook_domain::market::{MarketEvent, Phase, PriceKind, SessionPhase};
use wattbook_domain::order::Peg;
use wattbook_domain::reference::{CloseDay, ReferenceEvent, SetFxRate};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{
    Command, Currency, Event, Input, InstrumentId, Money, Order, OrderType, Price, Refusal, Side,
    TimeInForce, Timestamp, TradingBookId,
};

const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;

/// A desk whose trading book 1 may order a value of 100 and is never stopped by the collar.
fn with_value_limit() -> Desk {
    let mut desk = with_limits();
    let mut tight = limits(1);
    tight.order_value = Money::from_millionths(100_000_000);
    tight.price_collar = price("5000");
    desk.reference(ReferenceEvent::SetLimits(tight));
    desk
}

#[test]
fn an_order_is_worth_what_it_could_fill_at_and_not_its_limit_alone() {
    let mut desk = with_value_limit();
    // Without a last price a sell at zero may fill at the venue's highest, a buy at its lowest.
    assert_eq!(
        text(desk.refused(limit(SELL, "0", "50"))),
        "order value 200000.00 is above the limit 100.00; split it or ask for a higher limit"
    );
    assert!(text(desk.refused(limit(BUY, "0", "0.5"))).starts_with("order value 250.00 "));
    assert!(text(desk.refused(limit(BUY, "600", "1"))).starts_with("order value 600.00 "));
    let at_market = Order {
        order_type: OrderType::Market,
        ..limit(BUY, "0", "1")
    };
    assert!(text(desk.refused(at_market.clone())).starts_with("order value 4000.00 "));
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "-40");
    assert!(text(desk.refused(limit(SELL, "0", "50"))).starts_with("order value 2000.00 "));
    assert!(text(desk.refused(limit(BUY, "0", "2.6"))).starts_with("order value 104.00 "));
    assert!(text(desk.refused(limit(SELL, "-60", "2"))).starts_with("order value 120.00 "));
    desk.passed(limit(SELL, "0", "2.5"));
    desk.passed(at_market);
    let offer = |desk: &mut Desk, volume: &str| {
        let offer = SubmitOffer {
            order_id: desk.next_order(),
            instrument: InstrumentId(0),
            side: SELL,
            owner: owner(1),
            price: price("-30"),
            volume: self::volume(volume),
            ..SubmitOffer::default()
        };
        desk.command(Command::SubmitOffer(offer))
    };
    assert!(text(refusal(&offer(&mut desk, "2.6"))).starts_with("order value 104.00 "));
    assert!(matches!(offer(&mut desk, "2")[..], [Event::OfferRouted(_)]));
}

#[test]
fn a_stop_is_worth_its_trigger() {
    let mut desk = with_value_limit();
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "10");
    let stop = |volume: &str| Order {
        volume: self::volume(volume),
        ..with(OrderType::Stop, TimeInForce::Day, |it| {
            it.trigger = Some(Price::from_millionths(200_000_000));
        })
    };
    assert!(text(desk.refused(stop("1"))).starts_with("order value 200.00 "));
    let order_id = desk.passed(stop("0.1"));
    let larger = AmendOrder {
        order_id,
        price: price("0"),
        volume: volume("0.2"),
        ..AmendOrder::default()
    };
    // The gate keeps no triggers: an enlarged stop counts at the venue's farthest price.
    let events = desk.command(Command::AmendOrder(larger));
    assert!(text(refusal(&events)).starts_with("order value 800.00 "));
}

#[test]
fn an_amendment_to_a_worse_price_is_checked_as_an_order() {
    let mut desk = with_value_limit();
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "10");
    let order_id = desk.passed(limit(BUY, "10", "5"));
    let amend = |at: &str| {
        Command::AmendOrder(AmendOrder {
            order_id,
            price: price(at),
            volume: volume("5"),
            ..AmendOrder::default()
        })
    };
    let events = desk.command(amend("30"));
    assert!(text(refusal(&events)).starts_with("order value 150.00 "));
    let events = desk.command(amend("4000.01"));
    assert!(text(refusal(&events)).contains("outside the venue's limits"));
}

#[test]
fn the_new_trigger_of_a_stop_passes_the_gate() {
    let mut desk = with_limits();
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "50");
    let stop = with(OrderType::StopLimit, TimeInForce::Day, |it| {
        it.trigger = Some(price("52"));
    });
    let stop = desk.passed(Order {
        price: price("55"),
        ..stop
    });
    let plain = desk.passed(limit(BUY, "50", "1"));
    let mut amended = |order_id, trigger: &str| {
        desk.command(Command::AmendOrder(AmendOrder {
            order_id,
            price: price(if order_id == stop { "55" } else { "50" }),
            volume: volume("1"),
            trigger: Some(price(trigger)),
        }))
    };
    let off_tick = amended(stop, "52.001");
    assert!(matches!(refusal(&off_tick), Refusal::PriceOffTick { .. }));
    let outside = amended(stop, "999999");
    assert!(matches!(
        refusal(&outside),
        Refusal::PriceOutsideLimits { .. }
    ));
    assert_eq!(
        text(refusal(&amended(plain, "52"))),
        "trigger does not fit the order type; leave it out, or amend a stop"
    );
    let events = amended(stop, "53");
    let routed = events.iter().find_map(|event| match event {
        Event::AmendRouted(routed) => Some(routed.trigger),
        _ => None,
    });
    assert_eq!(routed, Some(Some(price("53"))));
}

#[test]
fn the_limit_of_a_pegged_order_is_a_limit() {
    let pegged = |at: &str| Order {
        price: price(at),
        ..with(OrderType::Pegged, TimeInForce::Day, |it| {
            it.peg = Some(Peg::Primary);
        })
    };
    let mut desk = with_limits();
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "50");
    let outside = desk.refused(pegged("999999"));
    assert!(matches!(outside, Refusal::PriceOutsideLimits { .. }));
    let off_tick = desk.refused(pegged("50.001"));
    assert!(matches!(off_tick, Refusal::PriceOffTick { .. }));
    let far = desk.refused(pegged("90.01"));
    assert!(matches!(far, Refusal::PriceOutsideCollar { .. }));
    let order_id = desk.passed(pegged("90"));
    let farther = AmendOrder {
        order_id,
        price: price("91"),
        volume: volume("1"),
        ..AmendOrder::default()
    };
    let events = desk.command(Command::AmendOrder(farther));
    assert!(matches!(
        refusal(&events),
        Refusal::PriceOutsideCollar { .. }
    ));
    let mut desk = with_value_limit();
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "1");
    assert!(text(desk.refused(pegged("11"))).starts_with("order value 110.00 "));
}

#[test]
fn what_a_currency_loses_counts_as_loss() {
    let mut desk = with_limits();
    let mut pounds = hour(1, 1);
    pounds.currency = Currency::GBP;
    desk.instrument(pounds);
    let rate = |rate_billionths| {
        ReferenceEvent::SetFxRate(SetFxRate {
            from: Currency::GBP,
            to: Currency::EUR,
            rate_billionths,
        })
    };
    desk.reference(rate(1_200_000_000));
    let order = |side, volume| Order {
        instrument: InstrumentId(1),
        ..limit(side, "50", volume)
    };
    let bought = desk.passed(order(BUY, "50"));
    desk.fill(bought, 1, "-350", "50");
    // 20,000 pounds gained by the close: 24,000 euro, of which 1,000 go with the rate.
    let close = CloseDay {
        trading_book: TradingBookId(1),
    };
    desk.publish(1, PriceKind::Mark, SettlementRun::Initial, "50");
    desk.reference(ReferenceEvent::CloseDay(close));
    desk.reference(rate(1_150_000_000));
    desk.passed(order(BUY, "1"));
    desk.reference(rate(1_149_999_000));
    assert_eq!(
        text(desk.refused(order(BUY, "1"))),
        "loss 1000.02 in trading book 1 is above the limit 1000.00; only reducing orders pass"
    );
    desk.passed(order(SELL, "1"));
    desk.reference(rate(1_300_000_000));
    desk.passed(order(BUY, "1"));
}

#[test]
fn a_halt_survives_a_redefinition() {
    let mut desk = Desk::trading();
    let phase = |phase| {
        Input::Market(MarketEvent::SessionPhase(SessionPhase {
            instrument: InstrumentId(0),
            phase,
        }))
    };
    desk.feed(phase(Phase::Halted));
    let mut earlier = hour(0, 1);
    earlier.gate_closure = Timestamp::from_seconds(START - HOUR);
    desk.instrument(earlier);
    assert_eq!(desk.refused(limit(BUY, "50", "1")), Refusal::NotTrading);
    desk.feed(phase(Phase::Continuous));
    desk.passed(limit(BUY, "50", "1"));
}
