//! Messages as columns.

use super::template::{FieldId, TemplateId, Templates};
use super::visit::{Value, Visitor};
use crate::columns::{Cell, Columns};

/// Fills [`Columns`] from the messages that it is shown.
#[derive(Debug, Clone)]
pub struct ColumnVisitor {
    columns: Columns,
    /// Column of each field of the templates.
    places: Vec<Option<usize>>,
    /// Whether the entries of each sequence are the rows.
    rows: Vec<bool>,
    /// For each sequence that is open: whether its entries are the rows.
    open: Vec<bool>,
    depth: u32,
}

impl ColumnVisitor {
    /// Fills `columns` from messages of `templates`.
    #[must_use]
    pub fn new(templates: &Templates, columns: Columns) -> Self {
        let fields = templates.fields().iter();
        Self {
            places: fields
                .clone()
                .map(|field| columns.place(&field.name))
                .collect(),
            rows: fields.map(|field| columns.is_rows(&field.name)).collect(),
            columns,
            open: Vec::new(),
            depth: 0,
        }
    }

    /// The columns.
    #[must_use]
    pub fn finish(self) -> Columns {
        self.columns
    }

    fn set(&mut self, field: FieldId, cell: Option<Cell<'_>>) {
        if let Some(Some(place)) = self.places.get(field.index()) {
            self.columns.set(*place, cell);
        }
    }
}

impl Visitor for ColumnVisitor {
    fn template_start(&mut self, _template: TemplateId) {
        if self.depth == 0 {
            self.columns.clear();
        }
        self.depth += 1;
    }

    fn template_end(&mut self) {
        self.depth -= 1;
        if self.depth == 0 && self.columns.is_by_message() {
            self.columns.push();
        }
    }

    fn value(&mut self, field: FieldId, value: Value<'_>) {
        let cell = match value {
            Value::Unsigned(value) => Cell::Whole(value as i64),
            Value::Signed(value) => Cell::Whole(value),
            Value::Decimal(value) => {
                // The nearest double to the decimal: dividing by a power of ten rounds once.
                let scale = 10_f64.powi(value.exponent.abs());
                let mantissa = value.mantissa as f64;
                Cell::Float(if value.exponent < 0 {
                    mantissa / scale
                } else {
                    mantissa * scale
                })
            }
            Value::Ascii(text) | Value::Bytes(text) => Cell::Text(text),
            Value::Unicode(text) => Cell::Text(text.as_bytes()),
        };
        self.set(field, Some(cell));
    }

    fn absent(&mut self, field: FieldId) {
        self.set(field, None);
    }

    fn sequence_start(&mut self, field: FieldId, _length: u32) {
        let is_rows = self.rows.get(field.index()).copied().unwrap_or(false);
        self.open.push(is_rows);
    }

    fn element_start(&mut self) {
        if self.open.last() == Some(&true) {
            self.columns.entry_start();
        }
    }

    fn element_end(&mut self) {
        if self.open.last() == Some(&true) {
            self.columns.entry_end();
        }
    }

    fn sequence_end(&mut self) {
        self.open.pop();
    }
}
