//! Approximations of option values by name over `NumPy` columns; each figure's array after the other.

use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_pricing::{
    AverageMethod, FixingsToCome, SpreadFigures, SpreadMethod, Spreads, approximate_averages,
    approximate_spread_greeks, approximate_spreads,
};

use crate::pricing::{Input, InputError, refused};
use crate::pricing_slopes::{Flat, parts};

/// Prices of `rows` options on the difference of two prices and, if wanted, slopes: by both forwards, by the
/// first twice, by both, by the second twice, by both volatilities, by the correlation, theta and rho.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn spread_approximations<'py>(
    py: Python<'py>,
    rows: usize,
    method: &str,
    with_slopes: bool,
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
    let method = match method {
        "kirk" => SpreadMethod::Kirk,
        "bjerksund_stensland" => SpreadMethod::BjerksundStensland,
        "operator_splitting" => SpreadMethod::OperatorSplitting,
        other => return Err(unknown(other)),
    };
    let found = py.detach(|| {
        if !with_slopes {
            let mut prices = vec![0.0; rows];
            return approximate_spreads(method, &options, &mut prices).map(|()| prices);
        }
        let mut found = vec![0.0; 11 * rows];
        let [
            price,
            first,
            second,
            twice,
            both,
            second_twice,
            vega,
            other_vega,
            correlation,
            theta,
            rho,
        ] = parts(&mut found, rows);
        let mut into = SpreadFigures {
            price,
            delta: [first, second],
            gamma: [twice, both, second_twice],
            vega: [vega, other_vega],
            correlation,
            theta,
            rho,
        };
        approximate_spread_greeks(method, &options, &mut into).map(|()| found)
    });
    Ok(found.map_err(refused)?.into_pyarray(py))
}

/// Price, delta, gamma, vega and the slope by the fixings' times of options on an average, for each strike; zeros
/// for what is not wanted.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a field each")]
pub(crate) fn average_approximations<'py>(
    py: Python<'py>,
    method: &str,
    with_slopes: bool,
    sign: f64,
    weights: PyReadonlyArray1<'py, f64>,
    forwards: PyReadonlyArray1<'py, f64>,
    times: PyReadonlyArray1<'py, f64>,
    volatilities: PyReadonlyArray1<'py, f64>,
    log_made: f64,
    discount: f64,
    strikes: PyReadonlyArray1<'py, f64>,
) -> PyResult<Flat<'py>> {
    let fixings = FixingsToCome {
        sign,
        weights: weights.as_slice()?,
        forwards: forwards.as_slice()?,
        times: times.as_slice()?,
        volatilities: volatilities.as_slice()?,
        log_made,
        discount,
    };
    let method = match method {
        "moments" => AverageMethod::Moments,
        "geometric" => AverageMethod::Geometric,
        other => return Err(unknown(other)),
    };
    let strikes = strikes.as_slice()?;
    let figures = py
        .detach(|| approximate_averages(method, &fixings, strikes, with_slopes))
        .map_err(refused)?;
    let rows = figures.iter();
    let found: Vec<f64> = rows
        .clone()
        .map(|one| one.price)
        .chain(rows.clone().map(|one| one.delta))
        .chain(rows.clone().map(|one| one.gamma))
        .chain(rows.clone().map(|one| one.vega))
        .chain(rows.map(|one| one.ageing))
        .collect();
    Ok(found.into_pyarray(py))
}

fn unknown(method: &str) -> PyErr {
    InputError::new_err(format!("method {method:?} is not known"))
}
