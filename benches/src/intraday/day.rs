//! The commands of the day, drawn from a fixed seed.

use wattbook_book::{Amend, CoupledContract, Display, Lifetime, NewOrder, Quantity, Span};
use wattbook_domain::{Lots, OrderId, Side, Ticks};

pub(super) const ZONES: usize = 24;
pub(super) const QUARTER_HOURS: u16 = 96;

/// One command in 20 bytes. Its order is named by its number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Command {
    pub(super) kind: Kind,
    is_sell: bool,
    pub(super) zone: u8,
    /// Contracts of a block, slice of an iceberg; else 0.
    more: u8,
    pub(super) contract: u16,
    volume: u16,
    price: i32,
    order: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
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
pub(super) struct Day {
    draw: Draw,
    contracts: Vec<CoupledContract>,
    /// By contract: the price about which orders come, and its latest orders.
    middles: Vec<i32>,
    recent: Vec<Vec<u32>>,
    commands: Vec<Command>,
    orders: u32,
}

impl Day {
    pub(super) fn new(count: u32) -> Self {
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
    pub(super) fn draw(mut self, count: u32) -> Vec<Command> {
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
    pub(super) fn id(&self) -> OrderId {
        OrderId(u64::from(self.order))
    }

    pub(super) fn span(&self) -> Span {
        match self.kind {
            Kind::Block => Span::block(self.contract, u16::from(self.more)),
            _ => Span::of(self.contract),
        }
    }

    pub(super) fn new_order(&self) -> NewOrder {
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

    pub(super) fn amend(&self) -> Amend {
        let is_price = self.kind == Kind::AmendPrice;
        Amend {
            order_id: self.id(),
            price: is_price.then(|| Ticks::new(i64::from(self.price))),
            volume: (!is_price).then(|| Lots::new(i64::from(self.volume))),
            trigger: None,
        }
    }
}
