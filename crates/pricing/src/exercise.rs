//! The price from which an American put is exercised, as the fixed point of its integral equation.
//!
//! L. Andersen, M. Lake and D. Offengenden, "High-performance American option pricing", Journal of
//! Computational Finance 20 (2016), 39-87, on Chebyshev nodes in the root of time: fixed point A, and
//! B where the drift is strong against the deviation.
//! Ours departs in one thing: the integrals run over an angle, `u = t cos^2`, `t - u = t sin^2`, so
//! that the roots at both ends are smooth and few Gauss points give many digits. The first
//! boundary is that of G. Barone-Adesi and R. Whaley, Journal of Finance 42 (1987), 301-320.

use std::f64::consts::{FRAC_PI_4, PI};

use crate::elementary::{density, exp, ln, normal};
use crate::quadrature::gauss_legendre;

/// Newton steps of the first boundary.
const FIRST_STEPS: usize = 3;

/// Positions and weights that all options share, with `COUNT` nodes of which the last is expiry.
pub(crate) struct Grid<const COUNT: usize, const POINTS: usize> {
    /// Node over the longest, in roots of time; the last is 0.
    pub(crate) nodes: [f64; COUNT],
    /// `[node][point]`: time passed and left and the step in time of each Gauss point, as shares of the
    /// whole time, and the reciprocal root of the time passed. Expiry has none.
    passed: [[f64; POINTS]; COUNT],
    remaining: [[f64; POINTS]; COUNT],
    weights: [[f64; POINTS]; COUNT],
    inverse_roots: [[f64; POINTS]; COUNT],
    /// `[node][basis][point]`: the boundary at a point is a sum over the nodes.
    at_points: Vec<[[f64; POINTS]; COUNT]>,
}

/// Squared sines, steps and cosines of Gauss points whose angles run over a quarter turn.
pub(crate) fn angles<const N: usize>() -> ([f64; N], [f64; N], [f64; N]) {
    let (mut passed, mut weights, mut cosines) = ([0.0; N], [0.0; N], [0.0; N]);
    for (point, (position, weight)) in gauss_legendre(N).into_iter().enumerate() {
        let angle = (1.0 + position) * FRAC_PI_4;
        passed[point] = angle.sin().powi(2);
        weights[point] = (2.0 * angle).sin() * weight * FRAC_PI_4;
        cosines[point] = angle.cos();
    }
    (passed, weights, cosines)
}

/// Weights of the nodes in the polynomial through them, at `position` (barycentric form).
pub(crate) fn basis<const COUNT: usize>(nodes: &[f64; COUNT], position: f64) -> [f64; COUNT] {
    let mut weights = [0.0; COUNT];
    for (node, weight) in weights.iter_mut().enumerate() {
        if position.to_bits() == nodes[node].to_bits() {
            weights = [0.0; COUNT];
            weights[node] = 1.0;
            return weights;
        }
        let end = if node == 0 || node == COUNT - 1 {
            0.5
        } else {
            1.0
        };
        let sign = if node.is_multiple_of(2) { end } else { -end };
        *weight = sign / (position - nodes[node]);
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

impl<const COUNT: usize, const POINTS: usize> Grid<COUNT, POINTS> {
    pub(crate) fn new() -> Self {
        let mut nodes =
            std::array::from_fn(|node| 0.5 * (1.0 + (node as f64 * PI / (COUNT - 1) as f64).cos()));
        nodes[COUNT - 1] = 0.0;
        let (shares, steps, cosines) = angles::<POINTS>();
        let of_node = |of: &dyn Fn(f64, usize) -> f64| {
            std::array::from_fn(|node| {
                let left = nodes[node] * nodes[node];
                std::array::from_fn(|point| of(left, point))
            })
        };
        let mut at_points = vec![[[0.0; POINTS]; COUNT]; COUNT - 1];
        for (node, at_points) in at_points.iter_mut().enumerate() {
            for point in 0..POINTS {
                for (other, weight) in basis(&nodes, nodes[node] * cosines[point])
                    .into_iter()
                    .enumerate()
                {
                    at_points[other][point] = weight;
                }
            }
        }
        Self {
            passed: of_node(&|left, point| left * shares[point]),
            remaining: of_node(&|left, point| left * (1.0 - shares[point])),
            weights: of_node(&|left, point| left * steps[point]),
            inverse_roots: of_node(&|left, point| 1.0 / (left * shares[point]).sqrt()),
            at_points,
            nodes,
        }
    }
}

/// A put of strike 1.
#[derive(Clone, Copy)]
pub(crate) struct Put {
    pub(crate) spot: f64,
    pub(crate) time: f64,
    pub(crate) volatility: f64,
    pub(crate) rate: f64,
    pub(crate) carry_yield: f64,
}

impl Put {
    #[inline(always)]
    pub(crate) fn european(self) -> f64 {
        let Self {
            spot,
            time,
            volatility,
            rate,
            carry_yield,
        } = self;
        let deviation = volatility * time.sqrt();
        let upper = (ln(spot) + (rate - carry_yield) * time) / deviation + 0.5 * deviation;
        exp(-rate * time) * normal(deviation - upper).0
            - spot * exp(-carry_yield * time) * normal(-upper).0
    }

    /// The boundary of Barone-Adesi and Whaley, each of the `times` before expiry.
    #[inline(always)]
    fn first_boundary<const COUNT: usize>(self, times: &[f64; COUNT]) -> [f64; COUNT] {
        let Self {
            volatility,
            rate,
            carry_yield,
            ..
        } = self;
        let variance = volatility * volatility;
        let drift = 2.0 * (rate - carry_yield) / variance - 1.0;
        let endless = -0.5 * (drift + (drift * drift + 8.0 * rate / variance).sqrt());
        let perpetual = endless / (endless - 1.0);
        let mut boundary = [1.0; COUNT];
        for (first, &time) in boundary.iter_mut().zip(&times[..COUNT - 1]) {
            let approach =
                ((rate - carry_yield) * time - 2.0 * volatility * time.sqrt()) / (1.0 - perpetual);
            *first = (1.0 - perpetual)
                .mul_add(exp(approach.min(0.0)), perpetual)
                .max(1e-12);
        }
        for _ in 0..FIRST_STEPS {
            for (boundary, &time) in boundary.iter_mut().zip(&times[..COUNT - 1]) {
                let (discount, yielded) = (exp(-rate * time), exp(-carry_yield * time));
                // rate / (1 - e^(-rate time)), whose limit is 1 / time.
                let passed = rate * time;
                let strength = if passed.abs() < 1e-8 {
                    1.0 / time
                } else {
                    rate / (1.0 - discount)
                };
                let power = -0.5 * (drift + (drift * drift + 8.0 * strength / variance).sqrt());
                let deviation = volatility * time.sqrt();
                let upper =
                    (ln(*boundary) + (rate - carry_yield) * time) / deviation + 0.5 * deviation;
                let (above, bell) = normal(upper);
                let below = yielded * (1.0 - above);
                let european = discount * normal(deviation - upper).0 - *boundary * below;
                let slope = 1.0 - below;
                let gap = 1.0 - *boundary - european + slope * *boundary / power;
                let change = -slope + (slope + yielded * bell / deviation) / power;
                *boundary = (*boundary - gap / change)
                    .max(0.3 * *boundary)
                    .min(2.0 * *boundary)
                    .min(1.0);
            }
        }
        boundary
    }
}

/// Boundary over its limit at expiry, as its squared logarithm at each node, and the logarithm of that
/// limit, after so many `rounds`: where densities weigh it, or where distributions do (`DRIFT`).
#[inline(always)]
pub(crate) fn boundary<const DRIFT: bool, const COUNT: usize, const POINTS: usize>(
    put: Put,
    grid: &Grid<COUNT, POINTS>,
    rounds: usize,
) -> ([f64; COUNT], f64) {
    let Put {
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = put;
    let limit = if carry_yield > rate {
        rate / carry_yield
    } else {
        1.0
    };
    let log_limit = ln(limit);
    let drift = rate - carry_yield;
    let real_drift = drift - 0.5 * volatility * volatility;
    let left: [f64; COUNT] = std::array::from_fn(|node| time * grid.nodes[node] * grid.nodes[node]);
    let first = put.first_boundary(&left);
    let mut squares = [0.0; COUNT];
    for node in 0..COUNT - 1 {
        let log = ln(first[node].min(limit)) - log_limit;
        squares[node] = log * log;
    }
    let grown = grown(put, grid);
    let mut gains = [0.0; COUNT];
    let mut costs = [0.0; COUNT];
    for _ in 0..rounds {
        for node in 0..COUNT - 1 {
            (gains[node], costs[node]) =
                integrals::<DRIFT, COUNT, POINTS>(put, grid, &grown, &squares, node);
        }
        for node in 0..COUNT - 1 {
            let left = left[node];
            let deviation = volatility * left.sqrt();
            let lower = (log_limit - squares[node].sqrt() + real_drift * left) / deviation;
            let (interest, income) = weights::<DRIFT>(lower, deviation, 1.0 / deviation);
            let gain = rate.mul_add(gains[node], interest);
            let cost = carry_yield.mul_add(costs[node], income);
            let moved = (exp(-drift * left) * gain / cost).max(1e-200).min(limit);
            let log = ln(moved) - log_limit;
            squares[node] = log * log;
        }
    }
    (squares, log_limit)
}

/// How a time counts whose price is `lower` deviations above the boundary, for interest and for
/// income: by distributions, or by their slopes, which settle sooner where drift is weak.
#[inline(always)]
fn weights<const DRIFT: bool>(lower: f64, deviation: f64, inverse: f64) -> (f64, f64) {
    let (above, bell) = normal(lower + deviation);
    if DRIFT {
        (normal(lower).0, above)
    } else {
        (density(lower) * inverse, bell.mul_add(inverse, above))
    }
}

/// What interest and income grow by over the time that is left at each node's points.
type Grown<const COUNT: usize, const POINTS: usize> = [[[f64; POINTS]; COUNT]; 2];

#[inline(always)]
fn grown<const COUNT: usize, const POINTS: usize>(
    put: Put,
    grid: &Grid<COUNT, POINTS>,
) -> Grown<COUNT, POINTS> {
    let mut grown = [[[0.0; POINTS]; COUNT]; 2];
    let [interest, income] = &mut grown;
    let growth = |rate: f64, into: &mut [[f64; POINTS]; COUNT]| {
        for node in 0..COUNT - 1 {
            for point in 0..POINTS {
                into[node][point] = put.time
                    * grid.weights[node][point]
                    * exp(rate * put.time * grid.remaining[node][point]);
            }
        }
    };
    growth(put.rate, interest);
    if put.carry_yield.to_bits() == put.rate.to_bits() {
        *income = *interest;
    } else {
        growth(put.carry_yield, income);
    }
    grown
}

/// Integrals of interest and income from a node on, over the boundary that is known.
#[inline(always)]
fn integrals<const DRIFT: bool, const COUNT: usize, const POINTS: usize>(
    put: Put,
    grid: &Grid<COUNT, POINTS>,
    grown: &Grown<COUNT, POINTS>,
    squares: &[f64; COUNT],
    node: usize,
) -> (f64, f64) {
    let Put {
        time,
        volatility,
        rate,
        carry_yield,
        ..
    } = put;
    let root = squares[node].sqrt();
    let deviation = volatility * time.sqrt();
    let per_deviation = 1.0 / deviation;
    let real_drift = (rate - carry_yield - 0.5 * volatility * volatility) * time;
    let mut at_points = [0.0; POINTS];
    for (basis, &square) in grid.at_points[node].iter().zip(squares) {
        for point in 0..POINTS {
            at_points[point] = basis[point].mul_add(square, at_points[point]);
        }
    }
    let (mut gains, mut costs) = ([0.0; POINTS], [0.0; POINTS]);
    for point in 0..POINTS {
        let passed = grid.passed[node][point];
        let per_spread = per_deviation * grid.inverse_roots[node][point];
        let spread = deviation * passed * grid.inverse_roots[node][point];
        let gap = at_points[point].max(0.0).sqrt() - root;
        let lower = real_drift.mul_add(passed, gap) * per_spread;
        let (interest, income) = weights::<DRIFT>(lower, spread, per_spread);
        gains[point] = grown[0][node][point] * interest;
        costs[point] = grown[1][node][point] * income;
    }
    (gains.iter().sum(), costs.iter().sum())
}
