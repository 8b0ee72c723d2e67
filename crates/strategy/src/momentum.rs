//! Momentum: a move larger than chance explains goes on.

use wattbook_domain::Volume;
use wattbook_domain::command::Direction;

use crate::Strategy;
use crate::context::Context;
use crate::error::StrategyError;
use crate::observation::Observation;
use crate::sampler::Sampler;
use crate::signal::view;
use crate::target::OrderStyle;
use crate::window::{WindowConfig, check_volume, follow, leave_rolled};

/// Holds a position in the direction of the last sure move.
#[derive(Debug, Clone)]
pub struct Momentum {
    sampler: Sampler,
    volume: Volume,
    horizon_ns: i64,
    style: OrderStyle,
}

impl Momentum {
    /// A momentum strategy.
    ///
    /// # Errors
    /// [`StrategyError::Parameter`] for a window below two or a volume not above zero.
    pub fn new(config: &WindowConfig) -> Result<Self, StrategyError> {
        let WindowConfig {
            instrument,
            rolls,
            sampling,
            window,
            ..
        } = config;
        check_volume("momentum", config.volume)?;
        Ok(Self {
            sampler: Sampler::new("momentum", *sampling, *instrument, rolls, *window)?,
            volume: config.volume,
            horizon_ns: config.horizon_ns,
            style: config.style,
        })
    }
}

impl Strategy for Momentum {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        leave_rolled(&mut self.sampler, self.style, self.horizon_ns, context);
        let Some(price) = self.sampler.sample(observation, context) else {
            return;
        };
        let Some(score) = self.sampler.move_score() else {
            return;
        };
        let view = view(score);
        let target = match view.0 {
            Direction::Rise => self.volume,
            Direction::Fall => -self.volume,
            Direction::Flat => Volume::ZERO,
        };
        follow(
            &self.sampler,
            (view, target),
            price,
            self.horizon_ns,
            self.style,
            context,
        );
    }
}
