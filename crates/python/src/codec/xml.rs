//! Rows of XML.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, Int64Array, RecordBatch, UInt32Array};
use arrow_buffer::Buffer;
use pyo3::prelude::*;
use wattbook_codec::xml::{FieldPath, Limits, RowPath, Rows, XmlError, elements, rows};
use wattbook_domain::python::refused;

use super::unusable;
use crate::table::Table;

/// Rows of the elements at `row_paths`: their first byte, which path they follow, and the text at each of
/// `field_paths`; behind them the byte and the reason at which the rest is refused, if it is.
#[pyfunction]
pub(crate) fn xml_rows(
    py: Python<'_>,
    data: &[u8],
    row_paths: Vec<String>,
    field_paths: Vec<(String, String)>,
    values_max: usize,
) -> PyResult<(Table, Option<(usize, String)>)> {
    let paths = row_paths.iter().map(|path| RowPath::new(path));
    let paths = paths.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    let fields = field_paths.iter().map(|(_, path)| FieldPath::new(path));
    let fields = fields.collect::<Result<Vec<_>, _>>().map_err(unusable)?;
    let limits = Limits {
        values_max,
        ..Limits::default()
    };
    let (batch, fault) = py
        .detach(|| {
            let found = rows(data, &paths, &fields, limits).map_err(|error| error.to_string())?;
            let fault = found.fault.as_ref().map(told);
            let names = field_paths.iter().map(|(name, _)| name.as_str());
            Ok::<_, String>((batch(found, names)?, fault))
        })
        .map_err(refused)?;
    Ok((Table(batch), fault))
}

/// An element: how many are around it, its first byte, name, attributes and own text.
type Node = (usize, usize, String, Vec<(String, String)>, String);

/// Every element of a document of at most `bytes_max` bytes and `values_max` elements and attributes, in
/// order; or the byte and the reason at which it is refused.
#[pyfunction]
pub(crate) fn xml_elements(
    py: Python<'_>,
    data: &[u8],
    bytes_max: usize,
    values_max: usize,
) -> (Vec<Node>, Option<(usize, String)>) {
    let limits = Limits {
        bytes_max,
        values_max,
        ..Limits::default()
    };
    py.detach(|| match elements(data, limits) {
        Ok(found) => {
            let nodes = found
                .into_iter()
                .map(|one| (one.depth, one.offset, one.name, one.attributes, one.text));
            (nodes.collect(), None)
        }
        Err(fault) => (Vec::new(), Some(told(&fault))),
    })
}

/// Byte and reason.
pub(super) fn told(fault: &XmlError) -> (usize, String) {
    (fault.offset(), fault.to_string())
}

/// A text that stands in many rows is kept once.
fn batch<'a>(found: Rows, names: impl Iterator<Item = &'a str>) -> Result<RecordBatch, String> {
    let offsets = found.offsets.iter().map(|offset| *offset as i64);
    let mut columns: Vec<(&str, ArrayRef)> = vec![
        ("offset", Arc::new(offsets.collect::<Int64Array>())),
        ("path", Arc::new(UInt32Array::from(found.paths))),
    ];
    let mut places = Vec::with_capacity(found.texts.len());
    let mut joined = Vec::new();
    for text in &found.texts {
        places.push((joined.len() as u32, text.len() as u32));
        joined.extend_from_slice(text.as_bytes());
    }
    let joined = Buffer::from_vec(joined);
    for (name, values) in names.zip(&found.fields) {
        let mut column = StringViewBuilder::with_capacity(values.len());
        let block = column.append_block(joined.clone());
        for value in values {
            match (*value as usize).checked_sub(1).map(|place| places[place]) {
                None => column.append_null(),
                Some((from, length)) => column
                    .try_append_view(block, from, length)
                    .map_err(|error| error.to_string())?,
            }
        }
        columns.push((name, Arc::new(column.finish())));
    }
    RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())
}
