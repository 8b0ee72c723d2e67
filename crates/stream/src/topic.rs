//! Rows of one topic, by key and by the number that last changed them.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;

/// Which change: the number of the delta, and the place in it.
type Change = (u64, u32);

/// The rows of a topic.
#[derive(Debug)]
pub(crate) struct Topic<T> {
    /// Of how many rows only the newest are kept; of all by default.
    most: Option<usize>,
    by_key: HashMap<u64, Change>,
    by_change: BTreeMap<Change, Held<T>>,
    born: u64,
}

/// A row as it is now.
#[derive(Debug)]
pub(crate) struct Held<T> {
    pub(crate) key: u64,
    /// When the key came first: rows are told in this order.
    born: u64,
    pub(crate) row: T,
}

impl<T> Topic<T> {
    pub(crate) fn new(most: Option<usize>) -> Self {
        Self {
            most,
            by_key: HashMap::new(),
            by_change: BTreeMap::new(),
            born: 0,
        }
    }

    /// Takes a row in place of the one that its key had.
    pub(crate) fn put(&mut self, change: Change, key: u64, row: T) {
        let before = self.by_key.insert(key, change);
        let before = before.and_then(|before| self.by_change.remove(&before));
        let born = before.map_or(self.born, |held| held.born);
        self.born = self.born.max(born + 1);
        self.by_change.insert(change, Held { key, born, row });
        if self.most.is_some_and(|most| self.by_change.len() > most)
            && let Some((_, oldest)) = self.by_change.pop_first()
        {
            self.by_key.remove(&oldest.key);
        }
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        self.by_key.clear();
        self.by_change.clear();
    }

    /// What changed after `number`, in the order in which the keys came first.
    pub(crate) fn since(&self, number: u64) -> Vec<&Held<T>> {
        let after = Bound::Excluded((number, u32::MAX));
        let mut found: Vec<_> = self
            .by_change
            .range((after, Bound::Unbounded))
            .map(|(_, held)| held)
            .collect();
        found.sort_unstable_by_key(|held| held.born);
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::{prop, prop_assert_eq, proptest};

    proptest! {
        #[test]
        fn what_changed_since_is_what_a_list_of_changes_says(
            puts in prop::collection::vec((0..3_u64, 0..6_u64), 0..60),
            most in prop::option::of(1..5_usize),
            since in 0..200_u64,
        ) {
            let mut topic = Topic::new(most);
            // The slow model: keys with the number that changed them last, oldest change first.
            let mut model: Vec<(u64, u64)> = Vec::new();
            let mut number = 1;
            for (place, (step, key)) in puts.into_iter().enumerate() {
                number += step;
                topic.put((number, place as u32), key, number);
                model.retain(|(held, _)| *held != key);
                model.push((key, number));
                if most.is_some_and(|most| model.len() > most) {
                    model.remove(0);
                }
            }
            let mut found: Vec<(u64, u64)> =
                topic.since(since).iter().map(|held| (held.key, held.row)).collect();
            let mut expected: Vec<(u64, u64)> =
                model.into_iter().filter(|(_, number)| *number > since).collect();
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(found, expected);
        }
    }
}
