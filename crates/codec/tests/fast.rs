//! FAST 1.1 by the rules of its standard.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_codec::fast::{
    Decimal, Decoder, EncodeError, Encoder, FastConfig, FastError, FastFault, FieldId, Tape,
    TemplateError, Templates, Value, Visitor,
};

fn templates(fields: &str) -> Templates {
    Templates::from_xml(&format!(
        "<template name=\"T\" id=\"1\">{fields}</template>"
    ))
    .unwrap()
}

/// Fields of each message, decoded in order by one decoder.
fn decoded(templates: &Templates, messages: &[&[u8]]) -> Vec<String> {
    let mut decoder = Decoder::new(templates);
    let fields = |bytes: &&[u8]| {
        let mut tape = Tape::default();
        assert_eq!(decoder.decode(bytes, &mut tape), Ok(bytes.len()));
        let json = tape.json(templates);
        json.trim_start_matches("{\"template\":\"T\",\"fields\":")
            .trim_end_matches('}')
            .to_owned()
            + "}"
    };
    messages.iter().map(fields).collect()
}

fn fault(templates: &Templates, messages: &[&[u8]]) -> FastFault {
    let config = FastConfig {
        is_strict: true,
        ..FastConfig::default()
    };
    let mut decoder = Decoder::with(templates, config);
    let mut last = Ok(0);
    for message in messages {
        assert!(last.is_ok(), "failed before the last message: {last:?}");
        last = decoder.decode(message, &mut Tape::default());
    }
    last.unwrap_err().fault
}

#[test]
fn a_default_stands_for_a_bit_that_is_not_set() {
    let mandatory = templates("<uInt32 name='a'><default value='7'/></uInt32>");
    let messages: &[&[u8]] = &[&[0xc0, 0x81], &[0xa0, 0x83]];
    assert_eq!(decoded(&mandatory, messages), [r#"{"a":7}"#, r#"{"a":3}"#]);
    let optional = templates("<uInt32 name='a' presence='optional'><default value='7'/></uInt32>");
    let messages: &[&[u8]] = &[&[0xc0, 0x81], &[0xa0, 0x80], &[0xa0, 0x83]];
    assert_eq!(
        decoded(&optional, messages),
        [r#"{"a":7}"#, r#"{"a":null}"#, r#"{"a":2}"#]
    );
}

#[test]
fn an_optional_copy_that_was_null_stays_absent() {
    let known = templates("<string name='a' presence='optional'><copy/></string>");
    let messages: &[&[u8]] = &[
        &[0xe0, 0x81, 0x43, 0xc5],
        &[0xa0, 0x80],
        &[0x80],
        &[0xa0, 0x00, 0x80],
    ];
    assert_eq!(
        decoded(&known, messages),
        [
            r#"{"a":"CE"}"#,
            r#"{"a":null}"#,
            r#"{"a":null}"#,
            r#"{"a":""}"#
        ]
    );
}

#[test]
fn an_increment_counts_on_from_its_initial_value() {
    let known = templates("<uInt32 name='a'><increment value='5'/></uInt32>");
    let messages: &[&[u8]] = &[&[0xc0, 0x81], &[0x80], &[0xa0, 0x89], &[0x80]];
    assert_eq!(
        decoded(&known, messages),
        [r#"{"a":5}"#, r#"{"a":6}"#, r#"{"a":9}"#, r#"{"a":10}"#]
    );
}

#[test]
fn a_delta_reaches_every_value_of_its_type() {
    let known = templates("<uInt64 name='a'><delta/></uInt64>");
    // Up by 2^64 - 1, then down by it: differences of 65 bits.
    let up = [
        0xc0, 0x81, 0x01, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0xff,
    ];
    let down = [0x80, 0x7e, 0, 0, 0, 0, 0, 0, 0, 0, 0x81];
    assert_eq!(
        decoded(&known, &[&up, &down]),
        [r#"{"a":18446744073709551615}"#, r#"{"a":0}"#]
    );
    assert_eq!(fault(&known, &[&[0xc0, 0x81, 0xff]]), FastFault::R4);
    let narrow = templates("<int32 name='a'><delta value='2147483647'/></int32>");
    assert_eq!(fault(&narrow, &[&[0xc0, 0x81, 0x81]]), FastFault::R4);
}

#[test]
fn a_tail_replaces_the_end_of_the_previous_value() {
    let known = templates("<string name='a'><tail value='EURUSD'/></string>");
    let messages: &[&[u8]] = &[
        &[0xc0, 0x81],
        &[0xa0, 0x47, 0x42, 0xd0],
        &[0x80],
        &[0xa0, 0x80],
        &[0xa0, 0x4e, 0x4f, 0x4b, 0x2d, 0x53, 0x45, 0xcb],
    ];
    assert_eq!(
        decoded(&known, messages),
        [
            r#"{"a":"EURUSD"}"#,
            r#"{"a":"EURGBP"}"#,
            r#"{"a":"EURGBP"}"#,
            r#"{"a":"EURGBP"}"#,
            r#"{"a":"NOK-SEK"}"#,
        ]
    );
}

#[test]
fn byte_vectors_and_unicode_follow_their_length() {
    let known = templates(
        "<byteVector name='b' presence='optional'><delta/></byteVector>\
         <string name='u' charset='unicode' presence='optional'/>",
    );
    let messages: &[&[u8]] = &[
        &[0xc0, 0x81, 0x81, 0x82, 0xff, 0x00, 0x83, 0xc3, 0xbc],
        &[0x80, 0x82, 0x81, 0x07, 0x80],
        &[0x80, 0x80, 0x81],
    ];
    assert_eq!(
        decoded(&known, messages),
        [
            r#"{"b":"ff00","u":"ü"}"#,
            r#"{"b":"ff07","u":null}"#,
            r#"{"b":null,"u":""}"#
        ]
    );
    let unicode = templates("<string name='u' charset='unicode'/>");
    assert_eq!(fault(&unicode, &[&[0xc0, 0x81, 0x81, 0xff]]), FastFault::R2);
}

#[test]
fn groups_and_sequences_have_presence_maps_of_their_own() {
    let known = templates(
        "<group name='g' presence='optional'><uInt32 name='a'><copy/></uInt32></group>\
         <sequence name='s' presence='optional'><length name='n'/>\
           <uInt32 name='b'><increment value='1'/></uInt32>\
           <group name='h'><uInt32 name='c'/></group>\
         </sequence>",
    );
    let messages: &[&[u8]] = &[
        &[0xe0, 0x81, 0xc0, 0x89, 0x83, 0xc0, 0x85, 0x81, 0x80, 0x82],
        &[0x80, 0x80],
        &[0xa0, 0x80, 0x81],
    ];
    assert_eq!(
        decoded(&known, messages),
        [
            r#"{"g":{"a":9},"s":[{"b":5,"h":{"c":1}},{"b":6,"h":{"c":2}}]}"#,
            r#"{"g":null,"s":null}"#,
            r#"{"g":{"a":9},"s":[]}"#,
        ]
    );
}

#[test]
fn dictionaries_are_global_or_of_a_template_or_a_type_or_named() {
    let known = Templates::from_xml(
        "<templates><template name='A' id='1'>\
           <uInt32 name='g'><copy value='1'/></uInt32>\
           <uInt32 name='t'><copy dictionary='template' value='1'/></uInt32>\
           <uInt32 name='y'><copy dictionary='type' value='1'/></uInt32>\
           <uInt32 name='n'><copy dictionary='mine' key='k' value='1'/></uInt32></template>\
         <template name='B' id='2'><typeRef name='other'/>\
           <uInt32 name='g'><copy value='2'/></uInt32>\
           <uInt32 name='t'><copy dictionary='template' value='2'/></uInt32>\
           <uInt32 name='y'><copy dictionary='type' value='2'/></uInt32>\
           <uInt32 name='m'><copy dictionary='mine' key='k' value='2'/></uInt32></template>\
         <template name='C' id='3' reset='yes'>\
           <uInt32 name='g'><copy value='3'/></uInt32></template></templates>",
    )
    .unwrap();
    let mut decoder = Decoder::new(&known);
    let mut fields = |bytes: &[u8]| {
        let mut tape = Tape::default();
        decoder.decode(bytes, &mut tape).unwrap();
        tape.json(&known)
    };
    assert!(
        fields(&[0xfc, 0x81, 0x87, 0x88, 0x89, 0x8a]).contains(r#"{"g":7,"t":8,"y":9,"n":10}"#)
    );
    assert!(fields(&[0xc0, 0x82]).contains(r#"{"g":7,"t":2,"y":2,"m":10}"#));
    assert!(fields(&[0xc0, 0x83]).contains(r#"{"g":3}"#));
    assert!(fields(&[0xc0, 0x81]).contains(r#"{"g":3,"t":1,"y":1,"n":1}"#));
}

#[test]
fn templates_refer_to_others_by_name_or_in_the_message() {
    let known = Templates::from_xml(
        "<templates>\
         <template name='Inner' id='1'><uInt32 name='a'><copy/></uInt32></template>\
         <template name='Outer' id='2'><templateRef name='Inner'/><uInt32 name='b'/></template>\
         <template name='Any' id='3'><uInt32 name='c'/><templateRef/></template></templates>",
    )
    .unwrap();
    let mut decoder = Decoder::new(&known);
    let mut tape = Tape::default();
    decoder
        .decode(&[0xe0, 0x82, 0x85, 0x86], &mut tape)
        .unwrap();
    assert_eq!(
        tape.json(&known),
        r#"{"template":"Outer","fields":{"a":5,"b":6}}"#
    );
    tape.clear();
    decoder
        .decode(&[0xc0, 0x83, 0x87, 0xc0, 0x81], &mut tape)
        .unwrap();
    assert_eq!(
        tape.json(&known),
        r#"{"template":"Any","fields":{"c":7,"templateRef":{"template":"Inner","fields":{"a":5}}}}"#
    );
}

#[test]
fn errors_of_the_standard_are_named() {
    let integer = templates("<uInt32 name='a'/>");
    assert_eq!(fault(&integer, &[&[0xc0, 0x81]]), FastFault::Truncated);
    assert_eq!(
        fault(&integer, &[&[0xc0, 0x81, 0x10, 0, 0, 0, 0x80]]),
        FastFault::D2
    );
    assert_eq!(fault(&integer, &[&[0x80]]), FastFault::D9);
    assert_eq!(fault(&integer, &[&[0xc0, 0x82]]), FastFault::D9);
    assert_eq!(fault(&integer, &[&[0xc0, 0x81, 0x00, 0x81]]), FastFault::R6);
    assert_eq!(fault(&integer, &[&[0x40, 0x80, 0x81, 0x81]]), FastFault::R7);
    assert_eq!(fault(&integer, &[&[0xe0, 0x81, 0x81]]), FastFault::R8);
    let copy = templates("<uInt32 name='a'><copy/></uInt32>");
    assert_eq!(fault(&copy, &[&[0xc0, 0x81]]), FastFault::D5);
    let shared = templates(
        "<uInt32 name='a' presence='optional'><copy key='k'/></uInt32>\
         <uInt32 name='b'><copy key='k'/></uInt32>",
    );
    assert_eq!(fault(&shared, &[&[0xe0, 0x81, 0x80]]), FastFault::D6);
    let mixed = templates(
        "<uInt32 name='a'><copy key='k'/></uInt32><int32 name='b'><copy key='k'/></int32>",
    );
    assert_eq!(fault(&mixed, &[&[0xe0, 0x81, 0x85]]), FastFault::D4);
    let text = templates("<string name='a'><delta/></string>");
    assert_eq!(fault(&text, &[&[0xc0, 0x81, 0x81, 0x80]]), FastFault::D7);
    let ascii = templates("<string name='a'/>");
    assert_eq!(fault(&ascii, &[&[0xc0, 0x81, 0x00, 0xc1]]), FastFault::R9);
    let decimal = templates("<decimal name='a'/>");
    assert_eq!(
        fault(&decimal, &[&[0xc0, 0x81, 0x00, 0xc0, 0x81]]),
        FastFault::R1
    );
}

#[test]
fn a_length_in_a_few_bytes_cannot_hold_the_decoder_up() {
    let known =
        templates("<sequence name='s'><uInt32 name='a'><constant value='1'/></uInt32></sequence>");
    let error = Decoder::new(&known).decode(
        &[0xc0, 0x81, 0x0f, 0x7f, 0x7f, 0x7f, 0xff],
        &mut Tape::default(),
    );
    assert_eq!(
        error,
        Err(FastError {
            fault: FastFault::TooManyElements,
            offset: 7,
        })
    );
    let nested = Templates::from_xml(
        "<templates><template name='N' id='1'><templateRef/></template></templates>",
    )
    .unwrap();
    let error = Decoder::new(&nested).decode(&[0x80; 99], &mut Tape::default());
    assert_eq!(error.unwrap_err().fault, FastFault::D9);
    let endless: Vec<u8> = [0xc0, 0x81].repeat(50);
    let error = Decoder::new(&nested).decode(&endless, &mut Tape::default());
    assert_eq!(error.unwrap_err().fault, FastFault::TooDeep);
}

#[test]
fn wrong_templates_are_refused_by_rule_and_line() {
    let refused = |fields: &str| {
        let xml = format!("<template name=\"T\" id=\"1\">\n{fields}</template>");
        Templates::from_xml(&xml).unwrap_err()
    };
    assert!(matches!(
        refused("<uInt32 name='a'><tail/></uInt32>"),
        TemplateError::Operator { line: 2, .. }
    ));
    assert!(matches!(
        refused("<string name='a'><increment/></string>"),
        TemplateError::Operator { .. }
    ));
    assert!(matches!(
        refused("<uInt32 name='a'><copy value='-1'/></uInt32>"),
        TemplateError::Initial { .. }
    ));
    assert!(matches!(
        refused("<uInt32 name='a'><constant/></uInt32>"),
        TemplateError::Constant { .. }
    ));
    assert!(matches!(
        refused("<uInt32 name='a'><default/></uInt32>"),
        TemplateError::Default { .. }
    ));
    assert!(matches!(
        refused("<templateRef name='T'/>"),
        TemplateError::Recursive { .. }
    ));
    assert!(matches!(
        refused("<templateRef name='X'/>"),
        TemplateError::Unknown { .. }
    ));
    assert!(matches!(refused("<uInt32/>"), TemplateError::Syntax { .. }));
    assert!(matches!(
        refused("<float name='a'/>"),
        TemplateError::Syntax { .. }
    ));
    assert!(matches!(
        Templates::from_xml("<!DOCTYPE t [<!ENTITY a 'b'>]><templates/>"),
        Err(TemplateError::Xml { .. })
    ));
    let twice = "<templates><template name='A' id='1'/><template name='B' id='1'/></templates>";
    assert!(matches!(
        Templates::from_xml(twice),
        Err(TemplateError::Repeated { .. })
    ));
}

/// A value of a field that is kept by the test.
#[derive(Debug, Clone)]
enum Any {
    Number(i64),
    Decimal(i32, i64),
    Text(String),
}

fn any_value() -> impl Strategy<Value = Option<Any>> {
    let number = prop_oneof![Just(5), Just(-5), Just(6), -9_i64..9, any::<i64>()];
    let value = prop_oneof![
        number.prop_map(Any::Number),
        (-3_i32..3, prop_oneof![-9_i64..9, any::<i64>()]).prop_map(|(e, m)| Any::Decimal(e, m)),
        "(AB|ABC|AC|B)?[A-C]{0,3}".prop_map(Any::Text),
    ];
    prop::option::weighted(0.8, value)
}

/// `value` as `kind` has it.
fn show(tape: &mut Tape, field: FieldId, kind: &str, value: Option<&Any>) {
    let (number, decimal, text) = match value {
        None => return tape.absent(field),
        Some(Any::Number(number)) => (*number, (0, *number), number.to_string()),
        Some(Any::Decimal(power, number)) => (*number, (*power, *number), number.to_string()),
        Some(Any::Text(text)) => (text.len() as i64, (1, 2), text.clone()),
    };
    tape.value(
        field,
        match kind {
            "uInt32" => Value::Unsigned(u64::from(number as u32)),
            "int32" => Value::Signed(i64::from(number as i32)),
            "uInt64" => Value::Unsigned(number as u64),
            "int64" => Value::Signed(number),
            "decimal" => Value::Decimal(Decimal {
                exponent: decimal.0,
                mantissa: decimal.1,
            }),
            "string" => Value::Ascii(text.as_bytes()),
            "byteVector" => Value::Bytes(text.as_bytes()),
            _ => Value::Unicode(&text),
        },
    );
}

fn any_field() -> impl Strategy<Value = (&'static str, String)> {
    const KINDS: [&str; 8] = [
        "uInt32",
        "int32",
        "uInt64",
        "int64",
        "decimal",
        "string",
        "byteVector",
        "unicode",
    ];
    const OPERATORS: [&str; 7] = ["", "copy", "delta", "default", "increment", "tail", "parts"];
    let choice = (
        prop::sample::select(&KINDS[..]),
        prop::sample::select(&OPERATORS[..]),
        any::<bool>(),
        any::<bool>(),
    );
    choice.prop_filter_map(
        "a field that FAST has",
        |(kind, operator, is_optional, has_initial)| {
            let (tag, charset) = match kind {
                "unicode" => ("string", " charset='unicode'"),
                kind => (kind, ""),
            };
            let initial = match kind {
                "string" | "unicode" => "AB",
                "byteVector" => "4142",
                _ => "5",
            };
            let presence = if is_optional { "optional" } else { "mandatory" };
            let value = if has_initial {
                format!(" value='{initial}'")
            } else {
                String::new()
            };
            let inner = match operator {
                "" => String::new(),
                "parts" if kind == "decimal" => {
                    format!("<exponent><copy{value}/></exponent><mantissa><delta/></mantissa>")
                }
                operator => format!("<{operator}{value}/>"),
            };
            let field = format!("<{tag} name='a' presence='{presence}'{charset}>{inner}</{tag}>");
            let xml = format!("<template name='T' id='1'>{field}</template>");
            Templates::from_xml(&xml).is_ok().then_some((kind, field))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Every type with every operator: what an encoder writes, a decoder reads.
    #[test]
    fn what_is_encoded_is_decoded(
        (kind, field) in any_field(),
        values in prop::collection::vec(any_value(), 1..8),
    ) {
        let xml = format!(
            "<template name='T' id='1'><sequence name='s'>{field}\
             <uInt32 name='b'><increment/></uInt32></sequence></template>"
        );
        let templates = Templates::from_xml(&xml).unwrap();
        let field = |name| templates.named(name).next().unwrap();
        let template = templates.template("T").unwrap();
        let (mut encoder, mut decoder) = (Encoder::new(&templates), Decoder::new(&templates));
        for pair in values.chunks(2) {
            let mut tape = Tape::default();
            tape.template_start(template);
            tape.sequence_start(field("s"), pair.len() as u32);
            for value in pair {
                tape.element_start();
                show(&mut tape, field("a"), kind, value.as_ref());
                tape.value(field("b"), Value::Unsigned(7));
                tape.element_end();
            }
            tape.sequence_end();
            tape.template_end();
            let mut bytes = Vec::new();
            if let Err(error) = encoder.encode(&tape, &mut bytes) {
                // A mandatory field without a value, or what the operator cannot tell.
                prop_assert!(matches!(
                    error,
                    EncodeError::Fault(FastFault::D3 | FastFault::D5 | FastFault::D6)
                ), "{error}");
                break;
            }
            let mut read = Tape::default();
            prop_assert_eq!(decoder.decode(&bytes, &mut read), Ok(bytes.len()));
            prop_assert_eq!(&read, &tape);
        }
    }
}
