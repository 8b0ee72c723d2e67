//! Orders of several legs against random markets and reports: no leg runs ahead of another by more than is
//! allowed, no child is dearer than its limit or out of its time, and what is begun is brought to an end.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::parent::ParentEndReason;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};
use wattbook_execution::algorithms::{ChildReport, Fees, Grids, MarketModel};
use wattbook_execution::legs::{
    LegAction, LegCare, LegTerms, LegsError, LegsExecution, LegsPace, LegsTerms, forecast_legs,
};

const TICK: i64 = 10_000;
const LOT: i64 = 100_000;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_nanos(ms * 1_000_000)
}

fn eur(cents: i64) -> Price {
    Price::from_millionths(cents * TICK)
}

fn mw(tenths: i64) -> Volume {
    Volume::from_millionths(tenths * LOT)
}

fn leg(number: u32, side: Side, ratio: i64) -> LegTerms {
    LegTerms {
        instrument: InstrumentId(number),
        side,
        ratio: mw(ratio),
        limit: None,
        grids: Grids {
            tick: eur(1),
            lot: mw(1),
        },
        fees: Fees {
            maker: eur(0),
            taker: eur(5),
        },
    }
}

fn quote(number: u32, bid: i64, ask: i64, tenths: i64) -> MarketEvent {
    MarketEvent::Quote(Quote {
        instrument: InstrumentId(number),
        bid_price: eur(bid),
        bid_volume: mw(tenths),
        ask_price: eur(ask),
        ask_volume: mw(tenths),
    })
}

/// A spark spread: power sold, twice as much gas bought.
fn spark(units: u32, unit_limit: Option<Price>, pace: LegsPace) -> LegsTerms {
    LegsTerms {
        legs: vec![leg(0, Side::Sell, 10), leg(1, Side::Buy, 20)],
        units,
        unit_limit,
        pace,
        starts: at(0),
        ends: at(100_000),
    }
}

fn fill(
    execution: &mut LegsExecution,
    now: Timestamp,
    action: LegAction,
    volume: Volume,
) -> Vec<LegAction> {
    let mut out = Vec::new();
    let price = action.price;
    if volume > Volume::ZERO {
        let report = ChildReport::Filled { price, volume };
        execution.on_report(now, action.child, report, &mut out);
    }
    if volume < action.volume {
        execution.on_report(now, action.child, ChildReport::Ended, &mut out);
    }
    out
}

#[test]
fn the_leg_that_shows_least_goes_first_and_the_other_follows_what_it_filled() {
    let care = LegCare {
        leg_risk: 3,
        ..LegCare::default()
    };
    let terms = spark(5, Some(eur(-1_000)), LegsPace::AtPrice);
    let mut execution = LegsExecution::new(terms, care).unwrap();
    let mut out = Vec::new();
    // Gas at 20.00: two MW cost 40; power at 60.00 brings 60: a unit costs -20.
    execution.on_market(at(1), &quote(1, 1_990, 2_000, 500), &mut out);
    assert!(out.is_empty(), "power is not known yet");
    execution.on_market(at(2), &quote(0, 6_000, 6_010, 25), &mut out);
    let lead = out.pop().unwrap();
    // Power shows 2.5 MW, so two units.
    assert_eq!((lead.leg, lead.volume, lead.price), (0, mw(20), eur(6_000)));
    let followed = fill(&mut execution, at(3), lead, mw(10));
    assert_eq!(followed.len(), 1, "one unit of the two was filled");
    assert_eq!((followed[0].leg, followed[0].volume), (1, mw(20)));
    assert_eq!(execution.progress().ahead, [mw(10), mw(0)]);
    let next = fill(&mut execution, at(4), followed[0], mw(20));
    let told = execution.progress();
    assert_eq!((told.units, told.ahead), (1, vec![mw(0), mw(0)]));
    // Five ticks of reach were paid for gas: two MW at 20.05 less one at 60.
    assert_eq!(told.mean_cost, Some(eur(2 * 2_005 - 6_000)));
    assert_eq!(next[0].leg, 0, "the next units begin");
}

#[test]
fn no_unit_is_begun_beyond_its_limit() {
    let terms = spark(5, Some(eur(-2_001)), LegsPace::AtPrice);
    let mut execution = LegsExecution::new(terms, LegCare::default()).unwrap();
    let mut out = Vec::new();
    execution.on_market(at(1), &quote(1, 1_990, 2_000, 500), &mut out);
    execution.on_market(at(2), &quote(0, 6_000, 6_010, 500), &mut out);
    assert!(out.is_empty(), "a unit costs -20.00");
    execution.on_market(at(3), &quote(0, 6_001, 6_010, 500), &mut out);
    assert_eq!(out.len(), 1);
}

#[test]
fn a_leg_that_stays_behind_is_taken_further_away_and_its_risk_is_stated_at_the_end() {
    let mut terms = spark(1, None, LegsPace::AtPrice);
    terms.legs[1].limit = Some(eur(2_500));
    let mut execution = LegsExecution::new(terms, LegCare::default()).unwrap();
    let mut out = Vec::new();
    execution.on_market(at(1), &quote(1, 1_990, 2_000, 500), &mut out);
    execution.on_market(at(2), &quote(0, 6_000, 6_010, 10), &mut out);
    let lead = out.pop().unwrap();
    let followed = fill(&mut execution, at(3), lead, mw(10));
    assert_eq!(followed[0].price, eur(2_005));
    let again = fill(&mut execution, at(4), followed[0], mw(0));
    assert_eq!(again[0].price, eur(2_005));
    // After ten seconds any price within the leg's limit will do.
    let late = fill(&mut execution, at(10_100), again[0], mw(0));
    assert_eq!(late[0].price, eur(2_500));
    // The market leaves the limit: nothing is placed beyond it.
    execution.on_market(at(10_200), &quote(1, 2_590, 2_600, 500), &mut out);
    assert!(fill(&mut execution, at(10_300), late[0], mw(0)).is_empty());
    execution.on_time(at(100_000), &mut out);
    assert_eq!(execution.ended(), Some(ParentEndReason::LegRisk));
    assert_eq!(execution.progress().ahead, [mw(10), mw(0)]);
    assert!(out.is_empty());
}

#[test]
fn a_basket_is_bought_evenly_over_its_time() {
    let terms = LegsTerms {
        legs: vec![
            leg(0, Side::Buy, 10),
            leg(1, Side::Buy, 10),
            leg(2, Side::Buy, 10),
        ],
        ..spark(10, None, LegsPace::Even)
    };
    let mut execution = LegsExecution::new(terms, LegCare::default()).unwrap();
    let mut out = Vec::new();
    let mut units = Vec::new();
    for step in 0..100 {
        let now = at(step * 1_000);
        for number in 0..3 {
            execution.on_market(now, &quote(number, 4_990, 5_000, 500), &mut out);
        }
        while let Some(action) = out.pop() {
            out.extend(fill(&mut execution, now, action, action.volume));
        }
        units.push(execution.progress().units);
    }
    assert_eq!((units[0], units[49], units[88]), (1, 5, 9));
    assert!(units.is_sorted());
    // The last unit would have no time for all of its legs only in the last ten seconds.
    assert_eq!(units[89], 9);
    assert_eq!(units[99], 9);
}

#[test]
fn terms_that_do_not_hold_together_are_refused_by_name() {
    let care = LegCare::default();
    let check = |change: fn(&mut LegsTerms)| {
        let mut terms = spark(5, None, LegsPace::AtPrice);
        change(&mut terms);
        terms.check(&care).unwrap_err()
    };
    assert!(matches!(
        check(|it| it.legs.truncate(1)),
        LegsError::Legs { .. }
    ));
    assert!(matches!(
        check(|it| it.legs[1].instrument = InstrumentId(0)),
        LegsError::Legs { instruments: 1, .. }
    ));
    assert!(matches!(
        check(|it| it.legs[0].ratio = Volume::ZERO),
        LegsError::Ratio { .. }
    ));
    assert!(matches!(check(|it| it.units = 0), LegsError::Units { .. }));
    assert!(matches!(
        check(|it| it.ends = at(10_000)),
        LegsError::Times { .. }
    ));
    let off = |it: &mut LegsTerms| it.legs[0].limit = Some(Price::from_millionths(1));
    assert!(matches!(check(off), LegsError::Limit { .. }));
}

#[test]
fn a_forecast_adds_what_each_leg_costs() {
    let model = MarketModel {
        half_spread: 0.1,
        volatility: 0.02,
        ..MarketModel::default()
    };
    let terms = spark(5, None, LegsPace::AtPrice);
    let forecast = forecast_legs(&terms, &[model, model]);
    // One MW of power and two of gas, half a spread each.
    assert!((forecast.mean() - 0.3).abs() < 1e-9, "{forecast:?}");
    // Legs are taken: the taker fee of each, for its volume.
    assert!((forecast.fees - 0.15).abs() < 1e-9, "{forecast:?}");
    assert!(forecast.deviation > 0.0);
}

#[derive(Debug, Clone)]
enum Happening {
    Quote(u32, i64, i64, i64),
    /// A share of an open child fills, in tenths; it ends if not all does.
    Report(usize, i64),
    Refuse(usize),
    Time,
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => (0..3_u32, 3_000..5_000_i64, 1..40_i64, 0..80_i64)
            .prop_map(|(number, bid, spread, volume)| Happening::Quote(number, bid, spread, volume)),
        4 => (0..8_usize, 0..=10_i64).prop_map(|(which, share)| Happening::Report(which, share)),
        1 => (0..8_usize).prop_map(Happening::Refuse),
        1 => Just(Happening::Time),
    ]
}

proptest! {
    #[test]
    fn whatever_happens_no_leg_runs_ahead_and_no_child_is_out_of_bounds(
        happenings in proptest::collection::vec((happening(), 0..1_500_i64), 1..400),
        leg_risk in 1..4_u32,
        units in 1..12_u32,
        ratios in (1..15_i64, 1..15_i64, 1..15_i64),
        pace in prop_oneof![Just(LegsPace::AtPrice), Just(LegsPace::Even)],
    ) {
        let mut legs = vec![
            leg(0, Side::Buy, ratios.0), leg(1, Side::Sell, ratios.1), leg(2, Side::Buy, ratios.2),
        ];
        legs[0].limit = Some(eur(4_800));
        let terms = LegsTerms {
            legs: legs.clone(),
            units,
            unit_limit: None,
            pace,
            starts: at(1_000),
            ends: at(60_000),
        };
        let care = LegCare { leg_risk, ..LegCare::default() };
        let mut execution = LegsExecution::new(terms, care).unwrap();
        let mut open: Vec<LegAction> = Vec::new();
        let mut now = 0;
        for (happening, pause) in happenings {
            now += pause;
            let mut out = Vec::new();
            match happening {
                Happening::Quote(number, bid, spread, volume) => {
                    execution.on_market(at(now), &quote(number, bid, bid + spread, volume), &mut out);
                }
                Happening::Report(which, share) if !open.is_empty() => {
                    let action = open.remove(which % open.len());
                    let volume = Volume::from_millionths(action.volume.millionths() / LOT * share / 10 * LOT);
                    out = fill(&mut execution, at(now), action, volume);
                }
                Happening::Refuse(which) if !open.is_empty() => {
                    let action = open.remove(which % open.len());
                    execution.on_report(at(now), action.child, ChildReport::Refused, &mut out);
                }
                _ => execution.on_time(at(now), &mut out),
            }
            for action in &out {
                prop_assert!((1_000..60_000).contains(&now), "out of its time: {action:?} at {now}");
                let leg = &legs[action.leg];
                prop_assert_eq!(leg.grids.on_lot(action.volume), action.volume);
                prop_assert!(leg.limit.is_none_or(|limit| action.price <= limit));
            }
            open.extend(out);
            let told = execution.progress();
            for (place, leg) in legs.iter().enumerate() {
                let all = told.filled[place] + told.open[place];
                prop_assert!(all <= leg.volume(units), "{place}: {all}");
                let most = leg.volume(told.units + leg_risk);
                prop_assert!(all <= most, "leg {place} holds {all}, more than {most}");
            }
            if execution.ended() == Some(ParentEndReason::Filled) {
                prop_assert_eq!(told.units, units);
                prop_assert!(told.ahead.iter().all(|ahead| *ahead == Volume::ZERO));
            }
        }
    }
}
