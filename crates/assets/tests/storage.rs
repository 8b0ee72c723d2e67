//! The value of a storage: against every schedule, a tree, and bounds from both sides.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_assets::AssetError;
use wattbook_assets::storage::{
    Factor, Form, SimulationSettings, SpotModel, StorageSpec, intrinsic, least_squares,
    rolling_intrinsic, tree_value,
};

/// A storage whose rates fall with the level in and with emptiness out.
fn ratcheted(levels: usize, fast: i32, slow: i32) -> StorageSpec {
    let moves = (0..levels)
        .map(|level| {
            let out = if 2 * level >= levels { fast } else { slow };
            let filling = if 2 * level < levels { fast } else { slow };
            [
                -out.min(level as i32),
                filling.min((levels - 1 - level) as i32),
            ]
        })
        .collect();
    StorageSpec {
        step: 10.0,
        moves,
        costs: vec![[0.2, 0.3]; levels],
        losses: [0.0, 0.01],
        start: 0,
        terminal: (0..levels)
            .map(|level| if level == 0 { 0.0 } else { f64::NEG_INFINITY })
            .collect(),
        bounds: Vec::new(),
    }
}

/// A year whose winter costs more than its summer.
fn seasonal(days: usize) -> SpotModel {
    let forward = (0..days)
        .map(|day| {
            let angle = std::f64::consts::TAU * day as f64 / days as f64;
            25.0 - 4.0 * angle.sin()
        })
        .collect();
    SpotModel::one_factor(forward, 0.05, 0.06, 0.0)
}

/// The best value over every sequence of changes.
fn best_of_all(storage: &StorageSpec, prices: &[f64], day: usize, level: usize) -> f64 {
    if day == prices.len() {
        return storage.terminal[level];
    }
    let mut best = f64::NEG_INFINITY;
    for change in storage.moves[level][0]..=storage.moves[level][1] {
        let next = level as i64 + i64::from(change);
        if !(0..storage.moves.len() as i64).contains(&next) {
            continue;
        }
        let next = next as usize;
        let [low, high] = storage.bounds.get(day).copied().unwrap_or([0, 99]);
        if !(low..=high).contains(&next) {
            continue;
        }
        let volume = f64::from(change.abs()) * storage.step;
        let paid = if change > 0 {
            -volume * (prices[day] * (1.0 + storage.losses[1]) + storage.costs[level][1])
        } else {
            volume * (prices[day] * (1.0 - storage.losses[0]) - storage.costs[level][0])
        };
        best = best.max(paid + best_of_all(storage, prices, day + 1, next));
    }
    best
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(200) })]

    #[test]
    fn no_schedule_earns_more(
        prices in prop::collection::vec(-20.0_f64..60.0, 1..6),
        start in 0_usize..5,
        least in prop::collection::vec(0_usize..3, 5),
        is_bounded in any::<bool>(),
    ) {
        let mut storage = ratcheted(5, 2, 1);
        storage.start = start;
        storage.terminal = vec![0.0, 5.0, 20.0, f64::NEG_INFINITY, 30.0];
        storage.losses = [0.02, 0.05];
        if is_bounded {
            storage.bounds = least[..prices.len()].iter().map(|low| [*low, low + 2]).collect();
        }
        let discounts = vec![1.0; prices.len()];
        let best = best_of_all(&storage, &prices, 0, start);
        match intrinsic(&storage, &prices, &discounts) {
            Ok(found) => {
                prop_assert!((found.value - best).abs() < 1e-9, "{} is not {best}", found.value);
                prop_assert_eq!(found.levels.len(), prices.len());
            }
            Err(AssetError::NoSchedule { .. }) => prop_assert!(best == f64::NEG_INFINITY),
            Err(fault) => prop_assert!(false, "{fault}"),
        }
    }
}

#[test]
fn both_bounds_enclose_the_tree_within_a_percent() {
    let storage = ratcheted(11, 2, 1);
    let model = seasonal(60);
    let discounts = vec![1.0; 60];
    let tree = tree_value(&storage, &model, &discounts, 6).unwrap();
    let settings = SimulationSettings {
        paths: 1_000,
        seed: 7,
        threads: 2,
    };
    let found = least_squares(&storage, &model, &discounts, settings).unwrap();
    assert!(
        found.lower.mean < tree + 3.0 * found.lower.error,
        "{found:?}, {tree}"
    );
    assert!(
        found.upper.mean > tree - 3.0 * found.upper.error,
        "{found:?}, {tree}"
    );
    let gap = (found.upper.mean - found.lower.mean) / tree;
    let noise = 3.0 * (found.lower.error + found.upper.error) / tree;
    assert!(gap < 0.01 + noise, "a gap of {gap}: {found:?}, {tree}");
    // The tree's own error and the policy's loss are within three standard errors.
    assert!((found.lower.mean - tree).abs() < 3.0 * found.lower.error + 0.005 * tree);
    let one = SimulationSettings {
        threads: 1,
        ..settings
    };
    assert_eq!(
        least_squares(&storage, &model, &discounts, one).unwrap(),
        found
    );
}

/// Schwartz and Smith's two factors: one fades within weeks, one stays.
fn two_factors(days: usize) -> SpotModel {
    SpotModel {
        factors: [(0.08, 0.05), (0.0, 0.012)]
            .map(|(mean_reversion, volatility)| Factor {
                mean_reversion,
                volatility,
            })
            .to_vec(),
        correlation: vec![1.0, 0.3, 0.3, 1.0],
        scales: (0..days)
            .map(|day| 1.0 + 0.3 * (day as f64 / 20.0).cos())
            .collect(),
        ..seasonal(days)
    }
}

#[test]
fn several_factors_are_bounded_from_both_sides_and_above_what_rolling_earns() {
    let storage = ratcheted(11, 2, 1);
    let model = two_factors(40);
    let discounts = vec![1.0; 40];
    let settings = SimulationSettings {
        paths: 800,
        seed: 5,
        threads: 2,
    };
    let found = least_squares(&storage, &model, &discounts, settings).unwrap();
    let noise = 3.0 * (found.lower.error + found.upper.error);
    assert!(found.upper.mean > found.lower.mean - noise, "{found:?}");
    let gap = (found.upper.mean - found.lower.mean) / found.upper.mean;
    assert!(gap < 0.01 + noise / found.upper.mean, "{gap}: {found:?}");
    let known = intrinsic(&storage, &model.forward, &discounts)
        .unwrap()
        .value;
    let rolling = rolling_intrinsic(&storage, &model, &discounts, 500, 3).unwrap();
    assert!(
        rolling.mean - 3.0 * rolling.error > known,
        "{rolling:?}, {known}"
    );
    let noise = 3.0 * (rolling.error + found.upper.error);
    assert!(
        rolling.mean < found.upper.mean + noise,
        "{rolling:?}, {found:?}"
    );
    // A tree knows one factor of constant volatility.
    let fault = tree_value(&storage, &model, &discounts, 4).unwrap_err();
    assert!(fault.to_string().contains("one factor"), "{fault}");
}

#[test]
fn factors_that_move_as_one_are_one_factor() {
    let storage = ratcheted(11, 2, 1);
    let one = SpotModel::one_factor(seasonal(40).forward, 0.05, 0.06, 0.0);
    // Two factors of equal speed and correlation one: their volatilities add up.
    let split = SpotModel {
        factors: [0.02, 0.04]
            .map(|volatility| Factor {
                mean_reversion: 0.05,
                volatility,
            })
            .to_vec(),
        correlation: vec![1.0; 4],
        ..one.clone()
    };
    let settings = SimulationSettings {
        paths: 1_000,
        seed: 5,
        threads: 1,
    };
    let discounts = vec![1.0; 40];
    let known = least_squares(&storage, &one, &discounts, settings).unwrap();
    let found = least_squares(&storage, &split, &discounts, settings).unwrap();
    for (found, known) in [(found.lower, known.lower), (found.upper, known.upper)] {
        let noise = 3.0 * (found.error + known.error);
        assert!(
            (found.mean - known.mean).abs() < noise,
            "{found:?}, {known:?}"
        );
    }
}

#[test]
fn prices_that_are_sums_go_below_zero_and_keep_their_curve() {
    // A right to give one level on the last day alone: its value is the mean of the price above zero.
    let storage = StorageSpec {
        step: 1.0,
        moves: vec![[0, 0], [-1, 0]],
        costs: vec![[0.0, 0.0]; 2],
        losses: [0.0, 0.0],
        start: 1,
        terminal: vec![0.0, 0.0],
        bounds: (0..30).map(|day| [usize::from(day < 29), 1]).collect(),
    };
    let model = SpotModel {
        form: Form::Arithmetic,
        ..SpotModel::one_factor(vec![0.0; 30], 0.0, 2.0, 0.0)
    };
    let settings = SimulationSettings {
        paths: 8_000,
        seed: 1,
        threads: 2,
    };
    let found = least_squares(&storage, &model, &[1.0; 30], settings).unwrap();
    // Bachelier at the money: the deviation over the root of two pi.
    let bachelier = 2.0 * 29.0_f64.sqrt() / std::f64::consts::TAU.sqrt();
    for value in [found.lower, found.upper] {
        assert!(
            (value.mean - bachelier).abs() < 3.0 * value.error + 1e-3 * bachelier,
            "{found:?}"
        );
    }
}

#[test]
fn a_model_that_cannot_be_names_its_parameter() {
    let storage = ratcheted(3, 1, 1);
    let named = |model: &SpotModel| {
        let fault = rolling_intrinsic(&storage, model, &[1.0; 3], 2, 1).unwrap_err();
        fault.to_string()
    };
    let good = two_factors(3);
    let opposed = SpotModel {
        factors: vec![good.factors[0]; 3],
        correlation: vec![1.0, 0.9, -0.9, 0.9, 1.0, 0.9, -0.9, 0.9, 1.0],
        ..good.clone()
    };
    assert!(named(&opposed).contains("negative eigenvalues"));
    let short = SpotModel {
        correlation: vec![1.0; 3],
        ..good.clone()
    };
    assert!(named(&short).contains("3 numbers for 2 factors"));
    let still = SpotModel {
        factors: vec![
            Factor {
                mean_reversion: 0.1,
                volatility: 0.0
            };
            2
        ],
        ..good.clone()
    };
    assert!(named(&still).contains("above zero for one factor"));
    let many = SpotModel {
        factors: vec![good.factors[0]; 5],
        ..good
    };
    assert!(named(&many).contains("one to four factors"));
}

#[test]
fn flexibility_is_worth_something_and_rolling_finds_part_of_it() {
    let storage = ratcheted(11, 2, 1);
    let model = seasonal(60);
    let discounts = vec![1.0; 60];
    let known = intrinsic(&storage, &model.forward, &discounts)
        .unwrap()
        .value;
    let tree = tree_value(&storage, &model, &discounts, 6).unwrap();
    let rolling = rolling_intrinsic(&storage, &model, &discounts, 400, 3).unwrap();
    assert!(
        rolling.mean - 3.0 * rolling.error > known,
        "{rolling:?}, {known}"
    );
    assert!(
        rolling.mean - 3.0 * rolling.error < tree,
        "{rolling:?}, {tree}"
    );
}

#[test]
fn a_price_that_hardly_moves_leaves_the_intrinsic_value() {
    let storage = ratcheted(11, 2, 1);
    let mut model = seasonal(60);
    model.factors[0].volatility = 1e-9;
    let discounts: Vec<f64> = (0..60)
        .map(|day| f64::exp(-0.0001 * f64::from(day)))
        .collect();
    let known = intrinsic(&storage, &model.forward, &discounts)
        .unwrap()
        .value;
    let tree = tree_value(&storage, &model, &discounts, 1).unwrap();
    assert!((tree - known).abs() < 1e-4, "{tree} is not {known}");
}

#[test]
fn a_right_to_take_once_is_a_bermudan_option() {
    // One level to give, on any day: the best of calls struck at zero cost is the last day's, and with a
    // single day it is the forward.
    let storage = StorageSpec {
        step: 1.0,
        moves: vec![[0, 0], [-1, 0]],
        costs: vec![[20.0, 0.0]; 2],
        losses: [0.0, 0.0],
        start: 1,
        terminal: vec![0.0, 0.0],
        bounds: Vec::new(),
    };
    let model = SpotModel::one_factor(vec![20.0; 30], 0.0, 0.02, 0.0);
    // A martingale price and no interest: waiting for the last day is best, a European call at the money.
    let deviation = 0.02 * 29.0_f64.sqrt();
    let black = 20.0 * erf(deviation / 2.0 / 2.0_f64.sqrt());
    let tree = tree_value(&storage, &model, &[1.0; 30], 4).unwrap();
    assert!((tree - black).abs() < 0.01 * black, "{tree} is not {black}");
}

/// Abramowitz and Stegun (1964), 7.1.26.
fn erf(x: f64) -> f64 {
    let t = 1.0 / (1.0 + 0.327_591_1 * x);
    let series = t
        * (0.254_829_592
            + t * (-0.284_496_736
                + t * (1.421_413_741 + t * (-1.453_152_027 + t * 1.061_405_429))));
    1.0 - series * f64::exp(-x * x)
}

#[test]
fn an_end_out_of_reach_is_named() {
    let mut storage = ratcheted(11, 2, 1);
    storage.terminal = vec![f64::NEG_INFINITY; 11];
    storage.terminal[10] = 0.0;
    let fault = intrinsic(&storage, &[20.0; 3], &[1.0; 3]).unwrap_err();
    assert!(
        fault.to_string().contains("levels of 0 to 60 MWh"),
        "{fault}"
    );
    storage.bounds = vec![[0, 10], [9, 10], [0, 10]];
    let fault = intrinsic(&storage, &[20.0; 3], &[1.0; 3]).unwrap_err();
    assert!(
        fault.to_string().contains("90 to 100 MWh after day 1"),
        "{fault}"
    );
}

#[test]
fn prices_that_are_no_numbers_are_refused() {
    let storage = ratcheted(3, 1, 1);
    let fault = intrinsic(&storage, &[1.0, f64::NAN], &[1.0; 2]).unwrap_err();
    assert!(fault.to_string().contains("on day 1"), "{fault}");
    let mut model = seasonal(3);
    model.forward[2] = -1.0;
    let fault = tree_value(&storage, &model, &[1.0; 3], 1).unwrap_err();
    assert!(fault.to_string().contains("larger shift"), "{fault}");
}
