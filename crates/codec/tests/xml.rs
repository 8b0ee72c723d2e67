//! XML is read as far as it is sound, and refused with its byte.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::xml::{
    FieldPath, Limits, PathError, RowPath, Rows, XmlError, XmlEvent, XmlReader, rows,
};

/// Names, attributes and text of every element, in the order of their beginnings.
fn told(text: &str, limits: Limits) -> Result<Vec<String>, XmlError> {
    let mut reader = XmlReader::new(text.as_bytes(), limits)?;
    let mut told = Vec::new();
    loop {
        match reader.read()? {
            XmlEvent::Start(element) => {
                told.push(format!("<{}", element.name));
                for (name, value) in element.attributes() {
                    told.push(format!("@{name}={value}"));
                }
            }
            XmlEvent::End => told.push(">".to_owned()),
            XmlEvent::Text(text) => match told.last_mut() {
                Some(last) if last.starts_with('"') => last.push_str(&text),
                _ => told.push(format!("\"{text}")),
            },
            XmlEvent::Eof => return Ok(told),
        }
    }
}

fn refused(text: &str) -> XmlError {
    told(text, Limits::default()).unwrap_err()
}

fn found(text: &str, row: &[&str], fields: &[&str]) -> Rows {
    let row: Vec<_> = row.iter().map(|path| RowPath::new(path).unwrap()).collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|path| FieldPath::new(path).unwrap())
        .collect();
    rows(text.as_bytes(), &row, &fields, Limits::default()).unwrap()
}

#[test]
fn elements_attributes_and_text_come_in_order() {
    let text = "\u{feff}<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- a --><m:a xmlns:m='u' x=\"1 &lt; 2\">\
                b &amp; &#99;<![CDATA[<d>]]><e/></m:a>\n";
    assert_eq!(
        told(text, Limits::default()).unwrap(),
        ["<a", "@m=u", "@x=1 < 2", "\"b & c<d>", "<e", ">", ">"]
    );
}

#[test]
fn entities_and_document_types_are_refused_where_they_stand() {
    let laughs = "<!DOCTYPE a [<!ENTITY b \"bb\"><!ENTITY c \"&b;&b;\">]><a>&c;</a>";
    assert_eq!(refused(laughs), XmlError::DocumentType { offset: 0 });
    let outside = "<?xml version=\"1.0\"?><!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>";
    assert_eq!(refused(outside), XmlError::DocumentType { offset: 21 });
    let entity = XmlError::Entity {
        offset: 4,
        name: "c".to_owned(),
    };
    assert_eq!(refused("<a>b&c;</a>"), entity);
    assert_eq!(refused("<a b='&c;'/>").offset(), 0);
    assert_eq!(
        refused("<a>&#0;</a>").to_string(),
        "byte 3: entity \"#0\" is not one of lt, gt, amp, apos and quot"
    );
    assert_eq!(
        refused("<a>&#1;</a>"),
        XmlError::Character { offset: 3, code: 1 }
    );
}

#[test]
fn broken_documents_are_refused_where_they_break() {
    let mismatch = XmlError::Mismatch {
        offset: 6,
        expected: "b".to_owned(),
        found: "a".to_owned(),
    };
    assert_eq!(refused("<a><b></a>"), mismatch);
    let truncated = XmlError::Truncated {
        offset: 7,
        element: "b".to_owned(),
        began: 3,
    };
    assert_eq!(refused("<a><b>c"), truncated);
    assert_eq!(refused("<a><b").offset(), 3);
    assert_eq!(refused("").offset(), 0);
    assert_eq!(refused("<a/><b/>").offset(), 4);
    assert_eq!(refused("<a/>b").offset(), 4);
    assert_eq!(refused("b<a/>").offset(), 0);
    assert_eq!(refused("</a>").offset(), 0);
    assert_eq!(refused("<a b=1/>").offset(), 0);
    assert_eq!(refused("<a b='1' b='2'/>").offset(), 0);
    assert_eq!(refused("<1/>").offset(), 0);
    let bytes = b"<a>\xff</a>";
    let error = XmlReader::new(bytes, Limits::default()).unwrap_err();
    assert_eq!(error, XmlError::Utf8 { offset: 3 });
    let error = XmlReader::new(b"<a>\0</a>", Limits::default()).unwrap_err();
    assert_eq!(error, XmlError::Character { offset: 3, code: 0 });
    let latin = "<?xml version='1.0' encoding='ISO-8859-1'?><a>\u{e9}</a>";
    assert!(matches!(
        refused(latin),
        XmlError::Encoding { offset: 0, .. }
    ));
}

#[test]
fn bounds_hold() {
    let limits = Limits {
        bytes_max: 100,
        depth_max: 3,
        attributes_max: 2,
        text_bytes_max: 8,
        values_max: 4,
    };
    let error = |text: &str| told(text, limits).unwrap_err();
    assert!(told("<a><b><c>12345678</c></b></a>", limits).is_ok());
    let max = 3;
    assert_eq!(
        error("<a><b><c><d/></c></b></a>"),
        XmlError::Depth { offset: 9, max }
    );
    assert_eq!(
        error("<a b='' c='' d=''/>"),
        XmlError::Attributes { offset: 0, max: 2 }
    );
    assert_eq!(
        error("<a>1234567<!-- -->&lt;&gt;</a>"),
        XmlError::Text { offset: 22, max: 8 }
    );
    assert_eq!(
        error(&"x".repeat(101)),
        XmlError::Size {
            found: 101,
            max: 100
        }
    );
    let row = [RowPath::new("r").unwrap()];
    let fields = [FieldPath::new("@a").unwrap(), FieldPath::new("@b").unwrap()];
    let many = rows(b"<d><r/><r/><r/></d>", &row, &fields, limits).unwrap();
    assert_eq!(many.offsets, [3, 7]);
    assert_eq!(many.fault, Some(XmlError::Values { offset: 11, max: 4 }));
}

const REPORT: &str = "<R><H><zone>SP15</zone></H><I><mkt>DAM</mkt><D n='1'><v>1.5</v><q u='MW'> 7 </q></D>\
    <D n='2'><v>-2</v><v>3</v></D><unit>USD</unit></I><I><D>own<x/>text</D></I></R>";

#[test]
fn rows_know_the_elements_around_them_before_and_behind() {
    let fields = [
        "@n",
        "v",
        "q/@u",
        "q",
        ".",
        "../mkt",
        "../unit",
        "../../H/zone",
    ];
    let found = found(REPORT, &["I/D"], &fields);
    assert_eq!(found.fault, None);
    let told: Vec<Vec<Option<&str>>> = (0..found.offsets.len())
        .map(|row| {
            (0..fields.len())
                .map(|field| found.get(field, row))
                .collect()
        })
        .collect();
    let some = |text| Some(text);
    assert_eq!(
        told,
        [
            vec![
                some("1"),
                some("1.5"),
                some("MW"),
                some("7"),
                some("1.5 7"),
                some("DAM"),
                some("USD"),
                some("SP15")
            ],
            vec![
                some("2"),
                some("-2\n3"),
                None,
                None,
                some("-23"),
                some("DAM"),
                some("USD"),
                some("SP15")
            ],
            vec![
                None,
                None,
                None,
                None,
                some("owntext"),
                None,
                None,
                some("SP15")
            ],
        ]
    );
    assert_eq!(found.offsets[0], REPORT.find("<D n='1'").unwrap());
}

#[test]
fn a_row_path_from_the_root_is_not_found_deeper() {
    assert_eq!(
        found("<a><b/><c><a><b/></a></c></a>", &["/a/b"], &[]).offsets,
        [3]
    );
    let two = found("<a><b/><c><a><b/></a></c></a>", &["c", "a/b"], &[]);
    // The row <c> holds the second <b>.
    assert_eq!((two.offsets, two.paths), (vec![3, 7], vec![1, 0]));
    assert_eq!(found("<a><b/><c/></a>", &["a/*"], &[]).offsets, [3, 7]);
}

#[test]
fn a_document_that_breaks_off_keeps_its_whole_rows() {
    let end = REPORT.find("<v>3").unwrap();
    let found = found(&REPORT[..end], &["D"], &["v"]);
    assert_eq!((found.offsets.len(), found.get(0, 0)), (1, Some("1.5")));
    assert!(matches!(found.fault, Some(XmlError::Truncated { .. })));
}

#[test]
fn paths_that_mean_nothing_are_refused() {
    assert!(matches!(RowPath::new(""), Err(PathError::Empty { .. })));
    assert!(matches!(RowPath::new("a//b"), Err(PathError::Empty { .. })));
    assert!(matches!(FieldPath::new("a/"), Err(PathError::Empty { .. })));
    assert!(matches!(
        FieldPath::new("a/../b"),
        Err(PathError::Step { .. })
    ));
    assert!(matches!(
        FieldPath::new("@a/b"),
        Err(PathError::Step { .. })
    ));
    let many = vec![FieldPath::new("a").unwrap(); 257];
    assert!(matches!(
        rows(b"<a/>", &[], &many, Limits::default()),
        Err(PathError::Many { .. })
    ));
}

/// Documents of a few names, with what may stand in them.
fn document() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        "[a-z <>&\u{e9}\u{2603}]{0,6}".prop_map(|text| {
            text.replace('&', "&amp;")
                .replace('<', "&lt;")
                .replace('>', "&gt;")
        }),
        Just("<!-- c -->".to_owned()),
        Just("<![CDATA[<x>]]>".to_owned()),
        Just("&#233;".to_owned()),
        Just("\r\n\t".to_owned()),
    ];
    let element = |inner: BoxedStrategy<Vec<String>>| {
        ("[abc]", prop::option::of("[a-z ]{0,4}"), inner).prop_map(|(name, attribute, inner)| {
            let attribute = attribute.map_or(String::new(), |value| format!(" k=\"{value}\""));
            let inner = inner.concat();
            if inner.is_empty() {
                return format!("<{name}{attribute}/>");
            }
            format!("<{name}{attribute}>{inner}</{name}>")
        })
    };
    let tree = leaf.prop_recursive(4, 32, 6, move |inner| {
        element(prop::collection::vec(inner, 0..6).boxed())
    });
    element(prop::collection::vec(tree, 0..6).boxed())
}

fn told_by_roxmltree(node: roxmltree::Node<'_, '_>, told: &mut Vec<String>) {
    if node.is_text() {
        let text = node.text().unwrap();
        match told.last_mut() {
            Some(last) if last.starts_with('"') => last.push_str(text),
            _ => told.push(format!("\"{text}")),
        }
    } else if node.is_element() {
        told.push(format!("<{}", node.tag_name().name()));
        for attribute in node.attributes() {
            told.push(format!("@{}={}", attribute.name(), attribute.value()));
        }
        for child in node.children() {
            told_by_roxmltree(child, told);
        }
        told.push(">".to_owned());
    }
}

proptest! {
    #[test]
    fn a_second_reader_tells_the_same(text in document()) {
        let tree = roxmltree::Document::parse(&text).unwrap();
        let mut expected = Vec::new();
        told_by_roxmltree(tree.root_element(), &mut expected);
        prop_assert_eq!(told(&text, Limits::default()).unwrap(), expected);
    }

    #[test]
    fn a_cut_document_is_refused_within_its_bytes(text in document(), share in 0.0..1.0_f64) {
        let mut end = (text.len() as f64 * share) as usize;
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let error = told(&text[..end], Limits::default()).unwrap_err();
        prop_assert!(error.offset() <= end, "{error}");
    }

    #[test]
    fn no_bytes_make_the_reader_panic(text in document(), at in any::<prop::sample::Index>(), byte: u8) {
        let mut bytes = text.into_bytes();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        let row = [RowPath::new("a").unwrap(), RowPath::new("b/c").unwrap()];
        let fields: Vec<_> = ["@k", "../@k", ".", "../../b", "a/b", "../*/c"]
            .map(|path| FieldPath::new(path).unwrap())
            .into();
        let found = rows(&bytes, &row, &fields, Limits::default()).unwrap();
        for field in &found.fields {
            prop_assert_eq!(field.len(), found.offsets.len());
        }
        prop_assert!(found.offsets.iter().all(|offset| bytes[*offset] == b'<'));
        if let Some(fault) = found.fault {
            prop_assert!(fault.offset() <= bytes.len());
        }
    }
}
