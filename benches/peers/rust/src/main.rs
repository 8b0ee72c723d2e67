//! One side of a benchmark by a peer in Rust: `wattbook-peers BENCH PEER INPUT [--repeats N]`.

mod dbn;
mod fast;
mod fix;
#[path = "../../../src/harness.rs"]
#[allow(dead_code)]
mod harness;
mod json;

use std::path::PathBuf;
use std::process::ExitCode;

use harness::Report;

type Side = fn(&[u8], usize) -> Report;

/// Every peer: a bench, a side of it, and what runs it.
const SIDES: &[(&str, &str, Side)] = &[
    ("dbn", "dbn", dbn::decode),
    ("fast", "fastlib", fast::decode),
    ("fix", "fefix", fix::fefix),
    ("json", "serde-json", json::serde_json),
    ("json", "simd-json", json::simd_json),
];

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [bench, side, input, rest @ ..] = &words[..] else {
        eprintln!("usage: wattbook-peers BENCH PEER INPUT [--repeats N]");
        return ExitCode::from(2);
    };
    let repeats = match rest {
        [word, count] if word == "--repeats" => count.parse().expect("a number"),
        _ => 5,
    };
    let Some((.., run)) = SIDES.iter().find(|(b, s, _)| (*b, *s) == (bench, side)) else {
        eprintln!("no peer {side} of a bench {bench}");
        return ExitCode::from(2);
    };
    let bytes = std::fs::read(PathBuf::from(input)).expect("the input file");
    println!("{}", run(&bytes, repeats).json());
    ExitCode::SUCCESS
}
