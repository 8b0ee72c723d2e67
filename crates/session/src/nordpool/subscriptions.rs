//! Subscriptions, their counted messages, and those to begin anew.

use std::collections::{BTreeMap, VecDeque};

use wattbook_domain::Timestamp;

use super::rows::Topic;
use crate::backoff::Backoff;
use crate::stomp::Frame;
use crate::venue::Wanted;

/// What is subscribed to: a topic, and its area where it has one.
pub(super) type Subject = (Topic, i64);

/// Subscriptions given up of a connection that are known by name still; what comes for an older one is
/// set aside unread.
const GIVEN_UP_MAX: usize = 1_024;

#[derive(Debug)]
struct Subscription {
    subject: Subject,
    /// Number of the last message.
    sequence: Option<i64>,
    has_snapshot: bool,
    since: Timestamp,
}

impl Subscription {
    /// Trades and capacities may have no snapshot.
    const fn is_waiting(&self) -> bool {
        let must = matches!(
            self.subject.0,
            Topic::Areas | Topic::Contracts | Topic::LocalView
        );
        must && !self.has_snapshot
    }
}

/// What the number of a message says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbered {
    /// The first message of its subscription.
    First,
    Next,
    /// It came before.
    Duplicate,
    /// These and those between them are missing.
    Lost(i64, i64),
}

/// The subscriptions of a connection.
#[derive(Debug)]
pub(super) struct Subscriptions {
    active: BTreeMap<String, Subscription>,
    /// Those whose last messages may still be on their way.
    given_up: VecDeque<(String, Subject)>,
    next: u64,
    again: Wanted<Subject>,
    backoff: Backoff,
}

impl Subscriptions {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            active: BTreeMap::new(),
            given_up: VecDeque::new(),
            next: 0,
            again: Wanted::default(),
            backoff: Backoff::new(250, 30_000, seed),
        }
    }

    /// Forgets all, as after a lost connection.
    pub(super) fn clear(&mut self) {
        self.active.clear();
        self.given_up.clear();
        self.again.clear();
    }

    /// Nothing was read until `now`: the wait for snapshots begins anew.
    pub(super) fn excuse(&mut self, now: Timestamp) {
        for subscription in self.active.values_mut() {
            subscription.since = now;
        }
    }

    /// Begins one; the frame to send.
    pub(super) fn begin(&mut self, now: Timestamp, subject: Subject, destination: &str) -> Frame {
        self.next += 1;
        let id = format!("sub-{}", self.next);
        let frame = Frame::new("SUBSCRIBE", &[("id", &id), ("destination", destination)]);
        let subscription = Subscription {
            subject,
            sequence: None,
            has_snapshot: false,
            since: now,
        };
        self.active.insert(id, subscription);
        frame
    }

    /// Gives one up, to be begun anew after a moment; the frame to send.
    pub(super) fn give_up(&mut self, now: Timestamp, id: &str) -> Option<(Subject, Frame)> {
        let subscription = self.active.remove(id)?;
        if self.given_up.len() == GIVEN_UP_MAX {
            self.given_up.pop_front();
        }
        self.given_up
            .push_back((id.to_owned(), subscription.subject));
        let due = self.backoff.after_failure(now);
        self.again.add(subscription.subject, due);
        let frame = Frame::new("UNSUBSCRIBE", &[("id", id)]);
        Some((subscription.subject, frame))
    }

    /// What is to be begun anew at `now`.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Option<Subject> {
        self.again.take_due(now)
    }

    /// When [`Subscriptions::take_due`] has something next.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.again.next_due()
    }

    /// Takes the number of a message of subscription `id`; nothing if that was given up.
    pub(super) fn count(&mut self, id: &str, number: Option<i64>) -> Option<(Subject, Numbered)> {
        let known = self.active.get_mut(id)?;
        let numbered = match (known.sequence, number) {
            (Some(last), Some(number)) if number <= last => Numbered::Duplicate,
            (Some(last), Some(number)) if last.checked_add(1) != Some(number) => {
                Numbered::Lost(last.saturating_add(1), number.saturating_sub(1))
            }
            _ if known.has_snapshot => Numbered::Next,
            _ => Numbered::First,
        };
        if matches!(numbered, Numbered::First | Numbered::Next) {
            known.sequence = number.or(known.sequence);
            known.has_snapshot = true;
        }
        Some((known.subject, numbered))
    }

    /// What subscription `id`, which was given up, is about.
    pub(super) fn was_about(&self, id: &str) -> Option<Subject> {
        let mut all = self.given_up.iter();
        all.find(|(known, _)| known == id)
            .map(|(_, subject)| *subject)
    }

    /// Messages of a book can be followed again.
    pub(super) const fn succeeded(&mut self) {
        self.backoff.succeeded();
    }

    /// Whether one of `topic` is under way.
    pub(super) fn has(&self, topic: Topic) -> bool {
        self.active.values().any(|known| known.subject.0 == topic)
    }

    /// Whether a book's snapshot is still to come.
    pub(super) fn awaits_books(&self) -> bool {
        let mut all = self.active.values();
        all.any(|known| known.subject.0 == Topic::LocalView && known.is_waiting())
    }

    /// Since when the longest wait for a snapshot lasts.
    pub(super) fn since(&self) -> Option<Timestamp> {
        let waiting = self.active.values().filter(|known| known.is_waiting());
        waiting.map(|known| known.since).min()
    }
}
