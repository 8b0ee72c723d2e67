//! A day of intraday trading: its clock, its rules, its participants, and it as a venue.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../common/mod.rs"]
mod common;
mod market;
mod simulation;
mod venue;

use wattbook_book::{CoupledContract, CoupledRules};
use wattbook_domain::delivery::DeliveryPeriod;
use wattbook_domain::{LotSize, Lots, Price, TickSize, Ticks, Timestamp, Volume};
use wattbook_sim::{BorderTimes, Grids, IntradayBorder, IntradayContract, IntradayPlan, ZoneTimes};

/// Minutes from midnight before the day; delivery of quarter-hour `n` starts at 1,440 + 15 n.
pub fn at(minutes: i64) -> Timestamp {
    Timestamp::from_seconds(minutes * 60)
}

pub const MIDNIGHT: i64 = 1_440;

/// The first `hours` of a day with their half-hours and quarter-hours, in two zones with a border of
/// 6 lots each way. All open at 15:00; borders pause from 21:40 to 22:20, close 60 minutes before
/// delivery, zones 5.
pub fn plan(hours: u16) -> IntradayPlan {
    let contract = |periods: CoupledContract| {
        let start = MIDNIGHT + 15 * i64::from(periods.first);
        let end = start + 15 * i64::from(periods.periods);
        IntradayContract {
            name: format!("{start}-{end}"),
            periods,
            delivery: DeliveryPeriod::new(at(start), at(end)).unwrap(),
            zones: vec![
                ZoneTimes {
                    opens: at(900),
                    gate: at(start - 5),
                };
                2
            ],
            borders: vec![BorderTimes {
                opens: at(900),
                gate: at(start - 60),
                pauses: vec![(at(1_300), at(1_340))],
            }],
        }
    };
    let periods = hours * 4;
    IntradayPlan {
        zones: vec!["north".to_owned(), "south".to_owned()],
        borders: vec![IntradayBorder {
            zones: [0, 1],
            capacity: [Lots::new(6); 2],
        }],
        contracts: CoupledContract::day(periods)
            .into_iter()
            .map(contract)
            .collect(),
        periods: usize::from(periods),
        rules: CoupledRules::SIDC,
        grids: Grids {
            tick: TickSize::new(Price::from_millionths(10_000)).unwrap(),
            lot: LotSize::new(Volume::from_millionths(100_000)).unwrap(),
        },
        price_limits: (Ticks::new(-999_900), Ticks::new(999_900)),
        lots_max: Lots::new(9_990),
    }
}
