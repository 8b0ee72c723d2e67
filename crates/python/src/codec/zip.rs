//! Members of zip archives.

use pyo3::ffi::{Py_ssize_t, PyBytes_AsString, PyBytes_FromStringAndSize};
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
    filled_bytes(py, size, |out| {
        let unpacked = py.detach(|| inflate(packed, checksum, out));
        unpacked.map_err(undecodable)
    })
}

/// As [`PyBytes::new_with`], in large pages where the system has them: the first touch of single pages
/// takes a tenth of the time in which a table is unpacked and read.
fn filled_bytes(
    py: Python<'_>,
    size: usize,
    fill: impl FnOnce(&mut [u8]) -> PyResult<()>,
) -> PyResult<Bound<'_, PyBytes>> {
    let length = Py_ssize_t::try_from(size)?;
    // SAFETY: without a source the bytes are allocated and not written. The pointer is owned once, and
    // nobody else has seen the object, so that its `size` bytes may be written until it is handed out.
    let (bytes, out) = unsafe {
        let object = PyBytes_FromStringAndSize(std::ptr::null(), length);
        let bytes = Bound::from_owned_ptr_or_err(py, object)?.cast_into_unchecked();
        let start = PyBytes_AsString(object).cast::<u8>();
        use_large_pages(start, size);
        start.write_bytes(0, size);
        (bytes, std::slice::from_raw_parts_mut(start, size))
    };
    fill(out)?;
    Ok(bytes)
}

/// Asks for large pages within the `size` bytes at `start`; no harm if there are none.
#[cfg(target_os = "linux")]
fn use_large_pages(start: *mut u8, size: usize) {
    const LARGE_PAGE: usize = 2 << 20;
    let skipped = start.align_offset(LARGE_PAGE);
    let within = size.saturating_sub(skipped) / LARGE_PAGE * LARGE_PAGE;
    if within > 0 {
        // SAFETY: whole pages of memory that is allocated; the advice changes nothing that they hold.
        unsafe { libc::madvise(start.add(skipped).cast(), within, libc::MADV_HUGEPAGE) };
    }
}

#[cfg(not(target_os = "linux"))]
fn use_large_pages(_: *mut u8, _: usize) {}
