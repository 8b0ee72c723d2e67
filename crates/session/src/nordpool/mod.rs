//! JSON over STOMP in the manner of Nord Pool's intraday API.
//!
//! `docs/venues.md` says which names are taken from public documents and which are ours.

mod entry;
mod feed;
mod member;
mod private;
mod rows;
mod session;
mod settings;
mod subscriptions;
mod token;

pub use private::{PrivateOrder, PrivateTrade};
pub use rows::{Fault, LocalView, Row, Topic, rows};
pub use session::NordPoolSession;
pub use settings::{Mode, NordPoolSettings};
