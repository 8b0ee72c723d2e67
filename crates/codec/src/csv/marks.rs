//! Places of commas, quotes and line feeds.

/// Goes over the commas, quotes and line feeds of a text.
#[derive(Debug, Clone)]
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// First byte of the block that `mask` is about.
    block: usize,
    /// One bit for each mark of the block that has not been taken.
    mask: u64,
}

const BLOCK: usize = 64;

impl<'a> Marks<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        let mut marks = Self {
            bytes,
            block: 0,
            mask: 0,
        };
        marks.seek(0);
        marks
    }

    /// Goes on with the first mark at or behind `at`.
    pub(super) fn seek(&mut self, at: usize) {
        self.block = at;
        self.mask = mask(self.bytes, at);
    }

    /// Place of the next mark.
    #[inline]
    pub(super) fn take(&mut self) -> Option<usize> {
        while self.mask == 0 {
            self.block += BLOCK;
            if self.block >= self.bytes.len() {
                return None;
            }
            self.mask = mask(self.bytes, self.block);
        }
        let place = self.block + self.mask.trailing_zeros() as usize;
        self.mask &= self.mask - 1;
        Some(place)
    }
}

/// One bit for each mark of the 64 bytes at `at`.
fn mask(bytes: &[u8], at: usize) -> u64 {
    let rest = bytes.get(at..).unwrap_or_default();
    let Some(block) = rest.first_chunk::<BLOCK>() else {
        return mask_scalar(rest);
    };
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every processor of this architecture has SSE2.
    return unsafe { mask_sse2(block) };
    #[cfg(not(target_arch = "x86_64"))]
    mask_scalar(block)
}

fn mask_scalar(bytes: &[u8]) -> u64 {
    let bits = bytes.iter().take(BLOCK).enumerate();
    bits.fold(0, |mask, (bit, byte)| {
        mask | u64::from(matches!(byte, b',' | b'"' | b'\n')) << bit
    })
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "sse2")]
fn mask_sse2(block: &[u8; BLOCK]) -> u64 {
    use std::arch::x86_64::{
        _mm_cmpeq_epi8, _mm_movemask_epi8, _mm_or_si128, _mm_set_epi64x, _mm_set1_epi8,
    };
    let (parts, _) = block.as_chunks::<16>();
    parts.iter().enumerate().fold(0, |mask, (part, bytes)| {
        // Both halves become one load.
        let bytes = i128::from_le_bytes(*bytes);
        let bytes = _mm_set_epi64x((bytes >> 64) as i64, bytes as i64);
        let comma = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b',' as i8));
        let quote = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'"' as i8));
        let line = _mm_cmpeq_epi8(bytes, _mm_set1_epi8(b'\n' as i8));
        let found = _mm_movemask_epi8(_mm_or_si128(_mm_or_si128(comma, quote), line));
        mask | u64::from(found as u32) << (16 * part)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sixty_four_bytes_at_a_time_find_what_one_at_a_time_finds(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n')], 0..300),
            at in 0_usize..300,
        ) {
            let mut marks = Marks::new(&bytes);
            marks.seek(at);
            let found: Vec<_> = std::iter::from_fn(|| marks.take()).collect();
            let wanted: Vec<_> = (at..bytes.len())
                .filter(|place| matches!(bytes[*place], b',' | b'"' | b'\n'))
                .collect();
            prop_assert_eq!(found, wanted);
        }
    }
}
