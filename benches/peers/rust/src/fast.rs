//! The crate `fastlib`: decodes every message to a factory that counts values.

use fastlib::{Decoder, MessageFactory, Value};

use crate::harness::{self, Report};

const TEMPLATES: &str = include_str!("../../../templates/depth.xml");

#[derive(Default)]
struct Count {
    values: u64,
    sum: u64,
}

impl MessageFactory for Count {
    fn start_template(&mut self, _: u32, _: &str) {}
    fn stop_template(&mut self) {}
    fn set_value(&mut self, _: u32, _: &str, value: Option<Value>) {
        let Some(value) = value else { return };
        self.values += 1;
        self.sum = self.sum.wrapping_add(match value {
            Value::UInt32(value) => u64::from(value),
            Value::UInt64(value) => value,
            Value::Int32(value) => i64::from(value) as u64,
            Value::Int64(value) => value as u64,
            Value::Decimal(value) => value.mantissa as u64,
            Value::ASCIIString(text) | Value::UnicodeString(text) => text.len() as u64,
            Value::Bytes(bytes) => bytes.len() as u64,
        });
    }
    fn start_sequence(&mut self, _: u32, _: &str, _: u32) {}
    fn start_sequence_item(&mut self, _: u32) {}
    fn stop_sequence_item(&mut self) {}
    fn stop_sequence(&mut self) {}
    fn start_group(&mut self, _: &str) {}
    fn stop_group(&mut self) {}
    fn start_template_ref(&mut self, _: &str, _: bool) {}
    fn stop_template_ref(&mut self) {}
}

pub(crate) fn decode(bytes: &[u8], repeats: usize) -> Report {
    let (mut messages, mut rest) = (Vec::new(), bytes);
    while let Some((length, behind)) = rest.split_first_chunk() {
        let (message, behind) = behind.split_at(u32::from_le_bytes(*length) as usize);
        messages.push(message);
        rest = behind;
    }
    // Each message of a template that resets names its template: the second bit of its first byte.
    let is_reset = messages.iter().all(|message| message[0] & 0x40 != 0);
    let prepare = || {
        let decoder = Decoder::new_from_xml(TEMPLATES).expect("sound templates");
        (decoder, Count::default())
    };
    let (seconds, work) = harness::measure(repeats, prepare, |(decoder, count)| {
        for message in &messages {
            if is_reset {
                // fastlib does not know the attribute, so it is told.
                decoder.reset();
            }
            decoder.decode_slice(message, count).expect("a message");
        }
        vec![("values", count.values), ("sum", count.sum)]
    });
    Report {
        unit: "messages/s",
        count: messages.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
