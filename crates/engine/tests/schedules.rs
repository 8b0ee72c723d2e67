//! Schedules against the balance that they leave.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::command::{Scope, SetTrading, SubmitOffer, SubmitSchedule};
use wattbook_domain::instrument::DeliveryKind;
use wattbook_domain::market::PriceKind;
use wattbook_domain::reference::{CloseDay, ReferenceEvent, SetOrderRate};
use wattbook_domain::report::{OfferAwarded, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    Command, Currency, Event, InstrumentId, Refusal, Side, Timestamp, TradeId, TradingBookId,
};

const BUY: Side = Side::Buy;
const SELL: Side = Side::Sell;

fn scheduled(desk: &mut Desk, instrument: u32, volume: &str) -> Vec<Event> {
    let schedule = SubmitSchedule {
        instrument: InstrumentId(instrument),
        owner: owner(1),
        volume: self::volume(volume),
    };
    desk.command(Command::SubmitSchedule(schedule))
}

fn schedule_passed(desk: &mut Desk, volume: &str) {
    let events = scheduled(desk, 0, volume);
    assert!(
        matches!(events[..], [Event::ScheduleRouted(_)]),
        "{events:?}"
    );
}

#[test]
fn a_schedule_is_held_against_the_balance_that_it_leaves() {
    let mut desk = with_limits();
    assert_eq!(
        text(refusal(&scheduled(&mut desk, 0, "900000"))),
        "schedule would leave a balance of 900000, the limit is 50; schedule what was sold or \
         trade the difference first"
    );
    schedule_passed(&mut desk, "50");
    assert!(text(refusal(&scheduled(&mut desk, 0, "60.1"))).contains("balance of 60.1"));
    schedule_passed(&mut desk, "60");
    // What is scheduled is exposure: an order may sell it, and not buy more.
    assert_eq!(
        text(desk.refused(limit(BUY, "50", "0.1"))),
        "position could reach 60.1, the limit is 60; reduce or cancel orders first"
    );
    let sold = desk.passed(limit(SELL, "50", "50"));
    desk.fill(sold, 1, "50", "50");
    desk.passed(limit(BUY, "50", "50"));
    assert!(text(refusal(&scheduled(&mut desk, 0, "60.1"))).contains("balance of 60.1"));
    // From 10 MW back to nothing, and no farther on the other side than the limits.
    schedule_passed(&mut desk, "50");
    assert!(matches!(
        refusal(&scheduled(&mut desk, 0, "-10.1")),
        Refusal::ScheduleBalance { .. }
    ));
}

#[test]
fn a_schedule_keeps_its_grid_currency_and_kind() {
    let mut desk = with_limits();
    assert_eq!(
        text(refusal(&scheduled(&mut desk, 0, "1.05"))),
        "volume 1.05 is off the lot 0.1; round it to the lot"
    );
    assert!(matches!(
        refusal(&scheduled(&mut desk, 7, "1")),
        Refusal::UnknownInstrument { .. }
    ));
    let mut pounds = hour(1, 1);
    pounds.currency = Currency::GBP;
    desk.instrument(pounds);
    assert!(matches!(
        refusal(&scheduled(&mut desk, 1, "1")),
        Refusal::NoFxRate { .. }
    ));
    let mut in_cash = hour(2, 1);
    in_cash.delivery_kind = DeliveryKind::Virtual;
    desk.instrument(in_cash);
    assert_eq!(
        text(refusal(&scheduled(&mut desk, 2, "1"))),
        "instrument 2 settles in cash; schedule the contract that delivers"
    );
}

#[test]
fn a_schedule_keeps_the_range_of_volumes_to_its_last_lot() {
    for (side, last, beyond) in [
        (SELL, "1000000000", "1000000000.1"),
        (BUY, "-1000000000", "-1000000000.1"),
    ] {
        // Without limits on the book, which would refuse it before.
        let mut desk = Desk::trading();
        let refused = |desk: &mut Desk| {
            let expected = Refusal::ScheduleBalance {
                balance: volume(beyond),
                limit: volume("1000000000"),
            };
            assert_eq!(refusal(&scheduled(desk, 0, beyond)), expected);
        };
        refused(&mut desk);
        schedule_passed(&mut desk, last);
        // Not even toward the balance, once more than the range was sold.
        for trade in 1..=2 {
            let traded = desk.passed(limit(side, "50", "1000000000"));
            desk.fill(traded, trade, "50", "1000000000");
        }
        refused(&mut desk);
    }
}

#[test]
fn a_schedule_toward_the_balance_always_passes() {
    let mut desk = with_limits();
    let sold = desk.passed(limit(SELL, "50", "40"));
    desk.fill(sold, 1, "50", "40");
    desk.publish(0, PriceKind::Mark, SettlementRun::Initial, "80");
    desk.reference(ReferenceEvent::SetOrderRate(SetOrderRate {
        client: CLIENT,
        orders_per_second: 1,
    }));
    let stop = |allowed| {
        let scope = Scope::default();
        Command::SetTrading(SetTrading { scope, allowed })
    };
    desk.command(stop(false));
    schedule_passed(&mut desk, "10");
    schedule_passed(&mut desk, "40");
    let beyond = refusal(&scheduled(&mut desk, 0, "40.1"));
    assert_eq!(beyond, Refusal::TradingStopped);
    desk.command(stop(true));
    let beyond = refusal(&scheduled(&mut desk, 0, "40.1"));
    assert!(matches!(beyond, Refusal::Loss { .. }));
    let close = CloseDay {
        trading_book: TradingBookId(1),
    };
    desk.reference(ReferenceEvent::CloseDay(close));
    schedule_passed(&mut desk, "40.1");
    let beyond = refusal(&scheduled(&mut desk, 0, "40.2"));
    assert!(matches!(beyond, Refusal::OrderRate { .. }));
    schedule_passed(&mut desk, "40");
}

#[test]
fn an_award_is_held_against_the_schedule() {
    let mut desk = with_limits();
    desk.venue(2, MarketModel::TwoSettlement);
    let mut day_ahead = hour(1, 2);
    day_ahead.gate_closure = Timestamp::from_seconds(START - 12 * HOUR);
    desk.instrument(day_ahead);
    let offer = SubmitOffer {
        order_id: desk.next_order(),
        instrument: InstrumentId(1),
        side: SELL,
        owner: owner(1),
        price: price("20"),
        volume: volume("30"),
        ..SubmitOffer::default()
    };
    let order_id = offer.order_id;
    desk.command(Command::SubmitOffer(offer));
    assert!(matches!(
        scheduled(&mut desk, 1, "30")[..],
        [Event::ScheduleRouted(_)]
    ));
    desk.report(VenueReport::OfferAwarded(OfferAwarded {
        order_id,
        trade: TradeId(1),
        run: SettlementRun::Initial,
        price: price("25"),
        volume: volume("30"),
    }));
    // Balanced now; all that is left open counts.
    assert!(text(refusal(&scheduled(&mut desk, 1, "-30.1"))).contains("balance of -60.1"));
    assert!(matches!(
        scheduled(&mut desk, 1, "-10")[..],
        [Event::ScheduleRouted(_)]
    ));
    assert!(matches!(
        scheduled(&mut desk, 1, "30")[..],
        [Event::ScheduleRouted(_)]
    ));
}
