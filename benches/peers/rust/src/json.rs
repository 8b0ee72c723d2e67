//! `serde_json` and `simd-json` parse a document whole and read all numbers and strings.

use simd_json::prelude::*;

use crate::harness::{Report, Work, measure};

/// What a document holds: numbers, their sum in millionths, bytes of all strings, keys among them.
#[derive(Default)]
struct Sums {
    numbers: u64,
    millionths: i64,
    text_bytes: u64,
}

impl Sums {
    fn number(&mut self, value: f64) {
        self.numbers += 1;
        self.millionths += (value * 1e6).round() as i64;
    }

    fn report(self) -> Work {
        vec![
            ("numbers", self.numbers),
            ("millionths", self.millionths as u64),
            ("text_bytes", self.text_bytes),
        ]
    }
}

/// Numbers keep their text (`arbitrary_precision`), their place is lost.
pub(crate) fn serde_json(bytes: &[u8], repeats: usize) -> Report {
    fn walk(value: &serde_json::Value, sums: &mut Sums) {
        match value {
            serde_json::Value::Number(number) => {
                sums.number(number.as_str().parse().expect("a number"));
            }
            serde_json::Value::String(text) => sums.text_bytes += text.len() as u64,
            serde_json::Value::Array(list) => list.iter().for_each(|value| walk(value, sums)),
            serde_json::Value::Object(map) => {
                for (key, value) in map {
                    sums.text_bytes += key.len() as u64;
                    walk(value, sums);
                }
            }
            serde_json::Value::Null | serde_json::Value::Bool(_) => {}
        }
    }
    let (seconds, work) = measure(
        repeats,
        || (),
        |()| {
            let document = serde_json::from_slice(bytes).expect("JSON");
            let mut sums = Sums::default();
            walk(&document, &mut sums);
            sums.report()
        },
    );
    report(bytes, seconds, work)
}

/// Numbers become floats; neither their text nor their place is kept. The copy of the text, which the
/// parser writes into, is made outside the clock.
pub(crate) fn simd_json(bytes: &[u8], repeats: usize) -> Report {
    let (seconds, work) = measure(
        repeats,
        || bytes.to_vec(),
        |text| {
            let tape = simd_json::to_tape(text).expect("JSON");
            let mut sums = Sums::default();
            for node in &tape.0 {
                match node {
                    simd_json::Node::String(text) => sums.text_bytes += text.len() as u64,
                    simd_json::Node::Static(value) => {
                        if let Some(value) = value.cast_f64() {
                            sums.number(value);
                        }
                    }
                    _ => {}
                }
            }
            sums.report()
        },
    );
    report(bytes, seconds, work)
}

fn report(bytes: &[u8], seconds: Vec<crate::harness::Seconds>, work: Work) -> Report {
    Report {
        unit: "bytes/s",
        count: bytes.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
