//! How orders, amendments and cancels reach a venue that keeps orders.

use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::{Event, Timestamp};

use crate::latency::{Flight, Latencies, Line};
use crate::rng::Rng;

/// What travels to such a venue.
#[derive(Debug, Clone)]
pub(crate) enum Routed {
    Order(OrderRouted),
    Amend(AmendRouted),
    Cancel(CancelRouted),
}

/// The line to such a venue: what was sent first arrives first.
#[derive(Debug, Clone)]
pub(crate) struct OrderLine {
    line: Line<Routed>,
    latencies: Latencies,
}

impl OrderLine {
    /// An empty line; jitter from stream `2 * stream + 2` of `seed`.
    pub(crate) fn new(latencies: Latencies, seed: u64, stream: u64) -> Self {
        let line = Line::new(Rng::new(seed, 2 * stream + 2));
        Self { line, latencies }
    }

    /// Sends what `event` routes at `now`; other events are none of the venue's business.
    pub(crate) fn send(&mut self, event: &Event, now: Timestamp) {
        let Latencies {
            submit,
            amend,
            cancel,
            ..
        } = self.latencies;
        let (latency, message) = match event {
            Event::OrderRouted(order) => (submit, Routed::Order(order.clone())),
            Event::AmendRouted(routed) => (amend, Routed::Amend(*routed)),
            Event::CancelRouted(routed) => (cancel, Routed::Cancel(*routed)),
            _ => return,
        };
        self.line.send(now, latency, message);
    }

    /// When the next message arrives.
    pub(crate) fn next_arrival(&self) -> Option<Timestamp> {
        self.line.next_arrival()
    }

    /// The next message that has arrived by `now`.
    pub(crate) fn receive(&mut self, now: Timestamp) -> Option<Flight<Routed>> {
        self.line.receive(now)
    }
}
