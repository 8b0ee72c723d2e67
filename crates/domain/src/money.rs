//! Exact amounts of money and their conversion.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, AddAssign, Neg, Sub, SubAssign};

use crate::price::Price;
use crate::volume::Volume;

/// An amount in one currency, in units of 1 / 3.6e15 of it.
///
/// [`Price`] is 1e-6 currency per `MWh` and [`Volume`] 1e-6 MW, so price × volume × seconds of
/// delivery is a whole number of 1e-12 / 3600 currency: values of deliveries add up exactly, and a
/// cascaded year is worth its months to the last unit. The range is about 4.7e22 currency.
#[cfg_attr(
    feature = "python",
    pyo3::pyclass(frozen, eq, ord, hash, from_py_object, module = "wattbook.domain")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Units in one whole of the currency.
    pub const UNITS_PER_WHOLE: i128 = 3_600_000_000_000_000;

    /// The amount of `units` 1 / 3.6e15 currency.
    #[must_use]
    pub const fn from_units(units: i128) -> Self {
        Self(units)
    }

    /// This amount in 1 / 3.6e15 currency.
    #[must_use]
    pub const fn units(self) -> i128 {
        self.0
    }

    /// The amount of `millionths` 1e-6 currency.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths as i128 * (Self::UNITS_PER_WHOLE / 1_000_000))
    }

    /// The value of a power `volume` (MW) delivered for `seconds` at `price` per `MWh`.
    #[must_use]
    #[inline]
    pub const fn of_delivery(price: Price, volume: Volume, seconds: i64) -> Self {
        Self(price.millionths() as i128 * volume.millionths() as i128 * seconds as i128)
    }

    /// The value of `volume` at `price` where the price unit is the volume unit (`t`, `bbl`).
    #[must_use]
    #[inline]
    pub const fn of_quantity(price: Price, volume: Volume) -> Self {
        Self::of_delivery(price, volume, 3_600)
    }

    /// This amount as a float of whole currency, for reports.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        let whole = self.0 / Self::UNITS_PER_WHOLE;
        let rest = self.0 % Self::UNITS_PER_WHOLE;
        whole as f64 + rest as f64 / Self::UNITS_PER_WHOLE as f64
    }

    /// This amount in 1e-`decimals` currency, rounded half to even; `decimals` is at most 14.
    #[must_use]
    pub const fn rounded(self, decimals: u32) -> i128 {
        let step = Self::UNITS_PER_WHOLE / 10_i128.pow(decimals);
        round_half_even(self.0.div_euclid(step), self.0.rem_euclid(step), step)
    }

    /// This amount at `rate`, rounded half to even to the unit.
    #[must_use]
    pub fn convert(self, rate: FxRate) -> Self {
        // Split so that no product leaves 128 bits before the result itself would.
        let scale = i128::from(FxRate::SCALE);
        let (whole, rest) = (self.0.div_euclid(scale), self.0.rem_euclid(scale));
        let (rate, rest) = (i128::from(rate.0), rest * i128::from(rate.0));
        Self(round_half_even(
            whole * rate + rest.div_euclid(scale),
            rest.rem_euclid(scale),
            scale,
        ))
    }
}

/// `floor + rest / denominator` rounded half to even, where `0 <= rest < denominator`.
const fn round_half_even(floor: i128, rest: i128, denominator: i128) -> i128 {
    let twice = rest * 2;
    let up = twice > denominator || (twice == denominator && floor % 2 != 0);
    floor + up as i128
}

impl Add for Money {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}

impl Sub for Money {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 - other.0)
    }
}

impl Neg for Money {
    type Output = Self;

    fn neg(self) -> Self {
        Self(-self.0)
    }
}

impl AddAssign for Money {
    fn add_assign(&mut self, other: Self) {
        *self = *self + other;
    }
}

impl SubAssign for Money {
    fn sub_assign(&mut self, other: Self) {
        *self = *self - other;
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Self>>(amounts: I) -> Self {
        amounts.fold(Self::ZERO, Add::add)
    }
}

impl fmt::Display for Money {
    /// Whole currency with two decimals, half to even: `-1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.rounded(2);
        let magnitude = cents.unsigned_abs();
        let text = format!("{}.{:02}", magnitude / 100, magnitude % 100);
        f.pad_integral(cents >= 0, "", &text)
    }
}

/// How much of one currency a unit of another is worth, in 1e-9.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FxRate(i64);

impl FxRate {
    /// Parts in one.
    pub const SCALE: i64 = 1_000_000_000;
    /// A currency in itself.
    pub const ONE: Self = Self(Self::SCALE);

    /// The rate of `billionths` 1e-9, or `None` when it is not above zero.
    #[must_use]
    pub const fn from_billionths(billionths: i64) -> Option<Self> {
        if billionths > 0 {
            Some(Self(billionths))
        } else {
            None
        }
    }

    /// This rate in 1e-9.
    #[must_use]
    pub const fn billionths(self) -> i64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_delivery_is_worth_the_sum_of_its_quarter_hours(
            price in -10_000_000_000_i64..20_000_000_000, volume in -1_000_000_000_i64..1_000_000_000,
            quarters in 1_i64..40_000,
        ) {
            let (price, volume) = (Price::from_millionths(price), Volume::from_millionths(volume));
            let parts: Money = (0..quarters).map(|_| Money::of_delivery(price, volume, 900)).sum();
            prop_assert_eq!(Money::of_delivery(price, volume, quarters * 900), parts);
        }

        #[test]
        fn conversion_is_odd_and_off_by_half_a_unit_at_most(units in any::<i64>(), rate in 1_i64..i64::MAX) {
            let rate = FxRate::from_billionths(rate).unwrap();
            let amount = Money::from_units(i128::from(units));
            let got = amount.convert(rate);
            prop_assert_eq!(got.units(), -(-amount).convert(rate).units());
            let exact = i128::from(units) * i128::from(rate.billionths());
            let error = got.units() * i128::from(FxRate::SCALE) - exact;
            prop_assert!(error.abs() * 2 <= i128::from(FxRate::SCALE));
        }
    }

    #[test]
    fn one_megawatt_for_a_quarter_hour_at_a_hundred_is_twenty_five() {
        let value = Money::of_delivery("100".parse().unwrap(), "1".parse().unwrap(), 900);
        assert_eq!(value.to_string(), "25.00");
        assert!((value.to_f64() - 25.0).abs() < 1e-12);
    }
}
