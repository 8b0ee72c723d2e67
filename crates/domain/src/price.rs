//! Signed fixed-point prices and the tick grid that they lie on.

use std::fmt;
use std::str::FromStr;

use crate::decimal::{self, DecimalFault};
use crate::error::DomainError;

/// A price in 1e-6 of the instrument's currency per its price unit (power: currency per `MWh`).
/// May be negative or zero.
#[cfg_attr(
    feature = "python",
    pyo3::pyclass(frozen, eq, ord, hash, module = "wattbook.domain")
)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Price(i64);

impl Price {
    /// Zero, an ordinary price.
    pub const ZERO: Self = Self(0);
    /// The lowest price that can be written.
    pub const MIN: Self = Self(i64::MIN);
    /// The highest price that can be written.
    pub const MAX: Self = Self(i64::MAX);

    /// The price of `millionths` 1e-6 currency per price unit.
    #[must_use]
    pub const fn from_millionths(millionths: i64) -> Self {
        Self(millionths)
    }

    /// This price in 1e-6 currency per price unit.
    #[must_use]
    pub const fn millionths(self) -> i64 {
        self.0
    }

    /// The nearest price to `value` currency per price unit, ties to even.
    ///
    /// # Errors
    /// [`DomainError::PriceNotFinite`] for NaN, an infinity or a value beyond the range.
    pub fn from_f64(value: f64) -> Result<Self, DomainError> {
        let scaled = (value * 1e6).round_ties_even();
        // 2^63 itself is out of range; every smaller f64 fits.
        if scaled.is_finite() && scaled.abs() < 9_223_372_036_854_775_808.0 {
            Ok(Self(scaled as i64))
        } else {
            Err(DomainError::PriceNotFinite { value })
        }
    }

    /// This price as a float, for models and plots; never for the trading path.
    #[must_use]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 / 1e6
    }
}

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write_millionths(self.0, f)
    }
}

impl FromStr for Price {
    type Err = DomainError;

    fn from_str(text: &str) -> Result<Self, DomainError> {
        decimal::parse_millionths(text)
            .map(Self)
            .map_err(|fault| match fault {
                DecimalFault::NotANumber => DomainError::PriceNotANumber {
                    text: text.to_owned(),
                },
                DecimalFault::TooPrecise => DomainError::PriceTooPrecise {
                    text: text.to_owned(),
                },
                DecimalFault::TooLarge => DomainError::PriceTooLarge {
                    text: text.to_owned(),
                },
            })
    }
}

/// A price as a count of ticks, made by [`TickSize::ticks`]: on the grid by construction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Ticks(i64);

impl Ticks {
    /// The price of `count` ticks; for books whose input is in ticks already.
    #[must_use]
    pub const fn new(count: i64) -> Self {
        Self(count)
    }

    /// How many ticks.
    #[must_use]
    pub const fn count(self) -> i64 {
        self.0
    }
}

/// The smallest price step of an instrument; a divisor prepared once so that the check of an
/// order's price costs one multiplication.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct TickSize {
    grid: Grid,
}

impl TickSize {
    /// A grid of `step`, which is above zero.
    ///
    /// # Errors
    /// [`DomainError::TickNotPositive`] when `step` is zero or negative.
    pub fn new(step: Price) -> Result<Self, DomainError> {
        match Grid::new(step.0) {
            Some(grid) => Ok(Self { grid }),
            None => Err(DomainError::TickNotPositive { tick: step }),
        }
    }

    /// The step.
    #[must_use]
    pub const fn step(self) -> Price {
        Price(self.grid.step)
    }

    /// `price` as ticks, or `None` when it lies off the grid.
    #[must_use]
    #[inline]
    pub fn ticks(self, price: Price) -> Option<Ticks> {
        self.grid.exact_quotient(price.0).map(Ticks)
    }

    /// The price of `ticks`.
    #[must_use]
    #[inline]
    pub const fn price(self, ticks: Ticks) -> Price {
        Price(ticks.0.wrapping_mul(self.grid.step))
    }

    /// The nearest price on the grid at or below `price`.
    #[must_use]
    pub const fn floor(self, price: Price) -> Price {
        Price(price.0.saturating_sub(price.0.rem_euclid(self.grid.step)))
    }
}

/// Exact division by a fixed positive step.
///
/// For `step = odd << shift`, `value` is a multiple exactly when its low `shift` bits are zero and
/// `(value >> shift) * odd⁻¹ (mod 2^64)`, read as signed, is at most `i64::MAX >> shift / odd` in
/// magnitude; that product is then the quotient.
///
/// Source: Warren, Hacker's Delight, 2nd edition, section 10-16 (exact division and test for zero
/// remainder after division by a constant).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Grid {
    pub(crate) step: i64,
    inverse: u64,
    limit: u64,
    shift: u32,
}

impl Grid {
    pub(crate) fn new(step: i64) -> Option<Self> {
        if step <= 0 {
            return None;
        }
        let shift = step.trailing_zeros();
        let odd = (step >> shift) as u64;
        // Newton's iteration doubles the correct low bits: 3, 6, 12, 24, 48, 96.
        let mut inverse = odd.wrapping_mul(3) ^ 2;
        for _ in 0..4 {
            inverse = inverse.wrapping_mul(2_u64.wrapping_sub(odd.wrapping_mul(inverse)));
        }
        let limit = (i64::MAX >> shift) as u64 / odd;
        Some(Self {
            step,
            inverse,
            limit,
            shift,
        })
    }

    #[inline]
    pub(crate) fn exact_quotient(self, value: i64) -> Option<i64> {
        let low_bits = value as u64 & ((1_u64 << self.shift) - 1);
        let quotient = (value >> self.shift) as u64;
        let quotient = quotient.wrapping_mul(self.inverse) as i64;
        (low_bits == 0 && quotient.unsigned_abs() <= self.limit).then_some(quotient)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_price_survives_its_own_text(millionths in any::<i64>()) {
            let price = Price::from_millionths(millionths);
            prop_assert_eq!(price.to_string().parse::<Price>().unwrap(), price);
        }

        #[test]
        fn a_price_is_on_the_grid_exactly_when_the_remainder_is_zero(
            value in any::<i64>(), step in 1_i64..5_000_000_000,
        ) {
            let tick = TickSize::new(Price::from_millionths(step)).unwrap();
            let expected = (value % step == 0).then_some(value / step);
            let got = tick.ticks(Price::from_millionths(value)).map(Ticks::count);
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn ticks_multiply_back_to_their_price(
            count in -1_000_000_000_i64..1_000_000_000, step in 1_i64..1_000_000,
        ) {
            let tick = TickSize::new(Price::from_millionths(step)).unwrap();
            let price = Price::from_millionths(count * step);
            prop_assert_eq!(tick.ticks(price), Some(Ticks::new(count)));
            prop_assert_eq!(tick.price(Ticks::new(count)), price);
        }
    }

    #[test]
    fn the_settlement_of_wti_on_20_april_2020_is_an_ordinary_price() {
        let price: Price = "-37.63".parse().unwrap();
        assert_eq!(price.millionths(), -37_630_000);
        assert_eq!(price.to_string(), "-37.63");
    }

    #[test]
    fn a_seventh_decimal_is_refused_unless_zero() {
        assert!("1.0000001".parse::<Price>().is_err());
        assert_eq!(
            "1.0000000".parse::<Price>().unwrap(),
            Price::from_millionths(1_000_000)
        );
        for text in ["", "-", ".", "1e3", "--1", "1.2.3", "9223372036854.775808"] {
            assert!(text.parse::<Price>().is_err(), "{text:?}");
        }
    }

    #[test]
    fn floats_that_are_no_prices_are_refused() {
        for value in [f64::NAN, f64::INFINITY, 1e13] {
            assert!(Price::from_f64(value).is_err());
        }
        assert_eq!(Price::from_f64(-1922.72).unwrap().to_string(), "-1922.72");
    }
}
