//! Venues that tell books by REST and WebSocket in JSON, described by a file and not by code.
//!
//! `docs/venues.md` documents the file.

mod contract;
mod description;
mod feed;
mod fields;
mod session;

pub use description::{
    BookFields, Description, Header, ListedInstrument, Listing, MessageKind, Rule, Snapshot,
    Stream, Terms, TimeUnit, Units,
};
pub use fields::{Fault, Told, read};
pub use session::GenericSession;
