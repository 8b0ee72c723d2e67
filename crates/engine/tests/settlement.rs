//! Deliveries settle by the rule of their market, run by run, and P&L is cash and position value.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "settlement/averages.rs"]
mod averages;
mod common;

use common::*;
use wattbook_domain::command::SubmitOffer;
use wattbook_domain::event::{QuarantineReason, Settled};
use wattbook_domain::instrument::{DeliveryKind, Tenor};
use wattbook_domain::market::{BookAction, BookDelta, MarketEvent, PriceKind};
use wattbook_domain::reference::{Cascade, ReferenceEvent, SetFees, SetFxRate};
use wattbook_domain::report::{MeterRead, OfferAwarded, ReservesSettled, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{
    Command, Currency, Event, Input, InstrumentId, Money, Order, OrderId, Side, Timestamp, TradeId,
    VenueId, Volume,
};
use wattbook_engine::TopOfBook;
use wattbook_portfolio::pnl::{Group, GroupBy};

const INITIAL: SettlementRun = SettlementRun::Initial;
const FINAL: SettlementRun = SettlementRun::Final;

fn settled(events: &[Event]) -> Vec<(PriceKind, String, String)> {
    let line = |it: &Settled| (it.kind, it.volume.to_string(), it.amount.to_string());
    let settled = events.iter().filter_map(|event| match event {
        Event::Settled(it) => Some(line(it)),
        _ => None,
    });
    settled.collect()
}

fn realised(desk: &Desk, instrument: u32) -> String {
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(instrument), owner(1));
    position.unwrap().realised.to_string()
}

fn line(kind: PriceKind, volume: &str, amount: &str) -> (PriceKind, String, String) {
    (kind, volume.to_owned(), amount.to_owned())
}

fn offer(desk: &mut Desk, instrument: u32, side: Side, volume: &str) -> OrderId {
    let order_id = desk.next_order();
    let offer = SubmitOffer {
        order_id,
        instrument: InstrumentId(instrument),
        side,
        owner: owner(1),
        price: price("10"),
        volume: self::volume(volume),
        ..SubmitOffer::default()
    };
    let events = desk.command(Command::SubmitOffer(offer));
    assert!(matches!(events[..], [Event::OfferRouted(_)]), "{events:?}");
    order_id
}

fn award(
    desk: &mut Desk,
    (order_id, trade): (OrderId, u64),
    price: &str,
    volume: &str,
    run: SettlementRun,
) -> Vec<Event> {
    desk.report(VenueReport::OfferAwarded(OfferAwarded {
        order_id,
        trade: TradeId(trade),
        price: self::price(price),
        volume: self::volume(volume),
        run,
    }))
}

fn meter(desk: &mut Desk, instrument: u32, volume: &str, run: SettlementRun) -> Vec<Event> {
    desk.report(VenueReport::MeterRead(MeterRead {
        instrument: InstrumentId(instrument),
        owner: owner(1),
        volume: self::volume(volume),
        run,
    }))
}

#[test]
fn two_settlements_pay_the_award_day_ahead_and_the_rest_in_real_time() {
    let mut desk = Desk::new();
    desk.venue(2, MarketModel::TwoSettlement);
    desk.instrument(hour(0, 2));
    let sold = offer(&mut desk, 0, Side::Sell, "100");
    let events = award(&mut desk, (sold, 1), "40", "80", INITIAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::DayAhead, "80", "3200.00")]
    );
    let repeated = award(&mut desk, (sold, 1), "40", "80", INITIAL);
    let Event::ReportQuarantined(set_aside) = &repeated[0] else {
        panic!("{repeated:?}");
    };
    assert_eq!(set_aside.reason, QuarantineReason::RepeatedTrade);
    desk.advance(START + HOUR);
    let events = desk.publish(0, PriceKind::RealTime, INITIAL, "-30");
    assert_eq!(settled(&events), []);
    let events = meter(&mut desk, 0, "75", INITIAL);
    // 80 × 40 + (75 − 80) × −30
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "-5", "150.00")]
    );
    assert_eq!(realised(&desk, 0), "3350.00");
    let events = meter(&mut desk, 0, "78", FINAL);
    assert_eq!(settled(&events), [line(PriceKind::RealTime, "-2", "60.00")]);
    let events = desk.publish(0, PriceKind::RealTime, FINAL, "100");
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "-2", "-200.00")]
    );
    let events = desk.publish(0, PriceKind::RealTime, INITIAL, "1");
    assert!(matches!(&events[..], [Event::ReportQuarantined(set_aside)]
        if set_aside.reason == QuarantineReason::SupersededRun));
    let events = award(&mut desk, (sold, 2), "41", "80", SettlementRun::TrueUp);
    assert_eq!(
        settled(&events),
        [line(PriceKind::DayAhead, "80", "3280.00")]
    );
    assert_eq!(realised(&desk, 0), "3080.00");
    let (buy, sell) = desk
        .engine
        .gate()
        .open_volume(wattbook_portfolio::PositionSlot(0), desk.engine.portfolio());
    assert_eq!((buy, sell), (Volume::ZERO, Volume::ZERO));
}

fn reserves(desk: &mut Desk, amount: Money, run: SettlementRun) -> Vec<Event> {
    desk.report(VenueReport::ReservesSettled(ReservesSettled {
        instrument: InstrumentId(0),
        owner: owner(1),
        amount,
        run,
    }))
}

#[test]
fn a_later_run_of_reserves_replaces_an_earlier_one_and_no_energy_moves_with_it() {
    let mut desk = Desk::new();
    desk.venue(2, MarketModel::TwoSettlement);
    desk.instrument(hour(0, 2));
    let sold = offer(&mut desk, 0, Side::Sell, "100");
    award(&mut desk, (sold, 1), "40", "80", INITIAL);
    let amount = Money::from_millionths;
    let events = reserves(&mut desk, amount(12_500_000), INITIAL);
    assert!(
        matches!(events[..], [Event::PositionChanged(_)]),
        "{events:?}"
    );
    assert_eq!(realised(&desk, 0), "3212.50");
    reserves(&mut desk, amount(-2_000_000), FINAL);
    assert_eq!(realised(&desk, 0), "3198.00");
    let events = reserves(&mut desk, amount(50_000_000), INITIAL);
    assert!(matches!(&events[..], [Event::ReportQuarantined(set_aside)]
        if set_aside.reason == QuarantineReason::SupersededRun));
    assert_eq!(realised(&desk, 0), "3198.00");
    let events = reserves(&mut desk, Money::from_units(i128::MIN), FINAL);
    assert!(matches!(events[..], [Event::Refused(_)]), "{events:?}");
    assert_eq!(realised(&desk, 0), "3198.00");
    desk.advance(START + HOUR);
    desk.publish(0, PriceKind::RealTime, INITIAL, "-30");
    let events = meter(&mut desk, 0, "75", INITIAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "-5", "150.00")]
    );
    assert_eq!(realised(&desk, 0), "3348.00");
}

#[test]
fn a_virtual_buys_back_its_award_in_real_time() {
    let mut desk = Desk::new();
    desk.venue(2, MarketModel::TwoSettlement);
    let mut virtual_hour = hour(0, 2);
    virtual_hour.delivery_kind = DeliveryKind::Virtual;
    desk.instrument(virtual_hour);
    let bought = offer(&mut desk, 0, Side::Buy, "10");
    let events = award(&mut desk, (bought, 1), "40", "10", INITIAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::DayAhead, "-10", "-400.00")]
    );
    desk.publish(0, PriceKind::RealTime, INITIAL, "55.5");
    let events = desk.advance(START);
    assert!(matches!(events[0], Event::GateClosed(_)));
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "10", "555.00")]
    );
    assert_eq!(realised(&desk, 0), "155.00");
}

#[test]
fn a_virtual_award_is_charged_the_fee_of_its_venue_and_a_physical_one_is_not() {
    let mut desk = Desk::new();
    desk.venue(2, MarketModel::TwoSettlement);
    let mut virtual_hour = hour(1, 2);
    virtual_hour.delivery_kind = DeliveryKind::Virtual;
    desk.instrument(hour(0, 2));
    desk.instrument(virtual_hour);
    desk.reference(ReferenceEvent::SetFees(SetFees {
        venue: VenueId(2),
        maker: price("0"),
        taker: price("0.5"),
    }));
    let physical = offer(&mut desk, 0, Side::Sell, "10");
    award(&mut desk, (physical, 1), "40", "10", INITIAL);
    // Bought and sold volumes are charged alike; a later run is charged in place of the earlier one.
    let bought = offer(&mut desk, 1, Side::Buy, "10");
    let sold = offer(&mut desk, 1, Side::Sell, "4");
    let book = |desk: &Desk, number: u32| {
        let portfolio = desk.engine.portfolio();
        let position = portfolio.position_of(InstrumentId(number), owner(1));
        position.unwrap().fees.to_string()
    };
    award(&mut desk, (bought, 2), "40", "10", INITIAL);
    award(&mut desk, (sold, 3), "40", "4", INITIAL);
    assert_eq!((&*book(&desk, 0), &*book(&desk, 1)), ("0.00", "7.00"));
    award(&mut desk, (bought, 4), "40", "6", FINAL);
    assert_eq!(book(&desk, 1), "5.00");
}

#[test]
fn a_pool_pays_what_it_dispatched_and_corrects_to_the_meter() {
    let mut desk = Desk::new();
    desk.venue(3, MarketModel::Pool);
    let mut interval = hour(0, 3);
    interval.delivery_end = interval.delivery_start.plus_nanos(300_000_000_000);
    interval.delivery_seconds = 300;
    interval.tenor = Tenor::FiveMinutes;
    interval.max_price = price("20000");
    desk.instrument(interval);
    let (low, high) = (
        offer(&mut desk, 0, Side::Sell, "60"),
        offer(&mut desk, 0, Side::Sell, "60"),
    );
    let events = award(&mut desk, (low, 1), "17500", "60", INITIAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "60", "87500.00")]
    );
    let events = award(&mut desk, (high, 2), "17500", "12", INITIAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "72", "105000.00")]
    );
    let events = award(&mut desk, (high, 3), "17500", "60.1", INITIAL);
    assert!(matches!(&events[..], [Event::ReportQuarantined(_)]));
    desk.advance(START + 300);
    desk.publish(0, PriceKind::RealTime, INITIAL, "17500");
    let events = meter(&mut desk, 0, "71", FINAL);
    assert_eq!(
        settled(&events),
        [line(PriceKind::RealTime, "-1", "-1458.33")]
    );
    let units = 17_500_i128 * 71 * 300 * 1_000_000_000_000;
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(0), owner(1)).unwrap();
    assert_eq!(position.realised, Money::from_units(units));
}

#[test]
fn an_open_intraday_position_goes_into_the_imbalance() {
    let mut desk = Desk::trading();
    let order = desk.passed(limit(Side::Buy, "50", "4"));
    desk.fill(order, 1, "50", "4");
    desk.advance(START + 900);
    let events = desk.publish(0, PriceKind::Imbalance, INITIAL, "80");
    assert_eq!(
        settled(&events),
        [line(PriceKind::Imbalance, "4", "320.00")]
    );
    assert_eq!(realised(&desk, 0), "120.00");
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(0), owner(1)).unwrap();
    assert_eq!(
        (position.volume, position.cost),
        (Volume::ZERO, Money::ZERO)
    );
}

#[test]
fn a_cascade_keeps_volume_and_value_to_the_last_unit() {
    let mut desk = Desk::trading();
    for number in 1..3 {
        desk.instrument(hour(number, 1));
    }
    desk.instrument(future(3, 1, 3, DeliveryKind::Cascade));
    let order = Order {
        instrument: InstrumentId(3),
        ..limit(Side::Sell, "50.01", "0.7")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "50.01", "0.7");
    let cascade = Cascade {
        from: InstrumentId(3),
        into: (0..3).map(InstrumentId).collect(),
        settlement_price: price("48.37"),
    };
    let events = desk.reference(ReferenceEvent::Cascade(cascade));
    assert_eq!(events.len(), 7);
    let portfolio = desk.engine.portfolio();
    let whole = portfolio.position_of(InstrumentId(3), owner(1)).unwrap();
    assert_eq!((whole.volume, whole.cost), (Volume::ZERO, Money::ZERO));
    let gain = Money::of_delivery(price("-1.64"), volume("-0.7"), 3 * HOUR);
    assert_eq!(whole.realised, gain);
    let parts: Money = (0..3)
        .map(|part| portfolio.position_of(InstrumentId(part), owner(1)).unwrap())
        .inspect(|part| assert_eq!(part.volume, volume("-0.7")))
        .map(|part| part.cost)
        .sum();
    assert_eq!(
        parts,
        Money::of_delivery(price("48.37"), volume("-0.7"), 3 * HOUR)
    );
    for (part, at) in [(0, "50"), (1, "48.37"), (2, "40")] {
        desk.publish(part, PriceKind::Mark, INITIAL, at);
    }
    let unrealised = |part| {
        desk.engine
            .unrealised(InstrumentId(part), owner(1))
            .unwrap()
    };
    let day: Money = (0..3).map(unrealised).sum();
    let by_hand = [("1.63", 1), ("0", 1), ("-8.37", 1)]
        .map(|(move_eur, hours)| Money::of_delivery(price(move_eur), volume("-0.7"), hours * HOUR));
    assert_eq!(day, by_hand.into_iter().sum());
}

#[test]
fn an_auction_award_is_a_trade_and_a_later_run_replaces_it() {
    let mut desk = Desk::new();
    desk.venue(4, MarketModel::Auction);
    desk.instrument(hour(0, 4));
    desk.reference(ReferenceEvent::SetFees(SetFees {
        venue: VenueId(4),
        maker: price("0.01"),
        taker: price("0.04"),
    }));
    let bought = offer(&mut desk, 0, Side::Buy, "10");
    let events = award(&mut desk, (bought, 1), "30", "10", INITIAL);
    assert!(matches!(
        events[..],
        [
            Event::OrderStateChanged(_),
            Event::Filled(_),
            Event::PositionChanged(_),
        ]
    ));
    award(&mut desk, (bought, 2), "31", "8", FINAL);
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(0), owner(1)).unwrap();
    assert_eq!(position.volume, volume("8"));
    assert_eq!(position.cash().to_string(), "-248.32");
    assert_eq!(position.fees.to_string(), "0.32");
}

#[test]
fn p_and_l_is_reported_by_owner_and_delivery_in_the_desks_currency() {
    let mut desk = Desk::trading();
    let mut pounds = hour(1, 1);
    pounds.currency = Currency::GBP;
    desk.instrument(pounds);
    desk.reference(ReferenceEvent::SetFxRate(SetFxRate {
        from: Currency::GBP,
        to: Currency::EUR,
        rate_billionths: 1_250_000_000,
    }));
    desk.reference(ReferenceEvent::SetFees(SetFees {
        venue: VenueId(1),
        maker: price("0.1"),
        taker: price("0.2"),
    }));
    for (instrument, book, side, at, trade) in [
        (0, 1, Side::Buy, "50", 1),
        (1, 1, Side::Sell, "70", 2),
        (0, 2, Side::Sell, "51", 3),
    ] {
        let order = Order {
            instrument: InstrumentId(instrument),
            owner: owner(book),
            ..limit(side, at, "10")
        };
        let order = desk.passed(order);
        desk.fill(order, trade, at, "10");
    }
    desk.publish(0, PriceKind::Mark, INITIAL, "53");
    desk.publish(1, PriceKind::Mark, INITIAL, "66");
    let portfolio = desk.engine.portfolio();
    let lines = |by| {
        let lines = portfolio.pnl(by).unwrap().into_iter();
        lines
            .map(|line| (line.group, line.total().to_string()))
            .collect::<Vec<_>>()
    };
    let (first, second) = (owner(1), owner(2));
    assert_eq!(lines(GroupBy::Desk), [(Group::Desk, "56.75".to_owned())]);
    assert_eq!(
        lines(GroupBy::TradingBook),
        [
            (Group::TradingBook(first.trading_book), "77.75".to_owned()),
            (Group::TradingBook(second.trading_book), "-21.00".to_owned()),
        ]
    );
    assert_eq!(
        lines(GroupBy::Strategy),
        [
            (Group::Strategy(first.strategy), "77.75".to_owned()),
            (Group::Strategy(second.strategy), "-21.00".to_owned()),
        ]
    );
    assert_eq!(lines(GroupBy::Trader).len(), 2);
    let (start, hour_ns) = (Timestamp::from_seconds(START), HOUR * 1_000_000_000);
    let (middle, end) = (start.plus_nanos(hour_ns), start.plus_nanos(2 * hour_ns));
    assert_eq!(
        lines(GroupBy::DeliveryPeriod),
        [
            (Group::DeliveryPeriod(start, middle), "8.00".to_owned()),
            (Group::DeliveryPeriod(middle, end), "48.75".to_owned()),
        ]
    );
}

#[test]
fn the_mark_follows_the_middle_of_the_rebuilt_book() {
    let mut desk = Desk::trading();
    let mut delta = |action, side, venue_order, at: &str, volume: &str| {
        let delta = BookDelta {
            instrument: InstrumentId(0),
            action,
            side,
            venue_order,
            price: price(at),
            volume: self::volume(volume),
        };
        let events = desk.feed(Input::Market(MarketEvent::BookDelta(delta)));
        let portfolio = desk.engine.portfolio();
        let mark = portfolio.contract(InstrumentId(0)).unwrap().mark();
        (events.len(), mark.map(|mark| mark.to_string()))
    };
    let mark = |text: &str| (0, Some(text.to_owned()));
    let (add, buy, sell) = (BookAction::Add, Side::Buy, Side::Sell);
    assert_eq!(delta(add, buy, 1, "-3", "5"), (0, None));
    assert_eq!(delta(add, sell, 2, "1", "5"), mark("-1"));
    assert_eq!(delta(add, buy, 3, "0", "5"), mark("0.5"));
    assert_eq!(delta(BookAction::Delete, buy, 3, "0", "0"), mark("-1"));
    assert_eq!(
        delta(BookAction::Delete, buy, 3, "0", "0"),
        (1, Some("-1".to_owned()))
    );
    assert_eq!(delta(add, buy, 4, "0.001", "5"), (1, Some("-1".to_owned())));
    let top = desk.engine.top_of_book(InstrumentId(0)).unwrap();
    assert_eq!((top.bid_price, top.ask_volume), (price("-3"), volume("5")));
}

#[test]
fn a_call_that_crosses_gives_no_mark_and_no_top() {
    // By price and by order: the venue's numbers of orders, or none.
    for numbers in [[0, 0], [1, 2]] {
        let mut desk = Desk::trading();
        let mut delta = |action, side, nth: usize, at: &str| {
            let delta = BookDelta {
                instrument: InstrumentId(0),
                action,
                side,
                venue_order: numbers[nth],
                price: price(at),
                volume: volume("5"),
            };
            assert_eq!(desk.feed(Input::Market(MarketEvent::BookDelta(delta))), []);
            let portfolio = desk.engine.portfolio();
            let mark = portfolio.contract(InstrumentId(0)).unwrap().mark();
            let top = *desk.engine.top_of_book(InstrumentId(0)).unwrap();
            (mark.map(|mark| mark.to_string()), top)
        };
        let (add, buy, sell) = (BookAction::Add, Side::Buy, Side::Sell);
        delta(add, buy, 0, "60");
        assert_eq!(delta(add, sell, 1, "40"), (None, TopOfBook::default()));
        let (mark, top) = delta(BookAction::Delete, sell, 1, "40");
        assert_eq!((mark, top.bid_price), (None, price("60")));
        // At one price both sides stand in the middle; they have not crossed.
        let (mark, top) = delta(add, sell, 1, "60");
        assert_eq!((mark.as_deref(), top.ask_price), (Some("60"), price("60")));
    }
}

#[test]
fn a_run_stands_until_one_as_late_replaces_it() {
    let mut desk = Desk::new();
    desk.venue(2, MarketModel::TwoSettlement);
    desk.instrument(hour(0, 2));
    let runs = |events: &[Event]| {
        let run = |event: &Event| match event {
            Event::Settled(it) => Some(it.run),
            _ => None,
        };
        events.iter().filter_map(run).collect::<Vec<_>>()
    };
    let sold = offer(&mut desk, 0, Side::Sell, "10");
    award(&mut desk, (sold, 1), "40", "8", INITIAL);
    desk.advance(START + HOUR);
    assert_eq!(runs(&meter(&mut desk, 0, "7", FINAL)), []);
    // The line is of the later of its two runs.
    let events = desk.publish(0, PriceKind::RealTime, INITIAL, "30");
    assert_eq!(runs(&events), [FINAL]);
    let events = meter(&mut desk, 0, "6", SettlementRun::TrueUp);
    assert_eq!(runs(&events), [SettlementRun::TrueUp]);
    let events = desk.publish(0, PriceKind::RealTime, FINAL, "31");
    assert_eq!(runs(&events), [SettlementRun::TrueUp]);
    // An earlier reading that comes late changes nothing; one of the same run corrects it.
    let before = realised(&desk, 0);
    for run in [INITIAL, FINAL] {
        let events = meter(&mut desk, 0, "1", run);
        assert!(matches!(&events[..], [Event::ReportQuarantined(set_aside)]
            if set_aside.reason == QuarantineReason::SupersededRun));
    }
    assert_eq!(realised(&desk, 0), before);
    let events = meter(&mut desk, 0, "8", SettlementRun::TrueUp);
    assert_eq!(settled(&events), [line(PriceKind::RealTime, "0", "0.00")]);
}
