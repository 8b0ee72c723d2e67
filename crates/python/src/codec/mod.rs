//! Decoders of market data formats.

pub(crate) mod dbn;
pub(crate) mod fast;
pub(crate) mod fixed;
pub(crate) mod sbe;

use pyo3::PyErr;

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
