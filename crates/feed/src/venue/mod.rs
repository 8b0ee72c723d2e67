//! The edge of a venue's session: real sockets, TLS, a real clock, a bounded queue to its consumer.

mod clock;
mod codes;
mod events;
mod follower;
mod inputs;
mod link;
mod live;
mod orders;
#[cfg(feature = "arrow")]
mod tables;
mod wire;

pub use follower::{VenueFollower, VenueStatistics, told};
pub use live::LiveSession;
pub use orders::{OpenSession, VenueOrders};
#[cfg(feature = "arrow")]
pub use tables::{VenueTables, tables};
pub use wattbook_gateway::tls::{TlsClient, TlsSettings};
