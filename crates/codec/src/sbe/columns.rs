//! Messages as columns.

use super::decode::{Block, Visitor};
use super::primitive::{Number, Primitive};
use super::schema::{Constant, Data, Field, Group, Kind, Layout, Member, Message, Presence};
use crate::columns::{Cell, Columns};

/// Fills [`Columns`] from the messages that it is shown. A part of a composite is called
/// `field.part`; an enumeration is its number, a set its bits, an array is left out.
#[derive(Debug, Clone)]
pub struct ColumnVisitor {
    columns: Columns,
    /// For each group that is open: whether its entries are the rows.
    open: Vec<bool>,
    has_message: bool,
}

impl ColumnVisitor {
    /// Fills `columns`.
    #[must_use]
    pub fn new(columns: Columns) -> Self {
        Self {
            columns,
            open: Vec::new(),
            has_message: false,
        }
    }

    /// Adds the row of the message that was shown last, if each message is one.
    pub fn end(&mut self) {
        if self.has_message && self.columns.is_by_message() {
            self.columns.push();
        }
        self.has_message = false;
    }

    /// The columns.
    #[must_use]
    pub fn finish(self) -> Columns {
        self.columns
    }

    fn block(&mut self, layout: &Layout, block: &Block<'_>) {
        for field in &layout.fields {
            if let Kind::Composite(composite) = &field.kind {
                for member in &composite.members {
                    let place = self
                        .columns
                        .place(&format!("{}.{}", field.name, member.name));
                    if let Some(place) = place {
                        self.columns.set(place, part(field, member, block));
                    }
                }
            } else if let Some(place) = self.columns.place(&field.name) {
                self.columns.set(place, whole(field, block));
            }
        }
    }
}

fn number(number: Number) -> Cell<'static> {
    match number {
        Number::Unsigned(value) => Cell::Whole(value as i64),
        Number::Signed(value) => Cell::Whole(value),
        Number::Float(value) => Cell::Float(value.into()),
        Number::Double(value) => Cell::Float(value),
    }
}

fn constant(constant: &Constant) -> Cell<'_> {
    match constant {
        Constant::Number(value) | Constant::Named(_, value) => number(*value),
        Constant::Text(text) => Cell::Text(text.as_bytes()),
    }
}

fn whole<'a>(field: &'a Field, block: &Block<'a>) -> Option<Cell<'a>> {
    if let Some(known) = &field.constant {
        return (field.since <= block.version()).then(|| constant(known));
    }
    let is_optional = field.presence == Presence::Optional;
    cell(&field.kind, is_optional, block.bytes(field)?, block)
}

fn part<'a>(field: &Field, member: &'a Member, block: &Block<'a>) -> Option<Cell<'a>> {
    let composite = block.bytes(field)?;
    let bytes = composite.get(member.offset..member.offset + member.kind.size())?;
    cell(&member.kind, false, bytes, block)
}

fn cell<'a>(
    kind: &'a Kind,
    is_optional: bool,
    bytes: &'a [u8],
    block: &Block<'_>,
) -> Option<Cell<'a>> {
    match kind {
        Kind::Simple(simple) => {
            if let Some(known) = &simple.constant {
                return Some(constant(known));
            }
            if simple.primitive == Primitive::Char {
                let end = bytes
                    .iter()
                    .position(|byte| *byte == 0)
                    .unwrap_or(bytes.len());
                return Some(Cell::Text(&bytes[..end]));
            }
            let value = simple.primitive.read(bytes, block.byte_order())?;
            let is_optional = is_optional || simple.presence == Presence::Optional;
            let is_there = simple.length == 1 && !(is_optional && value == simple.null);
            is_there.then(|| number(value))
        }
        Kind::Enum(choices) => {
            let value = choices.primitive.read(bytes, block.byte_order())?;
            (value != choices.null).then(|| number(value))
        }
        Kind::Set(choices) => choices
            .primitive
            .read(bytes, block.byte_order())
            .map(number),
        Kind::Composite(_) => None,
    }
}

impl Visitor for ColumnVisitor {
    fn message(&mut self, message: &Message, block: &Block<'_>) {
        self.end();
        self.columns.clear();
        self.has_message = true;
        self.block(&message.layout, block);
    }

    fn group_start(&mut self, group: &Group, _count: usize) {
        let is_rows = self.columns.is_rows(&group.name);
        self.open.push(is_rows);
    }

    fn entry(&mut self, group: &Group, block: &Block<'_>) {
        if self.open.last() == Some(&true) {
            self.columns.entry_start();
        }
        self.block(&group.layout, block);
    }

    fn entry_end(&mut self) {
        if self.open.last() == Some(&true) {
            self.columns.entry_end();
        }
    }

    fn group_end(&mut self) {
        self.open.pop();
    }

    fn data(&mut self, data: &Data, bytes: Option<&[u8]>) {
        if let Some(place) = self.columns.place(&data.name) {
            self.columns.set(place, bytes.map(Cell::Text));
        }
    }
}
