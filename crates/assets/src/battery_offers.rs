//! Offers of a battery under uncertain prices: a stochastic dynamic programme over a price model.

use crate::battery_prices::{Between, PriceModel};
use crate::battery_value::StoreLimits;
use crate::error::AssetError;

/// Pieces of the range of the cells for which values are kept.
const CELLS: usize = 20;
/// Values at the ends of those pieces.
const NODES: usize = CELLS + 1;
/// Prices at which offers are tried: steps grow with their distance from zero.
const PRICE_STEP: f64 = 2.0;
const PRICE_GROWTH: f64 = 1.12;
const PRICE_MAX: f64 = 9_000.0;
/// Less energy than this, in `MWh`, is rounding.
const ENERGY_MIN: f64 = 1e-9;

/// One step of an offer: power that runs at its price or better.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct OfferStep {
    /// Charged at or below, discharged at or above this price.
    pub price: f64,
    /// In MW at the meter: below zero charges.
    pub power_mw: f64,
}

/// What an interval is offered for: steps of charge by falling price, of discharge by rising price.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Offer {
    /// Steps that charge, the dearest first.
    pub charge: Vec<OfferStep>,
    /// Steps that discharge, the cheapest first.
    pub discharge: Vec<OfferStep>,
}

impl Offer {
    /// What runs at `price`, in MW: below zero charges.
    #[must_use]
    pub fn power_at(&self, price: f64) -> f64 {
        let charge = self.charge.iter().filter(|step| price <= step.price);
        let discharge = self.discharge.iter().filter(|step| price >= step.price);
        charge.chain(discharge).map(|step| step.power_mw).sum()
    }
}

/// Values of the energy in the cells after each interval of a day, by class of the price level.
#[derive(Debug, Clone, PartialEq)]
pub struct OfferPlan {
    limits: StoreLimits,
    hours: f64,
    day_ahead: Vec<f64>,
    /// By interval, class and node.
    values: Vec<[f64; NODES]>,
    model: PriceModel,
}

impl OfferPlan {
    /// Values of a day of known `day_ahead` prices, when what is left in the cells at its end is worth
    /// `terminal_price` a `MWh`.
    ///
    /// # Errors
    /// [`AssetError::Number`] naming a limit, length or price that is out of its range.
    pub fn new(
        limits: StoreLimits,
        model: PriceModel,
        day_ahead: &[f64],
        hours: f64,
        terminal_price: f64,
    ) -> Result<Self, AssetError> {
        limits.check()?;
        if !(hours > 0.0 && hours.is_finite()) {
            return Err(AssetError::number("hours", hours, "a length above zero"));
        }
        for (place, price) in day_ahead.iter().enumerate() {
            if !price.is_finite() {
                let what = format!("day-ahead price of interval {place}");
                return Err(AssetError::number(what, *price, "a finite price"));
            }
        }
        let width = limits.range_mwh() / CELLS as f64;
        let end = std::array::from_fn(|node| node as f64 * width * terminal_price);
        let classes = model.classes();
        let mut plan = Self {
            limits,
            hours,
            day_ahead: day_ahead.to_vec(),
            values: vec![end; day_ahead.len() * classes],
            model,
        };
        for place in (1..day_ahead.len()).rev() {
            for class in 0..classes {
                let value = plan.value_before(place, class);
                plan.values[(place - 1) * classes + class] = value;
            }
        }
        Ok(plan)
    }

    /// Expected value of the cells before the price of interval `place`, from level class `class`.
    fn value_before(&self, place: usize, class: usize) -> [f64; NODES] {
        let mut expected = [0.0; NODES];
        let intervals = self.day_ahead.len();
        let outcomes = self
            .model
            .outcomes(class, place, intervals, self.day_ahead[place]);
        for (weight, price, level) in outcomes {
            let after = self.values_after(place, self.model.between(level));
            let best = self.best(&after, price);
            for (sum, value) in expected.iter_mut().zip(best) {
                *sum += weight * value;
            }
        }
        expected
    }

    /// Values after interval `place` between two classes.
    fn values_after(&self, place: usize, between: Between) -> [f64; NODES] {
        let classes = self.model.classes();
        let lower = &self.values[place * classes + between.lower];
        if between.share == 0.0 {
            return *lower;
        }
        let upper = &self.values[place * classes + between.lower + 1];
        let share = between.share;
        std::array::from_fn(|node| lower[node] * (1.0 - share) + upper[node] * share)
    }

    /// Value at each node before a known `price`, of which the best is made.
    fn best(&self, after: &[f64; NODES], price: f64) -> [f64; NODES] {
        let width = self.limits.range_mwh() / CELLS as f64;
        let up = self.limits.charge_mw * self.hours * self.limits.charge_efficiency;
        let down = self.limits.discharge_mw * self.hours / self.limits.discharge_efficiency;
        let cost = price / self.limits.charge_efficiency;
        let income = price * self.limits.discharge_efficiency;
        let slope = |cell: usize| (after[cell + 1] - after[cell]) / width;
        let worth = |least: f64| (0..CELLS).take_while(|cell| slope(*cell) > least).count();
        let charge_to = worth(cost) as f64 * width;
        let discharge_to = worth(income.next_down()) as f64 * width;
        std::array::from_fn(|node| {
            let energy = node as f64 * width;
            let target = if energy < charge_to {
                charge_to.min(energy + up)
            } else if energy > discharge_to {
                discharge_to.max(energy - down)
            } else {
                energy
            };
            let cell = ((target / width) as usize).min(CELLS - 1);
            let value = after[cell] + (target - cell as f64 * width) * slope(cell);
            let change = target - energy;
            value - change * if change > 0.0 { cost } else { income }
        })
    }

    /// The offer for interval `place`, from `energy_mwh` in the cells and the price level before it.
    /// Known when it is made: day-ahead prices, and real-time prices of earlier intervals.
    ///
    /// # Errors
    /// [`AssetError::Number`] when there is no such interval or the energy is outside its limits.
    pub fn offer(&self, place: usize, level: f64, energy_mwh: f64) -> Result<Offer, AssetError> {
        if place >= self.day_ahead.len() {
            let fix = "the number of an interval of the day";
            return Err(AssetError::number("interval", place as f64, fix));
        }
        let range = self.limits.range_mwh();
        let energy = energy_mwh - self.limits.floor_mwh;
        if !(-ENERGY_MIN..=range + ENERGY_MIN).contains(&energy) {
            let fix = "energy from floor to ceiling";
            return Err(AssetError::number("energy_mwh", energy_mwh, fix));
        }
        let energy = energy.clamp(0.0, range);
        let worth = self.worth_by_price(place, level);
        let charge = self.charge_steps(&worth, energy);
        // Below zero both may pay at one price; one offer does one of them.
        let above = charge
            .first()
            .map_or(f64::NEG_INFINITY, |step| step.price.next_up());
        let discharge = self.discharge_steps(&worth, energy, above);
        Ok(Offer { charge, discharge })
    }

    /// Slopes of the value after the interval at each price that its offer is tried at: a price tells
    /// about the prices after it.
    fn worth_by_price(&self, place: usize, level: f64) -> Vec<(f64, [f64; CELLS])> {
        let width = self.limits.range_mwh() / CELLS as f64;
        let day_ahead = self.day_ahead[place];
        trial_prices()
            .map(|price| {
                let after = self.model.level_after(level, day_ahead, price);
                let values = self.values_after(place, self.model.between(after));
                let slopes = |cell: usize| (values[cell + 1] - values[cell]) / width;
                (price, std::array::from_fn(slopes))
            })
            .collect()
    }

    fn charge_steps(&self, worth: &[(f64, [f64; CELLS])], energy: f64) -> Vec<OfferStep> {
        let efficiency = self.limits.charge_efficiency;
        let room = self.limits.charge_mw * self.hours * efficiency;
        let mut steps: Vec<OfferStep> = Vec::new();
        let top = (energy + room).min(self.limits.range_mwh());
        let mut limit = f64::INFINITY;
        for (cell, filled) in self.cells_between(energy, top) {
            let gain = |(price, slopes): &(f64, [f64; CELLS])| slopes[cell] - price / efficiency;
            let Some(price) = crossing(worth.iter().map(|one| (one.0, gain(one)))) else {
                break;
            };
            limit = limit.min(price);
            steps.push(OfferStep {
                price: limit,
                power_mw: -filled / efficiency / self.hours,
            });
        }
        steps
    }

    fn discharge_steps(
        &self,
        worth: &[(f64, [f64; CELLS])],
        energy: f64,
        above: f64,
    ) -> Vec<OfferStep> {
        let efficiency = self.limits.discharge_efficiency;
        let held = self.limits.discharge_mw * self.hours / efficiency;
        let mut steps: Vec<OfferStep> = Vec::new();
        let mut limit = above;
        let bottom = (energy - held).max(0.0);
        for (cell, taken) in self.cells_between(bottom, energy).into_iter().rev() {
            let gain = |(price, slopes): &(f64, [f64; CELLS])| price * efficiency - slopes[cell];
            let falling = worth.iter().rev().map(|one| (one.0, gain(one)));
            let Some(price) = crossing(falling) else {
                break;
            };
            limit = limit.max(price);
            steps.push(OfferStep {
                price: limit,
                power_mw: taken * efficiency / self.hours,
            });
        }
        steps
    }

    /// Cells from `low` to `high` and how much of each lies between.
    fn cells_between(&self, low: f64, high: f64) -> Vec<(usize, f64)> {
        let width = self.limits.range_mwh() / CELLS as f64;
        let first = ((low / width) as usize).min(CELLS - 1);
        let cells = (first..CELLS).map(|cell| {
            let bottom = cell as f64 * width;
            (cell, (bottom + width).min(high) - bottom.max(low))
        });
        let within = cells.take_while(|(cell, _)| (*cell as f64) * width < high);
        within.filter(|(_, part)| *part > ENERGY_MIN).collect()
    }
}

/// Prices by growing steps away from zero, rising.
fn trial_prices() -> impl Iterator<Item = f64> {
    let mut above = Vec::new();
    let (mut price, mut step) = (0.0, PRICE_STEP);
    while price < PRICE_MAX {
        price += step;
        step *= PRICE_GROWTH;
        above.push(price);
    }
    let below: Vec<f64> = above
        .iter()
        .take(above.len() / 2)
        .rev()
        .map(|price| -price)
        .collect();
    below.into_iter().chain([0.0]).chain(above)
}

/// The price up to which `gains` stay at zero or above: between two trial prices by the straight
/// line; `None` when already the first is below.
fn crossing(gains: impl Iterator<Item = (f64, f64)>) -> Option<f64> {
    let mut last: Option<(f64, f64)> = None;
    for (price, gain) in gains {
        if gain < 0.0 {
            let (before, held) = last?;
            return Some(before + (price - before) * held / (held - gain));
        }
        last = Some((price, gain));
    }
    last.map(|(price, _)| price)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::battery_foresight::{PricedInterval, foresight};
    use crate::battery_value::Sharing;
    use proptest::prelude::*;

    fn limits() -> StoreLimits {
        StoreLimits {
            charge_mw: 1.0,
            discharge_mw: 1.0,
            floor_mwh: 0.0,
            ceiling_mwh: 2.0,
            charge_efficiency: 0.9,
            discharge_efficiency: 0.95,
        }
    }

    proptest! {
        #[test]
        fn offers_rise_with_the_price_and_keep_every_limit(
            past in prop::collection::vec((5.0..80.0_f64, -60.0..400.0_f64), 24..=24),
            level in -1.0..3.0_f64,
            energy in 0.0..2.0_f64,
            place in 0_usize..12,
        ) {
            let (day_ahead, real_time): (Vec<f64>, Vec<f64>) = past.into_iter().unzip();
            let model = PriceModel::fit(&day_ahead, &real_time, 12).unwrap();
            let plan = OfferPlan::new(limits(), model, &day_ahead[..12], 0.5, 0.0).unwrap();
            let offer = plan.offer(place, level, energy).unwrap();
            let mut before = f64::NEG_INFINITY;
            for price in (-300..6_000).map(f64::from) {
                let power = offer.power_at(price);
                prop_assert!(power >= before - 1e-9, "{price}: {power} after {before}");
                prop_assert!(power.abs() <= 1.0 + 1e-9);
                let change = if power < 0.0 { -power * 0.9 } else { -power / 0.95 };
                let after = energy + 0.5 * change;
                prop_assert!((-1e-9..=2.0 + 1e-9).contains(&after));
                before = power;
            }
        }
    }

    #[test]
    fn when_day_ahead_prices_come_true_the_offers_earn_nearly_what_foresight_does() {
        let day: Vec<f64> = (0..24)
            .map(|hour| 40.0 + 30.0 * (f64::from(hour) / 4.0).sin())
            .collect();
        let model = PriceModel::fit(&[], &[], 24).unwrap();
        let plan = OfferPlan::new(limits(), model, &day, 1.0, 0.0).unwrap();
        let (mut energy, mut earned) = (0.0, 0.0);
        for (place, price) in day.iter().enumerate() {
            let power = plan.offer(place, 0.0, energy).unwrap().power_at(*price);
            earned += power * price;
            energy -= if power < 0.0 {
                power * 0.9
            } else {
                power / 0.95
            };
        }
        let priced = |price: &f64| PricedInterval {
            hours: 1.0,
            charge_price: *price,
            discharge_price: *price,
        };
        let intervals: Vec<_> = day.iter().map(priced).collect();
        let best = foresight(&limits(), &intervals, Sharing::Shared, 0.0, 0.0).unwrap();
        assert!(
            earned > 0.97 * best.value && earned <= best.value + 1e-9,
            "{earned} {}",
            best.value
        );
    }
}
