//! The strategy interface and strategies in Rust.
//!
//! A [`Strategy`] runs beside the engine: it sees market data, the engine's events about its own orders
//! and forecasts, and answers through its [`Context`] with commands, which enter the engine as
//! sequenced, journaled input. Replay of the journal therefore runs no strategy.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod battery;
pub mod churn;
pub mod context;
pub mod ema_cross;
pub mod error;
pub mod hedge;
pub mod mean_reversion;
pub mod momentum;
pub mod observation;
pub mod rolling_battery;
pub mod sampler;
pub mod signal;
pub mod sweep;
pub mod target;
pub mod virtual_trader;
pub mod window;

pub use battery::{BatteryConfig, BatteryTrader, OfferRule, Slot};
pub use churn::Churn;
pub use context::{Context, Identity, Top};
pub use ema_cross::{EmaCross, EmaCrossConfig};
pub use error::StrategyError;
pub use hedge::{CvarHedge, Hedge, HedgeError, HedgeProblem};
pub use mean_reversion::MeanReversion;
pub use momentum::Momentum;
pub use observation::{Forecast, Observation};
pub use rolling_battery::{RollingBattery, RollingConfig, RollingPeriod};
pub use sampler::{Roll, Sampler, Sampling};
pub use target::OrderStyle;
pub use virtual_trader::{VirtualConfig, VirtualSlot, VirtualTrader};
pub use window::WindowConfig;

/// Trades on what it observes.
pub trait Strategy {
    /// Called once, before the first observation.
    fn on_start(&mut self, context: &mut Context) {
        let _ = context;
    }

    /// Called for every observation, in order; `context` knows the time, the best prices and the
    /// strategy's own positions after it.
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context);
}
