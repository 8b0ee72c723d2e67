//! JSON (RFC 8259): bytes to a flat list of values that keeps the text and the place of each.
//!
//! Why not a parser off the shelf: a price must be readable from its own digits, every fault and every
//! value needs its offset for the quarantine, and a key that stands twice must be refused. The parsers
//! tried turn numbers into floats and keep no offsets.
//!
//! ```
//! use wattbook_codec::json::{Document, Limits};
//!
//! let document = Document::parse(br#"{"rows": [{"price": -12.50}]}"#, Limits::default())?;
//! let price = document.root().at("/rows/0/price").and_then(|value| value.number());
//! assert_eq!(price, Some("-12.50"));
//! # Ok::<(), wattbook_codec::json::JsonError>(())
//! ```

mod document;
mod error;
mod parse;
mod rows;
mod scan;
mod write;

pub use document::{Document, Elements, Kind, Members, Value};
pub use error::JsonError;
pub use parse::Limits;
pub use rows::{Field, FieldKind, RowFault, Rows, rows};
pub(crate) use write::hexadecimal;
pub use write::text;
