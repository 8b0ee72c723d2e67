//! SASL mechanisms of AMQP, RFC 4422.

/// How a client proves who it is.
#[derive(Clone, PartialEq, Eq)]
pub enum Credentials {
    /// User and password in one message, RFC 4616; only over TLS or on the same machine.
    Plain {
        /// The user.
        user: String,
        /// The password, or a token where the venue takes one in its place.
        password: String,
    },
    /// By the TLS client certificate, RFC 4422, appendix A.
    External {
        /// Whom to act for; empty for the certificate's own subject.
        identity: String,
    },
}

impl std::fmt::Debug for Credentials {
    /// Names the mechanism and the user, never the password.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain { user, .. } => write!(f, "PLAIN {user}"),
            Self::External { identity } => write!(f, "EXTERNAL {identity}"),
        }
    }
}

impl Credentials {
    /// The mechanism's registered name.
    #[must_use]
    pub const fn mechanism(&self) -> &'static str {
        match self {
            Self::Plain { .. } => "PLAIN",
            Self::External { .. } => "EXTERNAL",
        }
    }

    /// The client's first message; both mechanisms need no other.
    #[must_use]
    pub fn initial_response(&self) -> Vec<u8> {
        match self {
            Self::Plain { user, password } => {
                [b"\0", user.as_bytes(), b"\0", password.as_bytes()].concat()
            }
            Self::External { identity } => identity.as_bytes().to_vec(),
        }
    }
}
