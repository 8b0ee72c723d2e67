//! The most that a battery can earn when all prices are known: an exact bound, and its schedule.

use crate::battery_value::{EnergyValue, Sharing, StoreLimits, Trade};
use crate::error::AssetError;

/// Prices of one interval at the meter; fees and wear are in them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PricedInterval {
    /// Its length in hours.
    pub hours: f64,
    /// What a charged `MWh` costs.
    pub charge_price: f64,
    /// What a discharged `MWh` earns.
    pub discharge_price: f64,
}

/// A schedule and what it earns.
#[derive(Debug, Clone, PartialEq)]
pub struct BatterySchedule {
    /// Cash of all intervals and the priced energy at the end.
    pub value: f64,
    /// Energy bought at the meter in each interval, in `MWh`.
    pub charge_mwh: Vec<f64>,
    /// Energy sold at the meter in each interval, in `MWh`.
    pub discharge_mwh: Vec<f64>,
    /// Energy in the cells after each interval, in `MWh`.
    pub energy_mwh: Vec<f64>,
}

/// The best schedule of `limits` through `intervals` from `initial_mwh`, when each `MWh` left in the
/// cells above the floor is worth `terminal_price`.
///
/// # Errors
/// [`AssetError::Number`] naming a limit, price or length that is out of its range.
pub fn foresight(
    limits: &StoreLimits,
    intervals: &[PricedInterval],
    sharing: Sharing,
    initial_mwh: f64,
    terminal_price: f64,
) -> Result<BatterySchedule, AssetError> {
    limits.check()?;
    if !(limits.floor_mwh..=limits.ceiling_mwh).contains(&initial_mwh) {
        let fix = "energy from floor to ceiling";
        return Err(AssetError::number("initial_mwh", initial_mwh, fix));
    }
    if !terminal_price.is_finite() {
        return Err(AssetError::number(
            "terminal_price",
            terminal_price,
            "a finite price",
        ));
    }
    let mut trades = Vec::with_capacity(intervals.len());
    for (place, interval) in intervals.iter().enumerate() {
        let prices = [interval.charge_price, interval.discharge_price];
        if let Some(price) = prices.into_iter().find(|price| !price.is_finite()) {
            let what = format!("price of interval {place}");
            return Err(AssetError::number(what, price, "a finite price"));
        }
        if !(interval.hours > 0.0 && interval.hours.is_finite()) {
            let what = format!("hours of interval {place}");
            return Err(AssetError::number(
                what,
                interval.hours,
                "a length above zero",
            ));
        }
        trades.push(Trade::at_meter(limits, interval.hours, prices, sharing));
    }
    let mut after = Vec::with_capacity(trades.len());
    let mut value = EnergyValue::priced(limits.range_mwh(), terminal_price);
    for trade in trades.iter().rev() {
        let before = value.before(trade);
        after.push(value);
        value = before;
    }
    let mut energy = initial_mwh - limits.floor_mwh;
    let mut schedule = BatterySchedule {
        value: value.at(energy),
        charge_mwh: Vec::with_capacity(trades.len()),
        discharge_mwh: Vec::with_capacity(trades.len()),
        energy_mwh: Vec::with_capacity(trades.len()),
    };
    for (trade, value) in trades.iter().zip(after.iter().rev()) {
        let step = value.best(energy, trade);
        energy = (energy + step.charge_mwh - step.discharge_mwh).clamp(0.0, limits.range_mwh());
        let bought = step.charge_mwh / limits.charge_efficiency;
        let sold = step.discharge_mwh * limits.discharge_efficiency;
        schedule.charge_mwh.push(bought);
        schedule.discharge_mwh.push(sold);
        schedule.energy_mwh.push(limits.floor_mwh + energy);
    }
    Ok(schedule)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn limits() -> StoreLimits {
        StoreLimits {
            charge_mw: 1.0,
            discharge_mw: 1.5,
            floor_mwh: 0.25,
            ceiling_mwh: 2.25,
            charge_efficiency: 0.9,
            discharge_efficiency: 0.95,
        }
    }

    fn intervals(prices: &[(f64, f64)]) -> Vec<PricedInterval> {
        let interval = |&(charge_price, discharge_price): &(f64, f64)| PricedInterval {
            hours: 0.5,
            charge_price,
            discharge_price,
        };
        prices.iter().map(interval).collect()
    }

    /// Cash of a schedule, by its own figures.
    fn cash(schedule: &BatterySchedule, prices: &[(f64, f64)]) -> f64 {
        let rows = schedule.charge_mwh.iter().zip(&schedule.discharge_mwh);
        rows.zip(prices)
            .map(|((charge, discharge), (buy, sell))| discharge * sell - charge * buy)
            .sum()
    }

    /// The best on a grid of energies, tried one by one: slow, obvious, and never above the exact one.
    fn grid_best(limits: &StoreLimits, prices: &[(f64, f64)], initial: f64, price: f64) -> f64 {
        const CELLS: usize = 400;
        let width = limits.range_mwh() / CELLS as f64;
        let mut value: Vec<f64> = (0..=CELLS).map(|at| at as f64 * width * price).collect();
        for (buy, sell) in prices.iter().rev() {
            let up = (0.5 * limits.charge_mw * limits.charge_efficiency / width) as usize;
            let down = (0.5 * limits.discharge_mw / limits.discharge_efficiency / width) as usize;
            let best = |at: usize| {
                let low = at.saturating_sub(down);
                let targets = low..=(at + up).min(CELLS);
                let values = targets.map(|to| {
                    let change = (to as f64 - at as f64) * width;
                    let cash = if change > 0.0 {
                        -change / limits.charge_efficiency * buy
                    } else {
                        -change * limits.discharge_efficiency * sell
                    };
                    cash + value[to]
                });
                values.fold(f64::NEG_INFINITY, f64::max)
            };
            value = (0..=CELLS).map(best).collect();
        }
        value[((initial - limits.floor_mwh) / width).round() as usize]
    }

    proptest! {
        #[test]
        fn the_schedule_earns_its_value_within_every_limit(
            prices in prop::collection::vec((-50.0..200.0_f64, 0.0..20.0_f64), 1..40),
            terminal in -10.0..80.0_f64,
            shared in any::<bool>(),
        ) {
            let limits = limits();
            let prices: Vec<_> = prices.iter().map(|(mid, fee)| (mid + fee, mid - fee)).collect();
            let sharing = if shared { Sharing::Shared } else { Sharing::Apart };
            let found = foresight(&limits, &intervals(&prices), sharing, 1.0, terminal).unwrap();
            let mut energy = 1.0;
            for place in 0..prices.len() {
                let [charge, discharge] = [found.charge_mwh[place], found.discharge_mwh[place]];
                prop_assert!((-1e-9..=0.5 + 1e-9).contains(&charge));
                prop_assert!((-1e-9..=0.75 + 1e-9).contains(&discharge));
                if shared {
                    prop_assert!(charge / 0.5 + discharge / 0.75 <= 1.0 + 1e-9);
                }
                energy += charge * limits.charge_efficiency - discharge / limits.discharge_efficiency;
                prop_assert!((energy - found.energy_mwh[place]).abs() < 1e-9);
                prop_assert!((0.25 - 1e-9..=2.25 + 1e-9).contains(&energy));
            }
            let earned = cash(&found, &prices) + (energy - 0.25) * terminal;
            prop_assert!((earned - found.value).abs() < 1e-6, "{earned} {}", found.value);
        }

        #[test]
        fn no_schedule_on_a_grid_earns_more(
            prices in prop::collection::vec(-20.0..100.0_f64, 1..12),
            terminal in 0.0..60.0_f64,
        ) {
            let limits = limits();
            let prices: Vec<_> = prices.iter().map(|price| (*price, *price)).collect();
            let made = intervals(&prices);
            let shared = foresight(&limits, &made, Sharing::Shared, 1.25, terminal).unwrap();
            let apart = foresight(&limits, &made, Sharing::Apart, 1.25, terminal).unwrap();
            let grid = grid_best(&limits, &prices, 1.25, terminal);
            prop_assert!(shared.value >= grid - 1e-9);
            prop_assert!(apart.value >= shared.value - 1e-9);
            if prices.iter().all(|(price, _)| *price >= 0.0) {
                // What the grid misses: at most a cell in each interval.
                prop_assert!(apart.value - grid < 0.01 * 100.0 * prices.len() as f64);
            }
        }
    }

    #[test]
    fn a_price_that_is_no_number_is_named() {
        let made = intervals(&[(1.0, 1.0), (f64::NAN, 1.0)]);
        let found = foresight(&limits(), &made, Sharing::Shared, 1.0, 0.0);
        let text = found.unwrap_err().to_string();
        assert_eq!(text, "price of interval 1 is NaN; give a finite price");
    }
}
