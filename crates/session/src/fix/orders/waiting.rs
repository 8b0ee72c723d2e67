//! What waits to go out, where a venue limits the messages that it takes.

use std::collections::{HashSet, VecDeque};

use wattbook_domain::event::{AmendRouted, OrderRouted};
use wattbook_domain::{Event, Timestamp};

/// How long requests may wait for their turn before that is told, ns.
const PATIENCE_NS: i64 = 10_000_000_000;

/// How long something has waited to go out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Backlog {
    since: Option<Timestamp>,
    is_told: bool,
}

impl Backlog {
    /// What is to be told at `now` of `count` requests that wait, once until none does.
    pub fn look(&mut self, now: Timestamp, count: usize) -> Option<String> {
        if count == 0 {
            *self = Self::default();
            return None;
        }
        // A clock that was set back begins anew.
        let since = self.since.map_or(now, |since| since.min(now));
        self.since = Some(since);
        let is_long = now.nanos().saturating_sub(since.nanos()) > PATIENCE_NS;
        let is_due = is_long && !self.is_told;
        self.is_told |= is_due;
        is_due.then(|| {
            let seconds = PATIENCE_NS / 1_000_000_000;
            format!(
                "requests have waited for the exchange's limit of messages for more than {seconds} s, \
                 {count} now; cancels go first, the rest in its order"
            )
        })
    }
}

/// Takes what is next to go out: cancels first, each behind what waits of its own order, then the
/// rest; both in the order in which they were routed.
pub fn next_routed(waiting: &mut VecDeque<Event>) -> Option<Event> {
    let mut before = HashSet::new();
    let first = waiting.iter().position(|event| match event {
        Event::CancelRouted(cancel) => !before.contains(&cancel.order_id),
        Event::OrderRouted(OrderRouted { order_id, .. })
        | Event::AmendRouted(AmendRouted { order_id, .. }) => {
            before.insert(*order_id);
            false
        }
        _ => false,
    });
    waiting.remove(first.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use wattbook_domain::event::CancelRouted;
    use wattbook_domain::{
        ClientId, InstrumentId, Order, OrderId, OrderType, Owner, Price, Side, SignalId,
        TimeInForce, Volume,
    };

    use super::*;

    /// What was routed: the kind and the order of it.
    fn event((kind, order): (u8, u64)) -> Event {
        let order_id = OrderId::new(ClientId(1), order);
        match kind {
            0 => Event::OrderRouted(OrderRouted {
                order_id,
                order: Order {
                    instrument: InstrumentId(1),
                    side: Side::Buy,
                    order_type: OrderType::Limit,
                    time_in_force: TimeInForce::Day,
                    owner: Owner::default(),
                    price: Price::from_millionths(1),
                    volume: Volume::from_millionths(1),
                    signal: SignalId::default(),
                    conditions: None,
                },
            }),
            1 => Event::AmendRouted(AmendRouted {
                order_id,
                ..AmendRouted::default()
            }),
            _ => Event::CancelRouted(CancelRouted {
                order_id,
                ..CancelRouted::default()
            }),
        }
    }

    proptest! {
        #[test]
        fn cancels_go_first_and_never_before_their_own_order(
            routed in prop::collection::vec((0_u8..3, 0_u64..5), 0..40),
        ) {
            let mut waiting: VecDeque<Event> = routed.iter().copied().map(event).collect();
            let mut out = Vec::new();
            while let Some(next) = next_routed(&mut waiting) {
                out.push(next);
            }
            prop_assert_eq!(out.len(), routed.len());
            for order in 0..5 {
                let of = |all: &mut dyn Iterator<Item = Event>| -> Vec<Event> {
                    let id = |event: &Event| match event {
                        Event::OrderRouted(routed) => routed.order_id,
                        Event::AmendRouted(amend) => amend.order_id,
                        Event::CancelRouted(cancel) => cancel.order_id,
                        _ => OrderId::default(),
                    };
                    all.filter(|event| id(event) == OrderId::new(ClientId(1), order)).collect()
                };
                prop_assert_eq!(
                    of(&mut out.iter().cloned()),
                    of(&mut routed.iter().copied().map(event))
                );
            }
            // A cancel of an order of which nothing waited stands before every order.
            let free = |index: usize| routed[index].0 == 2
                && routed[..index].iter().all(|(kind, order)| *kind == 2 || *order != routed[index].1);
            let count = (0..routed.len()).filter(|index| free(*index)).count();
            prop_assert!(out[..count].iter().all(|event| matches!(event, Event::CancelRouted(_))));
        }
    }
}
