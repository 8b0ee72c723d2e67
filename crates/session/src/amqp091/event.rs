//! How a client connects, and what it hears.

use super::properties::Properties;
use crate::error::SessionError;
use crate::sasl::Credentials;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who it is.
    pub credentials: Credentials,
    /// The broker's virtual host.
    pub virtual_host: String,
    /// Longest silence that the client asks for, s; the lower of both sides' holds. 0 for no bound.
    pub heartbeat_seconds: u16,
    /// Longest frame, bytes; the lower of both sides' holds.
    pub frame_bytes_max: u32,
    /// Longest body of a message, bytes.
    pub message_bytes_max: usize,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// What the broker's operator sees the connection as.
    pub connection_name: String,
}

impl Config {
    /// Settings that suit most brokers.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            virtual_host: "/".to_owned(),
            heartbeat_seconds: 10,
            frame_bytes_max: 131_072,
            message_bytes_max: 64 << 20,
            answer_seconds: 10,
            connection_name: "wattbook".to_owned(),
        }
    }
}

/// A message of a consumer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delivery {
    /// Of which consumer.
    pub consumer_tag: String,
    /// What to acknowledge it by.
    pub delivery_tag: u64,
    /// Whether the broker may have delivered it before.
    pub is_redelivered: bool,
    /// Through which exchange it came.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// What it says of itself.
    pub properties: Properties,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The channel is open: commands may be given.
    Ready,
    /// A queue is there.
    Queue {
        /// Its name; the broker's choice where none was given.
        name: String,
        /// How many messages wait in it.
        messages: u32,
    },
    /// Another command than the declaration of a queue was carried out.
    Done(&'static str),
    /// A message came.
    Delivered(Box<Delivery>),
    /// A message could not be routed: code, words and routing key.
    Returned(u16, String, String),
    /// The broker took over, or refused, the published messages up to this number.
    Confirmed {
        /// Number of the message, from 1.
        number: u64,
        /// Whether it stands for all up to it.
        is_multiple: bool,
        /// Whether the broker has it.
        is_accepted: bool,
    },
    /// The broker ended a consumer, for example because its queue is gone.
    Cancelled(String),
    /// Whether the broker takes no messages for want of memory or disk.
    Blocked(bool),
    /// The connection is over.
    Closed(SessionError),
}
