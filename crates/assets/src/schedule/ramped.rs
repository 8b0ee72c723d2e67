//! The pass with ramps: a value for every level of power and every age below the least time on.

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

struct Pass<'a> {
    unit: &'a UnitSpec,
    market: Market<'a>,
    levels: Vec<f64>,
    fuel: Vec<f64>,
    /// First and last level within a ramp of each level, one period earlier.
    reach: Vec<[usize; 2]>,
    /// The level a period earlier, by period, layer and level.
    came: Vec<u16>,
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
        let stop = self.best_stop(&layers);
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
            layers = self.step(&layers, period);
            let stop = self.best_stop(&layers);
            self.stop.push(stop);
        }
        layers
    }

    fn step(&mut self, before: &Layers, period: usize) -> Layers {
        let (count, oldest) = (self.levels.len(), self.layers() - 1);
        let mut after = Layers::new(self.layers(), count);
        let base = self.came.len();
        self.came.resize(base + self.layers() * count, STARTED);
        let mut came = vec![0_u16; count];
        for layer in 1..self.layers() {
            self.within_reach(before.layer(layer - 1), after.layer_mut(layer), &mut came);
            let mark = if layer == oldest { GROWN } else { 0 };
            for (slot, level) in self.came[base + layer * count..][..count]
                .iter_mut()
                .zip(&came)
            {
                *slot = level | mark;
            }
        }
        let mut stayed = vec![NEVER; count];
        self.within_reach(before.layer(oldest), &mut stayed, &mut came);
        for level in 0..count {
            if stayed[level] >= after.layer(oldest)[level] {
                after.layer_mut(oldest)[level] = stayed[level];
                self.came[base + oldest * count + level] = came[level];
            }
        }
        let first = self.unit.edge_power()[0] + SLACK;
        for level in 0..count {
            let begun = self.start[period].0;
            if self.levels[level] <= first && begun > after.layer(0)[level] {
                after.layer_mut(0)[level] = begun;
                self.came[base + level] = STARTED;
            }
        }
        for level in 0..count {
            let point = [self.levels[level], self.fuel[level]];
            let gain = self
                .market
                .gain(self.unit, period, point, self.unit.power_max());
            for layer in 0..self.layers() {
                after.layer_mut(layer)[level] += gain;
            }
        }
        after
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

    fn best_stop(&self, layers: &Layers) -> (f64, u16) {
        if self.unit.must_run {
            return (NEVER, 0);
        }
        let last = self.unit.edge_power()[1] + SLACK;
        let mut best = (NEVER, 0);
        for (level, value) in layers.layer(self.layers() - 1).iter().enumerate() {
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
        // Where the last run ends: after which period, in which layer and at which level.
        let mut run = None;
        if !self.unit.must_run && !matches!(self.unit.state, UnitState::On(..)) {
            schedule.value = 0.0;
        }
        for (end, stop) in self.stop.iter().enumerate() {
            if stop.0 > schedule.value {
                schedule.value = stop.0;
                run = Some((end, self.layers() - 1, usize::from(stop.1)));
            }
        }
        for (place, value) in last.values.iter().enumerate() {
            if *value > schedule.value {
                schedule.value = *value;
                run = Some((periods, place / count, place % count));
            }
        }
        if schedule.value == NEVER {
            return Err(AssetError::NoSchedule {
                rules: no_schedule(self.unit),
            });
        }
        while let Some((end, layer, level)) = run {
            run = self.trace(&mut schedule, end, layer, level);
        }
        Ok(schedule)
    }

    /// Writes the run that ends before `end` and returns the end of the one before it.
    fn trace(
        &self,
        schedule: &mut Schedule,
        end: usize,
        mut layer: usize,
        mut level: usize,
    ) -> Option<(usize, usize, usize)> {
        let count = self.levels.len();
        for period in (0..end).rev() {
            schedule.is_on[period] = true;
            schedule.power[period] = self.levels[level];
            let came = self.came[(period * self.layers() + layer) * count + level];
            if came == STARTED {
                return self.start[period]
                    .1
                    .map(|stop| (stop, self.layers() - 1, usize::from(self.stop[stop].1)));
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
