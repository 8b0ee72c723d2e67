//! What is done about missing units: wait, ask, take a snapshot, or say that they are lost.

use super::{Arbiter, Phase, Request, RetryRule};
use crate::packet::Packet;
use crate::sink::{Line, Message, Notice, Sink};
use crate::snapshot::Snapshot;

impl Arbiter {
    /// When [`advance`](Self::advance) is to be called at the latest, ns UTC.
    #[must_use]
    pub const fn deadline(&self) -> Option<i64> {
        match self.phase {
            Phase::Live => None,
            Phase::Waiting { until }
            | Phase::Requesting { until, .. }
            | Phase::Snapshot { until, .. } => Some(until),
        }
    }

    /// Tells the time. Whether that mattered: a capture keeps the calls that did.
    pub fn advance<S: Sink>(&mut self, now: i64, sink: &mut S) -> bool {
        let mattered = self.deadline().is_some_and(|deadline| deadline <= now);
        if mattered {
            self.now = self.now.max(now);
            self.settle(sink);
        }
        mattered
    }

    /// Takes a snapshot, received at `ts_recv` and handed over at `now`; whether it was applied. One
    /// that was not asked for, that is older than what was handed on or of another session is not.
    pub fn snapshot<S: Sink>(
        &mut self,
        snapshot: &Snapshot<'_>,
        ts_recv: i64,
        now: i64,
        sink: &mut S,
    ) -> bool {
        self.now = self.now.max(now);
        let is_wanted = matches!(self.phase, Phase::Snapshot { .. });
        let is_session = self
            .session
            .is_none_or(|session| session == snapshot.session);
        let is_new = !self.is_placed || snapshot.last_sequence >= self.next;
        // The last number has none behind it.
        let next = snapshot.last_sequence.checked_add(1);
        let Some(next) = next.filter(|_| is_wanted && is_session && is_new) else {
            self.statistics.snapshots_refused += 1;
            return false;
        };
        self.session = Some(snapshot.session);
        let last_sequence = snapshot.last_sequence;
        sink.notice(&Notice::SnapshotBegan { last_sequence });
        for bytes in snapshot.messages() {
            self.statistics.messages += 1;
            sink.message(&Message {
                generation: self.generation,
                sequence: last_sequence,
                is_snapshot: true,
                line: Line::RECOVERY,
                ts_event: 0,
                ts_recv,
                bytes,
            });
        }
        sink.notice(&Notice::SnapshotEnded { last_sequence });
        self.statistics.snapshots += 1;
        if self.is_placed {
            self.statistics.units_in_snapshots += next - self.next;
        } else {
            self.is_placed = true;
            self.gap_since = self.now;
            sink.notice(&Notice::Began { sequence: next });
        }
        self.next = next;
        self.known_end = self.known_end.max(next);
        self.request = None;
        self.settle(sink);
        true
    }

    #[inline]
    pub(super) fn needs_settling(&self) -> bool {
        self.phase != Phase::Live || self.known_end > self.next || self.following.is_some()
    }

    /// Hands on what can be, then does what is due about the rest.
    pub(super) fn settle<S: Sink>(&mut self, sink: &mut S) {
        loop {
            self.drain(sink);
            let goes_on = match self.hole_end() {
                Some(end) => self.chase(end, sink),
                None => self.close_gap(sink),
            };
            if !goes_on {
                return;
            }
        }
    }

    /// Hands on the waiting packets that are next.
    fn drain<S: Sink>(&mut self, sink: &mut S) {
        while self.is_placed
            && let Some(entry) = self.pending.front().copied()
            && entry.ahead == 0
            && entry.first <= self.next
        {
            if entry.end > self.next {
                let pending = std::mem::take(&mut self.pending);
                // It was parsed when it came.
                if let Ok(packet) = Packet::parse(self.config.format, pending.bytes(&entry)) {
                    self.hand_on(&packet, entry.line, entry.ts_recv, sink);
                }
                self.pending = pending;
            }
            self.pending.pop();
        }
    }

    /// Behind the first run of missing units; None when none is missing.
    fn hole_end(&self) -> Option<u64> {
        let front = self.pending.front().filter(|entry| entry.ahead == 0);
        match front {
            Some(entry) => Some(entry.first),
            None if !self.is_placed => self.session.map(|_| self.known_end),
            None => (self.known_end > self.next).then_some(self.known_end),
        }
    }

    /// Nothing is missing: a session that follows may begin. Whether there is more to do.
    fn close_gap<S: Sink>(&mut self, sink: &mut S) -> bool {
        if self.phase != Phase::Live {
            self.phase = Phase::Live;
            self.request = None;
            let lasted = self.now.saturating_sub(self.gap_since);
            self.statistics.gap_ns_max = self.statistics.gap_ns_max.max(lasted);
            sink.notice(&Notice::Filled { next: self.next });
        }
        self.switch(sink)
    }

    /// Goes over to the session that follows, if there is one.
    fn switch<S: Sink>(&mut self, sink: &mut S) -> bool {
        let Some(following) = self.following.take() else {
            return false;
        };
        self.previous = self.session.filter(|session| *session != following.session);
        self.session = Some(following.session);
        self.generation = self.generation.wrapping_add(1);
        self.is_placed = true;
        self.next = self.config.first_sequence;
        self.known_end = following.known_end.max(self.next);
        self.stale_until = self.ts_event_last;
        self.ts_event_last = following.ts_event_last;
        self.phase = Phase::Live;
        self.request = None;
        self.pending.follow();
        self.statistics.sessions += 1;
        sink.notice(&Notice::SessionChanged {
            session: following.session,
            generation: self.generation,
        });
        true
    }

    /// Does what is due about the units up to `end`. Whether there is more to do at once.
    fn chase<S: Sink>(&mut self, end: u64, sink: &mut S) -> bool {
        match self.phase {
            Phase::Live if !self.is_placed => self.ask_for_snapshot(),
            Phase::Live => {
                let since = self.pending.front().map_or(self.now, |entry| entry.since);
                self.gap_since = since;
                self.statistics.gaps += 1;
                let until = since.saturating_add(self.config.gap_wait_ns);
                self.phase = Phase::Waiting { until };
                sink.notice(&Notice::Gap {
                    from: self.next,
                    to: end,
                });
                return self.now >= until;
            }
            Phase::Waiting { until } if self.now >= until => {
                // The first gap may be filled and this be a later one.
                let since = self.pending.front().map_or(i64::MIN, |entry| entry.since);
                let until = since.saturating_add(self.config.gap_wait_ns);
                if until > self.now {
                    self.phase = Phase::Waiting { until };
                    return false;
                }
                let Some(rule) = self.config.retransmission else {
                    return self.give_up(end, sink);
                };
                self.ask_for_units(rule.attempts, rule);
            }
            Phase::Requesting { end: asked, .. } if self.next >= asked => {
                if let Some(rule) = self.config.retransmission {
                    self.ask_for_units(rule.attempts, rule);
                }
            }
            Phase::Requesting { left, until, .. } if self.now >= until => {
                match self.config.retransmission.filter(|_| left > 0) {
                    Some(rule) => self.ask_for_units(left, rule),
                    None => return self.give_up(end, sink),
                }
            }
            Phase::Snapshot { left, until } if self.now >= until => {
                match self.config.snapshot.filter(|_| left > 0) {
                    Some(rule) => self.ask_again_for_snapshot(left, rule),
                    None => return self.lose(end, sink),
                }
            }
            _ => {}
        }
        false
    }

    /// Asks for all up to the last unit that is known: later gaps are filled by the same answer, at the
    /// price of some duplicates.
    fn ask_for_units(&mut self, left: u32, rule: RetryRule) {
        let missing = self.known_end.saturating_sub(self.next);
        let count = missing.clamp(1, u64::from(self.config.request_units_max.max(1)));
        self.statistics.requests += 1;
        self.request = Some(Request::Retransmission {
            session: self.session.unwrap_or_default(),
            sequence: self.next,
            count: count as u16,
        });
        self.phase = Phase::Requesting {
            end: self.next.saturating_add(count),
            left: left.saturating_sub(1),
            until: self.now.saturating_add(rule.timeout_ns.max(1)),
        };
    }

    pub(super) fn ask_for_snapshot(&mut self) {
        // Without a rule this state ends at once, and the units before are lost.
        let rule = self.config.snapshot.unwrap_or(RetryRule {
            attempts: 1,
            timeout_ns: 1,
        });
        self.ask_again_for_snapshot(rule.attempts, rule);
    }

    fn ask_again_for_snapshot(&mut self, left: u32, rule: RetryRule) {
        self.statistics.snapshot_requests += 1;
        self.request = Some(Request::Snapshot {
            session: self.session.unwrap_or_default(),
            sequence: self.next,
        });
        self.phase = Phase::Snapshot {
            left: left.saturating_sub(1),
            until: self.now.saturating_add(rule.timeout_ns.max(1)),
        };
    }

    /// Retransmission brought nothing: a snapshot, or the loss of what is missing.
    fn give_up<S: Sink>(&mut self, end: u64, sink: &mut S) -> bool {
        if self.config.snapshot.is_some() {
            self.ask_for_snapshot();
            return false;
        }
        self.lose(end, sink)
    }

    /// Goes on behind units that nothing brought.
    fn lose<S: Sink>(&mut self, end: u64, sink: &mut S) -> bool {
        self.request = None;
        self.phase = Phase::Live;
        if self.is_placed {
            self.statistics.units_lost += end - self.next;
            sink.notice(&Notice::Lost {
                from: self.next,
                to: end,
            });
        } else {
            self.is_placed = true;
            sink.notice(&Notice::Began { sequence: end });
        }
        self.next = end;
        self.known_end = self.known_end.max(end);
        true
    }

    /// Ends the running session, whatever is missing of it, for the one that follows.
    pub(super) fn abandon<S: Sink>(&mut self, sink: &mut S) {
        self.drain(sink);
        while let Some(end) = self.hole_end() {
            self.lose(end, sink);
            self.drain(sink);
        }
        self.switch(sink);
    }

    /// Lets go of something, so that another packet can wait.
    #[cold]
    pub(super) fn make_room<S: Sink>(&mut self, sink: &mut S) {
        let is_for_snapshot = matches!(self.phase, Phase::Snapshot { .. });
        if self.config.snapshot.is_none() {
            // Nothing better will come in time: what waits goes on without what is missing. What
            // waits may follow on already, where a packet in doubt is kept before it is its turn.
            self.drain(sink);
            self.statistics.overflows += 1;
            sink.notice(&Notice::Overflow {
                from: self.next,
                to: self.hole_end().unwrap_or(self.next),
            });
            if let Some(end) = self.hole_end() {
                self.lose(end, sink);
            }
            self.settle(sink);
            return;
        }
        if !is_for_snapshot {
            self.ask_for_snapshot();
        }
        if let Some(entry) = self.pending.pop() {
            self.statistics.overflows += 1;
            sink.notice(&Notice::Overflow {
                from: entry.first,
                to: entry.end,
            });
        }
    }
}
