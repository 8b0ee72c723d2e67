//! Rolling intrinsic: every day the best schedule on the curve of that day, its first step done.

use super::intrinsic::{check_prices, step};
use super::{OneFactor, StorageSpec, Valued};
use crate::error::AssetError;

/// What following the intrinsic schedule, made anew every day on that day's curve, earns on `paths` paths.
///
/// # Errors
/// [`AssetError::Storage`] for a bad parameter, [`AssetError::NoSchedule`] when no schedule ends where it may.
pub fn rolling_intrinsic(
    storage: &StorageSpec,
    model: &OneFactor,
    discounts: &[f64],
    paths: usize,
    seed: u64,
) -> Result<Valued, AssetError> {
    let days = model.forward.len();
    storage.check(days)?;
    model.check()?;
    check_prices(&model.forward, discounts)?;
    storage.viable(days)?;
    let options = storage.options();
    let mut factors = vec![0.0; days];
    let mut chosen = vec![0_i32; options.levels];
    let mut earned = Vec::with_capacity(paths);
    for path in 0..paths {
        model.path(seed, path as u64, &mut factors);
        let (mut level, mut sum) = (storage.start, 0.0);
        for (day, z) in factors.iter().enumerate() {
            let x = z * model.variance(day as f64).sqrt();
            let mut values = storage.terminal.clone();
            for later in (day..days).rev() {
                let price = model.forward_at(day, x, later);
                let bound = storage.bound(later);
                values = step(
                    &options,
                    &values,
                    price,
                    discounts[later],
                    bound,
                    &mut chosen,
                );
            }
            let (factor, money) = storage.pays(level, chosen[level]);
            sum += discounts[day] * (factor * model.spot(day, *z) + money);
            level = (level as i64 + i64::from(chosen[level])) as usize;
        }
        earned.push(sum + storage.terminal[level]);
    }
    Ok(Valued::of_pairs(&earned))
}
