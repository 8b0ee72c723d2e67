//! AMQP 1.0 (ISO/IEC 19464) as a client speaks it: one session, links that send and receive,
//! credit, settlement by hand.
//!
//! Source: OASIS Advanced Message Queuing Protocol 1.0 (29 October 2012), parts 1 to 5.

mod client;
mod event;
mod frame;
mod message;
mod value;

pub use client::Client;
pub use event::{Config, Event};
pub use frame::{Frame, FrameReader, Header, Performative};
pub use message::Message;
pub use value::Value;
