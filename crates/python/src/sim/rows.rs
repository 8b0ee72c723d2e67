//! Columns of int64 that Python hands over.

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use wattbook_domain::InstrumentId;

use super::refused;

/// An int64 array as a vector.
pub(crate) fn column(py: Python<'_>, buffer: &PyBuffer<i64>) -> PyResult<Vec<i64>> {
    buffer.to_vec(py)
}

/// Int64 arrays of equal length, row by row.
pub(super) fn rows<const N: usize>(
    py: Python<'_>,
    buffers: [&PyBuffer<i64>; N],
) -> PyResult<impl Iterator<Item = [i64; N]>> {
    let mut columns = Vec::with_capacity(N);
    for buffer in buffers {
        columns.push(column(py, buffer)?);
    }
    let length = columns.first().map_or(0, Vec::len);
    if columns.iter().any(|column| column.len() != length) {
        return Err(refused(
            "the columns differ in length; give one value a row in each",
        ));
    }
    Ok((0..length).map(move |row| std::array::from_fn(|index| columns[index][row])))
}

/// The instrument that a column names.
pub(super) fn instrument(number: i64) -> InstrumentId {
    // A number beyond 32 bits is no instrument; the largest is none either.
    InstrumentId(u32::try_from(number).unwrap_or(u32::MAX))
}
