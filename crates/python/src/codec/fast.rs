//! FAST 1.1.

use std::sync::{Mutex, PoisonError};

use pyo3::prelude::*;
use wattbook_codec::columns::Columns;
use wattbook_codec::fast::{ColumnVisitor, Dictionaries, FastConfig, Tape, Templates};

use super::{PyColumn, to_columns, undecodable, unusable};

/// Templates and the previous values of one stream of messages.
#[pyclass(frozen, module = "wattbook.ingest")]
pub(crate) struct FastDecoder {
    templates: Templates,
    state: Mutex<(Dictionaries, Tape)>,
}

#[pymethods]
impl FastDecoder {
    /// Compiles a template file; a strict decoder refuses more bytes than needed.
    #[new]
    fn new(py: Python<'_>, templates: &str, is_strict: bool) -> PyResult<Self> {
        let templates = py
            .detach(|| Templates::from_xml(templates))
            .map_err(unusable)?;
        let config = FastConfig {
            is_strict,
            ..FastConfig::default()
        };
        let state = (Dictionaries::new(&templates, config), Tape::default());
        Ok(Self {
            templates,
            state: Mutex::new(state),
        })
    }

    /// Name and identifier of each template.
    #[getter]
    fn templates(&self) -> Vec<(String, Option<u32>)> {
        let templates = self.templates.templates().iter();
        templates
            .map(|known| (known.name().to_owned(), known.id()))
            .collect()
    }

    /// The message that `data` begins with as JSON, and how long it is.
    fn decode_json(&self, py: Python<'_>, data: &[u8]) -> PyResult<(String, usize)> {
        py.detach(|| {
            // A panic elsewhere has ended that call; the next message is refused or good.
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let (dictionaries, tape) = &mut *state;
            tape.clear();
            let length = dictionaries.decode(&self.templates, data, tape)?;
            Ok((tape.json(&self.templates), length))
        })
        .map_err(|error: wattbook_codec::fast::FastError| undecodable(error))
    }

    /// Chosen fields of `messages` as columns, a row for each message or element of a sequence.
    fn columns<'py>(
        &self,
        py: Python<'py>,
        messages: Vec<Vec<u8>>,
        names: Vec<String>,
        rows_of: Option<String>,
    ) -> PyResult<Vec<PyColumn<'py>>> {
        let columns = py.detach(|| {
            let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
            let columns = Columns::new(&names, rows_of);
            let mut visitor = ColumnVisitor::new(&self.templates, columns);
            for (number, message) in messages.iter().enumerate() {
                let done = state.0.decode(&self.templates, message, &mut visitor);
                done.map_err(|error| format!("message {number}: {error}"))?;
            }
            Ok::<_, String>(visitor.finish())
        });
        to_columns(py, columns.map_err(undecodable)?)
    }

    /// Forgets every previous value.
    fn reset(&self) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.0.reset();
    }
}
