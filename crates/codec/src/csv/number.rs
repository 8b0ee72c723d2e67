//! Decimal text to floating numbers, correctly rounded.

use super::record::Span;

#[cfg(target_arch = "x86_64")]
mod wide;

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

/// Adds the numbers of `fields` of `text` to `values`, zero for an empty field; false when a field is none.
pub(super) fn floats(
    text: &[u8],
    fields: impl Iterator<Item = Span>,
    values: &mut Vec<f64>,
) -> bool {
    #[cfg(target_arch = "x86_64")]
    if is_x86_feature_detected!("avx2")
        && is_x86_feature_detected!("bmi1")
        && is_x86_feature_detected!("bmi2")
    {
        // SAFETY: the machine has the instructions.
        return unsafe { wide::floats(text, fields, values) };
    }
    let mut fits = true;
    for field in fields {
        let value = (!field.is_empty()).then(|| float(field.bytes(text)));
        let value = value.unwrap_or(Some(0.0));
        fits &= value.is_some();
        values.push(value.unwrap_or_default());
    }
    fits
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

        #[test]
        fn numbers_are_the_same_whatever_stands_around_them(
            texts in proptest::collection::vec("-?[0-9]{0,9}(\\.[0-9]{0,9})?[e.x-]?", 0..20),
            after in "[0-9.]{0,20}",
        ) {
            let text = texts.join("") + &after;
            let mut end = 0;
            let places: Vec<_> = texts.iter().map(|text| {
                end += text.len();
                Span::new(end - text.len(), end)
            }).collect();
            let wanted: Vec<_> = texts.iter().map(|text| {
                if text.is_empty() { Some(0.0) } else { float(text.as_bytes()) }
            }).collect();
            let mut found = Vec::new();
            let fits = floats(text.as_bytes(), places.iter().copied(), &mut found);
            prop_assert_eq!(fits, wanted.iter().all(Option::is_some));
            let bits = |value: f64| value.to_bits();
            let wanted: Vec<_> = wanted.into_iter().map(|value| bits(value.unwrap_or_default())).collect();
            prop_assert_eq!(found.into_iter().map(bits).collect::<Vec<_>>(), wanted, "{}", text);
        }
    }

    #[test]
    fn words_are_no_numbers() {
        for text in ["", "-", ".", "nan", "inf", "1,5", "0x10", "1e999", "1 "] {
            assert_eq!(float(text.as_bytes()), None, "{text}");
        }
    }
}
