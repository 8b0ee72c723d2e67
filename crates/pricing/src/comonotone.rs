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

/// Value of the call; the correlation is 1 or -1, the deviations are above 0.
pub(crate) fn call(difference: &Difference) -> f64 {
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
    let value_between = |low: f64, high: f64| {
        let share = |moved: f64| normal(high - moved).0 - normal(low - moved).0;
        long * share(one) - short * share(other) - strike * share(0.0)
    };
    let mut value = 0.0;
    for (low, high) in [(-FARTHEST, turn), (turn, FARTHEST)] {
        let (at_low, at_high) = (gain(low) > 0.0, gain(high) > 0.0);
        value += match (at_low, at_high) {
            (true, true) => value_between(low, high),
            (false, false) => 0.0,
            (pays_first, _) => {
                let crossing = crossing(&gain, low, high, pays_first);
                if pays_first {
                    value_between(low, crossing)
                } else {
                    value_between(crossing, high)
                }
            }
        };
    }
    value
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
