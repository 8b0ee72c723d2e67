//! Auctions that are really cleared: the desk's offers are orders among those of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use wattbook_domain::command::SubmitOffer;
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::report::{
    MeterRead, OfferAwarded, OrderCancelled, ReservesSettled, VenueReason, VenueReport,
};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Event, InstrumentId, Money, Owner, Price, Timestamp, VenueId, Volume};

use crate::intraday::{BorderCapacity, SharedBorders};
use crate::latency::Latencies;
use crate::offer_line::{OfferLine, Routed, Schedules};
use crate::offers::{BlockKey, OfferDesk, block_key};
use crate::venue::{Arrival, Outbox, Venue, earlier};

/// One auction: a day-ahead or an intraday one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuctionSession {
    /// Which price it makes.
    pub kind: PriceKind,
    /// Last instant at which an offer is taken.
    pub gate: Timestamp,
    /// When its result is published.
    pub published: Timestamp,
    /// The delivery periods that it sells, as instruments; no two auctions share one.
    pub instruments: Vec<InstrumentId>,
}

/// What an asset can produce in a delivery period; it does, unless a schedule of zero switches it off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Production {
    /// The period, as an instrument.
    pub instrument: InstrumentId,
    /// Whose asset.
    pub owner: Owner,
    /// Mean power, in MW.
    pub available: Volume,
}

/// What an asset did in a delivery period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Reading {
    /// Mean power at the meter, in MW; delivered above zero.
    pub volume: Volume,
    /// What is paid for the reserves that it held; `None` where it sold none.
    pub reserves: Option<Money>,
}

/// Reads the meter of an asset that is really run while the simulation goes on.
pub trait Meter: Send + Debug {
    /// What the asset did in the delivery period `instrument`.
    ///
    /// # Errors
    /// Why it cannot be read, for a person.
    fn read(&mut self, instrument: InstrumentId) -> Result<Reading, String>;
}

/// A meter, whose it is, and the periods that are settled by it.
#[derive(Debug)]
pub struct Metering {
    /// Whose asset.
    pub owner: Owner,
    /// The periods, as instruments.
    pub instruments: BTreeSet<InstrumentId>,
    /// What is read when the imbalance price of a period comes.
    pub meter: Box<dyn Meter>,
}

/// What is delivered of what the auctions sell.
#[derive(Debug, Default)]
pub struct Deliveries {
    /// First instant of each delivery period: the last one at which a schedule is taken.
    pub starts: BTreeMap<InstrumentId, Timestamp>,
    /// What assets can produce.
    pub production: Vec<Production>,
    /// What is settled by a meter, whatever was scheduled.
    pub meterings: Vec<Metering>,
}

/// What came of an auction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cleared {
    /// The price of each of its instruments, in currency per `MWh`.
    pub prices: Vec<Price>,
    /// What each of our offers is awarded, in MW.
    pub awards: Vec<Volume>,
    /// What the auctions so far leave of each border to continuous trading, in the order of
    /// [`SharedBorders`]; empty where they share none.
    pub left: Vec<BorderCapacity>,
}

/// Clears an auction with all its orders, ours among them.
pub trait Clearer: Send + Debug {
    /// The result of auction `number` with our `offers`; blocks among them are whole. `flows` is what
    /// continuous trades use of each border that they share; empty where they share none.
    ///
    /// # Errors
    /// Why it cannot be cleared, for a person.
    fn clear(
        &mut self,
        number: usize,
        offers: &[SubmitOffer],
        flows: &[Volume],
    ) -> Result<Cleared, String>;
}

/// A market operator that holds auctions and reads meters when the imbalance price comes.
#[derive(Debug)]
pub struct AuctionVenue {
    venue: VenueId,
    auctions: Vec<AuctionSession>,
    due: BTreeSet<(Timestamp, usize)>,
    clearer: Box<dyn Clearer>,
    borders: Option<SharedBorders>,
    desk: OfferDesk,
    production: BTreeMap<(InstrumentId, Owner), Volume>,
    schedules: Schedules,
    meterings: Vec<Metering>,
    inbound: OfferLine,
    outbox: Outbox,
    failure: Option<String>,
}

impl AuctionVenue {
    /// A market that holds `auctions`, cleared by `clearer`, and meters what is produced and scheduled.
    #[must_use]
    pub fn new(
        venue: VenueId,
        auctions: Vec<AuctionSession>,
        clearer: Box<dyn Clearer>,
        deliveries: Deliveries,
        latencies: Latencies,
        seed: u64,
    ) -> Self {
        let Deliveries {
            starts,
            production,
            meterings,
        } = deliveries;
        let mut desk = OfferDesk::with_blocks(venue);
        let mut due = BTreeSet::new();
        for (number, auction) in auctions.iter().enumerate() {
            due.insert((auction.published, number));
            for instrument in &auction.instruments {
                desk.set_gate(*instrument, auction.gate);
            }
        }
        let stream = u64::from(venue.0) << 32;
        let mut schedules = Schedules::default();
        for (instrument, start) in starts {
            schedules.open(instrument, start);
        }
        let owned = |of: Production| ((of.instrument, of.owner), of.available);
        Self {
            venue,
            auctions,
            due,
            clearer,
            borders: None,
            desk,
            production: production.into_iter().map(owned).collect(),
            schedules,
            meterings,
            inbound: OfferLine::new(latencies, seed, stream),
            outbox: Outbox::new(&latencies, seed, stream),
            failure: None,
        }
    }

    /// Lets them share borders with a continuous market.
    #[must_use]
    pub fn sharing(self, borders: Option<SharedBorders>) -> Self {
        Self { borders, ..self }
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

    /// Clears auction `number` and publishes prices, then awards.
    fn clear(&mut self, number: usize, now: Timestamp) {
        let (kind, instruments) = {
            let auction = &self.auctions[number];
            (auction.kind, auction.instruments.clone())
        };
        let (offers, broken) = whole(self.desk.take(&instruments));
        for offer in broken {
            let (order_id, reason) = (offer.order_id, VenueReason::LinkedUnfilled);
            let ended = OrderCancelled { order_id, reason };
            self.outbox.report(now, VenueReport::OrderCancelled(ended));
        }
        let flows = self.borders.as_ref().map(SharedBorders::flows);
        let flows = flows.unwrap_or_default();
        let cleared = self.clearer.clear(number, &offers, &flows);
        let cleared = cleared.and_then(|cleared| {
            let fits = cleared.prices.len() == instruments.len()
                && cleared.awards.len() == offers.len()
                && cleared.left.len() == flows.len();
            fits.then_some(cleared).ok_or_else(|| {
                format!(
                    "auction {number}: a price, an award or what is left of a border is missing"
                )
            })
        });
        let Cleared {
            prices,
            awards,
            left,
        } = match cleared {
            Ok(cleared) => cleared,
            Err(reason) => {
                self.failure = Some(reason);
                return;
            }
        };
        if let Some(borders) = &self.borders {
            borders.leave(now, left);
        }
        let run = SettlementRun::Initial;
        let mut price_of = BTreeMap::new();
        for (instrument, price) in instruments.into_iter().zip(prices) {
            price_of.insert(instrument, price);
            let record = ReferencePrice {
                instrument,
                kind,
                run,
                price,
            };
            let event = MarketEvent::ReferencePrice(record);
            self.outbox.publish(now, event);
        }
        for (offer, volume) in offers.iter().zip(awards) {
            let award = OfferAwarded {
                order_id: offer.order_id,
                trade: self.desk.next_trade(),
                price: price_of[&offer.instrument],
                volume,
                run,
            };
            self.outbox.report(now, VenueReport::OfferAwarded(award));
        }
    }

    /// Reads the meters of `instrument`: of what is really run, of what produces, and of what was scheduled.
    fn read_meters(&mut self, now: Timestamp, instrument: InstrumentId) {
        let producers = self.production.keys().filter(|(of, _)| *of == instrument);
        let producers = producers.map(|(_, owner)| *owner);
        let mut expected = self.schedules.close(instrument, producers);
        for metering in &mut self.meterings {
            if !metering.instruments.remove(&instrument) {
                continue;
            }
            expected.remove(&metering.owner);
            self.production.remove(&(instrument, metering.owner));
            match metering.meter.read(instrument) {
                Ok(reading) => {
                    let owner = metering.owner;
                    let read = meter_read(instrument, owner, reading.volume);
                    self.outbox.report(now, read);
                    if let Some(amount) = reading.reserves {
                        let settled = reserves_settled(instrument, owner, amount);
                        self.outbox.report(now, settled);
                    }
                }
                Err(reason) => self.failure = Some(reason),
            }
        }
        for (owner, scheduled) in expected {
            let volume = match (self.production.remove(&(instrument, owner)), scheduled) {
                (Some(_), Some(Volume::ZERO)) => Volume::ZERO,
                (Some(available), _) => available,
                (None, scheduled) => scheduled.unwrap_or_default(),
            };
            let read = meter_read(instrument, owner, volume);
            self.outbox.report(now, read);
        }
    }
}

/// What a meter read, as the operator reports it first.
fn meter_read(instrument: InstrumentId, owner: Owner, volume: Volume) -> VenueReport {
    VenueReport::MeterRead(MeterRead {
        instrument,
        owner,
        volume,
        run: SettlementRun::Initial,
    })
}

/// What is paid for reserves, as the operator settles it first.
fn reserves_settled(instrument: InstrumentId, owner: Owner, amount: Money) -> VenueReport {
    VenueReport::ReservesSettled(ReservesSettled {
        instrument,
        owner,
        amount,
        run: SettlementRun::Initial,
    })
}

/// The offers that are whole, and the legs of blocks that are not: legs are missing, or the block is not
/// the last of a family that ends in a block without a parent.
fn whole(offers: Vec<SubmitOffer>) -> (Vec<SubmitOffer>, Vec<SubmitOffer>) {
    let mut legs = BTreeMap::<BlockKey, u32>::new();
    for key in offers.iter().filter_map(block_key) {
        *legs.entry(key).or_default() += 1;
    }
    let mut rooted = BTreeSet::<BlockKey>::new();
    loop {
        let before = rooted.len();
        for offer in &offers {
            let Some(key) = block_key(offer) else {
                continue;
            };
            let above = offer.parent_block.map(|number| (key.0, number));
            let has_legs = offer.block_legs == legs.get(&key).copied();
            if has_legs && above.is_none_or(|parent| rooted.contains(&parent)) {
                rooted.insert(key);
            }
        }
        if rooted.len() == before {
            break;
        }
    }
    offers
        .into_iter()
        .partition(|offer| block_key(offer).is_none_or(|key| rooted.contains(&key)))
}

impl Venue for AuctionVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        self.inbound.send(event, now);
    }

    fn on_price(&mut self, price: &ReferencePrice, now: Timestamp) {
        if price.kind == PriceKind::Imbalance {
            self.advance(now);
            self.read_meters(now, price.instrument);
        }
    }

    fn next_time(&self) -> Option<Timestamp> {
        let due = self.due.first().map(|(at, _)| *at);
        earlier(
            earlier(due, self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        loop {
            let until = self.due.first().map_or(now, |(at, _)| (*at).min(now));
            while let Some(flight) = self.inbound.receive(until) {
                self.take(&flight.message, flight.arrival);
            }
            if self.failure.is_some() {
                return;
            }
            let Some((at, number)) = self.due.first().copied().filter(|(at, _)| *at <= now) else {
                return;
            };
            self.due.pop_first();
            self.clear(number, at);
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }

    fn failure(&self) -> Option<&str> {
        self.failure.as_deref()
    }
}
