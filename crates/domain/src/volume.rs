//! Signed fixed-point volumes and the lot grid that they lie on.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};
use std::str::FromStr;

use crate::decimal::{self, DecimalFault};
use crate::error::DomainError;
use crate::price::Grid;

/// A volume in 1e-6 of the instrument's volume unit. Power: MW, the energy follows from the
/// delivery period. Positions are signed: long above zero, short below.
#[cfg_attr(
    feature = "python",
    pyo3::pyclass(frozen, eq, ord, hash, module = "wattbook.domain")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Volume(i64);

impl Volume {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// The largest volume.
    pub const MAX: Self = Self(i64::MAX);

    /// The volume of `millionths` 1e-6 volume units.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// This volume in 1e-6 volume units.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The nearest volume to `value` volume units, ties to even.
    ///
    /// # Errors
    /// [`DomainError::VolumeNotFinite`] for NaN, an infinity or a value beyond the range.
    pub fn from_f64(value: f64) -> Result<Self, DomainError> {
        let scaled = (value * 1e6).round_ties_even();
        if scaled.is_finite() && scaled.abs() < 9_223_372_036_854_775_808.0 {
            Ok(Self(scaled as i64))
        } else {
            Err(DomainError::VolumeNotFinite { value })
        }
    }

    /// This volume as a float, for models and plots.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }

    /// Its magnitude.
    #[must_use]
    pub const fn abs(self) -> Self {
        Self(self.0.saturating_abs())
    }

    /// The sum, saturating at the range: for volumes that others state.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Add for Volume {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Volume {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Volume {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Volume {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Volume {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Volume {
    fn sum<I: Iterator<Item = Self>>(volumes: I) -> Self {
        volumes.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Volume {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_millionths(self.0, f)
    }
}

impl FromStr for Volume {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        decimal::parse_millionths(text)
            .map(Self)
            .map_err(|fault| match fault {
                DecimalFault::NotANumber => DomainError::VolumeNotANumber {
                    text: text.to_owned(),
                },
                DecimalFault::TooPrecise => DomainError::VolumeTooPrecise {
                    text: text.to_owned(),
                },
                DecimalFault::TooLarge => DomainError::VolumeTooLarge {
                    text: text.to_owned(),
                },
            })
    }
}

/// A volume as a count of lots, made by [`LotSize::lots`]: on the grid by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Lots(i64);

impl Lots {
    /// The volume of `count` lots; for books whose input is in lots already.
    #[must_use]
    pub const fn new(count: i64) -> Self {
        Self(count)
    }

    /// How many lots.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.0
    }
}

/// The smallest volume step of an instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LotSize {
    grid: Grid,
}

impl LotSize {
    /// A grid of `step`, which is above zero.
    ///
    /// # Errors
    /// [`DomainError::LotNotPositive`] when `step` is zero or negative.
    pub fn new(step: Volume) -> Result<Self, DomainError> {
        match Grid::new(step.0) {
            Some(grid) => Ok(Self { grid }),
            None => Err(DomainError::LotNotPositive { lot: step }),
        }
    }

    /// The step.
    #[must_use]
    pub const fn step(self) -> Volume {
        Volume(self.grid.step)
    }

    /// `volume` as lots, or `None` when it lies off the grid.
    #[must_use]
    #[inline]
    pub fn lots(self, volume: Volume) -> Option<Lots> {
        self.grid.exact_quotient(volume.0).map(Lots)
    }

    /// The volume of `lots`.
    #[must_use]
    #[inline]
    pub const fn volume(self, lots: Lots) -> Volume {
        Volume(lots.0.wrapping_mul(self.grid.step))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_volume_survives_its_own_text(millionths in any::<i64>()) {
            let volume = Volume::from_millionths(millionths);
            prop_assert_eq!(volume.to_string().parse::<Volume>().unwrap(), volume);
        }
    }

    #[test]
    fn a_volume_off_the_lot_has_no_lots() {
        let lot = LotSize::new("0.1".parse().unwrap()).unwrap();
        assert_eq!(lot.lots("2.5".parse().unwrap()), Some(Lots::new(25)));
        assert_eq!(lot.lots("0.25".parse().unwrap()), None);
        assert!(LotSize::new(Volume::ZERO).is_err());
    }
}
