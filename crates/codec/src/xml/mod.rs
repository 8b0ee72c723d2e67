//! XML as events or as rows, safe to read from anyone: no document types, no entities of the document's own,
//! and bounds on size, depth, attributes and text. What is refused is refused with its byte.
//!
//! Names are local: `m:REPORT_DATA` is `REPORT_DATA`. Memory grows with the depth of the document, not with
//! its length.

mod elements;
mod error;
mod path;
mod reader;
mod rows;

pub use elements::{ElementNode, elements};
pub use error::XmlError;
pub use path::{FieldPath, PathError, RowPath};
pub use reader::{Element, Limits, XmlEvent, XmlReader};
pub use rows::{Rows, rows};
