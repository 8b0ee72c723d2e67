//! ONNX files in this process, by the ONNX Runtime library that lies beside Python's wheel of it.
//!
//! The library is opened when the first model is loaded, so nothing of it is needed to build or to do without.

use std::path::Path;
use std::sync::{Mutex, OnceLock, PoisonError};

use ort::environment::Environment;
use ort::ep::{CUDA, ExecutionProvider as _, TensorRT};
use ort::session::Session;
use ort::session::builder::SessionBuilder;
use ort::value::TensorRef;

use crate::error::ModelError;

/// What came of opening the library, once for the process.
static LIBRARY: OnceLock<Result<Environment, String>> = OnceLock::new();

fn refused(reason: impl Into<String>) -> ModelError {
    ModelError::Onnx {
        reason: reason.into(),
    }
}

/// What computes a model's answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Device {
    /// The processor, which every library knows.
    Cpu,
    /// An NVIDIA GPU, by CUDA.
    Cuda,
    /// An NVIDIA GPU, by `TensorRT`; what it cannot compute is left to the processor.
    TensorRt,
}

impl Device {
    /// All of them, the quickest for large batches first.
    pub const ALL: [Self; 3] = [Self::TensorRt, Self::Cuda, Self::Cpu];

    /// Its name in lower case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cpu => "cpu",
            Self::Cuda => "cuda",
            Self::TensorRt => "tensorrt",
        }
    }

    /// Has `builder` compute on this device.
    fn register(self, builder: &mut SessionBuilder) -> Result<(), String> {
        let (is_built_in, registered): (_, fn(&mut SessionBuilder) -> ort::Result<()>) = match self
        {
            Self::Cpu => return Ok(()),
            Self::Cuda => (CUDA::is_available(), |builder| {
                CUDA::default().register(builder)
            }),
            Self::TensorRt => (TensorRT::is_available(), |builder| {
                TensorRT::default().register(builder)
            }),
        };
        match is_built_in {
            Ok(true) => registered(builder).map_err(|error| error.to_string()),
            Ok(false) => Err("this ONNX Runtime was built without it".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    }
}

/// A model that answers rows of 64-bit numbers with rows of 32-bit ones.
#[derive(Debug)]
pub struct OnnxModel {
    // A session of the library is exclusive while it runs.
    session: Mutex<Session>,
    input: String,
    device: Device,
}

impl OnnxModel {
    /// Loads the bytes of an ONNX file; `library` is the path of ONNX Runtime, opened once a process.
    ///
    /// The first of `devices` that can be had computes.
    ///
    /// # Errors
    /// [`ModelError::Onnx`] if the library cannot be opened, or no device can be had or takes the model: what
    /// the last one says.
    pub fn load(
        library: &Path,
        bytes: &[u8],
        threads: usize,
        devices: &[Device],
    ) -> Result<Self, ModelError> {
        let environment = LIBRARY
            .get_or_init(|| {
                let builder = ort::init_from(library).map_err(|error| error.to_string())?;
                let silent = builder.with_telemetry(false);
                silent.build().map_err(|error| error.to_string())
            })
            .as_ref()
            .map_err(|reason| refused(reason.as_str()))?;
        let mut reason = "no device is named".to_owned();
        for device in devices {
            match session(environment, bytes, threads, *device) {
                Ok(session) => return Self::of(session, *device),
                Err(found) => reason = format!("{}: {found}", device.name()),
            }
        }
        Err(refused(reason))
    }

    /// What computes the answers.
    #[must_use]
    pub const fn device(&self) -> Device {
        self.device
    }

    fn of(session: Session, device: Device) -> Result<Self, ModelError> {
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
            device,
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

fn session(
    environment: &Environment,
    bytes: &[u8],
    threads: usize,
    device: Device,
) -> Result<Session, String> {
    let mut builder = Session::builder(environment)
        .map_err(|error| error.to_string())?
        .with_intra_threads(threads)
        .map_err(|error| error.to_string())?;
    device.register(&mut builder)?;
    builder
        .commit_from_memory(bytes)
        .map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_library_that_is_not_there_is_an_error() {
        let error = OnnxModel::load(
            Path::new("/nowhere/libonnxruntime.so"),
            b"",
            1,
            &[Device::Cpu],
        )
        .unwrap_err();
        assert!(matches!(error, ModelError::Onnx { .. }), "{error}");
    }
}
