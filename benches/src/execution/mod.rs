//! How well execution algorithms trade in the simulated venue, and how fast they decide.

mod latency;
mod scenario;
mod statistics;

use std::fmt::Write as _;

use crate::Arguments;
use crate::harness::{Report, Seconds, cpu_seconds};

use scenario::{CLOSE_LOTS, LOTS, Outcome, Worked, curve_history, undisturbed_close, worked};
use statistics::{Both, Interval, both, mean, paired};
use wattbook_domain::Side;

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
    (
        "arrival_price",
        |it| it.risk_adjusted,
        "arrival, risk-adjusted",
    ),
    ("iceberg", |it| it.against_mid, "middle at each fill"),
    ("peg", |it| it.against_mid, "middle at each fill"),
    ("sniper", |it| it.against_twap, "mean price of the time"),
    (
        "close",
        |it| it.against_close.abs(),
        "distance from the close without the order",
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
    let seeds = (FIRST_SEED..).take(arguments.repeats);
    let markets = Markets {
        seeds: seeds.map(|seed| (seed, undisturbed_close(seed))).collect(),
        history: curve_history(),
    };
    let (usual, at_close) = (Others::of(&markets, LOTS), Others::of(&markets, CLOSE_LOTS));
    let mut table = String::from(
        "algorithm,benchmark,filled,unfilled_markout_ticks,arrival_ticks,low,high,arrival_eur,\
         arrival_half_spreads,vwap_ticks,own,own_low,own_high,at_once_minus_own,low,high,\
         sliced_minus_own,low,high,twap_minus_own,low,high,maker,children\n",
    );
    let mut extra: Vec<(&'static str, f64)> = Vec::new();
    for (name, benchmark, words) in MEASURED {
        let (lots, others) = if name == "close" {
            (CLOSE_LOTS, &at_close)
        } else {
            (LOTS, &usual)
        };
        let own = markets.all(&Worked::named(name), lots);
        let row = Row {
            name,
            words,
            own: &own,
            benchmark,
        };
        row.write(&mut table, others);
        row.tell(others, &mut extra);
    }
    std::fs::write(arguments.input.join("execution.csv"), &table).expect("a writable folder");
    eprintln!("{table}");
    let seconds = Seconds {
        cpu: cpu_seconds() - started.0,
        wall: started.1.elapsed().as_secs_f64(),
    };
    let runs = (2 * markets.seeds.len() * (MEASURED.len() + 6)) as u64;
    Report {
        unit: "orders/s",
        count: runs,
        seconds: vec![seconds],
        work: vec![("orders", runs)],
        latency_ns: None,
        extra,
    }
}

/// The markets that are measured in.
struct Markets {
    /// Their numbers, and their closes without an order.
    seeds: Vec<(u64, f64)>,
    history: Vec<Vec<f64>>,
}

impl Markets {
    /// What came of an order of `lots`, bought and sold in each market.
    fn all(&self, how: &Worked, lots: i64) -> Vec<Both> {
        let on = |(seed, close): (u64, f64), side| {
            worked(how, (seed, side), (lots, close), &self.history)
        };
        let seeds = self.seeds.iter();
        let mut outcomes: Vec<Both> = seeds
            .map(|seed| [on(*seed, Side::Buy), on(*seed, Side::Sell)])
            .collect();
        statistics::adjust_for_risk(&mut outcomes);
        outcomes
    }
}

/// What an algorithm is held against.
struct Others {
    at_once: Vec<Both>,
    sliced: Vec<Both>,
    even: Vec<Both>,
}

impl Others {
    fn of(markets: &Markets, lots: i64) -> Self {
        Self {
            at_once: markets.all(&Worked::at_once(), lots),
            sliced: markets.all(&Worked::sliced(), lots),
            even: markets.all(&Worked::named("twap"), lots),
        }
    }
}

struct Row<'a> {
    name: &'a str,
    words: &'a str,
    own: &'a [Both],
    benchmark: Benchmark,
}

impl Row<'_> {
    fn mean(&self, read: fn(&Outcome) -> f64) -> f64 {
        mean(self.own.iter().map(|it| both(it, read)))
    }

    fn write(&self, table: &mut String, others: &Others) {
        let own = self.own;
        let interval = |read: Benchmark| Interval::of(own.iter().map(move |it| both(it, read)));
        write!(
            table,
            "{},{},{:.4},{:.2},{},{:.2},{:.3},{:.3},{}",
            self.name,
            self.words,
            self.mean(|it| it.filled),
            self.mean(|it| it.unfilled_markout),
            interval(|it| it.against_arrival),
            self.mean(|it| it.arrival_currency),
            self.mean(|it| it.against_arrival / it.half_spread),
            self.mean(|it| it.against_vwap),
            interval(self.benchmark),
        )
        .expect("a string takes everything");
        for other in [&others.at_once, &others.sliced, &others.even] {
            let better = paired(other, own, self.benchmark);
            write!(table, ",{better}").expect("a string takes everything");
        }
        let makers = self.mean(|it| it.maker);
        let children = self.mean(|it| it.children);
        writeln!(table, ",{makers:.3},{children:.0}").expect("a string takes everything");
    }

    /// What the targets look at.
    fn tell(&self, others: &Others, extra: &mut Vec<(&'static str, f64)>) {
        // Few names, kept for as long as the programme runs.
        let mut tell = |what: &str, value: f64| {
            let name = format!("{}{what}", self.name);
            extra.push((name.leak(), value));
        };
        tell("", self.mean(|it| it.filled));
        tell(
            "_half_spreads",
            self.mean(|it| it.against_arrival / it.half_spread),
        );
        for (what, other) in [("at_once", &others.at_once), ("even", &others.even)] {
            let better = paired(other, self.own, self.benchmark);
            tell(&format!("_over_{what}"), better.mean());
            tell(&format!("_over_{what}_low"), better.low());
        }
    }
}
