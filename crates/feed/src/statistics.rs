//! What a handler counts.

use crate::sink::Line;

/// Of one line.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct LineStatistics {
    /// Packets, the malformed included.
    pub packets: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Packets that brought something new.
    pub first: u64,
    /// Packets that brought nothing new.
    pub duplicates: u64,
    /// Packets that are none.
    pub malformed: u64,
    /// Heartbeats and ends of sessions.
    pub heartbeats: u64,
    /// Packets of a session that is over, or from before a reset.
    pub stale: u64,
    /// Packets whose sequence or session was told by no other, let go.
    pub implausible: u64,
}

/// Of a handler.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// By line; see [`Line`].
    pub lines: [LineStatistics; Line::COUNT],
    /// Messages handed on, those of snapshots included.
    pub messages: u64,
    /// Units handed on.
    pub units: u64,
    /// Gaps that were seen: units missing while later ones were there.
    pub gaps: u64,
    /// Units of gaps that came from another line or late, without a request.
    pub units_waited_for: u64,
    /// Units that a retransmission brought first.
    pub units_recovered: u64,
    /// Units that nothing brought.
    pub units_lost: u64,
    /// Retransmissions asked for.
    pub requests: u64,
    /// Snapshots asked for.
    pub snapshot_requests: u64,
    /// Snapshots applied.
    pub snapshots: u64,
    /// Snapshots that were not wanted or older than what was handed on.
    pub snapshots_refused: u64,
    /// Units that a snapshot stood for.
    pub units_in_snapshots: u64,
    /// Sessions that followed another, and resets of the sequence.
    pub sessions: u64,
    /// Packets let go because too many waited.
    pub overflows: u64,
    /// Most packets that waited at once.
    pub pending_max: u64,
    /// Longest time from the sight of a gap to its end, ns.
    pub gap_ns_max: i64,
}
