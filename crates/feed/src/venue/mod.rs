//! The edge of a venue's session: real sockets, a real clock, a bounded queue to its consumer.

mod clock;
mod columns;
mod events;
mod inputs;
mod link;
mod live;

pub use columns::{BOOK_CHANGE, PHASE, TRADE, VenueColumns};
pub use live::LiveSession;
