//! A pool: offers are dispatched interval by interval, the price is known afterwards (NEM).

use std::collections::{BTreeSet, VecDeque};

use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::report::{MeterRead, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Event, InstrumentId, Price, Timestamp, VenueId};

use crate::latency::Latencies;
use crate::offer_line::{OfferLine, Routed};
use crate::offers::OfferDesk;
use crate::venue::{Arrival, Outbox, Venue, earlier};

/// A dispatch interval and its recorded price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DispatchInterval {
    /// The interval, as an instrument.
    pub instrument: InstrumentId,
    /// Last instant at which an offer for it is taken.
    pub gate: Timestamp,
    /// When its price is published and the dispatch is known.
    pub published: Timestamp,
    /// Recorded price, in currency per `MWh`.
    pub price: Price,
}

/// Dispatches an offer at or below the recorded price, then reads its meter.
///
/// The price is published first, then the awards, then the meter readings: everything that settles an
/// interval is known with its last message.
#[derive(Debug, Clone)]
pub struct PoolVenue {
    venue: VenueId,
    intervals: VecDeque<DispatchInterval>,
    /// Intervals whose price comes from outside.
    awaited: BTreeSet<InstrumentId>,
    desk: OfferDesk,
    inbound: OfferLine,
    outbox: Outbox,
}

impl PoolVenue {
    /// A pool that dispatches `intervals` at their recorded prices.
    #[must_use]
    pub fn new(
        venue: VenueId,
        mut intervals: Vec<DispatchInterval>,
        latencies: Latencies,
        seed: u64,
    ) -> Self {
        intervals.sort_by_key(|interval| (interval.published, interval.instrument));
        let mut desk = OfferDesk::new(venue);
        for interval in &intervals {
            desk.set_gate(interval.instrument, interval.gate);
        }
        let stream = u64::from(venue.0) << 32;
        Self {
            venue,
            intervals: intervals.into(),
            awaited: BTreeSet::new(),
            desk,
            inbound: OfferLine::new(latencies, seed, stream),
            outbox: Outbox::new(&latencies, seed, stream),
        }
    }

    /// Takes offers for `instrument` up to its `gate`; it is dispatched when its price comes from outside.
    pub fn await_price(&mut self, instrument: InstrumentId, gate: Timestamp) {
        self.desk.set_gate(instrument, gate);
        self.awaited.insert(instrument);
    }

    fn publish(&mut self, interval: &DispatchInterval) {
        let DispatchInterval {
            instrument,
            published,
            price,
            ..
        } = *interval;
        let (kind, run) = (PriceKind::RealTime, SettlementRun::Initial);
        let record = ReferencePrice {
            instrument,
            kind,
            run,
            price,
        };
        self.outbox
            .publish(published, MarketEvent::ReferencePrice(record));
    }

    fn dispatch(&mut self, instrument: InstrumentId, price: Price, now: Timestamp) {
        let run = SettlementRun::Initial;
        let (awards, net) = self.desk.clear(instrument, price);
        for award in awards {
            self.outbox.report(now, VenueReport::OfferAwarded(award));
        }
        for (owner, volume) in net {
            let read = MeterRead {
                instrument,
                owner,
                volume,
                run,
            };
            self.outbox.report(now, VenueReport::MeterRead(read));
        }
    }
}

impl Venue for PoolVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        // A pool dispatches: nobody schedules.
        if !matches!(event, Event::ScheduleRouted(_)) {
            self.inbound.send(event, now);
        }
    }

    fn on_price(&mut self, price: &ReferencePrice, now: Timestamp) {
        if price.kind == PriceKind::RealTime && self.awaited.remove(&price.instrument) {
            // What reached the pool by now belongs to the clearing, or is refused by its gate.
            self.advance(now);
            self.dispatch(price.instrument, price.price, now);
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let published = self.intervals.front().map(|interval| interval.published);
        earlier(
            earlier(published, self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        loop {
            // An offer that arrives as the price is published is too late for it either way.
            let until = self
                .intervals
                .front()
                .map_or(now, |next| next.published.min(now));
            while let Some(flight) = self.inbound.receive(until) {
                let report = match flight.message {
                    Routed::Offer(offer) => self.desk.submit(offer, flight.arrival),
                    Routed::Cancel(cancel) => self.desk.cancel(&cancel, flight.arrival),
                    Routed::Schedule(_) => continue,
                };
                self.outbox.report(flight.arrival, report);
            }
            let Some(interval) = self.intervals.pop_front_if(|next| next.published <= now) else {
                return;
            };
            self.publish(&interval);
            self.dispatch(interval.instrument, interval.price, interval.published);
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wattbook_domain::command::SubmitOffer;
    use wattbook_domain::{Input, OrderId, Owner, Side, StrategyId, Volume};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    fn offer(number: u64, side: Side, price: &str) -> Event {
        let owner = Owner {
            strategy: StrategyId(1),
            ..Owner::default()
        };
        Event::OfferRouted(SubmitOffer {
            order_id: OrderId(number),
            instrument: InstrumentId(0),
            side,
            owner,
            price: price.parse().unwrap(),
            volume: "10".parse().unwrap(),
            ..SubmitOffer::default()
        })
    }

    fn venue(price: &str) -> PoolVenue {
        let interval = DispatchInterval {
            instrument: InstrumentId(0),
            gate: at(0),
            published: at(300),
            price: price.parse().unwrap(),
        };
        PoolVenue::new(VenueId(3), vec![interval], Latencies::default(), 1)
    }

    fn run(venue: &mut PoolVenue) -> (Vec<(u64, Volume)>, Option<Volume>) {
        venue.advance(at(300));
        let (mut awards, mut metered) = (Vec::new(), None);
        while let Some(arrival) = venue.poll(at(300)) {
            match arrival.input {
                Input::Report(VenueReport::OfferAwarded(award)) => {
                    awards.push((award.order_id.0, award.volume));
                }
                Input::Report(VenueReport::MeterRead(read)) => metered = Some(read.volume),
                _ => {}
            }
        }
        (awards, metered)
    }

    #[test]
    fn an_offer_at_or_below_the_price_is_dispatched() {
        let mut venue = venue("50");
        venue.on_routed(&offer(1, Side::Sell, "50"), at(-10));
        venue.on_routed(&offer(2, Side::Sell, "50.01"), at(-10));
        venue.on_routed(&offer(3, Side::Buy, "49.99"), at(-10));
        let ten: Volume = "10".parse().unwrap();
        let expected = vec![(1, ten), (2, Volume::ZERO), (3, Volume::ZERO)];
        assert_eq!(run(&mut venue), (expected, Some(ten)));
    }

    #[test]
    fn a_bid_at_a_negative_price_charges() {
        let mut venue = venue("-1000");
        venue.on_routed(&offer(1, Side::Buy, "-20"), at(-10));
        let ten: Volume = "10".parse().unwrap();
        assert_eq!(run(&mut venue), (vec![(1, ten)], Some(-ten)));
    }

    #[test]
    fn an_offer_after_the_gate_is_refused() {
        let mut venue = venue("50");
        venue.on_routed(&offer(1, Side::Sell, "0"), at(1));
        assert_eq!(venue.next_time(), Some(at(1)));
        assert_eq!(run(&mut venue), (vec![], None));
    }
}
