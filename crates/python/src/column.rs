//! Whole columns of numbers between `NumPy` and the domain.
//!
//! The pattern for arrays: take `PyReadonlyArray1` and read its slice without a copy, let other
//! threads run while Rust works (`py.detach`), give back a `Vec` as an array without a copy.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_domain::Price;
use wattbook_domain::python::refused;

/// Each value in 1e-6, rounded to the nearest, ties to even: int64.
#[pyfunction]
pub(crate) fn millionths<'py>(
    py: Python<'py>,
    values: PyReadonlyArray1<'py, f64>,
) -> PyResult<Bound<'py, PyArray1<i64>>> {
    let values = values.as_slice()?;
    let millionths = py.detach(|| {
        let prices = values.iter().enumerate().map(|(row, value)| {
            let price = Price::from_f64(*value).map_err(|error| (row, error))?;
            Ok(price.millionths())
        });
        prices.collect::<Result<Vec<i64>, _>>()
    });
    let millionths = millionths.map_err(|(row, error)| refused(format!("row {row}: {error}")))?;
    Ok(millionths.into_pyarray(py))
}
