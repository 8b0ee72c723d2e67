//! Every kind of instrument can be built, is whole, and survives its text and binary form.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_domain::contract::{COAL, EUA, GUARANTEE_OF_ORIGIN, OIL};
use wattbook_domain::delivery::{Date, DeliveryPeriod, Place};
use wattbook_domain::instrument::{
    ContractForm, DeliveryKind, ExerciseStyle, Instrument, OptionRight, SpreadKind,
};
use wattbook_domain::{
    Currency, DomainError, InstrumentId, Price, Record, Timestamp, Unit, VenueId, Volume,
};

const VENUE: VenueId = VenueId(3);

fn of(number: u32, product: &str, form: ContractForm) -> Instrument {
    let product = product.parse().unwrap();
    Instrument::of_product(InstrumentId(number), VENUE, product, form, Currency::EUR)
}

fn future(number: u32, product: &str) -> Instrument {
    of(number, product, ContractForm::Future)
}

fn good(good: wattbook_domain::contract::Good, form: ContractForm) -> Instrument {
    let period = future(0, "TTF Dec-26").delivery_period().unwrap();
    let (number, currency) = (InstrumentId(8), Currency::EUR);
    Instrument::of_good(number, VENUE, "G", "ARA", good, form, period, currency).unwrap()
}

fn price(text: &str) -> Price {
    text.parse().unwrap()
}

/// The field that a refusal names.
fn field(refused: Result<Instrument, DomainError>) -> &'static str {
    match refused.unwrap_err() {
        DomainError::Instrument { field, .. } => field,
        other => panic!("{other}"),
    }
}

fn every_kind() -> Vec<Instrument> {
    let month = future(1, "DE-LU Mar-27 Peak");
    let next = future(2, "DE-LU Apr-27 Peak");
    let french = future(3, "FR Mar-27 Peak");
    let gas = future(4, "TTF Mar-27");
    let period = gas.delivery_period().unwrap();
    let number = InstrumentId(9);
    let expiry = month.gate_closure.plus_nanos(-86_400_000_000_000);
    let day = Date::constant(2026, 3, 28);
    let place = |name| Place::new(name).unwrap();
    let heat_rate: Volume = "2.04".parse().unwrap();
    let (european, call) = (ExerciseStyle::European, OptionRight::Call);
    vec![
        of(0, "DE-LU 2026-03-29 QH13", ContractForm::Auction),
        of(0, "GB 2026-07-15 HH07", ContractForm::Auction),
        of(0, "DE-LU 2026-03-29 H04", ContractForm::Intraday),
        of(0, "GB 2026-07-15 EFA3", ContractForm::Block),
        of(0, "TTF 2026-03-28", ContractForm::Spot),
        future(0, "DE-LU WkEnd13-26 Base"),
        future(0, "DE-LU Cal-27 OffPeak"),
        future(0, "TTF Win-26"),
        Instrument::block(
            number,
            VENUE,
            place("FR"),
            day,
            (9, 20),
            false,
            Currency::EUR,
        )
        .unwrap(),
        Instrument::block(number, VENUE, place("FR"), day, (7, 7), true, Currency::EUR).unwrap(),
        Instrument::within_day(number, VENUE, place("TTF"), day, 5, Currency::EUR).unwrap(),
        good(OIL, ContractForm::Future),
        good(COAL, ContractForm::Future),
        good(EUA, ContractForm::Spot),
        good(GUARANTEE_OF_ORIGIN, ContractForm::Future),
        month
            .option_on_future(number, call, price("-5"), expiry, european)
            .unwrap(),
        gas.option_on_average(number, OptionRight::Put, price("30"), period)
            .unwrap(),
        gas.swap_on_average(number, period).unwrap(),
        month.time_spread(number, &next).unwrap(),
        month.place_spread(number, &french).unwrap(),
        month.fuel_spread(number, &gas, heat_rate).unwrap(),
    ]
}

#[test]
fn every_kind_of_instrument_is_whole_and_survives_its_forms() {
    let mut forms = Vec::new();
    for instrument in every_kind() {
        instrument.check().unwrap();
        let text = instrument.to_text();
        assert_eq!(
            Instrument::from_text(&text),
            Ok(instrument.clone()),
            "{text}"
        );
        let mut bytes = Vec::new();
        instrument.encode(&mut bytes);
        assert_eq!(
            Instrument::decode(&mut bytes.as_slice()).as_ref(),
            Ok(&instrument)
        );
        forms.push(instrument.form as u8);
    }
    forms.sort_unstable();
    forms.dedup();
    assert_eq!(
        forms,
        (1..=10).collect::<Vec<u8>>(),
        "every contract form is built"
    );
}

#[test]
fn an_option_has_the_delivery_of_its_future() {
    let month = future(1, "DE-LU Mar-27 Peak");
    let expiry = month.gate_closure;
    let (number, put, strike) = (InstrumentId(2), OptionRight::Put, price("-12.5"));
    let american = ExerciseStyle::American;
    let option = month
        .option_on_future(number, put, strike, expiry, american)
        .unwrap();
    assert_eq!(option.symbol, "DE-LU Mar-27 Peak P-12.5");
    assert_eq!(option.delivery_seconds, month.delivery_seconds);
    assert_eq!(
        (option.gate_closure, option.min_price),
        (expiry, Price::ZERO)
    );
    let late = expiry.plus_nanos(1);
    let refused = |style, expiry| field(month.option_on_future(number, put, strike, expiry, style));
    assert_eq!(refused(american, late), "expiry");
    assert_eq!(refused(ExerciseStyle::Asian, expiry), "style");
    let of_option = option.option_on_future(number, put, strike, expiry, american);
    assert_eq!(field(of_option), "form");
    let of_itself = month.option_on_future(InstrumentId(1), put, strike, expiry, american);
    assert_eq!(field(of_itself), "underlying");
}

#[test]
fn a_swap_delivers_while_it_averages() {
    let hub = of(1, "TTF 2026-03-28", ContractForm::Spot);
    let march = future(2, "TTF Mar-26").delivery_period().unwrap();
    let swap = hub.swap_on_average(InstrumentId(3), march).unwrap();
    assert_eq!(swap.delivery_kind, DeliveryKind::SpotAverage);
    assert_eq!(swap.delivery_seconds, march.seconds());
    assert_eq!(
        swap.averaging(),
        Some((InstrumentId(1), (march.start(), march.end())))
    );
    let barrels = good(OIL, ContractForm::Future)
        .swap_on_average(InstrumentId(3), march)
        .unwrap();
    assert_eq!(
        (barrels.delivery_seconds, barrels.volume_unit),
        (3_600, Unit::Barrel)
    );
    assert_eq!(field(swap.swap_on_average(InstrumentId(4), march)), "form");
    assert_eq!(field(hub.swap_on_average(InstrumentId(1), march)), "index");
}

#[test]
fn a_spread_is_of_two_legs_that_fit() {
    let number = InstrumentId(9);
    let march = future(1, "DE-LU Mar-27");
    let april = future(2, "DE-LU Apr-27");
    // The gas month ends six hours into April.
    let may = future(5, "DE-LU May-27");
    let french = future(3, "FR Mar-27");
    let gas = future(4, "TTF Mar-27");
    let two: Volume = "2".parse().unwrap();
    let time = march.time_spread(number, &april).unwrap();
    let terms = time.spread.unwrap();
    assert_eq!(
        (terms.kind, terms.long, terms.short),
        (SpreadKind::Time, march.instrument, april.instrument)
    );
    assert_eq!(
        (time.delivery_start, time.delivery_end),
        (march.delivery_start, april.delivery_end)
    );
    assert_eq!(field(march.time_spread(number, &french)), "location");
    assert_eq!(field(march.time_spread(number, &march)), "delivery_start");
    assert_eq!(field(march.place_spread(number, &april)), "location");
    assert_eq!(field(april.place_spread(number, &french)), "delivery_start");
    assert_eq!(field(march.fuel_spread(number, &french, two)), "commodity");
    assert_eq!(field(may.fuel_spread(number, &gas, two)), "delivery_start");
    assert_eq!(
        field(march.fuel_spread(number, &gas, Volume::ZERO)),
        "ratio_millionths"
    );
    assert_eq!(field(time.place_spread(number, &french)), "delivery_start");
    let pounds = Instrument {
        currency: Currency::GBP,
        ..april.clone()
    };
    assert_eq!(field(march.time_spread(number, &pounds)), "currency");
    assert_eq!(field(time.fuel_spread(number, &gas, two)), "form");
}

#[test]
fn the_rest_of_a_gas_day_ends_with_the_day() {
    let ttf = Place::new("TTF").unwrap();
    let rest =
        |day, first| Instrument::within_day(InstrumentId(1), VENUE, ttf, day, first, Currency::EUR);
    let hours = |day| rest(day, 5).unwrap().delivery_seconds / 3_600;
    assert_eq!(hours(Date::constant(2026, 3, 28)), 19);
    assert_eq!(hours(Date::constant(2026, 7, 1)), 20);
    assert_eq!(hours(Date::constant(2026, 10, 24)), 21);
    let refused = rest(Date::constant(2026, 3, 28), 24).unwrap_err();
    assert!(
        matches!(refused, DomainError::NoSuchDeliveryPeriod { .. }),
        "{refused}"
    );
    let france = Place::new("FR").unwrap();
    let day = Date::constant(2026, 7, 1);
    let power = Instrument::within_day(InstrumentId(1), VENUE, france, day, 5, Currency::EUR);
    assert_eq!(field(power), "location");
}

#[test]
fn a_good_is_counted_in_its_unit() {
    let wti = good(OIL, ContractForm::Future);
    let loss = wti.value(price("-37.63"), "1000".parse().unwrap());
    assert_eq!(
        (wti.lot, loss.to_string()),
        ("1000".parse().unwrap(), "-37630.00".to_owned())
    );
    assert_eq!(good(EUA, ContractForm::Future).price_unit, Unit::TonneCo2);
    assert_eq!(
        good(GUARANTEE_OF_ORIGIN, ContractForm::Spot).volume_unit,
        Unit::Certificate
    );
    let period =
        DeliveryPeriod::new(Timestamp::from_seconds(0), Timestamp::from_seconds(60)).unwrap();
    let of = |symbol, form| {
        let (number, currency) = (InstrumentId(1), Currency::USD);
        Instrument::of_good(number, VENUE, symbol, "ARA", COAL, form, period, currency)
    };
    assert_eq!(field(of("", ContractForm::Future)), "symbol");
    assert_eq!(field(of("API2", ContractForm::Swap)), "form");
}
