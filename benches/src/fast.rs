//! FAST messages, decoded to a visitor that counts values.

use wattbook_codec::fast::{Decoder, FieldId, Templates, Value, Visitor};

use crate::Arguments;
use crate::harness::{self, Report};

const TEMPLATES: &str = include_str!("../templates/depth.xml");

/// Counts values, and looks at each of them.
#[derive(Default)]
struct Count {
    values: u64,
    sum: u64,
}

impl Visitor for Count {
    #[inline]
    fn value(&mut self, _field: FieldId, value: Value<'_>) {
        self.values += 1;
        self.sum = self.sum.wrapping_add(match value {
            Value::Unsigned(value) => value,
            Value::Signed(value) => value as u64,
            Value::Decimal(value) => value.mantissa as u64,
            Value::Ascii(text) | Value::Bytes(text) => text.len() as u64,
            Value::Unicode(text) => text.len() as u64,
        });
    }
}

/// The messages of a file, each behind its length in four bytes.
fn messages(bytes: &[u8]) -> Vec<&[u8]> {
    let (mut messages, mut rest) = (Vec::new(), bytes);
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (message, behind) = behind.split_at(u32::from_le_bytes(*length) as usize);
        messages.push(message);
        rest = behind;
    }
    messages
}

/// Decodes every message.
pub(crate) fn decode(arguments: &Arguments) -> Report {
    let bytes = std::fs::read(&arguments.input).unwrap();
    let messages = messages(&bytes);
    let templates = Templates::from_xml(TEMPLATES).unwrap();
    let prepare = || (Decoder::new(&templates), Count::default());
    let (seconds, work) = harness::measure(arguments.repeats, prepare, |(decoder, count)| {
        for message in &messages {
            assert_eq!(decoder.decode(message, count), Ok(message.len()));
        }
        vec![("values", count.values), ("sum", count.sum)]
    });
    Report {
        unit: "messages/s",
        count: messages.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra: vec![(
            "bytes_each",
            bytes.len() as f64 / messages.len() as f64 - 4.0,
        )],
    }
}
