//! A message as borrowed fields.

use super::dictionary;
use super::error::FieldError;
use super::index::SOH;
use super::number;
use super::value::Value;

/// A sound frame: version, length and checksum hold. Fields are read when asked for.
#[derive(Debug, Clone, Copy)]
pub struct Message<'a> {
    frame: &'a [u8],
    entries: &'a [u32],
}

/// A field of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Field<'a> {
    /// Its number.
    pub tag: u32,
    /// Its value, borrowed from the frame.
    pub value: Value<'a>,
}

/// Fields of a message or a part of it, in order.
#[derive(Debug, Clone)]
pub struct Fields<'a> {
    frame: &'a [u8],
    /// Places that are still to come.
    entries: &'a [u32],
    /// Where the next field begins.
    start: usize,
    /// The field before, whose value may be the length of this one.
    before: (u32, &'a [u8]),
}

impl<'a> Message<'a> {
    /// `entries` are the index of `frame`.
    #[inline]
    pub(super) const fn new(frame: &'a [u8], entries: &'a [u32]) -> Self {
        Self { frame, entries }
    }

    /// The whole frame.
    #[inline]
    #[must_use]
    pub const fn bytes(&self) -> &'a [u8] {
        self.frame
    }

    /// How many field ends and `=` were found: twice the fields of a well-formed message without
    /// fields of bytes.
    #[inline]
    #[must_use]
    pub const fn places(&self) -> usize {
        self.entries.len()
    }

    /// Such as `FIX.4.4` (tag 8).
    #[inline]
    #[must_use]
    pub fn begin_string(&self) -> &'a [u8] {
        self.known(0)
    }

    /// `MsgType` (35).
    #[inline]
    #[must_use]
    pub fn msg_type(&self) -> &'a [u8] {
        self.known(2)
    }

    /// The value of one of the first three fields, which the frame was checked for.
    #[inline]
    fn known(&self, number: usize) -> &'a [u8] {
        &self.frame[self.entries[2 * number] as usize + 1..self.entries[2 * number + 1] as usize]
    }

    /// Every field, from `8=` to `10=`.
    #[inline]
    #[must_use]
    pub const fn fields(&self) -> Fields<'a> {
        Fields {
            frame: self.frame,
            entries: self.entries,
            start: 0,
            before: (0, &[]),
        }
    }

    /// The first field with `tag`, wherever it stands.
    #[inline]
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        self.fields().get(tag)
    }
}

impl<'a> Fields<'a> {
    /// The first field with `tag` among those still to come; `None` also when a malformed field
    /// stands before it.
    #[inline]
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        let mut fields = self.clone().map_while(Result::ok);
        fields
            .find(|field| field.tag == tag)
            .map(|field| field.value)
    }

    /// Where the next field begins, in bytes from the start of the frame.
    #[inline]
    #[must_use]
    pub const fn place(&self) -> usize {
        self.start
    }

    /// The fields up to where `end` stands.
    pub(super) fn up_to(&self, end: &Self) -> Self {
        let taken = self.entries.len() - end.entries.len();
        Self {
            entries: &self.entries[..taken],
            ..self.clone()
        }
    }

    /// The tag of the next field, without taking it.
    #[inline]
    pub(super) fn peek(&self) -> Option<u32> {
        let equals = *self.entries.first()? as usize;
        tag(self.frame, self.start, equals)
    }

    /// Finds the end of a field of bytes, which may hold field ends itself.
    #[cold]
    fn data(&mut self, tag: u32, place: usize) -> Result<usize, FieldError> {
        let (before, text) = self.before;
        let length = match dictionary::length_tag(tag) {
            Some(length_tag) if length_tag == before => number::short(text),
            // Without its length, a field of bytes ends like any other.
            _ => return Ok(self.entries[1] as usize),
        };
        let length = length.unwrap_or(u64::MAX) as usize;
        let end = place.saturating_add(length);
        let skipped = self
            .entries
            .partition_point(|entry| (*entry as usize) < end);
        if self
            .entries
            .get(skipped)
            .is_none_or(|entry| *entry as usize != end)
            || self.frame[end] != SOH
        {
            return Err(FieldError::DataLength { tag, place, length });
        }
        // One before the end, where the place of `=` would be.
        self.entries = &self.entries[skipped - 1..];
        Ok(end)
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, FieldError>;

    /// After a malformed field comes the one that begins after the next SOH.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        let [equals, end, ..] = *self.entries else {
            return self.malformed();
        };
        let (equals, mut end) = (equals as usize, end as usize);
        let Some(tag) = tag(self.frame, self.start, equals) else {
            return self.malformed();
        };
        let place = equals + 1;
        if dictionary::is_data(tag) {
            match self.data(tag, place) {
                Ok(found) => end = found,
                Err(error) => {
                    self.entries = &self.entries[2..];
                    self.start = end + 1;
                    return Some(Err(error));
                }
            }
        }
        let value = &self.frame[place..end];
        self.entries = &self.entries[2..];
        self.start = end + 1;
        self.before = (tag, value);
        Some(Ok(Field {
            tag,
            value: Value::new(value),
        }))
    }
}

impl<'a> Fields<'a> {
    /// Passes over a field without a tag, up to the next SOH; `None` when nothing is left.
    #[cold]
    fn malformed(&mut self) -> Option<Result<Field<'a>, FieldError>> {
        let place = self.start;
        let end = self
            .entries
            .iter()
            .position(|entry| self.frame[*entry as usize] == SOH)?;
        self.start = self.entries[end] as usize + 1;
        self.entries = &self.entries[end + 1..];
        Some(Err(FieldError::NoTag { place }))
    }
}

/// The tag between `start` and the byte at `equals`; `None` unless it is a number from 1 to
/// 99,999,999 without leading zeros before an `=`.
#[inline]
fn tag(frame: &[u8], start: usize, equals: usize) -> Option<u32> {
    let length = equals - start;
    if frame[equals] != b'=' || frame[start] == b'0' {
        return None;
    }
    match equals.checked_sub(8) {
        Some(from) if matches!(length, 1..=8) => {
            let mut word = [0; 8];
            word.copy_from_slice(&frame[from..equals]);
            number::digits(u64::from_le_bytes(word), length).map(|tag| tag as u32)
        }
        _ => number::short(&frame[start..equals]).map(|tag| tag as u32),
    }
}
