//! Arrow tables of domain records and records of Arrow tables, behind the feature `arrow`.
//!
//! A record is a row. Its fields are columns of the same names; the fields of a nested record stand
//! among them under their own names. Exact values stay exact and readable:
//!
//! | field | column |
//! |---|---|
//! | price, volume | decimal(19, 6) |
//! | money | `name`: decimal(38, 6), rounded half to even, and `name_units`: decimal(38, 0) of 1 / 3.6e15 currency, exact |
//! | instant | timestamp(ns, UTC) |
//! | identifier | unsigned integer |
//! | name of an enumeration | dictionary of text |
//! | nested choice, such as a refusal | `name`: its text form, and `name_kind` |

mod cells;
mod columns;
mod records;
mod schema;
mod tables;

pub use arrow_array::RecordBatch;
pub use columns::Columns;
pub use records::{TableError, inputs, records};
pub use schema::{describe, schema};
pub use tables::Tables;
