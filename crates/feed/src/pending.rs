//! Packets that wait for others before them.

use std::collections::VecDeque;

use crate::sink::Line;

/// A packet that waits; its bytes lie in the slot.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    /// 0 for the running session, 1 for the one that follows.
    pub(crate) ahead: u8,
    pub(crate) first: u64,
    pub(crate) end: u64,
    pub(crate) line: Line,
    pub(crate) ts_recv: i64,
    /// When it was put here, ns UTC.
    pub(crate) since: i64,
    slot: u32,
    length: u32,
}

/// Where a packet would wait, and why not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Yes,
    /// All its units wait already.
    Duplicate,
    Full,
}

/// Packets in the order of their sequence, in slots that are taken from the system once.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    entries: VecDeque<Waiting>,
    slots: Vec<u8>,
    slot_bytes: usize,
    free: Vec<u32>,
}

impl Pending {
    /// Room for `packets` of up to `packet_bytes` each.
    pub(crate) fn new(packets: usize, packet_bytes: usize) -> Self {
        Self {
            entries: VecDeque::with_capacity(packets),
            slots: vec![0; packets * packet_bytes],
            slot_bytes: packet_bytes,
            free: (0..packets as u32).rev().collect(),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }

    #[inline]
    pub(crate) fn front(&self) -> Option<&Waiting> {
        self.entries.front()
    }

    /// Keeps a copy of `bytes`, units `first` to `end`.
    #[allow(
        clippy::too_many_arguments,
        reason = "the fields of an entry, each once"
    )]
    pub(crate) fn keep(
        &mut self,
        ahead: u8,
        (first, end): (u64, u64),
        line: Line,
        ts_recv: i64,
        since: i64,
        bytes: &[u8],
    ) -> Kept {
        let key = (ahead, first);
        let at = self
            .entries
            .partition_point(|entry| (entry.ahead, entry.first) < key);
        let covers =
            |entry: &Waiting| entry.ahead == ahead && entry.first <= first && entry.end >= end;
        let before = at.checked_sub(1).and_then(|at| self.entries.get(at));
        if before.is_some_and(covers) || self.entries.get(at).is_some_and(covers) {
            return Kept::Duplicate;
        }
        let Some(slot) = self.free.pop() else {
            return Kept::Full;
        };
        let start = slot as usize * self.slot_bytes;
        self.slots[start..start + bytes.len()].copy_from_slice(bytes);
        let entry = Waiting {
            ahead,
            first,
            end,
            line,
            ts_recv,
            since,
            slot,
            length: bytes.len() as u32,
        };
        self.entries.insert(at, entry);
        Kept::Yes
    }

    pub(crate) fn bytes(&self, entry: &Waiting) -> &[u8] {
        let start = entry.slot as usize * self.slot_bytes;
        &self.slots[start..start + entry.length as usize]
    }

    /// Lets the first packet go.
    pub(crate) fn pop(&mut self) -> Option<Waiting> {
        let entry = self.entries.pop_front()?;
        self.free.push(entry.slot);
        Some(entry)
    }

    /// The session that follows is now the running one.
    pub(crate) fn follow(&mut self) {
        for entry in &mut self.entries {
            entry.ahead = entry.ahead.saturating_sub(1);
        }
    }
}
