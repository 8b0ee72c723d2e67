//! Cascades and settlements keep power and value to the last unit.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_curve::{
    CurveError, Leg, SpotAverage, SpotPrice, cascade, cascade_products, deliveries, delivery_kind,
};
use wattbook_domain::delivery::{DeliveryProduct, Season, Span};
use wattbook_domain::instrument::{DeliveryKind, Load, Tenor};
use wattbook_domain::{Money, Price, Volume};

fn product(text: &str) -> DeliveryProduct {
    text.parse()
        .unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn names(products: &[DeliveryProduct]) -> Vec<String> {
    products.iter().map(|leg| leg.span().to_string()).collect()
}

fn legs(products: &[DeliveryProduct], prices: &[i64]) -> Vec<Leg<DeliveryProduct>> {
    let leg = |(product, price): (&DeliveryProduct, &i64)| Leg {
        contract: *product,
        delivery_seconds: product.delivery_seconds(),
        settlement_price: Price::from_millionths(*price),
    };
    products
        .iter()
        .zip(prices.iter().cycle())
        .map(leg)
        .collect()
}

/// EEX, introduction of three-month futures (2005): a year becomes three months and three quarters,
/// a quarter three months. A gas season: three months and a quarter.
#[test]
fn the_exchange_says_what_a_contract_becomes() {
    let becomes = |text: &str| names(&cascade_products("EEX", product(text)).unwrap());
    assert_eq!(
        becomes("DE-LU Cal-27 Base"),
        ["Jan-27", "Feb-27", "Mar-27", "Q2-27", "Q3-27", "Q4-27"]
    );
    assert_eq!(becomes("DE-LU Q2-27 Peak"), ["Apr-27", "May-27", "Jun-27"]);
    assert_eq!(
        becomes("TTF Sum-27"),
        ["Apr-27", "May-27", "Jun-27", "Q3-27"]
    );
    assert_eq!(
        becomes("TTF Win-27"),
        ["Oct-27", "Nov-27", "Dec-27", "Q1-28"]
    );
    assert_eq!(
        names(&cascade_products("ICE", product("TTF Win-27")).unwrap()).len(),
        6
    );
    let refused = cascade_products("EEX", product("DE-LU Jan-27 Base")).unwrap_err();
    assert!(
        matches!(refused, CurveError::NoCascadeRule { .. }),
        "{refused}"
    );
}

#[test]
fn months_settle_on_the_spot_average_and_gas_months_deliver() {
    let kind = |text: &str| delivery_kind("EEX", product(text));
    assert_eq!(kind("DE-LU Cal-27 Base"), DeliveryKind::Cascade);
    assert_eq!(kind("DE-LU Jan-27 Base"), DeliveryKind::SpotAverage);
    assert_eq!(kind("TTF Jan-27"), DeliveryKind::Physical);
}

proptest! {
    #[test]
    fn a_cascade_conserves_power_and_value(
        year in 2000_i16..2099, place in prop::sample::select(vec!["DE-LU", "GB", "TTF", "NBP", "PJM-WEST", "ERCOT", "MID-C"]),
        which in 0_usize..7, load in prop::sample::select(vec![Load::Base, Load::Peak, Load::OffPeak]),
        exchange in prop::sample::select(vec!["EEX", "ICE"]),
        volume in -1_000_000_000_000_i64..1_000_000_000_000, final_price in -500_000_000_i64..4_000_000_000,
        prices in prop::collection::vec(-500_000_000_i64..4_000_000_000, 12),
    ) {
        let span = match which {
            0 => Span::CalendarYear { year },
            1 => Span::Season { year, season: Season::Summer },
            2 => Span::Season { year, season: Season::Winter },
            quarter => Span::Quarter { year, quarter: quarter as i8 - 2 },
        };
        let place = wattbook_domain::delivery::Place::new(place).unwrap();
        let load = if place.calendar.peaks.is_empty() { Load::Base } else { load };
        let old = DeliveryProduct::new(place, span, load).unwrap();
        let parts = cascade_products(exchange, old).unwrap();
        prop_assert!(parts.windows(2).all(|pair| pair[0].period().end() == pair[1].period().start()));
        let (volume, final_price) = (Volume::from_millionths(volume), Price::from_millionths(final_price));
        let legs = legs(&parts, &prices);
        let positions = cascade(volume, old.delivery_seconds(), final_price, &legs).unwrap();

        prop_assert!(positions.iter().all(|leg| leg.volume == volume && leg.price == final_price));
        let value: Money = positions.iter().map(|leg| leg.value).sum();
        prop_assert_eq!(value, Money::of_delivery(final_price, volume, old.delivery_seconds()));
        let pnl: Money = positions.iter().map(|leg| leg.pnl).sum();
        let marked: Money = legs.iter().map(|leg| Money::of_delivery(leg.settlement_price, volume, leg.delivery_seconds)).sum();
        prop_assert_eq!(value + pnl, marked);
    }

    #[test]
    fn a_month_settles_on_what_its_hours_cost(
        year in 2020_i16..2040, month in 1_i8..=12, volume in -1_000_000_000_i64..1_000_000_000, entry in -500_000_000_i64..4_000_000_000,
        peak in any::<bool>(), seed in any::<u32>(),
    ) {
        let load = if peak { Load::Peak } else { Load::Base };
        let place = wattbook_domain::delivery::Place::new("DE-LU").unwrap();
        let future = DeliveryProduct::new(place, Span::Month { year, month }, load).unwrap();
        let whole = DeliveryProduct::new(place, Span::Month { year, month }, Load::Base).unwrap();
        let spot: Vec<SpotPrice> = whole.intervals(Tenor::QuarterHour).unwrap().iter().enumerate()
            .map(|(nth, interval)| SpotPrice {
                period: interval.period,
                price: Price::from_millionths(i64::from(seed.wrapping_mul(nth as u32 + 1)) - 500_000_000),
            }).collect();
        let average = SpotAverage::over(&future.load_periods().unwrap(), &spot).unwrap();
        prop_assert_eq!(average.seconds(), future.delivery_seconds());

        let (volume, entry) = (Volume::from_millionths(volume), Price::from_millionths(entry));
        let delivered: Money = deliveries(future, volume, Tenor::QuarterHour).unwrap().iter().map(|delivery| {
            let price = spot.iter().find(|price| price.period == delivery.interval.period).unwrap().price;
            Money::of_delivery(price, delivery.volume, delivery.interval.period.seconds())
        }).sum();
        let paid = Money::of_delivery(entry, volume, future.delivery_seconds());
        prop_assert_eq!(average.settlement(volume, entry), delivered - paid);

        // The rounded price is at most half a unit off the average.
        let off = Money::of_delivery(average.price(), volume, average.seconds()) - delivered;
        let half_unit = i128::from(volume.abs().millionths()) * i128::from(average.seconds());
        prop_assert!(off.units().abs() * 2 <= half_unit);
    }
}

/// 10 MW of the year 2027 end at 80.00; January opens at 95.00 and the rest where the year closed.
#[test]
fn the_difference_to_the_new_prices_is_the_days_profit() {
    let year = product("DE-LU Cal-27 Base");
    let parts = cascade_products("EEX", year).unwrap();
    let prices = [
        95_000_000, 80_000_000, 80_000_000, 80_000_000, 80_000_000, 80_000_000,
    ];
    let ten: Volume = "10".parse().unwrap();
    let at = "80".parse().unwrap();
    let positions = cascade(ten, year.delivery_seconds(), at, &legs(&parts, &prices)).unwrap();
    let pnl: Vec<String> = positions.iter().map(|leg| leg.pnl.to_string()).collect();
    // 744 hours of January x 10 MW x 15 a MWh.
    assert_eq!(pnl, ["111600.00", "0.00", "0.00", "0.00", "0.00", "0.00"]);
    let value: Money = positions.iter().map(|leg| leg.value).sum();
    assert_eq!(value.to_string(), "7008000.00");
}

#[test]
fn legs_that_do_not_partition_the_contract_are_refused() {
    let year = product("DE-LU Cal-27 Base");
    let mut parts = cascade_products("EEX", year).unwrap();
    parts.pop();
    let refused = cascade(
        Volume::ZERO,
        year.delivery_seconds(),
        Price::ZERO,
        &legs(&parts, &[0]),
    );
    assert!(matches!(refused, Err(CurveError::LegsUnequal { .. })));
}

#[test]
fn a_missing_spot_price_is_named_and_never_made_up() {
    let day = product("DE-LU 2026-03-29 Base");
    let mut spot: Vec<SpotPrice> = day
        .intervals(Tenor::Hour)
        .unwrap()
        .iter()
        .map(|hour| SpotPrice {
            period: hour.period,
            price: Price::ZERO,
        })
        .collect();
    let stretches = day.load_periods().unwrap();
    assert!(SpotAverage::over(&stretches, &spot).is_ok());
    spot.swap(3, 4);
    assert!(matches!(
        SpotAverage::over(&stretches, &spot),
        Err(CurveError::SpotOutOfOrder { .. })
    ));
    spot.swap(3, 4);
    spot.remove(1);
    let refused = SpotAverage::over(&stretches, &spot).unwrap_err();
    assert!(
        refused
            .to_string()
            .contains("from 2026-03-29T00:00:00Z to 2026-03-29T01:00:00Z"),
        "{refused}"
    );
    spot.pop();
    spot.remove(0);
    assert!(SpotAverage::over(&stretches, &spot).is_err());
    assert!(SpotAverage::over(&[], &spot).is_err());
}

/// Four quarter-hours at 1, 2, 2 and 2 average 1.75; EEX publishes two decimals.
#[test]
fn the_average_rounds_half_to_even() {
    let hour = product("DE-LU 2026-01-15 H10");
    let quarters = hour.intervals(Tenor::QuarterHour).unwrap();
    let of = |prices: [i64; 4]| {
        let spot: Vec<SpotPrice> = quarters
            .iter()
            .zip(prices)
            .map(|(quarter, price)| SpotPrice {
                period: quarter.period,
                price: Price::from_millionths(price),
            })
            .collect();
        SpotAverage::over(&[hour.period()], &spot).unwrap()
    };
    assert_eq!(
        of([1_000_000, 2_000_000, 2_000_000, 2_000_000])
            .price()
            .to_string(),
        "1.75"
    );
    assert_eq!(of([20_000, 0, 0, 0]).rounded(10_000).unwrap(), Price::ZERO);
    assert_eq!(
        of([60_000, 0, 0, 0]).rounded(10_000).unwrap().to_string(),
        "0.02"
    );
    assert_eq!(of([-20_000, 0, 0, 0]).rounded(10_000).unwrap(), Price::ZERO);
    assert!(of([0; 4]).rounded(0).is_err());
}
