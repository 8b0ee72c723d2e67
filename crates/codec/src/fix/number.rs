//! Decimal digits, up to eight at a time.

const ZEROS: u64 = 0x3030_3030_3030_3030;

/// The number whose `count` digits are the highest bytes of `word`, the last digit highest; `None`
/// when one of them is no digit.
///
/// `count` is 1 to 8.
#[inline]
pub(crate) const fn digits(word: u64, count: usize) -> Option<u64> {
    let unused = 64 - 8 * count as u32;
    // Bytes before the number become zeros, as if it had been filled up with them.
    let word = ((word ^ ZEROS) >> unused) << unused;
    if (word.wrapping_add(0x7676_7676_7676_7676) | word) & 0x8080_8080_8080_8080 != 0 {
        return None;
    }
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = ((pairs >> 16) & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(low.wrapping_add(high) >> 32)
}

/// One to eight bytes as the highest of a word, the last highest; zeros below.
///
/// Two loads that may overlap, because a copy of unknown length would be a call.
#[inline]
pub(crate) fn high(text: &[u8]) -> u64 {
    let count = text.len();
    let unused = 64 - 8 * count as u32;
    let byte = |at: usize| u64::from(text[at]);
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(first), Some(last)) => {
            u64::from(u32::from_le_bytes(*first)) << unused
                | u64::from(u32::from_le_bytes(*last)) << 32
        }
        _ => {
            byte(0) << unused
                | byte(count / 2) << (unused + 8 * (count as u32 / 2))
                | byte(count - 1) << 56
        }
    }
}

/// The number that `text` writes in up to eight digits.
#[inline]
pub(crate) fn short(text: &[u8]) -> Option<u64> {
    if matches!(text.len(), 1..=8) {
        digits(high(text), text.len())
    } else {
        None
    }
}

/// The millionths that up to eight characters write, digits with at most one point.
#[inline]
pub(crate) fn short_millionths(text: &[u8]) -> Option<u64> {
    const POWERS: [u64; 7] = [1_000_000, 100_000, 10_000, 1_000, 100, 10, 1];
    const POINTS: u64 = 0x2e2e_2e2e_2e2e_2e2e;
    const ONES: u64 = 0x0101_0101_0101_0101;
    if !matches!(text.len(), 1..=8) {
        return None;
    }
    let word = high(text);
    let differs = word ^ POINTS;
    // The lowest such bit is exact; borrows only spoil those above it.
    let points = differs.wrapping_sub(ONES) & !differs & (ONES << 7);
    if points == 0 {
        return digits(word, text.len()).map(|whole| whole * POWERS[0]);
    }
    let point = points.trailing_zeros() & !7;
    let decimals = 7 - point as usize / 8;
    // What stands before the point moves into its place.
    let below = (1 << point) - 1;
    let joined = (word & !(below << 8 | 0xff)) | (word & below) << 8;
    if text.len() == 1 {
        return None;
    }
    Some(digits(joined, text.len() - 1)? * POWERS.get(decimals)?)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_what_the_standard_library_reads(text in "[0-9]{1,8}") {
            prop_assert_eq!(short(text.as_bytes()), text.parse().ok());
        }

        #[test]
        fn millionths_are_exact(text in "[0-9]{0,8}\\.?[0-9]{0,6}") {
            let digits = text.bytes().filter(u8::is_ascii_digit).count();
            let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
            let joined = text.replace('.', "") + &"0".repeat(6 - decimals);
            let expected = (digits > 0 && text.len() <= 8).then(|| joined.parse().unwrap());
            prop_assert_eq!(short_millionths(text.as_bytes()), expected);
        }

        #[test]
        fn anything_else_is_no_number(text in proptest::collection::vec(any::<u8>(), 0..10)) {
            let plain = !text.is_empty() && text.len() <= 8 && text.iter().all(u8::is_ascii_digit);
            prop_assert_eq!(short(&text).is_some(), plain);
        }
    }
}
