//! The desk's binary message: a JSON header, then columns of 64-bit numbers.
//!
//! Four bytes give the length of the header (little-endian), the header follows as UTF-8, then zeros up to
//! a multiple of eight bytes, then the columns that the header's `columns` names, one after the other,
//! each of `rows` values. `wattbook.api.packed` and `web/desk/message.ts` read it.

/// A column of the table of quotes, after the instrument.
#[derive(Debug, Clone)]
pub struct Column {
    /// Such as `bid_price`.
    pub name: String,
    /// Of its values.
    pub kind: ColumnKind,
}

/// What 64 bits mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ColumnKind {
    /// IEEE 754 doubles; what is not known is NaN.
    F8,
    /// Signed integers.
    I8,
}

impl ColumnKind {
    const fn name(self) -> &'static str {
        match self {
            Self::F8 => "f8",
            Self::I8 => "i8",
        }
    }
}

/// What a message says of itself.
pub(crate) struct Head<'a> {
    pub(crate) run: &'a str,
    pub(crate) is_snapshot: bool,
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) sent_ms: u64,
}

/// Writes a message: `topics` are names with JSON values, `quotes` rows of an instrument and one value
/// each column.
pub(crate) fn encode(
    head: &Head<'_>,
    topics: &[(&str, Vec<u8>)],
    columns: &[Column],
    quotes: &[(u64, &[u64])],
) -> Vec<u8> {
    let kind = if head.is_snapshot {
        "snapshot"
    } else {
        "delta"
    };
    let json: usize = topics
        .iter()
        .map(|(name, json)| name.len() + json.len() + 4)
        .sum();
    let mut made = Vec::with_capacity(512 + json + 8 * quotes.len() * (1 + columns.len()));
    made.extend_from_slice(&[0; 4]);
    let text = format!(
        r#"{{"kind":"{kind}","run":"{}","first":{},"last":{},"sent_ms":{}"#,
        head.run, head.first, head.last, head.sent_ms
    );
    made.extend_from_slice(text.as_bytes());
    for (name, json) in topics {
        made.extend_from_slice(format!(r#","{name}":"#).as_bytes());
        made.extend_from_slice(json);
    }
    let described = columns
        .iter()
        .map(|column| format!(r#",["{}","{}"]"#, column.name, column.kind.name()))
        .collect::<Vec<_>>()
        .concat();
    let text = format!(
        r#","rows":{},"columns":[["instrument","i8"]{described}]}}"#,
        quotes.len()
    );
    made.extend_from_slice(text.as_bytes());
    let length = (made.len() - 4) as u32;
    made[..4].copy_from_slice(&length.to_le_bytes());
    made.resize(made.len().next_multiple_of(8), 0);
    for (instrument, _) in quotes {
        made.extend_from_slice(&instrument.to_le_bytes());
    }
    for place in 0..columns.len() {
        for (_, values) in quotes {
            made.extend_from_slice(&values[place].to_le_bytes());
        }
    }
    made
}

/// Rows as a JSON array.
pub(crate) fn array<'a>(rows: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut made = vec![b'['];
    for row in rows {
        if made.len() > 1 {
            made.push(b',');
        }
        made.extend_from_slice(row);
    }
    made.push(b']');
    made
}
