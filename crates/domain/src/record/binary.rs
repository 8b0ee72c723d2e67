//! Bytes of the binary form.
//!
//! A prefix varint holds seven bits of value in each byte; the number of ones below the first zero
//! of the first byte is the number of bytes that follow it, and after a first byte of 0xFF come the
//! eight bytes of the value itself. So the length is known from one byte, writing has no loop, and
//! values below 128 take one byte. All numbers are little-endian; signed ones are folded (zigzag),
//! so that small magnitudes stay short whatever their sign.

use std::mem::MaybeUninit;

/// What a value is read from.
pub type Reader<'a> = &'a [u8];

/// Why bytes are no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeFault {
    /// The input ends within a value.
    #[error("the input ends here, within a value; give the whole record")]
    Truncated,
    /// A number that names no choice.
    #[error("{tag} names no {of}; check the version that wrote the record")]
    UnknownTag {
        /// Of which enumeration.
        of: &'static str,
        /// As found.
        tag: u8,
    },
    /// A number beyond the range of its field.
    #[error("{value} is too large for its field; the record is corrupt")]
    OutOfRange {
        /// As found.
        value: u64,
    },
    /// A length beyond the end of the input.
    #[error("a length of {length} goes beyond the input; the record is corrupt")]
    Length {
        /// As found.
        length: u64,
    },
    /// A text that is not UTF-8.
    #[error("a text is not UTF-8; the record is corrupt")]
    NotUtf8,
    /// A value that its type does not allow, such as a currency code with a digit.
    #[error("no valid {of}; the record is corrupt")]
    Invalid {
        /// Of which type.
        of: &'static str,
    },
}

/// A [`DecodeFault`] with its place counted from the end of the input, cheap to hand upwards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault {
    remaining: usize,
    fault: DecodeFault,
}

impl Fault {
    /// `fault` at the place where `remaining` bytes are left.
    #[cold]
    #[must_use]
    pub const fn new(fault: DecodeFault, remaining: usize) -> Self {
        Self { remaining, fault }
    }

    /// The same counted from the start of `length` bytes that hold a `record`.
    #[cold]
    #[must_use]
    pub const fn at(self, record: &'static str, length: usize) -> DecodeError {
        DecodeError {
            record,
            offset: length - self.remaining,
            fault: self.fault,
        }
    }
}

/// Bytes that are no record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{record} cannot be read at byte {offset}: {fault}")]
pub struct DecodeError {
    /// What should have been there.
    pub record: &'static str,
    /// Where, in bytes from the start of the record.
    pub offset: usize,
    /// What was wrong.
    #[source]
    pub fault: DecodeFault,
}

/// The most bytes that a varint takes, with what its one store writes beyond its end.
pub(crate) const VARINT_MAX: usize = 9;

/// Room for a record, filled from its front. Goes by value, so that it stays in two registers.
#[derive(Debug)]
pub struct Writer<'a>(&'a mut [MaybeUninit<u8>]);

impl Writer<'_> {
    /// Writes `bytes`.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[inline(always)]
    #[must_use]
    pub(crate) fn bytes<const N: usize>(self, bytes: [u8; N]) -> Self {
        let (head, rest) = self.0.split_at_mut(N);
        head.copy_from_slice(&bytes.map(MaybeUninit::new));
        Self(rest)
    }

    /// Writes `bytes`.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[must_use]
    pub(crate) fn text(self, bytes: &[u8]) -> Self {
        let (head, rest) = self.0.split_at_mut(bytes.len());
        head.write_copy_of_slice(bytes);
        Self(rest)
    }

    /// Writes `value` in 1 to 9 bytes.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[inline(always)]
    #[must_use]
    pub(crate) fn varint(self, value: u64) -> Self {
        if value >> 56 != 0 {
            return self.bytes([0xFF]).bytes(value.to_le_bytes());
        }
        // ceil(bits / 7) for 1 to 56 bits, without a division.
        let bits = 64 - (value | 1).leading_zeros();
        let length = (bits * 9).div_ceil(64);
        let word = (value << length) | ((1 << (length - 1)) - 1);
        // One store of eight bytes and a shorter step beat a store of exactly `length` bytes.
        self.0[..8].copy_from_slice(&word.to_le_bytes().map(MaybeUninit::new));
        Self(&mut self.0[length as usize..])
    }
}

/// Appends what `write` writes into at most `size_max` bytes.
#[inline(always)]
pub(crate) fn append(
    out: &mut Vec<u8>,
    size_max: usize,
    write: impl for<'a> FnOnce(Writer<'a>) -> Writer<'a>,
) {
    out.reserve(size_max);
    let room = &mut out.spare_capacity_mut()[..size_max];
    let written = size_max - write(Writer(room)).0.len();
    // SAFETY: a writer gets shorter only by bytes at its front that it has written, and `write`,
    // which knows no other writer of this lifetime, hands back the one that it was given.
    unsafe { out.set_len(out.len() + written) };
}

/// Reads what [`Writer::varint`] wrote.
#[inline(always)]
pub(crate) fn varint(input: &mut Reader<'_>) -> Result<u64, Fault> {
    if let Some(head) = input.first_chunk::<8>() {
        let word = u64::from_le_bytes(*head);
        let length = (!word).trailing_zeros() + 1;
        if length <= 8 {
            let unused = 64 - 8 * length;
            *input = &input[length as usize..];
            return Ok(word << unused >> unused >> length);
        }
    }
    let (value, rest) = varint_near_end(input)?;
    *input = rest;
    Ok(value)
}

/// Takes and gives the input by value: a reference would keep the callers' place in memory.
fn varint_near_end(mut input: Reader<'_>) -> Result<(u64, Reader<'_>), Fault> {
    let first = byte(&mut input)?;
    let following = first.trailing_ones() as usize;
    let Some((tail, rest)) = input.split_at_checked(following) else {
        return Err(Fault::new(DecodeFault::Truncated, input.len()));
    };
    let high = tail
        .iter()
        .rev()
        .fold(0_u64, |high, byte| high << 8 | u64::from(*byte));
    if following == 8 {
        return Ok((high, rest));
    }
    // The first byte keeps 7 - following bits of the value, above its prefix.
    let low = u64::from(first) >> (following + 1);
    Ok((high << (7 - following) | low, rest))
}

/// Folds the sign into the lowest bit.
#[inline]
pub(crate) const fn fold(value: i64) -> u64 {
    (value << 1 ^ value >> 63) as u64
}

/// Undoes [`fold`].
#[inline]
pub(crate) const fn unfold(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

/// Reads one byte.
#[inline(always)]
pub(crate) fn byte(input: &mut Reader<'_>) -> Result<u8, Fault> {
    chunk::<1>(input).map(|[byte]| byte)
}

/// Reads `N` bytes.
#[inline(always)]
pub(crate) fn chunk<const N: usize>(input: &mut Reader<'_>) -> Result<[u8; N], Fault> {
    match input.split_first_chunk::<N>() {
        Some((head, rest)) => {
            *input = rest;
            Ok(*head)
        }
        None => Err(Fault::new(DecodeFault::Truncated, input.len())),
    }
}

/// Reads a number of elements, each of which takes at least one byte.
#[inline(always)]
pub(crate) fn length(input: &mut Reader<'_>) -> Result<usize, Fault> {
    let length = varint(input)?;
    match usize::try_from(length) {
        Ok(elements) if elements <= input.len() => Ok(elements),
        _ => Err(Fault::new(DecodeFault::Length { length }, input.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_varint_comes_back_whatever_follows_it(
            value in any::<u64>(), shift in 0_u32..64, tail in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            append(&mut bytes, VARINT_MAX, |out| out.varint(value));
            let bits = 64 - (value | 1).leading_zeros();
            prop_assert_eq!(bytes.len(), if bits > 56 { 9 } else { bits.div_ceil(7) as usize });
            bytes.extend_from_slice(&tail);
            let mut input = &bytes[..];
            prop_assert_eq!(varint(&mut input).unwrap(), value);
            prop_assert_eq!(input, &tail[..]);
        }

        #[test]
        fn a_cut_varint_is_truncated(value in 128_u64.., cut in 1_usize..9) {
            let mut bytes = Vec::new();
            append(&mut bytes, VARINT_MAX, |out| out.varint(value));
            bytes.truncate(bytes.len().saturating_sub(cut));
            let fault = varint(&mut &bytes[..]).unwrap_err();
            prop_assert_eq!(fault.fault, DecodeFault::Truncated);
        }

        #[test]
        fn folding_is_undone(value in any::<i64>()) {
            prop_assert_eq!(unfold(fold(value)), value);
        }
    }
}
