//! Walks messages. Fields are read where they lie, when somebody asks.

use super::error::SbeError;
use super::primitive::{ByteOrder, Number};
use super::schema::{Data, Field, Group, Layout, Message, Schema, Whole};

/// Most entries of all groups of one message that take no bytes, so that a count in four bytes cannot
/// hold the decoder up.
const MAX_EMPTY_ENTRIES: u64 = 1 << 16;

/// What stands in front of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Length of the first block, in bytes.
    pub block_length: usize,
    /// The message's identifier.
    pub template: u64,
    /// The schema's identifier.
    pub schema: u64,
    /// The version of the schema that the message was written with.
    pub version: u32,
}

/// Fields of a message or of an entry, as long as the writer made them.
#[derive(Debug, Clone, Copy)]
pub struct Block<'a> {
    pub(super) bytes: &'a [u8],
    pub(super) order: ByteOrder,
    pub(super) version: u32,
}

impl<'a> Block<'a> {
    /// The bytes of `field`; None for one that the writer's version does not have, or a constant.
    #[inline]
    #[must_use]
    pub fn bytes(&self, field: &Field) -> Option<&'a [u8]> {
        if field.since > self.version {
            return None;
        }
        self.bytes.get(field.offset..field.offset + field.size)
    }

    /// The bytes of the whole block.
    #[must_use]
    pub fn all(&self) -> &'a [u8] {
        self.bytes
    }

    /// Version of the schema that the block was written with.
    #[must_use]
    pub fn version(&self) -> u32 {
        self.version
    }

    /// Which byte of a number comes first.
    #[must_use]
    pub fn byte_order(&self) -> ByteOrder {
        self.order
    }
}

/// Takes the parts of a message in its order.
pub trait Visitor {
    /// A message begins with `block`.
    fn message(&mut self, message: &Message, block: &Block<'_>);
    /// A group of `count` entries begins.
    fn group_start(&mut self, _group: &Group, _count: usize) {}
    /// Its next entry begins with `block`.
    fn entry(&mut self, _group: &Group, _block: &Block<'_>) {}
    /// The entry ends.
    fn entry_end(&mut self) {}
    /// The group ends.
    fn group_end(&mut self) {}
    /// Data of variable length; None for data that the writer's version does not have.
    fn data(&mut self, _data: &Data, _bytes: Option<&[u8]>) {}
    /// A group that the writer's version does not have.
    fn group_absent(&mut self, _group: &Group) {}
}

struct Walk<'a> {
    bytes: &'a [u8],
    at: usize,
    order: ByteOrder,
    version: u32,
    empty_entries: u64,
}

impl<'a> Walk<'a> {
    #[inline]
    fn take(&mut self, length: usize) -> Result<&'a [u8], SbeError> {
        let rest = &self.bytes[self.at..];
        let Some(found) = rest.get(..length) else {
            return Err(SbeError::Truncated {
                offset: self.at,
                needed: length,
                available: rest.len(),
            });
        };
        self.at += length;
        Ok(found)
    }

    /// The number `whole` in `bytes`, which begin at `start`; refused above the schema's maximum.
    #[inline]
    fn count(&self, whole: Whole, bytes: &[u8], start: usize) -> Result<u64, SbeError> {
        let found = whole.read(bytes, self.order);
        if found > whole.most {
            return Err(SbeError::Count {
                offset: start + whole.offset,
                found,
                most: whole.most,
            });
        }
        Ok(found)
    }

    fn parts<V: Visitor>(&mut self, layout: &Layout, visitor: &mut V) -> Result<(), SbeError> {
        for group in &layout.groups {
            if group.since > self.version {
                visitor.group_absent(group);
            } else {
                self.group(group, visitor)?;
            }
        }
        for data in &layout.data {
            if data.since > self.version {
                visitor.data(data, None);
                continue;
            }
            let start = self.at;
            let head = self.take(data.start)?;
            let length = self.count(data.length, head, start)?;
            // A length beyond the address space is beyond the message too.
            let bytes = self.take(usize::try_from(length).unwrap_or(usize::MAX))?;
            visitor.data(data, Some(bytes));
        }
        Ok(())
    }

    fn group<V: Visitor>(&mut self, group: &Group, visitor: &mut V) -> Result<(), SbeError> {
        let start = self.at;
        let head = self.take(group.dimension.size)?;
        let block_length = self.count(group.dimension.block_length, head, start)? as usize;
        let count = self.count(group.dimension.count, head, start)?;
        visitor.group_start(group, count as usize);
        let has_parts = !group.layout.groups.is_empty() || !group.layout.data.is_empty();
        for _ in 0..count {
            let before = self.at;
            let bytes = self.take(block_length)?;
            visitor.entry(group, &self.block(bytes));
            if has_parts {
                self.parts(&group.layout, visitor)?;
            }
            visitor.entry_end();
            if self.at == before {
                self.empty_entries += 1;
                if self.empty_entries > MAX_EMPTY_ENTRIES {
                    return Err(SbeError::Count {
                        offset: start,
                        found: count,
                        most: MAX_EMPTY_ENTRIES,
                    });
                }
            }
        }
        visitor.group_end();
        Ok(())
    }

    #[inline]
    fn block(&self, bytes: &'a [u8]) -> Block<'a> {
        Block {
            bytes,
            order: self.order,
            version: self.version,
        }
    }
}

impl Whole {
    /// The number in `bytes`; 0 if they are too few, which the schema's check rules out.
    #[inline]
    pub(super) fn read(self, bytes: &[u8], order: ByteOrder) -> u64 {
        let found = bytes
            .get(self.offset..)
            .and_then(|bytes| self.primitive.read(bytes, order));
        found.and_then(Number::to_u64).unwrap_or(0)
    }
}

impl Schema {
    /// The header that `bytes` begin with.
    ///
    /// # Errors
    /// [`SbeError::Truncated`] if they are too few.
    #[inline]
    pub fn read_header(&self, bytes: &[u8]) -> Result<Header, SbeError> {
        let layout = &self.header;
        let Some(head) = bytes.get(..layout.size) else {
            return Err(SbeError::Truncated {
                offset: 0,
                needed: layout.size,
                available: bytes.len(),
            });
        };
        Ok(Header {
            block_length: layout.block_length.read(head, self.byte_order) as usize,
            template: layout.template.read(head, self.byte_order),
            schema: layout.schema.read(head, self.byte_order),
            version: layout.version.read(head, self.byte_order) as u32,
        })
    }

    /// Walks the message that `bytes` begin with, header first; how long it is.
    ///
    /// # Errors
    /// [`SbeError`]; the visitor has then seen what comes before it.
    pub fn decode<V: Visitor>(&self, bytes: &[u8], visitor: &mut V) -> Result<usize, SbeError> {
        let header = self.read_header(bytes)?;
        if header.schema != u64::from(self.id) {
            return Err(SbeError::Schema {
                offset: 0,
                found: header.schema,
                expected: self.id,
            });
        }
        let message = u32::try_from(header.template)
            .ok()
            .and_then(|id| self.message(id));
        let message = message.ok_or(SbeError::Template {
            offset: 0,
            found: header.template,
        })?;
        let mut walk = Walk {
            bytes,
            at: self.header.size,
            order: self.byte_order,
            version: header.version,
            empty_entries: 0,
        };
        let block = walk.take(header.block_length)?;
        visitor.message(message, &walk.block(block));
        walk.parts(&message.layout, visitor)?;
        Ok(walk.at)
    }
}
