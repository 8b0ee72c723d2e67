//! Venues that publish over real sockets: what sessions are tried against without an account.
//!
//! One seeded [`FeedMarket`] makes orders, changes and trades; each venue tells them in its own
//! protocol. Faults are asked for ([`FeedFault`]), so that a test decides when they happen.

mod amqp;
mod control;
mod floor;
mod m7;
mod m7_desk;
mod m7_orders;
mod m7_server;
mod m7_wire;
mod m7_xml;
mod market;
mod nordpool;
mod nordpool_json;
mod nordpool_orders;
mod rest;
mod venue;
mod web;

pub use control::{FeedControl, FeedFault};
pub use floor::{Clock, OrderFloor};
pub use m7::{M7Venue, M7VenueSettings};
pub use m7_server::M7Server;
pub use m7_wire::M7Wire;
pub use market::{FeedContract, FeedMarket, FeedOrder, FeedStep, OwnFill};
pub use nordpool::{NordPoolVenue, NordPoolVenueSettings};
pub use rest::RestVenue;
pub use venue::{FeedProtocol, FeedVenue};
