//! Bits of a block of 64 bytes to the places that they stand for, with AVX-512.

// A name for each instruction would be longer than what uses it.
#[allow(clippy::wildcard_imports)]
use std::arch::x86_64::*;

/// Whether this machine has the instructions of [`write_places`].
pub(crate) fn runs_here() -> bool {
    is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
        && is_x86_feature_detected!("popcnt")
}

/// Writes the place of each bit, counted from `base`.
///
/// # Safety
/// The machine has the instructions, and 64 places can be written at `out`.
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,popcnt")]
pub(crate) unsafe fn write_places(bits: u64, base: __m512i, out: *mut u32) {
    const COUNT: [u8; 64] = {
        let mut count = [0; 64];
        let mut at = 0;
        while at < 64 {
            count[at] = at as u8;
            at += 1;
        }
        count
    };
    // SAFETY: the caller's word for `out`; `COUNT` is as long as the register.
    unsafe {
        let count = _mm512_loadu_si512(COUNT.as_ptr().cast());
        let packed = _mm512_maskz_compress_epi8(bits, count);
        let put = |sixteen: __m128i, at: usize| {
            let places = _mm512_add_epi32(_mm512_cvtepu8_epi32(sixteen), base);
            _mm512_storeu_si512(out.add(at).cast(), places);
        };
        put(_mm512_castsi512_si128(packed), 0);
        put(_mm512_extracti32x4_epi32::<1>(packed), 16);
        if bits.count_ones() > 32 {
            put(_mm512_extracti32x4_epi32::<2>(packed), 32);
            put(_mm512_extracti32x4_epi32::<3>(packed), 48);
        }
    }
}
