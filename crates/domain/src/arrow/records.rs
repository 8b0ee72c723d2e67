//! Records of Arrow tables: the way back of [`Tables`](super::Tables).
//!
//! A row becomes the text form of its record and is read from there, so a table can hold nothing
//! that a record cannot, and every refusal names table, row and column.

use arrow_array::RecordBatch;

use super::cells::Cells;
use crate::deal::Deal;
use crate::input::{Input, Sequenced};
use crate::market::MarketEvent;
use crate::record::{Field, Kind, Record, Struct};
use crate::reference::ReferenceEvent;
use crate::report::VenueReport;
use crate::time::Timestamp;

/// A table that holds no records; says where, what, and how to mend it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TableError {
    /// A name that no record among the inputs has.
    #[error("no input is called {name:?}; name the table after one of {allowed}")]
    UnknownTable {
        /// As found.
        name: String,
        /// The names that exist.
        allowed: String,
    },
    /// A column that is not there.
    #[error("table {table} has no column {column:?}; add it")]
    MissingColumn {
        /// Which table.
        table: String,
        /// Which column.
        column: String,
    },
    /// A column that belongs to no field.
    #[error("table {table} has a column {column:?} that its records lack; drop or rename it")]
    UnknownColumn {
        /// Which table.
        table: String,
        /// As found.
        column: String,
    },
    /// A column whose type holds no such values.
    #[error("table {table}: column {column:?} is {found}; cast it to the type that schema/ gives")]
    ColumnType {
        /// Which table.
        table: String,
        /// Which column.
        column: String,
        /// Its type.
        found: String,
    },
    /// A value that the field cannot have.
    #[error("table {table}, row {row}, column {column:?}: {reason}; mend or drop the row")]
    Cell {
        /// Which table.
        table: String,
        /// From 0.
        row: usize,
        /// Which column.
        column: String,
        /// Why not.
        reason: String,
    },
    /// A row that is no record.
    #[error("table {table}, row {row}: {reason}; mend or drop the row")]
    Row {
        /// Which table.
        table: String,
        /// From 0.
        row: usize,
        /// Why not.
        reason: String,
    },
}

/// A field and where its value stands.
enum Bound {
    Leaf {
        name: &'static str,
        kind: Kind,
        is_optional: bool,
        cells: Cells,
    },
    Struct {
        name: &'static str,
        is_optional: bool,
        fields: Vec<Bound>,
    },
}

/// A table while it is read.
struct Source<'a> {
    table: &'a str,
    batch: &'a RecordBatch,
    taken: Vec<bool>,
}

impl Source<'_> {
    fn column(&mut self, name: &str) -> Result<Option<Cells>, TableError> {
        let Ok(index) = self.batch.schema().index_of(name) else {
            return Ok(None);
        };
        self.taken[index] = true;
        let array = self.batch.column(index);
        Cells::of(array)
            .map(Some)
            .ok_or_else(|| self.wrong_type(name))
    }

    fn wrong_type(&self, name: &str) -> TableError {
        let schema = self.batch.schema();
        let found = schema
            .field_with_name(name)
            .map(|it| it.data_type().to_string());
        TableError::ColumnType {
            table: self.table.to_owned(),
            column: name.to_owned(),
            found: found.unwrap_or_default(),
        }
    }

    fn stamp(&mut self, name: &str) -> Result<Cells, TableError> {
        let kind = if name == "sequence" {
            Kind::Unsigned(64)
        } else {
            Kind::Timestamp
        };
        let cells = self.column(name)?.ok_or_else(|| self.missing(name))?;
        if cells.fits(kind) {
            Ok(cells)
        } else {
            Err(self.wrong_type(name))
        }
    }

    fn missing(&self, column: &str) -> TableError {
        TableError::MissingColumn {
            table: self.table.to_owned(),
            column: column.to_owned(),
        }
    }

    /// The columns of `it`; optional fields may have none.
    fn bind(&mut self, it: &Struct, is_inner_optional: bool) -> Result<Vec<Bound>, TableError> {
        let mut fields = Vec::with_capacity(it.fields.len());
        for field in it.fields {
            if let Some(bound) = self.bind_field(field, is_inner_optional)? {
                fields.push(bound);
            }
        }
        Ok(fields)
    }

    fn bind_field(&mut self, field: &Field, may_lack: bool) -> Result<Option<Bound>, TableError> {
        let (kind, is_optional) = match field.kind {
            Kind::Optional(inner) => (*inner, true),
            kind => (kind, false),
        };
        let name = field.name;
        if let Kind::Struct(it) = kind {
            let fields = self.bind(it, is_optional || may_lack)?;
            let bound = Bound::Struct {
                name,
                is_optional,
                fields,
            };
            return Ok(Some(bound));
        }
        let mut found = self.column(name)?;
        if kind == Kind::Money {
            // The decimals are rounded where the units beside them are exact.
            found = self.column(&format!("{name}_units"))?.or(found);
        }
        if matches!(kind, Kind::Union(_)) {
            self.column(&format!("{name}_kind"))?;
        }
        match found {
            Some(cells) if cells.fits(kind) => Ok(Some(Bound::Leaf {
                name,
                kind,
                is_optional,
                cells,
            })),
            // Without a value its type says nothing.
            Some(cells)
                if is_optional && (0..self.batch.num_rows()).all(|row| cells.is_null(row)) =>
            {
                Ok(None)
            }
            Some(_) => Err(self.wrong_type(name)),
            None if is_optional || may_lack => Ok(None),
            None => Err(self.missing(name)),
        }
    }

    fn check_all_taken(&self) -> Result<(), TableError> {
        let schema = self.batch.schema();
        let unknown = schema
            .fields()
            .iter()
            .zip(&self.taken)
            .find(|(_, taken)| !**taken);
        match unknown {
            Some((field, _)) => Err(TableError::UnknownColumn {
                table: self.table.to_owned(),
                column: field.name().clone(),
            }),
            None => Ok(()),
        }
    }

    fn cell(&self, row: usize, column: &str, reason: String) -> TableError {
        TableError::Cell {
            table: self.table.to_owned(),
            row,
            column: column.to_owned(),
            reason,
        }
    }

    /// Appends the text form of the record in `row`.
    fn write(&self, fields: &[Bound], row: usize, out: &mut String) -> Result<(), TableError> {
        out.push('{');
        let mut is_first = true;
        for field in fields {
            if field.is_absent(row) {
                continue;
            }
            if !is_first {
                out.push(' ');
            }
            is_first = false;
            match field {
                Bound::Struct { name, fields, .. } => {
                    out.push_str(name);
                    out.push('=');
                    self.write(fields, row, out)?;
                }
                Bound::Leaf { name, cells, .. } if cells.is_null(row) => {
                    return Err(self.cell(row, name, "it is null".to_owned()));
                }
                Bound::Leaf {
                    name, kind, cells, ..
                } => {
                    out.push_str(name);
                    out.push('=');
                    cells
                        .write(*kind, row, out)
                        .map_err(|reason| self.cell(row, name, reason))?;
                }
            }
        }
        out.push('}');
        Ok(())
    }
}

impl Bound {
    /// Whether `row` holds nothing here, as it may.
    fn is_absent(&self, row: usize) -> bool {
        match self {
            Self::Leaf {
                is_optional, cells, ..
            } => *is_optional && cells.is_null(row),
            Self::Struct {
                is_optional,
                fields,
                ..
            } => *is_optional && fields.iter().all(|field| field.is_empty(row)),
        }
    }

    fn is_empty(&self, row: usize) -> bool {
        match self {
            Self::Leaf { cells, .. } => cells.is_null(row),
            Self::Struct { fields, .. } => fields.iter().all(|field| field.is_empty(row)),
        }
    }
}

/// The records of `T`, a struct, in the rows of `batch`.
///
/// # Errors
/// [`TableError`] for a column that is missing, unknown or of another type, and for the first row that
/// is no record.
pub fn records<T: Record>(batch: &RecordBatch) -> Result<Vec<T>, TableError> {
    let Kind::Struct(it) = T::KIND else {
        return Err(unknown(T::NAME));
    };
    let mut source = source(T::NAME, batch);
    let fields = source.bind(it, false)?;
    source.check_all_taken()?;
    let mut text = String::new();
    let rows = 0..batch.num_rows();
    rows.map(|row| {
        text.clear();
        source.write(&fields, row, &mut text)?;
        T::from_text(&text).map_err(|error| faulty_row(T::NAME, row, &error))
    })
    .collect()
}

/// The inputs in the rows of `batch`, stamped records called `table`, such as `Quote`. Commands
/// are not read, because a table of them does not name their clients.
///
/// # Errors
/// As [`records`], and for a table that is named after no input.
pub fn inputs(table: &str, batch: &RecordBatch) -> Result<Vec<Sequenced>, TableError> {
    let (it, read) = reader(table).ok_or_else(|| unknown(table))?;
    let mut source = source(table, batch);
    let stamps = [
        source.stamp("sequence")?,
        source.stamp("ts_event")?,
        source.stamp("ts_recv")?,
    ];
    let fields = source.bind(it, false)?;
    source.check_all_taken()?;
    let stamp = |row: usize, nth: usize, column: &str| {
        let number = stamps[nth].number(row);
        number.ok_or_else(|| source.cell(row, column, "it is null".to_owned()))
    };
    let instant = |row, nth, column| {
        let nanos = i64::try_from(stamp(row, nth, column)?);
        let outside = |_| {
            source.cell(
                row,
                column,
                "it lies outside the years 1678 to 2261".to_owned(),
            )
        };
        nanos.map(Timestamp::from_nanos).map_err(outside)
    };
    let mut text = String::new();
    let rows = 0..batch.num_rows();
    rows.map(|row| {
        text.clear();
        text.push_str(table);
        text.push(' ');
        source.write(&fields, row, &mut text)?;
        let sequence = u64::try_from(stamp(row, 0, "sequence")?);
        Ok(Sequenced {
            sequence: sequence
                .map_err(|_| source.cell(row, "sequence", "it is below zero".to_owned()))?,
            ts_event: instant(row, 1, "ts_event")?,
            ts_recv: instant(row, 2, "ts_recv")?,
            input: read(&text).map_err(|error| faulty_row(table, row, &error))?,
        })
    })
    .collect()
}

type ReadInput = fn(&str) -> Result<Input, crate::record::TextError>;

/// The fields of the input called `table`, and what reads its text form.
fn reader(table: &str) -> Option<(&'static Struct, ReadInput)> {
    fn variant<T: Record>(table: &str) -> Option<&'static Struct> {
        let Kind::Union(it) = T::KIND else {
            return None;
        };
        let found = it.variants.iter().find(|variant| variant.name == table)?;
        match found.kind {
            Some(Kind::Struct(it)) => Some(it),
            _ => None,
        }
    }
    let market: ReadInput = |text| MarketEvent::from_text(text).map(Input::Market);
    let report: ReadInput = |text| VenueReport::from_text(text).map(Input::Report);
    let reference: ReadInput = |text| ReferenceEvent::from_text(text).map(Input::Reference);
    let deal: ReadInput = |text| Deal::from_text(&text["Deal ".len()..]).map(Input::Deal);
    let market = variant::<MarketEvent>(table).map(|it| (it, market));
    let report = market.or_else(|| variant::<VenueReport>(table).map(|it| (it, report)));
    let reference = report.or_else(|| variant::<ReferenceEvent>(table).map(|it| (it, reference)));
    reference.or_else(|| match Deal::KIND {
        Kind::Struct(it) if table == Deal::NAME => Some((it, deal)),
        _ => None,
    })
}

fn unknown(name: &str) -> TableError {
    let names = [MarketEvent::KIND, VenueReport::KIND, ReferenceEvent::KIND].into_iter();
    let names = names.flat_map(|kind| match kind {
        Kind::Union(it) => it.variants,
        _ => &[],
    });
    let names = names.map(|variant| variant.name).chain([Deal::NAME]);
    TableError::UnknownTable {
        name: name.to_owned(),
        allowed: names.collect::<Vec<_>>().join(", "),
    }
}

fn source<'a>(table: &'a str, batch: &'a RecordBatch) -> Source<'a> {
    let taken = vec![false; batch.num_columns()];
    Source {
        table,
        batch,
        taken,
    }
}

fn faulty_row(table: &str, row: usize, error: &crate::record::TextError) -> TableError {
    TableError::Row {
        table: table.to_owned(),
        row,
        reason: error.to_string(),
    }
}
