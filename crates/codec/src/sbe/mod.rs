//! Simple Binary Encoding (SBE), version 1.0 with the elements of 2.0 that are in use.
//!
//! [`Schema`] compiles a schema file to fixed offsets and refuses one that breaks a rule;
//! [`Schema::decode`] walks a message and hands [`Block`]s to a [`Visitor`], which reads the fields that
//! it wants where they lie.

mod columns;
mod decode;
mod error;
mod json;
mod parse;
mod parse_message;
mod parse_type;
mod primitive;
mod schema;

pub use columns::ColumnVisitor;
pub use decode::{Block, Header, Visitor};
pub use error::{SbeError, SchemaError};
pub use json::{to_json, to_json_encoded};
pub use primitive::{ByteOrder, Number, Primitive};
pub use schema::{
    Choice, Choices, Composite, Constant, Data, Field, Group, Kind, Layout, Member, Message,
    Presence, Schema, Simple,
};
