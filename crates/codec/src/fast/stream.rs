//! Bytes of a message: integers with stop bits, presence maps, strings.

use super::error::{FastError, FastFault};

/// The high bit that ends an integer, a presence map or an ASCII string.
pub(super) const STOP: u8 = 0x80;

/// Reads a message from its first byte on.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    is_strict: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8], is_strict: bool) -> Self {
        Self {
            bytes,
            at: 0,
            is_strict,
        }
    }

    #[inline]
    pub(super) fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub(super) fn is_strict(&self) -> bool {
        self.is_strict
    }

    #[cold]
    #[inline(never)]
    pub(super) fn refuse(&self, fault: FastFault) -> FastError {
        FastError {
            fault,
            // An error of eight bytes travels in a register, with every value that is read.
            offset: u32::try_from(self.at).unwrap_or(u32::MAX),
        }
    }

    #[inline]
    fn byte(&mut self) -> Result<u8, FastError> {
        let Some(byte) = self.bytes.get(self.at) else {
            return Err(self.refuse(FastFault::Truncated));
        };
        self.at += 1;
        Ok(*byte)
    }

    /// An unsigned integer.
    #[inline]
    pub(super) fn unsigned(&mut self) -> Result<u64, FastError> {
        let first = self.byte()?;
        if first & STOP != 0 {
            return Ok(u64::from(first & !STOP));
        }
        self.unsigned_after(first)
    }

    fn unsigned_after(&mut self, first: u8) -> Result<u64, FastError> {
        let mut value = u64::from(first);
        if first == 0 && self.is_strict {
            return Err(self.refuse(FastFault::R6));
        }
        loop {
            let byte = self.byte()?;
            if value >> 57 != 0 {
                return Err(self.refuse(FastFault::D2));
            }
            value = value << 7 | u64::from(byte & !STOP);
            if byte & STOP != 0 {
                return Ok(value);
            }
        }
    }

    /// A signed integer.
    #[inline]
    pub(super) fn signed(&mut self) -> Result<i64, FastError> {
        let first = self.byte()?;
        // The sign is bit 6.
        let value = i64::from((first << 1) as i8 >> 1);
        if first & STOP != 0 {
            return Ok(value);
        }
        let wide = self.signed_after(value)?;
        i64::try_from(wide).map_err(|_| self.refuse(FastFault::D2))
    }

    /// A signed integer that may have one bit more than 64.
    #[inline]
    pub(super) fn signed_wide(&mut self) -> Result<i128, FastError> {
        let first = self.byte()?;
        let value = i64::from((first << 1) as i8 >> 1);
        if first & STOP != 0 {
            return Ok(i128::from(value));
        }
        self.signed_after(value)
    }

    fn signed_after(&mut self, first: i64) -> Result<i128, FastError> {
        let mut value = first;
        let start = self.at;
        loop {
            let byte = self.byte()?;
            if self.is_strict && self.at == start + 1 && is_padding(first, byte) {
                return Err(self.refuse(FastFault::R6));
            }
            if byte & STOP != 0 {
                // Nine bytes fill 63 bits, so only the last byte can need more than 64.
                return Ok(i128::from(value) << 7 | i128::from(byte & !STOP));
            }
            let shifted = value << 7 | i64::from(byte);
            if shifted >> 7 != value {
                return Err(self.refuse(FastFault::D2));
            }
            value = shifted;
        }
    }

    /// Bytes up to and with the one that has the stop bit.
    #[inline]
    pub(super) fn stopped(&mut self) -> Result<&'a [u8], FastError> {
        let start = self.at;
        while self.byte()? & STOP == 0 {}
        Ok(&self.bytes[start..self.at])
    }

    /// So many bytes.
    pub(super) fn take(&mut self, length: u64) -> Result<&'a [u8], FastError> {
        let end = usize::try_from(length)
            .ok()
            .and_then(|length| self.at.checked_add(length));
        let Some(found) = end.and_then(|end| self.bytes.get(self.at..end)) else {
            return Err(self.refuse(FastFault::Truncated));
        };
        self.at += found.len();
        Ok(found)
    }

    /// A presence map.
    #[inline]
    pub(super) fn presence(&mut self) -> Result<Presence<'a>, FastError> {
        let bytes = self.stopped()?;
        if self.is_strict && bytes.len() > 1 && bytes[bytes.len() - 1] == STOP {
            return Err(self.refuse(FastFault::R7));
        }
        Ok(Presence::new(bytes))
    }
}

/// Whether the first byte of a signed integer says no more than its second one.
fn is_padding(first: i64, second: u8) -> bool {
    let is_negative = second & 0x40 != 0;
    (first == 0 && !is_negative) || (first == -1 && is_negative)
}

/// Bits that say which fields are there, first field first; zeros behind the end.
#[derive(Debug, Clone, Copy)]
pub(super) struct Presence<'a> {
    /// Next bits, the first one highest; what is not loaded is zero.
    bits: u64,
    /// Bytes that are not in `bits` yet.
    rest: &'a [u8],
    /// How many of `bits` are loaded.
    loaded: u32,
}

impl<'a> Presence<'a> {
    /// A map without bits.
    pub(super) fn none() -> Self {
        Self {
            bits: 0,
            rest: &[],
            loaded: 0,
        }
    }

    #[inline]
    fn new(bytes: &'a [u8]) -> Self {
        if let [byte] = bytes {
            return Self {
                bits: u64::from(*byte) << 57,
                rest: &[],
                loaded: 7,
            };
        }
        let mut presence = Self {
            bits: 0,
            rest: bytes,
            loaded: 0,
        };
        presence.load();
        presence
    }

    fn load(&mut self) {
        while self.loaded <= 56
            && let Some((byte, rest)) = self.rest.split_first()
        {
            self.bits |= u64::from(byte & !STOP) << (57 - self.loaded);
            self.loaded += 7;
            self.rest = rest;
        }
    }

    /// The next bit.
    #[inline]
    pub(super) fn bit(&mut self) -> bool {
        let bit = self.bits >> 63 != 0;
        self.bits <<= 1;
        self.loaded = self.loaded.wrapping_sub(1);
        if !self.rest.is_empty() {
            self.load();
        }
        bit
    }

    /// Whether a bit is set that nobody asked for.
    pub(super) fn has_more(&self) -> bool {
        self.bits != 0 || self.rest.iter().any(|byte| byte & !STOP != 0)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn integers_of_the_standard_are_read() {
        // FAST 1.1, appendix 3: uInt32 and int32 with their bytes.
        let unsigned = |bytes: &[u8]| Reader::new(bytes, true).unsigned().unwrap();
        let signed = |bytes: &[u8]| Reader::new(bytes, true).signed().unwrap();
        assert_eq!(unsigned(&[0x39, 0x45, 0xa3]), 942_755);
        assert_eq!(signed(&[0x39, 0x45, 0xa3]), 942_755);
        assert_eq!(signed(&[0x46, 0x3a, 0xdd]), -942_755);
        assert_eq!(signed(&[0x7c, 0x1b, 0x1b, 0x9d]), -7_942_755);
        assert_eq!(signed(&[0x00, 0x40, 0x81]), 8193);
        assert_eq!(unsigned(&[0x80]), 0);
    }

    #[test]
    fn integers_end_at_64_bits() {
        let most = [0x01, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0xff];
        assert_eq!(Reader::new(&most, true).unsigned().unwrap(), u64::MAX);
        let beyond = [0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
        assert_eq!(
            Reader::new(&beyond, true).unsigned().unwrap_err().fault,
            FastFault::D2
        );
        let least = [0x7f, 0, 0, 0, 0, 0, 0, 0, 0, 0x80];
        assert_eq!(Reader::new(&least, true).signed().unwrap(), i64::MIN);
        let wide = [0x01, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0xff];
        assert_eq!(
            Reader::new(&wide, true).signed_wide().unwrap(),
            i128::from(u64::MAX)
        );
        assert_eq!(
            Reader::new(&wide, true).signed().unwrap_err().fault,
            FastFault::D2
        );
    }

    #[test]
    fn presence_maps_of_any_length_are_read() {
        let bytes = [0x40, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x81];
        let mut presence = Reader::new(&bytes, true).presence().unwrap();
        let bits: Vec<bool> = (0..80).map(|_| presence.bit()).collect();
        let set: Vec<usize> = (0..80).filter(|at| bits[*at]).collect();
        assert_eq!(set, [0, 76]);
    }
}
