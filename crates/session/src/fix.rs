//! FIX sessions as state machines: FIX 4.2 and 4.4, and FIX 5.0 SP2 over FIXT 1.1.
//!
//! A [`Session`] takes the bytes and the time that its connection gives, hands application messages
//! to an [`Application`], each once and in order, and leaves the bytes to send in
//! [`Session::to_send`]. Sequence numbers and sent messages lie in a [`MessageStore`], which
//! outlives connections.

mod config;
mod events;
mod held;
mod inbound;
pub mod orders;
mod outbox;
mod rate;
mod reject;
mod schedule;
mod session;
mod store;

pub use config::{Credentials, Role, SessionConfig, SessionId, UnknownVersion, Version};
pub use events::SessionEvent;
pub use outbox::{Outbox, SessionError};
pub use rate::{Excess, Rate, RateLimit};
pub use reject::BusinessReason;
pub use schedule::{Period, Schedule, ScheduleError};
pub use session::{Application, Closed, Declined, Session};
pub use store::{MemoryStore, MessageStore, StoreError};
