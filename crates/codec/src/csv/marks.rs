//! Places of commas, quotes and line feeds.

/// Goes over the commas, quotes and line feeds of a text of less than 4 GiB.
#[derive(Debug, Clone)]
pub(super) struct Marks<'a> {
    bytes: &'a [u8],
    /// Places of the marks of a stretch of the text, the first `len` of them.
    places: Vec<u32>,
    len: usize,
    /// Which is taken next.
    next: usize,
    /// The stretch: its first byte, and the one after its last.
    from: usize,
    to: usize,
    is_wide: bool,
}

const BLOCK: usize = 64;

/// Bytes that are looked through at once: few enough that their marks stay in the first cache.
const STRETCH: usize = 64 * BLOCK;

/// Places written at once without vectors of 64 bytes.
const AT_ONCE: usize = 8;

impl<'a> Marks<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            places: vec![0; STRETCH + BLOCK],
            len: 0,
            next: 0,
            from: 0,
            to: 0,
            is_wide: is_wide(),
        }
    }

    /// Goes on with the first mark at or behind `at`.
    pub(super) fn seek(&mut self, at: usize) {
        if (self.from..self.to).contains(&at) {
            let found = &self.places[..self.len];
            self.next = found.partition_point(|place| (*place as usize) < at);
        } else {
            (self.len, self.next) = (0, 0);
            (self.from, self.to) = (at, at);
        }
    }

    /// Place of the next mark.
    #[inline]
    pub(super) fn take(&mut self) -> Option<usize> {
        while self.next == self.len {
            if self.to >= self.bytes.len() {
                return None;
            }
            self.look();
        }
        let place = self.places.get(self.next)?;
        self.next += 1;
        Some(*place as usize)
    }

    /// Takes the marks of this stretch up to the first that is no comma, at most `most` of them.
    pub(super) fn take_commas(&mut self, most: usize) -> &[u32] {
        let found = &self.places[self.next..self.len];
        let found = &found[..most.min(found.len())];
        let is_comma = |place: &&u32| self.bytes.get(**place as usize) == Some(&b',');
        let commas = found.iter().take_while(is_comma).count();
        self.next += commas;
        &found[..commas]
    }

    /// Finds the marks of the next stretch.
    fn look(&mut self) {
        let rest = self.bytes.get(self.to..).unwrap_or_default();
        let stretch = rest.get(..STRETCH).unwrap_or(rest);
        let places = &mut self.places[..];
        self.len = match self.is_wide {
            // SAFETY: the machine has the instructions; there is room for a block behind the stretch.
            #[cfg(target_arch = "x86_64")]
            true => unsafe { look_wide(stretch, self.to, places) },
            _ => look(stretch, self.to, places),
        };
        self.next = 0;
        (self.from, self.to) = (self.to, self.to + stretch.len());
    }
}

fn is_wide() -> bool {
    #[cfg(target_arch = "x86_64")]
    return crate::places::runs_here();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

/// Writes the places of the marks of `stretch`, which begins at `from`, and returns how many there are.
/// `places` is longer than `stretch` by a block.
fn look(stretch: &[u8], from: usize, places: &mut [u32]) -> usize {
    let mut len = 0;
    for (number, block) in stretch.chunks(BLOCK).enumerate() {
        let mut bits = mask(block);
        let base = (from + number * BLOCK) as u32;
        let end = len + bits.count_ones() as usize;
        // Eight at a time whether or not there are as many: a branch for each would be mispredicted.
        let mut written = len;
        while written < end {
            for slot in &mut places[written..written + AT_ONCE] {
                *slot = base.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            written += AT_ONCE;
        }
        len = end;
    }
    len
}

/// As [`look`], 64 bytes at once.
///
/// # Safety
/// The machine has the instructions of [`crate::places`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
unsafe fn look_wide(stretch: &[u8], from: usize, places: &mut [u32]) -> usize {
    use std::arch::x86_64::{
        _mm512_cmpeq_epi8_mask, _mm512_maskz_loadu_epi8, _mm512_set1_epi8, _mm512_set1_epi32,
    };
    assert!(
        places.len() >= stretch.len() + BLOCK,
        "no room for the places"
    );
    let wanted = [b',', b'"', b'\n'].map(|mark| _mm512_set1_epi8(mark as i8));
    let mut len = 0;
    for (number, block) in stretch.chunks(BLOCK).enumerate() {
        let base = _mm512_set1_epi32((from + number * BLOCK) as i32);
        // SAFETY: bytes beyond the block are not read. There are no more places than bytes so far, so that
        // a block's fit behind them.
        unsafe {
            let block = _mm512_maskz_loadu_epi8(!0 >> (BLOCK - block.len()), block.as_ptr().cast());
            let [comma, quote, line] = wanted.map(|mark| _mm512_cmpeq_epi8_mask(block, mark));
            let bits = comma | quote | line;
            crate::places::write_places(bits, base, places.as_mut_ptr().add(len));
            len += bits.count_ones() as usize;
        }
    }
    len
}

/// One bit for each mark of up to 64 bytes.
fn mask(block: &[u8]) -> u64 {
    let Some(block) = block.first_chunk::<BLOCK>() else {
        return mask_scalar(block);
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
        fn marks_are_found_in_order_from_wherever_it_is_begun(
            bytes in proptest::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n')], 0..300),
            copies in 1_usize..40,
            is_wide in any::<bool>(),
            starts in proptest::collection::vec((any::<prop::sample::Index>(), 0_usize..20), 1..8),
        ) {
            let bytes = bytes.repeat(copies);
            let is_mark = |place: &usize| matches!(bytes[*place], b',' | b'"' | b'\n');
            let mut marks = Marks::new(&bytes);
            marks.is_wide &= is_wide;
            for (at, most) in starts {
                let at = at.index(bytes.len() + 1);
                marks.seek(at);
                let found: Vec<_> = std::iter::from_fn(|| marks.take()).take(most).collect();
                let wanted: Vec<_> = (at..bytes.len()).filter(is_mark).take(most).collect();
                prop_assert_eq!(found, wanted);
            }
            marks.seek(0);
            let found: Vec<_> = std::iter::from_fn(|| marks.take()).collect();
            prop_assert_eq!(found, (0..bytes.len()).filter(is_mark).collect::<Vec<_>>());
        }
    }
}
