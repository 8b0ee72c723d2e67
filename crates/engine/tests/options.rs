//! Options end by the settlement price of their underlying, and no value is made or lost.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use proptest::prelude::*;
use wattbook_domain::deal::Deal;
use wattbook_domain::event::OptionExpired;
use wattbook_domain::instrument::{
    ContractForm, DeliveryKind, ExerciseStyle, Instrument, OptionRight, OptionTerms,
};
use wattbook_domain::market::PriceKind;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Order, Record, Refusal, Sequenced, Side,
    Timestamp, Unit, Volume,
};
use wattbook_engine::{Engine, EngineConfig, NoEvents};
use wattbook_portfolio::Position;
use wattbook_portfolio::pnl::{GroupBy, PnlLine};

const INITIAL: SettlementRun = SettlementRun::Initial;
const FINAL: SettlementRun = SettlementRun::Final;
/// Options end two hours before their underlying does.
const EXPIRY: i64 = START - 2 * HOUR;

fn option(number: u32, underlying: &Instrument, right: OptionRight, strike: &str) -> Instrument {
    let expiry = Timestamp::from_seconds(EXPIRY);
    Instrument {
        instrument: InstrumentId(number),
        symbol: format!("O{number}"),
        form: ContractForm::Option,
        delivery_kind: DeliveryKind::Physical,
        gate_closure: expiry,
        option: Some(OptionTerms {
            underlying: underlying.instrument,
            right,
            style: ExerciseStyle::European,
            strike: price(strike),
            expiry,
        }),
        ..underlying.clone()
    }
}

/// Future 1 over three hours, call 2 and put 3 on it, both struck at 50.
fn desk() -> Desk {
    let mut desk = Desk::trading();
    let future = future(1, 1, 3, DeliveryKind::SpotAverage);
    desk.instrument(future.clone());
    desk.instrument(option(2, &future, OptionRight::Call, "50"));
    desk.instrument(option(3, &future, OptionRight::Put, "50"));
    desk
}

fn trade(desk: &mut Desk, instrument: u32, side: Side, at: &str, volume: &str) {
    let order = Order {
        instrument: InstrumentId(instrument),
        ..limit(side, at, volume)
    };
    let order = desk.passed(order);
    desk.fill(order, desk.orders, at, volume);
}

fn expired(events: &[Event]) -> Vec<OptionExpired> {
    let ends = events.iter().filter_map(|event| match event {
        Event::OptionExpired(expired) => Some(*expired),
        _ => None,
    });
    ends.collect()
}

fn position(desk: &Desk, instrument: u32) -> Position {
    let portfolio = desk.engine.portfolio();
    let position = portfolio.position_of(InstrumentId(instrument), owner(1));
    position.unwrap().clone()
}

fn total(desk: &Desk) -> Money {
    let lines = desk.engine.portfolio().pnl(GroupBy::Desk).unwrap();
    lines.iter().map(PnlLine::total).sum()
}

#[test]
fn a_call_in_the_money_becomes_the_future_at_its_strike() {
    let mut desk = desk();
    trade(&mut desk, 1, Side::Sell, "52", "1");
    trade(&mut desk, 2, Side::Buy, "4", "2.5");
    trade(&mut desk, 3, Side::Sell, "1.5", "2");
    desk.publish(1, PriceKind::Settlement, INITIAL, "99");
    desk.advance(EXPIRY);
    assert_eq!(position(&desk, 2).volume, volume("2.5"));
    let events = desk.publish(1, PriceKind::Settlement, INITIAL, "57.2");
    let ends = expired(&events);
    let by_hand = |instrument, held: &str, exercised: &str| OptionExpired {
        instrument: InstrumentId(instrument),
        underlying: InstrumentId(1),
        owner: owner(1),
        volume: volume(held),
        strike: price("50"),
        settlement_price: price("57.2"),
        exercised: volume(exercised),
    };
    assert_eq!(ends, [by_hand(2, "2.5", "2.5"), by_hand(3, "-2", "0")]);
    // Premium: −4 × 2.5 MW × 3 h; the put sold for 1.5 × 2 MW × 3 h lapses.
    let (call, put) = (position(&desk, 2), position(&desk, 3));
    assert_eq!(
        (call.volume, call.realised.to_string()),
        (Volume::ZERO, "-30.00".into())
    );
    assert_eq!(
        (put.volume, put.realised.to_string()),
        (Volume::ZERO, "9.00".into())
    );
    // Short 1 MW at 52, bought 2.5 MW at 50: 1 MW closed with 2 × 3 h, 1.5 MW left at 50.
    let future = position(&desk, 1);
    assert_eq!(future.volume, volume("1.5"));
    assert_eq!(future.realised.to_string(), "6.00");
    assert_eq!(future.cost.to_string(), "225.00");
    // −30 + 9 + 6 + 7.2 × 1.5 MW × 3 h
    assert_eq!(total(&desk).to_string(), "17.40");
}

#[test]
fn a_short_put_is_assigned_and_negative_prices_are_ordinary() {
    let mut desk = desk();
    trade(&mut desk, 3, Side::Sell, "12", "4");
    desk.advance(EXPIRY);
    let events = desk.publish(1, PriceKind::Settlement, INITIAL, "-20.5");
    assert_eq!(expired(&events)[0].exercised, volume("4"));
    // Sold for 12, assigned the future at 50, which is worth −20.5: 4 MW × 3 h × (12 − 70.5).
    assert_eq!(position(&desk, 1).volume, volume("4"));
    assert_eq!(total(&desk).to_string(), "-702.00");
}

#[test]
fn an_option_at_the_money_lapses() {
    let mut desk = desk();
    trade(&mut desk, 2, Side::Buy, "1", "1");
    trade(&mut desk, 3, Side::Buy, "1", "1");
    desk.advance(EXPIRY);
    let events = desk.publish(1, PriceKind::Settlement, INITIAL, "50");
    let exercised: Vec<Volume> = expired(&events).iter().map(|end| end.exercised).collect();
    assert_eq!(exercised, [Volume::ZERO; 2]);
    assert!(
        desk.engine
            .portfolio()
            .position_of(InstrumentId(1), owner(1))
            .is_none()
    );
    assert_eq!(total(&desk).to_string(), "-6.00");
}

#[test]
fn only_a_settlement_price_from_expiry_on_decides_and_only_once() {
    let mut desk = desk();
    trade(&mut desk, 2, Side::Buy, "4", "1");
    for kind in [PriceKind::Settlement, PriceKind::Mark] {
        assert_eq!(expired(&desk.publish(1, kind, INITIAL, "70")), []);
    }
    desk.advance(EXPIRY);
    assert_eq!(
        expired(&desk.publish(1, PriceKind::Mark, INITIAL, "70")),
        []
    );
    assert_eq!(
        expired(&desk.publish(0, PriceKind::Settlement, INITIAL, "70")),
        []
    );
    let ends = expired(&desk.publish(1, PriceKind::Settlement, INITIAL, "49.999999"));
    assert_eq!(ends[0].exercised, Volume::ZERO);
    assert_eq!(
        expired(&desk.publish(1, PriceKind::Settlement, FINAL, "70")),
        []
    );
    assert_eq!(position(&desk, 2).volume, Volume::ZERO);
}

#[test]
fn the_price_at_the_instant_of_expiry_decides() {
    let mut desk = desk();
    trade(&mut desk, 2, Side::Buy, "4", "1");
    let instant = EXPIRY * 1_000_000_000;
    // Each input comes 1,000 ns after the one before.
    desk.now = instant - 2_000;
    let early = desk.publish(1, PriceKind::Settlement, INITIAL, "40");
    assert_eq!(expired(&early), []);
    let decided = desk.publish(1, PriceKind::Settlement, INITIAL, "70");
    assert_eq!(desk.now, instant);
    assert_eq!(expired(&decided)[0].exercised, volume("1"));
}

#[test]
fn what_is_booked_after_expiry_ends_by_the_same_price() {
    let mut desk = desk();
    let order = Order {
        instrument: InstrumentId(2),
        ..limit(Side::Buy, "4", "2")
    };
    let late = desk.passed(order);
    desk.advance(EXPIRY);
    desk.publish(1, PriceKind::Settlement, INITIAL, "60");
    desk.fill(late, 1, "4", "2");
    assert_eq!(position(&desk, 2).volume, volume("2"));
    let ends = expired(&desk.publish(1, PriceKind::Settlement, INITIAL, "45"));
    assert_eq!(
        (ends[0].settlement_price, ends[0].exercised),
        (price("60"), volume("2"))
    );
    let mut deal = Deal {
        deal: 1,
        part: 1,
        version: 1,
        counterparty: "other".to_owned(),
        instrument: InstrumentId(2),
        owner: owner(1),
        side: Side::Sell,
        price: price("3"),
        volume: volume("5"),
        ..Deal::default()
    };
    let ends = expired(&desk.feed(Input::Deal(deal.clone())));
    assert_eq!(ends[0].exercised, volume("-5"));
    assert_eq!(position(&desk, 1).volume, volume("-3"));
    // Taken back, the deal leaves nothing behind.
    deal.version = 2;
    deal.volume = Volume::ZERO;
    desk.feed(Input::Deal(deal));
    assert_eq!(position(&desk, 1).volume, volume("2"));
    // Bought at 4, exercised at 50, worth 45 now: 2 MW × 3 h × −9.
    assert_eq!(total(&desk).to_string(), "-54.00");
}

#[test]
fn an_exercised_option_settles_with_its_underlying() {
    let mut desk = Desk::trading();
    let barrels = Instrument {
        location: "CUSHING".to_owned(),
        price_unit: Unit::Barrel,
        volume_unit: Unit::Barrel,
        delivery_seconds: 3_600,
        ..future(1, 1, 24, DeliveryKind::Physical)
    };
    desk.instrument(barrels.clone());
    let mut call = option(2, &barrels, OptionRight::Call, "-40");
    let terms = call.option.as_mut().unwrap();
    terms.expiry = barrels.gate_closure;
    call.gate_closure = barrels.gate_closure;
    desk.instrument(call);
    trade(&mut desk, 2, Side::Buy, "1.25", "1000");
    desk.advance(START);
    let events = desk.publish(1, PriceKind::Settlement, FINAL, "-37.63");
    assert_eq!(expired(&events)[0].exercised, volume("1000"));
    assert_eq!(position(&desk, 1).volume, Volume::ZERO);
    // (−37.63 + 40 − 1.25) × 1,000 bbl
    assert_eq!(total(&desk).to_string(), "1120.00");
}

#[test]
fn an_option_on_an_average_is_paid_when_the_averaging_ends() {
    let mut desk = Desk::trading();
    let index = Instrument {
        price_unit: Unit::Barrel,
        volume_unit: Unit::Barrel,
        delivery_seconds: 3_600,
        ..future(1, 1, 24, DeliveryKind::Physical)
    };
    desk.instrument(index.clone());
    let asian = |number, right, strike| {
        let mut option = option(number, &index, right, strike);
        option.option.as_mut().unwrap().style = ExerciseStyle::Asian;
        option.delivery_start = Timestamp::from_seconds(START - 4 * HOUR);
        option.delivery_end = Timestamp::from_seconds(START - HOUR);
        option
    };
    desk.instrument(asian(2, OptionRight::Call, "71"));
    desk.instrument(asian(3, OptionRight::Put, "71"));
    trade(&mut desk, 2, Side::Buy, "2", "10");
    trade(&mut desk, 3, Side::Sell, "3", "10");
    for (at, settlement) in [(5, "1"), (4, "70"), (3, "72"), (2, "75")] {
        desk.advance(START - at * HOUR);
        desk.publish(1, PriceKind::Settlement, INITIAL, settlement);
        desk.publish(1, PriceKind::Mark, INITIAL, "500");
    }
    desk.advance(START - HOUR);
    // The mean of 70, 72 and 75 is 72.3…: (72.3… − 71) × 10 less 20, and the put's 30 are kept.
    assert_eq!(position(&desk, 2).realised.to_string(), "-6.67");
    assert_eq!(position(&desk, 3).realised.to_string(), "30.00");
    assert_eq!(position(&desk, 2).volume, Volume::ZERO);
}

#[test]
fn an_option_that_does_not_fit_its_underlying_is_refused() {
    let mut desk = desk();
    let first = future(1, 1, 3, DeliveryKind::SpotAverage);
    let refused = |desk: &mut Desk, change: &dyn Fn(&mut Instrument)| {
        let mut new = option(4, &first, OptionRight::Call, "50");
        change(&mut new);
        let event = ReferenceEvent::DefineInstrument(Box::new(new));
        match refusal(&desk.reference(event)) {
            Refusal::Reference {
                number: 4, field, ..
            } => field,
            other => panic!("{other:?}"),
        }
    };
    let terms = |new: &mut Instrument| *new.option.as_mut().unwrap();
    let underlying = |number| {
        move |new: &mut Instrument| {
            let underlying = InstrumentId(number);
            new.option = Some(OptionTerms {
                underlying,
                ..terms(new)
            });
        }
    };
    assert_eq!(refused(&mut desk, &underlying(9)), "underlying");
    assert_eq!(refused(&mut desk, &underlying(0)), "underlying");
    assert_eq!(refused(&mut desk, &underlying(4)), "underlying");
    assert_eq!(
        refused(&mut desk, &|new| new.currency = Currency::GBP),
        "underlying"
    );
    assert_eq!(
        refused(&mut desk, &|new| new.delivery_seconds = HOUR),
        "delivery"
    );
    let late = Timestamp::from_seconds(START + 1);
    let expiry = |new: &mut Instrument| {
        new.option = Some(OptionTerms {
            expiry: late,
            ..terms(new)
        });
    };
    assert_eq!(refused(&mut desk, &expiry), "expiry");
    assert_eq!(refused(&mut desk, &|new| new.gate_closure = late), "expiry");
}

#[test]
fn an_expiry_replays_and_is_part_of_the_hash() {
    let run = |settlement: &str| {
        let mut desk = desk();
        trade(&mut desk, 2, Side::Buy, "4", "2");
        let undecided = desk.engine.state_hash();
        desk.advance(EXPIRY);
        desk.publish(1, PriceKind::Settlement, INITIAL, settlement);
        (desk, undecided)
    };
    let (desk, undecided) = run("50.000001");
    assert_ne!(desk.engine.state_hash(), undecided);
    assert_ne!(desk.engine.state_hash(), run("50").0.engine.state_hash());
    let config = EngineConfig::new(Currency::EUR);
    let mut again = Engine::new(config);
    for input in &desk.inputs {
        let mut bytes = Vec::new();
        input.encode(&mut bytes);
        let input = Sequenced::decode(&mut bytes.as_slice()).unwrap();
        again
            .apply(input.stamp(), &input.input, &mut NoEvents)
            .unwrap();
    }
    assert_eq!(again.state_hash(), desk.engine.state_hash());
    // A snapshot before the decision goes on to the same state.
    let cut = desk.inputs.len() - 2;
    let mut first = Engine::new(config);
    for input in &desk.inputs[..cut] {
        first
            .apply(input.stamp(), &input.input, &mut NoEvents)
            .unwrap();
    }
    let mut second = Engine::restore(&first.snapshot()).unwrap();
    for input in &desk.inputs[cut..] {
        second
            .apply(input.stamp(), &input.input, &mut NoEvents)
            .unwrap();
    }
    assert_eq!(second.state_hash(), desk.engine.state_hash());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Marked at its inner value, an option is worth before expiry what it leaves after it.
    #[test]
    fn an_expiry_makes_and_loses_no_value(
        trades in proptest::collection::vec(
            (1_u32..4, any::<bool>(), -9_000_i64..9_000, 1_u32..90), 1..12),
        settlement in -30_000_i64..30_000,
    ) {
        let mut desk = desk();
        let cents = |cents: i64| {
            let sign = if cents < 0 { "-" } else { "" };
            format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
        };
        for (instrument, buys, at, lots) in trades {
            let side = if buys { Side::Buy } else { Side::Sell };
            // Premiums may be below zero here: what counts is that nothing is lost.
            let at = cents(at % 5_000 - 400);
            let at = if at.parse::<f64>().unwrap() < -500.0 { "0".to_owned() } else { at };
            trade(&mut desk, instrument, side, &at, &format!("{}.{}", lots / 10, lots % 10));
        }
        desk.advance(EXPIRY);
        for (instrument, inner) in [(2, settlement - 5_000), (3, 5_000 - settlement)] {
            desk.publish(instrument, PriceKind::Mark, INITIAL, &cents(inner.max(0)));
        }
        desk.publish(1, PriceKind::Mark, INITIAL, &cents(settlement));
        let before = total(&desk);
        let held = |desk: &Desk, instrument| {
            let portfolio = desk.engine.portfolio();
            let position = portfolio.position_of(InstrumentId(instrument), owner(1));
            position.map_or(0, |position| position.volume.millionths())
        };
        let (future, call, put) = (held(&desk, 1), held(&desk, 2), held(&desk, 3));
        desk.publish(1, PriceKind::Settlement, INITIAL, &cents(settlement));
        prop_assert_eq!(total(&desk), before);
        prop_assert_eq!((held(&desk, 2), held(&desk, 3)), (0, 0));
        let exercised = if settlement > 5_000 { call } else { 0 }
            - if settlement < 5_000 { put } else { 0 };
        prop_assert_eq!(held(&desk, 1), future + exercised);
    }
}
