//! What a counterparty may come to owe: values of deals on simulated paths, netted and secured.
//!
//! A value is a sum of loadings times simulated factors, so that a forward deal costs two
//! multiplications at each date of each path. Paths never meet, so that any number of threads gives
//! the same bits.

use std::thread;

use crate::error::RiskError;

/// Values of deals by date, as sums of factors.
#[derive(Debug, Clone, Copy)]
pub struct Loadings<'a> {
    /// Value of each deal at each time where all factors are zero, deals times times; money.
    pub base: &'a [f64],
    /// First entry of each deal, and the end of the last.
    pub first: &'a [usize],
    /// Factor of each entry.
    pub factor: &'a [usize],
    /// Money that a unit of the factor is worth, entries times times.
    pub loading: &'a [f64],
}

/// Simulated factors, factors times times times paths.
#[derive(Debug, Clone, Copy)]
pub struct Paths<'a> {
    /// Their values.
    pub moves: &'a [f64],
    /// How many times are simulated.
    pub times: usize,
    /// How many paths there are.
    pub paths: usize,
}

/// Collateral by a credit support agreement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CollateralTerms {
    /// What the counterparty may owe without collateral; money, from 0.
    pub threshold: f64,
    /// What we may owe without collateral; money, from 0.
    pub threshold_own: f64,
    /// Below this nothing moves; money, from 0.
    pub minimum_transfer: f64,
    /// Held besides, whatever the value; money.
    pub independent: f64,
    /// Held at the start, posted below zero; money.
    pub held: f64,
}

impl CollateralTerms {
    /// What is held after a call at `value`, when `held` was there before.
    #[must_use]
    pub fn called(&self, value: f64, held: f64) -> f64 {
        let over = (value - self.threshold).max(0.0);
        let under = (value + self.threshold_own).min(0.0);
        let required = over + under + self.independent;
        if (required - held).abs() < self.minimum_transfer {
            held
        } else {
            required
        }
    }
}

/// How a group of deals is exposed.
#[derive(Debug, Clone, Copy)]
pub enum Netting<'a> {
    /// Each deal by itself: what is owed on one pays for no other.
    Gross,
    /// All deals against each other.
    Netted,
    /// All deals against each other and against collateral.
    Secured {
        /// The agreement.
        terms: CollateralTerms,
        /// Time of the last call that was met, for each date; none before the first.
        called: &'a [Option<usize>],
    },
}

/// Exposure at `dates` (places among the simulated times) on every path, dates times paths.
///
/// Collateral of a date is what the calls up to its own look-back have left; calls between two
/// look-backs are taken together.
///
/// # Errors
/// [`RiskError`] for arrays that do not fit each other, a factor or time that is not simulated, and
/// a value that is no number.
pub fn exposures(
    deals: &Loadings<'_>,
    simulated: &Paths<'_>,
    dates: &[usize],
    netting: &Netting<'_>,
    threads: usize,
) -> Result<Vec<f64>, RiskError> {
    checked(deals, simulated, dates, netting)?;
    let paths = simulated.paths;
    let each = paths.div_ceil(threads.clamp(1, paths));
    let ranges: Vec<(usize, usize)> = (0..paths)
        .step_by(each)
        .map(|low| (low, paths.min(low + each)))
        .collect();
    let parts: Vec<Vec<f64>> = thread::scope(|scope| {
        let running: Vec<_> = ranges
            .iter()
            .map(|&range| scope.spawn(move || of_paths(deals, simulated, dates, netting, range)))
            .collect();
        running
            .into_iter()
            .map(|one| match one.join() {
                Ok(part) => part,
                Err(cause) => std::panic::resume_unwind(cause),
            })
            .collect()
    });
    let mut all = vec![0.0; dates.len() * paths];
    for (&(low, high), part) in ranges.iter().zip(&parts) {
        for (date, row) in part.chunks_exact(high - low).enumerate() {
            all[date * paths + low..date * paths + high].copy_from_slice(row);
        }
    }
    match all.iter().position(|value| !value.is_finite()) {
        None => Ok(all),
        Some(row) => Err(RiskError::NotFinite {
            field: "exposure by date and path",
            row,
            value: all[row],
        }),
    }
}

fn checked(
    deals: &Loadings<'_>,
    simulated: &Paths<'_>,
    dates: &[usize],
    netting: &Netting<'_>,
) -> Result<(), RiskError> {
    let (times, paths) = (simulated.times, simulated.paths);
    if paths == 0 || times == 0 {
        return Err(RiskError::NoScenarios);
    }
    let count = deals.first.len().saturating_sub(1);
    let last = deals.first.last().copied().unwrap_or_default();
    let lengths = [
        ("base", deals.base.len(), count * times),
        ("first", deals.first.len(), count + 1),
        ("factor", deals.factor.len(), last),
        ("loading", deals.loading.len(), last * times),
    ];
    for (field, found, expected) in lengths {
        if found != expected {
            return Err(RiskError::Length {
                field,
                found,
                expected,
            });
        }
    }
    if let Some(row) = deals.first.windows(2).position(|pair| pair[0] > pair[1]) {
        return Err(RiskError::OutOfRange {
            field: "first",
            row,
            found: deals.first[row],
            most: deals.first[row + 1],
        });
    }
    let held = simulated.moves.len() / (times * paths);
    if held * times * paths != simulated.moves.len() {
        return Err(RiskError::Length {
            field: "moves",
            found: simulated.moves.len(),
            expected: held * times * paths,
        });
    }
    inside("factor", deals.factor.iter().copied(), held)?;
    inside("dates", dates.iter().copied(), times)?;
    if let Netting::Secured { called, .. } = netting {
        if called.len() != dates.len() {
            return Err(RiskError::Length {
                field: "called",
                found: called.len(),
                expected: dates.len(),
            });
        }
        inside("called", called.iter().map(|one| one.unwrap_or(0)), times)?;
    }
    Ok(())
}

fn inside(
    field: &'static str,
    places: impl Iterator<Item = usize>,
    count: usize,
) -> Result<(), RiskError> {
    for (row, found) in places.enumerate() {
        if found >= count {
            return Err(RiskError::OutOfRange {
                field,
                row,
                found,
                most: count.saturating_sub(1),
            });
        }
    }
    Ok(())
}

/// Exposure on the paths of one range, dates times paths.
fn of_paths(
    deals: &Loadings<'_>,
    simulated: &Paths<'_>,
    dates: &[usize],
    netting: &Netting<'_>,
    (low, high): (usize, usize),
) -> Vec<f64> {
    let count = high - low;
    let mut found = vec![0.0; dates.len() * count];
    let mut value = vec![0.0; count];
    let mut held = match netting {
        Netting::Secured { terms, .. } => vec![terms.held; count],
        Netting::Gross | Netting::Netted => Vec::new(),
    };
    for (date, row) in found.chunks_exact_mut(count).enumerate() {
        let time = dates[date];
        match netting {
            Netting::Gross => {
                for deal in 0..deals.first.len() - 1 {
                    value.fill(0.0);
                    add_deal(deals, simulated, deal, time, low, &mut value);
                    for (sum, &one) in row.iter_mut().zip(&value) {
                        *sum += one.max(0.0);
                    }
                }
            }
            Netting::Netted => {
                add_all(deals, simulated, time, low, row);
                for one in row.iter_mut() {
                    *one = one.max(0.0);
                }
            }
            Netting::Secured { terms, called } => {
                if let Some(call) = called[date] {
                    value.fill(0.0);
                    add_all(deals, simulated, call, low, &mut value);
                    for (holding, &one) in held.iter_mut().zip(&value) {
                        *holding = terms.called(one, *holding);
                    }
                }
                add_all(deals, simulated, time, low, row);
                for (one, &holding) in row.iter_mut().zip(&held) {
                    *one = (*one - holding).max(0.0);
                }
            }
        }
    }
    found
}

fn add_all(
    deals: &Loadings<'_>,
    simulated: &Paths<'_>,
    time: usize,
    low: usize,
    value: &mut [f64],
) {
    for deal in 0..deals.first.len().saturating_sub(1) {
        add_deal(deals, simulated, deal, time, low, value);
    }
}

/// Adds the value of a deal at a time on the paths from `low`.
fn add_deal(
    deals: &Loadings<'_>,
    simulated: &Paths<'_>,
    deal: usize,
    time: usize,
    low: usize,
    value: &mut [f64],
) {
    let (times, paths) = (simulated.times, simulated.paths);
    let base = deals.base[deal * times + time];
    let row = |entry: usize| {
        let begin = (deals.factor[entry] * times + time) * paths + low;
        let moves = &simulated.moves[begin..begin + value.len()];
        (deals.loading[entry * times + time], moves)
    };
    let (first, last) = (deals.first[deal], deals.first[deal + 1]);
    if last - first == 2 {
        // Two factors, as a place has: one pass.
        let ((a, near), (b, far)) = (row(first), row(first + 1));
        for ((sum, &x), &y) in value.iter_mut().zip(near).zip(far) {
            *sum += base + a * x + b * y;
        }
        return;
    }
    let rows: Vec<_> = (first..last).map(row).collect();
    for sum in value.iter_mut() {
        *sum += base;
    }
    for (a, moves) in rows {
        for (sum, &x) in value.iter_mut().zip(moves) {
            *sum += a * x;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TIMES: usize = 5;
    const PATHS: usize = 7;

    fn number(place: usize) -> f64 {
        f64::from((place * 7_919 % 2_003) as u32) - 1_001.0
    }

    proptest! {
        #[test]
        fn exposures_are_those_of_the_plain_sums(
            entries in prop::collection::vec(prop::collection::vec(0_usize..3, 0..4), 1..6),
            threshold in 0.0_f64..2_000.0,
            minimum_transfer in 0.0_f64..500.0,
            threads in 1_usize..4,
        ) {
            let mut first = vec![0];
            for of_deal in &entries {
                first.push(first.last().unwrap() + of_deal.len());
            }
            let factor: Vec<usize> = entries.iter().flatten().copied().collect();
            let base: Vec<f64> = (0..entries.len() * TIMES).map(number).collect();
            let loading: Vec<f64> = (0..factor.len() * TIMES).map(|x| number(x + 11) / 99.0).collect();
            let moves: Vec<f64> = (0..3 * TIMES * PATHS).map(|x| number(x + 5) / 50.0).collect();
            let deals = Loadings { base: &base, first: &first, factor: &factor, loading: &loading };
            let simulated = Paths { moves: &moves, times: TIMES, paths: PATHS };
            let value = |deal: usize, time: usize, path: usize| -> f64 {
                base[deal * TIMES + time] + (first[deal]..first[deal + 1]).map(|entry| {
                    loading[entry * TIMES + time] * moves[(factor[entry] * TIMES + time) * PATHS + path]
                }).sum::<f64>()
            };
            let all = |time: usize, path: usize| -> f64 {
                (0..entries.len()).map(|deal| value(deal, time, path)).sum()
            };
            let dates = [1, 3, 4];
            let called = [None, Some(2), Some(3)];
            let terms = CollateralTerms {
                threshold, threshold_own: 100.0, minimum_transfer, independent: 10.0, held: 40.0,
            };
            let gross = exposures(&deals, &simulated, &dates, &Netting::Gross, threads).unwrap();
            let netted = exposures(&deals, &simulated, &dates, &Netting::Netted, threads).unwrap();
            let secured = Netting::Secured { terms, called: &called };
            let secured = exposures(&deals, &simulated, &dates, &secured, threads).unwrap();
            for path in 0..PATHS {
                let mut held = 40.0;
                for (row, &time) in dates.iter().enumerate() {
                    let expected: f64 = (0..entries.len()).map(|deal| value(deal, time, path).max(0.0)).sum();
                    prop_assert!((gross[row * PATHS + path] - expected).abs() < 1e-8);
                    prop_assert!((netted[row * PATHS + path] - all(time, path).max(0.0)).abs() < 1e-8);
                    if let Some(call) = called[row] {
                        held = terms.called(all(call, path), held);
                    }
                    let open = (all(time, path) - held).max(0.0);
                    prop_assert!((secured[row * PATHS + path] - open).abs() < 1e-8);
                }
            }
        }
    }

    #[test]
    fn a_call_leaves_the_threshold_and_small_ones_wait() {
        let terms = CollateralTerms {
            threshold: 100.0,
            threshold_own: 50.0,
            minimum_transfer: 20.0,
            independent: 0.0,
            held: 0.0,
        };
        assert_eq!(terms.called(300.0, 0.0).to_bits(), 200.0_f64.to_bits());
        assert_eq!(terms.called(310.0, 200.0).to_bits(), 200.0_f64.to_bits());
        assert_eq!(terms.called(-80.0, 200.0).to_bits(), (-30.0_f64).to_bits());
        assert_eq!(terms.called(40.0, -30.0).to_bits(), 0.0_f64.to_bits());
    }

    #[test]
    fn arrays_that_do_not_fit_are_named() {
        let deals = Loadings {
            base: &[1.0],
            first: &[0, 1],
            factor: &[4],
            loading: &[1.0],
        };
        let simulated = Paths {
            moves: &[0.0, 0.0],
            times: 1,
            paths: 2,
        };
        let found = exposures(&deals, &simulated, &[0], &Netting::Netted, 1).unwrap_err();
        let expected = RiskError::OutOfRange {
            field: "factor",
            row: 0,
            found: 4,
            most: 0,
        };
        assert_eq!(found, expected);
    }
}
