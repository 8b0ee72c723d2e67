//! Order entry over FIX 4.4, without I/O: what a desk asks, and what an exchange answers.
//!
//! An [`OrderDesk`] turns what the engine routed into [`Request`]s and the exchange's messages into
//! the engine's venue reports. [`Request`] and [`Answer`] are read and written on both sides. Limit
//! orders for the day, good till cancelled, immediate-or-cancel and fill-or-kill are spoken; the
//! desk refuses any other with a report of its own.

mod answer;
mod copies;
mod desk;
mod fields;
mod foreign;
mod held;
mod json;
mod late;
mod misfit;
mod outcome;
mod questions;
mod quotes;
mod reason;
mod refusal;
mod request;
mod silence;
mod standing;
mod stream;
mod sweep;
mod waiting;
mod working;

pub use answer::{Answer, ChangeRejected, ExecType, Execution, MassPart, OrdStatus};
pub use copies::{Copied, CopiedFill, Disagreement, MATCHED_MAX, Reconciler, Teller};
pub use desk::OrderDesk;
pub use fields::Unreadable;
pub use foreign::{ForeignOrder, InDoubt};
pub use json::JsonFault;
pub use outcome::{Outcome, SetAside, Told};
pub use quotes::{QuoteUpdate, read_subscription, write_subscription};
pub(crate) use reason::reason_of;
pub use reason::told_as;
pub use request::{Cancel, MassStatus, NewOrder, Replace, Request, Status};
pub use standing::StandingOrder;
pub use stream::Streamed;
pub use waiting::{Backlog, next_routed};
