//! What is to be hedged, with what.

use super::HedgeError;

/// Scenarios of an exposure and of hedging instruments.
#[derive(Debug, Clone, PartialEq)]
pub struct HedgeProblem {
    /// P&L of the exposure in each scenario.
    pub base: Vec<f64>,
    /// P&L of one unit of each instrument, scenario after scenario.
    pub pnl: Vec<f64>,
    /// Least position of each instrument, zero or below.
    pub lower: Vec<f64>,
    /// Most, zero or above.
    pub upper: Vec<f64>,
    /// Cost of a unit bought or sold, zero or above.
    pub cost: Vec<f64>,
    /// Of the conditional value at risk, such as 0.95.
    pub confidence: f64,
}

impl HedgeProblem {
    /// Number of scenarios.
    #[must_use]
    pub fn scenarios(&self) -> usize {
        self.base.len()
    }

    /// Number of instruments.
    #[must_use]
    pub fn instruments(&self) -> usize {
        self.lower.len()
    }

    /// P&L of a unit of each instrument in one scenario.
    #[must_use]
    pub fn scenario(&self, number: usize) -> &[f64] {
        let width = self.instruments();
        &self.pnl[number * width..(number + 1) * width]
    }

    /// Most weight that a scenario can have.
    #[must_use]
    pub fn weight_max(&self) -> f64 {
        1.0 / ((1.0 - self.confidence) * self.scenarios() as f64)
    }

    /// Refuses what does not fit.
    ///
    /// # Errors
    /// Names the first array and place.
    pub fn check(&self) -> Result<(), HedgeError> {
        let (scenarios, instruments) = (self.scenarios(), self.instruments());
        if scenarios == 0 {
            return Err(HedgeError::Empty);
        }
        if !(0.0..1.0).contains(&self.confidence) {
            return Err(HedgeError::Confidence(self.confidence));
        }
        for (what, found, expected) in [
            ("pnl", self.pnl.len(), scenarios * instruments),
            ("upper", self.upper.len(), instruments),
            ("cost", self.cost.len(), instruments),
        ] {
            if found != expected {
                return Err(HedgeError::Length {
                    what,
                    found,
                    expected,
                });
            }
        }
        for (what, values) in [
            ("base", &self.base),
            ("pnl", &self.pnl),
            ("lower", &self.lower),
            ("upper", &self.upper),
            ("cost", &self.cost),
        ] {
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                let value = values[place];
                return Err(HedgeError::NotFinite { what, place, value });
            }
        }
        for place in 0..instruments {
            let (lower, upper, cost) = (self.lower[place], self.upper[place], self.cost[place]);
            if lower > 0.0 || upper < 0.0 || cost < 0.0 {
                return Err(HedgeError::Terms {
                    place,
                    lower,
                    upper,
                    cost,
                });
            }
        }
        Ok(())
    }

    /// The problem with one scenario of every `step`.
    pub(super) fn thinned(&self, step: usize) -> Self {
        let chosen = || (0..self.scenarios()).step_by(step);
        Self {
            base: chosen().map(|number| self.base[number]).collect(),
            pnl: chosen()
                .flat_map(|number| self.scenario(number).iter().copied())
                .collect(),
            lower: self.lower.clone(),
            upper: self.upper.clone(),
            cost: self.cost.clone(),
            confidence: self.confidence,
        }
    }

    /// Loss of each scenario at a position.
    #[must_use]
    pub fn losses(&self, position: &[f64]) -> Vec<f64> {
        (0..self.scenarios())
            .map(|number| -self.base[number] - dot(self.scenario(number), position))
            .collect()
    }
}

/// The product of two rows, 16 sums at a time. Every processor adds in the same order.
#[inline]
pub(super) fn dot(left: &[f64], right: &[f64]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    if std::arch::is_x86_feature_detected!("avx2") {
        // SAFETY: the processor has what the function is compiled for.
        return unsafe { dot_avx2(left, right) };
    }
    sums_of(left, right)
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn dot_avx2(left: &[f64], right: &[f64]) -> f64 {
    sums_of(left, right)
}

#[inline(always)]
#[allow(
    clippy::inline_always,
    reason = "compiled anew for each instruction set"
)]
fn sums_of(left: &[f64], right: &[f64]) -> f64 {
    let mut sums = [0.0_f64; 16];
    let (mut lefts, mut rights) = (left.chunks_exact(16), right.chunks_exact(16));
    for (one, other) in lefts.by_ref().zip(rights.by_ref()) {
        for place in 0..16 {
            sums[place] += one[place] * other[place];
        }
    }
    let rest: f64 = lefts
        .remainder()
        .iter()
        .zip(rights.remainder())
        .map(|(one, other)| one * other)
        .sum();
    let mut half = 8;
    while half > 0 {
        for place in 0..half {
            sums[place] += sums[place + half];
        }
        half /= 2;
    }
    sums[0] + rest
}
