//! XML as decoders see it.

use wattbook_codec::iec62325::{self, ROWS_MAX};
use wattbook_codec::xml::{FieldPath, Limits, RowPath, XmlEvent, XmlReader, elements, rows};

/// Small bounds, so that fuzzing meets them.
const LIMITS: Limits = Limits {
    bytes_max: 1 << 16,
    depth_max: 8,
    attributes_max: 4,
    text_bytes_max: 256,
    values_max: 64,
};

/// Reads a document event by event, element by element, and as rows.
///
/// # Panics
/// Where begins and ends do not fit, or a row has no element.
pub(crate) fn xml(bytes: &[u8]) {
    if let Ok(mut reader) = XmlReader::new(bytes, LIMITS) {
        let mut depth = 0_usize;
        let fault = loop {
            match reader.read() {
                Ok(XmlEvent::Start(element)) => {
                    depth += 1;
                    let _ = element.attributes().count();
                }
                Ok(XmlEvent::End) => depth -= 1,
                Ok(XmlEvent::Text(text)) => assert!(text.len() <= LIMITS.text_bytes_max),
                Ok(XmlEvent::Eof) => break None,
                Err(fault) => break Some(fault),
            }
            assert!(depth == reader.depth() && depth <= LIMITS.depth_max);
        };
        match fault {
            None => assert_eq!(depth, 0, "the document ends inside an element"),
            Some(fault) => assert!(fault.offset() <= bytes.len(), "{fault}"),
        }
    }
    if let Ok(found) = elements(bytes, LIMITS) {
        let mut depth_max = 0;
        for element in &found {
            assert!(bytes[element.offset] == b'<' && element.depth <= depth_max);
            depth_max = element.depth + 1;
        }
    }
    let paths: Vec<_> = ["/a", "b/c"].into_iter().flat_map(RowPath::new).collect();
    let fields: Vec<_> = ["@k", ".", "../@k", "../d", "d/e"]
        .into_iter()
        .flat_map(FieldPath::new)
        .collect();
    if let Ok(found) = rows(bytes, &paths, &fields, LIMITS) {
        assert!(found.offsets.iter().all(|offset| bytes[*offset] == b'<'));
        assert!(
            found
                .fields
                .iter()
                .all(|field| field.len() == found.offsets.len())
        );
    }
}

/// Reads a market document.
///
/// # Panics
/// Where rows do not hold together, or a fault lies outside the document.
pub(crate) fn iec62325(bytes: &[u8]) {
    let found = iec62325::decode(bytes);
    let points = &found.points;
    assert!(found.rows() <= ROWS_MAX);
    assert!(
        points
            .key
            .iter()
            .all(|key| (*key as usize) < found.keys.len())
    );
    let mut spans = points.start.iter().zip(&points.end);
    assert!(spans.all(|(start, end)| start <= end));
    assert!(points.value.iter().flatten().all(|value| value.is_finite()));
    let rows = points.key.len();
    assert!(rows == points.start.len() && rows == points.value.len() && rows == points.place.len());
    assert!(
        rows == points.offset.len() && points.offset.iter().all(|at| (*at as usize) < bytes.len())
    );
    for fault in &found.faults {
        assert!(
            fault.offset <= fault.end && fault.end <= bytes.len(),
            "{fault:?}"
        );
    }
    assert!(found.kind.is_some() || !found.faults.is_empty());
}
