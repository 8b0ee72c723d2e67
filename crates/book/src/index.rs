//! Finds an order by its id.

use crate::node::NIL;
use crate::table::Table;

/// From order id to the slot of its node. The nodes themselves tell their ids, so an entry is no more
/// than a slot; every call takes a function that reads the id of a live slot.
///
/// Each id has one home in an array. Rising ids have neighbouring homes, so they share cache lines
/// and meet an older live order only when it is as many ids away as the array is long. An order that
/// must leave its home to a newer one moves to a hash table. The array grows with the number of live
/// orders and not with the number of orders ever seen.
#[derive(Debug, Clone)]
pub(crate) struct OrderIndex {
    homes: Vec<u32>,
    moved: Table,
    live: usize,
}

/// Homes for each live order at most: at the usual mix of orders that stay and orders that go, few
/// have to move.
const HOMES_AN_ORDER: usize = 8;

/// The home of an id: worked out once a command, used for as long as nothing is entered.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Home(usize);

/// The home of `id` among `homes`, a power of two. The upper 16 bits, which tell clients apart, move
/// the numbers of each client to a stretch of their own; lower bits keep their order.
#[inline]
const fn home(id: u64, homes: usize) -> Home {
    let client = (id >> 48).wrapping_mul(0x9E37);
    Home(id.wrapping_add(client) as usize & (homes - 1))
}

impl OrderIndex {
    /// Room for about `orders` live orders.
    pub(crate) fn with_capacity(orders: usize) -> Self {
        Self {
            homes: vec![NIL; (orders.max(64) * HOMES_AN_ORDER).next_power_of_two()],
            moved: Table::with_capacity(0),
            live: 0,
        }
    }

    /// The home of `id`.
    #[inline]
    pub(crate) fn home(&self, id: u64) -> Home {
        home(id, self.homes.len())
    }

    /// The slot of `id`, whose home is `at`, or [`NIL`].
    #[inline]
    pub(crate) fn get(&self, at: Home, id: u64, id_of: impl Fn(u32) -> u64) -> u32 {
        let slot = self.homes[at.0];
        if slot != NIL && id_of(slot) == id {
            return slot;
        }
        if self.moved.is_empty() {
            return NIL;
        }
        self.moved_slot(id)
    }

    #[cold]
    #[inline(never)]
    fn moved_slot(&self, id: u64) -> u32 {
        match self.moved.get(id) {
            0 => NIL,
            found => found as u32 - 1,
        }
    }

    /// Enters an id that is not in use and whose home is `at`, at `slot`.
    #[inline]
    pub(crate) fn insert(&mut self, at: Home, slot: u32, id_of: impl Fn(u32) -> u64) {
        self.live += 1;
        let old = std::mem::replace(&mut self.homes[at.0], slot);
        if old != NIL {
            self.move_out(old, id_of);
        }
    }

    /// Forgets `id`, whose home is `at` and which is in use at `slot`.
    #[inline]
    pub(crate) fn remove(&mut self, at: Home, id: u64, slot: u32) {
        self.live -= 1;
        if self.homes[at.0] == slot {
            self.homes[at.0] = NIL;
        } else {
            self.moved.remove(id);
        }
    }

    /// How many ids are in use.
    pub(crate) fn len(&self) -> usize {
        self.live
    }

    #[cold]
    #[inline(never)]
    fn move_out(&mut self, old: u32, id_of: impl Fn(u32) -> u64) {
        self.moved.set(id_of(old), u64::from(old) + 1);
        let is_crowded = self.moved.len() * 16 > self.homes.len();
        if is_crowded && self.homes.len() < self.live * HOMES_AN_ORDER {
            self.grow(id_of);
        }
    }

    fn grow(&mut self, id_of: impl Fn(u32) -> u64) {
        let mut larger = Self {
            homes: vec![NIL; self.homes.len() * 2],
            moved: Table::with_capacity(0),
            live: self.live,
        };
        let moved = self.moved.iter().map(|(_, value)| value as u32 - 1);
        let settled = self.homes.iter().copied().filter(|slot| *slot != NIL);
        for slot in moved.chain(settled) {
            let id = id_of(slot);
            let at = larger.home(id);
            if larger.homes[at.0] == NIL {
                larger.homes[at.0] = slot;
            } else {
                larger.moved.set(id, u64::from(slot) + 1);
            }
        }
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
        fn an_index_answers_like_an_ordered_map(
            steps in proptest::collection::vec((0_u64..600, 0..3), 0..1_500),
            spread in 0_u32..9,
        ) {
            let mut index = OrderIndex::with_capacity(0);
            let mut model: BTreeMap<u64, u32> = BTreeMap::new();
            let mut ids = vec![0; steps.len()];
            for (slot, (number, action)) in steps.into_iter().enumerate() {
                let id = number.wrapping_mul((1 << (spread * 7)) + u64::from(spread % 2));
                if action > 0 && !model.contains_key(&id) {
                    ids[slot] = id;
                    index.insert(index.home(id), slot as u32, |slot| ids[slot as usize]);
                    model.insert(id, slot as u32);
                } else if let (0, Some(slot)) = (action, model.get(&id).copied()) {
                    model.remove(&id);
                    index.remove(index.home(id), id, slot);
                }
                let found = index.get(index.home(id), id, |slot| ids[slot as usize]);
                prop_assert_eq!(found, model.get(&id).copied().unwrap_or(NIL));
                prop_assert_eq!(index.len(), model.len());
            }
            for number in 0..600_u64 {
                let id = number.wrapping_mul((1 << (spread * 7)) + u64::from(spread % 2));
                let found = index.get(index.home(id), id, |slot| ids[slot as usize]);
                prop_assert_eq!(found, model.get(&id).copied().unwrap_or(NIL));
            }
        }
    }

    #[test]
    fn memory_follows_live_orders_over_a_long_day() {
        let mut index = OrderIndex::with_capacity(0);
        let before = index.homes.len();
        for id in 0..1_000_000_u32 {
            // Here an order's slot is its id.
            index.insert(index.home(u64::from(id)), id, u64::from);
            // Every thousandth order stays for long, far behind the others.
            if id % 1_000 != 0 {
                index.remove(index.home(u64::from(id)), u64::from(id), id);
            } else if id >= 40_000 {
                let old = id - 40_000;
                index.remove(index.home(u64::from(old)), u64::from(old), old);
            }
        }
        assert_eq!(index.len(), 40);
        assert_eq!(index.homes.len(), before);
        assert!(index.moved.capacity() <= 128);
    }
}
