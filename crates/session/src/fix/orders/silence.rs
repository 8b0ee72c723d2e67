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
    /// Since when, and how often it was asked or told.
    since: BTreeMap<OrderId, (Timestamp, u8)>,
}

impl OrderDesk {
    /// Questions at `now` after orders that have waited long for their first answer, once each. The
    /// instrument of one that is not answered then either is in doubt.
    pub fn silent(&mut self, now: Timestamp) -> Vec<Request> {
        let before = self.silence.looked_at.unwrap_or(now);
        if self.silence.looked_at.is_some() && now.nanos().saturating_sub(before.nanos()) < EVERY_NS
        {
            return Vec::new();
        }
        self.silence.looked_at = Some(now);
        let mut since = BTreeMap::new();
        let (mut questions, mut doubts) = (Vec::new(), Vec::new());
        for (order_id, order) in self
            .working
            .iter()
            .filter(|(_, order)| order.is_unanswered())
        {
            let (first, mut said) = *self.silence.since.get(order_id).unwrap_or(&(now, 0));
            let waited = now.nanos().saturating_sub(first.nanos());
            if said == 0 && waited > PATIENCE_NS {
                said = 1;
                questions.push(self.question(*order_id, order));
            } else if said == 1 && waited > 2 * PATIENCE_NS {
                said = 2;
                doubts.push((order.instrument, *order_id));
            }
            since.insert(*order_id, (first, said));
        }
        self.silence.since = since;
        for (instrument, order_id) in doubts {
            let seconds = 2 * PATIENCE_NS / 1_000_000_000;
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
}
