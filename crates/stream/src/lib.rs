//! What a desk tells many readers at once.
//!
//! [`Hub`] holds the state by topic and key; each row knows which number last changed it, so what a
//! reader lacks is every row above the number that it has: nothing is queued for anybody.
//! [`Front`] serves it over WebSocket on the desk's own address, remembers answers that only a step of the
//! desk changes, and hands every other request on to the application behind it, which alone decides who
//! may ask.

mod access;
mod counts;
mod error;
mod filter;
mod front;
mod hub;
mod kept;
mod message;
mod relay;
mod socket;
mod topic;
mod upstream;

pub use counts::{Answered, Counts};
pub use error::StreamError;
pub use filter::Filter;
pub use front::{Front, FrontConfig};
pub use hub::{Hub, HubPlan, Message, Row};
pub use message::{Column, ColumnKind};
