//! Battery, storage and plant kernels.
//!
//! A [`Battery`] keeps its energy in whole joules: 1e-6 MW for one second is one joule, so power
//! ([`wattbook_domain::Volume`]) times seconds is exact. What it may promise it hands out as a
//! [`Commitment`], made by [`Battery::reserve`] alone and used up by [`Battery::deliver`], so a promise
//! that it cannot keep does not exist.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod battery;
pub mod battery_foresight;
pub mod battery_offers;
pub mod battery_prices;
pub mod battery_value;
pub mod energy;
pub mod error;
pub mod intrinsic;
pub mod policy;
pub mod schedule;
pub mod storage;
pub mod unit;

pub use battery::{Battery, BatterySpec, Commitment};
pub use battery_foresight::{BatterySchedule, PricedInterval, foresight};
pub use battery_offers::{Offer, OfferPlan, OfferStep};
pub use battery_prices::PriceModel;
pub use battery_value::{EnergyValue, Sharing, Step, StoreLimits, Trade};
pub use energy::Energy;
pub use error::AssetError;
pub use intrinsic::{
    Depth, IncomingOrder, IntrinsicFill, IntrinsicReplay, IntrinsicResult, IntrinsicRules,
    IntrinsicTerms, IntrinsicTrade, LOT_MW, Level, RollingIntrinsic, TradingCosts,
};
pub use policy::{Period, Plan, ThresholdPolicy, Thresholds};
pub use schedule::{Market, Schedule, best_schedule};
pub use unit::{Startup, UnitSpec, UnitState};
