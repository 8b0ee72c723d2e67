//! Initial values, written as text (FAST 1.1, clause 6.1 and 9.2).

use super::template::{Decimal, TextKind};

/// An integer of `bits` bits, as bits of 64.
pub(super) fn integer(text: &str, is_signed: bool, bits: u8) -> Option<u64> {
    let text = text.trim();
    if is_signed {
        let value: i64 = text.parse().ok()?;
        (bits == 64 || i32::try_from(value).is_ok()).then_some(value as u64)
    } else {
        let value: u64 = text.parse().ok()?;
        (bits == 64 || u32::try_from(value).is_ok()).then_some(value)
    }
}

/// A decimal, with as few digits of mantissa as it can have.
pub(super) fn decimal(text: &str) -> Option<Decimal> {
    let text = text.trim();
    let (digits, is_negative) = match text.strip_prefix('-') {
        Some(digits) => (digits, true),
        None => (text, false),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if (whole.is_empty() && fraction.is_empty()) || !is_digits(whole) || !is_digits(fraction) {
        return None;
    }
    let (mut mantissa, mut exponent) = (0_i64, 0_i32);
    let mut zeros = 0;
    // Zeros at the end are carried until a digit follows them, so that they never overflow.
    for (place, digit) in whole.bytes().chain(fraction.bytes()).enumerate() {
        let is_fraction = place >= whole.len();
        exponent -= i32::from(is_fraction);
        if digit == b'0' {
            zeros += 1;
            continue;
        }
        let scale = 10_i64.checked_pow(zeros + 1)?;
        zeros = 0;
        mantissa = mantissa
            .checked_mul(scale)?
            .checked_sub(i64::from(digit - b'0'))?;
    }
    if mantissa == 0 {
        return Some(Decimal::default());
    }
    exponent += zeros as i32;
    let mantissa = if is_negative {
        mantissa
    } else {
        mantissa.checked_neg()?
    };
    (-63..=63)
        .contains(&exponent)
        .then_some(Decimal { exponent, mantissa })
}

/// Bytes of a string; a byte vector is written in hexadecimal digits.
pub(super) fn text(text: &str, kind: TextKind) -> Option<Box<[u8]>> {
    match kind {
        TextKind::Ascii => text.is_ascii().then(|| text.as_bytes().into()),
        TextKind::Unicode => Some(text.as_bytes().into()),
        TextKind::Bytes => {
            let digits: Vec<u8> = text
                .chars()
                .filter(|character| !character.is_whitespace())
                .map(|character| character.to_digit(16).map(|digit| digit as u8))
                .collect::<Option<_>>()?;
            let (pairs, rest) = digits.as_chunks::<2>();
            rest.is_empty()
                .then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_normalized() {
        let decimal = |text| decimal(text).map(|found| (found.mantissa, found.exponent));
        assert_eq!(decimal("12000"), Some((12, 3)));
        assert_eq!(decimal("-1.50"), Some((-15, -1)));
        assert_eq!(decimal("0.00"), Some((0, 0)));
        assert_eq!(decimal(".5"), Some((5, -1)));
        assert_eq!(decimal("100.01"), Some((10001, -2)));
        assert_eq!(decimal("-9223372036854775808"), Some((i64::MIN, 0)));
        assert_eq!(decimal("9223372036854775808"), None);
        for wrong in ["", ".", "1e3", "1..2", "+1", "one"] {
            assert_eq!(decimal(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn byte_vectors_are_hexadecimal() {
        let bytes = |input| text(input, TextKind::Bytes);
        assert_eq!(bytes("0a FF").as_deref(), Some(&[0x0a, 0xff][..]));
        assert_eq!(bytes("0a f"), None);
        assert_eq!(bytes("xy"), None);
    }
}
