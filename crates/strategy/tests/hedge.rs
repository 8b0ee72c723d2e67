//! Hedges of least conditional value at risk: proofs by weights, and every vertex of small ones.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_strategy::{CvarHedge, HedgeError, HedgeProblem};

/// Numbers that look normal.
fn normals(seed: u64, count: usize) -> Vec<f64> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut uniform = move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as f64 / (1_u64 << 53) as f64
    };
    (0..count)
        .map(|_| (0..6).map(|_| uniform()).sum::<f64>() - 3.0)
        .collect()
}

fn problem(seed: u64, scenarios: usize, instruments: usize, cost: f64, bound: f64) -> HedgeProblem {
    let pnl = normals(seed, scenarios * instruments);
    let noise = normals(seed + 1, scenarios);
    let base = (0..scenarios)
        .map(|number| {
            let row = &pnl[number * instruments..(number + 1) * instruments];
            5.0 * noise[number]
                - row
                    .iter()
                    .enumerate()
                    .map(|(at, value)| value * (at % 3) as f64)
                    .sum::<f64>()
        })
        .collect();
    HedgeProblem {
        base,
        pnl,
        lower: vec![-bound; instruments],
        upper: vec![bound; instruments],
        cost: vec![cost; instruments],
        confidence: 0.95,
    }
}

#[test]
fn weights_prove_that_no_hedge_has_less() {
    for (seed, scenarios, instruments, cost, bound) in [
        (1, 1_000, 50, 0.0, 3.0),
        (2, 1_000, 50, 0.02, 1.0),
        (3, 333, 7, 0.1, 0.5),
        (4, 40, 30, 0.01, 10.0),
        (5, 1, 3, 0.0, 2.0),
        (6, 5_000, 20, 0.0, 0.0),
    ] {
        let mut hedge = CvarHedge::new(problem(seed, scenarios, instruments, cost, bound)).unwrap();
        let found = hedge.solve().unwrap();
        let gap = found.objective - found.bound;
        assert!(
            gap.abs() <= 1e-9 * found.objective.abs().max(1.0),
            "{seed}: {found:?}"
        );
        assert!(found.position.iter().all(|one| one.abs() <= bound + 1e-12));
    }
}

#[test]
fn a_new_scenario_ends_where_a_fresh_start_does() {
    let whole = problem(9, 1_001, 50, 0.01, 2.0);
    let mut fewer = whole.clone();
    let last = whole.scenario(1_000).to_vec();
    fewer.base.pop();
    fewer.pnl.truncate(1_000 * 50);
    let mut warm = CvarHedge::new(fewer).unwrap();
    warm.solve().unwrap();
    warm.add_scenario(whole.base[1_000], &last).unwrap();
    let found = warm.solve().unwrap();
    let fresh = CvarHedge::new(whole).unwrap().solve().unwrap();
    assert!((found.objective - fresh.objective).abs() < 1e-9);
    assert!(found.objective - found.bound < 1e-9);
    assert!(
        found.steps < fresh.steps / 4,
        "{} and {}",
        found.steps,
        fresh.steps
    );
}

#[test]
fn one_instrument_is_a_search_along_a_line() {
    let one = problem(11, 200, 1, 0.05, 4.0);
    let found = CvarHedge::new(one.clone()).unwrap().solve().unwrap();
    let best = (-4_000..=4_000)
        .map(|step| {
            let position = f64::from(step) / 1_000.0;
            let mut losses = one.losses(&[position]);
            losses.sort_by(|a, b| b.total_cmp(a));
            losses[..10].iter().sum::<f64>() / 10.0 + 0.05 * position.abs()
        })
        .fold(f64::INFINITY, f64::min);
    assert!(found.objective <= best + 1e-12);
    assert!(best - found.objective < 1e-3);
}

type Spoil = fn(&mut HedgeProblem);

#[test]
fn what_does_not_fit_is_named() {
    let good = problem(1, 20, 2, 0.0, 1.0);
    let cases: [(Spoil, &str); 6] = [
        (|one| one.pnl.truncate(39), "pnl has 39 values for 40"),
        (|one| one.pnl[3] = f64::NAN, "pnl is NaN at 3"),
        (|one| one.lower[1] = 0.5, "instrument 1: bounds 0.5 to 1"),
        (|one| one.cost[0] = -1.0, "a cost of -1"),
        (|one| one.confidence = 1.0, "confidence 1 is no share"),
        (|one| one.base.clear(), "no scenarios"),
    ];
    for (spoil, text) in cases {
        let mut bad = good.clone();
        spoil(&mut bad);
        let told = CvarHedge::new(bad).unwrap_err().to_string();
        assert!(told.contains(text), "{told}");
    }
    let mut hedge = CvarHedge::new(good).unwrap();
    assert!(matches!(
        hedge.add_scenario(1.0, &[1.0]),
        Err(HedgeError::Length { .. })
    ));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn also_with_few_and_equal_values(
        scenarios in 1_usize..30,
        instruments in 0_usize..6,
        values in prop::collection::vec(-3_i8..4, 30 * 7),
        cost in 0_u8..3,
        bound in 0_u8..4,
        confidence in 0.0..0.99,
    ) {
        let number = |at: usize| f64::from(values[at]);
        let hedge = HedgeProblem {
            base: (0..scenarios).map(number).collect(),
            pnl: (0..scenarios * instruments).map(|at| number(30 + at)).collect(),
            lower: vec![-f64::from(bound); instruments],
            upper: vec![f64::from(bound); instruments],
            cost: vec![f64::from(cost) / 4.0; instruments],
            confidence,
        };
        let found = CvarHedge::new(hedge).unwrap().solve().unwrap();
        prop_assert!(found.objective - found.bound <= 1e-7, "{:?}", found);
        prop_assert!(found.bound - found.objective <= 1e-7, "{:?}", found);
    }
}
