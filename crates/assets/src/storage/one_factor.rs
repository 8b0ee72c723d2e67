//! A spot price that returns to its forward curve.

use crate::error::AssetError;

/// Schwartz's one-factor price on a curve: the logarithm of spot and shift over curve and shift is an
/// Ornstein-Uhlenbeck process from zero, corrected so that the mean of each day is its forward price.
#[derive(Debug, Clone, PartialEq)]
pub struct OneFactor {
    /// Forward price of each day; the first is today's spot.
    pub forward: Vec<f64>,
    /// Speed of return a day.
    pub mean_reversion: f64,
    /// Volatility a square root of a day.
    pub volatility: f64,
    /// Added to prices before logarithms, so that they may fall to minus this.
    pub shift: f64,
}

impl OneFactor {
    /// Checks the ranges.
    ///
    /// # Errors
    /// [`AssetError::Storage`] naming the parameter, its value and the fix.
    pub fn check(&self) -> Result<(), AssetError> {
        let fault = |field, value: f64, fix| {
            Err(AssetError::Storage {
                field,
                value: value.to_string(),
                fix,
            })
        };
        if !(self.mean_reversion.is_finite() && self.mean_reversion >= 0.0) {
            return fault(
                "mean_reversion",
                self.mean_reversion,
                "a speed from zero a day",
            );
        }
        if !(self.volatility.is_finite() && self.volatility > 0.0) {
            return fault("volatility", self.volatility, "above zero");
        }
        if let Some(low) = self
            .forward
            .iter()
            .find(|price| !(**price + self.shift > 0.0))
        {
            return fault(
                "forward",
                *low,
                "prices above minus the shift, or a larger shift",
            );
        }
        Ok(())
    }

    /// Variance of the factor after `days` days.
    #[must_use]
    pub fn variance(&self, days: f64) -> f64 {
        let square = self.volatility * self.volatility;
        if self.mean_reversion < 1e-12 {
            return square * days;
        }
        square * -f64::exp_m1(-2.0 * self.mean_reversion * days) / (2.0 * self.mean_reversion)
    }

    /// Share of the factor that is left after a day.
    #[must_use]
    pub fn decay(&self) -> f64 {
        f64::exp(-self.mean_reversion)
    }

    /// Spot of `day` at the factor's standardized value `z`.
    #[must_use]
    pub fn spot(&self, day: usize, z: f64) -> f64 {
        let variance = self.variance(day as f64);
        (self.forward[day] + self.shift) * f64::exp(variance.sqrt() * z - variance / 2.0)
            - self.shift
    }

    /// Forward price of `later`, seen on `day` with the factor at `x`.
    #[must_use]
    pub fn forward_at(&self, day: usize, x: f64, later: usize) -> f64 {
        let decay = f64::exp(-self.mean_reversion * (later - day) as f64);
        let variance = self.variance(day as f64) * decay * decay;
        (self.forward[later] + self.shift) * f64::exp(x * decay - variance / 2.0) - self.shift
    }

    /// Correlation of the factor with that of the day after `day`.
    #[must_use]
    pub fn correlation(&self, day: usize) -> f64 {
        let next = self.variance(day as f64 + 1.0);
        self.decay() * (self.variance(day as f64) / next).sqrt()
    }

    /// Writes the standardized factor of each day along path `number` of `seed`; odd paths mirror even ones.
    pub fn path(&self, seed: u64, number: u64, factors: &mut [f64]) {
        let mut random = Normals::new(seed ^ (number / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let sign = if number.is_multiple_of(2) { 1.0 } else { -1.0 };
        let mut z = 0.0;
        for (day, factor) in factors.iter_mut().enumerate() {
            if day > 0 {
                let rho = self.correlation(day - 1);
                z = rho * z + (1.0 - rho * rho).sqrt() * sign * random.next();
            }
            *factor = z;
        }
    }
}

/// Standard normal numbers from a seed: `SplitMix64` and Box and Muller's transform.
struct Normals {
    state: u64,
    spare: Option<f64>,
}

impl Normals {
    const fn new(seed: u64) -> Self {
        Self {
            state: seed,
            spare: None,
        }
    }

    fn uniform(&mut self) -> f64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut bits = self.state;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^= bits >> 31;
        ((bits >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    fn next(&mut self) -> f64 {
        if let Some(spare) = self.spare.take() {
            return spare;
        }
        let radius = (-2.0 * self.uniform().ln()).sqrt();
        let (sine, cosine) = (std::f64::consts::TAU * self.uniform()).sin_cos();
        self.spare = Some(radius * sine);
        radius * cosine
    }
}
