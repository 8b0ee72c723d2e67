//! American puts on futures, their exercise boundary from a table.
//!
//! Where rate and yield are one, the boundary over the strike depends on two numbers: the variance that is left,
//! `s = volatility^2 time`, and the rate per variance, `m = rate / volatility^2`. The square of its logarithm is a
//! polynomial of Chebyshev in the root of `s`, one for each of a few spans of it, whose coefficients are
//! polynomials in the logarithm of `m`. The table is [solved for](crate::exercise) once, at its first use.

use std::f64::consts::PI;
use std::sync::OnceLock;

use crate::block::widest;
use crate::elementary::{density, exp, ln, normal};
use crate::exercise::{Grid, Put, angles, boundary};

/// Coefficients in the root of the variance; as many nodes, the last of which is expiry.
const TERMS: usize = 24;
/// Coefficients in the logarithm of the rate per variance.
const RATIOS: usize = 24;
/// Longest variance of each span. A put is priced in the shortest span that it fits, so that its own time is at
/// least half of the span in roots.
const SPANS: [f64; 5] = [0.01, 0.04, 0.16, 0.64, 2.56];
/// Rates per variance that the table covers.
const LOWEST_RATIO: f64 = 1e-3;
const HIGHEST_RATIO: f64 = 50.0;
/// Gauss points of each integral and rounds of the fixed point of the table.
const POINTS: usize = 48;
const ROUNDS: usize = 24;
/// Gauss points of the premium; one lane more holds the boundary now.
const PREMIUM_POINTS: usize = 47;
const LANES: usize = PREMIUM_POINTS + 1;

type Coefficients = [[f64; TERMS]; RATIOS];

struct Table {
    /// By span.
    coefficients: Vec<Coefficients>,
    /// Time passed as a share of the whole, step in time and root of the time left, of each lane.
    passed: [f64; LANES],
    weights: [f64; LANES],
    roots_left: [f64; LANES],
}

/// Place of a rate per variance in the table, within -1 and 1.
#[inline(always)]
fn place(ratio: f64) -> f64 {
    let (low, high) = (ln(LOWEST_RATIO), ln(HIGHEST_RATIO));
    (2.0 * ln(ratio) - low - high) / (high - low)
}

/// Whether `put` is on a future and within the table.
pub(crate) fn covers(put: &Put) -> bool {
    let variance = put.volatility * put.volatility;
    let ratio = put.rate / variance;
    put.rate == put.carry_yield
        && (LOWEST_RATIO..=HIGHEST_RATIO).contains(&ratio)
        && variance * put.time <= SPANS[SPANS.len() - 1]
}

/// Squared logarithms of the boundary at the nodes of a span for each place of the table.
#[inline(always)]
fn solve(span: f64, grid: &Grid<TERMS, POINTS>, squares: &mut [[f64; TERMS]; RATIOS]) {
    for (number, squares) in squares.iter_mut().enumerate() {
        let position = ((number as f64 + 0.5) * PI / RATIOS as f64).cos();
        let (low, high) = (LOWEST_RATIO.ln(), HIGHEST_RATIO.ln());
        let rate = (0.5 * (low + high + (high - low) * position)).exp();
        let put = Put {
            spot: 1.0,
            time: span,
            volatility: 1.0,
            rate,
            carry_yield: rate,
        };
        (*squares, _) = boundary::<false, TERMS, POINTS>(put, grid, ROUNDS);
    }
}

widest! {
    fn solve_span(span: f64, grid: &Grid<TERMS, POINTS>, squares: &mut [[f64; TERMS]; RATIOS]) = solve
}

/// Coefficients of Chebyshev's polynomials through values at nodes: in the root of the variance nodes with both
/// ends, in the ratio without them.
fn coefficients(squares: &[[f64; TERMS]; RATIOS]) -> Coefficients {
    let intervals = (TERMS - 1) as f64;
    let half_at = |end: bool| if end { 0.5 } else { 1.0 };
    let by_time = squares.map(|at_nodes| {
        std::array::from_fn::<f64, TERMS, _>(|term| {
            let sum: f64 = (0..TERMS)
                .map(|node| {
                    let turn = (term * node) as f64 * PI / intervals;
                    half_at(node == 0 || node == TERMS - 1) * at_nodes[node] * turn.cos()
                })
                .sum();
            2.0 / intervals * half_at(term == 0 || term == TERMS - 1) * sum
        })
    });
    std::array::from_fn(|ratio| {
        std::array::from_fn(|term| {
            let sum: f64 = (0..RATIOS)
                .map(|number| {
                    let turn = ratio as f64 * (number as f64 + 0.5) * PI / RATIOS as f64;
                    by_time[number][term] * turn.cos()
                })
                .sum();
            2.0 / RATIOS as f64 * half_at(ratio == 0) * sum
        })
    })
}

fn table() -> &'static Table {
    static TABLE: OnceLock<Table> = OnceLock::new();
    TABLE.get_or_init(|| {
        let grid = Grid::new();
        let coefficients = SPANS
            .into_iter()
            .map(|span| {
                let mut squares = [[0.0; TERMS]; RATIOS];
                solve_span(span, &grid, &mut squares);
                coefficients(&squares)
            })
            .collect();
        let (shares, steps, cosines) = angles::<PREMIUM_POINTS>();
        // The last lane is the boundary now; its step of 0 leaves it out of the sum.
        let (mut passed, mut weights, mut roots_left) = ([1.0; LANES], [0.0; LANES], [1.0; LANES]);
        passed[..PREMIUM_POINTS].copy_from_slice(&shares);
        weights[..PREMIUM_POINTS].copy_from_slice(&steps);
        roots_left[..PREMIUM_POINTS].copy_from_slice(&cosines);
        Table {
            coefficients,
            passed,
            weights,
            roots_left,
        }
    })
}

/// Clenshaw's sum of Chebyshev's polynomials at `x`, side by side.
#[inline(always)]
fn clenshaw<'a, const N: usize>(
    x: &[f64; N],
    rising: impl DoubleEndedIterator<Item = &'a [f64; N]>,
) -> [f64; N] {
    let (mut one, mut two) = ([0.0; N], [0.0; N]);
    let mut rising = rising;
    let first = rising.next();
    for coefficients in rising.rev() {
        for lane in 0..N {
            let next = (2.0 * x[lane]).mul_add(one[lane], coefficients[lane] - two[lane]);
            two[lane] = one[lane];
            one[lane] = next;
        }
    }
    if let Some(coefficients) = first {
        for lane in 0..N {
            one[lane] = x[lane].mul_add(one[lane], coefficients[lane] - two[lane]);
        }
    }
    one
}

/// Fills in years passed, step in years and logarithm of the boundary of each point of the premium.
pub(crate) fn points<const N: usize>(put: &Put, points: &mut [(f64, f64, f64); N]) {
    const { assert!(N >= PREMIUM_POINTS) };
    let table = table();
    let (squares, _) = squares_and_slopes(put);
    for lane in 0..PREMIUM_POINTS {
        points[lane] = (
            put.time * table.passed[lane],
            put.time * table.weights[lane],
            -squares[lane].max(0.0).sqrt(),
        );
    }
}

/// Squared logarithms of the boundary at the lanes, and their slopes by the rate per variance.
fn squares_and_slopes(put: &Put) -> ([f64; LANES], [f64; LANES]) {
    let table = table();
    let variance = put.volatility * put.volatility;
    let whole = variance * put.time;
    let span = SPANS.iter().take_while(|&&span| span < whole).count();
    let ratio = put.rate / variance;
    let x = place(ratio);
    let per_ratio = 2.0 / (ratio * (HIGHEST_RATIO / LOWEST_RATIO).ln());
    let terms = clenshaw(&[x; TERMS], table.coefficients[span].iter());
    let risen = slope(x, &table.coefficients[span]).map(|term| term * per_ratio);
    let root = 2.0 * (whole / SPANS[span]).sqrt();
    let places = table.roots_left.map(|left| left.mul_add(root, -1.0));
    let at_lanes = |terms: [f64; TERMS]| clenshaw(&places, terms.map(|term| [term; LANES]).iter());
    (at_lanes(terms), at_lanes(risen))
}

/// Slope of sums of Chebyshev's polynomials at `x`: that of the `n`-th is `n` times the one before of the second
/// kind.
fn slope(x: f64, rising: &Coefficients) -> [f64; TERMS] {
    let mut found = [0.0; TERMS];
    let (mut before, mut second) = (0.0, 1.0);
    for (order, coefficients) in rising.iter().enumerate().skip(1) {
        for (found, coefficient) in found.iter_mut().zip(coefficients) {
            *found += order as f64 * second * coefficient;
        }
        (before, second) = (second, 2.0 * x * second - before);
    }
    found
}

/// Slope of the value of a put of strike 1 that the table [covers] by the rate per variance, the variance
/// unchanged; it is not exercised now.
pub(crate) fn slope_by_ratio(put: Put) -> f64 {
    let table = table();
    let (squares, slopes) = squares_and_slopes(&put);
    let whole = put.volatility * put.volatility * put.time;
    let discounting = put.rate * put.time;
    let deviation = whole.sqrt();
    let log_spot = ln(put.spot);
    let (mut sum, mut slope) = (0.0, 0.0);
    for lane in 0..PREMIUM_POINTS {
        let passed = table.passed[lane];
        let spread = deviation * passed.sqrt();
        let log = squares[lane].max(0.0).sqrt();
        let lower = (log_spot + log) / spread - 0.5 * spread;
        let gain = normal(-lower).0 - put.spot * normal(-lower - spread).0;
        let by_log = (put.spot * density(lower + spread) - density(lower)) / spread;
        let risen = if log > 0.0 {
            0.5 * slopes[lane] / log
        } else {
            0.0
        };
        let weight = table.weights[lane] * exp(-discounting * passed);
        sum += weight * gain;
        slope += weight * (by_log * risen - whole * passed * gain);
    }
    whole * sum + discounting * slope - whole * put.european()
}

#[inline(always)]
fn on_future(put: Put) -> f64 {
    let Table {
        coefficients,
        passed,
        weights,
        roots_left,
    } = table();
    let Put {
        spot,
        time,
        volatility,
        rate,
        ..
    } = put;
    let whole = volatility * volatility * time;
    let span = SPANS.iter().take_while(|&&span| span < whole).count();
    let at_place = [place(rate / (volatility * volatility)); TERMS];
    let terms = clenshaw(&at_place, coefficients[span].iter());
    let root = 2.0 * (whole / SPANS[span]).sqrt();
    let places = roots_left.map(|left| left.mul_add(root, -1.0));
    let by_lane = terms.map(|term| [term; LANES]);
    let squares = clenshaw(&places, by_lane.iter());
    let log_spot = ln(spot);
    let deviation = volatility * time.sqrt();
    if log_spot <= -squares[PREMIUM_POINTS].max(0.0).sqrt() {
        return 1.0 - spot;
    }
    let mut parts = [0.0; LANES];
    for lane in 0..LANES {
        let spread = deviation * passed[lane].sqrt();
        let log_ratio = log_spot + squares[lane].max(0.0).sqrt();
        let lower = log_ratio / spread - 0.5 * spread;
        let gain = normal(-lower).0 - spot * normal(-lower - spread).0;
        parts[lane] = weights[lane] * exp(-rate * time * passed[lane]) * gain;
    }
    let premium = rate * time * parts.iter().sum::<f64>();
    (put.european() + premium.max(0.0)).max(1.0 - spot)
}

widest! {
    /// Present value of a put of strike 1 that the table [covers].
    pub(crate) fn put_on_future(put: Put) -> f64 = on_future
}

#[cfg(test)]
mod tests {
    use super::{Grid, POINTS, Put, SPANS, TERMS, boundary, covers, place, put_on_future, table};

    /// The table against a solution of its own for ratios and times between its nodes; a value moves by
    /// much less than the boundary.
    #[test]
    fn the_table_is_the_boundary() {
        let grid = Grid::<TERMS, POINTS>::new();
        for (rate, time, volatility) in [
            (0.05, 0.5, 0.3),
            (0.01, 2.0, 0.9),
            (0.2, 0.1, 0.07),
            (0.003, 1.0, 1.5),
            (0.08, 3.0, 0.05),
        ] {
            let put = Put {
                spot: 1.0,
                time,
                volatility,
                rate,
                carry_yield: rate,
            };
            assert!(covers(&put), "{rate} {time} {volatility}");
            let (squares, limit) = boundary::<false, TERMS, POINTS>(put, &grid, 40);
            assert!(limit == 0.0);
            let whole = volatility * volatility * time;
            let span = SPANS.iter().take_while(|&&span| span < whole).count();
            let at_place = [place(rate / (volatility * volatility)); TERMS];
            let terms = super::clenshaw(&at_place, table().coefficients[span].iter());
            for (node, square) in grid.nodes.iter().zip(squares) {
                let x = [2.0 * (whole / SPANS[span]).sqrt() * node - 1.0];
                let found = super::clenshaw(&x, terms.map(|term| [term]).iter());
                assert!(
                    (found[0] - square).abs() < 1e-4 * squares[0],
                    "{node}: {} {square}",
                    found[0]
                );
            }
        }
    }

    #[test]
    fn a_put_deep_in_the_money_is_exercised() {
        let put = Put {
            spot: 0.3,
            time: 1.0,
            volatility: 0.3,
            rate: 0.05,
            carry_yield: 0.05,
        };
        assert!(put_on_future(put) == 0.7);
    }
}
