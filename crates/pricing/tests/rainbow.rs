//! The lesser and the greater of two prices: what both together must be, published values.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{Column, Model, Options, PricingError, Rainbow, Values, value};

fn black(sign: f64, forward: f64, strike: f64, deviation: f64) -> f64 {
    let mut row = [[0.0]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut row;
    let [sign, forward, strike, time, volatility, rate] =
        [sign, forward, strike, 1.0, deviation, 0.0].map(Column::One);
    let options = Options {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    };
    value(
        Model::Black,
        &options,
        &mut Values {
            price,
            delta,
            gamma,
            vega,
            theta,
            rho,
        },
    )
    .unwrap();
    row[0][0]
}

/// E. Haug's table as `QuantLib` tests it (`basketoption.cpp`), three digits.
#[test]
fn published_values_come_out() {
    let discount = (-0.05f64).exp();
    for (is_on_greater, forwards, deviations, correlation, expected) in [
        (false, [100.0, 100.0], [0.5, 0.1], 0.0, 2.597),
        (false, [100.0, 100.0], [0.5, 0.7], 0.0, 4.981),
        (false, [100.0, 100.0], [0.3, 0.3], 0.7, 8.483),
        (true, [120.0, 120.0], [0.3, 0.3], 0.3, 42.889),
        (true, [80.0, 120.0], [0.3, 0.3], 0.3, 30.141),
    ] {
        let forwards = forwards.map(|spot: f64| spot / discount);
        let option = Rainbow {
            sign: 1.0,
            is_on_greater,
            forwards,
            deviations,
            correlation,
            strike: 100.0,
            discount,
        };
        let ours = option.value().unwrap();
        assert!((ours - expected).abs() < 1e-3, "{option:?}: {ours}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]

    /// One of the two is the lesser, the other the greater: both options are both Europeans.
    #[test]
    fn both_together_are_two_european_options(
        sign in prop_oneof![Just(1.0), Just(-1.0)],
        forwards in prop::array::uniform2(10.0..300.0f64),
        deviations in prop::array::uniform2(0.01..1.5f64),
        correlation in prop_oneof![-1.0..=1.0f64, Just(1.0), Just(-1.0)],
        strike in 10.0..300.0f64,
    ) {
        let on = |is_on_greater| {
            Rainbow { sign, is_on_greater, forwards, deviations, correlation, strike, discount: 1.0 }.value().unwrap()
        };
        let (lesser, greater) = (on(false), on(true));
        let europeans = black(sign, forwards[0], strike, deviations[0]) + black(sign, forwards[1], strike, deviations[1]);
        prop_assert!((lesser + greater - europeans).abs() < 1e-9, "{lesser} {greater} {europeans}");
        prop_assert!(sign * (greater - lesser) > -1e-9);
    }
}

#[test]
fn what_is_certain_or_impossible_is_refused() {
    let option = Rainbow {
        sign: 1.0,
        is_on_greater: true,
        forwards: [100.0, 90.0],
        deviations: [0.2, 0.0],
        correlation: 0.5,
        strike: 95.0,
        discount: 1.0,
    };
    assert!(matches!(
        option.value(),
        Err(PricingError::OutOfRange {
            row: 1,
            field: "deviations",
            ..
        })
    ));
    let option = Rainbow {
        deviations: [0.2, 0.3],
        correlation: 1.1,
        ..option
    };
    assert!(matches!(
        option.value(),
        Err(PricingError::OutOfRange {
            field: "correlation",
            ..
        })
    ));
}
