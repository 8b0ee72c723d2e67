//! A thermal unit: what it can do and what that costs.

use crate::error::AssetError;

/// A category of start: what it takes to start after at least so many periods off.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Startup {
    /// Least number of periods off for which the category holds.
    pub lag: usize,
    /// Fuel, in the unit of [`UnitSpec::production`].
    pub fuel: f64,
    /// Money that does not follow the fuel's price.
    pub cost: f64,
}

/// Where a unit stands before the first period.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum UnitState {
    /// Whatever state and age is best; a start in the first period costs nothing.
    Free,
    /// On for so many periods, with this power in MW in the last of them.
    On(usize, f64),
    /// Off for so many periods.
    Off(usize),
}

/// What a unit can do. Power in MW, times in periods.
#[derive(Debug, Clone, PartialEq)]
pub struct UnitSpec {
    /// Most that the power rises and falls from one period to the next, in MW.
    pub ramp: [f64; 2],
    /// Most power in the first period on and in the last one, in MW.
    pub edge: [f64; 2],
    /// Least number of periods on, once started.
    pub up_min: usize,
    /// Least number of periods off, once stopped.
    pub down_min: usize,
    /// Whether it is on in every period.
    pub must_run: bool,
    /// Categories of start, lags rising; the first one's is at most `down_min`.
    pub startups: Vec<Startup>,
    /// Power in MW and the fuel of a period at it: powers rise, and fuel rises ever faster.
    pub production: Vec<[f64; 2]>,
    /// Money a MW and period beside the fuel.
    pub operation_cost: f64,
    /// Where it stands before the first period.
    pub state: UnitState,
}

/// Rounding of inputs that is not held against a curve.
const SLACK: f64 = 1e-6;

impl UnitSpec {
    /// Least power while on, in MW.
    #[must_use]
    pub fn power_min(&self) -> f64 {
        self.production.first().map_or(0.0, |point| point[0])
    }

    /// Most power, in MW.
    #[must_use]
    pub fn power_max(&self) -> f64 {
        self.production.last().map_or(0.0, |point| point[0])
    }

    /// Whether a ramp is short of the whole range.
    #[must_use]
    pub fn is_ramped(&self) -> bool {
        let range = self.power_max() - self.power_min();
        self.ramp.iter().any(|ramp| *ramp < range - SLACK)
    }

    /// Most power in the first period on and in the last one: no more than the ramps leave.
    #[must_use]
    pub fn edge_power(&self) -> [f64; 2] {
        let top = self.power_max();
        [0, 1].map(|side| {
            self.edge[side]
                .min(self.power_min() + self.ramp[side])
                .min(top)
        })
    }

    /// Checks the ranges.
    ///
    /// # Errors
    /// [`AssetError::Unit`] naming the parameter, its value and the fix.
    pub fn check(&self) -> Result<(), AssetError> {
        let fault = |field, value: String, fix| Err(AssetError::Unit { field, value, fix });
        if self.production.is_empty() {
            return fault(
                "production",
                "empty".into(),
                "at least one power and its fuel",
            );
        }
        if let Some(point) = self.production.iter().flatten().find(|x| !x.is_finite()) {
            return fault("production", point.to_string(), "finite numbers");
        }
        if self.power_min() < 0.0 {
            return fault(
                "production",
                self.power_min().to_string(),
                "powers from zero up",
            );
        }
        let slopes: Vec<f64> = self
            .production
            .windows(2)
            .map(|pair| (pair[1][1] - pair[0][1]) / (pair[1][0] - pair[0][0]))
            .collect();
        if let Some(pair) = self
            .production
            .windows(2)
            .find(|pair| pair[1][0] <= pair[0][0])
        {
            return fault(
                "production",
                format!("{} MW", pair[1][0]),
                "powers that rise",
            );
        }
        if let Some(pair) = slopes.windows(2).find(|pair| pair[1] < pair[0] - SLACK) {
            let found = format!("a slope of {} after one of {}", pair[1], pair[0]);
            return fault("production", found, "a convex curve: its slopes rise");
        }
        for (field, pair) in [("ramp", self.ramp), ("edge", self.edge)] {
            if let Some(found) = pair.iter().find(|value| value.is_nan() || **value < 0.0) {
                return fault(field, found.to_string(), "MW from zero up");
            }
        }
        if let Some(low) = self
            .edge
            .iter()
            .find(|edge| **edge < self.power_min() - SLACK)
        {
            return fault(
                "edge",
                low.to_string(),
                "at least the least power, or it never starts or stops",
            );
        }
        if self.up_min == 0 || self.down_min == 0 {
            return fault("up_min, down_min", "0".into(), "at least one period");
        }
        match self.startups.first() {
            Some(first) if first.lag <= self.down_min => {}
            Some(first) => {
                return fault(
                    "startups",
                    first.lag.to_string(),
                    "a first lag of at most down_min",
                );
            }
            None => {
                return fault(
                    "startups",
                    "empty".into(),
                    "at least one category, of cost zero",
                );
            }
        }
        if let Some(pair) = self
            .startups
            .windows(2)
            .find(|pair| pair[1].lag <= pair[0].lag)
        {
            return fault("startups", pair[1].lag.to_string(), "lags that rise");
        }
        if let Some(bad) = self
            .startups
            .iter()
            .find(|s| !(s.fuel.is_finite() && s.cost.is_finite()))
        {
            return fault(
                "startups",
                format!("{} and {}", bad.fuel, bad.cost),
                "finite numbers",
            );
        }
        if let UnitState::On(_, power) = self.state
            && !(self.power_min() - SLACK..=self.power_max() + SLACK).contains(&power)
        {
            return fault(
                "state",
                power.to_string(),
                "a power between the least and the most",
            );
        }
        Ok(())
    }

    /// The category of a start after `off` periods off.
    #[must_use]
    pub fn startup(&self, off: usize) -> &Startup {
        let after = self.startups.partition_point(|startup| startup.lag <= off);
        &self.startups[after.max(1) - 1]
    }
}
