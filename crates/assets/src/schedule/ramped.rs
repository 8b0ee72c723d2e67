//! The pass with ramps: a value for every level of power and every age below the least time on.
//!
//! Power that is held back is within a ramp of the period before, too: what it earns is the level of that period
//! and a ramp, at most the most power, less the level of this one. So it is paid in two parts, and a last period
//! on, of which less can be held back, has values of its own.

use super::levels::{fuel_at, levels};
use super::starts::Starts;
use super::{Market, Schedule, no_schedule};
use crate::error::AssetError;
use crate::unit::{UnitSpec, UnitState};

const NEVER: f64 = f64::NEG_INFINITY;
/// Powers this much over a limit, in MW, keep it.
const SLACK: f64 = 1e-6;
/// Marks a way into the oldest layer that came from the layer below.
const GROWN: u16 = 1 << 15;
/// Marks a start.
const STARTED: u16 = u16::MAX;

/// Values by layer and level. Layer `a` holds runs of `a + 1` periods, the last layer longer ones too.
struct Layers {
    levels: usize,
    values: Vec<f64>,
}

impl Layers {
    fn new(layers: usize, levels: usize) -> Self {
        Self {
            levels,
            values: vec![NEVER; layers * levels],
        }
    }

    fn layer(&self, layer: usize) -> &[f64] {
        &self.values[layer * self.levels..][..self.levels]
    }

    fn layer_mut(&mut self, layer: usize) -> &mut [f64] {
        &mut self.values[layer * self.levels..][..self.levels]
    }
}

/// A run that ends before period `end`, in which layer and at which level.
#[derive(Clone, Copy)]
struct Run {
    end: usize,
    layer: usize,
    level: usize,
    is_stopped: bool,
}

struct Pass<'a> {
    unit: &'a UnitSpec,
    market: Market<'a>,
    levels: Vec<f64>,
    fuel: Vec<f64>,
    /// First and last level within a ramp of each level, one period earlier.
    reach: Vec<[usize; 2]>,
    /// The level a period earlier, by period, layer and level.
    came: Vec<u16>,
    /// The same for a last period on, by period and level; the layer is the oldest.
    came_last: Vec<u16>,
    /// Value before a start and the stop it follows.
    start: Vec<(f64, Option<usize>)>,
    /// Value of a stop before `t` and the level of the last period on.
    stop: Vec<(f64, u16)>,
}

pub(super) fn best_schedule(unit: &UnitSpec, market: Market<'_>) -> Result<Schedule, AssetError> {
    let levels = levels(unit)?;
    let fuel = levels
        .iter()
        .map(|power| fuel_at(&unit.production, *power))
        .collect();
    let reach = levels
        .iter()
        .map(|power| {
            let low = power - unit.ramp[0] - SLACK;
            let high = power + unit.ramp[1] + SLACK;
            [
                levels.partition_point(|level| *level < low),
                levels.partition_point(|level| *level <= high) - 1,
            ]
        })
        .collect();
    let mut pass = Pass {
        unit,
        market,
        fuel,
        reach,
        came: Vec::with_capacity(market.periods() * unit.up_min * levels.len()),
        came_last: Vec::with_capacity(market.periods() * levels.len()),
        levels,
        start: Vec::with_capacity(market.periods()),
        stop: Vec::with_capacity(market.periods() + 1),
    };
    let last = pass.run();
    pass.schedule(&last)
}

impl Pass<'_> {
    const fn layers(&self) -> usize {
        self.unit.up_min
    }

    /// Values before the first period.
    fn before(&self) -> Layers {
        let mut layers = Layers::new(self.layers(), self.levels.len());
        let oldest = self.layers() - 1;
        match self.unit.state {
            UnitState::Free => layers.layer_mut(oldest).fill(0.0),
            UnitState::On(age, power) => {
                let at = self.levels.partition_point(|level| *level < power - SLACK);
                let at = at.min(self.levels.len() - 1);
                layers.layer_mut((age.max(1) - 1).min(oldest))[at] = 0.0;
            }
            UnitState::Off(_) => {}
        }
        layers
    }

    fn run(&mut self) -> Layers {
        let mut layers = self.before();
        let stop = self.best_stop(layers.layer(self.layers() - 1));
        self.stop.push(if self.unit.state == UnitState::Free {
            (NEVER, 0)
        } else {
            stop
        });
        let mut starts = Starts::new();
        for period in 0..self.market.periods() {
            let stops = &self.stop;
            let start = starts.best(self.unit, self.market, period, |stop| stops[stop].0);
            self.start.push(start);
            let last;
            (layers, last) = self.step(&layers, period);
            let stop = self.best_stop(&last);
            self.stop.push(stop);
        }
        layers
    }

    /// Values after `period` from those before it; and those of the oldest layer with `period` the last one on.
    fn step(&mut self, before: &Layers, period: usize) -> (Layers, Vec<f64>) {
        let (count, oldest) = (self.levels.len(), self.layers() - 1);
        let reserve = self.market.reserve.get(period);
        let paid = reserve.map_or(0.0, |price| price.max(0.0));
        let [first, _] = self.unit.edge_power();
        let begun = self.start[period].0;
        let held = self.held(before, paid, self.unit.power_max());
        let mut after = Layers::new(self.layers(), count);
        let mut came = vec![STARTED; self.layers() * count];
        for layer in 0..self.layers() {
            let begun = begun + paid * first;
            let came = &mut came[layer * count..][..count];
            self.enter(&held, layer, begun, after.layer_mut(layer), came);
        }
        let mut last = after.layer(oldest).to_vec();
        let mut came_last = came[oldest * count..].to_vec();
        if paid > 0.0 {
            let top = self.unit.edge[1].min(self.unit.power_max());
            let held = self.held(before, paid, top);
            last.fill(NEVER);
            came_last.fill(STARTED);
            let begun = begun + paid * first.min(top);
            self.enter(&held, oldest, begun, &mut last, &mut came_last);
        }
        for (level, (power, fuel)) in self.levels.iter().zip(&self.fuel).enumerate() {
            let point = [*power, *fuel];
            let gain = self.market.gain(self.unit, period, point, *power) - paid * power;
            for layer in 0..self.layers() {
                after.layer_mut(layer)[level] += gain;
            }
            last[level] += gain;
        }
        self.came.extend(came);
        self.came_last.extend(came_last);
        (after, last)
    }

    /// Values before a period with what its power held back earns: up to a ramp above each level, and to `top`.
    fn held(&self, before: &Layers, paid: f64, top: f64) -> Layers {
        let mut values = before.values.clone();
        if paid > 0.0 {
            for layer in values.chunks_exact_mut(self.levels.len()) {
                for (value, level) in layer.iter_mut().zip(&self.levels) {
                    *value += paid * top.min(level + self.unit.ramp[0]);
                }
            }
        }
        Layers {
            levels: before.levels,
            values,
        }
    }

    /// The best ways into the levels of `layer`, a start being worth `begun`; and where they come from.
    fn enter(
        &self,
        before: &Layers,
        layer: usize,
        begun: f64,
        values: &mut [f64],
        came: &mut [u16],
    ) {
        let oldest = self.layers() - 1;
        if layer > 0 {
            self.within_reach(before.layer(layer - 1), values, came);
            if layer == oldest {
                for level in came.iter_mut() {
                    *level |= GROWN;
                }
            }
        }
        if layer == oldest {
            let (mut stayed, mut place) = (vec![NEVER; values.len()], vec![0; values.len()]);
            self.within_reach(before.layer(oldest), &mut stayed, &mut place);
            for level in 0..values.len() {
                if stayed[level] >= values[level] {
                    (values[level], came[level]) = (stayed[level], place[level]);
                }
            }
        }
        if layer == 0 {
            let first = self.unit.edge_power()[0] + SLACK;
            let starts = self.levels.partition_point(|level| *level <= first);
            for (value, came) in values[..starts].iter_mut().zip(came) {
                if begun > *value {
                    (*value, *came) = (begun, STARTED);
                }
            }
        }
    }

    /// The best of `from` within a ramp of each level, and its place.
    fn within_reach(&self, from: &[f64], best: &mut [f64], came: &mut [u16]) {
        // Places in reach whose values fall: the front is the best one.
        let mut queue: Vec<usize> = Vec::with_capacity(from.len());
        let (mut front, mut next) = (0, 0);
        for (level, [low, high]) in self.reach.iter().enumerate() {
            while next <= *high {
                while queue.len() > front && from[queue[queue.len() - 1]] <= from[next] {
                    queue.pop();
                }
                queue.push(next);
                next += 1;
            }
            while queue[front] < *low {
                front += 1;
            }
            best[level] = from[queue[front]];
            came[level] = queue[front] as u16;
        }
    }

    fn best_stop(&self, oldest: &[f64]) -> (f64, u16) {
        if self.unit.must_run {
            return (NEVER, 0);
        }
        let last = self.unit.edge_power()[1] + SLACK;
        let mut best = (NEVER, 0);
        for (level, value) in oldest.iter().enumerate() {
            if self.levels[level] <= last && *value > best.0 {
                best = (*value, level as u16);
            }
        }
        best
    }

    fn schedule(&self, last: &Layers) -> Result<Schedule, AssetError> {
        let (periods, count) = (self.market.periods(), self.levels.len());
        let mut schedule = Schedule {
            value: NEVER,
            power: vec![0.0; periods],
            is_on: vec![false; periods],
        };
        let mut run = None;
        if !self.unit.must_run && !matches!(self.unit.state, UnitState::On(..)) {
            schedule.value = 0.0;
        }
        for (end, stop) in self.stop.iter().enumerate() {
            if stop.0 > schedule.value {
                schedule.value = stop.0;
                run = Some(self.stopped(end));
            }
        }
        for (place, value) in last.values.iter().enumerate() {
            if *value > schedule.value {
                schedule.value = *value;
                run = Some(Run {
                    end: periods,
                    layer: place / count,
                    level: place % count,
                    is_stopped: false,
                });
            }
        }
        if schedule.value == NEVER {
            return Err(AssetError::NoSchedule {
                rules: no_schedule(self.unit),
            });
        }
        while let Some(last) = run {
            run = self.trace(&mut schedule, last);
        }
        Ok(schedule)
    }

    /// The run that a stop before `end` ends.
    fn stopped(&self, end: usize) -> Run {
        Run {
            end,
            layer: self.layers() - 1,
            level: usize::from(self.stop[end].1),
            is_stopped: true,
        }
    }

    /// Writes a run and returns the one before it.
    fn trace(&self, schedule: &mut Schedule, run: Run) -> Option<Run> {
        let count = self.levels.len();
        let (mut layer, mut level) = (run.layer, run.level);
        for period in (0..run.end).rev() {
            schedule.is_on[period] = true;
            schedule.power[period] = self.levels[level];
            let came = if run.is_stopped && period + 1 == run.end {
                self.came_last[period * count + level]
            } else {
                self.came[(period * self.layers() + layer) * count + level]
            };
            if came == STARTED {
                return self.start[period].1.map(|stop| self.stopped(stop));
            }
            // The layer above the oldest but one is the oldest itself, where a run may also have stayed.
            if layer + 1 < self.layers() || came & GROWN != 0 {
                layer -= 1;
            }
            level = usize::from(came & !GROWN);
        }
        None
    }
}
