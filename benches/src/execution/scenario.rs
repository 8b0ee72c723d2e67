//! One order in one made-up market.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use wattbook_domain::instrument::{Commodity, ContractForm, DeliveryKind, Instrument, Load, Tenor};
use wattbook_domain::market::MarketEvent;
use wattbook_domain::reference::{ReferenceEvent, SetLimits};
use wattbook_domain::report::{OrderAccepted, OrderCancelled, VenueReason, VenueReport};
use wattbook_domain::unit::Unit;
use wattbook_domain::venue::{MarketModel, Venue};
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Money, Owner, Price, Sequenced, Side, SignalId,
    StrategyId, Timestamp, TraderId, TradingBookId, VenueId, Volume,
};
use wattbook_execution::algorithms::{Setup, VolumeCurve};
use wattbook_journal::{JournalConfig, MemoryStorage};
use wattbook_sim::{
    ExecuteStrategy, FeedLevel, JournalLog, Latencies, Latency, ParentRequest, Parents,
    Participants, Plan, Rng, Session, Tap,
};

const SECOND: i64 = 1_000_000_000;
const TICK: i64 = 10_000;
const LOT: i64 = 100_000;
/// A tick of a lot over the hour, in EUR.
const TICK_VALUE: f64 = (TICK as f64 / 1e6) * (LOT as f64 / 1e6);
/// The order works from ten minutes after the opening for half an hour; the gate is a minute later.
const STARTS: i64 = 600;
const ENDS: i64 = 2_400;
const GATE: i64 = 2_460;
/// Bins of the volume curve and of the participation measured.
const BINS: usize = 30;
/// The order, in lots: about a tenth of what the market trades meanwhile.
pub(super) const LOTS: i64 = 1_500;
/// The order for the closing auction, in lots: about a tenth of what trades there.
pub(super) const CLOSE_LOTS: i64 = 20;
/// The rate that participation is asked for.
const RATE: f64 = 0.1;

/// How an order is worked.
pub(super) struct Worked {
    name: &'static str,
    parameters: Vec<(&'static str, f64)>,
}

impl Worked {
    /// By an algorithm, with the parameters that were fixed on other seeds.
    pub(super) fn named(name: &'static str) -> Self {
        let parameters = match name {
            "participation" => vec![("rate", RATE), ("ahead", 0.01), ("patience", 0.02)],
            "vwap" => vec![("ahead", 0.02), ("patience", 0.03)],
            "implementation_shortfall" => vec![("urgency", 3.0)],
            "arrival_price" => vec![("urgency", 3.0), ("scale", 5.0), ("slack", 0.15)],
            "iceberg" => vec![("display", 5.0)],
            // The call begins after 0.968 of its time.
            "close" => vec![
                ("auction", 0.3),
                ("works_from", 0.93),
                ("works_until", 0.966),
                ("ahead", 0.3),
                ("patience", 0.4),
                ("reach", 2_000.0),
            ],
            "liquidation" => vec![("bend", 1.2)],
            "sniper" => vec![("lead", 0.05), ("edge", 0.0), ("shows", 5.0)],
            _ => Vec::new(),
        };
        Self { name, parameters }
    }

    /// All of it at the start, at any price.
    pub(super) fn at_once() -> Self {
        let parameters = vec![("finish", 1.0), ("reach", 100_000.0)];
        Self {
            name: "twap",
            parameters,
        }
    }

    /// Even slices, each taken from the other side.
    pub(super) fn sliced() -> Self {
        let parameters = vec![("ahead", 0.0), ("patience", 0.0)];
        Self {
            name: "twap",
            parameters,
        }
    }
}

/// What came of an order; prices in ticks, above zero for a cost.
#[derive(Debug, Clone, Default)]
pub(super) struct Outcome {
    /// Share of the volume filled by the end.
    pub(super) filled: f64,
    /// What the unfilled rest would have cost at the end, for each unit of the order.
    pub(super) unfilled_markout: f64,
    pub(super) half_spread: f64,
    pub(super) against_arrival: f64,
    /// The same in currency, over the whole order.
    pub(super) arrival_currency: f64,
    pub(super) against_twap: f64,
    /// Against the middle of the market just before each fill: below zero is spread earned.
    pub(super) against_mid: f64,
    pub(super) against_vwap: f64,
    /// Against the close of the same market without the order: what it moves the close by counts.
    pub(super) against_close: f64,
    pub(super) risk_adjusted: f64,
    /// Mean distance of own over market volume from the rate, by minute until it is filled.
    pub(super) off_rate: f64,
    pub(super) maker: f64,
    pub(super) children: f64,
}

/// What is kept of a run.
#[derive(Debug, Default)]
struct Kept {
    /// Time, bid and ask, in ticks.
    quotes: Vec<(i64, f64, f64)>,
    /// Time, price in ticks, lots.
    trades: Vec<(i64, f64, f64)>,
    fills: Vec<(i64, f64, f64, bool)>,
    children: f64,
}

#[derive(Clone, Default)]
struct Keeper(Arc<Mutex<Kept>>);

impl Tap for Keeper {
    fn on_input(&mut self, input: &Sequenced) {
        let Input::Market(event) = &input.input else {
            return;
        };
        let mut kept = self.0.lock().expect("one thread");
        let now = input.ts_recv.nanos();
        match event {
            MarketEvent::Quote(quote)
                if quote.bid_volume > Volume::ZERO && quote.ask_volume > Volume::ZERO =>
            {
                kept.quotes
                    .push((now, ticks(quote.bid_price), ticks(quote.ask_price)));
            }
            MarketEvent::Trade(trade) => {
                kept.trades
                    .push((now, ticks(trade.price), lots(trade.volume)));
            }
            _ => {}
        }
    }

    fn on_event(&mut self, input: &Sequenced, event: &Event) {
        let mut kept = self.0.lock().expect("one thread");
        match event {
            Event::Filled(fill) => {
                let now = input.ts_recv.nanos();
                let (price, volume) = (ticks(fill.price), lots(fill.volume));
                kept.fills.push((now, price, volume, fill.is_maker));
            }
            Event::OrderRouted(_) => kept.children += 1.0,
            _ => {}
        }
    }
}

fn ticks(price: Price) -> f64 {
    price.millionths() as f64 / TICK as f64
}

fn lots(volume: Volume) -> f64 {
    volume.millionths() as f64 / LOT as f64
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * SECOND)
}

/// The market: a random walk that moves more at the beginning and the end, as volume follows moves.
fn reference(seed: u64) -> Vec<(Timestamp, Price)> {
    let mut rng = Rng::new(seed, 77);
    let mut place = 5_000;
    (0..GATE)
        .map(|second| {
            let time = ((second - STARTS) as f64 / (ENDS - STARTS) as f64).clamp(0.0, 1.0);
            // From 3 ticks a second at both ends to one in ten seconds between them.
            let busy = (2.0 * time - 1.0).abs().powi(3);
            if rng.below(1_000) < 60 + (600.0 * busy) as u64 {
                place += rng.between(-2, 2);
            }
            (at(second), Price::from_millionths(place * TICK))
        })
        .collect()
}

/// Who trades: takers are busier while the price moves.
fn participants() -> Participants {
    Participants {
        noise: 6,
        noise_interval_ns: 8 * SECOND,
        noise_lots: 10,
        momentum: 10,
        momentum_interval_ns: 4 * SECOND,
        momentum_ticks: 4,
        momentum_lots: 12,
        ..Participants::default()
    }
}

pub(super) fn instrument() -> Instrument {
    Instrument {
        instrument: InstrumentId(0),
        symbol: "made up".to_owned(),
        venue: VenueId(0),
        location: "DE-LU".to_owned(),
        commodity: Commodity::Power,
        form: ContractForm::Intraday,
        tenor: Tenor::Hour,
        load: Load::Base,
        delivery_kind: DeliveryKind::Physical,
        delivery_start: at(7_200),
        delivery_end: at(10_800),
        delivery_seconds: 3_600,
        gate_closure: at(GATE),
        currency: Currency::EUR,
        price_unit: Unit::MegawattHour,
        volume_unit: Unit::Megawatt,
        tick: Price::from_millionths(TICK),
        lot: Volume::from_millionths(LOT),
        min_price: Price::from_millionths(-500_000_000),
        max_price: Price::from_millionths(4_000_000_000),
        option: None,
        spread: None,
        swap: None,
    }
}

/// The venue, the limits and the instrument.
fn references() -> [ReferenceEvent; 3] {
    let plenty = Money::from_millionths(1_000_000_000_000_000);
    let most = Volume::from_millionths(1_000_000_000);
    [
        ReferenceEvent::DefineVenue(Venue {
            venue: VenueId(0),
            name: "Made up".to_owned(),
            market_model: MarketModel::ContinuousBook,
            time_zone: "Europe/Berlin".to_owned(),
            is_synthetic: true,
        }),
        ReferenceEvent::SetLimits(SetLimits {
            trading_book: TradingBookId(1),
            order_volume: most,
            order_value: plenty,
            position_volume: most,
            loss: plenty,
            price_collar: Price::from_millionths(10_000_000_000),
        }),
        ReferenceEvent::DefineInstrument(Box::new(instrument())),
    ]
}

fn plan(seed: u64) -> Plan {
    let mut plan = Plan::new(seed, Currency::EUR, at(0));
    for event in references() {
        plan.add_reference(event);
    }
    let some = |millis: i64| Latency {
        constant_ns: millis * 1_000_000,
        jitter_ns: millis * 500_000,
    };
    plan.set_latencies(
        VenueId(0),
        Latencies {
            feed: some(2),
            submit: some(4),
            amend: some(4),
            cancel: some(4),
            report: some(2),
        },
    );
    let session = Session {
        closing_call_ns: 30 * SECOND,
        ..Session::continuous(at(1))
    };
    plan.add_book(
        InstrumentId(0),
        session,
        reference(seed),
        participants(),
        FeedLevel::L1,
    )
    .expect("a sound book");
    plan
}

fn run(mut plan: Plan, request: Option<ParentRequest>) -> Kept {
    if let Some(request) = request {
        let known = instrument();
        let strategy =
            ExecuteStrategy::new(Parents::new([&known]), vec![request]).expect("sound terms");
        let owner = Owner {
            trading_book: TradingBookId(1),
            trader: TraderId(1),
            strategy: StrategyId(1),
        };
        plan.add_alarms([at(STARTS)]);
        plan.add_strategy(Box::new(strategy), owner);
    }
    let storage = MemoryStorage::default();
    let (log, _) = JournalLog::open(storage, JournalConfig::default()).expect("memory");
    let mut backtest = plan.build(Box::new(log)).expect("one market a venue");
    let keeper = Keeper::default();
    backtest.set_tap(Box::new(keeper.clone()));
    backtest
        .run_until(at(GATE + 60), u64::MAX)
        .expect("a run without a fault");
    drop(backtest);
    let mut kept = keeper.0.lock().expect("one thread");
    std::mem::take(&mut kept)
}

/// Volumes by bin of the order's time on other seeds, without the order.
pub(super) fn curve_history() -> Vec<Vec<f64>> {
    (1..=12)
        .map(|seed| {
            let kept = run(plan(seed), None);
            // In volume units, as the feed tells them to the algorithm.
            let volumes = kept.trades.iter();
            by_bin(volumes.map(|(now, _, lots)| (*now, lots * LOT as f64 / 1e6)))
        })
        .collect()
}

fn by_bin(volumes: impl Iterator<Item = (i64, f64)>) -> Vec<f64> {
    let mut bins = vec![0.0; BINS];
    for (now, volume) in volumes {
        let share = (now - STARTS * SECOND) as f64 / ((ENDS - STARTS) * SECOND) as f64;
        if (0.0..1.0).contains(&share) {
            bins[(share * BINS as f64) as usize] += volume;
        }
    }
    bins
}

/// The close of the market of `seed` where nobody works an order, in ticks.
pub(super) fn undisturbed_close(seed: u64) -> f64 {
    let kept = run(plan(seed), None);
    let last = kept.trades.last().expect("a market that trades");
    last.1
}

/// Works an order of `lots` as `how` says in the market of `seed`, which closes at `close` without it.
pub(super) fn worked(
    how: &Worked,
    (seed, side): (u64, Side),
    (lots, close): (i64, f64),
    history: &[Vec<f64>],
) -> Outcome {
    let curve = VolumeCurve::forecast(history, 30.0).expect("days that traded");
    let parameters: BTreeMap<String, f64> = how
        .parameters
        .iter()
        .map(|(name, value)| ((*name).to_owned(), *value))
        .collect();
    let setup = Setup::new(how.name, parameters, Some(curve)).expect("sound parameters");
    let ends = if how.name == "close" { GATE + 30 } else { ENDS };
    let request = ParentRequest {
        instrument: InstrumentId(0),
        side,
        volume: Volume::from_millionths(lots * LOT),
        limit: None,
        starts: at(STARTS),
        ends: at(ends),
        setup,
        signal: SignalId(0),
    };
    let kept = run(plan(seed), Some(request));
    outcome(&kept, (side, lots as f64), ends, close)
}

fn outcome(kept: &Kept, (side, ordered): (Side, f64), ends: i64, close: f64) -> Outcome {
    let sign = side.sign() as f64;
    let (from, until) = (STARTS * SECOND, ends * SECOND);
    let last_before = |now: i64| {
        let place = kept.quotes.partition_point(|(at, ..)| *at <= now);
        kept.quotes[place.saturating_sub(1)]
    };
    let (_, bid, ask) = last_before(from);
    let (arrival, half_spread) = (f64::midpoint(bid, ask), (ask - bid) / 2.0);
    let during = |now: i64| now >= from && now <= until;
    let filled: f64 = kept.fills.iter().map(|(_, _, volume, _)| volume).sum();
    let paid: f64 = kept
        .fills
        .iter()
        .map(|(_, price, volume, _)| price * volume)
        .sum();
    let made: f64 = kept
        .fills
        .iter()
        .filter(|(.., is_maker)| *is_maker)
        .map(|(_, _, volume, _)| volume)
        .sum();
    let (_, bid, ask) = last_before(until);
    let end_mid = f64::midpoint(bid, ask);
    let left = ordered - filled;
    // What was not filled is bought or sold at the end, across the spread: no cost is left out.
    let markout = sign * (end_mid - arrival) + (ask - bid) / 2.0;
    let price = (paid + left * (end_mid + sign * (ask - bid) / 2.0)) / ordered;
    let (mut turnover, mut volume) = (0.0, 0.0);
    for (now, price, lots) in kept.trades.iter().filter(|(now, ..)| during(*now)) {
        let _ = now;
        turnover += price * lots;
        volume += lots;
    }
    let mids: Vec<f64> = (STARTS..ENDS)
        .map(|second| {
            let (_, bid, ask) = last_before(second * SECOND);
            f64::midpoint(bid, ask)
        })
        .collect();
    let twap = mids.iter().sum::<f64>() / mids.len() as f64;
    Outcome {
        filled: filled / ordered,
        unfilled_markout: markout * left / ordered,
        half_spread,
        against_arrival: sign * (price - arrival),
        arrival_currency: sign * (price - arrival) * ordered * TICK_VALUE,
        against_twap: sign * (price - twap),
        against_mid: against_mid(kept, sign),
        against_vwap: sign * (price - turnover / volume),
        against_close: sign * (price - close),
        risk_adjusted: 0.0,
        off_rate: off_rate(kept, ordered),
        maker: made / filled.max(1.0),
        children: kept.children,
    }
}

fn against_mid(kept: &Kept, sign: f64) -> f64 {
    let (mut sum, mut volume) = (0.0, 0.0);
    for (now, price, lots, _) in &kept.fills {
        let place = kept.quotes.partition_point(|(at, ..)| at < now);
        let (_, bid, ask) = kept.quotes[place.saturating_sub(1)];
        sum += sign * (price - f64::midpoint(bid, ask)) * lots;
        volume += lots;
    }
    sum / f64::max(volume, 1.0)
}

fn off_rate(kept: &Kept, ordered: f64) -> f64 {
    let own = by_bin(kept.fills.iter().map(|(now, _, volume, _)| (*now, *volume)));
    let market = by_bin(kept.trades.iter().map(|(now, _, volume)| (*now, *volume)));
    let mut left = ordered;
    let (mut off, mut bins) = (0.0, 0.0);
    for (own, market) in own.iter().zip(&market) {
        if left > RATE * market {
            off += (own / market.max(1.0) - RATE).abs();
            bins += 1.0;
        }
        left -= own;
    }
    off / f64::max(bins, 1.0)
}

/// Inputs that [`engine`] has taken.
pub(super) const REFERENCES: u64 = 3;

/// An engine that knows the venue, the limits and the instrument.
pub(super) fn engine() -> wattbook_engine::Engine {
    let mut engine =
        wattbook_engine::Engine::new(wattbook_engine::EngineConfig::new(Currency::EUR));
    let mut sink = |_: u64, _: &Event| ();
    for (number, reference) in (1..).zip(references()) {
        let stamp = wattbook_domain::Stamp {
            sequence: number,
            ts_event: at(0),
            ts_recv: at(0),
        };
        engine
            .apply(stamp, &Input::Reference(reference), &mut sink)
            .expect("inputs in order");
    }
    engine
}

/// What a venue answers to what was routed.
pub(super) fn answer(event: &Event) -> Option<VenueReport> {
    match event {
        Event::OrderRouted(routed) => {
            let order_id = routed.order_id;
            Some(VenueReport::OrderAccepted(OrderAccepted { order_id }))
        }
        Event::CancelRouted(routed) => Some(VenueReport::OrderCancelled(OrderCancelled {
            order_id: routed.order_id,
            reason: VenueReason::Requested,
        })),
        _ => None,
    }
}
