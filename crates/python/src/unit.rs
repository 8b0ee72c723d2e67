//! Thermal units.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_assets::{Market, Startup, UnitSpec, UnitState, best_schedule};

pyo3::import_exception!(wattbook.errors, InputError);

/// Value, power in MW and whether on, by period.
type Scheduled<'py> = (f64, Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<bool>>);

/// A thermal unit: what it can do and what that costs.
#[pyclass(frozen, module = "wattbook.assets")]
pub(crate) struct ThermalUnit(UnitSpec);

#[pymethods]
impl ThermalUnit {
    /// A unit; `production` are powers in MW and fuels, `startups` lags, fuels and costs. `state` is periods
    /// on (above zero) or off (below zero) and the power, or none if free.
    #[new]
    #[pyo3(signature = (*, production, startups, ramp, edge, up_min, down_min, must_run, operation_cost,
        state))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        production: Vec<(f64, f64)>,
        startups: Vec<(usize, f64, f64)>,
        ramp: (f64, f64),
        edge: (f64, f64),
        up_min: usize,
        down_min: usize,
        must_run: bool,
        operation_cost: f64,
        state: Option<(i64, f64)>,
    ) -> PyResult<Self> {
        let spec = UnitSpec {
            ramp: ramp.into(),
            edge: edge.into(),
            up_min,
            down_min,
            must_run,
            startups: startups
                .into_iter()
                .map(|(lag, fuel, cost)| Startup { lag, fuel, cost })
                .collect(),
            production: production.into_iter().map(<[f64; 2]>::from).collect(),
            operation_cost,
            state: state.map_or(UnitState::Free, |(age, power)| {
                let periods = age.unsigned_abs() as usize;
                if age > 0 {
                    UnitState::On(periods, power)
                } else {
                    UnitState::Off(periods)
                }
            }),
        };
        let checked = spec.check();
        checked.map_err(|error| InputError::new_err(error.to_string()))?;
        Ok(Self(spec))
    }

    /// The schedule that earns most at `power` prices (money a MW and period), with `fuel` (money a
    /// unit of fuel) and `reserve` (money a MW and period, or empty).
    fn best_schedule<'py>(
        &self,
        py: Python<'py>,
        power: PyReadonlyArray1<'py, f64>,
        fuel: PyReadonlyArray1<'py, f64>,
        reserve: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Scheduled<'py>> {
        let market = Market {
            power: power.as_slice()?,
            fuel: fuel.as_slice()?,
            reserve: reserve.as_slice()?,
        };
        let found = py.detach(|| best_schedule(&self.0, market));
        let found = found.map_err(|error| InputError::new_err(error.to_string()))?;
        Ok((
            found.value,
            found.power.into_pyarray(py),
            found.is_on.into_pyarray(py),
        ))
    }
}
