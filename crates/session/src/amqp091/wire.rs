//! Primitive fields: AMQP 0-9-1, section 4.2.5. All numbers are big-endian.

use super::value::{self, Table};

/// What a field lacks; without allocation where it is common.
pub(crate) type Fault = String;

/// Fields appended one after the other; flags that follow each other share octets.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    pub(crate) bytes: Vec<u8>,
    bits: u8,
    bits_used: u8,
}

impl Writer {
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.flush();
        self.bytes.extend_from_slice(bytes);
    }

    fn bit(&mut self, bit: bool) {
        if self.bits_used == 8 {
            self.flush();
        }
        self.bits |= u8::from(bit) << self.bits_used;
        self.bits_used += 1;
    }

    fn flush(&mut self) {
        if self.bits_used > 0 {
            self.bytes.push(self.bits);
            (self.bits, self.bits_used) = (0, 0);
        }
    }

    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.flush();
        self.bytes
    }
}

/// Fields read one after the other.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    bytes: &'a [u8],
    bits: u8,
    bits_left: u8,
}

impl<'a> Reader<'a> {
    pub(crate) const fn new(bytes: &'a [u8]) -> Self {
        Self {
            bytes,
            bits: 0,
            bits_left: 0,
        }
    }

    pub(crate) fn take(&mut self, count: usize) -> Result<&'a [u8], Fault> {
        self.bits_left = 0;
        match self.bytes.split_at_checked(count) {
            Some((head, rest)) => {
                self.bytes = rest;
                Ok(head)
            }
            None => Err(format!(
                "a field of {count} bytes where {} are left",
                self.bytes.len()
            )),
        }
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let bytes = self.take(N)?;
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        Ok(array)
    }

    fn bit(&mut self) -> Result<bool, Fault> {
        if self.bits_left == 0 {
            self.bits = self.array::<1>()?[0];
            self.bits_left = 8;
        }
        let bit = self.bits & 1 == 1;
        self.bits >>= 1;
        self.bits_left -= 1;
        Ok(bit)
    }

    pub(crate) const fn rest(&self) -> &'a [u8] {
        self.bytes
    }
}

/// A field of a method.
pub(crate) trait Field: Sized {
    fn write(&self, out: &mut Writer);
    fn read(input: &mut Reader<'_>) -> Result<Self, Fault>;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Field for $number {
            fn write(&self, out: &mut Writer) {
                out.put(&self.to_be_bytes());
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
                Ok(Self::from_be_bytes(input.array()?))
            }
        }
    )*};
}

number!(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64);

impl Field for bool {
    fn write(&self, out: &mut Writer) {
        out.bit(*self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
        input.bit()
    }
}

/// Short string: at most 255 bytes of UTF-8. Longer text is cut at a character's border; names and
/// ids that the session makes are checked before.
impl Field for String {
    fn write(&self, out: &mut Writer) {
        let mut end = self.len().min(255);
        while !self.is_char_boundary(end) {
            end -= 1;
        }
        out.put(&[end as u8]);
        out.put(&self.as_bytes()[..end]);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let length = u8::read(input)?;
        let bytes = input.take(usize::from(length))?;
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(_) => Err("a short string that is not UTF-8".to_owned()),
        }
    }
}

/// Long string: any bytes.
impl Field for Vec<u8> {
    fn write(&self, out: &mut Writer) {
        out.put(&(self.len() as u32).to_be_bytes());
        out.put(self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
        let length = u32::read(input)?;
        Ok(input.take(length as usize)?.to_vec())
    }
}

impl Field for Table {
    fn write(&self, out: &mut Writer) {
        value::write_table(self, out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
        value::read_table(input, 0)
    }
}
