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
    entries: &'a [u32],
    /// The first entry that is still to come.
    next: usize,
    /// Where the next field begins.
    start: usize,
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

    /// Where `part`, which was borrowed from it, begins in the frame.
    pub(super) fn place_of(&self, part: &[u8]) -> usize {
        (part.as_ptr() as usize).wrapping_sub(self.frame.as_ptr() as usize)
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
            next: 0,
            start: 0,
        }
    }

    /// The first field with `tag`, wherever it stands.
    #[inline]
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        match tag {
            8 => Some(Value::new(self.begin_string())),
            35 => Some(Value::new(self.msg_type())),
            9 => self.fields().get(tag),
            _ => self.behind_type().get(tag),
        }
    }

    /// The fields behind the first three, which the frame was checked for.
    #[inline]
    fn behind_type(&self) -> Fields<'a> {
        Fields {
            frame: self.frame,
            entries: self.entries,
            next: 6,
            start: self.entries[5] as usize + 1,
        }
    }
}

impl<'a> Fields<'a> {
    /// The first field with `tag` among those still to come; `None` also when a malformed field
    /// stands before it.
    #[inline]
    #[must_use]
    pub fn get(&self, tag: u32) -> Option<Value<'a>> {
        let mut fields = self.clone();
        loop {
            let field = match fields.ordinary() {
                Some(field) => field,
                None => fields.unusual()?.ok()?,
            };
            if field.tag == tag {
                return Some(field.value);
            }
        }
    }

    /// Where the next field begins, in bytes from the start of the frame.
    #[inline]
    #[must_use]
    pub const fn place(&self) -> usize {
        self.start
    }

    /// The fields up to where `end` stands.
    pub(super) fn up_to(&self, end: &Self) -> Self {
        Self {
            entries: &self.entries[..end.next],
            ..self.clone()
        }
    }

    /// The tag of the next field, without taking it.
    #[inline]
    pub(super) fn peek(&self) -> Option<u32> {
        let equals = *self.entries.get(self.next)? as usize;
        tag(self.frame, self.start, equals)
    }

    /// Finds the end of a field of bytes, which may hold field ends itself.
    #[cold]
    fn data(&mut self, tag: u32, place: usize) -> Result<usize, FieldError> {
        let length = match dictionary::length_tag(tag) {
            Some(length_tag) if self.tag_before() == Some(length_tag) => {
                let value = self.entries[self.next - 2] as usize + 1;
                number::short(&self.frame[value..self.start - 1])
            }
            // Without its length, a field of bytes ends like any other.
            _ => return Ok(self.entries[self.next + 1] as usize),
        };
        let length = length.unwrap_or(u64::MAX) as usize;
        let end = place.saturating_add(length);
        let rest = &self.entries[self.next..];
        let passed = rest.partition_point(|entry| (*entry as usize) < end);
        if rest.get(passed).is_none_or(|entry| *entry as usize != end) || self.frame[end] != SOH {
            return Err(FieldError::DataLength { tag, place, length });
        }
        // One before the end, where the place of `=` would be.
        self.next += passed - 1;
        Ok(end)
    }

    /// The tag of the field before the next one.
    fn tag_before(&self) -> Option<u32> {
        let equals = *self.entries.get(self.next.checked_sub(2)?)? as usize;
        let before = &self.frame[..equals];
        let start = memchr::memrchr(SOH, before).map_or(0, |end| end + 1);
        tag(self.frame, start, equals)
    }

    /// Passes over a field without a tag, up to the next SOH; `None` when nothing is left.
    #[cold]
    fn malformed(&mut self) -> Option<Result<Field<'a>, FieldError>> {
        let place = self.start;
        let mut rest = self.entries[self.next..].iter();
        let end = rest.position(|entry| self.frame[*entry as usize] == SOH)?;
        self.start = self.entries[self.next + end] as usize + 1;
        self.next += end + 1;
        Some(Err(FieldError::NoTag { place }))
    }
}

impl<'a> Fields<'a> {
    /// The next field if it is an ordinary one; anything else is left to [`Self::unusual`].
    // A call, or a result with an error in it, would hand every field over in memory: that halves
    // the speed of whoever reads all.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub(super) fn ordinary(&mut self) -> Option<Field<'a>> {
        let [equals, end] = *self.entries.get(self.next..)?.first_chunk()?;
        let (equals, end) = (equals as usize, end as usize);
        let tag = tag(self.frame, self.start, equals)?;
        if dictionary::is_data(tag) {
            return None;
        }
        let value = Value::new(self.frame.get(equals + 1..end)?);
        self.next += 2;
        self.start = end + 1;
        Some(Field { tag, value })
    }

    /// The next field when it is malformed or one of bytes; `None` at the end.
    #[cold]
    pub(super) fn unusual(&mut self) -> Option<Result<Field<'a>, FieldError>> {
        let Some(&[equals, end]) = self.entries[self.next..].first_chunk() else {
            return self.malformed();
        };
        let (equals, end) = (equals as usize, end as usize);
        let Some(tag) = tag(self.frame, self.start, equals) else {
            return self.malformed();
        };
        let found = self.data(tag, equals + 1);
        let end = found.unwrap_or(end);
        self.next += 2;
        self.start = end + 1;
        Some(found.map(|end| Field {
            tag,
            value: Value::new(&self.frame[equals + 1..end]),
        }))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, FieldError>;

    /// After a malformed field comes the one that begins after the next SOH.
    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.ordinary() {
            Some(field) => Some(Ok(field)),
            None => self.unusual(),
        }
    }
}

/// The tag between `start` and the byte at `equals`; `None` unless it is a number from 1 to
/// 99,999,999 without leading zeros before an `=`.
#[inline]
fn tag(frame: &[u8], start: usize, equals: usize) -> Option<u32> {
    let length = equals.wrapping_sub(start);
    if frame.get(equals) != Some(&b'=') || frame.get(start) == Some(&b'0') {
        return None;
    }
    match frame[..equals].last_chunk() {
        Some(word) if matches!(length, 1..=8) => {
            number::digits(u64::from_le_bytes(*word), length).map(|tag| tag as u32)
        }
        _ => number::short(&frame[start..equals]).map(|tag| tag as u32),
    }
}
