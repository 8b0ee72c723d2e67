//! American options, by the integral equation of their exercise boundary.
//!
//! L. Andersen, M. Lake and D. Offengenden, "High-performance American option pricing", Journal of
//! Computational Finance 20 (2016), 39-87, on Chebyshev nodes in the root of time: fixed point A, and
//! B where the drift is strong against the deviation.
//! Ours departs in one thing: the integrals run over an angle, `u = t cos^2`, `t - u = t sin^2`, so
//! that the roots at both ends are smooth and few Gauss points give many digits. The first
//! boundary is that of G. Barone-Adesi and R. Whaley, Journal of Finance 42 (1987), 301-320.
//!
//! All is done for a put of strike 1. A call is a put with spot and strike, rate and yield
//! exchanged (R. `McDonald` and M. Schroder, Journal of Computational Finance 1 (1998), 5-13).

use std::f64::consts::{FRAC_PI_4, PI};
use std::sync::OnceLock;

use crate::approximations::{barone_adesi_whaley, bjerksund_stensland, ju_zhong};
use crate::block::{Column, widest};
use crate::elementary::{density, exp, ln, normal};
use crate::error::PricingError;
use crate::european::Model;
use crate::quadrature::gauss_legendre;

/// Nodes of the boundary, besides expiry.
const NODES: usize = 12;
/// Gauss points of each integral of the boundary.
const POINTS: usize = 16;
/// Gauss points of the premium.
const PREMIUM_POINTS: usize = 48;
/// Rounds of the fixed point, where densities weigh it and where distributions do.
const ROUNDS: usize = 5;
const DRIFT_ROUNDS: usize = 8;
/// Drift over the whole time, in deviations of it, from which the fixed point of densities may not
/// settle and that of distributions is taken.
const STRONG_DRIFT: f64 = 0.6;
/// Newton steps of the first boundary.
const FIRST_STEPS: usize = 3;
/// Below this deviation the path is certain, to the rounding of a price.
const CERTAIN: f64 = 1e-9;

/// An American option on a spot price or, with the yield equal to the rate, on a future.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct American {
    /// 1 for a call, -1 for a put.
    pub sign: f64,
    /// Price of the underlying.
    pub spot: f64,
    /// Strike, in the unit of the spot.
    pub strike: f64,
    /// Years to expiry.
    pub time: f64,
    /// Lognormal volatility.
    pub volatility: f64,
    /// Discount rate per year, continuously compounded.
    pub rate: f64,
    /// What the underlying yields per year, continuously compounded; of a future, the rate.
    pub carry_yield: f64,
}

/// Positions and weights that all options share.
struct Grid {
    /// Node over the longest, in roots of time; the last is expiry, 0.
    nodes: [f64; NODES + 1],
    /// `[node][point]`: time passed and left and the step in time of each Gauss point, as shares of the
    /// whole time, and the reciprocal root of the time passed.
    passed: [[f64; POINTS]; NODES],
    remaining: [[f64; POINTS]; NODES],
    weights: [[f64; POINTS]; NODES],
    inverse_roots: [[f64; POINTS]; NODES],
    /// `[node][basis][point]`: the boundary at a point is a sum over the nodes.
    at_points: Vec<[[f64; POINTS]; NODES + 1]>,
    premium_passed: [f64; PREMIUM_POINTS],
    premium_weights: [f64; PREMIUM_POINTS],
    at_premium: Box<[[f64; PREMIUM_POINTS]; NODES + 1]>,
}

/// Squared sines and steps of Gauss points whose angles run over a quarter turn.
fn angles<const N: usize>() -> ([f64; N], [f64; N], [f64; N]) {
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
fn basis(nodes: &[f64; NODES + 1], position: f64) -> [f64; NODES + 1] {
    let mut weights = [0.0; NODES + 1];
    for (node, weight) in weights.iter_mut().enumerate() {
        if position.to_bits() == nodes[node].to_bits() {
            weights = [0.0; NODES + 1];
            weights[node] = 1.0;
            return weights;
        }
        let end = if node == 0 || node == NODES { 0.5 } else { 1.0 };
        let sign = if node.is_multiple_of(2) { end } else { -end };
        *weight = sign / (position - nodes[node]);
    }
    let sum: f64 = weights.iter().sum();
    weights.map(|weight| weight / sum)
}

fn grid() -> &'static Grid {
    static GRID: OnceLock<Grid> = OnceLock::new();
    GRID.get_or_init(|| {
        let mut nodes =
            std::array::from_fn(|node| 0.5 * (1.0 + (node as f64 * PI / NODES as f64).cos()));
        nodes[NODES] = 0.0;
        let (shares, steps, cosines) = angles::<POINTS>();
        let of_node = |of: &dyn Fn(f64, usize) -> f64| {
            std::array::from_fn(|node| {
                let left = nodes[node] * nodes[node];
                std::array::from_fn(|point| of(left, point))
            })
        };
        let passed = of_node(&|left, point| left * shares[point]);
        let remaining = of_node(&|left, point| left * (1.0 - shares[point]));
        let weights = of_node(&|left, point| left * steps[point]);
        let inverse_roots = of_node(&|left, point| 1.0 / (left * shares[point]).sqrt());
        let mut at_points = vec![[[0.0; POINTS]; NODES + 1]; NODES];
        for node in 0..NODES {
            for point in 0..POINTS {
                for (other, weight) in basis(&nodes, nodes[node] * cosines[point])
                    .into_iter()
                    .enumerate()
                {
                    at_points[node][other][point] = weight;
                }
            }
        }
        let (premium_passed, premium_weights, cosines) = angles();
        let mut at_premium = Box::new([[0.0; PREMIUM_POINTS]; NODES + 1]);
        for point in 0..PREMIUM_POINTS {
            for (other, weight) in basis(&nodes, cosines[point]).into_iter().enumerate() {
                at_premium[other][point] = weight;
            }
        }
        Grid {
            nodes,
            passed,
            remaining,
            weights,
            inverse_roots,
            at_points,
            premium_passed,
            premium_weights,
            at_premium,
        }
    })
}

/// A put of strike 1.
#[derive(Clone, Copy)]
struct Put {
    spot: f64,
    time: f64,
    volatility: f64,
    rate: f64,
    carry_yield: f64,
}

impl Put {
    #[inline(always)]
    fn european(self) -> f64 {
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

    /// The best of exercising at one certain time.
    fn certain(self) -> f64 {
        let Self {
            spot,
            time,
            rate,
            carry_yield,
            ..
        } = self;
        let at = |t: f64| exp(-rate * t) - spot * exp(-carry_yield * t);
        let ends = at(0.0).max(at(time)).max(0.0);
        let turn = ln_or_nan(rate / (carry_yield * spot)) / (rate - carry_yield);
        if turn > 0.0 && turn < time {
            ends.max(at(turn))
        } else {
            ends
        }
    }

    /// The boundary of Barone-Adesi and Whaley, each of the `times` before expiry.
    #[inline(always)]
    fn first_boundary(self, times: &[f64; NODES]) -> [f64; NODES] {
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
        let mut boundary = [0.0; NODES];
        for (first, &time) in boundary.iter_mut().zip(times) {
            let approach =
                ((rate - carry_yield) * time - 2.0 * volatility * time.sqrt()) / (1.0 - perpetual);
            *first = (1.0 - perpetual)
                .mul_add(exp(approach.min(0.0)), perpetual)
                .max(1e-12);
        }
        for _ in 0..FIRST_STEPS {
            for (boundary, &time) in boundary.iter_mut().zip(times) {
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

fn ln_or_nan(x: f64) -> f64 {
    if x.is_finite() && x > f64::MIN_POSITIVE {
        ln(x)
    } else {
        f64::NAN
    }
}

/// Boundary over its limit at expiry, as its squared logarithm at each node, and that limit.
#[inline(always)]
fn boundary<const DRIFT: bool>(put: Put, grid: &Grid) -> ([f64; NODES + 1], f64) {
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
    let left: [f64; NODES] = std::array::from_fn(|node| time * grid.nodes[node] * grid.nodes[node]);
    let first = put.first_boundary(&left);
    let mut squares = [0.0; NODES + 1];
    for node in 0..NODES {
        let log = ln(first[node].min(limit)) - log_limit;
        squares[node] = log * log;
    }
    let grown = grown(put, grid);
    let mut gains = [0.0; NODES];
    let mut costs = [0.0; NODES];
    for _ in 0..if DRIFT { DRIFT_ROUNDS } else { ROUNDS } {
        for node in 0..NODES {
            (gains[node], costs[node]) = integrals::<DRIFT>(put, grid, &grown, &squares, node);
        }
        for node in 0..NODES {
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
type Grown = [[[f64; POINTS]; NODES]; 2];

#[inline(always)]
fn grown(put: Put, grid: &Grid) -> Grown {
    let mut grown = [[[0.0; POINTS]; NODES]; 2];
    let [interest, income] = &mut grown;
    let growth = |rate: f64, into: &mut [[f64; POINTS]; NODES]| {
        for node in 0..NODES {
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
fn integrals<const DRIFT: bool>(
    put: Put,
    grid: &Grid,
    grown: &Grown,
    squares: &[f64; NODES + 1],
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

#[inline(always)]
fn exercised(put: Put) -> f64 {
    let grid = grid();
    let Put {
        spot,
        time,
        volatility,
        rate,
        carry_yield,
    } = put;
    let drifts_little = (rate - carry_yield).abs() * time.sqrt() < STRONG_DRIFT * volatility;
    let (squares, log_limit) = if drifts_little {
        boundary::<false>(put, grid)
    } else {
        boundary::<true>(put, grid)
    };
    let log_spot = ln(spot);
    if log_spot <= log_limit - squares[0].sqrt() {
        return 1.0 - spot;
    }
    let mut at_points = [0.0; PREMIUM_POINTS];
    for (basis, square) in grid.at_premium.iter().zip(squares) {
        for point in 0..PREMIUM_POINTS {
            at_points[point] = basis[point].mul_add(square, at_points[point]);
        }
    }
    let drift = rate - carry_yield;
    let half_variance = 0.5 * volatility * volatility;
    let mut parts = [0.0; PREMIUM_POINTS];
    for point in 0..PREMIUM_POINTS {
        let passed = time * grid.premium_passed[point];
        let spread = volatility * passed.sqrt();
        let log_ratio = log_spot - log_limit + at_points[point].max(0.0).sqrt();
        let lower = (log_ratio + (drift - half_variance) * passed) / spread;
        let interest = rate * exp(-rate * passed) * normal(-lower).0;
        let income = carry_yield * spot * exp(-carry_yield * passed) * normal(-lower - spread).0;
        parts[point] = time * grid.premium_weights[point] * (interest - income);
    }
    let premium: f64 = parts.iter().sum();
    (put.european() + premium.max(0.0)).max(1.0 - spot)
}

widest! {
    fn exercised_put(put: Put) -> f64 = exercised
}

impl American {
    /// Present value, in units of price: within 1e-7 of the strike for a future, 4e-6 where the drift
    /// over the time is strong against its deviation, for volatilities of 3 % to 100 %, up to three
    /// years. A strike of 0 is taken too.
    ///
    /// # Errors
    /// [`PricingError::OutOfRange`], of row 0, for what a lognormal price cannot be, and where
    /// exercise pays between two boundaries: the yield is below a rate below zero.
    pub fn value(&self) -> Result<f64, PricingError> {
        self.check(0)?;
        Ok(self.checked_value())
    }

    fn checked_value(&self) -> f64 {
        let (spot, strike, rate, carry_yield) = if self.sign > 0.0 {
            (self.strike, self.spot, self.carry_yield, self.rate)
        } else {
            (self.spot, self.strike, self.rate, self.carry_yield)
        };
        if strike == 0.0 || spot == 0.0 {
            // Of a strike of 0: the call is the underlying, now or later, and the put is nothing.
            return if self.sign > 0.0 {
                self.spot * exp(-self.carry_yield * self.time).max(1.0)
            } else {
                0.0
            };
        }
        let put = Put {
            spot: spot / strike,
            time: self.time,
            volatility: self.volatility,
            rate,
            carry_yield,
        };
        let interest_is_earned = rate > 0.0 || (rate == 0.0 && carry_yield < 0.0);
        strike
            * if put.volatility * put.time.sqrt() < CERTAIN {
                put.certain()
            } else if interest_is_earned {
                exercised_put(put)
            } else {
                put.european().max(0.0)
            }
    }

    fn check(&self, row: usize) -> Result<(), PricingError> {
        let Self {
            sign,
            spot,
            strike,
            time,
            volatility,
            rate,
            carry_yield,
        } = *self;
        let strike = if strike == 0.0 { 1.0 } else { strike };
        Model::Black
            .check(row, [sign, spot, strike, time, volatility, rate])
            .map_err(|error| error.of("forward", "spot"))?;
        Model::Black
            .check(row, [sign, spot, strike, time, volatility, carry_yield])
            .map_err(|error| error.of("rate", "carry_yield"))?;
        let (earned, paid, field) = if sign > 0.0 {
            (carry_yield, rate, "rate")
        } else {
            (rate, carry_yield, "carry_yield")
        };
        if earned < 0.0 && paid < earned {
            return Err(PricingError::OutOfRange {
                row,
                field,
                value: paid,
                rule: "where it is below the other rate and both are below zero, exercise pays between two \
                       boundaries: price it on a tree",
            });
        }
        Ok(())
    }
}

/// How an American option is valued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AmericanMethod {
    /// By its exercise boundary, as [`American::value`].
    Exact,
    /// Barone-Adesi and Whaley (1987).
    BaroneAdesiWhaley,
    /// Ju and Zhong (1999).
    JuZhong,
    /// Bjerksund and Stensland (1993).
    BjerksundStensland,
}

/// American options to price; each column is one value or one for each row, as in [`American`].
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "as in `American`")]
pub struct Americans<'a> {
    pub sign: Column<'a>,
    pub spot: Column<'a>,
    pub strike: Column<'a>,
    pub time: Column<'a>,
    pub volatility: Column<'a>,
    pub rate: Column<'a>,
    pub carry_yield: Column<'a>,
}

/// Writes the present value of each of `options`.
///
/// # Errors
/// As [`American::value`], with the first row at fault; [`PricingError::Length`] for a column of
/// another length than `prices`.
pub fn american_values(
    method: AmericanMethod,
    options: &Americans<'_>,
    prices: &mut [f64],
) -> Result<(), PricingError> {
    let Americans {
        sign,
        spot,
        strike,
        time,
        volatility,
        rate,
        carry_yield,
    } = options;
    for (column, field) in [
        (sign, "sign"),
        (spot, "spot"),
        (strike, "strike"),
        (time, "time"),
        (volatility, "volatility"),
        (rate, "rate"),
        (carry_yield, "carry_yield"),
    ] {
        column.fits(field, prices.len())?;
    }
    for (row, price) in prices.iter_mut().enumerate() {
        let option = American {
            sign: sign.at(row),
            spot: spot.at(row),
            strike: strike.at(row),
            time: time.at(row),
            volatility: volatility.at(row),
            rate: rate.at(row),
            carry_yield: carry_yield.at(row),
        };
        option.check(row)?;
        // Where the path is certain, or the strike 0, nothing needs approximating.
        let is_certain = option.volatility * option.time.sqrt() < CERTAIN || option.strike == 0.0;
        *price = match method {
            AmericanMethod::BaroneAdesiWhaley if !is_certain => barone_adesi_whaley(&option),
            AmericanMethod::JuZhong if !is_certain => ju_zhong(&option),
            AmericanMethod::BjerksundStensland if !is_certain => bjerksund_stensland(&option),
            _ => option.checked_value(),
        };
    }
    Ok(())
}
