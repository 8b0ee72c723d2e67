//! When a start pays best.

use super::Market;
use crate::unit::{UnitSpec, UnitState};

/// The best start of each period, asked for in the order of the periods.
pub(super) struct Starts {
    /// Best value of all stops so long ago that a start is of the last category, and its place.
    cold: (f64, Option<usize>),
}

impl Starts {
    pub(super) const fn new() -> Self {
        Self {
            cold: (f64::NEG_INFINITY, None),
        }
    }

    /// The best value before a start in `period`, the start paid, and the stop that it follows; `None` stands
    /// for the state at the beginning. `stopped(t)` is the value of a stop before period `t`.
    pub(super) fn best(
        &mut self,
        unit: &UnitSpec,
        market: Market<'_>,
        period: usize,
        stopped: impl Fn(usize) -> f64,
    ) -> (f64, Option<usize>) {
        let mut best = (f64::NEG_INFINITY, None);
        // A unit that must run has no period off to start after, but the one before the first.
        if let Some(cost) =
            first_cost(unit, market, period).filter(|_| !unit.must_run || period == 0)
        {
            best = (-cost, None);
        }
        let coldest = unit.startups[unit.startups.len() - 1]
            .lag
            .max(unit.down_min);
        if let Some(stop) = period.checked_sub(coldest)
            && stopped(stop) > self.cold.0
        {
            self.cold = (stopped(stop), Some(stop));
        }
        let value = self.cold.0 - market.start_cost(unit, period, coldest);
        if value > best.0 {
            best = (value, self.cold.1);
        }
        let warmer = (period + 1).saturating_sub(coldest);
        for stop in warmer..(period + 1).saturating_sub(unit.down_min) {
            let value = stopped(stop) - market.start_cost(unit, period, period - stop);
            if value > best.0 {
                best = (value, Some(stop));
            }
        }
        best
    }
}

/// What the first start costs in `period`, if the state at the beginning allows it.
fn first_cost(unit: &UnitSpec, market: Market<'_>, period: usize) -> Option<f64> {
    match unit.state {
        UnitState::Free if period == 0 => Some(0.0),
        UnitState::Free => {
            Some(market.least_start_cost(unit, period, (period + 1).max(unit.down_min)))
        }
        UnitState::Off(age) if age + period >= unit.down_min => {
            Some(market.start_cost(unit, period, age + period))
        }
        _ => None,
    }
}
