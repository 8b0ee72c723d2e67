//! Quotes in a file and mapped: bytes a quote, and what stays resident while all are read.

use crate::Arguments;
use crate::harness::{self, Report};
use crate::quotes::{anonymous_bytes, quote_file};

/// Reads every quote of a mapped file.
pub(crate) fn mapped(arguments: &Arguments) -> Report {
    let (file, bytes) = quote_file(arguments);
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || (),
        |()| {
            let (mut quotes, mut ticks) = (0, 0);
            for block in file.blocks() {
                for row in block.unwrap().rows() {
                    quotes += 1;
                    ticks += (row.bid.count() + row.ask.count()) as u64;
                }
            }
            vec![("quotes", quotes), ("ticks", ticks)]
        },
    );
    let a_quote = bytes as f64 / file.count() as f64;
    Report {
        unit: "quotes/s",
        count: file.count(),
        seconds,
        work,
        latency_ns: None,
        extra: vec![
            ("file_bytes_per_quote", a_quote),
            // The map is the file: a quote takes no other room.
            ("mapped_bytes_per_quote", a_quote),
            ("anonymous_bytes", anonymous_bytes()),
        ],
    }
}
