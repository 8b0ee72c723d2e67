//! Orders that the exchange neither accepts nor refuses.

use std::collections::BTreeMap;

use wattbook_domain::{OrderId, Timestamp};

use super::desk::OrderDesk;
use super::request::Request;

/// How long an exchange has for its answer to an order, and as long again for that to a question, ns.
const PATIENCE_NS: i64 = 10_000_000_000;
/// How often it is looked, ns.
const EVERY_NS: i64 = 1_000_000_000;

/// Orders that wait for their first answer.
#[derive(Debug, Clone, Default)]
pub(super) struct Silence {
    looked_at: Option<Timestamp>,
    since: BTreeMap<OrderId, Waits>,
    /// Those that the exchange takes only later, told once each.
    held_up: Vec<OrderId>,
}

/// How long an order waits.
#[derive(Debug, Clone, Copy)]
struct Waits {
    /// Since what was last said of it: since it left, was asked after, or was told.
    since: Timestamp,
    /// Since it was routed.
    routed: Timestamp,
    stage: Stage,
    /// It was told that the exchange takes no more for now.
    is_held_up_told: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Sent,
    Asked,
    Told,
}

impl Waits {
    const fn begin(now: Timestamp) -> Self {
        Self {
            since: now,
            routed: now,
            stage: Stage::Sent,
            is_held_up_told: false,
        }
    }

    /// Lets a clock that was set back begin anew: no time has passed by it.
    fn not_after(mut self, now: Timestamp) -> Self {
        self.since = self.since.min(now);
        self.routed = self.routed.min(now);
        self
    }

    fn has_waited(&self, now: Timestamp) -> i64 {
        now.nanos().saturating_sub(self.since.nanos())
    }
}

impl OrderDesk {
    /// Questions at `now` after orders that have waited long for their first answer, once each. The
    /// instrument of one that is not answered then either is in doubt.
    ///
    /// `is_held_up` tells of an order, and whether of the question after it, if it has not left for
    /// want of room in a limit of messages: what has not left cannot be answered, so its time begins
    /// when it has.
    pub fn silent(
        &mut self,
        now: Timestamp,
        is_held_up: impl Fn(&str, bool) -> bool,
    ) -> Vec<Request> {
        let is_early = |before: Timestamp| {
            let passed = now.nanos().saturating_sub(before.nanos());
            (0..EVERY_NS).contains(&passed)
        };
        if self.silence.looked_at.is_some_and(is_early) {
            return Vec::new();
        }
        self.silence.looked_at = Some(now);
        let mut since = BTreeMap::new();
        let (mut questions, mut doubts) = (Vec::new(), Vec::new());
        let unanswered = self.working.iter().filter(|(_, one)| one.is_unanswered());
        for (order_id, order) in unanswered {
            let known = self.silence.since.get(order_id);
            let mut waits = known.map_or_else(|| Waits::begin(now), |one| one.not_after(now));
            let id = self.id(*order_id, order.current);
            if waits.stage != Stage::Told && is_held_up(&id, waits.stage == Stage::Asked) {
                waits.since = now;
                let routed = now.nanos().saturating_sub(waits.routed.nanos());
                if routed > PATIENCE_NS && !waits.is_held_up_told {
                    waits.is_held_up_told = true;
                    self.silence.held_up.push(*order_id);
                }
            }
            if waits.stage == Stage::Sent && waits.has_waited(now) > PATIENCE_NS {
                (waits.stage, waits.since) = (Stage::Asked, now);
                questions.push(self.question(*order_id, order));
            } else if waits.stage == Stage::Asked && waits.has_waited(now) >= PATIENCE_NS {
                waits.stage = Stage::Told;
                let seconds = now.nanos().saturating_sub(waits.routed.nanos()) / EVERY_NS;
                doubts.push((order.instrument, *order_id, seconds));
            }
            since.insert(*order_id, waits);
        }
        self.silence.since = since;
        for (instrument, order_id, seconds) in doubts {
            self.doubt(
                instrument,
                format!(
                    "the exchange has answered neither order {order_id} nor the question after it for \
                     {seconds} s; ask it by telephone"
                ),
            );
        }
        questions
    }

    /// What is to be told of orders, or questions after them, that have long not left because the
    /// exchange takes no more for now.
    pub fn take_held_up(&mut self) -> Vec<String> {
        let seconds = PATIENCE_NS / EVERY_NS;
        let held_up = std::mem::take(&mut self.silence.held_up).into_iter();
        let sentence = |order_id| {
            format!(
                "order {order_id} waits for the exchange's limit of messages for more than {seconds} s; \
                 nothing is wrong with it, and its contract goes on"
            )
        };
        held_up.map(sentence).collect()
    }
}
