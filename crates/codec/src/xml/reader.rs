//! Events of a document, one after the other.

use std::borrow::Cow;

use quick_xml::errors::IllFormedError;
use quick_xml::events::{BytesDecl, BytesRef, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::XmlError;

/// Bounds on a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Length of the document, in bytes.
    pub bytes_max: usize,
    /// Elements in each other.
    pub depth_max: usize,
    /// Attributes of one element.
    pub attributes_max: usize,
    /// Text between two tags, and text of a value, in bytes.
    pub text_bytes_max: usize,
    /// Values that [`rows`](super::rows) gives: rows times fields.
    pub values_max: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            depth_max: 64,
            attributes_max: 64,
            text_bytes_max: 4 << 20,
            values_max: 64 << 20,
        }
    }
}

/// A part of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum XmlEvent<'a> {
    /// An element begins; an empty one ends with the next event.
    Start(Element<'a>),
    /// The element under way ends.
    End,
    /// Text of the element under way; there may be several in a row.
    Text(Cow<'a, str>),
    /// The document has ended.
    Eof,
}

/// The beginning of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Name without prefix.
    pub name: &'a str,
    /// First byte of its tag in the document.
    pub offset: usize,
    /// The tag between its brackets.
    tag: &'a str,
    name_bytes: usize,
}

impl<'a> Element<'a> {
    /// Whether it has attributes.
    #[must_use]
    pub fn has_attributes(&self) -> bool {
        self.tag.len() > self.name_bytes
    }

    /// Its attributes by name without prefix, declarations of name spaces included. The reader has checked
    /// them.
    pub fn attributes(&self) -> impl Iterator<Item = (&'a str, Cow<'a, str>)> {
        let tag = BytesStart::from_content(self.tag, self.name_bytes);
        let found: Vec<_> = if self.has_attributes() {
            tag.attributes()
                .flatten()
                .filter_map(|attribute| {
                    let key = within(self.tag, attribute.key.as_ref())?;
                    let raw = within(self.tag, attribute.value.as_ref())?;
                    Some((key, raw))
                })
                .collect()
        } else {
            Vec::new()
        };
        found.into_iter().map(|(key, raw)| {
            let value = quick_xml::escape::unescape(raw).unwrap_or(Cow::Borrowed(raw));
            (local(key), value)
        })
    }

    /// The attribute called `name`.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<Cow<'a, str>> {
        self.attributes()
            .find_map(|(known, value)| (known == name).then_some(value))
    }
}

/// The name without its prefix.
fn local(name: &str) -> &str {
    name.rsplit_once(':').map_or(name, |(_, local)| local)
}

/// The same text as a part of `source`, whose bytes it shares.
fn within<'a>(source: &'a str, part: &str) -> Option<&'a str> {
    let from = (part.as_ptr() as usize).checked_sub(source.as_ptr() as usize)?;
    source.get(from..from.checked_add(part.len())?)
}

/// Reads a document event by event.
///
/// ```
/// use wattbook_codec::xml::{Limits, XmlEvent, XmlReader};
///
/// let mut reader = XmlReader::new(b"<price unit='EUR/MWh'>-5.10</price>", Limits::default())?;
/// let XmlEvent::Start(price) = reader.read()? else { unreachable!() };
/// assert_eq!(price.attribute("unit").as_deref(), Some("EUR/MWh"));
/// assert_eq!(reader.read()?, XmlEvent::Text("-5.10".into()));
/// # Ok::<(), wattbook_codec::xml::XmlError>(())
/// ```
#[derive(Debug)]
pub struct XmlReader<'a> {
    source: &'a str,
    /// Bytes before `source`: a byte order mark.
    skipped: usize,
    reader: Reader<&'a [u8]>,
    limits: Limits,
    /// Name as written and first byte of the elements under way.
    open: Vec<(&'a str, usize)>,
    text_bytes: usize,
    has_root: bool,
    has_begun: bool,
}

impl<'a> XmlReader<'a> {
    /// Reads `bytes` within `limits`.
    ///
    /// # Errors
    /// [`XmlError`] where they are too many, no UTF-8, or hold control characters.
    pub fn new(bytes: &'a [u8], limits: Limits) -> Result<Self, XmlError> {
        if bytes.len() > limits.bytes_max {
            return Err(XmlError::Size {
                found: bytes.len(),
                max: limits.bytes_max,
            });
        }
        let source = std::str::from_utf8(bytes).map_err(|error| XmlError::Utf8 {
            offset: error.valid_up_to(),
        })?;
        if let Some(offset) = control_character(bytes) {
            return Err(XmlError::Character {
                offset,
                code: u32::from(bytes[offset]),
            });
        }
        let text = source.strip_prefix('\u{feff}').unwrap_or(source);
        let mut reader = Reader::from_str(text);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.check_end_names = true;
        Ok(Self {
            source: text,
            skipped: source.len() - text.len(),
            reader,
            limits,
            open: Vec::with_capacity(16),
            text_bytes: 0,
            has_root: false,
            has_begun: false,
        })
    }

    /// The first byte that is not read yet.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.skipped + self.reader.buffer_position() as usize
    }

    /// How many elements are under way.
    #[must_use]
    pub fn depth(&self) -> usize {
        self.open.len()
    }

    /// The next event; after the last one, always [`XmlEvent::Eof`].
    ///
    /// # Errors
    /// [`XmlError`] at the first byte that is refused; nothing behind it can be read.
    pub fn read(&mut self) -> Result<XmlEvent<'a>, XmlError> {
        loop {
            let offset = self.offset();
            let event = match self.reader.read_event() {
                Ok(event) => event,
                Err(error) => return Err(self.refused(&error, offset)),
            };
            let is_first = !std::mem::replace(&mut self.has_begun, true);
            match event {
                Event::Start(tag) | Event::Empty(tag) => return self.start(&tag, offset),
                Event::End(_) => {
                    self.open.pop();
                    self.text_bytes = 0;
                    return Ok(XmlEvent::End);
                }
                Event::Text(text) => {
                    let text = self.borrowed(&text.xml10_content());
                    if let Some(event) = self.text(text, offset)? {
                        return Ok(event);
                    }
                }
                Event::CData(text) => {
                    let text = self.borrowed(&text.xml10_content());
                    if self.open.is_empty() {
                        return Err(outside(offset));
                    }
                    if let Some(event) = self.text(text, offset)? {
                        return Ok(event);
                    }
                }
                Event::GeneralRef(name) => {
                    let text = Cow::Owned(resolved(&name, offset)?.to_string());
                    if self.open.is_empty() {
                        return Err(outside(offset));
                    }
                    if let Some(event) = self.text(text, offset)? {
                        return Ok(event);
                    }
                }
                Event::DocType(_) => return Err(XmlError::DocumentType { offset }),
                Event::Decl(declaration) => self.declaration(&declaration, offset, is_first)?,
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return self.end(offset),
            }
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, offset: usize) -> Result<XmlEvent<'a>, XmlError> {
        if self.open.is_empty() && std::mem::replace(&mut self.has_root, true) {
            let reason = "a second element behind the root";
            return Err(XmlError::Root { offset, reason });
        }
        if self.open.len() >= self.limits.depth_max {
            let max = self.limits.depth_max;
            return Err(XmlError::Depth { offset, max });
        }
        let (name, content) = (tag.name().into_inner().len(), &**tag);
        let Some(content) = within(self.source, content) else {
            let reason = "a tag that is not in the document".to_owned();
            return Err(XmlError::Syntax { offset, reason });
        };
        if !is_name(&content[..name]) {
            let reason = format!("{:?} is no name", clipped(&content[..name]));
            return Err(XmlError::Syntax { offset, reason });
        }
        if content.len() > name {
            self.check_attributes(tag, offset)?;
        }
        self.text_bytes = 0;
        self.open.push((&content[..name], offset));
        Ok(XmlEvent::Start(Element {
            name: local(&content[..name]),
            offset,
            tag: content,
            name_bytes: name,
        }))
    }

    fn check_attributes(&self, tag: &BytesStart<'_>, offset: usize) -> Result<(), XmlError> {
        let syntax = |reason: String| XmlError::Syntax { offset, reason };
        for (number, attribute) in tag.attributes().enumerate() {
            if number >= self.limits.attributes_max {
                let max = self.limits.attributes_max;
                return Err(XmlError::Attributes { offset, max });
            }
            let attribute = attribute.map_err(|error| syntax(error.to_string()))?;
            if !is_name(attribute.key.as_ref()) {
                return Err(syntax(format!(
                    "{:?} is no name",
                    clipped(attribute.key.as_ref())
                )));
            }
            let value = attribute.value.as_ref();
            if value.contains('<') {
                return Err(syntax("a < in the value of an attribute".to_owned()));
            }
            if value.len() > self.limits.text_bytes_max {
                let max = self.limits.text_bytes_max;
                return Err(XmlError::Text { offset, max });
            }
            if value.contains('&')
                && let Err(error) = quick_xml::escape::unescape(value)
            {
                return Err(syntax(error.to_string()));
            }
        }
        Ok(())
    }

    fn text(
        &mut self,
        text: Cow<'a, str>,
        offset: usize,
    ) -> Result<Option<XmlEvent<'a>>, XmlError> {
        if self.open.is_empty() {
            let is_space = text.bytes().all(|byte| byte.is_ascii_whitespace());
            return if is_space {
                Ok(None)
            } else {
                Err(outside(offset))
            };
        }
        self.text_bytes += text.len();
        if self.text_bytes > self.limits.text_bytes_max {
            let max = self.limits.text_bytes_max;
            return Err(XmlError::Text { offset, max });
        }
        Ok(Some(XmlEvent::Text(text)))
    }

    /// The same text, borrowed from the document where it stands there as it is.
    fn borrowed(&self, text: &str) -> Cow<'a, str> {
        match within(self.source, text) {
            Some(text) => Cow::Borrowed(text),
            None => Cow::Owned(text.to_owned()),
        }
    }

    fn declaration(
        &self,
        declaration: &BytesDecl<'_>,
        offset: usize,
        is_first: bool,
    ) -> Result<(), XmlError> {
        let syntax = |reason: String| XmlError::Syntax { offset, reason };
        if !is_first {
            return Err(syntax("an XML declaration inside the document".to_owned()));
        }
        match declaration.xml_version() {
            Ok(XmlVersion::Implicit1_0 | XmlVersion::Explicit1_0) => {}
            Ok(_) => return Err(syntax("only XML 1.0 is read".to_owned())),
            Err(error) => return Err(syntax(error.to_string())),
        }
        let Some(encoding) = declaration.encoding() else {
            return Ok(());
        };
        let encoding = encoding.map_err(|error| syntax(error.to_string()))?;
        let is_utf8 = ["utf-8", "utf8", "us-ascii"]
            .iter()
            .any(|known| encoding.eq_ignore_ascii_case(known));
        // Plain ASCII means the same in every encoding that is declared in ASCII.
        if is_utf8 || self.source.is_ascii() {
            return Ok(());
        }
        Err(XmlError::Encoding {
            offset,
            encoding: clipped(&encoding),
        })
    }

    fn end(&self, offset: usize) -> Result<XmlEvent<'a>, XmlError> {
        if let Some((element, began)) = self.open.last() {
            return Err(XmlError::Truncated {
                offset,
                element: clipped(element),
                began: *began,
            });
        }
        if !self.has_root {
            let reason = "the document has no element";
            return Err(XmlError::Root { offset, reason });
        }
        Ok(XmlEvent::Eof)
    }

    fn refused(&self, error: &quick_xml::Error, offset: usize) -> XmlError {
        match error {
            quick_xml::Error::IllFormed(IllFormedError::MismatchedEndTag { expected, found }) => {
                XmlError::Mismatch {
                    offset,
                    expected: clipped(expected),
                    found: clipped(found),
                }
            }
            quick_xml::Error::Syntax(_)
            | quick_xml::Error::IllFormed(IllFormedError::UnclosedReference) => XmlError::Syntax {
                offset: self.skipped + self.reader.error_position() as usize,
                reason: error.to_string(),
            },
            _ => XmlError::Syntax {
                offset,
                reason: error.to_string(),
            },
        }
    }
}

fn outside(offset: usize) -> XmlError {
    let reason = "text outside the root";
    XmlError::Root { offset, reason }
}

/// The character that a reference stands for.
fn resolved(reference: &BytesRef<'_>, offset: usize) -> Result<char, XmlError> {
    let entity = || XmlError::Entity {
        offset,
        name: clipped(reference),
    };
    match reference.resolve_char_ref() {
        Ok(Some(character)) if is_allowed(character) => return Ok(character),
        Ok(Some(character)) => {
            let code = u32::from(character);
            return Err(XmlError::Character { offset, code });
        }
        Ok(None) => {}
        Err(_) => return Err(entity()),
    }
    match &**reference {
        "lt" => Ok('<'),
        "gt" => Ok('>'),
        "amp" => Ok('&'),
        "apos" => Ok('\''),
        "quot" => Ok('"'),
        _ => Err(entity()),
    }
}

/// XML 1.0, section 2.2.
fn is_allowed(character: char) -> bool {
    matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}

fn is_name(name: &str) -> bool {
    let first = name.chars().next();
    first.is_some_and(|first| first.is_alphabetic() || matches!(first, '_' | ':'))
        && !name
            .bytes()
            .any(|byte| byte.is_ascii() && !is_name_byte(byte))
}

fn is_name_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b':' | b'-' | b'.')
}

/// Where the first control character stands that XML does not allow.
fn control_character(bytes: &[u8]) -> Option<usize> {
    let is_control = |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
    // Chunks without an early way out run many bytes at a time.
    let mut offset = 0;
    for chunk in bytes.chunks(4096) {
        if chunk.iter().fold(false, |any, byte| any | is_control(byte)) {
            return chunk.iter().position(is_control).map(|at| offset + at);
        }
        offset += chunk.len();
    }
    None
}

/// The beginning of a name, for an error.
fn clipped(name: &str) -> String {
    name.chars().take(64).collect()
}
