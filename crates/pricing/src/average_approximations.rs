//! Options on an average of fixings as options on one lognormal price.

use crate::error::PricingError;
use crate::jet::{Jet, Real, black};

/// Which lognormal price stands in for the average.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AverageMethod {
    /// With the mean and the variance of the arithmetic average: S. Turnbull and L. Wakeman, Journal of Financial
    /// and Quantitative Analysis 26 (1991), 377-389; E. Levy, Journal of International Money and Finance 11
    /// (1992), 474-491.
    Moments,
    /// The geometric average, which is lognormal: A. Kemna and A. Vorst, Journal of Banking & Finance 14 (1990),
    /// 113-129.
    Geometric,
}

/// An average of fixings to come; one number for each.
#[derive(Clone, Copy, Debug)]
pub struct FixingsToCome<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: f64,
    /// Weights in the average.
    pub weights: &'a [f64],
    /// Forwards, above 0.
    pub forwards: &'a [f64],
    /// Years.
    pub times: &'a [f64],
    /// Lognormal volatilities until each.
    pub volatilities: &'a [f64],
    /// What fixings made add to a geometric average's logarithm.
    pub log_made: f64,
    /// Discount factor to payment.
    pub discount: f64,
}

/// Present value and slopes of an option on an average.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct AverageFigures {
    /// In units of price.
    pub price: f64,
    /// Per unit of all forwards together.
    pub delta: f64,
    /// Change of delta, likewise.
    pub gamma: f64,
    /// Per 1.0 of all volatilities together.
    pub vega: f64,
    /// Per year by which every fixing is later, payment unchanged.
    pub ageing: f64,
}

/// Mean and variance of the logarithm of the price that stands in; `input` makes a number of a value and the
/// place of its kind: forward, volatility, time.
fn lognormal<T: Real>(
    method: AverageMethod,
    fixings: &FixingsToCome<'_>,
    input: impl Fn(f64, usize) -> T,
) -> (T, T) {
    let forwards: Vec<T> = fixings.forwards.iter().map(|&one| input(one, 0)).collect();
    let pairs = fixings.volatilities.iter().zip(fixings.times);
    let variances: Vec<T> = pairs
        .map(|(&volatility, &time)| {
            let volatility = input(volatility, 1);
            volatility * volatility * input(time, 2)
        })
        .collect();
    let none = T::of(0.0);
    // Of each pair, the variance that both have in common.
    let joint = |parts: &[T], of: &[T]| {
        let mut total = none;
        for (one, &part) in parts.iter().enumerate() {
            let mut row = none;
            for (two, &other) in parts.iter().enumerate() {
                let is_first = variances[one].value() <= variances[two].value();
                row = row + other * if is_first { of[one] } else { of[two] };
            }
            total = total + part * row;
        }
        total
    };
    let weights = fixings.weights;
    match method {
        AverageMethod::Moments => {
            let weighted = forwards.iter().zip(weights);
            let parts: Vec<T> = weighted.map(|(&one, &weight)| one * weight).collect();
            let mean = parts.iter().fold(none, |sum, &part| sum + part);
            let grown: Vec<T> = variances.iter().map(|&variance| variance.exp()).collect();
            (mean, (joint(&parts, &grown) / (mean * mean)).ln())
        }
        AverageMethod::Geometric => {
            let shares: Vec<T> = weights.iter().map(|&weight| T::of(weight)).collect();
            let variance = joint(&shares, &variances);
            let mut log = variance * 0.5 + fixings.log_made;
            for ((&forward, &own), &weight) in forwards.iter().zip(&variances).zip(weights) {
                log = log + (forward.ln() - own * 0.5) * weight;
            }
            (log.exp(), variance)
        }
    }
}

/// Undiscounted; a strike at or below 0 is passed for certain.
fn value<T: Real>(sign: f64, (mean, variance): (T, T), strike: f64) -> T {
    if strike > 0.0 {
        black(sign, mean, T::of(strike), variance)
    } else {
        ((mean - strike) * sign).at_least(T::of(0.0))
    }
}

/// Price of the option at each of `strikes`, less what fixings made add to an arithmetic average; with slopes if
/// `with_slopes`, which are 0 otherwise.
///
/// # Errors
/// [`PricingError::Length`] for columns of different lengths; [`PricingError::OutOfRange`], with the strike's
/// row, where a figure is beyond what a number can hold.
pub fn approximate_averages(
    method: AverageMethod,
    fixings: &FixingsToCome<'_>,
    strikes: &[f64],
    with_slopes: bool,
) -> Result<Vec<AverageFigures>, PricingError> {
    let count = fixings.weights.len();
    for (column, field) in [
        (fixings.forwards, "forwards"),
        (fixings.times, "times"),
        (fixings.volatilities, "volatilities"),
    ] {
        if column.len() != count {
            return Err(PricingError::Length {
                field,
                found: column.len(),
                expected: count,
            });
        }
    }
    let FixingsToCome { sign, discount, .. } = *fixings;
    let known = lognormal(method, fixings, |value, _| value);
    let moving = with_slopes.then(|| lognormal(method, fixings, Jet::<3, 1>::input));
    let figures = strikes.iter().map(|&strike| match moving {
        None => AverageFigures {
            price: discount * value(sign, known, strike),
            ..AverageFigures::default()
        },
        Some(moving) => {
            let Jet {
                value,
                slopes: [delta, vega, ageing],
                curves: [[gamma]],
            } = value(sign, moving, strike) * discount;
            AverageFigures {
                price: value,
                delta,
                gamma,
                vega,
                ageing,
            }
        }
    });
    let figures: Vec<_> = figures.collect();
    for (row, one) in figures.iter().enumerate() {
        let parts = [one.price, one.delta, one.gamma, one.vega, one.ageing];
        if let Some(&value) = parts.iter().find(|part| !part.is_finite()) {
            return Err(PricingError::OutOfRange {
                row,
                field: "figure",
                value,
                rule: "it is beyond what a number can hold: give smaller numbers",
            });
        }
    }
    Ok(figures)
}
