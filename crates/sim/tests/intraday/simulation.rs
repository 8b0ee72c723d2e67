//! Simulated participants in the intraday market.

use wattbook_domain::{Ticks, Timestamp};
use wattbook_sim::{
    ContractStatistics, Crowd, CrowdBin, EventColumns, IntradaySimulation, Participants,
    ReferencePath, SimulationPlan,
};

use crate::{MIDNIGHT, at, plan};

const MINUTE_NS: i64 = 60_000_000_000;

fn participants(interval_ns: i64) -> Participants {
    Participants {
        makers: 2,
        noise: 3,
        maker_interval_ns: interval_ns,
        noise_interval_ns: interval_ns,
        momentum_interval_ns: interval_ns,
        ..Participants::default()
    }
}

pub(crate) fn simulated(seed: u64) -> SimulationPlan {
    let market = plan(2);
    let bin = |minutes: i64, seconds: i64| CrowdBin {
        from_ns: minutes * MINUTE_NS,
        participants: participants(seconds * 1_000_000_000),
    };
    SimulationPlan {
        reference: vec![
            ReferencePath::new(vec![(Timestamp::MIN, Ticks::new(4_000))]).unwrap();
            market.contracts.len() * 2
        ],
        crowd: Crowd::new(vec![bin(0, 20), bin(120, 600)]).unwrap(),
        market,
        drift: 20,
        seed,
    }
}

fn day(seed: u64) -> (Vec<ContractStatistics>, u64) {
    let mut simulation = IntradaySimulation::new(simulated(seed)).unwrap();
    let progress = simulation.run(Timestamp::MAX, u64::MAX, &mut ()).unwrap();
    assert!(progress.is_done);
    (simulation.statistics().to_vec(), progress.order_events)
}

#[test]
fn a_seed_gives_one_day_and_another_seed_another() {
    assert_eq!(day(7), day(7));
    assert_ne!(day(7).0, day(8).0);
}

#[test]
fn a_day_in_chunks_is_the_same_day() {
    let mut simulation = IntradaySimulation::new(simulated(7)).unwrap();
    let mut whole = EventColumns::new(simulation.market().plan().grids);
    simulation
        .run(Timestamp::MAX, u64::MAX, &mut whole)
        .unwrap();
    let mut chunked = IntradaySimulation::new(simulated(7)).unwrap();
    let mut events = EventColumns::new(chunked.market().plan().grids);
    let mut minutes = 900;
    while !chunked.run(at(minutes), 37, &mut events).unwrap().is_done {
        minutes += i64::from(chunked.next_time().is_some_and(|next| next > at(minutes)));
    }
    assert_eq!(events, whole);
}

#[test]
fn everything_trades_within_its_times_and_ends_at_the_gate() {
    let mut simulation = IntradaySimulation::new(simulated(3)).unwrap();
    let mut events = EventColumns::new(simulation.market().plan().grids);
    simulation
        .run(Timestamp::MAX, u64::MAX, &mut events)
        .unwrap();
    let kind = |name| {
        EventColumns::KINDS
            .iter()
            .position(|each| *each == name)
            .unwrap() as u8
    };
    let (filled, cross) = (kind("filled"), kind("flowed"));
    let plan = simulation.market().plan();
    let mut trades = 0;
    for row in 0..events.len() {
        if events.kind[row] != filled {
            continue;
        }
        trades += 1;
        let contract = &plan.contracts[usize::from(events.contract[row])];
        let (from, to) = (events.zone[row], events.to_zone[row]);
        let ts = Timestamp::from_nanos(events.ts[row]);
        let times = contract.zones[0];
        assert!(times.opens <= ts && ts < times.gate);
        if from != to {
            let border = &contract.borders[0];
            assert!(ts < border.gate, "{ts}");
            let (begins, ends) = border.pauses[0];
            assert!(!(begins <= ts && ts < ends), "{ts}");
        }
    }
    assert!(trades > 100 && events.kind.contains(&cross), "{trades}");
    let counted: u64 = simulation.statistics().iter().map(|each| each.trades).sum();
    assert_eq!(counted, trades);
    for zone in 0..2 {
        for contract in 0..plan.contracts.len() as u16 {
            for side in [wattbook_domain::Side::Buy, wattbook_domain::Side::Sell] {
                let span = wattbook_book::Span::of(contract);
                let left = simulation
                    .market()
                    .books()
                    .orders(zone, span, side)
                    .unwrap();
                assert_eq!(left.count(), 0);
            }
        }
    }
}

/// The rate is the bin's: from two hours before the gate on, thirty times as high.
#[test]
fn orders_come_at_the_rates_of_their_time_to_gate() {
    let mut simulation = IntradaySimulation::new(simulated(5)).unwrap();
    let gate = MIDNIGHT - 5;
    let mut count = |until| {
        simulation
            .run(at(until), u64::MAX, &mut ())
            .unwrap()
            .order_events
    };
    // Of the contracts that close first; all others are in their quiet time up to 10 minutes later.
    let quiet = count(gate - 120) as f64 / (gate - 120 - 900) as f64;
    let early = count(gate - 105);
    let busy = (count(gate - 60) - early) as f64 / 45.0;
    assert!(busy > 4.0 * quiet, "{quiet} and {busy} a minute");
}

#[test]
fn a_day_brings_about_as_many_order_events_as_asked_for() {
    for target in [4_000, 12_000] {
        let mut plan = simulated(11);
        plan.crowd = plan.crowd.scaled(&plan.market, target).unwrap();
        let expected = plan.crowd.expected_events(&plan.market);
        assert!(expected.abs_diff(target) < target / 50, "{expected}");
        let mut simulation = IntradaySimulation::new(plan).unwrap();
        let progress = simulation.run(Timestamp::MAX, u64::MAX, &mut ()).unwrap();
        let share = progress.order_events as f64 / target as f64;
        assert!((0.85..1.15).contains(&share), "{share}");
    }
}

#[test]
fn bins_that_leave_the_gate_out_are_refused() {
    let bin = |from_ns| CrowdBin {
        from_ns,
        participants: participants(1),
    };
    assert!(Crowd::new(vec![]).is_err());
    assert!(Crowd::new(vec![bin(5)]).is_err());
    assert!(Crowd::new(vec![bin(0), bin(7), bin(7)]).is_err());
    assert!(Crowd::new(vec![bin(0), bin(7)]).is_ok());
}
