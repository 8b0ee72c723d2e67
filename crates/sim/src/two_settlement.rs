//! A two-settlement market: day-ahead awards, deviations at real-time (ERCOT, NYISO, ISO-NE).

use std::collections::{BTreeMap, BTreeSet};

use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::report::{MeterRead, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Event, InstrumentId, Owner, Price, Timestamp, VenueId, Volume};

use crate::latency::Latencies;
use crate::offer_line::{OfferLine, Routed, Schedules};
use crate::offers::OfferDesk;
use crate::venue::{Arrival, Outbox, Venue, earlier};

/// A delivery period with its recorded prices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettledPeriod {
    /// The period, as an instrument.
    pub instrument: InstrumentId,
    /// Whether it is virtual: never metered, so the whole award is a deviation.
    pub is_virtual: bool,
    /// Last instant at which a day-ahead offer is taken.
    pub gate: Timestamp,
    /// When the day-ahead result is published.
    pub day_ahead_published: Timestamp,
    /// Day-ahead price, in currency per `MWh`.
    pub day_ahead: Price,
    /// First instant of delivery: the last one at which a schedule is taken.
    pub delivery_start: Timestamp,
    /// When the real-time price and the meter are known.
    pub real_time_published: Timestamp,
    /// Real-time price, the mean over the period, in currency per `MWh`.
    pub real_time: Price,
}

/// What happens at the venue by itself; in this order when at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    RealTime,
    DayAhead,
}

/// A delivery period whose prices come from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AwaitedPeriod {
    /// The period, as an instrument.
    pub instrument: InstrumentId,
    /// Whether it is virtual.
    pub is_virtual: bool,
    /// Last instant at which a day-ahead offer is taken.
    pub gate: Timestamp,
    /// First instant of delivery: the last one at which a schedule is taken.
    pub delivery_start: Timestamp,
}

/// Awards offers at the recorded day-ahead price and meters what was scheduled.
///
/// A physical period without a schedule delivers its award; a virtual one delivers nothing.
#[derive(Debug, Clone)]
pub struct TwoSettlementVenue {
    venue: VenueId,
    periods: BTreeMap<InstrumentId, SettledPeriod>,
    awaited: BTreeMap<InstrumentId, AwaitedPeriod>,
    steps: BTreeSet<(Timestamp, Step, InstrumentId)>,
    desk: OfferDesk,
    awards: BTreeMap<(InstrumentId, Owner), Volume>,
    schedules: Schedules,
    inbound: OfferLine,
    outbox: Outbox,
}

impl TwoSettlementVenue {
    /// A market that clears `periods` at their recorded prices.
    #[must_use]
    pub fn new(
        venue: VenueId,
        periods: Vec<SettledPeriod>,
        latencies: Latencies,
        seed: u64,
    ) -> Self {
        let mut desk = OfferDesk::new(venue);
        let mut schedules = Schedules::default();
        let mut steps = BTreeSet::new();
        for period in &periods {
            desk.set_gate(period.instrument, period.gate);
            schedules.open(period.instrument, period.delivery_start);
            steps.insert((
                period.day_ahead_published,
                Step::DayAhead,
                period.instrument,
            ));
            steps.insert((
                period.real_time_published,
                Step::RealTime,
                period.instrument,
            ));
        }
        let stream = u64::from(venue.0) << 32;
        Self {
            venue,
            periods: periods
                .into_iter()
                .map(|period| (period.instrument, period))
                .collect(),
            awaited: BTreeMap::new(),
            steps,
            desk,
            awards: BTreeMap::new(),
            schedules,
            inbound: OfferLine::new(latencies, seed, stream),
            outbox: Outbox::new(&latencies, seed, stream),
        }
    }

    /// Takes offers and schedules for `period`; it clears and settles when its prices come from outside.
    pub fn await_prices(&mut self, period: AwaitedPeriod) {
        self.desk.set_gate(period.instrument, period.gate);
        self.schedules
            .open(period.instrument, period.delivery_start);
        self.awaited.insert(period.instrument, period);
    }

    fn publish_price(
        &mut self,
        now: Timestamp,
        instrument: InstrumentId,
        kind: PriceKind,
        price: Price,
    ) {
        let run = SettlementRun::Initial;
        let record = ReferencePrice {
            instrument,
            kind,
            run,
            price,
        };
        self.outbox
            .publish(now, MarketEvent::ReferencePrice(record));
    }

    fn clear_day_ahead(&mut self, now: Timestamp, instrument: InstrumentId, price: Price) {
        let (awards, net) = self.desk.clear(instrument, price);
        for award in awards {
            self.outbox.report(now, VenueReport::OfferAwarded(award));
        }
        for (owner, volume) in net {
            self.awards.insert((instrument, owner), volume);
        }
    }

    fn read_meters(&mut self, now: Timestamp, instrument: InstrumentId, is_virtual: bool) {
        let run = SettlementRun::Initial;
        let awarded = self.awards.keys().filter(|(of, _)| *of == instrument);
        let awarded = awarded.map(|(_, owner)| *owner);
        for (owner, scheduled) in self.schedules.close(instrument, awarded) {
            let award = self.awards.remove(&(instrument, owner)).unwrap_or_default();
            let volume = if is_virtual {
                Volume::ZERO
            } else {
                scheduled.unwrap_or(award)
            };
            let read = MeterRead {
                instrument,
                owner,
                volume,
                run,
            };
            self.outbox.report(now, VenueReport::MeterRead(read));
        }
    }

    fn take(&mut self, message: &Routed, now: Timestamp) {
        let report = match message {
            Routed::Offer(offer) => self.desk.submit(*offer, now),
            Routed::Cancel(cancel) => self.desk.cancel(cancel, now),
            Routed::Schedule(schedule) => {
                self.schedules.note(schedule, now);
                return;
            }
        };
        self.outbox.report(now, report);
    }
}

impl Venue for TwoSettlementVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        self.inbound.send(event, now);
    }

    fn on_price(&mut self, price: &ReferencePrice, now: Timestamp) {
        let Some(period) = self.awaited.get(&price.instrument).copied() else {
            return;
        };
        self.advance(now);
        match price.kind {
            PriceKind::DayAhead => self.clear_day_ahead(now, price.instrument, price.price),
            PriceKind::RealTime => {
                self.awaited.remove(&price.instrument);
                self.read_meters(now, price.instrument, period.is_virtual);
            }
            _ => {}
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let step = self.steps.first().map(|(at, ..)| *at);
        earlier(
            earlier(step, self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        loop {
            let until = self.steps.first().map_or(now, |(at, ..)| (*at).min(now));
            while let Some(flight) = self.inbound.receive(until) {
                self.take(&flight.message, flight.arrival);
            }
            let Some((at, step, instrument)) = self.steps.first().copied() else {
                return;
            };
            if at > now {
                return;
            }
            self.steps.pop_first();
            let Some(period) = self.periods.get(&instrument).copied() else {
                continue;
            };
            match step {
                Step::DayAhead => {
                    self.publish_price(at, instrument, PriceKind::DayAhead, period.day_ahead);
                    self.clear_day_ahead(at, instrument, period.day_ahead);
                }
                Step::RealTime => {
                    self.publish_price(at, instrument, PriceKind::RealTime, period.real_time);
                    self.read_meters(at, instrument, period.is_virtual);
                }
            }
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }
}
