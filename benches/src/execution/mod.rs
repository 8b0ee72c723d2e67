//! How well execution algorithms trade in the simulated venue, and how fast they decide.

mod latency;
mod scenario;
mod statistics;

use std::fmt::Write as _;

use crate::Arguments;
use crate::harness::{Report, Seconds, cpu_seconds};

use scenario::{Outcome, Worked, curve_history, worked};
use statistics::{Interval, mean, paired};

pub(crate) use latency::tick_to_order;

/// The first seed that is measured; parameters and the volume curve were fixed on seeds below 1,000.
const FIRST_SEED: u64 = 1_000;

/// What an algorithm is measured by, the smaller the better.
type Benchmark = fn(&Outcome) -> f64;

/// The algorithms, what each is measured by, and in words.
const MEASURED: [(&str, Benchmark, &str); 10] = [
    ("twap", |it| it.against_twap, "mean price of the time"),
    (
        "vwap",
        |it| it.against_vwap.abs(),
        "distance from the market's VWAP",
    ),
    (
        "participation",
        |it| it.off_rate,
        "distance from the rate, by minute",
    ),
    (
        "implementation_shortfall",
        |it| it.risk_adjusted,
        "arrival, risk-adjusted",
    ),
    ("arrival_price", |it| it.against_arrival, "arrival"),
    ("iceberg", |it| it.against_arrival, "arrival"),
    ("peg", |it| it.against_arrival, "arrival"),
    ("sniper", |it| it.against_arrival, "arrival"),
    (
        "close",
        |it| it.against_close.abs(),
        "distance from the close",
    ),
    (
        "liquidation",
        |it| it.against_twap,
        "mean price of the time",
    ),
];

/// Works the same orders in the same markets by each algorithm, at once, and evenly.
pub(crate) fn quality(arguments: &Arguments) -> Report {
    let started = (cpu_seconds(), std::time::Instant::now());
    let seeds: Vec<u64> = (0..arguments.repeats as u64)
        .map(|it| FIRST_SEED + it)
        .collect();
    let history = curve_history();
    let all = |how: &Worked| -> Vec<Outcome> {
        let mut outcomes: Vec<Outcome> = seeds
            .iter()
            .map(|seed| worked(how, *seed, &history))
            .collect();
        statistics::adjust_for_risk(&mut outcomes);
        outcomes
    };
    let at_once = all(&Worked::at_once());
    let sliced = all(&Worked::sliced());
    let even = all(&Worked::named("twap"));
    let mut table = String::from(
        "algorithm,benchmark,filled,unfilled_markout_ticks,arrival_ticks,arrival_half_spreads,vwap_ticks,\
         own,own_low,own_high,at_once_minus_own,low,high,sliced_minus_own,low,high,twap_minus_own,low,high,\
         maker,children\n",
    );
    let mut extra: Vec<(&'static str, f64)> = Vec::new();
    for (name, benchmark, words) in MEASURED {
        let own = all(&Worked::named(name));
        let row = Row {
            name,
            words,
            own: &own,
            benchmark,
        };
        row.write(&mut table, [&at_once, &sliced, &even]);
        let filled: f64 = mean(own.iter().map(|it| it.filled));
        extra.push((name, filled));
    }
    std::fs::write(arguments.input.join("execution.csv"), &table).expect("a writable folder");
    eprintln!("{table}");
    let seconds = Seconds {
        cpu: cpu_seconds() - started.0,
        wall: started.1.elapsed().as_secs_f64(),
    };
    let runs = (seeds.len() * (MEASURED.len() + 3)) as u64;
    Report {
        unit: "orders/s",
        count: runs,
        seconds: vec![seconds],
        work: vec![("orders", runs)],
        latency_ns: None,
        extra,
    }
}

struct Row<'a> {
    name: &'a str,
    words: &'a str,
    own: &'a [Outcome],
    benchmark: Benchmark,
}

impl Row<'_> {
    fn write(&self, table: &mut String, others: [&[Outcome]; 3]) {
        let own = self.own;
        let of = |read: fn(&Outcome) -> f64| mean(own.iter().map(read));
        let own_mean = Interval::of(own.iter().map(self.benchmark));
        write!(
            table,
            "{},{},{:.4},{:.2},{:.3},{:.3},{:.3},{}",
            self.name,
            self.words,
            of(|it| it.filled),
            of(|it| it.unfilled_markout),
            of(|it| it.against_arrival),
            of(|it| it.against_arrival / it.half_spread),
            of(|it| it.against_vwap),
            own_mean,
        )
        .expect("a string takes everything");
        for other in others {
            let better = paired(other, own, self.benchmark);
            write!(table, ",{better}").expect("a string takes everything");
        }
        let makers = of(|it| it.maker);
        let children = of(|it| it.children);
        writeln!(table, ",{makers:.3},{children:.0}").expect("a string takes everything");
    }
}
