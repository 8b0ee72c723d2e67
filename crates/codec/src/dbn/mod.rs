//! Databento Binary Encoding (DBN), versions 1 to 3, and its predecessor DBZ.
//!
//! A file is metadata and records; a fragment is records alone. Both may be compressed with zstd.
//! [`open`] tells them apart, [`Records`] walks the records without a copy, [`Mbo`] and the other views
//! read their fields where they lie, [`write_json`] prints them as the format's owner does.
//!
//! ```
//! use wattbook_codec::dbn::{Records, write_json};
//!
//! // A bar: length in words of four bytes, record type, publisher, instrument, time, four prices, volume.
//! let mut bar = vec![14, 0x20, 1, 0, 7, 0, 0, 0];
//! bar.resize(56, 0);
//! let record = Records::new(&bar, false).next().unwrap().unwrap();
//! let mut line = String::new();
//! write_json(&record, &mut line);
//! assert!(line.starts_with(r#"{"hd":{"ts_event":"0","rtype":32,"publisher_id":1,"instrument_id":7}"#));
//! ```

mod definition;
mod encode;
mod error;
mod file;
mod json;
mod layout;
mod legacy;
mod metadata;
mod record;
mod tables;
mod view;

pub use encode::encode_metadata;
pub use error::DbnError;
pub use file::{File, open};
pub use json::write_json;
pub use layout::{Field, Kind, Layout, layout};
pub use metadata::{Interval, Mapping, Metadata};
pub use record::{HEADER_SIZE, Record, Records, Run, runs};
pub use view::{Bar, Bbo, Level, Mbo, Mbp, Trade};
