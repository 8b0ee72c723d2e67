//! Descriptions of fixed messages.

use std::str::FromStr;

use roxmltree::{Document, Node};

use super::error::LayoutError;

const MAX_BYTES: usize = 1 << 16;

/// What a field is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A number that is never negative.
    Unsigned,
    /// A number.
    Signed,
    /// One character.
    Char,
    /// Characters, padded with spaces or NUL.
    Text,
    /// Bytes.
    Bytes,
}

/// A field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its first byte.
    pub offset: usize,
    /// Length, in bytes.
    pub size: usize,
    /// What it is.
    pub kind: Kind,
    /// Digits behind the point of a number.
    pub decimals: u32,
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spec {
    /// Its name.
    pub name: String,
    /// The number or character that tells it.
    pub value: u64,
    /// Its fields.
    pub fields: Vec<Field>,
    /// Where the last field ends, or the stated length, in bytes.
    pub size: usize,
}

impl Spec {
    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A whole number at a fixed place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: usize,
    pub(super) size: usize,
}

/// A description, ready to decode messages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    /// Its name.
    pub name: String,
    /// Every message, by the number that tells it.
    pub messages: Vec<Spec>,
    pub(super) is_big_endian: bool,
    pub(super) selector: Place,
    pub(super) length: Option<(Place, usize)>,
}

fn refuse(node: Node<'_, '_>, reason: &'static str) -> LayoutError {
    LayoutError::Rule {
        line: node.document().text_pos_at(node.range().start).row,
        element: node.tag_name().name().to_owned(),
        name: node.attribute("name").unwrap_or_default().to_owned(),
        reason,
    }
}

fn number<T: FromStr>(node: Node<'_, '_>, name: &str) -> Result<Option<T>, LayoutError> {
    match node.attribute(name) {
        None => Ok(None),
        Some(text) => match text.trim().parse() {
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(refuse(node, "has an attribute that is no such number")),
        },
    }
}

/// Kind and length of the type of `node`.
fn kind(node: Node<'_, '_>) -> Result<(Kind, usize), LayoutError> {
    let name = node.attribute("type").unwrap_or_default();
    let length = number::<usize>(node, "length")?;
    let bits = |text: &str| {
        let bits = text
            .parse::<usize>()
            .ok()
            .filter(|bits| bits % 8 == 0 && (8..=64).contains(bits));
        bits.map(|bits| bits / 8)
            .ok_or_else(|| refuse(node, "has a type that does not exist"))
    };
    match (name, length) {
        ("char", None | Some(1)) => Ok((Kind::Char, 1)),
        ("text", Some(length)) => Ok((Kind::Text, length)),
        ("bytes", Some(length)) => Ok((Kind::Bytes, length)),
        ("text" | "bytes", None) => Err(refuse(node, "has no length")),
        (name, None) => match (name.strip_prefix("uint"), name.strip_prefix("int")) {
            (Some(text), _) => Ok((Kind::Unsigned, bits(text)?)),
            (_, Some(text)) => Ok((Kind::Signed, bits(text)?)),
            _ => Err(refuse(node, "has a type that does not exist")),
        },
        (_, Some(_)) => Err(refuse(node, "has a length, which its type does not take")),
    }
}

fn place(node: Node<'_, '_>) -> Result<Place, LayoutError> {
    let (Kind::Unsigned | Kind::Char, size) = kind(node)? else {
        return Err(refuse(
            node,
            "is neither an unsigned number nor a character",
        ));
    };
    let offset = number(node, "offset")?.filter(|offset| *offset < MAX_BYTES);
    let offset = offset.ok_or_else(|| refuse(node, "has no offset below 65536"))?;
    Ok(Place { offset, size })
}

impl Layout {
    /// Reads a description.
    ///
    /// # Errors
    /// [`LayoutError`] with line and reason.
    pub fn from_xml(xml: &str) -> Result<Self, LayoutError> {
        let document = Document::parse(xml).map_err(|error| LayoutError::Xml {
            reason: error.to_string(),
        })?;
        let root = document.root_element();
        let child = |name| {
            root.children()
                .find(|child| child.tag_name().name() == name)
        };
        let selector = child("selector").ok_or_else(|| refuse(root, "has no selector"))?;
        let length = match child("length") {
            Some(node) => Some((place(node)?, number(node, "plus")?.unwrap_or(0))),
            None => None,
        };
        let is_big_endian = match root.attribute("byteOrder") {
            None | Some("littleEndian") => false,
            Some("bigEndian") => true,
            Some(_) => return Err(refuse(root, "has a byteOrder that does not exist")),
        };
        let is_char = selector.attribute("type") == Some("char");
        let mut layout = Self {
            name: root.attribute("name").unwrap_or_default().to_owned(),
            messages: Vec::new(),
            is_big_endian,
            selector: place(selector)?,
            length,
        };
        for node in root
            .children()
            .filter(|child| child.tag_name().name() == "message")
        {
            let spec = spec(node, is_char)?;
            if layout
                .messages
                .iter()
                .any(|known| known.value == spec.value || known.name == spec.name)
            {
                return Err(refuse(node, "repeats a name or a value"));
            }
            layout.messages.push(spec);
        }
        layout.messages.sort_by_key(|spec| spec.value);
        Ok(layout)
    }
}

fn spec(node: Node<'_, '_>, is_char: bool) -> Result<Spec, LayoutError> {
    let name = node
        .attribute("name")
        .ok_or_else(|| refuse(node, "has no name"))?;
    let value = node
        .attribute("value")
        .ok_or_else(|| refuse(node, "has no value"))?;
    let value = match value.as_bytes() {
        [byte] if is_char => Some(u64::from(*byte)),
        _ if is_char => None,
        _ => value.trim().parse().ok(),
    };
    let value = value.ok_or_else(|| refuse(node, "has a value that its selector cannot have"))?;
    let mut fields: Vec<Field> = Vec::new();
    let mut end = 0;
    for child in node.children().filter(Node::is_element) {
        let (kind, size) = kind(child)?;
        let offset: usize = number(child, "offset")?.unwrap_or(end);
        end = offset.saturating_add(size);
        if size == 0 || end > MAX_BYTES {
            return Err(refuse(child, "has no length, or ends beyond 65536 bytes"));
        }
        let name = match (child.tag_name().name(), child.attribute("name")) {
            ("pad", _) => continue,
            ("field", Some(name)) => name,
            _ => return Err(refuse(child, "is neither a field with a name nor a pad")),
        };
        if fields.iter().any(|field| field.name == name) {
            return Err(refuse(child, "is there twice"));
        }
        fields.push(Field {
            name: name.to_owned(),
            offset,
            size,
            kind,
            decimals: number(child, "decimals")?
                .filter(|digits| *digits <= 18)
                .unwrap_or(0),
        });
    }
    let size = fields
        .iter()
        .map(|field| field.offset + field.size)
        .max()
        .unwrap_or(0)
        .max(end);
    if number(node, "length")?.is_some_and(|stated: usize| stated != size) {
        return Err(refuse(node, "has a length that its fields do not fill"));
    }
    Ok(Spec {
        name: name.to_owned(),
        value,
        fields,
        size,
    })
}
