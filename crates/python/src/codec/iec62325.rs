//! Market documents of IEC 62325.

use std::sync::Arc;

use arrow_array::builder::StringViewBuilder;
use arrow_array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringArray};
use arrow_buffer::Buffer;
use pyo3::prelude::*;
use wattbook_codec::iec62325::{Document, Header, Key, Kind, Outage, decode, fuels};
use wattbook_domain::python::refused;

use crate::table::Table;

/// Place, first byte, the byte behind it, and reason.
type Fault = (String, usize, usize, String);

/// Code and word of each fuel.
#[pyfunction]
pub(crate) fn iec62325_fuels() -> Vec<(&'static str, &'static str)> {
    fuels().to_vec()
}

/// A document: its kind, its observations, outages and reasons, and what was set aside.
#[pyfunction]
#[allow(clippy::type_complexity)]
pub(crate) fn iec62325_decode(
    py: Python<'_>,
    data: &[u8],
) -> PyResult<(Option<&'static str>, Table, Table, Table, Vec<Fault>)> {
    let (kind, tables, faults) = py.detach(|| {
        let mut found = decode(data);
        let faults = std::mem::take(&mut found.faults);
        let faults = faults.into_iter();
        let faults = faults.map(|fault| (fault.place, fault.offset, fault.end, fault.reason));
        let tables = [observations(&found), outages(&found), reasons(&found)];
        (found.kind.map(Kind::name), tables, faults.collect())
    });
    let [observations, outages, reasons] = tables;
    Ok((
        kind,
        Table(observations.map_err(refused)?),
        Table(outages.map_err(refused)?),
        Table(reasons.map_err(refused)?),
        faults,
    ))
}

type Batch = Result<RecordBatch, String>;

/// The text that `part` takes of each row's key; a text is kept once for all rows.
fn texts(found: &Document, part: impl Fn(&Key) -> Option<&str>) -> Result<ArrayRef, String> {
    let mut joined = Vec::new();
    let mut places = Vec::with_capacity(found.keys.len());
    for key in &found.keys {
        places.push(part(key).map(|text| {
            let from = joined.len() as u32;
            joined.extend_from_slice(text.as_bytes());
            (from, text.len() as u32)
        }));
    }
    let mut column = StringViewBuilder::with_capacity(found.points.key.len());
    let block = column.append_block(Buffer::from_vec(joined));
    for key in &found.points.key {
        match places[*key as usize] {
            None => column.append_null(),
            Some((from, length)) => column
                .try_append_view(block, from, length)
                .map_err(|error| error.to_string())?,
        }
    }
    Ok(Arc::new(column.finish()))
}

fn observations(found: &Document) -> Batch {
    let points = &found.points;
    let rows = points.key.len();
    let (created, revision) = (found.header.created, found.header.revision);
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("dataset", texts(found, |key| Some(&key.dataset))?),
        ("location", texts(found, |key| key.location.as_deref())?),
        (
            "counterpart",
            texts(found, |key| key.counterpart.as_deref())?,
        ),
        ("item", texts(found, |key| key.item.as_deref())?),
        (
            "delivery_start",
            Arc::new(Int64Array::from(points.start.clone())),
        ),
        (
            "delivery_end",
            Arc::new(Int64Array::from(points.end.clone())),
        ),
        ("value", Arc::new(Float64Array::from(points.value.clone()))),
        ("unit", texts(found, |key| key.unit.as_deref())?),
        ("ts_event", Arc::new(Int64Array::from(vec![created; rows]))),
        ("revision", Arc::new(Int32Array::from(vec![revision; rows]))),
        ("place", Arc::new(Int64Array::from(points.place.clone()))),
        ("offset", Arc::new(Int64Array::from(points.offset.clone()))),
    ];
    RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())
}

/// What every row of a document that is no observation begins with.
fn head(header: &Header, rows: usize) -> Vec<(&'static str, ArrayRef)> {
    let text = |text: &Option<String>| -> ArrayRef {
        Arc::new(StringArray::from(vec![text.as_deref(); rows]))
    };
    vec![
        ("mrid", text(&header.mrid)),
        (
            "revision",
            Arc::new(Int32Array::from(vec![header.revision; rows])),
        ),
        (
            "ts_event",
            Arc::new(Int64Array::from(vec![header.created; rows])),
        ),
        ("document_type", text(&header.document_type)),
        ("process", text(&header.process)),
        ("status", text(&header.status)),
    ]
}

fn outages(found: &Document) -> Batch {
    let rows = &found.outages;
    let text = |part: fn(&Outage) -> Option<&str>| -> ArrayRef {
        Arc::new(rows.iter().map(part).collect::<StringArray>())
    };
    let whole = |part: fn(&Outage) -> Option<i64>| -> ArrayRef {
        Arc::new(rows.iter().map(part).collect::<Int64Array>())
    };
    let float = |part: fn(&Outage) -> Option<f64>| -> ArrayRef {
        Arc::new(rows.iter().map(part).collect::<Float64Array>())
    };
    let mut columns = head(&found.header, rows.len());
    columns.extend([
        ("series", text(|row| row.series.as_deref())),
        ("business_type", text(|row| row.business_type.as_deref())),
        ("location", text(|row| row.location.as_deref())),
        ("counterpart", text(|row| row.counterpart.as_deref())),
        ("resource", text(|row| row.resource.as_deref())),
        ("resource_name", text(|row| row.resource_name.as_deref())),
        ("unit_resource", text(|row| row.unit_resource.as_deref())),
        ("psr_type", text(|row| row.psr_type.as_deref())),
        ("event_start", whole(|row| row.event.0)),
        ("event_end", whole(|row| row.event.1)),
        ("delivery_start", whole(|row| Some(row.span.0))),
        ("delivery_end", whole(|row| Some(row.span.1))),
        ("available", float(|row| row.available)),
        ("nominal", float(|row| row.nominal)),
        ("unit", text(|row| row.unit.as_deref())),
        ("place", whole(|row| Some(row.place))),
    ]);
    RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())
}

fn reasons(found: &Document) -> Batch {
    let rows = &found.reasons;
    let (mrid, created) = &found.header.received;
    let texts = |texts: Vec<Option<&str>>| -> ArrayRef { Arc::new(StringArray::from(texts)) };
    let mut columns = head(&found.header, rows.len());
    let series = rows.iter().map(|row| row.series.as_deref());
    let codes = rows.iter().map(|row| row.code.as_deref());
    let words = rows.iter().map(|row| row.text.as_deref());
    let answered = Int64Array::from(vec![*created; rows.len()]);
    columns.extend([
        ("series", texts(series.collect())),
        ("code", texts(codes.collect())),
        ("text", texts(words.collect())),
        ("received_mrid", texts(vec![mrid.as_deref(); rows.len()])),
        ("received_created", Arc::new(answered) as ArrayRef),
    ]);
    RecordBatch::try_from_iter(columns).map_err(|error| error.to_string())
}
