//! What strategies on a window of prices share: their configuration and the way from a view to an
//! order.

use wattbook_domain::command::Direction;
use wattbook_domain::{InstrumentId, Price, Volume};

use crate::context::Context;
use crate::error::StrategyError;
use crate::sampler::{Roll, Sampler, Sampling};
use crate::target::{OrderStyle, trade_to};

/// What a strategy on a window of prices looks at and how much it trades.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WindowConfig {
    /// The first contract.
    pub instrument: InstrumentId,
    /// Contracts that replace it; only for a chain of futures.
    pub rolls: Vec<Roll>,
    /// Which prices it looks at.
    pub sampling: Sampling,
    /// Samples in the window.
    pub window: usize,
    /// Position of a sure signal, in volume units; above zero.
    pub volume: Volume,
    /// How long a signal holds, in ns.
    pub horizon_ns: i64,
    /// How it trades.
    pub style: OrderStyle,
}

/// Refuses a volume not above zero.
pub(crate) fn check_volume(strategy: &'static str, volume: Volume) -> Result<(), StrategyError> {
    if volume > Volume::ZERO {
        return Ok(());
    }
    let (field, value, fix) = (
        "volume",
        volume.millionths(),
        "1e-6 volume units above zero",
    );
    Err(StrategyError::Parameter {
        strategy,
        field,
        value,
        fix,
    })
}

/// Records the view and, when it is sure, trades to its target. A view that changes nothing is not
/// recorded: the journal keeps decisions, not thoughts.
pub(crate) fn follow(
    sampler: &Sampler,
    (view, target): ((Direction, u32), Volume),
    forecast: Price,
    horizon_ns: i64,
    style: OrderStyle,
    context: &mut Context,
) {
    let instrument = sampler.instrument();
    let held = context.position(instrument) + context.working(instrument);
    if target == held || !context.is_sure(view.1) {
        return;
    }
    let valid_until = context.now().plus_nanos(horizon_ns);
    let signal = context.record_signal(instrument, view, forecast, valid_until);
    trade_to(context, instrument, target, style, signal);
}

/// Closes the position in a contract that was rolled out of and opens it in the next: certain, for it
/// needs no view of the market.
pub(crate) fn leave_rolled(
    sampler: &mut Sampler,
    style: OrderStyle,
    horizon_ns: i64,
    context: &mut Context,
) {
    let Some(old) = sampler.roll(context.now()) else {
        return;
    };
    let held = context.position(old) + context.working(old);
    if held == Volume::ZERO {
        return;
    }
    let valid_until = context.now().plus_nanos(horizon_ns);
    let certain = (Direction::Flat, crate::signal::CERTAIN_PPM);
    for (instrument, target) in [(old, Volume::ZERO), (sampler.instrument(), held)] {
        let price = context.top(instrument).mid().unwrap_or_default();
        let signal = context.record_signal(instrument, certain, price, valid_until);
        trade_to(context, instrument, target, style, signal);
    }
}
