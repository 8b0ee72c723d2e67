//! Bytes of the binary form, which comes in two [forms](Form).
//!
//! **Wide**: a number is a prefix varint, seven bits of value in each byte; the number of ones below
//! the first zero of the first byte is the number of bytes that follow it, and after a first byte of
//! 0xFF come the eight bytes of the value itself. So the length is known from one byte, writing has
//! no loop, and values below 128 take one byte.
//!
//! **Narrow**: a number has the width of its type, so that every field of a record lies at a known
//! place and writing is a row of stores. A record with a number too large for its width has no
//! narrow form.
//!
//! All numbers are little-endian; signed ones are folded (zigzag), so that small magnitudes stay
//! short whatever their sign.

use std::marker::PhantomData;
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
    /// Bytes after the end.
    #[error("the record ends here, before its bytes do; it is corrupt")]
    Trailing,
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

/// How numbers are written.
pub trait Form: Copy {
    /// Whether they have the width of their type.
    const IS_NARROW: bool;
}

/// Numbers as long as they need: every record has this form.
#[derive(Debug, Clone, Copy)]
pub struct Wide;

/// Numbers as wide as their type says: quick to write and to read.
#[derive(Debug, Clone, Copy)]
pub struct Narrow;

impl Form for Wide {
    const IS_NARROW: bool = false;
}

impl Form for Narrow {
    const IS_NARROW: bool = true;
}

/// The most bytes that a varint takes, with what its one store writes beyond its end.
pub(crate) const VARINT_MAX: usize = 9;
/// Room for the narrow form of a record; one that needs more is written wide.
const NARROW_ROOM: usize = 256;

/// Room for a record, filled from its front. Goes by value, so that it stays in registers.
#[derive(Debug)]
pub struct Writer<'a, F> {
    room: &'a mut [MaybeUninit<u8>],
    /// Not zero once something had no place in the narrow form.
    excess: u64,
    form: PhantomData<F>,
}

impl<'a, F: Form> Writer<'a, F> {
    fn new(room: &'a mut [MaybeUninit<u8>]) -> Self {
        Self {
            room,
            excess: 0,
            form: PhantomData,
        }
    }

    /// The room behind the first `length` bytes, which were written.
    #[inline(always)]
    fn behind(self, length: usize) -> Self {
        Self {
            room: &mut self.room[length..],
            ..self
        }
    }

    /// Whether `length` bytes have a place; if not, a narrow record has none either.
    ///
    /// # Panics
    /// When a wide record has no room: a `size_max` is too small.
    #[inline(always)]
    fn has_room(&mut self, length: usize) -> bool {
        let fits = length <= self.room.len();
        assert!(fits || F::IS_NARROW, "a size_max is too small");
        if !fits {
            self.excess = 1;
        }
        fits
    }

    /// Writes `bytes`.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[inline(always)]
    #[must_use]
    pub(crate) fn bytes<const N: usize>(mut self, bytes: [u8; N]) -> Self {
        if !self.has_room(N) {
            return self;
        }
        self.room[..N].copy_from_slice(&bytes.map(MaybeUninit::new));
        self.behind(N)
    }

    /// Writes `bytes`.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[must_use]
    pub(crate) fn text(mut self, bytes: &[u8]) -> Self {
        if !self.has_room(bytes.len()) {
            return self;
        }
        self.room[..bytes.len()].write_copy_of_slice(bytes);
        self.behind(bytes.len())
    }

    /// Writes `value`: wide in 1 to 9 bytes, narrow in `WIDTH`.
    ///
    /// # Panics
    /// When there is no room: a `size_max` is too small.
    #[inline(always)]
    #[must_use]
    pub(crate) fn number<const WIDTH: usize>(mut self, value: u64) -> Self {
        if F::IS_NARROW {
            const { assert!(WIDTH < 8, "a narrow number is shorter than its one store") };
            self.excess |= value >> (8 * WIDTH);
            // One store of eight bytes and a shorter step beat a store of exactly `WIDTH` bytes.
            if self.has_room(8) {
                self.room[..8].copy_from_slice(&value.to_le_bytes().map(MaybeUninit::new));
                return self.behind(WIDTH);
            }
            return self;
        }
        if value >> 56 != 0 {
            return self.bytes([0xFF]).bytes(value.to_le_bytes());
        }
        // ceil(bits / 7) for 1 to 56 bits, without a division.
        let bits = 64 - (value | 1).leading_zeros();
        let length = (bits * 9).div_ceil(64);
        let word = (value << length) | ((1 << (length - 1)) - 1);
        self.room[..8].copy_from_slice(&word.to_le_bytes().map(MaybeUninit::new));
        self.behind(length as usize)
    }
}

/// Appends what `write` writes into at most `size_max` bytes.
#[inline(always)]
pub(crate) fn append(
    out: &mut Vec<u8>,
    size_max: usize,
    write: impl for<'a> FnOnce(Writer<'a, Wide>) -> Writer<'a, Wide>,
) {
    out.reserve(size_max);
    let room = &mut out.spare_capacity_mut()[..size_max];
    let written = size_max - write(Writer::new(room)).room.len();
    // SAFETY: a writer gets shorter only by bytes at its front that it has written, and `write`,
    // which knows no other writer of this lifetime, hands back the one that it was given.
    unsafe { out.set_len(out.len() + written) };
}

/// What has a narrow form, if its numbers fit. A trait where a closure would do, because a method
/// can be told to be inlined: only then are the places of all fields known to the compiler.
pub(crate) trait WriteNarrow {
    /// Writes the narrow form to the front of `out` and hands back the room behind it.
    fn write_narrow<'a>(&self, out: Writer<'a, Narrow>) -> Writer<'a, Narrow>;
}

/// Appends the narrow form of `value`; `false`, and nothing is appended, when it has none.
#[inline(always)]
pub(crate) fn append_narrow(out: &mut Vec<u8>, value: &impl WriteNarrow) -> bool {
    out.reserve(NARROW_ROOM);
    let room = &mut out.spare_capacity_mut()[..NARROW_ROOM];
    let Writer { room, excess, .. } = value.write_narrow(Writer::new(room));
    if excess != 0 {
        return false;
    }
    let written = NARROW_ROOM - room.len();
    // SAFETY: as in `append`; without excess, everything had its place.
    unsafe { out.set_len(out.len() + written) };
    true
}

/// Reads what [`Writer::number`] wrote.
#[inline(always)]
pub(crate) fn number<F: Form, const WIDTH: usize>(input: &mut Reader<'_>) -> Result<u64, Fault> {
    if !F::IS_NARROW {
        return varint(input);
    }
    let mut word = [0; 8];
    word[..WIDTH].copy_from_slice(&chunk::<WIDTH>(input)?);
    Ok(u64::from_le_bytes(word))
}

/// Reads a varint.
#[inline(always)]
fn varint(input: &mut Reader<'_>) -> Result<u64, Fault> {
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

/// Bytes of a number of elements in the narrow form.
pub(crate) const LENGTH_WIDTH: usize = 2;

/// Reads a number of elements, each of which takes at least one byte.
#[inline(always)]
pub(crate) fn length<F: Form>(input: &mut Reader<'_>) -> Result<usize, Fault> {
    let length = number::<F, LENGTH_WIDTH>(input)?;
    match usize::try_from(length) {
        Ok(elements) if elements <= input.len() => Ok(elements),
        _ => Err(Fault::new(DecodeFault::Length { length }, input.len())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    struct FiveBytes(u64);

    impl WriteNarrow for FiveBytes {
        fn write_narrow<'a>(&self, out: Writer<'a, Narrow>) -> Writer<'a, Narrow> {
            out.number::<5>(self.0)
        }
    }

    proptest! {
        #[test]
        fn a_varint_comes_back_whatever_follows_it(
            value in any::<u64>(), shift in 0_u32..64, tail in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            append(&mut bytes, VARINT_MAX, |out| out.number::<4>(value));
            let bits = 64 - (value | 1).leading_zeros();
            prop_assert_eq!(bytes.len(), if bits > 56 { 9 } else { bits.div_ceil(7) as usize });
            bytes.extend_from_slice(&tail);
            let mut input = &bytes[..];
            prop_assert_eq!(varint(&mut input).unwrap(), value);
            prop_assert_eq!(input, &tail[..]);
        }

        #[test]
        fn a_narrow_number_comes_back_or_has_no_narrow_form(
            value in any::<u64>(), shift in 0_u32..64, tail in prop::collection::vec(any::<u8>(), 0..12),
        ) {
            let value = value >> shift;
            let mut bytes = Vec::new();
            let fits = append_narrow(&mut bytes, &FiveBytes(value));
            prop_assert_eq!(fits, value < 1 << 40);
            prop_assert_eq!(bytes.len(), if fits { 5 } else { 0 });
            bytes.extend_from_slice(&tail);
            let mut input = &bytes[..];
            if fits {
                prop_assert_eq!(number::<Narrow, 5>(&mut input).unwrap(), value);
                prop_assert_eq!(input, &tail[..]);
            }
        }

        #[test]
        fn a_cut_varint_is_truncated(value in 128_u64.., cut in 1_usize..9) {
            let mut bytes = Vec::new();
            append(&mut bytes, VARINT_MAX, |out| out.number::<4>(value));
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
