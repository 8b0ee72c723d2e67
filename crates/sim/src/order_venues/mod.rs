//! Venues that take orders, simulated: the books of an [`Exchange`](crate::Exchange) behind the links of
//! the adapter kit. Over FIX it is [`Seat`](crate::Seat) that serves them.

mod in_process;
mod rest;

pub use in_process::InProcess;
pub use rest::{RestOrderConfig, RestOrderVenue};
