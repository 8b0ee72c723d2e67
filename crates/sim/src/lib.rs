//! Simulated venues, participants, network, disk and clock from one seed.
//!
//! A [`Venue`] answers the engine as a real one does: with reports and market data that arrive late. A
//! [`Backtest`] merges venues, recorded data, strategies and time into one deterministic order.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod auction_venue;
pub mod backtest;
pub mod book_venue;
pub mod conformance;
pub mod convert;
pub mod disk;
pub mod displayed;
pub mod error;
mod exchange;
pub mod feeds;
pub mod histogram;
pub mod intraday;
pub mod journaled;
pub mod l3_replay;
pub mod latency;
pub mod leg_strategy;
pub mod live;
pub mod log;
pub mod order_venues;
pub mod parents;
pub mod participant;
pub mod path;
pub mod plan;
pub mod pool;
pub mod quotes;
pub mod recorded_venue;
pub mod rng;
pub mod route_strategy;
pub mod routed;
pub mod session;
pub mod settlement;
pub mod two_settlement;
pub mod venue;

mod agent;
mod offer_line;
mod offers;
mod order_line;

pub use auction_venue::{
    AuctionSession, AuctionVenue, Cleared, Clearer, Deliveries, Meter, Metering, Production,
    Reading,
};
pub use backtest::{Backtest, EDGE, MEASURED_EVERY, Outward, PERSON, Progress, Tap};
pub use book_venue::{BookVenue, ListedBook};
pub use convert::Grids;
pub use disk::SimulatedDisk;
pub use error::SimError;
pub use exchange::{Account, Exchange, Seat};
pub use histogram::Histogram;
pub use intraday::{
    BorderTimes, ContractStatistics, Crowd, CrowdBin, EventColumns, IntradayBorder,
    IntradayContract, IntradayMarket, IntradayPlan, IntradayProgress, IntradayRefusal,
    IntradaySimulation, IntradayVenue, ListedContract, SharedBorders, SimulationPlan, ZoneTimes,
};
pub use journaled::{Interrupts, Origin, Outside};
pub use l3_replay::{L3Answer, L3Replay};
pub use latency::{Latencies, Latency};
pub use leg_strategy::LegsStrategy;
pub use live::{
    Aside, CopyConfig, CopyStatus, LiveConfig, LiveError, LiveStatus, LiveVenue, NativeVenue,
    Period,
};
pub use log::{ComparedLog, JournalLog, RunLog};
pub use parents::{ExecuteStrategy, ParentReport, ParentRequest, Parents};
pub use participant::{PARTICIPANT, Participants};
pub use path::ReferencePath;
pub use plan::{Plan, TwoPrices};
pub use pool::{DispatchInterval, PoolVenue};
pub use quotes::{
    QuoteColumns, QuoteDesk, QuoteFile, QuoteHeader, QuoteRow, QuoteWriter, Replayed,
};
pub use recorded_venue::{RecordedBook, RecordedChange, RecordedRow, RecordedVenue};
pub use rng::Rng;
pub use route_strategy::{RouteRequest, RouteStrategy};
pub use routed::RoutedOrders;
pub use session::{FeedLevel, Session};
pub use settlement::{DailySettlement, SettlementVenue};
pub use two_settlement::{AwaitedPeriod, SettledPeriod, TwoSettlementVenue};
pub use venue::{Arrival, Depth, Venue};
