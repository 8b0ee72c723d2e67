//! Messages whose fields stand at fixed places, described by a file: Nasdaq's ITCH, and feeds in the manner
//! of ICE's iMpact and Eurex's EOBI.
//!
//! A description is XML:
//!
//! ```xml
//! <layout name="Example" byteOrder="bigEndian">
//!   <selector offset="0" type="char"/>
//!   <length offset="1" type="uint16" plus="3"/>
//!   <message name="Trade" value="T">
//!     <field name="size" offset="3" type="uint32"/>
//!     <field name="price" type="int64" decimals="4"/>
//!     <field name="side" type="char"/>
//!     <field name="symbol" type="text" length="8"/>
//!   </message>
//! </layout>
//! ```
//!
//! `selector` tells the message by a character, or by a number if its type is one. `length`, where a feed has one, tells how long a
//! message is: the number that stands there plus `plus`; without it each message is as long as its fields. A
//! field stands behind the one before it unless it has an `offset`. Types are `uint8` to `uint64` and `int8`
//! to `int64` in steps of eight bits, `char`, `text` and `bytes`; `decimals` puts a point into a number.

mod decode;
mod error;
mod parse;

pub use decode::{Message, Value};
pub use error::{FixedError, LayoutError};
pub use parse::{Field, Kind, Layout, Spec};

/// Nasdaq TotalView-ITCH 5.0; the messages without the length that files and packets put before each.
pub const ITCH_5_0: &str = include_str!("../../../../schema/fixed/itch-5.0.xml");
/// Orders and trades in the manner of ICE's iMpact.
pub const IMPACT_LIKE: &str = include_str!("../../../../schema/fixed/impact-like.xml");
/// Orders and executions in the manner of Eurex's EOBI.
pub const EOBI_LIKE: &str = include_str!("../../../../schema/fixed/eobi-like.xml");
