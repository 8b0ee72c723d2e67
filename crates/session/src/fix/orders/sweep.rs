//! The answer to a question after all orders, part by part.

use std::collections::BTreeSet;

use wattbook_domain::{OrderId, Timestamp};

use super::answer::MassPart;

/// How long an exchange has for its answer, in ns; then each order is asked after.
const PATIENCE_NS: i64 = 10_000_000_000;

/// An `OrderMassStatusRequest` (35=AF) that waits for its answer.
#[derive(Debug, Clone)]
pub(super) struct Sweep {
    pub(super) id: String,
    asked_at: Timestamp,
    /// Orders that had not ended when it was asked, and were not told of yet.
    missing: BTreeSet<OrderId>,
    parts: u64,
}

/// How an answer ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Swept {
    /// The exchange told of all that it has: it does not know these.
    Whole(BTreeSet<OrderId>),
    /// Parts are missing: it is to be asked after each of these.
    Torn(BTreeSet<OrderId>),
}

impl Sweep {
    pub(super) fn new(id: String, asked_at: Timestamp, orders: BTreeSet<OrderId>) -> Self {
        Self {
            id,
            asked_at,
            missing: orders,
            parts: 0,
        }
    }

    pub(super) fn is_late(&self, now: Timestamp) -> bool {
        now.nanos().saturating_sub(self.asked_at.nanos()) > PATIENCE_NS
    }

    /// Takes a part that tells of `order_id`, where it is one of ours.
    pub(super) fn take(&mut self, part: &MassPart, order_id: Option<OrderId>) -> Option<Swept> {
        if let Some(order_id) = order_id {
            self.missing.remove(&order_id);
        }
        if part.total > 0 {
            self.parts += 1;
        }
        let is_last = part.is_last || part.total == 0 || self.parts == part.total;
        is_last.then(|| {
            let missing = std::mem::take(&mut self.missing);
            if self.parts == part.total {
                Swept::Whole(missing)
            } else {
                Swept::Torn(missing)
            }
        })
    }

    /// The orders that were not told of.
    pub(super) fn into_missing(self) -> BTreeSet<OrderId> {
        self.missing
    }
}
