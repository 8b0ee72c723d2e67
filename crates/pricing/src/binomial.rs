//! American options on a binomial tree.
//!
//! J. Cox, S. Ross and M. Rubinstein, "Option pricing: a simplified approach", Journal of Financial
//! Economics 7 (1979), 229-263. The mean of two trees with one step between them: their errors
//! swing from step to step. Trees begin two steps early, so that three prices of today give delta and
//! gamma (A. Pelsser and T. Vorst, "The binomial model and the Greeks", Journal of Derivatives 1, 1994, 45-49).

use crate::approximations::Terms;
use crate::jet::Real;

/// Steps of the shorter tree, where its drift allows.
const STEPS: usize = 1_000;
/// Most steps; an option whose drift needs more is valued exactly.
const MOST: f64 = 10_000.0;

/// Largest logarithm of a price over the spot price.
const HIGHEST: f64 = 600.0;

/// Value at today's price, and delta and gamma by its neighbours two steps away.
#[derive(Clone, Copy)]
pub(crate) struct Today<T> {
    pub(crate) value: T,
    pub(crate) delta: f64,
    pub(crate) gamma: f64,
}

/// Value of an American option, none where its drift or its deviation outruns every tree.
pub(crate) fn binomial<T: Real>(terms: &Terms<T>) -> Option<Today<T>> {
    let (volatility, time) = (terms.volatility.value(), terms.time.value());
    let drift = (terms.rate.value() - terms.carry_yield.value()) / volatility;
    // Probabilities of a step lie within 0 and 1 if its deviation exceeds its drift.
    let least = 2.0 * drift * drift * time;
    if !(least < MOST && volatility * (time * MOST).sqrt() < HIGHEST) {
        return None;
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a number of steps within its bounds"
    )]
    let steps = STEPS.max(least as usize + 1);
    let (one, other) = (tree(terms, steps), tree(terms, steps + 1));
    Some(Today {
        value: (one.value + other.value) * 0.5,
        delta: 0.5 * (one.delta + other.delta),
        gamma: 0.5 * (one.gamma + other.gamma),
    })
}

fn tree<T: Real>(terms: &Terms<T>, steps: usize) -> Today<T> {
    #[expect(clippy::cast_precision_loss, reason = "a few thousand at most")]
    let step = terms.time / steps as f64;
    let deviation = terms.volatility * step.sqrt();
    let (up, down) = (deviation.exp(), (-deviation).exp());
    let chance = (((terms.rate - terms.carry_yield) * step).exp() - down) / (up - down);
    let discount = (-terms.rate * step).exp();
    let (rise, fall) = (discount * chance, discount * (-chance + 1.0));
    let gain = |price: T| ((price - terms.strike) * terms.sign).at_least(T::of(0.0));
    // Levels count from two steps before today.
    #[expect(clippy::cast_precision_loss, reason = "as above")]
    let price =
        |level: usize, at: usize| terms.spot * (deviation * (2.0 * at as f64 - level as f64)).exp();
    let last = steps + 2;
    let mut values: Vec<T> = (0..=last).map(|at| gain(price(last, at))).collect();
    for level in (2..last).rev() {
        // From node to node of a level the price rises by two steps.
        let mut here = price(level, 0);
        for at in 0..=level {
            let held = rise * values[at + 1] + fall * values[at];
            values[at] = held.at_least(gain(here));
            here = here * up * up;
        }
    }
    let [below, now, above] = [0, 1, 2].map(|at| price(2, at).value());
    let [under, value, over] = [0, 1, 2].map(|at| values[at].value());
    let (falling, rising) = (
        (value - under) / (now - below),
        (over - value) / (above - now),
    );
    Today {
        value: values[1],
        delta: (over - under) / (above - below),
        gamma: (rising - falling) / (0.5 * (above - below)),
    }
}
