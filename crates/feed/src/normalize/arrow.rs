//! Rows as Arrow record batches: read without an object a row, written without a text a row.

use std::sync::Arc;

use arrow_array::builder::make_view;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float64Type, Int32Type, Int64Type, UInt32Type};
use arrow_array::{
    Array, ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, StringViewArray,
    UInt32Array,
};
use arrow_buffer::{Buffer, NullBuffer, ScalarBuffer};
use arrow_schema::{ArrowError, DataType, Field, Schema};
use rustc_hash::FxHashMap;

use super::columns::{NO_REVISION, NO_TIME, Normalized, Observations};
use super::error::NormalizationError;
use super::group::Told;
use super::kernel::Normalizer;
use super::names::NONE;

/// Columns of observations, owned; kept from batch to batch.
#[derive(Debug, Default)]
pub struct Columns {
    texts: [Vec<u32>; 5],
    times: [Vec<i64>; 3],
    value: Vec<f64>,
    revision: Vec<i32>,
    place: Vec<i64>,
}

const TEXTS: [&str; 5] = ["dataset", "location", "counterpart", "item", "unit"];
const TIMES: [&str; 3] = ["delivery_start", "delivery_end", "ts_event"];

impl Columns {
    /// Reads the columns of a batch by name.
    ///
    /// # Errors
    /// [`NormalizationError::Name`] for a column that is missing or of another type.
    pub fn read(
        &mut self,
        normalizer: &mut Normalizer,
        batch: &RecordBatch,
    ) -> Result<(), NormalizationError> {
        for (column, name) in self.texts.iter_mut().zip(TEXTS) {
            read_texts(normalizer, name, named(batch, name)?, column)?;
        }
        for (column, name) in self.times.iter_mut().zip(TIMES) {
            read_times(name, named(batch, name)?, NO_TIME, column)?;
        }
        read_times("place", named(batch, "place")?, 0, &mut self.place)?;
        let values = named(batch, "value")?;
        let values = values.as_primitive_opt::<Float64Type>();
        let values = values.ok_or_else(|| wrong("value", "float64"))?;
        fill(&mut self.value, values.values(), values.nulls(), f64::NAN);
        let revisions = named(batch, "revision")?;
        let revisions = revisions.as_primitive_opt::<Int32Type>();
        let revisions = revisions.ok_or_else(|| wrong("revision", "int32"))?;
        fill(
            &mut self.revision,
            revisions.values(),
            revisions.nulls(),
            NO_REVISION,
        );
        Ok(())
    }

    /// The columns as the kernel takes them.
    #[must_use]
    pub fn observations(&self) -> Observations<'_> {
        let [dataset, location, counterpart, item, unit] = &self.texts;
        let [delivery_start, delivery_end, ts_event] = &self.times;
        Observations {
            dataset,
            location,
            counterpart,
            item,
            delivery_start,
            delivery_end,
            value: &self.value,
            unit,
            ts_event,
            revision: &self.revision,
            place: &self.place,
        }
    }
}

fn named<'b>(
    batch: &'b RecordBatch,
    name: &'static str,
) -> Result<&'b ArrayRef, NormalizationError> {
    batch
        .column_by_name(name)
        .ok_or_else(|| wrong(name, "there"))
}

fn wrong(name: &'static str, allowed: &'static str) -> NormalizationError {
    NormalizationError::Name {
        kind: "column",
        found: name.to_owned(),
        allowed,
    }
}

/// Copies `values`, with `none` where they are null.
fn fill<T: Copy>(out: &mut Vec<T>, values: &[T], nulls: Option<&NullBuffer>, none: T) {
    out.clear();
    out.extend_from_slice(values);
    if let Some(nulls) = nulls.filter(|nulls| nulls.null_count() > 0) {
        for (place, value) in out.iter_mut().enumerate() {
            if nulls.is_null(place) {
                *value = none;
            }
        }
    }
}

fn read_times(
    name: &'static str,
    array: &ArrayRef,
    none: i64,
    out: &mut Vec<i64>,
) -> Result<(), NormalizationError> {
    let values = array.as_primitive_opt::<Int64Type>();
    let values = values.ok_or_else(|| wrong(name, "int64"))?;
    fill(out, values.values(), values.nulls(), none);
    Ok(())
}

fn read_texts(
    normalizer: &mut Normalizer,
    name: &'static str,
    array: &ArrayRef,
    out: &mut Vec<u32>,
) -> Result<(), NormalizationError> {
    out.clear();
    out.reserve(array.len());
    let mut number = |text: &str| {
        if text.is_empty() {
            NONE
        } else {
            normalizer.number(text)
        }
    };
    match array.data_type() {
        DataType::Utf8View => {
            let texts = array.as_string_view();
            let views = texts.views();
            // A view holds the text itself or points at it, so equal views are equal texts.
            let mut known: FxHashMap<u128, u32> = FxHashMap::default();
            let mut last = None;
            for (row, view) in views.iter().enumerate() {
                if texts.is_null(row) {
                    out.push(NONE);
                    continue;
                }
                let found = match last {
                    Some((same, found)) if same == *view => found,
                    _ => *known
                        .entry(*view)
                        .or_insert_with(|| number(texts.value(row))),
                };
                last = Some((*view, found));
                out.push(found);
            }
        }
        DataType::LargeUtf8 => {
            out.extend(
                array
                    .as_string::<i64>()
                    .iter()
                    .map(|text| text.map_or(NONE, &mut number)),
            );
        }
        DataType::Utf8 => {
            out.extend(
                array
                    .as_string::<i32>()
                    .iter()
                    .map(|text| text.map_or(NONE, &mut number)),
            );
        }
        DataType::Null => out.resize(array.len(), NONE),
        _ => return Err(wrong(name, "text")),
    }
    Ok(())
}

/// Appends the rows of a batch with the columns of [`row_schema`] to `told`.
///
/// # Errors
/// [`NormalizationError::Name`] for a column that is missing or of another type.
pub fn read_rows(
    normalizer: &mut Normalizer,
    batch: &RecordBatch,
    told: &mut Told,
) -> Result<(), NormalizationError> {
    let mut texts = Vec::new();
    for (name, column) in [
        ("source", &mut told.source),
        ("dataset", &mut told.dataset),
        ("location", &mut told.location),
        ("counterpart", &mut told.counterpart),
        ("item", &mut told.item),
    ] {
        read_texts(normalizer, name, named(batch, name)?, &mut texts)?;
        column.append(&mut texts);
    }
    let mut times = Vec::new();
    for (name, column) in [
        ("delivery_start", &mut told.delivery_start),
        ("delivery_end", &mut told.delivery_end),
    ] {
        read_times(name, named(batch, name)?, NO_TIME, &mut times)?;
        column.append(&mut times);
    }
    let mut received = Vec::new();
    read_times("ts_event", named(batch, "ts_event")?, NO_TIME, &mut times)?;
    read_times("ts_recv", named(batch, "ts_recv")?, NO_TIME, &mut received)?;
    let published = times.iter().zip(&received);
    let published = published.map(|(at, recv)| if *at == NO_TIME { *recv } else { *at });
    told.published.extend(published);
    let values = named(batch, "value")?.as_primitive_opt::<Float64Type>();
    let values = values.ok_or_else(|| wrong("value", "float64"))?;
    told.value
        .extend(values.iter().map(|value| value.unwrap_or(f64::NAN)));
    let flags = named(batch, "flags")?.as_primitive_opt::<UInt32Type>();
    let flags = flags.ok_or_else(|| wrong("flags", "uint32"))?;
    told.flags
        .extend(flags.iter().map(Option::unwrap_or_default));
    Ok(())
}

/// Texts by number as views, made at first use.
struct Views<'n> {
    normalizer: &'n Normalizer,
    made: FxHashMap<u32, u128>,
    long: Vec<u8>,
}

impl Views<'_> {
    fn view(&mut self, number: u32) -> u128 {
        if let Some(view) = self.made.get(&number) {
            return *view;
        }
        let text = self.normalizer.text(number).as_bytes();
        let view = make_view(text, 0, u32::try_from(self.long.len()).unwrap_or(u32::MAX));
        if text.len() > 12 {
            self.long.extend_from_slice(text);
        }
        self.made.insert(number, view);
        view
    }

    fn column(
        &mut self,
        numbers: impl ExactSizeIterator<Item = u32>,
    ) -> Result<ArrayRef, ArrowError> {
        let mut nulls = Vec::with_capacity(numbers.len());
        let mut views = Vec::with_capacity(numbers.len());
        let mut last = (NONE, 0);
        for number in numbers {
            nulls.push(number != NONE);
            if number != last.0 {
                last = (number, if number == NONE { 0 } else { self.view(number) });
            }
            views.push(last.1);
        }
        let nulls = nulls.contains(&false).then(|| NullBuffer::from(nulls));
        let long = Buffer::from_slice_ref(&self.long);
        let array = StringViewArray::try_new(ScalarBuffer::from(views), vec![long], nulls)?;
        Ok(Arc::new(array))
    }
}

/// The columns of [`rows`], in order.
#[must_use]
pub fn row_schema() -> Schema {
    let field = |name: &str, kind: DataType, nullable| Field::new(name, kind, nullable);
    Schema::new(vec![
        field("dataset", DataType::Utf8View, false),
        field("location", DataType::Utf8View, false),
        field("counterpart", DataType::Utf8View, true),
        field("item", DataType::Utf8View, true),
        field("delivery_start", DataType::Int64, false),
        field("delivery_end", DataType::Int64, false),
        field("value", DataType::Float64, true),
        field("unit", DataType::Utf8View, false),
        field("ts_event", DataType::Int64, true),
        field("ts_recv", DataType::Int64, false),
        field("revision", DataType::Int32, true),
        field("source", DataType::Utf8View, false),
        field("flags", DataType::UInt32, false),
        field("place", DataType::Int64, false),
    ])
}

/// Normalized rows, received at `ts_recv` (ns UTC), as a batch.
///
/// # Errors
/// When Arrow refuses the columns.
pub fn rows(
    normalizer: &Normalizer,
    out: &Normalized,
    ts_recv: i64,
) -> Result<RecordBatch, ArrowError> {
    let rows = &out.rows;
    let mut views = Views {
        normalizer,
        made: FxHashMap::default(),
        long: Vec::new(),
    };
    let name = |series: &u32| normalizer.series(*series);
    let series = || rows.series.iter();
    let count = rows.series.len();
    let values = Float64Array::new(
        rows.value.clone().into(),
        nulls(&rows.value, |value| value.is_nan()),
    );
    let events = Int64Array::new(
        rows.ts_event.clone().into(),
        nulls(&rows.ts_event, |time| *time == NO_TIME),
    );
    let revisions = Int32Array::new(
        rows.revision.clone().into(),
        nulls(&rows.revision, |revision| *revision == NO_REVISION),
    );
    let columns: Vec<ArrayRef> = vec![
        views.column(series().map(|it| name(it).dataset))?,
        views.column(series().map(|it| name(it).location))?,
        views.column(series().map(|it| name(it).counterpart))?,
        views.column(series().map(|it| name(it).item))?,
        Arc::new(Int64Array::from(rows.delivery_start.clone())),
        Arc::new(Int64Array::from(rows.delivery_end.clone())),
        Arc::new(values),
        views.column(rows.unit.iter().copied())?,
        Arc::new(events),
        Arc::new(Int64Array::from(vec![ts_recv; count])),
        Arc::new(revisions),
        views.column(series().map(|it| name(it).source))?,
        Arc::new(UInt32Array::from(rows.flags.clone())),
        Arc::new(Int64Array::from(rows.place.clone())),
    ];
    RecordBatch::try_new(Arc::new(row_schema()), columns)
}

/// Where `is_none` holds, if anywhere.
fn nulls<T>(values: &[T], is_none: impl Fn(&T) -> bool) -> Option<NullBuffer> {
    let there: Vec<bool> = values.iter().map(|value| !is_none(value)).collect();
    there.contains(&false).then(|| NullBuffer::from(there))
}
