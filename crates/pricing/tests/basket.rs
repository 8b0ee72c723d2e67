//! Sums of lognormal prices: closed forms, published values, what must not matter.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{
    Basket, Column, Model, Options, PricingError, Spreads, Values, spread_values, value,
};

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

/// The same by the kernel of two prices.
fn difference(
    sign: f64,
    forwards: [f64; 2],
    deviations: [f64; 2],
    correlation: f64,
    strike: f64,
) -> f64 {
    let mut prices = [0.0];
    let options = Spreads {
        sign: Column::One(sign),
        forwards: forwards.map(Column::One),
        strike: Column::One(strike),
        time: Column::One(1.0),
        volatilities: deviations.map(Column::One),
        correlation: Column::One(correlation),
        rate: Column::One(0.0),
    };
    spread_values(&options, &mut prices).unwrap();
    prices[0]
}

/// Standard normal distribution, by the option on a price that is hardly above its strike.
fn below(z: f64) -> f64 {
    let strike = (0.5 - z.clamp(-37.0, 37.0)).exp();
    let mut row = [[0.0]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut row;
    let [sign, forward, strike, time, volatility, rate] =
        [1.0, 1.0, strike, 1.0, 1.0, 0.0].map(Column::One);
    // The delta at a deviation of 1 is the distribution at ln(F/K) + 1/2.
    let options = Options {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    };
    let mut values = Values {
        price,
        delta,
        gamma,
        vega,
        theta,
        rho,
    };
    value(Model::Black, &options, &mut values).unwrap();
    row[1][0]
}

/// The definition: given the second price the first one's option is Black's, summed over 4,000
/// points of the second price's shock (N. Pearson, Journal of Derivatives 3, 1995).
fn by_definition(forwards: [f64; 2], deviations: [f64; 2], correlation: f64, strike: f64) -> f64 {
    let [one, other] = deviations;
    let (shared, own) = (
        correlation * one,
        one * (1.0 - correlation * correlation).sqrt(),
    );
    let low = shared.min(0.0) - 9.0;
    let high = other.max(shared).max(0.0) + 9.0;
    let points = 4_000;
    let step = (high - low) / f64::from(points);
    let mut sum = 0.0;
    for point in 0..=points {
        let z = low + step * f64::from(point);
        let first = forwards[0] * (shared * z - 0.5 * shared * shared).exp();
        let due = strike + forwards[1] * (other * z - 0.5 * other * other).exp();
        let upper = (first / due).ln() / own + 0.5 * own;
        let value = first * below(upper) - due * below(upper - own);
        sum += value * (-0.5 * z * z).exp();
    }
    sum * step / (2.0 * std::f64::consts::PI).sqrt()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_kernel_of_differences_has_margrabes_value(
        one in 10.0..200.0f64, other in 10.0..200.0f64,
        first in 0.02..2.0f64, second in 0.02..2.0f64, correlation in -0.999..0.999f64,
        sign in prop_oneof![Just(1.0), Just(-1.0)],
    ) {
        let ours = difference(sign, [one, other], [first, second], correlation, 0.0);
        let deviation = (first * first + second * second - 2.0 * correlation * first * second).sqrt();
        let theirs = black(sign, one, other, deviation, 1.0);
        prop_assert!((ours - theirs).abs() < 3e-9 * (one + other), "{ours} {theirs}");
    }

    #[test]
    fn the_kernel_of_differences_equals_the_definition(
        one in 20.0..120.0f64, other in 20.0..120.0f64, strike in -60.0..60.0f64,
        first in 0.1..2.0f64, second in 0.1..2.0f64, correlation in -0.95..0.95f64,
    ) {
        let ours = difference(1.0, [one, other], [first, second], correlation, strike);
        // A strike below 0 is that of the other side: where the due price passes 0 few points do not do.
        let theirs = if strike < 0.0 {
            by_definition([other, one], [second, first], correlation, -strike) + one - other - strike
        } else {
            by_definition([one, other], [first, second], correlation, strike)
        };
        prop_assert!((ours - theirs).abs() < 3e-9 * (one + other), "{ours} {theirs}");
        let put = difference(-1.0, [one, other], [first, second], correlation, strike);
        prop_assert!((ours - put - (one - other - strike)).abs() < 1e-12 * (one + other + strike.abs()));
    }

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
