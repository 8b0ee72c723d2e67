//! A document of JSON, parsed whole; then all its numbers and strings are read.

use std::hint::black_box;

use wattbook_codec::csv::float;
use wattbook_codec::json::{Document, Kind, Limits, Value};

use crate::Arguments;
use crate::harness::{Report, measure};

/// What a document holds: numbers, their sum in millionths, bytes of all strings, keys among them.
#[derive(Default)]
struct Sums {
    numbers: u64,
    millionths: i64,
    text_bytes: u64,
    /// Places of all numbers in the text, which the peers do not keep.
    places: usize,
}

impl Sums {
    fn walk(&mut self, value: Value<'_, '_>) {
        match value.kind() {
            Kind::Object => {
                for (key, member) in value.members() {
                    self.text_bytes += key.len() as u64;
                    self.walk(member);
                }
            }
            Kind::Array => value.elements().for_each(|element| self.walk(element)),
            Kind::Number => {
                let number = float(value.raw().as_bytes()).expect("a number");
                self.numbers += 1;
                self.millionths += (number * 1e6).round() as i64;
                self.places = self.places.wrapping_add(value.offset());
            }
            Kind::Text | Kind::EscapedText => {
                self.text_bytes += value.text().map_or(0, |text| text.len()) as u64;
            }
            Kind::True | Kind::False | Kind::Null => {}
        }
    }
}

/// Parsed, and read as the peers' sides do; text and place of every number are kept.
pub(crate) fn read(arguments: &Arguments) -> Report {
    let bytes = std::fs::read(&arguments.input).expect("the input can be read");
    let (seconds, work) = measure(
        arguments.repeats,
        || (),
        |()| {
            let document = Document::parse(black_box(&bytes), Limits::default()).expect("JSON");
            let mut sums = Sums::default();
            sums.walk(document.root());
            black_box(sums.places);
            vec![
                ("numbers", sums.numbers),
                ("millionths", sums.millionths as u64),
                ("text_bytes", sums.text_bytes),
            ]
        },
    );
    Report {
        unit: "bytes/s",
        count: bytes.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
