//! Bytes to the flat list of values.

use super::JsonError;
use super::document::{Document, Kind, Node, unescaped};
use super::scan::{number_end, space_end, string_end};

/// How much is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest text, in bytes; never more than 4 GiB - 1 are read. Memory is at most sixteen times this.
    pub bytes_max: usize,
    /// Most arrays and objects in each other.
    pub depth_max: usize,
}

impl Default for Limits {
    /// 256 MiB and 64 levels.
    fn default() -> Self {
        Self {
            bytes_max: 256 << 20,
            depth_max: 64,
        }
    }
}

/// Objects of more keys than this are sorted to find a double, smaller ones are searched.
const SEARCHED_KEYS_MAX: usize = 16;

struct Open {
    /// Its place in the list.
    node: usize,
    is_object: bool,
    /// Elements, or keys.
    count: usize,
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    nodes: Vec<Node>,
    open: Vec<Open>,
    keys: Vec<u32>,
    depth_max: usize,
}

/// The values of `bytes`.
pub(super) fn parse(bytes: &[u8], limits: Limits) -> Result<Document<'_>, JsonError> {
    let limit = limits.bytes_max.min(u32::MAX as usize);
    if bytes.len() > limit {
        let bytes = bytes.len();
        return Err(JsonError::TooLong { bytes, limit });
    }
    let text = std::str::from_utf8(bytes).map_err(|fault| JsonError::NotUtf8 {
        offset: fault.valid_up_to(),
    })?;
    let mut parser = Parser {
        text,
        at: if text.starts_with('\u{feff}') { 3 } else { 0 },
        nodes: Vec::with_capacity(bytes.len() / 12),
        open: Vec::new(),
        keys: Vec::new(),
        depth_max: limits.depth_max,
    };
    parser.run()?;
    Ok(Document::new(text, parser.nodes))
}

impl Parser<'_> {
    fn run(&mut self) -> Result<(), JsonError> {
        self.value("a value")?;
        while let Some(open) = self.open.last() {
            let (is_object, is_first) = (open.is_object, open.count == 0);
            let end = if is_object { b'}' } else { b']' };
            match self.peek() {
                Some(byte) if byte == end => {
                    self.close()?;
                    continue;
                }
                Some(b',') if !is_first => self.at += 1,
                _ if is_first => {}
                _ => return Err(self.unexpected("a comma or the end")),
            }
            if is_object {
                self.key()?;
            } else if !is_first && self.peek() == Some(b']') {
                return Err(self.unexpected("a value"));
            }
            if let Some(open) = self.open.last_mut() {
                open.count += 1;
            }
            self.value("a value")?;
        }
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(JsonError::Trailing {
                offset: self.at,
                found: self.found(),
            }),
        }
    }

    /// The next byte that is no white space.
    fn peek(&mut self) -> Option<u8> {
        self.at = space_end(self.text.as_bytes(), self.at);
        self.text.as_bytes().get(self.at).copied()
    }

    fn found(&self) -> char {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.chars().next().unwrap_or_default()
    }

    fn unexpected(&self, expected: &'static str) -> JsonError {
        let offset = self.at;
        if offset >= self.text.len() {
            return JsonError::Truncated { offset, expected };
        }
        let found = self.found();
        JsonError::Unexpected {
            offset,
            found,
            expected,
        }
    }

    /// Takes a value, or the beginning of an array or object.
    fn value(&mut self, expected: &'static str) -> Result<(), JsonError> {
        match self.peek() {
            Some(b'{') => self.open_one(Kind::Object),
            Some(b'[') => self.open_one(Kind::Array),
            Some(b'"') => self.string(),
            Some(b'-' | b'0'..=b'9') => {
                let end = number_end(self.text.as_bytes(), self.at)?;
                self.push(Kind::Number, self.at, end);
                self.at = end;
                Ok(())
            }
            Some(b't') => self.word("true", Kind::True),
            Some(b'f') => self.word("false", Kind::False),
            Some(b'n') => self.word("null", Kind::Null),
            _ => Err(self.unexpected(expected)),
        }
    }

    fn push(&mut self, kind: Kind, start: usize, end: usize) {
        // Texts are shorter than 4 GiB, and no text has more values than bytes.
        let next = self.nodes.len() as u32 + 1;
        self.nodes.push(Node {
            start: start as u32,
            end: end as u32,
            next,
            kind,
        });
    }

    fn word(&mut self, word: &'static str, kind: Kind) -> Result<(), JsonError> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        if !rest.starts_with(word.as_bytes()) {
            if word.as_bytes().starts_with(rest) {
                self.at = self.text.len();
            }
            return Err(self.unexpected("true, false or null"));
        }
        self.push(kind, self.at, self.at + word.len());
        self.at += word.len();
        Ok(())
    }

    fn string(&mut self) -> Result<(), JsonError> {
        let start = self.at + 1;
        let (end, has_escapes) = string_end(self.text.as_bytes(), start)?;
        let kind = if has_escapes {
            Kind::EscapedText
        } else {
            Kind::Text
        };
        self.push(kind, start, end);
        self.at = end + 1;
        Ok(())
    }

    fn open_one(&mut self, kind: Kind) -> Result<(), JsonError> {
        if self.open.len() >= self.depth_max {
            return Err(JsonError::TooDeep {
                offset: self.at,
                limit: self.depth_max,
            });
        }
        self.open.push(Open {
            node: self.nodes.len(),
            is_object: kind == Kind::Object,
            count: 0,
        });
        self.push(kind, self.at, self.at + 1);
        self.at += 1;
        Ok(())
    }

    fn close(&mut self) -> Result<(), JsonError> {
        self.at += 1;
        let Some(open) = self.open.pop() else {
            return Ok(());
        };
        if open.is_object && open.count > SEARCHED_KEYS_MAX {
            self.check_many(&open)?;
        }
        let next = self.nodes.len() as u32;
        if let Some(node) = self.nodes.get_mut(open.node) {
            node.end = self.at as u32;
            node.next = next;
        }
        Ok(())
    }

    /// Takes a key and its colon.
    fn key(&mut self) -> Result<(), JsonError> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("a key"));
        }
        self.string()?;
        if let Some(open) = self.open.last()
            && open.count < SEARCHED_KEYS_MAX
        {
            self.check_few(open)?;
        }
        if self.peek() != Some(b':') {
            return Err(self.unexpected("a colon"));
        }
        self.at += 1;
        Ok(())
    }

    fn key_text(&self, node: &Node) -> std::borrow::Cow<'_, str> {
        unescaped(self.text, node)
    }

    fn double(&self, node: &Node) -> JsonError {
        JsonError::DuplicateKey {
            offset: node.start as usize - 1,
            key: self.key_text(node).chars().take(64).collect(),
        }
    }

    fn is_same_key(&self, one: &Node, other: &Node) -> bool {
        if one.kind == Kind::EscapedText || other.kind == Kind::EscapedText {
            return self.key_text(one) == self.key_text(other);
        }
        let bytes = self.text.as_bytes();
        // The first byte is that of the key, or its closing quote: it tells most keys of one length apart
        // without a call.
        one.end - one.start == other.end - other.start
            && bytes.get(one.start as usize) == bytes.get(other.start as usize)
            && self.key_text(one) == self.key_text(other)
    }

    /// Holds the last key against those before it in the same object.
    fn check_few(&self, open: &Open) -> Result<(), JsonError> {
        let Some((last, before)) = self.nodes.split_last() else {
            return Ok(());
        };
        let mut place = open.node + 1;
        while let Some(key) = before.get(place) {
            if self.is_same_key(key, last) {
                return Err(self.double(last));
            }
            place = before
                .get(place + 1)
                .map_or(before.len(), |value| value.next as usize);
        }
        Ok(())
    }

    /// Holds all keys of an object against each other.
    fn check_many(&mut self, open: &Open) -> Result<(), JsonError> {
        let mut keys = std::mem::take(&mut self.keys);
        keys.clear();
        let mut place = open.node + 1;
        while self.nodes.get(place).is_some() {
            keys.push(place as u32);
            let value = self.nodes.get(place + 1);
            place = value.map_or(self.nodes.len(), |value| value.next as usize);
        }
        let node = |place: &u32| &self.nodes[*place as usize];
        keys.sort_by(|one, other| {
            let texts = self.key_text(node(one)).cmp(&self.key_text(node(other)));
            texts.then(one.cmp(other))
        });
        let doubles = keys
            .windows(2)
            .filter(|pair| self.key_text(node(&pair[0])) == self.key_text(node(&pair[1])));
        let first = doubles.map(|pair| pair[1]).min();
        let fault = first.map(|place| self.double(node(&place)));
        self.keys = keys;
        fault.map_or(Ok(()), Err)
    }
}
