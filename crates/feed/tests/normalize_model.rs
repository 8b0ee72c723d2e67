//! The kernel and an obvious implementation make the same of any rows.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod model;
mod shipped;

use model::{Model, Result, Row};
use proptest::prelude::*;
use wattbook_feed::normalize::{
    NO_REVISION, NO_TIME, NONE, Normalized, Normalizer, Observations, Rates, Rules,
};

const MINUTE: i64 = 60_000_000_000;
/// 2018-09-30T00:00 in Berlin: the day before the zones split.
const START: i64 = 1_538_258_400_000_000_000;
const RATES: &str = "base,quote,known_at,rate
EUR,GBP,2018-09-30T06:00:00Z,0.89
EUR,GBP,2018-10-01T06:00:00Z,0.9
EUR,USD,2018-09-30T00:00:00Z,1.16
";
/// Every kind of rule, tight enough to be broken.
const RULES: &str = r#"
version = "test"
[[dataset]]
name = "price"
unit = "MWh"
currency = "EUR"
exact = true
[[dataset]]
name = "load"
unit = "MW"
[[rule]]
name = "scale"
kind = "scale"
action = "correct"
datasets = ["price"]
min = 0.001
max = 1.5
factor = 10.0
[[rule]]
name = "sign"
kind = "sign"
action = "correct"
datasets = ["load"]
[[rule]]
name = "false zero"
kind = "false_zero"
action = "correct"
datasets = ["price"]
locations = ["F*"]
deviations = 2.0
floor = 0.1
window = 4
[[rule]]
name = "limits"
kind = "limits"
action = "quarantine"
datasets = ["price"]
market = "SDAC"
[[rule]]
name = "range"
kind = "range"
action = "quarantine"
datasets = ["load"]
max = 5000
[[rule]]
name = "tick"
kind = "tick"
action = "flag"
datasets = ["price"]
tick = 0.01
[[rule]]
name = "lengths"
kind = "grid"
action = "flag"
minutes = [15, 60]
valid_from = "2018-10-01"
[[rule]]
name = "calendar"
kind = "calendar"
action = "flag"
[[rule]]
name = "jump"
kind = "jump"
action = "flag"
deviations = 3.0
floor = 0.5
window = 6
[[rule]]
name = "change"
kind = "jump"
of = "changes"
action = "quarantine"
datasets = ["load"]
deviations = 9.0
floor = 100.0
window = 5
[[rule]]
name = "stale"
kind = "stale"
action = "flag"
seconds = 3600
[[rule]]
name = "unchanged"
kind = "unchanged"
action = "flag"
times = 2
[[rule]]
name = "sequence"
kind = "sequence"
action = "flag"
[[rule]]
name = "old rate"
kind = "rate_age"
action = "flag"
seconds = 7200
[[rule]]
name = "duplicate"
kind = "duplicate"
action = "quarantine"
[[rule]]
name = "contradiction"
kind = "contradiction"
action = "quarantine"
datasets = ["price"]
"#;

fn row() -> impl Strategy<Value = Row> {
    let places = [
        "10Y1001A1001A82H",
        "10Y1001A1001A63L",
        "10YFR-RTE------C",
        "FR",
        "GB",
        "TTF",
        "DEBM F27",
        "10YFR-RTE------D",
        "nowhere",
    ];
    let units = [
        "EUR/MWh",
        "ct/kWh",
        "p/therm",
        "GBP/MWh",
        "USD/MMBtu",
        "SEK/MWh",
        "MW",
        "MWh",
        "GWh/d",
        "kW",
        "degC",
        "furlong",
    ];
    let values = [
        0.0,
        -0.0,
        0.5,
        1.4999,
        8.537,
        37.123_456_7,
        -37.63,
        499.995,
        2_999.99,
        3_000.01,
        -500.0,
        4_800.0,
        f64::NAN,
        f64::INFINITY,
        1e14,
    ];
    let lengths = prop::sample::select(vec![0, 15, 30, 60, 45, 120, 1_380, 1_440, -15]);
    (
        prop::sample::select(vec!["price", "load", "rest"]),
        prop::sample::select(places.to_vec()),
        (prop::option::weighted(0.95, 0_i64..120), lengths),
        prop::sample::select(values.to_vec()),
        prop::sample::select(units.to_vec()),
        prop::option::of(0_i64..60),
        prop::option::of(0_i32..3),
    )
        .prop_map(
            |(dataset, location, (start, length), value, unit, event, revision)| {
                let start = start.map(|it| START + it * 30 * MINUTE);
                Row {
                    dataset,
                    location,
                    start,
                    end: start.map_or(NO_TIME, |it| it + length * MINUTE),
                    value,
                    unit,
                    ts_event: event.map(|it| START + it * 60 * MINUTE),
                    revision,
                }
            },
        )
}

/// The rows through the kernel in batches.
fn kernel(normalizer: &mut Normalizer, rows: &[Row], batch: usize) -> Vec<Result> {
    let source = normalizer.number("entsoe");
    let mut out = Normalized::default();
    let mut results = Vec::new();
    for rows in rows.chunks(batch) {
        let mut texts = |of: fn(&Row) -> &'static str| -> Vec<u32> {
            rows.iter().map(|row| normalizer.number(of(row))).collect()
        };
        let (dataset, location, unit) = (
            texts(|it| it.dataset),
            texts(|it| it.location),
            texts(|it| it.unit),
        );
        let nothing = vec![NONE; rows.len()];
        let start: Vec<i64> = rows.iter().map(|it| it.start.unwrap_or(NO_TIME)).collect();
        let end: Vec<i64> = rows.iter().map(|it| it.end).collect();
        let value: Vec<f64> = rows.iter().map(|it| it.value).collect();
        let ts_event: Vec<i64> = rows
            .iter()
            .map(|it| it.ts_event.unwrap_or(NO_TIME))
            .collect();
        let revision: Vec<i32> = rows
            .iter()
            .map(|it| it.revision.unwrap_or(NO_REVISION))
            .collect();
        let place: Vec<i64> = (0..rows.len() as i64).collect();
        let input = Observations {
            dataset: &dataset,
            location: &location,
            counterpart: &nothing,
            item: &nothing,
            delivery_start: &start,
            delivery_end: &end,
            value: &value,
            unit: &unit,
            ts_event: &ts_event,
            revision: &revision,
            place: &place,
        };
        normalizer.apply(source, recv(), &input, &mut out).unwrap();
        let mut found = vec![None; rows.len()];
        for fault in &out.faults {
            found[fault.row as usize] = Some(Result::Aside(fault.reason));
            assert!(!normalizer.reason(source, &input, fault).is_empty());
        }
        for (at, place) in out.rows.place.iter().enumerate() {
            found[*place as usize] = Some(Result::Kept {
                location: normalizer
                    .text(normalizer.series(out.rows.series[at]).location)
                    .to_owned(),
                value: out.rows.value[at].to_bits(),
                unit: normalizer.text(out.rows.unit[at]).to_owned(),
                flags: out.rows.flags[at],
            });
        }
        results.extend(
            found
                .into_iter()
                .map(|it| it.expect("every row is kept or set aside")),
        );
    }
    results
}

const fn recv() -> i64 {
    START + 62 * 60 * MINUTE
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    #[test]
    fn kernel_and_model_agree(rows in prop::collection::vec(row(), 1..60), batch in 1_usize..70) {
        let mut model = Model::new(
            Rules::parse(RULES).unwrap(),
            shipped::symbology().clone(),
            shipped::units().clone(),
            Rates::parse(RATES).unwrap(),
        );
        let expected: Vec<Result> =
            rows.iter().map(|row| model.normalize(row, "entsoe", recv())).collect();
        let mut normalizer = shipped::normalizer(RULES, RATES, 10_000);
        let found = kernel(&mut normalizer, &rows, batch);
        for (place, (found, expected)) in found.iter().zip(&expected).enumerate() {
            prop_assert_eq!(found, expected, "row {}: {:?}", place, rows[place]);
        }
        // Replayed from nothing, it gives the same.
        normalizer.reset();
        prop_assert_eq!(kernel(&mut normalizer, &rows, rows.len()), found);
    }
}
