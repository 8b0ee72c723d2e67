//! Slopes of options on sums of lognormal prices, by the points that their values are summed over.
//!
//! Given all shocks but the first, a sum pays from one root of that shock on. A price's slope is what it pays
//! there, by its share; the second derivatives are the density at the root over the rise of the sum. Where a
//! price does not move, its share is the probability of payment. All other Greeks follow: the value meets the
//! heat equation in the covariance of the logarithms (R. Plackett, Biometrika 41, 1954), so that its slope by a
//! covariance is the second derivative by both prices, times both.

use crate::basket::{Basket, conditional_root};
use crate::comonotone;
use crate::difference::{CashSlopes, Difference, cash_slopes};
use crate::elementary::{density, exp, normal};
use crate::error::PricingError;
use crate::spread::{Spreads, basket_of, difference_of, matrix_of, named_columns, of_row};

/// First and second derivatives of an option's present value by the forwards.
#[derive(Clone, Debug, PartialEq)]
pub struct Slopes {
    /// Of each forward.
    pub delta: Vec<f64>,
    /// Of each pair, row by row.
    pub gamma: Vec<f64>,
}

/// One root: where a sum of parts with `amounts` that one shock moves by `slopes` is the strike, and which side of it is paid.
pub(crate) struct AtRoot<'a> {
    pub(crate) sign: f64,
    pub(crate) amounts: &'a [f64],
    pub(crate) slopes: &'a [f64],
    pub(crate) root: f64,
}

impl AtRoot<'_> {
    /// The part's share in what is paid, signed, over its amount.
    pub(crate) fn share(&self, slope: f64) -> f64 {
        self.sign * normal(self.sign * (slope - self.root)).0
    }

    /// What the part is at the root, over its amount.
    pub(crate) fn level(&self, slope: f64) -> f64 {
        exp(slope * (self.root - 0.5 * slope))
    }

    /// Density of the sum at the strike.
    pub(crate) fn density(&self) -> f64 {
        let rise: f64 = self
            .amounts
            .iter()
            .zip(self.slopes)
            .map(|(amount, &slope)| amount * slope * self.level(slope))
            .sum();
        let peak = density(self.root) / rise.abs();
        // So far out, or of parts so small, that neither the root nor the rise says anything.
        if peak.is_finite() { peak } else { 0.0 }
    }
}

impl Basket<'_> {
    /// Derivatives of the [present value](Self::value) by the forwards.
    ///
    /// # Errors
    /// As there.
    pub fn slopes(&self) -> Result<Slopes, PricingError> {
        self.check()?;
        let count = self.weights.len();
        let (moved, strike) = self.moved();
        let mut slopes = Slopes {
            delta: vec![0.0; count],
            gamma: vec![0.0; count * count],
        };
        if moved.is_empty() {
            let share = certain_share(self.sign, -strike) * self.discount;
            for (delta, weight) in slopes.delta.iter_mut().zip(self.weights) {
                *delta = weight * share;
            }
            return Ok(slopes);
        }
        if let Some((difference, parts)) = self.difference(&moved, strike)
            && moved.len() == count
        {
            self.add_difference(&difference, parts, &mut slopes);
            return Ok(slopes);
        }
        let points = self.points(&moved)?;
        let mut levels = vec![0.0; count];
        points.each(|weight, given| {
            let root = conditional_root(given, &points.first, strike);
            let at = AtRoot {
                sign: self.sign,
                amounts: given,
                slopes: &points.first,
                root,
            };
            let scale = weight * self.discount;
            let (chance, peak) = (scale * at.share(0.0), scale * at.density());
            for part in 0..count {
                slopes.delta[part] += self.weights[part]
                    * match moved.iter().position(|&known| known == part) {
                        None => {
                            levels[part] = self.weights[part];
                            chance
                        }
                        Some(place) => {
                            let unit = given[place] / (self.weights[part] * self.forwards[part]);
                            let slope = points.first[place];
                            levels[part] = self.weights[part] * unit * at.level(slope);
                            scale * unit * at.share(slope)
                        }
                    };
            }
            for one in 0..count {
                for other in 0..count {
                    slopes.gamma[one * count + other] += peak * levels[one] * levels[other];
                }
            }
        });
        Ok(slopes)
    }

    /// Slopes where both parts move, by the kernel of differences.
    fn add_difference(&self, difference: &Difference, parts: [usize; 2], slopes: &mut Slopes) {
        let CashSlopes {
            mut delta,
            gamma: [twice, both, second_twice],
        } = cash_slopes(difference);
        if self.sign < 0.0 {
            delta[0] -= difference.forwards[0];
            delta[1] += difference.forwards[1];
        }
        let gamma = [[twice, both], [both, second_twice]];
        for (one, &part) in parts.iter().enumerate() {
            slopes.delta[part] = self.discount * delta[one] / self.forwards[part];
            for (two, &other) in parts.iter().enumerate() {
                let forwards = self.forwards[part] * self.forwards[other];
                slopes.gamma[2 * part + other] = self.discount * gamma[one][two] / forwards;
            }
        }
    }
}

/// Share of a certain gain that an option pays; half at the strike.
pub(crate) fn certain_share(sign: f64, gain: f64) -> f64 {
    if gain == 0.0 {
        0.5 * sign
    } else if sign * gain > 0.0 {
        sign
    } else {
        0.0
    }
}

/// Where slopes of spreads go: by first and second forward, and by the pairs of both.
#[derive(Debug)]
pub struct SpreadSlopes<'a> {
    /// By each forward.
    pub delta: [&'a mut [f64]; 2],
    /// By the first twice, by both, by the second twice.
    pub gamma: [&'a mut [f64]; 3],
}

/// Writes the derivatives of each option's present value by its forwards.
///
/// # Errors
/// As [`crate::spread_values`].
pub fn spread_slopes(
    options: &Spreads<'_>,
    into: &mut SpreadSlopes<'_>,
) -> Result<(), PricingError> {
    let rows = into.delta[0].len();
    let named = named_columns(options);
    for (column, field) in named {
        column.fits(field, rows)?;
    }
    for row in 0..rows {
        let numbers = named.map(|(column, _)| column.at(row));
        let difference = difference_of(row, &numbers)?;
        let discount = exp(-numbers[8] * numbers[4]);
        let slopes = if numbers[0].abs() == 1.0 && difference.is_of_one_shock() {
            of_one_shock(numbers[0], &difference, discount)
        } else {
            let correlations = matrix_of(&difference);
            let slopes = basket_of(&numbers, &difference, &correlations).slopes();
            slopes.map_err(|error| of_row(row, error))?
        };
        for leg in 0..2 {
            into.delta[leg][row] = slopes.delta[leg];
        }
        for (place, gamma) in [0, 1, 3].into_iter().zip(&mut into.gamma) {
            gamma[row] = slopes.gamma[place];
        }
    }
    Ok(())
}

/// Slopes where one shock moves both prices.
fn of_one_shock(sign: f64, difference: &Difference, discount: f64) -> Slopes {
    let slopes = [
        difference.deviations[0],
        difference.correlation * difference.deviations[1],
    ];
    let amounts = [difference.forwards[0], -difference.forwards[1]];
    let paying = comonotone::paying(difference);
    let weights = [1.0, -1.0];
    let mut found = Slopes {
        delta: vec![0.0; 2],
        gamma: vec![0.0; 4],
    };
    for leg in 0..2 {
        let paid: f64 = paying
            .spans
            .iter()
            .flatten()
            .map(|(low, high)| normal(high - slopes[leg]).0 - normal(low - slopes[leg]).0)
            .sum();
        let share = if sign > 0.0 { paid } else { paid - 1.0 };
        found.delta[leg] = discount * weights[leg] * share;
    }
    for &root in paying.crossings.iter().flatten() {
        let at = AtRoot {
            sign,
            amounts: &amounts,
            slopes: &slopes,
            root,
        };
        let peak = discount * at.density();
        for one in 0..2 {
            for other in 0..2 {
                found.gamma[2 * one + other] += peak
                    * weights[one]
                    * weights[other]
                    * at.level(slopes[one])
                    * at.level(slopes[other]);
            }
        }
    }
    found
}
