//! A parsed text and its values.

use std::borrow::Cow;

use super::JsonError;
use super::parse::{Limits, parse};
use super::scan::unit;

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Members by key.
    Object,
    /// Elements in order.
    Array,
    /// A string without escapes.
    Text,
    /// A string with escapes.
    EscapedText,
    /// A number.
    Number,
    /// `true`.
    True,
    /// `false`.
    False,
    /// `null`.
    Null,
}

/// A value in the list; what an array or object holds follows it, up to `next`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Node {
    /// First byte, of a string the one after its quote.
    pub(super) start: u32,
    /// One after the last byte, of a string the closing quote.
    pub(super) end: u32,
    /// Place of what follows it and all that it holds.
    pub(super) next: u32,
    pub(super) kind: Kind,
}

/// A text of JSON whose every byte has been checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document<'a> {
    text: &'a str,
    nodes: Vec<Node>,
}

impl<'a> Document<'a> {
    /// Reads one value that fills `bytes` but for white space; a byte order mark before it is skipped.
    ///
    /// # Errors
    /// [`JsonError`] with the offset of the first fault; of a key that stands twice, of the second.
    pub fn parse(bytes: &'a [u8], limits: Limits) -> Result<Self, JsonError> {
        parse(bytes, limits)
    }

    pub(super) const fn new(text: &'a str, nodes: Vec<Node>) -> Self {
        Self { text, nodes }
    }

    /// The outermost value.
    #[must_use]
    pub const fn root(&self) -> Value<'_, 'a> {
        Value {
            document: self,
            place: 0,
        }
    }
}

/// A value inside its document.
#[derive(Debug, Clone, Copy)]
pub struct Value<'d, 'a> {
    document: &'d Document<'a>,
    place: usize,
}

impl<'d, 'a> Value<'d, 'a> {
    fn node(self) -> Node {
        // A document has at least its root, and values are made only for places that there are.
        self.document.nodes[self.place]
    }

    /// What it is.
    #[must_use]
    pub fn kind(self) -> Kind {
        self.node().kind
    }

    /// Its first byte, of a string its quote, counted from the first byte of the text.
    #[must_use]
    pub fn offset(self) -> usize {
        let node = self.node();
        let quote = matches!(node.kind, Kind::Text | Kind::EscapedText);
        node.start as usize - usize::from(quote)
    }

    /// Its bytes as they stand, of a string without its quotes.
    #[must_use]
    pub fn raw(self) -> &'a str {
        let node = self.node();
        &self.document.text[node.start as usize..node.end as usize]
    }

    /// Whether it is `null`.
    #[must_use]
    pub fn is_null(self) -> bool {
        self.kind() == Kind::Null
    }

    /// A string's text.
    #[must_use]
    pub fn text(self) -> Option<Cow<'a, str>> {
        let node = self.node();
        match node.kind {
            Kind::Text => Some(Cow::Borrowed(self.raw())),
            Kind::EscapedText => Some(unescaped(self.document.text, &node)),
            _ => None,
        }
    }

    /// A number's digits as they stand; parse them as what they are, `Price` say.
    #[must_use]
    pub fn number(self) -> Option<&'a str> {
        (self.kind() == Kind::Number).then(|| self.raw())
    }

    /// The digits of a number, or of a string that holds a number and nothing else.
    #[must_use]
    pub fn number_or_text(self) -> Option<&'a str> {
        match self.kind() {
            Kind::Number => Some(self.raw()),
            Kind::Text => {
                let raw = self.raw();
                let end = super::scan::number_end(raw.as_bytes(), 0);
                (end == Ok(raw.len())).then_some(raw)
            }
            _ => None,
        }
    }

    /// `true` or `false`.
    #[must_use]
    pub fn truth(self) -> Option<bool> {
        match self.kind() {
            Kind::True => Some(true),
            Kind::False => Some(false),
            _ => None,
        }
    }

    /// The member of an object called `key`.
    #[must_use]
    pub fn get(self, key: &str) -> Option<Self> {
        self.members()
            .find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The value that the JSON Pointer `path` (RFC 6901) leads to: `/rows/0/price`; `""` is itself.
    #[must_use]
    pub fn at(self, path: &str) -> Option<Self> {
        steps(path).try_fold(self, Self::step)
    }

    /// One step of a path: a key, or an index from 0.
    pub(super) fn step(self, step: impl AsRef<str>) -> Option<Self> {
        let step = step.as_ref();
        match self.kind() {
            Kind::Object => self.get(step),
            Kind::Array => self.elements().nth(step.parse().ok()?),
            _ => None,
        }
    }

    /// The elements of an array; nothing of anything else.
    #[must_use]
    pub fn elements(self) -> Elements<'d, 'a> {
        let is_array = self.kind() == Kind::Array;
        Elements(self.inside(is_array))
    }

    /// Key and value of each member of an object, in order; nothing of anything else.
    #[must_use]
    pub fn members(self) -> Members<'d, 'a> {
        let is_object = self.kind() == Kind::Object;
        Members(self.inside(is_object))
    }

    fn inside(self, is_it: bool) -> Inside<'d, 'a> {
        Inside {
            document: self.document,
            place: self.place + 1,
            end: if is_it { self.node().next as usize } else { 0 },
        }
    }
}

/// The steps of a JSON Pointer.
pub(super) fn steps(path: &str) -> impl Iterator<Item = Cow<'_, str>> {
    path.split('/').skip(1).map(|step| {
        if step.contains('~') {
            Cow::Owned(step.replace("~1", "/").replace("~0", "~"))
        } else {
            Cow::Borrowed(step)
        }
    })
}

#[derive(Debug, Clone)]
struct Inside<'d, 'a> {
    document: &'d Document<'a>,
    place: usize,
    end: usize,
}

impl<'d, 'a> Inside<'d, 'a> {
    fn next(&mut self) -> Option<Value<'d, 'a>> {
        if self.place >= self.end {
            return None;
        }
        let value = Value {
            document: self.document,
            place: self.place,
        };
        self.place = value.node().next as usize;
        Some(value)
    }
}

/// The elements of an array.
#[derive(Debug, Clone)]
pub struct Elements<'d, 'a>(Inside<'d, 'a>);

impl<'d, 'a> Iterator for Elements<'d, 'a> {
    type Item = Value<'d, 'a>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next()
    }
}

/// Keys and values of an object.
#[derive(Debug, Clone)]
pub struct Members<'d, 'a>(Inside<'d, 'a>);

impl<'d, 'a> Iterator for Members<'d, 'a> {
    type Item = (Cow<'a, str>, Value<'d, 'a>);

    fn next(&mut self) -> Option<Self::Item> {
        let key = self.0.next()?.text()?;
        Some((key, self.0.next()?))
    }
}

/// The text of the string `node` of `text`.
pub(super) fn unescaped<'a>(text: &'a str, node: &Node) -> Cow<'a, str> {
    let raw = &text[node.start as usize..node.end as usize];
    if node.kind != Kind::EscapedText {
        return Cow::Borrowed(raw);
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let (character, length) = escape(rest.as_bytes(), at);
        out.push(character);
        rest = &rest[at + length..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The character of the escape at `at`, which has been checked, and the escape's length.
fn escape(bytes: &[u8], at: usize) -> (char, usize) {
    match bytes.get(at + 1) {
        Some(b'b') => ('\u{8}', 2),
        Some(b'f') => ('\u{c}', 2),
        Some(b'n') => ('\n', 2),
        Some(b'r') => ('\r', 2),
        Some(b't') => ('\t', 2),
        Some(b'u') => {
            let units = [unit(bytes, at), unit(bytes, at + 6)];
            let first = char::decode_utf16(units.into_iter().flatten()).next();
            let character = first.and_then(Result::ok).unwrap_or('\u{fffd}');
            (character, 6 * character.len_utf16())
        }
        Some(byte) => (char::from(*byte), 2),
        None => ('\u{fffd}', 1),
    }
}
