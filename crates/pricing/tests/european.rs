//! European options: parity, Greeks against differences, volatilities recovered, refusals.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_pricing::{
    Column, Model, Options, PricingError, Quotes, Values, implied_volatility, value,
};

/// Price, delta, gamma, vega, theta and rho of `[sign, forward, strike, time, volatility, rate]`.
fn values(model: Model, option: [f64; 6]) -> Result<[f64; 6], PricingError> {
    let [sign, forward, strike, time, volatility, rate] = option.map(Column::One);
    let mut row = [[f64::NAN]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut row;
    let options = Options {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    };
    value(
        model,
        &options,
        &mut Values {
            price,
            delta,
            gamma,
            vega,
            theta,
            rho,
        },
    )?;
    Ok(row.map(|[one]| one))
}

fn price(model: Model, option: [f64; 6]) -> f64 {
    values(model, option).unwrap()[0]
}

fn implied(model: Model, quote: [f64; 6]) -> Result<f64, PricingError> {
    let [sign, price, forward, strike, time, rate] = quote.map(Column::One);
    let mut volatility = [f64::NAN];
    implied_volatility(
        model,
        &Quotes {
            sign,
            price,
            forward,
            strike,
            time,
            rate,
        },
        &mut volatility,
    )?;
    Ok(volatility[0])
}

/// A model and an option it can price, of any moneyness that a desk meets.
fn options() -> impl Strategy<Value = (Model, [f64; 6])> {
    let sign = prop_oneof![Just(1.0), Just(-1.0)];
    let lognormal = (
        sign.clone(),
        1.0..300.0f64,
        -1.5..1.5f64,
        0.002..5.0f64,
        0.05..2.0f64,
        -0.05..0.15f64,
    )
        .prop_map(|(sign, forward, moneyness, time, volatility, rate)| {
            let strike = forward * (moneyness * volatility * time.sqrt()).exp();
            [sign, forward, strike, time, volatility, rate]
        });
    let normal = (
        sign,
        -100.0..300.0f64,
        -2.5..2.5f64,
        0.002..5.0f64,
        1.0..80.0f64,
        -0.05..0.15f64,
    )
        .prop_map(|(sign, forward, moneyness, time, volatility, rate)| {
            let strike = forward + moneyness * volatility * time.sqrt();
            [sign, forward, strike, time, volatility, rate]
        });
    prop_oneof![
        lognormal.clone().prop_map(|option| (Model::Black, option)),
        lognormal.prop_map(|mut option| {
            option[1] -= 20.0;
            option[2] -= 20.0;
            (Model::Shifted(20.0), option)
        }),
        normal.prop_map(|option| (Model::Bachelier, option)),
    ]
}

/// The slope of the price in one input, by Richardson's extrapolation of central differences.
fn slope(model: Model, option: [f64; 6], input: usize, step: f64) -> f64 {
    let central = |step: f64| {
        let moved = |by: f64| {
            let mut moved = option;
            moved[input] += by;
            price(model, moved)
        };
        (moved(step) - moved(-step)) / (2.0 * step)
    };
    (4.0 * central(step / 2.0) - central(step)) / 3.0
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn a_call_less_its_put_is_the_discounted_forward((model, option) in options()) {
        let [_, forward, strike, time, _, rate] = option;
        let mut other = option;
        other[0] = -option[0];
        let parity = option[0] * (price(model, option) - price(model, other));
        let expected = (-rate * time).exp() * (forward - strike);
        let scale = forward.abs().max(strike.abs()).max(100.0);
        prop_assert!((parity - expected).abs() < 1e-13 * scale, "{parity} {expected}");
    }

    #[test]
    fn greeks_are_slopes_of_the_price((model, option) in options()) {
        let [_, delta, gamma, vega, theta, rho] = values(model, option).unwrap();
        let deviation = option[4] * option[3].sqrt();
        let width = match model {
            Model::Bachelier => deviation,
            Model::Black => option[1] * deviation,
            Model::Shifted(shift) => (option[1] + shift) * deviation,
        };
        let close = |ours: f64, theirs: f64, scale: f64| (ours - theirs).abs() < 1e-6 * scale.max(ours.abs());
        prop_assert!(close(delta, slope(model, option, 1, 1e-2 * width), 1.0));
        prop_assert!(close(vega, slope(model, option, 4, 1e-2 * option[4]), width / option[4]));
        prop_assert!(close(-theta, slope(model, option, 3, 1e-2 * option[3]), width / option[3]));
        prop_assert!(close(rho, slope(model, option, 5, 1e-3), width * option[3]));
        let mut up = option;
        let mut down = option;
        up[1] += 1e-3 * width;
        down[1] -= 1e-3 * width;
        let bend = (values(model, up).unwrap()[1] - values(model, down).unwrap()[1]) / (2e-3 * width);
        prop_assert!((gamma - bend).abs() < 1e-5 / width, "{gamma} {bend}");
    }

    #[test]
    fn the_volatility_of_a_price_gives_the_price((model, option) in options()) {
        let [sign, forward, strike, time, volatility, rate] = option;
        let value = price(model, option);
        let recovered = implied(model, [sign, value, forward, strike, time, rate]).unwrap();
        let again = price(model, [sign, forward, strike, time, recovered, rate]);
        let scale = forward.abs().max(strike.abs()).max(100.0);
        prop_assert!((again - value).abs() < 2e-14 * scale, "{recovered} for {volatility}: {again} for {value}");
    }

    /// Out of the money no digit is lost in the price, so none is in the volatility.
    #[test]
    fn a_volatility_far_from_the_money_is_exact(
        distance in 0.0..12.0f64, deviation in 0.02..6.0f64, normal in any::<bool>(),
    ) {
        let (model, option) = if normal {
            (Model::Bachelier, [1.0, 50.0, 50.0 + distance * 10.0 * deviation, 1.0, 10.0 * deviation, 0.0])
        } else {
            (Model::Black, [1.0, 50.0, 50.0 * (distance.min(90.0 / deviation.max(9.0)) * deviation).exp(), 1.0, deviation, 0.0])
        };
        let [sign, forward, strike, time, volatility, rate] = option;
        let premium = price(model, option);
        prop_assume!(premium > 1e-12 && premium < 0.999 * forward);
        let recovered = implied(model, [sign, premium, forward, strike, time, rate]).unwrap();
        let lost = 2e-14 * forward / values(model, option).unwrap()[3];
        prop_assert!((recovered - volatility).abs() <= lost + 1e-13 * volatility, "{recovered} {volatility}");
    }

    /// Whatever comes in, each value is finite or the row is refused with its place.
    #[test]
    fn any_input_is_priced_or_refused(
        option in prop::array::uniform6(prop_oneof![
            any::<f64>(), Just(0.0), Just(1.0), Just(-1.0), 1e-3..1e3f64, Just(f64::NAN), Just(f64::INFINITY),
        ]),
        sign in prop_oneof![Just(1.0), Just(-1.0)],
        model in prop_oneof![Just(Model::Black), Just(Model::Bachelier), (0.0..1e3f64).prop_map(Model::Shifted)],
    ) {
        let mut option = option;
        option[0] = sign;
        match values(model, option) {
            Ok(values) => prop_assert!(values.iter().all(|value| value.is_finite()), "{option:?}: {values:?}"),
            Err(PricingError::OutOfRange { row, .. }) => prop_assert_eq!(row, 0),
            Err(error) => prop_assert!(false, "{}", error),
        }
        if let Ok(volatility) = implied(model, option) {
            prop_assert!(volatility.is_finite() && volatility >= 0.0, "{option:?}: {volatility}");
        }
    }
}

/// Rows that stay in the caches and rows that are written past them; columns of results begin at
/// any place of a line.
#[test]
fn rows_do_not_depend_on_the_batch_they_stand_in() {
    for (rows, places) in [
        (1_000, [0; 6]),
        (66_000, [0; 6]),
        (66_001, [3; 6]),
        (66_007, [0, 1, 2, 3, 4, 5]),
    ] {
        let forward: Vec<f64> = (0..rows)
            .map(|row| 20.0 + f64::from(row % 991) * 0.31)
            .collect();
        let strike: Vec<f64> = (0..rows)
            .map(|row| 25.0 + f64::from(row % 37) * 3.7)
            .collect();
        let sign: Vec<f64> = (0..rows)
            .map(|row| if row % 3 == 0 { -1.0 } else { 1.0 })
            .collect();
        let mut columns = vec![vec![f64::NAN; forward.len() + 5]; 6];
        let [price, delta, gamma, vega, theta, rho] = &mut columns[..] else {
            unreachable!()
        };
        let at = |column, place: usize| -> &mut [f64] {
            let column: &mut Vec<f64> = column;
            &mut column[place..place + forward.len()]
        };
        let options = Options {
            sign: Column::Many(&sign),
            forward: Column::Many(&forward),
            strike: Column::Many(&strike),
            time: Column::One(0.4),
            volatility: Column::One(0.6),
            rate: Column::One(0.03),
        };
        let mut into = Values {
            price: at(price, places[0]),
            delta: at(delta, places[1]),
            gamma: at(gamma, places[2]),
            vega: at(vega, places[3]),
            theta: at(theta, places[4]),
            rho: at(rho, places[5]),
        };
        value(Model::Black, &options, &mut into).unwrap();
        let last = forward.len() - 1;
        for row in (0..forward.len())
            .step_by(1 + rows as usize / 1_000)
            .chain([last])
        {
            let alone = values(
                Model::Black,
                [sign[row], forward[row], strike[row], 0.4, 0.6, 0.03],
            )
            .unwrap();
            let batch: Vec<f64> = columns
                .iter()
                .zip(places)
                .map(|(column, place)| column[place + row])
                .collect();
            assert_eq!(batch, alone, "row {row} of {rows}");
        }
    }
}

#[test]
fn what_is_certain_has_its_intrinsic_value() {
    for model in [Model::Black, Model::Bachelier] {
        for (time, volatility) in [(0.0, 0.4), (2.0, 0.0)] {
            let [price, delta, gamma, vega, ..] =
                values(model, [1.0, 60.0, 50.0, time, volatility, 0.05]).unwrap();
            let discount = (-0.05 * time).exp();
            assert!((price - 10.0 * discount).abs() < 1e-13 && (delta - discount).abs() < 1e-15);
            assert!(gamma.abs() < f64::MIN_POSITIVE);
            assert!(vega.abs() < 1e-15);
            let [price, delta, ..] =
                values(model, [-1.0, 60.0, 50.0, time, volatility, 0.05]).unwrap();
            assert_eq!((price, delta), (0.0, 0.0));
            let [price, delta, gamma, ..] =
                values(model, [1.0, 50.0, 50.0, time, volatility, 0.0]).unwrap();
            assert!((price, gamma) == (0.0, 0.0) && (delta - 0.5).abs() < 1e-15);
        }
    }
}

#[test]
fn a_refusal_names_row_field_and_remedy() {
    let forward = [10.0, 12.0, -3.0];
    let mut columns = [[0.0; 3]; 6];
    let [price, delta, gamma, vega, theta, rho] = &mut columns;
    let options = Options {
        sign: Column::One(1.0),
        forward: Column::Many(&forward),
        strike: Column::One(10.0),
        time: Column::One(1.0),
        volatility: Column::One(0.5),
        rate: Column::One(0.0),
    };
    let mut into = Values {
        price,
        delta,
        gamma,
        vega,
        theta,
        rho,
    };
    let error = value(Model::Black, &options, &mut into).unwrap_err();
    assert_eq!(
        error.to_string(),
        "row 2: forward is -3: a lognormal price is above zero: choose the Bachelier model or a shift"
    );
    value(Model::Shifted(5.0), &options, &mut into).unwrap();
    let error = value(
        Model::Bachelier,
        &Options {
            strike: Column::Many(&[1.0]),
            ..options
        },
        &mut into,
    )
    .unwrap_err();
    assert_eq!(
        error,
        PricingError::Length {
            field: "strike",
            found: 1,
            expected: 3
        }
    );
    for (quote, field) in [
        ([1.0, 4.9, 15.0, 10.0, 1.0, 0.0], "price"),
        ([1.0, 15.0, 15.0, 10.0, 1.0, 0.0], "price"),
        ([-1.0, 10.0, 15.0, 10.0, 1.0, 0.0], "price"),
        ([1.0, 6.0, 15.0, 10.0, 0.0, 0.0], "time"),
        ([1.0, f64::NAN, 15.0, 10.0, 1.0, 0.0], "price"),
    ] {
        let error = implied(Model::Black, quote).unwrap_err();
        assert!(
            matches!(error, PricingError::OutOfRange { field: named, .. } if named == field),
            "{error}"
        );
    }
}
