//! JSON as it must be and as it must not.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::frame::FrameValues;
use wattbook_codec::json::{Document, Field, FieldKind, JsonError, Kind, Limits, Value, rows};

fn read(text: &str) -> Result<Document<'_>, JsonError> {
    Document::parse(text.as_bytes(), Limits::default())
}

fn fault(text: &str) -> JsonError {
    read(text).unwrap_err()
}

/// Any value as text, with spaces where they may stand.
fn any_json() -> impl Strategy<Value = String> {
    let text = r#"[a-z\\"/\n\t\u{e9}\u{1f600}]{0,6}"#;
    let quoted = text.prop_map(|text: String| {
        let escaped = text.chars().map(|character| match character {
            '"' => "\\\"".to_owned(),
            '\\' => "\\\\".to_owned(),
            '\n' => "\\n".to_owned(),
            '\t' => "\\u0009".to_owned(),
            '\u{1f600}' => "\\ud83d\\ude00".to_owned(),
            other => other.to_string(),
        });
        format!("\"{}\"", escaped.collect::<String>())
    });
    let leaf = prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("false".to_owned()),
        any::<i64>().prop_map(|value| value.to_string()),
        (-1e9_f64..1e9).prop_map(|value| format!("{value:e}")),
        quoted,
    ];
    leaf.prop_recursive(5, 60, 24, |inner| {
        let array = prop::collection::vec(inner.clone(), 0..24)
            .prop_map(|list| format!("[ {} ]", list.join(" ,\n")));
        let object = prop::collection::btree_map("[a-z]{1,3}", inner, 0..24).prop_map(|map| {
            let members = map
                .iter()
                .map(|(key, value)| format!("\"{key}\" : {value}"));
            format!("{{{}}}", members.collect::<Vec<_>>().join(","))
        });
        prop_oneof![array, object]
    })
}

fn written(value: Value<'_, '_>) -> String {
    match value.kind() {
        Kind::Array => {
            let list: Vec<_> = value.elements().map(written).collect();
            format!("[ {} ]", list.join(" ,\n"))
        }
        Kind::Object => {
            let members = value.members();
            let list: Vec<_> = members
                .map(|(key, value)| format!("\"{key}\" : {}", written(value)))
                .collect();
            format!("{{{}}}", list.join(","))
        }
        Kind::Text | Kind::EscapedText => format!("\"{}\"", value.raw()),
        _ => value.raw().to_owned(),
    }
}

proptest! {
    #[test]
    fn what_is_read_writes_itself(text in any_json()) {
        let document = read(&text).unwrap();
        prop_assert_eq!(written(document.root()), text);
    }

    #[test]
    fn a_text_cut_anywhere_is_refused_at_its_end_or_whole(text in any_json(), cut in 0_usize..400) {
        let cut = cut % text.len();
        prop_assume!(text.is_char_boundary(cut));
        let digit = text.as_bytes().first().is_some_and(|byte| *byte == b'-' || byte.is_ascii_digit());
        match read(&text[..cut]) {
            // A shorter number is a number.
            Ok(_) => prop_assert!(digit),
            Err(fault) => prop_assert_eq!(fault.offset(), cut, "{}", fault),
        }
    }

    #[test]
    fn a_key_that_stands_twice_is_refused(keys in prop::collection::btree_set("[a-z]{1,4}", 1..60), which in any::<prop::sample::Index>()) {
        let keys: Vec<_> = keys.into_iter().collect();
        let double = &keys[which.index(keys.len())];
        let members: Vec<_> = keys.iter().map(|key| format!("\"{key}\":[{{}}]")).collect();
        let text = format!("{{{},\"\\u{:04x}{}\":1}}", members.join(","), double.as_bytes()[0], &double[1..]);
        let offset = text.rfind("\"\\u").unwrap();
        prop_assert_eq!(fault(&text), JsonError::DuplicateKey { offset, key: double.clone() });
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        if let Err(fault) = Document::parse(&bytes, Limits::default()) {
            prop_assert!(fault.offset() <= bytes.len());
        }
    }
}

#[test]
fn faults_name_their_place() {
    assert_eq!(
        fault("[1, 2] x"),
        JsonError::Trailing {
            offset: 7,
            found: 'x'
        }
    );
    assert_eq!(fault("[1,]").offset(), 3);
    assert_eq!(fault("{\"a\" 1}").offset(), 5);
    assert_eq!(fault("{\"a\":1,}").offset(), 7);
    assert_eq!(fault("[1 2]").offset(), 3);
    assert_eq!(fault("[,1]").offset(), 1);
    for number in [
        "01", "-", "1.", ".5", "+1", "1e", "0x1", "NaN", "1.e3", "--1",
    ] {
        assert!(read(&format!("[{number}]")).is_err(), "{number}");
    }
    assert_eq!(fault("[\"a\u{1}\"]"), JsonError::Control { offset: 3 });
    assert_eq!(fault("[\"\\x41\"]"), JsonError::Escape { offset: 2 });
    assert_eq!(fault("[\"\\ud800 \"]"), JsonError::Escape { offset: 2 });
    assert_eq!(fault("[\"\\udc00\"]"), JsonError::Escape { offset: 2 });
    let bytes = b"[\"\xff\"]";
    let error = Document::parse(bytes, Limits::default()).unwrap_err();
    assert_eq!(error, JsonError::NotUtf8 { offset: 2 });
    assert_eq!(
        fault("").to_string(),
        "byte 0: the text ends where a value belongs; it was cut short"
    );
}

#[test]
fn depth_and_length_are_bounded() {
    let deep = "[".repeat(65) + &"]".repeat(65);
    assert_eq!(
        fault(&deep),
        JsonError::TooDeep {
            offset: 64,
            limit: 64
        }
    );
    assert!(read(&deep[1..129]).is_ok());
    let limits = Limits {
        bytes_max: 10,
        depth_max: 1,
    };
    assert!(Document::parse(b"[12345678]", limits).is_ok());
    assert!(matches!(
        Document::parse(b"[123456789]", limits),
        Err(JsonError::TooLong {
            bytes: 11,
            limit: 10
        })
    ));
    let wide = format!(
        "{{{}}}",
        (0..50_000)
            .map(|key| format!("\"{key}\":0"))
            .collect::<Vec<_>>()
            .join(",")
    );
    assert_eq!(read(&wide).unwrap().root().members().count(), 50_000);
}

#[test]
fn values_are_found_by_their_path() {
    let document = read(r#"{"a/b": {"~": [10, "x\u00e9"]}, "t": true, "n": null}"#).unwrap();
    let root = document.root();
    assert_eq!(root.at("/a~1b/~0/1").unwrap().text().unwrap(), "xé");
    assert_eq!(root.at("/a~1b/~0/0").unwrap().number(), Some("10"));
    assert!(root.at("/a~1b/~0/2").is_none() && root.at("/nothing").is_none());
    assert_eq!(root.get("t").unwrap().truth(), Some(true));
    assert!(root.get("n").unwrap().is_null());
    assert_eq!(root.at("").unwrap().kind(), Kind::Object);
    let marked = Document::parse(b"\xef\xbb\xbf[7]", Limits::default()).unwrap();
    assert_eq!(marked.root().at("/0").unwrap().offset(), 4);
}

fn field(name: &str, kind: FieldKind) -> Field {
    Field {
        name: name.to_owned(),
        path: format!("/{name}"),
        kind,
    }
}

#[test]
fn rows_become_columns_and_numbers_in_text_stay_exact() {
    let text = r#"{"data": [
        {"area": "DE", "price": "-12.345678", "mw": 3, "id": 9007199254740993},
        {"area": "FR", "price": 1.5, "mw": null},
        {"area": "AT", "price": "1,5"},
        {"price": "0.1234567"}
    ]}"#;
    let fields = [
        field("area", FieldKind::Text),
        field("price", FieldKind::Millionths),
        field("mw", FieldKind::Number),
        field("id", FieldKind::Whole),
    ];
    let document = read(text).unwrap();
    let found = rows(&document, "/data/*", &fields).unwrap();
    let FrameValues::Text(areas) = &found.columns[0].values else {
        panic!()
    };
    assert_eq!(
        (areas.get(0), areas.get(1), areas.get(2)),
        (Some("DE"), Some("FR"), None)
    );
    assert_eq!(
        found.columns[1].values,
        FrameValues::Whole(vec![-12_345_678, 1_500_000])
    );
    assert_eq!(
        found.columns[2].is_there,
        [true, false].into_iter().collect()
    );
    assert_eq!(
        found.columns[3].values,
        FrameValues::Whole(vec![9_007_199_254_740_993, 0])
    );
    assert_eq!(found.place, [0, 1]);
    let places: Vec<_> = found.faults.iter().map(|fault| fault.place).collect();
    assert_eq!(places, [2, 3]);
    assert_eq!(
        &text[found.faults[1].start..found.faults[1].end],
        r#"{"price": "0.1234567"}"#
    );
    assert!(
        found.faults[0].reason.contains("1,5"),
        "{}",
        found.faults[0].reason
    );
    let error = rows(&document, "/rows/*", &fields).unwrap_err();
    assert_eq!(
        error.to_string(),
        r#"byte 0: there is no "rows" here, which the path "/rows/*" needs"#
    );
}

#[test]
fn a_star_goes_over_members_and_a_missing_step_below_it_is_a_fault() {
    let document =
        read(r#"[{"data": {"7": [{"mw": 1}], "8": [{"mw": 2}]}}, {"none": 0}]"#).unwrap();
    let found = rows(
        &document,
        "/*/data/*/*",
        &[field("mw", FieldKind::NumberOrText)],
    )
    .unwrap();
    assert_eq!(found.columns[0].values, FrameValues::Float(vec![1.0, 2.0]));
    assert_eq!((found.faults.len(), found.faults[0].place), (1, 2));
}
