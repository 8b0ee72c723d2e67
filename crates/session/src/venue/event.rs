//! Events of a session.

use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::{InstrumentId, Timestamp, Volume};

use super::entry::EntryRefused;
use super::own::{OwnOrder, OwnTrade};
use crate::error::SessionError;

/// The most bytes of a set-aside part that are kept.
pub(crate) const RAW_BYTES_MAX: usize = 65_536;

/// How far a session is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum SessionState {
    /// The connection is being made.
    Connecting,
    /// The venue knows who we are.
    LoggedIn,
    /// Subscribed; books come as their snapshots do.
    Live,
    /// The credentials were renewed.
    Renewed,
    /// The connection is lost; the next attempt is at `retry_at`.
    Lost {
        /// Why.
        error: SessionError,
        /// When it is tried again.
        retry_at: Timestamp,
    },
    /// Logged out as asked.
    Stopped,
}

/// An instrument as the venue lists it.
#[derive(Debug, Clone, PartialEq)]
pub struct Definition {
    /// The contract; its number is the session's own, in order of listing.
    pub instrument: Instrument,
    /// The venue's code of the contract.
    pub contract: String,
    /// The venue's code of the delivery area; empty where it has none.
    pub area: String,
}

impl Definition {
    /// The name of the contract in the area, as orders say it.
    #[must_use]
    pub fn symbol(&self) -> String {
        format!("{}@{}", self.contract, self.area)
    }
}

/// Transfer capacity that the market may use between two areas.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capacity {
    /// The venue's code of one area.
    pub from: String,
    /// The venue's code of the other.
    pub to: String,
    /// First instant of the delivery period.
    pub delivery_start: Timestamp,
    /// First instant after it.
    pub delivery_end: Timestamp,
    /// From `from` to `to`, MW.
    pub forward: Volume,
    /// From `to` to `from`, MW.
    pub backward: Volume,
}

/// A message, or a part of one, that cannot be trusted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quarantined {
    /// Where it came from: exchange and routing key, topic, URL.
    pub place: String,
    /// First byte of the part within the message.
    pub offset: u64,
    /// What was found and what was expected.
    pub reason: String,
    /// The message, its first 64 KiB at most.
    pub raw: Vec<u8>,
}

/// What a session says.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum VenueEvent {
    /// The session got on, or fell back.
    State(SessionState),
    /// A contract is listed, or its listing changed.
    Defined(Box<Definition>),
    /// The venue moved all of its contracts to another phase.
    VenuePhase(Phase),
    /// A book change, a trade or a phase. A book begins with a clear, and whole revisions come
    /// without anything between.
    Market {
        /// Time at the venue; of the message where the change itself has none.
        ts_event: Timestamp,
        /// When its bytes came.
        ts_recv: Timestamp,
        /// The venue's revision of the book, or its sequence number; 0 where it has none.
        revision: u64,
        /// The change.
        event: MarketEvent,
    },
    /// A book is whole from now on.
    Synced {
        /// Which.
        instrument: InstrumentId,
        /// As of which revision.
        revision: u64,
    },
    /// A revision is missing; the book stands still until its next [`VenueEvent::Synced`].
    Gap {
        /// Of which book.
        instrument: InstrumentId,
        /// The revision that was to come.
        expected: u64,
        /// The one that came; 0 where the loss shows elsewhere than in the book.
        found: u64,
    },
    /// Transfer capacity changed.
    Capacity(Capacity),
    /// A trade is no longer valid: the venue's number of it.
    TradeCancelled(u64),
    /// An order of ours, whenever the venue tells of it.
    OwnOrder(Box<OwnOrder>),
    /// Every order of ours that stands was told since the connection was made; others are gone.
    OwnOrdersWhole,
    /// A trade of ours, each revision of it once.
    OwnTrade(Box<OwnTrade>),
    /// Every trade of ours that the venue still tells was told since the connection was made.
    OwnTradesWhole,
    /// A request about an order of ours was refused.
    EntryRefused(Box<EntryRefused>),
    /// A word of the venue to its participants.
    Notice(String),
    /// A message was set aside.
    Quarantined(Quarantined),
}
