//! A storage on a lattice of levels: what may move in a day, what that costs, what it is worth.
//!
//! Every rate, bound and start is a whole number of levels, so a lattice of their common step holds every
//! decision of a best schedule and the intrinsic value on it is exact. A swing contract is a storage that
//! only gives: its levels are the volume still to take.

mod basis;
mod intrinsic;
mod lsmc;
mod rolling;
mod spot_model;
mod tree;

pub use intrinsic::{Intrinsic, intrinsic};
pub use lsmc::{Simulated, SimulationSettings, Valued, least_squares};
pub use rolling::rolling_intrinsic;
pub use spot_model::{FACTORS_MAX, Factor, Form, SpotModel};
pub use tree::tree_value;

use crate::error::AssetError;

/// What a storage can do. Levels count from empty; a day is any period.
#[derive(Debug, Clone, PartialEq)]
pub struct StorageSpec {
    /// Volume of a level, in `MWh`.
    pub step: f64,
    /// By level at the beginning of a day: least and most change in it, in levels; out is below zero.
    pub moves: Vec<[i32; 2]>,
    /// By level: money a `MWh` that goes out, and that comes in.
    pub costs: Vec<[f64; 2]>,
    /// Share of what goes out that is lost, and share bought on top of what comes in.
    pub losses: [f64; 2],
    /// Level at the beginning.
    pub start: usize,
    /// Money at each level after the last day; minus infinity where it must not end.
    pub terminal: Vec<f64>,
    /// By day: least and most level after it. Empty if there are no such bounds.
    pub bounds: Vec<[usize; 2]>,
}

/// The changes of a lattice, each with what it pays at every level.
pub(crate) struct Options {
    /// Number of levels.
    pub(crate) levels: usize,
    /// Change in levels, and by level what it pays: a price's factor and money, minus infinity if not allowed.
    pub(crate) changes: Vec<(i32, Vec<f64>, Vec<f64>)>,
}

impl StorageSpec {
    /// Checks the ranges for `days` days.
    ///
    /// # Errors
    /// [`AssetError::Storage`] naming the parameter, its value and the fix.
    pub fn check(&self, days: usize) -> Result<(), AssetError> {
        let fault = |field, value: String, fix| Err(AssetError::Storage { field, value, fix });
        let levels = self.moves.len();
        if levels == 0 {
            return fault(
                "moves",
                "none".into(),
                "least and most change at each level",
            );
        }
        if !(self.step.is_finite() && self.step > 0.0) {
            return fault("step", self.step.to_string(), "MWh above zero");
        }
        for (field, count) in [
            ("costs", self.costs.len()),
            ("terminal", self.terminal.len()),
        ] {
            if count != levels {
                return fault(
                    field,
                    format!("{count} values for {levels} levels"),
                    "one a level",
                );
            }
        }
        if self.start >= levels {
            return fault("start", self.start.to_string(), "a level of the lattice");
        }
        if let Some(place) = self.moves.iter().position(|[least, most]| least > most) {
            let found = format!("{:?} at level {place}", self.moves[place]);
            return fault("moves", found, "a least change of at most the most");
        }
        if self.costs.iter().flatten().any(|cost| !cost.is_finite()) {
            return fault("costs", "no number".into(), "finite money a MWh");
        }
        if self.losses.iter().any(|share| !(0.0..1.0).contains(share)) {
            return fault(
                "losses",
                format!("{:?}", self.losses),
                "shares from 0 to below 1",
            );
        }
        if self
            .terminal
            .iter()
            .any(|value| value.is_nan() || *value == f64::INFINITY)
        {
            return fault(
                "terminal",
                "no number".into(),
                "money, or minus infinity where not allowed",
            );
        }
        if !self.bounds.is_empty() && self.bounds.len() != days {
            let found = format!("{} for {days} days", self.bounds.len());
            return fault("bounds", found, "one pair a day, or none");
        }
        Ok(())
    }

    /// What a change pays at `level`: the factor of the price and the money beside it.
    pub(crate) fn pays(&self, level: usize, change: i32) -> (f64, f64) {
        let volume = f64::from(change) * self.step;
        if change > 0 {
            (
                -volume * (1.0 + self.losses[1]),
                -volume * self.costs[level][1],
            )
        } else {
            (
                -volume * (1.0 - self.losses[0]),
                volume * self.costs[level][0],
            )
        }
    }

    /// Least and most level after `day`.
    pub(crate) fn bound(&self, day: usize) -> [usize; 2] {
        self.bounds.get(day).copied().unwrap_or([0, usize::MAX])
    }

    /// The changes that any level allows.
    pub(crate) fn options(&self) -> Options {
        let levels = self.moves.len();
        let least = self.moves.iter().map(|pair| pair[0]).min().unwrap_or(0);
        let most = self.moves.iter().map(|pair| pair[1]).max().unwrap_or(0);
        let changes = (least.max(1 - levels as i32)..=most.min(levels as i32 - 1))
            .map(|change| {
                let mut factors = vec![0.0; levels];
                let mut money = vec![f64::NEG_INFINITY; levels];
                for (level, [least, most]) in self.moves.iter().enumerate() {
                    let to = level as i64 + i64::from(change);
                    if (least..=most).contains(&&change) && (0..levels as i64).contains(&to) {
                        (factors[level], money[level]) = self.pays(level, change);
                    }
                }
                (change, factors, money)
            })
            .collect();
        Options { levels, changes }
    }

    /// By day and level, whether some way leads from before that day to an allowed end; one day more than
    /// there are days.
    ///
    /// # Errors
    /// [`AssetError::NoSchedule`] when none leads there from the start.
    pub(crate) fn viable(&self, days: usize) -> Result<Vec<Vec<bool>>, AssetError> {
        let levels = self.moves.len();
        let mut viable = vec![vec![false; levels]; days + 1];
        for (level, value) in self.terminal.iter().enumerate() {
            viable[days][level] = value.is_finite();
        }
        for day in (0..days).rev() {
            for level in 0..levels {
                let [first, end] = self.reach(day, level);
                viable[day][level] = (first..end).any(|next| viable[day + 1][next]);
            }
        }
        if viable[0][self.start] {
            return Ok(viable);
        }
        Err(AssetError::NoSchedule {
            rules: self.out_of_reach(days),
        })
    }

    /// Levels that a move from `level` on `day` leads to, the first and the one after the last.
    fn reach(&self, day: usize, level: usize) -> [usize; 2] {
        let [low, high] = self.bound(day);
        let [least, most] = self.moves[level];
        let first = (level as i64 + i64::from(least)).max(0) as usize;
        let end = usize::try_from(level as i64 + i64::from(most) + 1).unwrap_or(0);
        let end = end.min(self.moves.len());
        [first.max(low), end.min(high.saturating_add(1))]
    }

    /// How far moves lead, where none leads to an allowed end.
    fn out_of_reach(&self, days: usize) -> String {
        let mut reached = vec![false; self.moves.len()];
        reached[self.start] = true;
        for day in 0..days {
            let mut next = vec![false; self.moves.len()];
            for level in (0..reached.len()).filter(|level| reached[*level]) {
                let [first, end] = self.reach(day, level);
                (first..end).for_each(|to| next[to] = true);
            }
            if !next.contains(&true) {
                let [low, high] = self.bound(day);
                return format!(
                    "rates from {} MWh reach no level of {} to {} MWh after day {day}",
                    self.volume(self.start),
                    self.volume(low),
                    self.volume(high.min(self.moves.len() - 1))
                );
            }
            reached = next;
        }
        let first = reached.iter().position(|there| *there).unwrap_or(0);
        let last = reached.iter().rposition(|there| *there).unwrap_or(0);
        format!(
            "from {} MWh, levels of {} to {} MWh can be reached in {days} days, but none may be the last",
            self.volume(self.start),
            self.volume(first),
            self.volume(last)
        )
    }

    /// Volume of a level, in `MWh`.
    fn volume(&self, level: usize) -> f64 {
        level as f64 * self.step
    }
}
