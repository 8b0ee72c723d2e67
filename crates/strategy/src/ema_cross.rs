//! Crossing of two exponential moving averages.

use wattbook_domain::command::Direction;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{InstrumentId, Price, Timestamp, Volume};

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::Observation;
use crate::signal::CERTAIN_PPM;
use crate::target::{OrderStyle, trade_to};
use crate::window::check_volume;

/// What an EMA cross looks at and how much it trades.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EmaCrossConfig {
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Quotes of the fast average; the weight of a quote is 2 / (n + 1).
    pub fast: u32,
    /// Quotes of the slow average; before as many nothing is traded.
    pub slow: u32,
    /// Position in the direction of the fast average, in volume units; zero counts turns only.
    pub volume: Volume,
}

/// Long while the fast average of the mid price is above the slow one, short otherwise.
#[derive(Debug, Clone)]
pub struct EmaCross {
    instrument: InstrumentId,
    volume: Volume,
    weights: (f64, f64),
    slow_quotes: u64,
    fast: f64,
    slow: f64,
    seen: u64,
    /// Whether it is on the side of a rise; nothing before the first turn.
    is_long: Option<bool>,
    turns: u64,
}

impl EmaCross {
    /// An EMA cross.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] when the fast average is not the shorter one or the volume is below
    /// zero.
    pub fn new(config: EmaCrossConfig) -> Result<Self, StrategyError> {
        let EmaCrossConfig {
            instrument,
            fast,
            slow,
            volume,
        } = config;
        let strategy = "EMA cross";
        if fast == 0 || fast >= slow {
            let (field, value, fix) = ("fast", i64::from(fast), "1 up to below the slow average");
            return Err(StrategyError::Parameter {
                strategy,
                field,
                value,
                fix,
            });
        }
        if volume != Volume::ZERO {
            check_volume(strategy, volume)?;
        }
        let weight = |quotes: u32| 2.0 / (f64::from(quotes) + 1.0);
        Ok(Self {
            instrument,
            volume,
            weights: (weight(fast), weight(slow)),
            slow_quotes: u64::from(slow),
            fast: 0.0,
            slow: 0.0,
            seen: 0,
            is_long: None,
            turns: 0,
        })
    }

    /// How often it took a side.
    #[must_use]
    pub const fn turns(&self) -> u64 {
        self.turns
    }

    /// Takes a mid price in; returns whether the side changed.
    #[inline]
    fn update(&mut self, mid: f64) -> bool {
        self.seen += 1;
        if self.seen == 1 {
            (self.fast, self.slow) = (mid, mid);
        }
        self.fast += self.weights.0 * (mid - self.fast);
        self.slow += self.weights.1 * (mid - self.slow);
        let is_above = self.fast > self.slow;
        if self.seen <= self.slow_quotes || self.is_long == Some(is_above) {
            return false;
        }
        self.is_long = Some(is_above);
        self.turns += 1;
        true
    }

    #[cold]
    fn trade(&self, quote: &Quote, context: &mut Context) {
        let (direction, target) = if self.is_long == Some(true) {
            (Direction::Rise, self.volume)
        } else {
            (Direction::Fall, -self.volume)
        };
        let (bid, ask) = (quote.bid_price.millionths(), quote.ask_price.millionths());
        let forecast = Price::from_millionths(i64::midpoint(bid, ask));
        // The rule is the view: it states no doubt of its own.
        let view = (direction, CERTAIN_PPM);
        let signal = context.record_signal(self.instrument, view, forecast, Timestamp::MAX);
        trade_to(
            context,
            self.instrument,
            target,
            OrderStyle::TakeBest,
            signal,
        );
    }
}

impl Strategy for EmaCross {
    #[inline]
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        let Observation::Market(MarketEvent::Quote(quote)) = observation else {
            return;
        };
        let is_two_sided = quote.bid_volume > Volume::ZERO && quote.ask_volume > Volume::ZERO;
        if quote.instrument != self.instrument || !is_two_sided {
            return;
        }
        let mid = (quote.bid_price.to_f64() + quote.ask_price.to_f64()) * 0.5;
        if self.update(mid) && self.volume > Volume::ZERO {
            self.trade(quote, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Identity;

    fn feed(strategy: &mut EmaCross, context: &mut Context, price: i64) -> usize {
        let quote = Quote {
            bid_price: Price::from_millionths((price - 1) * 1_000_000),
            ask_price: Price::from_millionths((price + 1) * 1_000_000),
            bid_volume: Volume::from_millionths(5_000_000),
            ask_volume: Volume::from_millionths(5_000_000),
            ..Quote::default()
        };
        let event = MarketEvent::Quote(quote);
        let observation = Observation::Market(&event);
        context.observe(context.now(), &observation);
        strategy.on_event(&observation, context);
        context.drain().count()
    }

    fn config(volume: i64) -> EmaCrossConfig {
        let volume = Volume::from_millionths(volume);
        EmaCrossConfig {
            instrument: InstrumentId(0),
            fast: 2,
            slow: 5,
            volume,
        }
    }

    #[test]
    fn it_takes_a_side_once_warm_and_turns_with_the_market() {
        let mut context = Context::new(Identity::default());
        let mut strategy = EmaCross::new(config(1_000_000)).unwrap();
        let cold: usize = (0..5)
            .map(|i| feed(&mut strategy, &mut context, 10 - i))
            .sum();
        assert_eq!((cold, strategy.turns()), (0, 0));
        // Each turn is a signal and the order that names it.
        let falling: usize = (5..20)
            .map(|i| feed(&mut strategy, &mut context, 10 - i))
            .sum();
        assert_eq!((falling, strategy.turns()), (2, 1));
        let rising: usize = (0..20)
            .map(|i| feed(&mut strategy, &mut context, -10 + 2 * i))
            .sum();
        assert_eq!((rising, strategy.turns()), (2, 2));
    }

    #[test]
    fn a_fast_average_that_is_not_the_faster_is_refused() {
        assert!(
            EmaCross::new(EmaCrossConfig {
                fast: 5,
                ..config(0)
            })
            .is_err()
        );
        assert!(EmaCross::new(config(-1)).is_err());
    }
}
