//! Match the commands of `orders`: limits, cancels and orders that take.

use std::hint::black_box;

use wattbook_book::{BookConfig, BookEvent, BookSink, Lifetime, NewOrder, OrderBook, TopOfBook};
use wattbook_domain::market::Phase;
use wattbook_domain::{ClientId, Lots, OrderId, Side, Ticks};

use crate::Arguments;
use crate::array_book::{ArrayBook, Fills};
use crate::harness::{self, Report, Work};
use crate::rows;

/// A row of the input, in the types of a book.
#[derive(Debug, Clone, Copy)]
struct Command {
    kind: Kind,
    order: u32,
    /// 0 buys, 1 sells.
    side: usize,
    price: usize,
    lots: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Limit,
    Cancel,
    Take,
}

fn commands(arguments: &Arguments) -> Vec<Command> {
    rows::read(&arguments.input)
        .into_iter()
        .map(|[kind, order, side, price, lots]| Command {
            kind: match kind {
                1 => Kind::Limit,
                2 => Kind::Cancel,
                _ => Kind::Take,
            },
            order: order as u32,
            side: side as usize - 1,
            price: price as usize,
            lots: lots as u32,
        })
        .collect()
}

/// Takes every event as a consumer would: into a ring, and counts what traded.
struct Ring {
    events: Box<[BookEvent]>,
    next: usize,
    fills: Fills,
}

impl Ring {
    const EVENTS: usize = 4_096;

    fn new() -> Self {
        let blank = BookEvent::TopChanged(TopOfBook::default());
        Self {
            events: vec![blank; Self::EVENTS].into(),
            next: 0,
            fills: Fills::default(),
        }
    }
}

impl BookSink for Ring {
    #[inline]
    fn on_event(&mut self, event: &BookEvent) {
        self.events[self.next % Self::EVENTS] = *event;
        self.next += 1;
        if let BookEvent::Filled(fill) = event {
            self.fills.count += 1;
            self.fills.lots += fill.volume.count() as u64;
        }
    }
}

/// Our book, every order type compiled in, every event taken.
pub(crate) fn wattbook(arguments: &Arguments) -> Report {
    let commands = commands(arguments);
    let prepare = || {
        let mut ring = Ring::new();
        let mut book = OrderBook::new(BookConfig::default());
        book.set_phase(Phase::Continuous, &mut ring);
        (book, ring)
    };
    let mut events = 0;
    let (seconds, work) = harness::measure(arguments.repeats, prepare, |(book, ring)| {
        for command in &commands {
            submit(book, command, ring);
        }
        events = ring.next;
        work(ring.fills)
    });
    let (mut book, mut ring) = prepare();
    let latency = harness::latency(commands.len(), |at| {
        submit(&mut book, &commands[at], &mut ring);
    });
    Report {
        unit: "commands/s",
        count: commands.len() as u64,
        seconds,
        work,
        latency_ns: Some(latency),
        extra: vec![("events", events as f64)],
    }
}

#[inline]
fn submit(book: &mut OrderBook, command: &Command, ring: &mut Ring) {
    let order_id = OrderId::new(ClientId(1), u64::from(command.order));
    if command.kind == Kind::Cancel {
        book.cancel(order_id, ring);
        return;
    }
    let side = if command.side == 0 {
        Side::Buy
    } else {
        Side::Sell
    };
    let price = Ticks::new(command.price as i64);
    let mut order = NewOrder::limit(order_id, side, price, Lots::new(i64::from(command.lots)));
    if command.kind == Kind::Take {
        order.lifetime = Lifetime::ImmediateOrCancel;
    }
    book.submit(&order, ring);
}

/// The bare array book: what this machine allows.
pub(crate) fn array(arguments: &Arguments) -> Report {
    let commands = commands(arguments);
    let (seconds, work) = harness::measure(
        arguments.repeats,
        || ArrayBook::new(commands.len()),
        |book| {
            let mut all = Fills::default();
            for command in &commands {
                let fills = enter(book, command);
                all.count += fills.count;
                all.lots += fills.lots;
            }
            work(all)
        },
    );
    let mut book = ArrayBook::new(commands.len());
    let latency = harness::latency(commands.len(), |at| {
        black_box(enter(&mut book, &commands[at]));
    });
    Report {
        unit: "commands/s",
        count: commands.len() as u64,
        seconds,
        work,
        latency_ns: Some(latency),
        extra: Vec::new(),
    }
}

#[inline]
fn enter(book: &mut ArrayBook, command: &Command) -> Fills {
    let Command {
        kind,
        order,
        side,
        price,
        lots,
    } = *command;
    if kind == Kind::Cancel {
        book.cancel(order);
        return Fills::default();
    }
    book.enter(order, side, price, lots, kind == Kind::Limit)
}

fn work(fills: Fills) -> Work {
    vec![("fills", fills.count), ("lots", fills.lots)]
}
