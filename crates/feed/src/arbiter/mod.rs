//! One stream out of two lines: the first copy wins, gaps are waited for, asked for and filled.
//!
//! No I/O and no clock: packets and the time come in, messages, notices and requests come out, so that a
//! recorded stream is arbitrated again exactly as it was. `docs/feed.md` draws the states.

mod config;
mod recovery;

pub use config::{ArbiterConfig, RetryRule, Start};

use crate::error::PacketError;
use crate::packet::{Packet, PacketFormat, Session};
use crate::pending::{Kept, Pending};
use crate::sink::{Line, Message, Notice, Sink};
use crate::statistics::Statistics;

/// What the arbiter needs from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Request {
    /// Units again.
    Retransmission {
        /// Of which session.
        session: Session,
        /// The first of them.
        sequence: u64,
        /// How many.
        count: u16,
    },
    /// A snapshot that holds `sequence - 1` at least.
    Snapshot {
        /// Of which session.
        session: Session,
        /// The first unit that is missing.
        sequence: u64,
    },
}

/// What is being done about missing units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing is missing.
    Live,
    /// The other line may bring them.
    Waiting { until: i64 },
    /// They were asked for, up to `end`.
    Requesting { end: u64, left: u32, until: i64 },
    /// A snapshot was asked for.
    Snapshot { left: u32, until: i64 },
}

/// A session that has begun while units of the running one are missing.
#[derive(Debug, Clone, Copy)]
struct Following {
    session: Session,
    known_end: u64,
    ts_event_last: i64,
}

/// A packet that fits nothing known; a second one near it makes it true.
#[derive(Debug, Clone, Copy)]
struct Doubtful {
    session: Session,
    first: u64,
    end: u64,
    ts_event: i64,
    is_jump: bool,
    line: Line,
    ts_recv: i64,
}

/// Where a packet belongs.
enum Place {
    Running,
    Following,
    Stale,
    Doubtful { is_jump: bool },
}

/// Arbitrates lines and recoveries.
#[derive(Debug)]
pub struct Arbiter {
    config: ArbiterConfig,
    phase: Phase,
    session: Option<Session>,
    previous: Option<Session>,
    following: Option<Following>,
    generation: u32,
    /// Whether `next` is known.
    is_placed: bool,
    next: u64,
    /// Behind the last unit that is known to exist.
    known_end: u64,
    /// Latest sending time of the running session, and of the one before the last reset.
    ts_event_last: i64,
    stale_until: i64,
    gap_since: i64,
    now: i64,
    pending: Pending,
    doubtful: Option<Doubtful>,
    doubtful_bytes: Vec<u8>,
    request: Option<Request>,
    statistics: Statistics,
}

impl Arbiter {
    /// An arbiter that has seen nothing. All its memory is taken here.
    #[must_use]
    pub fn new(config: ArbiterConfig) -> Self {
        let mut arbiter = Self {
            pending: Pending::new(config.packets_pending_max, config.packet_bytes_max),
            doubtful_bytes: Vec::with_capacity(config.packet_bytes_max),
            phase: Phase::Live,
            session: None,
            previous: None,
            following: None,
            generation: 0,
            is_placed: false,
            next: 0,
            known_end: 0,
            ts_event_last: i64::MIN,
            stale_until: i64::MIN,
            gap_since: 0,
            now: i64::MIN,
            doubtful: None,
            request: None,
            statistics: Statistics::default(),
            config,
        };
        if let Start::At(sequence) = arbiter.config.start {
            arbiter.is_placed = true;
            arbiter.next = sequence;
            arbiter.known_end = sequence;
        }
        arbiter
    }

    /// What was counted.
    #[must_use]
    pub const fn statistics(&self) -> &Statistics {
        &self.statistics
    }

    /// Layout of the packets.
    #[must_use]
    pub const fn format(&self) -> PacketFormat {
        self.config.format
    }

    /// Sequence to come next.
    #[must_use]
    pub const fn next_sequence(&self) -> u64 {
        self.next
    }

    /// Counts sessions, from 0.
    #[must_use]
    pub const fn generation(&self) -> u32 {
        self.generation
    }

    /// Whether nothing is missing.
    #[must_use]
    pub const fn is_live(&self) -> bool {
        matches!(self.phase, Phase::Live) && self.is_placed
    }

    /// What is needed from outside, once.
    pub const fn take_request(&mut self) -> Option<Request> {
        self.request.take()
    }

    /// Takes a packet of `line`, received at `ts_recv` (ns UTC) and handed over at `now`.
    #[inline]
    pub fn receive<S: Sink>(
        &mut self,
        line: Line,
        bytes: &[u8],
        ts_recv: i64,
        now: i64,
        sink: &mut S,
    ) {
        self.now = self.now.max(now);
        let counts = &mut self.statistics.lines[line.index()];
        counts.packets += 1;
        counts.bytes += bytes.len() as u64;
        let parsed = if bytes.len() > self.config.packet_bytes_max {
            Err(PacketError::TooLong {
                found: bytes.len(),
                limit: self.config.packet_bytes_max,
            })
        } else {
            Packet::parse(self.config.format, bytes)
        };
        let packet = match parsed {
            Ok(packet) => packet,
            Err(error) => {
                counts.malformed += 1;
                sink.notice(&Notice::Malformed {
                    line,
                    ts_recv,
                    error,
                    bytes,
                });
                return;
            }
        };
        match self.place(&packet, line) {
            Place::Running => self.running(&packet, bytes, line, ts_recv, sink),
            Place::Following => self.follows(&packet, bytes, line, ts_recv, sink),
            Place::Stale => self.statistics.lines[line.index()].stale += 1,
            Place::Doubtful { is_jump } => {
                self.doubt(&packet, bytes, is_jump, line, ts_recv, sink);
            }
        }
        if self.needs_settling() {
            self.settle(sink);
        }
    }

    #[inline]
    fn place(&self, packet: &Packet<'_>, line: Line) -> Place {
        let Some(session) = self.session else {
            return Place::Running;
        };
        let has_sessions = packet.numbers_messages();
        // Recoveries are of the running session, whenever they were sent.
        let is_line = line < Line::RECOVERY;
        if let Some(following) = &self.following
            && packet.session == following.session
            && packet.sequence.abs_diff(following.known_end) <= self.config.gap_max
            && (has_sessions || (is_line && packet.ts_event > self.ts_event_last))
        {
            return Place::Following;
        }
        if packet.session != session {
            return if self.previous == Some(packet.session) {
                Place::Stale
            } else {
                Place::Doubtful { is_jump: false }
            };
        }
        if !self.is_placed {
            return Place::Running;
        }
        if !has_sessions && is_line {
            if packet.ts_event <= self.stale_until {
                return Place::Stale;
            }
            if self.is_reset(packet) {
                return Place::Doubtful { is_jump: false };
            }
        }
        if packet.sequence > self.next.saturating_add(self.config.gap_max) {
            return Place::Doubtful { is_jump: true };
        }
        Place::Running
    }

    /// Whether the sequence began anew: an old number, sent after all others. The other line may send a
    /// little later, so one that is near must be much later. A heartbeat names what comes next, so it shows
    /// a reset only where that is behind what was seen.
    #[inline]
    fn is_reset(&self, packet: &Packet<'_>) -> bool {
        let later = packet.ts_event.saturating_sub(self.ts_event_last);
        let behind = self.next.saturating_sub(packet.end());
        let reach = packet.end().saturating_add(u64::from(packet.count == 0));
        reach <= self.next
            && later > 0
            && (later > self.config.reset_after_ns || behind > self.config.reset_units)
    }

    /// A packet of the running session.
    #[inline]
    fn running<S: Sink>(
        &mut self,
        packet: &Packet<'_>,
        bytes: &[u8],
        line: Line,
        ts_recv: i64,
        sink: &mut S,
    ) {
        if self.session.is_none() {
            self.begin(packet, sink);
        }
        if packet.count == 0 {
            self.statistics.lines[line.index()].heartbeats += 1;
            self.known_end = self.known_end.max(packet.sequence);
            return;
        }
        self.ts_event_last = self.ts_event_last.max(packet.ts_event);
        let (first, end) = (packet.sequence, packet.end());
        if self.is_placed && end <= self.next {
            self.statistics.lines[line.index()].duplicates += 1;
        } else if self.is_placed && first <= self.next {
            self.statistics.lines[line.index()].first += 1;
            if self.phase != Phase::Live && line < Line::RECOVERY {
                self.statistics.units_waited_for += end - self.next;
            }
            self.known_end = self.known_end.max(end);
            self.hand_on(packet, line, ts_recv, sink);
        } else {
            self.known_end = self.known_end.max(end);
            self.keep(0, (first, end), bytes, line, ts_recv, sink);
        }
    }

    /// The first packet of all.
    #[cold]
    fn begin<S: Sink>(&mut self, packet: &Packet<'_>, sink: &mut S) {
        self.session = Some(packet.session);
        match self.config.start {
            Start::Here => {
                self.is_placed = true;
                self.next = packet.sequence;
                self.known_end = packet.sequence;
            }
            Start::At(_) => {}
            Start::Snapshot => {
                self.known_end = packet.sequence;
                self.ask_for_snapshot();
                return;
            }
        }
        sink.notice(&Notice::Began {
            sequence: self.next,
        });
    }

    /// A packet of the session that follows.
    fn follows<S: Sink>(
        &mut self,
        packet: &Packet<'_>,
        bytes: &[u8],
        line: Line,
        ts_recv: i64,
        sink: &mut S,
    ) {
        if let Some(following) = &mut self.following {
            following.known_end = following.known_end.max(packet.end());
            following.ts_event_last = following.ts_event_last.max(packet.ts_event);
        }
        if packet.count == 0 {
            self.statistics.lines[line.index()].heartbeats += 1;
            return;
        }
        let units = (packet.sequence, packet.end());
        self.keep(1, units, bytes, line, ts_recv, sink);
    }

    /// Hands on what is new of a packet that begins at the next unit or before.
    #[inline]
    fn hand_on<S: Sink>(&mut self, packet: &Packet<'_>, line: Line, ts_recv: i64, sink: &mut S) {
        let units = packet.end() - self.next;
        let mut message = Message {
            generation: self.generation,
            sequence: packet.sequence,
            is_snapshot: false,
            line,
            ts_event: packet.ts_event,
            ts_recv,
            bytes: &[],
        };
        let step = u64::from(packet.numbers_messages());
        let skipped = (self.next - packet.sequence) * step;
        for bytes in packet.messages() {
            if message.sequence >= packet.sequence + skipped {
                message.bytes = bytes;
                sink.message(&message);
                self.statistics.messages += 1;
            }
            message.sequence += step;
        }
        if line >= Line::RECOVERY {
            self.statistics.units_recovered += units;
        }
        self.statistics.units += units;
        self.next = packet.end();
    }

    /// Keeps a packet until those before it are there.
    fn keep<S: Sink>(
        &mut self,
        ahead: u8,
        units: (u64, u64),
        bytes: &[u8],
        line: Line,
        ts_recv: i64,
        sink: &mut S,
    ) {
        let now = self.now;
        let mut kept = self.pending.keep(ahead, units, line, ts_recv, now, bytes);
        if kept == Kept::Full {
            self.make_room(sink);
            kept = self.pending.keep(ahead, units, line, ts_recv, now, bytes);
        }
        let counts = &mut self.statistics.lines[line.index()];
        match kept {
            Kept::Yes => counts.first += 1,
            Kept::Duplicate => counts.duplicates += 1,
            Kept::Full => {
                self.statistics.overflows += 1;
                let (from, to) = units;
                sink.notice(&Notice::Overflow { from, to });
            }
        }
        let waiting = self.pending.len() as u64;
        self.statistics.pending_max = self.statistics.pending_max.max(waiting);
    }

    /// A packet that fits nothing known: kept aside until a second one says the same.
    #[cold]
    fn doubt<S: Sink>(
        &mut self,
        packet: &Packet<'_>,
        bytes: &[u8],
        is_jump: bool,
        line: Line,
        ts_recv: i64,
        sink: &mut S,
    ) {
        let found = Doubtful {
            session: packet.session,
            first: packet.sequence,
            end: packet.end(),
            ts_event: packet.ts_event,
            is_jump,
            line,
            ts_recv,
        };
        let Some(before) = self.doubtful.filter(|before| {
            before.session == found.session
                && before.is_jump == is_jump
                && before.first.abs_diff(found.first) <= self.config.gap_max
        }) else {
            if let Some(before) = self.doubtful.replace(found) {
                self.statistics.lines[before.line.index()].implausible += 1;
            }
            self.doubtful_bytes.clear();
            self.doubtful_bytes.extend_from_slice(bytes);
            return;
        };
        self.doubtful = None;
        let known_end = before.end.max(found.end);
        if is_jump {
            self.known_end = self.known_end.max(known_end);
            self.ts_event_last = self.ts_event_last.max(found.ts_event);
        } else {
            if self.following.is_some() {
                self.abandon(sink);
            }
            self.following = Some(Following {
                session: found.session,
                known_end,
                ts_event_last: before.ts_event.max(found.ts_event),
            });
        }
        let aside = std::mem::take(&mut self.doubtful_bytes);
        for (one, bytes) in [(before, &aside[..]), (found, bytes)] {
            if one.first < one.end {
                let units = (one.first, one.end);
                self.keep(
                    u8::from(!is_jump),
                    units,
                    bytes,
                    one.line,
                    one.ts_recv,
                    sink,
                );
            }
        }
        self.doubtful_bytes = aside;
    }
}
