//! What a book may lose, over `NumPy` columns.

use std::sync::{Mutex, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use wattbook_risk::{HeldPnl, RiskError, Shocks, Tail, scenario_pnl};

pyo3::import_exception!(wattbook.errors, InputError);

pub(crate) fn refused(error: RiskError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// Shocks of positions by scenario, in 4 or 8 bytes.
#[derive(FromPyObject)]
pub(crate) enum ShockMatrix<'py> {
    Single(PyReadonlyArray2<'py, f32>),
    Double(PyReadonlyArray2<'py, f64>),
}

/// Profit or loss in each scenario: quantities times shocks (positions, scenarios).
#[pyfunction]
pub(crate) fn shocked_pnl<'py>(
    py: Python<'py>,
    quantities: PyReadonlyArray1<'py, f64>,
    shocks: ShockMatrix<'py>,
) -> PyResult<Bound<'py, PyArray1<f64>>> {
    let quantities = quantities.as_slice()?;
    let (shocks, scenarios) = match &shocks {
        ShockMatrix::Single(values) => (Shocks::Single(values.as_slice()?), values.shape()[1]),
        ShockMatrix::Double(values) => (Shocks::Double(values.as_slice()?), values.shape()[1]),
    };
    let pnl = py.detach(|| {
        let mut pnl = vec![0.0; scenarios];
        scenario_pnl(quantities, shocks, &mut pnl).map(|()| pnl)
    });
    Ok(pnl.map_err(refused)?.into_pyarray(py))
}

/// A book's P&L in all scenarios, moved with each trade.
#[pyclass(frozen, module = "wattbook.risk")]
pub(crate) struct HeldBook(Mutex<HeldPnl>);

impl HeldBook {
    fn with<T>(&self, act: impl FnOnce(&mut HeldPnl) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn pair(tail: Tail) -> (f64, f64) {
    (tail.value_at_risk, tail.expected_shortfall)
}

#[pymethods]
impl HeldBook {
    #[new]
    fn new(
        py: Python<'_>,
        quantities: PyReadonlyArray1<'_, f64>,
        shocks: PyReadonlyArray2<'_, f32>,
        confidence: f64,
    ) -> PyResult<Self> {
        let scenarios = shocks.shape()[1];
        let (quantities, shocks) = (quantities.as_slice()?, shocks.as_slice()?);
        let book =
            py.detach(|| HeldPnl::new(shocks.to_vec(), quantities.to_vec(), scenarios, confidence));
        Ok(Self(Mutex::new(book.map_err(refused)?)))
    }

    fn trade(&self, instrument: usize, quantity: f64) -> PyResult<(f64, f64)> {
        self.with(|book| book.trade(instrument, quantity))
            .map(pair)
            .map_err(refused)
    }

    fn what_if(&self, instrument: usize, quantity: f64) -> PyResult<(f64, f64)> {
        self.with(|book| book.what_if(instrument, quantity))
            .map(pair)
            .map_err(refused)
    }

    fn tail(&self) -> (f64, f64) {
        pair(self.with(HeldPnl::tail))
    }

    fn pnl<'py>(&self, py: Python<'py>) -> Bound<'py, PyArray1<f64>> {
        self.with(|book| book.pnl().to_vec()).into_pyarray(py)
    }
}
