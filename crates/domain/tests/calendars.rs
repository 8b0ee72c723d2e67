//! Delivery days, intervals, products and peak hours of real markets.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::DomainError;
use wattbook_domain::delivery::{
    Date, DeliveryDays, DeliveryProduct, MARKET_CALENDARS, Numbering, Occurrence, PeakRule, Place,
    Season, Span, Zone,
};
use wattbook_domain::instrument::{Load, Tenor};

const HOUR: i64 = 3_600;

fn days(zone: &str, start_minutes: i32) -> DeliveryDays {
    DeliveryDays::new(Zone::new(zone).unwrap(), start_minutes, Numbering::Clock)
}

fn product(text: &str) -> DeliveryProduct {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn hours(text: &str) -> i64 {
    let seconds = product(text).delivery_seconds();
    assert_eq!(seconds % HOUR, 0, "{text}");
    seconds / HOUR
}

fn utc(text: &str) -> String {
    product(text).period().to_string()
}

/// Every day of 2020 to 2039, the years that clocks are planned for.
fn any_day() -> impl Strategy<Value = Date> {
    (0_i64..7_305).prop_map(|nth| {
        Date::constant(2020, 1, 1)
            .checked_add(jiff::Span::new().days(nth))
            .unwrap()
    })
}

fn any_place() -> impl Strategy<Value = Place> {
    let places: Vec<Place> = MARKET_CALENDARS
        .iter()
        .map(|calendar| Place::new(calendar.places[0]).unwrap())
        .collect();
    prop::sample::select(places)
}

proptest! {
    #[test]
    fn a_day_has_92_96_or_100_quarter_hours(day in any_day()) {
        let count = days("Europe/Berlin", 0).intervals(day, day.tomorrow().unwrap(), 15).unwrap().len();
        let expected = match day.weekday().to_monday_one_offset() {
            7 if day.month() == 3 && day.day() > 24 => 92,
            7 if day.month() == 10 && day.day() > 24 => 100,
            _ => 96,
        };
        prop_assert_eq!(count, expected);
    }

    #[test]
    fn intervals_of_any_length_partition_the_days(
        place in any_place(), day in any_day(), length in 1_i64..40, step in prop::sample::select(vec![5, 15, 30, 60]),
    ) {
        let days = place.calendar.days().unwrap();
        let after = day.checked_add(jiff::Span::new().days(length)).unwrap();
        let intervals = days.intervals(day, after, step).unwrap();
        let span = days.span(day, after).unwrap();
        prop_assert_eq!(intervals.first().unwrap().period.start(), span.start());
        prop_assert_eq!(intervals.last().unwrap().period.end(), span.end());
        prop_assert!(intervals.windows(2).all(|pair| pair[0].period.end() == pair[1].period.start()));
        prop_assert!(intervals.iter().all(|interval| interval.period.seconds() == step * 60));
    }

    #[test]
    fn every_interval_of_a_day_has_a_name_of_its_own_that_reads_back(
        place in any_place(), day in any_day(),
        tenor in prop::sample::select(vec![Tenor::FiveMinutes, Tenor::QuarterHour, Tenor::HalfHour, Tenor::Hour]),
    ) {
        let whole = DeliveryProduct::new(place, Span::Day(day), Load::Base).unwrap();
        let intervals = whole.intervals(tenor).unwrap();
        let mut names = std::collections::HashSet::new();
        for interval in intervals.iter().step_by(7) {
            let (number, occurrence) = (interval.number, interval.occurrence);
            let span = Span::Interval { day, tenor, number, occurrence };
            let named = DeliveryProduct::new(place, span, Load::Base).unwrap();
            prop_assert_eq!(named.period(), interval.period);
            prop_assert_eq!(product(&named.to_string()), named);
            prop_assert!(names.insert(named.to_string()));
        }
    }

    #[test]
    fn an_instant_lies_in_its_delivery_day(place in any_place(), day in any_day(), second in 0_i64..86_400) {
        let days = place.calendar.days().unwrap();
        let instant = days.start(day).unwrap().plus_nanos(second * 1_000_000_000);
        let found = days.day_of(instant).unwrap();
        prop_assert!(days.day(found).unwrap().contains(instant));
    }

    #[test]
    fn months_partition_years_and_base_is_peak_and_off_peak(place in any_place(), year in 2001_i16..2100) {
        let whole = DeliveryProduct::new(place, Span::CalendarYear { year }, Load::Base).unwrap();
        for tenor in [Tenor::Month, Tenor::Quarter, Tenor::Day] {
            let parts = whole.parts(tenor).unwrap();
            prop_assert_eq!(parts[0].period().start(), whole.period().start());
            prop_assert_eq!(parts.last().unwrap().period().end(), whole.period().end());
            prop_assert!(parts.windows(2).all(|pair| pair[0].period().end() == pair[1].period().start()));
        }
        let (first, after) = whole.span().days().unwrap();
        let is_known = |rule: &PeakRule| {
            rule.valid_from <= first && rule.valid_to.is_none_or(|end| after < end)
        };
        if !place.calendar.peaks.iter().any(is_known) {
            let refused = DeliveryProduct::new(place, whole.span(), Load::Peak);
            let is_refused = matches!(refused, Err(DomainError::NoPeakRule { .. }));
            prop_assert!(is_refused);
            return Ok(());
        }
        for base in whole.parts(Tenor::Month).unwrap() {
            let with = |load| DeliveryProduct::new(place, base.span(), load).unwrap();
            let (peak, off_peak) = (with(Load::Peak), with(Load::OffPeak));
            prop_assert_eq!(peak.delivery_seconds() + off_peak.delivery_seconds(), base.delivery_seconds());
            let mut all = peak.load_periods().unwrap();
            all.extend(off_peak.load_periods().unwrap());
            all.sort_unstable();
            prop_assert!(all.windows(2).all(|pair| pair[0].end() == pair[1].start()));
            let by_day: i64 = peak.parts(Tenor::Day).unwrap().iter().map(|day| day.delivery_seconds()).sum();
            prop_assert_eq!(by_day, peak.delivery_seconds());
            let by_hour: i64 = peak.intervals(Tenor::Hour).unwrap().iter().map(|hour| hour.period.seconds()).sum();
            prop_assert_eq!(by_hour, peak.delivery_seconds());
        }
    }

    #[test]
    fn longer_products_read_back_from_their_text(
        place in any_place(), year in 2000_i16..2100, month in 1_i8..=12, week in 1_i8..=52,
        load in prop::sample::select(vec![Load::Base, Load::Peak, Load::OffPeak]),
    ) {
        for span in [
            Span::Weekend { year, week },
            Span::Week { year, week },
            Span::Month { year, month },
            Span::Quarter { year, quarter: (month + 2) / 3 },
            Span::Season { year, season: if month < 7 { Season::Summer } else { Season::Winter } },
            Span::CalendarYear { year },
        ] {
            if let Ok(named) = DeliveryProduct::new(place, span, load) {
                prop_assert_eq!(product(&named.to_string()), named);
            }
        }
    }

    #[test]
    fn no_text_panics(text in "[A-Za-z0-9 .:-]{0,30}") {
        let _ = text.parse::<DeliveryProduct>();
    }
}

/// Directive 2000/84/EC: clocks change at 01:00 UTC on the last Sundays of March and October.
#[test]
fn the_short_day_has_no_third_hour() {
    let error = "DE-LU 2026-03-29 H03"
        .parse::<DeliveryProduct>()
        .unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("DE-LU") && text.contains("2026-03-29 H03"),
        "{text}"
    );
    assert!(
        text.contains("the day has 23 of them; trade one beside it"),
        "{text}"
    );
    assert_eq!(
        utc("DE-LU 2026-03-29 H02"),
        "2026-03-29T00:00:00Z/2026-03-29T01:00:00Z"
    );
    assert_eq!(
        utc("DE-LU 2026-03-29 H04"),
        "2026-03-29T01:00:00Z/2026-03-29T02:00:00Z"
    );
    assert_eq!(hours("DE-LU 2026-03-29 Base"), 23);
    assert_eq!(hours("DE-LU 2026-03-29 H01-H06"), 5);
}

#[test]
fn the_long_day_has_its_third_hour_twice_by_name() {
    let error = "DE-LU 2026-10-25 H03"
        .parse::<DeliveryProduct>()
        .unwrap_err();
    assert!(
        error.to_string().contains("H03A or 2026-10-25 H03B"),
        "{error}"
    );
    assert_eq!(
        utc("DE-LU 2026-10-25 H03A"),
        "2026-10-25T00:00:00Z/2026-10-25T01:00:00Z"
    );
    assert_eq!(
        utc("DE-LU 2026-10-25 H03B"),
        "2026-10-25T01:00:00Z/2026-10-25T02:00:00Z"
    );
    assert_eq!(
        utc("DE-LU 2026-10-25 QH12B"),
        "2026-10-25T01:45:00Z/2026-10-25T02:00:00Z"
    );
    let error = "DE-LU 2026-10-24 H03A"
        .parse::<DeliveryProduct>()
        .unwrap_err();
    assert!(error.to_string().contains("occurs once"), "{error}");
    assert_eq!(
        product("DE-LU 2026-10-25 Base")
            .intervals(Tenor::QuarterHour)
            .unwrap()
            .len(),
        100
    );
}

/// Lord Howe Island moves its clocks by half an hour, at 02:00 daylight time.
#[test]
fn lord_howe_days_have_23_and_a_half_and_24_and_a_half_hours() {
    let days = days("Australia/Lord_Howe", 0);
    let spring = Date::constant(2026, 10, 4);
    let autumn = Date::constant(2026, 4, 5);
    assert_eq!(days.day(spring).unwrap().seconds(), 84_600);
    assert_eq!(days.day(autumn).unwrap().seconds(), 88_200);

    let hours = days
        .intervals(spring, spring.tomorrow().unwrap(), 60)
        .unwrap();
    assert_eq!(hours.len(), 24);
    assert_eq!((hours[2].number, hours[2].period.seconds()), (3, 1_800));

    let hours = days
        .intervals(autumn, autumn.tomorrow().unwrap(), 60)
        .unwrap();
    assert_eq!(hours.len(), 25);
    assert_eq!(
        (hours[1].number, hours[1].occurrence),
        (2, Occurrence::First)
    );
    assert_eq!(
        (hours[2].number, hours[2].occurrence),
        (2, Occurrence::Second)
    );
    assert_eq!(
        (hours[1].period.seconds(), hours[2].period.seconds()),
        (3_600, 1_800)
    );
    let halves = days
        .intervals(autumn, autumn.tomorrow().unwrap(), 30)
        .unwrap();
    assert_eq!(halves.len(), 49);
    assert!(halves.iter().all(|half| half.period.seconds() == 1_800));
}

/// Antarctica/Troll moves by two hours; whole steps vanish and return.
#[test]
fn a_jump_of_two_hours_takes_two_hours() {
    let days = days("Antarctica/Troll", 0);
    let day = Date::constant(2026, 3, 29);
    assert_eq!(
        days.intervals(day, day.tomorrow().unwrap(), 60)
            .unwrap()
            .len(),
        22
    );
    let day = Date::constant(2026, 10, 25);
    let hours = days.intervals(day, day.tomorrow().unwrap(), 60).unwrap();
    assert_eq!(hours.len(), 26);
    assert_eq!(
        hours
            .iter()
            .filter(|hour| hour.occurrence == Occurrence::Second)
            .count(),
        2
    );
}

/// Samoa went from 29 to 31 December 2011.
#[test]
fn a_day_that_the_calendar_jumped_over_is_refused() {
    let days = days("Pacific/Apia", 0);
    let error = days.day(Date::constant(2011, 12, 30)).unwrap_err();
    assert!(matches!(error, DomainError::NoSuchDeliveryDay { .. }));
    assert_eq!(
        days.day(Date::constant(2011, 12, 29)).unwrap().seconds(),
        86_400
    );
    let week = days
        .intervals(Date::constant(2011, 12, 26), Date::constant(2012, 1, 2), 60)
        .unwrap();
    assert_eq!(week.len(), 6 * 24);
}

#[test]
fn a_leap_year_has_a_29th_of_february_and_8784_hours() {
    assert_eq!(hours("DE-LU Cal-28 Base"), 8_784);
    assert_eq!(hours("DE-LU Feb-28 Base"), 29 * 24);
    assert_eq!(hours("DE-LU Cal-27 Base"), 8_760);
    assert_eq!(hours("DE-LU 2028-02-29 Base"), 24);
    assert!("DE-LU 2027-02-29 Base".parse::<DeliveryProduct>().is_err());
}

/// Gas days that carry a clock change, from the notices of `EnergyStock` (28 March 2026, 23 hours)
/// and BBL Company (27 October 2018, 25 hours).
#[test]
fn a_gas_day_carries_the_clock_change_of_its_night() {
    assert_eq!(
        utc("TTF 2026-03-28"),
        "2026-03-28T05:00:00Z/2026-03-29T04:00:00Z"
    );
    assert_eq!(hours("TTF 2026-03-28"), 23);
    assert_eq!(
        utc("TTF 2018-10-27"),
        "2018-10-27T04:00:00Z/2018-10-28T05:00:00Z"
    );
    assert_eq!(hours("TTF 2018-10-27"), 25);
    assert_eq!(hours("TTF 2026-03-29"), 24);
    assert_eq!(
        utc("TTF 2026-03-28 H23"),
        "2026-03-29T03:00:00Z/2026-03-29T04:00:00Z"
    );
    let error = "TTF 2026-03-28 H24".parse::<DeliveryProduct>().unwrap_err();
    assert!(error.to_string().contains("from 1 to 23"), "{error}");
    assert_eq!(
        utc("TTF 2026-03-28 H05-H23"),
        "2026-03-28T09:00:00Z/2026-03-29T04:00:00Z"
    );
}

/// UNC modification 0461 moved the GB gas day from 06:00 to 05:00 on 1 October 2015.
#[test]
fn the_gb_gas_day_moved_to_05_00_in_2015() {
    assert_eq!(
        utc("NBP 2015-09-29"),
        "2015-09-29T05:00:00Z/2015-09-30T05:00:00Z"
    );
    assert_eq!(
        utc("NBP 2015-09-30"),
        "2015-09-30T05:00:00Z/2015-10-01T04:00:00Z"
    );
    assert_eq!(
        utc("NBP 2026-01-15"),
        "2026-01-15T05:00:00Z/2026-01-16T05:00:00Z"
    );
    assert_eq!((hours("NBP 2026-03-28"), hours("NBP 2026-10-24")), (23, 25));
}

/// NAESB: 09:00 Central Clock Time; US clocks change in the night to 8 March and 1 November 2026.
#[test]
fn the_us_gas_day_starts_at_nine_central() {
    assert_eq!(
        utc("HENRY-HUB 2026-03-07"),
        "2026-03-07T15:00:00Z/2026-03-08T14:00:00Z"
    );
    assert_eq!(
        (hours("HENRY-HUB 2026-03-07"), hours("HENRY-HUB 2026-10-31")),
        (23, 25)
    );
}

#[test]
fn the_nem_trading_day_starts_at_four_and_knows_no_summer_time() {
    assert_eq!(
        utc("VIC1 2026-10-04"),
        "2026-10-03T18:00:00Z/2026-10-04T18:00:00Z"
    );
    let intervals = product("VIC1 2026-10-04")
        .intervals(Tenor::FiveMinutes)
        .unwrap();
    assert_eq!(intervals.len(), 288);
    assert_eq!(
        utc("VIC1 2026-10-04 DI001"),
        "2026-10-03T18:00:00Z/2026-10-03T18:05:00Z"
    );
    assert_eq!(hours("VIC1 Cal-26"), 8_760);
}

/// Elexon: 46 settlement periods on the short day, 50 on the long one; period 5 of 29 October 2023
/// begins at 01:00 GMT.
#[test]
fn gb_settlement_periods_are_numbered_by_position() {
    let count = |day: &str| {
        product(&format!("GB-SETTLEMENT {day}"))
            .intervals(Tenor::HalfHour)
            .unwrap()
            .len()
    };
    assert_eq!(
        (
            count("2026-03-29"),
            count("2026-10-25"),
            count("2026-07-15")
        ),
        (46, 50, 48)
    );
    assert_eq!(
        utc("GB-SETTLEMENT 2023-10-29 HH05"),
        "2023-10-29T01:00:00Z/2023-10-29T01:30:00Z"
    );
}

#[test]
fn weeks_and_weekends_are_those_of_iso_8601() {
    assert_eq!(hours("DE-LU Wk13-26 Base"), 167);
    assert_eq!(
        utc("DE-LU WkEnd13-26 Base"),
        "2026-03-27T23:00:00Z/2026-03-29T22:00:00Z"
    );
    assert_eq!(hours("DE-LU Wk53-26 Base"), 168);
    let error = "DE-LU Wk53-27 Base".parse::<DeliveryProduct>().unwrap_err();
    assert!(error.to_string().contains("Wk53-27"), "{error}");
}

#[test]
fn seasons_are_half_years() {
    assert_eq!(
        utc("TTF Sum-26"),
        "2026-04-01T04:00:00Z/2026-10-01T04:00:00Z"
    );
    assert_eq!(
        utc("TTF Win-26"),
        "2026-10-01T04:00:00Z/2027-04-01T04:00:00Z"
    );
    assert_eq!(
        product("TTF Win-26").parts(Tenor::Quarter).unwrap().len(),
        2
    );
    assert!(product("TTF Cal-26").parts(Tenor::Season).is_err());
}

#[test]
fn what_is_not_written_as_documented_is_refused() {
    for text in [
        "",
        "DE-LU",
        "DE-LU Cal-2027",
        "DE-LU Q5-27",
        "DE-LU Foo-27",
        "XX Cal-27",
        "DE-LU 2026-03-30 H00",
        "DE-LU 2026-03-30 H25",
        "DE-LU 2026-03-30 H05-H03",
        "DE-LU 2026-03-30 QH97",
        "DE-LU 2026-03-30 H05 Peak",
        "TTF Cal-27 Peak",
        "DE-LU 2026-03-30 H+5",
        "DE-LU Cal-é7",
    ] {
        assert!(
            text.parse::<DeliveryProduct>().is_err(),
            "{text:?} was read"
        );
    }
}
