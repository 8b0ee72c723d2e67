//! Schemas as the decoder runs them: fixed offsets.

use super::primitive::{ByteOrder, Number, Primitive};

/// Whether a value has to be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Presence {
    /// It is always there.
    #[default]
    Required,
    /// It may be null.
    Optional,
    /// It is in the schema, not in the message.
    Constant,
}

/// A value that the schema gives.
#[derive(Debug, Clone, PartialEq)]
pub enum Constant {
    /// A number or a single character.
    Number(Number),
    /// Text.
    Text(String),
    /// A value of an enumeration: its name and number.
    Named(String, Number),
}

/// A number, an array of numbers, or text.
#[derive(Debug, Clone, PartialEq)]
pub struct Simple {
    /// Of what.
    pub primitive: Primitive,
    /// How many; 0 for variable data.
    pub length: usize,
    /// What stands for no value.
    pub null: Number,
    /// Whether it may be null.
    pub presence: Presence,
    /// The constant.
    pub constant: Option<Constant>,
    /// The largest value that the schema allows.
    pub most: Option<Number>,
    /// The encoding of text, such as `UTF-8`.
    pub encoding: Option<String>,
}

/// A value of an enumeration, or a bit of a set.
#[derive(Debug, Clone, PartialEq)]
pub struct Choice {
    /// Its name.
    pub name: String,
    /// The number, or the bit.
    pub value: Number,
    /// First version that has it.
    pub since: u32,
}

/// An enumeration or a set of bits.
#[derive(Debug, Clone, PartialEq)]
pub struct Choices {
    /// How it is encoded.
    pub primitive: Primitive,
    /// What stands for no value.
    pub null: Number,
    /// The values, or bits.
    pub choices: Vec<Choice>,
}

/// A part of a composite.
#[derive(Debug, Clone, PartialEq)]
pub struct Member {
    /// Its name.
    pub name: String,
    /// Its first byte, counted from the composite's.
    pub offset: usize,
    /// What it is.
    pub kind: Kind,
    /// First version that has it.
    pub since: u32,
}

/// Parts that belong together.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Composite {
    /// The parts, in order.
    pub members: Vec<Member>,
    /// Length, in bytes.
    pub size: usize,
}

impl Composite {
    /// The part called `name`.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }
}

/// What a field is.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// A number, an array, or text.
    Simple(Simple),
    /// An enumeration.
    Enum(Choices),
    /// A set of bits.
    Set(Choices),
    /// Parts that belong together.
    Composite(Composite),
}

impl Kind {
    /// Length in the message, in bytes; 0 for a constant.
    #[must_use]
    pub fn size(&self) -> usize {
        match self {
            Self::Simple(simple) if simple.presence == Presence::Constant => 0,
            Self::Simple(simple) => simple.primitive.size() * simple.length,
            Self::Enum(choices) | Self::Set(choices) => choices.primitive.size(),
            Self::Composite(composite) => composite.size,
        }
    }
}

/// A field of a block.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// Its identifier; in schemas for FIX the tag.
    pub id: u32,
    /// Its first byte, counted from the block's.
    pub offset: usize,
    /// Length in the message, in bytes.
    pub size: usize,
    /// What it is.
    pub kind: Kind,
    /// Whether it has to be there.
    pub presence: Presence,
    /// The constant.
    pub constant: Option<Constant>,
    /// First version that has it.
    pub since: u32,
}

/// A whole number inside a dimension, a length or a header.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Whole {
    pub(super) primitive: Primitive,
    pub(super) offset: usize,
    /// The largest value allowed.
    pub(super) most: u64,
}

/// How the length and number of a group's entries are told.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dimension {
    pub(super) size: usize,
    pub(super) block_length: Whole,
    pub(super) count: Whole,
}

/// Fields at fixed places, then groups, then variable data.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Layout {
    /// Length of the fields in this version, in bytes.
    pub block_length: usize,
    /// The fields.
    pub fields: Vec<Field>,
    /// Repeated parts.
    pub groups: Vec<Group>,
    /// Data of variable length.
    pub data: Vec<Data>,
}

impl Layout {
    /// The field called `name`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        self.fields.iter().find(|field| field.name == name)
    }
}

/// A part that repeats.
#[derive(Debug, Clone, PartialEq)]
pub struct Group {
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub id: u32,
    /// First version that has it.
    pub since: u32,
    /// What each entry is.
    pub layout: Layout,
    pub(super) dimension: Dimension,
}

/// Data of variable length.
#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    /// Its name.
    pub name: String,
    /// Its identifier.
    pub id: u32,
    /// First version that has it.
    pub since: u32,
    /// The encoding of text; None for bytes.
    pub encoding: Option<String>,
    pub(super) length: Whole,
    /// Where the data begins behind the length's first byte.
    pub(super) start: usize,
}

/// A message.
#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// Its name.
    pub name: String,
    /// Its identifier in message headers.
    pub id: u32,
    /// First version that has it.
    pub since: u32,
    /// Its fields, groups and data.
    pub layout: Layout,
}

/// Where the header says what follows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct HeaderLayout {
    pub(super) size: usize,
    pub(super) block_length: Whole,
    pub(super) template: Whole,
    pub(super) schema: Whole,
    pub(super) version: Whole,
}

/// A schema, ready to run.
#[derive(Debug, Clone, PartialEq)]
pub struct Schema {
    /// Its identifier in message headers.
    pub id: u32,
    /// Its version.
    pub version: u32,
    /// Name of the package.
    pub package: String,
    /// Which byte of a number comes first.
    pub byte_order: ByteOrder,
    /// The messages, by identifier.
    pub messages: Vec<Message>,
    pub(super) header: HeaderLayout,
}

impl Schema {
    /// The message of an identifier.
    #[inline]
    #[must_use]
    pub fn message(&self, id: u32) -> Option<&Message> {
        let at = self
            .messages
            .binary_search_by_key(&id, |message| message.id)
            .ok()?;
        self.messages.get(at)
    }

    /// The message called `name`.
    #[must_use]
    pub fn message_named(&self, name: &str) -> Option<&Message> {
        self.messages.iter().find(|message| message.name == name)
    }

    /// Length of the message header, in bytes.
    #[must_use]
    pub fn header_size(&self) -> usize {
        self.header.size
    }
}
