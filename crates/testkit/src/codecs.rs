//! Decoders of market data as functions of any bytes.

use std::sync::LazyLock;

use wattbook_codec::csv::{self, CellKind};
use wattbook_codec::dbn::{self, Bbo, Mbo, Mbp};
use wattbook_codec::fast::{Decoder, EncodeError, Encoder, FastFault, Tape, Templates};
use wattbook_codec::fixed::{self, Layout};
use wattbook_codec::json;
use wattbook_codec::sbe::{self, Schema};

const DECOMPRESSED_BYTES: usize = 1 << 20;

/// Every type of FAST under operators that keep values, in the message, a group and a sequence.
const TEMPLATES: &str = r#"<templates>
  <template name="All" id="1">
    <uInt32 name="a"><copy value="1"/></uInt32>
    <uInt64 name="b" presence="optional"><increment/></uInt64>
    <int32 name="c" presence="optional"><default/></int32>
    <int64 name="d"><delta/></int64>
    <decimal name="e" presence="optional"><delta/></decimal>
    <decimal name="f" presence="optional"><exponent><copy/></exponent><mantissa><delta/></mantissa></decimal>
    <string name="g" presence="optional"><delta/></string>
    <string name="h" presence="optional"><tail/></string>
    <string name="i" charset="unicode" presence="optional"><copy/></string>
    <byteVector name="j" presence="optional"/>
    <group name="k" presence="optional"><uInt32 name="l" presence="optional"><copy/></uInt32></group>
    <sequence name="m" presence="optional">
      <string name="n" presence="optional"><copy/></string><decimal name="o"/>
    </sequence>
  </template>
  <template name="Reset" id="2" reset="yes"><uInt32 name="p"/></template>
  <template name="Around" id="3"><templateRef name="Reset"/><templateRef/></template>
</templates>"#;

const SCHEMA: &str = r#"<messageSchema id="7" version="1"><types>
  <composite name="messageHeader">
    <type name="blockLength" primitiveType="uint16"/><type name="templateId" primitiveType="uint16"/>
    <type name="schemaId" primitiveType="uint16"/><type name="version" primitiveType="uint16"/>
  </composite>
  <composite name="groupSizeEncoding">
    <type name="blockLength" primitiveType="uint8"/><type name="numInGroup" primitiveType="uint8"/>
  </composite>
  <composite name="text"><type name="length" primitiveType="uint8"/>
    <type name="varData" primitiveType="uint8" length="0" characterEncoding="UTF-8"/></composite>
  <composite name="price"><type name="mantissa" primitiveType="int64" presence="optional"/>
    <type name="exponent" primitiveType="int8" presence="constant">-9</type></composite>
  <enum name="side" encodingType="char"><validValue name="Buy">1</validValue></enum>
  <set name="flags" encodingType="uint16"><choice name="Last">15</choice></set>
  </types>
  <message name="Quote" id="1">
    <field name="price" id="1" type="price"/><field name="side" id="2" type="side"/>
    <field name="flags" id="3" type="flags" sinceVersion="1"/><field name="f" id="4" type="double"/>
    <group name="legs" id="5"><field name="ratio" id="6" type="int8"/>
      <group name="deep" id="7"><field name="c" id="8" type="char"/></group>
      <data name="symbol" id="9" type="text"/></group>
    <data name="note" id="10" type="text"/>
  </message>
</messageSchema>"#;

/// Refreshes and snapshots of a book, with the tags of FIX, in the manner of CME's MDP 3.0.
pub(crate) const MARKET_SCHEMA: &str = include_str!("../../feed/tests/market.xml");

static FAST: LazyLock<Option<Templates>> = LazyLock::new(|| Templates::from_xml(TEMPLATES).ok());
static FIXED: LazyLock<Vec<Layout>> = LazyLock::new(|| {
    let texts = [fixed::ITCH_5_0, fixed::IMPACT_LIKE, fixed::EOBI_LIKE];
    texts
        .iter()
        .filter_map(|text| Layout::from_xml(text).ok())
        .collect()
});
static SBE: LazyLock<Option<Schema>> = LazyLock::new(|| Schema::from_xml(SCHEMA, |_| None).ok());

/// Opens a DBN file and reads its records; metadata that is read must encode to what is read again.
pub(crate) fn dbn(bytes: &[u8]) {
    let Ok(file) = dbn::open(bytes, DECOMPRESSED_BYTES) else {
        return;
    };
    if let Some(metadata) = file.metadata().filter(|metadata| metadata.version > 0) {
        let encoded = dbn::encode_metadata(metadata);
        let again = dbn::open(&encoded, DECOMPRESSED_BYTES);
        assert_eq!(
            again.ok().as_ref().and_then(dbn::File::metadata),
            Some(metadata)
        );
    }
    let (mut line, mut count) = (String::new(), 0);
    for record in file.records().filter_map(Result::ok) {
        line.clear();
        dbn::write_json(&record, &mut line);
        assert!(line.ends_with('}'), "{line}");
        let levels = Mbp::of(&record).map(|book| book.levels().map(|level| level.bid_price).max());
        let _ = (
            levels,
            Mbo::of(&record).map(|order| order.price()),
            Bbo::of(&record).map(|top| top.level()),
        );
        count += 1;
    }
    let records = &file.data()[file.records_at()..];
    let runs = dbn::runs(records, file.has_ts_out(), |_| ());
    assert_eq!(runs.iter().map(|run| run.count).sum::<usize>(), count);
}

/// Decodes messages that follow each other; each must encode to bytes that decode to the same.
///
/// # Panics
/// When the templates above do not compile.
pub(crate) fn fast(bytes: &[u8]) {
    let templates = FAST.as_ref();
    assert!(templates.is_some(), "the templates of this file are wrong");
    let Some(templates) = templates else { return };
    let (mut decoder, mut again) = (Decoder::new(templates), Decoder::new(templates));
    let (mut encoder, mut rest) = (Encoder::new(templates), bytes);
    while !rest.is_empty() {
        let mut tape = Tape::default();
        let Ok(length) = decoder.decode(rest, &mut tape) else {
            return;
        };
        rest = &rest[length..];
        assert!(!tape.json(templates).is_empty());
        let mut out = Vec::new();
        match encoder.encode(&tape, &mut out) {
            // A tail makes nothing shorter, but the value before may be longer than the initial one.
            // A string that begins with a zero and goes on comes only of deltas at its front.
            Err(EncodeError::Fault(FastFault::D3 | FastFault::R9)) => return,
            done => assert_eq!(done, Ok(())),
        }
        let mut read = Tape::default();
        assert_eq!(again.decode(&out, &mut read), Ok(out.len()));
        assert_eq!(read, tape);
    }
}

/// Compiles a template file.
pub(crate) fn fast_templates(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(templates) = Templates::from_xml(text)
    {
        let _ = Decoder::new(&templates).decode(&[0xc0, 0x81, 0x80, 0x80], &mut Tape::default());
    }
}

/// Decodes messages that follow each other.
///
/// # Panics
/// When the schema above does not compile.
pub(crate) fn sbe(bytes: &[u8]) {
    let schema = SBE.as_ref();
    assert!(schema.is_some(), "the schema of this file is wrong");
    let Some(schema) = schema else { return };
    let mut rest = bytes;
    while let Ok((json, length)) = sbe::to_json(schema, rest) {
        assert!(json.ends_with("}}") && length >= schema.header_size());
        rest = &rest[length..];
    }
}

/// Decodes a message by each description that we ship, named by the first byte.
pub(crate) fn fixed(bytes: &[u8]) {
    if let Some((which, message)) = bytes.split_first()
        && let Some(layout) = FIXED.get(usize::from(*which))
        && let Ok(message) = layout.decode(message)
    {
        assert!(message.json().ends_with("}}"));
        assert!(message.bytes().len() >= message.spec().size);
    }
}

/// Reads a description of fixed messages.
pub(crate) fn fixed_layout(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(layout) = Layout::from_xml(text)
    {
        let _ = layout.decode(&[b'A'; 64]).map(|message| message.json());
    }
}

/// Compiles a schema file.
pub(crate) fn sbe_schema(bytes: &[u8]) {
    if let Ok(text) = std::str::from_utf8(bytes)
        && let Ok(schema) = Schema::from_xml(text, |_| None)
    {
        let _ = sbe::to_json(&schema, &[0; 64]);
    }
}

/// Reads a text of JSON; what is read has each value inside the one that holds it.
///
/// # Panics
/// When a value lies outside its parent, or a fault outside the text.
pub(crate) fn json(bytes: &[u8]) {
    fn walk(value: json::Value<'_, '_>) {
        let (start, end) = (value.offset(), value.offset() + value.raw().len());
        let members = value.members().map(|(_, member)| member);
        for inner in value.elements().chain(members) {
            assert!(start < inner.offset() && inner.offset() + inner.raw().len() < end);
            assert!(inner.raw().is_empty() || inner.text().is_none_or(|text| !text.is_empty()));
            walk(inner);
        }
    }
    match json::Document::parse(bytes, json::Limits::default()) {
        Ok(document) => {
            walk(document.root());
            let field = json::Field {
                name: "value".to_owned(),
                path: "/value".to_owned(),
                kind: json::FieldKind::Millionths,
            };
            let _ = json::rows(&document, "/*", &[field]);
        }
        Err(fault) => assert!(fault.offset() <= bytes.len()),
    }
}

/// Reads a table and a report of AEMO; every line is a row or a fault.
///
/// # Panics
/// When a fault lies outside the text, or a column is shorter than its table.
pub(crate) fn csv(bytes: &[u8]) {
    let limits = csv::Limits::default();
    let asked = [
        ("a".to_owned(), CellKind::Number),
        ("b".to_owned(), CellKind::Text),
    ];
    if let Ok(table) = csv::table(bytes, limits, &asked) {
        for column in &table.columns {
            assert_eq!(
                (column.is_there.len(), column.values.len()),
                (table.lines.len(), table.lines.len())
            );
        }
        assert!(
            table
                .faults
                .iter()
                .all(|fault| fault.start <= fault.end && fault.end <= bytes.len())
        );
    }
    let kinds = |name: &str| match name {
        "RRP" => CellKind::Number,
        "SETTLEMENTDATE" => CellKind::Wall,
        _ => CellKind::Any,
    };
    if let Ok(report) = csv::report(bytes, limits, &kinds) {
        let rows: usize = report
            .sections
            .iter()
            .map(|section| section.lines.len())
            .sum();
        assert!(rows + report.faults.len() <= report.lines);
        for section in &report.sections {
            for column in &section.columns {
                assert_eq!(column.values.len(), section.lines.len(), "{}", column.name);
            }
        }
    }
}
