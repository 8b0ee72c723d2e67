//! Decoders of market data formats.

pub(crate) mod dbn;
pub(crate) mod fast;
pub(crate) mod fix;
pub(crate) mod fixed;
pub(crate) mod iec62325;
pub(crate) mod sbe;
pub(crate) mod text;
pub(crate) mod xml;
pub(crate) mod zip;

use numpy::IntoPyArray;
use pyo3::prelude::*;
use wattbook_codec::columns::{Columns, Values};

pyo3::import_exception!(wattbook.errors, DecodeError);
pyo3::import_exception!(wattbook.errors, SchemaError);

/// `error` as `wattbook.errors.DecodeError`.
fn undecodable(error: impl ToString) -> PyErr {
    DecodeError::new_err(error.to_string())
}

/// `error` as `wattbook.errors.SchemaError`.
fn unusable(error: impl ToString) -> PyErr {
    SchemaError::new_err(error.to_string())
}

/// A column: its name, its values as an array or a list of `bytes`, and which rows have one.
type PyColumn<'py> = (String, Option<Bound<'py, PyAny>>, Bound<'py, PyAny>);

fn to_columns(py: Python<'_>, columns: Columns) -> PyResult<Vec<PyColumn<'_>>> {
    let columns = columns.finish().into_iter().map(|column| {
        let values = match column.values {
            Values::Empty => None,
            Values::Whole(values) => Some(values.into_pyarray(py).into_any()),
            Values::Float(values) => Some(values.into_pyarray(py).into_any()),
            Values::Text(values) => {
                let texts = values
                    .iter()
                    .map(|text| pyo3::types::PyBytes::new(py, text));
                Some(pyo3::types::PyList::new(py, texts)?.into_any())
            }
        };
        Ok((
            column.name,
            values,
            column.is_there.into_pyarray(py).into_any(),
        ))
    });
    columns.collect()
}
