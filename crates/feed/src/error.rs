//! What can be wrong with what comes over the wire, and with files of it.

use std::io;

use wattbook_gateway::tls::TlsError;
use wattbook_journal::JournalError;
use wattbook_session::SessionError;

/// Why bytes are no packet; offsets count from the packet's first byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PacketError {
    /// The header is not whole.
    #[error("byte 0: a header of {needed} bytes belongs here, {available} are there")]
    Header {
        /// Length of the header, in bytes.
        needed: usize,
        /// Length of the packet, in bytes.
        available: usize,
    },
    /// A message goes beyond the packet.
    #[error("byte {offset}: a message begins that does not end within the {available} bytes left")]
    Message {
        /// Where the message begins.
        offset: usize,
        /// Bytes up to the end of the packet.
        available: usize,
    },
    /// Another number of messages than the header states.
    #[error("{found} messages in a packet whose header states {stated}")]
    Count {
        /// As stated.
        stated: u64,
        /// As found.
        found: u64,
    },
    /// The sequence is too near its end to count on.
    #[error("sequence {found} cannot be counted on from")]
    Sequence {
        /// As found.
        found: u64,
    },
    /// The packet is longer than the handler keeps.
    #[error("a packet of {found} bytes; the handler takes up to {limit}")]
    TooLong {
        /// Its length, in bytes.
        found: usize,
        /// The longest that is taken, in bytes.
        limit: usize,
    },
}

/// Why bytes are no snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// Its header or a message is not whole.
    #[error("byte {offset}: the snapshot ends inside a part that begins here")]
    Truncated {
        /// Where the part begins.
        offset: usize,
    },
    /// Another number of messages than the header states.
    #[error("{found} messages in a snapshot whose header states {stated}")]
    Count {
        /// As stated.
        stated: u32,
        /// As found.
        found: u32,
    },
}

/// What goes wrong at the edge: sockets, captures, files that hold what a consumer has not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FeedError {
    /// A socket or file refused.
    #[error("{place}: cannot {action}: {source}")]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        place: String,
        /// What the system said.
        source: io::Error,
    },
    /// The capture's journal refused.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// A venue's session cannot begin.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// A record of a capture that is none.
    #[error("capture record {record}: {reason}; what stands before it is sound")]
    Capture {
        /// Its number, from 1.
        record: u64,
        /// What is wrong with it.
        reason: String,
    },
    /// The other side closed or broke the framing.
    #[error("{place}: {reason}; connect again")]
    Peer {
        /// Which connection.
        place: String,
        /// What was found.
        reason: &'static str,
    },
    /// A setting that cannot work.
    #[error("{setting}: {reason}")]
    Setting {
        /// Its name.
        setting: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl From<TlsError> for FeedError {
    fn from(TlsError { setting, reason }: TlsError) -> Self {
        Self::Setting { setting, reason }
    }
}

impl FeedError {
    /// Names place and act in an error of the system.
    pub(crate) fn io(
        action: &'static str,
        place: &dyn ToString,
    ) -> impl FnOnce(io::Error) -> Self + use<> {
        let place = place.to_string();
        move |source: io::Error| Self::Io {
            action,
            place,
            source,
        }
    }
}
