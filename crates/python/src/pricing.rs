//! Option values and implied volatilities over `NumPy` columns.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadwriteArray1};
use pyo3::prelude::*;
use wattbook_pricing::{
    AmericanMethod, Americans, Average, Basket, Column, Holding, Model, Move, Moves, Options,
    PricingError, Quotes, Rainbow, Spreads, Values, american_values, implied_volatility, revalue,
    spread_values, value,
};

pyo3::import_exception!(wattbook.errors, InputError);

pub(crate) fn refused(error: PricingError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// One value for all rows, or an array of one for each.
#[derive(FromPyObject)]
pub(crate) enum Input<'py> {
    Many(PyReadonlyArray1<'py, f64>),
    One(f64),
}

impl Input<'_> {
    pub(crate) fn column(&self) -> PyResult<Column<'_>> {
        Ok(match self {
            Self::One(value) => Column::One(*value),
            Self::Many(values) => Column::Many(values.as_slice()?),
        })
    }
}

/// A model by its name; `shift` is read for `shifted` alone.
fn model(name: &str, shift: f64) -> PyResult<Model> {
    match name {
        "black" => Ok(Model::Black),
        "bachelier" => Ok(Model::Bachelier),
        "shifted" => Ok(Model::Shifted(shift)),
        other => Err(InputError::new_err(format!(
            "model is {other:?}: choose black, shifted or bachelier"
        ))),
    }
}

/// Price, delta, gamma, vega, theta and rho, each an array to write to.
type Greeks<'py> = (
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, f64>,
    PyReadwriteArray1<'py, f64>,
);

/// Writes price, delta, gamma, vega, theta and rho of European options into `out`.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn european_values<'py>(
    py: Python<'py>,
    out: Greeks<'py>,
    model_name: &str,
    shift: f64,
    sign: Input<'py>,
    forward: Input<'py>,
    strike: Input<'py>,
    time: Input<'py>,
    volatility: Input<'py>,
    rate: Input<'py>,
) -> PyResult<()> {
    let model = model(model_name, shift)?;
    let options = Options {
        sign: sign.column()?,
        forward: forward.column()?,
        strike: strike.column()?,
        time: time.column()?,
        volatility: volatility.column()?,
        rate: rate.column()?,
    };
    let (mut price, mut delta, mut gamma, mut vega, mut theta, mut rho) = out;
    let mut values = Values {
        price: price.as_slice_mut()?,
        delta: delta.as_slice_mut()?,
        gamma: gamma.as_slice_mut()?,
        vega: vega.as_slice_mut()?,
        theta: theta.as_slice_mut()?,
        rho: rho.as_slice_mut()?,
    };
    py.detach(|| value(model, &options, &mut values))
        .map_err(refused)
}

/// Volatilities that give `rows` European options their prices.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn european_volatilities<'py>(
    py: Python<'py>,
    rows: usize,
    model_name: &str,
    shift: f64,
    sign: Input<'py>,
    price: Input<'py>,
    forward: Input<'py>,
    strike: Input<'py>,
    time: Input<'py>,
    rate: Input<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let model = model(model_name, shift)?;
    let quotes = Quotes {
        sign: sign.column()?,
        price: price.column()?,
        forward: forward.column()?,
        strike: strike.column()?,
        time: time.column()?,
        rate: rate.column()?,
    };
    let volatility = py.detach(|| {
        let mut volatility = vec![0.0; rows];
        implied_volatility(model, &quotes, &mut volatility).map(|()| volatility)
    });
    Ok(volatility.map_err(refused)?.into_pyarray(py))
}

/// Present value of an option on a weighted sum of prices.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a field each")]
pub(crate) fn basket_value(
    py: Python<'_>,
    sign: f64,
    weights: PyReadonlyArray1<'_, f64>,
    forwards: PyReadonlyArray1<'_, f64>,
    deviations: PyReadonlyArray1<'_, f64>,
    correlations: PyReadonlyArray1<'_, f64>,
    strike: f64,
    discount: f64,
) -> PyResult<f64> {
    let basket = Basket {
        sign,
        weights: weights.as_slice()?,
        forwards: forwards.as_slice()?,
        deviations: deviations.as_slice()?,
        correlations: correlations.as_slice()?,
        strike,
        discount,
    };
    py.detach(|| basket.value()).map_err(refused)
}

/// Present values of `rows` options on the difference of two prices.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn spread_prices<'py>(
    py: Python<'py>,
    rows: usize,
    sign: Input<'py>,
    forwards: (Input<'py>, Input<'py>),
    strike: Input<'py>,
    time: Input<'py>,
    volatilities: (Input<'py>, Input<'py>),
    correlation: Input<'py>,
    rate: Input<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let options = Spreads {
        sign: sign.column()?,
        forwards: [forwards.0.column()?, forwards.1.column()?],
        strike: strike.column()?,
        time: time.column()?,
        volatilities: [volatilities.0.column()?, volatilities.1.column()?],
        correlation: correlation.column()?,
        rate: rate.column()?,
    };
    let prices = py.detach(|| {
        let mut prices = vec![0.0; rows];
        spread_values(&options, &mut prices).map(|()| prices)
    });
    Ok(prices.map_err(refused)?.into_pyarray(py))
}

/// Present value of an option on the lesser or the greater of two prices.
#[pyfunction]
pub(crate) fn rainbow_value(
    sign: f64,
    is_on_greater: bool,
    forwards: [f64; 2],
    deviations: [f64; 2],
    correlation: f64,
    strike: f64,
    discount: f64,
) -> PyResult<f64> {
    let option = Rainbow {
        sign,
        is_on_greater,
        forwards,
        deviations,
        correlation,
        strike,
        discount,
    };
    option.value().map_err(refused)
}

pub(crate) fn american_method(name: &str) -> PyResult<AmericanMethod> {
    Ok(match name {
        "exact" => AmericanMethod::Exact,
        "barone_adesi_whaley" => AmericanMethod::BaroneAdesiWhaley,
        "ju_zhong" => AmericanMethod::JuZhong,
        "bjerksund_stensland" => AmericanMethod::BjerksundStensland,
        "qd_plus" => AmericanMethod::QdPlus,
        "binomial" => AmericanMethod::Binomial,
        other => {
            return Err(InputError::new_err(format!(
                "method {other:?} is not known"
            )));
        }
    })
}

/// Present values of `rows` American options.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn american_prices<'py>(
    py: Python<'py>,
    rows: usize,
    method: &str,
    sign: Input<'py>,
    spot: Input<'py>,
    strike: Input<'py>,
    time: Input<'py>,
    volatility: Input<'py>,
    rate: Input<'py>,
    carry_yield: Input<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
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
    let prices = py.detach(|| {
        let mut prices = vec![0.0; rows];
        american_values(method, &options, &mut prices).map(|()| prices)
    });
    Ok(prices.map_err(refused)?.into_pyarray(py))
}

/// Present value, for each strike, of an option on a weighted average of one price.
#[pyfunction]
pub(crate) fn average_values<'py>(
    py: Python<'py>,
    sign: f64,
    weights: PyReadonlyArray1<'py, f64>,
    forwards: PyReadonlyArray1<'py, f64>,
    variances: PyReadonlyArray1<'py, f64>,
    discount: f64,
    strikes: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let option = Average {
        sign,
        weights: weights.as_slice()?,
        forwards: forwards.as_slice()?,
        variances: variances.as_slice()?,
        discount,
    };
    let strikes = strikes.as_slice()?;
    let values = py.detach(|| {
        let mut values = vec![0.0; strikes.len()];
        option.values(strikes, &mut values).map(|()| values)
    });
    Ok(values.map_err(refused)?.into_pyarray(py))
}

/// Profit or loss of holdings, revalued in full in each scenario.
#[pyfunction]
#[expect(clippy::too_many_arguments, reason = "a column each")]
pub(crate) fn revalued_pnl<'py>(
    py: Python<'py>,
    forwards: PyReadonlyArray1<'py, f64>,
    are_absolute: Vec<bool>,
    moves: PyReadonlyArray1<'py, f64>,
    scenarios: usize,
    factor: Vec<usize>,
    are_normal: Vec<bool>,
    shift: PyReadonlyArray1<'py, f64>,
    quantity: PyReadonlyArray1<'py, f64>,
    sign: PyReadonlyArray1<'py, f64>,
    strike: PyReadonlyArray1<'py, f64>,
    time: PyReadonlyArray1<'py, f64>,
    volatility: PyReadonlyArray1<'py, f64>,
    rate: PyReadonlyArray1<'py, f64>,
    threads: usize,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let columns = [
        quantity.as_slice()?,
        sign.as_slice()?,
        strike.as_slice()?,
        time.as_slice()?,
        volatility.as_slice()?,
        rate.as_slice()?,
        shift.as_slice()?,
    ];
    let rows = factor.len();
    if are_normal.len() != rows || columns.iter().any(|column| column.len() != rows) {
        return Err(InputError::new_err(format!(
            "columns of holdings differ: give {rows} rows of each"
        )));
    }
    let [quantity, sign, strike, time, volatility, rate, shift] = columns;
    let holdings: Vec<Holding> = (0..rows)
        .map(|row| Holding {
            factor: factor[row],
            quantity: quantity[row],
            sign: sign[row],
            model: if are_normal[row] {
                Model::Bachelier
            } else {
                Model::Shifted(shift[row])
            },
            strike: strike[row],
            time: time[row],
            volatility: volatility[row],
            rate: rate[row],
        })
        .collect();
    let kinds: Vec<Move> = are_absolute
        .into_iter()
        .map(|is_absolute| {
            if is_absolute {
                Move::Absolute
            } else {
                Move::Relative
            }
        })
        .collect();
    let moves = Moves {
        forwards: forwards.as_slice()?,
        kinds: &kinds,
        values: moves.as_slice()?,
        scenarios,
    };
    let pnl = py.detach(|| {
        let mut pnl = vec![0.0; scenarios];
        revalue(&holdings, &moves, threads, &mut pnl).map(|()| pnl)
    });
    Ok(pnl.map_err(refused)?.into_pyarray(py))
}
