//! One value into the unit and currency that its dataset is kept in.

use wattbook_domain::unit::Ratio;
use wattbook_domain::{Currency, Price};

use super::columns::Reason;
use super::flag;
use super::grid::Grid;
use super::rates::{Factor, Rates};
use super::unit::{Conversion, PerTime};

/// Nanoseconds in an hour.
const HOUR: i64 = 3_600_000_000_000;
/// Exact values count in 1e-9 until the one rounding to 1e-6 at the end.
const NANO: f64 = 1e9;

/// A conversion as prepared for the unit of a dataset.
#[derive(Debug, Clone)]
pub(super) struct Converter {
    /// Number of the text of the unit that comes out.
    pub(super) unit: u32,
    /// How long the rate of the last value had been known, ns.
    pub(super) rate_age: i64,
    conversion: Conversion,
    exact: bool,
    /// From which currency to which.
    exchange: Option<(Currency, Currency)>,
    /// The last factor and the instant that it was looked up for.
    last: Option<(i64, Option<Factor>)>,
}

impl Converter {
    pub(super) fn new(
        unit: u32,
        conversion: Conversion,
        exact: bool,
        exchange: Option<(Currency, Currency)>,
    ) -> Self {
        Self {
            unit,
            rate_age: 0,
            conversion,
            exact,
            exchange,
            last: None,
        }
    }

    /// `value` of the delivery `[start, end)`, published at `published` (all ns UTC), in the unit
    /// that comes out, and the flags that say what was done.
    #[inline]
    pub(super) fn convert(
        &mut self,
        rates: &Rates,
        grid: Option<&Grid>,
        value: f64,
        (start, end): (i64, i64),
        published: i64,
    ) -> Result<(f64, u32), Reason> {
        if !value.is_finite() {
            return Err(Reason::Infinite);
        }
        if self.exchange.is_none() && self.conversion.is_identity() {
            return if self.exact {
                let price = Price::from_f64(value).map_err(|_| Reason::TooLarge)?;
                Ok((price.to_f64(), 0))
            } else {
                Ok((value, 0))
            };
        }
        let mut flags = 0;
        let mut ratio = self.conversion.ratio;
        if !self.conversion.is_identity() {
            flags |= flag::CONVERTED;
            ratio = self.over_time(ratio, grid, start, end)?;
        }
        if let Some((from, to)) = self.exchange {
            let factor = match self.last {
                Some((at, factor)) if at == published => factor,
                _ => {
                    let factor = rates.factor(from, to, published);
                    self.last = Some((published, factor));
                    factor
                }
            };
            let factor = factor.ok_or(Reason::Rate)?;
            self.rate_age = factor.age;
            flags |= flag::EXCHANGED;
            ratio = product(ratio, factor.ratio).ok_or(Reason::TooLarge)?;
        }
        let value = value + self.conversion.offset;
        let converted = if self.exact {
            exact(value, ratio).ok_or(Reason::TooLarge)?
        } else {
            value * (ratio.numerator as f64) / (ratio.denominator as f64)
        };
        Ok((converted, flags))
    }

    /// `ratio` with the length of the delivery period in it.
    fn over_time(
        &self,
        ratio: Ratio,
        grid: Option<&Grid>,
        start: i64,
        end: i64,
    ) -> Result<Ratio, Reason> {
        let hours = |nanos: i64| Ratio::new(i128::from(nanos), i128::from(HOUR));
        let length = end - start;
        let day = || hours(grid.map_or(24 * HOUR, |grid| grid.day_length(start, end)));
        let (factor, times) = match self.conversion.per_time {
            PerTime::No => return Ok(ratio),
            PerTime::TimesHours | PerTime::OverHours if length == 0 => {
                return Err(Reason::Dimension);
            }
            PerTime::TimesHours => (hours(length), true),
            PerTime::OverHours => (hours(length), false),
            PerTime::OverDay => (day(), false),
            PerTime::TimesDay => (day(), true),
        };
        let factor = if times {
            factor
        } else {
            Ratio::new(1, 1).over(factor)
        };
        product(ratio, factor).ok_or(Reason::TooLarge)
    }
}

/// The product of two ratios in lowest terms, unless it leaves 128 bits.
fn product(a: Ratio, b: Ratio) -> Option<Ratio> {
    let numerator = a.numerator.checked_mul(b.numerator)?;
    let denominator = a.denominator.checked_mul(b.denominator)?;
    Some(Ratio::new(numerator, denominator))
}

/// `value`, taken as its nearest 1e-9, times `ratio`, rounded once to 1e-6, half to even.
#[inline]
fn exact(value: f64, ratio: Ratio) -> Option<f64> {
    let nanos = (value * NANO).round_ties_even();
    if nanos.abs() >= 9_223_372_036_854_775_808.0 {
        return None;
    }
    let above = i128::from(nanos as i64).checked_mul(ratio.numerator)?;
    let below = ratio.denominator.checked_mul(1_000)?;
    let millionths = i64::try_from(round_half_even(above, below)).ok()?;
    Some(Price::from_millionths(millionths).to_f64())
}

/// `above / below` rounded half to even; `below` is above zero.
#[inline]
fn round_half_even(above: i128, below: i128) -> i128 {
    // 64 bits divide several times faster, and prices fit.
    let (floor, rest) = match (i64::try_from(above), i64::try_from(below)) {
        (Ok(above), Ok(below)) => (
            i128::from(above.div_euclid(below)),
            i128::from(above.rem_euclid(below)),
        ),
        _ => (above.div_euclid(below), above.rem_euclid(below)),
    };
    // Compared without doubling, which could leave 128 bits.
    let up = match rest.cmp(&(below - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Greater => true,
        std::cmp::Ordering::Equal => floor % 2 != 0,
    };
    floor + i128::from(up)
}

/// `value` times `ratio`: exactly, rounded to 1e-6, or as floats; NaN beyond 64 bits.
pub(super) fn scaled(value: f64, ratio: Ratio, is_exact: bool) -> f64 {
    if is_exact {
        exact(value, ratio).unwrap_or(f64::NAN)
    } else {
        value * (ratio.numerator as f64) / (ratio.denominator as f64)
    }
}
