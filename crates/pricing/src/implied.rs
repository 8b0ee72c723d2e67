//! Implied volatility of European options, without loops that depend on the data.
//!
//! Prices are reduced to the out-of-the-money option of the pair and normalized as in P. Jäckel,
//! "Let's be rational", Wilmott 75 (2015), 40-53: `b(x, s)` with `x = -|ln(F/K)|` and the
//! deviation `s`. Below its inflection at `s = sqrt(2|x|)`, `(-ln b)^(-1/2)` is almost linear in
//! `s`; above it, the logarithm of what is missing to the highest price is. Four steps of
//! Halley's method on these, from the guesses here, end at the rounding of a double.

use std::f64::consts::PI;

use crate::block::{Block, Column, ROWS, widest};
use crate::elementary::{INVERSE_SQRT_TWO_PI, exp, ln, scaled_tail};
use crate::error::PricingError;
use crate::european::{HIGHEST, LONGEST_YEARS, LOWEST, Model, STRONGEST_DISCOUNT};

/// Options whose prices are known; each column is one value or one for each row.
#[derive(Clone, Copy, Debug)]
pub struct Quotes<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: Column<'a>,
    /// Present value in units of price.
    pub price: Column<'a>,
    /// Forward price of the delivery period.
    pub forward: Column<'a>,
    /// Strike, in the unit of the forward.
    pub strike: Column<'a>,
    /// Years to expiry, above 0.
    pub time: Column<'a>,
    /// Discount rate per year, continuously compounded.
    pub rate: Column<'a>,
}

const SQRT_TWO_PI: f64 = 2.506_628_274_631_000_5;
/// Up to this distance from the money the guesses of the normal model are the better ones.
const NEAR: f64 = 0.9;
/// A logarithm's argument is kept a normal double.
const SMALLEST: f64 = 1e-300;
/// A premium below this part of its intrinsic value is rounding: volatility 0.
const NOTHING: f64 = 1e-15;

#[derive(Clone, Copy)]
struct Quote {
    sign: f64,
    price: f64,
    forward: f64,
    strike: f64,
    time: f64,
    rate: f64,
}

impl Quote {
    /// Undiscounted value of the out-of-the-money option of the pair, and how much of it may be
    /// rounding of the price: nothing, where the quote is that option.
    #[inline(always)]
    fn premium(self) -> (f64, f64) {
        let value = self.price * exp(self.rate * self.time);
        let intrinsic = (self.sign * (self.forward - self.strike)).max(0.0);
        (value - intrinsic, NOTHING * intrinsic)
    }

    #[inline(always)]
    fn fits(self) -> bool {
        (self.sign.abs() == 1.0)
            & (self.price.abs() <= HIGHEST)
            & (self.time > 0.0)
            & (self.time <= LONGEST_YEARS)
            & ((self.rate * self.time).abs() <= STRONGEST_DISCOUNT)
    }
}

/// Deviation whose out-of-the-money option `distance` from the forward has a normal value of
/// `premium`: Corrado and Miller's quadratic near the money, the tail's expansion far from it.
#[inline(always)]
fn normal_guess(distance: f64, premium: f64) -> f64 {
    let middle = 0.5f64.mul_add(distance, premium);
    let square = (2.0 * PI * middle).mul_add(middle, -2.0 * distance * distance);
    let near = 0.5 * ((2.0 * PI).sqrt() * middle + square.max(0.0).sqrt());
    let depth = (-ln((premium / distance.max(SMALLEST)).clamp(SMALLEST, 1.0)) - 0.92).max(0.3);
    let refined = |half_square: f64| 1.5f64.mul_add(-ln(1.6 + half_square), depth).max(0.25);
    let far = distance / (2.0 * refined(refined(depth))).sqrt();
    if square > 0.0 { near } else { far }
}

/// One step of Halley's method: `step` is Newton's, `curvature` the second derivative of the
/// objective over its first. It never more than triples `deviation`, nor halves it twice.
#[inline(always)]
fn halley(deviation: f64, step: f64, curvature: f64) -> f64 {
    let change = step / (0.5 * curvature).mul_add(step, 1.0).max(0.3);
    deviation + change.max(-0.5 * deviation).min(2.0 * deviation)
}

#[inline(always)]
fn black_volatility(quote: Quote) -> (f64, bool) {
    let Quote {
        forward,
        strike,
        time,
        ..
    } = quote;
    let (premium, rounding) = quote.premium();
    let lowest = forward.min(strike);
    let fine = quote.fits()
        & (forward >= LOWEST)
        & (forward <= HIGHEST)
        & (strike >= LOWEST)
        & (strike <= HIGHEST)
        & (premium >= -rounding)
        & (premium < lowest);
    let x = -ln(forward / strike).abs();
    let scale = 1.0 / (forward * strike).sqrt();
    let highest = lowest * scale;
    let goal = (premium * scale).max(SMALLEST);
    let missing = ((lowest - premium) * scale).max(SMALLEST);
    // Value and slope at the inflection; there h + t = 0.
    let inflection = (-2.0 * x).sqrt();
    let tail = 2.0 * highest * scaled_tail(inflection);
    let at_inflection = 0.5 * (highest - tail);
    let lower = goal < at_inflection;
    let goal_log = -ln(goal);
    let missing_log = -ln(missing / highest);
    let guess = {
        let below = inflection * (-ln(at_inflection.max(SMALLEST)) / goal_log).abs().sqrt();
        let beyond = 0.5 * (highest + tail);
        let slope = highest * INVERSE_SQRT_TWO_PI / beyond;
        let climb = (missing_log + ln(beyond / highest)).max(0.0);
        let above =
            inflection + 2.0 * climb / (slope + 0.5f64.mul_add(climb, slope * slope).sqrt());
        let near = normal_guess(-x, goal);
        let near = if near > 0.6 { above } else { near };
        if -x < NEAR {
            near
        } else if lower {
            below
        } else {
            above
        }
    };
    let target = Target {
        x,
        highest,
        lower,
        goal_log,
        missing_log,
    };
    // Written out: a loop here would keep the loop over rows out of vector registers.
    let s = target.refine(target.refine(target.refine(target.refine(guess.max(SMALLEST)))));
    (
        if premium <= rounding {
            0.0
        } else {
            s / time.sqrt()
        },
        fine,
    )
}

/// What a deviation is refined against.
#[derive(Clone, Copy)]
struct Target {
    x: f64,
    highest: f64,
    lower: bool,
    goal_log: f64,
    missing_log: f64,
}

impl Target {
    #[inline(always)]
    fn refine(self, s: f64) -> f64 {
        let Self {
            x,
            highest,
            lower,
            goal_log,
            missing_log,
        } = self;
        let inverse = 1.0 / s;
        let (h, t) = (x * inverse, 0.5 * s);
        let bell = exp(-0.5 * h.mul_add(h, t * t));
        let (first, second) = (scaled_tail((h + t).abs()), scaled_tail(t - h));
        let under = h + t <= 0.0;
        let (difference, sum) = (bell * (first - second), bell * (first + second));
        let value = if under { difference } else { highest - sum }.max(SMALLEST);
        let rest = if under { highest - difference } else { sum }.max(SMALLEST);
        let slope = (bell * INVERSE_SQRT_TWO_PI).max(SMALLEST);
        let bend = (h * h).mul_add(inverse, -0.25 * s);
        let depth = -ln(if lower { value } else { rest / highest });
        let ratio = slope / if lower { value } else { rest };
        let below = 2.0 * depth / ratio * ((depth / goal_log).abs().sqrt() - 1.0);
        let step = if lower {
            below
        } else {
            (missing_log - depth) / ratio
        };
        let curvature = bend + ratio * if lower { 1.5 / depth - 1.0 } else { 1.0 };
        halley(s, step, curvature)
    }
}

#[inline(always)]
fn bachelier_volatility(quote: Quote) -> (f64, bool) {
    let Quote {
        forward,
        strike,
        time,
        ..
    } = quote;
    let (premium, rounding) = quote.premium();
    let fine = quote.fits()
        & (forward.abs() <= HIGHEST)
        & (strike.abs() <= HIGHEST)
        & (premium >= -rounding)
        & (premium <= HIGHEST);
    let distance = (forward - strike).abs();
    let goal = premium.max(SMALLEST);
    let far = goal < 0.1 * distance;
    let goal_log = -ln((goal / distance.max(SMALLEST)).clamp(SMALLEST, 0.5));
    let target = NormalTarget {
        distance,
        goal,
        goal_log,
        far,
    };
    let guess = normal_guess(distance, goal).max(SMALLEST);
    let s = target.refine(target.refine(target.refine(target.refine(guess))));
    (
        if premium <= rounding {
            0.0
        } else {
            s / time.sqrt()
        },
        fine,
    )
}

/// What a deviation of the normal model is refined against.
#[derive(Clone, Copy)]
struct NormalTarget {
    distance: f64,
    goal: f64,
    goal_log: f64,
    far: bool,
}

impl NormalTarget {
    #[inline(always)]
    fn refine(self, s: f64) -> f64 {
        let Self {
            distance,
            goal,
            goal_log,
            far,
        } = self;
        let d = (distance / s).min(37.0);
        let slope = exp(-0.5 * d * d) * INVERSE_SQRT_TWO_PI;
        let missing = SQRT_TWO_PI * distance * scaled_tail(d);
        let value = (slope * (s - missing)).max(SMALLEST);
        let depth = -ln((value / distance.max(SMALLEST)).clamp(SMALLEST, 0.5));
        let below = 2.0 * depth * value / slope * ((depth / goal_log).sqrt() - 1.0);
        let step = if far { below } else { (goal - value) / slope };
        let curvature = d * d / s
            + if far {
                (1.5 / depth - 1.0) * slope / value
            } else {
                0.0
            };
        halley(s, step, curvature)
    }
}

#[inline(always)]
fn imply_rows<const LOGNORMAL: bool>(
    columns: &[Block; 6],
    shift: f64,
    volatility: &mut Block,
) -> bool {
    let mut unfit = 0u64;
    for row in 0..ROWS {
        let quote = Quote {
            sign: columns[0][row],
            price: columns[1][row],
            forward: columns[2][row] + shift,
            strike: columns[3][row] + shift,
            time: columns[4][row],
            rate: columns[5][row],
        };
        let (value, fine) = if LOGNORMAL {
            black_volatility(quote)
        } else {
            bachelier_volatility(quote)
        };
        volatility[row] = value;
        unfit |= u64::from(!fine);
    }
    unfit == 0
}

widest! {
    fn imply_lognormal(columns: &[Block; 6], shift: f64, volatility: &mut Block) -> bool = imply_rows::<true>
}
widest! {
    fn imply_normal(columns: &[Block; 6], shift: f64, volatility: &mut Block) -> bool = imply_rows::<false>
}

const FIELDS: [&str; 6] = ["sign", "price", "forward", "strike", "time", "rate"];

/// Writes the volatility under which `model` gives each quote's price. A price at its intrinsic
/// value, within the rounding of a double, has volatility 0.
///
/// # Errors
/// [`PricingError::OutOfRange`] names the first row without such a volatility (a price below its
/// intrinsic value or not below the highest possible, or what the model cannot price), and
/// [`PricingError::Length`] a column of another length; the output is then without meaning.
pub fn implied_volatility(
    model: Model,
    quotes: &Quotes<'_>,
    volatility: &mut [f64],
) -> Result<(), PricingError> {
    let columns = [
        quotes.sign,
        quotes.price,
        quotes.forward,
        quotes.strike,
        quotes.time,
        quotes.rate,
    ];
    for (column, field) in columns.iter().zip(FIELDS) {
        column.fits(field, volatility.len())?;
    }
    let mut block = [[1.0; ROWS]; 6];
    let mut implied = [0.0; ROWS];
    for (number, output) in volatility.chunks_mut(ROWS).enumerate() {
        let first = number * ROWS;
        for (column, into) in columns.iter().zip(&mut block) {
            column.load(first, output.len(), into);
        }
        let fine = match model {
            Model::Bachelier => imply_normal(&block, model.shift(), &mut implied),
            Model::Black | Model::Shifted(_) => {
                imply_lognormal(&block, model.shift(), &mut implied)
            }
        };
        if !fine {
            for row in first..first + output.len() {
                check(model, row, columns.map(|column| column.at(row)))?;
            }
        }
        output.copy_from_slice(&implied[..output.len()]);
    }
    Ok(())
}

/// Names what is wrong with a row, if something is.
fn check(model: Model, row: usize, values: [f64; 6]) -> Result<(), PricingError> {
    let [sign, price, forward, strike, time, rate] = values;
    model.check(row, [sign, forward, strike, time, 0.0, rate])?;
    let refuse = |field, value, rule| {
        Err(PricingError::OutOfRange {
            row,
            field,
            value,
            rule,
        })
    };
    if time <= 0.0 {
        return refuse("time", time, "an expired option implies no volatility");
    }
    if !(-HIGHEST..=HIGHEST).contains(&price) {
        return refuse("price", price, "give a finite price");
    }
    let shift = model.shift();
    let quote = Quote {
        sign,
        price,
        forward: forward + shift,
        strike: strike + shift,
        time,
        rate,
    };
    let (premium, rounding) = quote.premium();
    if premium < -rounding {
        return refuse(
            "price",
            price,
            "it is below the discounted intrinsic value: no volatility gives it",
        );
    }
    let highest = if model == Model::Bachelier {
        HIGHEST
    } else {
        quote.forward.min(quote.strike)
    };
    if premium >= highest {
        return refuse(
            "price",
            price,
            "it is not below the highest price that the model gives",
        );
    }
    Ok(())
}
