//! Averages against a second way to value them, and what they must keep.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use wattbook_pricing::{Average, Basket};

fn average(sign: f64, count: usize, volatility: f64, strikes: &[f64]) -> Vec<f64> {
    let weights = vec![1.0 / count as f64; count];
    let forwards = vec![100.0; count];
    let variances: Vec<f64> = (1..=count)
        .map(|day| volatility * volatility * day as f64 / count as f64)
        .collect();
    let option = Average {
        sign,
        weights: &weights,
        forwards: &forwards,
        variances: &variances,
        discount: 0.97,
    };
    let mut values = vec![0.0; strikes.len()];
    option.values(strikes, &mut values).unwrap();
    values
}

#[test]
fn few_fixings_are_worth_what_the_full_quadrature_says() {
    for count in [1, 2, 3, 4] {
        // What three shocks at once do is left out: it grows fast with the volatility.
        for (volatility, tolerance) in [(0.1, 1e-6), (0.4, 2e-5), (0.9, 3e-4)] {
            let strikes = [70.0, 100.0, 140.0];
            let values = average(1.0, count, volatility, &strikes);
            let deviations: Vec<f64> = (1..=count)
                .map(|day| volatility * (day as f64 / count as f64).sqrt())
                .collect();
            let correlations: Vec<f64> = (0..count * count)
                .map(|place| {
                    let (one, other) = (place / count + 1, place % count + 1);
                    (one.min(other) as f64 / one.max(other) as f64).sqrt()
                })
                .collect();
            for (value, strike) in values.iter().zip(strikes) {
                let basket = Basket {
                    sign: 1.0,
                    weights: &vec![1.0 / count as f64; count],
                    forwards: &vec![100.0; count],
                    deviations: &deviations,
                    correlations: &correlations,
                    strike,
                    discount: 0.97,
                };
                let exact = basket.value().unwrap();
                assert!(
                    (value - exact).abs() < tolerance,
                    "{count} {volatility} {strike}: {value} {exact}"
                );
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn call_less_put_is_the_forward_less_the_strike(
        count in 1_usize..12, volatility in 0.02_f64..1.2, strike in 20.0_f64..300.0,
    ) {
        let call = average(1.0, count, volatility, &[strike])[0];
        let put = average(-1.0, count, volatility, &[strike])[0];
        prop_assert!(call >= 0.0 && put >= 0.0);
        prop_assert!((call - put - 0.97 * (100.0 - strike)).abs() < 1e-9);
    }

    #[test]
    fn a_call_falls_with_its_strike(count in 2_usize..8, volatility in 0.05_f64..1.0) {
        let strikes: Vec<f64> = (0..8).map(|step| 25.0 * f64::from(step) - 20.0).collect();
        let values = average(1.0, count, volatility, &strikes);
        for pair in values.windows(2) {
            prop_assert!(pair[0] >= pair[1] - 1e-9);
        }
    }
}

/// Value of a call on the continuous average over a year of a spot price without yield.
fn continuous(spot: f64, strike: f64, rate: f64, volatility: f64) -> f64 {
    let fixings = |count: usize| {
        let weight = |day| if day == count { 0.5 } else { 1.0 } / count as f64;
        let time = |day: usize| day as f64 / count as f64;
        let weights: Vec<f64> = (1..=count).map(weight).collect();
        let forwards: Vec<f64> = (1..=count)
            .map(|day| spot * (rate * time(day)).exp())
            .collect();
        let variances: Vec<f64> = (1..=count)
            .map(|day| volatility * volatility * time(day))
            .collect();
        let option = Average {
            sign: 1.0,
            weights: &weights,
            forwards: &forwards,
            variances: &variances,
            discount: (-rate).exp(),
        };
        let mut value = [0.0];
        let left = strike - 0.5 * spot / count as f64;
        option.values(&[left], &mut value).unwrap();
        value[0]
    };
    (4.0 * fixings(96) - fixings(48)) / 3.0
}

/// J. Vecer, "Unified pricing of Asian options", Risk 15 (2002).
#[test]
fn many_fixings_are_a_continuous_average() {
    for (spot, value) in [(1.9, 0.193_174), (2.0, 0.246_416)] {
        let ours = continuous(spot, 2.0, 0.05, 0.5);
        assert!((ours - value).abs() < 3e-6, "{spot}: {ours} {value}");
    }
}
