//! Which pages of a ladder are in use, in order: bitmaps over bitmaps, 64 wide.

use crate::table::Table;

/// Levels of bitmaps above a 58-bit page key.
const DEPTHS: u32 = 10;

/// An ordered set of 58-bit keys. A bitmap of depth `d` covers 64^d neighbouring keys and is stored
/// only where it is not empty, so neighbours share bitmaps and distant keys cost at most ten.
/// Every operation takes a bounded number of steps, whatever the range.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    bitmaps: Table,
}

const fn name(key: u64, depth: u32) -> u64 {
    (key >> (6 * depth)) << 4 | depth as u64
}

const fn bit(key: u64, depth: u32) -> u64 {
    1 << (key >> (6 * (depth - 1)) & 63)
}

impl Tree {
    pub(crate) fn new() -> Self {
        Self {
            bitmaps: Table::with_capacity(32),
        }
    }

    pub(crate) fn insert(&mut self, key: u64) {
        for depth in 1..=DEPTHS {
            let bitmap = self.bitmaps.get(name(key, depth));
            self.bitmaps.set(name(key, depth), bitmap | bit(key, depth));
            if bitmap != 0 {
                return;
            }
        }
    }

    pub(crate) fn remove(&mut self, key: u64) {
        for depth in 1..=DEPTHS {
            let bitmap = self.bitmaps.get(name(key, depth)) & !bit(key, depth);
            if bitmap != 0 {
                self.bitmaps.set(name(key, depth), bitmap);
                return;
            }
            self.bitmaps.remove(name(key, depth));
        }
    }

    /// The lowest key above `key`.
    pub(crate) fn next_after(&self, key: u64) -> Option<u64> {
        for depth in 1..=DEPTHS {
            let here = bit(key, depth);
            let above = self.bitmaps.get(name(key, depth)) & !(here | (here - 1));
            if above != 0 {
                let prefix = (key >> (6 * depth)) << 6 | u64::from(above.trailing_zeros());
                return Some(self.lowest_below(prefix, depth));
            }
        }
        None
    }

    /// The lowest key whose bits above `6 * (depth - 1)` are `prefix`.
    fn lowest_below(&self, mut prefix: u64, depth: u32) -> u64 {
        for below in (1..depth).rev() {
            let bitmap = self.bitmaps.get(prefix << 4 | u64::from(below));
            prefix = prefix << 6 | u64::from(bitmap.trailing_zeros());
        }
        prefix
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    proptest! {
        #[test]
        fn a_tree_answers_like_an_ordered_set(
            steps in proptest::collection::vec((0_u64..40, any::<bool>()), 0..200),
            stride in prop_oneof![Just(1_u64), Just(63), 1_u64..(1 << 52)], from in 0_u64..(1 << 57),
        ) {
            let key = |number: u64| (from + number * stride) & ((1 << 58) - 1);
            let mut tree = Tree::new();
            let mut model = BTreeSet::new();
            for (number, add) in steps {
                if add && model.insert(key(number)) {
                    tree.insert(key(number));
                }
                if !add && model.remove(&key(number)) {
                    tree.remove(key(number));
                }
                for number in 0..40 {
                    let expected = model.range(key(number) + 1..).next().copied();
                    prop_assert_eq!(tree.next_after(key(number)), expected);
                }
            }
        }
    }
}
