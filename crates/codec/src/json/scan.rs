//! Ends of strings, numbers and white space.

use super::JsonError;

/// Place of the first `"`, `\` or control character of `bytes` from `at` on, or its length.
pub(super) fn plain_end(bytes: &[u8], at: usize) -> usize {
    #[cfg(target_arch = "x86_64")]
    return plain_end_sse2(bytes, at);
    #[cfg(not(target_arch = "x86_64"))]
    plain_end_scalar(bytes, at)
}

const fn is_plain(byte: u8) -> bool {
    byte >= 0x20 && byte != b'"' && byte != b'\\'
}

fn plain_end_scalar(bytes: &[u8], at: usize) -> usize {
    let rest = bytes.get(at..).unwrap_or_default();
    let length = rest.iter().position(|byte| !is_plain(*byte));
    at + length.unwrap_or(rest.len())
}

/// Sixteen bytes at a time.
#[cfg(target_arch = "x86_64")]
fn plain_end_sse2(bytes: &[u8], mut at: usize) -> usize {
    while let Some(chunk) = bytes.get(at..).and_then(<[u8]>::first_chunk::<16>) {
        // SAFETY: every processor of this architecture has SSE2.
        let found = unsafe { not_plain(*chunk) };
        if found != 0 {
            return at + found.trailing_zeros() as usize;
        }
        at += 16;
    }
    plain_end_scalar(bytes, at)
}

/// One bit for each byte that ends plain text.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn not_plain(chunk: [u8; 16]) -> i32 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_min_epu8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x,
        _mm_set1_epi8,
    };
    // Both halves become one load.
    let chunk = i128::from_le_bytes(chunk);
    let chunk = _mm_set_epi64x((chunk >> 64) as i64, chunk as i64);
    let quote = _mm_cmpeq_epi8(chunk, _mm_set1_epi8(b'"' as i8));
    let escape = _mm_cmpeq_epi8(chunk, _mm_set1_epi8(b'\\' as i8));
    let control = _mm_cmpeq_epi8(_mm_min_epu8(chunk, _mm_set1_epi8(0x1f)), chunk);
    _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(quote, escape), control))
}

/// Place of the first byte from `at` on that is no white space, or the length.
pub(super) fn space_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(b' ' | b'\n' | b'\r' | b'\t') = bytes.get(at) {
        at += 1;
    }
    at
}

/// End of the string whose first byte after the quote stands at `at`, and whether it has escapes.
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> Result<(usize, bool), JsonError> {
    let mut has_escapes = false;
    loop {
        at = plain_end(bytes, at);
        match bytes.get(at) {
            Some(b'"') => return Ok((at, has_escapes)),
            Some(b'\\') => {
                has_escapes = true;
                at = escape_end(bytes, at)?;
            }
            Some(_) => return Err(JsonError::Control { offset: at }),
            None => {
                return Err(JsonError::Truncated {
                    offset: bytes.len(),
                    expected: "the end of a string",
                });
            }
        }
    }
}

/// End of the escape that begins at `at`.
fn escape_end(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let fault = || match bytes.len() - at {
        0..12 if !bytes.get(at..).unwrap_or_default().contains(&b'"') => JsonError::Truncated {
            offset: bytes.len(),
            expected: "the rest of an escape",
        },
        _ => JsonError::Escape { offset: at },
    };
    match bytes.get(at + 1) {
        Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => Ok(at + 2),
        Some(b'u') => match unit(bytes, at).ok_or_else(fault)? {
            0xd800..0xdc00 => match unit(bytes, at + 6) {
                Some(0xdc00..0xe000) => Ok(at + 12),
                _ => Err(fault()),
            },
            0xdc00..0xe000 => Err(fault()),
            _ => Ok(at + 6),
        },
        _ => Err(fault()),
    }
}

/// The UTF-16 unit of the escape `\uXXXX` at `at`.
pub(super) fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    digits.iter().try_fold(0, |unit, digit| {
        let digit = char::from(*digit).to_digit(16)?;
        Some(unit << 4 | digit as u16)
    })
}

/// End of the number that begins at `at`.
pub(super) fn number_end(bytes: &[u8], at: usize) -> Result<usize, JsonError> {
    let digits = |mut at: usize| {
        while let Some(b'0'..=b'9') = bytes.get(at) {
            at += 1;
        }
        at
    };
    let fault = |end: usize| match bytes.get(end) {
        None => JsonError::Truncated {
            offset: bytes.len(),
            expected: "a digit",
        },
        Some(_) => JsonError::Number { offset: at },
    };
    let whole = at + usize::from(bytes.get(at) == Some(&b'-'));
    let mut end = digits(whole);
    let has_zero_first = bytes.get(whole) == Some(&b'0') && end > whole + 1;
    if end == whole || has_zero_first {
        return Err(fault(end));
    }
    if bytes.get(end) == Some(&b'.') {
        let fraction = end + 1;
        end = digits(fraction);
        if end == fraction {
            return Err(fault(end));
        }
    }
    if let Some(b'e' | b'E') = bytes.get(end) {
        let sign = bytes.get(end + 1);
        let exponent = end + 1 + usize::from(matches!(sign, Some(b'+' | b'-')));
        end = digits(exponent);
        if end == exponent {
            return Err(fault(end));
        }
    }
    Ok(end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sixteen_bytes_at_a_time_find_what_one_at_a_time_finds(
            bytes in proptest::collection::vec(prop_oneof![8 => 0x20_u8..=0xff, 1 => any::<u8>()], 0..100),
            at in 0_usize..100,
        ) {
            prop_assert_eq!(plain_end(&bytes, at), plain_end_scalar(&bytes, at));
        }
    }
}
