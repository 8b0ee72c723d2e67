//! What a handler hands on.

use crate::error::PacketError;
use crate::packet::Session;

/// Where a packet came from: 0 and 1 are the lines A and B, others recoveries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line(pub u8);

impl Line {
    /// The first line.
    pub const A: Self = Self(0);
    /// The second line.
    pub const B: Self = Self(1);
    /// Answers to requests.
    pub const RECOVERY: Self = Self(2);
    /// How many lines a handler tells apart.
    pub const COUNT: usize = 4;

    /// Its place among the lines; lines beyond the last share it.
    #[must_use]
    pub(crate) fn index(self) -> usize {
        usize::from(self.0).min(Self::COUNT - 1)
    }
}

/// A message, once and in its order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Message<'a> {
    /// Counts sessions and resets of the sequence, from 0.
    pub generation: u32,
    /// Its unit: its own sequence, or its packet's where messages have none. Of a message of a
    /// snapshot, the last sequence that the snapshot holds.
    pub sequence: u64,
    /// Whether it is part of a snapshot.
    pub is_snapshot: bool,
    /// The line that was first.
    pub line: Line,
    /// When the venue sent its packet, ns UTC; 0 where the format does not say.
    pub ts_event: i64,
    /// When its packet was received, ns UTC: by the network card or the kernel where they tell.
    pub ts_recv: i64,
    /// As the venue encodes it.
    pub bytes: &'a [u8],
}

/// What happened to the stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Notice<'a> {
    /// The stream begins, with `sequence` to come first.
    Began {
        /// First sequence that is handed on.
        sequence: u64,
    },
    /// Units are missing on all lines so far.
    Gap {
        /// First of them.
        from: u64,
        /// Behind the last of them.
        to: u64,
    },
    /// Nothing is missing any more.
    Filled {
        /// Sequence to come next.
        next: u64,
    },
    /// Units that no line, retransmission or snapshot brought. Books are not to be trusted until they
    /// are rebuilt.
    Lost {
        /// First of them.
        from: u64,
        /// Behind the last of them.
        to: u64,
    },
    /// A snapshot follows: forget the books.
    SnapshotBegan {
        /// Last sequence that it holds.
        last_sequence: u64,
    },
    /// The snapshot has ended; messages go on behind its last sequence.
    SnapshotEnded {
        /// Last sequence that it held.
        last_sequence: u64,
    },
    /// Another session, or the sequence began anew.
    SessionChanged {
        /// The new session.
        session: Session,
        /// Counts sessions, from 0.
        generation: u32,
    },
    /// More waited for a gap to close than the handler may keep: units were let go, to be recovered.
    Overflow {
        /// First of them.
        from: u64,
        /// Behind the last of them.
        to: u64,
    },
    /// A packet that is none, set aside.
    Malformed {
        /// Where it came from.
        line: Line,
        /// When, ns UTC.
        ts_recv: i64,
        /// What is wrong with it.
        error: PacketError,
        /// All of it.
        bytes: &'a [u8],
    },
}

/// Takes messages and notices in their order.
pub trait Sink {
    /// The next message.
    fn message(&mut self, message: &Message<'_>);
    /// Something happened between the messages before and behind.
    fn notice(&mut self, notice: &Notice<'_>);
}
