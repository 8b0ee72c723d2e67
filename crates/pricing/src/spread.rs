//! Options on the difference of two prices: spark, dark, location and calendar spreads.
//!
//! The quadrature of [`Basket`] with the algebra of two prices written out and its points side by
//! side in vector registers. Where two prices need more (a certain leg, a correlation at an end), and
//! for what cannot be priced, [`Basket`] itself is asked.

use std::sync::OnceLock;

use crate::basket::{Basket, FEWEST_POINTS, LEAST_SHARE, POINTS_PER_SQUARE};
use crate::block::{Column, widest};
use crate::elementary::{exp, ln, normal};
use crate::error::PricingError;
use crate::european::{HIGHEST, LOWEST};
use crate::quadrature::{MOST_HERMITE_POINTS, hermite_rule};

/// Points that are computed side by side.
const LANES: usize = 8;
/// Most Newton steps to the shock from which the option pays; few points need more than four.
const MOST_STEPS: usize = 60;
/// A step this short leaves an error of its square, and the value is flat where it pays from.
const SHORT_STEP: f64 = 1e-5;
/// Shocks beyond this many deviations carry nothing.
const FARTHEST: f64 = 40.0;
/// Rows that are handed to the kernel at once.
const ROWS: usize = 64;

type Lanes = [f64; LANES];

/// Positions and weights of a Gauss-Hermite rule in columns.
struct Rule {
    positions: Vec<Lanes>,
    weights: Vec<Lanes>,
}

/// The rule of the next multiple of [`LANES`] points from `count`.
#[inline(always)]
fn rule(count: usize) -> &'static Rule {
    static RULES: OnceLock<Vec<Rule>> = OnceLock::new();
    let rules = RULES.get_or_init(|| {
        let rule_of = |blocks: usize| {
            let pairs = hermite_rule(blocks * LANES).chunks_exact(LANES);
            let lanes = |of: fn(&(f64, f64)) -> f64| {
                let block = |chunk: &[(f64, f64)]| std::array::from_fn(|lane| of(&chunk[lane]));
                pairs.clone().map(block).collect()
            };
            Rule {
                positions: lanes(|pair| pair.0),
                weights: lanes(|pair| pair.1),
            }
        };
        (1..=MOST_HERMITE_POINTS / LANES).map(rule_of).collect()
    });
    &rules[count.div_ceil(LANES).clamp(1, rules.len()) - 1]
}

/// Two legs that move, with correlation inside -1 and 1.
#[derive(Clone, Copy, Debug, Default)]
struct Legs {
    forwards: [f64; 2],
    deviations: [f64; 2],
    correlation: f64,
    strike: f64,
}

impl Legs {
    /// Whether the kernel can price them.
    #[inline(always)]
    fn fit(&self) -> bool {
        let prices = |price: f64| (LOWEST..=HIGHEST).contains(&price);
        let moves = |deviation: f64| deviation > 1e-6 && deviation < 20.0;
        prices(self.forwards[0])
            && prices(self.forwards[1])
            && moves(self.deviations[0])
            && moves(self.deviations[1])
            && self.correlation.abs() < 0.999_999
            && self.strike.abs() <= HIGHEST
    }

    /// Slopes of both legs to the first shock, along which the difference rises, and to the second.
    #[inline(always)]
    fn turned(&self) -> ([f64; 2], [f64; 2]) {
        let [one, other] = self.deviations;
        let [long, short] = self.forwards;
        let joint = self.correlation * one * other;
        let along = [
            (one * one).mul_add(long, -joint * short),
            joint.mul_add(long, -other * other * short),
        ];
        let length = along[0].mul_add(long, -along[1] * short).max(0.0).sqrt();
        let slopes = [
            (along[0] / length).max(LEAST_SHARE * one),
            (along[1] / length).min(-LEAST_SHARE * other),
        ];
        // Cholesky's root of the covariance takes independent shocks to both legs.
        let cross = self.correlation * other;
        let own = other * (1.0 - self.correlation * self.correlation).sqrt();
        let direction = [slopes[0] / one, (slopes[1] - cross * slopes[0] / one) / own];
        let size = direction[0].hypot(direction[1]);
        let [x, y] = direction.map(|part| part / size);
        let leg = |x: f64, y: f64| [one * x, cross.mul_add(x, own * y)];
        (leg(x, y), leg(-y, x))
    }

    /// Undiscounted value of the call on the difference.
    #[inline(always)]
    fn call(&self) -> f64 {
        let (first, second) = self.turned();
        let ratio = second[0].hypot(second[1]) / first[0].hypot(first[1]);
        let points = (POINTS_PER_SQUARE * ratio * ratio).ceil() as usize;
        let rule = rule(points.saturating_add(FEWEST_POINTS));
        let mut sums = [0.0; LANES];
        for (positions, weights) in rule.positions.iter().zip(&rule.weights) {
            self.add(positions, weights, first, second, &mut sums);
        }
        sums.iter().sum()
    }

    /// Adds the values given the second shock at some points.
    #[inline(always)]
    fn add(
        &self,
        positions: &Lanes,
        weights: &Lanes,
        first: [f64; 2],
        second: [f64; 2],
        sums: &mut Lanes,
    ) {
        let half = |slope: f64| -0.5 * slope * slope;
        let (mut long, mut short) = ([0.0; LANES], [0.0; LANES]);
        let (mut low, mut high) = ([-FARTHEST; LANES], [FARTHEST; LANES]);
        let mut shock = [0.0; LANES];
        for lane in 0..LANES {
            let at = positions[lane];
            long[lane] = self.forwards[0] * exp(second[0].mul_add(at, half(second[0])));
            short[lane] = self.forwards[1] * exp(second[1].mul_add(at, half(second[1])));
            // The root for a short leg that stays where it is, and the strike with it.
            let bar = (short[lane] + self.strike).max(1e-3 * long[lane]);
            let rise = first[0] - first[1] * short[lane] / bar.max(short[lane]);
            let guess = ln((bar / long[lane]).clamp(1e-100, 1e100)) / rise;
            shock[lane] = guess.clamp(-8.0, 8.0);
        }
        for _ in 0..MOST_STEPS {
            let mut far = 0_u64;
            for lane in 0..LANES {
                let x = shock[lane];
                let up = long[lane] * exp(first[0].mul_add(x, half(first[0])));
                let down = short[lane] * exp(first[1].mul_add(x, half(first[1])));
                let value = up - down - self.strike;
                let rise = first[0].mul_add(up, -first[1] * down);
                let is_paid = value > 0.0;
                high[lane] = if is_paid {
                    high[lane].min(x)
                } else {
                    high[lane]
                };
                low[lane] = if is_paid { low[lane] } else { low[lane].max(x) };
                let step = value / rise;
                let next = x - step;
                let is_inside = (next > low[lane]) & (next < high[lane]);
                let middle = 0.5 * (low[lane] + high[lane]);
                shock[lane] = if is_inside { next } else { middle };
                let is_short = is_inside & (step.abs() < SHORT_STEP);
                let is_over = (high[lane] - low[lane]) < SHORT_STEP;
                far |= u64::from(!(is_short | is_over));
            }
            if far == 0 {
                break;
            }
        }
        for lane in 0..LANES {
            let x = shock[lane];
            let (above, below) = (normal(first[0] - x).0, normal(first[1] - x).0);
            let paid = long[lane] * above - short[lane] * below - self.strike * normal(-x).0;
            sums[lane] = weights[lane].mul_add(paid, sums[lane]);
        }
    }
}

/// Undiscounted calls on `legs`.
#[inline(always)]
fn calls_of(legs: &[Legs], calls: &mut [f64]) {
    for (legs, call) in legs.iter().zip(calls) {
        *call = legs.call();
    }
}

widest! {
    fn calls_on(legs: &[Legs], calls: &mut [f64]) = calls_of
}

/// Options on `forwards[0] - forwards[1]`; each column is one value or one for each row.
#[derive(Clone, Copy, Debug)]
pub struct Spreads<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: Column<'a>,
    /// Forward prices of both legs, above 0.
    pub forwards: [Column<'a>; 2],
    /// Strike of the difference; it may be below 0.
    pub strike: Column<'a>,
    /// Years to expiry.
    pub time: Column<'a>,
    /// Lognormal volatilities of both legs.
    pub volatilities: [Column<'a>; 2],
    /// Correlation of their logarithms, within -1 and 1 and neither.
    pub correlation: Column<'a>,
    /// Discount rate per year, continuously compounded.
    pub rate: Column<'a>,
}

/// Writes the present value of each of `options`, by the quadrature of [`Basket`].
///
/// # Errors
/// [`PricingError::OutOfRange`] with the first row at fault, [`PricingError::Length`] for a column
/// of another length than `prices`.
pub fn spread_values(options: &Spreads<'_>, prices: &mut [f64]) -> Result<(), PricingError> {
    let named = [
        (options.sign, "sign"),
        (options.forwards[0], "first forward"),
        (options.forwards[1], "second forward"),
        (options.strike, "strike"),
        (options.time, "time"),
        (options.volatilities[0], "first volatility"),
        (options.volatilities[1], "second volatility"),
        (options.correlation, "correlation"),
        (options.rate, "rate"),
    ];
    for (column, field) in named {
        column.fits(field, prices.len())?;
    }
    let mut first = 0;
    while first < prices.len() {
        let count = ROWS.min(prices.len() - first);
        let mut legs = [Legs::default(); ROWS];
        let mut calls = [0.0; ROWS];
        let mut packed = [0; ROWS];
        let mut fitting = 0;
        for row in first..first + count {
            let numbers = named.map(|(column, _)| column.at(row));
            let root = years(row, &numbers)?.sqrt();
            let [
                sign,
                one,
                other,
                strike,
                _,
                volatility,
                other_volatility,
                correlation,
                _,
            ] = numbers;
            let plain = Legs {
                forwards: [one, other],
                deviations: [volatility * root, other_volatility * root],
                correlation,
                strike,
            };
            if sign.abs() == 1.0 && plain.fit() {
                (legs[fitting], packed[fitting]) = (plain, row);
                fitting += 1;
            } else {
                prices[row] = by_basket(row, &numbers)?;
            }
        }
        calls_on(&legs[..fitting], &mut calls[..fitting]);
        for ((legs, call), &row) in legs.iter().zip(calls).zip(&packed[..fitting]) {
            let (sign, discount) = (
                options.sign.at(row),
                exp(-options.rate.at(row) * options.time.at(row)),
            );
            let gain = legs.forwards[0] - legs.forwards[1] - legs.strike;
            // The cheaper of the pair is the sum of the integral; parity gives the other.
            let value = if sign > 0.0 { call } else { call - gain };
            prices[row] = discount * value.max(sign * gain).max(0.0);
        }
        first += count;
    }
    Ok(())
}

/// Years to expiry of a row, checked with its rate.
fn years(row: usize, numbers: &[f64; 9]) -> Result<f64, PricingError> {
    let (time, rate) = (numbers[4], numbers[8]);
    if time >= 0.0 && (rate * time).abs() <= 100.0 {
        return Ok(time);
    }
    let rule = "give years from 0, and a rate whose product with them is within 100";
    Err(PricingError::OutOfRange {
        row,
        field: "time",
        value: time,
        rule,
    })
}

/// A row by the quadrature of any number of prices, which says what cannot be priced.
fn by_basket(row: usize, numbers: &[f64; 9]) -> Result<f64, PricingError> {
    let [
        sign,
        first,
        second,
        strike,
        time,
        volatility,
        other_volatility,
        correlation,
        rate,
    ] = *numbers;
    let root = time.sqrt();
    let basket = Basket {
        sign,
        weights: &[1.0, -1.0],
        forwards: &[first, second],
        deviations: &[volatility * root, other_volatility * root],
        correlations: &[1.0, correlation, correlation, 1.0],
        strike,
        discount: exp(-rate * time),
    };
    basket.value().map_err(|error| match error {
        PricingError::OutOfRange {
            row: leg,
            field,
            value,
            rule,
        } => {
            let field = match (field, leg) {
                ("forwards", 0) => "first forward",
                ("forwards", _) => "second forward",
                ("deviations", 0) => "first volatility",
                ("deviations", _) => "second volatility",
                ("correlations", _) => "correlation",
                (other, _) => other,
            };
            PricingError::OutOfRange {
                row,
                field,
                value,
                rule,
            }
        }
        other @ PricingError::Length { .. } => other,
    })
}
