//! Options on a weighted sum of lognormal prices: spreads, baskets and discrete averages.
//!
//! J. Choi, "Sum of all Black-Scholes-Merton models", Journal of Futures Markets 38 (2018),
//! 627-644. The prices' common shocks are turned so that the first one moves every part of the sum
//! the way of its weight. Given the others the sum rises with it, so that one root says where the
//! option pays, and its value is a sum of Black's terms. What is left is smooth in the others and
//! few points of a Gauss-Hermite rule, in the order of their variances, give all digits.

use crate::block::widest;
use crate::difference::{Difference, calls_on};
use crate::elementary::{exp, ln, normal};
use crate::error::PricingError;
use crate::european::Model;
use crate::linear::{Matrix, cholesky, principal_axes};
use crate::quadrature::{MOST_HERMITE_POINTS, hermite_rule};

/// Share of its own deviation with which the first shock moves each part at least.
const LEAST_SHARE: f64 = 0.01;
/// Points of a shock as long as the first, and the fewest and most. The first one smooths the
/// payoff over its length; the spacing of a rule's points falls with the root of their number.
const POINTS_PER_SQUARE: f64 = 24.0;
const FEWEST_POINTS: usize = 8;
/// Further points for a shock that moves a price much: eight leave 1e-4 of an exponential of slope 2.
const POINTS_PER_SLOPE: f64 = 5.0;
/// Largest slope by a further shock that the longest rule has points for.
const STEEPEST: f64 = 4.89;
/// Most points of all dimensions together.
const MOST_NODES: usize = 2_000_000;
/// Below this share of the first deviation a shock is left out.
const NEGLIGIBLE: f64 = 1e-9;

/// An option on a weighted sum of prices; it has as many weights as forwards and deviations.
#[derive(Clone, Debug)]
pub struct Basket<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: f64,
    /// Weight of each price in the sum; short below 0.
    pub weights: &'a [f64],
    /// Forward of each, above 0.
    pub forwards: &'a [f64],
    /// Standard deviation of each one's logarithm at expiry: volatility times the root of its time.
    pub deviations: &'a [f64],
    /// Correlations of the logarithms, row by row.
    pub correlations: &'a [f64],
    /// Strike of the sum, in its unit; it may be below 0.
    pub strike: f64,
    /// Value today of one unit at payment.
    pub discount: f64,
}

impl Basket<'_> {
    /// Present value, in units of price.
    ///
    /// # Errors
    /// [`PricingError::OutOfRange`] with the number of the part as row for what a lognormal price
    /// cannot be, for correlations that no joint law has, and for more parts than points can cover.
    pub fn value(&self) -> Result<f64, PricingError> {
        self.check()?;
        let (moved, strike) = self.moved();
        let forward: f64 = moved
            .iter()
            .map(|&part| self.weights[part] * self.forwards[part])
            .sum();
        let intrinsic = self.sign * (forward - strike);
        if moved.is_empty() {
            return Ok(self.discount * intrinsic.max(0.0));
        }
        let call = self.call(&moved, strike)?;
        // The cheaper of the pair is the sum of the integral; parity gives the other.
        let value = if self.sign > 0.0 {
            call
        } else {
            call - (forward - strike)
        };
        Ok(self.discount * value.max(intrinsic).max(0.0))
    }

    /// The parts that move, and the strike less those that do not.
    pub(crate) fn moved(&self) -> (Vec<usize>, f64) {
        let (moved, certain): (Vec<usize>, Vec<usize>) = (0..self.weights.len())
            .partition(|&part| self.weights[part] != 0.0 && self.deviations[part] > 0.0);
        let certain: f64 = certain
            .into_iter()
            .map(|part| self.weights[part] * self.forwards[part])
            .sum();
        (moved, self.strike - certain)
    }

    /// Undiscounted value of the call on the parts that move.
    fn call(&self, parts: &[usize], strike: f64) -> Result<f64, PricingError> {
        if let Some((difference, _)) = self.difference(parts, strike) {
            let mut call = [0.0];
            calls_on(&[difference], &mut call);
            return Ok(call[0]);
        }
        let points = self.points(parts)?;
        let mut sum = 0.0;
        points.each(|weight, given| sum += weight * conditional_call(given, &points.first, strike));
        Ok(sum)
    }

    /// Where the value of an option on the parts that move is summed.
    pub(crate) fn points(&self, parts: &[usize]) -> Result<Points, PricingError> {
        let count = parts.len();
        let amounts: Vec<f64> = parts
            .iter()
            .map(|&part| self.weights[part] * self.forwards[part])
            .collect();
        let covariance = Matrix::from_fn(count, |row, column| {
            let (one, other) = (parts[row], parts[column]);
            self.correlations[one * self.weights.len() + other]
                * self.deviations[one]
                * self.deviations[other]
        });
        let root = cholesky(&covariance).ok_or(PricingError::OutOfRange {
            row: 0,
            field: "correlations",
            value: f64::NAN,
            rule: "no joint law has them: they are not positive definite; repair them, or merge prices that move as one",
        })?;
        let (first, others) = turned(&covariance, &root, &amounts);
        let longest = others
            .iter()
            .map(|axis| deviation(axis))
            .fold(deviation(&first), f64::max);
        let axes: Vec<Vec<f64>> = others
            .into_iter()
            .filter(|axis| deviation(axis) > NEGLIGIBLE * longest)
            .collect();
        for (&part, place) in parts.iter().zip(0..) {
            if axes.iter().any(|axis| axis[place].abs() > STEEPEST) {
                return Err(PricingError::OutOfRange {
                    row: part,
                    field: "deviations",
                    value: self.deviations[part],
                    rule: "a price moves too much for what other prices leave of its shocks to be summed: give a volatility whose product with the root of time is below 4.9",
                });
            }
        }
        let rules: Vec<&'static [(f64, f64)]> = axes
            .iter()
            .map(|axis| {
                let ratio = deviation(axis) / deviation(&first);
                let steepest = axis
                    .iter()
                    .fold(0.0, |most: f64, slope| most.max(slope.abs()));
                let points = (POINTS_PER_SQUARE * ratio * ratio
                    + POINTS_PER_SLOPE * steepest * steepest)
                    .ceil() as usize;
                hermite_rule(
                    points
                        .saturating_add(FEWEST_POINTS)
                        .min(MOST_HERMITE_POINTS),
                )
            })
            .collect();
        let nodes = rules
            .iter()
            .map(|rule| rule.len())
            .try_fold(1usize, |product, points| {
                product
                    .checked_mul(points)
                    .filter(|&nodes| nodes <= MOST_NODES)
            });
        let nodes = nodes.ok_or(PricingError::OutOfRange {
            row: count - 1,
            field: "weights",
            value: count as f64,
            rule: "so many prices need more points than can be summed: simulate the basket",
        })?;
        Ok(Points {
            amounts,
            first,
            axes,
            rules,
            nodes,
        })
    }

    /// Two parts of opposite weights, as the kernel that is made for them takes them: which is received and
    /// which paid.
    pub(crate) fn difference(
        &self,
        parts: &[usize],
        strike: f64,
    ) -> Option<(Difference, [usize; 2])> {
        let &[one, other] = parts else { return None };
        let [long, short] = if self.weights[one] > 0.0 {
            [one, other]
        } else {
            [other, one]
        };
        let difference = Difference {
            forwards: [
                self.weights[long] * self.forwards[long],
                -self.weights[short] * self.forwards[short],
            ],
            deviations: [self.deviations[long], self.deviations[short]],
            correlation: self.correlations[long * self.weights.len() + short],
            strike,
        };
        difference.fits().then_some((difference, [long, short]))
    }

    pub(crate) fn check(&self) -> Result<(), PricingError> {
        let count = self.weights.len();
        for (found, expected, field) in [
            (self.forwards.len(), count, "forwards"),
            (self.deviations.len(), count, "deviations"),
            (self.correlations.len(), count * count, "correlations"),
        ] {
            if found != expected {
                return Err(PricingError::Length {
                    field,
                    found,
                    expected,
                });
            }
        }
        for row in 0..count {
            let numbers = [
                self.sign,
                self.forwards[row],
                1.0,
                1.0,
                self.deviations[row],
                0.0,
            ];
            Model::Black.check(row, numbers).map_err(|error| {
                error
                    .of("forward", "forwards")
                    .of("volatility", "deviations")
            })?;
            if !self.weights[row].is_finite() {
                let rule = "give a finite weight";
                return Err(PricingError::OutOfRange {
                    row,
                    field: "weights",
                    value: self.weights[row],
                    rule,
                });
            }
            for column in 0..count {
                let value = self.correlations[row * count + column];
                let mirrored = self.correlations[column * count + row];
                let expected = if row == column {
                    value == 1.0
                } else {
                    value.abs() <= 1.0 && value == mirrored
                };
                if !expected {
                    let rule = "give 1 on the diagonal and the same share within 1 for a pair in both orders";
                    return Err(PricingError::OutOfRange {
                        row,
                        field: "correlations",
                        value,
                        rule,
                    });
                }
            }
        }
        for (field, value) in [("strike", self.strike), ("discount", self.discount)] {
            if !value.is_finite() {
                return Err(PricingError::OutOfRange {
                    row: 0,
                    field,
                    value,
                    rule: "give a finite number",
                });
            }
        }
        Ok(())
    }
}

/// The first shock's slopes, and points of all other shocks together.
pub(crate) struct Points {
    amounts: Vec<f64>,
    pub(crate) first: Vec<f64>,
    axes: Vec<Vec<f64>>,
    rules: Vec<&'static [(f64, f64)]>,
    nodes: usize,
}

impl Points {
    /// Gives the weight of each point, and what the parts amount to there.
    pub(crate) fn each(&self, mut at: impl FnMut(f64, &[f64])) {
        let square =
            |part: usize| -> f64 { self.axes.iter().map(|axis| axis[part] * axis[part]).sum() };
        let halves: Vec<f64> = (0..self.amounts.len())
            .map(|part| 0.5 * square(part))
            .collect();
        let mut given = vec![0.0; self.amounts.len()];
        for node in 0..self.nodes {
            let mut rest = node;
            let mut weight = 1.0;
            for (amount, half) in given.iter_mut().zip(&halves) {
                *amount = -half;
            }
            for (axis, rule) in self.axes.iter().zip(&self.rules) {
                let (position, share) = rule[rest % rule.len()];
                rest /= rule.len();
                weight *= share;
                for (exponent, &slope) in given.iter_mut().zip(axis.iter()) {
                    *exponent += slope * position;
                }
            }
            for (amount, whole) in given.iter_mut().zip(&self.amounts) {
                *amount = whole * exp(*amount);
            }
            at(weight, &given);
        }
    }
}

pub(crate) fn deviation(axis: &[f64]) -> f64 {
    axis.iter().map(|slope| slope * slope).sum::<f64>().sqrt()
}

/// The first shock's slopes and the others', longest first, which together have `covariance`.
pub(crate) fn turned(
    covariance: &Matrix,
    root: &Matrix,
    amounts: &[f64],
) -> (Vec<f64>, Vec<Vec<f64>>) {
    let count = amounts.len();
    let along = covariance.times(amounts);
    let length = along
        .iter()
        .zip(amounts)
        .map(|(one, other)| one * other)
        .sum::<f64>()
        .sqrt();
    let slopes: Vec<f64> = (0..count)
        .map(|part| {
            let least = LEAST_SHARE * covariance.at(part, part).sqrt();
            let way = amounts[part].signum();
            way * (way * along[part] / length).max(least)
        })
        .collect();
    let mut direction = root.solve_lower(&slopes);
    let size = deviation(&direction);
    for slope in &mut direction {
        *slope /= size;
    }
    // A reflection takes the first axis to the direction and the others to what is square to it.
    let mut normal_vector = direction.clone();
    normal_vector[0] -= 1.0;
    let square: f64 = normal_vector.iter().map(|entry| entry * entry).sum();
    let reflected = |axis: usize| -> Vec<f64> {
        let factor = if square > 1e-30 {
            2.0 * normal_vector[axis] / square
        } else {
            0.0
        };
        (0..count)
            .map(|entry| f64::from(u8::from(entry == axis)) - factor * normal_vector[entry])
            .collect()
    };
    let first = root.times(&direction);
    let rest: Vec<Vec<f64>> = (1..count)
        .map(|axis| root.times(&reflected(axis)))
        .collect();
    (first, principal_axes(&rest))
}

widest! {
    /// Value of the call on parts that one shock moves, each the way of its sign: the sum rises with
    /// the shock, and pays above its root.
    pub(crate) fn conditional_call(amounts: &[f64], slopes: &[f64], strike: f64) -> f64 = call_by_root
}

widest! {
    /// The shock from which on such a sum is above the strike.
    pub(crate) fn conditional_root(amounts: &[f64], slopes: &[f64], strike: f64) -> f64 = root_of
}

#[inline(always)]
fn call_by_root(amounts: &[f64], slopes: &[f64], strike: f64) -> f64 {
    let shock = root_of(amounts, slopes, strike);
    let paid: f64 = amounts
        .iter()
        .zip(slopes)
        .map(|(&amount, &slope)| amount * normal(slope - shock).0)
        .sum();
    paid - strike * normal(-shock).0
}

#[inline(always)]
fn root_of(amounts: &[f64], slopes: &[f64], strike: f64) -> f64 {
    let at = |shock: f64| {
        let mut value = -strike;
        let mut rise = 0.0;
        for (&amount, &slope) in amounts.iter().zip(slopes) {
            let part = amount * exp(slope.mul_add(shock, -0.5 * slope * slope));
            value += part;
            rise += slope * part;
        }
        (value, rise)
    };
    let (mut low, mut high) = (-FARTHEST, FARTHEST);
    let total: f64 = amounts.iter().sum();
    let mut shock = start(total, amounts, slopes, strike);
    for _ in 0..MOST_STEPS {
        let (value, rise) = at(shock);
        if value > 0.0 {
            high = high.min(shock);
        } else {
            low = low.max(shock);
        }
        let step = value / rise;
        let next = shock - step;
        let inside = next > low && next < high;
        shock = if inside {
            next
        } else {
            f64::midpoint(low, high)
        };
        if inside && step.abs() < 1e-9 {
            break;
        }
    }
    shock
}

/// Shocks beyond this many deviations carry nothing.
const FARTHEST: f64 = 40.0;
const MOST_STEPS: usize = 60;

/// A first guess of the root: that of one lognormal price with the sum's slope, if the sum is one.
#[inline(always)]
fn start(total: f64, amounts: &[f64], slopes: &[f64], strike: f64) -> f64 {
    let rise: f64 = amounts
        .iter()
        .zip(slopes)
        .map(|(amount, slope)| amount * slope)
        .sum();
    let guess = if total > 0.0 && strike > 0.0 {
        let slope = rise / total;
        ln((strike / total).clamp(1e-100, 1e100)) / slope + 0.5 * slope
    } else {
        (strike - total) / rise
    };
    guess.clamp(-8.0, 8.0)
}
