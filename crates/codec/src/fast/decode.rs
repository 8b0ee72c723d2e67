//! Runs templates over messages.

use super::error::{FastError, FastFault};
use super::state::Slot;
use super::stream::{Presence, Reader};
use super::template::{Action, Operation, TemplateId, Templates};
use super::visit::{Value, Visitor};

/// Bounds and strictness of a [`Decoder`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FastConfig {
    /// Whether more bytes than needed are refused (ERR R6 to R8); many feeds send them.
    pub is_strict: bool,
    /// Most elements of all sequences of one message, so that a length in a few bytes cannot hold
    /// the decoder up.
    pub max_elements: u32,
    /// How deep messages may lie inside messages.
    pub max_depth: u32,
}

impl Default for FastConfig {
    fn default() -> Self {
        Self {
            is_strict: false,
            max_elements: 1 << 16,
            max_depth: 8,
        }
    }
}

/// The previous values of a stream of messages, and the template of its last one.
///
/// [`Decoder`] keeps them together with the templates; whoever owns the templates elsewhere keeps these.
#[derive(Debug, Clone)]
pub struct Dictionaries {
    pub(super) slots: Vec<Slot>,
    pub(super) scratch: Vec<u8>,
    current: Option<TemplateId>,
    config: FastConfig,
    elements: u32,
}

/// A decoder with its dictionaries.
///
/// # Examples
/// ```
/// use wattbook_codec::fast::{Decoder, Tape, Templates};
///
/// let templates = Templates::from_xml(r#"<template name="Tick" id="1">
///     <uInt32 name="volume"/><int64 name="price"><delta/></int64></template>"#).unwrap();
/// let (mut decoder, mut tape) = (Decoder::new(&templates), Tape::default());
/// let length = decoder.decode(&[0xc0, 0x81, 0x85, 0x82], &mut tape).unwrap();
/// assert_eq!(length, 4);
/// assert_eq!(tape.json(&templates), r#"{"template":"Tick","fields":{"volume":5,"price":2}}"#);
/// ```
#[derive(Debug, Clone)]
pub struct Decoder<'t> {
    templates: &'t Templates,
    dictionaries: Dictionaries,
}

impl<'t> Decoder<'t> {
    /// A decoder of messages of `templates` that knows no previous value.
    #[must_use]
    pub fn new(templates: &'t Templates) -> Self {
        Self::with(templates, FastConfig::default())
    }

    /// The same with bounds of its own.
    #[must_use]
    pub fn with(templates: &'t Templates, config: FastConfig) -> Self {
        Self {
            templates,
            dictionaries: Dictionaries::new(templates, config),
        }
    }

    /// Forgets every previous value and the last template.
    pub fn reset(&mut self) {
        self.dictionaries.reset();
    }

    /// Decodes the message that `bytes` begin with; how long it is.
    ///
    /// # Errors
    /// [`FastError`]; the visitor has then seen what comes before it.
    pub fn decode<V: Visitor>(
        &mut self,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, FastError> {
        self.dictionaries.decode(self.templates, bytes, visitor)
    }
}

/// The message under way.
pub(super) struct Frame<'m, 'v, V> {
    templates: &'m Templates,
    pub(super) reader: Reader<'m>,
    pub(super) visitor: &'v mut V,
}

impl Dictionaries {
    /// Dictionaries for `templates` without a value.
    #[must_use]
    pub fn new(templates: &Templates, config: FastConfig) -> Self {
        Self {
            slots: vec![Slot::undefined(); templates.slots as usize],
            scratch: Vec::with_capacity(256),
            current: None,
            config,
            elements: 0,
        }
    }

    /// Forgets every previous value and the last template.
    pub fn reset(&mut self) {
        self.current = None;
        self.forget();
    }

    fn forget(&mut self) {
        for slot in &mut self.slots {
            slot.status = super::state::Status::Undefined;
        }
    }

    /// Decodes the message that `bytes` begin with; how long it is. `templates` are those that these
    /// dictionaries were made for.
    ///
    /// # Errors
    /// [`FastError`]; the visitor has then seen what comes before it.
    ///
    /// # Panics
    /// With other templates than those.
    pub fn decode<V: Visitor>(
        &mut self,
        templates: &Templates,
        bytes: &[u8],
        visitor: &mut V,
    ) -> Result<usize, FastError> {
        assert!(
            self.slots.len() == templates.slots as usize,
            "dictionaries of other templates"
        );
        let reader = Reader::new(bytes, self.config.is_strict);
        let mut frame = Frame {
            templates,
            reader,
            visitor,
        };
        self.elements = 0;
        self.message(&mut frame, 0)?;
        Ok(frame.reader.at())
    }

    fn message<V: Visitor>(
        &mut self,
        frame: &mut Frame<'_, '_, V>,
        depth: u32,
    ) -> Result<(), FastError> {
        let mut presence = frame.reader.presence()?;
        if presence.bit() {
            let id = frame.reader.unsigned()?;
            let found = u32::try_from(id)
                .ok()
                .and_then(|id| frame.templates.find(id));
            self.current = Some(found.ok_or_else(|| frame.reader.refuse(FastFault::D9))?);
        }
        let id = self
            .current
            .ok_or_else(|| frame.reader.refuse(FastFault::D9))?;
        let templates = frame.templates;
        let template = &templates.list[id.index()];
        if template.is_reset {
            self.forget();
        }
        frame.visitor.template_start(id);
        self.run(templates.body(&template.body), &mut presence, frame, depth)?;
        frame.visitor.template_end();
        check_used(&presence, frame)
    }

    fn run<V: Visitor>(
        &mut self,
        operations: &[Operation],
        presence: &mut Presence<'_>,
        frame: &mut Frame<'_, '_, V>,
        depth: u32,
    ) -> Result<(), FastError> {
        // Copies stay in registers; they go back before anything else reads on.
        let (mut reader, mut bits) = (frame.reader, *presence);
        for operation in operations {
            let field = operation.field;
            match &operation.action {
                Action::Integer(integer) => match self.integer(integer, &mut bits, &mut reader)? {
                    Some(value) if integer.is_signed => {
                        frame.visitor.value(field, Value::Signed(value as i64));
                    }
                    Some(value) => frame.visitor.value(field, Value::Unsigned(value)),
                    None => frame.visitor.absent(field),
                },
                Action::Text(text) => {
                    self.text(field, text, &mut bits, &mut reader, frame.visitor)?;
                }
                Action::Parts(parts) => {
                    match self.parts(&parts.0, &parts.1, &mut bits, &mut reader)? {
                        Some(decimal) => frame.visitor.value(field, Value::Decimal(decimal)),
                        None => frame.visitor.absent(field),
                    }
                }
                Action::Decimal(decimal) => match self.decimal(decimal, &mut bits, &mut reader)? {
                    Some(decimal) => frame.visitor.value(field, Value::Decimal(decimal)),
                    None => frame.visitor.absent(field),
                },
                Action::Group { .. } | Action::Sequence { .. } | Action::Dynamic => {
                    frame.reader = reader;
                    self.compound(operation, &mut bits, frame, depth)?;
                    reader = frame.reader;
                }
                Action::Enter(_) | Action::Leave => {}
            }
        }
        frame.reader = reader;
        *presence = bits;
        Ok(())
    }

    fn compound<V: Visitor>(
        &mut self,
        operation: &Operation,
        presence: &mut Presence<'_>,
        frame: &mut Frame<'_, '_, V>,
        depth: u32,
    ) -> Result<(), FastError> {
        let field = operation.field;
        match &operation.action {
            Action::Group {
                is_optional,
                has_map,
                body,
            } => {
                if *is_optional && !presence.bit() {
                    frame.visitor.absent(field);
                    return Ok(());
                }
                frame.visitor.group_start(field);
                let body = frame.templates.body(body);
                self.segment(body, *has_map, frame, depth)?;
                frame.visitor.group_end();
            }
            Action::Sequence {
                length,
                has_map,
                body,
            } => {
                let Some(count) = self.integer(length, presence, &mut frame.reader)? else {
                    frame.visitor.absent(field);
                    return Ok(());
                };
                let count = count as u32;
                let left = self.config.max_elements - self.elements;
                if count > left {
                    return Err(frame.reader.refuse(FastFault::TooManyElements));
                }
                self.elements += count;
                frame.visitor.sequence_start(field, count);
                let body = frame.templates.body(body);
                for _ in 0..count {
                    frame.visitor.element_start();
                    self.segment(body, *has_map, frame, depth)?;
                    frame.visitor.element_end();
                }
                frame.visitor.sequence_end();
            }
            Action::Dynamic => {
                if depth >= self.config.max_depth {
                    return Err(frame.reader.refuse(FastFault::TooDeep));
                }
                self.message(frame, depth + 1)?;
            }
            _ => {}
        }
        Ok(())
    }

    /// Operations with a presence map of their own, if any of them needs one.
    #[inline]
    fn segment<V: Visitor>(
        &mut self,
        body: &[Operation],
        has_map: bool,
        frame: &mut Frame<'_, '_, V>,
        depth: u32,
    ) -> Result<(), FastError> {
        let mut presence = if has_map {
            frame.reader.presence()?
        } else {
            Presence::none()
        };
        self.run(body, &mut presence, frame, depth)?;
        check_used(&presence, frame)
    }
}

#[inline]
fn check_used<V>(presence: &Presence<'_>, frame: &Frame<'_, '_, V>) -> Result<(), FastError> {
    if frame.reader.is_strict() && presence.has_more() {
        return Err(frame.reader.refuse(FastFault::R8));
    }
    Ok(())
}
