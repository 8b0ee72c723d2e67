//! Finds a page by its key.

use rustc_hash::FxHashMap;

/// From key to page.
///
/// Each key has one home in an array. Keys of a client rise, so they have neighbouring homes and meet
/// an older page only when it is as many keys away as the array is long; a page that must leave its
/// home to a newer one moves to a hash table. The array grows with the pages held, not with those
/// ever used.
#[derive(Debug, Clone)]
pub(crate) struct PageIndex {
    homes: Vec<Entry>,
    // Looked up, never walked through.
    moved: FxHashMap<u64, u32>,
    held: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Entry {
    key: u64,
    page: u32,
}

impl Entry {
    /// Of a home that no page has: keys are order numbers without their low bits.
    const NONE: Self = Self {
        key: u64::MAX,
        page: 0,
    };
}

const HOMES_LEAST: usize = 64;
/// Homes for each page at least, so that few have to move.
const HOMES_A_PAGE: usize = 4;

impl Default for PageIndex {
    fn default() -> Self {
        Self {
            homes: vec![Entry::NONE; HOMES_LEAST],
            moved: FxHashMap::default(),
            held: 0,
        }
    }
}

impl PageIndex {
    /// The home of `key`. Upper bits, which tell clients apart, move the keys of each client to a
    /// stretch of their own; lower bits keep their order.
    #[inline(always)]
    fn home(&self, key: u64) -> usize {
        let client = (key >> 42).wrapping_mul(0x9E37);
        key.wrapping_add(client) as usize & (self.homes.len() - 1)
    }

    /// The page of `key`.
    #[inline(always)]
    pub(crate) fn get(&self, key: u64) -> Option<u32> {
        let entry = self.homes[self.home(key)];
        if entry.key == key {
            return Some(entry.page);
        }
        if self.moved.is_empty() {
            return None;
        }
        self.moved_page(key)
    }

    #[cold]
    fn moved_page(&self, key: u64) -> Option<u32> {
        self.moved.get(&key).copied()
    }

    /// Enters a key that has no page.
    pub(crate) fn insert(&mut self, key: u64, page: u32) {
        self.held += 1;
        if self.held * HOMES_A_PAGE > self.homes.len() {
            self.grow();
        }
        self.settle(Entry { key, page });
    }

    /// Forgets a key that has a page.
    pub(crate) fn remove(&mut self, key: u64) {
        self.held -= 1;
        let home = self.home(key);
        if self.homes[home].key == key {
            self.homes[home] = Entry::NONE;
        } else {
            self.moved.remove(&key);
        }
    }

    fn settle(&mut self, entry: Entry) {
        let home = self.home(entry.key);
        let old = std::mem::replace(&mut self.homes[home], entry);
        if old != Entry::NONE {
            self.moved.insert(old.key, old.page);
        }
    }

    fn grow(&mut self) {
        let larger = vec![Entry::NONE; self.homes.len() * 2];
        let settled = std::mem::replace(&mut self.homes, larger);
        let moved = std::mem::take(&mut self.moved);
        let moved = moved.into_iter().map(|(key, page)| Entry { key, page });
        // Which of two pages keeps a home is seen in nothing but speed.
        for entry in moved.chain(settled).filter(|entry| *entry != Entry::NONE) {
            self.settle(entry);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_finds_what_a_map_finds(
            steps in prop::collection::vec((0_u64..3, 0_u64..4_096, any::<bool>()), 1..2_000),
        ) {
            let (mut index, mut map) = (PageIndex::default(), BTreeMap::new());
            for (page, (client, number, is_new)) in (0_u32..).zip(steps) {
                let key = client << 42 | number;
                match (map.contains_key(&key), is_new) {
                    (false, true) => {
                        index.insert(key, page);
                        map.insert(key, page);
                    }
                    (true, false) => {
                        index.remove(key);
                        map.remove(&key);
                    }
                    _ => {}
                }
                prop_assert_eq!(index.get(key), map.get(&key).copied());
            }
            for (key, page) in &map {
                prop_assert_eq!(index.get(*key), Some(*page));
            }
        }
    }
}
