//! Greeks of American options.
//!
//! The boundary does not depend on the spot price, so the integral of what early exercise gains is differentiated
//! under its sign; theta follows from the differential equation that the value meets where it is not exercised.
//! On a future the boundary is a known function of the variance and of the rate per variance: its slope by
//! the second gives that of the value by the rate, and the volatility's follows, because time, volatility and
//! rates count by their products alone. On a spot price those two are central differences of the value.
//!
//! Approximations by name have their own Greeks, not those of the exact value: their formulas are run with
//! numbers that carry derivatives.

use crate::american::{American, AmericanMethod, CERTAIN, Premium};
use crate::approximations::{
    AmericanJet, CARRY_YIELD, RATE, SPOT, TIME, Terms, VOLATILITY, approximated, least,
};
use crate::binomial::binomial;
use crate::elementary::{density, exp, ln, normal};
use crate::error::PricingError;
use crate::exercise::Put;
use crate::futures_boundary;
use crate::jet::Real;

/// Present value of an American option and its derivatives.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AmericanGreeks {
    /// In units of price.
    pub price: f64,
    /// Per unit of the underlying.
    pub delta: f64,
    /// Change of delta per unit of the underlying.
    pub gamma: f64,
    /// Per 1.0 of volatility.
    pub vega: f64,
    /// Per year that passes.
    pub theta: f64,
    /// Per 1.0 of the rate; of a future, whose yield is the rate, per 1.0 of both.
    pub rho: f64,
}

/// A put of strike 1 and its slopes; by both rates together on a future.
#[derive(Clone, Copy, Default)]
struct PutSlopes {
    value: f64,
    slope: f64,
    curve: f64,
}

/// Steps of central differences, as shares of the volatility and in rates.
const VOLATILITY_STEP: f64 = 1e-3;
const RATE_STEP: f64 = 1e-4;

impl American {
    /// Present value and Greeks. `on_future` says that the yield moves with the rate.
    ///
    /// # Errors
    /// As [`American::value`].
    pub fn greeks(&self, row: usize, on_future: bool) -> Result<AmericanGreeks, PricingError> {
        self.check(row)?;
        let price = self.checked_value();
        if self.strike == 0.0 {
            let now = exp(-self.carry_yield * self.time).max(1.0);
            let is_call = self.sign > 0.0;
            let delta = if is_call { now } else { 0.0 };
            let waits = is_call && now > 1.0;
            let theta = if waits { self.carry_yield * price } else { 0.0 };
            return Ok(AmericanGreeks {
                price,
                delta,
                theta,
                ..AmericanGreeks::default()
            });
        }
        let intrinsic = self.sign * (self.spot - self.strike);
        // A price of a put of strike 1, times the strike, may be above the gain by the rounding of both.
        let rounding = 8.0 * f64::EPSILON * (self.spot + self.strike);
        if price <= intrinsic + rounding {
            // Exercised now, or expired.
            let delta = if self.time > 0.0 || intrinsic > 0.0 {
                self.sign
            } else if intrinsic == 0.0 {
                0.5 * self.sign
            } else {
                0.0
            };
            return Ok(AmericanGreeks {
                price,
                delta,
                ..AmericanGreeks::default()
            });
        }
        if self.time == 0.0 {
            return Ok(AmericanGreeks::default());
        }
        let put = self.as_put();
        let found = put_slopes(put);
        let (delta, gamma) = if self.sign > 0.0 {
            let ratio = put.spot;
            (
                found.value - ratio * found.slope,
                ratio * ratio * found.curve / self.spot,
            )
        } else {
            (found.slope, found.curve / self.strike)
        };
        let squared = self.volatility * self.volatility * self.spot * self.spot;
        let carry = (self.rate - self.carry_yield) * self.spot * delta;
        let theta = self.rate * price - carry - 0.5 * squared * gamma;
        let is_certain = self.volatility * self.time.sqrt() < CERTAIN;
        let (vega, rho) = if on_future && !is_certain && futures_boundary::covers(&put) {
            // By the rate per variance, the variance unchanged; then what is left of time's is volatility's.
            let scale = if self.sign > 0.0 {
                self.spot
            } else {
                self.strike
            };
            let rho =
                scale * futures_boundary::slope_by_ratio(put) / (self.volatility * self.volatility);
            let vega = -2.0 * (self.time * theta + self.rate * rho) / self.volatility;
            (vega, rho)
        } else {
            (
                self.vega_by_difference()?,
                self.rho_by_difference(on_future)?,
            )
        };
        Ok(AmericanGreeks {
            price,
            delta,
            gamma,
            vega,
            theta,
            rho,
        })
    }

    /// The same of an approximation.
    ///
    /// # Errors
    /// As [`crate::american_values`].
    fn approximate_greeks(
        &self,
        row: usize,
        method: AmericanMethod,
        on_future: bool,
    ) -> Result<AmericanGreeks, PricingError> {
        self.check(row)?;
        if method == AmericanMethod::Exact || self.is_certain() {
            return self.greeks(row, on_future);
        }
        let terms = Terms::<AmericanJet>::from(self);
        let (found, delta, gamma) = if method == AmericanMethod::Binomial {
            let Some(today) = binomial(&terms) else {
                return self.greeks(row, on_future);
            };
            let floor = least(&terms);
            if today.value.value() < floor.value() {
                (floor, floor.slopes[SPOT], floor.curves[0][0])
            } else {
                (today.value, today.delta, today.gamma)
            }
        } else {
            let found = approximated(method, &terms);
            (found, found.slopes[SPOT], found.curves[0][0])
        };
        let by_yield = if on_future {
            found.slopes[CARRY_YIELD]
        } else {
            0.0
        };
        let greeks = AmericanGreeks {
            price: found.value,
            delta,
            gamma,
            vega: found.slopes[VOLATILITY],
            theta: -found.slopes[TIME],
            rho: found.slopes[RATE] + by_yield,
        };
        let figures = [
            greeks.delta,
            greeks.gamma,
            greeks.vega,
            greeks.theta,
            greeks.rho,
        ];
        if greeks.price.is_finite() && figures.iter().all(|figure| figure.is_finite()) {
            Ok(greeks)
        } else {
            Err(self.without_approximation(row))
        }
    }

    fn vega_by_difference(&self) -> Result<f64, PricingError> {
        let step = VOLATILITY_STEP * self.volatility;
        if step == 0.0 {
            return Ok(0.0);
        }
        let at = |volatility: f64| {
            Self {
                volatility,
                ..*self
            }
            .value()
        };
        Ok((at(self.volatility + step)? - at(self.volatility - step)?) / (2.0 * step))
    }

    fn rho_by_difference(&self, on_future: bool) -> Result<f64, PricingError> {
        let step = RATE_STEP;
        let at = |rate: f64| {
            let carry_yield = if on_future { rate } else { self.carry_yield };
            Self {
                rate,
                carry_yield,
                ..*self
            }
            .value()
        };
        Ok((at(self.rate + step)? - at(self.rate - step)?) / (2.0 * step))
    }
}

fn put_slopes(put: Put) -> PutSlopes {
    let Put {
        spot,
        time,
        volatility,
        rate,
        carry_yield,
    } = put;
    let deviation = volatility * time.sqrt();
    if deviation < CERTAIN {
        return certain(put);
    }
    let upper = (ln(spot) + (rate - carry_yield) * time) / deviation + 0.5 * deviation;
    let yielded = exp(-carry_yield * time);
    let mut found = PutSlopes {
        value: put.european(),
        slope: -yielded * normal(-upper).0,
        curve: yielded * density(upper) / (spot * deviation),
    };
    if let Some(premium) = Premium::of(&put) {
        let (mut by_log, mut twice) = (0.0, 0.0);
        premium.each(|passed, weight, log_boundary| {
            let spread = volatility * passed.sqrt();
            let drift = rate - carry_yield - 0.5 * volatility * volatility;
            let lower = (ln(spot) - log_boundary + drift * passed) / spread;
            let upper = lower + spread;
            let per_spread = 1.0 / spread;
            let interest = rate * exp(-rate * passed);
            let income = carry_yield * spot * exp(-carry_yield * passed);
            let (bell, other) = (density(lower) * per_spread, density(upper) * per_spread);
            let held = income * normal(-upper).0;
            found.value += weight * (interest * normal(-lower).0 - held);
            let first = income * other - interest * bell - held;
            by_log += weight * first;
            twice += weight
                * (interest * lower * bell * per_spread - held + 2.0 * income * other
                    - income * upper * other * per_spread);
        });
        found.slope += by_log / spot;
        found.curve += (twice - by_log) / (spot * spot);
    }
    found
}

/// Slopes of the best exercise at one certain time, kept while the spot moves.
fn certain(put: Put) -> PutSlopes {
    let (value, time) = crate::american::certain_exercise(put);
    if value == 0.0 {
        return PutSlopes::default();
    }
    PutSlopes {
        value,
        slope: -exp(-put.carry_yield * time),
        curve: 0.0,
    }
}

/// Writes price and Greeks of each option: price, delta, gamma, vega, theta and rho.
///
/// # Errors
/// As [`crate::american_values`].
pub fn american_greeks(
    method: AmericanMethod,
    options: &crate::american::Americans<'_>,
    on_future: bool,
    into: &mut [&mut [f64]; 6],
) -> Result<(), PricingError> {
    let rows = into[0].len();
    options.fit(rows)?;
    for row in 0..rows {
        let found = options.at(row).approximate_greeks(row, method, on_future)?;
        let numbers = [
            found.price,
            found.delta,
            found.gamma,
            found.vega,
            found.theta,
            found.rho,
        ];
        for (into, number) in into.iter_mut().zip(numbers) {
            into[row] = number;
        }
    }
    Ok(())
}
