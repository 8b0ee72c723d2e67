//! Numbers that carry their derivatives (forward algorithmic differentiation: A. Griewank and A. Walther,
//! "Evaluating Derivatives", SIAM 2008, chapters 3 and 13).
//!
//! A formula that is written for any [`Real`] gives its value with doubles and its Greeks with [`Jet`]s.

use std::ops::{Add, Div, Mul, Neg, Sub};

use crate::elementary;

/// A double, or one with derivatives.
pub(crate) trait Real:
    Copy
    + Neg<Output = Self>
    + Add<Output = Self>
    + Sub<Output = Self>
    + Mul<Output = Self>
    + Div<Output = Self>
    + Add<f64, Output = Self>
    + Sub<f64, Output = Self>
    + Mul<f64, Output = Self>
    + Div<f64, Output = Self>
{
    /// A number that depends on nothing.
    fn of(value: f64) -> Self;
    fn value(self) -> f64;
    fn exp(self) -> Self;
    fn ln(self) -> Self;
    fn sqrt(self) -> Self;
    /// Standard normal distribution.
    fn normal(self) -> Self;
    /// Standard normal density.
    fn density(self) -> Self;

    fn at_least(self, floor: Self) -> Self {
        if self.value() < floor.value() {
            floor
        } else {
            self
        }
    }
}

impl Real for f64 {
    fn of(value: f64) -> Self {
        value
    }

    fn value(self) -> f64 {
        self
    }

    fn exp(self) -> Self {
        elementary::exp(self)
    }

    fn ln(self) -> Self {
        elementary::ln(self)
    }

    fn sqrt(self) -> Self {
        Self::sqrt(self)
    }

    fn normal(self) -> Self {
        elementary::normal(self).0
    }

    fn density(self) -> Self {
        elementary::density(self)
    }
}

/// A value with its slopes by `N` inputs and its second derivatives by the first `M` of them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Jet<const N: usize, const M: usize> {
    pub(crate) value: f64,
    pub(crate) slopes: [f64; N],
    pub(crate) curves: [[f64; M]; M],
}

impl<const N: usize, const M: usize> Jet<N, M> {
    /// The input of a place.
    pub(crate) fn input(value: f64, place: usize) -> Self {
        let mut found = Self::of(value);
        found.slopes[place] = 1.0;
        found
    }

    /// A function of this, by its value, slope and second derivative.
    fn through(self, value: f64, slope: f64, curve: f64) -> Self {
        let Self { slopes, curves, .. } = self;
        Self {
            value,
            slopes: slopes.map(|own| slope * own),
            curves: std::array::from_fn(|one| {
                std::array::from_fn(|other| {
                    slope * curves[one][other] + curve * slopes[one] * slopes[other]
                })
            }),
        }
    }

    /// Part by part with `other`.
    fn with(self, other: Self, each: impl Fn(f64, f64) -> f64) -> Self {
        Self {
            value: each(self.value, other.value),
            slopes: std::array::from_fn(|place| each(self.slopes[place], other.slopes[place])),
            curves: std::array::from_fn(|one| {
                std::array::from_fn(|two| each(self.curves[one][two], other.curves[one][two]))
            }),
        }
    }
}

impl<const N: usize, const M: usize> Real for Jet<N, M> {
    fn of(value: f64) -> Self {
        Self {
            value,
            slopes: [0.0; N],
            curves: [[0.0; M]; M],
        }
    }

    fn value(self) -> f64 {
        self.value
    }

    fn exp(self) -> Self {
        let value = elementary::exp(self.value);
        self.through(value, value, value)
    }

    fn ln(self) -> Self {
        let slope = 1.0 / self.value;
        self.through(elementary::ln(self.value), slope, -slope * slope)
    }

    fn sqrt(self) -> Self {
        let value = self.value.sqrt();
        let slope = 0.5 / value;
        self.through(value, slope, -0.5 * slope / self.value)
    }

    fn normal(self) -> Self {
        let (below, bell) = elementary::normal(self.value);
        self.through(below, bell, -self.value * bell)
    }

    fn density(self) -> Self {
        let Self { value, .. } = self;
        let bell = elementary::density(value);
        self.through(bell, -value * bell, (value * value - 1.0) * bell)
    }
}

impl<const N: usize, const M: usize> Neg for Jet<N, M> {
    type Output = Self;

    fn neg(self) -> Self {
        self.through(-self.value, -1.0, 0.0)
    }
}

impl<const N: usize, const M: usize> Add for Jet<N, M> {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        self.with(other, |one, two| one + two)
    }
}

impl<const N: usize, const M: usize> Sub for Jet<N, M> {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        self.with(other, |one, two| one - two)
    }
}

impl<const N: usize, const M: usize> Mul for Jet<N, M> {
    type Output = Self;

    #[expect(
        clippy::suspicious_arithmetic_impl,
        reason = "a product's derivatives are sums"
    )]
    fn mul(self, other: Self) -> Self {
        let (own, its) = (self.value, other.value);
        Self {
            value: own * its,
            slopes: std::array::from_fn(|place| {
                own * other.slopes[place] + its * self.slopes[place]
            }),
            curves: std::array::from_fn(|one| {
                std::array::from_fn(|two| {
                    own * other.curves[one][two]
                        + its * self.curves[one][two]
                        + self.slopes[one] * other.slopes[two]
                        + self.slopes[two] * other.slopes[one]
                })
            }),
        }
    }
}

impl<const N: usize, const M: usize> Div for Jet<N, M> {
    type Output = Self;

    fn div(self, other: Self) -> Self {
        let inverse = 1.0 / other.value;
        let square = inverse * inverse;
        let mut found = self * other.through(inverse, -square, 2.0 * square * inverse);
        found.value = self.value / other.value;
        found
    }
}

impl<const N: usize, const M: usize> Add<f64> for Jet<N, M> {
    type Output = Self;

    fn add(mut self, other: f64) -> Self {
        self.value += other;
        self
    }
}

impl<const N: usize, const M: usize> Sub<f64> for Jet<N, M> {
    type Output = Self;

    fn sub(mut self, other: f64) -> Self {
        self.value -= other;
        self
    }
}

impl<const N: usize, const M: usize> Mul<f64> for Jet<N, M> {
    type Output = Self;

    fn mul(self, other: f64) -> Self {
        self.through(self.value * other, other, 0.0)
    }
}

impl<const N: usize, const M: usize> Div<f64> for Jet<N, M> {
    type Output = Self;

    fn div(self, other: f64) -> Self {
        self.through(self.value / other, 1.0 / other, 0.0)
    }
}

/// Undiscounted value of a call (1) or put (-1) on a lognormal price: F. Black, Journal of Financial Economics 3
/// (1976), 167-179. What does not move is worth what it brings.
pub(crate) fn black<T: Real>(sign: f64, forward: T, strike: T, variance: T) -> T {
    if variance.value() <= 0.0 {
        return ((forward - strike) * sign).at_least(T::of(0.0));
    }
    let deviation = variance.sqrt();
    let upper = (forward / strike).ln() / deviation + deviation * 0.5;
    let lower = upper - deviation;
    (forward * (upper * sign).normal() - strike * (lower * sign).normal()) * sign
}

#[cfg(test)]
mod tests {
    use super::{Jet, Real};

    /// Every operation, once; `x` above 0.
    fn formula<T: Real>(x: T, y: T) -> T {
        let bell = (x * y - 0.5).density() + (y / x).normal() * 2.0;
        let quotient = (x - 1.5) * y / (x + y * y * 3.0);
        (bell + quotient + (-x).exp() + x.ln() * y + x.sqrt()) / (y * y + 1.0)
    }

    proptest::proptest! {
        #[test]
        fn derivatives_are_those_of_differences(x in 0.2_f64..4.0, y in -2.0_f64..2.0) {
            let found: Jet<2, 1> = formula(Jet::input(x, 0), Jet::input(y, 1));
            proptest::prop_assert!((found.value - formula(x, y)).abs() < 1e-14);
            let step = 1e-5;
            let at = |dx: f64, dy: f64| formula(x + dx, y + dy);
            let slopes = [
                (at(step, 0.0) - at(-step, 0.0)) / (2.0 * step),
                (at(0.0, step) - at(0.0, -step)) / (2.0 * step),
            ];
            for (ours, theirs) in found.slopes.into_iter().zip(slopes) {
                proptest::prop_assert!((ours - theirs).abs() < 1e-6 * (1.0 + theirs.abs()));
            }
            let wide = 1e-3;
            let curve = (at(wide, 0.0) - 2.0 * at(0.0, 0.0) + at(-wide, 0.0)) / (wide * wide);
            proptest::prop_assert!((found.curves[0][0] - curve).abs() < 1e-3 * (1.0 + curve.abs()));
        }
    }
}
