//! Options on the lesser or the greater of two lognormal prices.
//!
//! R. Stulz, "Options on the minimum or the maximum of two risky assets", Journal of Financial
//! Economics 10 (1982), 161-185, on forwards.

use crate::bivariate::normal_pair;
use crate::elementary::{density, ln, normal};
use crate::error::PricingError;
use crate::european::Model;
use crate::slopes::Slopes;

/// Least deviation between the two prices at which one may still pass the other.
const APART: f64 = 1e-12;

/// An option on the lesser or the greater of two prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rainbow {
    /// 1 for a call, -1 for a put.
    pub sign: f64,
    /// Whether it is on the greater price; else on the lesser.
    pub is_on_greater: bool,
    /// Forwards of both, above 0.
    pub forwards: [f64; 2],
    /// Standard deviations of their logarithms at expiry, above 0.
    pub deviations: [f64; 2],
    /// Correlation of the logarithms, from -1 to 1.
    pub correlation: f64,
    /// Strike, above 0.
    pub strike: f64,
    /// Value today of one unit at payment.
    pub discount: f64,
}

/// Where the normal distributions of the two prices are taken.
struct Ends {
    /// 1 for the greater price, -1 for the lesser.
    way: f64,
    /// Deviation of the logarithm of one price over the other.
    between: f64,
    /// By price: how far the strike and how far the other price lie off, and how both go together.
    legs: [(f64, f64, f64); 2],
}

/// Normal distribution of deviation `width`, which may be 0.
fn below(distance: f64, width: f64) -> f64 {
    if distance == 0.0 {
        0.5
    } else {
        normal(distance / width).0
    }
}

impl Rainbow {
    /// Present value, in units of price.
    ///
    /// # Errors
    /// [`PricingError::OutOfRange`], with the number of the price as row, for what a lognormal
    /// price cannot be and for a deviation of 0.
    pub fn value(&self) -> Result<f64, PricingError> {
        self.check()?;
        let ends = self.ends();
        let [first, second] = self.forwards;
        let [
            (upper, apart, share),
            (other_upper, other_apart, other_share),
        ] = ends.legs;
        let [one, other] = self.deviations;
        let paid = first * normal_pair(upper, apart, share)
            + second * normal_pair(other_upper, other_apart, other_share);
        let struck = if self.is_on_greater {
            1.0 - normal_pair(one - upper, other - other_upper, self.correlation)
        } else {
            normal_pair(upper - one, other_upper - other, self.correlation)
        };
        let call = paid - self.strike * struck;
        let mean = first * normal(apart).0 + second * normal(other_apart).0;
        let value = if self.sign > 0.0 {
            call
        } else {
            call - (mean - self.strike)
        };
        Ok(self.discount * value.max(0.0))
    }

    /// Derivatives of the [present value](Self::value) by the forwards.
    ///
    /// A price's slope is the probability, by that price, that it is the one and is paid; the second
    /// derivatives are those of the probabilities.
    ///
    /// # Errors
    /// As there.
    pub fn slopes(&self) -> Result<Slopes, PricingError> {
        self.check()?;
        let ends = self.ends();
        let alone = ((1.0 - self.correlation) * (1.0 + self.correlation)).sqrt();
        let mut slopes = Slopes {
            delta: vec![0.0; 2],
            gamma: vec![0.0; 4],
        };
        for leg in 0..2 {
            let other = 1 - leg;
            let (upper, apart, share) = ends.legs[leg];
            let rest = (self.deviations[other] * alone / ends.between).min(1.0);
            let by_strike = density(upper) * below(apart - share * upper, rest)
                / (self.deviations[leg] * self.forwards[leg]);
            // A put is the call less the one price, so that what is not paid counts, negative.
            let (paid, chance) = if self.sign > 0.0 {
                (
                    normal_pair(upper, apart, share),
                    below(upper - share * apart, rest),
                )
            } else {
                (
                    normal_pair(upper, apart, share) - normal(apart).0,
                    -below(share * apart - upper, rest),
                )
            };
            let by_other = ends.way * density(apart) * chance / ends.between;
            slopes.delta[leg] = self.discount * paid;
            slopes.gamma[3 * leg] = self.discount * (by_strike + by_other / self.forwards[leg]);
            slopes.gamma[1 + leg] = -self.discount * by_other / self.forwards[other];
        }
        Ok(slopes)
    }

    fn ends(&self) -> Ends {
        let [first, second] = self.forwards;
        let [one, other] = self.deviations;
        let between = (one * one + other * other - 2.0 * self.correlation * one * other)
            .max(0.0)
            .sqrt()
            .max(APART);
        let ahead = ln(first / second) / between + 0.5 * between;
        let way = if self.is_on_greater { 1.0 } else { -1.0 };
        let leg = |forward: f64, apart: f64, deviation: f64, beside: f64| {
            let upper = ln(forward / self.strike) / deviation + 0.5 * deviation;
            let share = ((deviation - self.correlation * beside) / between).clamp(-1.0, 1.0);
            (upper, way * apart, way * share)
        };
        Ends {
            way,
            between,
            legs: [
                leg(first, ahead, one, other),
                leg(second, between - ahead, other, one),
            ],
        }
    }

    fn check(&self) -> Result<(), PricingError> {
        for row in 0..2 {
            let (forward, deviation) = (self.forwards[row], self.deviations[row]);
            Model::Black
                .check(row, [self.sign, forward, self.strike, 1.0, deviation, 0.0])
                .map_err(|error| {
                    error
                        .of("forward", "forwards")
                        .of("volatility", "deviations")
                })?;
            if deviation == 0.0 {
                let rule = "a certain price makes this a European option: price it as one";
                return Err(PricingError::OutOfRange {
                    row,
                    field: "deviations",
                    value: deviation,
                    rule,
                });
            }
        }
        if !(-1.0..=1.0).contains(&self.correlation) {
            let rule = "give a share from -1 to 1";
            return Err(PricingError::OutOfRange {
                row: 0,
                field: "correlation",
                value: self.correlation,
                rule,
            });
        }
        Ok(())
    }
}
