//! The undiscounted call on the difference of two lognormal prices.
//!
//! Two shocks move the prices; they are turned (J. Choi, "Sum of all Black-Scholes-Merton models",
//! Journal of Futures Markets 38, 2018, 627-644) so that the first one raises the long price and
//! lowers the short one. Given the second, one root says from where the option pays and three
//! normal probabilities are its value. That is integrated by the trapezoidal rule, which for what
//! decays like a normal density converges faster than any power of its step (L. Trefethen and
//! J. Weideman, SIAM Review 56, 2014, 385-458): sixteen points give all digits where the root
//! moves little with the second shock, and elsewhere points are doubled until they do.

use std::f64::consts::PI;

use crate::block::widest;
use crate::elementary::{INVERSE_SQRT_TWO_PI, exp, ln, scaled_tail};
use crate::european::{HIGHEST, LOWEST};

/// Points of the rules; they are computed side by side.
const FEW: usize = 16;
const MORE: usize = 24;
/// Deviations of the second shock beyond which its density is left out, 4e-11 on each side.
const SPAN: f64 = 6.5;
/// Most doublings of the points.
const DOUBLINGS: usize = 9;
/// Digits, as a natural logarithm, of a rule that is taken at once.
const EXACT: f64 = 25.0;
/// Change by a doubling, as a share of both prices, that leaves a smaller error.
const SETTLED: f64 = 1e-10;
/// Least share of its own deviation with which the first shock moves each price.
const LEAST_SHARE: f64 = 0.01;
/// Most Newton steps to the root; three do nearly always.
const MOST_STEPS: usize = 40;
/// A step this short leaves an error of its square, and the value is flat at its root.
const SHORT_STEP: f64 = 1e-3;
/// Shocks beyond this many deviations carry nothing.
const FARTHEST: f64 = 38.0;
/// Deviation from which a price moves so much that its exponential leaves the numbers there are.
const MOST_DEVIATION: f64 = 20.0;

/// A price to receive and one to pay; both move, and not as one.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Difference {
    /// Forwards of the price received and the price paid.
    pub(crate) forwards: [f64; 2],
    /// Standard deviations of their logarithms at expiry.
    pub(crate) deviations: [f64; 2],
    /// Correlation of these logarithms.
    pub(crate) correlation: f64,
    /// Paid besides; it may be below 0.
    pub(crate) strike: f64,
}

/// Slopes of the undiscounted call on a difference, each times the forwards that it is by.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct CashSlopes {
    /// By the price received and by the price paid.
    pub(crate) delta: [f64; 2],
    /// By the first twice, by both, by the second twice.
    pub(crate) gamma: [f64; 3],
}

/// A difference with a strike from 0, its shocks turned.
struct Turned {
    forwards: [f64; 2],
    logs: [f64; 2],
    strike: f64,
    log_strike: f64,
    /// How the first shock raises the long price and lowers the short one.
    rise: f64,
    fall: f64,
    /// Slopes of both logarithms by the second shock.
    second: [f64; 2],
}

impl Difference {
    /// Whether the kernel can value it.
    pub(crate) fn fits(&self) -> bool {
        self.moves() && self.correlation.abs() < 1.0
    }

    /// Whether both prices move, and by the same shock.
    pub(crate) fn is_of_one_shock(&self) -> bool {
        self.moves() && self.correlation.abs() == 1.0
    }

    fn moves(&self) -> bool {
        let is_price = |price: f64| (LOWEST..=HIGHEST).contains(&price);
        let moves = |deviation: f64| deviation > 1e-6 && deviation <= MOST_DEVIATION;
        self.forwards.into_iter().all(is_price)
            && self.deviations.into_iter().all(moves)
            && self.strike.abs() <= HIGHEST
    }

    #[inline(always)]
    fn turned(&self) -> Turned {
        let Self {
            forwards: [long, short],
            deviations: [one, other],
            correlation,
            strike,
        } = *self;
        let joint = correlation * one * other;
        let along_long = (one * one).mul_add(long, -joint * short);
        let along_short = joint.mul_add(long, -other * other * short);
        let variance = along_long.mul_add(long, -along_short * short);
        let length = 1.0 / variance.max(1e-300).sqrt();
        // Cholesky's root of the covariance takes independent shocks to both prices.
        let cross = correlation * other;
        let own = other * (1.0 - correlation * correlation).sqrt();
        let x = (along_long * length).max(LEAST_SHARE * one) / one;
        let y = ((along_short * length).min(-LEAST_SHARE * other) - cross * x) / own;
        let size = 1.0 / x.mul_add(x, y * y).sqrt();
        let (x, y) = (x * size, y * size);
        Turned {
            forwards: [long, short],
            logs: [ln(long), ln(short)],
            strike,
            log_strike: ln(strike.max(1e-300)),
            rise: one * x,
            fall: -cross.mul_add(x, own * y),
            second: [-one * y, own.mul_add(x, -cross * y)],
        }
    }

    /// Seen from the other side: the put with the opposite strike.
    #[inline(always)]
    fn mirrored(&self) -> Self {
        Self {
            forwards: [self.forwards[1], self.forwards[0]],
            deviations: [self.deviations[1], self.deviations[0]],
            correlation: self.correlation,
            strike: -self.strike,
        }
    }

    /// Undiscounted value of the call.
    #[inline(always)]
    fn call(&self) -> f64 {
        if self.strike >= 0.0 {
            return self.turned().value();
        }
        // Parity makes a call of the put.
        let [long, short] = self.forwards;
        self.mirrored().turned().value() + (long - short - self.strike)
    }

    #[inline(always)]
    fn slopes(&self) -> CashSlopes {
        if self.strike >= 0.0 {
            return self.turned().slopes();
        }
        let [long, short] = self.forwards;
        let CashSlopes {
            delta: [paid, received],
            gamma: [paid_twice, both, received_twice],
        } = self.mirrored().turned().slopes();
        CashSlopes {
            delta: [received + long, paid - short],
            gamma: [received_twice, both, paid_twice],
        }
    }
}

impl Turned {
    /// Where the second shock begins and ends to count, and whether a rule of a step has all digits.
    #[inline(always)]
    fn range(&self) -> (f64, f64, impl Fn(f64) -> bool) {
        let [long, short] = self.second;
        let low = long.min(short).min(0.0) - SPAN;
        let high = long.max(short).max(0.0) + SPAN;
        // The root's slope lies between those where the strike is all and where it is nothing.
        let slope = (long.abs() / self.rise).max((long - short).abs() / (self.rise + self.fall));
        // The integrand is a normal density times a normal distribution that steep, up to where the
        // strike and the short price cancel in the complex plane.
        let width = slope.mul_add(slope, 1.0);
        let strip = PI / self.fall.mul_add(slope, short.abs());
        let is_exact = move |step: f64| {
            let turns = 2.0 * PI / step;
            let height = strip.min(turns / width);
            height * (turns - 0.5 * height * width) > EXACT
        };
        (low, high, is_exact)
    }

    #[inline(always)]
    fn value(&self) -> f64 {
        let (low, high, is_exact) = self.range();
        let mut step = (high - low) / (FEW - 1) as f64;
        if is_exact(step) {
            return step * self.sum::<FEW>(low, step);
        }
        let shorter = (high - low) / (MORE - 1) as f64;
        if is_exact(shorter) {
            return shorter * self.sum::<MORE>(low, shorter);
        }
        let mut sum = self.sum::<FEW>(low, step);
        let settled = SETTLED * (self.forwards[0] + self.forwards[1]);
        let mut value = sum * step;
        for doubling in 0..DOUBLINGS {
            let blocks = 1usize << doubling;
            let mut between = 0.0;
            for block in 0..blocks {
                let first = ((block * FEW) as f64 + 0.5).mul_add(step, low);
                between += self.sum::<FEW>(first, step);
            }
            sum += between;
            step *= 0.5;
            let change = sum.mul_add(step, -value);
            value += change;
            if change.abs() <= settled {
                break;
            }
        }
        value
    }

    /// Slopes by the same rules.
    #[inline(always)]
    fn slopes(&self) -> CashSlopes {
        let (low, high, is_exact) = self.range();
        let step = (high - low) / (MORE - 1) as f64;
        let mut found = self.slope_sums::<MORE>(low, step).map(|sum| step * sum);
        if !is_exact(step) {
            self.double(&mut found, low, step);
        }
        let [received, paid, twice, both, paid_twice] = found;
        CashSlopes {
            delta: [received, paid],
            gamma: [twice, both, paid_twice],
        }
    }

    /// Doubles the points of slopes until they are settled.
    fn double(&self, found: &mut [f64; 5], low: f64, mut step: f64) {
        let settled = SETTLED * (self.forwards[0] + self.forwards[1]);
        for doubling in 0..DOUBLINGS {
            let mut between = [0.0; 5];
            for block in 0..1usize << doubling {
                let first = ((block * MORE) as f64 + 0.5).mul_add(step, low);
                let sums = self.slope_sums::<MORE>(first, step);
                for (total, sum) in between.iter_mut().zip(sums) {
                    *total += sum;
                }
            }
            step *= 0.5;
            let mut is_settled = true;
            for (slope, sum) in found.iter_mut().zip(between) {
                let change = sum.mul_add(step, -0.5 * *slope);
                *slope += change;
                is_settled &= change.abs() <= settled;
            }
            if is_settled {
                break;
            }
        }
    }

    /// Sums of the slopes given the second shock, each times its density, at points from `first`.
    #[inline(always)]
    fn slope_sums<const LANES: usize>(&self, first: f64, step: f64) -> [f64; 5] {
        let [long, short] = self.second;
        let root = self.roots::<LANES>(first, step);
        let mut lanes = [[0.0; LANES]; 5];
        for lane in 0..LANES {
            let at = (lane as f64).mul_add(step, first);
            let x = root[lane];
            let received = self.forwards[0] * INVERSE_SQRT_TWO_PI * bell(at - long);
            let paid = self.forwards[1] * INVERSE_SQRT_TWO_PI * bell(at - short);
            // At the root the price paid and the strike are the price received.
            let log_paid =
                at.mul_add(short, self.logs[1]) - 0.5 * short.mul_add(short, self.fall * self.fall);
            let price_paid = exp((-self.fall).mul_add(x, log_paid)).max(1e-300);
            let share = price_paid / (price_paid + self.strike);
            let peak = received * INVERSE_SQRT_TWO_PI * bell(x - self.rise)
                / self.fall.mul_add(share, self.rise);
            lanes[0][lane] = received * above(x - self.rise);
            lanes[1][lane] = -paid * above(x + self.fall);
            lanes[2][lane] = peak;
            lanes[3][lane] = -peak * share;
            lanes[4][lane] = peak * share * share;
        }
        lanes.map(|lane| lane.iter().sum())
    }

    /// Sum of the values given the second shock, each times its density, at points from `first`.
    #[inline(always)]
    fn sum<const LANES: usize>(&self, first: f64, step: f64) -> f64 {
        let [long, short] = self.second;
        let root = self.roots::<LANES>(first, step);
        let mut sums = [0.0; LANES];
        for lane in 0..LANES {
            let at = (lane as f64).mul_add(step, first);
            let x = root[lane];
            let gain = self.forwards[0] * bell(at - long) * above(x - self.rise);
            let cost = self.forwards[1] * bell(at - short) * above(x + self.fall);
            sums[lane] = gain - cost - self.strike * bell(at) * above(x);
        }
        INVERSE_SQRT_TWO_PI * sums.iter().sum::<f64>()
    }

    /// From where of the first shock the call pays, at points of the second from `first`.
    #[inline(always)]
    fn roots<const LANES: usize>(&self, first: f64, step: f64) -> [f64; LANES] {
        let [long, short] = self.second;
        let (mut received, mut paid) = ([0.0; LANES], [0.0; LANES]);
        let mut root = [0.0; LANES];
        let per_rise = 1.0 / self.rise;
        let per_both = 1.0 / (self.rise + self.fall);
        for lane in 0..LANES {
            let at = (lane as f64).mul_add(step, first);
            // Logarithms of both prices where the first shock is 0.
            received[lane] =
                at.mul_add(long, self.logs[0]) - 0.5 * long.mul_add(long, self.rise * self.rise);
            paid[lane] =
                at.mul_add(short, self.logs[1]) - 0.5 * short.mul_add(short, self.fall * self.fall);
            let without_strike = (paid[lane] - received[lane]) * per_both;
            let strike_alone = (self.log_strike - received[lane]) * per_rise;
            root[lane] = without_strike.max(strike_alone).clamp(-FARTHEST, FARTHEST);
        }
        for _ in 0..MOST_STEPS {
            let mut far = 0_u64;
            for lane in 0..LANES {
                let x = root[lane];
                let short_price = exp((-self.fall).mul_add(x, paid[lane]));
                let due = self.strike + short_price;
                let gap = self.rise.mul_add(x, received[lane]) - ln(due);
                let change = gap * due / self.rise.mul_add(due, self.fall * short_price);
                let next = (x - change).clamp(-FARTHEST, FARTHEST);
                far |= u64::from((next - x).abs() > SHORT_STEP);
                root[lane] = next;
            }
            if far == 0 {
                break;
            }
        }
        root
    }
}

/// Density of the normal law over its height.
#[inline(always)]
fn bell(z: f64) -> f64 {
    exp(-0.5 * z * z)
}

/// Probability that a normal variable is above `z`.
#[inline(always)]
fn above(z: f64) -> f64 {
    let size = z.abs().min(FARTHEST);
    let tail = bell(size) * scaled_tail(size);
    if z < 0.0 { 1.0 - tail } else { tail }
}

#[inline(always)]
fn slopes_of(difference: &Difference) -> CashSlopes {
    difference.slopes()
}

#[inline(always)]
fn each_call(differences: &[Difference], calls: &mut [f64]) {
    for (difference, call) in differences.iter().zip(calls) {
        *call = difference.call();
    }
}

widest! {
    /// Undiscounted calls on `differences`, each of which [fits](Difference::fits).
    pub(crate) fn calls_on(differences: &[Difference], calls: &mut [f64]) = each_call
}

widest! {
    /// Slopes of the undiscounted call on a difference that [fits](Difference::fits).
    pub(crate) fn cash_slopes(difference: &Difference) -> CashSlopes = slopes_of
}
