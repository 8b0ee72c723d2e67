//! Decimal text with at most six places to and from an integer count of millionths.

use std::fmt;

/// Millionths in one.
pub(crate) const SCALE: i64 = 1_000_000;

/// Why a text is not a decimal of at most six places.
pub(crate) enum DecimalFault {
    /// No sign, digits and point only.
    NotANumber,
    /// A digit other than 0 after the sixth decimal.
    TooPrecise,
    /// Beyond 64 bits of millionths.
    TooLarge,
}

/// Reads `text` as millionths.
pub(crate) fn parse_millionths(text: &str) -> Result<i64, DecimalFault> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_digits(whole) || !is_digits(fraction) {
        return Err(DecimalFault::NotANumber);
    }
    let kept = fraction.len().min(6);
    if fraction.as_bytes()[kept..]
        .iter()
        .any(|digit| *digit != b'0')
    {
        return Err(DecimalFault::TooPrecise);
    }
    let mut millionths: i128 = 0;
    for digit in whole.bytes().chain(fraction.bytes().take(6)) {
        millionths = millionths * 10 + i128::from(digit - b'0');
        if millionths > i128::from(u64::MAX) {
            return Err(DecimalFault::TooLarge);
        }
    }
    for _ in kept..6 {
        millionths *= 10;
    }
    let signed = if negative { -millionths } else { millionths };
    i64::try_from(signed).map_err(|_| DecimalFault::TooLarge)
}

/// Writes millionths without trailing zeros: `-37.63`, `20`, `0.000001`.
pub(crate) fn write_millionths(value: i64, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let magnitude = value.unsigned_abs();
    let (whole, fraction) = (magnitude / SCALE as u64, magnitude % SCALE as u64);
    let mut text = whole.to_string();
    if fraction != 0 {
        text.push('.');
        text.push_str(format!("{fraction:06}").trim_end_matches('0'));
    }
    f.pad_integral(value >= 0, "", &text)
}
