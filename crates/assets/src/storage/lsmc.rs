//! Least-squares Monte Carlo with a dual upper bound.
//!
//! The value of the next day is regressed on Hermite polynomials of the next day's factors, whose means a day
//! earlier are known in closed form (Glasserman and Yu 2004, "Simulation for American options: regression now
//! or regression later?"). So continuation values follow without nested paths, and the same polynomials less
//! their means are the martingale of the dual bound (Rogers 2002; for storages Boogert and de Jong 2008 and
//! Nadarajah, Margot and Secomandi 2015). The lower bound is what the policy earns on paths of its own.

use std::sync::{Barrier, Mutex, PoisonError};
use std::thread;

use super::basis::Basis;
use super::intrinsic::check_prices;
use super::spot_model::Standardized;
use super::{Options, SpotModel, StorageSpec};
use crate::error::AssetError;

/// Paths are worked on in so many parts, whatever the number of threads, so that sums round alike.
const PARTS: usize = 16;

/// How to simulate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SimulationSettings {
    /// Paths to learn from, and as many others to value on.
    pub paths: usize,
    /// Of all random numbers.
    pub seed: u64,
    /// Threads, at least one.
    pub threads: usize,
}

/// A mean over paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Valued {
    /// The mean, in discounted money.
    pub mean: f64,
    /// Standard error of the mean.
    pub error: f64,
}

impl Valued {
    /// The mean of values of which each odd one mirrors the even one before it.
    pub(super) fn of_pairs(values: &[f64]) -> Self {
        let pairs: Vec<f64> = values
            .chunks(2)
            .map(|pair| pair.iter().sum::<f64>() / pair.len() as f64)
            .collect();
        let count = pairs.len().max(1) as f64;
        let mean = pairs.iter().sum::<f64>() / count;
        let square: f64 = pairs.iter().map(|pair| (pair - mean).powi(2)).sum();
        let error = (square / (count - 1.0).max(1.0) / count).sqrt();
        Self { mean, error }
    }
}

/// The value of a storage from both sides.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Simulated {
    /// What the policy earns on new paths: no more than the true value.
    pub lower: Valued,
    /// What perfect foresight earns on them, less the martingale: no less than the true value.
    pub upper: Valued,
}

/// The value of `storage` when its price follows `model`, from below and above.
///
/// # Errors
/// [`AssetError::Storage`] for a bad parameter, [`AssetError::NoSchedule`] when no schedule ends where it may.
pub fn least_squares(
    storage: &StorageSpec,
    model: &SpotModel,
    discounts: &[f64],
    settings: SimulationSettings,
) -> Result<Simulated, AssetError> {
    let days = model.forward.len();
    storage.check(days)?;
    let prices = model.standardized()?;
    check_prices(&model.forward, discounts)?;
    if settings.paths < 2 * PARTS {
        let value = settings.paths.to_string();
        return Err(AssetError::Storage {
            field: "paths",
            value,
            fix: "at least 32",
        });
    }
    let viable = storage.viable(days)?;
    let basis = Basis::new(prices.count());
    let problem = Problem {
        storage,
        means: prices.pulls.iter().map(|pull| basis.means(pull)).collect(),
        basis,
        prices,
        discounts,
        options: storage.options(),
        viable,
    };
    let coefficients = problem.learn(settings);
    Ok(problem.value(&coefficients, settings))
}

struct Problem<'a> {
    storage: &'a StorageSpec,
    prices: Standardized<'a>,
    basis: Basis,
    /// By day, what a day's polynomials say of the next day's.
    means: Vec<Vec<f64>>,
    discounts: &'a [f64],
    options: Options,
    viable: Vec<Vec<bool>>,
}

/// By day, the polynomials' factors of the value before it: a row of levels for each.
type Coefficients = Vec<Vec<f64>>;

impl Problem<'_> {
    const fn days(&self) -> usize {
        self.prices.days()
    }

    /// The first paths of `part`, and the one after its last.
    const fn paths(part: usize, paths: usize) -> [usize; 2] {
        // Mirrored pairs stay together.
        let pairs = paths / 2;
        [2 * (pairs * part / PARTS), 2 * (pairs * (part + 1) / PARTS)]
    }

    /// Adds polynomials times factors, level by level.
    fn combine(basis: &[f64], factors: &[f64], into: &mut [f64]) {
        let levels = into.len();
        into.copy_from_slice(&factors[..levels]);
        for (degree, value) in basis.iter().enumerate().skip(1) {
            for (sum, factor) in into.iter_mut().zip(&factors[degree * levels..][..levels]) {
                *sum += value * factor;
            }
        }
    }

    /// The best value before `day` at `price`, level by level, from that `after` it.
    fn decide(&self, day: usize, price: f64, after: &[f64], best: &mut [f64]) {
        best.fill(f64::NEG_INFINITY);
        let (discount, levels) = (self.discounts[day], self.options.levels);
        for (change, factors, money) in &self.options.changes {
            let from = usize::try_from(-*change).unwrap_or(0);
            let to = levels - usize::try_from(*change).unwrap_or(0);
            let shifted = &after[(from as i64 + i64::from(*change)) as usize..][..to - from];
            let rows = factors[from..to].iter().zip(&money[from..to]);
            for ((best, (factor, money)), after) in best[from..to].iter_mut().zip(rows).zip(shifted)
            {
                let value = discount * (factor * price + money) + after;
                *best = if value > *best { value } else { *best };
            }
        }
    }

    /// Sets levels that lead to no allowed end before `day` to minus infinity, and others to what is given.
    fn bar(&self, day: usize, values: &mut [f64]) {
        let [low, high] = if day == 0 {
            [0, usize::MAX]
        } else {
            self.storage.bound(day - 1)
        };
        for (level, value) in values.iter_mut().enumerate() {
            if !self.viable[day][level] || level < low || level > high {
                *value = f64::NEG_INFINITY;
            }
        }
    }

    /// Learns what the storage is worth before each day.
    fn learn(&self, settings: SimulationSettings) -> Coefficients {
        let (days, levels, size) = (self.days(), self.options.levels, self.basis.len());
        let sums = Mutex::new(vec![vec![0.0; size * (size + levels)]; PARTS]);
        let learnt = Mutex::new(vec![vec![0.0; size * levels]; days + 1]);
        // After the last day the value is known: a constant.
        for (level, value) in self.storage.terminal.iter().enumerate() {
            let known = if value.is_finite() { *value } else { 0.0 };
            lock(&learnt)[days][level] = known;
        }
        let threads = settings.threads.clamp(1, PARTS);
        let barrier = Barrier::new(threads);
        thread::scope(|scope| {
            for thread in 0..threads {
                let (sums, learnt, barrier) = (&sums, &learnt, &barrier);
                scope.spawn(move || {
                    let parts: Vec<usize> = (thread..PARTS).step_by(threads).collect();
                    let mut factors = Vec::new();
                    for part in &parts {
                        factors.push(self.factors(*part, settings));
                    }
                    for day in (1..days).rev() {
                        let later = lock(learnt)[day + 1].clone();
                        for (part, factors) in parts.iter().zip(&factors) {
                            let sum = self.regressed(day, &later, factors);
                            lock(sums)[*part] = sum;
                        }
                        if barrier.wait().is_leader() {
                            let total = added(&lock(sums));
                            lock(learnt)[day] = solved(total, size, levels);
                        }
                        barrier.wait();
                    }
                });
            }
        });
        learnt.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    /// Standardized factors of the paths of `part`, by day path after path.
    fn factors(&self, part: usize, settings: SimulationSettings) -> Vec<Vec<f64>> {
        let [first, end] = Self::paths(part, settings.paths);
        let count = self.prices.count();
        let mut by_day = vec![Vec::with_capacity((end - first) * count); self.days()];
        let mut path = vec![0.0; self.days() * count];
        for number in first..end {
            self.prices.path(settings.seed, number as u64, &mut path);
            for (day, z) in path.chunks_exact(count).enumerate() {
                by_day[day].extend_from_slice(z);
            }
        }
        by_day
    }

    /// Writes what the polynomials at `day` say of the next day's; none follows the last day.
    fn seen(&self, day: usize, basis: &[f64], seen: &mut [f64]) {
        match self.means.get(day) {
            Some(shares) => self.basis.seen(shares, basis, seen),
            // What is known after the last day is a constant.
            None => seen.copy_from_slice(basis),
        }
    }

    /// The sums that a regression of the value before `day` on its polynomials takes.
    fn regressed(&self, day: usize, later: &[f64], factors: &[Vec<f64>]) -> Vec<f64> {
        let (levels, size) = (self.options.levels, self.basis.len());
        let mut sums = vec![0.0; size * (size + levels)];
        let (grams, rights) = sums.split_at_mut(size * size);
        let (mut after, mut best) = (vec![0.0; levels], vec![0.0; levels]);
        let (mut basis, mut seen) = (vec![0.0; size], vec![0.0; size]);
        for z in factors[day].chunks_exact(self.prices.count()) {
            self.basis.at(z, &mut basis);
            self.seen(day, &basis, &mut seen);
            Self::combine(&seen, later, &mut after);
            self.bar(day + 1, &mut after);
            self.decide(day, self.prices.spot(day, z), &after, &mut best);
            for (level, value) in best.iter_mut().enumerate() {
                if !self.viable[day][level] {
                    *value = 0.0;
                }
            }
            for (degree, value) in basis.iter().enumerate() {
                for (other, gram) in basis.iter().zip(&mut grams[degree * size..][..size]) {
                    *gram += value * other;
                }
                let row = &mut rights[degree * levels..][..levels];
                for (sum, best) in row.iter_mut().zip(&best) {
                    *sum += value * best;
                }
            }
        }
        sums
    }

    /// Values on new paths, with what was learnt.
    fn value(&self, learnt: &Coefficients, settings: SimulationSettings) -> Simulated {
        // Other paths than those that were learnt from.
        let fresh = SimulationSettings {
            seed: settings.seed.wrapping_add(0x5851_F42D),
            ..settings
        };
        let threads = settings.threads.clamp(1, PARTS);
        let parts = thread::scope(|scope| {
            let running: Vec<_> = (0..threads)
                .map(|thread| {
                    scope.spawn(move || {
                        (thread..PARTS)
                            .step_by(threads)
                            .map(|part| (part, self.part_value(part, learnt, fresh)))
                            .collect::<Vec<_>>()
                    })
                })
                .collect();
            let mut parts = Vec::new();
            for one in running {
                match one.join() {
                    Ok(found) => parts.extend(found),
                    Err(fault) => std::panic::resume_unwind(fault),
                }
            }
            parts.sort_by_key(|(part, _)| *part);
            parts
        });
        let (mut lower, mut upper) = (Vec::new(), Vec::new());
        for (_, [low, high]) in parts {
            lower.extend(low);
            upper.extend(high);
        }
        Simulated {
            lower: Valued::of_pairs(&lower),
            upper: Valued::of_pairs(&upper),
        }
    }

    /// What each path of `part` earns by the policy, and by foresight less the martingale.
    fn part_value(
        &self,
        part: usize,
        learnt: &Coefficients,
        settings: SimulationSettings,
    ) -> [Vec<f64>; 2] {
        let [first, end] = Self::paths(part, settings.paths);
        let (days, levels, size) = (self.days(), self.options.levels, self.basis.len());
        let count = self.prices.count();
        let mut path = vec![0.0; days * count];
        let (mut policy, mut foresight) = (Vec::new(), Vec::new());
        let (mut after, mut best) = (vec![0.0; levels], vec![0.0; levels]);
        let mut compensated = vec![0.0; levels];
        // By day: the polynomials, and what the day says of the next day's.
        let mut bases = vec![0.0; days * size];
        let mut seen = vec![0.0; days * size];
        let mut surprise = vec![0.0; size];
        for number in first..end {
            self.prices.path(settings.seed, number as u64, &mut path);
            let rows = bases
                .chunks_exact_mut(size)
                .zip(seen.chunks_exact_mut(size));
            for (day, (z, (basis, seen))) in path.chunks_exact(count).zip(rows).enumerate() {
                self.basis.at(z, basis);
                self.seen(day, basis, seen);
            }
            policy.push(self.followed(&path, learnt, &seen));
            after.copy_from_slice(&self.storage.terminal);
            for day in (0..days).rev() {
                if day + 1 < days {
                    let next = bases[(day + 1) * size..].iter();
                    let said = seen[day * size..].iter();
                    for ((surprise, next), said) in surprise.iter_mut().zip(next).zip(said) {
                        *surprise = next - said;
                    }
                    Self::combine(&surprise, &learnt[day + 1], &mut compensated);
                    // The constant has no surprise, which combine does not know.
                    let constant = &learnt[day + 1][..levels];
                    for ((value, martingale), constant) in
                        after.iter_mut().zip(&compensated).zip(constant)
                    {
                        *value -= martingale - constant;
                    }
                }
                self.bar(day + 1, &mut after);
                let price = self.prices.spot(day, &path[day * count..][..count]);
                self.decide(day, price, &after, &mut best);
                after.copy_from_slice(&best);
            }
            foresight.push(after[self.storage.start]);
        }
        [policy, foresight]
    }

    /// What the policy earns along a path, by what each day says of the next.
    fn followed(&self, path: &[f64], learnt: &Coefficients, seen: &[f64]) -> f64 {
        let (levels, size) = (self.options.levels, self.basis.len());
        let (mut level, mut sum) = (self.storage.start, 0.0);
        for (day, z) in path.chunks_exact(self.prices.count()).enumerate() {
            let seen = &seen[day * size..][..size];
            let price = self.prices.spot(day, z);
            let [low, high] = self.storage.bound(day);
            let mut best = (f64::NEG_INFINITY, 0.0, level);
            for (change, factors, money) in &self.options.changes {
                let next = level as i64 + i64::from(*change);
                if money[level] == f64::NEG_INFINITY || next < low as i64 {
                    continue;
                }
                let next = next as usize;
                if next > high || !self.viable[day + 1][next] {
                    continue;
                }
                let paid = self.discounts[day] * (factors[level] * price + money[level]);
                let worth: f64 = seen
                    .iter()
                    .zip(learnt[day + 1][next..].iter().step_by(levels))
                    .map(|(value, factor)| value * factor)
                    .sum();
                if paid + worth > best.0 {
                    best = (paid + worth, paid, next);
                }
            }
            sum += best.1;
            level = best.2;
        }
        sum + self.storage.terminal[level]
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn added(parts: &[Vec<f64>]) -> Vec<f64> {
    let mut total = vec![0.0; parts[0].len()];
    for part in parts {
        total
            .iter_mut()
            .zip(part)
            .for_each(|(sum, value)| *sum += value);
    }
    total
}

/// The factors that fit best: normal equations by Gauss and Jordan, their matrix being positive definite.
fn solved(mut sums: Vec<f64>, size: usize, levels: usize) -> Vec<f64> {
    let (grams, rights) = sums.split_at_mut(size * size);
    for pivot in 0..size {
        let head = grams[pivot * size + pivot];
        for row in (0..size).filter(|row| *row != pivot) {
            let share = grams[row * size + pivot] / head;
            for column in 0..size {
                grams[row * size + column] -= share * grams[pivot * size + column];
            }
            for level in 0..levels {
                rights[row * levels + level] -= share * rights[pivot * levels + level];
            }
        }
    }
    for row in 0..size {
        let head = grams[row * size + row];
        rights[row * levels..][..levels]
            .iter_mut()
            .for_each(|value| *value /= head);
    }
    rights.to_vec()
}
