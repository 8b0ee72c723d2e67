//! What has no class from its struct: inputs that are no record of their own, and refusals.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::PyString;
use pyo3::{Borrowed, IntoPyObjectExt, PyTypeInfo};

use super::{either, no_record, refused};
use crate::command::Command;
use crate::deal::Deal;
use crate::id::ClientId;
use crate::input::Input;
use crate::market::MarketEvent;
use crate::record::{Kind, Record};
use crate::reference::ReferenceEvent;
use crate::refusal::Refusal;
use crate::report::VenueReport;

/// A command as a client sent it.
#[pyclass(frozen, eq, get_all, module = "wattbook.domain")]
#[derive(Debug, Clone, PartialEq)]
pub struct ClientCommand {
    /// Who sent it.
    pub client: ClientId,
    /// The client's number of it, rising by one.
    pub client_sequence: u64,
    /// What is asked.
    pub command: Command,
}

#[pymethods]
impl ClientCommand {
    #[new]
    #[pyo3(signature = (*, client, client_sequence, command))]
    fn py_new(client: ClientId, client_sequence: u64, command: Command) -> Self {
        Self {
            client,
            client_sequence,
            command,
        }
    }

    fn __repr__(&self) -> String {
        let (client, number, command) = (self.client, self.client_sequence, &self.command);
        let command = command.to_text();
        format!("ClientCommand {{client={client} client_sequence={number} command={command}}}")
    }
}

/// Time went on: expiries, gates and schedules fire.
#[pyclass(frozen, eq, hash, module = "wattbook.domain")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TimeAdvanced;

#[pymethods]
impl TimeAdvanced {
    #[new]
    fn py_new() -> Self {
        Self
    }

    #[allow(clippy::unused_self, clippy::trivially_copy_pass_by_ref)]
    fn __repr__(&self) -> &'static str {
        "TimeAdvanced"
    }
}

const INPUT: PyStaticExpr = either(
    &<ClientCommand as PyTypeInfo>::TYPE_HINT,
    &either(
        &<MarketEvent as IntoPyObject<'static>>::OUTPUT_TYPE,
        &either(
            &<VenueReport as IntoPyObject<'static>>::OUTPUT_TYPE,
            &either(
                &<ReferenceEvent as IntoPyObject<'static>>::OUTPUT_TYPE,
                &either(
                    &<Deal as PyTypeInfo>::TYPE_HINT,
                    &<TimeAdvanced as PyTypeInfo>::TYPE_HINT,
                ),
            ),
        ),
    ),
);

impl<'py> IntoPyObject<'py> for Input {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = INPUT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self {
            Self::Command {
                client,
                client_sequence,
                command,
            } => ClientCommand::py_new(client, client_sequence, command).into_bound_py_any(py),
            Self::Market(event) => event.into_pyobject(py),
            Self::Report(report) => report.into_pyobject(py),
            Self::Reference(event) => event.into_pyobject(py),
            Self::Deal(deal) => deal.into_bound_py_any(py),
            Self::TimeAdvanced => TimeAdvanced.into_bound_py_any(py),
        }
    }
}

impl FromPyObject<'_, '_> for Input {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = INPUT;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(sent) = object.cast::<ClientCommand>() {
            let ClientCommand {
                client,
                client_sequence,
                command,
            } = sent.get().clone();
            return Ok(Self::Command {
                client,
                client_sequence,
                command,
            });
        }
        if object.cast::<TimeAdvanced>().is_ok() {
            return Ok(Self::TimeAdvanced);
        }
        if let Ok(deal) = object.cast::<Deal>() {
            return Ok(Self::Deal(deal.get().clone()));
        }
        let market = object.extract().map(Self::Market);
        let report = market.or_else(|_| object.extract().map(Self::Report));
        let reference = report.or_else(|_| object.extract().map(Self::Reference));
        reference.map_err(|_: PyErr| no_record("Input", object))
    }
}

/// Why the engine refused a command: `str` gives the place, the value and the fix.
#[pyclass(frozen, eq, name = "Refusal", module = "wattbook.domain")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PyRefusal(Refusal);

#[pymethods]
impl PyRefusal {
    /// Reads the text form that `to_text` gives.
    #[staticmethod]
    fn from_text(text: &str) -> PyResult<Self> {
        Refusal::from_text(text).map(Self).map_err(refused)
    }

    /// The text form, such as `PriceOffTick {price=20.005 tick=0.01}`.
    #[allow(clippy::wrong_self_convention)]
    fn to_text(&self) -> String {
        self.0.to_text()
    }

    /// What was broken, such as `PriceOffTick`.
    #[getter]
    fn kind<'py>(&self, py: Python<'py>) -> Bound<'py, PyString> {
        let text = self.0.to_text();
        PyString::new(py, text.split(' ').next().unwrap_or(&text))
    }

    /// Every kind of refusal.
    #[staticmethod]
    fn kinds() -> Vec<&'static str> {
        match Refusal::KIND {
            Kind::Union(it) => it.variants.iter().map(|variant| variant.name).collect(),
            _ => Vec::new(),
        }
    }

    fn __str__(&self) -> String {
        self.0.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Refusal.from_text({:?})", self.0.to_text())
    }

    fn __hash__(&self) -> u64 {
        super::hash(&self.0)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (String,))> {
        Ok((slf.getattr("from_text")?.unbind(), (slf.get().to_text(),)))
    }
}

impl<'py> IntoPyObject<'py> for Refusal {
    type Target = PyRefusal;
    type Output = Bound<'py, PyRefusal>;
    type Error = PyErr;
    const OUTPUT_TYPE: PyStaticExpr = <PyRefusal as PyTypeInfo>::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        Bound::new(py, PyRefusal(self))
    }
}

impl FromPyObject<'_, '_> for Refusal {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = <PyRefusal as PyTypeInfo>::TYPE_HINT;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        match object.cast::<PyRefusal>() {
            Ok(refusal) => Ok(refusal.get().0),
            Err(_) => Err(refused(format!("{object:?} is no Refusal; give one"))),
        }
    }
}
