//! The best schedule of a unit against every schedule there is.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_assets::{AssetError, Market, Schedule, Startup, UnitSpec, UnitState, best_schedule};

/// A unit with whole numbers, whose best powers are whole numbers too.
fn unit() -> impl Strategy<Value = UnitSpec> {
    let curve = (1_u8..4, prop::collection::vec((1_u8..5, 1_u8..4), 1..4));
    let times = (1_usize..4, 1_usize..4, any::<bool>(), 0_u8..3);
    let limits = (1_u8..12, 1_u8..12, 0_u8..8, 0_u8..8);
    let starts = (0_u8..40, 0_u8..30, 1_usize..4);
    let state = (0_u8..3, 1_usize..6, 0_u8..12);
    (curve, times, limits, starts, state).prop_map(
        |((low, steps), (up_min, down_min, is_must_run, rare), limits, starts, state)| {
            let mut point = [f64::from(low), 5.0];
            let mut slope = 0.0;
            let mut production = vec![point];
            for (width, rise) in steps {
                slope += f64::from(rise);
                point = [
                    point[0] + f64::from(width),
                    point[1] + slope * f64::from(width),
                ];
                production.push(point);
            }
            let (low, high) = (production[0][0], point[0]);
            let startups = vec![
                Startup {
                    lag: 1,
                    fuel: 1.0,
                    cost: f64::from(starts.0),
                },
                Startup {
                    lag: 1 + starts.2,
                    fuel: 2.0,
                    cost: f64::from(starts.0) + f64::from(starts.1),
                },
            ];
            UnitSpec {
                ramp: [f64::from(limits.0), f64::from(limits.1)],
                edge: [low + f64::from(limits.2), low + f64::from(limits.3)],
                up_min,
                down_min,
                must_run: is_must_run && rare == 0,
                startups,
                production,
                operation_cost: 0.5,
                state: match state.0 {
                    0 => UnitState::Free,
                    1 => UnitState::Off(state.1),
                    _ => UnitState::On(state.1, (low + f64::from(state.2)).min(high)),
                },
            }
        },
    )
}

fn fuel(unit: &UnitSpec, power: f64) -> f64 {
    let pair = unit
        .production
        .windows(2)
        .find(|pair| power <= pair[1][0] + 1e-9);
    pair.map_or(unit.production[0][1], |pair| {
        let slope = (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0]);
        pair[0][1] + slope * (power - pair[0][0])
    })
}

/// What `pattern` costs to start, or `None` if it breaks a rule of times.
fn starts(unit: &UnitSpec, market: Market<'_>, pattern: &[bool], age: usize) -> Option<f64> {
    let (mut is_on, mut age) = match unit.state {
        UnitState::On(_, _) => (true, age),
        UnitState::Off(_) => (false, age),
        UnitState::Free => (pattern[0], age),
    };
    let mut cost = 0.0;
    for (period, now) in pattern.iter().enumerate() {
        if unit.must_run && !now {
            return None;
        }
        if *now == is_on {
            age += 1;
            continue;
        }
        if age < if is_on { unit.up_min } else { unit.down_min } {
            return None;
        }
        if *now {
            let category = unit
                .startups
                .iter()
                .rev()
                .find(|startup| startup.lag <= age)
                .unwrap();
            cost += category.cost + category.fuel * market.fuel[period];
        }
        (is_on, age) = (*now, 1);
    }
    Some(cost)
}

/// What holding back earns in a period on after `earlier`, if it was on before.
fn held(
    unit: &UnitSpec,
    market: Market<'_>,
    period: usize,
    earlier: Option<f64>,
    power: f64,
    is_last: bool,
) -> f64 {
    let price = market
        .reserve
        .get(period)
        .map_or(0.0, |price| price.max(0.0));
    let high = unit.power_max();
    let start = unit.edge[0].min(unit.power_min() + unit.ramp[0]);
    let top = earlier
        .map_or(start, |earlier| earlier + unit.ramp[0])
        .min(high);
    let top = if is_last { top.min(unit.edge[1]) } else { top };
    price * (top - power)
}

/// The best earnings of `pattern` over all whole powers.
fn dispatch(unit: &UnitSpec, market: Market<'_>, pattern: &[bool]) -> f64 {
    let (low, high) = (unit.power_min() as i64, unit.power_max() as i64);
    let powers: Vec<f64> = (low..=high).map(|power| power as f64).collect();
    // One value a power while on; while off the first counts.
    let mut values = vec![f64::NEG_INFINITY; powers.len()];
    let mut was_on = match unit.state {
        UnitState::On(_, power) => {
            values[(power - powers[0]) as usize] = 0.0;
            true
        }
        UnitState::Off(_) => {
            values[0] = 0.0;
            false
        }
        UnitState::Free => {
            values.fill(0.0);
            pattern[0]
        }
    };
    for (period, is_on) in pattern.iter().enumerate() {
        let mut next = vec![f64::NEG_INFINITY; powers.len()];
        for (to, power) in powers.iter().enumerate() {
            for (from, earlier) in powers.iter().enumerate() {
                let is_kept = match (was_on, *is_on) {
                    (true, true) => {
                        power - earlier <= unit.ramp[0] && earlier - power <= unit.ramp[1]
                    }
                    (false, true) => {
                        *power <= unit.edge[0] && power - powers[0] <= unit.ramp[0] && from == 0
                    }
                    (true, false) => {
                        *earlier <= unit.edge[1] && earlier - powers[0] <= unit.ramp[1] && to == 0
                    }
                    (false, false) => from == 0 && to == 0,
                };
                if is_kept {
                    let is_last = pattern.get(period + 1) == Some(&false);
                    let before = was_on.then_some(*earlier);
                    let paid = if *is_on {
                        held(unit, market, period, before, *power, is_last)
                    } else {
                        0.0
                    };
                    next[to] = f64::max(next[to], values[from] + paid);
                }
            }
            if *is_on {
                next[to] += (market.power[period] - unit.operation_cost) * power
                    - market.fuel[period] * fuel(unit, *power);
            }
        }
        (values, was_on) = (next, *is_on);
    }
    values.into_iter().fold(f64::NEG_INFINITY, f64::max)
}

/// The best value over every pattern, or `None` if none keeps the rules.
fn best_value(unit: &UnitSpec, market: Market<'_>) -> Option<f64> {
    let periods = market.periods();
    let ages: Vec<usize> = match unit.state {
        UnitState::Free => (1..20).collect(),
        UnitState::On(age, _) | UnitState::Off(age) => vec![age],
    };
    let mut best: Option<f64> = None;
    for bits in 0_u32..1 << periods {
        let pattern: Vec<bool> = (0..periods).map(|period| bits >> period & 1 == 1).collect();
        let cost = ages
            .iter()
            .filter_map(|age| starts(unit, market, &pattern, *age))
            .reduce(f64::min);
        let Some(cost) = cost else { continue };
        let value = dispatch(unit, market, &pattern) - cost;
        if value > f64::NEG_INFINITY {
            best = Some(best.map_or(value, |known| known.max(value)));
        }
    }
    best
}

/// What `found` really comes to; `None` if it breaks a rule.
fn value_of(unit: &UnitSpec, market: Market<'_>, found: &Schedule) -> Option<f64> {
    let ages = match unit.state {
        UnitState::Free => 1..20,
        UnitState::On(age, _) | UnitState::Off(age) => age..age + 1,
    };
    let cost = ages
        .filter_map(|age| starts(unit, market, &found.is_on, age))
        .reduce(f64::min)?;
    let gain: f64 = (0..market.periods())
        .filter(|period| found.is_on[*period])
        .map(|period| {
            let power = found.power[period];
            let earlier = match (period, unit.state) {
                (0, UnitState::Free) => Some((power + unit.ramp[1]).min(unit.power_max())),
                (0, UnitState::On(_, power)) => Some(power),
                (0, UnitState::Off(_)) => None,
                _ => found.is_on[period - 1].then(|| found.power[period - 1]),
            };
            let is_last = found.is_on.get(period + 1) == Some(&false);
            held(unit, market, period, earlier, power, is_last)
                + (market.power[period] - unit.operation_cost) * power
                - market.fuel[period] * fuel(unit, power)
        })
        .sum();
    Some(gain - cost)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(400) })]

    #[test]
    fn no_schedule_earns_more(
        unit in unit(),
        prices in prop::collection::vec((-10_i8..30, 0_u8..4, -2_i8..8), 1..8),
        is_held in any::<bool>(),
    ) {
        let power: Vec<f64> = prices.iter().map(|price| f64::from(price.0)).collect();
        let fuel: Vec<f64> = prices.iter().map(|price| f64::from(price.1)).collect();
        let mut reserve: Vec<f64> = prices.iter().map(|price| f64::from(price.2)).collect();
        if !is_held {
            reserve.clear();
        }
        let market = Market { power: &power, fuel: &fuel, reserve: &reserve };
        match (best_schedule(&unit, market), best_value(&unit, market)) {
            (Ok(found), Some(best)) => {
                prop_assert!((found.value - best).abs() < 1e-6, "{} is not {best}", found.value);
                let real = value_of(&unit, market, &found).unwrap();
                prop_assert!((found.value - real).abs() < 1e-6, "claims {}, is {real}", found.value);
            }
            (Err(AssetError::NoSchedule { .. }), None) => {}
            (found, best) => prop_assert!(false, "{found:?} but {best:?}"),
        }
    }
}

#[test]
fn a_curve_that_bends_down_is_refused() {
    let mut unit = plain();
    unit.production.push([12.0, 60.0]);
    let market = Market {
        power: &[1.0],
        fuel: &[1.0],
        reserve: &[],
    };
    let fault = best_schedule(&unit, market).unwrap_err();
    assert!(fault.to_string().contains("convex"), "{fault}");
}

#[test]
fn ramps_without_a_common_step_are_refused() {
    let mut unit = plain();
    unit.production = vec![[1.0, 0.0], [1e6, 1e6]];
    unit.ramp = [1.0, std::f64::consts::SQRT_2];
    let market = Market {
        power: &[1.0],
        fuel: &[1.0],
        reserve: &[],
    };
    let fault = best_schedule(&unit, market).unwrap_err();
    assert!(matches!(fault, AssetError::Levels { .. }), "{fault}");
}

#[test]
fn a_unit_that_must_run_before_it_may_start_has_no_schedule() {
    let mut unit = plain();
    (unit.must_run, unit.down_min, unit.state) = (true, 4, UnitState::Off(2));
    let market = Market {
        power: &[1.0],
        fuel: &[1.0],
        reserve: &[],
    };
    let fault = best_schedule(&unit, market).unwrap_err();
    assert!(
        fault.to_string().contains("was off for 2 periods"),
        "{fault}"
    );
}

fn plain() -> UnitSpec {
    UnitSpec {
        ramp: [100.0, 100.0],
        edge: [100.0, 100.0],
        up_min: 1,
        down_min: 1,
        must_run: false,
        startups: vec![Startup {
            lag: 1,
            fuel: 0.0,
            cost: 1.0,
        }],
        production: vec![[5.0, 20.0], [10.0, 50.0]],
        operation_cost: 0.0,
        state: UnitState::Free,
    }
}
