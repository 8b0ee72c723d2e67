//! Field tables, as `RabbitMQ` reads and writes them.

use super::wire::{Fault, Field, Reader, Writer};

/// Tables and arrays within each other, at most.
const DEPTH_MAX: usize = 16;

/// A value of a field table.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    Void,
    /// True or false.
    Bool(bool),
    /// A signed whole number of 8 bits.
    I8(i8),
    /// A whole number of 8 bits.
    U8(u8),
    /// A signed whole number of 16 bits.
    I16(i16),
    /// A whole number of 16 bits.
    U16(u16),
    /// A signed whole number of 32 bits.
    I32(i32),
    /// A whole number of 32 bits.
    U32(u32),
    /// A signed whole number of 64 bits.
    I64(i64),
    /// A float.
    F32(f32),
    /// A double.
    F64(f64),
    /// Digits and how many of them are decimals.
    Decimal(u8, i32),
    /// Text, or any bytes.
    Text(Vec<u8>),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// Seconds since 1970 UTC.
    Seconds(u64),
    /// Values.
    Array(Vec<Value>),
    /// Names and values.
    Table(Table),
}

/// Names and values, in their order.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table(pub Vec<(String, Value)>);

impl Table {
    /// The value of `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value)
    }

    /// This table with `name` as well.
    #[must_use]
    pub fn with(mut self, name: &str, value: Value) -> Self {
        self.0.push((name.to_owned(), value));
        self
    }
}

impl Value {
    /// Text of `text`.
    #[must_use]
    pub fn text(text: &str) -> Self {
        Self::Text(text.as_bytes().to_vec())
    }

    /// Text, with what is no UTF-8 in it replaced.
    #[must_use]
    pub fn as_text(&self) -> Option<String> {
        match self {
            Self::Text(bytes) => Some(String::from_utf8_lossy(bytes).into_owned()),
            _ => None,
        }
    }

    /// This value as a whole number, whatever its width.
    #[must_use]
    pub fn whole(&self) -> Option<i64> {
        match *self {
            Self::I8(value) => Some(value.into()),
            Self::U8(value) => Some(value.into()),
            Self::I16(value) => Some(value.into()),
            Self::U16(value) => Some(value.into()),
            Self::I32(value) => Some(value.into()),
            Self::U32(value) => Some(value.into()),
            Self::I64(value) => Some(value),
            Self::Seconds(value) => i64::try_from(value).ok(),
            _ => None,
        }
    }
}

/// Writes a table behind its length in bytes.
pub(crate) fn write_table(table: &Table, out: &mut Writer) {
    let mut inner = Writer::default();
    for (name, value) in &table.0 {
        name.write(&mut inner);
        write_value(value, &mut inner);
    }
    inner.finish().write(out);
}

fn write_value(value: &Value, out: &mut Writer) {
    fn tagged(out: &mut Writer, tag: u8, field: &impl Field) {
        out.put(&[tag]);
        field.write(out);
    }
    match value {
        Value::Void => out.put(b"V"),
        Value::Bool(value) => tagged(out, b't', &u8::from(*value)),
        Value::I8(value) => tagged(out, b'b', value),
        Value::U8(value) => tagged(out, b'B', value),
        Value::I16(value) => tagged(out, b's', value),
        Value::U16(value) => tagged(out, b'u', value),
        Value::I32(value) => tagged(out, b'I', value),
        Value::U32(value) => tagged(out, b'i', value),
        Value::I64(value) => tagged(out, b'l', value),
        Value::F32(value) => tagged(out, b'f', value),
        Value::F64(value) => tagged(out, b'd', value),
        Value::Decimal(scale, digits) => {
            tagged(out, b'D', scale);
            digits.write(out);
        }
        Value::Text(bytes) => tagged(out, b'S', bytes),
        Value::Bytes(bytes) => tagged(out, b'x', bytes),
        Value::Seconds(seconds) => tagged(out, b'T', seconds),
        Value::Array(values) => {
            let mut inner = Writer::default();
            for value in values {
                write_value(value, &mut inner);
            }
            tagged(out, b'A', &inner.finish());
        }
        Value::Table(table) => tagged(out, b'F', table),
    }
}

/// Reads a table that lies `depth` deep in others.
pub(crate) fn read_table(input: &mut Reader<'_>, depth: usize) -> Result<Table, Fault> {
    if depth > DEPTH_MAX {
        return Err(format!("tables more than {DEPTH_MAX} deep"));
    }
    let length = u32::read(input)?;
    let mut inner = Reader::new(input.take(length as usize)?);
    let mut table = Table::default();
    while !inner.rest().is_empty() {
        let name = String::read(&mut inner)?;
        table.0.push((name, read_value(&mut inner, depth)?));
    }
    Ok(table)
}

fn read_value(input: &mut Reader<'_>, depth: usize) -> Result<Value, Fault> {
    Ok(match u8::read(input)? {
        b'V' => Value::Void,
        b't' => Value::Bool(u8::read(input)? != 0),
        b'b' => Value::I8(i8::read(input)?),
        b'B' => Value::U8(u8::read(input)?),
        b's' => Value::I16(i16::read(input)?),
        b'u' => Value::U16(u16::read(input)?),
        b'I' => Value::I32(i32::read(input)?),
        b'i' => Value::U32(u32::read(input)?),
        b'l' => Value::I64(i64::read(input)?),
        b'f' => Value::F32(f32::read(input)?),
        b'd' => Value::F64(f64::read(input)?),
        b'D' => Value::Decimal(u8::read(input)?, i32::read(input)?),
        b'S' => Value::Text(Vec::read(input)?),
        b'x' => Value::Bytes(Vec::read(input)?),
        b'T' => Value::Seconds(u64::read(input)?),
        b'A' => read_array(input, depth + 1)?,
        b'F' => Value::Table(read_table(input, depth + 1)?),
        tag => {
            return Err(format!(
                "a field value of the unknown type {:?}",
                tag as char
            ));
        }
    })
}

fn read_array(input: &mut Reader<'_>, depth: usize) -> Result<Value, Fault> {
    if depth > DEPTH_MAX {
        return Err(format!("arrays more than {DEPTH_MAX} deep"));
    }
    let length = u32::read(input)?;
    let mut inner = Reader::new(input.take(length as usize)?);
    let mut values = Vec::new();
    while !inner.rest().is_empty() {
        values.push(read_value(&mut inner, depth)?);
    }
    Ok(Value::Array(values))
}
