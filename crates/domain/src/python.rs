//! Conversions between domain values and Python, behind the feature `python`.
//!
//! The classes themselves come from `#[class]`. Identifiers are plain integers in Python, instants
//! are int64 ns UTC (an aware `datetime` is accepted too), and a price, volume or amount is a class
//! of its own that is also accepted as `int`, `float`, `str` or `Decimal`.

mod input;
mod number;

pub use input::{ClientCommand, PyRefusal, TimeAdvanced};

use std::hash::{DefaultHasher, Hasher};

use pyo3::inspect::{PyStaticExpr, PyStaticOperator};
use pyo3::prelude::*;
use pyo3::pyclass::boolean_struct::True;
use pyo3::types::{PyBytes, PyDateTime, PyDelta, PyDeltaAccess, PyInt, PyString, PyTzInfo};
use pyo3::{Borrowed, PyClass, PyTypeInfo};

use crate::currency::Currency;
use crate::id::{
    ClientId, CounterpartyId, InstrumentId, OrderId, SignalId, StrategyId, TradeId, TraderId,
    TradingBookId, VenueId,
};
use crate::record::{Kind, Record};
use crate::time::Timestamp;

pyo3::import_exception!(wattbook.errors, InputError);

/// `error` as `wattbook.errors.InputError`.
pub fn refused(error: impl std::fmt::Display) -> PyErr {
    InputError::new_err(error.to_string())
}

impl From<crate::error::DomainError> for PyErr {
    fn from(error: crate::error::DomainError) -> Self {
        refused(error)
    }
}

/// The type hint `left | right`.
pub(crate) const fn either(
    left: &'static PyStaticExpr,
    right: &'static PyStaticExpr,
) -> PyStaticExpr {
    let op = PyStaticOperator::BitOr;
    PyStaticExpr::BinOp { left, op, right }
}

/// The record that fills `data` from end to end.
pub(crate) fn whole<T: Record>(data: &[u8]) -> PyResult<T> {
    let mut input = data;
    let value = T::decode(&mut input).map_err(refused)?;
    if input.is_empty() {
        return Ok(value);
    }
    let (name, rest) = (T::NAME, input.len());
    Err(refused(format!(
        "{rest} bytes follow the {name}; give the bytes of one record"
    )))
}

/// The binary form of `value`.
pub(crate) fn bytes<'py, T: Record>(py: Python<'py>, value: &T) -> Bound<'py, PyBytes> {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    PyBytes::new(py, &bytes)
}

/// What pickle keeps: the function that reads the binary form, and that form.
pub(crate) fn reduce<T: Record + PyClass<Frozen = True> + Sync>(
    slf: &Bound<'_, T>,
) -> PyResult<(Py<PyAny>, (Py<PyBytes>,))> {
    let bytes = bytes(slf.py(), slf.get()).unbind();
    Ok((slf.as_any().getattr("from_bytes")?.unbind(), (bytes,)))
}

/// A hash that equal records share.
pub(crate) fn hash<T: Record>(value: &T) -> u64 {
    let mut bytes = Vec::new();
    value.encode(&mut bytes);
    let mut hasher = DefaultHasher::new();
    hasher.write(&bytes);
    hasher.finish()
}

/// The value of an enumeration that `object` names.
pub(crate) fn named<T: Record>(object: Borrowed<'_, '_, PyAny>) -> PyResult<T> {
    let codes = match T::KIND {
        Kind::Code(it) => it.codes,
        _ => &[],
    };
    let text = object.cast::<PyString>();
    let value = text
        .ok()
        .and_then(|text| T::from_text(text.to_str().ok()?).ok());
    value.ok_or_else(|| {
        let names: Vec<_> = codes.iter().map(|(name, _)| *name).collect();
        let (name, names) = (T::NAME, names.join(", "));
        refused(format!("{object:?} is no {name}; use one of {names}"))
    })
}

/// That `object` is none of the records of the enum `name`.
pub(crate) fn no_record(name: &str, object: Borrowed<'_, '_, PyAny>) -> PyErr {
    let class = object.get_type();
    refused(format!("{class} is no {name}; give one of its records"))
}

/// An identifier is an integer in Python.
macro_rules! integer {
    ($($type:ident($inner:ty),)*) => {
        $(impl<'py> IntoPyObject<'py> for $type {
            type Target = PyInt;
            type Output = Bound<'py, PyInt>;
            type Error = std::convert::Infallible;
            const OUTPUT_TYPE: PyStaticExpr = <$inner as IntoPyObject<'py>>::OUTPUT_TYPE;

            fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
                self.0.into_pyobject(py)
            }
        }

        impl FromPyObject<'_, '_> for $type {
            type Error = PyErr;
            const INPUT_TYPE: PyStaticExpr = <$inner as FromPyObject<'_, '_>>::INPUT_TYPE;

            fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
                let value = object.extract::<$inner>();
                value.map(Self).map_err(|_| {
                    let (name, bits) = (stringify!($type), <$inner>::BITS);
                    refused(format!("{object:?} is no {name}; give an integer of {bits} bits"))
                })
            }
        })*
    };
}

integer! {
    InstrumentId(u32),
    VenueId(u16),
    ClientId(u16),
    CounterpartyId(u16),
    TradingBookId(u16),
    TraderId(u16),
    StrategyId(u16),
    TradeId(u64),
    SignalId(u64),
    OrderId(u64),
}

/// Int64 ns UTC.
impl<'py> IntoPyObject<'py> for Timestamp {
    type Target = PyInt;
    type Output = Bound<'py, PyInt>;
    type Error = std::convert::Infallible;
    const OUTPUT_TYPE: PyStaticExpr = <i64 as IntoPyObject<'py>>::OUTPUT_TYPE;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        self.nanos().into_pyobject(py)
    }
}

impl FromPyObject<'_, '_> for Timestamp {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = either(
        &<PyInt as PyTypeInfo>::TYPE_HINT,
        &<PyDateTime as PyTypeInfo>::TYPE_HINT,
    );

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        if let Ok(nanos) = object.extract::<i64>() {
            return Ok(Self::from_nanos(nanos));
        }
        let Ok(instant) = object.cast::<PyDateTime>() else {
            return Err(refused(format!(
                "{object:?} is no time; give int ns UTC or an aware datetime"
            )));
        };
        if instant.getattr("tzinfo")?.is_none() {
            return Err(refused(format!(
                "{object:?} has no time zone; add one, such as datetime.UTC"
            )));
        }
        let utc = PyTzInfo::utc(object.py())?;
        let epoch = PyDateTime::new(object.py(), 1970, 1, 1, 0, 0, 0, 0, Some(&utc))?;
        let since = instant.sub(epoch)?;
        let since = since.cast::<PyDelta>()?;
        let seconds = i64::from(since.get_days()) * 86_400 + i64::from(since.get_seconds());
        let micros = seconds.checked_mul(1_000_000).and_then(|micros| {
            micros
                .checked_add(i64::from(since.get_microseconds()))?
                .checked_mul(1_000)
        });
        micros
            .map(Self::from_nanos)
            .ok_or_else(|| refused(format!("{object:?} lies outside 1678 to 2261")))
    }
}

/// Three letters.
impl<'py> IntoPyObject<'py> for Currency {
    type Target = PyString;
    type Output = Bound<'py, PyString>;
    type Error = std::convert::Infallible;
    const OUTPUT_TYPE: PyStaticExpr = <PyString as PyTypeInfo>::TYPE_HINT;

    fn into_pyobject(self, py: Python<'py>) -> Result<Self::Output, Self::Error> {
        Ok(PyString::new(py, self.code()))
    }
}

impl FromPyObject<'_, '_> for Currency {
    type Error = PyErr;
    const INPUT_TYPE: PyStaticExpr = <PyString as PyTypeInfo>::TYPE_HINT;

    fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let text = object.extract::<String>();
        text.map_err(|_| refused(format!("{object:?} is no currency; write it like 'EUR'")))?
            .parse()
            .map_err(refused)
    }
}
