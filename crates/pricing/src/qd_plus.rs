//! American options by Q. Li's QD+ boundary, "Analytical approximations of the critical stock prices of
//! American options: a performance comparison", Review of Derivatives Research 13 (2010), 75-99.
//!
//! The boundary is solved for at eight Chebyshev points in the root of the time left, as the square of its
//! logarithm, and the premium is the integral over the polynomial through them. That is within some
//! thousandths of the value, which [`crate::American::value`] has.

use std::f64::consts::{FRAC_PI_4, PI};
use std::sync::OnceLock;

use crate::approximations::{Terms, follow, strength};
use crate::jet::{Jet, Real};
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
struct Put<T> {
    spot: T,
    time: T,
    volatility: T,
    rate: T,
    carry_yield: T,
}

/// Present value of an option whose price moves.
pub(crate) fn qd_plus<T: Real>(terms: &Terms<T>) -> T {
    // A call is a put with spot and strike, rate and yield exchanged.
    let (spot, strike, rate, carry_yield) = if terms.sign > 0.0 {
        (terms.strike, terms.spot, terms.carry_yield, terms.rate)
    } else {
        (terms.spot, terms.strike, terms.rate, terms.carry_yield)
    };
    let put = Put {
        spot: spot / strike,
        time: terms.time,
        volatility: terms.volatility,
        rate,
        carry_yield,
    };
    let (earned, given) = (rate.value(), carry_yield.value());
    let none = T::of(0.0);
    let premium = if earned > 0.0 || (earned == 0.0 && given < 0.0) {
        put.premium().at_least(none)
    } else {
        none
    };
    strike * (put.european(put.spot, put.time).value.at_least(none) + premium)
}

/// European value and its change as time passes, and the yielded probability of exercise.
struct European<T> {
    value: T,
    theta: T,
    exercised: T,
}

impl<T: Real> Put<T> {
    /// The same, each number by `into`.
    fn map<U>(&self, into: impl Fn(T) -> U) -> Put<U> {
        Put {
            spot: into(self.spot),
            time: into(self.time),
            volatility: into(self.volatility),
            rate: into(self.rate),
            carry_yield: into(self.carry_yield),
        }
    }

    fn european(&self, spot: T, left: T) -> European<T> {
        let Self {
            volatility,
            rate,
            carry_yield,
            ..
        } = *self;
        let deviation = volatility * left.sqrt();
        let (discount, yielded) = ((-rate * left).exp(), (-carry_yield * left).exp());
        let upper = (spot.ln() + (rate - carry_yield) * left) / deviation + deviation * 0.5;
        let struck = discount * (deviation - upper).normal();
        let exercised = yielded * (-upper).normal();
        let bell = yielded * upper.density();
        let spread = volatility * volatility * spot / (deviation * 2.0) * bell;
        European {
            value: struck - spot * exercised,
            theta: rate * struck - carry_yield * spot * exercised - spread,
            exercised,
        }
    }

    /// Limit of the boundary at expiry.
    fn limit(&self) -> T {
        if self.carry_yield.value() > self.rate.value() {
            self.rate / self.carry_yield
        } else {
            T::of(1.0)
        }
    }

    /// What is 0 at the boundary, when so many years are `left`.
    fn gap(&self, spot: T, left: T) -> T {
        let variance = self.volatility * self.volatility;
        let discount = (-self.rate * left).exp();
        let strength = strength(self.rate, left);
        let drift = (self.rate - self.carry_yield) * 2.0 / variance - 1.0;
        let root = (drift * drift + strength * 8.0 / variance).sqrt();
        let power = -(drift + root) * 0.5;
        let slope = strength * strength * 2.0 / (variance * root);
        // Twice the power and the drift make minus the root.
        let alpha = -discount * 2.0 / (variance * root);
        let beta = alpha * (strength - slope / root) - power;
        let European {
            value,
            theta,
            exercised,
        } = self.european(spot, left);
        let one = T::of(1.0);
        (one - exercised) * spot - beta * (one - spot - value) + alpha * theta / discount
    }

    /// The price below which exercise pays when so many years are `left`.
    fn boundary(&self, left: T) -> T {
        let known = self.map(Real::value);
        let most = known.limit();
        let (mut low, mut high) = (LOWEST, most);
        for _ in 0..HALVINGS {
            // The boundary may be many powers of ten below the strike.
            let middle = if low < 0.01 * high {
                (low * high).sqrt()
            } else {
                0.5 * (low + high)
            };
            if known.gap(middle, left.value()) > 0.0 {
                high = middle;
            } else {
                low = middle;
            }
            if high - low <= f64::EPSILON * high {
                break;
            }
        }
        let found = 0.5 * (low + high);
        let near = 4.0 * f64::EPSILON;
        if found >= most * (1.0 - near) {
            return self.limit();
        }
        if found <= LOWEST * (1.0 + near) {
            return T::of(found);
        }
        let by_spot: Jet<1, 0> = known
            .map(Jet::of)
            .gap(Jet::input(found, 0), Jet::of(left.value()));
        follow(found, self.gap(T::of(found), left), by_spot.slopes[0])
    }

    /// What exercise before expiry adds.
    fn premium(&self) -> T {
        static RULE: OnceLock<Vec<(f64, f64)>> = OnceLock::new();
        let limit = self.limit();
        let positions: [f64; NODES] =
            std::array::from_fn(|node| -(node as f64 * PI / (NODES - 1) as f64).cos());
        let squares = positions.map(|position| {
            let left = self.time * (0.25 * (1.0 + position) * (1.0 + position));
            if left.value() == 0.0 {
                return T::of(0.0);
            }
            let log = (self.boundary(left) / limit).ln();
            log * log
        });
        let mut premium = T::of(0.0);
        for &(position, weight) in RULE.get_or_init(|| gauss_legendre(POINTS)) {
            // Over an angle both ends are smooth.
            let angle = (1.0 + position) * FRAC_PI_4;
            let passed = self.time * (angle.sin() * angle.sin());
            let square = through(&positions, &squares, 2.0 * angle.cos() - 1.0);
            let boundary = if square.value() > 0.0 {
                limit * (-square.sqrt()).exp()
            } else {
                limit
            };
            let spread = self.volatility * passed.sqrt();
            let (rate, carry_yield) = (self.rate, self.carry_yield);
            let upper = ((self.spot / boundary).ln() + (rate - carry_yield) * passed) / spread
                + spread * 0.5;
            let interest = rate * (-rate * passed).exp() * (spread - upper).normal();
            let held = carry_yield * self.spot * (-carry_yield * passed).exp();
            let income = held * (-upper).normal();
            let share = weight * FRAC_PI_4 * (2.0 * angle).sin();
            premium = premium + self.time * (interest - income) * share;
        }
        premium
    }
}

/// The polynomial through Chebyshev points of the second kind, at `x` (barycentric form).
fn through<T: Real>(positions: &[f64; NODES], values: &[T; NODES], x: f64) -> T {
    let (mut above, mut below) = (T::of(0.0), 0.0);
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
        above = above + value * weight;
        below += weight;
    }
    above / below
}
