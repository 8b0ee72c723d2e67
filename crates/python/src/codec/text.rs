//! Rows of comma-separated text and of JSON as Arrow tables.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, Float64Array, Int64Array, LargeStringArray, RecordBatch};
use arrow_buffer::{BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer};
use pyo3::prelude::*;
use wattbook_codec::csv::{CellKind, Limits, LineFault, Section, report, table};
use wattbook_codec::frame::{FrameColumn, FrameValues, Presence};
use wattbook_codec::json;
use wattbook_domain::python::refused;

use super::undecodable;
use crate::table::Table;

/// A part left out: its line or row, its first byte, the byte behind it, what is wrong.
type Fault = (usize, usize, usize, String);

/// Bits as Arrow wants them.
fn presence(is_there: Presence) -> NullBuffer {
    let rows = is_there.len();
    let words = is_there.into_words().into_iter().map(u64::to_le).collect();
    NullBuffer::new(BooleanBuffer::new(Buffer::from_vec::<u64>(words), 0, rows))
}

/// The whole numbers of `front` and then `columns`, values without a copy.
fn batch(front: Vec<(&str, Vec<i64>)>, columns: Vec<FrameColumn>) -> Result<RecordBatch, String> {
    let mut all: Vec<(String, ArrayRef, bool)> = Vec::new();
    let whole = |values: Vec<i64>, nulls| Int64Array::new(ScalarBuffer::from(values), nulls);
    for (name, values) in front {
        all.push((name.to_owned(), Arc::new(whole(values, None)), false));
    }
    for column in columns {
        let nulls = Some(presence(column.is_there));
        let array: ArrayRef = match column.values {
            FrameValues::Float(values) => {
                Arc::new(Float64Array::new(ScalarBuffer::from(values), nulls))
            }
            FrameValues::Whole(values) => Arc::new(whole(values, nulls)),
            FrameValues::Text(texts) => {
                let offsets = OffsetBuffer::new(ScalarBuffer::from(texts.offsets));
                let text = Buffer::from(texts.text.into_bytes());
                let texts = LargeStringArray::try_new(offsets, text, nulls);
                Arc::new(texts.map_err(|error| error.to_string())?)
            }
        };
        all.push((column.name, array, true));
    }
    RecordBatch::try_from_iter_with_nullable(all).map_err(|error| error.to_string())
}

fn kind(name: &str) -> PyResult<CellKind> {
    match name {
        "text" => Ok(CellKind::Text),
        "number" => Ok(CellKind::Number),
        "instant" => Ok(CellKind::Instant),
        "wall" => Ok(CellKind::Wall),
        _ => Err(refused(format!(
            "{name:?} is no kind of a column; use text, number, instant or wall"
        ))),
    }
}

fn faults(faults: Vec<LineFault>) -> Vec<Fault> {
    let faults = faults.into_iter();
    faults
        .map(|fault| (fault.line, fault.start, fault.end, fault.reason))
        .collect()
}

/// The columns `asked` for of the table in `data`, as a table with the columns `line` and `offset` before
/// them; the lines left out, and how many more of them there are.
#[pyfunction]
pub(crate) fn csv_table(
    py: Python<'_>,
    data: &[u8],
    asked: Vec<(String, String)>,
) -> PyResult<(Table, Vec<Fault>, usize)> {
    let asked = asked.into_iter().map(|(name, of)| Ok((name, kind(&of)?)));
    let asked = asked.collect::<PyResult<Vec<_>>>()?;
    let found = py.detach(|| table(data, Limits::default(), &asked));
    let found = found.map_err(undecodable)?;
    let front = vec![("line", found.lines), ("offset", found.offsets)];
    let batch = batch(front, found.columns).map_err(refused)?;
    Ok((Table(batch), faults(found.faults), found.faults_more))
}

/// A table of a report: type, subtype, version, line of its heading, rows.
type PySection = (String, String, String, usize, Table);

/// A report of AEMO: its comment, its tables, its last line (number, first byte, byte behind it, lines
/// that it counts), how many lines it has, the lines left out, and how many more of them there are.
type PyReport = (
    Vec<String>,
    Vec<PySection>,
    Option<(usize, usize, usize, usize)>,
    usize,
    Vec<Fault>,
    usize,
);

/// The report in `data`. `kinds` says what a column of a name is read as; of the others those whose names
/// end in `ID` are text, and the rest is what its fields are.
#[pyfunction]
pub(crate) fn aemo_report(
    py: Python<'_>,
    data: &[u8],
    kinds: HashMap<String, String>,
) -> PyResult<PyReport> {
    let kinds = kinds.into_iter().map(|(name, of)| Ok((name, kind(&of)?)));
    let kinds = kinds.collect::<PyResult<HashMap<_, _>>>()?;
    let of = |name: &str| match kinds.get(name) {
        Some(kind) => *kind,
        None if name.ends_with("ID") && name != "PERIODID" => CellKind::Text,
        None => CellKind::Any,
    };
    let found = py.detach(|| report(data, Limits::default(), &of));
    let found = found.map_err(undecodable)?;
    let sections = found.sections.into_iter().map(|section| {
        let Section { lines, offsets, .. } = section;
        let front = vec![("line", lines), ("offset", offsets)];
        let batch = batch(front, section.columns).map_err(refused)?;
        let (name, table) = section.name;
        Ok((name, table, section.version, section.line, Table(batch)))
    });
    let trailer = found.trailer;
    Ok((
        found.comment,
        sections.collect::<PyResult<Vec<_>>>()?,
        trailer.map(|line| (line.line, line.start, line.end, line.count)),
        found.lines,
        faults(found.faults),
        found.faults_more,
    ))
}

/// Rows of the JSON text `data` at `path`, as a table with the columns `place` and `offset` before the
/// fields; and the rows left out. A field is its name, its path from the row and its kind.
#[pyfunction]
pub(crate) fn json_rows(
    py: Python<'_>,
    data: &[u8],
    path: &str,
    fields: Vec<(String, String, String)>,
) -> PyResult<(Table, Vec<Fault>)> {
    let fields = fields.into_iter().map(|(name, path, of)| {
        let kind = match &*of {
            "text" => json::FieldKind::Text,
            "number" => json::FieldKind::Number,
            "number or text" => json::FieldKind::NumberOrText,
            "whole" => json::FieldKind::Whole,
            "millionths" => json::FieldKind::Millionths,
            "instant" => json::FieldKind::Instant,
            "wall" => json::FieldKind::Wall,
            _ => {
                return Err(refused(format!(
                    "{of:?} is no kind of a field; use text, number, number or text, whole, \
                     millionths, instant or wall"
                )));
            }
        };
        Ok(json::Field { name, path, kind })
    });
    let fields = fields.collect::<PyResult<Vec<_>>>()?;
    let found = py.detach(|| {
        let document = json::Document::parse(data, json::Limits::default())?;
        json::rows(&document, path, &fields)
    });
    let found = found.map_err(undecodable)?;
    let front = vec![("place", found.place), ("offset", found.offset)];
    let batch = batch(front, found.columns).map_err(refused)?;
    let faults = found.faults.into_iter();
    let faults = faults.map(|fault| (fault.place, fault.start, fault.end, fault.reason));
    Ok((Table(batch), faults.collect()))
}
