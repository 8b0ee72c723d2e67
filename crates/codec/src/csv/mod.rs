//! Comma-separated text (RFC 4180) to typed columns, and AEMO's form with several tables in a file.
//!
//! Commas, quotes and line ends are found 64 bytes at a time, and columns are made of some rows at a time,
//! one after the other. A line that cannot be read is set aside with its offset, and reading goes on with
//! the next.

mod aemo;
mod cells;
mod column;
mod marks;
mod number;
mod record;
mod rows;
mod table;

pub use aemo::{Report, Section, Trailer, report};
pub use cells::{CellKind, Limits, LineFault};
pub use number::float;
pub use table::{CsvError, Table, table};
