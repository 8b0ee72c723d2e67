//! American options: published values, bounds, symmetry, a binomial tree as the other opinion.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{
    American, AmericanMethod, Americans, Column, Model, Options, PricingError, Values,
    american_values, value,
};

fn american(
    sign: f64,
    spot: f64,
    strike: f64,
    time: f64,
    volatility: f64,
    rate: f64,
    carry_yield: f64,
) -> American {
    American {
        sign,
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
    }
}

fn european(sign: f64, forward: f64, strike: f64, time: f64, volatility: f64, rate: f64) -> f64 {
    let mut row = [[0.0]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut row;
    let [sign, forward, strike, time, volatility, rate] =
        [sign, forward, strike, time, volatility, rate].map(Column::One);
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

/// A binomial tree whose last step is Black's, so that its error is smooth in the steps (M. Broadie
/// and J. Detemple, Review of Financial Studies 9 (1996), 1211-1250).
fn tree(option: American, steps: usize) -> f64 {
    let American {
        sign,
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
    } = option;
    let step = time / steps as f64;
    let up = (volatility * step.sqrt()).exp();
    let chance = (((rate - carry_yield) * step).exp() - 1.0 / up) / (up - 1.0 / up);
    let discount = (-rate * step).exp();
    let price = |ups: usize, of: usize| spot * up.powi(2 * ups as i32 - of as i32);
    let paid = |price: f64| (sign * (price - strike)).max(0.0);
    let mut values: Vec<f64> = (0..steps)
        .map(|ups| {
            let price = price(ups, steps - 1);
            let forward = price * ((rate - carry_yield) * step).exp();
            european(sign, forward, strike, step, volatility, rate).max(paid(price))
        })
        .collect();
    for left in (0..steps - 1).rev() {
        for ups in 0..=left {
            let held = discount * (chance * values[ups + 1] + (1.0 - chance) * values[ups]);
            values[ups] = held.max(paid(price(ups, left)));
        }
    }
    values[0]
}

/// The tree's error falls as its step does: two trees, extrapolated.
fn smooth_tree(option: American) -> f64 {
    2.0 * tree(option, 600) - tree(option, 300)
}

/// The tests of `QuantLib` state these to the digits given (`americanoption.cpp`).
#[test]
fn published_values_come_out() {
    for (option, value) in [
        (
            american(1.0, 100.0, 100.0, 1.0, 0.25, 0.05, 0.0),
            12.335_998_930_368_724,
        ),
        (
            american(-1.0, 100.0, 120.0, 1.0, 1e-7, 0.0, 0.05),
            24.877_057_549_928_608,
        ),
        (
            american(1.0, 100.0, 1e-7, 1.0, 0.25, 0.05, 0.01),
            99.999_999_9,
        ),
        (american(1.0, 100.0, 0.0, 1.0, 0.0, 0.05, 0.025), 100.0),
        (american(-1.0, 100.0, 120.0, 1.0, 0.0, 0.05, 0.01), 20.0),
        (american(1.0, 1e-6, 120.0, 1.0, 0.25, 0.075, 0.05), 0.0),
    ] {
        let ours = option.value().unwrap();
        assert!((ours - value).abs() < 1e-8, "{option:?}: {ours}");
    }
    let tight = american(-1.0, 90.0, 100.0, 0.1, 0.35, 0.1, 0.1)
        .value()
        .unwrap();
    assert!((tight - 10.883_781_310_423_997).abs() < 1e-7, "{tight}");
    // Andersen, Lake and Offengenden (2015): the premium over the European put.
    let premium = 0.367_111_126_781_368_9;
    let [forward, strike] = [100.0 * 0.025f64.exp(), 100.0];
    let european = european(-1.0, forward, strike, 1.0, 0.25, 0.075);
    let ours = american(-1.0, 100.0, strike, 1.0, 0.25, 0.075, 0.05)
        .value()
        .unwrap()
        - european;
    assert!((ours - premium).abs() < 5e-8, "{ours}");
}

proptest! {
    #[test]
    fn the_table_of_futures_agrees_with_the_solved_boundary(
        sign in prop_oneof![Just(1.0), Just(-1.0)],
        moneyness in 0.6..1.6f64,
        time in 0.02..3.0f64,
        volatility in 0.08..1.0f64,
        rate in 0.005..0.15f64,
    ) {
        let of_yield = |carry_yield| {
            american(sign, 100.0 * moneyness, 100.0, time, volatility, rate, carry_yield).value().unwrap()
        };
        // A yield that is not the rate to the last bit is not in the table.
        let (tabulated, solved) = (of_yield(rate), of_yield(rate * (1.0 + 1e-12)));
        prop_assert!((tabulated - solved).abs() < 1.5e-5, "{tabulated} {solved}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn a_tree_agrees(
        sign in prop_oneof![Just(1.0), Just(-1.0)],
        moneyness in -1.5..1.5f64,
        time in 0.05..2.0f64,
        volatility in 0.1..0.9f64,
        rate in 0.0..0.12f64,
        carry_yield in prop_oneof![Just(None), (0.0..0.12f64).prop_map(Some)],
    ) {
        let strike = 100.0 * (moneyness * volatility * time.sqrt()).exp();
        let option = american(sign, 100.0, strike, time, volatility, rate, carry_yield.unwrap_or(rate));
        let (ours, theirs) = (option.value().unwrap(), smooth_tree(option));
        prop_assert!((ours - theirs).abs() < 1e-2, "{ours} {theirs}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    #[test]
    fn it_is_worth_no_less_than_exercise_and_symmetric(
        sign in prop_oneof![Just(1.0), Just(-1.0)],
        spot in 1.0..300.0f64,
        strike in 1.0..300.0f64,
        time in 0.0..3.0f64,
        volatility in 0.0..1.5f64,
        rate in -0.02..0.12f64,
        carry_yield in 0.0..0.12f64,
    ) {
        let option = american(sign, spot, strike, time, volatility, rate, carry_yield);
        let Ok(value) = option.value() else {
            prop_assert!(rate < carry_yield);
            return Ok(());
        };
        prop_assert!(value.is_finite() && value >= (sign * (spot - strike)).max(0.0) - 1e-9);
        let mirrored = american(-sign, strike, spot, time, volatility, carry_yield, rate).value().unwrap();
        prop_assert!((value - mirrored).abs() < 1e-9 * (spot + strike), "{value} {mirrored}");
        let longer = american(sign, spot, strike, time + 0.3, volatility, rate, carry_yield).value().unwrap();
        prop_assert!(longer > value - 3e-4, "{value} {longer}");
    }
}

#[test]
fn two_boundaries_are_refused_by_name() {
    let error = american(-1.0, 100.0, 100.0, 1.0, 0.2, -0.01, -0.05)
        .value()
        .unwrap_err();
    assert!(
        matches!(
            error,
            PricingError::OutOfRange {
                field: "carry_yield",
                ..
            }
        ),
        "{error}"
    );
    let error = american(1.0, 100.0, 100.0, 1.0, 0.2, -0.05, -0.01)
        .value()
        .unwrap_err();
    assert!(
        matches!(error, PricingError::OutOfRange { field: "rate", .. }),
        "{error}"
    );
    let error = american(1.0, -1.0, 100.0, 1.0, 0.2, 0.05, 0.01)
        .value()
        .unwrap_err();
    assert!(
        matches!(error, PricingError::OutOfRange { field: "spot", .. }),
        "{error}"
    );
}

#[test]
fn a_binomial_tree_comes_near_the_exact_value() {
    for (sign, spot, volatility, rate, carry_yield) in [
        (-1.0, 90.0, 0.25, 0.1, 0.1),
        (1.0, 110.0, 0.3, 0.05, 0.08),
        (-1.0, 100.0, 0.6, 0.02, 0.0),
        // Its drift needs more steps than the usual thousand, and then more than any tree has.
        (1.0, 100.0, 0.012, 0.3, 0.05),
        (1.0, 100.0, 0.001, 0.3, 0.05),
    ] {
        let value = |method| {
            let mut price = [f64::NAN];
            let options = Americans {
                sign: Column::One(sign),
                spot: Column::One(spot),
                strike: Column::One(100.0),
                time: Column::One(0.75),
                volatility: Column::One(volatility),
                rate: Column::One(rate),
                carry_yield: Column::One(carry_yield),
            };
            american_values(method, &options, &mut price).unwrap();
            price[0]
        };
        let (tree, exact) = (
            value(AmericanMethod::Binomial),
            value(AmericanMethod::Exact),
        );
        assert!(
            (tree - exact).abs() < 3e-3,
            "{sign} {spot}: {tree}, exact {exact}"
        );
    }
}
