//! WebSocket, RFC 6455, without I/O: handshake and frames, as client and as server.

mod handshake;
mod socket;

pub use handshake::{ClientHandshake, accept};
pub use socket::{Message, Role, Socket};
