//! Options on the lesser or the greater of two lognormal prices.
//!
//! R. Stulz, "Options on the minimum or the maximum of two risky assets", Journal of Financial
//! Economics 10 (1982), 161-185, on forwards.

use crate::bivariate::normal_pair;
use crate::elementary::{ln, normal};
use crate::error::PricingError;
use crate::european::Model;

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

impl Rainbow {
    /// Present value, in units of price.
    ///
    /// # Errors
    /// [`PricingError::OutOfRange`], with the number of the price as row, for what a lognormal
    /// price cannot be and for a deviation of 0.
    pub fn value(&self) -> Result<f64, PricingError> {
        self.check()?;
        let [first, second] = self.forwards;
        let [one, other] = self.deviations;
        let between = (one * one + other * other - 2.0 * self.correlation * one * other)
            .max(0.0)
            .sqrt()
            .max(APART);
        let ahead = ln(first / second) / between + 0.5 * between;
        let behind = between - ahead;
        let (upper, other_upper) = (
            ln(first / self.strike) / one + 0.5 * one,
            ln(second / self.strike) / other + 0.5 * other,
        );
        let shares = [
            ((one - self.correlation * other) / between).clamp(-1.0, 1.0),
            ((other - self.correlation * one) / between).clamp(-1.0, 1.0),
        ];
        let way = if self.is_on_greater { 1.0 } else { -1.0 };
        let paid = first * normal_pair(upper, way * ahead, way * shares[0])
            + second * normal_pair(other_upper, way * behind, way * shares[1]);
        let struck = if self.is_on_greater {
            1.0 - normal_pair(one - upper, other - other_upper, self.correlation)
        } else {
            normal_pair(upper - one, other_upper - other, self.correlation)
        };
        let call = paid - self.strike * struck;
        let mean = first * normal(way * ahead).0 + second * normal(way * behind).0;
        let value = if self.sign > 0.0 {
            call
        } else {
            call - (mean - self.strike)
        };
        Ok(self.discount * value.max(0.0))
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
