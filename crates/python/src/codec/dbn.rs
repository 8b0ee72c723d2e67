//! Databento Binary Encoding: records stay where they lie, as rows of arrays.

use std::borrow::Cow;

use numpy::{IntoPyArray, PyArray1, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_codec::dbn::{self, Kind, Metadata, Records};

use super::undecodable;

type Bytes<'py> = PyReadonlyArray1<'py, u8>;
/// A symbol and what it meant: (first day, day after the last, symbol).
type PyMapping = (String, Vec<(u32, u32, String)>);
/// (byte, count, record type, bytes each).
type PyRun = (usize, usize, u8, usize);
/// (byte, sentence).
type PyFault = (u64, String);
/// (name, format of `NumPy`, byte).
type PyField = (String, String, usize);

/// Metadata as a `dict`.
#[derive(IntoPyObject)]
pub(crate) struct PyMetadata {
    version: u8,
    dataset: String,
    schema: Option<u16>,
    start: u64,
    end: Option<u64>,
    limit: Option<u64>,
    stype_in: Option<u8>,
    stype_out: u8,
    has_ts_out: bool,
    symbols: Vec<String>,
    partial: Vec<String>,
    not_found: Vec<String>,
    mappings: Vec<PyMapping>,
}

impl From<&Metadata> for PyMetadata {
    fn from(known: &Metadata) -> Self {
        let mapping = |mapping: &dbn::Mapping| {
            let interval =
                |known: &dbn::Interval| (known.start_date, known.end_date, known.symbol.clone());
            let intervals = mapping.intervals.iter().map(interval);
            (mapping.raw_symbol.clone(), intervals.collect())
        };
        Self {
            version: known.version,
            dataset: known.dataset.clone(),
            schema: known.schema,
            start: known.start,
            end: known.end,
            limit: known.limit,
            stype_in: known.stype_in,
            stype_out: known.stype_out,
            has_ts_out: known.has_ts_out,
            symbols: known.symbols.clone(),
            partial: known.partial.clone(),
            not_found: known.not_found.clone(),
            mappings: known.mappings.iter().map(mapping).collect(),
        }
    }
}

/// What a file is: its metadata, its data if it was compressed, and where the records begin in it.
type Opened<'py> = (Option<PyMetadata>, Option<Bound<'py, PyArray1<u8>>>, usize);

/// Tells what `data` is and decompresses it, up to `limit` bytes.
#[pyfunction]
pub(crate) fn dbn_open<'py>(
    py: Python<'py>,
    data: Bytes<'py>,
    limit: usize,
) -> PyResult<Opened<'py>> {
    let bytes = data.as_slice()?;
    let file = py.detach(|| dbn::open(bytes, limit)).map_err(undecodable)?;
    let metadata = file.metadata().map(PyMetadata::from);
    let records_at = file.records_at();
    let data = match file.into_data() {
        Cow::Owned(data) => Some(data.into_pyarray(py)),
        Cow::Borrowed(_) => None,
    };
    Ok((metadata, data, records_at))
}

/// Runs of records of one type and length, and the records that are none, of which up to `most` are
/// told.
#[pyfunction]
pub(crate) fn dbn_runs(
    py: Python<'_>,
    records: Bytes<'_>,
    has_ts_out: bool,
    most: usize,
) -> PyResult<(Vec<PyRun>, Vec<PyFault>, u64)> {
    let bytes = records.as_slice()?;
    let (mut faults, mut count) = (Vec::new(), 0);
    let runs = py.detach(|| {
        dbn::runs(bytes, has_ts_out, |error| {
            count += 1;
            if faults.len() < most {
                faults.push(error);
            }
        })
    });
    let runs = runs
        .iter()
        .map(|run| (run.offset, run.count, run.rtype, run.stride));
    let faults = faults
        .iter()
        .map(|fault| (fault.offset(), fault.to_string()));
    Ok((runs.collect(), faults.collect(), count))
}

/// Name and fields of records of `rtype` that are `size` bytes long without `ts_out`.
#[pyfunction]
pub(crate) fn dbn_layout(rtype: u8, size: usize) -> Option<(&'static str, Vec<PyField>)> {
    let layout = dbn::layout(rtype, size)?;
    let mut fields = Vec::new();
    for field in layout.fields {
        let mut put = |name: &str, format: &str, offset: usize| {
            fields.push((name.to_owned(), format.to_owned(), field.offset + offset));
        };
        match field.kind {
            Kind::Header => {
                put("rtype", "u1", 1);
                put("publisher_id", "<u2", 2);
                put("instrument_id", "<u4", 4);
                put("ts_event", "<u8", 8);
            }
            Kind::Levels(count) => levels(count, "ct", "<u4", &mut put),
            Kind::Consolidated(count) => levels(count, "pb", "<u2", &mut put),
            kind => put(field.name, &format(kind), 0),
        }
    }
    Some((layout.name, fields))
}

fn format(kind: Kind) -> String {
    match kind {
        Kind::U8 => "u1",
        Kind::I8 => "i1",
        Kind::U16 => "<u2",
        Kind::I16 => "<i2",
        Kind::U32 => "<u4",
        Kind::I32 => "<i4",
        Kind::U64 | Kind::Time => "<u8",
        Kind::I64 | Kind::Price => "<i8",
        Kind::Char => "S1",
        Kind::Text(length) => return format!("S{length}"),
        Kind::Header | Kind::Levels(_) | Kind::Consolidated(_) => "V0",
    }
    .to_owned()
}

fn levels(count: usize, last: &str, format: &str, put: &mut impl FnMut(&str, &str, usize)) {
    for level in 0..count {
        let at = level * 32;
        put(&format!("bid_px_{level:02}"), "<i8", at);
        put(&format!("ask_px_{level:02}"), "<i8", at + 8);
        put(&format!("bid_sz_{level:02}"), "<u4", at + 16);
        put(&format!("ask_sz_{level:02}"), "<u4", at + 20);
        put(&format!("bid_{last}_{level:02}"), format, at + 24);
        put(&format!("ask_{last}_{level:02}"), format, at + 28);
    }
}

/// The records of `rtype` that are `stride` bytes long, one behind the other.
#[pyfunction]
pub(crate) fn dbn_gather<'py>(
    py: Python<'py>,
    records: Bytes<'py>,
    has_ts_out: bool,
    rtype: u8,
    stride: usize,
) -> PyResult<Bound<'py, PyArray1<u8>>> {
    let bytes = records.as_slice()?;
    let gathered = py.detach(|| {
        let records = Records::new(bytes, has_ts_out).filter_map(Result::ok);
        let of_type =
            records.filter(|record| record.rtype() == rtype && record.bytes().len() == stride);
        of_type.fold(Vec::new(), |mut out, record| {
            out.extend_from_slice(record.bytes());
            out
        })
    });
    Ok(gathered.into_pyarray(py))
}

/// The records as lines of JSON.
#[pyfunction]
pub(crate) fn dbn_json(py: Python<'_>, records: Bytes<'_>, has_ts_out: bool) -> PyResult<String> {
    let bytes = records.as_slice()?;
    let lines = py.detach(|| {
        let mut lines = String::new();
        for record in Records::new(bytes, has_ts_out) {
            dbn::write_json(&record?, &mut lines);
            lines.push('\n');
        }
        Ok::<_, dbn::DbnError>(lines)
    });
    lines.map_err(undecodable)
}
