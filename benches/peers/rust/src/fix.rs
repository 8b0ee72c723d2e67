//! fefix decodes framed FIX 4.4 messages.

use std::hint::black_box;

use fefix::Dictionary;
use fefix::tagvalue::{Config, Decoder};

use crate::harness::{Report, measure};

/// Cuts back-to-back frames after their checksums, outside the clock.
fn frames(bytes: &[u8]) -> Vec<&[u8]> {
    let mut rest = bytes;
    let mut found = Vec::new();
    while let Some(at) = rest.windows(4).position(|window| window == b"\x0110=") {
        let (frame, after) = rest.split_at(at + 8);
        found.push(frame);
        rest = after;
    }
    found
}

pub(crate) fn fefix(bytes: &[u8], repeats: usize) -> Report {
    let frames = frames(bytes);
    let mut decoder = Decoder::<Config>::new(Dictionary::fix44());
    let (seconds, work) = measure(
        repeats,
        || (),
        |()| {
            let decoded = |frame: &&&[u8]| black_box(decoder.decode(**frame)).is_ok();
            let messages = frames.iter().filter(decoded).count();
            vec![("messages", messages as u64)]
        },
    );
    Report {
        unit: "messages/s",
        count: work[0].1,
        seconds,
        work,
        latency_ns: None,
        extra: Vec::new(),
    }
}
