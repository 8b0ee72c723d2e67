//! Messages kept, printed and compared.

use std::fmt::Write;

use super::template::{Decimal, FieldId, TemplateId, Templates};
use super::visit::{Value, Visitor};
use crate::json;

/// A value that is kept; text lies in the tape.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kept {
    Unsigned(u64),
    Signed(i64),
    Decimal(Decimal),
    Ascii(u32, u32),
    Unicode(u32, u32),
    Bytes(u32, u32),
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Step {
    TemplateStart(TemplateId),
    TemplateEnd,
    Value(FieldId, Kept),
    Absent(FieldId),
    GroupStart(FieldId),
    GroupEnd,
    SequenceStart(FieldId, u32),
    ElementStart,
    ElementEnd,
    SequenceEnd,
}

/// What a decoder told, in order, to be shown again: to be printed, or to an encoder.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Tape {
    steps: Vec<Step>,
    text: Vec<u8>,
}

impl Tape {
    /// Forgets what is kept, but not the room for it.
    pub fn clear(&mut self) {
        self.steps.clear();
        self.text.clear();
    }

    /// Values kept, of all fields.
    #[must_use]
    pub fn values(&self) -> usize {
        let is_value = |step: &&Step| matches!(step, Step::Value(..));
        self.steps.iter().filter(is_value).count()
    }

    /// The step at a place.
    pub(super) fn step(&self, at: usize) -> Option<Step> {
        self.steps.get(at).copied()
    }

    fn keep(&mut self, text: &[u8]) -> (u32, u32) {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(text);
        (start, self.text.len() as u32)
    }

    fn kept(&self, start: u32, end: u32) -> &[u8] {
        self.text
            .get(start as usize..end as usize)
            .unwrap_or_default()
    }

    pub(super) fn value_of(&self, kept: Kept) -> Value<'_> {
        match kept {
            Kept::Unsigned(value) => Value::Unsigned(value),
            Kept::Signed(value) => Value::Signed(value),
            Kept::Decimal(value) => Value::Decimal(value),
            Kept::Ascii(start, end) => Value::Ascii(self.kept(start, end)),
            Kept::Bytes(start, end) => Value::Bytes(self.kept(start, end)),
            Kept::Unicode(start, end) => {
                Value::Unicode(std::str::from_utf8(self.kept(start, end)).unwrap_or_default())
            }
        }
    }

    /// Shows everything to `visitor`.
    pub fn show<V: Visitor>(&self, visitor: &mut V) {
        for step in &self.steps {
            match *step {
                Step::TemplateStart(id) => visitor.template_start(id),
                Step::TemplateEnd => visitor.template_end(),
                Step::Value(field, kept) => visitor.value(field, self.value_of(kept)),
                Step::Absent(field) => visitor.absent(field),
                Step::GroupStart(field) => visitor.group_start(field),
                Step::GroupEnd => visitor.group_end(),
                Step::SequenceStart(field, length) => visitor.sequence_start(field, length),
                Step::ElementStart => visitor.element_start(),
                Step::ElementEnd => visitor.element_end(),
                Step::SequenceEnd => visitor.sequence_end(),
            }
        }
    }

    /// The messages as JSON: `{"template": …, "fields": {…}}`, with null for what is absent, an object
    /// for a group, a list of objects for a sequence, `{"exponent": …, "mantissa": …}` for a decimal,
    /// hexadecimal digits for a byte vector, and the key `templateRef` for a message inside it.
    #[must_use]
    pub fn json(&self, templates: &Templates) -> String {
        let mut printer = Printer {
            templates,
            out: String::new(),
            is_first: true,
        };
        self.show(&mut printer);
        printer.out
    }
}

impl Visitor for Tape {
    fn template_start(&mut self, template: TemplateId) {
        self.steps.push(Step::TemplateStart(template));
    }

    fn template_end(&mut self) {
        self.steps.push(Step::TemplateEnd);
    }

    #[inline]
    fn value(&mut self, field: FieldId, value: Value<'_>) {
        let kept = match value {
            Value::Unsigned(value) => Kept::Unsigned(value),
            Value::Signed(value) => Kept::Signed(value),
            Value::Decimal(value) => Kept::Decimal(value),
            Value::Ascii(text) => {
                let (start, end) = self.keep(text);
                Kept::Ascii(start, end)
            }
            Value::Unicode(text) => {
                let (start, end) = self.keep(text.as_bytes());
                Kept::Unicode(start, end)
            }
            Value::Bytes(bytes) => {
                let (start, end) = self.keep(bytes);
                Kept::Bytes(start, end)
            }
        };
        self.steps.push(Step::Value(field, kept));
    }

    fn absent(&mut self, field: FieldId) {
        self.steps.push(Step::Absent(field));
    }

    fn group_start(&mut self, field: FieldId) {
        self.steps.push(Step::GroupStart(field));
    }

    fn group_end(&mut self) {
        self.steps.push(Step::GroupEnd);
    }

    fn sequence_start(&mut self, field: FieldId, length: u32) {
        self.steps.push(Step::SequenceStart(field, length));
    }

    fn element_start(&mut self) {
        self.steps.push(Step::ElementStart);
    }

    fn element_end(&mut self) {
        self.steps.push(Step::ElementEnd);
    }

    fn sequence_end(&mut self) {
        self.steps.push(Step::SequenceEnd);
    }
}

/// Prints what it is shown.
struct Printer<'t> {
    templates: &'t Templates,
    out: String,
    is_first: bool,
}

impl Printer<'_> {
    fn comma(&mut self) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.out.push(',');
        }
    }

    fn key(&mut self, field: FieldId) {
        self.comma();
        let name = self
            .templates
            .fields
            .get(field.index())
            .map_or("", |field| &field.name);
        json::text(name, &mut self.out);
        self.out.push(':');
    }

    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.is_first = true;
    }

    fn close(&mut self, bracket: char) {
        self.out.push(bracket);
        self.is_first = false;
    }
}

impl Visitor for Printer<'_> {
    fn template_start(&mut self, template: TemplateId) {
        self.comma();
        // A message inside a message stands under a key of its own.
        if !self.out.is_empty() {
            self.out.push_str("\"templateRef\":");
        }
        self.out.push_str("{\"template\":");
        let name = self
            .templates
            .list
            .get(template.index())
            .map_or("", |known| &known.name);
        json::text(name, &mut self.out);
        self.out.push_str(",\"fields\":");
        self.open('{');
    }

    fn template_end(&mut self) {
        self.out.push('}');
        self.close('}');
    }

    fn value(&mut self, field: FieldId, value: Value<'_>) {
        self.key(field);
        // Writing to a string cannot fail.
        let _ = match value {
            Value::Unsigned(value) => write!(self.out, "{value}"),
            Value::Signed(value) => write!(self.out, "{value}"),
            Value::Decimal(Decimal { exponent, mantissa }) => {
                write!(
                    self.out,
                    "{{\"exponent\":{exponent},\"mantissa\":{mantissa}}}"
                )
            }
            Value::Ascii(text) => {
                json::text(std::str::from_utf8(text).unwrap_or_default(), &mut self.out);
                Ok(())
            }
            Value::Unicode(text) => {
                json::text(text, &mut self.out);
                Ok(())
            }
            Value::Bytes(bytes) => {
                json::hexadecimal(bytes, &mut self.out);
                Ok(())
            }
        };
    }

    fn absent(&mut self, field: FieldId) {
        self.key(field);
        self.out.push_str("null");
    }

    fn group_start(&mut self, field: FieldId) {
        self.key(field);
        self.open('{');
    }

    fn group_end(&mut self) {
        self.close('}');
    }

    fn sequence_start(&mut self, field: FieldId, _length: u32) {
        self.key(field);
        self.open('[');
    }

    fn element_start(&mut self) {
        self.comma();
        self.open('{');
    }

    fn element_end(&mut self) {
        self.close('}');
    }

    fn sequence_end(&mut self) {
        self.close(']');
    }
}
