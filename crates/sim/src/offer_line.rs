//! How offers, cancels and schedules reach a venue that clears, and what assets have scheduled there.

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::command::{SubmitOffer, SubmitSchedule};
use wattbook_domain::event::CancelRouted;
use wattbook_domain::{Event, InstrumentId, Owner, Timestamp, Volume};

use crate::latency::{Flight, Latencies, Line};
use crate::rng::Rng;

/// What travels to a venue that clears offers.
#[derive(Debug, Clone)]
pub(crate) enum Routed {
    Offer(SubmitOffer),
    Cancel(CancelRouted),
    Schedule(SubmitSchedule),
}

/// The line to such a venue: what was sent first arrives first.
#[derive(Debug, Clone)]
pub(crate) struct OfferLine {
    line: Line<Routed>,
    latencies: Latencies,
}

impl OfferLine {
    /// An empty line; jitter from stream `2 * stream + 2` of `seed`.
    pub(crate) fn new(latencies: Latencies, seed: u64, stream: u64) -> Self {
        let line = Line::new(Rng::new(seed, 2 * stream + 2));
        Self { line, latencies }
    }

    /// Sends what `event` routes at `now`; other events are none of the venue's business.
    pub(crate) fn send(&mut self, event: &Event, now: Timestamp) {
        let Latencies { submit, cancel, .. } = self.latencies;
        let (latency, message) = match event {
            Event::OfferRouted(offer) => (submit, Routed::Offer(*offer)),
            Event::CancelRouted(routed) => (cancel, Routed::Cancel(*routed)),
            Event::ScheduleRouted(schedule) => (submit, Routed::Schedule(*schedule)),
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

/// What assets have said that they will deliver, until the meter is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Schedules {
    starts: BTreeMap<InstrumentId, Timestamp>,
    volumes: BTreeMap<(InstrumentId, Owner), Option<Volume>>,
}

impl Schedules {
    /// Takes schedules for `instrument` until its delivery starts.
    pub(crate) fn open(&mut self, instrument: InstrumentId, delivery_start: Timestamp) {
        self.starts.insert(instrument, delivery_start);
    }

    /// Notes what will be delivered. One that comes after the start changes nothing, but its owner's
    /// meter is read: whoever has scheduled waits for that.
    pub(crate) fn note(&mut self, schedule: &SubmitSchedule, now: Timestamp) {
        let Some(start) = self.starts.get(&schedule.instrument) else {
            return;
        };
        let key = (schedule.instrument, schedule.owner);
        let known = self.volumes.entry(key).or_default();
        if now <= *start {
            *known = Some(schedule.volume);
        }
    }

    /// Ends the schedules of `instrument`: what each of their owners, and of `others`, has scheduled.
    pub(crate) fn close(
        &mut self,
        instrument: InstrumentId,
        others: impl Iterator<Item = Owner>,
    ) -> BTreeMap<Owner, Option<Volume>> {
        self.starts.remove(&instrument);
        let own = self.volumes.keys().filter(|(of, _)| *of == instrument);
        let owners: BTreeSet<Owner> = own.map(|(_, owner)| *owner).chain(others).collect();
        let scheduled = |owner| {
            let volume = self.volumes.remove(&(instrument, owner)).flatten();
            (owner, volume)
        };
        owners.into_iter().map(scheduled).collect()
    }
}
