//! Options on a difference of two prices by their own kernel, against the quadrature of any number.
#![allow(missing_docs, clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{Basket, Column, Spreads, spread_values};

/// Sign, forwards, strike, time, volatilities, correlation.
type Row = (f64, [f64; 2], f64, f64, [f64; 2], f64);

fn row() -> impl Strategy<Value = Row> {
    let sign = prop_oneof![Just(1.0), Just(-1.0)];
    let price = 1.0..200.0_f64;
    let volatility = 0.02..1.2_f64;
    (
        sign,
        [price.clone(), price],
        -60.0..60.0_f64,
        0.01..3.0_f64,
        [volatility.clone(), volatility],
        -0.98..0.98_f64,
    )
}

fn by_kernel(rows: &[Row]) -> Vec<f64> {
    let column = |of: fn(&Row) -> f64| rows.iter().map(of).collect::<Vec<f64>>();
    let columns: [Vec<f64>; 8] = [
        column(|row| row.0),
        column(|row| row.1[0]),
        column(|row| row.1[1]),
        column(|row| row.2),
        column(|row| row.3),
        column(|row| row.4[0]),
        column(|row| row.4[1]),
        column(|row| row.5),
    ];
    let many = |place: usize| Column::Many(&columns[place]);
    let options = Spreads {
        sign: many(0),
        forwards: [many(1), many(2)],
        strike: many(3),
        time: many(4),
        volatilities: [many(5), many(6)],
        correlation: many(7),
        rate: Column::One(0.03),
    };
    let mut prices = vec![0.0; rows.len()];
    spread_values(&options, &mut prices).unwrap();
    prices
}

fn by_basket((sign, forwards, strike, time, volatilities, correlation): Row) -> f64 {
    Basket {
        sign,
        weights: &[1.0, -1.0],
        forwards: &forwards,
        deviations: &volatilities.map(|volatility| volatility * time.sqrt()),
        correlations: &[1.0, correlation, correlation, 1.0],
        strike,
        discount: (-0.03 * time).exp(),
    }
    .value()
    .unwrap()
}

proptest! {
    #[test]
    fn the_kernel_is_the_quadrature_of_any_number(rows in proptest::collection::vec(row(), 1..80)) {
        for (kernel, row) in by_kernel(&rows).into_iter().zip(rows) {
            let basket = by_basket(row);
            let size = row.1[0] + row.1[1];
            prop_assert!((kernel - basket).abs() <= 1e-9 * size, "{kernel} {basket} {row:?}");
        }
    }

    #[test]
    fn call_less_put_is_the_forward_of_the_difference(one in row()) {
        let (_, forwards, strike, time, volatilities, correlation) = one;
        let pair = |sign| (sign, forwards, strike, time, volatilities, correlation);
        let prices = by_kernel(&[pair(1.0), pair(-1.0)]);
        let gain = (-0.03 * time).exp() * (forwards[0] - forwards[1] - strike);
        prop_assert!((prices[0] - prices[1] - gain).abs() <= 1e-9 * (forwards[0] + forwards[1]));
    }
}

#[test]
fn a_leg_without_volatility_and_perfect_correlation_are_ordinary() {
    // Both move as one: the difference is one lognormal price of the strike 0.
    let prices = by_kernel(&[
        (1.0, [60.0, 50.0], 5.0, 1.0, [0.0, 0.3], 0.5),
        (1.0, [60.0, 50.0], 5.0, 0.0, [0.4, 0.3], 0.5),
        (-1.0, [60.0, 50.0], 15.0, 1.0, [0.4, 0.0], 0.5),
    ]);
    assert!((prices[1] - 5.0).abs() < 1e-12, "{prices:?}");
    assert!(prices.iter().all(|price| price.is_finite() && *price > 0.0));
}
