//! Messages as bytes. The writer keeps its buffer, so that no message allocates once it is large
//! enough.

use wattbook_domain::{Price, Timestamp, Volume};

use super::dictionary;
use super::error::EncodeError;
use super::index::SOH;
use super::message::Field;

/// Room before the body, in which version and length are written last, right against it.
const HEAD_BYTES: usize = 32;
/// Longest body that `BodyLength` (9) can state in seven digits.
const BODY_BYTES_MAX: usize = 9_999_999;

/// Writes messages one after the other.
#[derive(Debug, Default)]
pub struct Encoder {
    buffer: Vec<u8>,
}

/// A message being written: fields go in the order of the calls.
#[derive(Debug)]
pub struct MessageWriter<'a> {
    buffer: &'a mut Vec<u8>,
    begin_string: &'a str,
    error: Option<EncodeError>,
}

/// Decimals of a second in a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Precision {
    /// `08:00:00`.
    Seconds,
    /// `08:00:00.000`.
    #[default]
    Millis,
    /// `08:00:00.000000`.
    Micros,
    /// `08:00:00.000000000`.
    Nanos,
}

impl Encoder {
    /// An encoder without memory yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a message with `BeginString` (8), at most 10 characters, and `MsgType` (35).
    ///
    /// # Panics
    /// When `begin_string` is longer: no version's is.
    pub fn message<'a>(&'a mut self, begin_string: &'a str, msg_type: &str) -> MessageWriter<'a> {
        assert!(
            begin_string.len() <= 10,
            "{begin_string:?} is no version of FIX"
        );
        self.buffer.clear();
        self.buffer.resize(HEAD_BYTES, 0);
        let mut writer = MessageWriter {
            buffer: &mut self.buffer,
            begin_string,
            error: None,
        };
        writer.text(35, msg_type);
        writer
    }
}

impl<'a> MessageWriter<'a> {
    /// Writes a value as it is.
    pub fn bytes(&mut self, tag: u32, value: &[u8]) -> &mut Self {
        if value.is_empty() {
            self.refuse(EncodeError::Empty { tag });
        }
        if memchr::memchr(SOH, value).is_some() {
            self.refuse(EncodeError::Delimiter { tag });
        }
        self.put(tag, value)
    }

    /// Writes text.
    pub fn text(&mut self, tag: u32, value: &str) -> &mut Self {
        self.bytes(tag, value.as_bytes())
    }

    /// Writes a field of bytes, which may hold anything, after the field that states its length.
    pub fn data(&mut self, tag: u32, value: &[u8]) -> &mut Self {
        if let Some(length_tag) = dictionary::length_tag(tag) {
            self.int(length_tag, value.len() as i64);
            return self.put(tag, value);
        }
        self.bytes(tag, value)
    }

    /// Writes a field as it was read from a sound frame; one of bytes follows its length, which was
    /// read before it.
    pub fn field(&mut self, field: &Field<'_>) -> &mut Self {
        self.put(field.tag, field.value.bytes())
    }

    /// Writes a whole number; also the count before a group's entries.
    pub fn int(&mut self, tag: u32, value: i64) -> &mut Self {
        let mut digits = Digits::default();
        digits.number(value.unsigned_abs());
        if value < 0 {
            digits.push(b'-');
        }
        self.put(tag, digits.text())
    }

    /// Writes one character.
    pub fn char(&mut self, tag: u32, value: u8) -> &mut Self {
        self.bytes(tag, &[value])
    }

    /// Writes `Y` or `N`.
    pub fn bool(&mut self, tag: u32, value: bool) -> &mut Self {
        self.put(tag, if value { b"Y" } else { b"N" })
    }

    /// Writes a price with the decimals that it has.
    pub fn price(&mut self, tag: u32, value: Price) -> &mut Self {
        self.millionths(tag, value.millionths())
    }

    /// Writes a volume with the decimals that it has.
    pub fn volume(&mut self, tag: u32, value: Volume) -> &mut Self {
        self.millionths(tag, value.millionths())
    }

    fn millionths(&mut self, tag: u32, value: i64) -> &mut Self {
        let mut digits = Digits::default();
        let magnitude = value.unsigned_abs();
        let mut decimals = magnitude % 1_000_000;
        if decimals != 0 {
            let mut count = 6;
            while decimals.is_multiple_of(10) {
                decimals /= 10;
                count -= 1;
            }
            digits.fixed(decimals, count);
            digits.push(b'.');
        }
        digits.number(magnitude / 1_000_000);
        if value < 0 {
            digits.push(b'-');
        }
        self.put(tag, digits.text())
    }

    /// Writes a time; what is finer than `precision` is cut off.
    pub fn timestamp(&mut self, tag: u32, value: Timestamp, precision: Precision) -> &mut Self {
        let (seconds, nanos) = (
            value.nanos().div_euclid(1_000_000_000),
            value.nanos().rem_euclid(1_000_000_000) as u64,
        );
        let (year, month, day) = civil(seconds.div_euclid(86_400));
        if !(0..=9999).contains(&year) {
            self.refuse(EncodeError::Year { tag });
            return self;
        }
        let second = seconds.rem_euclid(86_400) as u64;
        let mut digits = Digits::default();
        let (decimals, unit) = match precision {
            Precision::Seconds => (0, 1),
            Precision::Millis => (3, 1_000_000),
            Precision::Micros => (6, 1_000),
            Precision::Nanos => (9, 1),
        };
        if decimals > 0 {
            digits.fixed(nanos / unit, decimals);
            digits.push(b'.');
        }
        for (value, before) in [
            (second % 60, b':'),
            (second / 60 % 60, b':'),
            (second / 3600, b'-'),
        ] {
            digits.fixed(value, 2);
            digits.push(before);
        }
        digits.fixed(day, 2);
        digits.fixed(month, 2);
        digits.fixed(year as u64, 4);
        self.put(tag, digits.text())
    }

    fn refuse(&mut self, error: EncodeError) {
        self.error.get_or_insert(error);
    }

    fn put(&mut self, tag: u32, value: &[u8]) -> &mut Self {
        let mut digits = Digits::default();
        digits.push(b'=');
        digits.number(u64::from(tag));
        self.buffer.extend_from_slice(digits.text());
        self.buffer.extend_from_slice(value);
        self.buffer.push(SOH);
        self
    }

    /// Writes version, length and checksum and returns the frame.
    ///
    /// # Errors
    /// [`EncodeError`] of the first field that could not be written.
    pub fn finish(self) -> Result<&'a [u8], EncodeError> {
        let bytes = self.buffer.len() - HEAD_BYTES;
        if bytes > BODY_BYTES_MAX {
            return Err(EncodeError::TooLong { bytes });
        }
        if let Some(error) = self.error {
            return Err(error);
        }
        let mut head = Digits::default();
        head.push(SOH);
        head.number(bytes as u64);
        head.push(b'=');
        head.push(b'9');
        head.push(SOH);
        for byte in self.begin_string.bytes().rev() {
            head.push(byte);
        }
        head.push(b'=');
        head.push(b'8');
        let start = HEAD_BYTES - head.text().len();
        self.buffer[start..HEAD_BYTES].copy_from_slice(head.text());
        let sum: u32 = self.buffer[start..]
            .iter()
            .map(|byte| u32::from(*byte))
            .sum();
        let mut check = Digits::default();
        check.push(SOH);
        check.fixed(u64::from(sum & 255), 3);
        self.buffer.extend_from_slice(b"10=");
        self.buffer.extend_from_slice(check.text());
        Ok(&self.buffer[start..])
    }
}

/// A text written from its end, never longer than the room: a time has 27 bytes, a head 29.
struct Digits {
    text: [u8; HEAD_BYTES],
    start: usize,
}

impl Default for Digits {
    fn default() -> Self {
        Self {
            text: [0; HEAD_BYTES],
            start: HEAD_BYTES,
        }
    }
}

impl Digits {
    fn push(&mut self, byte: u8) {
        self.start -= 1;
        self.text[self.start] = byte;
    }

    /// Writes `value` before what is there.
    fn number(&mut self, mut value: u64) {
        loop {
            self.push(b'0' + (value % 10) as u8);
            value /= 10;
            if value == 0 {
                break;
            }
        }
    }

    /// Writes the last `count` digits of `value` before what is there.
    fn fixed(&mut self, mut value: u64, count: usize) {
        for _ in 0..count {
            self.push(b'0' + (value % 10) as u8);
            value /= 10;
        }
    }

    fn text(&self) -> &[u8] {
        &self.text[self.start..]
    }
}

/// Year, month and day of a day since 1970-01-01: Hinnant (2013), `civil_from_days`.
const fn civil(days: i64) -> (i64, u64, u64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year + era * 400 + if month <= 2 { 1 } else { 0 };
    (year, month as u64, day as u64)
}
