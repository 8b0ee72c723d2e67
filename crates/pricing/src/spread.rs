//! Options on the difference of two prices: spark, dark, location and calendar spreads.

use crate::basket::Basket;
use crate::block::Column;
use crate::comonotone;
use crate::difference::{Difference, calls_on};
use crate::elementary::exp;
use crate::error::PricingError;

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
    /// Correlation of their logarithms, from -1 to 1.
    pub correlation: Column<'a>,
    /// Discount rate per year, continuously compounded.
    pub rate: Column<'a>,
}

/// Writes the present value of each of `options`: by a quadrature of their own, in closed form where one shock
/// moves both prices (a correlation of 1 or -1), or by that of [`Basket`] where a price does not move.
///
/// # Errors
/// [`PricingError::OutOfRange`] with the first row at fault, [`PricingError::Length`] for a column
/// of another length than `prices`.
pub fn spread_values(options: &Spreads<'_>, prices: &mut [f64]) -> Result<(), PricingError> {
    let named = named_columns(options);
    for (column, field) in named {
        column.fits(field, prices.len())?;
    }
    let mut first = 0;
    while first < prices.len() {
        let count = ROWS.min(prices.len() - first);
        let (mut differences, mut calls) = ([Difference::default(); ROWS], [0.0; ROWS]);
        let (mut rows, mut fitting) = ([0; ROWS], 0);
        for row in first..first + count {
            let numbers = named.map(|(column, _)| column.at(row));
            let difference = difference_of(row, &numbers)?;
            if numbers[0].abs() == 1.0 && difference.fits() {
                (differences[fitting], rows[fitting]) = (difference, row);
                fitting += 1;
            } else if numbers[0].abs() == 1.0 && difference.is_of_one_shock() {
                prices[row] = present(options, row, &difference, comonotone::call(&difference));
            } else {
                let correlations = matrix_of(&difference);
                let value = basket_of(&numbers, &difference, &correlations).value();
                prices[row] = value.map_err(|error| of_row(row, error))?;
            }
        }
        calls_on(&differences[..fitting], &mut calls[..fitting]);
        for ((difference, call), &row) in differences.iter().zip(calls).zip(&rows[..fitting]) {
            prices[row] = present(options, row, difference, call);
        }
        first += count;
    }
    Ok(())
}

/// Columns with what messages call them.
pub(crate) fn named_columns<'a>(options: &Spreads<'a>) -> [(Column<'a>, &'static str); 9] {
    [
        (options.sign, "sign"),
        (options.forwards[0], "first forward"),
        (options.forwards[1], "second forward"),
        (options.strike, "strike"),
        (options.time, "time"),
        (options.volatilities[0], "first volatility"),
        (options.volatilities[1], "second volatility"),
        (options.correlation, "correlation"),
        (options.rate, "rate"),
    ]
}

/// Rows that are handed to the kernel at once.
const ROWS: usize = 64;

/// Present value of the option of a row whose undiscounted call is given.
fn present(options: &Spreads<'_>, row: usize, difference: &Difference, call: f64) -> f64 {
    let sign = options.sign.at(row);
    let gain = difference.forwards[0] - difference.forwards[1] - difference.strike;
    let value = if sign > 0.0 { call } else { call - gain };
    exp(-options.rate.at(row) * options.time.at(row)) * value.max(sign * gain).max(0.0)
}

/// What the option of a row is on, its years and rate checked.
pub(crate) fn difference_of(row: usize, numbers: &[f64; 9]) -> Result<Difference, PricingError> {
    let &[
        _,
        first,
        second,
        strike,
        time,
        volatility,
        other_volatility,
        correlation,
        rate,
    ] = numbers;
    if !(time >= 0.0 && (rate * time).abs() <= 100.0) {
        let rule = "give years from 0, and a rate whose product with them is within 100";
        return Err(PricingError::OutOfRange {
            row,
            field: "time",
            value: time,
            rule,
        });
    }
    let root = time.sqrt();
    Ok(Difference {
        forwards: [first, second],
        deviations: [volatility * root, other_volatility * root],
        correlation,
        strike,
    })
}

/// Correlations of both prices as a matrix.
pub(crate) fn matrix_of(difference: &Difference) -> [f64; 4] {
    [1.0, difference.correlation, difference.correlation, 1.0]
}

/// A row as a basket, whose quadrature is that of any number of prices and says what cannot be priced.
pub(crate) fn basket_of<'a>(
    numbers: &[f64; 9],
    difference: &'a Difference,
    correlations: &'a [f64; 4],
) -> Basket<'a> {
    Basket {
        sign: numbers[0],
        weights: &[1.0, -1.0],
        forwards: &difference.forwards,
        deviations: &difference.deviations,
        correlations,
        strike: difference.strike,
        discount: exp(-numbers[8] * numbers[4]),
    }
}

/// Names the row of a batch in what a basket says of its part.
pub(crate) fn of_row(row: usize, error: PricingError) -> PricingError {
    match error {
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
    }
}
