//! Those who trade with us: market makers around the reference, noise and momentum takers.

use wattbook_book::{Lifetime, NewOrder, Pricing, TopOfBook};
use wattbook_domain::market::Phase;
use wattbook_domain::{ClientId, Lots, OrderId, Side, Ticks, Timestamp, TradingBookId};

use crate::error::SimError;
use crate::rng::Rng;

/// The client number of every simulated participant; no client of ours may have it.
pub const PARTICIPANT: ClientId = ClientId(u16::MAX);

/// How many participants of each kind trade an instrument, and how.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Participants {
    /// Market makers.
    pub makers: u32,
    /// Mean time between two quotes of a maker, in ns.
    pub maker_interval_ns: i64,
    /// Distance of a maker's best price from what it believes in, in ticks.
    pub half_spread: i64,
    /// Prices that a maker quotes on each side.
    pub levels: u32,
    /// Ticks between two of them.
    pub level_step: i64,
    /// Largest volume of a maker's order, in lots.
    pub maker_lots: i64,
    /// How far a maker's belief strays from the reference, in ticks.
    pub wander: i64,
    /// Takers that trade at random.
    pub noise: u32,
    /// Mean time between two orders of one of them, in ns.
    pub noise_interval_ns: i64,
    /// Largest volume of their orders, in lots.
    pub noise_lots: i64,
    /// Takers that follow a move.
    pub momentum: u32,
    /// Mean time between two looks of one of them, in ns.
    pub momentum_interval_ns: i64,
    /// The least move between two looks that they follow, in ticks.
    pub momentum_ticks: i64,
    /// Volume of their orders, in lots.
    pub momentum_lots: i64,
}

impl Default for Participants {
    /// Five makers that quote every second on average, eight noise and two momentum takers.
    fn default() -> Self {
        Self {
            makers: 5,
            maker_interval_ns: 1_000_000_000,
            half_spread: 4,
            levels: 3,
            level_step: 3,
            maker_lots: 50,
            wander: 12,
            noise: 8,
            noise_interval_ns: 6_000_000_000,
            noise_lots: 20,
            momentum: 2,
            momentum_interval_ns: 10_000_000_000,
            momentum_ticks: 20,
            momentum_lots: 30,
        }
    }
}

impl Participants {
    /// Sets the parameter called `name`: counts, ns, ticks or lots as its field says.
    ///
    /// # Errors
    /// [`SimError::UnknownParameter`] for a name that is none, [`SimError::Parameter`] for a value below
    /// its least.
    pub fn set(&mut self, name: &str, value: i64) -> Result<(), SimError> {
        let (least, place): (i64, &mut i64) = match name {
            "makers" => return count(&mut self.makers, "makers", value),
            "noise" => return count(&mut self.noise, "noise", value),
            "momentum" => return count(&mut self.momentum, "momentum", value),
            "levels" => return count(&mut self.levels, "levels", value),
            "maker_interval_ns" => (1, &mut self.maker_interval_ns),
            "half_spread" => (1, &mut self.half_spread),
            "level_step" => (1, &mut self.level_step),
            "maker_lots" => (1, &mut self.maker_lots),
            "wander" => (0, &mut self.wander),
            "noise_interval_ns" => (1, &mut self.noise_interval_ns),
            "noise_lots" => (1, &mut self.noise_lots),
            "momentum_interval_ns" => (1, &mut self.momentum_interval_ns),
            "momentum_ticks" => (1, &mut self.momentum_ticks),
            "momentum_lots" => (1, &mut self.momentum_lots),
            _ => {
                let (of, name) = ("participants", name.to_owned());
                return Err(SimError::UnknownParameter { of, name });
            }
        };
        if value < least {
            let (field, fix) = ("participant parameter", "1 or more (wander: 0 or more)");
            return Err(SimError::Parameter { field, value, fix });
        }
        *place = value;
        Ok(())
    }
}

/// What a participant does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Role {
    Maker,
    Noise,
    Momentum,
}

impl Participants {
    /// How many have `role`.
    pub(crate) const fn count(&self, role: Role) -> u32 {
        match role {
            Role::Maker => self.makers,
            Role::Noise => self.noise,
            Role::Momentum => self.momentum,
        }
    }

    /// Mean time between two acts of one that has `role`, in ns.
    pub(crate) const fn interval_ns(&self, role: Role) -> i64 {
        match role {
            Role::Maker => self.maker_interval_ns,
            Role::Noise => self.noise_interval_ns,
            Role::Momentum => self.momentum_interval_ns,
        }
    }

    /// The mean times of all roles.
    pub(crate) const fn intervals_mut(&mut self) -> [&mut i64; 3] {
        [
            &mut self.maker_interval_ns,
            &mut self.noise_interval_ns,
            &mut self.momentum_interval_ns,
        ]
    }
}

fn count(place: &mut u32, field: &'static str, value: i64) -> Result<(), SimError> {
    match u32::try_from(value) {
        Ok(count) if count <= 1_000 => {
            *place = count;
            Ok(())
        }
        _ => Err(SimError::Parameter {
            field,
            value,
            fix: "0 to 1000",
        }),
    }
}

/// What a participant wants of the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wish {
    Submit(NewOrder),
    Cancel(OrderId),
}

/// What all participants of a book see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) reference: Ticks,
    pub(crate) top: TopOfBook,
    pub(crate) phase: Phase,
}

/// One participant: its kind, its luck and its orders.
#[derive(Debug, Clone)]
pub(crate) struct Participant {
    kind: Kind,
    rng: Rng,
    interval_ns: i64,
    trading_book: TradingBookId,
}

#[derive(Debug, Clone)]
enum Kind {
    Maker { open: Vec<OrderId>, wander: i64 },
    Noise,
    Momentum { last_mid: Option<i64> },
}

/// The participants that `config` asks for; each draws from a stream of its own, from `stream` on.
pub(crate) fn participants(config: &Participants, seed: u64, stream: u64) -> Vec<Participant> {
    let kinds = [
        (
            config.makers,
            config.maker_interval_ns,
            Kind::Maker {
                open: Vec::new(),
                wander: 0,
            },
        ),
        (config.noise, config.noise_interval_ns, Kind::Noise),
        (
            config.momentum,
            config.momentum_interval_ns,
            Kind::Momentum { last_mid: None },
        ),
    ];
    let all = kinds.into_iter().flat_map(|(count, interval_ns, kind)| {
        (0..count).map(move |_| (interval_ns, kind.clone()))
    });
    all.enumerate()
        .map(|(index, (interval_ns, kind))| Participant {
            kind,
            rng: Rng::new(seed, stream + index as u64),
            interval_ns,
            // Counted down from the top, away from the trading books of the desk.
            trading_book: TradingBookId(u16::MAX - index as u16),
        })
        .collect()
}

impl Participant {
    /// When it acts next.
    pub(crate) fn next_time(&mut self, now: Timestamp) -> Timestamp {
        now.plus_nanos(self.wait_ns(self.interval_ns))
    }

    /// A waiting time of mean `interval_ns`.
    pub(crate) fn wait_ns(&mut self, interval_ns: i64) -> i64 {
        self.rng.exponential_ns(interval_ns)
    }

    pub(crate) const fn role(&self) -> Role {
        match self.kind {
            Kind::Maker { .. } => Role::Maker,
            Kind::Noise => Role::Noise,
            Kind::Momentum { .. } => Role::Momentum,
        }
    }

    /// Appends the cancels of all its orders to `wishes`.
    pub(crate) fn withdraw(&mut self, wishes: &mut Vec<Wish>) {
        if let Kind::Maker { open, .. } = &mut self.kind {
            wishes.extend(open.drain(..).map(Wish::Cancel));
        }
    }

    /// Appends what it wants now to `wishes`; `next_order` numbers its orders.
    pub(crate) fn act(
        &mut self,
        config: &Participants,
        view: &View,
        next_order: &mut u64,
        wishes: &mut Vec<Wish>,
    ) {
        let mut order = Orders {
            next_order,
            trading_book: self.trading_book,
            phase: view.phase,
            wishes,
        };
        match &mut self.kind {
            Kind::Maker { open, wander } => {
                for order_id in open.drain(..) {
                    order.wishes.push(Wish::Cancel(order_id));
                }
                // Pulled back to the reference by an eighth, pushed by a draw: it stays near and moves.
                let push = self.rng.between(-config.wander, config.wander);
                *wander += (push - *wander) / 8 + self.rng.between(-1, 1);
                let belief = view.reference.count() + *wander;
                for level in 0..i64::from(config.levels) {
                    let distance = config.half_spread + level * config.level_step;
                    for side in [Side::Buy, Side::Sell] {
                        let lots = self.rng.between(1, config.maker_lots);
                        let price = Ticks::new(belief - side.sign() * distance);
                        open.push(order.rest(side, price, Lots::new(lots)));
                    }
                }
            }
            Kind::Noise => {
                let side = if self.rng.below(2) == 0 {
                    Side::Buy
                } else {
                    Side::Sell
                };
                let lots = self.rng.between(1, config.noise_lots);
                order.take(side, Lots::new(lots));
            }
            Kind::Momentum { last_mid } => {
                let Some((bid, ask)) = view.top.bid.zip(view.top.ask) else {
                    return;
                };
                let mid = bid.0.count() + ask.0.count();
                let moved = last_mid.map_or(0, |before| mid - before);
                *last_mid = Some(mid);
                // Mids are doubled, so is the distance.
                if moved.abs() >= 2 * config.momentum_ticks {
                    let side = if moved > 0 { Side::Buy } else { Side::Sell };
                    order.take(side, Lots::new(config.momentum_lots));
                }
            }
        }
    }
}

/// Writes orders of one participant.
struct Orders<'a> {
    next_order: &'a mut u64,
    trading_book: TradingBookId,
    phase: Phase,
    wishes: &'a mut Vec<Wish>,
}

impl Orders<'_> {
    fn rest(&mut self, side: Side, price: Ticks, lots: Lots) -> OrderId {
        self.submit(side, lots, Pricing::Limit(price), Lifetime::GoodForSession)
    }

    /// Takes at any price: at once, or in the auction of the call that is on.
    fn take(&mut self, side: Side, lots: Lots) {
        let lifetime = match self.phase {
            Phase::OpeningCall => Lifetime::AtOpen,
            Phase::ClosingCall => Lifetime::AtClose,
            Phase::Continuous | Phase::Closed | Phase::Halted => Lifetime::ImmediateOrCancel,
        };
        self.submit(side, lots, Pricing::Market, lifetime);
    }

    fn submit(&mut self, side: Side, lots: Lots, pricing: Pricing, lifetime: Lifetime) -> OrderId {
        *self.next_order += 1;
        let order_id = OrderId::new(PARTICIPANT, *self.next_order);
        let plain = NewOrder::new(order_id, side, lots, pricing);
        let trading_book = self.trading_book;
        self.wishes.push(Wish::Submit(NewOrder {
            lifetime,
            trading_book,
            ..plain
        }));
        order_id
    }
}
