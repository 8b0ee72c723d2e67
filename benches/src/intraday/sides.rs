//! The two sides: plain books, and coupled ones in zones.

use std::collections::BTreeMap;
use std::hint::black_box;

use wattbook_book::{
    BasketLeg, BookConfig, BookEvent, BookSink, CoupledBooks, CoupledConfig, CoupledContract,
    CoupledEvent, CoupledLink, CoupledRules, CoupledSink, LinkedBooks, LinkedLeg, LinkedSink,
    OrderBook, Span,
};
use wattbook_domain::market::Phase;
use wattbook_domain::{Lots, Timestamp};

use super::day::{Command, Kind, QUARTER_HOURS, ZONES};

/// Takes every event as a consumer would: into a ring, and counts.
pub(super) struct Ring<E> {
    events: Vec<E>,
    next: usize,
    pub(super) accepted: u64,
    pub(super) fills: u64,
    pub(super) lots: u64,
    pub(super) flows: u64,
}

impl<E: Copy> Ring<E> {
    const EVENTS: usize = 4_096;

    fn new() -> Self {
        Self {
            events: Vec::with_capacity(Self::EVENTS),
            next: 0,
            accepted: 0,
            fills: 0,
            lots: 0,
            flows: 0,
        }
    }

    #[inline]
    fn keep(&mut self, event: E) {
        if self.events.len() < Self::EVENTS {
            self.events.push(event);
        } else {
            self.events[self.next % Self::EVENTS] = event;
        }
        self.next += 1;
    }

    #[inline]
    fn count(&mut self, event: &BookEvent) {
        match event {
            BookEvent::Accepted { .. } => self.accepted += 1,
            BookEvent::Filled(fill) => self.filled(fill.volume),
            _ => {}
        }
    }

    fn filled(&mut self, volume: Lots) {
        self.fills += 1;
        self.lots += volume.count() as u64;
    }
}

impl BookSink for Ring<BookEvent> {
    #[inline]
    fn on_event(&mut self, event: &BookEvent) {
        self.keep(*event);
        self.count(event);
    }
}

impl LinkedSink for Ring<BookEvent> {
    fn on_event(&mut self, _: usize, event: &BookEvent) {
        BookSink::on_event(self, event);
    }
}

impl CoupledSink for Ring<CoupledEvent> {
    #[inline]
    fn on_event(&mut self, event: &CoupledEvent) {
        self.keep(*event);
        match event {
            CoupledEvent::Order { event, .. } => self.count(event),
            CoupledEvent::Filled { fill, .. } => self.filled(fill.volume),
            CoupledEvent::Flowed { .. } => self.flows += 1,
            _ => {}
        }
    }
}

/// Plain books: one a contract, and one a block that an order came for.
pub(super) struct Plain {
    books: Vec<OrderBook>,
    blocks: BTreeMap<Span, OrderBook>,
    pub(super) ring: Ring<BookEvent>,
}

fn plain_book(gate: u16) -> OrderBook {
    let mut book = OrderBook::new(BookConfig {
        gate: Some(Timestamp::from_nanos(i64::from(gate))),
        expected_orders: 2_048,
        ..BookConfig::default()
    });
    book.set_phase(Phase::Continuous, &mut Ring::new());
    book
}

impl Plain {
    pub(super) fn new() -> Self {
        let contracts = CoupledContract::day(QUARTER_HOURS);
        let books = contracts.iter().map(|contract| plain_book(contract.first));
        Self {
            books: books.collect(),
            blocks: BTreeMap::new(),
            ring: Ring::new(),
        }
    }

    pub(super) fn run(&mut self, commands: &[Command]) {
        let ring = &mut self.ring;
        let mut leg: Option<LinkedLeg> = None;
        for command in commands {
            let contract = usize::from(command.contract);
            match command.kind {
                Kind::Cancel => self.books[contract].cancel(command.id(), ring),
                Kind::AmendPrice | Kind::AmendVolume => {
                    self.books[contract].amend(&command.amend(), ring);
                }
                Kind::Block => {
                    let gate = command.contract * 4;
                    let book = self.blocks.entry(command.span());
                    let book = book.or_insert_with(|| plain_book(gate));
                    book.submit(&command.new_order(), ring);
                }
                Kind::Leg => {
                    let this = LinkedLeg {
                        book: contract,
                        order: command.new_order(),
                    };
                    if let Some(other) = leg.take() {
                        let mut linked = LinkedBooks {
                            books: &mut self.books,
                        };
                        let done = linked.submit(&[other, this], ring);
                        black_box(done.unwrap());
                    } else {
                        leg = Some(this);
                    }
                }
                Kind::Gate => {
                    let book = &mut self.books[contract];
                    let gate = book.config().gate.unwrap();
                    book.advance(gate, ring);
                    for (span, book) in &mut self.blocks {
                        if span.first == command.contract {
                            book.advance(gate, ring);
                        }
                    }
                }
                _ => self.books[contract].submit(&command.new_order(), ring),
            }
        }
    }
}

/// Books of all contracts in zones that stand in a ring, with a chord from each to the sixth after it.
pub(super) struct Coupled {
    books: CoupledBooks,
    pub(super) ring: Ring<CoupledEvent>,
}

impl Coupled {
    pub(super) fn new(capacity: i64) -> Self {
        let link = |zone: usize, step: usize| CoupledLink {
            zones: [zone, (zone + step) % ZONES],
            capacity: [Lots::new(capacity); 2],
        };
        let links = (0..ZONES).flat_map(|zone| [1, 6].map(|step| link(zone, step)));
        let books = CoupledBooks::new(&CoupledConfig {
            zones: ZONES,
            periods: usize::from(QUARTER_HOURS),
            contracts: CoupledContract::day(QUARTER_HOURS),
            links: links.collect(),
            rules: CoupledRules::SIDC,
            price_limits: None,
            expected_orders: 65_536,
        });
        Self {
            books: books.unwrap(),
            ring: Ring::new(),
        }
    }

    pub(super) fn run(&mut self, commands: &[Command]) {
        let (books, ring) = (&mut self.books, &mut self.ring);
        let mut leg: Option<BasketLeg> = None;
        for command in commands {
            let zone = usize::from(command.zone);
            match command.kind {
                Kind::Cancel => books.cancel(command.id(), ring),
                Kind::AmendPrice | Kind::AmendVolume => books.amend(&command.amend(), ring),
                Kind::Leg => {
                    let this = BasketLeg {
                        zone,
                        contract: usize::from(command.contract),
                        order: command.new_order(),
                    };
                    if let Some(other) = leg.take() {
                        books.submit_basket(&[other, this], ring).unwrap();
                    } else {
                        leg = Some(this);
                    }
                }
                Kind::Gate => {
                    for zone in 0..ZONES {
                        let contract = usize::from(command.contract);
                        books.close_gate(zone, contract, ring).unwrap();
                    }
                }
                _ => {
                    let order = command.new_order();
                    books.submit(zone, command.span(), &order, ring).unwrap();
                }
            }
        }
    }
}
