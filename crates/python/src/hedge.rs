//! Hedges of least conditional value at risk.

use std::sync::{Mutex, MutexGuard, PoisonError};

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use wattbook_strategy::{HedgeError, HedgeProblem};

pyo3::import_exception!(wattbook.errors, InputError);

fn refused(error: HedgeError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// Positions, conditional value at risk, value at risk, objective, bound and pivots.
type Found<'py> = (Bound<'py, PyArray1<f64>>, f64, f64, f64, f64, usize);

/// A hedge that is found anew after each new scenario.
#[pyclass(frozen, module = "wattbook.strategy.hedging")]
pub(crate) struct CvarHedge(Mutex<wattbook_strategy::CvarHedge>);

#[pymethods]
impl CvarHedge {
    /// A problem; see `wattbook.strategy.hedging.CvarHedge`.
    #[new]
    #[pyo3(signature = (*, base, pnl, lower, upper, cost, confidence))]
    fn new(
        base: PyReadonlyArray1<'_, f64>,
        pnl: PyReadonlyArray2<'_, f64>,
        lower: PyReadonlyArray1<'_, f64>,
        upper: PyReadonlyArray1<'_, f64>,
        cost: PyReadonlyArray1<'_, f64>,
        confidence: f64,
    ) -> PyResult<Self> {
        if pnl.shape()[1] != lower.len() {
            let (found, expected) = (pnl.shape()[1], lower.len());
            return Err(refused(HedgeError::Length {
                what: "pnl by instrument",
                found,
                expected,
            }));
        }
        let problem = HedgeProblem {
            base: base.as_slice()?.to_vec(),
            pnl: pnl.as_slice()?.to_vec(),
            lower: lower.as_slice()?.to_vec(),
            upper: upper.as_slice()?.to_vec(),
            cost: cost.as_slice()?.to_vec(),
            confidence,
        };
        wattbook_strategy::CvarHedge::new(problem)
            .map(|hedge| Self(Mutex::new(hedge)))
            .map_err(refused)
    }

    /// Adds a scenario; all then weigh the same again.
    fn add_scenario(&self, base: f64, pnl: PyReadonlyArray1<'_, f64>) -> PyResult<()> {
        self.locked()
            .add_scenario(base, pnl.as_slice()?)
            .map_err(refused)
    }

    /// The best hedge.
    fn solve<'py>(&self, python: Python<'py>) -> PyResult<Found<'py>> {
        let found = python.detach(|| self.locked().solve()).map_err(refused)?;
        Ok((
            found.position.into_pyarray(python),
            found.cvar,
            found.value_at_risk,
            found.objective,
            found.bound,
            found.steps,
        ))
    }
}

impl CvarHedge {
    /// The hedge; a panic of another thread leaves nothing half done that counts.
    fn locked(&self) -> MutexGuard<'_, wattbook_strategy::CvarHedge> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
