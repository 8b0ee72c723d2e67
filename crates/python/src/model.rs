//! Forecast models over `NumPy` tables.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use wattbook_model::{Boost, Lear, Loss, ModelError, Penalty};

pyo3::import_exception!(wattbook.errors, ForecastError);

fn refused(error: ModelError) -> PyErr {
    ForecastError::new_err(error.to_string())
}

/// A penalty by its name; a number is the noise's share of the target's variance.
fn penalty(name: &str) -> PyResult<Penalty> {
    match name {
        "akaike" => Ok(Penalty::Akaike),
        "published" => Ok(Penalty::Published),
        share => share.parse().map(Penalty::Noise).map_err(|_| {
            ForecastError::new_err(format!(
                "penalty is {name:?}: choose akaike or published, or give the noise's share"
            ))
        }),
    }
}

/// Forecasts of a day's prices and their penalties, fitted on the rows of `inputs` and `targets`.
#[pyfunction]
pub(crate) fn lear_forecast<'py>(
    py: Python<'py>,
    inputs: PyReadonlyArray2<'py, f64>,
    targets: PyReadonlyArray2<'py, f64>,
    today: PyReadonlyArray1<'py, f64>,
    plain_columns: usize,
    penalty_name: &str,
) -> PyResult<(Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>)> {
    let lear = Lear {
        plain_columns,
        penalty: penalty(penalty_name)?,
    };
    let (columns, prices) = (inputs.shape()[1], targets.shape()[1]);
    let (rows, outputs, row) = (inputs.as_slice()?, targets.as_slice()?, today.as_slice()?);
    let (made, alphas) = py
        .detach(|| {
            let fit = lear.fit(rows, columns, outputs, prices)?;
            Ok((fit.predict(row)?, fit.alphas))
        })
        .map_err(refused)?;
    Ok((made.into_pyarray(py), alphas.into_pyarray(py)))
}

/// Forecasts for the rows of `today` by boosted trees, fitted on the rows of `inputs`; without a
/// `quantile` the squared error is made small.
#[pyfunction]
#[pyo3(signature = (inputs, targets, today, *, quantile, trees, depth, learning_rate, leaf_rows, share, seed))]
#[expect(clippy::too_many_arguments, reason = "a setting each")]
pub(crate) fn boost_forecast<'py>(
    py: Python<'py>,
    inputs: PyReadonlyArray2<'py, f64>,
    targets: PyReadonlyArray1<'py, f64>,
    today: PyReadonlyArray2<'py, f64>,
    quantile: Option<f64>,
    trees: usize,
    depth: u32,
    learning_rate: f64,
    leaf_rows: usize,
    share: f64,
    seed: u64,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let boost = Boost {
        loss: quantile.map_or(Loss::Squared, Loss::Quantile),
        trees,
        depth,
        learning_rate,
        leaf_rows,
        share,
        seed,
    };
    let columns = inputs.shape()[1];
    if today.shape()[1] != columns {
        return Err(ForecastError::new_err(format!(
            "{} columns are asked where the model has {columns}: give the same inputs",
            today.shape()[1]
        )));
    }
    let (rows, outputs, asked) = (inputs.as_slice()?, targets.as_slice()?, today.as_slice()?);
    let made = py
        .detach(|| boost.fit(rows, columns, outputs)?.predict(asked))
        .map_err(refused)?;
    Ok(made.into_pyarray(py))
}
