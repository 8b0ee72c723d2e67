//! Tables of comma-separated text.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fmt::Write;

use proptest::prelude::*;
use wattbook_codec::csv::{CellKind, CsvError, Limits, Report, Table, report, table};
use wattbook_codec::frame::{FrameColumn, FrameValues, Presence, Texts};

fn read(text: &str, asked: &[(&str, CellKind)]) -> Result<Table, CsvError> {
    let asked: Vec<_> = asked
        .iter()
        .map(|(name, kind)| ((*name).to_owned(), *kind))
        .collect();
    table(text.as_bytes(), Limits::default(), &asked)
}

fn aemo(text: &str) -> Report {
    let kinds = |name: &str| match name {
        "RRP" => CellKind::Number,
        "SETTLEMENTDATE" => CellKind::Wall,
        _ => CellKind::Any,
    };
    report(text.as_bytes(), Limits::default(), &kinds).unwrap()
}

fn texts(column: &FrameColumn) -> Vec<Option<&str>> {
    let FrameValues::Text(texts) = &column.values else {
        panic!("{column:?}")
    };
    let rows = column.is_there.iter().enumerate();
    rows.map(|(row, there)| there.then(|| texts.get(row).unwrap()))
        .collect()
}

proptest! {
    #[test]
    fn what_is_written_is_read(rows in prop::collection::vec(("[ -~é\n]{0,12}", any::<i32>()), 0..30), crlf in any::<bool>()) {
        let end = if crlf { "\r\n" } else { "\n" };
        let mut text = format!("name,number{end}");
        for (name, number) in &rows {
            let name = name.replace('"', "\"\"");
            writeln!(text, "\"{name}\",{number}{}", &end[..end.len() - 1]).unwrap();
        }
        let found = read(&text, &[("number", CellKind::Number), ("name", CellKind::Text)]).unwrap();
        prop_assert!(found.faults.is_empty());
        let names: Vec<_> = rows.iter().map(|row| (!row.0.is_empty()).then_some(&*row.0)).collect();
        prop_assert_eq!(texts(&found.columns[1]), names);
        let numbers = rows.iter().map(|row| f64::from(row.1)).collect();
        prop_assert_eq!(&found.columns[0].values, &FrameValues::Float(numbers));
    }

    #[test]
    fn any_bytes_are_read_or_set_aside(bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b','), Just(b'"'), Just(b'\n'), Just(b'D')], 0..300)) {
        let kinds = |_: &str| CellKind::Any;
        let head = b"C,X\nI,A,B,1,X,Y\n".to_vec();
        for bytes in [[head, bytes.clone()].concat(), bytes] {
            let found = report(&bytes, Limits::default(), &kinds).unwrap();
            for fault in &found.faults {
                prop_assert!(fault.start <= fault.end && fault.end <= bytes.len());
            }
            let rows: usize = found.sections.iter().map(|section| section.lines.len()).sum();
            prop_assert!(rows + found.faults.len() <= found.lines);
        }
    }
}

/// A field of a column that is guessed, some of them no UTF-8.
fn any_field() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        8 => "-?[0-9]{1,9}(\\.[0-9]{1,9})?".prop_map(String::into_bytes),
        4 => Just(Vec::new()),
        1 => "2026/04/0[1-9] 00:[0-5]0:00".prop_map(String::into_bytes),
        1 => "[a-zé\"]{1,3}".prop_map(|text| format!("\"{}\"", text.replace('"', "\"\"")).into_bytes()),
        1 => Just(vec![b'1', 0xff]),
    ]
}

/// What a field says, quotes taken off.
fn said(field: &[u8]) -> String {
    let text = std::str::from_utf8(field).unwrap();
    let inner = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'));
    inner.map_or(text.to_owned(), |text| text.replace("\"\"", "\""))
}

/// One column from all its fields, slowly.
fn guessed(fields: &[String]) -> FrameValues {
    let number = |text: &String| text.parse::<f64>().ok();
    let wall = |text: &String| {
        let time = text.strip_prefix("2026/04/0")?;
        let (day, time) = time.split_once(' ')?;
        let minute: i64 = time.get(3..5)?.parse().ok()?;
        let day: i64 = day.parse().ok()?;
        Some(((20_543 + day) * 86_400 + minute * 60) * 1_000_000_000)
    };
    let told: Vec<_> = fields.iter().filter(|field| !field.is_empty()).collect();
    if told.iter().all(|field| number(field).is_some()) {
        return FrameValues::Float(
            fields
                .iter()
                .map(|field| number(field).unwrap_or(0.0))
                .collect(),
        );
    }
    if told.iter().all(|field| wall(field).is_some()) {
        return FrameValues::Whole(
            fields
                .iter()
                .map(|field| wall(field).unwrap_or(0))
                .collect(),
        );
    }
    let mut texts = Texts::default();
    for field in fields {
        texts.push(field);
    }
    FrameValues::Text(texts)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn a_guess_holds_for_all_rows_that_are_kept_or_the_column_is_text(
        cells in prop::collection::vec((any_field(), any_field(), any_field()), 0..150),
        only_numbers in any::<bool>(),
    ) {
        let cells = cells.into_iter().map(|(a, b, c)| {
            let is_number = b.first().is_some_and(u8::is_ascii_digit) && !b.contains(&b'/');
            [a, if only_numbers && !is_number { b"7".to_vec() } else { b }, c]
        });
        let cells: Vec<_> = cells.collect();
        let mut text = b"I,A,B,1,X,Y,Z\n".to_vec();
        for row in &cells {
            text.extend_from_slice(b"D,A,B,1,");
            text.extend_from_slice(&row.join(&b','));
            text.push(b'\n');
        }
        let found = report(&text, Limits::default(), &|_| CellKind::Any).unwrap();
        let sound = |row: &&[Vec<u8>; 3]| row.iter().all(|field| std::str::from_utf8(field).is_ok());
        let kept: Vec<_> = cells.iter().filter(sound).collect();
        prop_assert_eq!(found.faults.len(), cells.len() - kept.len());
        for (place, column) in found.sections[0].columns.iter().enumerate() {
            let fields: Vec<_> = kept.iter().map(|row| said(&row[place])).collect();
            prop_assert_eq!(&column.values, &guessed(&fields));
            let there: Presence = fields.iter().map(|field| !field.is_empty()).collect();
            prop_assert_eq!(&column.is_there, &there);
        }
    }
}

#[test]
fn a_line_that_cannot_be_read_is_set_aside_and_the_next_is_read() {
    let text = "\u{feff}a, b\n1,x\n\"2,y\nthree,z\n4\n5,\"v\" w\n6,ok\n";
    let found = read(text, &[("a", CellKind::Number), ("b", CellKind::Text)]).unwrap();
    assert_eq!(found.columns[0].values, FrameValues::Float(vec![1.0, 6.0]));
    assert_eq!(texts(&found.columns[1]), [Some("x"), Some("ok")]);
    assert_eq!((found.lines, found.offsets), (vec![2, 7], vec![8, 35]));
    let faults: Vec<_> = found
        .faults
        .iter()
        .map(|fault| (fault.line, &*fault.reason))
        .collect();
    assert_eq!(
        faults,
        [
            (3, "something stands between a closing quote and the comma"),
            (4, "a is \"three\", not a number"),
            (5, "1 fields, the header has 2"),
            (6, "something stands between a closing quote and the comma"),
        ]
    );
    assert_eq!(&text[found.faults[1].start..found.faults[1].end], "three,z");
}

#[test]
fn a_table_without_the_column_is_refused() {
    let error = read("a,b,a\n", &[("c", CellKind::Text)]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the header has column \"c\" 0 times, not once; it names a, b, a"
    );
    assert!(matches!(
        read("a,b,a\n", &[("a", CellKind::Text)]),
        Err(CsvError::Column { count: 2, .. })
    ));
    assert!(matches!(read("\n", &[]), Err(CsvError::Header { .. })));
    let limits = Limits {
        bytes_max: 3,
        ..Limits::default()
    };
    let error = table(b"a,b\n", limits, &[]).unwrap_err();
    assert_eq!(error, CsvError::TooLong { bytes: 4, limit: 3 });
}

const REPORT: &str = "C,NEMP.WORLD,DISPATCHIS,AEMO,PUBLIC\r\n\
    I,DISPATCH,PRICE,5,SETTLEMENTDATE,REGIONID,RRP\r\n\
    D,DISPATCH,PRICE,5,\"2026/04/01 00:05:00\",NSW1,65.01005\r\n\
    D,DISPATCH,PRICE,5,2026/04/01 00:05:00,SA1,-3.32847\r\n\
    I,BID,OFFER,2,DUID,REASON,T1\r\n\
    D,BID,OFFER,2,A,\"rain, \"\"heavy\"\"\",3\r\n\
    D,BID,OFFER,2,B,,\r\n\
    C,\"END OF REPORT\",8\r\n";

#[test]
fn a_report_holds_several_tables_and_counts_its_lines() {
    let found = aemo(REPORT);
    assert_eq!(
        found.comment,
        ["NEMP.WORLD", "DISPATCHIS", "AEMO", "PUBLIC"]
    );
    assert!(found.faults.is_empty(), "{:?}", found.faults);
    assert_eq!((found.lines, found.trailer.unwrap().count), (8, 8));
    let [price, offer] = &found.sections[..] else {
        panic!()
    };
    assert_eq!(
        (&*price.name.0, &*price.name.1, &*price.version),
        ("DISPATCH", "PRICE", "5")
    );
    let instant = 1_775_001_900_000_000_000;
    assert_eq!(
        price.columns[0].values,
        FrameValues::Whole(vec![instant, instant])
    );
    assert_eq!(
        price.columns[2].values,
        FrameValues::Float(vec![65.01005, -3.32847])
    );
    assert_eq!(texts(&offer.columns[1]), [Some("rain, \"heavy\""), None]);
    assert_eq!(
        offer.columns[2].is_there,
        [true, false].into_iter().collect()
    );
    assert_eq!((&offer.lines[..], offer.line), (&[6, 7][..], 5));
}

#[test]
fn damaged_lines_of_a_report_are_set_aside() {
    let found = aemo(
        "I,DISPATCH,PRICE,5,SETTLEMENTDATE,REGIONID,RRP\n\
         D,DISPATCH,PRICE,5,2026/04/31 00:05:00,NSW1,1\n\
         D,DISPATCH,PRICE,4,2026/04/01 00:05:00,NSW1,1\n\
         D,DISPATCH,PRICE,5,2026/04/01 00:05:00,NSW1\n\
         X,DISPATCH\n\
         D,DISPATCH,PRICE,5,2026/04/01 00:05:00,NSW1,7.5\n\
         I,DISPATCH,PRICE,5,RRP,RRP\n\
         D,DISPATCH,PRICE,5,1,2\n",
    );
    let reasons: Vec<_> = found
        .faults
        .iter()
        .map(|fault| (fault.line, &*fault.reason))
        .collect();
    assert_eq!(
        reasons,
        [
            (
                2,
                "SETTLEMENTDATE is \"2026/04/31 00:05:00\", not a time without offset"
            ),
            (
                3,
                "a D line of another table than its I line of DISPATCH,PRICE,5"
            ),
            (4, "2 fields, the I line has 3"),
            (5, "the line begins with none of C, I and D"),
            (7, "column \"RRP\" stands twice in the I line"),
            (8, "a D line without a sound I line before it"),
        ]
    );
    assert_eq!(
        found.sections[0].columns[2].values,
        FrameValues::Float(vec![7.5])
    );
    assert!(found.trailer.is_none());
}

#[test]
fn fields_and_faults_are_bounded() {
    let limits = Limits {
        cells_max: 6,
        faults_max: 2,
        ..Limits::default()
    };
    let found = report(REPORT.as_bytes(), limits, &|_| CellKind::Any).unwrap();
    assert_eq!(found.faults.len(), 1);
    assert_eq!(found.faults[0].line, 6);
    let found = report(b"x\ny\nz\n", limits, &|_| CellKind::Any).unwrap();
    assert_eq!((found.faults.len(), found.faults_more), (2, 1));
}

#[test]
fn a_line_of_commas_costs_no_more_than_its_limit() {
    let mut text = b"a,b\n".to_vec();
    text.resize(text.len() + (1 << 20), b',');
    text.extend_from_slice(b"\n1,2\n");
    let asked = [("a".to_owned(), CellKind::Number)];
    let found = table(&text, Limits::default(), &asked).unwrap();
    assert_eq!(found.lines, [3]);
    assert_eq!(found.faults[0].reason, "more than 65,536 fields");
    assert_eq!((found.faults[0].line, found.faults[0].start), (2, 4));
}
