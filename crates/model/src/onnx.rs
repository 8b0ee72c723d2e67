//! ONNX files in this process, by the ONNX Runtime library that lies beside Python's wheel of it.
//!
//! The library is opened when the first model is loaded, so nothing of it is needed to build or to do without.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::session::Session;
use ort::value::TensorRef;

use crate::error::ModelError;

/// What came of opening the library, once for the process.
static LIBRARY: OnceLock<Result<Environment, String>> = OnceLock::new();

fn refused(reason: impl Into<String>) -> ModelError {
    ModelError::Onnx {
        reason: reason.into(),
    }
}

/// A model that answers rows of 64-bit numbers with rows of 32-bit ones.
#[derive(Debug)]
pub struct OnnxModel {
    // A session of the library is exclusive while it runs.
    session: Mutex<Session>,
    input: String,
}

impl OnnxModel {
    /// Loads the bytes of an ONNX file; `library` is the path of ONNX Runtime, opened once a process.
    ///
    /// # Errors
    /// [`ModelError::Onnx`] if the library cannot be opened, or refuses the model.
    pub fn load(library: &Path, bytes: &[u8], threads: usize) -> Result<Self, ModelError> {
        let environment = LIBRARY
            .get_or_init(|| {
                let builder = ort::init_from(library).map_err(|error| error.to_string())?;
                let silent = builder.with_telemetry(false);
                silent.build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|reason| refused(reason.as_str()))?;
        let session = Session::builder(environment)
            .map_err(|error| refused(error.to_string()))?
            .with_intra_threads(threads)
            .map_err(|error| refused(error.to_string()))?
            .commit_from_memory(bytes)
            .map_err(|error| refused(error.to_string()))?;
        let input = match session.inputs() {
            [only] => only.name().to_owned(),
            several => {
                return Err(refused(format!(
                    "{} inputs where one table is given: export one input",
                    several.len()
                )));
            }
        };
        Ok(Self {
            session: Mutex::new(session),
            input,
        })
    }

    /// Answers of the model for a table of `columns` a row, one row of answers after the other.
    ///
    /// # Errors
    /// [`ModelError`] if the table is not whole, or the model takes another width.
    pub fn predict(&self, table: &[f64], columns: usize) -> Result<Vec<f32>, ModelError> {
        let rows = table.len() / columns.max(1);
        if rows * columns != table.len() || rows == 0 {
            return Err(ModelError::Length {
                what: "inputs",
                found: table.len(),
                expected: rows.max(1) * columns,
            });
        }
        let given = TensorRef::from_array_view(([rows, columns], table))
            .map_err(|error| refused(error.to_string()))?;
        let mut session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        let answers = session
            .run(ort::inputs![self.input.as_str() => given])
            .map_err(|error| refused(error.to_string()))?;
        let (_, values) = answers[0]
            .try_extract_tensor::<f32>()
            .map_err(|error| refused(error.to_string()))?;
        Ok(values.to_vec())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_an_error() {
        let error = OnnxModel::load(Path::new("/nowhere/libonnxruntime.so"), b"", 1).unwrap_err();
        assert!(matches!(error, ModelError::Onnx { .. }), "{error}");
    }
}
