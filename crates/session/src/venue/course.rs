//! How a session gets on: what it asks of its edge, losses, reconnects, its end.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

use super::event::SessionState;
use super::outbox::Outbox;
use crate::backoff::Backoff;
use crate::error::SessionError;
use crate::session::{Action, Endpoint, Link};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage<S> {
    /// Not connected until the time; at once when it has passed.
    Waiting(Timestamp),
    /// Connected or about to be, as far as the venue's own state.
    Up(S),
    /// Logging out, until the time at the longest.
    Stopping(Timestamp),
    Stopped,
}

/// The course of a session whose states between begin and loss are `S`.
#[derive(Debug)]
pub(crate) struct Course<S> {
    stage: Stage<S>,
    backoff: Backoff,
    actions: VecDeque<Action>,
}

impl<S: Copy + PartialEq> Course<S> {
    /// Begins with the first call of [`Course::begin_if_due`]; reconnects after `retry_ms`, first and longest.
    pub(crate) const fn new(retry_ms: (u64, u64), seed: u64) -> Self {
        let (first, longest) = retry_ms;
        Self {
            stage: Stage::Waiting(Timestamp::MIN),
            backoff: Backoff::new(first, longest, seed),
            actions: VecDeque::new(),
        }
    }

    /// Whether it is time to connect; the session is in state `first` from then on.
    pub(crate) fn begin_if_due(&mut self, now: Timestamp, first: S, out: &mut Outbox) -> bool {
        let is_due = matches!(self.stage, Stage::Waiting(until) if until <= now);
        if is_due {
            self.stage = Stage::Up(first);
            out.state(SessionState::Connecting);
        }
        is_due
    }

    /// Whether there is a connection, or is about to be one.
    pub(crate) const fn is_running(&self) -> bool {
        matches!(self.stage, Stage::Up(_) | Stage::Stopping(_))
    }

    /// Whether it is in `state`.
    pub(crate) fn is(&self, state: S) -> bool {
        self.stage == Stage::Up(state)
    }

    /// Whether it is in one of `states`.
    pub(crate) fn is_any(&self, states: &[S]) -> bool {
        states.iter().any(|state| self.is(*state))
    }

    /// Goes on to `state`, unless it is logging out or over.
    pub(crate) const fn go_on(&mut self, state: S) {
        if matches!(self.stage, Stage::Up(_)) {
            self.stage = Stage::Up(state);
        }
    }

    /// The venue has let us in: the next loss is the first again.
    pub(crate) const fn succeeded(&mut self) {
        self.backoff.succeeded();
    }

    /// The connections over `links` are given up; whether they were still there.
    pub(crate) fn lose(
        &mut self,
        now: Timestamp,
        error: SessionError,
        links: &[Link],
        out: &mut Outbox,
    ) -> bool {
        if !self.is_running() {
            return false;
        }
        if let Stage::Stopping(_) = self.stage {
            self.halt(links, out);
            return true;
        }
        self.disconnect(links);
        let retry_at = self.backoff.after_failure(now);
        self.stage = Stage::Waiting(retry_at);
        out.state(SessionState::Lost { error, retry_at });
        true
    }

    /// Logs out: what the peer still says is heard until it closes, or until `due`.
    pub(crate) const fn stop(&mut self, due: Timestamp) {
        self.stage = Stage::Stopping(due);
    }

    /// Is over if the peer did not close in time; whether it is.
    pub(crate) fn halt_if_due(&mut self, now: Timestamp, links: &[Link], out: &mut Outbox) -> bool {
        let is_due = matches!(self.stage, Stage::Stopping(due) if due <= now);
        if is_due {
            self.halt(links, out);
        }
        is_due
    }

    /// Is over at once.
    pub(crate) fn halt(&mut self, links: &[Link], out: &mut Outbox) {
        self.disconnect(links);
        self.stage = Stage::Stopped;
        out.state(SessionState::Stopped);
    }

    /// When it is tried again while it waits, or given up while it logs out.
    pub(crate) const fn deadline(&self) -> Option<Timestamp> {
        match self.stage {
            Stage::Waiting(due) | Stage::Stopping(due) => Some(due),
            Stage::Up(_) | Stage::Stopped => None,
        }
    }

    pub(crate) fn connect(&mut self, link: Link, endpoint: Endpoint) {
        self.actions.push_back(Action::Connect(link, endpoint));
    }

    pub(crate) fn send(&mut self, link: Link, bytes: Option<Vec<u8>>) {
        let sent = bytes.map(|bytes| Action::Send(link, bytes));
        self.actions.extend(sent);
    }

    pub(crate) fn disconnect(&mut self, links: &[Link]) {
        let all = links.iter().map(|link| Action::Disconnect(*link));
        self.actions.extend(all);
    }

    /// What the edge is to do next.
    pub(crate) fn action(&mut self) -> Option<Action> {
        self.actions.pop_front()
    }
}
