//! Messages back to bytes.

use super::encode_value::{Out, PresenceBits};
use super::error::{EncodeError, FastFault};
use super::state::{Slot, Status};
use super::tape::{Step, Tape};
use super::template::{Action, FieldId, Operation, TemplateId, Templates};
use super::visit::Value;

/// Writes messages with as few bytes as their templates allow, and remembers previous values as the
/// decoder of the other side does.
///
/// # Examples
/// ```
/// use wattbook_codec::fast::{Decoder, Encoder, Tape, Templates};
///
/// let templates = Templates::from_xml(r#"<template name="Tick" id="1">
///     <uInt32 name="volume"><copy/></uInt32></template>"#).unwrap();
/// let message = [0xe0, 0x81, 0x85];
/// let mut tape = Tape::default();
/// Decoder::new(&templates).decode(&message, &mut tape).unwrap();
/// let (mut encoder, mut out) = (Encoder::new(&templates), Vec::new());
/// encoder.encode(&tape, &mut out).unwrap();
/// assert_eq!(out, message);
/// // The same volume again takes one byte.
/// encoder.encode(&tape, &mut out).unwrap();
/// assert_eq!(out[3..], [0x80]);
/// ```
#[derive(Debug, Clone)]
pub struct Encoder<'t> {
    templates: &'t Templates,
    pub(super) slots: Vec<Slot>,
    current: Option<TemplateId>,
}

/// What is left of a tape.
struct Steps<'a> {
    tape: &'a Tape,
    at: usize,
}

impl<'a> Steps<'a> {
    fn next(&mut self) -> Result<Step, EncodeError> {
        let step = self.tape.step(self.at).ok_or(EncodeError::Ended)?;
        self.at += 1;
        Ok(step)
    }

    /// The value of `field`; None if it is absent.
    fn value(&mut self, field: FieldId) -> Result<Option<Value<'a>>, EncodeError> {
        match self.next()? {
            Step::Value(found, kept) if found == field => Ok(Some(self.tape.value_of(kept))),
            Step::Absent(found) if found == field => Ok(None),
            _ => Err(EncodeError::Field { field }),
        }
    }

    fn expect(&mut self, step: Step, field: FieldId) -> Result<(), EncodeError> {
        if self.next()? == step {
            Ok(())
        } else {
            Err(EncodeError::Field { field })
        }
    }
}

impl<'t> Encoder<'t> {
    /// An encoder that knows no previous value.
    #[must_use]
    pub fn new(templates: &'t Templates) -> Self {
        Self {
            templates,
            slots: vec![Slot::undefined(); templates.slots as usize],
            current: None,
        }
    }

    /// Forgets every previous value and the last template.
    pub fn reset(&mut self) {
        self.current = None;
        self.forget();
    }

    fn forget(&mut self) {
        for slot in &mut self.slots {
            slot.status = Status::Undefined;
        }
    }

    /// Appends the message on `tape` to `out`.
    ///
    /// # Errors
    /// [`EncodeError`] if the tape does not fit its template. `out` and the previous values may then
    /// have changed.
    pub fn encode(&mut self, tape: &Tape, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let mut steps = Steps { tape, at: 0 };
        self.message(&mut steps, out)
    }

    fn message(&mut self, steps: &mut Steps<'_>, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        let Step::TemplateStart(id) = steps.next()? else {
            return Err(EncodeError::Ended);
        };
        let template = self
            .templates
            .list
            .get(id.index())
            .ok_or(EncodeError::Ended)?;
        let mut bits = PresenceBits::default();
        let mut body = Vec::new();
        let is_new = self.current != Some(id);
        bits.push(is_new);
        if is_new {
            let number = template.id.ok_or(EncodeError::Fault(FastFault::D9))?;
            Out(&mut body).unsigned(u64::from(number));
            self.current = Some(id);
        }
        if template.is_reset {
            self.forget();
        }
        let operations = self.templates.body(&template.body);
        self.run(operations, steps, &mut bits, &mut body)?;
        if steps.next()? != Step::TemplateEnd {
            return Err(EncodeError::Ended);
        }
        bits.write(out);
        out.append(&mut body);
        Ok(())
    }

    fn run(
        &mut self,
        operations: &'t [Operation],
        steps: &mut Steps<'_>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        for operation in operations {
            let field = operation.field;
            match &operation.action {
                Action::Integer(integer) => {
                    let value = match steps.value(field)? {
                        None => None,
                        Some(Value::Unsigned(value)) => Some(value),
                        Some(Value::Signed(value)) => Some(value as u64),
                        Some(_) => return Err(EncodeError::Field { field }),
                    };
                    self.integer(integer, value, bits, out)?;
                }
                Action::Decimal(_) | Action::Parts(_) => {
                    let value = match steps.value(field)? {
                        None => None,
                        Some(Value::Decimal(value)) => Some(value),
                        Some(_) => return Err(EncodeError::Field { field }),
                    };
                    match &operation.action {
                        Action::Decimal(decimal) => self.decimal(decimal, value, bits, out)?,
                        Action::Parts(parts) => self.parts(parts, value, bits, out)?,
                        _ => {}
                    }
                }
                Action::Text(text) => {
                    let value = match steps.value(field)? {
                        None => None,
                        Some(Value::Ascii(value) | Value::Bytes(value)) => Some(value),
                        Some(Value::Unicode(value)) => Some(value.as_bytes()),
                        Some(_) => return Err(EncodeError::Field { field }),
                    };
                    self.text(text, value, bits, out)?;
                }
                Action::Group { .. } | Action::Sequence { .. } => {
                    self.compound(operation, steps, bits, out)?;
                }
                Action::Dynamic => self.message(steps, out)?,
                Action::Enter(_) | Action::Leave => {}
            }
        }
        Ok(())
    }

    fn compound(
        &mut self,
        operation: &'t Operation,
        steps: &mut Steps<'_>,
        bits: &mut PresenceBits,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let field = operation.field;
        let begin = steps.next()?;
        match (&operation.action, begin) {
            (
                Action::Group {
                    is_optional: true, ..
                },
                Step::Absent(found),
            ) if found == field => {
                bits.push(false);
            }
            (
                Action::Group {
                    is_optional,
                    has_map,
                    body,
                },
                Step::GroupStart(found),
            ) if found == field => {
                if *is_optional {
                    bits.push(true);
                }
                self.segment(self.templates.body(body), *has_map, steps, out)?;
                steps.expect(Step::GroupEnd, field)?;
            }
            (Action::Sequence { length, .. }, Step::Absent(found)) if found == field => {
                self.integer(length, None, bits, out)?;
            }
            (
                Action::Sequence {
                    length,
                    has_map,
                    body,
                },
                Step::SequenceStart(found, count),
            ) if found == field => {
                self.integer(length, Some(u64::from(count)), bits, out)?;
                for _ in 0..count {
                    steps.expect(Step::ElementStart, field)?;
                    self.segment(self.templates.body(body), *has_map, steps, out)?;
                    steps.expect(Step::ElementEnd, field)?;
                }
                steps.expect(Step::SequenceEnd, field)?;
            }
            _ => return Err(EncodeError::Field { field }),
        }
        Ok(())
    }

    fn segment(
        &mut self,
        body: &'t [Operation],
        has_map: bool,
        steps: &mut Steps<'_>,
        out: &mut Vec<u8>,
    ) -> Result<(), EncodeError> {
        let mut bits = PresenceBits::default();
        let mut inner = Vec::new();
        self.run(body, steps, &mut bits, &mut inner)?;
        if has_map {
            bits.write(out);
        }
        out.append(&mut inner);
        Ok(())
    }
}
