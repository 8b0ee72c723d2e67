//! What a decoder tells.

use super::template::{Decimal, FieldId, TemplateId};

/// A value of a field; text lies in the message or in the decoder.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// `uInt32`, `uInt64`.
    Unsigned(u64),
    /// `int32`, `int64`.
    Signed(i64),
    /// `decimal`.
    Decimal(Decimal),
    /// `string`, seven bits a character.
    Ascii(&'a [u8]),
    /// `string` of charset unicode.
    Unicode(&'a str),
    /// `byteVector`.
    Bytes(&'a [u8]),
}

/// Takes what a decoder finds, in the message's order; what it does not care for, it leaves out.
pub trait Visitor {
    /// A message, or a message inside one, begins.
    fn template_start(&mut self, _template: TemplateId) {}
    /// It ends.
    fn template_end(&mut self) {}
    /// A field has a value.
    fn value(&mut self, field: FieldId, value: Value<'_>);
    /// An optional field, group or sequence is not there.
    fn absent(&mut self, _field: FieldId) {}
    /// A group begins.
    fn group_start(&mut self, _field: FieldId) {}
    /// It ends.
    fn group_end(&mut self) {}
    /// A sequence of `length` elements begins.
    fn sequence_start(&mut self, _field: FieldId, _length: u32) {}
    /// Its next element begins.
    fn element_start(&mut self) {}
    /// The element ends.
    fn element_end(&mut self) {}
    /// The sequence ends.
    fn sequence_end(&mut self) {}
}
