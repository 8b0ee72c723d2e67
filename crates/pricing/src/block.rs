//! Columns of a batch and the blocks of rows in which a kernel sees them.

use crate::error::PricingError;

/// Rows of a block: its columns stay in the first cache.
pub(crate) const ROWS: usize = 128;

/// One column of a block.
pub(crate) type Block = [f64; ROWS];

/// A column of a batch: one value for all rows, or one for each.
#[derive(Clone, Copy, Debug)]
pub enum Column<'a> {
    /// The same in every row.
    One(f64),
    /// As many values as there are rows.
    Many(&'a [f64]),
}

impl<'a> Column<'a> {
    /// The value in a row.
    #[must_use]
    pub fn at(&self, row: usize) -> f64 {
        match self {
            Self::One(value) => *value,
            Self::Many(values) => values[row],
        }
    }

    pub(crate) fn fits(&self, field: &'static str, expected: usize) -> Result<(), PricingError> {
        match self {
            Self::Many(values) if values.len() != expected => Err(PricingError::Length {
                field,
                found: values.len(),
                expected,
            }),
            _ => Ok(()),
        }
    }

    /// A block of rows from `first` on: in place where as many are left, else at the front of `spare`.
    /// A column of one value fills `spare` for the first block only.
    #[inline(always)]
    pub(crate) fn block<'b, const N: usize>(
        &self,
        first: usize,
        spare: &'b mut [f64; N],
    ) -> &'b [f64; N]
    where
        'a: 'b,
    {
        match self {
            Self::One(value) if first == 0 => spare.fill(*value),
            Self::One(_) => {}
            Self::Many(values) => {
                let left = &values[first..];
                if let Some(block) = left.first_chunk() {
                    return block;
                }
                spare[..left.len()].copy_from_slice(left);
            }
        }
        spare
    }

    /// Asks the memory for the block of `N` rows from `first` on, so that it is there when it is read.
    #[inline(always)]
    pub(crate) fn fetch<const N: usize>(&self, first: usize) {
        #[cfg(target_arch = "x86_64")]
        if let Self::Many(values) = self
            && let Some(block) = values.get(first..first + N)
        {
            use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
            for line in block.chunks_exact(LINE) {
                // SAFETY: part of every x86-64; it reads nothing.
                unsafe { _mm_prefetch::<_MM_HINT_T0>(line.as_ptr().cast()) };
            }
        }
        let _ = first;
    }

    /// Writes rows `first..first + rows` to the front of `block`. A column of one value needs
    /// this for the first block only.
    #[inline(always)]
    pub(crate) fn load<const N: usize>(&self, first: usize, rows: usize, block: &mut [f64; N]) {
        match self {
            Self::One(value) if first == 0 => block.fill(*value),
            Self::One(_) => {}
            Self::Many(values) => block[..rows].copy_from_slice(&values[first..first + rows]),
        }
    }
}

/// Rows from which results do not stay in the caches: they are written past them.
pub(crate) const LARGE: usize = 65_536;

/// Doubles of a line of the caches.
const LINE: usize = 8;

/// Rows before the first whole line of results.
pub(crate) fn before_line(results: &[f64]) -> usize {
    results
        .as_ptr()
        .align_offset(LINE * size_of::<f64>())
        .min(results.len())
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
#[inline]
fn stream_line(into: &mut [f64; LINE], from: &[f64; LINE]) {
    use std::arch::x86_64::{_mm512_loadu_pd, _mm512_stream_pd};
    // SAFETY: both are eight doubles; `into` is a whole line.
    unsafe { _mm512_stream_pd(into.as_mut_ptr(), _mm512_loadu_pd(from.as_ptr())) };
}

/// Copies `from` to results; where these are `large`, past the caches, which saves reading the memory
/// before it is overwritten. [`finish_store`] comes last.
#[inline(always)]
pub(crate) fn store(large: bool, into: &mut [f64], from: &[f64]) {
    #[cfg(target_arch = "x86_64")]
    if large
        && before_line(into) == 0
        && into.len().is_multiple_of(LINE)
        && is_x86_feature_detected!("avx512f")
    {
        for (line, values) in into.as_chunks_mut().0.iter_mut().zip(from.as_chunks().0) {
            // SAFETY: the processor has what the function is compiled for.
            unsafe { stream_line(line, values) };
        }
        return;
    }
    #[cfg(target_arch = "x86_64")]
    if large {
        use std::arch::x86_64::{_mm_loadu_pd, _mm_stream_pd};
        let head = usize::from(!into.as_ptr().addr().is_multiple_of(16)).min(into.len());
        into[..head].copy_from_slice(&from[..head]);
        let (pairs, rest) = into[head..].as_chunks_mut::<2>();
        let (values, last) = from[head..].as_chunks::<2>();
        for (pair, value) in pairs.iter_mut().zip(values) {
            // SAFETY: both are two doubles, and the pair is aligned to 16 bytes after the head; SSE2 is
            // part of every x86-64.
            unsafe { _mm_stream_pd(pair.as_mut_ptr(), _mm_loadu_pd(value.as_ptr())) };
        }
        rest.copy_from_slice(last);
        return;
    }
    let _ = large;
    into.copy_from_slice(from);
}

/// Makes what was stored past the caches visible to every other thread.
pub(crate) fn finish_store() {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: part of every x86-64.
    unsafe {
        std::arch::x86_64::_mm_sfence();
    }
}

/// Compiles `$body` once for each width of vector registers and runs the widest that the
/// processor has. Their operations are the same, so are their results.
macro_rules! widest {
    ($(#[$doc:meta])* $visible:vis fn $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)? = $body:path) => {
        $(#[$doc])*
        $visible fn $name($($argument: $kind),*) $(-> $result)? {
            #[cfg(target_arch = "x86_64")]
            {
                #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx2,fma")]
                fn of_512_bits($($argument: $kind),*) $(-> $result)? {
                    $body($($argument),*)
                }
                #[target_feature(enable = "avx2,fma")]
                fn of_256_bits($($argument: $kind),*) $(-> $result)? {
                    $body($($argument),*)
                }
                if is_x86_feature_detected!("fma") && is_x86_feature_detected!("avx2") {
                    if is_x86_feature_detected!("avx512f")
                        && is_x86_feature_detected!("avx512dq")
                        && is_x86_feature_detected!("avx512vl")
                    {
                        // SAFETY: the processor has every feature that the function is compiled for.
                        return unsafe { of_512_bits($($argument),*) };
                    }
                    // SAFETY: as above.
                    return unsafe { of_256_bits($($argument),*) };
                }
            }
            $body($($argument),*)
        }
    };
}
pub(crate) use widest;
