//! Messages where they lie.

use std::fmt::Write;

use super::error::FixedError;
use super::parse::{Field, Kind, Layout, Place, Spec};
use crate::json;

/// A value of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Value<'a> {
    /// A number that is never negative, without its point.
    Unsigned(u64),
    /// A number, without its point.
    Signed(i64),
    /// One character.
    Char(u8),
    /// Text without its padding.
    Text(&'a [u8]),
    /// Bytes.
    Bytes(&'a [u8]),
}

/// A message, as long as it says.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a, 's> {
    spec: &'s Spec,
    bytes: &'a [u8],
    is_big_endian: bool,
}

/// Up to eight bytes as a number.
#[inline]
fn whole(bytes: &[u8], is_big_endian: bool) -> u64 {
    let mut wide = [0; 8];
    let size = bytes.len().min(8);
    if is_big_endian {
        wide[8 - size..].copy_from_slice(&bytes[..size]);
        u64::from_be_bytes(wide)
    } else {
        wide[..size].copy_from_slice(&bytes[..size]);
        u64::from_le_bytes(wide)
    }
}

impl Layout {
    /// The message that `bytes` begin with.
    ///
    /// # Errors
    /// [`FixedError`] with the place.
    #[inline]
    pub fn decode<'a>(&self, bytes: &'a [u8]) -> Result<Message<'a, '_>, FixedError> {
        let value = self.read(self.selector, bytes)?;
        let found = self
            .messages
            .binary_search_by_key(&value, |spec| spec.value);
        let spec = found
            .ok()
            .and_then(|at| self.messages.get(at))
            .ok_or(FixedError::Unknown {
                offset: self.selector.offset,
                found: value,
            })?;
        let mut length = spec.size;
        if let Some((place, plus)) = self.length {
            let stated = usize::try_from(self.read(place, bytes)?).unwrap_or(usize::MAX);
            length = stated.saturating_add(plus);
            // A longer message has fields of a later version behind those that are known.
            if length < spec.size {
                return Err(FixedError::Length {
                    offset: place.offset,
                    found: length,
                    needed: spec.size,
                });
            }
        }
        let bytes = bytes.get(..length).ok_or(FixedError::Truncated {
            offset: 0,
            needed: length,
            available: bytes.len(),
        })?;
        Ok(Message {
            spec,
            bytes,
            is_big_endian: self.is_big_endian,
        })
    }

    #[inline]
    fn read(&self, place: Place, bytes: &[u8]) -> Result<u64, FixedError> {
        let found = bytes.get(place.offset..place.offset + place.size);
        let found = found.ok_or(FixedError::Truncated {
            offset: place.offset.min(bytes.len()),
            needed: place.size,
            available: bytes.len().saturating_sub(place.offset),
        })?;
        Ok(whole(found, self.is_big_endian))
    }
}

impl<'a, 's> Message<'a, 's> {
    /// What it is.
    #[must_use]
    pub fn spec(&self) -> &'s Spec {
        self.spec
    }

    /// All its bytes.
    #[must_use]
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// The value of `field`, one of this message's.
    #[inline]
    #[must_use]
    pub fn value(&self, field: &Field) -> Value<'a> {
        // The length was checked against every field of the message.
        let bytes = self
            .bytes
            .get(field.offset..field.offset + field.size)
            .unwrap_or_default();
        let number = || whole(bytes, self.is_big_endian);
        match field.kind {
            Kind::Unsigned => Value::Unsigned(number()),
            Kind::Signed => {
                let unused = 64 - 8 * field.size as u32;
                Value::Signed((number() << unused) as i64 >> unused)
            }
            Kind::Char => Value::Char(bytes.first().copied().unwrap_or(0)),
            Kind::Text => {
                let end = bytes.iter().rposition(|byte| ![0, b' '].contains(byte));
                Value::Text(&bytes[..end.map_or(0, |last| last + 1)])
            }
            Kind::Bytes => Value::Bytes(bytes),
        }
    }

    /// The value of the field called `name`.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Value<'a>> {
        self.spec.field(name).map(|field| self.value(field))
    }

    /// The message as JSON: `{"template": …, "fields": {…}}`, with numbers as they are meant, with
    /// their point, and bytes as hexadecimal digits.
    #[must_use]
    pub fn json(&self) -> String {
        let mut out = String::from("{\"template\":");
        json::text(&self.spec.name, &mut out);
        out.push_str(",\"fields\":{");
        for (at, field) in self.spec.fields.iter().enumerate() {
            if at > 0 {
                out.push(',');
            }
            json::text(&field.name, &mut out);
            out.push(':');
            match self.value(field) {
                Value::Unsigned(value) => decimal(value.into(), field.decimals, &mut out),
                Value::Signed(value) => decimal(value.into(), field.decimals, &mut out),
                Value::Char(byte) => {
                    json::text(char::from(byte).encode_utf8(&mut [0; 4]), &mut out);
                }
                Value::Text(bytes) => {
                    let text: String = bytes.iter().copied().map(char::from).collect();
                    json::text(&text, &mut out);
                }
                Value::Bytes(bytes) => json::hexadecimal(bytes, &mut out),
            }
        }
        out.push_str("}}");
        out
    }
}

/// Appends `value` with `decimals` digits behind the point.
fn decimal(value: i128, decimals: u32, out: &mut String) {
    let scale = 10_u128.pow(decimals);
    let (whole, part) = (value.unsigned_abs() / scale, value.unsigned_abs() % scale);
    // Writing to a string cannot fail.
    let _ = write!(out, "{}{whole}", if value < 0 { "-" } else { "" });
    if decimals > 0 {
        let _ = write!(out, ".{part:0width$}", width = decimals as usize);
    }
}
