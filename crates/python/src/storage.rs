//! Storages on a lattice of levels.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_assets::AssetError;
use wattbook_assets::storage::{
    self, Factor, Form, SimulationSettings, StorageSpec, Valued, intrinsic, least_squares,
    rolling_intrinsic, tree_value,
};

pyo3::import_exception!(wattbook.errors, InputError);

fn refused(error: AssetError) -> PyErr {
    InputError::new_err(error.to_string())
}

/// Value, change of each day in levels, and level after each day.
type Scheduled<'py> = (f64, Bound<'py, PyArray1<i32>>, Bound<'py, PyArray1<i64>>);

/// A spot price that returns to its forward curve.
#[pyclass(frozen, module = "wattbook.assets.storage")]
pub(crate) struct SpotModel(storage::SpotModel);

#[pymethods]
impl SpotModel {
    /// A price with its curve and factors: speed of return a day and volatility a square root of a day each, the
    /// correlation of their shocks row by row, and by day the share of volatility. Without a `shift` prices are sums.
    #[new]
    #[pyo3(signature = (*, forward, factors, correlation, scales, shift))]
    fn new(
        forward: PyReadonlyArray1<'_, f64>,
        factors: Vec<(f64, f64)>,
        correlation: Vec<f64>,
        scales: PyReadonlyArray1<'_, f64>,
        shift: Option<f64>,
    ) -> PyResult<Self> {
        let factor = |(mean_reversion, volatility)| Factor {
            mean_reversion,
            volatility,
        };
        let model = storage::SpotModel {
            forward: forward.as_slice()?.to_vec(),
            factors: factors.into_iter().map(factor).collect(),
            correlation,
            scales: scales.as_slice()?.to_vec(),
            form: shift.map_or(Form::Arithmetic, |shift| Form::Geometric { shift }),
        };
        model.check().map_err(refused)?;
        Ok(Self(model))
    }
}

/// A storage: what may move in a day and what that costs.
#[pyclass(frozen, module = "wattbook.assets.storage")]
pub(crate) struct LatticeStorage(StorageSpec);

#[pymethods]
impl LatticeStorage {
    /// A storage; see `wattbook.assets.storage.Storage`. `moves` and `costs` are pairs by level, `bounds` by day.
    #[new]
    #[pyo3(signature = (*, step, moves, costs, losses, start, terminal, bounds))]
    fn new(
        step: f64,
        moves: Vec<(i32, i32)>,
        costs: Vec<(f64, f64)>,
        losses: (f64, f64),
        start: usize,
        terminal: Vec<f64>,
        bounds: Vec<(usize, usize)>,
    ) -> PyResult<Self> {
        let days = bounds.len();
        let spec = StorageSpec {
            step,
            moves: moves.into_iter().map(<[i32; 2]>::from).collect(),
            costs: costs.into_iter().map(<[f64; 2]>::from).collect(),
            losses: losses.into(),
            start,
            terminal,
            bounds: bounds.into_iter().map(<[usize; 2]>::from).collect(),
        };
        spec.check(days).map_err(refused)?;
        Ok(Self(spec))
    }

    /// The schedule that earns most at known prices.
    fn intrinsic<'py>(
        &self,
        py: Python<'py>,
        prices: PyReadonlyArray1<'py, f64>,
        discounts: PyReadonlyArray1<'py, f64>,
    ) -> PyResult<Scheduled<'py>> {
        let (prices, discounts) = (prices.as_slice()?, discounts.as_slice()?);
        let found = py.detach(|| intrinsic(&self.0, prices, discounts));
        let found: storage::Intrinsic = found.map_err(refused)?;
        let levels: Vec<i64> = found.levels.iter().map(|level| *level as i64).collect();
        Ok((
            found.value,
            found.changes.into_pyarray(py),
            levels.into_pyarray(py),
        ))
    }

    /// The value on a trinomial tree of so many steps a day.
    fn tree_value(
        &self,
        py: Python<'_>,
        model: &SpotModel,
        discounts: PyReadonlyArray1<'_, f64>,
        substeps: usize,
    ) -> PyResult<f64> {
        let discounts = discounts.as_slice()?;
        py.detach(|| tree_value(&self.0, &model.0, discounts, substeps))
            .map_err(refused)
    }

    /// Mean and standard error of what the intrinsic schedule earns when it is made anew every day.
    fn rolling_intrinsic(
        &self,
        py: Python<'_>,
        model: &SpotModel,
        discounts: PyReadonlyArray1<'_, f64>,
        paths: usize,
        seed: u64,
    ) -> PyResult<(f64, f64)> {
        let discounts = discounts.as_slice()?;
        let found = py.detach(|| rolling_intrinsic(&self.0, &model.0, discounts, paths, seed));
        let Valued { mean, error } = found.map_err(refused)?;
        Ok((mean, error))
    }

    /// Mean and standard error of the value from below and from above, by least squares.
    fn least_squares(
        &self,
        py: Python<'_>,
        model: &SpotModel,
        discounts: PyReadonlyArray1<'_, f64>,
        paths: usize,
        seed: u64,
        threads: usize,
    ) -> PyResult<((f64, f64), (f64, f64))> {
        let discounts = discounts.as_slice()?;
        let settings = SimulationSettings {
            paths,
            seed,
            threads,
        };
        let found = py.detach(|| least_squares(&self.0, &model.0, discounts, settings));
        let found = found.map_err(refused)?;
        Ok((
            (found.lower.mean, found.lower.error),
            (found.upper.mean, found.upper.error),
        ))
    }
}
