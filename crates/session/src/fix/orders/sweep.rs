//! The answer to a question after all orders, part by part.

use std::collections::BTreeSet;

use wattbook_domain::report::{OrderCancelled, VenueReason, VenueReport};
use wattbook_domain::{OrderId, Timestamp};

use super::answer::{Execution, MassPart};
use super::desk::OrderDesk;
use super::outcome::{SetAside, Told};
use super::refusal::rejected;

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
        // Of a clock that was set back nobody knows how long it is: then each order is asked after, too.
        let passed = now.nanos().saturating_sub(self.asked_at.nanos());
        !(0..=PATIENCE_NS).contains(&passed)
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

impl OrderDesk {
    /// Takes a report, and what it says as part of an answer about all orders.
    pub(super) fn reported(
        &mut self,
        execution: &Execution,
        repeats: bool,
    ) -> Result<Told, SetAside> {
        let Some(part) = &execution.mass else {
            return self.execution(execution, repeats);
        };
        let order_id = self.parse(&execution.id).ok().map(|(order_id, _)| order_id);
        let told = if part.total == 0 {
            Ok(Told::Nothing)
        } else if order_id.is_none() {
            Err(SetAside::UnknownHere {
                order: execution.order.clone(),
                id: execution.id.clone(),
                symbol: execution.symbol.clone(),
                open: execution.open,
            })
        } else {
            self.execution(execution, repeats)
        };
        self.sweep(part, order_id);
        told
    }

    fn sweep(&mut self, part: &MassPart, order_id: Option<OrderId>) {
        let Some(sweep) = self.sweep.as_mut().filter(|sweep| sweep.id == part.id) else {
            return;
        };
        let Some(swept) = sweep.take(part, order_id) else {
            return;
        };
        self.sweep = None;
        match swept {
            Swept::Torn(orders) => self.unsure.extend(orders),
            Swept::Whole(orders) => {
                for order_id in orders {
                    let Some(order) = self.working.get(&order_id) else {
                        continue;
                    };
                    let reason = VenueReason::UnknownOrder;
                    let report = if order.is_unanswered() {
                        rejected(order_id, reason)
                    } else {
                        VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
                    };
                    self.apply(&report);
                    self.lost.push(report);
                }
            }
        }
    }
}
