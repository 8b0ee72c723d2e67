//! What venues say, the same whichever protocol carries it.

mod books;
mod course;
mod entry;
mod entry_desk;
mod entry_order;
mod event;
mod listing;
mod outbox;
mod own;
mod secrets;
mod sync;
mod wanted;

pub use books::{BookView, VenueBooks};
pub(crate) use course::Course;
pub(crate) use entry::Written;
pub use entry::{EntryAct, EntryRefused, OrderEntry, Standing, TOO_MANY_REQUESTS};
pub use entry_desk::EntryDesk;
pub use event::{Capacity, Definition, Quarantined, SessionState, VenueEvent};
pub(crate) use listing::{CONTRACTS_MAX, Listing, tenor};
pub(crate) use outbox::Outbox;
pub(crate) use own::{Memory, OwnTold};
pub use own::{OwnOrder, OwnOrderAction, OwnOrderState, OwnTrade};
pub use secrets::Secrets;
pub(crate) use sync::{BookSync, Change, Revision, Taken};
pub(crate) use wanted::Wanted;

/// Longest message, answer or body once unpacked, bytes.
pub(crate) const MESSAGE_BYTES_MAX: usize = 64 << 20;
