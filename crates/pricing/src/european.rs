//! European options on futures and forwards, with their Greeks.
//!
//! Black-76: F. Black, "The pricing of commodity contracts", Journal of Financial Economics 3
//! (1976), 167-179. Normal: L. Bachelier, "Théorie de la spéculation" (1900), discounted. Shifted:
//! Black-76 of forward and strike moved up by the shift.

use crate::black::{Stages, price_black};
use crate::block::{Column, LARGE, before_line, finish_store, store, widest};
use crate::elementary::{exp, normal};
use crate::error::PricingError;

/// How the forward moves; a choice that its user makes, because energy prices may be below zero.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Model {
    /// Lognormal: forward and strike above zero.
    Black,
    /// Lognormal after adding a shift, in units of price, to forward and strike.
    Shifted(f64),
    /// Normal: any price; the volatility is in units of price per square root of a year.
    Bachelier,
}

impl Model {
    pub(crate) fn shift(self) -> f64 {
        match self {
            Self::Shifted(shift) => shift,
            Self::Black | Self::Bachelier => 0.0,
        }
    }

    /// Names what `[sign, forward, strike, time, volatility, rate]` has that cannot be priced.
    pub(crate) fn check(self, row: usize, values: [f64; 6]) -> Result<(), PricingError> {
        let [sign, forward, strike, time, volatility, rate] = values;
        let refuse = |field, value, rule| {
            Err(PricingError::OutOfRange {
                row,
                field,
                value,
                rule,
            })
        };
        if sign.abs() != 1.0 {
            return refuse("sign", sign, "1 is a call, -1 a put");
        }
        for (field, price) in [("forward", forward), ("strike", strike)] {
            let (lowest, rule) = match self {
                Self::Bachelier => (-HIGHEST, "give a finite price"),
                Self::Black => (
                    LOWEST,
                    "a lognormal price is above zero: choose the Bachelier model or a shift",
                ),
                Self::Shifted(_) => (
                    LOWEST,
                    "with the shift it must be above zero: choose a larger shift",
                ),
            };
            if !(lowest..=HIGHEST).contains(&(price + self.shift())) {
                return refuse(field, price, rule);
            }
        }
        if !(0.0..=LONGEST_YEARS).contains(&time) {
            return refuse("time", time, "give years from 0 to 1000");
        }
        if !(0.0..=HIGHEST_VOLATILITY).contains(&volatility) {
            return refuse("volatility", volatility, "give a number from 0 to 1e6");
        }
        if !rate.is_finite()
            || rate.abs() > HIGHEST_RATE
            || (rate * time).abs() > STRONGEST_DISCOUNT
        {
            return refuse(
                "rate",
                rate,
                "give a rate per year within 1e6 whose product with the time is within 100",
            );
        }
        Ok(())
    }
}

/// Options to price; each column is one value or one for each row.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// 1 for a call, -1 for a put.
    pub sign: Column<'a>,
    /// Forward price of the delivery period.
    pub forward: Column<'a>,
    /// Strike, in the unit of the forward.
    pub strike: Column<'a>,
    /// Years to expiry.
    pub time: Column<'a>,
    /// Volatility, as the model has it.
    pub volatility: Column<'a>,
    /// Discount rate per year, continuously compounded.
    pub rate: Column<'a>,
}

/// Where the values go; each slice has as many rows as the batch. An option that is certain (no
/// time or no volatility left) has gamma, vega and its volatility's theta at 0, and half a delta
/// when it expires at its strike.
#[derive(Debug)]
pub struct Values<'a> {
    /// Present value in units of price.
    pub price: &'a mut [f64],
    /// Change of the value per unit of the forward.
    pub delta: &'a mut [f64],
    /// Change of delta per unit of the forward.
    pub gamma: &'a mut [f64],
    /// Change of the value per 1.0 of volatility.
    pub vega: &'a mut [f64],
    /// Change of the value per year that passes.
    pub theta: &'a mut [f64],
    /// Change of the value per 1.0 of the rate.
    pub rho: &'a mut [f64],
}

/// Lowest and highest price of a lognormal model: what its ratios can hold.
pub(crate) const LOWEST: f64 = 1e-100;
pub(crate) const HIGHEST: f64 = 1e100;
pub(crate) const LONGEST_YEARS: f64 = 1000.0;
const HIGHEST_VOLATILITY: f64 = 1e6;
/// Largest rate times time: a discount factor within 1e43.
pub(crate) const STRONGEST_DISCOUNT: f64 = 100.0;
/// Keeps the slope of a value by time finite, however short the time.
const HIGHEST_RATE: f64 = 1e6;
/// Stands in for a deviation of zero, so that what is certain needs no branch.
pub(crate) const CERTAIN: f64 = 1e-100;

#[derive(Clone, Copy)]
pub(crate) struct Option {
    pub sign: f64,
    pub forward: f64,
    pub strike: f64,
    pub time: f64,
    pub volatility: f64,
    pub rate: f64,
}

#[derive(Clone, Copy)]
pub(crate) struct Value {
    pub price: f64,
    pub delta: f64,
    pub gamma: f64,
    pub vega: f64,
    pub theta: f64,
    pub rho: f64,
}

#[inline(always)]
fn bachelier(option: Option) -> Value {
    let Option {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    } = option;
    let root = time.sqrt();
    let deviation = volatility * root;
    let inverse = 1.0 / deviation.max(CERTAIN);
    let discount = exp(-rate * time);
    let gain = sign * (forward - strike);
    let (above, bell) = normal(gain * inverse);
    let price = discount * gain.mul_add(above, deviation * bell).max(0.0);
    let density = if deviation == 0.0 {
        0.0
    } else {
        discount * bell
    };
    Value {
        price,
        delta: discount * sign * above,
        gamma: density * inverse,
        vega: discount * root * bell,
        theta: rate.mul_add(price, -0.5 * density * volatility * volatility * inverse),
        rho: -time * price,
    }
}

/// Whether a row can be priced; forward and strike of a lognormal model are shifted already.
#[inline(always)]
pub(crate) fn fits<const LOGNORMAL: bool>(option: Option) -> bool {
    let Option {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    } = option;
    let low = if LOGNORMAL { LOWEST } else { -HIGHEST };
    (sign.abs() == 1.0)
        & (forward >= low)
        & (forward <= HIGHEST)
        & (strike >= low)
        & (strike <= HIGHEST)
        & (time >= 0.0)
        & (time <= LONGEST_YEARS)
        & (volatility >= 0.0)
        & (volatility <= HIGHEST_VOLATILITY)
        & (rate.abs() <= HIGHEST_RATE)
        & ((rate * time).abs() <= STRONGEST_DISCOUNT)
}

/// Rows of a block of options: few, so that what is written to memory is spread between what is computed.
pub(crate) const ROWS: usize = 32;

/// One column of a block.
pub(crate) type Block = [f64; ROWS];

/// A column of a block each, as [`FIELDS`] names them.
pub(crate) type Blocks<'a> = [&'a Block; 6];

#[inline(always)]
pub(crate) fn option(blocks: &Blocks<'_>, shift: f64, row: usize) -> Option {
    Option {
        sign: blocks[0][row],
        forward: blocks[1][row] + shift,
        strike: blocks[2][row] + shift,
        time: blocks[3][row],
        volatility: blocks[4][row],
        rate: blocks[5][row],
    }
}

#[inline(always)]
pub(crate) fn keep(value: Value, row: usize, priced: &mut [Block; 6]) {
    priced[0][row] = value.price;
    priced[1][row] = value.delta;
    priced[2][row] = value.gamma;
    priced[3][row] = value.vega;
    priced[4][row] = value.theta;
    priced[5][row] = value.rho;
}

#[inline(always)]
fn price_bachelier(blocks: &Blocks<'_>, priced: &mut [Block; 6]) -> bool {
    let mut unfit = 0u64;
    for row in 0..ROWS {
        let option = option(blocks, 0.0, row);
        unfit |= u64::from(!fits::<false>(option));
        keep(bachelier(option), row, priced);
    }
    unfit == 0
}

/// Blocks ahead that are asked of the memory.
const AHEAD: usize = 4;

/// Prices rows from `first` on until one block of them holds a row that cannot be priced; gives the
/// first row that is not priced.
#[inline(always)]
fn price_rows<const LOGNORMAL: bool>(
    columns: &[Column<'_>; 6],
    shift: f64,
    values: &mut [&mut [f64]; 6],
) -> usize {
    let rows = values[0].len();
    let large = rows >= LARGE;
    // Rows beyond the last block's end keep what stood there: a priced row, or this option.
    let mut spare = [[1.0; ROWS]; 6];
    let mut stages = Stages::EMPTY;
    let mut priced = [[0.0; ROWS]; 6];
    let mut first = 0;
    // Blocks end where lines of the caches do, so that whole lines are written.
    let mut count = match before_line(values[0]) % ROWS {
        0 => ROWS.min(rows),
        head => head,
    };
    while first < rows {
        if large {
            for column in columns {
                column.fetch::<ROWS>(first + AHEAD * ROWS);
            }
        }
        let [
            for_sign,
            for_forward,
            for_strike,
            for_time,
            for_volatility,
            for_rate,
        ] = &mut spare;
        let blocks = [
            columns[0].block(first, for_sign),
            columns[1].block(first, for_forward),
            columns[2].block(first, for_strike),
            columns[3].block(first, for_time),
            columns[4].block(first, for_volatility),
            columns[5].block(first, for_rate),
        ];
        let fit = if LOGNORMAL {
            price_black(&blocks, shift, &mut stages, &mut priced)
        } else {
            price_bachelier(&blocks, &mut priced)
        };
        if !fit {
            return first;
        }
        for (into, from) in values.iter_mut().zip(&priced) {
            store(large, &mut into[first..first + count], &from[..count]);
        }
        first += count;
        count = ROWS.min(rows - first);
    }
    rows
}

widest! {
    fn price_lognormal(columns: &[Column<'_>; 6], shift: f64, values: &mut [&mut [f64]; 6]) -> usize = price_rows::<true>
}
widest! {
    fn price_normal(columns: &[Column<'_>; 6], shift: f64, values: &mut [&mut [f64]; 6]) -> usize = price_rows::<false>
}

/// Values `options` under `model` into `values`.
///
/// # Errors
/// [`PricingError::OutOfRange`] names the first row that the model cannot price, and
/// [`PricingError::Length`] a column of another length; the values are then without meaning.
pub fn value(
    model: Model,
    options: &Options<'_>,
    values: &mut Values<'_>,
) -> Result<(), PricingError> {
    let rows = values.price.len();
    let columns = options.columns();
    for (column, field) in columns.iter().zip(FIELDS) {
        column.fits(field, rows)?;
    }
    let mut outputs = [
        &mut *values.price,
        &mut *values.delta,
        &mut *values.gamma,
        &mut *values.vega,
        &mut *values.theta,
        &mut *values.rho,
    ];
    for (output, field) in outputs
        .iter()
        .zip(["price", "delta", "gamma", "vega", "theta", "rho"])
    {
        if output.len() != rows {
            return Err(PricingError::Length {
                field,
                found: output.len(),
                expected: rows,
            });
        }
    }
    let shift = model.shift();
    let priced = match model {
        Model::Bachelier => price_normal(&columns, shift, &mut outputs),
        Model::Black | Model::Shifted(_) => price_lognormal(&columns, shift, &mut outputs),
    };
    finish_store();
    for row in priced..rows {
        model.check(row, columns.map(|column| column.at(row)))?;
    }
    Ok(())
}

const FIELDS: [&str; 6] = ["sign", "forward", "strike", "time", "volatility", "rate"];

impl<'a> Options<'a> {
    fn columns(&self) -> [Column<'a>; 6] {
        [
            self.sign,
            self.forward,
            self.strike,
            self.time,
            self.volatility,
            self.rate,
        ]
    }
}
