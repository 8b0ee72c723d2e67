//! AMQP 0-9-1 as a client speaks it, with `RabbitMQ`'s extensions (publisher confirms, negative
//! acknowledgement, consumer cancel notification, blocked connections, update of the secret).
//!
//! Source: AMQP 0-9-1, Advanced Message Queuing Protocol Specification (13 November 2008), and
//! `RabbitMQ`'s errata on the types of field tables.

mod client;
mod content;
mod event;
mod frame;
mod method;
mod properties;
mod value;
mod wire;

pub use client::Client;
pub use event::{Config, Delivery, Event};
pub use frame::{Frame, FrameReader, Payload};
pub use method::Method;
pub use properties::Properties;
pub use value::{Table, Value};
