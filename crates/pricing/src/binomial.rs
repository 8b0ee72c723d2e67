//! American options on a binomial tree.
//!
//! J. Cox, S. Ross and M. Rubinstein, "Option pricing: a simplified approach", Journal of Financial
//! Economics 7 (1979), 229-263. The mean of two trees with one step between them: their errors
//! swing from step to step.

use crate::american::American;
use crate::elementary::exp;

/// Steps of the shorter tree, where its drift allows.
const STEPS: usize = 1_000;
/// Most steps; an option whose drift needs more is valued exactly.
const MOST: f64 = 10_000.0;

/// Largest logarithm of a price over the spot price.
const HIGHEST: f64 = 600.0;

/// Value of an American option, none where its drift or its deviation outruns every tree.
pub(crate) fn binomial(option: &American) -> Option<f64> {
    let drift = (option.rate - option.carry_yield) / option.volatility;
    // Probabilities of a step lie within 0 and 1 if its deviation exceeds its drift.
    let least = 2.0 * drift * drift * option.time;
    if !(least < MOST && option.volatility * (option.time * MOST).sqrt() < HIGHEST) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of steps within its bounds"
    )]
    let steps = STEPS.max(least as usize + 1);
    Some(0.5 * (tree(option, steps) + tree(option, steps + 1)))
}

fn tree(option: &American, steps: usize) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let step = option.time / steps as f64;
    let deviation = option.volatility * step.sqrt();
    let (up, down) = (exp(deviation), exp(-deviation));
    let chance = (exp((option.rate - option.carry_yield) * step) - down) / (up - down);
    let discount = exp(-option.rate * step);
    let (rise, fall) = (discount * chance, discount * (1.0 - chance));
    let gain = |price: f64| (option.sign * (price - option.strike)).max(0.0);
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    let price =
        |level: usize, at: usize| option.spot * exp((2.0 * at as f64 - level as f64) * deviation);
    let mut values: Vec<f64> = (0..=steps).map(|at| gain(price(steps, at))).collect();
    for level in (0..steps).rev() {
        // From node to node of a level the price rises by two steps.
        let mut here = price(level, 0);
        for at in 0..=level {
            let held = rise.mul_add(values[at + 1], fall * values[at]);
            values[at] = held.max(gain(here));
            here *= up * up;
        }
    }
    values[0]
}
