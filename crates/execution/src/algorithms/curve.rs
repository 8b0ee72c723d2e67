//! When a market trades its volume, forecast from days before.

use super::error::AlgorithmError;

/// The share of a market's volume that trades by each part of the time of a parent order.
#[derive(Debug, Clone, PartialEq)]
pub struct VolumeCurve {
    /// Cumulated shares at the end of each bin, rising to 1.
    cumulated: Vec<f64>,
    /// Volume of the whole time on an ordinary day, in volume units, if known.
    total: Option<f64>,
}

impl VolumeCurve {
    /// The same volume at every time.
    #[must_use]
    pub fn even() -> Self {
        Self {
            cumulated: vec![1.0],
            total: None,
        }
    }

    /// The forecast from `history`, one row of volumes by bin a day, all of the same length, the newest
    /// last.
    ///
    /// Each day counts by its shares, not its size, so that one busy day does not decide the shape; newer
    /// days count more, by half after `half_life` days. A tenth of the weight is even, so that a bin
    /// which never traded is not forecast at nothing.
    ///
    /// # Errors
    /// [`AlgorithmError::Parameter`] for no days, no bins, rows of different lengths, or volumes below
    /// zero or that are no numbers.
    pub fn forecast(history: &[Vec<f64>], half_life: f64) -> Result<Self, AlgorithmError> {
        let wrong = |field, value, fix| AlgorithmError::Parameter {
            algorithm: "volume curve",
            field,
            value,
            fix,
        };
        let bins = history.first().map_or(0, Vec::len);
        if bins == 0 {
            return Err(wrong(
                "bins of the history",
                0.0,
                "a day with a bin or more",
            ));
        }
        if half_life.is_nan() || half_life <= 0.0 {
            return Err(wrong("half_life", half_life, "a number of days above 0"));
        }
        let mut shares = vec![0.0; bins];
        let (mut weights, mut volumes) = (0.0, 0.0);
        for (age, day) in history.iter().rev().enumerate() {
            if day.len() != bins {
                let fix = "as many bins in every day";
                return Err(wrong("bins of a day", day.len() as f64, fix));
            }
            if let Some(bad) = day.iter().find(|it| !it.is_finite() || **it < 0.0) {
                return Err(wrong("a volume", *bad, "0 or more"));
            }
            let total: f64 = day.iter().sum();
            if total <= 0.0 {
                continue;
            }
            let weight = 0.5_f64.powf(age as f64 / half_life);
            weights += weight;
            volumes += weight * total;
            for (share, volume) in shares.iter_mut().zip(day) {
                *share += weight * volume / total;
            }
        }
        if weights <= 0.0 {
            return Err(wrong("the volume of all days", 0.0, "a day that traded"));
        }
        let even = 1.0 / bins as f64;
        let mut sum = 0.0;
        let mut cumulated: Vec<f64> = shares
            .iter()
            .map(|share| {
                sum += 0.9 * share / weights + 0.1 * even;
                sum
            })
            .collect();
        if let Some(last) = cumulated.last_mut() {
            *last = 1.0;
        }
        Ok(Self {
            cumulated,
            total: Some(volumes / weights),
        })
    }

    /// The share that trades in the first `time` of the time, both 0 to 1.
    #[must_use]
    pub fn share(&self, time: f64) -> f64 {
        let place = time.clamp(0.0, 1.0) * self.cumulated.len() as f64;
        let bin = (place as usize).min(self.cumulated.len() - 1);
        let before = if bin == 0 {
            0.0
        } else {
            self.cumulated[bin - 1]
        };
        before + (place - bin as f64).min(1.0) * (self.cumulated[bin] - before)
    }

    /// Volume of the whole time on an ordinary day, in volume units, if known.
    #[must_use]
    pub const fn total(&self) -> Option<f64> {
        self.total
    }
}
