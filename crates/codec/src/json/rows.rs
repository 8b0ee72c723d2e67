//! Rows at a path, chosen fields of them, as columns.

use std::borrow::Cow;

use wattbook_domain::Price;

use super::JsonError;
use super::document::{Document, Kind, Value, steps};
use crate::frame::{FrameColumn, FrameValues, Presence, Texts};
use crate::instant::written;

/// What a field is read as; `null` and a field that is not there are no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// A string; of a number its digits, of a truth value its word.
    Text,
    /// A number.
    Number,
    /// A number, or a string that holds one.
    NumberOrText,
    /// A whole number of 64 bits, or a string that holds one.
    Whole,
    /// A number or a string that holds one, exactly in 1e-6; a finer one is a fault.
    Millionths,
    /// A time with its offset from UTC: ns UTC.
    Instant,
    /// A time without offset: ns of its digits as if they were UTC.
    Wall,
}

/// A field to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Name of its column.
    pub name: String,
    /// JSON Pointer from the row to the value: `/price`, `/area/code`, `""` for the row itself.
    pub path: String,
    /// What it is read as.
    pub kind: FieldKind,
}

/// A row that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Its place among all rows, from 0.
    pub place: usize,
    /// Its first byte.
    pub start: usize,
    /// One after its last byte.
    pub end: usize,
    /// What is wrong.
    pub reason: String,
}

/// Rows as columns.
#[derive(Debug, Clone, PartialEq)]
pub struct Rows {
    /// One for each field, in the order asked for.
    pub columns: Vec<FrameColumn>,
    /// Place of each row among all rows, those with faults counted.
    pub place: Vec<i64>,
    /// First byte of each row.
    pub offset: Vec<i64>,
    /// Rows left out.
    pub faults: Vec<RowFault>,
}

enum Cell<'a> {
    Absent,
    Float(f64),
    Whole(i64),
    Text(Cow<'a, str>),
}

struct Reader<'f, 'a> {
    fields: &'f [Field],
    first: Vec<Option<Cow<'f, str>>>,
    row: Vec<Cell<'a>>,
    out: Rows,
    rows: usize,
}

/// Reads `fields` of each row that `path` leads to: a JSON Pointer in which `*` stands for each element of
/// an array or each member of an object (`/response/data/*`).
///
/// # Errors
/// [`JsonError::NoSuchPath`] when a step before the first `*` leads nowhere; after it, that element is a
/// fault of its own.
pub fn rows(document: &Document<'_>, path: &str, fields: &[Field]) -> Result<Rows, JsonError> {
    let first = fields.iter().map(|field| steps(&field.path).next());
    let columns = fields.iter().map(|field| FrameColumn {
        name: field.name.clone(),
        values: match field.kind {
            FieldKind::Text => FrameValues::Text(Texts::default()),
            FieldKind::Number | FieldKind::NumberOrText => FrameValues::Float(Vec::new()),
            FieldKind::Whole | FieldKind::Millionths | FieldKind::Instant | FieldKind::Wall => {
                FrameValues::Whole(Vec::new())
            }
        },
        is_there: Presence::default(),
    });
    let mut reader = Reader {
        fields,
        first: first.collect(),
        row: Vec::with_capacity(fields.len()),
        out: Rows {
            columns: columns.collect(),
            place: Vec::new(),
            offset: Vec::new(),
            faults: Vec::new(),
        },
        rows: 0,
    };
    let path_steps: Vec<_> = steps(path).collect();
    reader.walk(document.root(), &path_steps, path, false)?;
    Ok(reader.out)
}

impl<'a> Reader<'_, 'a> {
    fn walk(
        &mut self,
        value: Value<'_, 'a>,
        steps: &[Cow<'_, str>],
        path: &str,
        is_below_star: bool,
    ) -> Result<(), JsonError> {
        let Some((step, rest)) = steps.split_first() else {
            self.take(value);
            return Ok(());
        };
        let many = matches!(value.kind(), Kind::Array | Kind::Object);
        if step == "*" && many {
            for element in value.elements() {
                self.walk(element, rest, path, true)?;
            }
            for (_, member) in value.members() {
                self.walk(member, rest, path, true)?;
            }
            return Ok(());
        }
        match value.step(step) {
            Some(next) => self.walk(next, rest, path, is_below_star),
            None if is_below_star => {
                self.fault(value, format!("there is no {step:?} here"));
                Ok(())
            }
            None => Err(JsonError::NoSuchPath {
                offset: value.offset(),
                step: step.to_string(),
                path: path.to_owned(),
            }),
        }
    }

    fn fault(&mut self, row: Value<'_, 'a>, reason: String) {
        let start = row.offset();
        self.out.faults.push(RowFault {
            place: self.rows,
            start,
            end: start + row.raw().len(),
            reason,
        });
        self.rows += 1;
    }

    fn take(&mut self, row: Value<'_, 'a>) {
        self.row.clear();
        self.row.resize_with(self.fields.len(), || Cell::Absent);
        if let Err(reason) = self.read(row) {
            self.fault(row, reason);
            return;
        }
        for (column, cell) in self.out.columns.iter_mut().zip(self.row.drain(..)) {
            column.is_there.push(!matches!(cell, Cell::Absent));
            match (&mut column.values, cell) {
                (FrameValues::Float(values), Cell::Float(value)) => values.push(value),
                (FrameValues::Float(values), _) => values.push(0.0),
                (FrameValues::Whole(values), Cell::Whole(value)) => values.push(value),
                (FrameValues::Whole(values), _) => values.push(0),
                (FrameValues::Text(values), Cell::Text(value)) => values.push(&value),
                (FrameValues::Text(values), _) => values.push(""),
            }
        }
        self.out.place.push(self.rows as i64);
        self.out.offset.push(row.offset() as i64);
        self.rows += 1;
    }

    fn read(&mut self, row: Value<'_, 'a>) -> Result<(), String> {
        for (place, field) in self.fields.iter().enumerate() {
            // Members of an object are read in one go below.
            if row.kind() == Kind::Object && !field.path.is_empty() {
                continue;
            }
            if let Some(value) = row.at(&field.path) {
                self.set(place, value)?;
            }
        }
        for (key, member) in row.members() {
            for place in 0..self.fields.len() {
                if self.first[place].as_deref() != Some(&*key) {
                    continue;
                }
                let value = steps(&self.fields[place].path)
                    .skip(1)
                    .try_fold(member, Value::step);
                if let Some(value) = value {
                    self.set(place, value)?;
                }
            }
        }
        Ok(())
    }

    fn set(&mut self, place: usize, value: Value<'_, 'a>) -> Result<(), String> {
        let field = &self.fields[place];
        if value.is_null() {
            return Ok(());
        }
        let cell = match field.kind {
            FieldKind::Text => text(value),
            FieldKind::Number => value.number().and_then(float),
            FieldKind::NumberOrText => value.number_or_text().and_then(float),
            FieldKind::Whole => {
                let digits = value.number_or_text();
                digits.and_then(|digits| digits.parse().ok().map(Cell::Whole))
            }
            FieldKind::Millionths => {
                let price = value.number_or_text();
                let price = price.and_then(|digits| digits.parse::<Price>().ok());
                price.map(|price| Cell::Whole(price.millionths()))
            }
            FieldKind::Instant => {
                let time = value.text().and_then(|text| written(text.as_bytes()));
                time.and_then(|time| {
                    let offset = time.offset_seconds?;
                    Some(Cell::Whole(time.wall - offset * 1_000_000_000))
                })
            }
            FieldKind::Wall => {
                let time = value.text().and_then(|text| written(text.as_bytes()));
                let time = time.filter(|time| time.offset_seconds.is_none());
                time.map(|time| Cell::Whole(time.wall))
            }
        };
        let Some(cell) = cell else {
            let wanted = match field.kind {
                FieldKind::Text => "a text",
                FieldKind::Number => "a number",
                FieldKind::NumberOrText => "a number or the text of one",
                FieldKind::Whole => "a whole number",
                FieldKind::Millionths => "a number of at most six decimals",
                FieldKind::Instant => "a time with its offset",
                FieldKind::Wall => "a time without offset",
            };
            let found: String = value.raw().chars().take(40).collect();
            let (path, offset) = (&field.path, value.offset());
            return Err(format!(
                "{path} at byte {offset} is {found:?}, not {wanted}"
            ));
        };
        self.row[place] = cell;
        Ok(())
    }
}

fn text<'a>(value: Value<'_, 'a>) -> Option<Cell<'a>> {
    match value.kind() {
        Kind::Number | Kind::True | Kind::False => Some(Cell::Text(Cow::Borrowed(value.raw()))),
        _ => value.text().map(Cell::Text),
    }
}

fn float<'a>(digits: &str) -> Option<Cell<'a>> {
    let value: f64 = digits.parse().ok()?;
    value.is_finite().then_some(Cell::Float(value))
}
