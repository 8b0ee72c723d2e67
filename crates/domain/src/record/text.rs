//! The text form: one line for people, logs and tests.
//!
//! A struct is `{name=value name=value}`, a list `[value value]`, a choice its name and, after a
//! space, what it holds. Numbers, times and codes stand bare, names in double quotes; a field
//! without a value is left out. Money is in units of 1 / 3.6e15 currency, because decimals of the
//! currency are not exact.

use std::fmt::{Display, Write};
use std::str::FromStr;

use super::{Field, Record, Value, Variant, Visitor};

/// Why a text is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TextFault {
    /// Another character should stand here.
    #[error("expected {expected:?}")]
    Expected {
        /// What should stand here.
        expected: char,
    },
    /// A name that the record does not have.
    #[error("{record} has no {name:?}; mend the name")]
    UnknownName {
        /// Of which record.
        record: &'static str,
        /// As found.
        name: String,
    },
    /// A field that must have a value.
    #[error("{record} needs {field:?}; add it")]
    Missing {
        /// Of which record.
        record: &'static str,
        /// Which field.
        field: &'static str,
    },
    /// A field given twice.
    #[error("{field:?} is given twice; keep one")]
    Repeated {
        /// Which field.
        field: &'static str,
    },
    /// A word that is no value.
    #[error("{word:?} does not fit: {reason}")]
    Word {
        /// As found.
        word: String,
        /// What its type says.
        reason: String,
    },
    /// A sentence that the program has not.
    #[error("the text is too long or one too many; quote a sentence of the program")]
    Sentence,
    /// Something after the value.
    #[error("the value ends here; remove what follows")]
    Trailing,
}

/// A text that is no value.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at byte {offset} of the text: {fault}")]
pub struct TextError {
    /// Where, in bytes from the start of the text.
    pub offset: usize,
    /// What was wrong.
    #[source]
    pub fault: TextFault,
}

impl TextError {
    pub(super) const fn too_many_sentences(offset: usize) -> Self {
        let fault = TextFault::Sentence;
        Self { offset, fault }
    }
}

/// Reads the text form.
#[derive(Debug)]
pub struct TextReader<'a> {
    text: &'a str,
    offset: usize,
}

impl<'a> TextReader<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { text, offset: 0 }
    }

    pub(super) fn finish(&self) -> Result<(), TextError> {
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.fault(TextFault::Trailing))
        }
    }

    pub(super) const fn offset(&self) -> usize {
        self.offset
    }

    fn rest(&self) -> &'a str {
        &self.text[self.offset..]
    }

    fn fault(&self, fault: TextFault) -> TextError {
        let offset = self.offset;
        TextError { offset, fault }
    }

    /// The text up to the first character of `ends`.
    fn until(&mut self, ends: &[char]) -> &'a str {
        let rest = self.rest();
        let word = &rest[..rest.find(ends).unwrap_or(rest.len())];
        self.offset += word.len();
        word
    }

    /// Steps over `expected` if it is next.
    #[must_use]
    pub fn take(&mut self, expected: char) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.offset += expected.len_utf8();
        }
        found
    }

    /// Steps over `expected`.
    ///
    /// # Errors
    /// When something else is next.
    pub fn expect(&mut self, expected: char) -> Result<(), TextError> {
        if self.take(expected) {
            return Ok(());
        }
        Err(self.fault(TextFault::Expected { expected }))
    }

    /// The name of the next field, or `None` at the end of the struct.
    ///
    /// # Errors
    /// When neither is next.
    pub fn field(&mut self) -> Result<Option<&'a str>, TextError> {
        while self.take(' ') {}
        if self.take('}') {
            return Ok(None);
        }
        let name = self.until(&['=', ' ', '}', ']']);
        self.expect('=')?;
        Ok(Some(name))
    }

    /// Reads the value of `field` into `slot`.
    ///
    /// # Errors
    /// When it is no value or `slot` has one.
    pub fn value<T: Record>(
        &mut self,
        slot: &mut Option<T>,
        field: &'static str,
    ) -> Result<(), TextError> {
        if slot.is_some() {
            return Err(self.fault(TextFault::Repeated { field }));
        }
        *slot = Some(T::parse(self)?);
        Ok(())
    }

    /// The value of `field` of `record`.
    ///
    /// # Errors
    /// When it was not given and may not be left out.
    pub fn require<T: Record>(
        &self,
        slot: Option<T>,
        record: &'static str,
        field: &'static str,
    ) -> Result<T, TextError> {
        slot.or_else(T::absent)
            .ok_or_else(|| self.fault(TextFault::Missing { record, field }))
    }

    /// The next bare word.
    pub fn word(&mut self) -> &'a str {
        self.until(&[' ', '}', ']'])
    }

    /// That `record` has no `name`.
    #[must_use]
    pub fn unknown(&self, record: &'static str, name: &str) -> TextError {
        let fault = TextFault::UnknownName {
            record,
            name: name.to_owned(),
        };
        let offset = self.offset.saturating_sub(name.len());
        TextError { offset, fault }
    }

    /// Reads a bare word as a value.
    ///
    /// # Errors
    /// When its type refuses it.
    pub fn parse_word<T: FromStr<Err: Display>>(&mut self) -> Result<T, TextError> {
        let offset = self.offset;
        let word = self.word();
        word.parse().map_err(|error: T::Err| TextError {
            offset,
            fault: TextFault::Word {
                word: word.to_owned(),
                reason: error.to_string(),
            },
        })
    }

    /// Reads a text in double quotes.
    ///
    /// # Errors
    /// When there is none.
    pub fn quoted(&mut self) -> Result<String, TextError> {
        self.expect('"')?;
        let mut text = String::new();
        loop {
            text.push_str(self.until(&['"', '\\']));
            if self.take('"') {
                return Ok(text);
            }
            self.expect('\\')?;
            let escaped = self.rest().chars().next();
            text.push(match escaped {
                Some('n') => '\n',
                Some('r') => '\r',
                Some(same @ ('"' | '\\')) => same,
                _ => return Err(self.fault(TextFault::Expected { expected: '\\' })),
            });
            self.offset += 1;
        }
    }
}

/// Writes the text form.
#[derive(Debug, Default)]
pub(crate) struct TextWriter {
    text: String,
    field: Option<&'static Field>,
}

impl TextWriter {
    pub(crate) fn finish(self) -> String {
        self.text
    }

    fn space(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(['{', '[', ' ', '=']) {
            self.text.push(' ');
        }
    }

    /// Writes what must stand before a value: a space, and the name of its field.
    fn lead(&mut self) {
        self.space();
        if let Some(field) = self.field.take() {
            self.text.push_str(field.name);
            self.text.push('=');
        }
    }

    fn put(&mut self, value: impl Display) {
        // Writing into a string cannot fail.
        let _ = write!(self.text, "{value}");
    }

    fn put_quoted(&mut self, text: &str) {
        self.text.push('"');
        for character in text.chars() {
            match character {
                '\n' => self.text.push_str("\\n"),
                '\r' => self.text.push_str("\\r"),
                '"' | '\\' => self.text.extend(['\\', character]),
                _ => self.text.push(character),
            }
        }
        self.text.push('"');
    }
}

impl Visitor for TextWriter {
    fn value(&mut self, value: Value<'_>) {
        if value == Value::Nothing {
            self.field = None;
            return;
        }
        self.lead();
        match value {
            Value::Bool(value) => self.put(value),
            Value::Unsigned(value) => self.put(value),
            Value::Signed(value) => self.put(value),
            Value::Text(value) => self.put_quoted(value),
            Value::Price(value) => self.put(value),
            Value::Volume(value) => self.put(value),
            Value::Money(value) => self.put(value.units()),
            Value::Timestamp(value) => self.put(value),
            Value::Currency(value) => self.put(value),
            Value::OrderId(value) => self.put(value),
            Value::Code(value) => self.put(value),
            Value::Nothing => {}
        }
    }

    fn begin_struct(&mut self) {
        self.lead();
        self.text.push('{');
    }

    fn field(&mut self, field: &'static Field) {
        self.field = Some(field);
    }

    fn end_struct(&mut self) {
        self.text.push('}');
    }

    fn variant(&mut self, variant: &'static Variant) {
        self.lead();
        self.text.push_str(variant.name);
    }

    fn begin_list(&mut self) {
        self.lead();
        self.text.push('[');
    }

    fn end_list(&mut self) {
        self.text.push(']');
    }
}
