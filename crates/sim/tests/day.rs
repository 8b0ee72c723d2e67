//! A day of a desk: venues, strategies, engine and journal in one deterministic run.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod common;

use std::sync::{Arc, Mutex};

use common::{LOT, at, hour};
use wattbook_assets::{BatterySpec, Energy, ThresholdPolicy};
use wattbook_domain::instrument::{ContractForm, Instrument, Tenor};
use wattbook_domain::reference::{ReferenceEvent, SetFees, SetLimits};
use wattbook_domain::venue::{MarketModel, Venue as VenueTerms};
use wattbook_domain::{
    ClientId, Currency, Event, InstrumentId, Money, Owner, Price, Sequenced, StrategyId, Ticks,
    Timestamp, TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_engine::{Engine, EngineConfig};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    Backtest, BookVenue, DispatchInterval, FeedLevel, JournalLog, Latencies, Latency, ListedBook,
    Participants, PoolVenue, ReferencePath, Session, SettledPeriod, SimError, Tap,
    TwoSettlementVenue,
};
use wattbook_strategy::{
    BatteryConfig, BatteryTrader, Forecast, Identity, MeanReversion, Momentum, OfferRule,
    OrderStyle, Sampling, Slot, WindowConfig,
};

const BOOK: VenueId = VenueId(0);
const POOL: VenueId = VenueId(1);
const INTERVALS: u32 = 24;

#[derive(Clone, Default)]
struct Events(Arc<Mutex<Vec<(u64, Event)>>>);

impl Tap for Events {
    fn on_input(&mut self, _input: &Sequenced) {}

    fn on_event(&mut self, input: &Sequenced, event: &Event) {
        self.0.lock().unwrap().push((input.sequence, event.clone()));
    }
}

fn identity(strategy: u16) -> Identity {
    Identity {
        client: ClientId(strategy),
        owner: Owner {
            trading_book: TradingBookId(1),
            trader: TraderId(1),
            strategy: StrategyId(strategy),
        },
    }
}

fn interval(index: u32) -> Instrument {
    let start = 7_200 + 300 * i64::from(index);
    Instrument {
        form: ContractForm::Auction,
        tenor: Tenor::FiveMinutes,
        delivery_start: at(start),
        delivery_end: at(start + 300),
        delivery_seconds: 300,
        gate_closure: at(start),
        min_price: "-1000".parse().unwrap(),
        max_price: "17500".parse().unwrap(),
        ..hour(1 + index, POOL.0)
    }
}

/// Prices of the pool: a trough, then a spike.
fn pool_price(index: u32) -> i64 {
    if index < INTERVALS / 2 {
        -20 - i64::from(index)
    } else {
        300 + i64::from(index)
    }
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
        ReferenceEvent::SetFees(SetFees {
            venue: BOOK,
            maker: Price::ZERO,
            taker: "0.05".parse().unwrap(),
        }),
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

fn window(samples: usize, volume: &str) -> WindowConfig {
    WindowConfig {
        instrument: InstrumentId(0),
        rolls: vec![],
        sampling: Sampling::Mid {
            step_ns: 5_000_000_000,
        },
        window: samples,
        volume: volume.parse().unwrap(),
        horizon_ns: 60_000_000_000,
        style: OrderStyle::TakeBest,
    }
}

fn battery() -> BatteryTrader {
    let energy = |mwh: i64| Energy::from_millionth_megawatt_hours(mwh * 1_000_000);
    let slots = (0..INTERVALS).map(|index| {
        let instrument = interval(index);
        Slot {
            instrument: instrument.instrument,
            delivery_start: instrument.delivery_start,
            seconds: 300,
            day: 0,
            offer_at: instrument.delivery_start.plus_nanos(-60_000_000_000),
        }
    });
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
        slots: slots.collect(),
    })
    .unwrap()
}

fn reference(step: i64) -> ReferencePath {
    let points = (0..360).map(|i| (at(i * 10), Ticks::new(5_000 + (i % 60) * step)));
    ReferencePath::new(points.collect()).unwrap()
}

fn backtest(seed: u64, step: i64, storage: MemoryStorage) -> (Backtest, Events) {
    let latencies = Latencies {
        feed: Latency {
            constant_ns: 1_000_000,
            jitter_ns: 200_000,
        },
        submit: Latency {
            constant_ns: 2_000_000,
            jitter_ns: 500_000,
        },
        amend: Latency::constant(2_000_000),
        cancel: Latency::constant(1_500_000),
        report: Latency::constant(1_000_000),
    };
    let (log, _) = JournalLog::open(storage, JournalConfig::default()).unwrap();
    let engine = Engine::new(EngineConfig::new(Currency::EUR));
    let mut backtest = Backtest::new(engine, Box::new(log), at(0));
    for event in references() {
        backtest.add_reference(event);
    }
    let listed = ListedBook {
        instrument: hour(0, BOOK.0),
        session: Session::continuous(at(0)),
        feed: FeedLevel::L1,
        reference: reference(step),
        participants: Participants::default(),
    };
    let book = BookVenue::new(BOOK, vec![listed], latencies, seed).unwrap();
    let intervals = (0..INTERVALS).map(|index| {
        let instrument = interval(index);
        DispatchInterval {
            instrument: instrument.instrument,
            gate: instrument.gate_closure,
            published: instrument.delivery_end,
            price: Price::from_millionths(pool_price(index) * 1_000_000),
        }
    });
    backtest.add_venue(Box::new(book)).unwrap();
    backtest
        .add_venue(Box::new(PoolVenue::new(
            POOL,
            intervals.collect(),
            latencies,
            seed,
        )))
        .unwrap();
    backtest.route(InstrumentId(0), BOOK).unwrap();
    let forecasts = (0..INTERVALS).map(|index| {
        let instrument = interval(index).instrument;
        backtest.route(instrument, POOL).unwrap();
        let price = Price::from_millionths(pool_price(index) * 1_000_000);
        let forecast = Forecast {
            instrument,
            price,
            confidence_ppm: 900_000,
            valid_until: Timestamp::MAX,
            ..Forecast::default()
        };
        (at(60), forecast)
    });
    let forecasts: Vec<_> = forecasts.collect();
    backtest.add_forecasts(forecasts);
    backtest.add_alarms((0..=300).map(|minute| at(minute * 60)));
    let momentum = Momentum::new(&window(12, "5")).unwrap();
    let reversion = MeanReversion::new(&window(24, "3")).unwrap();
    backtest.add_strategy(Box::new(momentum), identity(1), 800_000);
    backtest.add_strategy(Box::new(reversion), identity(2), 800_000);
    backtest.add_strategy(Box::new(battery()), identity(3), 800_000);
    let events = Events::default();
    backtest.set_tap(Box::new(events.clone()));
    (backtest, events)
}

fn run(seed: u64, step: i64, chunk: u64) -> (u128, Vec<(u64, Event)>) {
    let (mut backtest, events) = backtest(seed, step, MemoryStorage::default());
    while !backtest.run_until(at(18_000), chunk).unwrap().is_done {}
    let events = events.0.lock().unwrap().clone();
    (backtest.engine().state_hash(), events)
}

fn count(events: &[(u64, Event)], is: fn(&Event) -> bool) -> usize {
    events.iter().filter(|(_, event)| is(event)).count()
}

#[test]
fn a_day_trades_settles_and_repeats_itself() {
    let (hash, events) = run(1, 3, u64::MAX);
    assert!(count(&events, |event| matches!(event, Event::Filled(_))) > 10);
    assert!(count(&events, |event| matches!(event, Event::Settled(_))) > 20);
    assert_eq!(
        count(&events, |event| matches!(
            event,
            Event::ReportQuarantined(_)
        )),
        0
    );
    let refused: Vec<_> = events
        .iter()
        .filter(|(_, event)| matches!(event, Event::Refused(_)))
        .collect();
    assert!(refused.is_empty(), "{refused:?}");
    // Chunks are an edge: they change nothing.
    assert_eq!(run(1, 3, 777), (hash, events));
}

#[test]
fn another_seed_or_another_reference_price_is_another_day() {
    let (hash, events) = run(1, 3, u64::MAX);
    for (other_hash, other_events) in [run(2, 3, u64::MAX), run(1, 4, u64::MAX)] {
        assert_ne!(hash, other_hash);
        assert_ne!(events, other_events);
    }
}

#[test]
fn every_fill_stands_on_a_signal_above_the_threshold() {
    let (_, events) = run(1, 3, u64::MAX);
    let mut sure = std::collections::BTreeSet::new();
    for (_, event) in &events {
        match event {
            Event::SignalRecorded(signal) if signal.confidence_ppm > 800_000 => {
                sure.insert(signal.signal);
            }
            Event::OrderRouted(routed) => assert!(sure.contains(&routed.order.signal)),
            Event::OfferRouted(offer) => assert!(sure.contains(&offer.signal)),
            Event::Filled(fill) => assert!(sure.contains(&fill.signal)),
            _ => {}
        }
    }
    assert!(sure.len() > 10);
}

#[test]
fn a_killed_run_resumes_and_ends_as_if_it_had_not_been() {
    let (hash, _) = run(1, 3, u64::MAX);
    let storage = MemoryStorage::default();
    let (mut killed, _) = backtest(1, 3, storage.clone());
    assert!(!killed.run_until(at(18_000), 5_000).unwrap().is_done);
    drop(killed);
    let (mut resumed, _) = backtest(1, 3, storage.clone());
    assert!(resumed.run_until(at(18_000), 4_000).unwrap().is_replaying);
    assert!(resumed.run_until(at(18_000), u64::MAX).unwrap().is_done);
    assert_eq!(resumed.engine().state_hash(), hash);
    let recovered = wattbook_engine::recover(&storage, EngineConfig::new(Currency::EUR)).unwrap();
    assert_eq!(recovered.engine.state_hash(), hash);
}

#[test]
fn a_run_with_other_data_does_not_resume() {
    let storage = MemoryStorage::default();
    let (mut killed, _) = backtest(1, 3, storage.clone());
    killed.run_until(at(18_000), 5_000).unwrap();
    let (mut other, _) = backtest(1, 4, storage);
    let diverged = other.run_until(at(18_000), u64::MAX).unwrap_err();
    assert!(matches!(diverged, SimError::Diverged { .. }), "{diverged}");
}

/// 10 MW sold day-ahead at 50, 8 MW metered, real-time 80, one hour: 10 × 50 − 2 × 80 = 340.
#[test]
fn a_shortfall_is_bought_back_at_real_time() {
    let (award, metered) = ("10", "8");
    assert_eq!(two_settlement(award, Some(metered), false), "340.00");
}

/// 10 MW sold day-ahead at 50 as a virtual and bought back at real-time 80: −300.
#[test]
fn a_virtual_earns_the_spread_of_the_two_prices() {
    assert_eq!(two_settlement("10", None, true), "-300.00");
}

struct Offers {
    volume: Volume,
    schedule: Option<Volume>,
}

impl wattbook_strategy::Strategy for Offers {
    fn on_start(&mut self, context: &mut wattbook_strategy::Context) {
        let view = (wattbook_domain::command::Direction::Rise, 900_000);
        let instrument = InstrumentId(0);
        let signal = context.record_signal(instrument, view, Price::ZERO, Timestamp::MAX);
        let side = wattbook_domain::Side::Sell;
        context.submit_offer(instrument, side, "20".parse().unwrap(), self.volume, signal);
        if let Some(volume) = self.schedule {
            context.submit_schedule(instrument, volume);
        }
    }

    fn on_event(
        &mut self,
        _observation: &wattbook_strategy::Observation<'_>,
        _context: &mut wattbook_strategy::Context,
    ) {
    }
}

fn two_settlement(volume: &str, schedule: Option<&str>, is_virtual: bool) -> String {
    use wattbook_domain::instrument::DeliveryKind;
    let (log, _) = JournalLog::open(MemoryStorage::default(), JournalConfig::default()).unwrap();
    let engine = Engine::new(EngineConfig::new(Currency::EUR));
    let mut backtest = Backtest::new(engine, Box::new(log), at(0));
    let instrument = Instrument {
        form: ContractForm::Auction,
        delivery_kind: if is_virtual {
            DeliveryKind::Virtual
        } else {
            DeliveryKind::Physical
        },
        ..hour(0, 0)
    };
    backtest.add_reference(ReferenceEvent::DefineVenue(VenueTerms {
        venue: VenueId(0),
        name: "ERCOT".to_owned(),
        market_model: MarketModel::TwoSettlement,
        time_zone: "America/Chicago".to_owned(),
        is_synthetic: false,
    }));
    backtest.add_reference(references().remove(3));
    backtest.add_reference(ReferenceEvent::DefineInstrument(Box::new(instrument)));
    let period = SettledPeriod {
        instrument: InstrumentId(0),
        is_virtual,
        gate: at(3_600),
        day_ahead_published: at(4_000),
        day_ahead: "50".parse().unwrap(),
        delivery_start: at(7_200),
        real_time_published: at(10_800),
        real_time: "80".parse().unwrap(),
    };
    let venue = TwoSettlementVenue::new(VenueId(0), vec![period], Latencies::default(), 1);
    backtest.add_venue(Box::new(venue)).unwrap();
    backtest.route(InstrumentId(0), VenueId(0)).unwrap();
    let offers = Offers {
        volume: volume.parse().unwrap(),
        schedule: schedule.map(|volume| volume.parse().unwrap()),
    };
    backtest.add_strategy(Box::new(offers), identity(1), 800_000);
    assert!(backtest.run_until(at(20_000), u64::MAX).unwrap().is_done);
    let position = backtest
        .engine()
        .portfolio()
        .position_of(InstrumentId(0), identity(1).owner)
        .unwrap();
    position.realised.to_string()
}
