//! One side of a benchmark: `wattbook-bench BENCH SIDE INPUT [--repeats N]`.
//!
//! Prints one JSON line. `wattbook bench` runs the sides in turn, peers included, and compares.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod array_book;
mod dbn;
mod desk;
mod engine;
mod execution;
mod fast;
mod feed;
mod fix;
mod fix_session;
mod fixed;
mod harness;
mod intraday;
mod journal;
mod json;
mod kill_switch;
mod l3_book;
mod l3_replay;
mod matching;
mod memory;
mod normalize;
mod quotes;
mod rows;
mod sbe;
mod stream;

use std::path::PathBuf;
use std::process::ExitCode;

use harness::Report;

/// What a side is given.
#[derive(Debug)]
pub(crate) struct Arguments {
    /// File of rows, or directory to write into.
    pub(crate) input: PathBuf,
    /// How often to measure; the median counts.
    pub(crate) repeats: usize,
}

type Side = fn(&Arguments) -> Report;

/// Every side of ours: a bench, a side of it, and what runs it.
const SIDES: &[(&str, &str, Side)] = &[
    ("engine", "apply", engine::apply),
    ("engine", "memory", engine::memory),
    ("engine", "disk", engine::disk),
    ("engine", "scaling", engine::scaling),
    ("engine", "stop", kill_switch::stop),
    ("execution", "quality", execution::quality),
    ("execution", "tick-to-order", execution::tick_to_order),
    ("fix", "wattbook", fix::wattbook),
    ("fix", "floor", fix::floor),
    ("fix", "typed", fix::typed),
    ("fix", "validated", fix::validated),
    ("fix-session", "round-trip", fix_session::round_trip),
    ("fix-session", "ping-pong", fix_session::ping_pong),
    ("fix-session", "memory", fix_session::memory),
    ("fix-session", "durable", fix_session::durable),
    ("journal", "encode", journal::encode),
    ("journal", "memory", journal::memory),
    ("journal", "disk", journal::disk),
    ("journal", "disk-limit", journal::disk_limit),
    ("churn", "rust", quotes::churn),
    ("dbn", "decode", dbn::decode),
    ("dbn", "cast", dbn::cast),
    ("dbn", "book", dbn::book),
    ("fast", "decode", fast::decode),
    ("fixed", "itch", fixed::itch),
    ("fixed", "cast", fixed::cast),
    ("sbe", "decode", sbe::decode),
    ("sbe", "cast", sbe::cast),
    ("sbe", "book", sbe::book),
    ("json", "wattbook", json::read),
    ("feed", "handle", feed::handle),
    ("feed", "transport", feed::transport),
    ("udp-latency", "spin", feed::spin),
    ("udp-latency", "sleep", feed::sleep),
    ("l3-replay", "wattbook", l3_replay::wattbook),
    ("l3-book", "rust", l3_book::rust),
    ("matching", "wattbook", matching::wattbook),
    ("matching", "array", matching::array),
    ("intraday", "plain", intraday::plain),
    ("intraday", "coupled", intraday::coupled),
    ("intraday-borders", "plain", intraday::plain_beside),
    ("intraday-borders", "coupled", intraday::scarce),
    ("memory", "mapped", memory::mapped),
    ("normalize", "kernel", normalize::kernel),
    ("normalize", "two-cores", normalize::two_cores),
    ("quotes", "rust", quotes::ema_cross),
    ("desk-stream", "readers", stream::desk),
    ("desk-burst", "hub", stream::burst),
];

fn main() -> ExitCode {
    let mut words = std::env::args().skip(1);
    let (Some(bench), Some(side), Some(input)) = (words.next(), words.next(), words.next()) else {
        eprintln!("usage: wattbook-bench BENCH SIDE INPUT [--repeats N]");
        return ExitCode::from(2);
    };
    let repeats = match (words.next().as_deref(), words.next()) {
        (None, _) => 5,
        (Some("--repeats"), Some(count)) => count.parse().expect("a number after --repeats"),
        (Some(word), _) => panic!("unknown argument {word}"),
    };
    let arguments = Arguments {
        input: input.into(),
        repeats,
    };
    let Some((.., run)) = SIDES.iter().find(|(b, s, _)| (*b, *s) == (&bench, &side)) else {
        eprintln!("no side {side} of a bench {bench}; there are:");
        for (bench, side, _) in SIDES {
            eprintln!("  {bench} {side}");
        }
        return ExitCode::from(2);
    };
    println!("{}", run(&arguments).json());
    ExitCode::SUCCESS
}
