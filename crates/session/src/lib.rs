//! Venue sessions as state machines without I/O: bytes and time in, bytes and events out.
//!
//! A session never reads a clock, opens a socket or sleeps. Its edge tells it what came
//! ([`Session::handle`]), does what it asks for ([`Session::action`]) and calls it again no later
//! than [`Session::deadline`]; what the market says comes out of [`Session::event`].
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod adapter;
pub mod amqp091;
pub mod amqp10;
mod backoff;
mod connection;
mod error;
mod exchange;
mod file;
pub mod fix;
pub mod generic;
mod gunzip;
pub mod http;
mod inbox;
pub mod m7;
pub mod nordpool;
mod pulse;
pub mod recording;
pub mod sasl;
mod session;
pub mod stomp;
mod url;
pub mod venue;
pub mod websocket;

pub use backoff::Backoff;
pub use connection::Connection;
pub use error::SessionError;
pub use file::open;
pub use session::{Action, Endpoint, Input, Link, Session};
