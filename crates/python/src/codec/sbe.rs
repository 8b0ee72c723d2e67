//! Simple Binary Encoding.

use std::collections::HashMap;

use pyo3::prelude::*;
use wattbook_codec::columns::Columns;
use wattbook_codec::sbe::{self, ColumnVisitor, Schema};

use super::{PyColumn, to_columns, undecodable, unusable};

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

    /// Chosen fields of `messages` as columns, a row for each message or entry of a group.
    fn columns<'py>(
        &self,
        py: Python<'py>,
        messages: Vec<Vec<u8>>,
        names: Vec<String>,
        rows_of: Option<String>,
    ) -> PyResult<Vec<PyColumn<'py>>> {
        let columns = py.detach(|| {
            let mut visitor = ColumnVisitor::new(Columns::new(&names, rows_of));
            for (number, message) in messages.iter().enumerate() {
                let done = self.0.decode(message, &mut visitor);
                done.map_err(|error| format!("message {number}: {error}"))?;
            }
            visitor.end();
            Ok::<_, String>(visitor.finish())
        });
        to_columns(py, columns.map_err(undecodable)?)
    }

    /// The message that `data` begins with as JSON, and how long it is; enumerations and sets by name, or
    /// as they are encoded.
    fn decode_json(
        &self,
        py: Python<'_>,
        data: &[u8],
        is_encoded: bool,
    ) -> PyResult<(String, usize)> {
        let to_json = if is_encoded {
            sbe::to_json_encoded
        } else {
            sbe::to_json
        };
        py.detach(|| to_json(&self.0, data)).map_err(undecodable)
    }
}
