//! Lists the quarter-hours of a leap year and reads the names of products.
//!
//! `cargo bench -p wattbook-domain --bench calendars` prints microseconds, best of several rounds.
#![allow(clippy::unwrap_used, clippy::print_stdout)]

use std::hint::black_box;
use std::time::Instant;

use wattbook_domain::delivery::DeliveryProduct;
use wattbook_domain::instrument::Tenor;

const ROUNDS: u32 = 50;

/// Prints the least time of `work` over the rounds.
fn bench<T>(name: &str, work: impl Fn() -> T) {
    let rounds = (0..ROUNDS).map(|_| {
        let start = Instant::now();
        black_box(work());
        start.elapsed()
    });
    let best = rounds.min().unwrap_or_default();
    println!("{name:44} {:9.1} us", best.as_secs_f64() * 1e6);
}

fn product(text: &str) -> DeliveryProduct {
    text.parse().unwrap()
}

fn main() {
    let (base, peak) = (product("DE-LU Cal-28 Base"), product("DE-LU Cal-28 Peak"));
    bench("35,136 quarter-hours of a year", || {
        base.intervals(Tenor::QuarterHour)
    });
    bench("12,480 quarter-hours of its peak", || {
        peak.intervals(Tenor::QuarterHour)
    });
    bench("105,120 dispatch intervals of a NEM year", || {
        product("VIC1 Cal-27").intervals(Tenor::FiveMinutes)
    });
    bench("read an hour", || product("DE-LU 2026-10-25 H03B"));
    bench("read a peak year", || product("DE-LU Cal-28 Peak"));
}
