//! Derivatives of option values over `NumPy` columns; each figure's array after the other.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_pricing::{
    Americans, Average, Basket, Rainbow, SpreadSlopes, Spreads, american_greeks, spread_slopes,
};

use crate::pricing::{Input, american_method, refused};

pub(crate) type Flat<'py> = Bound<'py, PyArray1<f64>>;

/// Price, delta, gamma, vega, theta and rho of `rows` American options.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn american_slopes<'py>(
    py: Python<'py>,
    rows: usize,
    method: &str,
    on_future: bool,
    sign: Input<'py>,
    spot: Input<'py>,
    strike: Input<'py>,
    time: Input<'py>,
    volatility: Input<'py>,
    rate: Input<'py>,
    carry_yield: Input<'py>,
) -> PyResult<Flat<'py>> {
    let options = Americans {
        sign: sign.column()?,
        spot: spot.column()?,
        strike: strike.column()?,
        time: time.column()?,
        volatility: volatility.column()?,
        rate: rate.column()?,
        carry_yield: carry_yield.column()?,
    };
    let method = american_method(method)?;
    let found = py.detach(|| {
        let mut found = vec![0.0; 6 * rows];
        let [price, delta, gamma, vega, theta, rho] = parts(&mut found, rows);
        let mut into = [price, delta, gamma, vega, theta, rho];
        american_greeks(method, &options, on_future, &mut into).map(|()| found)
    });
    Ok(found.map_err(refused)?.into_pyarray(py))
}

/// First and second derivatives of `rows` spread options by their forwards: by the first, by the second, by
/// the first twice, by both, by the second twice.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn spread_derivatives<'py>(
    py: Python<'py>,
    rows: usize,
    sign: Input<'py>,
    forwards: (Input<'py>, Input<'py>),
    strike: Input<'py>,
    time: Input<'py>,
    volatilities: (Input<'py>, Input<'py>),
    correlation: Input<'py>,
    rate: Input<'py>,
) -> PyResult<Flat<'py>> {
    let options = Spreads {
        sign: sign.column()?,
        forwards: [forwards.0.column()?, forwards.1.column()?],
        strike: strike.column()?,
        time: time.column()?,
        volatilities: [volatilities.0.column()?, volatilities.1.column()?],
        correlation: correlation.column()?,
        rate: rate.column()?,
    };
    let found = py.detach(|| {
        let mut found = vec![0.0; 5 * rows];
        let [first, second, first_twice, both, second_twice] = parts(&mut found, rows);
        let mut into = SpreadSlopes {
            delta: [first, second],
            gamma: [first_twice, both, second_twice],
        };
        spread_slopes(&options, &mut into).map(|()| found)
    });
    Ok(found.map_err(refused)?.into_pyarray(py))
}

/// Derivatives of an option on the lesser or the greater of two prices by each forward, then by each pair.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a field each")]
pub(crate) fn rainbow_derivatives(
    py: Python<'_>,
    sign: f64,
    is_on_greater: bool,
    forwards: [f64; 2],
    deviations: [f64; 2],
    correlation: f64,
    strike: f64,
    discount: f64,
) -> PyResult<Flat<'_>> {
    let option = Rainbow {
        sign,
        is_on_greater,
        forwards,
        deviations,
        correlation,
        strike,
        discount,
    };
    let mut slopes = option.slopes().map_err(refused)?;
    slopes.delta.append(&mut slopes.gamma);
    Ok(slopes.delta.into_pyarray(py))
}

/// Derivatives of an option on a weighted sum by each forward, then by each pair.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a field each")]
pub(crate) fn basket_derivatives<'py>(
    py: Python<'py>,
    sign: f64,
    weights: PyReadonlyArray1<'py, f64>,
    forwards: PyReadonlyArray1<'py, f64>,
    deviations: PyReadonlyArray1<'py, f64>,
    correlations: PyReadonlyArray1<'py, f64>,
    strike: f64,
    discount: f64,
) -> PyResult<Flat<'py>> {
    let basket = Basket {
        sign,
        weights: weights.as_slice()?,
        forwards: forwards.as_slice()?,
        deviations: deviations.as_slice()?,
        correlations: correlations.as_slice()?,
        strike,
        discount,
    };
    let slopes = py.detach(|| basket.slopes()).map_err(refused)?;
    let mut found = slopes.delta;
    found.extend(slopes.gamma);
    Ok(found.into_pyarray(py))
}

/// Delta, gamma and the slopes by two moves of the variances of options on an average, for each strike.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a field each")]
pub(crate) fn average_derivatives<'py>(
    py: Python<'py>,
    sign: f64,
    weights: PyReadonlyArray1<'py, f64>,
    forwards: PyReadonlyArray1<'py, f64>,
    variances: PyReadonlyArray1<'py, f64>,
    moves: (PyReadonlyArray1<'py, f64>, PyReadonlyArray1<'py, f64>),
    discount: f64,
    strikes: PyReadonlyArray1<'py, f64>,
) -> PyResult<Flat<'py>> {
    let option = Average {
        sign,
        weights: weights.as_slice()?,
        forwards: forwards.as_slice()?,
        variances: variances.as_slice()?,
        discount,
    };
    let (strikes, moves) = (
        strikes.as_slice()?,
        [moves.0.as_slice()?, moves.1.as_slice()?],
    );
    let slopes = py
        .detach(|| option.slopes(strikes, moves))
        .map_err(refused)?;
    let rows = slopes.iter();
    let found: Vec<f64> = rows
        .clone()
        .map(|one| one.delta)
        .chain(rows.clone().map(|one| one.gamma))
        .chain(rows.clone().map(|one| one.vega))
        .chain(rows.map(|one| one.ageing))
        .collect();
    Ok(found.into_pyarray(py))
}

/// `N` arrays of so many rows, one after the other.
pub(crate) fn parts<const N: usize>(whole: &mut [f64], rows: usize) -> [&mut [f64]; N] {
    let mut rest = whole;
    std::array::from_fn(|_| {
        let (part, after) = std::mem::take(&mut rest).split_at_mut(rows);
        rest = after;
        part
    })
}
