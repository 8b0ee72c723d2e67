//! Greeks of options on averages, by the points that their values are summed over.

use crate::asian::Average;
use crate::basket::conditional_root;
use crate::error::PricingError;
use crate::slopes::{AtRoot, certain_share};

/// Derivatives of the present value of an option on an average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AverageSlopes {
    /// All forwards together, per unit.
    pub delta: f64,
    /// The same of delta.
    pub gamma: f64,
    /// By what `moves[0]` is the slope of the variances by.
    pub vega: f64,
    /// By what `moves[1]` is the slope of the variances by.
    pub ageing: f64,
}

/// Parts as the shocks have them: fixings of the same variance move as one.
struct Groups {
    /// Weight over the amount: what a forward's unit adds.
    per_price: Vec<f64>,
    /// Slopes of the variances by two things, weighted by amounts.
    moves: [Vec<f64>; 2],
}

impl Average<'_> {
    /// Derivatives of the [present value](Self::values) for each strike. `moves` are slopes of each fixing's
    /// variance by two things: such as by the volatility, `2 volatility time`, and by the time, `volatility^2`.
    ///
    /// # Errors
    /// As there; [`PricingError::Length`] for moves of another length than the variances.
    pub fn slopes(
        &self,
        strikes: &[f64],
        moves: [&[f64]; 2],
    ) -> Result<Vec<AverageSlopes>, PricingError> {
        self.check(strikes, strikes.len())?;
        for of_one in moves {
            if of_one.len() != self.variances.len() {
                return Err(PricingError::Length {
                    field: "moves",
                    found: of_one.len(),
                    expected: self.variances.len(),
                });
            }
        }
        let fixed: f64 = self.parts(|variance| variance == 0.0).sum();
        let forward: f64 = self.parts(|variance| variance > 0.0).sum();
        let fixed_weight: f64 = self.weights_where(|variance| variance == 0.0);
        let weight = fixed_weight + self.weights_where(|variance| variance > 0.0);
        let shocks = if forward > 0.0 {
            Some((self.shocks()?, self.groups(moves)))
        } else {
            None
        };
        let of_strike = |strike: &f64| {
            let left = strike - fixed;
            let Some((shocks, groups)) = shocks.as_ref().filter(|_| left > 0.0) else {
                return AverageSlopes {
                    delta: self.discount * weight * certain_share(self.sign, forward - left),
                    ..AverageSlopes::default()
                };
            };
            let [delta, gamma, vega, ageing] = shocks.sum(|amounts| {
                let at = AtRoot {
                    sign: self.sign,
                    amounts,
                    slopes: &shocks.first,
                    root: conditional_root(amounts, &shocks.first, left),
                };
                at_root(&at, groups, fixed_weight)
            });
            AverageSlopes {
                delta: self.discount * delta,
                gamma: self.discount * gamma,
                vega: self.discount * vega,
                ageing: self.discount * ageing,
            }
        };
        Ok(strikes.iter().map(of_strike).collect())
    }

    fn weights_where(&self, wanted: impl Fn(f64) -> bool) -> f64 {
        let pairs = self.weights.iter().zip(self.variances);
        pairs
            .filter(|(_, variance)| wanted(**variance))
            .map(|(weight, _)| weight)
            .sum()
    }

    fn groups(&self, moves: [&[f64]; 2]) -> Groups {
        let mut found = Groups {
            per_price: Vec::new(),
            moves: [Vec::new(), Vec::new()],
        };
        let mut amounts: Vec<f64> = Vec::new();
        let mut last = f64::NAN;
        for part in 0..self.weights.len() {
            let (weight, variance) = (self.weights[part], self.variances[part]);
            let amount = weight * self.forwards[part];
            if variance == 0.0 || amount == 0.0 {
                continue;
            }
            if !crate::asian::move_as_one(last, variance) {
                amounts.push(0.0);
                found.per_price.push(0.0);
                found.moves.iter_mut().for_each(|of_one| of_one.push(0.0));
                last = variance;
            }
            let place = amounts.len() - 1;
            amounts[place] += amount;
            found.per_price[place] += weight;
            for (into, of_one) in found.moves.iter_mut().zip(moves) {
                into[place] += amount * of_one[part];
            }
        }
        for (place, amount) in amounts.iter().enumerate() {
            found.per_price[place] /= amount;
            for into in &mut found.moves {
                into[place] /= amount;
            }
        }
        found
    }
}

/// Delta, gamma and both slopes by variances, given all shocks but the first.
fn at_root(at: &AtRoot<'_>, groups: &Groups, fixed_weight: f64) -> [f64; 4] {
    let peak = at.density();
    let mut delta = fixed_weight * at.share(0.0);
    let mut rise = fixed_weight;
    let (mut later, mut moved) = (0.0, [0.0; 2]);
    for place in (0..at.amounts.len()).rev() {
        let (amount, slope) = (at.amounts[place], at.slopes[place]);
        let level = amount * at.level(slope);
        delta += groups.per_price[place] * amount * at.share(slope);
        rise += groups.per_price[place] * level;
        // Two fixings have the variance of the earlier one in common.
        for (moved, by) in moved.iter_mut().zip(&groups.moves) {
            *moved += by[place] * level * (level + 2.0 * later);
        }
        later += level;
    }
    [
        delta,
        peak * rise * rise,
        0.5 * peak * moved[0],
        0.5 * peak * moved[1],
    ]
}
