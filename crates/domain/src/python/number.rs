//! `Price`, `Volume` and `Money` in Python.

use pyo3::inspect::PyStaticExpr;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyFloat, PyInt, PyString};
use pyo3::{Borrowed, PyTypeInfo, type_hint_identifier, type_hint_union};

use super::refused;
use crate::error::DomainError;
use crate::money::Money;
use crate::price::Price;
use crate::record::Record;
use crate::volume::Volume;

/// Reads a number as its class, an `int`, a `float`, or anything whose text is a decimal.
fn number<T>(
    object: Borrowed<'_, '_, PyAny>,
    from_f64: fn(f64) -> Result<T, DomainError>,
) -> PyResult<T>
where
    T: pyo3::PyClass<Frozen = pyo3::pyclass::boolean_struct::True>
        + Copy
        + Sync
        + std::str::FromStr<Err = DomainError>,
{
    if let Ok(value) = object.cast::<T>() {
        return Ok(*value.get());
    }
    if let Ok(value) = object.cast::<PyFloat>() {
        return from_f64(value.extract()?).map_err(refused);
    }
    let text = object.str()?;
    text.to_str()?.parse().map_err(refused)
}

/// What a decimal fixed-point number has in Python.
macro_rules! fixed_point {
    ($type:ident, $what:literal) => {
        #[pymethods]
        impl $type {
            /// From an `int`, a `str` or a `Decimal` exactly; from a `float` rounded to 1e-6.
            #[new]
            fn py_new(value: Self) -> Self {
                value
            }

            #[doc = concat!("The ", $what, " of so many 1e-6.")]
            #[staticmethod]
            #[pyo3(name = "from_millionths")]
            fn py_from_millionths(millionths: i64) -> Self {
                Self::from_millionths(millionths)
            }

            /// In 1e-6, exactly.
            #[getter(millionths)]
            fn py_millionths(&self) -> i64 {
                self.millionths()
            }

            fn __float__(&self) -> f64 {
                self.to_f64()
            }

            fn __str__(&self) -> String {
                self.to_string()
            }

            fn __repr__(&self) -> String {
                format!("{}('{self}')", stringify!($type))
            }

            fn __neg__(&self) -> PyResult<Self> {
                let negated = self.millionths().checked_neg();
                negated.map(Self::from_millionths).ok_or_else(too_large)
            }

            fn __add__(&self, other: Self) -> PyResult<Self> {
                let sum = self.millionths().checked_add(other.millionths());
                sum.map(Self::from_millionths).ok_or_else(too_large)
            }

            fn __sub__(&self, other: Self) -> PyResult<Self> {
                let difference = self.millionths().checked_sub(other.millionths());
                difference.map(Self::from_millionths).ok_or_else(too_large)
            }

            fn __radd__(&self, other: Self) -> PyResult<Self> {
                other.__add__(*self)
            }

            fn __rsub__(&self, other: Self) -> PyResult<Self> {
                other.__sub__(*self)
            }

            /// The value in its binary form, as the journal keeps it.
            #[allow(clippy::wrong_self_convention)]
            fn to_bytes<'py>(&self, py: Python<'py>) -> Bound<'py, PyBytes> {
                let mut bytes = Vec::new();
                self.encode(&mut bytes);
                PyBytes::new(py, &bytes)
            }

            fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (i64,))> {
                let millionths = slf.get().millionths();
                Ok((slf.getattr("from_millionths")?.unbind(), (millionths,)))
            }
        }

        impl FromPyObject<'_, '_> for $type {
            type Error = PyErr;
            const INPUT_TYPE: PyStaticExpr = type_hint_union!(
                <$type as PyTypeInfo>::TYPE_HINT,
                <PyInt as PyTypeInfo>::TYPE_HINT,
                <PyFloat as PyTypeInfo>::TYPE_HINT,
                <PyString as PyTypeInfo>::TYPE_HINT,
                type_hint_identifier!("decimal", "Decimal")
            );

            fn extract(object: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
                number(object, Self::from_f64)
            }
        }
    };
}

fn too_large() -> PyErr {
    refused("the result is beyond ±9,223,372,036,854; check the units")
}

fixed_point!(Price, "price");
fixed_point!(Volume, "volume");

#[pymethods]
impl Money {
    /// The amount of so many units of 1 / 3.6e15 currency.
    #[staticmethod]
    #[pyo3(name = "from_units")]
    fn py_from_units(units: i128) -> Self {
        Self::from_units(units)
    }

    /// The value of a power `volume` (MW) delivered for `seconds` at `price` per `MWh`.
    #[staticmethod]
    #[pyo3(name = "of_delivery")]
    fn py_of_delivery(price: Price, volume: Volume, seconds: i64) -> PyResult<Self> {
        let product = i128::from(price.millionths()) * i128::from(volume.millionths());
        let units = product.checked_mul(i128::from(seconds));
        units.map(Self::from_units).ok_or_else(too_large)
    }

    /// In 1 / 3.6e15 currency, exactly.
    #[getter(units)]
    fn py_units(&self) -> i128 {
        self.units()
    }

    fn __float__(&self) -> f64 {
        self.to_f64()
    }

    fn __str__(&self) -> String {
        self.to_string()
    }

    fn __repr__(&self) -> String {
        format!("Money.from_units({})", self.units())
    }

    fn __neg__(&self) -> PyResult<Self> {
        let negated = self.units().checked_neg();
        negated.map(Self::from_units).ok_or_else(too_large)
    }

    fn __add__(&self, other: Self) -> PyResult<Self> {
        let sum = self.units().checked_add(other.units());
        sum.map(Self::from_units).ok_or_else(too_large)
    }

    fn __sub__(&self, other: Self) -> PyResult<Self> {
        let difference = self.units().checked_sub(other.units());
        difference.map(Self::from_units).ok_or_else(too_large)
    }

    fn __radd__(&self, other: Self) -> PyResult<Self> {
        other.__add__(*self)
    }

    fn __rsub__(&self, other: Self) -> PyResult<Self> {
        other.__sub__(*self)
    }

    fn __reduce__(slf: &Bound<'_, Self>) -> PyResult<(Py<PyAny>, (i128,))> {
        Ok((slf.getattr("from_units")?.unbind(), (slf.get().units(),)))
    }
}
