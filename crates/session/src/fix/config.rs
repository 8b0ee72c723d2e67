//! What a session is told before it begins.

use wattbook_codec::fix::{Dictionary, Rules};

use super::rate::{Excess, Rate};
use super::schedule::Schedule;

/// Nanoseconds of a second.
pub(super) const SECOND_NS: i64 = 1_000_000_000;

/// Versions of FIX that a session speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Version {
    /// FIX 4.2.
    Fix42,
    /// FIX 4.4.
    Fix44,
    /// FIX 5.0 SP2 over FIXT 1.1.
    Fix50Sp2,
}

/// A name that is no version.
#[derive(Debug, thiserror::Error)]
#[error("{0:?} is no version of FIX; give FIX.4.2, FIX.4.4 or FIX.5.0SP2")]
pub struct UnknownVersion(pub String);

impl Version {
    /// The version that the standard calls `name`, such as `FIX.5.0SP2`.
    ///
    /// # Errors
    /// [`UnknownVersion`].
    pub fn of_name(name: &str) -> Result<Self, UnknownVersion> {
        let versions = [Self::Fix42, Self::Fix44, Self::Fix50Sp2];
        let is_it = |version: &Self| version.dictionary().version() == name;
        let found = versions.into_iter().find(is_it);
        found.ok_or_else(|| UnknownVersion(name.into()))
    }

    /// What its frames begin with: `BeginString` (8).
    #[must_use]
    pub fn begin_string(self) -> &'static str {
        self.dictionary().begin_string()
    }

    /// What the standard says of its messages.
    #[must_use]
    pub const fn dictionary(self) -> &'static Dictionary {
        match self {
            Self::Fix42 => Dictionary::fix42(),
            Self::Fix44 => Dictionary::fix44(),
            Self::Fix50Sp2 => Dictionary::fix50sp2(),
        }
    }

    /// `DefaultApplVerID` (1137) of its logon; none before FIXT 1.1.
    #[must_use]
    pub const fn default_appl_ver_id(self) -> Option<&'static str> {
        match self {
            Self::Fix42 | Self::Fix44 => None,
            Self::Fix50Sp2 => Some("9"),
        }
    }
}

/// Which side opens the connection and logs on first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It connects.
    Initiator,
    /// It is connected to.
    Acceptor,
}

/// Who speaks to whom: one session has one such name on each side.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SessionId {
    /// The version.
    pub version: Version,
    /// `SenderCompID` (49) of what we send.
    pub sender: String,
    /// `TargetCompID` (56) of what we send.
    pub target: String,
}

/// Name and password of a logon.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `Username` (553).
    pub username: String,
    /// `Password` (554); never shown.
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Credentials")
            .field("username", &self.username)
            .finish_non_exhaustive()
    }
}

/// How a session behaves.
#[derive(Debug, Clone)]
pub struct SessionConfig {
    /// Its name.
    pub id: SessionId,
    /// Who logs on first.
    pub role: Role,
    /// `HeartBtInt` (108) of an initiator's logon, s; an acceptor takes its counterparty's.
    pub heartbeat_seconds: u32,
    /// Both sides begin at sequence 1 with every logon; an initiator asks for it by
    /// `ResetSeqNumFlag` (141).
    pub resets_on_logon: bool,
    /// When it may be connected; numbers begin at 1 with each period of these hours. Always without.
    pub schedule: Option<Schedule>,
    /// Messages whose `SendingTime` (52) is further from our clock are refused, ns.
    pub latency_ns_max: i64,
    /// How long a logon may take, ns.
    pub logon_timeout_ns: i64,
    /// How long the answer to our logout may take, ns.
    pub logout_timeout_ns: i64,
    /// What the dictionary lets pass.
    pub rules: Rules,
    /// Sent by an initiator, demanded by an acceptor; FIX 4.4 and later.
    pub credentials: Option<Credentials>,
    /// How many application messages it takes, and what becomes of one beyond; any number without.
    /// What is marked as a possible duplicate is not counted: it was asked for.
    pub taken: Option<(Rate, Excess)>,
    /// Events that wait to be taken; the oldest give way beyond it.
    pub events_max: usize,
    /// Bytes of messages that came too early; one beyond it is asked for again when its turn comes.
    pub held_bytes_max: usize,
    /// Bytes that wait to be sent; while there are as many, no further message is taken. One message
    /// and its answers may go beyond.
    pub send_bytes_max: usize,
}

impl SessionConfig {
    /// The usual: heartbeats of 30 s, clocks within 120 s, a logon within 10 s, a logout within 2 s;
    /// 1,024 events, 16 MiB of early messages, and sending from 4 MiB on before more is taken.
    #[must_use]
    pub fn new(id: SessionId, role: Role) -> Self {
        Self {
            id,
            role,
            heartbeat_seconds: 30,
            resets_on_logon: false,
            schedule: None,
            latency_ns_max: 120 * SECOND_NS,
            logon_timeout_ns: 10 * SECOND_NS,
            logout_timeout_ns: 2 * SECOND_NS,
            rules: Rules::default(),
            credentials: None,
            taken: None,
            events_max: 1_024,
            held_bytes_max: 16 << 20,
            send_bytes_max: 4 << 20,
        }
    }
}
