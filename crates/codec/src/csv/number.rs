//! Decimal text to floating numbers, correctly rounded.

/// Powers of ten that a float holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The number that `text` writes in decimal digits, with sign, point and exponent where it has them; none
/// for anything else, infinities among them.
#[must_use]
#[inline]
pub fn float(text: &[u8]) -> Option<f64> {
    let (is_negative, digits) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    // Up to fifteen digits and a power of ten up to 22 are both exact, so one division rounds once
    // (Clinger 1990, the fast path).
    if digits.len() > 16 {
        return slow(text);
    }
    let (mut mantissa, mut point) = (0_u64, None);
    for (place, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => mantissa = mantissa * 10 + u64::from(byte - b'0'),
            b'.' if point.is_none() => point = Some(place),
            _ => return slow(text),
        }
    }
    let decimals = point.map_or(0, |point| digits.len() - 1 - point);
    let count = digits.len() - usize::from(point.is_some());
    if count == 0 || count > 15 {
        return slow(text);
    }
    let value = mantissa as f64 / POWERS[decimals];
    Some(if is_negative { -value } else { value })
}

#[cold]
fn slow(text: &[u8]) -> Option<f64> {
    let is_decimal = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
    if !text.iter().all(is_decimal) {
        return None;
    }
    let value: f64 = std::str::from_utf8(text).ok()?.parse().ok()?;
    value.is_finite().then_some(value)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn decimals_are_read_as_the_standard_library_reads_them(text in "-?[0-9]{0,12}(\\.[0-9]{0,12})?(e-?[0-9]{1,3})?") {
            let wanted = text.parse::<f64>().ok().filter(|value| value.is_finite());
            let found = float(text.as_bytes());
            prop_assert_eq!(found.map(f64::to_bits), wanted.map(f64::to_bits), "{}", text);
        }
    }

    #[test]
    fn words_are_no_numbers() {
        for text in ["", "-", ".", "nan", "inf", "1,5", "0x10", "1e999", "1 "] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }
}
