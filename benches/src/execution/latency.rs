//! From a tick in to an order out: algorithm, gate, order state and position, without the network.
//!
//! A tick that moves the pegged child costs two steps of ours: tick in to cancel out, then the venue's
//! answer in to the new child out. A tick's latency is the sum of both and of what
//! the acceptance of the child brings; the venue's own time is none of it.

use std::time::{Duration, Instant};

use wattbook_domain::market::{MarketEvent, Quote};
use wattbook_domain::{
    ClientId, Event, Input, InstrumentId, Owner, Price, Sequenced, Side, SignalId, Stamp,
    StrategyId, Timestamp, TraderId, TradingBookId, Volume,
};
use wattbook_execution::algorithms::Setup;
use wattbook_sim::{ParentRequest, Parents};
use wattbook_strategy::{Context, Identity, Observation};

use super::scenario;
use crate::Arguments;
use crate::harness::{Latency, Report, Seconds, cpu_seconds};

/// Ticks measured.
const TICKS: usize = 200_000;

/// A pegged order follows a market that moves with every tick: a cancel goes out and a child follows.
pub(crate) fn tick_to_order(arguments: &Arguments) -> Report {
    let mut best: Option<(Vec<u64>, Seconds, u64)> = None;
    for _ in 0..arguments.repeats.clamp(1, 5) {
        let measured = run();
        let is_better = best.as_ref().is_none_or(|best| measured.1.cpu < best.1.cpu);
        if is_better {
            best = Some(measured);
        }
    }
    let (nanos, seconds, orders) = best.expect("a run or more");
    Report {
        unit: "ticks/s",
        count: TICKS as u64,
        seconds: vec![seconds],
        work: vec![("orders", orders)],
        latency_ns: Some(Latency::of(nanos)),
        extra: Vec::new(),
    }
}

fn run() -> (Vec<u64>, Seconds, u64) {
    let mut engine = scenario::engine();
    let owner = Owner {
        trading_book: TradingBookId(1),
        trader: TraderId(1),
        strategy: StrategyId(1),
    };
    let client = ClientId(1);
    let mut context = Context::new(Identity { client, owner });
    let mut parents = Parents::new([&scenario::instrument()]);
    let start = Timestamp::from_nanos(1_000_000_000);
    context.observe(start, &Observation::Time);
    let parameters = [("completes", 0.0), ("reprice_seconds", 0.0)];
    let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
    let request = ParentRequest {
        instrument: InstrumentId(0),
        side: Side::Buy,
        volume: Volume::from_millionths(1_000_000),
        limit: None,
        starts: start,
        ends: Timestamp::from_nanos(2_000_000_000_000),
        setup: Setup::new("peg", parameters, None).expect("sound parameters"),
        signal: SignalId(0),
    };
    parents.open(&request, &mut context).expect("sound terms");
    let mut desk = Desk {
        engine: &mut engine,
        sequence: scenario::REFERENCES,
        client_sequence: 0,
        orders: 0,
        events: Vec::new(),
    };
    let mut nanos = Vec::with_capacity(TICKS);
    let cpu = (cpu_seconds(), Instant::now());
    for tick in 0..TICKS {
        let now = start.plus_nanos(tick as i64 * 1_000_000);
        let event = quote(tick);
        let before = desk.orders;
        let started = Instant::now();
        desk.tick(now, &event, &mut parents, &mut context);
        let decided = started.elapsed();
        let answered = desk.settle(now, &mut parents, &mut context);
        if desk.orders > before {
            nanos.push((decided + answered).as_nanos() as u64);
        }
    }
    // One sample a tick: percentiles of fewer would be those of something else.
    assert_eq!(nanos.len(), TICKS, "every tick moves the child");
    let seconds = Seconds {
        cpu: cpu_seconds() - cpu.0,
        wall: cpu.1.elapsed().as_secs_f64(),
    };
    (nanos, seconds, desk.orders)
}

fn quote(tick: usize) -> MarketEvent {
    let bid = 5_000 + (tick % 7) as i64;
    let price = |ticks: i64| Price::from_millionths(ticks * 10_000);
    MarketEvent::Quote(Quote {
        instrument: InstrumentId(0),
        bid_price: price(bid),
        ask_price: price(bid + 3),
        bid_volume: Volume::from_millionths(5_000_000),
        ask_volume: Volume::from_millionths(5_000_000),
    })
}

struct Desk<'a> {
    engine: &'a mut wattbook_engine::Engine,
    sequence: u64,
    client_sequence: u64,
    orders: u64,
    events: Vec<Event>,
}

impl Desk<'_> {
    fn apply(&mut self, now: Timestamp, input: Input) {
        self.sequence += 1;
        let input = Sequenced {
            sequence: self.sequence,
            ts_event: now,
            ts_recv: now,
            input,
        };
        let stamp: Stamp = input.stamp();
        let events = &mut self.events;
        let mut sink = |_: u64, event: &Event| events.push(event.clone());
        self.engine
            .apply(stamp, &input.input, &mut sink)
            .expect("inputs in order");
    }

    /// A tick into the engine and the algorithm, and what that asks for through the gate.
    fn tick(
        &mut self,
        now: Timestamp,
        event: &MarketEvent,
        parents: &mut Parents,
        context: &mut Context,
    ) {
        self.apply(now, Input::Market(event.clone()));
        self.events.clear();
        context.observe(now, &Observation::Market(event));
        parents.observe(&Observation::Market(event), context);
        self.carry_out(now, context);
    }

    fn carry_out(&mut self, now: Timestamp, context: &mut Context) {
        let mut commands = Vec::new();
        context.swap_commands(&mut commands);
        for command in commands {
            self.client_sequence += 1;
            let client_sequence = self.client_sequence;
            let client = ClientId(1);
            self.apply(
                now,
                Input::Command {
                    client,
                    client_sequence,
                    command,
                },
            );
        }
        let routed = |event: &&Event| matches!(event, Event::OrderRouted(_));
        self.orders += self.events.iter().filter(routed).count() as u64;
        drop(context.take_wakes());
    }

    /// The venue answers until nothing is left to answer: new children are taken, cancelled ones have
    /// left. Returns how long all of it took, the acceptance of the new child included.
    fn settle(&mut self, now: Timestamp, parents: &mut Parents, context: &mut Context) -> Duration {
        let mut spent = Duration::ZERO;
        while !self.events.is_empty() || context.has_commands() {
            let told = std::mem::take(&mut self.events);
            let answers: Vec<_> = told.iter().filter_map(scenario::answer).collect();
            let started = Instant::now();
            for event in &told {
                let observation = Observation::Event(event);
                context.observe(now, &observation);
                parents.observe(&observation, context);
            }
            for report in answers {
                self.apply(now, Input::Report(report));
            }
            self.carry_out(now, context);
            spent += started.elapsed();
        }
        spent
    }
}
