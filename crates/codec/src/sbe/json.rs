//! Messages printed as JSON, in the manner of the reference implementation's printer.

use std::fmt::Write;

use super::decode::{Block, Visitor};
use super::error::SbeError;
use super::primitive::{ByteOrder, Number, Primitive};
use super::schema::{
    Choices, Composite, Constant, Data, Field, Group, Kind, Layout, Message, Presence, Schema,
    Simple,
};
use crate::json;

/// The message that `bytes` begin with as JSON, and how long it is: `{"template": …, "fields": {…}}`.
/// Enumerations by name, sets as an object of bits, composites as objects, groups as lists of objects,
/// text as text, other data as hexadecimal digits, null for what is null or not there.
///
/// # Errors
/// [`SbeError`] as from [`Schema::decode`].
pub fn to_json(schema: &Schema, bytes: &[u8]) -> Result<(String, usize), SbeError> {
    print(schema, bytes, false)
}

/// The same with enumerations and sets as they are encoded: a number, or text of one character.
///
/// # Errors
/// [`SbeError`] as from [`Schema::decode`].
pub fn to_json_encoded(schema: &Schema, bytes: &[u8]) -> Result<(String, usize), SbeError> {
    print(schema, bytes, true)
}

fn print(schema: &Schema, bytes: &[u8], is_encoded: bool) -> Result<(String, usize), SbeError> {
    let mut printer = Printer {
        out: String::new(),
        is_first: true,
        is_encoded,
    };
    let length = schema.decode(bytes, &mut printer)?;
    printer.out.push_str("}}");
    Ok((printer.out, length))
}

struct Printer {
    out: String,
    is_first: bool,
    /// Whether enumerations and sets are shown as they are encoded.
    is_encoded: bool,
}

impl Printer {
    fn key(&mut self, name: &str) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.out.push(',');
        }
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

    fn block(&mut self, layout: &Layout, block: &Block<'_>) {
        for field in &layout.fields {
            self.key(&field.name);
            self.field(field, block);
        }
    }

    fn field(&mut self, field: &Field, block: &Block<'_>) {
        let is_known = field.since <= block.version();
        match (&field.constant, block.bytes(field)) {
            (Some(constant), _) if is_known => self.constant(constant),
            (None, Some(bytes)) => {
                let is_optional = field.presence == Presence::Optional;
                self.kind(&field.kind, is_optional, bytes, block);
            }
            _ => self.out.push_str("null"),
        }
    }

    fn constant(&mut self, constant: &Constant) {
        match constant {
            Constant::Number(number) => self.number(*number),
            Constant::Named(_, number) if self.is_encoded => self.number(*number),
            Constant::Text(text) | Constant::Named(text, _) => json::text(text, &mut self.out),
        }
    }

    fn number(&mut self, number: Number) {
        // Writing to a string cannot fail.
        let _ = match number {
            Number::Unsigned(value) => write!(self.out, "{value}"),
            Number::Signed(value) => write!(self.out, "{value}"),
            Number::Float(value) if value.is_finite() => write!(self.out, "{value:?}"),
            Number::Double(value) if value.is_finite() => write!(self.out, "{value:?}"),
            // JSON has no word for these.
            Number::Float(_) | Number::Double(_) => write!(self.out, "null"),
        };
    }

    fn kind(&mut self, kind: &Kind, is_optional: bool, bytes: &[u8], block: &Block<'_>) {
        match kind {
            Kind::Simple(simple) => self.simple(simple, is_optional, bytes, block.byte_order()),
            Kind::Enum(choices) => self.enumeration(choices, bytes, block),
            Kind::Set(choices) => self.set(choices, bytes, block),
            Kind::Composite(composite) => self.composite(composite, bytes, block),
        }
    }

    fn simple(&mut self, simple: &Simple, is_optional: bool, bytes: &[u8], order: ByteOrder) {
        if let Some(constant) = &simple.constant {
            return self.constant(constant);
        }
        let is_optional = is_optional || simple.presence == Presence::Optional;
        if simple.primitive == Primitive::Char && (simple.length > 1 || is_text(simple)) {
            let end = bytes
                .iter()
                .position(|byte| *byte == 0)
                .unwrap_or(bytes.len());
            if end == 0 && is_optional {
                return self.out.push_str("null");
            }
            return self.text(&bytes[..end], simple.encoding.as_deref());
        }
        if simple.length == 1 {
            return self.item(simple, is_optional, bytes, order);
        }
        self.out.push('[');
        for (at, bytes) in bytes.chunks_exact(simple.primitive.size()).enumerate() {
            if at > 0 {
                self.out.push(',');
            }
            self.item(simple, is_optional, bytes, order);
        }
        self.out.push(']');
    }

    fn item(&mut self, simple: &Simple, is_optional: bool, bytes: &[u8], order: ByteOrder) {
        match simple.primitive.read(bytes, order) {
            Some(number) if is_optional && number == simple.null => self.out.push_str("null"),
            Some(number) if simple.primitive == Primitive::Char => {
                let byte = number.to_u64().unwrap_or(0) as u8;
                let bytes = [byte];
                self.text(
                    if byte == 0 { &[] } else { &bytes },
                    simple.encoding.as_deref(),
                );
            }
            Some(number) => self.number(number),
            None => self.out.push_str("null"),
        }
    }

    fn text(&mut self, bytes: &[u8], encoding: Option<&str>) {
        let is_latin = encoding.is_some_and(|name| name.to_ascii_uppercase().contains("8859"));
        match std::str::from_utf8(bytes) {
            Ok(text) if !is_latin || text.is_ascii() => json::text(text, &mut self.out),
            _ => {
                // Latin-1 is the first 256 characters of Unicode; what else is no UTF-8 reads as it.
                let text: String = bytes.iter().copied().map(char::from).collect();
                json::text(&text, &mut self.out);
            }
        }
    }

    fn enumeration(&mut self, choices: &Choices, bytes: &[u8], block: &Block<'_>) {
        let Some(number) = choices.primitive.read(bytes, block.byte_order()) else {
            return self.out.push_str("null");
        };
        let named = choices.choices.iter().find(|choice| choice.value == number);
        match named {
            Some(_) if self.is_encoded && choices.primitive == Primitive::Char => {
                let byte = number.to_u64().unwrap_or(0) as u8;
                self.text(&[byte], None);
            }
            Some(_) if self.is_encoded => self.number(number),
            Some(choice) => json::text(&choice.name, &mut self.out),
            None if number == choices.null => self.out.push_str("null"),
            None => self.number(number),
        }
    }

    fn set(&mut self, choices: &Choices, bytes: &[u8], block: &Block<'_>) {
        let bits = choices.primitive.read(bytes, block.byte_order());
        let bits = bits.and_then(Number::to_u64).unwrap_or(0);
        if self.is_encoded {
            return self.number(Number::Unsigned(bits));
        }
        self.open('{');
        for choice in &choices.choices {
            self.key(&choice.name);
            let bit = choice.value.to_u64().unwrap_or(0);
            self.out.push_str(if bits >> bit & 1 == 1 {
                "true"
            } else {
                "false"
            });
        }
        self.close('}');
    }

    fn composite(&mut self, composite: &Composite, bytes: &[u8], block: &Block<'_>) {
        self.open('{');
        for member in &composite.members {
            self.key(&member.name);
            let part = bytes.get(member.offset..member.offset + member.kind.size());
            match part {
                Some(part) if member.since <= block.version() => {
                    self.kind(&member.kind, false, part, block);
                }
                _ => self.out.push_str("null"),
            }
        }
        self.close('}');
    }
}

/// Whether a single character is text by its encoding.
fn is_text(simple: &Simple) -> bool {
    simple.length == 1 && simple.encoding.is_some()
}

impl Visitor for Printer {
    fn message(&mut self, message: &Message, block: &Block<'_>) {
        self.out.push_str("{\"template\":");
        json::text(&message.name, &mut self.out);
        self.out.push_str(",\"fields\":");
        self.open('{');
        self.block(&message.layout, block);
    }

    fn group_start(&mut self, group: &Group, _count: usize) {
        self.key(&group.name);
        self.open('[');
    }

    fn entry(&mut self, group: &Group, block: &Block<'_>) {
        if !std::mem::replace(&mut self.is_first, false) {
            self.out.push(',');
        }
        self.open('{');
        self.block(&group.layout, block);
    }

    fn entry_end(&mut self) {
        self.close('}');
    }

    fn group_end(&mut self) {
        self.close(']');
    }

    fn group_absent(&mut self, group: &Group) {
        self.key(&group.name);
        self.out.push_str("[]");
    }

    fn data(&mut self, data: &Data, bytes: Option<&[u8]>) {
        self.key(&data.name);
        match (bytes, &data.encoding) {
            (None, _) => self.out.push_str("null"),
            (Some(bytes), Some(encoding)) => self.text(bytes, Some(encoding)),
            (Some(bytes), None) => json::hexadecimal(bytes, &mut self.out),
        }
    }
}
