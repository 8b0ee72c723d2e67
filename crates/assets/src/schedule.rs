//! The best schedule of one unit at given prices, exactly.
//!
//! Without ramps a unit that starts runs its least time, so a start and a stop are the only decisions and
//! one pass over the periods decides them. With ramps the power of the period before counts: in a best
//! schedule every power is a point of the curve, or some ramps away from one, and those levels are few
//! when both ramps are multiples of one step.

use crate::error::AssetError;
use crate::unit::{UnitSpec, UnitState};

mod levels;
mod ramped;
mod starts;

use starts::Starts;

/// What a period pays and what fuel costs in it. All slices have one value a period.
#[derive(Debug, Clone, Copy)]
pub struct Market<'a> {
    /// Money a MW and period.
    pub power: &'a [f64],
    /// Money a unit of fuel, with what its emissions cost.
    pub fuel: &'a [f64],
    /// Money a MW and period of power that is held back and within reach of a ramp, or empty; below zero, none is.
    pub reserve: &'a [f64],
}

impl Market<'_> {
    /// Number of periods.
    #[must_use]
    pub const fn periods(&self) -> usize {
        self.power.len()
    }

    fn check(&self) -> Result<(), AssetError> {
        for (field, values) in [("fuel", self.fuel), ("reserve", self.reserve)] {
            let is_left_out = field == "reserve" && values.is_empty();
            if values.len() != self.power.len() && !is_left_out {
                let found = format!("{} values for {} periods", values.len(), self.power.len());
                return Err(AssetError::Unit {
                    field,
                    value: found,
                    fix: "one value a period",
                });
            }
        }
        for (field, values) in [
            ("power", self.power),
            ("fuel", self.fuel),
            ("reserve", self.reserve),
        ] {
            if let Some(place) = values.iter().position(|value| !value.is_finite()) {
                let found = format!("{} in period {place}", values[place]);
                return Err(AssetError::Unit {
                    field,
                    value: found,
                    fix: "finite prices",
                });
            }
        }
        Ok(())
    }

    /// What power `point` of the curve earns in `period`, with `top` MW within reach.
    fn gain(&self, unit: &UnitSpec, period: usize, point: [f64; 2], top: f64) -> f64 {
        let reserve = self.reserve.get(period).map_or(0.0, |price| price.max(0.0));
        (self.power[period] - unit.operation_cost) * point[0] - self.fuel[period] * point[1]
            + reserve * (top - point[0]).max(0.0)
    }

    /// What a start costs in `period` after `off` periods off.
    fn start_cost(&self, unit: &UnitSpec, period: usize, off: usize) -> f64 {
        let startup = unit.startup(off);
        self.fuel[period] * startup.fuel + startup.cost
    }

    /// The cheapest start in `period` after at least `off` periods off.
    fn least_start_cost(&self, unit: &UnitSpec, period: usize, off: usize) -> f64 {
        let later = unit.startups.iter().filter(|startup| startup.lag > off);
        later
            .map(|startup| self.fuel[period] * startup.fuel + startup.cost)
            .fold(self.start_cost(unit, period, off), f64::min)
    }
}

/// A unit's best schedule.
#[derive(Debug, Clone, PartialEq)]
pub struct Schedule {
    /// Earnings less fuel, operation and starts, in money.
    pub value: f64,
    /// Power in MW a period; zero while off.
    pub power: Vec<f64>,
    /// Whether the unit is on.
    pub is_on: Vec<bool>,
}

/// The schedule of `unit` that earns most in `market`. A least time on or off may end after the last period.
///
/// # Errors
/// [`AssetError::Unit`] for a bad parameter or price, [`AssetError::Levels`] when ramps make too many
/// levels of power, [`AssetError::NoSchedule`] when no schedule keeps every rule.
pub fn best_schedule(unit: &UnitSpec, market: Market<'_>) -> Result<Schedule, AssetError> {
    unit.check()?;
    market.check()?;
    if unit.is_ramped() {
        ramped::best_schedule(unit, market)
    } else {
        unramped(unit, market)
    }
}

/// Best power of a period and what it earns, by the place of the period in its run.
#[derive(Clone, Copy)]
struct Best {
    gain: f64,
    power: f64,
}

/// The curve of fuel up to `top` MW, which is between its ends.
fn curve_to(unit: &UnitSpec, top: f64) -> Vec<[f64; 2]> {
    let mut points: Vec<[f64; 2]> = Vec::new();
    for point in &unit.production {
        if point[0] >= top {
            points.push([top, levels::fuel_at(&unit.production, top)]);
            break;
        }
        points.push(*point);
    }
    points
}

fn best_gains(unit: &UnitSpec, market: Market<'_>, top: f64) -> Vec<Best> {
    let points = curve_to(unit, top);
    (0..market.periods())
        .map(|period| {
            let mut best = Best {
                gain: f64::NEG_INFINITY,
                power: 0.0,
            };
            for point in &points {
                let gain = market.gain(unit, period, *point, top);
                if gain > best.gain {
                    best = Best {
                        gain,
                        power: point[0],
                    };
                }
            }
            best
        })
        .collect()
}

/// When the run that ends or goes on in a period began.
#[derive(Clone, Copy, PartialEq)]
enum Since {
    /// Before the first period.
    Before,
    /// In this period.
    Start(usize),
}

/// The pass without ramps: index `t` of each list is what holds after the periods before `t`.
struct Pass<'a> {
    unit: &'a UnitSpec,
    market: Market<'a>,
    full: Vec<Best>,
    first: Vec<Best>,
    last: Vec<Best>,
    only: Vec<Best>,
    /// Sums of `full` over the periods before.
    sum: Vec<f64>,
    /// Best value before a start in `t`, its cost paid, and the period since when the unit was off.
    start: Vec<(f64, Option<usize>)>,
    /// Best value with the unit on through `t - 1`, its least time served, and its beginning.
    on: Vec<(f64, Since)>,
    /// Best value with the last period on being `t - 1`, and its beginning.
    stop: Vec<(f64, Since)>,
}

fn unramped(unit: &UnitSpec, market: Market<'_>) -> Result<Schedule, AssetError> {
    let [first, last] = unit.edge_power();
    let full = best_gains(unit, market, unit.power_max());
    let periods = market.periods();
    let mut sum = Vec::with_capacity(periods + 1);
    sum.push(0.0);
    for best in &full {
        sum.push(sum[sum.len() - 1] + best.gain);
    }
    let mut pass = Pass {
        unit,
        market,
        first: best_gains(unit, market, first),
        last: best_gains(unit, market, last),
        only: best_gains(unit, market, first.min(last)),
        full,
        sum,
        start: Vec::with_capacity(periods),
        on: Vec::with_capacity(periods + 1),
        stop: Vec::with_capacity(periods + 1),
    };
    pass.run();
    pass.schedule()
}

impl Pass<'_> {
    fn run(&mut self) {
        let before = self.on_before(0);
        self.on.push((before, Since::Before));
        let stopped = match self.unit.state {
            UnitState::On(_, power) if power <= self.unit.edge_power()[1] + 1e-9 => before,
            _ => f64::NEG_INFINITY,
        };
        self.stop.push((self.stoppable(stopped), Since::Before));
        let mut starts = Starts::new();
        for period in 0..self.market.periods() {
            let stops = &self.stop;
            let start = starts.best(self.unit, self.market, period, |stop| stops[stop].0);
            self.start.push(start);
            let served = self.served(period);
            let on = if self.on[period].0 + self.full[period].gain >= served.0 {
                (
                    self.on[period].0 + self.full[period].gain,
                    self.on[period].1,
                )
            } else {
                served
            };
            let before = self.on_before(period + 1);
            self.on.push(if before > on.0 {
                (before, Since::Before)
            } else {
                on
            });
            let stop = self.best_stop(period);
            self.stop.push((self.stoppable(stop.0), stop.1));
        }
    }

    /// Value of a run from before the first period through `t - 1` when its least time ends just there.
    fn on_before(&self, t: usize) -> f64 {
        let due = match self.unit.state {
            UnitState::Free => 0,
            UnitState::On(age, _) => self.unit.up_min.saturating_sub(age),
            UnitState::Off(_) => return f64::NEG_INFINITY,
        };
        if t == due {
            self.sum[t]
        } else {
            f64::NEG_INFINITY
        }
    }

    const fn stoppable(&self, value: f64) -> f64 {
        if self.unit.must_run {
            f64::NEG_INFINITY
        } else {
            value
        }
    }

    /// Value of a run that started so long ago that its least time is served with `period`.
    fn served(&self, period: usize) -> (f64, Since) {
        let Some(start) = (period + 1).checked_sub(self.unit.up_min) else {
            return (f64::NEG_INFINITY, Since::Before);
        };
        let value = self.start[start].0 + self.first[start].gain;
        (
            value + self.sum[period + 1] - self.sum[start + 1],
            Since::Start(start),
        )
    }

    /// Value of the unit being on for the last time in `period`.
    fn best_stop(&self, period: usize) -> (f64, Since) {
        let long = (
            self.on[period].0 + self.last[period].gain,
            self.on[period].1,
        );
        // A run from before that serves its least time with this very period.
        let due = self.on_before(period + 1) - self.full[period].gain + self.last[period].gain;
        let long = if due > long.0 {
            (due, Since::Before)
        } else {
            long
        };
        let Some(start) = (period + 1).checked_sub(self.unit.up_min) else {
            return long;
        };
        let value = if start == period {
            self.start[start].0 + self.only[start].gain
        } else {
            self.start[start].0 + self.first[start].gain + self.sum[period] - self.sum[start + 1]
                + self.last[period].gain
        };
        if value > long.0 {
            (value, Since::Start(start))
        } else {
            long
        }
    }

    /// The best end and the way back from it.
    fn schedule(&self) -> Result<Schedule, AssetError> {
        let periods = self.market.periods();
        let mut schedule = Schedule {
            value: f64::NEG_INFINITY,
            power: vec![0.0; periods],
            is_on: vec![false; periods],
        };
        let mut run = None;
        if !self.unit.must_run && !matches!(self.unit.state, UnitState::On(..)) {
            schedule.value = 0.0;
        }
        let mut consider = |value: f64, since, end, is_stopped| {
            if value > schedule.value {
                schedule.value = value;
                run = Some((since, end, is_stopped));
            }
        };
        for (end, stop) in self.stop.iter().enumerate() {
            consider(stop.0, stop.1, end, true);
        }
        consider(self.on[periods].0, self.on[periods].1, periods, false);
        for start in (periods + 1).saturating_sub(self.unit.up_min)..periods {
            let value = self.start[start].0 + self.first[start].gain;
            let value = value + self.sum[periods] - self.sum[start + 1];
            consider(value, Since::Start(start), periods, false);
        }
        // A least time from before that ends after the last period.
        if let UnitState::On(age, _) = self.unit.state
            && self.unit.up_min.saturating_sub(age) > periods
        {
            consider(self.sum[periods], Since::Before, periods, false);
        }
        if schedule.value == f64::NEG_INFINITY {
            return Err(AssetError::NoSchedule {
                rules: no_schedule(self.unit),
            });
        }
        while let Some((since, end, is_stopped)) = run {
            let begin = if let Since::Start(start) = since {
                start
            } else {
                0
            };
            for period in begin..end {
                let is_first = since == Since::Start(period);
                let is_last = is_stopped && period + 1 == end;
                let best = match (is_first, is_last) {
                    (true, true) => &self.only,
                    (true, false) => &self.first,
                    (false, true) => &self.last,
                    (false, false) => &self.full,
                };
                schedule.is_on[period] = true;
                schedule.power[period] = best[period].power;
            }
            run = match since {
                Since::Before => None,
                Since::Start(start) => self.start[start]
                    .1
                    .map(|stop| (self.stop[stop].1, stop, true)),
            };
        }
        Ok(schedule)
    }
}

/// The rules that leave `unit` no schedule.
fn no_schedule(unit: &UnitSpec) -> String {
    match unit.state {
        UnitState::Off(age) if unit.must_run => format!(
            "it must run, but was off for {age} periods and stays off for at least {}",
            unit.down_min
        ),
        UnitState::On(_, power) => format!(
            "its power of {power} MW before the first period leaves no way to stop at {} MW and none to stay on",
            unit.edge[1]
        ),
        _ => "must_run and its state contradict".to_owned(),
    }
}
