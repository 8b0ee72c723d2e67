//! Auctions that are really cleared: the desk's offers are orders among those of the others.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Debug;

use wattbook_domain::command::{SubmitOffer, SubmitSchedule};
use wattbook_domain::event::CancelRouted;
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::report::{MeterRead, OfferAwarded, OrderCancelled, VenueReason, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{Event, InstrumentId, Owner, Price, Timestamp, VenueId, Volume};

use crate::intraday::{BorderCapacity, SharedBorders};
use crate::latency::{Latencies, Line};
use crate::offers::OfferDesk;
use crate::rng::Rng;
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

/// What travels to the market operator.
#[derive(Debug, Clone)]
enum Routed {
    Offer(SubmitOffer),
    Cancel(CancelRouted),
    Schedule(SubmitSchedule),
}

/// A market operator that holds auctions and reads meters when the imbalance price comes.
#[derive(Debug)]
pub struct AuctionVenue {
    venue: VenueId,
    latencies: Latencies,
    auctions: Vec<AuctionSession>,
    due: BTreeSet<(Timestamp, usize)>,
    clearer: Box<dyn Clearer>,
    borders: Option<SharedBorders>,
    desk: OfferDesk,
    production: BTreeMap<(InstrumentId, Owner), Volume>,
    schedules: BTreeMap<(InstrumentId, Owner), Volume>,
    inbound: Line<Routed>,
    outbox: Outbox,
    failure: Option<String>,
}

impl AuctionVenue {
    /// A market that holds `auctions`, cleared by `clearer`, and meters `production` and what is scheduled.
    #[must_use]
    pub fn new(
        venue: VenueId,
        auctions: Vec<AuctionSession>,
        clearer: Box<dyn Clearer>,
        production: Vec<Production>,
        latencies: Latencies,
        seed: u64,
    ) -> Self {
        let mut desk = OfferDesk::with_blocks(venue);
        let mut due = BTreeSet::new();
        for (number, auction) in auctions.iter().enumerate() {
            due.insert((auction.published, number));
            for instrument in &auction.instruments {
                desk.set_gate(*instrument, auction.gate);
            }
        }
        let stream = u64::from(venue.0) << 32;
        let owned = |of: Production| ((of.instrument, of.owner), of.available);
        Self {
            venue,
            latencies,
            auctions,
            due,
            clearer,
            borders: None,
            desk,
            production: production.into_iter().map(owned).collect(),
            schedules: BTreeMap::new(),
            inbound: Line::new(Rng::new(seed, 2 * stream + 2)),
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
                let key = (schedule.instrument, schedule.owner);
                self.schedules.insert(key, schedule.volume);
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

    /// Reads the meters of `instrument`: of what produces, and of what was scheduled.
    fn read_meters(&mut self, now: Timestamp, instrument: InstrumentId) {
        let owners = self.production.keys().chain(self.schedules.keys());
        let owners = owners.filter(|(of, _)| *of == instrument);
        let owners: BTreeSet<Owner> = owners.map(|(_, owner)| *owner).collect();
        for owner in owners {
            let key = (instrument, owner);
            let scheduled = self.schedules.remove(&key);
            let volume = match (self.production.remove(&key), scheduled) {
                (Some(_), Some(Volume::ZERO)) => Volume::ZERO,
                (Some(available), _) => available,
                (None, scheduled) => scheduled.unwrap_or_default(),
            };
            let read = MeterRead {
                instrument,
                owner,
                volume,
                run: SettlementRun::Initial,
            };
            self.outbox.report(now, VenueReport::MeterRead(read));
        }
    }
}

/// The offers that are whole, and the legs of blocks that are not.
fn whole(offers: Vec<SubmitOffer>) -> (Vec<SubmitOffer>, Vec<SubmitOffer>) {
    let mut legs = BTreeMap::<(u16, u64), u32>::new();
    let block = |offer: &SubmitOffer| {
        let client = offer.order_id.client().0;
        offer.block.map(|number| (client, number))
    };
    for key in offers.iter().filter_map(block) {
        *legs.entry(key).or_default() += 1;
    }
    offers.into_iter().partition(|offer| {
        block(offer).is_none_or(|key| offer.block_legs == legs.get(&key).copied())
    })
}

impl Venue for AuctionVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        let Latencies { submit, cancel, .. } = self.latencies;
        match event {
            Event::OfferRouted(offer) => self.inbound.send(now, submit, Routed::Offer(*offer)),
            Event::CancelRouted(routed) => self.inbound.send(now, cancel, Routed::Cancel(*routed)),
            Event::ScheduleRouted(schedule) => {
                self.inbound.send(now, submit, Routed::Schedule(*schedule));
            }
            _ => {}
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use wattbook_domain::report::OrderRejected;
    use wattbook_domain::{ClientId, Input, OrderId, Side};

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    /// Awards half of everything at 50.
    #[derive(Debug, Default)]
    struct Halves {
        fails: bool,
    }

    impl Clearer for Halves {
        fn clear(
            &mut self,
            number: usize,
            offers: &[SubmitOffer],
            flows: &[Volume],
        ) -> Result<Cleared, String> {
            if self.fails {
                return Err("no price balances".to_owned());
            }
            let half = |offer: &SubmitOffer| Volume::from_millionths(offer.volume.millionths() / 2);
            Ok(Cleared {
                prices: vec!["50".parse().unwrap(); 2 - number],
                awards: offers.iter().map(half).collect(),
                left: flows.iter().map(|_| [Volume::ZERO; 2]).collect(),
            })
        }
    }

    fn offer(number: u64, instrument: u32) -> SubmitOffer {
        SubmitOffer {
            order_id: OrderId::new(ClientId(1), number),
            instrument: InstrumentId(instrument),
            side: Side::Sell,
            volume: "10".parse().unwrap(),
            ..SubmitOffer::default()
        }
    }

    fn leg(number: u64, instrument: u32) -> SubmitOffer {
        SubmitOffer {
            block: Some(7),
            block_legs: Some(2),
            ..offer(number, instrument)
        }
    }

    fn venue(fails: bool) -> AuctionVenue {
        let session = |kind, gate, instruments: &[u32]| AuctionSession {
            kind,
            gate: at(gate),
            published: at(gate + 60),
            instruments: instruments.iter().map(|n| InstrumentId(*n)).collect(),
        };
        let auctions = vec![
            session(PriceKind::DayAhead, 100, &[0, 1]),
            session(PriceKind::IntradayAuction, 500, &[2]),
        ];
        let production = Production {
            instrument: InstrumentId(0),
            owner: Owner::default(),
            available: "8".parse().unwrap(),
        };
        let clearer = Box::new(Halves { fails });
        let latencies = Latencies::default();
        AuctionVenue::new(
            VenueId(4),
            auctions,
            clearer,
            vec![production],
            latencies,
            1,
        )
    }

    fn told(venue: &mut AuctionVenue, now: i64) -> Vec<Input> {
        venue.advance(at(now));
        std::iter::from_fn(|| venue.poll(at(now)).map(|arrival| arrival.input)).collect()
    }

    fn awards(told: &[Input]) -> Vec<(u64, String)> {
        let award = |input: &Input| match input {
            Input::Report(VenueReport::OfferAwarded(award)) => {
                Some((award.order_id.number(), award.volume.to_string()))
            }
            _ => None,
        };
        told.iter().filter_map(award).collect()
    }

    #[test]
    fn prices_of_all_periods_come_first_then_awards_at_the_publication() {
        let mut venue = venue(false);
        venue.on_routed(&Event::OfferRouted(offer(1, 1)), at(90));
        assert_eq!(told(&mut venue, 159).len(), 1, "accepted, not cleared yet");
        let told = told(&mut venue, 160);
        let prices = told
            .iter()
            .filter(|input| matches!(input, Input::Market(_)));
        assert_eq!(prices.count(), 2);
        assert_eq!(awards(&told), [(1, "5".to_owned())]);
    }

    #[test]
    fn an_offer_after_the_gate_is_refused_and_the_next_auction_takes_its_own() {
        let mut venue = venue(false);
        venue.on_routed(&Event::OfferRouted(offer(1, 0)), at(101));
        venue.on_routed(&Event::OfferRouted(offer(2, 2)), at(101));
        let first = told(&mut venue, 200);
        let late = |input: &Input| {
            matches!(input, Input::Report(VenueReport::OrderRejected(OrderRejected { reason, .. }))
                if *reason == VenueReason::GateClosed)
        };
        assert!(first.iter().any(late));
        assert_eq!(awards(&first), []);
        assert_eq!(awards(&told(&mut venue, 560)), [(2, "5".to_owned())]);
    }

    #[test]
    fn a_block_without_all_its_legs_is_cancelled_and_never_cleared() {
        let mut venue = venue(false);
        venue.on_routed(&Event::OfferRouted(leg(1, 0)), at(90));
        let told = told(&mut venue, 160);
        let ended = |input: &&Input| {
            matches!(input, Input::Report(VenueReport::OrderCancelled(ended))
                if ended.reason == VenueReason::LinkedUnfilled)
        };
        assert_eq!(told.iter().filter(ended).count(), 1);
        assert_eq!(awards(&told), []);
    }

    #[test]
    fn a_whole_block_is_cleared() {
        let mut venue = venue(false);
        for (number, instrument) in [(1, 0), (2, 1)] {
            venue.on_routed(&Event::OfferRouted(leg(number, instrument)), at(90));
        }
        assert_eq!(awards(&told(&mut venue, 160)).len(), 2);
    }

    #[test]
    fn terms_that_contradict_are_refused() {
        let mut venue = venue(false);
        let tied = SubmitOffer {
            exclusive_group: Some(1),
            ..offer(1, 0)
        };
        venue.on_routed(&Event::OfferRouted(tied), at(90));
        let told = told(&mut venue, 90);
        assert!(matches!(
            told[..],
            [Input::Report(VenueReport::OrderRejected(OrderRejected { reason, .. }))]
                if reason == VenueReason::InvalidTerms
        ));
    }

    #[test]
    fn an_asset_produces_what_is_available_unless_a_schedule_switches_it_off() {
        for (scheduled, metered) in [(None, "8"), (Some("5"), "8"), (Some("0"), "0")] {
            let mut venue = venue(false);
            if let Some(volume) = scheduled {
                let schedule = SubmitSchedule {
                    volume: volume.parse().unwrap(),
                    ..SubmitSchedule::default()
                };
                venue.on_routed(&Event::ScheduleRouted(schedule), at(90));
            }
            let price = ReferencePrice {
                kind: PriceKind::Imbalance,
                ..ReferencePrice::default()
            };
            venue.on_price(&price, at(1_000));
            let read = told(&mut venue, 1_000)
                .into_iter()
                .find_map(|input| match input {
                    Input::Report(VenueReport::MeterRead(read)) => Some(read.volume.to_string()),
                    _ => None,
                });
            assert_eq!(read.as_deref(), Some(metered));
        }
    }

    #[test]
    fn a_clearing_that_fails_is_told_and_awards_nothing() {
        let mut venue = venue(true);
        venue.on_routed(&Event::OfferRouted(offer(1, 0)), at(90));
        let told = told(&mut venue, 160);
        assert_eq!(venue.failure(), Some("no price balances"));
        assert_eq!(awards(&told), []);
    }
}
