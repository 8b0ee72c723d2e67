//! One value into the unit and currency that its dataset is kept in.

use wattbook_domain::unit::Ratio;
use wattbook_domain::{Currency, Price};

use super::columns::Reason;
use super::flag;
use super::grid::Grid;
use super::rates::Rates;
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
    /// Flags of every value.
    pub(super) flags: u32,
    /// How long the rate of the last value had been known, ns.
    pub(super) rate_age: i64,
    conversion: Conversion,
    exact: bool,
    /// From which currency to which.
    exchange: Option<(Currency, Currency)>,
    identity: bool,
    /// The factor of the last value.
    last: Option<Prepared>,
}

/// A factor as worked out for a length of delivery and an instant of publication.
#[derive(Debug, Clone, Copy)]
struct Prepared {
    /// Length of the delivery, its day and the publication; zero what does not matter.
    key: (i64, i64, i64),
    above: i128,
    below: i128,
    above_float: f64,
    below_float: f64,
    flags: u32,
    rate_age: i64,
}

impl Converter {
    pub(super) fn new(
        unit: u32,
        conversion: Conversion,
        exact: bool,
        exchange: Option<(Currency, Currency)>,
    ) -> Self {
        let identity = exchange.is_none() && conversion.is_identity();
        Self {
            unit,
            identity,
            rate_age: 0,
            flags: 0,
            conversion,
            exact,
            exchange,
            last: None,
        }
    }

    /// A value as published, with the instant of publication (ns UTC), in the unit that comes out,
    /// and the flags that say what was done. NaN stays what it is.
    #[inline]
    pub(super) fn value(
        &mut self,
        rates: &Rates,
        grid: Option<&Grid>,
        period: (i64, i64),
        (value, published): (f64, i64),
    ) -> Result<(f64, u32), Reason> {
        if value.is_nan() {
            self.rate_age = 0;
            return Ok((value, self.flags | flag::MISSING));
        }
        let (value, flags) = self.convert(rates, grid, value, period, published)?;
        Ok((value, self.flags | flags))
    }

    /// `value` of the delivery `[start, end)`, published at `published` (all ns UTC), in the unit
    /// that comes out, and the flags that say what was done.
    #[inline]
    fn convert(
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
        if self.identity {
            return if self.exact {
                let price = Price::from_f64(value).map_err(|_| Reason::TooLarge)?;
                Ok((price.to_f64(), 0))
            } else {
                Ok((value, 0))
            };
        }
        let prepared = self.prepared(rates, grid, (start, end), published)?;
        self.rate_age = prepared.rate_age;
        let value = value + self.conversion.offset;
        let converted = if self.exact {
            exact(value, prepared.above, prepared.below).ok_or(Reason::TooLarge)?
        } else {
            let converted = value * prepared.above_float / prepared.below_float;
            if !converted.is_finite() {
                return Err(Reason::TooLarge);
            }
            converted
        };
        Ok((converted, prepared.flags))
    }

    /// The factor for a delivery and a publication; mostly that of the row before.
    #[inline]
    fn prepared(
        &mut self,
        rates: &Rates,
        grid: Option<&Grid>,
        (start, end): (i64, i64),
        published: i64,
    ) -> Result<Prepared, Reason> {
        let day = match self.conversion.per_time {
            PerTime::OverDay | PerTime::TimesDay => {
                grid.map_or(24 * HOUR, |grid| grid.day_length(start, end))
            }
            _ => 0,
        };
        let length = if self.conversion.per_time == PerTime::No {
            0
        } else {
            end - start
        };
        let at = if self.exchange.is_some() {
            published
        } else {
            0
        };
        let key = (length, day, at);
        match self.last {
            Some(last) if last.key == key => Ok(last),
            _ => {
                let prepared = self.prepare(rates, key)?;
                self.last = Some(prepared);
                Ok(prepared)
            }
        }
    }

    fn prepare(&self, rates: &Rates, key: (i64, i64, i64)) -> Result<Prepared, Reason> {
        let (length, day, published) = key;
        let mut ratio = self.over_time(self.conversion.ratio, length, day)?;
        let mut flags = if self.conversion.is_identity() {
            0
        } else {
            flag::CONVERTED
        };
        let mut rate_age = 0;
        if let Some((from, to)) = self.exchange {
            let factor = rates.factor(from, to, published).ok_or(Reason::Rate)?;
            rate_age = factor.age;
            flags |= flag::EXCHANGED;
            ratio = product(ratio, factor.ratio).ok_or(Reason::TooLarge)?;
        }
        Ok(Prepared {
            key,
            above: ratio.numerator,
            below: ratio
                .denominator
                .checked_mul(1_000)
                .ok_or(Reason::TooLarge)?,
            above_float: ratio.numerator as f64,
            below_float: ratio.denominator as f64,
            flags,
            rate_age,
        })
    }

    /// `ratio` with the length of the delivery or of its day in it, both in ns.
    fn over_time(&self, ratio: Ratio, length: i64, day: i64) -> Result<Ratio, Reason> {
        let hours = |nanos: i64| Ratio::new(i128::from(nanos), i128::from(HOUR));
        let (nanos, times) = match self.conversion.per_time {
            PerTime::No => return Ok(ratio),
            PerTime::TimesHours => (length, true),
            PerTime::OverHours => (length, false),
            PerTime::OverDay => (day, false),
            PerTime::TimesDay => (day, true),
        };
        if nanos == 0 {
            return Err(Reason::Dimension);
        }
        let one = Ratio::new(1, 1);
        let factor = if times {
            hours(nanos)
        } else {
            one.over(hours(nanos))
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

/// `value`, taken as its nearest 1e-9, times `above / below`, which is a thousandth of the factor,
/// rounded once to 1e-6, half to even.
#[inline]
fn exact(value: f64, above: i128, below: i128) -> Option<f64> {
    let nanos = (value * NANO).round_ties_even();
    if nanos.abs() >= 9_223_372_036_854_775_808.0 {
        return None;
    }
    let above = i128::from(nanos as i64).checked_mul(above)?;
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
        let below = ratio.denominator.checked_mul(1_000);
        let exact = below.and_then(|below| exact(value, ratio.numerator, below));
        exact.unwrap_or(f64::NAN)
    } else {
        value * (ratio.numerator as f64) / (ratio.denominator as f64)
    }
}
