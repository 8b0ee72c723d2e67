//! Exposures to counterparties on simulated paths, over `NumPy` arrays.

use numpy::{
    IntoPyArray, PyArray1, PyArray2, PyArrayMethods, PyReadonlyArray1, PyReadonlyArray2,
    PyReadonlyArray3, PyUntypedArrayMethods,
};
use pyo3::prelude::*;
use wattbook_risk::{CollateralTerms, Loadings, Netting, Paths, exposures};

use crate::risk::refused;

/// Threshold of the counterparty, our own, minimum transfer, independent amount, held at the start.
type Terms = (f64, f64, f64, f64, f64);

fn places(values: &PyReadonlyArray1<'_, i64>) -> PyResult<Vec<usize>> {
    // A negative place becomes one that no array has, and is refused by name.
    Ok(values
        .as_slice()?
        .iter()
        .map(|&one| usize::try_from(one).unwrap_or(usize::MAX))
        .collect())
}

/// Exposure by date and path; see `wattbook.risk.credit`.
#[pyfunction]
#[pyo3(signature = (*, base, first, factor, loading, moves, dates, called, terms, is_netted, threads))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn credit_exposures<'py>(
    py: Python<'py>,
    base: PyReadonlyArray2<'py, f64>,
    first: PyReadonlyArray1<'py, i64>,
    factor: PyReadonlyArray1<'py, i64>,
    loading: PyReadonlyArray2<'py, f64>,
    moves: PyReadonlyArray3<'py, f64>,
    dates: PyReadonlyArray1<'py, i64>,
    called: PyReadonlyArray1<'py, i64>,
    terms: Option<Terms>,
    is_netted: bool,
    threads: usize,
) -> PyResult<Bound<'py, PyArray2<f64>>> {
    let (first, factor, dates) = (places(&first)?, places(&factor)?, places(&dates)?);
    let called: Vec<Option<usize>> = called
        .as_slice()?
        .iter()
        .map(|&one| usize::try_from(one).ok())
        .collect();
    let deals = Loadings {
        base: base.as_slice()?,
        first: &first,
        factor: &factor,
        loading: loading.as_slice()?,
    };
    let simulated = Paths {
        moves: moves.as_slice()?,
        times: moves.shape()[1],
        paths: moves.shape()[2],
    };
    let netting = match terms {
        Some((threshold, threshold_own, minimum_transfer, independent, held)) => Netting::Secured {
            terms: CollateralTerms {
                threshold,
                threshold_own,
                minimum_transfer,
                independent,
                held,
            },
            called: &called,
        },
        None if is_netted => Netting::Netted,
        None => Netting::Gross,
    };
    let found = py.detach(|| exposures(&deals, &simulated, &dates, &netting, threads));
    let found: Bound<'py, PyArray1<f64>> = found.map_err(refused)?.into_pyarray(py);
    found.reshape([dates.len(), simulated.paths])
}
