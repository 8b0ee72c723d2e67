//! Feed handlers, normalization and quarantine: from venue bytes to trusted events.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod arbiter;
mod books;
mod capture;
mod decode;
mod error;
mod event;
mod fanout;
mod handler;
pub mod io;
pub mod normalize;
mod packet;
mod pending;
mod sink;
mod snapshot;
mod statistics;
pub mod venue;

pub use arbiter::{Arbiter, ArbiterConfig, Request, RetryRule, Start};
pub use books::{Books, FeedBook};
pub use capture::{
    CaptureConfig, CaptureReader, CaptureWriter, Entries, Entry, EntryKind as CaptureEntryKind,
};
pub use decode::{DbnDecoder, Decoder, FixBook, FixDecoder, ItchDecoder, MessageError, SbeDecoder};
pub use error::{FeedError, PacketError, SnapshotError};
pub use event::{EVENT_WORDS, EventKind as FeedEventKind, FeedEvent};
pub use fanout::{
    AllReader, Bar, BarBuilder, BarRule, Carried, ConsumerStatistics, FeedQuote, LatestReader,
    LatestWriter, Overflow, Publisher, RingReader, RingWriter, Throttle, latest, ring,
};
pub use handler::{Handler, HandlerLimits, Quarantined};
pub use packet::{Messages, Packet, PacketFormat, PacketWriter, Session};
pub use sink::{Line, Message, Notice, Sink};
pub use snapshot::{Snapshot, encode_snapshot};
pub use statistics::{LineStatistics, Statistics};

#[doc(hidden)]
pub use capture::fuzz_chunk;
