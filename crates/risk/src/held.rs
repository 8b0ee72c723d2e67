//! A book's profits and losses in all scenarios, held and moved with each trade.
//!
//! A trade adds its quantity times the shocks of its instrument; the tail is found again in one
//! pass. Each sum carries its own rounding error (D. Knuth's two-sum, The Art of Computer
//! Programming 2, section 4.2.2), so that a million trades leave what a new computation gives.

use crate::error::RiskError;
use crate::tail::{Ranks, Tail, Worst};
use crate::widest::widest;

/// A book of positions in instruments whose shocks are given.
#[derive(Debug, Clone)]
pub struct HeldPnl {
    scenarios: usize,
    shocks: Vec<f32>,
    quantities: Vec<f64>,
    sums: Vec<f64>,
    errors: Vec<f64>,
    pnl: Vec<f64>,
    ranks: Ranks,
    worst: Worst,
    trial: Vec<f64>,
    trial_worst: Worst,
}

/// `sum + error` becomes that plus `quantity * shock`, which is exact for a shock of 24 bits and a
/// quantity of up to 29.
#[inline(always)]
fn add(quantity: f64, shock: f32, sum: &mut f64, error: &mut f64) {
    let shock = f64::from(shock);
    let product = quantity * shock;
    let rest = quantity.mul_add(shock, -product);
    let total = *sum + product;
    let part = total - *sum;
    *error += (*sum - (total - part)) + (product - part) + rest;
    *sum = total;
}

/// Sums of one trade's shocks with their rounding errors, and both together.
#[inline(always)]
fn add_trade(quantity: f64, shocks: &[f32], held: [&mut [f64]; 3]) {
    let [sums, errors, pnl] = held.map(|column| &mut column[..shocks.len()]);
    for scenario in 0..shocks.len() {
        add(
            quantity,
            shocks[scenario],
            &mut sums[scenario],
            &mut errors[scenario],
        );
        pnl[scenario] = sums[scenario] + errors[scenario];
    }
}

#[inline(always)]
fn try_trade(quantity: f64, shocks: &[f32], pnl: &[f64], trial: &mut [f64]) {
    let (pnl, trial) = (&pnl[..shocks.len()], &mut trial[..shocks.len()]);
    for scenario in 0..shocks.len() {
        trial[scenario] = quantity.mul_add(f64::from(shocks[scenario]), pnl[scenario]);
    }
}

widest! {
    fn add_shocks(quantity: f64, shocks: &[f32], held: [&mut [f64]; 3]) = add_trade
}
widest! {
    fn try_shocks(quantity: f64, shocks: &[f32], pnl: &[f64], trial: &mut [f64]) = try_trade
}

impl HeldPnl {
    /// A book of `quantities` by instrument; `shocks` are instruments times scenarios, money per
    /// unit of quantity.
    ///
    /// # Errors
    /// [`RiskError`] for shocks that do not fit, numbers that are none, and a confidence outside of
    /// 0 and 1.
    pub fn new(
        shocks: Vec<f32>,
        quantities: Vec<f64>,
        scenarios: usize,
        confidence: f64,
    ) -> Result<Self, RiskError> {
        let ranks = Ranks::new(scenarios, confidence)?;
        let expected = quantities.len() * scenarios;
        if shocks.len() != expected {
            return Err(RiskError::Length {
                field: "shocks",
                found: shocks.len(),
                expected,
            });
        }
        if let Some(place) = shocks.iter().position(|shock| !shock.is_finite()) {
            return Err(RiskError::NotFinite {
                field: "shocks",
                row: place / scenarios,
                value: f64::from(shocks[place]),
            });
        }
        let mut book = Self {
            scenarios,
            shocks,
            quantities: vec![0.0; quantities.len()],
            sums: vec![0.0; scenarios],
            errors: vec![0.0; scenarios],
            pnl: vec![0.0; scenarios],
            ranks,
            worst: Worst::new(),
            trial: vec![0.0; scenarios],
            trial_worst: Worst::new(),
        };
        for (instrument, quantity) in quantities.into_iter().enumerate() {
            book.add(instrument, quantity)?;
        }
        Ok(book)
    }

    fn row(&self, instrument: usize, quantity: f64) -> Result<usize, RiskError> {
        let held = self.quantities.len();
        if instrument >= held {
            return Err(RiskError::UnknownInstrument { instrument, held });
        }
        // Sums of a million such stay far from where a double ends.
        if quantity.is_nan() || quantity.abs() > 1e15 {
            return Err(RiskError::NotFinite {
                field: "quantity",
                row: instrument,
                value: quantity,
            });
        }
        Ok(instrument * self.scenarios)
    }

    fn add(&mut self, instrument: usize, quantity: f64) -> Result<(), RiskError> {
        let row = self.row(instrument, quantity)?;
        self.quantities[instrument] += quantity;
        let shocks = &self.shocks[row..row + self.scenarios];
        let held = [&mut self.sums[..], &mut self.errors, &mut self.pnl];
        add_shocks(quantity, shocks, held);
        Ok(())
    }

    /// Takes in a trade and gives the tail after it.
    ///
    /// # Errors
    /// [`RiskError`] for an instrument that is not held or a quantity that is no number; the book
    /// then stays as it was.
    pub fn trade(&mut self, instrument: usize, quantity: f64) -> Result<Tail, RiskError> {
        self.add(instrument, quantity)?;
        Ok(self.tail())
    }

    /// The tail as if a trade had been taken in; the book stays as it is.
    ///
    /// # Errors
    /// As for [`trade`](Self::trade).
    pub fn what_if(&mut self, instrument: usize, quantity: f64) -> Result<Tail, RiskError> {
        let row = self.row(instrument, quantity)?;
        let shocks = &self.shocks[row..row + self.scenarios];
        try_shocks(quantity, shocks, &self.pnl, &mut self.trial);
        let worst = self.trial_worst.of(&self.trial, self.ranks.worst);
        Ok(self.ranks.tail(worst))
    }

    /// The tail now.
    pub fn tail(&mut self) -> Tail {
        let worst = self.worst.of(&self.pnl, self.ranks.worst);
        self.ranks.tail(worst)
    }

    /// Profit or loss in each scenario.
    #[must_use]
    pub fn pnl(&self) -> &[f64] {
        &self.pnl
    }

    /// Quantity of each instrument.
    #[must_use]
    pub fn quantities(&self) -> &[f64] {
        &self.quantities
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::tail;
    use proptest::prelude::*;

    #[test]
    fn after_many_trades_the_book_is_that_of_a_new_computation() {
        let (instruments, scenarios) = (40, 50);
        let shocks: Vec<f32> = (0..instruments * scenarios)
            .map(|place| ((place * 7919 % 1009) as f32 - 504.0) / 7.0)
            .collect();
        let mut book =
            HeldPnl::new(shocks.clone(), vec![1e5; instruments], scenarios, 0.975).unwrap();
        let mut seed = 1_u64;
        for _ in 0..20_000 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let instrument = (seed >> 33) as usize % instruments;
            let quantity = f64::from((seed >> 40) as u32 % 2001) / 10.0 - 100.0;
            let before = book.what_if(instrument, quantity).unwrap();
            let after = book.trade(instrument, quantity).unwrap();
            assert!((before.value_at_risk - after.value_at_risk).abs() < 1e-6);
        }
        let mut pnl = vec![0.0_f64; scenarios];
        for (row, &quantity) in book.quantities().iter().enumerate() {
            for (scenario, sum) in pnl.iter_mut().enumerate() {
                *sum += quantity * f64::from(shocks[row * scenarios + scenario]);
            }
        }
        let (held, new) = (book.tail(), tail(&pnl, 0.975).unwrap());
        let size = new.value_at_risk.abs();
        assert!((held.value_at_risk - new.value_at_risk).abs() < 1e-9 * size);
        assert!((held.expected_shortfall - new.expected_shortfall).abs() < 1e-9 * size);
    }

    proptest! {
        #[test]
        fn what_cannot_be_traded_changes_nothing(instrument in 0_usize..5, quantity in any::<f64>()) {
            let mut book = HeldPnl::new(vec![1.0, -2.0, 3.0, 4.0], vec![2.0, 1.0], 2, 0.9).unwrap();
            let before = book.pnl().to_vec();
            if book.trade(instrument, quantity).is_err() {
                prop_assert_eq!(book.pnl(), &before[..]);
            } else {
                prop_assert!(book.pnl().iter().all(|value| value.is_finite()));
            }
        }
    }
}
