//! The kill switch and the mass cancel of a scope with many open orders: how long the engine takes.

use std::time::Instant;

use wattbook_domain::command::{CancelAll, Scope, SetTrading};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Command, Side};
use wattbook_journal::{Journal, JournalConfig, MemoryStorage};

use crate::Arguments;
use crate::desk::Step;
use crate::engine::Desk;
use crate::harness::{Latency, Report, Seconds};

/// Open orders that a stop meets.
const OPEN: u32 = 1_000;
const ROUNDS: u32 = 200;

/// Stops order entry and takes back every open order, again and again, the journal in memory.
pub(crate) fn stop(arguments: &Arguments) -> Report {
    let config = JournalConfig {
        segment_bytes: 128 << 20,
        ..JournalConfig::default()
    };
    let scope = Scope {
        strategy: Some(wattbook_domain::StrategyId(0)),
        ..Scope::default()
    };
    let mut seconds = Vec::new();
    let (mut nanos, mut events) = (Vec::new(), 0);
    for _ in 0..arguments.repeats {
        let mut desk = Desk::new(Journal::open(MemoryStorage::resident(), config).unwrap().0);
        let mut spent = 0;
        for round in 0..ROUNDS {
            let orders = round * OPEN + 1..=(round + 1) * OPEN;
            for order in orders.clone() {
                let ticks = 5_000 + order % 100;
                desk.take(Step::Submit {
                    order,
                    side: Side::Buy,
                    ticks,
                    lots: 10,
                    takes: false,
                });
                desk.take(Step::Accepted { order });
            }
            let (before, began) = (desk.events(), Instant::now());
            desk.ask(Command::SetTrading(SetTrading {
                scope,
                allowed: false,
            }));
            desk.ask(Command::CancelAll(CancelAll { scope }));
            let taken = began.elapsed().as_nanos() as u64;
            events = desk.events() - before;
            assert!(events > u64::from(OPEN), "a stop takes every order back");
            nanos.push(taken);
            spent += taken;
            for order in orders {
                desk.take(Step::Cancelled {
                    order,
                    reason: VenueReason::Requested,
                });
            }
            desk.ask(Command::SetTrading(SetTrading {
                scope,
                allowed: true,
            }));
        }
        let spent = spent as f64 / 1e9;
        seconds.push(Seconds {
            cpu: spent,
            wall: spent,
        });
    }
    Report {
        unit: "stops/s",
        count: u64::from(ROUNDS),
        seconds,
        work: vec![("events", events)],
        latency_ns: Some(Latency::of(nanos)),
        extra: vec![("open_orders", f64::from(OPEN))],
    }
}
