//! Blocks and peaks: which hours of a day a load has.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use wattbook_domain::DomainError;
use wattbook_domain::delivery::DeliveryProduct;

const HOUR: i64 = 3_600;

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

/// EFA days run from 23:00 to 23:00 local time in six blocks of four hours.
#[test]
fn efa_blocks_divide_the_gb_day() {
    assert_eq!(
        utc("GB 2026-01-15 Base"),
        "2026-01-14T23:00:00Z/2026-01-15T23:00:00Z"
    );
    assert_eq!(
        utc("GB 2026-07-15 EFA3"),
        "2026-07-15T06:00:00Z/2026-07-15T10:00:00Z"
    );
    // The clock change at 01:00 UTC lies in block 1.
    let lengths = |day: &str| -> Vec<i64> {
        (1..=6)
            .map(|block| hours(&format!("GB {day} EFA{block}")))
            .collect()
    };
    assert_eq!(lengths("2026-03-29"), [3, 4, 4, 4, 4, 4]);
    assert_eq!(lengths("2026-10-25"), [5, 4, 4, 4, 4, 4]);
    assert_eq!(hours("GB 2026-07-15 Peak"), 12);
    assert_eq!(
        utc("GB 2026-07-15 H09-H20"),
        "2026-07-15T06:00:00Z/2026-07-15T18:00:00Z"
    );
    assert!("GB 2026-07-15 EFA7".parse::<DeliveryProduct>().is_err());
    assert!("DE-LU 2026-07-15 EFA3".parse::<DeliveryProduct>().is_err());
}

/// 261 weekdays in 2026 and 2027 and 260 in 2028 (366 days, 53 Saturdays and Sundays), 12 hours each.
#[test]
fn eex_peak_hours_count_every_weekday() {
    assert_eq!(hours("DE-LU Cal-26 Peak"), 261 * 12);
    assert_eq!(hours("DE-LU Cal-27 Peak"), 261 * 12);
    assert_eq!(hours("DE-LU Cal-28 Peak"), 260 * 12);
    assert_eq!(hours("DE-LU Cal-26 OffPeak"), 8_760 - 3_132);
    // Christmas Day 2026 is a Friday.
    assert_eq!(hours("DE-LU 2026-12-25 Peak"), 12);
    let error = "DE-LU 2026-03-28 Peak"
        .parse::<DeliveryProduct>()
        .unwrap_err();
    assert!(
        matches!(error, DomainError::NoDeliveryHours { .. }),
        "{error}"
    );
}

/// 2026: 261 weekdays, 312 or 313 days but Sundays; Independence Day is a Saturday, the other five
/// NERC holidays are weekdays.
#[test]
fn us_peaks_leave_out_nerc_holidays() {
    assert_eq!(hours("PJM-WEST Cal-26 Peak"), (261 - 5) * 16);
    assert_eq!(hours("HB_NORTH Cal-26 Peak"), (261 - 5) * 16);
    assert_eq!(hours("MID-C Cal-26 Peak"), (261 + 52 - 6) * 16);
    assert_eq!(
        utc("PJM-WEST 2026-07-15 Peak"),
        "2026-07-15T04:00:00Z/2026-07-16T04:00:00Z"
    );
    let peak = product("PJM-WEST 2026-07-15 Peak").load_periods().unwrap();
    assert_eq!(
        peak[0].to_string(),
        "2026-07-15T11:00:00Z/2026-07-16T03:00:00Z"
    );
    assert!(
        "PJM-WEST 2026-12-25 Peak"
            .parse::<DeliveryProduct>()
            .is_err()
    );
    assert!("MID-C 2026-07-04 Peak".parse::<DeliveryProduct>().is_err());
    assert_eq!(hours("MID-C 2026-07-11 Peak"), 16);
}

/// ASX notices 0232.19.03 and 0812.18.07 give hours of peak quarters; the day of mourning of 2022 was
/// proclaimed later, and so was the date of the football final of 2021.
#[test]
fn a_victorian_peak_has_fifteen_hours_on_workdays() {
    let hours = |name: &str| {
        let product: DeliveryProduct = name.parse().unwrap();
        product.delivery_seconds() / 3_600
    };
    assert_eq!(hours("VIC1 Q4-21 Peak"), 945);
    assert_eq!(hours("VIC1 Q3-22 Peak"), 975 - 15);
    assert_eq!(hours("VIC1 Dec-26 Peak"), 21 * 15);
    let cup: Result<DeliveryProduct, _> = "VIC1 2026-11-03 Peak".parse();
    assert!(matches!(cup, Err(DomainError::NoDeliveryHours { .. })));
    assert!(matches!(
        "VIC1 Q1-27 Peak".parse::<DeliveryProduct>(),
        Err(DomainError::NoPeakRule { .. })
    ));
}

#[test]
fn the_first_year_that_a_name_can_say_has_its_peak() {
    for name in ["GB Cal-00 Peak", "GB Jan-00 OffPeak", "DE-LU Jan-00 Peak"] {
        assert!(name.parse::<DeliveryProduct>().is_ok(), "{name}");
    }
}
