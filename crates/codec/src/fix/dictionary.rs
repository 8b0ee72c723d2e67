//! What the standard says of fields, messages and groups, as static tables.
//!
//! `build/` makes the tables from `schema/fix`. FIX 5.0 SP2 holds the session messages, header and
//! trailer of FIXT 1.1 as well.

/// A version of the standard.
#[derive(Debug)]
pub struct Dictionary {
    version: &'static str,
    begin_string: &'static str,
    header: u16,
    trailer: u16,
    /// By key.
    messages: &'static [MessageDef],
    /// By tag.
    fields: &'static [FieldDef],
    /// For each 256 tags, where their page starts in `places`.
    pages: &'static [u16],
    /// One more than the place in `fields`, 0 for none.
    places: &'static [u16],
    containers: &'static [Container],
}

/// A message type.
#[derive(Debug)]
pub struct MessageDef {
    /// As `MsgType` (35) has it.
    pub msg_type: &'static str,
    /// As the standard names it.
    pub name: &'static str,
    /// Whether it belongs to the session rather than to the business.
    pub is_admin: bool,
    /// The characters of the type as one number.
    key: u64,
    body: u16,
}

/// A field.
#[derive(Debug)]
pub struct FieldDef {
    /// Its number.
    pub tag: u16,
    /// As the standard names it.
    pub name: &'static str,
    /// How its value is written.
    pub kind: FieldKind,
    /// Values of one character, a bit each.
    pub(super) singles: u128,
    /// The values that it may have and their names, by value; any when empty.
    pub values: &'static [(&'static str, &'static str)],
}

/// How a value is written: the standard's data types.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
#[allow(missing_docs)]
pub enum FieldKind {
    Int,
    Length,
    SeqNum,
    NumInGroup,
    TagNum,
    DayOfMonth,
    Float,
    Percentage,
    Price,
    PriceOffset,
    Qty,
    Amt,
    Char,
    Boolean,
    String,
    Currency,
    Country,
    Exchange,
    MultipleString,
    MultipleChar,
    UtcTimestamp,
    UtcTimeOnly,
    UtcDateOnly,
    LocalMktDate,
    LocalMktTime,
    MonthYear,
    TzTimeOnly,
    TzTimestamp,
    Data,
}

/// Members of a message body, header, trailer or group entry.
#[derive(Debug)]
pub struct Container {
    /// In the order of the standard.
    pub members: &'static [Member],
    /// Hash table over `members`: one more than the place, 0 for none.
    slots: &'static [u16],
    /// A bit for each required member, by place.
    pub(super) required: &'static [u64],
}

/// A field of a container.
#[derive(Debug, Clone, Copy)]
pub struct Member {
    /// Its tag; for a group, of the field that counts its entries.
    pub tag: u16,
    /// Whether the container must have it.
    pub is_required: bool,
    field: u16,
    group: u16,
}

/// Stands for "no group".
const NONE: u16 = u16::MAX;

impl Dictionary {
    /// FIX 4.2.
    #[must_use]
    pub const fn fix42() -> &'static Self {
        &tables::FIX42
    }

    /// FIX 4.4.
    #[must_use]
    pub const fn fix44() -> &'static Self {
        &tables::FIX44
    }

    /// FIX 5.0 SP2 over FIXT 1.1.
    #[must_use]
    pub const fn fix50sp2() -> &'static Self {
        &tables::FIX50SP2
    }

    /// Every dictionary, oldest first.
    #[must_use]
    pub const fn all() -> [&'static Self; 3] {
        [Self::fix42(), Self::fix44(), Self::fix50sp2()]
    }

    /// The dictionary for frames that begin with `begin_string` (tag 8).
    #[must_use]
    pub fn of_begin_string(begin_string: &[u8]) -> Option<&'static Self> {
        let found = |dictionary: &&Self| dictionary.begin_string.as_bytes() == begin_string;
        Self::all().into_iter().find(found)
    }

    /// Such as `FIX.5.0SP2`.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        self.version
    }

    /// What its frames begin with, such as `FIXT.1.1`.
    #[must_use]
    pub const fn begin_string(&self) -> &'static str {
        self.begin_string
    }

    /// Every field, by tag.
    #[must_use]
    pub const fn fields(&self) -> &'static [FieldDef] {
        self.fields
    }

    /// Every container; numbers of groups and bodies are places among them.
    #[must_use]
    pub const fn containers(&self) -> &'static [Container] {
        self.containers
    }

    /// Numbers of the header and the trailer.
    #[must_use]
    pub const fn ends(&self) -> (usize, usize) {
        (self.header as usize, self.trailer as usize)
    }

    /// Every message type.
    #[must_use]
    pub const fn messages(&self) -> &'static [MessageDef] {
        self.messages
    }

    /// The message type that `MsgType` (35) calls `msg_type`.
    #[must_use]
    pub fn message(&self, msg_type: &[u8]) -> Option<&'static MessageDef> {
        let key = |key, byte: &u8| key << 8 | u64::from(*byte);
        let key = msg_type.get(..msg_type.len().min(8))?.iter().fold(0, key);
        let place = self
            .messages
            .binary_search_by_key(&key, |message| message.key);
        let found = &self.messages[place.ok()?];
        (found.msg_type.len() == msg_type.len()).then_some(found)
    }

    /// The field with `tag`.
    #[inline]
    #[must_use]
    pub fn field(&self, tag: u32) -> Option<&'static FieldDef> {
        let page = usize::from(*self.pages.get(tag as usize >> 8)?);
        let place = usize::from(self.places[page + (tag as usize & 0xff)]);
        self.fields.get(place.wrapping_sub(1))
    }

    /// What the standard says of the field that `member` is.
    #[inline]
    #[must_use]
    pub fn field_of(&self, member: Member) -> &'static FieldDef {
        &self.fields[usize::from(member.field)]
    }

    /// Members of the header.
    #[must_use]
    pub fn header(&self) -> &'static Container {
        self.container(self.header)
    }

    /// Members of the trailer.
    #[must_use]
    pub fn trailer(&self) -> &'static Container {
        self.container(self.trailer)
    }

    /// Members of the body of `message`.
    #[inline]
    #[must_use]
    pub fn body(&self, message: &MessageDef) -> &'static Container {
        self.container(message.body)
    }

    /// Members of an entry of the group that `member` counts; `None` when it counts none.
    #[inline]
    #[must_use]
    pub fn group(&self, member: Member) -> Option<&'static Container> {
        (member.group != NONE).then(|| self.container(member.group))
    }

    #[inline]
    fn container(&self, number: u16) -> &'static Container {
        &self.containers[usize::from(number)]
    }
}

impl MessageDef {
    /// Number of the container of its body.
    #[must_use]
    pub const fn body(&self) -> usize {
        self.body as usize
    }
}

impl Member {
    /// Number of the container of the entries that it counts; `None` when it counts none.
    #[must_use]
    pub const fn group(&self) -> Option<usize> {
        if self.group == NONE {
            return None;
        }
        Some(self.group as usize)
    }
}

impl Container {
    /// The place of `tag` among the members.
    #[inline]
    #[must_use]
    pub fn place(&self, tag: u32) -> Option<usize> {
        let tag = u16::try_from(tag).ok()?;
        let mut slot = usize::from(tag.wrapping_mul(40_503) >> 4);
        loop {
            slot &= self.slots.len() - 1;
            let place = usize::from(self.slots[slot]).checked_sub(1)?;
            if self.members[place].tag == tag {
                return Some(place);
            }
            slot += 1;
        }
    }

    /// The member with `tag`.
    #[inline]
    #[must_use]
    pub fn member(&self, tag: u32) -> Option<Member> {
        self.place(tag).map(|place| self.members[place])
    }
}

/// Whether the value of `tag` is bytes, whose length the field before states.
#[inline]
pub(super) fn is_data(tag: u32) -> bool {
    let word = tables::IS_DATA.get(tag as usize >> 6);
    word.is_some_and(|word| word >> (tag & 63) & 1 != 0)
}

/// The field that states the length of the field of bytes `data`.
pub(super) fn length_tag(data: u32) -> Option<u32> {
    let mut pairs = tables::DATA_OF_LENGTH.iter();
    pairs
        .find(|(_, tag)| u32::from(*tag) == data)
        .map(|(length, _)| u32::from(*length))
}

mod tables {
    //! Generated by the build script.
    #![allow(clippy::unreadable_literal)]
    use super::{Container, Dictionary, FieldDef, FieldKind, Member, MessageDef};

    include!(concat!(env!("OUT_DIR"), "/fix_tables.rs"));
}
