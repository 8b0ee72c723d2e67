//! The cells of the battery in whole lots, and what their energy is worth on a grid.

use super::LOT_MW;
use crate::battery_value::StoreLimits;

/// The value from which no plan leads on; finite, so that straight lines to it are steep.
pub(super) const NO_PLAN: f64 = -1e15;
/// Where lots and points of the grid do not meet, whole lots leave steps in what energy is worth. A climb takes
/// them for the top where a cell of the grid holds fewer lots than this.
const STEPPED_LOTS: f64 = 5.0;
/// Energy within this, in `MWh`, is equal.
pub(super) const NEAR_MWH: f64 = 1e-6;

/// What lots do to the cells.
#[derive(Debug, Clone)]
pub(super) struct Cells {
    /// Most lots sold, below zero.
    pub(super) least: i64,
    /// Most lots bought.
    pub(super) most: i64,
    pub(super) range_mwh: f64,
    /// Above the range, still allowed.
    slack_mwh: f64,
    /// Whether the best position is looked for among all, not climbed to.
    pub(super) tries_all: bool,
    states: usize,
    cell_mwh: f64,
    /// Stored by each position from `least` on.
    stored: Vec<f64>,
    /// Stored by a lot that is bought, and taken by one that is sold.
    bought_mwh: f64,
    sold_mwh: f64,
}

impl Cells {
    pub(super) fn new(limits: &StoreLimits, states: usize) -> Self {
        let least = -((limits.discharge_mw / LOT_MW + 1e-9) as i64);
        let most = (limits.charge_mw / LOT_MW + 1e-9) as i64;
        let bought_mwh = LOT_MW * limits.charge_efficiency;
        let sold_mwh = LOT_MW / limits.discharge_efficiency;
        let stored = |lots: i64| lots as f64 * if lots > 0 { bought_mwh } else { sold_mwh };
        let cell_mwh = limits.range_mwh() / (states - 1) as f64;
        let lots = cell_mwh / LOT_MW;
        let is_met = limits.charge_efficiency.min(limits.discharge_efficiency) >= 1.0
            && (lots - lots.round()).abs() < NEAR_MWH;
        Self {
            least,
            most,
            range_mwh: limits.range_mwh(),
            slack_mwh: 0.0,
            tries_all: !is_met && lots < STEPPED_LOTS,
            states,
            cell_mwh,
            stored: (least..=most).map(stored).collect(),
            bought_mwh,
            sold_mwh,
        }
    }

    /// As `BitePy` has them.
    pub(super) fn of_bitepy(self, limits: &StoreLimits) -> Self {
        Self {
            slack_mwh: LOT_MW,
            tries_all: limits.charge_efficiency < 1.0 || limits.discharge_efficiency < 1.0,
            ..self
        }
    }

    /// What a position stores, in `MWh`.
    pub(super) fn stored(&self, lots: i64) -> f64 {
        self.stored[(lots - self.least) as usize]
    }

    /// Energy of a point of the grid.
    pub(super) fn energy(&self, state: usize) -> f64 {
        state as f64 * self.cell_mwh
    }

    /// The positions that `energy` has room for, from the least to the most.
    pub(super) fn room(&self, energy: f64) -> (i64, i64) {
        let down = self.lots(-energy - NEAR_MWH).ceil() as i64;
        let top = self.range_mwh + self.slack_mwh + NEAR_MWH;
        let up = self.lots(top - energy).floor() as i64;
        (down.max(self.least), up.min(self.most))
    }

    /// How many lots store `change`.
    fn lots(&self, change: f64) -> f64 {
        change
            / if change > 0.0 {
                self.bought_mwh
            } else {
                self.sold_mwh
            }
    }

    /// What `energy` is worth by `values` at the points of the grid: straight lines between them.
    pub(super) fn value(&self, values: &[f64], energy: f64) -> f64 {
        let place = energy.clamp(0.0, self.range_mwh) / self.cell_mwh;
        let low = ((place + 1e-9) as usize).min(self.states - 2);
        let part = place - low as f64;
        // What lies on a point knows nothing of its neighbours: one of them may lead nowhere.
        if part.abs() < 1e-9 {
            values[low]
        } else if part > 1.0 - 1e-9 {
            values[low + 1]
        } else {
            values[low] * (1.0 - part) + values[low + 1] * part
        }
    }

    /// The next position above (or below, by `step`) `lots` before or behind a point of the grid.
    pub(super) fn next_at_grid(&self, energy: f64, lots: i64, step: i64) -> i64 {
        let place = (energy + self.stored(lots)) / self.cell_mwh;
        let point = if step > 0 {
            (place + 1e-6).floor() + 1.0
        } else {
            (place - 1e-6).ceil() - 1.0
        };
        let exact = self.lots(point * self.cell_mwh - energy);
        let (before, behind) = if step > 0 {
            ((exact + 1e-6).floor() as i64, (exact - 1e-6).ceil() as i64)
        } else {
            ((exact - 1e-6).ceil() as i64, (exact + 1e-6).floor() as i64)
        };
        if (before - lots) * step > 0 {
            before
        } else if (behind - lots) * step > 0 {
            behind
        } else {
            lots + step
        }
    }
}
