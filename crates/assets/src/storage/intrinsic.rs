//! The value of the best schedule at prices that are known.

use super::StorageSpec;
use crate::error::AssetError;

/// The best schedule at known prices.
#[derive(Debug, Clone, PartialEq)]
pub struct Intrinsic {
    /// Discounted money, the terminal value included.
    pub value: f64,
    /// Change of each day, in levels; out is below zero.
    pub changes: Vec<i32>,
    /// Level after each day.
    pub levels: Vec<usize>,
}

/// The schedule of `storage` that earns most at `prices`, each paid after its discount.
///
/// # Errors
/// [`AssetError::Storage`] for a bad parameter, [`AssetError::NoSchedule`] when no schedule ends where it may.
pub fn intrinsic(
    storage: &StorageSpec,
    prices: &[f64],
    discounts: &[f64],
) -> Result<Intrinsic, AssetError> {
    storage.check(prices.len())?;
    check_prices(prices, discounts)?;
    storage.viable(prices.len())?;
    let options = storage.options();
    let (days, levels) = (prices.len(), options.levels);
    let mut values = storage.terminal.clone();
    let mut choice = vec![0_i32; days * levels];
    for day in (0..days).rev() {
        let [low, high] = storage.bound(day);
        let chosen = &mut choice[day * levels..][..levels];
        values = step(
            &options,
            &values,
            prices[day],
            discounts[day],
            [low, high],
            chosen,
        );
    }
    let mut found = Intrinsic {
        value: values[storage.start],
        changes: Vec::with_capacity(days),
        levels: Vec::with_capacity(days),
    };
    let mut level = storage.start;
    for day in 0..days {
        let change = choice[day * levels + level];
        level = (level as i64 + i64::from(change)) as usize;
        found.changes.push(change);
        found.levels.push(level);
    }
    Ok(found)
}

/// The best value before a day by level, from that after it, and the change that leads there.
pub(super) fn step(
    options: &super::Options,
    after: &[f64],
    price: f64,
    discount: f64,
    [low, high]: [usize; 2],
    chosen: &mut [i32],
) -> Vec<f64> {
    let levels = options.levels;
    let mut best = vec![f64::NEG_INFINITY; levels];
    for (change, factors, money) in &options.changes {
        let from = (i64::from(-*change))
            .max(low as i64 - i64::from(*change))
            .max(0);
        let to =
            (levels.min(high.saturating_add(1)) as i64 - i64::from(*change)).min(levels as i64);
        for level in from..to {
            let level = level as usize;
            let next = (level as i64 + i64::from(*change)) as usize;
            let value = discount * (factors[level] * price + money[level]) + after[next];
            if value > best[level] {
                best[level] = value;
                chosen[level] = *change;
            }
        }
    }
    best
}

/// Checks prices and their discounts.
pub(super) fn check_prices(prices: &[f64], discounts: &[f64]) -> Result<(), AssetError> {
    if discounts.len() != prices.len() {
        let value = format!("{} for {} prices", discounts.len(), prices.len());
        return Err(AssetError::Storage {
            field: "discounts",
            value,
            fix: "one a day",
        });
    }
    for (field, values) in [("prices", prices), ("discounts", discounts)] {
        if let Some(day) = values.iter().position(|value| !value.is_finite()) {
            let value = format!("{} on day {day}", values[day]);
            return Err(AssetError::Storage {
                field,
                value,
                fix: "finite numbers",
            });
        }
    }
    Ok(())
}
