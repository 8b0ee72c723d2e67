//! Market documents become the rows that their curve types mean.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write;

use proptest::prelude::*;
use wattbook_codec::iec62325::{Document, Kind, decode};

const HOUR: i64 = 3_600_000_000_000;
/// 2024-01-01T23:00Z.
const START: i64 = 1_704_150_000_000_000_000;

fn document(curve: &str, resolution: &str, end: &str, points: &[(i64, &str)]) -> String {
    let mut text = format!(
        "<Publication_MarketDocument><mRID>m</mRID><revisionNumber>3</revisionNumber><type>A44</type>\
         <createdDateTime>2024-01-01T12:00:00Z</createdDateTime><TimeSeries><mRID>1</mRID>\
         <in_Domain.mRID>10YFR-RTE------C</in_Domain.mRID><out_Domain.mRID>10YFR-RTE------C</out_Domain.mRID>\
         <currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>\
         <curveType>{curve}</curveType><Period><timeInterval><start>2024-01-01T23:00Z</start><end>{end}</end>\
         </timeInterval><resolution>{resolution}</resolution>"
    );
    for (position, value) in points {
        let _ = write!(
            text,
            "<Point><position>{position}</position><price.amount>{value}</price.amount></Point>"
        );
    }
    text + "</Period></TimeSeries></Publication_MarketDocument>"
}

/// Hours since the start, length in hours, and value of each row.
fn told(found: &Document) -> Vec<(i64, i64, Option<f64>)> {
    let points = &found.points;
    (0..points.key.len())
        .map(|row| {
            let (start, end) = (points.start[row], points.end[row]);
            (
                (start - START) / HOUR,
                (end - start) / HOUR,
                points.value[row],
            )
        })
        .collect()
}

fn reasons(found: &Document) -> Vec<String> {
    let faults = found.faults.iter();
    faults
        .map(|fault| format!("{}: {}", fault.place, fault.reason))
        .collect()
}

#[test]
fn a_value_that_is_left_out_is_the_one_before() {
    let text = document(
        "A03",
        "PT60M",
        "2024-01-02T05:00Z",
        &[(1, "50.00"), (3, "-55.01"), (6, "0")],
    );
    let found = decode(text.as_bytes());
    assert_eq!(found.kind, Some(Kind::Publication));
    assert_eq!(reasons(&found), Vec::<String>::new());
    let values = [50.0, 50.0, -55.01, -55.01, -55.01, 0.0];
    let expected: Vec<_> = (0..)
        .zip(values)
        .map(|(hour, value)| (hour, 1, Some(value)))
        .collect();
    assert_eq!(told(&found), expected);
    assert_eq!(found.points.place, [0, 0, 1, 1, 1, 2]);
    let begins: Vec<_> = text
        .match_indices("<Point>")
        .map(|(at, _)| at as i64)
        .collect();
    let places = found.points.place.iter();
    let offsets: Vec<_> = places.map(|place| begins[*place as usize]).collect();
    assert_eq!(found.points.offset, offsets);
    let key = &found.keys[0];
    assert_eq!(key.dataset, "day_ahead_price");
    assert_eq!(key.location.as_deref(), Some("10YFR-RTE------C"));
    assert_eq!(
        (key.counterpart.as_deref(), key.unit.as_deref()),
        (None, Some("EUR/MWh"))
    );
    assert_eq!(found.header.revision, Some(3));
}

#[test]
fn a_point_that_is_refused_is_not_filled_over() {
    let text = document(
        "A03",
        "PT60M",
        "2024-01-02T05:00Z",
        &[(1, "1"), (3, "NaN"), (5, "2")],
    );
    let found = decode(text.as_bytes());
    assert_eq!(
        told(&found),
        [
            (0, 1, Some(1.0)),
            (1, 1, Some(1.0)),
            (4, 1, Some(2.0)),
            (5, 1, Some(2.0))
        ]
    );
    assert_eq!(
        reasons(&found),
        ["series 1, period 1, point 2: price.amount: \"NaN\" is no decimal number"]
    );
    let fault = &found.faults[0];
    assert!(text[fault.offset..fault.end].starts_with("<Point><position>3</position>"));
    assert!(text[fault.offset..fault.end].ends_with("</Point>"));
    // A position that cannot be: the value before holds for its own hour only.
    let text = document(
        "A03",
        "PT60M",
        "2024-01-02T05:00Z",
        &[(1, "1"), (9, "2"), (6, "3")],
    );
    let found = decode(text.as_bytes());
    assert_eq!(told(&found), [(0, 1, Some(1.0)), (5, 1, Some(3.0))]);
    assert_eq!(
        reasons(&found),
        ["series 1, period 1, point 2: position 9 lies outside 1 to 6"]
    );
}

#[test]
fn a_curve_of_every_position_says_what_it_lacks() {
    let text = document(
        "A01",
        "PT60M",
        "2024-01-02T02:00Z",
        &[(1, "1"), (3, "3"), (3, "4")],
    );
    let found = decode(text.as_bytes());
    assert_eq!(told(&found), [(0, 1, Some(1.0)), (2, 1, Some(3.0))]);
    assert_eq!(
        reasons(&found),
        [
            "series 1, period 1, point 3: position 3 stands behind 3",
            "series 1, period 1: curve A01 has 2 of 3 points; those missing are not filled",
        ]
    );
}

#[test]
fn lines_have_instants() {
    let points = [(1, "1"), (2, "2"), (2, "3"), (4, "")];
    let found = decode(document("A04", "PT60M", "2024-01-02T02:00Z", &points).as_bytes());
    assert_eq!(
        told(&found),
        [
            (0, 0, Some(1.0)),
            (1, 0, Some(2.0)),
            (1, 0, Some(3.0)),
            (3, 0, None)
        ]
    );
    let found = decode(document("A02", "PT60M", "2024-01-02T02:00Z", &points).as_bytes());
    assert_eq!(told(&found).len(), 3);
    assert_eq!(found.faults.len(), 1);
}

#[test]
fn periods_that_do_not_hold_together_are_refused() {
    let refused = |curve, resolution, end| {
        let found = decode(document(curve, resolution, end, &[(1, "1")]).as_bytes());
        assert_eq!(found.rows(), 0);
        found.faults[0].reason.clone()
    };
    assert!(refused("A01", "PT60M", "2024-01-01T23:30Z").contains("no multiple"));
    assert!(refused("A01", "PT60M", "2024-01-01T22:00Z").contains("before it begins"));
    assert!(refused("A01", "PT60M", "2024-01-02").contains("no time with a zone"));
    assert!(refused("A01", "hourly", "2024-01-02T23:00Z").contains("PT15M"));
    assert!(refused("A09", "PT60M", "2024-01-02T23:00Z").contains("curve type"));
    // Repeated seconds of a century.
    assert!(refused("A03", "PT1S", "2124-01-01T23:00Z").contains("rows in one document"));
}

#[test]
fn days_follow_the_clock_of_the_place() {
    let text = document("A03", "P1D", "2024-04-30T22:00Z", &[(1, "7")]);
    let found = decode(text.as_bytes());
    let rows = told(&found);
    assert_eq!(rows.len(), 120);
    let short: Vec<_> = rows.iter().filter(|row| row.1 != 24).collect();
    // 2024-03-31 is the 90th day behind the first.
    assert_eq!(short, [&(89 * 24, 23, Some(7.0))]);
}

#[test]
fn a_document_that_breaks_off_keeps_its_whole_series() {
    let text = document("A01", "PT60M", "2024-01-02T00:00Z", &[(1, "1")]);
    let series = &text[text.find("<TimeSeries>").unwrap()..text.find("</Publication").unwrap()];
    let two = text.replace("</Publication", &format!("{series}</Publication"));
    let second = two.rfind("<TimeSeries>").unwrap();
    for end in second + 1..two.len() {
        let found = decode(&two.as_bytes()[..end]);
        assert!(found.rows() >= 1, "{end}");
        assert_eq!(found.faults.len(), 1);
        assert!(found.faults[0].offset >= second);
    }
    assert_eq!(decode(two.as_bytes()).rows(), 2);
}

#[test]
fn an_acknowledgement_is_an_answer_without_a_reason_too() {
    let found =
        decode(b"<Acknowledgement_MarketDocument><mRID>a</mRID></Acknowledgement_MarketDocument>");
    assert_eq!(
        (found.rows(), found.faults.len(), found.reasons.len()),
        (0, 0, 1)
    );
    assert_eq!(found.header.mrid.as_deref(), Some("a"));
}

#[test]
fn what_is_no_market_document_is_refused() {
    for text in [
        "",
        "<a/>",
        "<Unknown_MarketDocument/>",
        "GL_MarketDocument",
        "<!DOCTYPE a><a/>",
    ] {
        let found = decode(text.as_bytes());
        assert_eq!(
            (found.rows(), found.kind, found.faults.len()),
            (0, None, 1),
            "{text}"
        );
    }
}

proptest! {
    #[test]
    fn left_out_repeats_read_as_all_values(values in prop::collection::vec(-5..5_i32, 1..60)) {
        let texts: Vec<String> = values.iter().map(ToString::to_string).collect();
        let all: Vec<_> = (1..).zip(texts.iter().map(String::as_str)).collect();
        let changes: Vec<_> = all
            .iter()
            .copied()
            .filter(|(position, value)| {
                *position == 1 || texts[*position as usize - 2] != *value
            })
            .collect();
        let minutes = values.len() as i64 * 15;
        let end = format!("2024-01-02T{:02}:{:02}Z", (23 * 60 + minutes) / 60 % 24, minutes % 60);
        prop_assume!(minutes < 24 * 60);
        let end = if minutes < 60 { end.replace("-02T", "-01T") } else { end };
        let full = decode(document("A01", "PT15M", &end, &all).as_bytes());
        let short = decode(document("A03", "PT15M", &end, &changes).as_bytes());
        prop_assert_eq!(full.faults, vec![]);
        prop_assert_eq!(full.points.start, short.points.start);
        prop_assert_eq!(full.points.end, short.points.end);
        prop_assert_eq!(full.points.value, short.points.value);
    }

    #[test]
    fn values_are_those_of_their_text(value in -1_000_000_000_i64..1_000_000_000, scale in 0..6_usize) {
        let digits = format!("{:07}", value.abs());
        let (whole, part) = digits.split_at(digits.len() - scale);
        let sign = if value < 0 { "-" } else { "" };
        let text = if scale == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") };
        let found = decode(document("A01", "PT60M", "2024-01-02T00:00Z", &[(1, &text)]).as_bytes());
        prop_assert_eq!(found.points.value, [Some(text.parse::<f64>().unwrap())]);
    }
}
