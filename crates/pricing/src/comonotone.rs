//! The undiscounted call on the difference of two lognormal prices that one shock moves, together or
//! opposite: correlations of 1 and -1, where the quadrature of a second shock has nothing left to sum.
//!
//! The gain is a sum of two exponentials of the shock and a constant: it crosses zero at most twice, once on
//! each side of its one turn, and between crossings the value is three normal probabilities. At a strike of 0 that is
//! W. Margrabe's formula (Journal of Finance 33, 1978) with the difference or the sum of the volatilities.

use crate::difference::Difference;
use crate::elementary::{exp, ln, normal};

/// Shocks beyond this many deviations carry nothing.
const FARTHEST: f64 = 38.0;
/// Halvings of a bracket that wide, to the last bit.
const HALVINGS: usize = 64;

/// Where such a call pays.
pub(crate) struct Paying {
    /// Spans of the shock, rising.
    pub(crate) spans: [Option<(f64, f64)>; 2],
    /// Shocks at which the gain is zero.
    pub(crate) crossings: [Option<f64>; 2],
}

/// Value of the call; the correlation is 1 or -1, the deviations are above 0.
pub(crate) fn call(difference: &Difference) -> f64 {
    let [one, other] = difference.deviations;
    let other = difference.correlation * other;
    let [long, short] = difference.forwards;
    let value_between = |(low, high): (f64, f64)| {
        let share = |moved: f64| normal(high - moved).0 - normal(low - moved).0;
        long * share(one) - short * share(other) - difference.strike * share(0.0)
    };
    let spans = paying(difference).spans;
    spans
        .into_iter()
        .flatten()
        .map(value_between)
        .fold(0.0, |sum, value| sum + value)
}

/// Where the call pays.
pub(crate) fn paying(difference: &Difference) -> Paying {
    let Difference {
        forwards: [long, short],
        deviations: [one, other],
        correlation,
        strike,
    } = *difference;
    let other = correlation * other;
    let gain = |shock: f64| {
        long * exp(one * (shock - 0.5 * one)) - short * exp(other * (shock - 0.5 * other)) - strike
    };
    // Where the gain turns: its slopes cancel, which they can only if both prices rise with the shock.
    let turn = if other > 0.0 && other != one {
        let level = ln(other * short / (one * long)) + 0.5 * (one * one - other * other);
        (level / (one - other)).clamp(-FARTHEST, FARTHEST)
    } else {
        FARTHEST
    };
    let mut found = Paying {
        spans: [None; 2],
        crossings: [None; 2],
    };
    for (place, (low, high)) in [(-FARTHEST, turn), (turn, FARTHEST)]
        .into_iter()
        .enumerate()
    {
        found.spans[place] = match (gain(low) > 0.0, gain(high) > 0.0) {
            (true, true) => Some((low, high)),
            (false, false) => None,
            (pays_first, _) => {
                let crossing = crossing(&gain, low, high, pays_first);
                found.crossings[place] = Some(crossing);
                Some(if pays_first {
                    (low, crossing)
                } else {
                    (crossing, high)
                })
            }
        };
    }
    found
}

/// Where `gain`, which is monotone and changes its sign between `low` and `high`, is zero.
fn crossing(gain: &impl Fn(f64) -> f64, mut low: f64, mut high: f64, pays_first: bool) -> f64 {
    for _ in 0..HALVINGS {
        let middle = 0.5 * (low + high);
        if (gain(middle) > 0.0) == pays_first {
            low = middle;
        } else {
            high = middle;
        }
    }
    0.5 * (low + high)
}
