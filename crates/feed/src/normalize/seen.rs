//! What was published for the delivery periods of a series before: the latest ones, in order.

use std::collections::VecDeque;

/// The publication of a delivery period that counts.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Publication {
    /// When it was published, or else received; ns UTC.
    pub(super) published: i64,
    /// `i32::MIN` where the source has none.
    pub(super) revision: i32,
    /// NaN where the source has none.
    pub(super) value: f64,
}

/// The last delivery periods of a series, rising, with the publication that counts. Its memory grows
/// up to its capacity; then the earliest period goes.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    /// Start and end in ns UTC.
    periods: VecDeque<((i64, i64), Publication)>,
}

impl Seen {
    /// The publication that counts for `period`, to compare and to replace; or none, and
    /// `publication` counts from now on.
    #[inline]
    pub(super) fn enter(
        &mut self,
        period: (i64, i64),
        publication: Publication,
        capacity: usize,
    ) -> Option<&mut Publication> {
        // Periods mostly come in order.
        let at = match self.periods.back() {
            Some((last, _)) if *last >= period => {
                match self.periods.binary_search_by(|(it, _)| it.cmp(&period)) {
                    Ok(found) => return Some(&mut self.periods[found].1),
                    Err(at) => at,
                }
            }
            _ => self.periods.len(),
        };
        if self.periods.len() < capacity {
            self.periods.insert(at, (period, publication));
        } else if at > 0 {
            self.periods.pop_front();
            self.periods.insert(at - 1, (period, publication));
        }
        // A period before all that are remembered is not told from a new one.
        None
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_equals_a_map_that_forgets_the_earliest(
            starts in prop::collection::vec((0_i64..30, 1_i64..3), 1..200), capacity in 1_usize..12,
        ) {
            let mut seen = Seen::default();
            let mut map: BTreeMap<(i64, i64), f64> = BTreeMap::new();
            for (nth, (start, length)) in starts.into_iter().enumerate() {
                let (period, value) = ((start, start + length), nth as f64);
                let publication = Publication { published: 0, revision: 0, value };
                let found = seen.enter(period, publication, capacity).map(|it| it.value);
                prop_assert_eq!(found, map.get(&period).copied());
                if found.is_none() {
                    map.insert(period, value);
                    if map.len() > capacity {
                        map.pop_first();
                    }
                }
                prop_assert!(seen.periods.iter().map(|it| it.0).eq(map.keys().copied()));
            }
        }
    }
}
