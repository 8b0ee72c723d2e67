//! What the speed of a book depends on: its prices, the length of the day, single orders.
//!
//! `cargo bench -p wattbook-book --bench books -- ORDERS.bin L3.bin [REPEATS]`, files of rows of five little-endian
//! 64-bit integers. `ORDERS`: operation (1 add, 2 cancel, 3 immediate-or-cancel), id, side (1 buy,
//! 2 sell), price in ticks, volume in lots. `L3`: action (1 add, 2 modify, 3 delete), then the same.
//! `wattbook bench matching` measures matching against its peers.
#![allow(
    missing_docs,
    clippy::inline_always,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic
)]

use std::hint::black_box;
use std::time::Instant;

use wattbook_book::{
    Anomaly, BookConfig, BookEvent, BookSink, L3Book, Lifetime, NewOrder, OrderBook,
};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

#[derive(Clone, Copy)]
struct Row {
    operation: u8,
    side: u8,
    id: u64,
    price: i64,
    volume: i64,
}

/// Counts events and folds every field, so that none can be optimized away.
#[derive(Default)]
struct Fold {
    events: u64,
    fills: u64,
    lots: i64,
    hash: u64,
}

impl Fold {
    #[inline]
    fn fold(&mut self, value: u64) {
        self.hash = (self.hash ^ value).wrapping_add(value.rotate_left(17));
    }
}

impl BookSink for Fold {
    #[inline(always)]
    fn on_event(&mut self, event: &BookEvent) {
        self.events += 1;
        match event {
            BookEvent::Accepted {
                order_id,
                side,
                volume,
            } => {
                self.fold(order_id.0 ^ *side as u64);
                self.fold(volume.count() as u64);
            }
            BookEvent::Filled(fill) => {
                self.fills += 1;
                self.lots += fill.volume.count();
                self.fold(fill.trade.0 ^ fill.maker.0);
                self.fold(fill.price.count() as u64 ^ fill.taker.0);
                self.fold(fill.maker_open.count() as u64);
                self.fold(
                    fill.taker_open.count() as u64 ^ fill.aggressor.map_or(0, |side| side as u64),
                );
            }
            BookEvent::Rested {
                order_id,
                side,
                price,
                volume,
            } => {
                self.fold(order_id.0 ^ *side as u64);
                self.fold(price.count() as u64 ^ volume.count() as u64);
            }
            BookEvent::Cancelled {
                order_id,
                volume,
                reason,
            } => {
                self.fold(order_id.0 ^ *reason as u64);
                self.fold(volume.count() as u64);
            }
            BookEvent::CancelRejected { order_id, reason }
            | BookEvent::Rejected { order_id, reason } => self.fold(order_id.0 ^ *reason as u64),
            other => self.fold(u64::from(matches!(other, BookEvent::GateClosed))),
        }
    }
}

fn new_book(expected_orders: usize) -> OrderBook {
    let mut book = OrderBook::new(BookConfig {
        expected_orders,
        ..BookConfig::default()
    });
    book.set_phase(Phase::Continuous, &mut Fold::default());
    book
}

/// Where the prices of the file are put: `price * stride + shift`.
#[derive(Clone, Copy)]
struct Prices {
    stride: i64,
    shift: i64,
}

#[inline]
fn apply(book: &mut OrderBook, row: &Row, prices: Prices, sink: &mut Fold) {
    let order_id = OrderId(row.id);
    if row.operation == 2 {
        return book.cancel(order_id, sink);
    }
    let side = if row.side == 1 { Side::Buy } else { Side::Sell };
    let price = Ticks::new(row.price * prices.stride + prices.shift);
    let mut order = NewOrder::limit(order_id, side, price, Lots::new(row.volume));
    if row.operation == 3 {
        order.lifetime = Lifetime::ImmediateOrCancel;
    }
    book.submit(&order, sink);
}

fn read(path: &str) -> Vec<[i64; 5]> {
    let bytes = std::fs::read(path).expect("the file can be read");
    let words: Vec<i64> = bytes
        .chunks_exact(8)
        .map(|word| i64::from_le_bytes(word.try_into().unwrap()))
        .collect();
    words
        .chunks_exact(5)
        .map(|row| row.try_into().unwrap())
        .collect()
}

fn order_row(row: &[i64; 5]) -> Row {
    Row {
        operation: row[0] as u8,
        id: row[1] as u64,
        side: row[2] as u8,
        price: row[3],
        volume: row[4],
    }
}

/// Nanoseconds that this thread has run, which other load on the machine does not change;
/// wall-clock time where the kernel does not tell.
fn cpu_nanos(start: Instant) -> u64 {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let first = told.as_deref().and_then(|text| text.split(' ').next());
    first
        .and_then(|nanos| nanos.parse().ok())
        .unwrap_or(start.elapsed().as_nanos() as u64)
}

/// Millions of `count` things a second of processor time while `work` runs.
fn rate<T>(count: usize, work: impl FnOnce() -> T) -> (f64, T) {
    let start = Instant::now();
    let before = cpu_nanos(start);
    let result = work();
    let nanos = cpu_nanos(start) - before;
    (count as f64 * 1e3 / nanos as f64, result)
}

/// Millions of commands a second.
fn run(rows: &[Row], prices: Prices) -> (f64, Fold) {
    let mut book = new_book(8_192);
    let mut sink = Fold::default();
    let (rate, ()) = rate(rows.len(), || {
        for row in rows {
            apply(&mut book, row, prices, &mut sink);
        }
    });
    black_box(sink.hash);
    (rate, sink)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let arguments: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| !word.starts_with("--"))
        .collect();
    let [orders, deltas, ..] = arguments.as_slice() else {
        return println!("skipped: needs ORDERS.bin and L3.bin");
    };
    let repeats = arguments.get(2).map_or(9, |text| text.parse().unwrap());
    let orders: Vec<Row> = read(orders).iter().map(order_row).collect();
    let deltas = read(deltas);
    let plain = Prices {
        stride: 1,
        shift: 0,
    };
    let low = Prices {
        stride: 1,
        shift: -1_000_000_000_000,
    };
    let sparse = Prices {
        stride: 1_000_003,
        shift: -5_000_000_000_000,
    };
    let mut rates: [Vec<f64>; 5] = std::array::from_fn(|_| Vec::new());
    for _ in 0..repeats {
        let (rate, sink) = run(&orders, plain);
        rates[0].push(rate);
        for (at, prices) in [(1, low), (2, sparse)] {
            let (other, same) = run(&orders, prices);
            assert_eq!(
                (sink.fills, sink.lots, sink.events),
                (same.fills, same.lots, same.events)
            );
            rates[at].push(other / rate);
        }
        let (short, _) = run(&orders[..orders.len() / 10], plain);
        rates[3].push(10.0 * short / rate);
        rates[4].push(run_l3(&deltas));
    }
    let [plain, low, sparse, growth, l3] = rates.map(|mut rates| median(&mut rates));
    println!("matching {plain:.1} M commands/s");
    println!("with prices about -1e12 ticks: {low:.3} of that");
    println!("with a million ticks between prices, up to ±2e8: {sparse:.3} of that");
    println!("time of all commands over time of a tenth of them: {growth:.2}");
    println!("L3 rows {l3:.1} M/s");
}

/// Millions of rows a second into a level-3 book, in batches of 4,096.
fn run_l3(rows: &[[i64; 5]]) -> f64 {
    let mut book = L3Book::new();
    let (rate, anomalies) = rate(rows.len(), || {
        rows.chunks(4_096)
            .map(|batch| book.apply_rows(batch).total())
            .sum::<u64>()
    });
    // The generated feed lets the bid reach the ask, and nothing else is wrong with it.
    assert_eq!(anomalies, book.anomalies().count(Anomaly::Crossed));
    black_box(book.top());
    rate
}
