//! What coupling costs: the same orders in one plain book and in coupled zones.
//!
//! `cargo bench -p wattbook-book --bench coupled -- [COMMANDS] [REPEATS]`. The orders are drawn from a
//! fixed seed: six in ten join within 20 ticks of a price that moves slowly, three in ten are
//! cancels of a recent order, one is immediate or cancel through the middle.
#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used)]

use std::hint::black_box;
use std::time::Instant;

use wattbook_book::{
    BookConfig, BookEvent, BookSink, CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent,
    CoupledLink, CoupledRules, CoupledSink, Lifetime, NewOrder, OrderBook, Span,
};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, OrderId, Ticks};

const ZONES: usize = 24;

enum Command {
    Submit(usize, NewOrder),
    Cancel(OrderId),
}

/// Counts events and lots traded.
#[derive(Default)]
struct Count {
    events: u64,
    lots: i64,
    flows: u64,
}

impl BookSink for Count {
    fn on_event(&mut self, event: &BookEvent) {
        self.events += 1;
        if let BookEvent::Filled(fill) = black_box(event) {
            self.lots += fill.volume.count();
        }
    }
}

impl CoupledSink for Count {
    fn on_event(&mut self, event: &CoupledEvent) {
        self.events += 1;
        match black_box(event) {
            CoupledEvent::Filled { fill, .. } => self.lots += fill.volume.count(),
            CoupledEvent::Flowed { .. } => self.flows += 1,
            _ => {}
        }
    }
}

/// A small generator of numbers below `end` (Knuth's constants for 64 bits).
struct Draw(u64);

impl Draw {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005);
        self.0 = self.0.wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }
}

fn commands(count: u64) -> Vec<Command> {
    let mut draw = Draw(7);
    let mut middle = 0_i64;
    let mut commands = Vec::with_capacity(count as usize);
    for id in 0..count {
        let zone = draw.below(ZONES as u64) as usize;
        middle += draw.below(3) as i64 - 1;
        let kind = draw.below(10);
        if kind < 3 && id > 0 {
            let other = id - 1 - draw.below(id.min(400));
            commands.push(Command::Cancel(OrderId(other)));
            continue;
        }
        let is_buy = draw.below(2) == 0;
        let away = if kind == 3 { -8 } else { draw.below(20) as i64 };
        let (side, price) = if is_buy {
            (Side::Buy, middle - away)
        } else {
            (Side::Sell, middle + away)
        };
        let volume = Lots::new(1 + draw.below(50) as i64);
        let mut order = NewOrder::limit(OrderId(id), side, Ticks::new(price), volume);
        order.lifetime = match kind {
            3 => Lifetime::ImmediateOrCancel,
            _ => Lifetime::GoodForSession,
        };
        commands.push(Command::Submit(zone, order));
    }
    commands
}

/// Zones in a ring with a chord from each to the sixth after it.
fn coupled(zones: usize, capacity: i64) -> CoupledBooks {
    let mut links = Vec::new();
    if zones > 1 {
        for zone in 0..zones {
            for step in [1, 6] {
                links.push(CoupledLink {
                    zones: [zone, (zone + step) % zones],
                    capacity: [Lots::new(capacity); 2],
                });
            }
        }
    }
    CoupledBooks::new(&CoupledConfig {
        zones,
        periods: 1,
        contracts: vec![CoupledContract {
            first: 0,
            periods: 1,
        }],
        links,
        rules: CoupledRules::SIDC,
        price_limits: None,
        expected_orders: 65_536,
    })
    .expect("the links fit")
}

/// Nanoseconds a command in a plain book.
fn run_plain(commands: &[Command]) -> (f64, Count) {
    let mut count = Count::default();
    let mut book = OrderBook::new(BookConfig {
        expected_orders: 65_536,
        ..BookConfig::default()
    });
    book.set_phase(Phase::Continuous, &mut Count::default());
    let start = Instant::now();
    for command in commands {
        match command {
            Command::Submit(_, order) => book.submit(order, &mut count),
            Command::Cancel(id) => book.cancel(*id, &mut count),
        }
    }
    (
        start.elapsed().as_nanos() as f64 / commands.len() as f64,
        count,
    )
}

/// Nanoseconds a command in coupled zones.
fn run_coupled(commands: &[Command], mut books: CoupledBooks, zones: usize) -> (f64, Count) {
    let mut count = Count::default();
    let start = Instant::now();
    for command in commands {
        match command {
            Command::Submit(zone, order) => {
                let taken = books.submit(zone % zones, Span::of(0), order, &mut count);
                taken.expect("limit orders are taken");
            }
            Command::Cancel(id) => books.cancel(*id, &mut count),
        }
    }
    (
        start.elapsed().as_nanos() as f64 / commands.len() as f64,
        count,
    )
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<u64>().ok());
    let commands = commands(numbers.next().unwrap_or(300_000));
    let repeats = numbers.next().unwrap_or(9);
    let mut times: [Vec<f64>; 4] = std::array::from_fn(|_| Vec::new());
    let mut flows = [0; 2];
    for _ in 0..repeats {
        let (plain, count) = run_plain(&commands);
        times[0].push(plain);
        let (one, same) = run_coupled(&commands, coupled(1, 0), 1);
        times[1].push(one / plain);
        assert_eq!(count.lots, same.lots, "one zone trades as a plain book");
        let (ample, same) = run_coupled(&commands, coupled(ZONES, 1 << 40), ZONES);
        times[2].push(ample / plain);
        assert_eq!(count.lots, same.lots, "ample capacity makes one market");
        flows[0] = same.flows;
        let (scarce, other) = run_coupled(&commands, coupled(ZONES, 200), ZONES);
        times[3].push(scarce / plain);
        flows[1] = other.flows;
    }
    let [plain, one, ample, scarce] = times.map(|mut times| median(&mut times));
    let each = |flows: u64| flows as f64 / commands.len() as f64;
    println!("plain book: {plain:.0} ns a command");
    println!("one zone: {one:.2} times that");
    let (over, under) = (each(flows[0]), each(flows[1]));
    println!("{ZONES} zones, ample capacity: {ample:.2} times that; {over:.2} borders a command");
    println!("{ZONES} zones, 200 lots a border: {scarce:.2} times that; {under:.2} borders");
}
