//! One table for each record of an enum, such as every event of a run.

use std::collections::BTreeMap;

use arrow_array::RecordBatch;
use arrow_schema::ArrowError;

use super::columns::Columns;
use crate::input::{Input, Sequenced, Stamp};
use crate::record::{Field, Kind, Record, Value, Variant, Visitor};

/// A table for each kind of record, by the name that the enum gives it.
#[derive(Default)]
pub struct Tables {
    tables: BTreeMap<&'static str, Columns>,
}

impl Tables {
    /// Adds `record`, an enum of records such as an `Event`, to the table of what it holds.
    pub fn push(&mut self, stamp: Stamp, record: &impl Record) {
        let mut row = Row {
            tables: &mut self.tables,
            stamp,
            table: None,
        };
        record.visit(&mut row);
    }

    /// Adds what `input` holds to the table of its kind; advances of time have none.
    pub fn push_input(&mut self, input: &Sequenced) {
        let stamp = input.stamp();
        match &input.input {
            Input::Command { command, .. } => self.push(stamp, command),
            Input::TimeAdvanced => {}
            other => self.push(stamp, other),
        }
    }

    /// Each table by name, sorted; the tables are empty again.
    ///
    /// # Errors
    /// When an amount of money has more than 38 digits.
    pub fn finish(&mut self) -> Result<Vec<(&'static str, RecordBatch)>, ArrowError> {
        let filled = self
            .tables
            .iter_mut()
            .filter(|(_, columns)| !columns.is_empty());
        filled
            .map(|(name, columns)| Ok((*name, columns.finish()?)))
            .collect()
    }
}

/// Passes a record on to the columns of the innermost choice that holds it.
struct Row<'a> {
    tables: &'a mut BTreeMap<&'static str, Columns>,
    stamp: Stamp,
    table: Option<&'static str>,
}

impl Row<'_> {
    fn columns(&mut self) -> Option<&mut Columns> {
        self.tables.get_mut(self.table?)
    }
}

impl Visitor for Row<'_> {
    fn variant(&mut self, variant: &'static Variant) {
        if let Some(columns) = self.columns() {
            columns.variant(variant);
        } else if let Some(Kind::Struct(it)) = variant.kind {
            let name = variant.name;
            let columns = self
                .tables
                .entry(name)
                .or_insert_with(|| Columns::stamped(it));
            columns.begin(self.stamp);
            self.table = Some(name);
        }
    }

    fn value(&mut self, value: Value<'_>) {
        if let Some(columns) = self.columns() {
            columns.value(value);
        }
    }

    fn begin_struct(&mut self) {
        if let Some(columns) = self.columns() {
            columns.begin_struct();
        }
    }

    fn field(&mut self, field: &'static Field) {
        if let Some(columns) = self.columns() {
            columns.field(field);
        }
    }

    fn end_struct(&mut self) {
        if let Some(columns) = self.columns() {
            columns.end_struct();
        }
    }

    fn begin_list(&mut self) {
        if let Some(columns) = self.columns() {
            columns.begin_list();
        }
    }

    fn end_list(&mut self) {
        if let Some(columns) = self.columns() {
            columns.end_list();
        }
    }
}
