//! A threshold policy: charge when power is cheap for the day, discharge when it is dear.

use wattbook_domain::{Price, Side, Volume};

use crate::battery::{Battery, BatterySpec};
use crate::error::AssetError;

/// Below which price to charge and above which to discharge, in currency per `MWh`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Thresholds {
    /// The highest price worth charging at.
    pub charge: Price,
    /// The lowest price worth discharging at.
    pub discharge: Price,
}

/// Picks thresholds as quantiles of the forecast prices ahead.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ThresholdPolicy {
    charge_quantile_ppm: u32,
    discharge_quantile_ppm: u32,
    cost: Price,
}

impl ThresholdPolicy {
    /// Charges below the `charge_quantile_ppm` quantile (1e-6) of the prices ahead and discharges above
    /// the other, when the spread pays for losses and `cost` per discharged `MWh`.
    ///
    /// # Errors
    /// [`AssetError::Quantile`] when one is beyond one or the charge quantile is not the lower.
    pub fn new(
        charge_quantile_ppm: u32,
        discharge_quantile_ppm: u32,
        cost: Price,
    ) -> Result<Self, AssetError> {
        if discharge_quantile_ppm > 1_000_000 {
            let ppm = discharge_quantile_ppm;
            return Err(AssetError::Quantile {
                field: "discharge",
                ppm,
            });
        }
        if charge_quantile_ppm >= discharge_quantile_ppm {
            let ppm = charge_quantile_ppm;
            return Err(AssetError::Quantile {
                field: "charge",
                ppm,
            });
        }
        Ok(Self {
            charge_quantile_ppm,
            discharge_quantile_ppm,
            cost,
        })
    }

    /// The thresholds for the forecast `prices` ahead, or `None` when there are none or the spread
    /// between them does not pay for the losses. `prices` is left sorted.
    #[must_use]
    pub fn thresholds(&self, prices: &mut [Price], spec: &BatterySpec) -> Option<Thresholds> {
        if prices.is_empty() {
            return None;
        }
        prices.sort_unstable();
        let charge = quantile(prices, self.charge_quantile_ppm);
        let discharge = quantile(prices, self.discharge_quantile_ppm);
        // Of one MWh bought, the round trip gives back its efficiency; this holds at prices below zero too.
        let earned = i128::from(discharge.millionths() - self.cost.millionths())
            * i128::from(spec.round_trip_ppm());
        let paid = i128::from(charge.millionths()) * 1_000_000;
        (earned > paid).then_some(Thresholds { charge, discharge })
    }
}

/// The nearest-rank quantile of sorted `prices`.
fn quantile(prices: &[Price], ppm: u32) -> Price {
    let last = prices.len() as u64 - 1;
    let rank = (last * u64::from(ppm) + 500_000) / 1_000_000;
    prices[rank as usize]
}

/// A delivery period to plan for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Forecast price, in currency per `MWh`, if known.
    pub price: Option<Price>,
    /// Its length in seconds.
    pub seconds: i64,
    /// Its local trading day, a number that rises by one a day.
    pub day: i64,
}

/// What to do in each coming delivery period: power in MW, delivered above zero.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Plan {
    /// One per period, in order.
    pub power: Vec<Volume>,
}

impl Plan {
    /// Follows `thresholds` through the forecast prices of `periods`, running `battery` as it goes: every
    /// step is one that the battery can run, given that the steps before it ran. A period without a
    /// price rests.
    #[must_use]
    pub fn run(battery: &mut Battery, thresholds: Thresholds, periods: &[Period]) -> Self {
        let power = periods.iter().map(|period| {
            let side = match period.price {
                Some(price) if price <= thresholds.charge => Side::Buy,
                Some(price) if price >= thresholds.discharge => Side::Sell,
                _ => return Volume::ZERO,
            };
            let wanted = battery.spec().power;
            let Some(commitment) = battery.reserve(side, wanted, period.seconds, period.day) else {
                return Volume::ZERO;
            };
            let power = commitment.power();
            battery.deliver(commitment, power).unwrap_or(Volume::ZERO)
        });
        Self {
            power: power.collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::energy::Energy;
    use proptest::prelude::*;

    fn spec() -> BatterySpec {
        BatterySpec {
            power: Volume::from_millionths(10_000_000),
            lot: Volume::from_millionths(100_000),
            capacity: Energy::from_millionth_megawatt_hours(20_000_000),
            floor: Energy::ZERO,
            ceiling: Energy::from_millionth_megawatt_hours(20_000_000),
            initial: Energy::ZERO,
            charge_efficiency_ppm: 900_000,
            discharge_efficiency_ppm: 900_000,
            cycles_per_day_ppm: 2_000_000,
        }
    }

    fn prices(values: &[i64]) -> Vec<Price> {
        values
            .iter()
            .map(|value| Price::from_millionths(value * 1_000_000))
            .collect()
    }

    fn periods(prices: &[Price], seconds: i64) -> Vec<Period> {
        prices
            .iter()
            .map(|price| Period {
                price: Some(*price),
                seconds,
                day: 0,
            })
            .collect()
    }

    #[test]
    fn a_flat_day_is_not_worth_its_losses() {
        let policy = ThresholdPolicy::new(250_000, 750_000, Price::ZERO).unwrap();
        assert_eq!(
            policy.thresholds(&mut prices(&[50, 51, 52, 53]), &spec()),
            None
        );
        assert_eq!(policy.thresholds(&mut [], &spec()), None);
    }

    #[test]
    fn negative_prices_are_worth_charging_at() {
        let policy = ThresholdPolicy::new(0, 1_000_000, Price::ZERO).unwrap();
        let got = policy
            .thresholds(&mut prices(&[-40, -50, -45]), &spec())
            .unwrap();
        assert_eq!([got.charge, got.discharge], prices(&[-50, -40])[..]);
    }

    #[test]
    fn a_plan_fills_the_cells_in_the_trough_and_sells_at_the_peak() {
        let policy = ThresholdPolicy::new(250_000, 800_000, Price::ZERO).unwrap();
        let day = prices(&[20, 10, 40, 60, 90, 80]);
        let thresholds = policy.thresholds(&mut day.clone(), &spec()).unwrap();
        let mut battery = Battery::new(spec()).unwrap();
        let plan = Plan::run(&mut battery, thresholds, &periods(&day, 3_600));
        let mw = |text: &str| text.parse::<Volume>().unwrap();
        let expected = ["-10", "-10", "0", "0", "10", "6.2"].map(mw);
        assert_eq!(plan.power, expected);
    }

    proptest! {
        #[test]
        fn every_plan_can_be_run(values in prop::collection::vec(-1_000_i64..20_000, 1..48)) {
            let policy = ThresholdPolicy::new(300_000, 700_000, Price::ZERO).unwrap();
            let day = prices(&values);
            let mut battery = Battery::new(spec()).unwrap();
            let Some(thresholds) = policy.thresholds(&mut day.clone(), &spec()) else {
                return Ok(());
            };
            let plan = Plan::run(&mut battery.clone(), thresholds, &periods(&day, 1_800));
            for power in plan.power {
                let side = if power < Volume::ZERO { Side::Buy } else { Side::Sell };
                if power != Volume::ZERO {
                    let commitment = battery.reserve(side, power.abs(), 1_800, 0).unwrap();
                    prop_assert_eq!(battery.deliver(commitment, power.abs()).unwrap(), power);
                }
            }
        }
    }
}
