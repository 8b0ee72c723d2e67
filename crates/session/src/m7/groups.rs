//! Groups of broadcasts, each counted by the venue.

use std::collections::BTreeMap;

/// Groups that are counted, at most. One more takes the place of another, whose next broadcast counts
/// as its first.
const GROUPS_MAX: usize = 4_096;

/// Number of the last broadcast of each group.
#[derive(Debug, Default)]
pub(super) struct Groups(BTreeMap<String, i64>);

impl Groups {
    /// Takes the number of a broadcast; the last one before it, if some between them are missing.
    pub(super) fn take(&mut self, group: &str, number: i64) -> Option<i64> {
        let last = self.0.insert(group.to_owned(), number);
        if self.0.len() > GROUPS_MAX {
            let other = self.0.keys().find(|name| *name != group).cloned();
            other.and_then(|name| self.0.remove(&name));
        }
        let last = last?;
        (last.checked_add(1) != Some(number)).then_some(last)
    }

    /// Begins anew, as after a reconnect.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_broadcast_shows_in_its_group_alone() {
        let mut groups = Groups::default();
        assert_eq!((groups.take("a", 7), groups.take("a", 8)), (None, None));
        assert_eq!((groups.take("b", 1), groups.take("a", 10)), (None, Some(8)));
        assert_eq!(
            (groups.take("b", 2), groups.take("a", 10)),
            (None, Some(10))
        );
        assert_eq!(groups.take("b", i64::MAX), Some(2));
        assert_eq!(groups.take("b", i64::MIN), Some(i64::MAX));
        groups.clear();
        assert_eq!(groups.take("a", 3), None);
    }
    #[test]
    fn names_without_end_cost_bounded_memory() {
        let mut groups = Groups::default();
        for number in 0..2 * GROUPS_MAX {
            assert_eq!(groups.take(&format!("g{number}"), 1), None);
            assert_eq!(groups.take(&format!("g{number}"), 3), Some(1));
        }
        assert_eq!(groups.0.len(), GROUPS_MAX);
    }
}
