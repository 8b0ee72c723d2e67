//! FIX messages as columns.

use numpy::{IntoPyArray, PyArray1};
use pyo3::prelude::*;
use wattbook_codec::fix::{Columns, Decoder};

type Ints<'py> = Bound<'py, PyArray1<i64>>;

/// Start and end of each message, place of its first field; tag, start and end of each field; what
/// was skipped (offset, bytes, reason); fields without a tag (message, reason).
type FixColumns<'py> = (
    Ints<'py>,
    Ints<'py>,
    Ints<'py>,
    Bound<'py, PyArray1<u32>>,
    Ints<'py>,
    Ints<'py>,
    Vec<(usize, usize, String)>,
    Vec<(usize, String)>,
);

/// Every message and field in `data`.
#[pyfunction]
pub(crate) fn fix_columns<'py>(py: Python<'py>, data: &[u8]) -> FixColumns<'py> {
    let columns = py.detach(|| Columns::read(&mut Decoder::default(), data));
    let skipped = columns.skipped.into_iter();
    let faults = columns.faults.into_iter();
    (
        columns.message_start.into_pyarray(py),
        columns.message_end.into_pyarray(py),
        columns.field_start.into_pyarray(py),
        columns.tag.into_pyarray(py),
        columns.value_start.into_pyarray(py),
        columns.value_end.into_pyarray(py),
        skipped
            .map(|part| (part.offset, part.bytes, part.reason.to_string()))
            .collect(),
        faults
            .map(|(message, fault)| (message, fault.to_string()))
            .collect(),
    )
}
