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

/// The number that `text` writes in up to eight digits.
#[inline]
pub(crate) fn short(text: &[u8]) -> Option<u64> {
    if text.is_empty() || text.len() > 8 {
        return None;
    }
    let mut word = [0; 8];
    word[8 - text.len()..].copy_from_slice(text);
    digits(u64::from_le_bytes(word), text.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn digits_are_what_the_standard_library_reads(text in "[0-9]{1,8}") {
            prop_assert_eq!(short(text.as_bytes()), text.parse().ok());
        }

        #[test]
        fn anything_else_is_no_number(text in proptest::collection::vec(any::<u8>(), 0..10)) {
            let plain = !text.is_empty() && text.len() <= 8 && text.iter().all(u8::is_ascii_digit);
            prop_assert_eq!(short(&text).is_some(), plain);
        }
    }
}
