//! Parts and totals, flows and what flows back, source against source, and which source counts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod shipped;

use wattbook_feed::normalize::{NONE, Normalizer, Told, flag};

const RULES: &str = r#"
version = "test"
[[rule]]
name = "generation adds up"
kind = "sum"
action = "flag"
datasets = ["generation"]
total = "generation_total"
tolerance = 0.01
floor = 1.0
[[rule]]
name = "flows are opposite"
kind = "antisymmetric"
action = "quarantine"
datasets = ["physical_flow"]
tolerance = 0.5
[[rule]]
name = "sources agree"
kind = "disagreement"
action = "flag"
datasets = ["day_ahead_price"]
valid_from = "2026-01-01"
tolerance = 0.01
[[preference]]
datasets = ["day_ahead_price"]
sources = ["nordpool", "entsoe"]
fresh_seconds = 3600
"#;
/// 2026-01-01T00:00 in Berlin.
const START: i64 = 1_767_222_000_000_000_000;
const SECOND: i64 = 1_000_000_000;

struct Rows(Normalizer, Told);

impl Rows {
    fn new() -> Self {
        Self(
            shipped::normalizer(RULES, shipped::RATES, 8),
            Told::default(),
        )
    }

    fn add(&mut self, names: [&str; 5], start: i64, value: f64, published: i64) -> &mut Self {
        let numbers = names.map(|text| {
            if text.is_empty() {
                NONE
            } else {
                self.0.number(text)
            }
        });
        let [source, dataset, location, counterpart, item] = numbers;
        let told = &mut self.1;
        told.source.push(source);
        told.dataset.push(dataset);
        told.location.push(location);
        told.counterpart.push(counterpart);
        told.item.push(item);
        told.delivery_start.push(start);
        told.delivery_end.push(start + 3_600 * SECOND);
        told.value.push(value);
        told.published.push(published);
        told.flags.push(0);
        self
    }
}

#[test]
fn generation_by_type_adds_up_to_its_total() {
    let mut rows = Rows::new();
    for (hour, total) in [(0, 300.0), (1, 310.0)] {
        let start = START + hour * 3_600 * SECOND;
        rows.add(["entsoe", "generation", "FI", "", "B14"], start, 200.0, 0)
            .add(["entsoe", "generation", "FI", "", "B19"], start, 100.0, 0)
            .add(["entsoe", "generation", "SE3", "", "B19"], start, 999.0, 0)
            .add(
                ["entsoe", "generation_total", "FI", "", ""],
                start,
                total,
                0,
            );
    }
    let faults = rows.0.check_groups(&mut rows.1);
    assert!(faults.is_empty());
    let flagged: Vec<usize> = (0..8).filter(|row| rows.1.flags[*row] != 0).collect();
    assert_eq!((flagged, rows.1.flags[7]), (vec![7], flag::UNBALANCED));
}

#[test]
fn what_flows_there_is_the_opposite_of_what_flows_back() {
    let mut rows = Rows::new();
    let flow = |from, to| ["entsoe", "physical_flow", from, to, ""];
    rows.add(flow("FR", "ES"), START, 900.0, 0)
        .add(flow("ES", "FR"), START, -900.25, 0)
        .add(flow("FR", "BE"), START, 100.0, 0)
        .add(flow("BE", "FR"), START, 100.0, 0)
        .add(flow("FR", "CH"), START, 5.0, 0);
    let faults = rows.0.check_groups(&mut rows.1);
    let places: Vec<usize> = faults.iter().map(|fault| fault.row).collect();
    assert_eq!(places, [2, 3]);
    let reason = rows.0.group_reason(&faults[0]);
    assert!(reason.contains("100 flows there and 100 back"), "{reason}");
}

#[test]
fn sources_that_disagree_are_flagged_from_the_first_day_of_the_rule() {
    let mut rows = Rows::new();
    let price = |source| [source, "day_ahead_price", "FI", "", ""];
    for start in [START - 3_600 * SECOND, START] {
        rows.add(price("entsoe"), start, 50.0, 0)
            .add(price("nordpool"), start, 51.0, 0);
    }
    rows.add(price("entsoe"), START + 3_600 * SECOND, 7.0, 0);
    assert!(rows.0.check_groups(&mut rows.1).is_empty());
    assert_eq!(rows.1.flags, [0, 0, flag::DISAGREES, flag::DISAGREES, 0]);
}

#[test]
fn the_best_source_counts_while_it_is_fresh() {
    let mut rows = Rows::new();
    let price = |source| [source, "day_ahead_price", "FI", "", ""];
    let hour = |nth: i64| START + nth * 3_600 * SECOND;
    rows.add(price("entsoe"), hour(0), 50.0, hour(0))
        .add(price("nordpool"), hour(0), 51.0, hour(0) - 3_600 * SECOND)
        .add(price("entsoe"), hour(1), 60.0, hour(0))
        .add(price("nordpool"), hour(1), 61.0, hour(0) - 3_601 * SECOND)
        .add(price("elsewhere"), hour(2), 70.0, hour(0))
        .add(price("entsoe"), hour(2), f64::NAN, hour(0))
        .add(price("entsoe"), hour(3), 1.0, hour(0))
        .add(price("entsoe"), hour(3), 2.0, hour(1));
    assert_eq!(rows.0.conflated(&rows.1), [1, 2, 4, 7]);
    // A superseded row never counts.
    rows.1.flags[7] = flag::SUPERSEDED;
    assert_eq!(rows.0.conflated(&rows.1), [1, 2, 4, 6]);
}
