//! What real-time prices do next, learned from past days, relative to the day-ahead price.

use crate::error::AssetError;

/// Share of its old value that the level keeps from one interval to the next.
const MEMORY: f64 = 0.25;
/// Parts of the day that have outcomes of their own.
const PARTS: usize = 12;
/// Quantiles of past levels at which classes of levels meet: finer where prices run away.
const LEVEL_QUANTILES: [f64; 7] = [0.05, 0.2, 0.4, 0.6, 0.8, 0.92, 0.98];
/// Quantiles of what follows a level at which outcomes meet: finer where prices run away.
const OUTCOME_QUANTILES: [f64; 8] = [0.0, 0.1, 0.3, 0.5, 0.7, 0.9, 0.97, 1.0];
/// Outcomes that a level has.
pub(crate) const OUTCOMES: usize = OUTCOME_QUANTILES.len() - 1;
/// How many observations of one part of the day the whole day counts for.
const POOLED_WEIGHT: f64 = 30.0;
/// Deviations are relative to the day-ahead price, but to no less than this.
const SCALE_MIN: f64 = 10.0;

/// Deviations of real-time from day-ahead prices: how far they are out now, and what followed that.
///
/// The state is a level, an average of squashed deviations with a short memory. Each class of levels
/// has, in each part of the day, a few outcomes with their weights.
#[derive(Debug, Clone, PartialEq)]
pub struct PriceModel {
    /// Mean level of each class, rising.
    levels: Vec<f64>,
    /// Relative deviations by part of the day, class and outcome.
    deviations: Vec<f64>,
}

/// A class of levels and the share of the one above it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Between {
    pub(crate) lower: usize,
    pub(crate) share: f64,
}

/// What a day-ahead price is scaled by.
fn scale(day_ahead: f64) -> f64 {
    day_ahead.max(SCALE_MIN)
}

/// Large deviations count by their order of magnitude.
fn squashed(deviation: f64) -> f64 {
    deviation.abs().ln_1p().copysign(deviation)
}

impl PriceModel {
    /// Learns from past days of `intervals` prices each, one after the other. Without a past day,
    /// real-time prices are expected to equal day-ahead prices.
    ///
    /// # Errors
    /// [`AssetError::Number`] when the two do not hold equally many whole days, or for a price that is
    /// no number.
    pub fn fit(day_ahead: &[f64], real_time: &[f64], intervals: usize) -> Result<Self, AssetError> {
        if intervals == 0
            || !day_ahead.len().is_multiple_of(intervals)
            || day_ahead.len() != real_time.len()
        {
            let fix = "equally many day-ahead and real-time prices, whole days of them";
            return Err(AssetError::number(
                "real-time prices",
                real_time.len() as f64,
                fix,
            ));
        }
        for (place, prices) in day_ahead.iter().zip(real_time).enumerate() {
            if !(prices.0.is_finite() && prices.1.is_finite()) {
                let what = format!("price of past interval {place}");
                return Err(AssetError::number(what, f64::NAN, "finite prices"));
            }
        }
        if day_ahead.is_empty() {
            return Ok(Self {
                levels: vec![0.0],
                deviations: vec![0.0; PARTS * OUTCOMES],
            });
        }
        let mut seen = Vec::with_capacity(day_ahead.len());
        for (day_ahead, real_time) in day_ahead.chunks(intervals).zip(real_time.chunks(intervals)) {
            let mut level = 0.0;
            for (place, (first, then)) in day_ahead.iter().zip(real_time).enumerate() {
                let deviation = (then - first) / scale(*first);
                seen.push(Seen {
                    part: part(place, intervals),
                    level,
                    deviation,
                });
                level = next(level, deviation);
            }
        }
        Ok(Self::of_seen(seen))
    }

    fn of_seen(mut seen: Vec<Seen>) -> Self {
        seen.sort_unstable_by(|one, other| one.level.total_cmp(&other.level));
        let mut edges: Vec<f64> = LEVEL_QUANTILES
            .iter()
            .map(|share| seen[(share * (seen.len() - 1) as f64) as usize].level)
            .collect();
        edges.dedup();
        let mut classes: Vec<&mut [Seen]> = Vec::new();
        let mut rest = seen.as_mut_slice();
        for edge in edges {
            let count = rest.partition_point(|one| one.level < edge);
            let (class, above) = rest.split_at_mut(count);
            classes.push(class);
            rest = above;
        }
        classes.push(rest);
        classes.retain(|class| !class.is_empty());
        let levels: Vec<f64> = classes
            .iter()
            .map(|class| class.iter().map(|one| one.level).sum::<f64>() / class.len() as f64)
            .collect();
        let mut deviations = vec![0.0; PARTS * levels.len() * OUTCOMES];
        for (number, class) in classes.into_iter().enumerate() {
            class.sort_unstable_by(|one, other| one.deviation.total_cmp(&other.deviation));
            for part in 0..PARTS {
                let place = (part * levels.len() + number) * OUTCOMES;
                outcomes(class, part, &mut deviations[place..place + OUTCOMES]);
            }
        }
        Self { levels, deviations }
    }

    /// The level after a real-time price.
    #[must_use]
    pub fn level_after(&self, level: f64, day_ahead: f64, real_time: f64) -> f64 {
        next(level, (real_time - day_ahead) / scale(day_ahead))
    }

    /// How many classes of levels there are.
    pub(crate) fn classes(&self) -> usize {
        self.levels.len()
    }

    /// The classes on both sides of `level`.
    pub(crate) fn between(&self, level: f64) -> Between {
        let above = self.levels.partition_point(|one| *one <= level);
        let last = self.levels.len() - 1;
        if above == 0 || last == 0 {
            return Between {
                lower: 0,
                share: 0.0,
            };
        }
        let lower = (above - 1).min(last - 1);
        let width = self.levels[lower + 1] - self.levels[lower];
        let share = ((level - self.levels[lower]) / width).clamp(0.0, 1.0);
        Between { lower, share }
    }

    /// What can follow class `class` in interval `place` of `intervals`: weight, price and the level
    /// after it.
    pub(crate) fn outcomes(
        &self,
        class: usize,
        place: usize,
        intervals: usize,
        day_ahead: f64,
    ) -> impl Iterator<Item = (f64, f64, f64)> {
        let first = (part(place, intervals) * self.levels.len() + class) * OUTCOMES;
        let level = self.levels[class];
        (0..OUTCOMES).map(move |outcome| {
            let weight = OUTCOME_QUANTILES[outcome + 1] - OUTCOME_QUANTILES[outcome];
            let deviation = self.deviations[first + outcome];
            let price = day_ahead + scale(day_ahead) * deviation;
            (weight, price, next(level, deviation))
        })
    }
}

/// One past interval: the level before it and what came.
#[derive(Debug, Clone, Copy)]
struct Seen {
    part: usize,
    level: f64,
    deviation: f64,
}

fn part(place: usize, intervals: usize) -> usize {
    place * PARTS / intervals
}

fn next(level: f64, deviation: f64) -> f64 {
    MEMORY * level + (1.0 - MEMORY) * squashed(deviation)
}

/// Means of `class`, sorted by deviation, between the outcome quantiles; of `part` mostly, where it
/// was seen often.
fn outcomes(class: &[Seen], part: usize, means: &mut [f64]) {
    let pooled = POOLED_WEIGHT / class.len() as f64;
    let weight = |one: &Seen| pooled + f64::from(u8::from(one.part == part));
    let total: f64 = class.iter().map(weight).sum();
    let mut rest = class.iter();
    let mut current = rest.next().map(|one| (weight(one), one.deviation));
    for (outcome, mean) in means.iter_mut().enumerate() {
        let share = OUTCOME_QUANTILES[outcome + 1] - OUTCOME_QUANTILES[outcome];
        let mut left = share * total;
        let mut sum = 0.0;
        let mut last = 0.0;
        // An observation across a quantile counts on both sides of it.
        while let Some((held, deviation)) = current {
            let taken = held.min(left);
            sum += taken * deviation;
            left -= taken;
            last = deviation;
            current = if held > taken {
                Some((held - taken, deviation))
            } else {
                rest.next().map(|one| (weight(one), one.deviation))
            };
            if left <= 0.0 {
                break;
            }
        }
        // Rounding may leave a last sliver without an observation.
        *mean = (sum + left * last) / (share * total);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_outcomes_of_a_class_have_the_mean_of_what_was_seen(
            values in prop::collection::vec((0_usize..PARTS, -3.0..9.0_f64), 1..60),
            part in 0_usize..PARTS,
        ) {
            let mut class: Vec<Seen> = values
                .iter()
                .map(|&(part, deviation)| Seen { part, level: 0.0, deviation })
                .collect();
            class.sort_unstable_by(|one, other| one.deviation.total_cmp(&other.deviation));
            let mut means = [0.0; OUTCOMES];
            outcomes(&class, part, &mut means);
            prop_assert!(means.windows(2).all(|pair| pair[1] > pair[0] - 1e-9));
            let pooled = POOLED_WEIGHT / class.len() as f64;
            let weight = |one: &Seen| pooled + f64::from(u8::from(one.part == part));
            let total: f64 = class.iter().map(weight).sum();
            let mean = class.iter().map(|one| weight(one) * one.deviation).sum::<f64>() / total;
            let shares = OUTCOME_QUANTILES.windows(2).map(|pair| pair[1] - pair[0]);
            let found: f64 = shares.zip(means).map(|(share, mean)| share * mean).sum();
            prop_assert!((found - mean).abs() < 1e-9, "{found} {mean}");
        }
    }

    #[test]
    fn without_a_past_real_time_prices_are_the_day_ahead_prices() {
        let model = PriceModel::fit(&[], &[], 96).unwrap();
        assert!(
            model
                .outcomes(0, 3, 96, 40.0)
                .all(|(_, price, _)| (price - 40.0).abs() < 1e-12)
        );
    }

    #[test]
    fn a_price_that_ran_away_is_followed_by_others_that_did() {
        let day_ahead = vec![20.0; 960];
        let wild = |place: usize| if place % 96 > 80 { 400.0 } else { 20.0 };
        let real_time: Vec<f64> = (0..960).map(wild).collect();
        let model = PriceModel::fit(&day_ahead, &real_time, 96).unwrap();
        let after = model.level_after(2.0, 20.0, 400.0);
        let between = model.between(after);
        let class = between.lower + usize::from(between.share > 0.5);
        let mean: f64 = model
            .outcomes(class, 85, 96, 20.0)
            .map(|(weight, price, _)| weight * price)
            .sum();
        assert!(mean > 300.0, "{mean}");
    }
}
