//! The worst outcomes of scenarios: value at risk and expected shortfall.

use crate::error::RiskError;

/// Losses that a confidence leaves, positive, in the unit of the P&L.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tail {
    /// The loss whose share of the scenarios reaches the confidence (an observation: type 1 of
    /// R. Hyndman and Y. Fan, 1996).
    pub value_at_risk: f64,
    /// Mean of exactly the worst share, the last observation in part (C. Acerbi and D. Tasche, 2002).
    pub expected_shortfall: f64,
}

/// Ranks of a confidence among so many scenarios.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Ranks {
    /// Place of the value at risk, from the worst at 0.
    place: usize,
    /// Scenarios in the tail, the last one in part.
    share: f64,
    /// How many of the worst are looked at.
    pub(crate) worst: usize,
}

impl Ranks {
    pub(crate) fn new(scenarios: usize, confidence: f64) -> Result<Self, RiskError> {
        if !(confidence > 0.0 && confidence < 1.0) {
            return Err(RiskError::Confidence { confidence });
        }
        if scenarios == 0 {
            return Err(RiskError::NoScenarios);
        }
        // A product above a whole number by its last bit would move the quantile by one loss.
        let rounded = |value: f64| (value * 1e9).round() / 1e9;
        let count = scenarios as f64;
        let below = rounded(confidence * count).ceil().clamp(1.0, count);
        let share = rounded((1.0 - confidence) * count).max(1e-9);
        let place = scenarios - below as usize;
        let worst = (place + 1).max(share.ceil() as usize).min(scenarios);
        Ok(Self {
            place,
            share,
            worst,
        })
    }

    /// Place of the value at risk, from the worst at 0.
    pub(crate) fn place(&self) -> usize {
        self.place
    }

    /// The tail of the worst outcomes, in rising order of profit.
    pub(crate) fn tail(&self, worst: &[f64]) -> Tail {
        let whole = self.share.floor() as usize;
        let mut sum: f64 = worst[..whole].iter().sum();
        let part = self.share - whole as f64;
        if part > 0.0 {
            sum += part * worst[whole];
        }
        Tail {
            value_at_risk: -worst[self.place],
            expected_shortfall: -sum / self.share,
        }
    }
}

/// Outcomes that are looked at together.
const GROUP: usize = 16;

/// Finds the worst outcomes again and again among numbers that change little: the bound that held
/// them last time holds them mostly the next time, so that one pass is enough.
#[derive(Debug, Clone)]
pub(crate) struct Worst {
    bound: f64,
    found: Vec<f64>,
}

impl Worst {
    pub(crate) fn new() -> Self {
        Self {
            bound: f64::INFINITY,
            found: Vec::new(),
        }
    }

    /// The `count` lowest of `pnl`, in rising order.
    pub(crate) fn of(&mut self, pnl: &[f64], count: usize) -> &[f64] {
        self.found.clear();
        let (groups, rest) = pnl.as_chunks::<GROUP>();
        for group in groups {
            // Few groups hold any of the worst: the others take one comparison of vectors.
            let lowest = group
                .iter()
                .fold(f64::INFINITY, |low, &value| low.min(value));
            if lowest <= self.bound {
                self.keep(group);
            }
        }
        self.keep(rest);
        let mut held = self.found.len();
        if held < count || held > 4 * count + 16 {
            self.found.clear();
            self.found.extend_from_slice(pnl);
            held = (2 * count).min(pnl.len());
            let (_, bound, _) = self.found.select_nth_unstable_by(held - 1, f64::total_cmp);
            self.bound = *bound;
            self.found.truncate(held);
        }
        self.found.sort_unstable_by(f64::total_cmp);
        &self.found[..count]
    }

    fn keep(&mut self, values: &[f64]) {
        let bound = self.bound;
        let low = values.iter().copied().filter(|&value| value <= bound);
        self.found.extend(low);
    }
}

/// Value at risk and expected shortfall of one P&L.
///
/// # Errors
/// [`RiskError`] for no scenarios, a confidence that is no share, or an outcome that is no number.
pub fn tail(pnl: &[f64], confidence: f64) -> Result<Tail, RiskError> {
    let ranks = Ranks::new(pnl.len(), confidence)?;
    if let Some(scenario) = pnl.iter().position(|value| !value.is_finite()) {
        return Err(RiskError::NotFinite {
            field: "pnl",
            row: scenario,
            value: pnl[scenario],
        });
    }
    Ok(ranks.tail(Worst::new().of(pnl, ranks.worst)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_worst_are_those_of_a_sort(
            columns in prop::collection::vec(prop::collection::vec(-1e6_f64..1e6, 40), 1..20),
            count in 1_usize..40,
        ) {
            let mut worst = Worst::new();
            for column in columns {
                let mut sorted = column.clone();
                sorted.sort_by(f64::total_cmp);
                prop_assert_eq!(worst.of(&column, count), &sorted[..count]);
            }
        }
    }

    #[test]
    fn conventions_are_those_that_are_named() {
        let found = tail(&[-5.0, 3.0, -2.0, 1.0], 0.75).unwrap();
        assert_eq!((found.value_at_risk, found.expected_shortfall), (2.0, 5.0));
        let found = tail(&[-5.0, 3.0, -2.0, 1.0], 0.625).unwrap();
        assert_eq!((found.value_at_risk, found.expected_shortfall), (2.0, 4.0));
        assert!(tail(&[], 0.9).is_err() && tail(&[1.0], 1.0).is_err());
        assert!(tail(&[1.0, f64::NAN], 0.9).is_err());
    }
}
