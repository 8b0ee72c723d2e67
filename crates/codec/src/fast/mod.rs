//! FIX Adapted for Streaming (FAST), version 1.1.
//!
//! [`Templates`] compiles a template file to lists of operations; a [`Decoder`] runs them over messages,
//! with the dictionaries of previous values, and tells a [`Visitor`] what it finds.

mod columns;
mod compile;
mod compile_field;
mod decode;
mod decode_number;
mod decode_text;
mod encode;
mod encode_value;
mod error;
mod initial;
mod state;
mod stream;
mod tape;
mod template;
mod visit;

pub use columns::ColumnVisitor;
pub use decode::{Decoder, Dictionaries, FastConfig};
pub use encode::Encoder;
pub use error::{EncodeError, FastError, FastFault, TemplateError};
pub use tape::Tape;
pub use template::{Decimal, Field, FieldId, Template, TemplateId, Templates};
pub use visit::{Value, Visitor};
