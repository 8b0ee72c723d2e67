//! Energy in joules.

use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};

use wattbook_domain::Volume;

/// An amount of energy in joules: 1e-6 MW for one second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Energy(i64);

/// Joules in 1e-6 `MWh`.
const JOULES_PER_MILLIONTH: i64 = 3_600;

impl Energy {
    /// None.
    pub const ZERO: Self = Self(0);

    /// The energy of `joules` J.
    #[must_use]
    pub const fn from_joules(joules: i64) -> Self {
        Self(joules)
    }

    /// The energy of `millionths` 1e-6 `MWh`, saturating at the range (2.5 million `GWh`).
    #[must_use]
    pub const fn from_millionth_megawatt_hours(millionths: i64) -> Self {
        Self(millionths.saturating_mul(JOULES_PER_MILLIONTH))
    }

    /// This energy in joules.
    #[must_use]
    pub const fn joules(self) -> i64 {
        self.0
    }

    /// This energy in `MWh`, for reports.
    #[must_use]
    pub fn to_megawatt_hours(self) -> f64 {
        self.0 as f64 / 3.6e9
    }

    /// What `power` (MW) makes of `seconds`, before losses.
    #[must_use]
    pub const fn of_power(power: Volume, seconds: i64) -> Self {
        Self(power.millionths().saturating_mul(seconds))
    }
}

impl Add for Energy {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Energy {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl AddAssign for Energy {
    fn add_assign(&mut self, other: Self) {
        self.0 += other.0;
    }
}

impl SubAssign for Energy {
    fn sub_assign(&mut self, other: Self) {
        self.0 -= other.0;
    }
}

impl fmt::Display for Energy {
    /// `MWh` with three decimals.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3} MWh", self.to_megawatt_hours())
    }
}
