//! Why a connection ended, or cannot begin.

/// Why a connection ended, or a session cannot begin.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The peer sent what its protocol does not allow. A stream of frames cannot be resumed within,
    /// so the connection is given up.
    #[error("{protocol} at byte {offset} of the connection: {reason}; reconnecting")]
    Protocol {
        /// Which protocol.
        protocol: &'static str,
        /// First byte of the frame, from the start of the connection.
        offset: u64,
        /// What was found and what was expected.
        reason: String,
    },
    /// The peer refused or closed, with its own words.
    #[error("the venue says {code}: {text}")]
    Refused {
        /// The peer's code: AMQP reply code, HTTP status, STOMP or WebSocket close code.
        code: u16,
        /// The peer's words.
        text: String,
    },
    /// Nothing came for longer than the heartbeat allows.
    #[error("nothing received for {seconds} s, the heartbeat is lost; reconnecting")]
    Silent {
        /// How long, s.
        seconds: u64,
    },
    /// An answer did not come in time.
    #[error("no answer to {what} within {seconds} s; reconnecting")]
    Unanswered {
        /// What was asked.
        what: &'static str,
        /// For how long it was waited, s.
        seconds: u64,
    },
    /// The connection ended without a word.
    #[error("the connection was closed: {reason}")]
    Closed {
        /// What the edge knows of it.
        reason: String,
    },
    /// A setting that cannot be used.
    #[error("{field} is {found:?}; {fix}")]
    Setting {
        /// Its name.
        field: String,
        /// As found.
        found: String,
        /// What to do.
        fix: String,
    },
}

impl SessionError {
    pub(crate) fn setting(field: &str, found: &(impl ToString + ?Sized), fix: &str) -> Self {
        Self::Setting {
            field: field.to_owned(),
            found: found.to_string(),
            fix: fix.to_owned(),
        }
    }
}
