//! The bytes of coupled books: a snapshot from which they go on as if they had never stopped.

use std::collections::BTreeMap;

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::state::State;
use wattbook_domain::{Lots, Ticks};

use crate::coupled::CoupledBooks;
use crate::coupled::config::{
    CoupledConfig, CoupledContract, CoupledLink, CoupledRules, MAX_CONTRACTS, Span,
};
use crate::coupled::place::origin;
use crate::extra::{Extra, Place};
use crate::node::{Keep, NIL, Node};
use crate::order::{Display, Lifetime, NewOrder, Pricing, Quantity, Terms};
use crate::rank::{self, MAX_LOTS, MAX_TICKS};

wattbook_domain::state!(CoupledContract { first, periods });
wattbook_domain::state!(CoupledRules {
    implied_matching,
    blocks_in_parts,
    baskets_rest,
    amend
});
wattbook_domain::state!(Span { count, first });

impl State for CoupledLink {
    fn save(&self, out: &mut Vec<u8>) {
        let [from, to] = self.zones;
        (from as u64, to as u64).save(out);
        let [there, back] = self.capacity;
        (there, back).save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let (from, to): (u64, u64) = State::load(input)?;
        let (there, back) = State::load(input)?;
        Some(Self {
            zones: [usize::try_from(from).ok()?, usize::try_from(to).ok()?],
            capacity: [there, back],
        })
    }
}

impl State for CoupledConfig {
    fn save(&self, out: &mut Vec<u8>) {
        (self.zones as u64, self.periods as u64).save(out);
        self.contracts.save(out);
        self.links.save(out);
        self.rules.save(out);
        self.price_limits.save(out);
        (self.expected_orders as u64).save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let (zones, periods): (u64, u64) = State::load(input)?;
        Some(Self {
            zones: usize::try_from(zones).ok()?,
            periods: usize::try_from(periods).ok()?,
            contracts: State::load(input)?,
            links: State::load(input)?,
            rules: State::load(input)?,
            price_limits: State::load(input)?,
            expected_orders: usize::try_from(u64::load(input)?).ok()?,
        })
    }
}

/// What is not an order.
struct Head {
    arrived: u64,
    trades: u64,
    /// By contract: the zones whose gate has closed.
    closed: Vec<i128>,
    /// By market time unit and link: capacity there and back, then flow.
    borders: Vec<(i64, (i64, i64))>,
    /// By contract and link: whether it allocates.
    gates: Vec<bool>,
}

wattbook_domain::state!(Head {
    arrived,
    trades,
    closed,
    borders,
    gates
});

/// One live order. Orders are listed queue by queue, so that books which behave alike have the same
/// bytes.
struct Saved {
    order_id: OrderId,
    span: Span,
    zone: u16,
    is_sell: bool,
    open: i64,
    filled: i64,
    trading_book: TradingBookId,
    arrival: u64,
    price: Ticks,
    place: Place,
    slice: Option<Lots>,
    reserve: i64,
    is_whole: bool,
    /// Of a basket: the arrival of its first order.
    basket: u64,
}

wattbook_domain::state!(Saved {
    order_id,
    span,
    zone,
    is_sell,
    open,
    filled,
    trading_book,
    arrival,
    price,
    place,
    slice,
    reserve,
    is_whole,
    basket
});

impl State for CoupledBooks {
    fn save(&self, out: &mut Vec<u8>) {
        self.config.save(out);
        let (borders, gates) = self.network.saved();
        let borders = borders.into_iter();
        let head = Head {
            arrived: self.arrived,
            trades: self.trades,
            closed: self.closed.iter().map(|zones| *zones as i128).collect(),
            borders: borders
                .map(|[there, back, flow]| (there, (back, flow)))
                .collect(),
            gates,
        };
        head.save(out);
        let contracts = 0..self.config.contracts.len() as u32;
        let books = contracts.chain(self.blocks.values().copied());
        let queues = books.flat_map(|book| [(book, 0), (book, 1)]);
        let standing = queues.flat_map(|(book, side)| self.standing(book, side));
        let baskets = self.waiters.values().filter(|slots| slots.len() > 1);
        let slots = standing.chain(baskets.flatten().copied());
        let orders: Vec<Saved> = slots.map(|slot| self.saved(slot)).collect();
        orders.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let config = CoupledConfig::load(input)?;
        let head = Head::load(input)?;
        let orders: Vec<Saved> = State::load(input)?;
        let numbers = [head.arrived, head.trades];
        if numbers.iter().any(|number| *number > u64::MAX / 2) {
            return None;
        }
        // Room for what is there: a false count must not ask for memory.
        let room = config.expected_orders.min(orders.len().max(4_096));
        if config.contracts.len() > MAX_CONTRACTS {
            return None;
        }
        let mut books = Self::new(&CoupledConfig {
            expected_orders: room,
            ..config.clone()
        })
        .ok()?;
        books.config = config;
        let borders = head.borders.iter();
        let borders: Vec<[i64; 3]> = borders
            .map(|(there, (back, flow))| [*there, *back, *flow])
            .collect();
        books.network.restore(&borders, &head.gates)?;
        if head.closed.len() != books.closed.len() {
            return None;
        }
        books.closed = head.closed.iter().map(|zones| *zones as u128).collect();
        (books.arrived, books.trades) = (head.arrived, head.trades);
        let mut baskets: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for order in &orders {
            books.restore(order, &mut baskets)?;
        }
        for (key, slots) in baskets {
            if slots.len() < 2 || books.waiters.contains_key(&key) {
                return None;
            }
            books.wait(key, slots);
        }
        books.touched.clear();
        books.fresh.clear();
        Some(books)
    }
}

impl CoupledBooks {
    fn saved(&self, slot: u32) -> Saved {
        let node = self.nodes[slot];
        let side = node.side_index();
        let extra = self.extra(slot);
        Saved {
            order_id: OrderId(node.order_id),
            span: self.span_of(self.book_of(slot)),
            zone: self.zone(slot) as u16,
            is_sell: side == 1,
            open: node.open,
            filled: node.filled,
            trading_book: TradingBookId(node.trading_book),
            arrival: self.arrivals[slot as usize],
            price: Ticks::new(rank::ticks(self.bound_of(slot), 1 - side)),
            place: extra.map_or(Place::Level, |extra| extra.place),
            slice: self.slice(slot).map(Lots::new),
            reserve: extra.map_or(0, |extra| extra.reserve),
            is_whole: self.is_whole(slot),
            basket: self.wait_key(slot),
        }
    }

    /// Puts an order back where it was; `None` for one that these books cannot have.
    fn restore(&mut self, saved: &Saved, baskets: &mut BTreeMap<u64, Vec<u32>>) -> Option<()> {
        let zone = usize::from(saved.zone);
        self.network.check_zone(zone).ok()?;
        self.config.periods_of(saved.span)?;
        let book = self.book(saved.span).ok()?;
        let is_known = self.slot_of(saved.order_id) != NIL;
        if is_known || !saved.is_sound(self.arrived) || self.is_closed(zone, saved.span) {
            return None;
        }
        let order = saved.order();
        let side = rank::index(order.side);
        let rank = rank::rank(saved.price.count(), side);
        let extra = if order.terms.is_plain() && saved.place == Place::Level {
            NIL
        } else {
            self.extras.insert(Extra {
                place: saved.place,
                reserve: saved.reserve,
                rank,
                ..Extra::new(order, saved.basket)
            })
        };
        let node = Node {
            order_id: saved.order_id.0,
            open: saved.open,
            filled: saved.filled,
            next: NIL,
            prev: NIL,
            level: NIL,
            extra,
            trading_book: saved.trading_book.0,
            tags: Node::tags(order.side, Keep::On, order.self_trade),
            origin: origin(zone, book),
        };
        let home = self.index.home(saved.order_id.0);
        let slot = self.list(home, node, saved.arrival);
        let looks = self.config.rules.implied_matching && saved.span.is_block();
        match saved.place {
            Place::Level => self.line_up(slot, saved.price.count()),
            Place::Dark => {
                let key = (rank, saved.arrival, slot);
                self.books[book as usize].whole[side].insert(key);
            }
            _ => {
                baskets.entry(saved.basket).or_default().push(slot);
                return Some(());
            }
        }
        if saved.place == Place::Dark || looks {
            if self.waiters.contains_key(&saved.arrival) {
                return None;
            }
            self.wait(saved.arrival, vec![slot]);
        }
        Some(())
    }
}

impl Saved {
    fn is_sound(&self, arrived: u64) -> bool {
        let lots = 1..=MAX_LOTS;
        let has_place = match self.place {
            Place::Level => !self.is_whole && self.basket == self.arrival,
            Place::Dark => self.is_whole && self.basket == self.arrival,
            Place::Parked => !self.span.is_block() && self.filled == 0,
            _ => false,
        };
        let has_slice = match self.slice {
            Some(slice) => {
                lots.contains(&slice.count())
                    && (0..=MAX_LOTS).contains(&self.reserve)
                    && self.place == Place::Level
                    && !self.span.is_block()
            }
            None => self.reserve == 0,
        };
        has_place
            && has_slice
            && lots.contains(&self.open)
            && (0..=MAX_LOTS).contains(&self.filled)
            && self.price.count().unsigned_abs() <= MAX_TICKS as u64
            && (1..=arrived).contains(&self.arrival)
            && (1..=arrived).contains(&self.basket)
    }

    fn order(&self) -> NewOrder {
        NewOrder {
            order_id: self.order_id,
            side: if self.is_sell { Side::Sell } else { Side::Buy },
            volume: Lots::new(self.open + self.filled + self.reserve),
            pricing: Pricing::Limit(self.price),
            lifetime: Lifetime::GoodForSession,
            trading_book: self.trading_book,
            self_trade: SelfTradePrevention::Allow,
            terms: Terms {
                display: self.slice.map_or(Display::Full, Display::Iceberg),
                quantity: if self.is_whole {
                    Quantity::AllOrNone
                } else {
                    Quantity::Any
                },
                one_cancels_other: None,
            },
        }
    }
}
