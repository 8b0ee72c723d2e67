//! How a client connects, and what it hears.

use super::message::Message;
use crate::error::SessionError;
use crate::sasl::Credentials;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who it is.
    pub credentials: Credentials,
    /// Host name for the open frame; `RabbitMQ` takes a virtual host as `vhost:NAME`.
    pub host: String,
    /// Longest silence of the broker, s; 0 for no bound.
    pub heartbeat_seconds: u16,
    /// Longest frame, bytes; the lower of both sides' holds.
    pub frame_bytes_max: u32,
    /// Longest message, bytes.
    pub message_bytes_max: usize,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// The client's own name.
    pub container: String,
}

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The session is open: links may be attached.
    Ready,
    /// The link of this handle is attached.
    Attached(u32),
    /// A message came: handle of its link, number to settle it by, and what it says.
    Delivered(u32, u64, Box<Message>),
    /// A message came that cannot be read: handle, number, reason and bytes.
    Unreadable(u32, u64, String, Vec<u8>),
    /// The broker took over, or refused, a message that was sent.
    Settled {
        /// Number of the message, from 1.
        number: u64,
        /// Whether the broker has it.
        is_accepted: bool,
    },
    /// The connection is over.
    Closed(SessionError),
}
