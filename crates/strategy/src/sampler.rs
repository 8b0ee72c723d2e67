//! Prices for a strategy's statistics: sampled, roll-adjusted, exact.

use std::collections::VecDeque;

use wattbook_domain::market::{MarketEvent, PriceKind};
use wattbook_domain::{InstrumentId, Price, Timestamp};

use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::Observation;

/// Which prices a strategy looks at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampling {
    /// The middle of the book, at most one in `step_ns` ns.
    Mid {
        /// Least time between two samples.
        step_ns: i64,
    },
    /// Each price of record of one kind, such as the daily settlement.
    Record(PriceKind),
}

/// From `at` on the strategy looks at and trades `instrument`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Roll {
    /// First instant of the new contract.
    pub at: Timestamp,
    /// The new contract.
    pub instrument: InstrumentId,
}

/// A window of prices of the contract in front.
///
/// On a roll, the window moves by the difference of the two contracts' last prices, so that the change
/// of contract is no change of price. Differences, never ratios: prices cross zero. Sums are exact
/// integers, so the window has no drift.
#[derive(Debug, Clone)]
pub struct Sampler {
    sampling: Sampling,
    front: InstrumentId,
    rolls: VecDeque<Roll>,
    next_sample: Timestamp,
    /// Last price of record by instrument: what a roll compares.
    last: Vec<Option<Price>>,
    window: VecDeque<i64>,
    length: usize,
    sum: i128,
    square_sum: i128,
    step_square_sum: i128,
}

impl Sampler {
    /// A window of `length` samples of `instrument`, which `rolls` replace in their order.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a window below two samples.
    pub fn new(
        strategy: &'static str,
        sampling: Sampling,
        instrument: InstrumentId,
        rolls: &[Roll],
        length: usize,
    ) -> Result<Self, StrategyError> {
        if length < 2 {
            let (field, value, fix) = ("window", length as i64, "at least 2 samples");
            return Err(StrategyError::Parameter {
                strategy,
                field,
                value,
                fix,
            });
        }
        let mut rolls = rolls.to_vec();
        rolls.sort_by_key(|roll| roll.at);
        Ok(Self {
            sampling,
            front: instrument,
            rolls: rolls.into(),
            next_sample: Timestamp::MIN,
            last: Vec::new(),
            window: VecDeque::with_capacity(length + 1),
            length,
            sum: 0,
            square_sum: 0,
            step_square_sum: 0,
        })
    }

    /// The contract in front.
    #[must_use]
    pub const fn instrument(&self) -> InstrumentId {
        self.front
    }

    /// Moves to the next contract when its time has come; returns the one before.
    pub fn roll(&mut self, now: Timestamp) -> Option<InstrumentId> {
        let roll = *self.rolls.front().filter(|roll| roll.at <= now)?;
        self.rolls.pop_front();
        let old = std::mem::replace(&mut self.front, roll.instrument);
        let last =
            |instrument: InstrumentId| self.last.get(instrument.0 as usize).copied().flatten();
        if let (Some(from), Some(into)) = (last(old), last(roll.instrument)) {
            self.shift(into.millionths() - from.millionths());
        } else {
            // Without a common day the jump is unknown; the window starts anew rather than show it.
            self.clear();
        }
        Some(old)
    }

    /// Takes `observation` in; returns the price when it is a new sample of the contract in front.
    pub fn sample(&mut self, observation: &Observation<'_>, context: &Context) -> Option<Price> {
        let price = match (self.sampling, observation) {
            (Sampling::Mid { .. }, Observation::Market(MarketEvent::Quote(quote))) => {
                let price = context.top(quote.instrument).mid()?;
                self.remember(quote.instrument, price);
                (quote.instrument == self.front && context.now() >= self.next_sample)
                    .then_some(price)?
            }
            (Sampling::Record(kind), Observation::Market(MarketEvent::ReferencePrice(record)))
                if record.kind == kind =>
            {
                self.remember(record.instrument, record.price);
                (record.instrument == self.front).then_some(record.price)?
            }
            _ => return None,
        };
        if let Sampling::Mid { step_ns } = self.sampling {
            self.next_sample = context.now().plus_nanos(step_ns);
        }
        self.push(price.millionths());
        Some(price)
    }

    /// The last price over the mean of the window, in standard deviations of the window; `None` until
    /// it is full or when nothing moved.
    #[must_use]
    pub fn level_score(&self) -> Option<f64> {
        let last = self.full_window()?;
        let n = self.length as i128;
        // n² × variance, exact.
        let spread = n * self.square_sum - self.sum * self.sum;
        let distance = n * i128::from(last) - self.sum;
        (spread > 0).then(|| distance as f64 / (spread as f64).sqrt())
    }

    /// The move over the window, in standard deviations of a random walk with the same steps; `None`
    /// until it is full or when nothing moved.
    #[must_use]
    pub fn move_score(&self) -> Option<f64> {
        let last = self.full_window()?;
        let moved = i128::from(last) - i128::from(*self.window.front()?);
        (self.step_square_sum > 0).then(|| moved as f64 / (self.step_square_sum as f64).sqrt())
    }

    /// Mean of the window, rounded to 1e-6, or `None` until it is full.
    #[must_use]
    pub fn mean(&self) -> Option<Price> {
        self.full_window()?;
        let mean = self.sum.div_euclid(self.length as i128);
        Some(Price::from_millionths(mean as i64))
    }

    fn full_window(&self) -> Option<i64> {
        (self.window.len() == self.length)
            .then(|| self.window.back().copied())
            .flatten()
    }

    fn remember(&mut self, instrument: InstrumentId, price: Price) {
        let index = instrument.0 as usize;
        if index >= self.last.len() {
            self.last.resize(index + 1, None);
        }
        self.last[index] = Some(price);
    }

    fn push(&mut self, price: i64) {
        if let Some(before) = self.window.back() {
            self.step_square_sum += square(price - before);
        }
        self.window.push_back(price);
        self.sum += i128::from(price);
        self.square_sum += square(price);
        if self.window.len() > self.length {
            let oldest = self.window.pop_front().unwrap_or_default();
            self.sum -= i128::from(oldest);
            self.square_sum -= square(oldest);
            let second = self.window.front().copied().unwrap_or_default();
            self.step_square_sum -= square(second - oldest);
        }
    }

    fn shift(&mut self, jump: i64) {
        self.sum = 0;
        self.square_sum = 0;
        for price in &mut self.window {
            *price += jump;
            self.sum += i128::from(*price);
            self.square_sum += square(*price);
        }
    }

    fn clear(&mut self) {
        self.window.clear();
        (self.sum, self.square_sum, self.step_square_sum) = (0, 0, 0);
    }
}

fn square(value: i64) -> i128 {
    i128::from(value) * i128::from(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Identity;
    use proptest::prelude::*;
    use wattbook_domain::market::ReferencePrice;

    fn settle(sampler: &mut Sampler, instrument: u32, price: i64) -> Option<Price> {
        let event = MarketEvent::ReferencePrice(ReferencePrice {
            instrument: InstrumentId(instrument),
            kind: PriceKind::Settlement,
            price: Price::from_millionths(price),
            ..ReferencePrice::default()
        });
        sampler.sample(
            &Observation::Market(&event),
            &Context::new(Identity::default()),
        )
    }

    fn sampler(rolls: &[Roll], length: usize) -> Sampler {
        let sampling = Sampling::Record(PriceKind::Settlement);
        Sampler::new("test", sampling, InstrumentId(0), rolls, length).unwrap()
    }

    proptest! {
        #[test]
        fn scores_equal_those_of_the_plain_formulas(prices in prop::collection::vec(-9_000_000_000_i64..9_000_000_000, 5..60)) {
            let mut sampler = sampler(&[], 5);
            for price in &prices {
                settle(&mut sampler, 0, *price);
            }
            let tail: Vec<f64> = prices[prices.len() - 5..].iter().map(|price| *price as f64).collect();
            let mean = tail.iter().sum::<f64>() / 5.0;
            let spread = (tail.iter().map(|price| (price - mean).powi(2)).sum::<f64>() / 5.0).sqrt();
            let steps: f64 = tail.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
            let level = sampler.level_score().unwrap_or(0.0);
            let moved = sampler.move_score().unwrap_or(0.0);
            prop_assert!((level - (tail[4] - mean) / spread.max(1e-300)).abs() < 1e-6);
            prop_assert!((moved - (tail[4] - tail[0]) / steps.sqrt().max(1e-300)).abs() < 1e-6);
        }
    }

    #[test]
    fn a_roll_is_no_move() {
        let roll = Roll {
            at: Timestamp::from_seconds(1),
            instrument: InstrumentId(1),
        };
        let mut sampler = sampler(&[roll], 3);
        for price in [100, 101, 102] {
            settle(&mut sampler, 0, price);
            settle(&mut sampler, 1, price + 50);
        }
        assert_eq!(sampler.roll(Timestamp::EPOCH), None);
        assert_eq!(
            sampler.roll(Timestamp::from_seconds(1)),
            Some(InstrumentId(0))
        );
        assert_eq!(sampler.instrument(), InstrumentId(1));
        let before = sampler.move_score();
        settle(&mut sampler, 1, 153);
        assert_eq!(sampler.move_score(), before);
        assert_eq!(settle(&mut sampler, 0, 90), None);
    }

    #[test]
    fn a_roll_to_an_unknown_price_starts_the_window_anew() {
        let roll = Roll {
            at: Timestamp::EPOCH,
            instrument: InstrumentId(1),
        };
        let mut sampler = sampler(&[roll], 2);
        settle(&mut sampler, 0, 100);
        settle(&mut sampler, 0, 110);
        assert!(sampler.move_score().is_some());
        sampler.roll(Timestamp::EPOCH);
        assert_eq!(sampler.move_score(), None);
    }
}
