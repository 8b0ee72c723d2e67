//! Where the fields of each record type stand.

use super::{definition, tables};

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// The record header: `ts_event`, `rtype`, `publisher_id`, `instrument_id`.
    Header,
    /// One byte, unsigned.
    U8,
    /// One byte, signed.
    I8,
    /// Two bytes, unsigned.
    U16,
    /// Two bytes, signed.
    I16,
    /// Four bytes, unsigned.
    U32,
    /// Four bytes, signed.
    I32,
    /// Eight bytes, unsigned.
    U64,
    /// Eight bytes, signed.
    I64,
    /// A price in 1e-9, eight bytes, signed.
    Price,
    /// Nanoseconds since 1970 UTC, eight bytes, unsigned.
    Time,
    /// One ASCII character; NUL for none.
    Char,
    /// Text of so many bytes, ended by NUL.
    Text(usize),
    /// So many levels of a book: prices, volumes, numbers of orders.
    Levels(usize),
    /// So many levels of a consolidated book: prices, volumes, publishers.
    Consolidated(usize),
}

/// A field of a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: &'static str,
    /// Its first byte, counted from the record's.
    pub offset: usize,
    /// What it is.
    pub kind: Kind,
}

/// The fields of a record type.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    /// Name of the record type.
    pub name: &'static str,
    /// Length of the record, in bytes, header included.
    pub size: usize,
    /// Its fields, in the order in which they are printed.
    pub fields: &'static [Field],
}

pub(super) const fn field(name: &'static str, offset: usize, kind: Kind) -> Field {
    Field { name, offset, kind }
}

/// Layouts of a record type, the shortest first: versions of the format differ in length.
pub(super) const fn layouts(rtype: u8) -> &'static [&'static Layout] {
    match rtype {
        0x00 => &[&tables::TRADE],
        0x01 | 0xc5 => &[&tables::MBP_1],
        0x0a => &[&tables::MBP_10],
        0x11 | 0x20..=0x24 => &[&tables::OHLCV],
        0x12 => &[&tables::STATUS],
        0x13 => &[
            &definition::DEFINITION_V1,
            &definition::DEFINITION_V2,
            &definition::DEFINITION,
        ],
        0x14 => &[&tables::IMBALANCE],
        0x15 => &[&tables::ERROR_V1, &tables::ERROR],
        0x16 => &[&tables::SYMBOL_MAPPING_V1, &tables::SYMBOL_MAPPING],
        0x17 => &[&tables::SYSTEM_V1, &tables::SYSTEM],
        0x18 => &[&tables::STATISTICS_V1, &tables::STATISTICS],
        0xa0 => &[&tables::MBO],
        0xb1 | 0xc2 => &[&tables::CMBP_1],
        0xc0 | 0xc1 => &[&tables::CBBO],
        0xc3 | 0xc4 => &[&tables::BBO],
        _ => &[],
    }
}

/// Layout of a record of `rtype` that is `size` bytes long, `ts_out` left out; the longest that fits,
/// so that a later version may append fields.
#[must_use]
pub fn layout(rtype: u8, size: usize) -> Option<&'static Layout> {
    let layouts = layouts(rtype);
    layouts
        .iter()
        .rev()
        .find(|known| known.size <= size)
        .copied()
}
