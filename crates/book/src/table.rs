//! A small open-addressing map from integers to non-zero integers.

/// Fibonacci hashing: 2^64 divided by the golden ratio spreads rising keys evenly
/// (Knuth, The Art of Computer Programming, volume 3, section 6.4).
const GOLDEN: u64 = 0x9E37_79B9_7F4A_7C15;

/// Integers to non-zero integers, linear probing, deletion by backward shift.
///
/// The order of its slots depends on nothing but the history of calls, so replay is deterministic.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    slots: Vec<Slot>,
    shift: u32,
    len: usize,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: u64,
    value: u64,
}

impl Table {
    /// Room for about `keys` keys before the first growth.
    pub(crate) fn with_capacity(keys: usize) -> Self {
        let slots = (keys.max(8) * 2).next_power_of_two();
        Self {
            slots: vec![Slot::default(); slots],
            shift: 64 - slots.trailing_zeros(),
            len: 0,
        }
    }

    #[inline]
    fn home(&self, key: u64) -> usize {
        (key.wrapping_mul(GOLDEN) >> self.shift) as usize
    }

    /// Whether there are no keys.
    #[inline]
    pub(crate) const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many keys there are.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }

    /// How many keys fit before the next growth.
    #[cfg(test)]
    pub(crate) fn capacity(&self) -> usize {
        self.slots.len() / 2
    }

    /// Every key and its value, in an order that depends on the history of calls.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (u64, u64)> + '_ {
        let used = self.slots.iter().filter(|slot| slot.value != 0);
        used.map(|slot| (slot.key, slot.value))
    }

    /// The value of `key`, or 0.
    #[inline]
    pub(crate) fn get(&self, key: u64) -> u64 {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        loop {
            let slot = self.slots[at & mask];
            if slot.key == key || slot.value == 0 {
                return if slot.key == key { slot.value } else { 0 };
            }
            at += 1;
        }
    }

    /// Sets `key` to `value`, which is not 0.
    pub(crate) fn set(&mut self, key: u64, value: u64) {
        debug_assert!(value != 0, "zero marks an empty slot");
        if (self.len + 1) * 2 > self.slots.len() {
            self.grow();
        }
        let at = self.find(key);
        if self.slots[at].value == 0 {
            self.len += 1;
        }
        self.slots[at] = Slot { key, value };
    }

    /// Forgets `key`.
    pub(crate) fn remove(&mut self, key: u64) {
        let mask = self.slots.len() - 1;
        let mut hole = self.find(key);
        if self.slots[hole].value == 0 {
            return;
        }
        self.len -= 1;
        let mut at = hole;
        loop {
            at = (at + 1) & mask;
            let slot = self.slots[at];
            if slot.value == 0 {
                break;
            }
            // A slot may move back only if its home does not lie between the hole and itself.
            let wanted = self.home(slot.key);
            if (at.wrapping_sub(wanted) & mask) >= (at.wrapping_sub(hole) & mask) {
                self.slots[hole] = slot;
                hole = at;
            }
        }
        self.slots[hole] = Slot::default();
    }

    fn find(&self, key: u64) -> usize {
        let mask = self.slots.len() - 1;
        let mut at = self.home(key);
        while self.slots[at].value != 0 && self.slots[at].key != key {
            at = (at + 1) & mask;
        }
        at
    }

    #[cold]
    fn grow(&mut self) {
        let mut larger = Self::with_capacity(self.slots.len());
        for slot in self.slots.iter().filter(|slot| slot.value != 0) {
            let at = larger.find(slot.key);
            larger.slots[at] = *slot;
        }
        larger.len = self.len;
        *self = larger;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn a_table_answers_like_an_ordered_map(
            steps in proptest::collection::vec((0_u64..96, 0_u64..4), 0..600), stride in any::<u64>(),
        ) {
            let mut table = Table::with_capacity(8);
            let mut model = BTreeMap::new();
            for (number, value) in steps {
                let key = number.wrapping_mul(stride | 1);
                if value == 0 {
                    table.remove(key);
                    model.remove(&key);
                } else {
                    table.set(key, value);
                    model.insert(key, value);
                }
                prop_assert_eq!(table.len, model.len());
                for number in 0..96_u64 {
                    let key = number.wrapping_mul(stride | 1);
                    prop_assert_eq!(table.get(key), model.get(&key).copied().unwrap_or(0));
                }
            }
        }
    }
}
