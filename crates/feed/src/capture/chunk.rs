//! Entries of a capture.
//!
//! | bytes | field |
//! |---|---|
//! | 0 | kind: 0 packet, 1 snapshot, 2 moment |
//! | 1 | line |
//! | 2–5 | length of what follows the header, little endian |
//! | 6–13 | time of reception, ns UTC |
//! | 14–21 | time at which it was handed over, ns UTC |
//! | 22– | the packet or snapshot |

use crate::packet::array;
use crate::sink::Line;

pub(super) const ENTRY_HEADER: usize = 22;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    /// A packet of a line.
    Packet,
    /// A snapshot.
    Snapshot,
    /// A moment at which the arbiter was told the time, and that mattered.
    Moment,
}

/// An entry of a capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry<'a> {
    /// What it is.
    pub kind: EntryKind,
    /// Where it came from.
    pub line: Line,
    /// Time of reception, ns UTC.
    pub ts_recv: i64,
    /// Time at which it was handed over, ns UTC.
    pub now: i64,
    /// The packet or snapshot; empty for a moment.
    pub bytes: &'a [u8],
}

impl Entry<'_> {
    pub(super) fn encode(&self, out: &mut Vec<u8>) {
        out.push(match self.kind {
            EntryKind::Packet => 0,
            EntryKind::Snapshot => 1,
            EntryKind::Moment => 2,
        });
        out.push(self.line.0);
        out.extend_from_slice(&(self.bytes.len() as u32).to_le_bytes());
        out.extend_from_slice(&self.ts_recv.to_le_bytes());
        out.extend_from_slice(&self.now.to_le_bytes());
        out.extend_from_slice(self.bytes);
    }
}

/// Entries one behind the other; ends before the first that is not whole.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
}

impl<'a> Entries<'a> {
    /// The entries of `bytes`.
    #[must_use]
    pub const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// What is not read yet; at the end, what is no entry.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Entry<'a>;

    fn next(&mut self) -> Option<Entry<'a>> {
        let (header, body) = self.rest.split_at_checked(ENTRY_HEADER)?;
        let kind = match header[0] {
            0 => EntryKind::Packet,
            1 => EntryKind::Snapshot,
            2 => EntryKind::Moment,
            _ => return None,
        };
        let length = u32::from_le_bytes(array(header, 2)) as usize;
        let (bytes, rest) = body.split_at_checked(length)?;
        self.rest = rest;
        Some(Entry {
            kind,
            line: Line(header[1]),
            ts_recv: i64::from_le_bytes(array(header, 6)),
            now: i64::from_le_bytes(array(header, 14)),
            bytes,
        })
    }
}
