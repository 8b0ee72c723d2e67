//! Options on differences by the approximations that papers state; the exact value is
//! [`spread_values`](crate::spread_values)'.
//!
//! All take the second price and the strike as one price, which must be above 0. Each is written for any
//! [`Real`]: with doubles it gives the value, with jets the Greeks as well.

use crate::error::PricingError;
use crate::jet::{Jet, Real, black};
use crate::split_operator::split_correction;
use crate::spread::{Spreads, named_columns};

/// How an option on a difference is approximated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpreadMethod {
    /// E. Kirk, "Correlation in the energy markets" (1995): second price and strike as one lognormal price.
    Kirk,
    /// P. Bjerksund and G. Stensland, "Closed form spread option valuation", Quantitative Finance 14 (2014),
    /// 1785-1794: exercise where Kirk's approximation would.
    BjerksundStensland,
    /// C. Lo, "Pricing spread options by the operator splitting method", Wilmott 2015 (79), 64-67.
    OperatorSplitting,
}

/// Price and slopes of options on differences.
#[derive(Debug)]
pub struct SpreadFigures<'a> {
    /// Present value.
    pub price: &'a mut [f64],
    /// By each forward.
    pub delta: [&'a mut [f64]; 2],
    /// By the first twice, by both, by the second twice.
    pub gamma: [&'a mut [f64]; 3],
    /// By each volatility.
    pub vega: [&'a mut [f64]; 2],
    /// By the correlation.
    pub correlation: &'a mut [f64],
    /// By the time that passes.
    pub theta: &'a mut [f64],
    /// By the rate.
    pub rho: &'a mut [f64],
}

/// What an option on a difference is on.
struct Terms<T> {
    sign: f64,
    forwards: [T; 2],
    strike: f64,
    time: T,
    volatilities: [T; 2],
    correlation: T,
    rate: T,
}

/// Places of the inputs behind the forwards, which have the first two.
const TIME: usize = 2;
const VOLATILITY: usize = 3;
const CORRELATION: usize = 5;
const RATE: usize = 6;

impl<T: Real> Terms<T> {
    /// The option of a row; `input` makes a number of a value and its place.
    fn of(numbers: &[f64; 9], input: impl Fn(f64, usize) -> T) -> Self {
        let &[
            sign,
            first,
            second,
            strike,
            time,
            volatility,
            other,
            correlation,
            rate,
        ] = numbers;
        Self {
            sign,
            forwards: [input(first, 0), input(second, 1)],
            strike,
            time: input(time, TIME),
            volatilities: [input(volatility, VOLATILITY), input(other, VOLATILITY + 1)],
            correlation: input(correlation, CORRELATION),
            rate: input(rate, RATE),
        }
    }

    /// Second price and strike as one.
    fn moved_strike(&self) -> T {
        self.forwards[1] + self.strike
    }

    fn discount(&self) -> T {
        (-self.rate * self.time).exp()
    }

    /// Variance per year of the logarithm of the first price over second price and strike, of which the second
    /// price is `share`.
    fn square(&self, share: T) -> T {
        let ([first, second], correlation) = (self.volatilities, self.correlation);
        let other = second * share;
        first * first - correlation * first * other * 2.0 + other * other
    }

    fn kirk(&self, sign: f64) -> T {
        let moved = self.moved_strike();
        let variance = self.square(self.forwards[1] / moved) * self.time;
        self.discount() * black(sign, self.forwards[0], moved, variance)
    }

    fn bjerksund_stensland(&self) -> T {
        let moved = self.moved_strike();
        let [first, second] = self.forwards;
        let [one, two] = self.volatilities;
        let share = second / moved;
        let square = self.square(share);
        let variance = square * self.time;
        // Where nothing moves, nothing needs approximating.
        if variance.value() <= 0.0 {
            return self.kirk(self.sign);
        }
        let joint = self.correlation * one * two;
        let other = share * two;
        let half = other * other * 0.5;
        let log = (first / moved).ln();
        let chance = |drift: T| ((log + drift * self.time) / variance.sqrt()).normal();
        let paid = chance(one * one * 0.5 - share * joint + half);
        let given_up = chance(joint - one * one * 0.5 + half - share * two * two);
        let struck = chance(half - one * one * 0.5);
        let gain = first - second - self.strike;
        let call = first * paid - second * given_up - struck * self.strike;
        // The rule is one of a call.
        let value = if self.sign > 0.0 { call } else { call - gain };
        (self.discount() * value).at_least(T::of(0.0))
    }

    fn operator_splitting(&self) -> T {
        let moved = self.moved_strike();
        let root = self.time.sqrt();
        let deviations = self.volatilities.map(|volatility| volatility * root);
        let share = T::of(self.strike) / moved;
        let moneyness = self.forwards[0] / moved;
        let correction = split_correction(moneyness, share, deviations, self.correlation);
        // The same for a call and a put, by parity.
        self.kirk(self.sign) + self.discount() * moved * correction
    }

    fn value(&self, method: SpreadMethod) -> T {
        match method {
            SpreadMethod::Kirk => self.kirk(self.sign),
            SpreadMethod::BjerksundStensland => self.bjerksund_stensland(),
            // Without time the square root has no slope, and the correction is nothing.
            SpreadMethod::OperatorSplitting if self.time.value() == 0.0 => self.kirk(self.sign),
            SpreadMethod::OperatorSplitting => self.operator_splitting(),
        }
    }
}

/// Numbers of a row, if the approximations are of such.
fn checked(options: &Spreads<'_>, row: usize) -> Result<[f64; 9], PricingError> {
    let numbers = named_columns(options).map(|(column, _)| column.at(row));
    let (second, strike) = (numbers[2], numbers[3]);
    if second + strike > 0.0 {
        Ok(numbers)
    } else {
        Err(PricingError::OutOfRange {
            row,
            field: "second price plus strike",
            value: second + strike,
            rule: "Kirk's approximation needs more than 0; choose SpreadMethod.EXACT",
        })
    }
}

fn endless(row: usize, value: f64) -> PricingError {
    PricingError::OutOfRange {
        row,
        field: "figure",
        value,
        rule: "the approximation has none for such numbers; choose SpreadMethod.EXACT",
    }
}

/// Writes the present value of each of `options` by an approximation.
///
/// # Errors
/// [`PricingError::OutOfRange`] with the first row whose second price and strike sum to nothing above 0, or
/// whose numbers are beyond the approximation; [`PricingError::Length`] for a column of another length.
pub fn approximate_spreads(
    method: SpreadMethod,
    options: &Spreads<'_>,
    prices: &mut [f64],
) -> Result<(), PricingError> {
    for (column, field) in named_columns(options) {
        column.fits(field, prices.len())?;
    }
    for (row, price) in prices.iter_mut().enumerate() {
        let terms = Terms::of(&checked(options, row)?, |value, _| value);
        *price = terms.value(method);
        if !price.is_finite() {
            return Err(endless(row, *price));
        }
    }
    Ok(())
}

/// Writes price and slopes of each of `options` by an approximation.
///
/// # Errors
/// As [`approximate_spreads`].
pub fn approximate_spread_greeks(
    method: SpreadMethod,
    options: &Spreads<'_>,
    into: &mut SpreadFigures<'_>,
) -> Result<(), PricingError> {
    let rows = into.price.len();
    for (column, field) in named_columns(options) {
        column.fits(field, rows)?;
    }
    for row in 0..rows {
        let terms = Terms::of(&checked(options, row)?, Jet::<7, 2>::input);
        let Jet {
            value,
            slopes,
            curves: [[twice, both], [_, second_twice]],
        } = terms.value(method);
        let figures = [value, twice, both, second_twice].into_iter().chain(slopes);
        if let Some(figure) = figures.into_iter().find(|figure| !figure.is_finite()) {
            return Err(endless(row, figure));
        }
        into.price[row] = value;
        for leg in 0..2 {
            into.delta[leg][row] = slopes[leg];
            into.vega[leg][row] = slopes[VOLATILITY + leg];
        }
        for (gamma, curve) in into.gamma.iter_mut().zip([twice, both, second_twice]) {
            gamma[row] = curve;
        }
        into.correlation[row] = slopes[CORRELATION];
        into.theta[row] = -slopes[TIME];
        into.rho[row] = slopes[RATE];
    }
    Ok(())
}
