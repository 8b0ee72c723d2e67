//! A day of the intraday market: every contract of the day, its orders in one plain book a contract or in
//! zones that share capacity.
//!
//! The day is drawn from a fixed seed. Of a hundred commands about 53 are limit orders that mostly join
//! within 40 ticks of a price that moves slowly, 37 are cancels of a recent order, 4 amendments, 4
//! orders that take, 2 icebergs, one in two hundred is a block of hours and one in a thousand a
//! basket. Three in four are for the contracts of the next four hours. Gates close as the day goes on.

use std::collections::BTreeMap;
use std::hint::black_box;

use wattbook_book::{
    Amend, BasketLeg, BookConfig, BookEvent, BookSink, CoupledBooks, CoupledConfig,
    CoupledContract, CoupledEvent, CoupledLink, CoupledRules, CoupledSink, Display, Lifetime,
    LinkedBooks, LinkedLeg, LinkedSink, NewOrder, OrderBook, Quantity, Span,
};
use wattbook_domain::market::Phase;
use wattbook_domain::{Lots, OrderId, Side, Ticks, Timestamp};

use crate::Arguments;
use crate::harness::{self, Report, Work};

const COMMANDS: u32 = 10_000_000;
const ZONES: usize = 24;
const QUARTER_HOURS: u16 = 96;
const AMPLE: i64 = 1 << 40;
/// Lots a border and direction where they run short: a tenth of a megawatt each.
const SCARCE: i64 = 1_000;

/// One command in 20 bytes. Its order is named by its number.
#[derive(Debug, Clone, Copy)]
struct Command {
    kind: Kind,
    is_sell: bool,
    zone: u8,
    /// Contracts of a block, slice of an iceberg; else 0.
    more: u8,
    contract: u16,
    volume: u16,
    price: i32,
    order: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Limit,
    Take,
    FillOrKill,
    Iceberg,
    Block,
    /// Two of these in a row are a basket.
    Leg,
    Cancel,
    AmendPrice,
    AmendVolume,
    Gate,
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

/// The market as the day is drawn.
struct Day {
    draw: Draw,
    contracts: Vec<CoupledContract>,
    /// By contract: the price about which orders come, and its latest orders.
    middles: Vec<i32>,
    recent: Vec<Vec<u32>>,
    commands: Vec<Command>,
    orders: u32,
}

impl Day {
    fn new(count: u32) -> Self {
        let contracts = CoupledContract::day(QUARTER_HOURS);
        let mut draw = Draw(11);
        let middles = contracts.iter().map(|contract| {
            // A price of each hour, that of its parts a little beside it.
            let hour = i32::from(contract.first / 4);
            300 + (hour - 12).abs() * 20 + draw.below(9) as i32
        });
        let middles: Vec<i32> = middles.collect();
        Self {
            recent: vec![Vec::new(); contracts.len()],
            middles,
            draw,
            contracts,
            commands: Vec::with_capacity(count as usize),
            orders: 0,
        }
    }

    /// Draws `count` commands and the gates between them.
    fn draw(mut self, count: u32) -> Vec<Command> {
        let mut closed = 0;
        for at in 0..count {
            // Trading runs from before the first delivery until the last gate.
            let now = (u64::from(at) * u64::from(QUARTER_HOURS) / u64::from(count)) as u16;
            while closed < now {
                self.close(closed);
                closed += 1;
            }
            self.command(now);
        }
        self.commands
    }

    /// Closes the contracts whose delivery begins with quarter-hour `first`.
    fn close(&mut self, first: u16) {
        for contract in 0..self.contracts.len() {
            if self.contracts[contract].first == first {
                self.push(Kind::Gate, contract, 0, 0);
            }
        }
    }

    fn contract(&mut self, now: u16) -> usize {
        loop {
            let contract = self.draw.below(self.contracts.len() as u64) as usize;
            let first = self.contracts[contract].first;
            let is_soon = first < now + 16 || self.draw.below(4) == 0;
            if first >= now && is_soon {
                return contract;
            }
        }
    }

    fn command(&mut self, now: u16) {
        let contract = self.contract(now);
        let kind = self.draw.below(1_000);
        if self.draw.below(8) == 0 {
            self.middles[contract] += self.draw.below(3) as i32 - 1;
        }
        match kind {
            0..370 => self.change(Kind::Cancel, contract),
            370..390 => self.change(Kind::AmendPrice, contract),
            390..410 => self.change(Kind::AmendVolume, contract),
            410..440 => self.order(Kind::Take, contract, -6, 0),
            440..450 => self.order(Kind::FillOrKill, contract, -4, 0),
            450..470 => {
                let away = self.away();
                self.order(Kind::Iceberg, contract, away, 5);
            }
            470..475 => self.block(now),
            475 => self.basket(contract, now),
            _ => {
                let away = self.away();
                self.order(Kind::Limit, contract, away, 0);
            }
        }
    }

    /// How far from the middle an order joins: one in twenty beyond it.
    fn away(&mut self) -> i32 {
        match self.draw.below(20) {
            0 => -2,
            1..15 => self.draw.below(40) as i32,
            _ => self.draw.below(400) as i32,
        }
    }

    fn order(&mut self, kind: Kind, contract: usize, away: i32, more: u8) {
        let is_sell = self.draw.below(2) == 1;
        let price = self.middles[contract] + if is_sell { away } else { -away };
        let volume = 1 + self.draw.below(50) as u16;
        let order = self.push(kind, contract, price, volume);
        if let Some(command) = self.commands.last_mut() {
            command.is_sell = is_sell;
            command.more = more;
        }
        let recent = &mut self.recent[contract];
        if matches!(kind, Kind::Limit | Kind::Iceberg) {
            recent.push(order);
            if recent.len() > 600 {
                // What is old enough stays until its gate.
                recent.swap_remove(0);
            }
        }
    }

    /// A block of two to four hours that have not begun.
    fn block(&mut self, now: u16) {
        let hours = QUARTER_HOURS / 4;
        let from = now.div_ceil(4);
        let count = 2 + self.draw.below(3) as u16;
        if from + count > hours {
            return;
        }
        let first = from
            + self
                .draw
                .below(u64::from((hours - from - count).min(3)) + 1) as u16;
        let is_sell = self.draw.below(2) == 1;
        let middles = &self.middles[usize::from(first)..usize::from(first + count)];
        let mean = middles.iter().sum::<i32>() / i32::from(count);
        let away = self.draw.below(12) as i32 - 2;
        let price = mean + if is_sell { away } else { -away };
        let volume = 10 * (1 + self.draw.below(3) as u16);
        self.push(Kind::Block, usize::from(first), price, volume);
        if let Some(command) = self.commands.last_mut() {
            command.is_sell = is_sell;
            command.more = count as u8;
        }
    }

    fn basket(&mut self, contract: usize, now: u16) {
        let other = self.contract(now);
        if other != contract {
            self.order(Kind::Leg, contract, -8, 0);
            self.order(Kind::Leg, other, -8, 0);
        }
    }

    fn change(&mut self, kind: Kind, contract: usize) {
        let recent = &mut self.recent[contract];
        if recent.is_empty() {
            return;
        }
        let at = self.draw.below(recent.len() as u64) as usize;
        let order = recent[at];
        if kind == Kind::Cancel {
            recent.swap_remove(at);
        }
        let away = self.draw.below(81) as i32 - 40;
        let volume = 1 + self.draw.below(20) as u16;
        let price = self.middles[contract] + away;
        self.push(kind, contract, price, volume);
        if let Some(command) = self.commands.last_mut() {
            command.order = order;
        }
        self.orders -= 1;
    }

    /// Appends a command with the next order's number.
    fn push(&mut self, kind: Kind, contract: usize, price: i32, volume: u16) -> u32 {
        let order = self.orders;
        self.orders += 1;
        self.commands.push(Command {
            kind,
            is_sell: false,
            zone: self.draw.below(ZONES as u64) as u8,
            more: 0,
            contract: contract as u16,
            volume,
            price,
            order,
        });
        order
    }
}

impl Command {
    fn id(&self) -> OrderId {
        OrderId(u64::from(self.order))
    }

    fn span(&self) -> Span {
        match self.kind {
            Kind::Block => Span::block(self.contract, u16::from(self.more)),
            _ => Span::of(self.contract),
        }
    }

    fn new_order(&self) -> NewOrder {
        let side = if self.is_sell { Side::Sell } else { Side::Buy };
        let price = Ticks::new(i64::from(self.price));
        let volume = Lots::new(i64::from(self.volume));
        let mut order = NewOrder::limit(self.id(), side, price, volume);
        order.lifetime = match self.kind {
            Kind::Take => Lifetime::ImmediateOrCancel,
            Kind::FillOrKill | Kind::Leg => Lifetime::FillOrKill,
            _ => Lifetime::GoodForSession,
        };
        match self.kind {
            Kind::Iceberg => {
                order.terms.display = Display::Iceberg(Lots::new(i64::from(self.more)));
            }
            Kind::Block => order.terms.quantity = Quantity::AllOrNone,
            _ => {}
        }
        order
    }

    fn amend(&self) -> Amend {
        let is_price = self.kind == Kind::AmendPrice;
        Amend {
            order_id: self.id(),
            price: is_price.then(|| Ticks::new(i64::from(self.price))),
            volume: (!is_price).then(|| Lots::new(i64::from(self.volume))),
            trigger: None,
        }
    }
}

/// Takes every event as a consumer would: into a ring, and counts.
struct Ring<E> {
    events: Vec<E>,
    next: usize,
    accepted: u64,
    fills: u64,
    lots: u64,
    flows: u64,
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
struct Plain {
    books: Vec<OrderBook>,
    blocks: BTreeMap<Span, OrderBook>,
    ring: Ring<BookEvent>,
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
    fn new() -> Self {
        let contracts = CoupledContract::day(QUARTER_HOURS);
        let books = contracts.iter().map(|contract| plain_book(contract.first));
        Self {
            books: books.collect(),
            blocks: BTreeMap::new(),
            ring: Ring::new(),
        }
    }

    fn run(&mut self, commands: &[Command]) {
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
struct Coupled {
    books: CoupledBooks,
    ring: Ring<CoupledEvent>,
}

impl Coupled {
    fn new(capacity: i64) -> Self {
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

    fn run(&mut self, commands: &[Command]) {
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

fn traded<E>(ring: &Ring<E>) -> Work {
    vec![
        ("accepted", ring.accepted),
        ("fills", ring.fills),
        ("lots", ring.lots),
    ]
}

fn accepted<E>(ring: &Ring<E>) -> Work {
    vec![("accepted", ring.accepted)]
}

fn day() -> Vec<Command> {
    Day::new(COMMANDS).draw(COMMANDS)
}

fn run_plain(arguments: &Arguments, work: fn(&Ring<BookEvent>) -> Work) -> Report {
    let commands = day();
    let before = harness::anonymous_bytes();
    let mut bytes = 0_f64;
    let (seconds, work) = harness::measure(arguments.repeats, Plain::new, |plain| {
        plain.run(&commands);
        bytes = bytes.max(harness::anonymous_bytes() - before);
        work(&plain.ring)
    });
    report(&commands, (seconds, work), vec![("book_bytes", bytes)])
}

fn run_coupled(
    arguments: &Arguments,
    capacity: i64,
    work: fn(&Ring<CoupledEvent>) -> Work,
) -> Report {
    let commands = day();
    let before = harness::anonymous_bytes();
    let (mut bytes, mut fills, mut flows) = (0_f64, 0, 0);
    let prepare = || Coupled::new(capacity);
    let (seconds, work) = harness::measure(arguments.repeats, prepare, |coupled| {
        coupled.run(&commands);
        bytes = bytes.max(harness::anonymous_bytes() - before);
        (fills, flows) = (coupled.ring.fills, coupled.ring.flows);
        work(&coupled.ring)
    });
    let extra = vec![
        ("book_bytes", bytes),
        ("fills", fills as f64),
        ("borders_used", flows as f64),
    ];
    report(&commands, (seconds, work), extra)
}

fn report(
    commands: &[Command],
    (seconds, work): (Vec<harness::Seconds>, Work),
    extra: Vec<(&'static str, f64)>,
) -> Report {
    Report {
        unit: "commands/s",
        count: commands.len() as u64,
        seconds,
        work,
        latency_ns: None,
        extra,
    }
}

/// One plain book a contract.
pub(crate) fn plain(arguments: &Arguments) -> Report {
    run_plain(arguments, traded)
}

/// Zones with ample capacity, which trade as plain books do.
pub(crate) fn coupled(arguments: &Arguments) -> Report {
    run_coupled(arguments, AMPLE, traded)
}

/// One plain book a contract, beside zones that trade otherwise.
pub(crate) fn plain_beside(arguments: &Arguments) -> Report {
    run_plain(arguments, accepted)
}

/// Zones whose borders fill up.
pub(crate) fn scarce(arguments: &Arguments) -> Report {
    run_coupled(arguments, SCARCE, accepted)
}
