//! The value on a trinomial tree of the factor, after Hull and White (1994).

use super::StorageSpec;
use super::intrinsic::{check_prices, step};
use super::spot_model::{Factor, SpotModel};
use crate::error::AssetError;

/// How a node goes on: the lowest of its three nodes a step later, and their chances.
struct Branch {
    lowest: usize,
    chances: [f64; 3],
}

/// The value of `storage` when its price follows `model`, on a tree of `substeps` steps a day.
///
/// # Errors
/// [`AssetError::Storage`] for a bad parameter, [`AssetError::NoSchedule`] when no schedule ends where it may.
pub fn tree_value(
    storage: &StorageSpec,
    model: &SpotModel,
    discounts: &[f64],
    substeps: usize,
) -> Result<f64, AssetError> {
    let days = model.forward.len();
    storage.check(days)?;
    model.check()?;
    let (factor, shift) = model.only_factor()?;
    check_prices(&model.forward, discounts)?;
    storage.viable(days)?;
    let substeps = substeps.max(1);
    let length = 1.0 / substeps as f64;
    let decay = f64::exp(-factor.mean_reversion * length);
    // The spacing that Hull and White recommend: the square root of three times the variance of a step.
    let spacing = (3.0 * variance(factor, length)).sqrt();
    // At least as far as they recommend, and four standard deviations where prices return fast.
    let tail = 4.0 / (3.0 * (1.0 - decay * decay)).sqrt();
    let reach = (0.1835 / (1.0 - decay))
        .max(tail)
        .ceil()
        .min((days * substeps) as f64)
        .max(1.0) as usize;
    let branches = branches(reach, decay);
    let prices = prices(&model.forward, shift, &branches, reach, spacing, substeps);
    let options = storage.options();
    let mut chosen = vec![0; options.levels];
    let mut values = vec![storage.terminal.clone(); 2 * reach + 1];
    for day in (0..days).rev() {
        let bound = storage.bound(day);
        for (node, after) in values.iter_mut().enumerate() {
            *after = step(
                &options,
                after,
                prices[day][node],
                discounts[day],
                bound,
                &mut chosen,
            );
        }
        if day > 0 {
            for _ in 0..substeps {
                values = branches
                    .iter()
                    .map(|branch| mean(branch, &values))
                    .collect();
            }
        }
    }
    Ok(values[reach][storage.start])
}

fn branches(reach: usize, decay: f64) -> Vec<Branch> {
    let reach = reach as i64;
    (-reach..=reach)
        .map(|place| {
            let mean = decay * place as f64;
            let middle = (mean.round() as i64).clamp(1 - reach, reach - 1);
            let off = mean - middle as f64;
            let square = off * off;
            Branch {
                lowest: (middle - 1 + reach) as usize,
                chances: [
                    1.0 / 6.0 + f64::midpoint(square, -off),
                    2.0 / 3.0 - square,
                    1.0 / 6.0 + f64::midpoint(square, off),
                ],
            }
        })
        .collect()
}

/// Variance that a part of a day adds to the factor; a day adds the square of the volatility, as it does in
/// simulated paths.
fn variance(factor: Factor, length: f64) -> f64 {
    let square = factor.volatility * factor.volatility;
    if factor.mean_reversion < 1e-12 {
        return square * length;
    }
    let speed = -2.0 * factor.mean_reversion;
    square * f64::exp_m1(speed * length) / f64::exp_m1(speed)
}

/// Spot by day and node, so that the mean of each day is its forward price.
fn prices(
    curve: &[f64],
    shift: f64,
    branches: &[Branch],
    reach: usize,
    spacing: f64,
    substeps: usize,
) -> Vec<Vec<f64>> {
    let mut weights = vec![0.0; branches.len()];
    weights[reach] = 1.0;
    let factors: Vec<f64> = (0..branches.len())
        .map(|node| f64::exp((node as f64 - reach as f64) * spacing))
        .collect();
    let mut prices = Vec::with_capacity(curve.len());
    for (day, forward) in curve.iter().enumerate() {
        if day > 0 {
            for _ in 0..substeps {
                let mut next = vec![0.0; branches.len()];
                for (branch, weight) in branches.iter().zip(&weights) {
                    for (offset, chance) in branch.chances.iter().enumerate() {
                        next[branch.lowest + offset] += weight * chance;
                    }
                }
                weights = next;
            }
        }
        let mean: f64 = weights.iter().zip(&factors).map(|(w, f)| w * f).sum();
        let scale = (forward + shift) / mean;
        prices.push(
            factors
                .iter()
                .map(|factor| scale * factor - shift)
                .collect(),
        );
    }
    prices
}

fn mean(branch: &Branch, values: &[Vec<f64>]) -> Vec<f64> {
    let [low, middle, high] = [0, 1, 2].map(|offset| &values[branch.lowest + offset]);
    let [first, second, third] = branch.chances;
    low.iter()
        .zip(middle)
        .zip(high)
        .map(|((low, middle), high)| first * low + second * middle + third * high)
        .collect()
}
