//! Full revaluation against pricing one by one.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use wattbook_pricing::{
    Column, Holding, Model, Move, Moves, Options, PricingError, Values, revalue, value,
};

fn price(holding: &Holding, forward: f64) -> f64 {
    if holding.sign == 0.0 {
        return forward;
    }
    let options = Options {
        sign: Column::One(holding.sign),
        forward: Column::One(forward),
        strike: Column::One(holding.strike),
        time: Column::One(holding.time),
        volatility: Column::One(holding.volatility),
        rate: Column::One(holding.rate),
    };
    let mut price = [0.0];
    let mut rest = [[0.0]; 5];
    let [delta, gamma, vega, theta, rho] = &mut rest;
    let mut values = Values {
        price: &mut price,
        delta,
        gamma,
        vega,
        theta,
        rho,
    };
    value(holding.model, &options, &mut values).unwrap();
    price[0]
}

fn holding() -> impl Strategy<Value = Holding> {
    (
        0_usize..2,
        -50.0_f64..50.0,
        prop::sample::select(vec![-1.0, 0.0, 1.0]),
        any::<bool>(),
        20.0_f64..120.0,
        0.0_f64..2.0,
        0.01_f64..0.9,
    )
        .prop_map(
            |(factor, quantity, sign, normal, strike, time, volatility)| Holding {
                factor,
                quantity,
                sign,
                model: if normal {
                    Model::Bachelier
                } else {
                    Model::Black
                },
                strike,
                time,
                volatility: if normal {
                    40.0 * volatility
                } else {
                    volatility
                },
                rate: 0.03,
            },
        )
}

proptest! {
    #[test]
    fn each_scenario_is_the_price_there_less_the_price_now(
        holdings in prop::collection::vec(holding(), 1..20),
        moves in prop::collection::vec(-0.4_f64..0.4, 2 * 150),
        threads in 1_usize..7,
    ) {
        let values: Vec<f64> = moves
            .iter()
            .enumerate()
            .map(|(place, &value)| if place < 150 { value } else { 30.0 * value })
            .collect();
        let given = Moves {
            forwards: &[60.0, 45.0],
            kinds: &[Move::Relative, Move::Absolute],
            values: &values,
            scenarios: 150,
        };
        let mut pnl = vec![0.0; 150];
        revalue(&holdings, &given, threads, &mut pnl).unwrap();
        let mut alone = vec![0.0; 150];
        revalue(&holdings, &given, 1, &mut alone).unwrap();
        for scenario in 0..150 {
            prop_assert_eq!(pnl[scenario].to_bits(), alone[scenario].to_bits());
            let forwards = [60.0 * values[scenario].exp(), 45.0 + values[150 + scenario]];
            let expected: f64 = holdings
                .iter()
                .map(|holding| {
                    let now = price(holding, given.forwards[holding.factor]);
                    holding.quantity * (price(holding, forwards[holding.factor]) - now)
                })
                .sum();
            prop_assert!((pnl[scenario] - expected).abs() < 1e-8, "{} {}", pnl[scenario], expected);
        }
    }
}

#[test]
fn a_scenario_below_zero_names_the_lognormal_holding() {
    let option = Holding {
        factor: 0,
        quantity: 1.0,
        sign: 1.0,
        model: Model::Black,
        strike: 20.0,
        time: 0.1,
        volatility: 0.4,
        rate: 0.0,
    };
    let future = Holding {
        sign: 0.0,
        ..option
    };
    let moves = Moves {
        forwards: &[18.0],
        kinds: &[Move::Absolute],
        values: &[1.0, -55.63],
        scenarios: 2,
    };
    let mut pnl = [0.0; 2];
    assert_eq!(revalue(&[future], &moves, 1, &mut pnl), Ok(()));
    assert!((pnl[1] + 55.63).abs() < 1e-12);
    let refused = revalue(&[future, option], &moves, 1, &mut pnl);
    assert!(matches!(
        refused,
        Err(PricingError::OutOfRange {
            row: 1,
            field: "forward",
            ..
        })
    ));
    let normal = Holding {
        model: Model::Bachelier,
        volatility: 12.0,
        ..option
    };
    assert_eq!(revalue(&[normal], &moves, 1, &mut pnl), Ok(()));
}
