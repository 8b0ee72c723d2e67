//! Black's formula over blocks of rows.
//!
//! In one loop the processor would wait for the divisions and polynomials of a row. In several short
//! ones, with what they hand on in the first cache, it works on many rows at once.

use crate::elementary::{exp, ln_of_ratio, normal_pair};
use crate::european::{Block, Blocks, CERTAIN, Option, ROWS, Value, fits, keep, option};

/// Forward, strike and deviation as Black's formula needs them.
#[derive(Clone, Copy)]
struct Moneyness {
    root: f64,
    discount: f64,
    /// One over the forward and the deviation.
    inverse: f64,
    ratio: f64,
}

#[inline(always)]
fn moneyness(option: Option) -> Moneyness {
    let Option {
        forward, strike, ..
    } = option;
    let root = option.time.sqrt();
    // One division serves the three quotients of forward, strike and deviation.
    let scaled = forward * (option.volatility * root).max(CERTAIN);
    let shared = 1.0 / (scaled * strike);
    let per_strike = shared * scaled;
    let near = per_strike * forward;
    Moneyness {
        root,
        discount: exp(-option.rate * option.time),
        inverse: shared * strike,
        // Corrected by what is left, so that it is one exactly where forward and strike are the same.
        ratio: (-near).mul_add(strike, forward).mul_add(per_strike, near),
    }
}

/// Where the normal distribution is taken: how many deviations forward and strike lie apart.
#[inline(always)]
fn ends(option: Option, moneyness: Moneyness) -> (f64, f64) {
    let deviation = option.volatility * moneyness.root;
    let apart = ln_of_ratio(option.forward, option.strike, moneyness.ratio);
    let upper = apart.mul_add(moneyness.inverse * option.forward, 0.5 * deviation);
    (option.sign * upper, option.sign * (upper - deviation))
}

/// Values from the distribution at both ends of `moneyness` and the density at the upper.
#[inline(always)]
fn black(option: Option, moneyness: Moneyness, (above, struck, bell): (f64, f64, f64)) -> Value {
    let Option {
        sign,
        forward,
        strike,
        time,
        volatility,
        rate,
    } = option;
    let Moneyness {
        root,
        discount,
        inverse,
        ..
    } = moneyness;
    // Unfused: at the money both products round alike. Below zero there is only rounding.
    let price = discount * (sign * (forward * above - strike * struck)).max(0.0);
    let density = if volatility * root == 0.0 {
        0.0
    } else {
        discount * bell
    };
    Value {
        price,
        delta: discount * sign * above,
        gamma: density * inverse,
        vega: discount * forward * root * bell,
        theta: rate.mul_add(
            price,
            -0.5 * density * forward * volatility * volatility * (inverse * forward),
        ),
        rho: -time * price,
    }
}

/// What Black's formula computes of a block before its values, a column each.
pub(crate) struct Stages {
    moneyness: [Block; 4],
    ends: [Block; 2],
    normal: [Block; 3],
}

impl Stages {
    pub(crate) const EMPTY: Self = Self {
        moneyness: [[0.0; ROWS]; 4],
        ends: [[0.0; ROWS]; 2],
        normal: [[0.0; ROWS]; 3],
    };

    #[inline(always)]
    fn moneyness(&self, row: usize) -> Moneyness {
        Moneyness {
            root: self.moneyness[0][row],
            discount: self.moneyness[1][row],
            inverse: self.moneyness[2][row],
            ratio: self.moneyness[3][row],
        }
    }
}

/// Values the rows of `blocks` into `priced`; whether each of them can be valued.
#[inline(always)]
pub(crate) fn price_black(
    blocks: &Blocks<'_>,
    shift: f64,
    stages: &mut Stages,
    priced: &mut [Block; 6],
) -> bool {
    let mut unfit = 0u64;
    for row in 0..ROWS {
        let option = option(blocks, shift, row);
        unfit |= u64::from(!fits::<true>(option));
        let found = moneyness(option);
        stages.moneyness[0][row] = found.root;
        stages.moneyness[1][row] = found.discount;
        stages.moneyness[2][row] = found.inverse;
        stages.moneyness[3][row] = found.ratio;
    }
    for row in 0..ROWS {
        let (upper, lower) = ends(option(blocks, shift, row), stages.moneyness(row));
        stages.ends[0][row] = upper;
        stages.ends[1][row] = lower;
    }
    for row in 0..ROWS {
        let (above, struck, bell) = normal_pair(
            stages.ends[0][row],
            stages.ends[1][row],
            stages.moneyness[3][row],
        );
        stages.normal[0][row] = above;
        stages.normal[1][row] = struck;
        stages.normal[2][row] = bell;
    }
    for row in 0..ROWS {
        let normal = (
            stages.normal[0][row],
            stages.normal[1][row],
            stages.normal[2][row],
        );
        let value = black(option(blocks, shift, row), stages.moneyness(row), normal);
        keep(value, row, priced);
    }
    unfit == 0
}
