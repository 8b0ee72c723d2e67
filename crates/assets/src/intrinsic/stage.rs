//! What one product can trade, and the position that is best.

use super::cells::{Cells, NO_PLAN};
use super::{Depth, LOT_MW, Level};

/// Values that differ by less are equal.
const EQUAL: f64 = 1e-9;

/// One product as the programme sees it.
#[derive(Debug, Clone, Default)]
pub(super) struct Stage {
    /// Bought less sold so far, in lots.
    pub(super) position: i64,
    /// Whether it can be traded: both sides of its book are there and its gate is open.
    pub(super) is_open: bool,
    /// Whether book or position changed since its value was made.
    pub(super) is_changed: bool,
    /// The first of the positions that can be reached.
    low: i64,
    /// Cash of reaching each of them, cost included.
    cash: Vec<f64>,
    /// Positions where the price changes, rising.
    kinks: Vec<i64>,
}

impl Stage {
    /// Closed, without a position.
    pub(super) fn new() -> Self {
        Self {
            is_changed: true,
            ..Self::default()
        }
    }

    /// Opens it to the trades that `depth` and the power of the battery allow.
    pub(super) fn open(&mut self, cells: &Cells, cost: f64, depth: Depth<'_>) {
        (self.is_open, self.is_changed) = (true, true);
        self.cash.clear();
        self.kinks.clear();
        let sold = (self.position - cells.least) as usize;
        self.walk(depth.bids, cost, -1.0, sold);
        self.cash.reverse();
        self.kinks.reverse();
        self.low = self.position - self.cash.len() as i64;
        self.cash.push(0.0);
        self.kinks.push(self.position);
        self.walk(depth.asks, cost, 1.0, (cells.most - self.position) as usize);
        if let Err(place) = self.kinks.binary_search(&0)
            && place > 0
            && place < self.kinks.len()
        {
            self.kinks.insert(place, 0);
        }
    }

    /// Adds cash and kinks of up to `room` lots, bought (`sign` 1) or sold.
    fn walk(&mut self, levels: &[Level], cost: f64, sign: f64, mut room: usize) {
        let mut cash = 0.0;
        let mut at = self.position;
        for level in levels {
            let lots = room.min(level.lots as usize);
            let price = -(level.price * sign + cost) * LOT_MW;
            for _ in 0..lots {
                cash += price;
                self.cash.push(cash);
            }
            at += lots as i64 * sign as i64;
            room -= lots;
            if lots > 0 {
                self.kinks.push(at);
            }
            if room == 0 {
                break;
            }
        }
    }

    /// Cash of reaching `lots`.
    pub(super) fn cash(&self, lots: i64) -> f64 {
        if self.is_open {
            self.cash[(lots - self.low) as usize]
        } else {
            0.0
        }
    }

    /// Whether a lot less than `lots` can be reached and earns more.
    pub(super) fn earns_more_below(&self, lots: i64) -> bool {
        self.is_open && lots > self.low && self.cash(lots - 1) > self.cash(lots)
    }

    /// The best position from `energy` when `after` is what energy is worth then, found by climbing
    /// from `guess`, and the value of both. Of two that are as good, the greater one.
    pub(super) fn best(&self, cells: &Cells, after: &[f64], energy: f64, guess: i64) -> (i64, f64) {
        let (mut low, mut high) = cells.room(energy);
        if self.is_open {
            low = low.max(self.low);
            high = high.min(self.low + self.cash.len() as i64 - 1);
        } else {
            low = low.max(self.position);
            high = high.min(self.position);
        }
        if low > high {
            return (self.position, NO_PLAN);
        }
        let value = |lots: i64| self.cash(lots) + cells.value(after, energy + cells.stored(lots));
        let mut best = guess.clamp(low, high);
        let mut most = value(best);
        for step in [1, -1] {
            let bound = if step > 0 { high } else { low };
            while best != bound {
                let next = self.next(cells, energy, best, step, bound);
                let there = value(next);
                if there < most - EQUAL || (step < 0 && there < most + EQUAL) {
                    break;
                }
                (best, most) = (next, there);
            }
        }
        if most > NO_PLAN / 2.0 && !cells.tries_all {
            return (best, most);
        }
        // Where nothing leads on all is flat: only a look at each position tells.
        for lots in low..=high {
            let there = value(lots);
            if there >= most - EQUAL {
                (best, most) = (lots, there);
            }
        }
        (best, most)
    }

    /// The next position where the price or the worth of energy changes.
    fn next(&self, cells: &Cells, energy: f64, lots: i64, step: i64, bound: i64) -> i64 {
        let at_grid = cells.next_at_grid(energy, lots, step);
        if step > 0 {
            let place = self.kinks.partition_point(|kink| *kink <= lots);
            let kink = self.kinks.get(place).copied().unwrap_or(bound);
            at_grid.min(kink).min(bound)
        } else {
            let place = self.kinks.partition_point(|kink| *kink < lots);
            let kink = place
                .checked_sub(1)
                .map_or(bound, |place| self.kinks[place]);
            at_grid.max(kink).max(bound)
        }
    }
}
