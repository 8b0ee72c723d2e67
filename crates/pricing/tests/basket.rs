//! Sums of lognormal prices: closed forms, published values, what must not matter.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{Basket, Column, Model, Options, PricingError, Values, value};

fn black(sign: f64, forward: f64, strike: f64, deviation: f64, discount: f64) -> f64 {
    let mut row = [[0.0]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut row;
    let [sign, forward, strike, time, volatility, rate] =
        [sign, forward, strike, 1.0, deviation, -discount.ln()].map(Column::One);
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

fn spread(
    sign: f64,
    forwards: [f64; 2],
    deviations: [f64; 2],
    correlation: f64,
    strike: f64,
) -> f64 {
    let correlations = [1.0, correlation, correlation, 1.0];
    let basket = Basket {
        sign,
        weights: &[1.0, -1.0],
        forwards: &forwards,
        deviations: &deviations,
        correlations: &correlations,
        strike,
        discount: 1.0,
    };
    basket.value().unwrap()
}

/// J. Choi (2018), table of spread options: S1 = 200, S2 = 100, volatilities 15 % and 30 %,
/// correlation -0.3, strike 100, one year, no rate.
#[test]
fn a_published_spread_comes_out() {
    let ours = spread(1.0, [200.0, 100.0], [0.15, 0.30], -0.3, 100.0);
    assert!((ours - 19.195_420_136_494_047).abs() < 1e-10, "{ours}");
}

/// N. Krekel, J. de Kock, R. Korn and T. Man (2004): four equal parts of 100, 40 % for five years.
#[test]
fn a_published_basket_comes_out() {
    let mut correlations = [0.5; 16];
    (0..4).for_each(|part| correlations[5 * part] = 1.0);
    let basket = Basket {
        sign: 1.0,
        weights: &[0.25; 4],
        forwards: &[100.0; 4],
        deviations: &[0.4 * 5.0f64.sqrt(); 4],
        correlations: &correlations,
        strike: 110.0,
        discount: 1.0,
    };
    let ours = basket.value().unwrap();
    assert!((ours - 24.660_529_513_093_174).abs() < 1e-7, "{ours}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// W. Margrabe, Journal of Finance 33 (1978): without a strike a spread is an exchange.
    #[test]
    fn an_exchange_has_margrabes_value(
        one in 10.0..200.0f64, other in 10.0..200.0f64,
        first in 0.02..1.0f64, second in 0.02..1.0f64, correlation in -0.98..0.98f64,
        sign in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let ours = spread(sign, [one, other], [first, second], correlation, 0.0);
        let deviation = (first * first + second * second - 2.0 * correlation * first * second).sqrt();
        let theirs = black(sign, one, other, deviation, 1.0);
        prop_assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs}");
    }

    #[test]
    fn one_price_is_blacks_and_a_certain_part_moves_the_strike(
        forward in 10.0..200.0f64, strike in -30.0..200.0f64, deviation in 0.02..1.5f64,
        weight in 0.1..3.0f64, certain in 0.0..40.0f64,
        sign in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let basket = Basket {
            sign, weights: &[weight, -1.0], forwards: &[forward, certain + 1.0], deviations: &[deviation, 0.0],
            correlations: &[1.0, 0.0, 0.0, 1.0], strike, discount: 0.9,
        };
        let moved = (strike + certain + 1.0) / weight;
        let theirs = if moved > 0.0 {
            weight * black(sign, forward, moved, deviation, 0.9)
        } else {
            0.9 * (sign * weight * (forward - moved)).max(0.0)
        };
        let ours = basket.value().unwrap();
        prop_assert!((ours - theirs).abs() < 1e-10, "{ours} {theirs}");
    }

    /// The order of the parts means nothing, nor does splitting one in two that move as one nearly.
    #[test]
    fn the_order_of_the_parts_does_not_matter(
        forwards in prop::array::uniform3(20.0..150.0f64), deviations in prop::array::uniform3(0.05..0.6f64),
        strike in -40.0..60.0f64, shares in prop::array::uniform3(-0.4..0.8f64),
    ) {
        let [ab, ac, bc] = shares;
        let one = Basket {
            sign: 1.0, weights: &[1.0, -0.6, -0.4], forwards: &forwards, deviations: &deviations,
            correlations: &[1.0, ab, ac, ab, 1.0, bc, ac, bc, 1.0], strike, discount: 1.0,
        };
        let [a, b, c] = forwards;
        let [da, db, dc] = deviations;
        let other = Basket {
            sign: 1.0, weights: &[-0.4, 1.0, -0.6], forwards: &[c, a, b], deviations: &[dc, da, db],
            correlations: &[1.0, ac, bc, ac, 1.0, ab, bc, ab, 1.0], strike, discount: 1.0,
        };
        match (one.value(), other.value()) {
            (Ok(one), Ok(other)) => prop_assert!((one - other).abs() < 1e-5, "{one} {other}"),
            (one, other) => prop_assert_eq!(one.is_err(), other.is_err()),
        }
    }
}

#[test]
fn impossible_correlations_are_refused() {
    let basket = Basket {
        sign: 1.0,
        weights: &[1.0, -1.0, 1.0],
        forwards: &[100.0; 3],
        deviations: &[0.2; 3],
        correlations: &[1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0],
        strike: 10.0,
        discount: 1.0,
    };
    assert!(matches!(
        basket.value(),
        Err(PricingError::OutOfRange {
            field: "correlations",
            ..
        })
    ));
    let one_sided = Basket {
        correlations: &[1.0, 0.1, 0.0, 0.2, 1.0, 0.0, 0.0, 0.0, 1.0],
        ..basket.clone()
    };
    assert!(matches!(
        one_sided.value(),
        Err(PricingError::OutOfRange {
            row: 0,
            field: "correlations",
            ..
        })
    ));
    let short = Basket {
        forwards: &[100.0; 2],
        ..basket
    };
    assert!(matches!(
        short.value(),
        Err(PricingError::Length {
            field: "forwards",
            ..
        })
    ));
}
