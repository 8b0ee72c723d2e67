//! From where on the displayed orders of a zone are looked for in a ladder that all zones share.

use crate::coupled::network::Zones;

/// By zone: no displayed order of it ranks better. Nothing is kept before the first search: until then
/// every order has reached the best one.
#[derive(Debug, Clone, Default)]
pub(super) struct Hints(Vec<i64>);

impl Hints {
    /// Notes that an order of `zone` came at `rank`.
    #[inline]
    pub(super) fn lower(&mut self, zone: usize, rank: i64) {
        if let Some(hint) = self.0.get_mut(zone) {
            *hint = rank.min(*hint);
        }
    }

    /// The rank at which a search for an order of any of `zones` begins, of `count` zones whose best
    /// order of all ranks `best`.
    pub(super) fn begin(&mut self, zones: Zones, count: usize, best: i64) -> i64 {
        if self.0.is_empty() {
            self.0.resize(count, best);
        }
        let hints = members(zones).map(|zone| self.0[zone]);
        hints.min().unwrap_or(i64::MAX)
    }

    /// Notes that no order of `zones` ranks better than `rank`.
    pub(super) fn raise(&mut self, zones: Zones, rank: i64) {
        for zone in members(zones) {
            let hint = &mut self.0[zone];
            *hint = rank.max(*hint);
        }
    }

    /// The zones that may have an order that ranks no worse than `rank`.
    pub(super) fn within(&self, rank: i64) -> Zones {
        if self.0.is_empty() {
            return !0;
        }
        let hints = self.0.iter().enumerate();
        hints.fold(0, |zones, (zone, hint)| {
            zones | Zones::from(*hint <= rank) << zone
        })
    }
}

fn members(zones: Zones) -> impl Iterator<Item = usize> {
    let rest = |zones: &Zones| Some(zones & (zones - 1)).filter(|rest| *rest != 0);
    let first = Some(zones).filter(|zones| *zones != 0);
    std::iter::successors(first, rest).map(|zones| zones.trailing_zeros() as usize)
}
