//! Which columns a record has.

use std::collections::HashMap;
use std::fmt::Write;

use arrow_schema::{DataType, Field as Column, TimeUnit};

use crate::record::{Field, Kind, Record, Struct};

/// Digits of a price or volume: those of 64 bits.
pub(super) const FIXED_POINT: DataType = DataType::Decimal128(19, 6);
/// Whole currency with six decimals.
pub(super) const AMOUNT: DataType = DataType::Decimal128(38, 6);
/// Units of 1 / 3.6e15 currency.
pub(super) const UNITS: DataType = DataType::Decimal128(38, 0);

/// The columns of `T`, in order.
#[must_use]
pub fn schema<T: Record>() -> Vec<Column> {
    let mut columns = Vec::new();
    for field in T::FIELDS {
        add(&mut columns, field, false);
    }
    columns
}

/// The columns that every table of stamped records begins with.
pub(super) fn stamp() -> Vec<Column> {
    vec![
        column("sequence", DataType::UInt64, false, "Place in the journal."),
        column(
            "ts_event",
            instant(),
            false,
            "When it happened at its source, UTC.",
        ),
        column("ts_recv", instant(), false, "When we received it, UTC."),
    ]
}

/// Adds the columns of `it`.
pub(super) fn add_struct(columns: &mut Vec<Column>, it: &Struct) {
    for field in it.fields {
        add(columns, field, false);
    }
}

fn add(columns: &mut Vec<Column>, field: &Field, nullable: bool) {
    let (kind, nullable) = match field.kind {
        Kind::Optional(inner) => (*inner, true),
        kind => (kind, nullable),
    };
    let (name, doc) = (field.name, field.doc);
    match kind {
        Kind::Struct(it) => {
            for inner in it.fields {
                add(columns, inner, nullable);
            }
        }
        Kind::Money => {
            let units = format!("{name}_units");
            let exact = format!("{doc} Exact, in 1 / 3.6e15 currency.");
            columns.push(column(name, AMOUNT, nullable, doc));
            columns.push(column(&units, UNITS, nullable, &exact));
        }
        Kind::Union(_) => {
            let kind = format!("{name}_kind");
            columns.push(column(&kind, code(), nullable, doc));
            columns.push(column(name, DataType::Utf8, nullable, doc));
        }
        Kind::List(inner) => {
            let item = Column::new("item", plain(*inner), false);
            columns.push(column(name, DataType::List(item.into()), nullable, doc));
        }
        kind => columns.push(column(name, plain(kind), nullable, doc)),
    }
}

/// The type of a value without parts.
fn plain(kind: Kind) -> DataType {
    match kind {
        Kind::Bool => DataType::Boolean,
        Kind::Unsigned(16) => DataType::UInt16,
        Kind::Unsigned(32) => DataType::UInt32,
        Kind::Unsigned(_) | Kind::OrderId => DataType::UInt64,
        Kind::Signed(_) => DataType::Int64,
        Kind::Price | Kind::Volume => FIXED_POINT,
        Kind::Money => UNITS,
        Kind::Timestamp => instant(),
        Kind::Currency | Kind::Code(_) => code(),
        _ => DataType::Utf8,
    }
}

fn instant() -> DataType {
    DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into()))
}

fn code() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

fn column(name: &str, kind: DataType, nullable: bool, doc: &str) -> Column {
    let metadata = HashMap::from([("description".to_owned(), doc.to_owned())]);
    Column::new(name, kind, nullable).with_metadata(metadata)
}

/// The columns of `T`, or of each record of the enum `T`, as text: one line a column.
#[must_use]
pub fn describe<T: Record>() -> String {
    let mut text = String::new();
    match T::KIND {
        Kind::Union(it) => {
            for variant in it.variants {
                if let Some(Kind::Struct(record)) = variant.kind {
                    describe_struct(&mut text, variant.name, Some(variant.tag), record);
                }
            }
        }
        Kind::Struct(it) => describe_struct(&mut text, it.name, None, it),
        _ => {}
    }
    text
}

fn describe_struct(text: &mut String, name: &str, tag: Option<u8>, it: &Struct) {
    let mut columns = Vec::new();
    add_struct(&mut columns, it);
    let tag = tag.map(|tag| format!(", number {tag}")).unwrap_or_default();
    // Writing into a string cannot fail.
    let _ = writeln!(text, "{name}{tag}: {}", it.doc);
    for column in columns {
        let kind = match column.data_type() {
            DataType::Decimal128(digits, scale) => format!("decimal({digits}, {scale})"),
            DataType::Timestamp(..) => "timestamp(ns, UTC)".to_owned(),
            DataType::Dictionary(..) => "dictionary of utf8".to_owned(),
            DataType::List(item) => format!("list of {}", item.data_type()).to_lowercase(),
            other => other.to_string().to_lowercase(),
        };
        let null = if column.is_nullable() { " or null" } else { "" };
        let doc = &column.metadata()["description"];
        let _ = writeln!(
            text,
            "    {:18} {:26} {doc}",
            column.name(),
            format!("{kind}{null}")
        );
    }
    describe_codes(text, it.fields);
    text.push('\n');
}

fn describe_codes(text: &mut String, fields: &[Field]) {
    for field in fields {
        let kind = match field.kind {
            Kind::Optional(inner) => *inner,
            kind => kind,
        };
        match kind {
            Kind::Struct(it) => describe_codes(text, it.fields),
            Kind::Code(it) => {
                let codes: Vec<_> = it
                    .codes
                    .iter()
                    .map(|(name, tag)| format!("{tag} {name}"))
                    .collect();
                let _ = writeln!(text, "    {}: {}", field.name, codes.join(", "));
            }
            _ => {}
        }
    }
}
