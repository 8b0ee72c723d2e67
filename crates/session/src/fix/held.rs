//! Messages that came before their turn.

use std::collections::BTreeMap;

/// Messages that are kept, at most; a later one is asked for again.
const MESSAGES_MAX: usize = 4_096;

/// Frames by their number, of bounded size.
#[derive(Debug)]
pub(super) struct Held {
    frames: BTreeMap<u64, Vec<u8>>,
    bytes: usize,
    bytes_max: usize,
}

impl Held {
    pub(super) const fn new(bytes_max: usize) -> Self {
        Self {
            frames: BTreeMap::new(),
            bytes: 0,
            bytes_max,
        }
    }

    /// Keeps the frame of message `sequence` if there is room and it is not kept yet.
    pub(super) fn insert(&mut self, sequence: u64, frame: &[u8]) {
        let has_room =
            self.frames.len() < MESSAGES_MAX && frame.len() <= self.bytes_max - self.bytes;
        if has_room && !self.frames.contains_key(&sequence) {
            self.bytes += frame.len();
            self.frames.insert(sequence, frame.to_vec());
        }
    }

    /// Gives out message `sequence`, and forgets those before it, which came by another way.
    pub(super) fn remove(&mut self, sequence: u64) -> Option<Vec<u8>> {
        while self
            .frames
            .first_key_value()
            .is_some_and(|(first, _)| *first < sequence)
        {
            let (_, frame) = self.frames.pop_first()?;
            self.bytes -= frame.len();
        }
        let frame = self.frames.remove(&sequence)?;
        self.bytes -= frame.len();
        Some(frame)
    }

    pub(super) fn clear(&mut self) {
        self.frames.clear();
        self.bytes = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_stays_within_its_bound_of_bytes() {
        let mut held = Held::new(10);
        held.insert(3, &[0; 6]);
        held.insert(4, &[0; 5]);
        held.insert(3, &[1; 4]);
        held.insert(5, &[0; 4]);
        assert_eq!((held.frames.len(), held.bytes), (2, 10));
        assert_eq!(held.remove(3), Some(vec![0; 6]));
        held.insert(6, &[0; 5]);
        // The fifth came by another way, and is forgotten with it.
        assert_eq!((held.remove(6), held.bytes), (Some(vec![0; 5]), 0));
        held.clear();
        held.insert(7, &[0; 10]);
        assert_eq!(held.bytes, 10);
    }
}
