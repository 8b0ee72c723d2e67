//! American options, by the integral of what their early exercise gains over its boundary.
//!
//! L. Andersen, M. Lake and D. Offengenden, "High-performance American option pricing", Journal of
//! Computational Finance 20 (2016), 39-87. All is done for a put of strike 1. A call is a put with spot and
//! strike, rate and yield exchanged (R. `McDonald` and M. Schroder, Journal of Computational Finance 1
//! (1998), 5-13). On a future the boundary is read from a table, elsewhere it is [solved
//! for](crate::exercise).

use std::sync::OnceLock;

use crate::approximations::{Terms, approximated, least};
use crate::binomial::binomial;
use crate::block::{Column, widest};
use crate::elementary::{exp, ln, normal};
use crate::error::PricingError;
use crate::european::Model;
use crate::exercise::{Grid, Put, angles, basis, boundary};
use crate::futures_boundary;
use crate::jet::Real;

/// Nodes of the boundary; the last is expiry.
const NODES: usize = 13;
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
/// Below this deviation the path is certain, to the rounding of a price.
pub(crate) const CERTAIN: f64 = 1e-9;

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
struct Shared {
    grid: Grid<NODES, POINTS>,
    premium_passed: [f64; PREMIUM_POINTS],
    premium_weights: [f64; PREMIUM_POINTS],
    at_premium: Box<[[f64; PREMIUM_POINTS]; NODES]>,
}

fn shared() -> &'static Shared {
    static SHARED: OnceLock<Shared> = OnceLock::new();
    SHARED.get_or_init(|| {
        let grid = Grid::new();
        let (premium_passed, premium_weights, cosines) = angles();
        let mut at_premium = Box::new([[0.0; PREMIUM_POINTS]; NODES]);
        for point in 0..PREMIUM_POINTS {
            for (other, weight) in basis(&grid.nodes, cosines[point]).into_iter().enumerate() {
                at_premium[other][point] = weight;
            }
        }
        Shared {
            grid,
            premium_passed,
            premium_weights,
            at_premium,
        }
    })
}

/// The best of exercising `put` at one certain time.
fn certain(put: Put) -> f64 {
    certain_exercise(put).0
}

/// The same with that time.
pub(crate) fn certain_exercise(put: Put) -> (f64, f64) {
    let Put {
        spot,
        time,
        rate,
        carry_yield,
        ..
    } = put;
    let at = |t: f64| exp(-rate * t) - spot * exp(-carry_yield * t);
    let turn = ln_or_nan(rate / (carry_yield * spot)) / (rate - carry_yield);
    let best = |(value, when): (f64, f64), other: f64| {
        if at(other) > value {
            (at(other), other)
        } else {
            (value, when)
        }
    };
    let mut found = best((at(0.0), 0.0), time);
    if turn > 0.0 && turn < time {
        found = best(found, turn);
    }
    (found.0.max(0.0), found.1)
}

/// What early exercise gains, as an integral: where the boundary is at each of its points.
pub(crate) struct Premium {
    /// Years passed, step in years and the logarithm of the boundary.
    points: [(f64, f64, f64); PREMIUM_POINTS],
}

impl Premium {
    /// That of a put of strike 1; none where it is never exercised before its time.
    pub(crate) fn of(put: &Put) -> Option<Self> {
        if futures_boundary::covers(put) {
            let mut points = [(1.0, 0.0, 0.0); PREMIUM_POINTS];
            futures_boundary::points(put, &mut points);
            return Some(Self { points });
        }
        if !(put.rate > 0.0 || (put.rate == 0.0 && put.carry_yield < 0.0)) {
            return None;
        }
        let Shared {
            grid,
            premium_passed,
            premium_weights,
            at_premium,
        } = shared();
        let (squares, log_limit) = solved(*put, grid);
        let points = std::array::from_fn(|point| {
            let pairs = at_premium.iter().zip(squares);
            let square = pairs.fold(0.0, |sum, (basis, square)| {
                basis[point].mul_add(square, sum)
            });
            (
                put.time * premium_passed[point],
                put.time * premium_weights[point],
                log_limit - square.max(0.0).sqrt(),
            )
        });
        Some(Self { points })
    }

    /// Gives years passed, step in years and logarithm of the boundary of each point.
    pub(crate) fn each(&self, mut at: impl FnMut(f64, f64, f64)) {
        for &(passed, weight, log_boundary) in &self.points {
            at(passed, weight, log_boundary);
        }
    }
}

#[inline(always)]
fn solved(put: Put, grid: &Grid<NODES, POINTS>) -> ([f64; NODES], f64) {
    let drift = (put.rate - put.carry_yield).abs();
    if drift * put.time.sqrt() < STRONG_DRIFT * put.volatility {
        boundary::<false, NODES, POINTS>(put, grid, ROUNDS)
    } else {
        boundary::<true, NODES, POINTS>(put, grid, DRIFT_ROUNDS)
    }
}

fn ln_or_nan(x: f64) -> f64 {
    if x.is_finite() && x > f64::MIN_POSITIVE {
        ln(x)
    } else {
        f64::NAN
    }
}

#[inline(always)]
fn exercised(put: Put) -> f64 {
    let Shared {
        grid,
        premium_passed,
        premium_weights,
        at_premium,
    } = shared();
    let Put {
        spot,
        time,
        volatility,
        rate,
        carry_yield,
    } = put;
    let (squares, log_limit) = solved(put, grid);
    let log_spot = ln(spot);
    if log_spot <= log_limit - squares[0].sqrt() {
        return 1.0 - spot;
    }
    let mut at_points = [0.0; PREMIUM_POINTS];
    for (basis, square) in at_premium.iter().zip(squares) {
        for point in 0..PREMIUM_POINTS {
            at_points[point] = basis[point].mul_add(square, at_points[point]);
        }
    }
    let drift = rate - carry_yield;
    let half_variance = 0.5 * volatility * volatility;
    let mut parts = [0.0; PREMIUM_POINTS];
    for point in 0..PREMIUM_POINTS {
        let passed = time * premium_passed[point];
        let spread = volatility * passed.sqrt();
        let log_ratio = log_spot - log_limit + at_points[point].max(0.0).sqrt();
        let lower = (log_ratio + (drift - half_variance) * passed) / spread;
        let interest = rate * exp(-rate * passed) * normal(-lower).0;
        let income = carry_yield * spot * exp(-carry_yield * passed) * normal(-lower - spread).0;
        parts[point] = time * premium_weights[point] * (interest - income);
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

    /// The put of strike 1 that it is worth as many of as its strike, or a call's spot, is.
    pub(crate) fn as_put(&self) -> Put {
        let (spot, strike, rate, carry_yield) = if self.sign > 0.0 {
            (self.strike, self.spot, self.carry_yield, self.rate)
        } else {
            (self.spot, self.strike, self.rate, self.carry_yield)
        };
        Put {
            spot: spot / strike,
            time: self.time,
            volatility: self.volatility,
            rate,
            carry_yield,
        }
    }

    pub(crate) fn checked_value(&self) -> f64 {
        if self.strike == 0.0 {
            // Of a strike of 0: the call is the underlying, now or later, and the put is nothing.
            return if self.sign > 0.0 {
                self.spot * exp(-self.carry_yield * self.time).max(1.0)
            } else {
                0.0
            };
        }
        let put = self.as_put();
        let (rate, carry_yield) = (put.rate, put.carry_yield);
        let interest_is_earned = rate > 0.0 || (rate == 0.0 && carry_yield < 0.0);
        let scale = if self.sign > 0.0 {
            self.spot
        } else {
            self.strike
        };
        scale
            * if put.volatility * put.time.sqrt() < CERTAIN {
                certain(put)
            } else if futures_boundary::covers(&put) {
                futures_boundary::put_on_future(put)
            } else if interest_is_earned {
                exercised_put(put)
            } else {
                put.european().max(0.0)
            }
    }

    /// Whether nothing needs approximating: the path is certain, or the strike 0.
    pub(crate) fn is_certain(&self) -> bool {
        self.volatility * self.time.sqrt() < CERTAIN || self.strike == 0.0
    }

    pub(crate) fn without_approximation(&self, row: usize) -> PricingError {
        PricingError::OutOfRange {
            row,
            field: "volatility",
            value: self.volatility,
            rule: "the approximation has no value for such numbers: choose the exact method",
        }
    }

    pub(crate) fn check(&self, row: usize) -> Result<(), PricingError> {
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
    /// Li (2010).
    QdPlus,
    /// Cox, Ross and Rubinstein (1979).
    Binomial,
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

impl Americans<'_> {
    /// Whether each column fits so many rows.
    pub(crate) fn fit(&self, rows: usize) -> Result<(), PricingError> {
        for (column, field) in [
            (self.sign, "sign"),
            (self.spot, "spot"),
            (self.strike, "strike"),
            (self.time, "time"),
            (self.volatility, "volatility"),
            (self.rate, "rate"),
            (self.carry_yield, "carry_yield"),
        ] {
            column.fits(field, rows)?;
        }
        Ok(())
    }

    /// The option of a row.
    pub(crate) fn at(&self, row: usize) -> American {
        American {
            sign: self.sign.at(row),
            spot: self.spot.at(row),
            strike: self.strike.at(row),
            time: self.time.at(row),
            volatility: self.volatility.at(row),
            rate: self.rate.at(row),
            carry_yield: self.carry_yield.at(row),
        }
    }
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
    options.fit(prices.len())?;
    for (row, price) in prices.iter_mut().enumerate() {
        let option = options.at(row);
        option.check(row)?;
        *price = match method {
            _ if option.is_certain() => option.checked_value(),
            AmericanMethod::Exact => option.checked_value(),
            AmericanMethod::Binomial => binomial(&Terms::<f64>::from(&option)).map_or_else(
                || option.checked_value(),
                |today| today.value.at_least(least(&Terms::from(&option))),
            ),
            approximation => approximated(approximation, &Terms::<f64>::from(&option)),
        };
        if !price.is_finite() {
            return Err(option.without_approximation(row));
        }
    }
    Ok(())
}
