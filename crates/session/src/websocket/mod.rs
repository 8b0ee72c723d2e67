//! WebSocket, RFC 6455, without I/O: handshake and frames, as client and as server.

mod client;
mod handshake;
mod socket;

pub(crate) use client::Client;
pub use handshake::{ClientHandshake, accept};
pub use socket::{Message, Role, Socket};
