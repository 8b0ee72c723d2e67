//! XML over AMQP in the manner of EPEX SPOT's M7.
//!
//! `docs/venues.md` says which names are taken from public documents and which are ours.

mod attribute;
mod broker;
mod contract;
mod decode;
mod early;
mod entry;
mod feed;
mod groups;
mod message;
mod over_091;
mod over_10;
mod private;
mod request;
mod requests;
mod session;
mod settings;

pub use decode::{Fault, decode};
pub use message::{
    AreaState, BookEntries, Contract, HubToHub, Message, PrivateOrder, PrivateTrade, Product,
    PublicTrade, TradingState,
};
pub use session::M7Session;
pub use settings::{M7Settings, Protocol};
