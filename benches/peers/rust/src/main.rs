//! Peers written in Rust: `wattbook-peers PEER INPUT` prints one JSON line.

mod fix;

use std::time::Instant;

use rustix::time::{ClockId, clock_gettime};

const REPEATS: usize = 5;

/// A peer: what it does with an input.
type Peer = fn(&[u8]);

const PEERS: &[(&str, Peer)] = &[("fix", fix::fefix)];

fn main() {
    let mut words = std::env::args().skip(1);
    let (peer, input) = (words.next(), words.next());
    let found = PEERS
        .iter()
        .find(|(name, _)| Some(*name) == peer.as_deref());
    let (Some((_, run)), Some(input)) = (found, input) else {
        eprintln!("usage: wattbook-peers PEER INPUT");
        std::process::exit(2);
    };
    run(&std::fs::read(input).expect("the input can be read"));
}

/// Times `run` after one untimed call and prints the line; `run` returns how many it did.
fn report(unit: &str, mut run: impl FnMut() -> usize) {
    let count = run();
    let (mut rates, mut wall_rates) = (Vec::new(), Vec::new());
    for _ in 0..REPEATS {
        let (cpu, wall) = (cpu_seconds(), Instant::now());
        assert_eq!(run(), count, "two runs did different work");
        rates.push(count as f64 / (cpu_seconds() - cpu));
        wall_rates.push(count as f64 / wall.elapsed().as_secs_f64());
    }
    println!(
        "{{\"rate\": {:.0}, \"wall_rate\": {:.0}, \"unit\": \"{unit}/s\", \"n\": {count}, \
         \"work\": {{\"{unit}\": {count}}}}}",
        middle(rates),
        middle(wall_rates),
    );
}

fn middle(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Time that this thread has spent on a processor, in s.
fn cpu_seconds() -> f64 {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    time.tv_sec as f64 + time.tv_nsec as f64 / 1e9
}
