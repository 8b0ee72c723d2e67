//! The edge of a venue's session: real sockets, a real clock, a bounded queue to its consumer.

mod clock;
mod events;
mod inputs;
mod link;
mod live;

pub use live::LiveSession;
