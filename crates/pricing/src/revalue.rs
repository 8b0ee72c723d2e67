//! Full revaluation of futures and European options in many scenarios.
//!
//! A scenario moves the forward of each risk factor. The price of an option in it is the model's
//! own, not an expansion. Each scenario sums its instruments in their order, whichever thread does
//! it, so that a result has the same bits for any number of threads.

use crate::block::{Block, Column, ROWS, widest};
use crate::elementary::{INVERSE_SQRT_TWO_PI, exp, ln, scaled_tail};
use crate::error::PricingError;
use crate::european::{Model, Options, Values, value};

/// How scenarios move a risk factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Move {
    /// By a difference in units of price: the shock where prices may be at or below zero.
    Absolute,
    /// By a difference of logarithms.
    Relative,
}

/// What is held.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Holding {
    /// Number of its risk factor, from 0.
    pub factor: usize,
    /// Units of price times this are money; short below 0.
    pub quantity: f64,
    /// 1 for a call, -1 for a put, 0 for a future, whose other fields are not read.
    pub sign: f64,
    /// Lognormal above the shift, or normal.
    pub model: Model,
    /// In units of price.
    pub strike: f64,
    /// Years to expiry.
    pub time: f64,
    /// Of the model.
    pub volatility: f64,
    /// Discount rate.
    pub rate: f64,
}

/// Risk factors and their moves.
#[derive(Clone, Copy, Debug)]
pub struct Moves<'a> {
    /// Forward of each factor now.
    pub forwards: &'a [f64],
    /// How each is moved.
    pub kinds: &'a [Move],
    /// Moves, scenario by scenario within a factor: factors times scenarios.
    pub values: &'a [f64],
    /// Scenarios.
    pub scenarios: usize,
}

/// Holding with what does not change from scenario to scenario.
struct Prepared {
    factor: usize,
    quantity: f64,
    base: f64,
    sign: f64,
    shift: f64,
    strike: f64,
    deviation: f64,
    discount: f64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Future,
    Lognormal,
    Normal,
}

/// Adds to `pnl`, of one entry a scenario, what `holdings` gain in each against now.
///
/// # Errors
/// [`PricingError::OutOfRange`] with the number of the holding (or factor) as row: for what its
/// model cannot price now, and for a scenario that drives a lognormal price to zero or below.
/// [`PricingError::Length`] for columns that do not fit. `pnl` is then without meaning.
pub fn revalue(
    holdings: &[Holding],
    moves: &Moves<'_>,
    threads: usize,
    pnl: &mut [f64],
) -> Result<(), PricingError> {
    check(holdings, moves, pnl.len())?;
    let prepared: Vec<Prepared> = holdings
        .iter()
        .enumerate()
        .map(|(row, holding)| prepare(row, holding, moves))
        .collect::<Result<_, _>>()?;
    let blocks = pnl.len().div_ceil(ROWS);
    let share = blocks.div_ceil(threads.clamp(1, 256)) * ROWS;
    if share >= pnl.len() {
        run(&prepared, moves, 0, pnl);
        return Ok(());
    }
    std::thread::scope(|scope| {
        for (number, part) in pnl.chunks_mut(share).enumerate() {
            let prepared = &prepared;
            scope.spawn(move || run(prepared, moves, number * share, part));
        }
    });
    Ok(())
}

fn run(prepared: &[Prepared], moves: &Moves<'_>, first: usize, pnl: &mut [f64]) {
    let mut forwards: Vec<Block> = vec![[0.0; ROWS]; moves.forwards.len()];
    for (number, part) in pnl.chunks_mut(ROWS).enumerate() {
        let at = first + number * ROWS;
        for (factor, block) in forwards.iter_mut().enumerate() {
            let row = factor * moves.scenarios + at;
            let mut input = [0.0; ROWS];
            input[..part.len()].copy_from_slice(&moves.values[row..row + part.len()]);
            let relative = moves.kinds[factor] == Move::Relative;
            move_block(&input, moves.forwards[factor], relative, block);
        }
        let mut sums = [0.0; ROWS];
        sums[..part.len()].copy_from_slice(part);
        for holding in prepared {
            let block = &forwards[holding.factor];
            match holding.kind {
                Kind::Future => add_future(block, holding.quantity, holding.base, &mut sums),
                Kind::Lognormal => add_lognormal(block, holding, &mut sums),
                Kind::Normal => add_normal(block, holding, &mut sums),
            }
        }
        part.copy_from_slice(&sums[..part.len()]);
    }
}

fn check(holdings: &[Holding], moves: &Moves<'_>, scenarios: usize) -> Result<(), PricingError> {
    let factors = moves.forwards.len();
    for (found, expected, field) in [
        (moves.kinds.len(), factors, "kinds"),
        (moves.values.len(), factors * moves.scenarios, "moves"),
        (scenarios, moves.scenarios, "pnl"),
    ] {
        if found != expected {
            return Err(PricingError::Length {
                field,
                found,
                expected,
            });
        }
    }
    for (place, &value) in moves.values.iter().enumerate() {
        // Beyond this a relative move is no price, and an absolute one no market's.
        let most = match moves.kinds[place / moves.scenarios] {
            Move::Relative => 20.0,
            Move::Absolute => 1e9,
        };
        if value.is_nan() || value.abs() > most {
            return Err(PricingError::OutOfRange {
                row: place / moves.scenarios,
                field: "moves",
                value,
                rule: "give each scenario's move: within 20 of a logarithm, within 1e9 of a price",
            });
        }
    }
    for (row, holding) in holdings.iter().enumerate() {
        let (field, value, rule) = if holding.factor >= factors {
            (
                "factor",
                holding.factor as f64,
                "number risk factors from 0 as they are given",
            )
        } else if !holding.quantity.is_finite() {
            ("quantity", holding.quantity, "give a finite quantity")
        } else {
            continue;
        };
        return Err(PricingError::OutOfRange {
            row,
            field,
            value,
            rule,
        });
    }
    Ok(())
}

fn prepare(row: usize, holding: &Holding, moves: &Moves<'_>) -> Result<Prepared, PricingError> {
    let forward = moves.forwards[holding.factor];
    if holding.sign == 0.0 {
        if forward.is_nan() || forward.abs() > 1e9 {
            return Err(PricingError::OutOfRange {
                row,
                field: "forward",
                value: forward,
                rule: "give a finite price",
            });
        }
        return Ok(Prepared {
            factor: holding.factor,
            quantity: holding.quantity,
            base: forward,
            sign: 0.0,
            shift: 0.0,
            strike: 0.0,
            deviation: 0.0,
            discount: 1.0,
            kind: Kind::Future,
        });
    }
    let mut price = [0.0];
    let mut unused = [[0.0]; 5];
    let [delta, gamma, vega, theta, rho] = &mut unused;
    let options = Options {
        sign: Column::One(holding.sign),
        forward: Column::One(forward),
        strike: Column::One(holding.strike),
        time: Column::One(holding.time),
        volatility: Column::One(holding.volatility),
        rate: Column::One(holding.rate),
    };
    let mut values = Values {
        price: &mut price,
        delta,
        gamma,
        vega,
        theta,
        rho,
    };
    value(holding.model, &options, &mut values).map_err(|error| at_row(error, row))?;
    let shift = holding.model.shift();
    let kind = match holding.model {
        Model::Bachelier => Kind::Normal,
        Model::Black | Model::Shifted(_) => Kind::Lognormal,
    };
    if kind == Kind::Lognormal {
        stays_positive(row, holding.factor, shift, moves)?;
    }
    Ok(Prepared {
        factor: holding.factor,
        quantity: holding.quantity,
        base: price[0],
        sign: holding.sign,
        shift,
        strike: holding.strike + shift,
        deviation: holding.volatility * holding.time.sqrt(),
        discount: (-holding.rate * holding.time).exp(),
        kind,
    })
}

fn at_row(error: PricingError, row: usize) -> PricingError {
    match error {
        PricingError::OutOfRange {
            field, value, rule, ..
        } => PricingError::OutOfRange {
            row,
            field,
            value,
            rule,
        },
        other @ PricingError::Length { .. } => other,
    }
}

/// Refuses a scenario in which a lognormal price would not be above zero.
fn stays_positive(
    row: usize,
    factor: usize,
    shift: f64,
    moves: &Moves<'_>,
) -> Result<(), PricingError> {
    if moves.kinds[factor] == Move::Relative && shift >= 0.0 {
        return Ok(());
    }
    let start = factor * moves.scenarios;
    let lowest = moves.values[start..start + moves.scenarios]
        .iter()
        .copied()
        .fold(f64::INFINITY, f64::min);
    let forward = moves.forwards[factor];
    let fallen = match moves.kinds[factor] {
        Move::Absolute => forward + lowest,
        Move::Relative => forward * lowest.exp(),
    };
    if moves.scenarios == 0 || fallen + shift >= 1e-9 {
        return Ok(());
    }
    Err(PricingError::OutOfRange {
        row,
        field: "forward",
        value: fallen,
        rule: "a scenario drives this lognormal price to zero or below: choose the Bachelier model or a shift",
    })
}

#[inline(always)]
fn moved(input: &Block, forward: f64, relative: bool, block: &mut Block) {
    if relative {
        for row in 0..ROWS {
            block[row] = forward * exp(input[row]);
        }
    } else {
        for row in 0..ROWS {
            block[row] = forward + input[row];
        }
    }
}

#[inline(always)]
fn future(forwards: &Block, quantity: f64, base: f64, sums: &mut Block) {
    for row in 0..ROWS {
        sums[row] = quantity.mul_add(forwards[row] - base, sums[row]);
    }
}

/// Beyond this many deviations a tail is zero in a double.
const FARTHEST: f64 = 38.0;

/// Normal distribution at `z`, given `exp(-z^2 / 2)`.
#[inline(always)]
fn below(z: f64, bell: f64) -> f64 {
    let tail = bell * scaled_tail(z.abs().min(FARTHEST));
    if z > 0.0 { 1.0 - tail } else { tail }
}

#[inline(always)]
fn lognormal(forwards: &Block, holding: &Prepared, sums: &mut Block) {
    let (sign, strike, deviation) = (holding.sign, holding.strike, holding.deviation);
    let inverse = 1.0 / deviation.max(1e-12);
    let weight = holding.quantity * holding.discount;
    let base = holding.base / holding.discount;
    for row in 0..ROWS {
        // Rows beyond the last scenario hold no price.
        let forward = (forwards[row] + holding.shift).max(1e-300);
        let ratio = forward / strike;
        let upper = ln(ratio).mul_add(inverse, 0.5 * deviation);
        let lower = upper - deviation;
        let near = upper.clamp(-FARTHEST, FARTHEST);
        let bell = exp(-0.5 * near * near);
        // The density at the lower point is that at the upper times forward over strike.
        let other = bell * ratio;
        let price =
            sign * (forward * below(sign * upper, bell) - strike * below(sign * lower, other));
        sums[row] = weight.mul_add(price.max(0.0) - base, sums[row]);
    }
}

#[inline(always)]
fn normal(forwards: &Block, holding: &Prepared, sums: &mut Block) {
    let (sign, deviation) = (holding.sign, holding.deviation);
    let inverse = 1.0 / deviation.max(1e-12);
    let weight = holding.quantity * holding.discount;
    let base = holding.base / holding.discount;
    for row in 0..ROWS {
        let gain = sign * (forwards[row] - holding.strike);
        let z = (gain * inverse).clamp(-FARTHEST, FARTHEST);
        let bell = exp(-0.5 * z * z);
        let price = gain.mul_add(below(z, bell), deviation * INVERSE_SQRT_TWO_PI * bell);
        sums[row] = weight.mul_add(price.max(0.0) - base, sums[row]);
    }
}

widest! {
    fn move_block(input: &Block, forward: f64, relative: bool, block: &mut Block) = moved
}
widest! {
    fn add_future(forwards: &Block, quantity: f64, base: f64, sums: &mut Block) = future
}
widest! {
    fn add_lognormal(forwards: &Block, holding: &Prepared, sums: &mut Block) = lognormal
}
widest! {
    fn add_normal(forwards: &Block, holding: &Prepared, sums: &mut Block) = normal
}
