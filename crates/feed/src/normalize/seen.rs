//! What was published for a delivery period before, in a table of bounded size.

/// Of which series and delivery period.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Key {
    pub(super) series: u32,
    /// ns UTC.
    pub(super) start: i64,
    /// ns UTC.
    pub(super) end: i64,
}

/// The publication that counts.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Publication {
    /// When it was published, or else received; ns UTC.
    pub(super) published: i64,
    /// `i32::MIN` where the source has none.
    pub(super) revision: i32,
    /// NaN where the source has none.
    pub(super) value: f64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Slot {
    key: Key,
    publication: Publication,
    is_taken: bool,
}

/// The last publications by delivery period: open addressing, and the periods in the order in which
/// they first came, so that the oldest goes when the table is full. It allocates once.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    slots: Box<[Slot]>,
    order: Box<[Key]>,
    next: usize,
    length: usize,
}

impl Seen {
    /// A table of up to `capacity` delivery periods, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        let slots = (capacity * 2).next_power_of_two();
        Self {
            slots: vec![Slot::default(); slots].into_boxed_slice(),
            order: vec![Key::default(); capacity].into_boxed_slice(),
            next: 0,
            length: 0,
        }
    }

    #[inline]
    fn home(&self, key: &Key) -> usize {
        const ODD: u64 = 0x9E37_79B9_7F4A_7C15;
        let mut hash = (key.start as u64 ^ u64::from(key.series).rotate_left(40)).wrapping_mul(ODD);
        hash ^= hash >> 32;
        hash = (hash ^ (key.end.wrapping_sub(key.start) as u64)).wrapping_mul(ODD);
        (hash >> 32) as usize & (self.slots.len() - 1)
    }

    /// Has the place of `key` brought near, ahead of use.
    #[inline]
    pub(super) fn touch(&self, key: &Key) -> u64 {
        u64::from(self.slots[self.home(key)].is_taken)
    }

    /// Where `key` is, or the free slot that it would take.
    #[inline]
    fn find(&self, key: &Key) -> (usize, bool) {
        let mut at = self.home(key);
        loop {
            let slot = &self.slots[at];
            if !slot.is_taken {
                return (at, false);
            }
            if slot.key == *key {
                return (at, true);
            }
            at = (at + 1) & (self.slots.len() - 1);
        }
    }

    /// The publication that counts for `key`, to compare and to replace; or none, and `publication`
    /// counts from now on.
    #[inline]
    pub(super) fn enter(&mut self, key: Key, publication: Publication) -> Option<&mut Publication> {
        let (mut at, found) = self.find(&key);
        if found {
            return Some(&mut self.slots[at].publication);
        }
        if self.length == self.order.len() {
            let oldest = self.order[self.next];
            self.forget(&oldest);
            at = self.find(&key).0;
        } else {
            self.length += 1;
        }
        self.order[self.next] = key;
        self.next += 1;
        if self.next == self.order.len() {
            self.next = 0;
        }
        self.slots[at] = Slot {
            key,
            publication,
            is_taken: true,
        };
        None
    }

    /// Takes `key` out and moves up what stood behind it.
    fn forget(&mut self, key: &Key) {
        let (mut free, found) = self.find(key);
        if !found {
            return;
        }
        let mask = self.slots.len() - 1;
        self.slots[free].is_taken = false;
        let mut at = (free + 1) & mask;
        while self.slots[at].is_taken {
            let home = self.home(&self.slots[at].key);
            // It may move up unless that would put it before its home.
            if (at.wrapping_sub(home) & mask) >= (at.wrapping_sub(free) & mask) {
                self.slots[free] = self.slots[at];
                self.slots[at].is_taken = false;
                free = at;
            }
            at = (at + 1) & mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::{HashMap, VecDeque};

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_table_equals_a_map_that_forgets_the_oldest(
            keys in prop::collection::vec((0_u32..3, 0_i64..20), 1..200), capacity in 1_usize..12,
        ) {
            let mut seen = Seen::new(capacity);
            let mut map: HashMap<(u32, i64), f64> = HashMap::new();
            let mut order = VecDeque::new();
            for (nth, (series, start)) in keys.into_iter().enumerate() {
                let key = Key { series, start, end: start + 1 };
                let value = nth as f64;
                let found = seen.enter(key, Publication { value, ..Publication::default() });
                let expected = map.get(&(series, start)).copied();
                prop_assert_eq!(found.map(|it| it.value), expected);
                if expected.is_none() {
                    if map.len() == capacity {
                        let oldest: (u32, i64) = order.pop_front().unwrap();
                        map.remove(&oldest);
                    }
                    map.insert((series, start), value);
                    order.push_back((series, start));
                }
            }
        }
    }
}
