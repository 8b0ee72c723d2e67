//! A day of continuous intraday trading: all contracts of a delivery day in all zones.
//!
//! [`IntradayMarket`] is the venue's side: the coupled books with a clock, so that openings, gates and
//! the pauses of borders happen by themselves and what comes too early or too late is refused by the
//! name of the rule. [`IntradaySimulation`] lets simulated participants trade in it, and
//! [`IntradayVenue`] is that as the engine meets it.

mod columns;
mod crowd;
mod market;
mod plan;
mod refusal;
mod rows;
mod shared;
mod simulation;
mod statistics;
mod venue;

pub use columns::EventColumns;
pub use crowd::{Crowd, CrowdBin};
pub use market::{IntradayMarket, IntradaySink, IntradayTime};
pub use plan::{BorderTimes, IntradayBorder, IntradayContract, IntradayPlan, ZoneTimes};
pub use refusal::IntradayRefusal;
pub use rows::{RefusedRow, Row};
pub use shared::{BorderCapacity, SharedBorders};
pub use simulation::{IntradayProgress, IntradaySimulation, Noted, SimulationPlan};
pub use statistics::ContractStatistics;
pub use venue::{IntradayVenue, ListedContract};
