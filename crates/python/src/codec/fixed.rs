//! Messages whose fields stand at fixed places.

use pyo3::prelude::*;
use wattbook_codec::fixed::{self, Layout};

use super::{undecodable, unusable};

/// A description of messages, ready to decode them.
#[pyclass(frozen, module = "wattbook.ingest")]
pub(crate) struct FixedLayout(Layout);

#[pymethods]
impl FixedLayout {
    /// Reads a description.
    #[new]
    fn new(description: &str) -> PyResult<Self> {
        Layout::from_xml(description).map(Self).map_err(unusable)
    }

    /// Its name.
    #[getter]
    fn name(&self) -> &str {
        &self.0.name
    }

    /// Name and length of each message, in bytes.
    #[getter]
    fn messages(&self) -> Vec<(String, usize)> {
        let messages = self.0.messages.iter();
        messages
            .map(|spec| (spec.name.clone(), spec.size))
            .collect()
    }

    /// The message that `data` begins with as JSON, and how long it is.
    fn decode_json(&self, data: &[u8]) -> PyResult<(String, usize)> {
        let message = self.0.decode(data).map_err(undecodable)?;
        Ok((message.json(), message.bytes().len()))
    }
}

/// The descriptions that come with the package, by name.
#[pyfunction]
pub(crate) fn fixed_descriptions() -> Vec<(&'static str, &'static str)> {
    vec![
        ("itch-5.0", fixed::ITCH_5_0),
        ("impact-like", fixed::IMPACT_LIKE),
        ("eobi-like", fixed::EOBI_LIKE),
    ]
}
