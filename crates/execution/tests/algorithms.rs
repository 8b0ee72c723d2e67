//! Executions under random market events, reports in any order and lost answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use wattbook_domain::market::{MarketEvent, Phase, Quote, SessionPhase, Trade};
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, TradeId, Volume};
use wattbook_execution::algorithms::{
    Action, AlgorithmError, Care, ChildNo, ChildOrder, ChildReport, CostForecast, Execution, Grids,
    MarketFit, MarketModel, ParentTerms, Setup, Style, Trajectory, Twap, VolumeCurve,
    forecast_cost,
};

const SECOND: i64 = 1_000_000_000;
const NAMES: [&str; 10] = [
    "twap",
    "vwap",
    "participation",
    "implementation_shortfall",
    "arrival_price",
    "iceberg",
    "peg",
    "sniper",
    "close",
    "liquidation",
];

fn price(ticks: i64) -> Price {
    Price::from_millionths(ticks * 10_000)
}

fn volume(lots: i64) -> Volume {
    Volume::from_millionths(lots * 100_000)
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_nanos(seconds * SECOND)
}

fn terms(side: Side, lots: i64, limit: Option<i64>) -> ParentTerms {
    ParentTerms {
        instrument: InstrumentId(0),
        side,
        volume: volume(lots),
        limit: limit.map(price),
        starts: at(10),
        ends: at(310),
        grids: Grids {
            tick: price(1),
            lot: volume(1),
        },
    }
}

fn quote(bid: i64, ask: i64, lots: i64) -> MarketEvent {
    MarketEvent::Quote(Quote {
        instrument: InstrumentId(0),
        bid_price: price(bid),
        ask_price: price(ask),
        bid_volume: volume(lots),
        ask_volume: volume(lots),
    })
}

fn trade(ticks: i64, lots: i64, aggressor: Side) -> MarketEvent {
    MarketEvent::Trade(Trade {
        instrument: InstrumentId(0),
        trade: TradeId(0),
        aggressor,
        price: price(ticks),
        volume: volume(lots),
    })
}

fn phase(phase: Phase) -> MarketEvent {
    let instrument = InstrumentId(0);
    MarketEvent::SessionPhase(SessionPhase { instrument, phase })
}

fn execution(name: &str, terms: ParentTerms) -> Execution {
    let setup = Setup::new(name, [], None).unwrap();
    let rule = setup.build(&terms, None).unwrap();
    Execution::new(terms, rule, setup.care().unwrap()).unwrap()
}

/// What a venue may make of a child, kept apart from the execution's own books.
#[derive(Debug, Clone, Copy)]
struct Known {
    order: ChildOrder,
    filled: Volume,
    is_open: bool,
}

#[derive(Debug)]
struct Desk {
    execution: Execution,
    known: BTreeMap<ChildNo, Known>,
    filled: Volume,
    late: Volume,
    now: Timestamp,
    out: Vec<Action>,
}

impl Desk {
    fn new(execution: Execution) -> Self {
        Self {
            execution,
            known: BTreeMap::new(),
            filled: Volume::ZERO,
            late: Volume::ZERO,
            now: at(0),
            out: Vec::new(),
        }
    }

    fn open(&self) -> Volume {
        let open = self.known.values().filter(|known| known.is_open);
        open.fold(Volume::ZERO, |sum, known| {
            sum + known.order.volume - known.filled
        })
    }

    /// Holds what the execution asks for against the parent's terms.
    fn check(&mut self) -> Result<(), TestCaseError> {
        let terms = *self.execution.terms();
        for action in std::mem::take(&mut self.out) {
            match action {
                Action::Place { child, order } => {
                    prop_assert!(
                        self.now >= terms.starts && self.now < terms.ends,
                        "{action:?}"
                    );
                    prop_assert!(
                        terms.allows(order.price),
                        "{action:?} is worse than the limit"
                    );
                    prop_assert_eq!(terms.grids.on_tick(Side::Buy, order.price), order.price);
                    prop_assert_eq!(terms.grids.on_lot(order.volume), order.volume);
                    prop_assert!(order.volume > Volume::ZERO);
                    let (filled, is_open) = (Volume::ZERO, true);
                    let known = Known {
                        order,
                        filled,
                        is_open,
                    };
                    prop_assert!(self.known.insert(child, known).is_none(), "{child:?} twice");
                    let could = self.filled + self.open();
                    prop_assert!(could <= terms.volume, "{could} of {}", terms.volume);
                }
                Action::Reduce {
                    child,
                    price,
                    volume,
                } => {
                    let known = self.known[&child];
                    prop_assert_eq!(known.order.price, price);
                    prop_assert!(volume < known.order.volume && volume > known.filled);
                }
                Action::Cancel { child } => prop_assert!(self.known.contains_key(&child)),
            }
        }
        Ok(())
    }

    fn market(&mut self, event: &MarketEvent) -> Result<(), TestCaseError> {
        self.execution.on_market(self.now, event, &mut self.out);
        self.check()
    }

    fn report(&mut self, child: ChildNo, report: ChildReport) -> Result<(), TestCaseError> {
        self.execution
            .on_report(self.now, child, report, &mut self.out);
        self.check()
    }

    /// Lets the venue do something to the child that `which` picks.
    fn venue(&mut self, which: u8, kind: u8, lots: i64) -> Result<(), TestCaseError> {
        let Some((&child, known)) = self
            .known
            .iter()
            .nth(which as usize % self.known.len().max(1))
        else {
            return Ok(());
        };
        let mut known = *known;
        let left = known.order.volume - known.filled;
        let report = match kind {
            0 => ChildReport::Accepted,
            1 if known.is_open && left > Volume::ZERO => {
                let volume = volume(lots).min(left);
                known.filled += volume;
                known.is_open = known.filled < known.order.volume;
                self.filled += volume;
                ChildReport::Filled {
                    price: known.order.price,
                    volume,
                }
            }
            2 if !known.is_open && left > Volume::ZERO => {
                // A fill that was overtaken by the report of the end.
                let volume = volume(lots).min(left);
                known.filled += volume;
                self.filled += volume;
                self.late += volume;
                ChildReport::Filled {
                    price: known.order.price,
                    volume,
                }
            }
            3 => ChildReport::RequestRefused,
            4 if known.is_open => {
                known.is_open = false;
                ChildReport::Refused
            }
            5 if known.is_open => {
                known.is_open = false;
                ChildReport::Ended
            }
            6 if known.is_open && left > volume(1) => {
                known.order.volume -= volume(1);
                ChildReport::Resized {
                    volume: known.order.volume,
                }
            }
            _ => return Ok(()),
        };
        self.known.insert(child, known);
        self.report(child, report)
    }

    /// Time goes on past the end, and the venue ends all that is open.
    fn finish(&mut self) -> Result<(), TestCaseError> {
        self.now = self.now.max(self.execution.terms().ends);
        self.execution.on_time(self.now, &mut self.out);
        self.check()?;
        let open: Vec<ChildNo> = self
            .known
            .iter()
            .filter(|(_, known)| known.is_open)
            .map(|(child, _)| *child)
            .collect();
        for child in open {
            self.known.get_mut(&child).unwrap().is_open = false;
            self.report(child, ChildReport::Ended)?;
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    /// No more than the volume, no worse than the limit, only in its time, and nothing left behind,
    /// whatever comes in whichever order.
    #[test]
    fn an_execution_keeps_to_its_terms(
        which in 0..NAMES.len(),
        is_sale in any::<bool>(),
        lots in 1_i64..200,
        limit in prop::option::of(-60_i64..60),
        events in prop::collection::vec((0_u8..12, any::<u8>(), -50_i64..50, 1_i64..40, 0_i64..9), 1..250),
    ) {
        let side = if is_sale { Side::Sell } else { Side::Buy };
        let mut desk = Desk::new(execution(NAMES[which], terms(side, lots, limit)));
        for (kind, child, ticks, lots, wait) in events {
            desk.now = desk.now.plus_nanos(wait * SECOND);
            match kind {
                0..=6 => desk.venue(child, kind, lots)?,
                7 => desk.market(&quote(ticks, ticks + 1 + i64::from(child % 7), lots))?,
                8 => desk.market(&trade(ticks, lots, side))?,
                9 => desk.market(&phase([Phase::Continuous, Phase::Halted, Phase::ClosingCall, Phase::OpeningCall][child as usize % 4]))?,
                10 => desk.market(&quote(ticks, ticks + 2, 0))?,
                _ => {
                    desk.execution.on_time(desk.now, &mut desk.out);
                    desk.check()?;
                }
            }
            prop_assert!(desk.filled - desk.late <= desk.execution.terms().volume);
            prop_assert_eq!(desk.execution.progress().filled, desk.filled);
            prop_assert_eq!(desk.execution.progress().open, desk.open());
        }
        desk.finish()?;
        let ended = desk.execution.ended();
        prop_assert!(ended.is_some(), "still open: {:?}", desk.execution.progress());
        prop_assert_eq!(desk.open(), Volume::ZERO);
        // Nothing follows the end.
        desk.market(&quote(1, 2, 30))?;
        desk.execution.on_time(desk.now.plus_nanos(SECOND), &mut desk.out);
        prop_assert!(desk.out.is_empty());
    }

    /// Every trajectory rises from nothing to everything.
    #[test]
    fn a_trajectory_rises_from_0_to_1(urgency in 0.0_f64..1_000.0, steps in 2_usize..40) {
        let trajectory = Trajectory::new(urgency).unwrap();
        let shares: Vec<f64> = (0..=steps).map(|step| trajectory.share(step as f64 / steps as f64)).collect();
        prop_assert!(shares[0].abs() < 1e-9 && (shares[steps] - 1.0).abs() < 1e-9);
        prop_assert!(shares.windows(2).all(|pair| pair[0] <= pair[1] + 1e-12));
    }

    #[test]
    fn a_volume_curve_rises_from_0_to_1(days in prop::collection::vec(prop::collection::vec(0.0_f64..100.0, 12), 1..6)) {
        prop_assume!(days.iter().flatten().sum::<f64>() > 0.0);
        let curve = VolumeCurve::forecast(&days, 5.0).unwrap();
        let shares: Vec<f64> = (0..=48).map(|step| curve.share(f64::from(step) / 48.0)).collect();
        prop_assert!(shares[0].abs() < 1e-12 && (shares[48] - 1.0).abs() < 1e-12);
        prop_assert!(shares.windows(2).all(|pair| pair[0] < pair[1]));
    }
}

/// Fills every take in whole and every resting child by `rest` of ten, quote after quote.
fn work(name: &str, terms: ParentTerms, rest: u8) -> (Execution, Vec<(i64, ChildOrder, Volume)>) {
    let mut desk = Desk::new(execution(name, terms));
    let mut fills = Vec::new();
    for second in 0..320 {
        desk.now = at(second);
        let event = quote(100, 102, 20);
        desk.execution.on_market(desk.now, &event, &mut desk.out);
        let print = trade(100, 3, Side::Sell);
        desk.execution.on_market(desk.now, &print, &mut desk.out);
        while let Some(action) = (!desk.out.is_empty()).then(|| desk.out.remove(0)) {
            match action {
                Action::Place { child, order } => {
                    let fill = match order.style {
                        Style::Take => order.volume,
                        _ if second % 10 < i64::from(rest) => volume(1),
                        _ => Volume::ZERO,
                    };
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Accepted, &mut desk.out);
                    if fill > Volume::ZERO {
                        fills.push((second, order, fill));
                        let report = ChildReport::Filled {
                            price: order.price,
                            volume: fill,
                        };
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                }
                Action::Cancel { child } => {
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Ended, &mut desk.out);
                }
                Action::Reduce { child, volume, .. } => {
                    let report = ChildReport::Resized { volume };
                    desk.execution
                        .on_report(desk.now, child, report, &mut desk.out);
                }
            }
        }
    }
    (desk.execution, fills)
}

#[test]
fn each_algorithm_that_completes_is_filled_by_its_end() {
    for name in NAMES.iter().filter(|name| **name != "close") {
        for rest in [0, 3, 10] {
            let (execution, _) = work(name, terms(Side::Buy, 100, None), rest);
            let progress = execution.progress();
            assert_eq!(
                progress.ended,
                Some(ParentEndReason::Filled),
                "{name}: {progress:?}"
            );
            assert_eq!(progress.filled, volume(100), "{name}");
        }
    }
}

#[test]
fn the_even_schedule_is_never_far_ahead_or_behind() {
    let (_, fills) = work("twap", terms(Side::Sell, 300, None), 2);
    let mut filled = 0;
    for (second, _, volume) in fills {
        filled += volume.millionths() / 100_000;
        let due = 300 * (second - 10) / 300;
        assert!(
            filled >= due - 25 && filled <= due + 25,
            "{filled} at {second}"
        );
    }
}

#[test]
fn a_shortfall_is_front_loaded_and_a_liquidation_back_loaded() {
    let half = |name: &str| {
        let (_, fills) = work(name, terms(Side::Buy, 300, None), 0);
        let first = fills.iter().filter(|(second, ..)| *second < 160);
        first
            .map(|(_, _, volume)| volume.millionths() / 100_000)
            .sum::<i64>()
    };
    assert!(
        half("implementation_shortfall") > 160,
        "{}",
        half("implementation_shortfall")
    );
    assert!(half("liquidation") < 125, "{}", half("liquidation"));
}

#[test]
fn participation_follows_the_market() {
    let parameters = [("rate", 0.2), ("ahead", 0.0), ("patience", 0.0)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let setup = Setup::new("participation", parameters, None).unwrap();
    let terms = terms(Side::Buy, 400, None);
    let rule = setup.build(&terms, None).unwrap();
    let mut desk = Desk::new(Execution::new(terms, rule, Care::default()).unwrap());
    let mut own = 0;
    for second in 10..250 {
        desk.now = at(second);
        desk.execution
            .on_market(desk.now, &quote(100, 101, 50), &mut desk.out);
        // Busy in the second half only.
        let lots = if second < 130 { 2 } else { 10 };
        desk.execution
            .on_market(desk.now, &trade(100, lots, Side::Sell), &mut desk.out);
        while let Some(action) = (!desk.out.is_empty()).then(|| desk.out.remove(0)) {
            match action {
                Action::Place { child, order } if order.style == Style::Take => {
                    own += order.volume.millionths() / 100_000;
                    let (price, volume) = (order.price, order.volume);
                    let report = ChildReport::Filled { price, volume };
                    desk.execution
                        .on_report(desk.now, child, report, &mut desk.out);
                }
                Action::Place { child, .. } | Action::Cancel { child } => {
                    desk.execution
                        .on_report(desk.now, child, ChildReport::Ended, &mut desk.out);
                }
                Action::Reduce { .. } => {}
            }
        }
        if second == 129 {
            assert!((35..=50).contains(&own), "{own} of 240");
        }
    }
    assert!((220..=290).contains(&own), "{own} of 1,440");
}

#[test]
fn without_market_data_it_stops_and_reports() {
    let mut desk = Desk::new(execution("twap", terms(Side::Buy, 100, None)));
    desk.now = at(10);
    desk.execution
        .on_market(desk.now, &quote(100, 102, 5), &mut desk.out);
    let placed = desk
        .out
        .iter()
        .filter(|action| matches!(action, Action::Place { .. }))
        .count();
    assert_eq!(placed, 1);
    desk.out.clear();
    desk.now = at(69);
    desk.execution.on_time(desk.now, &mut desk.out);
    assert!(
        !desk
            .out
            .iter()
            .any(|action| matches!(action, Action::Cancel { .. }))
    );
    desk.out.clear();
    desk.now = at(70);
    desk.execution.on_time(desk.now, &mut desk.out);
    for action in std::mem::take(&mut desk.out) {
        let Action::Cancel { child } = action else {
            panic!("{action:?}");
        };
        let report = ChildReport::Ended;
        desk.execution
            .on_report(desk.now, child, report, &mut desk.out);
    }
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::NoMarketData));
    assert_eq!(desk.execution.progress().remaining, volume(100));
}

#[test]
fn it_stops_when_it_is_refused_again_and_again() {
    let mut desk = Desk::new(execution("peg", terms(Side::Buy, 100, None)));
    let mut placed = 0;
    for second in 10..300 {
        desk.now = at(second);
        desk.execution
            .on_market(desk.now, &quote(100, 102, 5), &mut desk.out);
        for action in std::mem::take(&mut desk.out) {
            if let Action::Place { child, .. } = action {
                placed += 1;
                desk.execution
                    .on_report(desk.now, child, ChildReport::Refused, &mut desk.out);
            }
        }
    }
    assert_eq!(placed, 8);
    assert_eq!(desk.execution.ended(), Some(ParentEndReason::Refused));
}

/// The fit finds what made the feed: spread, volatility, volume, impact.
#[test]
fn a_market_fit_finds_what_made_the_feed() {
    let mut fit = MarketFit::default();
    let mut mid = 1_000;
    for step in 0..2_000_i64 {
        // A buy of `lots` every 5 s moves the middle by as many ticks; the sell after it moves it back.
        let (sign, side) = if step % 2 == 0 {
            (1, Side::Buy)
        } else {
            (-1, Side::Sell)
        };
        let lots = 1 + (step / 2) % 4;
        let now = at(5 * step);
        fit.apply(now, &quote(mid - 2, mid + 2, 50));
        fit.apply(
            now.plus_nanos(1),
            &trade(mid + sign * (2 + lots), lots, side),
        );
        mid += sign * lots;
    }
    let model = fit.model(10.0).unwrap();
    assert!((model.half_spread - 0.02).abs() < 1e-9, "{model:?}");
    assert!((model.volume_per_second - 0.05).abs() < 1e-3, "{model:?}");
    // A tick for a lot: 0.01 for 0.1.
    assert!((model.slope - 0.1).abs() < 1e-6, "{model:?}");
    assert!((model.permanent - 0.1).abs() < 1e-3, "{model:?}");
    // Moves of 1 to 4 ticks in 5 s: mean square 7.5.
    assert!(
        (model.volatility - (7.5e-4_f64 / 5.0).sqrt()).abs() < 1e-4,
        "{model:?}"
    );
}

/// By hand from eqs. (4) and (5) of Almgren and Chriss (2000) for an even schedule.
#[test]
fn a_cost_forecast_of_an_even_schedule_is_that_of_the_formulas() {
    let model = MarketModel {
        half_spread: 0.5,
        volatility: 0.1,
        volume_per_second: 2.0,
        permanent: 0.01,
        slope: 0.02,
        refill_seconds: 10.0,
    };
    let terms = terms(Side::Buy, 300, None);
    let CostForecast {
        spread,
        impact,
        deviation,
        participation,
    } = forecast_cost(&model, &terms, &Twap::default(), 1.0);
    // 30 units in 300 s: a tenth a second, at 0.2 for each unit a second.
    assert!((spread - 0.5).abs() < 1e-12);
    assert!(
        (impact - (0.01 * 15.0 + 0.2 * 0.1)).abs() < 1e-9,
        "{impact}"
    );
    assert!(
        (deviation - 0.1 * (300.0_f64 / 3.0).sqrt()).abs() < 0.01,
        "{deviation}"
    );
    assert!((participation - 30.0 / 600.0).abs() < 1e-12);
}

/// More risk aversion means a faster start; κ is that of the paper.
#[test]
fn the_optimal_trajectory_has_the_kappa_of_the_paper() {
    let trajectory = Trajectory::optimal(1e-6, 0.95, 2.5e-6, 5.0).unwrap();
    // Almgren and Chriss (2000), section 3: κ ≈ √(λσ²/η) = 0.6 a day.
    assert!(
        (trajectory.urgency() / 5.0 - 0.6).abs() < 0.01,
        "{trajectory:?}"
    );
    assert!(
        Trajectory::optimal(4e-6, 0.95, 2.5e-6, 5.0)
            .unwrap()
            .share(0.2)
            > trajectory.share(0.2)
    );
}

#[test]
fn wrong_parameters_are_refused_by_name() {
    let text = |name: &str, parameter: (&str, f64)| {
        let parameters = [(parameter.0.to_owned(), parameter.1)];
        Setup::new(name, parameters, None).unwrap_err().to_string()
    };
    assert!(text("twap", ("rate", 0.1)).contains("twap has no parameter \"rate\""));
    assert!(text("participation", ("rate", 0.0)).contains("rate is 0"));
    assert!(text("tvap", ("rate", 0.0)).contains("\"tvap\" is no algorithm"));
    let short = ParentTerms {
        ends: at(10),
        ..terms(Side::Buy, 1, None)
    };
    let refused = Execution::new(short, Box::new(Twap::default()), Care::default());
    assert!(matches!(refused, Err(AlgorithmError::Times { .. })));
}

/// A peg that is the best price itself would follow only itself: it steps back until it meets the others.
#[test]
fn a_peg_that_is_alone_at_the_best_price_steps_back_to_the_others() {
    for name in ["peg", "iceberg"] {
        let mut desk = Desk::new(execution(name, terms(Side::Buy, 100, None)));
        let mut resting = None;
        for step in 0..40 {
            desk.now = at(10).plus_nanos(step * SECOND);
            // The others left 100 for 95 after the child had joined them.
            let (others, own) = (if step == 0 { 100 } else { 95 }, resting);
            let event = match own {
                Some((ticks, lots)) if ticks > others => MarketEvent::Quote(Quote {
                    instrument: InstrumentId(0),
                    bid_price: price(ticks),
                    ask_price: price(104),
                    bid_volume: volume(lots),
                    ask_volume: volume(50),
                }),
                _ => quote(others, 104, 200),
            };
            desk.execution.on_market(desk.now, &event, &mut desk.out);
            while let Some(action) = desk.out.pop() {
                match action {
                    Action::Place { child, order } => {
                        let Style::Rest { display } = order.style else {
                            panic!("{order:?}");
                        };
                        let lots = display.unwrap_or(order.volume).millionths() / 100_000;
                        resting = Some((order.price.millionths() / 10_000, lots));
                        let report = ChildReport::Accepted;
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                    Action::Cancel { child } => {
                        let report = ChildReport::Ended;
                        desk.execution
                            .on_report(desk.now, child, report, &mut desk.out);
                    }
                    Action::Reduce { .. } => panic!("nothing was filled"),
                }
            }
        }
        assert_eq!(resting.map(|(ticks, _)| ticks), Some(95), "{name}");
    }
}

/// With nobody on the other side in its last part it used to wake each nanosecond.
#[test]
fn nothing_to_take_in_the_last_part_is_looked_at_by_its_pace() {
    for name in NAMES {
        let mut desk = Desk::new(execution(name, terms(Side::Buy, 100, None)));
        desk.now = at(306);
        let empty = MarketEvent::Quote(Quote {
            instrument: InstrumentId(0),
            bid_price: price(100),
            ask_price: price(0),
            bid_volume: volume(5),
            ask_volume: volume(0),
        });
        desk.execution.on_market(desk.now, &empty, &mut desk.out);
        let wake = desk.execution.wake().unwrap();
        assert!(wake >= desk.now.plus_nanos(10_000_000), "{name}: {wake:?}");
    }
}
