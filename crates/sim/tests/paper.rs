//! A run that goes with a clock: fed as time passes it is the backtest that knows its arrivals, and
//! after a kill it goes on from its journal.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use common::{LOT, at, hour};
use proptest::prelude::*;
use wattbook_assets::{BatterySpec, Energy, ThresholdPolicy};
use wattbook_domain::command::{CancelAll, Scope};
use wattbook_domain::instrument::{ContractForm, Instrument, Tenor};
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    Command, Currency, Input, InstrumentId, Money, Owner, Price, Sequenced, StrategyId, Timestamp,
    TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_engine::{EngineConfig, recover};
use wattbook_journal::{JournalConfig, JournalReader, MemoryStorage};
use wattbook_sim::{
    Arrival, Backtest, EDGE, FeedLevel, JournalLog, Latencies, Latency, Origin, Outside,
    Participants, Plan, Session,
};
use wattbook_strategy::{
    BatteryConfig, BatteryTrader, Forecast, MeanReversion, Momentum, OfferRule, OrderStyle,
    Sampling, Slot, WindowConfig,
};

const BOOK: VenueId = VenueId(0);
const POOL: VenueId = VenueId(1);
const INTERVALS: u32 = 12;
const END: i64 = 3_900;

fn owner(strategy: u16) -> Owner {
    Owner {
        trading_book: TradingBookId(1),
        trader: TraderId(1),
        strategy: StrategyId(strategy),
    }
}

/// Dispatch interval `index` of the hour from the epoch on; instruments from 1.
fn interval(index: u32) -> Instrument {
    let start = 300 * i64::from(index);
    Instrument {
        form: ContractForm::Auction,
        tenor: Tenor::FiveMinutes,
        delivery_start: at(start),
        delivery_end: at(start + 300),
        delivery_seconds: 300,
        gate_closure: at(start),
        min_price: "-1000".parse().unwrap(),
        ..hour(1 + index, POOL.0)
    }
}

fn window(samples: usize, style: OrderStyle) -> WindowConfig {
    WindowConfig {
        instrument: InstrumentId(0),
        rolls: vec![],
        sampling: Sampling::Mid {
            step_ns: 5_000_000_000,
        },
        window: samples,
        volume: "5".parse().unwrap(),
        horizon_ns: 60_000_000_000,
        style,
    }
}

fn battery() -> BatteryTrader {
    let energy = |mwh: i64| Energy::from_millionth_megawatt_hours(mwh * 1_000_000);
    let slot = |index| {
        let instrument = interval(index);
        Slot {
            instrument: instrument.instrument,
            delivery_start: instrument.delivery_start,
            seconds: 300,
            day: 0,
            offer_at: instrument.delivery_start.plus_nanos(-60_000_000_000),
        }
    };
    BatteryTrader::new(BatteryConfig {
        spec: BatterySpec {
            power: "30".parse().unwrap(),
            lot: Volume::from_millionths(LOT),
            capacity: energy(30),
            floor: energy(0),
            ceiling: energy(30),
            initial: energy(10),
            charge_efficiency_ppm: 900_000,
            discharge_efficiency_ppm: 900_000,
            cycles_per_day_ppm: 1_000_000,
        },
        policy: ThresholdPolicy::new(300_000, 700_000, Price::ZERO).unwrap(),
        rule: OfferRule::Pool {
            horizon: INTERVALS as usize,
        },
        slots: (1..INTERVALS).map(slot).collect(),
    })
    .unwrap()
}

fn references() -> Vec<ReferenceEvent> {
    let venue = |venue, name: &str, market_model, is_synthetic| {
        ReferenceEvent::DefineVenue(VenueTerms {
            venue,
            name: name.to_owned(),
            market_model,
            time_zone: "Australia/Brisbane".to_owned(),
            is_synthetic,
        })
    };
    let mut all = vec![
        venue(BOOK, "Book", MarketModel::ContinuousBook, true),
        venue(POOL, "NEM", MarketModel::Pool, false),
        ReferenceEvent::SetLimits(SetLimits {
            trading_book: TradingBookId(1),
            order_volume: "100".parse().unwrap(),
            order_value: Money::from_millionths(10_000_000_000_000),
            position_volume: "200".parse().unwrap(),
            loss: Money::from_millionths(10_000_000_000_000),
            price_collar: "20000".parse().unwrap(),
        }),
        ReferenceEvent::DefineInstrument(Box::new(hour(0, BOOK.0))),
    ];
    all.extend((0..INTERVALS).map(|i| ReferenceEvent::DefineInstrument(Box::new(interval(i)))));
    all
}

/// A desk whose prices come from outside, journaling to `storage`.
fn desk(storage: MemoryStorage) -> Backtest {
    let (log, _) = JournalLog::open(storage, JournalConfig::default()).unwrap();
    let mut plan = Plan::new(3, Currency::EUR, at(-600));
    for event in references() {
        plan.add_reference(event);
    }
    let travel = Latency {
        constant_ns: 2_000_000,
        jitter_ns: 500_000,
    };
    let latencies = Latencies {
        feed: travel,
        submit: travel,
        amend: travel,
        cancel: travel,
        report: travel,
    };
    plan.set_latencies(BOOK, latencies);
    let first = [(at(-600), "50".parse().unwrap())];
    plan.add_book(
        InstrumentId(0),
        Session::continuous(at(0)),
        first,
        Participants::default(),
        FeedLevel::default(),
    )
    .unwrap();
    for index in 0..INTERVALS {
        plan.await_dispatch(InstrumentId(1 + index)).unwrap();
    }
    plan.add_alarms((0..60).map(|minute| at(minute * 60)));
    let momentum = Momentum::new(&window(12, OrderStyle::TakeBest)).unwrap();
    let reversion = MeanReversion::new(&window(24, OrderStyle::JoinBest)).unwrap();
    plan.add_strategy(Box::new(momentum), owner(1));
    plan.add_strategy(Box::new(reversion), owner(2));
    plan.add_strategy(Box::new(battery()), owner(3));
    plan.build(Box::new(log)).unwrap()
}

/// What the edge takes at one instant: prices, then the forecasts made from them.
#[derive(Clone)]
struct Moment {
    at: Timestamp,
    prices: Vec<(InstrumentId, PriceKind, i64)>,
}

/// The price of interval `index`: a trough, then a peak.
fn price(index: u32) -> i64 {
    let step = i64::from(index);
    if index < INTERVALS / 2 {
        40 - 9 * step
    } else {
        60 + 11 * step
    }
}

fn moments() -> Vec<Moment> {
    let moment = |index: u32| Moment {
        // Not on the second: a wall clock never is.
        at: at(300 * i64::from(index) + 300).plus_nanos(123_456_789),
        prices: vec![
            (InstrumentId(0), PriceKind::Mark, price(index)),
            (InstrumentId(1 + index), PriceKind::RealTime, price(index)),
        ],
    };
    (0..INTERVALS).map(moment).collect()
}

fn arrival(at: Timestamp, (instrument, kind, euros): (InstrumentId, PriceKind, i64)) -> Arrival {
    let price = Price::from_millionths(euros * 1_000_000);
    let run = SettlementRun::Initial;
    Arrival {
        ts_event: at,
        ts_recv: at,
        input: Input::Market(MarketEvent::ReferencePrice(ReferencePrice {
            instrument,
            kind,
            run,
            price,
        })),
    }
}

/// The forecasts that follow from the mark of `euros`: of every interval.
fn forecasts(euros: i64) -> Vec<Forecast> {
    let forecast = |index: u32| Forecast {
        instrument: InstrumentId(1 + index),
        price: Price::from_millionths((euros + 5 * i64::from(index)) * 1_000_000),
        confidence_ppm: 900_000,
        valid_until: Timestamp::MAX,
        ..Forecast::default()
    };
    (0..INTERVALS).map(forecast).collect()
}

fn feed(desk: &mut Backtest, moment: &Moment) {
    for row in &moment.prices {
        let stamped = desk.receive(arrival(moment.at, *row));
        if row.1 == PriceKind::Mark {
            for forecast in forecasts(row.2) {
                desk.receive_forecast(stamped, forecast);
            }
        }
    }
}

fn records(storage: &MemoryStorage) -> Vec<Sequenced> {
    let mut reader = JournalReader::open(storage).unwrap();
    let mut all = Vec::new();
    while let Some(record) = reader.next_record().unwrap() {
        all.push(Sequenced::decode_payload(record.sequence, record.payload).unwrap());
    }
    all
}

/// The run that knows everything beforehand.
fn known_beforehand() -> (u128, Vec<Sequenced>) {
    let storage = MemoryStorage::default();
    let mut desk = desk(storage.clone());
    desk.run_until(at(-600), u64::MAX).unwrap();
    for moment in &moments() {
        feed(&mut desk, moment);
    }
    assert!(desk.run_until(at(END), u64::MAX).unwrap().is_done);
    (desk.engine().state_hash(), records(&storage))
}

#[test]
fn a_run_fed_as_time_passes_is_the_backtest_that_knows_its_arrivals() {
    let (hash, expected) = known_beforehand();
    let fills = expected.iter().filter(|input| {
        matches!(&input.input, Input::Report(report)
            if matches!(report, wattbook_domain::report::VenueReport::OrderFilled(_)))
    });
    let awards = expected.iter().filter(|input| {
        matches!(&input.input, Input::Report(wattbook_domain::report::VenueReport::OfferAwarded(award))
            if award.volume > Volume::ZERO)
    });
    assert!(fills.count() > 5 && awards.count() > 2);
    // The pacing loop wakes up at odd times, and is slow at times.
    for step_ns in [70_000_000_i64, 1_300_000_000, 97_000_000_000] {
        let storage = MemoryStorage::default();
        let mut desk = desk(storage.clone());
        desk.run_until(at(-600), u64::MAX).unwrap();
        let mut now = at(-600);
        let mut moments = moments().into_iter().peekable();
        while now < at(END) {
            let next = now.plus_nanos(step_ns).min(at(END));
            while let Some(moment) = moments.next_if(|moment| moment.at <= next) {
                // A line is read before the clock goes on: everything before it has happened.
                feed(&mut desk, &moment);
            }
            while !desk.run_until(next, 50).unwrap().is_done {}
            now = next;
        }
        assert_eq!(records(&storage), expected);
        assert_eq!(desk.engine().state_hash(), hash);
    }
}

#[test]
fn a_price_that_comes_late_is_stamped_after_what_has_happened() {
    let storage = MemoryStorage::default();
    let mut desk = desk(storage);
    desk.run_until(at(700), u64::MAX).unwrap();
    let row = (InstrumentId(0), PriceKind::Mark, 50);
    let stamped = desk.receive(arrival(at(600), row));
    assert_eq!(stamped, at(700).plus_nanos(1));
    // Time never falls, whatever the clock says.
    assert_eq!(desk.receive(arrival(at(500), row)), stamped);
    desk.run_until(at(800), u64::MAX).unwrap();
    assert!(desk.engine().now() >= stamped);
}

#[test]
fn what_a_person_asks_comes_after_all_that_was_due() {
    let now = at(400);
    let asked = |runs_first: bool| {
        let storage = MemoryStorage::default();
        let mut desk = desk(storage.clone());
        desk.run_until(at(-600), u64::MAX).unwrap();
        for moment in &moments() {
            feed(&mut desk, moment);
        }
        if runs_first {
            desk.run_until(now, u64::MAX).unwrap();
        }
        let scope = Scope::default();
        desk.ask(now, [Command::CancelAll(CancelAll { scope })])
            .unwrap();
        (records(&storage), desk.engine().state_hash())
    };
    let (journal, hash) = asked(true);
    let last = &journal.last().unwrap();
    assert!(matches!(&last.input, Input::Command { client, .. } if *client == EDGE));
    assert!(journal.len() > 100 && last.ts_recv == now);
    assert_eq!(asked(false), (journal, hash));
}

/// Runs a life: meets the journal, begins a session where there was one before, goes on to `until` or
/// for `inputs` more; returns the desk as it was killed or ended.
fn live(storage: &MemoryStorage, begins: Timestamp, until: Timestamp, inputs: u64) -> Backtest {
    let outside = Outside::read(storage, Origin::Prices).unwrap();
    let known = records(storage).len() as u64;
    let mut desk = desk(storage.clone());
    let prices = outside.received.clone();
    desk.remember(outside);
    for price in &prices {
        if let Input::Market(MarketEvent::ReferencePrice(record)) = &price.input
            && record.kind == PriceKind::Mark
        {
            for forecast in forecasts(record.price.millionths() / 1_000_000) {
                desk.receive_forecast(price.ts_recv, forecast);
            }
        }
    }
    if known > 0 {
        let met = desk.run_until(Timestamp::MAX, known).unwrap();
        assert_eq!((met.sequence, met.is_replaying), (known, false));
        let recovered = recover(storage, EngineConfig::new(Currency::EUR)).unwrap();
        assert_eq!(desk.engine().state_hash(), recovered.engine.state_hash());
        desk.begin_session(begins, &[BOOK]).unwrap();
    } else {
        desk.run_until(begins, u64::MAX).unwrap();
    }
    let mut left = inputs;
    for moment in moments().iter().filter(|moment| moment.at > begins) {
        if moment.at > until {
            break;
        }
        feed(&mut desk, moment);
        let before = desk.engine().sequence();
        desk.run_until(moment.at, left).unwrap();
        left = left.saturating_sub(desk.engine().sequence() - before);
    }
    desk.run_until(until, left).unwrap();
    desk
}

#[test]
fn orders_that_rested_when_the_run_was_killed_are_taken_back() {
    // The first kill on which an order of ours rests in the book.
    let mut inputs = 1_500;
    let (storage, killed) = loop {
        let storage = MemoryStorage::default();
        let killed = live(&storage, at(-600), at(END), inputs);
        if !killed.engine().orders().is_empty() {
            break (storage, killed);
        }
        inputs += 25;
    };
    let rested: Vec<_> = killed.engine().orders().in_order();
    let again = killed.engine().now().plus_nanos(1_000_000_000);
    drop(killed);
    let resumed = live(&storage, again, again.plus_nanos(100_000_000), u64::MAX);
    let open = resumed.engine().orders().in_order();
    let is_open = |order_id| open.iter().any(|order| order.order_id == order_id);
    assert!(rested.iter().all(|order| !is_open(order.order_id)));
    let cancelled = records(&storage).into_iter().filter(|input| {
        matches!(
            &input.input,
            Input::Report(wattbook_domain::report::VenueReport::OrderCancelled(report))
                if rested.iter().any(|order| order.order_id == report.order_id)
        )
    });
    assert_eq!(cancelled.count(), rested.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10))]
    #[test]
    fn a_run_killed_twice_goes_on_from_its_journal(first in 20_u64..4_000, second in 1_u64..1_500) {
        let storage = MemoryStorage::default();
        let killed = live(&storage, at(-600), at(END), first);
        let down = killed.engine().now().max(at(0));
        drop(killed);
        // The second life begins 40 s later and is killed as well; the third meets both.
        let killed = live(&storage, down.plus_nanos(40_000_000_000), at(END), second);
        let again = killed.engine().now();
        drop(killed);
        let before = records(&storage).len();
        let ended = live(&storage, again.plus_nanos(40_000_000_000), at(END), u64::MAX);
        let journal = records(&storage);
        let session = &journal[before];
        let begins_anew = matches!(
            &session.input,
            Input::Command { client, command: Command::CancelAll(_), .. } if *client == EDGE
        );
        prop_assert!(begins_anew);
        prop_assert!(journal.windows(2).all(|pair| pair[0].ts_recv <= pair[1].ts_recv));
        // Nothing is stamped while nobody was there to receive it.
        prop_assert_eq!(session.ts_recv, again.plus_nanos(40_000_000_000));
        prop_assert!(journal[..before].iter().all(|input| input.ts_recv <= again));
        let recovered = recover(&storage, EngineConfig::new(Currency::EUR)).unwrap();
        prop_assert_eq!(ended.engine().state_hash(), recovered.engine.state_hash());
    }
}
