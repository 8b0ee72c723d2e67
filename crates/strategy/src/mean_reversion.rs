//! Mean reversion: a price far from its mean comes back.

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

/// Sells far above the mean of the window, buys far below it and is flat near it.
#[derive(Debug, Clone)]
pub struct MeanReversion {
    sampler: Sampler,
    volume: Volume,
    horizon_ns: i64,
    style: OrderStyle,
}

impl MeanReversion {
    /// A mean-reversion strategy.
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
        check_volume("mean reversion", config.volume)?;
        Ok(Self {
            sampler: Sampler::new("mean reversion", *sampling, *instrument, rolls, *window)?,
            volume: config.volume,
            horizon_ns: config.horizon_ns,
            style: config.style,
        })
    }
}

impl Strategy for MeanReversion {
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        leave_rolled(&mut self.sampler, self.style, self.horizon_ns, context);
        if self.sampler.sample(observation, context).is_none() {
            return;
        }
        let (Some(score), Some(mean)) = (self.sampler.level_score(), self.sampler.mean()) else {
            return;
        };
        // A price above the mean is expected to fall.
        let view = view(-score);
        let target = match view.0 {
            Direction::Rise => self.volume,
            Direction::Fall => -self.volume,
            Direction::Flat => Volume::ZERO,
        };
        follow(
            &self.sampler,
            (view, target),
            mean,
            self.horizon_ns,
            self.style,
            context,
        );
    }
}
