//! Means and their intervals over seeds.

use std::fmt;

use super::scenario::Outcome;

/// A mean with its 95 % interval.
pub(super) struct Interval {
    mean: f64,
    half: f64,
}

impl Interval {
    /// Its lower end.
    pub(super) fn low(&self) -> f64 {
        self.mean - self.half
    }

    /// The mean.
    pub(super) const fn mean(&self) -> f64 {
        self.mean
    }

    /// Of `values`, by the normal approximation.
    pub(super) fn of(values: impl Iterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.collect();
        let count = values.len() as f64;
        let mean = values.iter().sum::<f64>() / count;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (squares / (count - 1.0).max(1.0)).sqrt();
        let half = 1.96 * deviation / count.sqrt();
        Self { mean, half }
    }
}

impl fmt::Display for Interval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = (self.mean - self.half, self.mean + self.half);
        write!(f, "{:.3},{low:.3},{high:.3}", self.mean)
    }
}

pub(super) fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let (mut sum, mut count) = (0.0, 0.0);
    for value in values {
        sum += value;
        count += 1.0;
    }
    sum / count
}

/// The order as a purchase and as a sale in the same market: where the market went by itself cancels.
pub(super) type Both = [Outcome; 2];

/// The mean of `of` over both.
pub(super) fn both(outcomes: &Both, of: impl Fn(&Outcome) -> f64) -> f64 {
    f64::midpoint(of(&outcomes[0]), of(&outcomes[1]))
}

/// By how much `own` is better than `other`, seed by seed: above zero when it is.
pub(super) fn paired(other: &[Both], own: &[Both], of: fn(&Outcome) -> f64) -> Interval {
    Interval::of(
        other
            .iter()
            .zip(own)
            .map(|(other, own)| both(other, of) - both(own, of)),
    )
}

/// Cost and what its risk is worth: mean + λ variance, the objective of Almgren and Chriss, with the λ
/// at which half of the variance that an even schedule has in these markets is worth a tick.
pub(super) fn adjust_for_risk(outcomes: &mut [Both]) {
    let average = mean(outcomes.iter().map(|it| both(it, |it| it.against_arrival)));
    for outcome in outcomes.iter_mut().flatten() {
        let away = outcome.against_arrival - average;
        outcome.risk_adjusted = outcome.against_arrival + RISK_AVERSION * away * away;
    }
}

/// λ, in 1 / tick.
const RISK_AVERSION: f64 = 0.05;
