//! Rolling intrinsic: every day the best schedule on the curve of that day, its first step done.

use super::intrinsic::{check_prices, step};
use super::{SpotModel, StorageSpec, Valued};
use crate::error::AssetError;

/// What following the intrinsic schedule, made anew every day on that day's curve, earns on `paths` paths.
///
/// # Errors
/// [`AssetError::Storage`] for a bad parameter, [`AssetError::NoSchedule`] when no schedule ends where it may.
pub fn rolling_intrinsic(
    storage: &StorageSpec,
    model: &SpotModel,
    discounts: &[f64],
    paths: usize,
    seed: u64,
) -> Result<Valued, AssetError> {
    let days = model.forward.len();
    storage.check(days)?;
    let prices = model.standardized()?;
    check_prices(&model.forward, discounts)?;
    storage.viable(days)?;
    let options = storage.options();
    let count = prices.count();
    let loads: Vec<Vec<Vec<f64>>> = (0..days)
        .map(|day| (day..days).map(|later| prices.loads(day, later)).collect())
        .collect();
    let mut factors = vec![0.0; days * count];
    let mut chosen = vec![0_i32; options.levels];
    let mut earned = Vec::with_capacity(paths);
    for path in 0..paths {
        prices.path(seed, path as u64, &mut factors);
        let (mut level, mut sum) = (storage.start, 0.0);
        for (day, z) in factors.chunks_exact(count).enumerate() {
            let mut values = storage.terminal.clone();
            for later in (day..days).rev() {
                let price = prices.forward(later, &loads[day][later - day], z);
                let bound = storage.bound(later);
                let discount = discounts[later];
                values = step(&options, &values, price, discount, bound, &mut chosen);
            }
            let (factor, money) = storage.pays(level, chosen[level]);
            sum += discounts[day] * (factor * prices.spot(day, z) + money);
            level = (level as i64 + i64::from(chosen[level])) as usize;
        }
        earned.push(sum + storage.terminal[level]);
    }
    Ok(Valued::of_pairs(&earned))
}
