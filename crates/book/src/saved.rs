//! The bytes of a book: a snapshot from which it goes on as if it had never stopped.
//!
//! Orders are listed queue by queue and named by their place in that list, so that books which behave
//! alike have the same bytes, whatever led to them.

use std::collections::BTreeMap;

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::market::Phase;
use wattbook_domain::state::State;
use wattbook_domain::{Lots, Timestamp};

use crate::book::{NO_PRICE, OrderBook};
use crate::config::BookConfig;
use crate::dark::DarkOrder;
use crate::event::TopOfBook;
use crate::extra::{Extra, Place};
use crate::ladder::NO_RANK;
use crate::node::{NIL, Node};
use crate::order::{Lifetime, NewOrder, Pricing, Terms};
use crate::phases::MARKET_RANK;
use crate::rank::{self, MAX_LOTS, MAX_TICKS};

/// What is not an order.
struct Head {
    config: BookConfig,
    phase: Phase,
    now: Timestamp,
    gate_closed: bool,
    sequence: u64,
    trades: u64,
    last: i64,
    top: TopOfBook,
}

wattbook_domain::state!(Head {
    config,
    phase,
    now,
    gate_closed,
    sequence,
    trades,
    last,
    top
});

/// One live order.
struct Saved {
    order_id: OrderId,
    open: i64,
    filled: i64,
    trading_book: TradingBookId,
    tags: u16,
    place: Place,
    /// Of its queue, or of an undisplayed order; else [`NO_RANK`].
    rank: i64,
    extra: Option<SavedExtra>,
}

wattbook_domain::state!(Saved {
    order_id,
    open,
    filled,
    trading_book,
    tags,
    place,
    rank,
    extra
});

/// What only some orders have, without what its node says.
struct SavedExtra {
    volume: Lots,
    pricing: Pricing,
    lifetime: Lifetime,
    terms: Terms,
    sequence: u64,
    reserve: i64,
    trigger: Option<i64>,
}

wattbook_domain::state!(SavedExtra {
    volume,
    pricing,
    lifetime,
    terms,
    sequence,
    reserve,
    trigger
});

/// Lists whose order is a matter of history: places in the list of orders.
struct Lists {
    pending: Vec<u32>,
    trailing: Vec<u32>,
    parked: Vec<u32>,
    pegs: Vec<u32>,
    groups: BTreeMap<u64, Vec<u32>>,
}

wattbook_domain::state!(Lists {
    pending,
    trailing,
    parked,
    pegs,
    groups
});

impl State for OrderBook {
    fn save(&self, out: &mut Vec<u8>) {
        let rest = &self.rest;
        let slots = self.live_slots();
        let places: BTreeMap<u32, u32> = slots.iter().copied().zip(0..).collect();
        let listed = |slots: &mut dyn Iterator<Item = &u32>| -> Vec<u32> {
            slots.map(|slot| places[slot]).collect()
        };
        let head = Head {
            config: rest.config,
            phase: rest.phase,
            now: rest.now,
            gate_closed: rest.gate_closed,
            sequence: rest.sequence,
            trades: self.trades,
            last: self.last,
            top: rest.top,
        };
        let lists = Lists {
            pending: listed(&mut rest.pending.iter()),
            trailing: listed(&mut rest.trailing.iter()),
            parked: listed(&mut rest.parked.iter()),
            pegs: listed(&mut rest.pegs.iter()),
            groups: rest
                .groups
                .iter()
                .map(|(group, members)| (*group, listed(&mut members.iter())))
                .collect(),
        };
        head.save(out);
        let orders: Vec<Saved> = slots.iter().map(|slot| self.saved(*slot)).collect();
        orders.save(out);
        lists.save(out);
    }

    fn load(input: &mut &[u8]) -> Option<Self> {
        let head = Head::load(input)?;
        let orders: Vec<Saved> = State::load(input)?;
        let lists = Lists::load(input)?;
        let numbers = [head.sequence, head.trades];
        let has_price = head.last == NO_PRICE || head.last.abs() <= MAX_TICKS;
        if !has_price || numbers.iter().any(|number| *number > u64::MAX / 2) {
            return None;
        }
        // Room for what is there: a false count must not ask for memory.
        let room = head.config.expected_orders.min(orders.len().max(4_096));
        let mut book = Self::new(BookConfig {
            expected_orders: room,
            ..head.config
        });
        for order in &orders {
            book.restore(order)?;
        }
        book.restore_lists(lists)?;
        book.trades = head.trades;
        book.last = head.last;
        let rest = &mut book.rest;
        rest.config = head.config;
        rest.phase = head.phase;
        rest.now = head.now;
        rest.gate_closed = head.gate_closed;
        rest.sequence = head.sequence;
        rest.top = head.top;
        book.refresh_switches();
        Some(book)
    }
}

impl OrderBook {
    fn saved(&self, slot: u32) -> Saved {
        let node = self.node(slot);
        let extra = self.extra(slot);
        let place = extra.map_or(Place::Level, |extra| extra.place);
        let rank = match place {
            Place::Level => self.levels[node.level].rank,
            Place::Dark => extra.map_or(NO_RANK, |extra| extra.rank),
            _ => NO_RANK,
        };
        Saved {
            order_id: OrderId(node.order_id),
            open: node.open,
            filled: node.filled,
            trading_book: TradingBookId(node.trading_book),
            tags: node.tags,
            place,
            rank,
            extra: extra.map(|extra| SavedExtra {
                volume: extra.order.volume,
                pricing: extra.order.pricing,
                lifetime: extra.order.lifetime,
                terms: extra.order.terms,
                sequence: extra.sequence,
                reserve: extra.reserve,
                trigger: extra.trigger,
            }),
        }
    }

    /// Puts an order back where it was; `None` for one that no book can have.
    fn restore(&mut self, saved: &Saved) -> Option<()> {
        let home = self.index.home(saved.order_id.0);
        if !saved.is_sound() || self.slot_at(home, saved.order_id.0) != NIL {
            return None;
        }
        let slot = self.nodes.insert(Node {
            order_id: saved.order_id.0,
            open: saved.open,
            filled: saved.filled,
            next: NIL,
            prev: NIL,
            level: NIL,
            extra: NIL,
            trading_book: saved.trading_book.0,
            tags: saved.tags,
            origin: 0,
        });
        self.list(home, slot);
        let side = self.node(slot).side_index();
        if let Some(kept) = &saved.extra {
            let extra = kept.extra(saved, self.node(slot));
            if let Lifetime::GoodTillDate(date) = kept.lifetime {
                let key = (date.nanos(), kept.sequence, slot);
                self.rest.expiries.insert(key);
            }
            self.nodes[slot].extra = self.rest.extras.insert(extra);
            let sequence = kept.sequence;
            match saved.place {
                Place::Dark => self.rest.dark[side].insert(DarkOrder {
                    rank: saved.rank,
                    sequence,
                    slot,
                }),
                Place::Stop => {
                    if let Some(trigger) = kept.trigger {
                        self.rest.triggers.insert(side, trigger, sequence, slot);
                    }
                }
                _ => {}
            }
        }
        if saved.place == Place::Level {
            self.enqueue(slot, side, saved.rank);
        }
        Some(())
    }

    /// Takes over the lists; `None` unless each names exactly the orders that belong to it.
    fn restore_lists(&mut self, lists: Lists) -> Option<()> {
        let is_at = |place| move |extra: &Extra| extra.place == place;
        let is_trailing = |extra: &Extra| {
            extra.place == Place::Stop
                && matches!(extra.order.pricing, Pricing::TrailingStop { .. })
        };
        let groups = lists.groups.values().flatten();
        let is_whole = self.lists(lists.pending.iter(), is_at(Place::Pending))
            && self.lists(lists.parked.iter(), is_at(Place::Parked))
            && self.lists(lists.trailing.iter(), is_trailing)
            && self.lists(lists.pegs.iter(), Extra::is_pegged)
            && self.lists(groups, |extra| {
                extra.order.terms.one_cancels_other.is_some()
            });
        if !is_whole {
            return None;
        }
        let in_own_group = lists.groups.iter().all(|(group, members)| {
            let is_own = |slot: &u32| self.group(*slot) == Some(*group);
            !members.is_empty() && members.iter().all(is_own)
        });
        if !in_own_group {
            return None;
        }
        let rest = &mut self.rest;
        rest.pending = lists.pending.into();
        rest.parked = lists.parked;
        rest.trailing = lists.trailing;
        rest.pegs = lists.pegs;
        rest.groups = lists.groups;
        Some(())
    }

    /// Whether `listed` names each order once that `belongs`, and no other.
    fn lists<'a>(
        &self,
        listed: impl Iterator<Item = &'a u32>,
        belongs: impl Fn(&Extra) -> bool,
    ) -> bool {
        let mut listed: Vec<u32> = listed.copied().collect();
        listed.sort_unstable();
        // Every slot so far is live: the book was made from nothing but these orders.
        let count = self.index.len() as u32;
        let due = (0..count).filter(|slot| self.extra(*slot).is_some_and(&belongs));
        listed.into_iter().eq(due)
    }
}

impl Saved {
    fn is_sound(&self) -> bool {
        let lots = 1..=MAX_LOTS;
        let side = usize::from(self.tags & 1);
        let price = rank::ticks(self.rank, side);
        let has_price = (-MAX_TICKS..=MAX_TICKS).contains(&price);
        let has_place = match self.place {
            Place::Moving => false,
            Place::Level => has_price || self.rank == MARKET_RANK,
            Place::Dark => has_price || self.rank == NO_RANK,
            Place::Stop | Place::Pending | Place::Parked => self.rank == NO_RANK,
        };
        let is_plain = self.extra.is_none();
        // Tags end with the five modes of self-trade prevention.
        has_place
            && (self.place == Place::Level || !is_plain)
            && lots.contains(&self.open)
            && (0..=MAX_LOTS).contains(&self.filled)
            && self.tags >> 3 <= 4
            && self.extra.as_ref().is_none_or(SavedExtra::is_sound)
    }
}

impl SavedExtra {
    fn is_sound(&self) -> bool {
        let in_range = |ticks: i64| ticks.unsigned_abs() <= 2 * MAX_TICKS as u64;
        let prices = match self.pricing {
            Pricing::Market | Pricing::MarketToLimit => [0, 0],
            Pricing::Limit(limit) => [limit.count(), 0],
            Pricing::Stop { trigger } => [trigger.count(), 0],
            Pricing::StopLimit { trigger, limit } => [trigger.count(), limit.count()],
            Pricing::TrailingStop { distance, trigger } => {
                [distance.count(), trigger.unwrap_or_default().count()]
            }
            Pricing::Pegged { offset, limit, .. } => {
                [offset.count(), limit.unwrap_or_default().count()]
            }
        };
        (0..=MAX_LOTS).contains(&self.reserve)
            && self.sequence <= u64::MAX / 2
            && prices.into_iter().all(in_range)
            && self.trigger.is_none_or(in_range)
    }

    fn extra(&self, saved: &Saved, node: &Node) -> Extra {
        let order = NewOrder {
            order_id: saved.order_id,
            side: node.side(),
            volume: self.volume,
            pricing: self.pricing,
            lifetime: self.lifetime,
            trading_book: saved.trading_book,
            self_trade: node.self_trade(),
            terms: self.terms,
        };
        Extra {
            place: saved.place,
            reserve: self.reserve,
            rank: saved.rank,
            trigger: self.trigger,
            ..Extra::new(order, self.sequence)
        }
    }
}
