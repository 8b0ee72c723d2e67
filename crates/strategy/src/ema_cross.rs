//! Crossing of two exponential moving averages.

use wattbook_domain::command::Direction;
use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{InstrumentId, Price, Timestamp, Volume};

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::Observation;
use crate::sampler::Roll;
use crate::signal::CERTAIN_PPM;
use crate::target::{OrderStyle, trade_to};
use crate::window::check_volume;

/// What an EMA cross looks at and how much it trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EmaCrossConfig {
    /// The first contract.
    pub instrument: InstrumentId,
    /// Contracts that replace it; only for a chain.
    pub rolls: Vec<Roll>,
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
    /// Contracts to come, the next one last.
    rolls: Vec<Roll>,
    /// When the next one replaces the contract in front.
    next_roll: Timestamp,
    /// Last mid price of the next contract and of the one in front: what a roll compares.
    mids: (f64, f64),
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
            mut rolls,
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
        rolls.sort_by_key(|roll| std::cmp::Reverse(roll.at));
        Ok(Self {
            instrument,
            next_roll: rolls.last().map_or(Timestamp::MAX, |roll| roll.at),
            rolls,
            mids: (f64::NAN, f64::NAN),
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

    /// Moves to the next contract: leaves the old one, shifts the averages by the difference of their
    /// prices, so that the change of contract is no turn, and takes its side again in the new one.
    #[cold]
    fn roll(&mut self, context: &mut Context) {
        let Some(roll) = self.rolls.pop() else {
            return;
        };
        self.next_roll = self.rolls.last().map_or(Timestamp::MAX, |roll| roll.at);
        let old = std::mem::replace(&mut self.instrument, roll.instrument);
        if context.position(old) + context.working(old) != Volume::ZERO {
            let price = context.top(old).mid().unwrap_or_default();
            let view = (Direction::Flat, CERTAIN_PPM);
            let signal = context.record_signal(old, view, price, Timestamp::MAX);
            trade_to(context, old, Volume::ZERO, OrderStyle::TakeBest, signal);
        }
        let (next, front) = self.mids;
        self.mids = (f64::NAN, next);
        let jump = next - front;
        if jump.is_nan() {
            // Without a common price the jump is unknown; the averages start anew rather than show it.
            self.seen = 0;
        } else {
            self.fast += jump;
            self.slow += jump;
        }
        self.is_long = None;
    }

    /// Notes the price of the next contract of the chain.
    #[cold]
    fn look_ahead(&mut self, quote: &Quote, mid: f64) {
        if self
            .rolls
            .last()
            .is_some_and(|roll| roll.instrument == quote.instrument)
        {
            self.mids.0 = mid;
        }
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
        if context.now() >= self.next_roll {
            self.roll(context);
        }
        let Observation::Market(MarketEvent::Quote(quote)) = observation else {
            return;
        };
        let is_two_sided = quote.bid_volume > Volume::ZERO && quote.ask_volume > Volume::ZERO;
        if !is_two_sided {
            return;
        }
        let mid = (quote.bid_price.to_f64() + quote.ask_price.to_f64()) * 0.5;
        if quote.instrument != self.instrument {
            self.look_ahead(quote, mid);
            return;
        }
        self.mids.1 = mid;
        if self.update(mid) && self.volume > Volume::ZERO {
            self.trade(quote, context);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Identity;
    use wattbook_domain::{Command, Side};

    fn feed(strategy: &mut EmaCross, context: &mut Context, price: i64) -> usize {
        quote(strategy, context, (0, 0), price).len()
    }

    fn quote(
        strategy: &mut EmaCross,
        context: &mut Context,
        (instrument, second): (u32, i64),
        price: i64,
    ) -> Vec<Command> {
        let quote = Quote {
            instrument: InstrumentId(instrument),
            bid_price: Price::from_millionths((price - 1) * 1_000_000),
            ask_price: Price::from_millionths((price + 1) * 1_000_000),
            bid_volume: Volume::from_millionths(5_000_000),
            ask_volume: Volume::from_millionths(5_000_000),
        };
        let event = MarketEvent::Quote(quote);
        let observation = Observation::Market(&event);
        context.observe(Timestamp::from_seconds(second), &observation);
        strategy.on_event(&observation, context);
        context.drain().collect()
    }

    fn config(volume: i64) -> EmaCrossConfig {
        let volume = Volume::from_millionths(volume);
        EmaCrossConfig {
            instrument: InstrumentId(0),
            rolls: Vec::new(),
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
    fn a_roll_leaves_the_old_contract_and_is_no_turn() {
        let mut context = Context::new(Identity::default());
        let rolls = vec![Roll {
            at: Timestamp::from_seconds(100),
            instrument: InstrumentId(1),
        }];
        let mut strategy = EmaCross::new(EmaCrossConfig {
            rolls,
            ..config(1_000_000)
        })
        .unwrap();
        for second in 0..20 {
            quote(&mut strategy, &mut context, (0, second), 10 + second);
            // The next contract is 1,000 dearer.
            quote(&mut strategy, &mut context, (1, second), 1_010 + second);
        }
        assert_eq!(strategy.turns(), 1);
        // The order of the first turn is working still, so leaving it takes an opposite one.
        let commands = quote(&mut strategy, &mut context, (1, 100), 1_030);
        let orders: Vec<_> = commands
            .iter()
            .filter_map(|command| match command {
                Command::SubmitOrder(order) => Some((order.order.instrument.0, order.order.side)),
                _ => None,
            })
            .collect();
        assert_eq!(orders, [(0, Side::Sell), (1, Side::Buy)]);
        let commands = quote(&mut strategy, &mut context, (1, 101), 1_031);
        assert!(commands.is_empty(), "{commands:?}");
        assert!(quote(&mut strategy, &mut context, (0, 102), 5).is_empty());
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
