//! Numbers of up to fifteen digits, all digits at once, with AVX2.

// A name for each instruction would be longer than the code.
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

use super::{POWERS, float};
use crate::csv::record::Span;

/// Bytes loaded at once.
const LOADED: usize = 16;

/// Which digit goes where: sixteen bytes from byte `n` on put `n` digits at the end and zeros before them.
const SHIFTS: [i8; 2 * LOADED] = {
    let mut shifts = [i8::MIN; 2 * LOADED];
    let mut at = 0;
    while at < LOADED {
        shifts[LOADED + at] = at as i8;
        at += 1;
    }
    shifts
};

/// As [`super::floats`].
///
/// # Safety
/// The machine has AVX2, BMI1 and BMI2.
#[target_feature(enable = "avx2,bmi1,bmi2")]
pub(super) unsafe fn floats(
    text: &[u8],
    fields: impl Iterator<Item = Span>,
    values: &mut Vec<f64>,
) -> bool {
    let mut fits = true;
    for field in fields {
        if field.is_empty() {
            values.push(0.0);
            continue;
        }
        let value = match short(text, field.start(), field.end()) {
            Some(value) => Some(value),
            None => float(field.bytes(text)),
        };
        fits &= value.is_some();
        values.push(value.unwrap_or_default());
    }
    fits
}

/// The number that `text` writes from `start` to `end` in up to sixteen bytes; `None` where it takes more
/// care, or is none.
#[inline]
#[target_feature(enable = "avx2,bmi1,bmi2")]
fn short(text: &[u8], start: usize, end: usize) -> Option<f64> {
    let is_negative = text.get(start) == Some(&b'-');
    let start = start + usize::from(is_negative);
    let length = end.wrapping_sub(start);
    let loaded: &[u8; LOADED] = text.get(start..)?.first_chunk()?;
    if length > LOADED {
        return None;
    }
    // SAFETY: sixteen bytes are loaded from sixteen.
    let bytes = unsafe { _mm_loadu_si128(loaded.as_ptr().cast()) };
    let points = _mm_movemask_epi8(_mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'.' as i8))) as u32;
    let point = (points | 1 << length).trailing_zeros() as usize;
    let digits = length - usize::from(point < length);
    if digits == 0 || digits > 15 {
        return None;
    }
    // SAFETY: at most 15 is added, so that sixteen of the 32 bytes are left.
    let places = unsafe { _mm_loadu_si128(SHIFTS.as_ptr().add(digits).cast()) };
    // Digits behind the point stand one further.
    let behind = _mm_cmpgt_epi8(places, _mm_set1_epi8(point as i8 - 1));
    let places = _mm_sub_epi8(places, behind);
    let values = _mm_sub_epi8(bytes, _mm_set1_epi8(b'0' as i8));
    let values = _mm_shuffle_epi8(values, places);
    // A second point is no digit either.
    let is_digit = _mm_cmpeq_epi8(_mm_min_epu8(values, _mm_set1_epi8(9)), values);
    if _mm_movemask_epi8(is_digit) != 0xffff {
        return None;
    }
    let pairs = _mm_maddubs_epi16(values, _mm_set1_epi16(0x010a));
    let fours = _mm_madd_epi16(pairs, _mm_set1_epi32(0x0001_0064));
    let fours = _mm_packus_epi32(fours, fours);
    let eights = _mm_cvtsi128_si64(_mm_madd_epi16(fours, _mm_set1_epi32(0x0001_2710))) as u64;
    let mantissa = (eights & 0xffff_ffff) * 100_000_000 + (eights >> 32);
    // Fifteen digits and a power of ten up to 15 are both exact, so that one division rounds once.
    let value = mantissa as f64 / POWERS[digits - point];
    // The sign is the highest bit; a branch would be mispredicted where signs change.
    Some(f64::from_bits(
        value.to_bits() | u64::from(is_negative) << 63,
    ))
}
