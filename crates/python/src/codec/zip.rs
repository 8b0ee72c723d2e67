//! Members of zip archives.

use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wattbook_codec::zip::{entries_max, inflate};

use super::undecodable;

/// How many entries the directory of `archive` may have.
#[pyfunction]
pub(crate) fn zip_entries_max(py: Python<'_>, archive: &[u8]) -> usize {
    py.detach(|| entries_max(archive))
}

/// The `size` bytes that the deflated member at `start` of `archive`, of `packed_size` bytes, holds;
/// `checksum` is their CRC-32. Where the archive ends before the member, it is damaged.
#[pyfunction]
pub(crate) fn zip_inflate<'py>(
    py: Python<'py>,
    archive: &[u8],
    start: usize,
    packed_size: usize,
    size: usize,
    checksum: u32,
) -> PyResult<Bound<'py, PyBytes>> {
    let rest = archive.get(start..).unwrap_or_default();
    let packed = rest.get(..packed_size).unwrap_or(rest);
    PyBytes::new_with(py, size, |out| {
        let unpacked = py.detach(|| inflate(packed, checksum, out));
        unpacked.map_err(undecodable)
    })
}
