//! Market documents of IEC 62325, as ENTSO-E's Transparency Platform publishes them, to rows in one pass.
//!
//! A document holds time series, a series periods, a period points at positions of its resolution. The curve
//! type says what lies between the points:
//!
//! | curve type | points | rows |
//! |---|---|---|
//! | A01 | every position | one for each |
//! | A02 | instants | one for each, of no length |
//! | A03 | only where the value changes | one for each position up to the next point or the end |
//! | A04, A05 | breakpoints of a line | one for each, of no length |
//!
//! Days, weeks, months and years count on the local calendar: of Central, Eastern and Western Europe, UTC and
//! Turkey, the first on whose midnights the period begins and ends.
//!
//! What cannot be trusted is a [`Fault`] with its byte, and no row: points that are not numbers, out of order
//! or outside their period, periods without a length. A curve A01 that lacks points keeps the others and is
//! told as a fault.

mod decode;
mod document;
mod names;
mod period;
mod resolution;
mod rows;
mod series;

pub use decode::decode;
pub use document::{Document, Fault, Header, Key, Kind, Outage, Points, Reason};
pub use names::fuels;

/// How many rows a document gives at most: repeated values could make billions of a few bytes.
pub const ROWS_MAX: usize = 16 << 20;
