//! Forecast models over `NumPy` tables.

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::prelude::*;
use std::path::PathBuf;
use wattbook_model::{Boost, BoostFit, Device, Lear, Loss, ModelError, OnnxModel as Onnx, Penalty};

pyo3::import_exception!(wattbook.errors, ForecastError);

fn refused(error: ModelError) -> PyErr {
    ForecastError::new_err(error.to_string())
}

/// Two rows of numbers.
type Pair<'py> = (Bound<'py, PyArray1<f64>>, Bound<'py, PyArray1<f64>>);

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
) -> PyResult<Pair<'py>> {
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

/// A LEAR as numbers: by column of the inputs its median, width, tame mean and coefficients by target, and by target
/// median, width and tame mean.
#[pyfunction]
pub(crate) fn lear_fit<'py>(
    py: Python<'py>,
    inputs: PyReadonlyArray2<'py, f64>,
    targets: PyReadonlyArray2<'py, f64>,
    plain_columns: usize,
    penalty_name: &str,
) -> PyResult<Pair<'py>> {
    let lear = Lear {
        plain_columns,
        penalty: penalty(penalty_name)?,
    };
    let (columns, prices) = (inputs.shape()[1], targets.shape()[1]);
    let (rows, outputs) = (inputs.as_slice()?, targets.as_slice()?);
    let fit = py
        .detach(|| lear.fit(rows, columns, outputs, prices))
        .map_err(refused)?;
    Ok((fit.table().into_pyarray(py), fit.targets().into_pyarray(py)))
}

/// An ONNX model that ONNX Runtime answers in this process.
#[pyclass(frozen, module = "wattbook.forecast")]
pub(crate) struct OnnxModel(Onnx);

#[pymethods]
impl OnnxModel {
    /// Loads the bytes of an ONNX file; `library` is the path of ONNX Runtime.
    ///
    /// `device` is "cpu", "cuda", "tensorrt", or "auto" for the quickest that can be had.
    #[staticmethod]
    fn load(library: PathBuf, bytes: &[u8], threads: usize, device: &str) -> PyResult<Self> {
        let wanted = |each: &Device| device == "auto" || device == each.name();
        let devices: Vec<Device> = Device::ALL.into_iter().filter(wanted).collect();
        Onnx::load(&library, bytes, threads, &devices)
            .map(Self)
            .map_err(refused)
    }

    /// What computes: "cpu", "cuda" or "tensorrt".
    #[getter]
    fn device(&self) -> &'static str {
        self.0.device().name()
    }

    /// Answers for the rows of `inputs`, one row after the other.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        inputs: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f32>>> {
        let columns = inputs.shape()[1];
        let table = inputs.as_slice()?;
        let made = py
            .detach(|| self.0.predict(table, columns))
            .map_err(refused)?;
        Ok(made.into_pyarray(py))
    }
}

/// Boosted trees that were fitted; an input may be missing (NaN).
#[pyclass(frozen, module = "wattbook.forecast")]
pub(crate) struct BoostedTrees(BoostFit);

#[pymethods]
impl BoostedTrees {
    /// Fits `targets` on the rows of `inputs`; without a `quantile` the squared error is made small.
    #[staticmethod]
    #[pyo3(signature = (inputs, targets, *, quantile, trees, depth, learning_rate, leaf_rows, share, seed))]
    #[expect(clippy::too_many_arguments, reason = "a setting each")]
    fn fit(
        py: Python<'_>,
        inputs: PyReadonlyArray2<'_, f64>,
        targets: PyReadonlyArray1<'_, f64>,
        quantile: Option<f64>,
        trees: usize,
        depth: u32,
        learning_rate: f64,
        leaf_rows: usize,
        share: f64,
        seed: u64,
    ) -> PyResult<Self> {
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
        let (rows, outputs) = (inputs.as_slice()?, targets.as_slice()?);
        let fit = py
            .detach(|| boost.fit(rows, columns, outputs))
            .map_err(refused)?;
        Ok(Self(fit))
    }

    /// The model that `save` wrote.
    #[staticmethod]
    fn load(bytes: &[u8]) -> PyResult<Self> {
        BoostFit::load(bytes).map(Self).map_err(refused)
    }

    /// The model as bytes.
    fn save(&self) -> Vec<u8> {
        self.0.save()
    }

    /// Columns of a row of inputs.
    #[getter]
    fn columns(&self) -> usize {
        self.0.columns()
    }

    /// Forecasts for the rows of `inputs`.
    fn predict<'py>(
        &self,
        py: Python<'py>,
        inputs: PyReadonlyArray2<'py, f64>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let found = inputs.shape()[1];
        if found != self.0.columns() {
            return Err(ForecastError::new_err(format!(
                "{found} columns are given where the model has {}: give the same inputs",
                self.0.columns()
            )));
        }
        let rows = inputs.as_slice()?;
        let made = py.detach(|| self.0.predict(rows)).map_err(refused)?;
        Ok(made.into_pyarray(py))
    }
}
