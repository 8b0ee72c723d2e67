//! How lines are arbitrated.

use crate::packet::PacketFormat;

/// Where the stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// With the first packet that comes.
    Here,
    /// With this sequence; what is missing is asked for.
    At(u64),
    /// With a snapshot; packets wait until it is there.
    Snapshot,
}

/// How often to ask for something, and how long to wait each time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryRule {
    /// Requests in all, at least one.
    pub attempts: u32,
    /// Time from a request to the next, ns.
    pub timeout_ns: i64,
}

impl Default for RetryRule {
    /// Three times, 50 ms each.
    fn default() -> Self {
        Self {
            attempts: 3,
            timeout_ns: 50_000_000,
        }
    }
}

/// How lines are arbitrated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ArbiterConfig {
    /// Layout of the packets.
    pub format: PacketFormat,
    /// Where the stream begins.
    pub start: Start,
    /// First sequence of a session, and after a reset.
    pub first_sequence: u64,
    /// How long the other line may take to fill a gap, ns.
    pub gap_wait_ns: i64,
    /// Retransmission; None where nobody answers.
    pub retransmission: Option<RetryRule>,
    /// Units that one request may ask for.
    pub request_units_max: u16,
    /// Snapshots; None where nobody answers.
    pub snapshot: Option<RetryRule>,
    /// A sequence farther ahead than this is believed only when a second packet says so.
    pub gap_max: u64,
    /// How much later than all others an old sequence must be sent to be a reset, ns.
    pub reset_after_ns: i64,
    /// How far back a sequence must be to be a reset without being that late.
    pub reset_units: u64,
    /// Packets that may wait for others.
    pub packets_pending_max: usize,
    /// Longest packet, in bytes. So much memory is taken for each that may wait.
    pub packet_bytes_max: usize,
}

impl ArbiterConfig {
    /// Two lines of packets that fit an Ethernet frame, no recovery: 6 MiB.
    #[must_use]
    pub const fn new(format: PacketFormat) -> Self {
        Self {
            format,
            start: Start::Here,
            first_sequence: 1,
            gap_wait_ns: 2_000_000,
            retransmission: None,
            request_units_max: 1_000,
            snapshot: None,
            gap_max: 1 << 20,
            reset_after_ns: 1_000_000_000,
            reset_units: 10_000,
            packets_pending_max: 4_096,
            packet_bytes_max: 1_500,
        }
    }
}
