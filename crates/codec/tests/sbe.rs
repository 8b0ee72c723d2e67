//! SBE by the rules of its standard.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_codec::sbe::{SbeError, Schema, SchemaError, to_json};

const HEADER: &str = "<composite name='messageHeader'>\
    <type name='blockLength' primitiveType='uint16'/><type name='templateId' primitiveType='uint16'/>\
    <type name='schemaId' primitiveType='uint16'/><type name='version' primitiveType='uint16'/></composite>\
    <composite name='groupSizeEncoding'><type name='blockLength' primitiveType='uint16'/>\
    <type name='numInGroup' primitiveType='uint8'/></composite>\
    <composite name='text'><type name='length' primitiveType='uint8' maxValue='9'/>\
    <type name='varData' primitiveType='uint8' length='0' characterEncoding='UTF-8'/></composite>";

fn compiled(types: &str, messages: &str) -> Result<Schema, SchemaError> {
    let xml = format!(
        "<messageSchema id='7' version='2'>\n<types>{HEADER}{types}</types>\n{messages}</messageSchema>"
    );
    Schema::from_xml(&xml, |_| None)
}

fn message(fields: &str) -> Schema {
    compiled("", &format!("<message name='M' id='1'>{fields}</message>")).unwrap()
}

/// A message of schema 7 with the block `block` of `version`, and what follows.
fn bytes(version: u8, block: &[u8], rest: &[u8]) -> Vec<u8> {
    let mut out = vec![block.len() as u8, 0, 1, 0, 7, 0, version, 0];
    out.extend_from_slice(block);
    out.extend_from_slice(rest);
    out
}

fn fields(schema: &Schema, bytes: &[u8]) -> String {
    let (json, length) = to_json(schema, bytes).unwrap();
    assert_eq!(length, bytes.len());
    json
}

#[test]
fn an_older_writer_lacks_fields_and_a_newer_one_has_more() {
    let schema = message(
        "<field name='a' id='1' type='uint8'/><field name='b' id='2' type='uint16' sinceVersion='1'/>\
         <group name='g' id='3'><field name='c' id='4' type='int8'/></group>\
         <group name='h' id='5' sinceVersion='2'><field name='d' id='6' type='int8'/></group>\
         <data name='t' id='7' type='text' sinceVersion='2'/>",
    );
    let group = [1, 0, 1, 0xfe];
    assert_eq!(
        fields(&schema, &bytes(0, &[5], &group)),
        r#"{"template":"M","fields":{"a":5,"b":null,"g":[{"c":-2}],"h":[],"t":null}}"#
    );
    // Version 3 made block and entries longer.
    let newer = [2, 0, 1, 0xfe, 0xff, 1, 0, 0, 2, b'h', b'i'];
    assert_eq!(
        fields(&schema, &bytes(3, &[5, 6, 0, 0xff], &newer)),
        r#"{"template":"M","fields":{"a":5,"b":6,"g":[{"c":-2}],"h":[],"t":"hi"}}"#
    );
}

#[test]
fn nulls_enumerations_sets_and_constants_are_told() {
    let schema = compiled(
        "<enum name='Side' encodingType='char'><validValue name='Buy'>1</validValue>\
           <validValue name='Sell'>2</validValue></enum>\
         <set name='Flags' encodingType='uint8'><choice name='Last'>0</choice><choice name='Snap'>7</choice></set>\
         <composite name='Price'><type name='mantissa' primitiveType='int64' presence='optional'/>\
           <type name='exponent' primitiveType='int8' presence='constant'>-9</type></composite>\
         <type name='Venue' primitiveType='char' presence='constant'>EEX</type>\
         <type name='Few' primitiveType='uint16' length='2'/>",
        "<message name='M' id='1'><field name='side' id='1' type='Side'/><field name='flags' id='2' type='Flags'/>\
         <field name='price' id='3' type='Price'/><field name='venue' id='4' type='Venue'/>\
         <field name='few' id='5' type='Few'/><field name='o' id='6' type='uint8' presence='optional'/>\
         <field name='f' id='7' type='float'/></message>",
    )
    .unwrap();
    let mut block = vec![b'2', 0x80];
    block.extend_from_slice(&i64::MIN.to_le_bytes());
    block.extend_from_slice(&[1, 0, 2, 0, 255]);
    block.extend_from_slice(&0.1_f32.to_le_bytes());
    assert_eq!(
        fields(&schema, &bytes(2, &block, &[])),
        r#"{"template":"M","fields":{"side":"Sell","flags":{"Last":false,"Snap":true},"price":{"mantissa":null,"exponent":-9},"venue":"EEX","few":[1,2],"o":null,"f":0.1}}"#
    );
}

#[test]
fn big_endian_is_read() {
    let xml = format!(
        "<messageSchema id='7' byteOrder='bigEndian'><types>{HEADER}</types>\
         <message name='M' id='1'><field name='a' id='1' type='int32'/></message></messageSchema>"
    );
    let schema = Schema::from_xml(&xml, |_| None).unwrap();
    let bytes = [0, 4, 0, 1, 0, 7, 0, 0, 0xff, 0xff, 0xff, 0xfe];
    assert_eq!(
        fields(&schema, &bytes),
        r#"{"template":"M","fields":{"a":-2}}"#
    );
}

#[test]
fn a_damaged_message_is_refused_with_its_place() {
    let schema = message(
        "<field name='a' id='1' type='uint8'/><group name='g' id='2'><field name='b' id='3' type='uint8'/></group>\
         <data name='t' id='4' type='text'/>",
    );
    let whole = bytes(0, &[1], &[1, 0, 1, 9, 2, b'o', b'k']);
    for end in 0..whole.len() {
        assert!(
            matches!(
                to_json(&schema, &whole[..end]),
                Err(SbeError::Truncated { .. })
            ),
            "{end}"
        );
    }
    let mut other = whole.clone();
    other[4] = 8;
    assert_eq!(
        to_json(&schema, &other).unwrap_err(),
        SbeError::Schema {
            offset: 0,
            found: 8,
            expected: 7
        }
    );
    let mut unknown = whole.clone();
    unknown[2] = 9;
    assert_eq!(
        to_json(&schema, &unknown).unwrap_err(),
        SbeError::Template {
            offset: 0,
            found: 9
        }
    );
    let mut long = whole;
    long[13] = 10;
    assert_eq!(
        to_json(&schema, &long).unwrap_err(),
        SbeError::Count {
            offset: 13,
            found: 10,
            most: 9
        }
    );
}

/// Types and fields of a message, and the line and reason of the refusal.
const WRONG: [(&str, &str, u32, &str); 18] = [
    (
        "<type name='A' primitiveType='int9'/>",
        "",
        2,
        "which does not exist",
    ),
    (
        "<type name='A' primitiveType='int8'/><type name='A' primitiveType='int8'/>",
        "",
        2,
        "second type",
    ),
    (
        "<enum name='E' encodingType='uint8'><validValue name='x'>256</validValue></enum>",
        "",
        2,
        "cannot hold",
    ),
    (
        "<enum name='E' encodingType='char'><validValue name='x'>ab</validValue></enum>",
        "",
        2,
        "cannot hold",
    ),
    (
        "<set name='S' encodingType='uint8'><choice name='x'>8</choice></set>",
        "",
        2,
        "does not have",
    ),
    (
        "<set name='S' encodingType='int8'><choice name='x'>1</choice></set>",
        "",
        2,
        "no unsigned",
    ),
    (
        "<composite name='C'><ref name='c' type='C'/></composite>",
        "",
        2,
        "contains itself",
    ),
    (
        "<composite name='C'><ref name='c' type='X'/></composite>",
        "",
        2,
        "unknown",
    ),
    (
        "<composite name='C'><type name='a' primitiveType='uint32'/><type name='b' primitiveType='uint8' offset='3'/></composite>",
        "",
        2,
        "inside the part",
    ),
    (
        "<type name='K' primitiveType='uint8' presence='constant'/>",
        "",
        2,
        "without a value",
    ),
    ("", "<field name='a' id='1' type='X'/>", 3, "unknown"),
    (
        "",
        "<field name='a' id='1' type='uint32'/><field name='b' id='2' type='uint8' offset='3'/>",
        3,
        "inside the field",
    ),
    (
        "",
        "<group name='g' id='3'/><field name='a' id='1' type='uint32'/>",
        3,
        "behind a group",
    ),
    (
        "",
        "<data name='d' id='3' type='text'/><group name='g' id='4'/>",
        3,
        "behind data",
    ),
    (
        "",
        "<group name='g' id='3' dimensionType='text'/>",
        3,
        "no \"blockLength\"",
    ),
    (
        "",
        "<data name='d' id='3' type='groupSizeEncoding'/>",
        3,
        "no \"length\"",
    ),
    (
        "",
        "<group name='g' id='3' blockLength='3'><field name='a' id='1' type='uint32'/></group>",
        3,
        "blockLength 3",
    ),
    (
        "",
        "<field name='a' id='1' type='uint32'/><field name='a' id='1' type='uint32'/>",
        3,
        "twice",
    ),
];

#[test]
fn schemas_that_break_a_rule_are_refused_with_line_and_reason() {
    let refused = |types: &str, fields: &str| {
        let message = format!("<message name='M' id='1'>{fields}</message>");
        let Err(SchemaError::Rule { line, reason, .. }) = compiled(types, &message) else {
            panic!("taken: {types} {fields}");
        };
        (line, reason)
    };
    for (types, fields, line, reason) in WRONG {
        let found = refused(types, fields);
        assert!(
            found.0 == line && found.1.contains(reason),
            "{types}{fields}: {found:?}"
        );
    }
    let twice = "<message name='M' id='1'/><message name='N' id='1'/>";
    assert!(
        compiled("", twice)
            .unwrap_err()
            .to_string()
            .contains("repeats the id")
    );
    let bomb = Schema::from_xml("<!DOCTYPE s [<!ENTITY a 'b'>]><messageSchema/>", |_| None);
    assert!(matches!(bomb, Err(SchemaError::Xml { .. })));
    let alone = Schema::from_xml("<messageSchema id='1'/>", |_| None).unwrap_err();
    assert!(
        alone
            .to_string()
            .contains("\"messageHeader\", which is not there")
    );
}
