//! Profits and losses of positions in scenarios, at the speed at which memory is read.

use crate::error::RiskError;
use crate::widest::widest;

/// A shock as it is stored: 4 bytes are half the memory, and its rounding cancels in the sum.
pub trait Shock: Copy + Send + Sync + Into<f64> {}

impl Shock for f32 {}
impl Shock for f64 {}

/// Shocks that are added at once: one or two lines of the caches.
const STEP: usize = 16;

/// Rows ahead whose lines are asked of the memory, which foresees no step from page to page.
const AHEAD: usize = 4;

/// Asks for the memory of the shocks that come `ahead` of these; an address beyond the end does no harm.
#[inline(always)]
fn prefetch<S: Shock>(shocks: &[S; STEP], ahead: usize) {
    #[cfg(target_arch = "x86_64")]
    {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        for line in shocks.chunks_exact(64 / size_of::<S>()) {
            let address = line.as_ptr().wrapping_add(ahead).cast::<i8>();
            // SAFETY: a prefetch reads nothing that the program could see, and SSE is part of every x86-64.
            unsafe { _mm_prefetch::<_MM_HINT_T0>(address) };
        }
    }
    let _ = (shocks, ahead);
}

/// Adds two rows at once, which halves the reading and writing of sums.
#[inline(always)]
fn add_two<S: Shock>(quantities: [f64; 2], rows: [&[S]; 2], pnl: &mut [f64]) {
    let ahead = AHEAD * pnl.len();
    let [(one, one_rest), (other, other_rest)] = rows.map(<[S]>::as_chunks::<STEP>);
    let (sums, sums_rest) = pnl.as_chunks_mut::<STEP>();
    for ((sums, one), other) in sums.iter_mut().zip(one).zip(other) {
        prefetch(one, ahead);
        prefetch(other, ahead);
        add(quantities, one, other, sums);
    }
    add(quantities, one_rest, other_rest, sums_rest);
}

#[inline(always)]
fn add<S: Shock>([quantity, other_quantity]: [f64; 2], one: &[S], other: &[S], sums: &mut [f64]) {
    for ((sum, &shock), &other_shock) in sums.iter_mut().zip(one).zip(other) {
        *sum = other_quantity.mul_add(other_shock.into(), quantity.mul_add(shock.into(), *sum));
    }
}

#[inline(always)]
fn add_all<S: Shock>(quantities: &[f64], shocks: &[S], pnl: &mut [f64]) {
    let scenarios = pnl.len();
    let (pairs, last) = quantities.as_chunks::<2>();
    let mut rows = shocks.chunks_exact(2 * scenarios);
    for (&pair, rows) in pairs.iter().zip(rows.by_ref()) {
        let (one, other) = rows.split_at(scenarios);
        add_two(pair, [one, other], pnl);
    }
    for &quantity in last {
        for (sum, &shock) in pnl.iter_mut().zip(rows.remainder()) {
            *sum = quantity.mul_add(shock.into(), *sum);
        }
    }
}

widest! {
    fn add_single(quantities: &[f64], shocks: &[f32], pnl: &mut [f64]) = add_all
}
widest! {
    fn add_double(quantities: &[f64], shocks: &[f64], pnl: &mut [f64]) = add_all
}

/// Shocks of all positions, position by position: each has one for each scenario.
#[derive(Debug, Clone, Copy)]
pub enum Shocks<'a> {
    /// In 4 bytes.
    Single(&'a [f32]),
    /// In 8 bytes.
    Double(&'a [f64]),
}

/// Adds to `pnl`, of one entry a scenario, quantity times shock of each position, in their order.
///
/// # Errors
/// [`RiskError::Length`] if the shocks are not positions times scenarios;
/// [`RiskError::NotFinite`] where a sum is no number, naming the scenario.
pub fn scenario_pnl(
    quantities: &[f64],
    shocks: Shocks<'_>,
    pnl: &mut [f64],
) -> Result<(), RiskError> {
    let expected = quantities.len() * pnl.len();
    let found = match shocks {
        Shocks::Single(values) => values.len(),
        Shocks::Double(values) => values.len(),
    };
    if pnl.is_empty() {
        return Err(RiskError::NoScenarios);
    }
    if found != expected {
        return Err(RiskError::Length {
            field: "shocks",
            found,
            expected,
        });
    }
    match shocks {
        Shocks::Single(values) => add_single(quantities, values, pnl),
        Shocks::Double(values) => add_double(quantities, values, pnl),
    }
    match pnl.iter().position(|value| !value.is_finite()) {
        None => Ok(()),
        Some(row) => Err(RiskError::NotFinite {
            field: "pnl by scenario",
            row,
            value: pnl[row],
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_scenario_is_the_sum_of_its_positions(
            quantities in prop::collection::vec(-100.0_f64..100.0, 1..13),
            scenarios in 1_usize..40,
        ) {
            let shocks: Vec<f64> = (0..quantities.len() * scenarios)
                .map(|place| f64::from((place * 37 % 101) as u32) - 50.0)
                .collect();
            let single: Vec<f32> = shocks.iter().map(|&shock| shock as f32).collect();
            let mut pnl = vec![0.0; scenarios];
            scenario_pnl(&quantities, Shocks::Double(&shocks), &mut pnl).unwrap();
            let mut other = vec![0.0; scenarios];
            scenario_pnl(&quantities, Shocks::Single(&single), &mut other).unwrap();
            for scenario in 0..scenarios {
                let expected: f64 = quantities
                    .iter()
                    .enumerate()
                    .map(|(row, quantity)| quantity * shocks[row * scenarios + scenario])
                    .sum();
                prop_assert!((pnl[scenario] - expected).abs() < 1e-9);
                prop_assert_eq!(pnl[scenario].to_bits(), other[scenario].to_bits());
            }
        }
    }
}
