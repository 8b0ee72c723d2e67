//! Sets of linked orders on their way into several books at once.

use std::collections::BTreeMap;

use wattbook_domain::event::OrderRouted;
use wattbook_domain::{ClientId, Timestamp};

/// How long the first order of a set waits for the last, in ns.
pub(crate) const LINKED_WAIT_NS: i64 = 1_000_000_000;

/// Which set: its client and the client's number of it.
pub(crate) type SetId = (ClientId, u64);

/// The sets that are not whole yet.
#[derive(Debug, Default)]
pub(crate) struct LinkedSets {
    waiting: BTreeMap<SetId, Waiting>,
}

#[derive(Debug)]
struct Waiting {
    first_at: Timestamp,
    orders: Vec<OrderRouted>,
}

/// What an arriving order makes of its set.
#[derive(Debug)]
pub(crate) enum Arrived {
    /// It is the first; the set waits until this time at most.
    First(SetId, Timestamp),
    /// Others are still missing.
    Waits,
    /// It is the last: here is the whole set.
    Whole(Vec<OrderRouted>),
}

impl LinkedSets {
    /// The set that `order` belongs to, if it is linked.
    pub(crate) fn set_of(order: &OrderRouted) -> Option<SetId> {
        let number = order.order.conditions.as_deref()?.linked?;
        Some((order.order_id.client(), number))
    }

    /// Takes an order of `set` that arrived at `now`.
    pub(crate) fn take(&mut self, set: SetId, order: OrderRouted, now: Timestamp) -> Arrived {
        let conditions = order.order.conditions.as_deref();
        let wanted = conditions.and_then(|conditions| conditions.linked_orders);
        let wanted = wanted.unwrap_or_default() as usize;
        let waiting = self.waiting.entry(set).or_insert_with(|| Waiting {
            first_at: now,
            orders: Vec::new(),
        });
        waiting.orders.push(order);
        if waiting.orders.len() >= wanted {
            return Arrived::Whole(self.remove(set));
        }
        if waiting.orders.len() == 1 {
            return Arrived::First(set, now.plus_nanos(LINKED_WAIT_NS));
        }
        Arrived::Waits
    }

    /// The orders of a set that has waited since `now` less the longest wait; none when it was completed
    /// before, or another has taken its number.
    pub(crate) fn give_up(&mut self, set: SetId, now: Timestamp) -> Vec<OrderRouted> {
        let is_due = |waiting: &Waiting| waiting.first_at.plus_nanos(LINKED_WAIT_NS) <= now;
        if self.waiting.get(&set).is_some_and(is_due) {
            return self.remove(set);
        }
        Vec::new()
    }

    fn remove(&mut self, set: SetId) -> Vec<OrderRouted> {
        let waiting = self.waiting.remove(&set);
        waiting.map(|waiting| waiting.orders).unwrap_or_default()
    }
}
