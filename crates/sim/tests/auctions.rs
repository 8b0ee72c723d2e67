//! Auctions of a simulated market: blocks whole or not at all, schedules in time, failures told.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{at, hour};
use wattbook_domain::command::{SubmitOffer, SubmitSchedule};
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::report::{OrderRejected, ReservesSettled, VenueReason, VenueReport};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{
    ClientId, Currency, Event, Input, InstrumentId, Money, OrderId, Owner, Side, StrategyId,
    VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    Arrival, AuctionSession, AuctionVenue, Backtest, Cleared, Clearer, Deliveries, JournalLog,
    Latencies, Meter, Metering, Plan, Production, Reading, SettledPeriod, SimError,
    TwoSettlementVenue, Venue,
};

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
    venue_with(fails, Vec::new())
}

fn venue_with(fails: bool, meterings: Vec<Metering>) -> AuctionVenue {
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
    let deliveries = Deliveries {
        starts: (0..3).map(|n| (InstrumentId(n), at(900))).collect(),
        production: vec![production],
        meterings,
    };
    let clearer = Box::new(Halves { fails });
    AuctionVenue::new(
        VenueId(4),
        auctions,
        clearer,
        deliveries,
        Latencies::default(),
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

/// The offers that were cancelled because a block or its family was not whole.
fn unlinked(told: &[Input]) -> Vec<u64> {
    let number = |input: &Input| match input {
        Input::Report(VenueReport::OrderCancelled(ended))
            if ended.reason == VenueReason::LinkedUnfilled =>
        {
            Some(ended.order_id.number())
        }
        _ => None,
    };
    told.iter().filter_map(number).collect()
}

#[test]
fn a_block_without_all_its_legs_is_cancelled_and_never_cleared() {
    let mut venue = venue(false);
    venue.on_routed(&Event::OfferRouted(leg(1, 0)), at(90));
    let told = told(&mut venue, 160);
    assert_eq!(unlinked(&told), [1]);
    assert_eq!(awards(&told), []);
}

/// A block of one leg with a parent.
fn child(number: u64, block: u64, parent: u64) -> SubmitOffer {
    SubmitOffer {
        block: Some(block),
        block_legs: Some(1),
        parent_block: Some(parent),
        ..offer(number, 0)
    }
}

#[test]
fn a_child_never_goes_without_its_parent() {
    let mut venue = venue(false);
    let block = SubmitOffer {
        block: Some(1),
        block_legs: Some(1),
        ..offer(1, 0)
    };
    // A grandchild before its parent, a child of a block that lacks a leg, one of a block that was
    // never offered, and two that are each other's parent.
    let offers = [
        block,
        child(2, 3, 2),
        child(3, 2, 1),
        leg(4, 1),
        child(5, 8, 7),
    ];
    let circle = [child(6, 10, 11), child(7, 11, 10), child(8, 12, 99)];
    for offer in offers.into_iter().chain(circle) {
        venue.on_routed(&Event::OfferRouted(offer), at(90));
    }
    let told = told(&mut venue, 160);
    let half = || "5".to_owned();
    assert_eq!(awards(&told), [(1, half()), (2, half()), (3, half())]);
    assert_eq!(unlinked(&told), [5, 6, 7, 8, 4]);
}

#[test]
fn a_leg_that_says_otherwise_of_its_block_is_refused_and_the_block_falls() {
    let other = |change: fn(&mut SubmitOffer)| {
        let mut second = leg(2, 1);
        change(&mut second);
        second
    };
    let changes = [
        other(|leg| leg.price = "70".parse().unwrap()),
        other(|leg| leg.block_legs = Some(3)),
        other(|leg| leg.parent_block = Some(1)),
        other(|leg| leg.exclusive_group = Some(1)),
        other(|leg| leg.owner.strategy = StrategyId(9)),
    ];
    for second in changes {
        let mut venue = venue(false);
        venue.on_routed(&Event::OfferRouted(leg(1, 0)), at(90));
        venue.on_routed(&Event::OfferRouted(second), at(90));
        let told = told(&mut venue, 160);
        let refused = |input: &&Input| {
            matches!(input, Input::Report(VenueReport::OrderRejected(OrderRejected { order_id, reason }))
                if *reason == VenueReason::InvalidTerms && order_id.number() == 2)
        };
        assert_eq!(told.iter().filter(refused).count(), 1, "{second:?}");
        assert_eq!(unlinked(&told), [1]);
        assert_eq!(awards(&told), []);
    }
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

fn schedule(volume: &str, strategy: u16) -> Event {
    Event::ScheduleRouted(SubmitSchedule {
        volume: volume.parse().unwrap(),
        owner: Owner {
            strategy: StrategyId(strategy),
            ..Owner::default()
        },
        ..SubmitSchedule::default()
    })
}

fn price(kind: PriceKind) -> ReferencePrice {
    ReferencePrice {
        kind,
        ..ReferencePrice::default()
    }
}

fn metered(told: &[Input]) -> Vec<(u16, String)> {
    let read = |input: &Input| match input {
        Input::Report(VenueReport::MeterRead(read)) => {
            Some((read.owner.strategy.0, read.volume.to_string()))
        }
        _ => None,
    };
    told.iter().filter_map(read).collect()
}

#[test]
fn an_asset_produces_what_is_available_unless_a_schedule_switches_it_off() {
    for (scheduled, comes) in [(None, "8"), (Some("5"), "8"), (Some("0"), "0")] {
        let mut venue = venue(false);
        if let Some(volume) = scheduled {
            venue.on_routed(&schedule(volume, 0), at(90));
        }
        venue.on_price(&price(PriceKind::Imbalance), at(1_000));
        let told = told(&mut venue, 1_000);
        assert_eq!(metered(&told), [(0, comes.to_owned())]);
    }
}

#[test]
fn a_schedule_after_the_start_of_delivery_changes_nothing_but_is_metered() {
    let mut venue = venue(false);
    // In time, too late for a farm that runs, and too late for one who has nothing there.
    venue.on_routed(&schedule("3", 1), at(900));
    venue.on_routed(&schedule("0", 0), at(901));
    venue.on_routed(&schedule("4", 2), at(901));
    venue.on_routed(&schedule("9", 1), at(901));
    venue.on_price(&price(PriceKind::Imbalance), at(1_000));
    let told = told(&mut venue, 1_000);
    let expected = [(0, "8"), (1, "3"), (2, "0")];
    assert_eq!(
        metered(&told),
        expected.map(|(owner, volume)| (owner, volume.to_owned()))
    );
}

#[test]
fn a_meter_is_read_once() {
    let mut venue = venue(false);
    venue.on_price(&price(PriceKind::Imbalance), at(1_000));
    assert_eq!(metered(&told(&mut venue, 1_000)).len(), 1);
    venue.on_routed(&schedule("5", 0), at(1_001));
    venue.on_price(&price(PriceKind::Imbalance), at(1_002));
    assert_eq!(metered(&told(&mut venue, 1_002)), []);
}

/// Reads 3, or fails.
#[derive(Debug)]
struct Device(Option<&'static str>);

impl Meter for Device {
    fn read(&mut self, _instrument: InstrumentId) -> Result<Reading, String> {
        match self.0 {
            None => Ok(Reading {
                volume: "3".parse().unwrap(),
                reserves: Some(Money::from_millionths(7)),
            }),
            Some(reason) => Err(reason.to_owned()),
        }
    }
}

#[test]
fn a_device_is_settled_by_its_meter_once_whatever_it_produces_or_was_scheduled() {
    for fault in [None, Some("no answer")] {
        let metering = Metering {
            owner: Owner::default(),
            instruments: [InstrumentId(0)].into(),
            meter: Box::new(Device(fault)),
        };
        let mut venue = venue_with(false, vec![metering]);
        venue.on_routed(&schedule("5", 0), at(90));
        venue.on_routed(&schedule("4", 1), at(90));
        venue.on_price(&price(PriceKind::Imbalance), at(1_000));
        let mut expected = vec![(0, "3".to_owned()), (1, "4".to_owned())];
        expected.retain(|(owner, _)| fault.is_none() || *owner == 1);
        let told_now = told(&mut venue, 1_000);
        assert_eq!(metered(&told_now), expected);
        let paid = told_now.iter().filter_map(|input| match input {
            Input::Report(VenueReport::ReservesSettled(settled)) => Some(*settled),
            _ => None,
        });
        let reserves = ReservesSettled {
            amount: Money::from_millionths(7),
            run: SettlementRun::Initial,
            ..ReservesSettled::default()
        };
        let reserves: Vec<_> = fault.is_none().then_some(reserves).into_iter().collect();
        assert_eq!(paid.collect::<Vec<_>>(), reserves);
        assert_eq!(venue.failure(), fault);
        venue.on_price(&price(PriceKind::Imbalance), at(1_001));
        assert_eq!(metered(&told(&mut venue, 1_001)), []);
    }
}

#[test]
fn a_market_that_settles_twice_reads_the_meter_of_whoever_scheduled_too_late() {
    let period = SettledPeriod {
        instrument: InstrumentId(0),
        is_virtual: false,
        gate: at(100),
        day_ahead_published: at(160),
        day_ahead: "50".parse().unwrap(),
        delivery_start: at(900),
        real_time_published: at(1_000),
        real_time: "80".parse().unwrap(),
    };
    let latencies = Latencies::default();
    let mut venue = TwoSettlementVenue::new(VenueId(4), vec![period], latencies, 1);
    venue.on_routed(&schedule("3", 1), at(900));
    venue.on_routed(&schedule("4", 2), at(901));
    venue.advance(at(1_000));
    let told: Vec<_> =
        std::iter::from_fn(|| venue.poll(at(1_000)).map(|arrival| arrival.input)).collect();
    assert_eq!(metered(&told), [(1, "3".to_owned()), (2, "0".to_owned())]);
}

#[test]
fn a_clearing_that_fails_is_told_and_awards_nothing() {
    let mut venue = venue(true);
    venue.on_routed(&Event::OfferRouted(offer(1, 0)), at(90));
    let told = told(&mut venue, 160);
    assert_eq!(venue.failure(), Some("no price balances"));
    assert_eq!(awards(&told), []);
}

#[test]
fn a_clearing_that_fails_as_a_price_comes_in_ends_the_run() {
    let (log, _) = JournalLog::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let engine = Engine::new(EngineConfig::new(Currency::EUR));
    let mut backtest = Backtest::new(engine, Box::new(log), at(0));
    let instrument = Box::new(hour(0, 4));
    backtest.add_reference(ReferenceEvent::DefineInstrument(instrument));
    let last = AuctionSession {
        kind: PriceKind::DayAhead,
        gate: at(100),
        published: at(160),
        instruments: vec![InstrumentId(0), InstrumentId(1)],
    };
    let clearer = Box::new(Halves { fails: true });
    let (deliveries, latencies) = (Deliveries::default(), Latencies::default());
    let venue = AuctionVenue::new(VenueId(4), vec![last], clearer, deliveries, latencies, 1);
    backtest.add_venue(Box::new(venue)).unwrap();
    backtest.route(InstrumentId(0), VenueId(4)).unwrap();
    // The recorded price comes at the instant of the publication, before the venue has had its turn.
    let imbalance = MarketEvent::ReferencePrice(price(PriceKind::Imbalance));
    backtest.add_recorded([Arrival {
        ts_event: at(160),
        ts_recv: at(160),
        input: Input::Market(imbalance),
    }]);
    let ended = backtest.run_until(at(1_000), u64::MAX);
    assert!(
        matches!(
            ended,
            Err(SimError::VenueFailed {
                venue: VenueId(4),
                ..
            })
        ),
        "{ended:?}"
    );
}

/// What is wrong with `auctions` of a plan whose instruments 0 to 2 belong to venue 4 and 3 to venue 5.
fn fault(auctions: &[AuctionSession], times: usize) -> String {
    let mut plan = Plan::new(1, Currency::EUR, at(0));
    for number in 0..4 {
        let instrument = hour(number, if number < 3 { 4 } else { 5 });
        plan.add_reference(ReferenceEvent::DefineInstrument(Box::new(instrument)));
    }
    let mut last = Ok(());
    for _ in 0..times {
        let clearer = Box::new(Halves::default());
        last = plan.add_auctions(VenueId(4), auctions.to_owned(), clearer);
    }
    last.unwrap_err().to_string()
}

#[test]
fn auctions_that_make_no_sense_are_named() {
    let session = |gate, published, instruments: &[u32]| AuctionSession {
        kind: PriceKind::DayAhead,
        gate: at(gate),
        published: at(published),
        instruments: instruments.iter().map(|n| InstrumentId(*n)).collect(),
    };
    let twice = vec![session(100, 160, &[0, 1]), session(500, 560, &[1])];
    assert!(fault(&twice, 1).contains("instrument 1 is sold in two auctions"));
    assert!(fault(&[session(100, 100, &[0])], 1).contains("publish it after the gate"));
    assert!(fault(&[session(100, 160, &[0, 3])], 1).contains("instrument 3 is not traded"));
    assert!(fault(&[session(100, 160, &[7])], 1).contains("instrument 7 is unknown"));
    assert!(fault(&[session(100, 160, &[0])], 2).contains("give each its own venue"));
}
