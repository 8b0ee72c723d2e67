//! Simple Binary Encoding.

use std::collections::HashMap;

use pyo3::prelude::*;
use wattbook_codec::sbe::{self, Schema};

use super::{undecodable, unusable};

/// A schema, ready to decode messages.
#[pyclass(frozen, module = "wattbook.ingest")]
pub(crate) struct SbeSchema(Schema);

#[pymethods]
impl SbeSchema {
    /// Compiles a schema file; `included` holds the files that it includes, by name.
    #[new]
    fn new(py: Python<'_>, schema: &str, included: HashMap<String, String>) -> PyResult<Self> {
        let include = |name: &str| included.get(name).cloned();
        let schema = py
            .detach(|| Schema::from_xml(schema, include))
            .map_err(unusable)?;
        Ok(Self(schema))
    }

    /// Identifier of the schema.
    #[getter]
    fn id(&self) -> u32 {
        self.0.id
    }

    /// Version of the schema.
    #[getter]
    fn version(&self) -> u32 {
        self.0.version
    }

    /// Name and identifier of each message.
    #[getter]
    fn messages(&self) -> Vec<(String, u32)> {
        let messages = self.0.messages.iter();
        messages
            .map(|message| (message.name.clone(), message.id))
            .collect()
    }

    /// The message that `data` begins with as JSON, and how long it is.
    fn decode_json(&self, py: Python<'_>, data: &[u8]) -> PyResult<(String, usize)> {
        py.detach(|| sbe::to_json(&self.0, data))
            .map_err(undecodable)
    }
}
