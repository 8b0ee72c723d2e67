//! Execution algorithms as pure state machines: market events, reports on own orders and time in, child
//! orders out.
//!
//! An [`Execution`] works one parent order in one instrument. Its [`Rule`] says what it would like to
//! have in the market now; the execution alone turns that into child orders, so that whatever the rule,
//! no more than the parent's volume is ever filled or open, no child is worse than the parent's limit,
//! and none is placed outside its time. There is no clock and no I/O: the driver tells the time and
//! carries the [`Action`]s out.

mod arrival;
mod children;
mod close;
mod cost;
mod curve;
mod error;
mod execution;
mod iceberg;
mod liquidation;
mod market;
mod participation;
mod peg;
mod resting;
mod rule;
mod setup;
mod shortfall;
mod sniper;
mod terms;
mod tracker;
mod twap;
mod vwap;

pub use arrival::ArrivalPrice;
pub use children::{ChildNo, ChildOrder, Style};
pub use close::Close;
pub use cost::{CostForecast, Fees, MarketFit, MarketModel, forecast_cost};
pub use curve::VolumeCurve;
pub use error::AlgorithmError;
pub use execution::{Action, Care, ChildReport, Execution, ParentProgress};
pub use iceberg::Iceberg;
pub use liquidation::Liquidation;
pub use market::MarketState;
pub use participation::Participation;
pub use peg::Peg;
pub use rule::{Alone, Rule, View, Wants};
pub use setup::Setup;
pub use shortfall::{ImplementationShortfall, Trajectory};
pub use sniper::Sniper;
pub use terms::{Grids, ParentTerms};
pub use tracker::Tracker;
pub use twap::Twap;
pub use vwap::Vwap;
