//! Strings and byte vectors, by operator (FAST 1.1, clause 6.3).

use super::decode::Dictionaries;
use super::decode_number::missing;
use super::error::{FastError, FastFault};
use super::state::{Kind, Slot, Status};
use super::stream::{Presence, Reader, STOP};
use super::template::{FieldId, Operator, Text, TextKind};
use super::visit::{Value, Visitor};

/// Every character by itself, so that a string of one needs no copy.
static SINGLES: [u8; 128] = singles();

const fn singles() -> [u8; 128] {
    let mut bytes = [0; 128];
    let mut at = 0;
    while at < 128 {
        bytes[at] = at as u8;
        at += 1;
    }
    bytes
}

/// A string in the stream.
#[derive(Debug, Clone, Copy)]
enum Found<'m> {
    Null,
    /// Where it lies.
    Here(&'m [u8]),
    /// Without its stop bit, in the decoder's scratch.
    Scratch,
}

impl<'m> Found<'m> {
    /// Reads a string of `kind`; one without a stop bit to take off stays where it lies.
    #[inline]
    fn read(
        kind: TextKind,
        is_nullable: bool,
        reader: &mut Reader<'m>,
        scratch: &mut Vec<u8>,
    ) -> Result<Self, FastError> {
        if kind == TextKind::Ascii {
            return Self::read_ascii(is_nullable, reader, scratch);
        }
        let length = match (is_nullable, reader.unsigned()?) {
            (true, 0) => return Ok(Self::Null),
            (true, length) => length - 1,
            (false, length) => length,
        };
        if length > u64::from(u32::MAX) {
            return Err(reader.refuse(FastFault::D2));
        }
        reader.take(length).map(Self::Here)
    }

    #[inline]
    fn read_ascii(
        is_nullable: bool,
        reader: &mut Reader<'m>,
        scratch: &mut Vec<u8>,
    ) -> Result<Self, FastError> {
        let bytes = reader.stopped()?;
        match bytes {
            [STOP] if is_nullable => return Ok(Self::Null),
            [STOP] => return Ok(Self::Here(&[])),
            [byte] => {
                let at = usize::from(byte & !STOP);
                return Ok(Self::Here(&SINGLES[at..=at]));
            }
            // A zero in front tells a string that is null from one that is empty or a zero itself.
            [0, STOP] if is_nullable => return Ok(Self::Here(&[])),
            [0, STOP] => return Ok(Self::Here(&SINGLES[..1])),
            [0, 0, STOP] if is_nullable => return Ok(Self::Here(&SINGLES[..1])),
            [0, ..] => return Err(reader.refuse(FastFault::R9)),
            _ => {}
        }
        scratch.clear();
        scratch.extend_from_slice(bytes);
        if let Some(last) = scratch.last_mut() {
            *last &= !STOP;
        }
        Ok(Self::Scratch)
    }

    /// Its bytes; None for null.
    #[inline]
    fn bytes<'s>(self, scratch: &'s [u8]) -> Option<&'s [u8]>
    where
        'm: 's,
    {
        match self {
            Self::Null => None,
            Self::Here(bytes) => Some(bytes),
            Self::Scratch => Some(scratch),
        }
    }
}

/// Shows `text` as the value of field `id`, or its absence.
#[inline]
fn show<V: Visitor>(
    id: FieldId,
    kind: TextKind,
    text: Option<&[u8]>,
    reader: &Reader<'_>,
    visitor: &mut V,
) -> Result<(), FastError> {
    let Some(text) = text else {
        visitor.absent(id);
        return Ok(());
    };
    let value = match kind {
        TextKind::Ascii => Value::Ascii(text),
        TextKind::Bytes => Value::Bytes(text),
        TextKind::Unicode => match std::str::from_utf8(text) {
            Ok(text) => Value::Unicode(text),
            Err(_) => return Err(reader.refuse(FastFault::R2)),
        },
    };
    visitor.value(id, value);
    Ok(())
}

impl Dictionaries {
    /// Shows the next value of the string or byte vector `id`.
    #[inline]
    pub(super) fn text<V: Visitor>(
        &mut self,
        id: FieldId,
        field: &Text,
        presence: &mut Presence<'_>,
        reader: &mut Reader<'_>,
        visitor: &mut V,
    ) -> Result<(), FastError> {
        let (kind, is_optional) = (field.kind, field.is_optional);
        match field.operator {
            Operator::Constant => {
                let is_there = !is_optional || presence.bit();
                return show(
                    id,
                    kind,
                    field.initial.as_deref().filter(|_| is_there),
                    reader,
                    visitor,
                );
            }
            Operator::Delta => return self.delta_text(id, field, reader, visitor),
            Operator::None => {}
            Operator::Default if presence.bit() => {}
            Operator::Default => return show(id, kind, field.initial.as_deref(), reader, visitor),
            Operator::Copy | Operator::Increment | Operator::Tail => {
                let slot = &mut self.slots[field.slot as usize];
                if !presence.bit() {
                    return previous(id, field, slot, reader, visitor);
                }
                let found = Found::read(kind, is_optional, reader, &mut self.scratch)?;
                let text = found.bytes(&self.scratch);
                let Some(text) = text else {
                    slot.status = Status::Empty;
                    return show(id, kind, None, reader, visitor);
                };
                if field.operator == Operator::Tail {
                    put_tail(field, slot, text, reader)?;
                } else {
                    slot.set_text(kind, text);
                }
                return show(id, kind, Some(&slot.text), reader, visitor);
            }
        }
        let found = Found::read(kind, is_optional, reader, &mut self.scratch)?;
        show(id, kind, found.bytes(&self.scratch), reader, visitor)
    }

    /// Shows a string that is told as a difference: how much to take away, from the end or, below
    /// zero, from the front, and what to put there.
    fn delta_text<V: Visitor>(
        &mut self,
        id: FieldId,
        field: &Text,
        reader: &mut Reader<'_>,
        visitor: &mut V,
    ) -> Result<(), FastError> {
        let taken = match (field.is_optional, reader.signed()?) {
            (true, 0) => return show(id, field.kind, None, reader, visitor),
            (true, value @ 1..) => value - 1,
            (_, value) => value,
        };
        let found = Found::read(field.kind, false, reader, &mut self.scratch)?;
        let slot = &mut self.slots[field.slot as usize];
        to_base(field, slot, reader, Some(FastFault::D6))?;
        let put = found.bytes(&self.scratch).unwrap_or_default();
        // Below zero the count stands one lower, so that nothing can be taken from the front.
        let is_front = taken < 0;
        let count = if is_front { -(taken + 1) } else { taken };
        let count = usize::try_from(count)
            .ok()
            .filter(|count| *count <= slot.text.len());
        let Some(count) = count else {
            return Err(reader.refuse(FastFault::D7));
        };
        if is_front {
            slot.text.splice(..count, put.iter().copied());
        } else {
            slot.text.truncate(slot.text.len() - count);
            slot.text.extend_from_slice(put);
        }
        show(id, field.kind, Some(&slot.text), reader, visitor)
    }
}

/// Makes `slot` hold the value that a tail or difference applies to.
fn to_base(
    field: &Text,
    slot: &mut Slot,
    reader: &Reader<'_>,
    if_empty: Option<FastFault>,
) -> Result<(), FastError> {
    match (slot.status, if_empty) {
        (Status::Assigned, _) if slot.is_other(Kind::Text(field.kind)) => {
            Err(reader.refuse(FastFault::D4))
        }
        (Status::Assigned, _) => Ok(()),
        (Status::Empty, Some(fault)) => Err(reader.refuse(fault)),
        (Status::Undefined | Status::Empty, _) => {
            slot.set_text(field.kind, field.initial.as_deref().unwrap_or_default());
            Ok(())
        }
    }
}

/// Puts `tail` in place of as many bytes at the end of the previous value.
fn put_tail(
    field: &Text,
    slot: &mut Slot,
    tail: &[u8],
    reader: &Reader<'_>,
) -> Result<(), FastError> {
    to_base(field, slot, reader, None)?;
    let kept = slot.text.len().saturating_sub(tail.len());
    slot.text.truncate(kept);
    slot.text.extend_from_slice(tail);
    Ok(())
}

/// Shows a string whose bit is not set.
#[inline]
fn previous<V: Visitor>(
    id: FieldId,
    field: &Text,
    slot: &mut Slot,
    reader: &Reader<'_>,
    visitor: &mut V,
) -> Result<(), FastError> {
    match (slot.status, &field.initial) {
        (Status::Assigned, _) if slot.is_other(Kind::Text(field.kind)) => {
            Err(reader.refuse(FastFault::D4))
        }
        (Status::Assigned, _) => show(id, field.kind, Some(&slot.text), reader, visitor),
        (Status::Undefined, Some(initial)) => {
            slot.set_text(field.kind, initial);
            show(id, field.kind, Some(initial), reader, visitor)
        }
        _ => {
            missing(slot, field.is_optional, reader)?;
            show(id, field.kind, None, reader, visitor)
        }
    }
}
