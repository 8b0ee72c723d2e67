//! Values by type: the standard's data types in the units of the domain.

use std::fmt;

use wattbook_domain::{Price, Timestamp, Volume};

use super::error::ValueError;
use super::number;

const MILLIONTHS: usize = 6;
const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// The value of a field, as it stands in the frame.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Value<'a>(&'a [u8]);

impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.escape_ascii())
    }
}

impl<'a> Value<'a> {
    /// The value that `bytes` write.
    #[inline]
    #[must_use]
    pub const fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// As it stands in the frame.
    #[inline]
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        self.0
    }

    /// As text, when it is UTF-8.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    pub fn text(self) -> Result<&'a str, ValueError> {
        std::str::from_utf8(self.0).map_err(|_| format("text in UTF-8"))
    }

    /// One character: `char`.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    #[inline]
    pub const fn char(self) -> Result<u8, ValueError> {
        match self.0 {
            [character] => Ok(*character),
            _ => Err(format("one character")),
        }
    }

    /// `Y` or `N`: `Boolean`.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    #[inline]
    pub const fn bool(self) -> Result<bool, ValueError> {
        match self.0 {
            b"Y" => Ok(true),
            b"N" => Ok(false),
            _ => Err(format("Y or N")),
        }
    }

    /// A whole number, which may be negative and have leading zeros: `int`.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooLarge`].
    #[inline]
    pub fn int(self) -> Result<i64, ValueError> {
        let wrong = format("a whole number");
        let (sign, digits) = match self.0 {
            [b'-', digits @ ..] => (-1, digits),
            digits => (1, digits),
        };
        if let Some(value) = number::short(digits) {
            return Ok(sign * value as i64);
        }
        if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
            return Err(wrong);
        }
        let magnitude = magnitude(digits.iter(), &[].iter()).ok_or(ValueError::TooLarge)?;
        signed(sign, magnitude)
    }

    /// A whole number from 0 on: `Length`, `SeqNum`, `NumInGroup`.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooLarge`].
    #[inline]
    pub fn count(self) -> Result<u64, ValueError> {
        match self.int() {
            Ok(value) if self.0[0] != b'-' => Ok(value as u64),
            Ok(_) => Err(format("a whole number from 0 on")),
            Err(error) => Err(error),
        }
    }

    /// In currency per price unit: `Price`, `PriceOffset`, `Amt`.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooPrecise`], [`ValueError::TooLarge`].
    #[inline]
    pub fn price(self) -> Result<Price, ValueError> {
        self.millionths().map(Price::from_millionths)
    }

    /// In volume units: `Qty`.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooPrecise`], [`ValueError::TooLarge`].
    #[inline]
    pub fn volume(self) -> Result<Volume, ValueError> {
        self.millionths().map(Volume::from_millionths)
    }

    /// A decimal number in 1e-6, exactly: `float` and the types made from it.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooPrecise`], [`ValueError::TooLarge`].
    #[inline]
    pub fn millionths(self) -> Result<i64, ValueError> {
        let (sign, digits) = match self.0 {
            [b'-', digits @ ..] => (-1, digits),
            digits => (1, digits),
        };
        // Almost every price and quantity.
        if let Some(magnitude) = number::short_millionths(digits) {
            return Ok(sign * magnitude as i64);
        }
        long_millionths(sign, digits)
    }

    /// A decimal number that need not be exact, for types that are no prices: `float`.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    pub fn float(self) -> Result<f64, ValueError> {
        // The standard library also reads exponents, signs and words, which FIX does not write.
        if !is_decimal(self.0) {
            return Err(format("a decimal number"));
        }
        let text = self.text()?;
        text.parse().map_err(|_| format("a decimal number"))
    }

    /// `YYYYMMDD-HH:MM:SS` with up to 9 decimals (any further are cut off): `UTCTimestamp`.
    ///
    /// # Errors
    /// [`ValueError::Format`], [`ValueError::TooLarge`].
    #[inline]
    pub fn timestamp(self) -> Result<Timestamp, ValueError> {
        let wrong = format("a time like 20261120-08:00:00.000");
        let (date, time) = match self.0 {
            [date @ .., b'-', _, _, b':', _, _, b':', _, _] => (date, &self.0[9..]),
            [_, _, _, _, _, _, _, _, b'-', time @ ..] => (&self.0[..8], time),
            _ => return Err(wrong),
        };
        if date.len() != 8 {
            return Err(wrong);
        }
        let days = Value(date).date()?;
        let nanos = Value(time).time_of_day()?;
        // The first day that 64 bits reach begins before them: wider until the time is added.
        let start = i128::from(days) * 86_400 * i128::from(NANOS_PER_SECOND);
        let nanos = i64::try_from(start + i128::from(nanos)).map_err(|_| ValueError::TooLarge)?;
        Ok(Timestamp::from_nanos(nanos))
    }

    /// `YYYYMMDD` as days since 1970-01-01: `UTCDateOnly`, `LocalMktDate`.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    #[inline]
    pub fn date(self) -> Result<i64, ValueError> {
        let wrong = format("a date like 20261120");
        if self.0.len() != 8 {
            return Err(wrong);
        }
        let number = number::short(self.0).ok_or(wrong)? as i64;
        let (year, month, day) = (number / 10_000, number / 100 % 100, number % 100);
        if !(1..=12).contains(&month) || day == 0 || day > days_in_month(year, month) {
            return Err(wrong);
        }
        Ok(days_since_epoch(year, month, day))
    }

    /// `HH:MM:SS` with up to 9 decimals (any further are cut off) as ns since midnight, a leap
    /// second included: `UTCTimeOnly`.
    ///
    /// # Errors
    /// [`ValueError::Format`].
    #[inline]
    pub fn time_of_day(self) -> Result<i64, ValueError> {
        let wrong = format("a time of day like 08:00:00.000");
        let [h1, h2, b':', m1, m2, b':', s1, s2, rest @ ..] = self.0 else {
            return Err(wrong);
        };
        let pack = [b'0', b'0', *h1, *h2, *m1, *m2, *s1, *s2];
        let number = number::short(&pack).ok_or(wrong)? as i64;
        let (hour, minute, second) = (number / 10_000, number / 100 % 100, number % 100);
        if hour > 23 || minute > 59 || second > 60 {
            return Err(wrong);
        }
        let fraction = match rest {
            [] => 0,
            [b'.', decimals @ ..] if !decimals.is_empty() => nanos(decimals).ok_or(wrong)?,
            _ => return Err(wrong),
        };
        Ok((hour * 3600 + minute * 60 + second) * NANOS_PER_SECOND + fraction)
    }
}

const POWERS: [u64; 10] = {
    let mut powers = [1; 10];
    let mut at = 1;
    while at < 10 {
        powers[at] = powers[at - 1] * 10;
        at += 1;
    }
    powers
};

const fn format(expected: &'static str) -> ValueError {
    ValueError::Format { expected }
}

/// Decimals of a second as ns; those beyond the ninth must be digits and are cut off.
#[inline]
fn nanos(decimals: &[u8]) -> Option<i64> {
    let (kept, beyond) = decimals.split_at(decimals.len().min(9));
    if !beyond.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let (most, last) = kept.split_at(kept.len().min(8));
    let mut value = number::short(most)?;
    if let [digit] = last {
        value = value * 10 + number::short(&[*digit])?;
    }
    Some((value * POWERS[9 - kept.len()]) as i64)
}

/// Whether `text` is an optional minus and digits with at most one point.
pub(super) fn is_decimal(text: &[u8]) -> bool {
    let digits = text.strip_prefix(b"-").unwrap_or(text);
    let mut points = 0;
    for byte in digits {
        match byte {
            b'0'..=b'9' => {}
            b'.' => points += 1,
            _ => return false,
        }
    }
    points <= 1 && digits.len() > points
}

/// The number of two runs of digits, one after the other; `None` beyond 64 bits.
fn magnitude<'a>(
    whole: impl Iterator<Item = &'a u8>,
    decimals: &(impl Iterator<Item = &'a u8> + Clone),
) -> Option<u64> {
    whole
        .chain(decimals.clone())
        .try_fold(0_u64, |value, digit| {
            value.checked_mul(10)?.checked_add(u64::from(digit - b'0'))
        })
}

fn signed(sign: i64, magnitude: u64) -> Result<i64, ValueError> {
    let value = i128::from(magnitude) * i128::from(sign);
    i64::try_from(value).map_err(|_| ValueError::TooLarge)
}

/// Numbers with many digits, and what is no number.
#[cold]
fn long_millionths(sign: i64, text: &[u8]) -> Result<i64, ValueError> {
    let point = text.iter().position(|byte| *byte == b'.');
    let whole = &text[..point.unwrap_or(text.len())];
    let decimals = point.map_or(&[][..], |point| &text[point + 1..]);
    let mut digits = whole.iter().chain(decimals);
    if (whole.is_empty() && decimals.is_empty()) || !digits.all(u8::is_ascii_digit) {
        return Err(format("a decimal number"));
    }
    let (kept, beyond) = decimals.split_at(decimals.len().min(MILLIONTHS));
    if beyond.iter().any(|digit| *digit != b'0') {
        return Err(ValueError::TooPrecise);
    }
    let zeros = [b'0'; MILLIONTHS];
    let filled = kept.iter().chain(&zeros[kept.len()..]);
    let magnitude = magnitude(whole.iter(), &filled).ok_or(ValueError::TooLarge)?;
    signed(sign, magnitude)
}

const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1970-01-01 in the Gregorian calendar: Hinnant (2013), `days_from_civil`.
const fn days_since_epoch(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let era = year.div_euclid(400);
    let year_of_era = year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    era * 146_097 + day_of_era - 719_468
}
