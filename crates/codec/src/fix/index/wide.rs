//! The kernels with vector instructions. Each makes one bit a byte, 64 at a time, and shares how
//! those bits become places.

// A name for each instruction would be longer than the kernels.
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

use super::{SLACK, SOH, Scan};
use crate::places::write_places;

/// How far ahead memory is asked for: frames begin anew too often for the machine to see by itself
/// that they follow each other. It makes frames that come from memory a quarter faster.
const AHEAD_BYTES: usize = 4096;

/// What goes from one block of 64 bytes to the next.
struct Carry {
    /// One when the next byte stands in a tag: a field begins there or its `=` is still to come.
    in_tag: u64,
}

impl Carry {
    /// Bits of every SOH and of the first `=` of each field, from the bits of all of them.
    ///
    /// A bit added at the start of a tag runs through the ones of ordinary bytes up to the first
    /// zero, which is the byte that ends the tag; a start follows an SOH, so no two runs touch.
    #[inline]
    fn places(&mut self, ends: u64, equals: u64) -> u64 {
        let stops = ends | equals;
        let (run, beyond) = (!stops).overflowing_add(ends << 1 | self.in_tag);
        self.in_tag = ends >> 63 | u64::from(beyond);
        ends | (run & equals)
    }
}

/// Indexes 64 bytes at a time with AVX2.
///
/// # Safety
/// The machine has AVX2 and POPCNT. `out` is longer than `frame` by [`SLACK`].
#[target_feature(enable = "avx2,popcnt,bmi1")]
pub(super) unsafe fn avx2(frame: &[u8], out: &mut [u32]) -> Scan {
    assert!(out.len() >= frame.len() + SLACK, "no room for the index");
    let mut carry = Carry { in_tag: 1 };
    let mut entries = 0;
    let mut sum = _mm256_setzero_si256();
    let (blocks, rest) = frame.as_chunks::<64>();
    let mut padded = [0; 64];
    padded[..rest.len()].copy_from_slice(rest);
    let last = (!rest.is_empty()).then_some(&padded);
    for (number, block) in blocks.iter().chain(last).enumerate() {
        _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(AHEAD_BYTES).cast());
        // SAFETY: a block has 64 bytes, so both halves can be read.
        let (low, high) = unsafe {
            let start = block.as_ptr();
            (
                _mm256_loadu_si256(start.cast()),
                _mm256_loadu_si256(start.add(32).cast()),
            )
        };
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(low, _mm256_setzero_si256()));
        sum = _mm256_add_epi64(sum, _mm256_sad_epu8(high, _mm256_setzero_si256()));
        let mut bits = carry.places(equal_avx2(low, high, SOH), equal_avx2(low, high, b'='));
        let found = bits.count_ones() as usize;
        let base = number as u32 * 64;
        let mut written = entries;
        entries += found;
        // Eight at a time whether or not there are as many: a branch for each would be mispredicted.
        while written < entries {
            for slot in &mut out[written..written + 8] {
                *slot = base.wrapping_add(bits.trailing_zeros());
                bits &= bits.wrapping_sub(1);
            }
            written += 8;
        }
    }
    let mut lanes = [0_u64; 4];
    // SAFETY: four lanes of 64 bits are as long as the register.
    unsafe { _mm256_storeu_si256(lanes.as_mut_ptr().cast(), sum) };
    Scan {
        entries,
        sum: lanes.iter().sum::<u64>() as u32,
    }
}

/// One bit for each of 64 bytes that equals `wanted`.
#[target_feature(enable = "avx2")]
fn equal_avx2(low: __m256i, high: __m256i, wanted: u8) -> u64 {
    let wanted = _mm256_set1_epi8(wanted as i8);
    let low = _mm256_movemask_epi8(_mm256_cmpeq_epi8(low, wanted)) as u32;
    let high = _mm256_movemask_epi8(_mm256_cmpeq_epi8(high, wanted)) as u32;
    u64::from(high) << 32 | u64::from(low)
}

/// Indexes 64 bytes at a time with AVX-512.
///
/// # Safety
/// The machine has AVX-512 F, BW, VL, VBMI2 and VNNI, and POPCNT. `out` is longer than `frame` by
/// [`SLACK`].
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx512vnni,popcnt")]
pub(super) unsafe fn avx512(frame: &[u8], out: &mut [u32]) -> Scan {
    assert!(out.len() >= frame.len() + SLACK, "no room for the index");
    let mut state = Wide {
        carry: Carry { in_tag: 1 },
        sum: _mm512_setzero_si512(),
        base: _mm512_setzero_si512(),
        entries: 0,
    };
    let (blocks, rest) = frame.as_chunks::<64>();
    for block in blocks {
        _mm_prefetch::<_MM_HINT_T0>(block.as_ptr().wrapping_add(AHEAD_BYTES).cast());
        // SAFETY: a block has 64 bytes. There are no more entries than bytes so far, and each block
        // writes at most SLACK beyond.
        unsafe { state.block(_mm512_loadu_si512(block.as_ptr().cast()), out.as_mut_ptr()) };
    }
    if !rest.is_empty() {
        _mm_prefetch::<_MM_HINT_T0>(rest.as_ptr().wrapping_add(AHEAD_BYTES).cast());
        let mask = (1 << rest.len()) - 1;
        // SAFETY: the mask leaves out what lies beyond the frame, which is then neither read nor
        // faulted on; as above.
        unsafe {
            state.block(
                _mm512_maskz_loadu_epi8(mask, rest.as_ptr().cast()),
                out.as_mut_ptr(),
            );
        }
    }
    Scan {
        entries: state.entries,
        sum: _mm512_reduce_add_epi32(state.sum) as u32,
    }
}

/// What goes from one block to the next. Shuffles bound the kernel, so sums are made by products
/// and the base is counted up, both on other ports.
struct Wide {
    carry: Carry,
    /// Sixteen parts of the sum of all bytes.
    sum: __m512i,
    /// Where the block begins, sixteen times.
    base: __m512i,
    entries: usize,
}

impl Wide {
    /// Adds a block to the sum and writes its places behind those before.
    ///
    /// # Safety
    /// The machine has the instructions, and 64 places can be written behind the entries.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,avx512vnni,popcnt")]
    unsafe fn block(&mut self, block: __m512i, out: *mut u32) {
        self.sum = _mm512_dpbusd_epi32(self.sum, block, _mm512_set1_epi8(1));
        let ends = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(SOH as i8));
        let equals = _mm512_cmpeq_epi8_mask(block, _mm512_set1_epi8(b'=' as i8));
        let bits = self.carry.places(ends, equals);
        // SAFETY: the caller's word.
        unsafe { write_places(bits, self.base, out.add(self.entries)) };
        self.entries += bits.count_ones() as usize;
        self.base = _mm512_add_epi32(self.base, _mm512_set1_epi32(64));
    }
}
