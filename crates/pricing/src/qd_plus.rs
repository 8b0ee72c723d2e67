//! American options by Q. Li's QD+ boundary, "Analytical approximations of the critical stock prices of
//! American options: a performance comparison", Review of Derivatives Research 13 (2010), 75-99.
//!
//! The boundary is solved for at eight Chebyshev points in the root of the time left, as the square of its
//! logarithm, and the premium is the integral over the polynomial through them. That is within some
//! thousandths of the value, which [`American::value`] has.

use std::f64::consts::{FRAC_PI_4, PI};
use std::sync::OnceLock;

use crate::american::American;
use crate::elementary::{exp, ln, normal};
use crate::quadrature::gauss_legendre;

/// Points of the boundary, both ends among them.
const NODES: usize = 8;
/// Gauss points of the premium.
const POINTS: usize = 128;
/// Halvings of the bracket of a boundary; it begins as wide as a double can tell.
const HALVINGS: usize = 128;
/// Lowest boundary, as a share of the strike.
const LOWEST: f64 = 1e-13;

/// A put of strike 1 with interest above zero, or zero and a yield below.
#[derive(Clone, Copy)]
struct Put {
    spot: f64,
    time: f64,
    volatility: f64,
    rate: f64,
    carry_yield: f64,
}

/// Present value of `option`, whose price moves.
pub(crate) fn qd_plus(option: &American) -> f64 {
    // A call is a put with spot and strike, rate and yield exchanged.
    let (spot, strike, rate, carry_yield) = if option.sign > 0.0 {
        (option.strike, option.spot, option.carry_yield, option.rate)
    } else {
        (option.spot, option.strike, option.rate, option.carry_yield)
    };
    let put = Put {
        spot: spot / strike,
        time: option.time,
        volatility: option.volatility,
        rate,
        carry_yield,
    };
    let interest_is_earned = rate > 0.0 || (rate == 0.0 && carry_yield < 0.0);
    let premium = if interest_is_earned {
        put.premium().max(0.0)
    } else {
        0.0
    };
    strike * (put.european(put.spot, put.time).value.max(0.0) + premium)
}

/// European value and its change as time passes, and the yielded probability of exercise.
struct European {
    value: f64,
    theta: f64,
    exercised: f64,
}

impl Put {
    fn european(&self, spot: f64, left: f64) -> European {
        let Self {
            volatility,
            rate,
            carry_yield,
            ..
        } = *self;
        let deviation = volatility * left.sqrt();
        let (discount, yielded) = (exp(-rate * left), exp(-carry_yield * left));
        let upper = (ln(spot) + (rate - carry_yield) * left) / deviation + 0.5 * deviation;
        let struck = discount * normal(deviation - upper).0;
        let (below, bell) = normal(-upper);
        let exercised = yielded * below;
        let spread = volatility * volatility * spot / (2.0 * deviation) * yielded * bell;
        European {
            value: struck - spot * exercised,
            theta: rate * struck - carry_yield * spot * exercised - spread,
            exercised,
        }
    }

    /// Limit of the boundary at expiry.
    fn limit(&self) -> f64 {
        if self.carry_yield > self.rate {
            self.rate / self.carry_yield
        } else {
            1.0
        }
    }

    /// The price below which exercise pays when so many years are `left`.
    fn boundary(&self, left: f64) -> f64 {
        let variance = self.volatility * self.volatility;
        let passed = self.rate * left;
        let discount = exp(-passed);
        // rate / (1 - e^(-rate left)), and its series where that cancels.
        let strength = if passed.abs() > 1e-5 {
            self.rate / (1.0 - discount)
        } else {
            1.0 / (left * (1.0 - 0.5 * passed * (1.0 - passed / 3.0)))
        };
        let drift = 2.0 * (self.rate - self.carry_yield) / variance - 1.0;
        let root = (drift * drift + 8.0 * strength / variance).sqrt();
        let power = -0.5 * (drift + root);
        let slope = 2.0 * strength * strength / (variance * root);
        // Twice the power and the drift make minus the root.
        let alpha = -2.0 * discount / (variance * root);
        let beta = alpha * (strength - slope / root) - power;
        let gap = |spot: f64| {
            let European {
                value,
                theta,
                exercised,
            } = self.european(spot, left);
            (1.0 - exercised) * spot - beta * (1.0 - spot - value) + alpha * theta / discount
        };
        let (mut low, mut high) = (LOWEST, self.limit());
        for _ in 0..HALVINGS {
            // The boundary may be many powers of ten below the strike.
            let middle = if low < 0.01 * high {
                (low * high).sqrt()
            } else {
                0.5 * (low + high)
            };
            if gap(middle) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
            if high - low <= f64::EPSILON * high {
                break;
            }
        }
        0.5 * (low + high)
    }

    /// What exercise before expiry adds.
    fn premium(&self) -> f64 {
        static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
        let limit = self.limit();
        let positions: [f64; NODES] =
            std::array::from_fn(|node| -(node as f64 * PI / (NODES - 1) as f64).cos());
        let squares = positions.map(|position| {
            let left = 0.25 * self.time * (1.0 + position) * (1.0 + position);
            if left == 0.0 {
                return 0.0;
            }
            let log = ln(self.boundary(left) / limit);
            log * log
        });
        let mut premium = 0.0;
        for &(position, weight) in RULE.get_or_init(|| gauss_legendre(POINTS)) {
            // Over an angle both ends are smooth.
            let angle = (1.0 + position) * FRAC_PI_4;
            let passed = self.time * angle.sin() * angle.sin();
            let square = through(&positions, &squares, 2.0 * angle.cos() - 1.0);
            let boundary = limit * exp(-square.max(0.0).sqrt());
            let spread = self.volatility * passed.sqrt();
            let (rate, carry_yield) = (self.rate, self.carry_yield);
            let upper =
                (ln(self.spot / boundary) + (rate - carry_yield) * passed) / spread + 0.5 * spread;
            let interest = rate * exp(-rate * passed) * normal(spread - upper).0;
            let income = carry_yield * self.spot * exp(-carry_yield * passed) * normal(-upper).0;
            premium += weight * FRAC_PI_4 * self.time * (2.0 * angle).sin() * (interest - income);
        }
        premium
    }
}

/// The polynomial through Chebyshev points of the second kind, at `x` (barycentric form).
fn through(positions: &[f64; NODES], values: &[f64; NODES], x: f64) -> f64 {
    let (mut above, mut below) = (0.0, 0.0);
    for (node, (&position, &value)) in positions.iter().zip(values).enumerate() {
        if x == position {
            return value;
        }
        let end = if node == 0 || node == NODES - 1 {
            0.5
        } else {
            1.0
        };
        let sign = if node.is_multiple_of(2) { end } else { -end };
        let weight = sign / (x - position);
        above += weight * value;
        below += weight;
    }
    above / below
}
