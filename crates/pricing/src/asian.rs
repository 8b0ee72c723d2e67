//! Options on a weighted average of one price at several times: average-price options.
//!
//! The average is a sum of lognormal prices, so Choi's turn of the shocks applies (see
//! [`crate::basket`]): given all shocks but the first, one root says where the option pays. The
//! other shocks of a path are short, and the option's value depends on them almost one by one. It
//! is written as a sum over none, one and two of them at a time (an anchored decomposition: F. Kuo,
//! I. Sloan, G. Wasilkowski and H. Wozniakowski, Mathematics of Computation 79, 2010), so that cost
//! grows with the square of the fixings and not with their power.

use crate::basket::{conditional_call, deviation, turned};
use crate::block::widest;
use crate::elementary::exp;
use crate::error::PricingError;
use crate::linear::{Matrix, cholesky};
use crate::quadrature::hermite_rule;

/// Points of a shock as long as the first, and the fewest.
const POINTS_PER_SQUARE: f64 = 24.0;
const FEWEST_POINTS: usize = 2;
const MOST_POINTS: usize = 48;
/// Pairs whose shares of the first deviation multiply to less are left out: for a month of days at a
/// volatility of 30 % that is 1e-7 of a price of 100.
const LEAST_PAIR: f64 = 4e-2;
/// Alone, a shock below this share is left out.
const LEAST_ALONE: f64 = 1e-5;
/// Most fixings: a year of days.
const MOST_FIXINGS: usize = 400;

/// An option on a weighted average of one price; as many weights as forwards and variances.
#[derive(Clone, Debug)]
pub struct Average<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: f64,
    /// Weight of each fixing to come, above 0.
    pub weights: &'a [f64],
    /// Forward of each, above 0.
    pub forwards: &'a [f64],
    /// Variance of each one's logarithm until it is fixed: volatility squared times years. It never
    /// falls from one fixing to the next.
    pub variances: &'a [f64],
    /// Value today of one unit at payment.
    pub discount: f64,
}

/// Shocks of the fixings that move, with the first one apart.
pub(crate) struct Shocks {
    pub(crate) amounts: Vec<f64>,
    pub(crate) first: Vec<f64>,
    others: Vec<Vec<f64>>,
    rules: Vec<&'static [(f64, f64)]>,
    ratios: Vec<f64>,
}

impl Average<'_> {
    /// Present value for each strike, into `values`, in units of price. What is fixed already is to
    /// be taken off the strike, which may so fall below 0.
    ///
    /// # Errors
    /// [`PricingError::OutOfRange`] with the number of the fixing (or strike) as row;
    /// [`PricingError::Length`] for columns that do not fit.
    pub fn values(&self, strikes: &[f64], values: &mut [f64]) -> Result<(), PricingError> {
        self.check(strikes, values.len())?;
        let fixed: f64 = self.parts(|variance| variance == 0.0).sum();
        let forward: f64 = self.parts(|variance| variance > 0.0).sum();
        let shocks = if forward > 0.0 {
            Some(self.shocks()?)
        } else {
            None
        };
        for (value, strike) in values.iter_mut().zip(strikes) {
            let left = strike - fixed;
            let intrinsic = forward - left;
            let call = match &shocks {
                Some(shocks) if left > 0.0 => shocks.call(left),
                _ => intrinsic.max(0.0),
            };
            let call = call.max(intrinsic).max(0.0);
            let undiscounted = if self.sign > 0.0 {
                call
            } else {
                (call - intrinsic).max(0.0)
            };
            *value = self.discount * undiscounted;
        }
        Ok(())
    }

    /// Weighted forwards whose variance is as asked.
    pub(crate) fn parts(&self, wanted: impl Fn(f64) -> bool) -> impl Iterator<Item = f64> {
        (0..self.weights.len())
            .filter(move |&part| wanted(self.variances[part]))
            .map(|part| self.weights[part] * self.forwards[part])
    }

    pub(crate) fn shocks(&self) -> Result<Shocks, PricingError> {
        // Fixings of the same variance move as one.
        let mut amounts: Vec<f64> = Vec::new();
        let mut variances: Vec<f64> = Vec::new();
        for part in 0..self.weights.len() {
            let (amount, variance) = (
                self.weights[part] * self.forwards[part],
                self.variances[part],
            );
            if variance == 0.0 || amount == 0.0 {
                continue;
            }
            match (variances.last(), amounts.last_mut()) {
                (Some(&last), Some(sum)) if move_as_one(last, variance) => *sum += amount,
                _ => {
                    amounts.push(amount);
                    variances.push(variance);
                }
            }
        }
        let covariance = Matrix::from_fn(amounts.len(), |row, column| {
            variances[row].min(variances[column])
        });
        let root = cholesky(&covariance).ok_or(PricingError::OutOfRange {
            row: 0,
            field: "variances",
            value: variances[0],
            rule: "fixings lie too close to each other: merge those that move as one",
        })?;
        let (first, mut others) = turned(&covariance, &root, &amounts);
        let size = deviation(&first);
        others.retain(|axis| deviation(axis) > LEAST_ALONE * size);
        let ratios: Vec<f64> = others.iter().map(|axis| deviation(axis) / size).collect();
        let rules = ratios
            .iter()
            .map(|ratio| {
                let points = (POINTS_PER_SQUARE * ratio * ratio).ceil() as usize;
                hermite_rule(points.saturating_add(FEWEST_POINTS).min(MOST_POINTS))
            })
            .collect();
        Ok(Shocks {
            amounts,
            first,
            others,
            rules,
            ratios,
        })
    }

    pub(crate) fn check(&self, strikes: &[f64], values: usize) -> Result<(), PricingError> {
        let count = self.weights.len();
        for (found, expected, field) in [
            (self.forwards.len(), count, "forwards"),
            (self.variances.len(), count, "variances"),
            (values, strikes.len(), "values"),
        ] {
            if found != expected {
                return Err(PricingError::Length {
                    field,
                    found,
                    expected,
                });
            }
        }
        let refuse = |row, field, value, rule| {
            Err(PricingError::OutOfRange {
                row,
                field,
                value,
                rule,
            })
        };
        if self.sign.abs() != 1.0 {
            return refuse(0, "sign", self.sign, "1 is a call, -1 a put");
        }
        if count > MOST_FIXINGS {
            return refuse(
                count,
                "weights",
                count as f64,
                "at most 400 fixings: merge days into weeks",
            );
        }
        let mut last = 0.0;
        for row in 0..count {
            if !(self.weights[row] >= 0.0 && self.weights[row] <= 1e9) {
                return refuse(row, "weights", self.weights[row], "give a weight from 0");
            }
            if !(self.forwards[row] >= 1e-9 && self.forwards[row] <= 1e9) {
                let rule = "a lognormal price is above zero: choose the Bachelier model or a shift";
                return refuse(row, "forwards", self.forwards[row], rule);
            }
            if !(self.variances[row] >= last && self.variances[row] <= 100.0) {
                let rule = "give a variance up to 100 that does not fall from the fixing before";
                return refuse(row, "variances", self.variances[row], rule);
            }
            last = self.variances[row];
        }
        if !(self.discount > 0.0 && self.discount <= 1e9) {
            return refuse(0, "discount", self.discount, "give a value above 0");
        }
        for (row, &strike) in strikes.iter().enumerate() {
            if strike.is_nan() || strike.abs() > 1e12 {
                return refuse(row, "strike", strike, "give a finite strike");
            }
        }
        Ok(())
    }
}

/// Whether two fixings' variances say that one shock moves both.
pub(crate) fn move_as_one(last: f64, variance: f64) -> bool {
    variance <= last * (1.0 + 1e-9)
}

/// Takes exponents to amounts that moved by them.
#[inline(always)]
fn moved(whole: &[f64], exponents: &mut [f64]) {
    for (amount, whole) in exponents.iter_mut().zip(whole) {
        *amount = whole * exp(*amount);
    }
}

widest! {
    fn move_amounts(whole: &[f64], exponents: &mut [f64]) = moved
}

impl Shocks {
    fn call(&self, strike: f64) -> f64 {
        let [call] = self.sum(|amounts| [conditional_call(amounts, &self.first, strike)]);
        call
    }

    /// What `found` has given all shocks but the first, summed over these.
    pub(crate) fn sum<const N: usize>(&self, found: impl Fn(&[f64]) -> [f64; N]) -> [f64; N] {
        let mut amounts = vec![0.0; self.amounts.len()];
        let mut given = |at: &[(usize, f64)]| {
            amounts.fill(0.0);
            for &(axis, position) in at {
                for (exponent, slope) in amounts.iter_mut().zip(&self.others[axis]) {
                    *exponent += slope * (position - 0.5 * slope);
                }
            }
            move_amounts(&self.amounts, &mut amounts);
            found(&amounts)
        };
        let none = given(&[]);
        let alone: Vec<[f64; N]> = (0..self.others.len())
            .map(|axis| {
                let mut sum = [0.0; N];
                for &(position, weight) in self.rules[axis] {
                    add(&mut sum, weight, &given(&[(axis, position)]));
                }
                sum
            })
            .collect();
        let mut value = none;
        for one in &alone {
            for place in 0..N {
                value[place] += one[place] - none[place];
            }
        }
        for one in 0..self.others.len() {
            for other in one + 1..self.others.len() {
                if self.ratios[one] * self.ratios[other] < LEAST_PAIR {
                    break;
                }
                let mut sum = [0.0; N];
                for &(position, weight) in self.rules[one] {
                    for &(beside, share) in self.rules[other] {
                        let at = [(one, position), (other, beside)];
                        add(&mut sum, weight * share, &given(&at));
                    }
                }
                for place in 0..N {
                    value[place] +=
                        sum[place] - alone[one][place] - alone[other][place] + none[place];
                }
            }
        }
        value
    }
}

fn add<const N: usize>(sum: &mut [f64; N], weight: f64, found: &[f64; N]) {
    for (sum, found) in sum.iter_mut().zip(found) {
        *sum += weight * found;
    }
}
