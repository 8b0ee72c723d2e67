//! Financial months settle on the spot prices of their own load hours, to the last unit.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::*;
use wattbook_domain::delivery::{Date, DeliveryProduct, Interval, Weekday};
use wattbook_domain::event::Settled;
use wattbook_domain::instrument::{ContractForm, DeliveryKind, Instrument, Tenor};
use wattbook_domain::market::PriceKind;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{Currency, Event, InstrumentId, Money, Order, Price, Side, VenueId};

const INITIAL: SettlementRun = SettlementRun::Initial;

/// Deterministic prices that go below zero.
fn spot_price(nth: usize) -> Price {
    let cents = (nth as i64 * 7_919) % 20_011 - 4_000;
    Price::from_millionths(cents * 10_000)
}

fn product(name: &str) -> DeliveryProduct {
    name.parse().unwrap()
}

struct Month {
    desk: Desk,
    future: u32,
    hours: Vec<Interval>,
}

/// A desk that holds 3.7 MW of `name`, bought at 61.23, with a spot hour for each of its month.
fn month(name: &str, currency: Currency) -> Month {
    let mut desk = Desk::new();
    desk.now = 1_600_000_000_000_000_000;
    desk.venue(1, MarketModel::ContinuousBook);
    desk.venue(2, MarketModel::Auction);
    let contract = product(name);
    let base = contract.place().name.to_owned() + " " + name.split(' ').nth(1).unwrap();
    let hours = product(&base).intervals(Tenor::Hour).unwrap();
    let venue = VenueId(1);
    let future = Instrument::of_product(
        InstrumentId(0),
        venue,
        contract,
        ContractForm::Future,
        Currency::EUR,
    );
    assert_eq!(future.delivery_kind, DeliveryKind::SpotAverage);
    desk.instrument(Instrument {
        currency,
        ..future.clone()
    });
    for (number, hour) in (1_u32..).zip(&hours) {
        desk.instrument(Instrument {
            currency,
            location: future.location.clone(),
            delivery_start: hour.period.start(),
            delivery_end: hour.period.end(),
            gate_closure: hour.period.start(),
            ..self::hour(number, 2)
        });
    }
    if currency != Currency::EUR {
        desk.reference(wattbook_domain::reference::ReferenceEvent::SetFxRate(
            wattbook_domain::reference::SetFxRate {
                from: currency,
                to: Currency::EUR,
                rate_billionths: 900_000_000,
            },
        ));
    }
    let order = Order {
        instrument: InstrumentId(0),
        ..limit(Side::Buy, "61.23", "37")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "61.23", "37");
    Month {
        desk,
        future: 0,
        hours,
    }
}

impl Month {
    /// Publishes every spot hour and holds the settlement against the sum over the hours that
    /// `counts`, by the day and the number of the hour on the clock.
    fn settles_on(mut self, date_of: impl Fn(usize) -> Date, counts: impl Fn(Date, u16) -> bool) {
        let (mut sum, mut hours) = (0_i128, 0_i128);
        let mut settled: Vec<Settled> = Vec::new();
        for nth in 0..self.hours.len() {
            let price = spot_price(nth);
            if counts(date_of(nth), self.hours[nth].number) {
                sum += i128::from(price.millionths());
                hours += 1;
            }
            let number = u32::try_from(nth).unwrap() + 1;
            let events =
                self.desk
                    .publish(number, PriceKind::DayAhead, INITIAL, &price.to_string());
            settled.extend(events.iter().filter_map(|event| match event {
                Event::Settled(it) if it.instrument.0 == self.future => Some(*it),
                _ => None,
            }));
        }
        assert_eq!(settled.len(), 1, "settles once, with its last hour");
        let bought = volume("37");
        let worth = sum * 3_600 * i128::from(bought.millionths());
        assert_eq!(settled[0].amount, Money::from_units(worth));
        assert_eq!(settled[0].volume, bought);
        let mean = sum as f64 / hours as f64;
        assert!((settled[0].price.millionths() as f64 - mean).abs() <= 0.5);
        let portfolio = self.desk.engine.portfolio();
        let held = portfolio.position_of(InstrumentId(0), owner(1)).unwrap();
        let paid = Money::of_delivery(price("61.23"), bought, hours as i64 * 3_600);
        assert_eq!(held.realised, Money::from_units(worth) - paid);
    }

    /// The day of each hour: a new one begins with each hour of number 1.
    fn dates(&self, first: Date) -> Vec<Date> {
        let mut day = first.yesterday().unwrap();
        let dates = self.hours.iter().map(|hour| {
            if hour.number == 1 {
                day = day.tomorrow().unwrap();
            }
            day
        });
        dates.collect()
    }
}

fn is_workday(day: Date) -> bool {
    !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
}

#[test]
fn eex_peak_and_off_peak_months_settle_on_their_own_hours() {
    let is_peak = |day: Date, hour: u16| is_workday(day) && (9..=20).contains(&hour);
    for (name, first, hours) in [
        ("Mar-26", Date::constant(2026, 3, 1), 743),
        ("Oct-26", Date::constant(2026, 10, 1), 745),
    ] {
        for load in ["Peak", "OffPeak"] {
            let month = month(&format!("DE-LU {name} {load}"), Currency::EUR);
            assert_eq!(month.hours.len(), hours);
            let dates = month.dates(first);
            let counts = |day, hour| is_peak(day, hour) == (load == "Peak");
            month.settles_on(|nth| dates[nth], counts);
        }
    }
}

#[test]
fn pjm_five_by_sixteen_leaves_out_thanksgiving() {
    let thanksgiving = Date::constant(2026, 11, 26);
    for load in ["Peak", "OffPeak"] {
        let month = month(&format!("PJM-WEST Nov-26 {load}"), Currency::USD);
        assert_eq!(month.hours.len(), 721);
        let dates = month.dates(Date::constant(2026, 11, 1));
        month.settles_on(
            |nth| dates[nth],
            |day, hour| {
                let is_peak = is_workday(day) && day != thanksgiving && (8..=23).contains(&hour);
                is_peak == (load == "Peak")
            },
        );
    }
}

#[test]
fn a_pools_month_settles_on_its_real_time_price() {
    let mut desk = Desk::new();
    desk.venue(1, MarketModel::ContinuousBook);
    desk.venue(3, MarketModel::Pool);
    for number in 0..3 {
        desk.instrument(hour(number, 3));
    }
    desk.instrument(future(3, 1, 3, DeliveryKind::SpotAverage));
    let order = Order {
        instrument: InstrumentId(3),
        ..limit(Side::Sell, "50", "2")
    };
    let order = desk.passed(order);
    desk.fill(order, 1, "50", "2");
    let mut last = Vec::new();
    for (number, at) in [(0, "-1000"), (1, "90"), (2, "1000")] {
        desk.publish(number, PriceKind::DayAhead, INITIAL, "7");
        last = desk.publish(number, PriceKind::RealTime, INITIAL, at);
    }
    let settled: Vec<String> = last
        .iter()
        .filter_map(|event| match event {
            Event::Settled(it) if it.instrument == InstrumentId(3) => Some(it.amount.to_string()),
            _ => None,
        })
        .collect();
    assert_eq!(settled, ["-180.00"]);
}
