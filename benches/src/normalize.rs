//! Rows of many series through the whole rule set that ships: codes, units, currency, delivery
//! periods, validation, publications.

use std::fmt::Write;
use std::hint::black_box;

use wattbook_domain::Timestamp;
use wattbook_feed::normalize::{
    Memory, NO_REVISION, NONE, Normalized, Normalizer, Observations, Rates, Rules, Symbology, Units,
};

use crate::Arguments;
use crate::harness::{Report, Seconds, Work, cpu_seconds, measure};

macro_rules! table {
    ($name:literal) => {
        include_str!(concat!(
            "../../python/wattbook/ingest/normalization/tables/",
            $name
        ))
    };
}

/// Rows of a run.
const ROWS: usize = 1_000_000;
/// Rows handed over at a time.
const BATCH: usize = 10_000;
const QUARTER: i64 = 900_000_000_000;
/// 2025-10-01T22:00Z, with the first quarter-hours of day-ahead coupling behind it.
const START: i64 = 1_759_356_000_000_000_000;
/// Prices are asked for in euro, and pounds are known daily.
const EXCHANGED: &str =
    "\n[[dataset]]\nname = \"hub_price\"\nunit = \"MWh\"\ncurrency = \"EUR\"\nexact = true\n";
/// Dataset, unit and middle of the values of the four kinds of series.
const KINDS: [(&str, &str, f64); 4] = [
    ("day_ahead_price", "EUR/MWh", 60.0),
    ("load", "MW", 30_000.0),
    ("generation", "MWh", 2_000.0),
    ("hub_price", "p/therm", 80.0),
];
const PLACES: [&str; 16] = [
    "10Y1001A1001A82H",
    "10YAT-APG------L",
    "10YBE----------2",
    "10YCZ-CEPS-----N",
    "10YDK-1--------W",
    "10YDK-2--------M",
    "10YES-REE------0",
    "10YFI-1--------U",
    "10YFR-RTE------C",
    "10YGB----------A",
    "10YHU-MAVIR----U",
    "10YNL----------L",
    "10YNO-2--------T",
    "10YPL-AREA-----S",
    "10Y1001A1001A46L",
    "10YSI-ELES-----O",
];

/// Columns of rows as sources tell them.
#[derive(Default)]
struct Feed {
    dataset: Vec<u32>,
    location: Vec<u32>,
    item: Vec<u32>,
    unit: Vec<u32>,
    start: Vec<i64>,
    end: Vec<i64>,
    value: Vec<f64>,
    ts_event: Vec<i64>,
    revision: Vec<i32>,
    place: Vec<i64>,
    nothing: Vec<u32>,
}

fn normalizer() -> Normalizer {
    let rules = format!("{}{EXCHANGED}", table!("rules.toml"));
    let mut rates = table!("rates.csv").to_owned();
    for day in 0..100 {
        let known_at = Timestamp::from_nanos(START + (day - 5) * 96 * QUARTER);
        writeln!(rates, "EUR,GBP,{known_at},0.8{:03}", 600 + day).unwrap();
    }
    Normalizer::new(
        Rules::parse(&rules).expect("sound rules"),
        Symbology::parse(
            table!("locations.csv"),
            table!("codes.csv"),
            table!("products.csv"),
        )
        .expect("sound symbology"),
        Units::parse(table!("units.csv")).expect("sound units"),
        Rates::parse(&rates).expect("sound rates"),
        Memory::default(),
    )
}

/// `rows` rows of 4 datasets at 16 places, generation of 5 types: 128 series in turn, quarter-hour
/// by quarter-hour; every 200th row has an unknown code, every 50th tells the row before again.
fn feed(normalizer: &mut Normalizer, rows: usize, seed: u64) -> Feed {
    let mut feed = Feed::default();
    let mut state = seed;
    let mut random = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / f64::from(1 << 24)
    };
    let places = PLACES.map(|it| normalizer.number(it));
    let kinds = KINDS.map(|it| (normalizer.number(it.0), normalizer.number(it.1), it.2));
    let items = ["B01", "B04", "B14", "B16", "B19"].map(|it| normalizer.number(it));
    let unknown = normalizer.number("10YXX-NOWHERE--X");
    let series: Vec<(usize, u32, u32)> = (0..4)
        .flat_map(|kind| places.map(|place| (kind, place)))
        .flat_map(|(kind, place)| {
            let items = if kind == 2 { &items[..] } else { &[NONE][..] };
            items.iter().map(move |item| (kind, place, *item))
        })
        .collect();
    for row in 0..rows {
        let again = row % 50 == 49;
        let at = if again { row - 1 } else { row };
        let (kind, place, item) = series[at % series.len()];
        let (dataset, unit, middle) = kinds[kind];
        let start = START + (at / series.len()) as i64 * QUARTER;
        feed.dataset.push(dataset);
        feed.location
            .push(if row % 200 == 7 { unknown } else { place });
        feed.item.push(item);
        feed.unit.push(unit);
        feed.start.push(start);
        feed.end.push(start + QUARTER);
        let value = (middle * (0.5 + random()) * 100.0).round() / 100.0;
        feed.value
            .push(if again { feed.value[row - 1] } else { value });
        feed.ts_event.push(start - 96 * QUARTER);
        feed.revision.push(NO_REVISION);
        feed.place.push(row as i64);
        feed.nothing.push(NONE);
    }
    feed
}

impl Feed {
    fn batch(&self, first: usize) -> Observations<'_> {
        let rows = first..self.dataset.len().min(first + BATCH);
        Observations {
            dataset: &self.dataset[rows.clone()],
            location: &self.location[rows.clone()],
            counterpart: &self.nothing[rows.clone()],
            item: &self.item[rows.clone()],
            delivery_start: &self.start[rows.clone()],
            delivery_end: &self.end[rows.clone()],
            value: &self.value[rows.clone()],
            unit: &self.unit[rows.clone()],
            ts_event: &self.ts_event[rows.clone()],
            revision: &self.revision[rows.clone()],
            place: &self.place[rows],
        }
    }
}

/// Rows kept and set aside of a whole feed.
fn run(normalizer: &mut Normalizer, feed: &Feed, source: u32, out: &mut Normalized) -> Work {
    let (mut kept, mut aside) = (0, 0);
    for first in (0..feed.dataset.len()).step_by(BATCH) {
        let rows = feed.batch(first);
        normalizer
            .apply(source, START, black_box(&rows), out)
            .expect("columns of one length");
        kept += out.rows.value.len() as u64;
        aside += out.faults.len() as u64;
        black_box(&out.rows);
    }
    vec![
        ("rows", feed.dataset.len() as u64),
        ("kept", kept),
        ("aside", aside),
    ]
}

/// One core.
pub(crate) fn kernel(arguments: &Arguments) -> Report {
    let mut normalizer = normalizer();
    let source = normalizer.number("entsoe");
    let feed = feed(&mut normalizer, ROWS, 7);
    let mut out = Normalized::default();
    let fresh = normalizer;
    let (seconds, work) = measure(
        arguments.repeats,
        || fresh.clone(),
        |normalizer| run(normalizer, &feed, source, &mut out),
    );
    report(seconds, work)
}

/// Two cores, half of the rows each.
pub(crate) fn two_cores(arguments: &Arguments) -> Report {
    let mut fresh = normalizer();
    let source = fresh.number("entsoe");
    let feeds = [feed(&mut fresh, ROWS / 2, 7), feed(&mut fresh, ROWS / 2, 8)];
    let mut busiest = Vec::new();
    let (seconds, work) = measure(
        arguments.repeats,
        || [0, 1].map(|_| (fresh.clone(), Normalized::default())),
        |halves| {
            let done: Vec<(Work, f64)> = std::thread::scope(|scope| {
                let halves = halves.iter_mut().zip(&feeds);
                let running: Vec<_> = halves
                    .map(|((normalizer, out), feed)| {
                        scope.spawn(move || (run(normalizer, feed, source, out), cpu_seconds()))
                    })
                    .collect();
                let done = running
                    .into_iter()
                    .map(|half| half.join().expect("no panic"));
                done.collect()
            });
            busiest.push(done.iter().map(|half| half.1).fold(0.0, f64::max));
            let sum = |place: usize| done.iter().map(|half| half.0[place].1).sum();
            vec![
                ("rows", sum(0)),
                ("kept_on_two", sum(1)),
                ("aside_on_two", sum(2)),
            ]
        },
    );
    // The thread that waits spends nothing: what counts is the busier of the two cores.
    let seconds = seconds.into_iter().zip(busiest.split_off(1));
    let seconds = seconds.map(|(wall, cpu)| Seconds { cpu, ..wall });
    report(seconds.collect(), work)
}

fn report(seconds: Vec<Seconds>, work: Work) -> Report {
    Report {
        unit: "rows/s",
        count: work[0].1,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
