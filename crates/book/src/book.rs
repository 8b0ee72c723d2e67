//! The book of one contract: its state and what can be asked about it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::{Lots, Ticks, Timestamp};

use crate::config::BookConfig;
use crate::dark::Dark;
use crate::event::TopOfBook;
use crate::extra::{Extra, Extras};
use crate::index::{Home, OrderIndex};
use crate::ladder::{self, Ladder, Levels, NO_RANK};
use crate::node::{NIL, Node, Nodes};
use crate::rank;
use crate::triggers::Triggers;

/// The order book of one contract.
///
/// Prices are [`Ticks`] of either sign, volumes [`Lots`]. The book has no clock: the caller says
/// what time it is. The same commands give the same events on every machine.
///
/// # Examples
/// ```
/// use wattbook_book::{BookConfig, BookEvent, NewOrder, OrderBook};
/// use wattbook_domain::{Lots, OrderId, Ticks, market::Phase, order::Side};
///
/// let mut book = OrderBook::new(BookConfig::default());
/// let mut events: Vec<BookEvent> = Vec::new();
/// book.set_phase(Phase::Continuous, &mut events);
/// let at = Ticks::new(-500);
/// book.submit(&NewOrder::limit(OrderId(1), Side::Sell, at, Lots::new(10)), &mut events);
/// book.submit(&NewOrder::limit(OrderId(2), Side::Buy, at, Lots::new(4)), &mut events);
/// assert!(events.iter().any(|event| matches!(event, BookEvent::Filled(fill) if fill.price == at)));
/// assert_eq!(book.top().ask, Some((at, Lots::new(6))));
/// ```
#[derive(Debug, Clone)]
pub struct OrderBook {
    pub(crate) nodes: Nodes,
    pub(crate) index: OrderIndex,
    pub(crate) levels: Levels,
    pub(crate) ladders: [Ladder; 2],
    /// Plain orders may take the short path: continuous trading, nothing undisplayed, no dynamic
    /// collar.
    pub(crate) quick: bool,
    /// Stops wait, for a trade or for their turn after one.
    pub(crate) watches_trades: bool,
    pub(crate) reports_top: bool,
    /// Lowest and highest price taken, in ticks.
    pub(crate) price_limits: (i64, i64),
    /// Number of the last trade.
    pub(crate) trades: u64,
    /// Price of the last trade, in ticks; [`NO_PRICE`] before the first.
    pub(crate) last: i64,
    pub(crate) rest: Box<Rest>,
}

/// No price yet.
pub(crate) const NO_PRICE: i64 = i64::MIN;

/// The part of the state that plain orders do not touch.
#[derive(Debug, Clone)]
pub(crate) struct Rest {
    pub(crate) config: BookConfig,
    pub(crate) phase: Phase,
    pub(crate) now: Timestamp,
    pub(crate) gate_closed: bool,
    /// Entry numbers given so far.
    pub(crate) sequence: u64,
    pub(crate) extras: Extras,
    pub(crate) dark: [Dark; 2],
    pub(crate) triggers: Triggers,
    /// Trailing stops in order of entry.
    pub(crate) trailing: Vec<u32>,
    /// Woken stops that wait for their turn.
    pub(crate) pending: VecDeque<u32>,
    /// Pegged orders in order of entry.
    pub(crate) pegs: Vec<u32>,
    /// Orders for the closing call in order of entry.
    pub(crate) parked: Vec<u32>,
    /// Orders with an end date: its nanoseconds, entry number, slot.
    pub(crate) expiries: BTreeSet<(i64, u64, u32)>,
    /// One-cancels-other groups: members in order of entry.
    pub(crate) groups: BTreeMap<u64, Vec<u32>>,
    /// Reference of the dynamic collar during the current command, in ticks.
    pub(crate) collar_reference: Option<i64>,
    /// A command traded up to the dynamic collar and the book shall halt.
    pub(crate) halts: bool,
    /// The top last reported.
    pub(crate) top: TopOfBook,
}

/// An order in a book, as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RestingOrder {
    /// Which order.
    pub order_id: OrderId,
    /// Whose it is.
    pub trading_book: TradingBookId,
    /// Buy or sell.
    pub side: Side,
    /// Its price now; none for a stop, or a pegged order without a price to follow.
    pub price: Option<Ticks>,
    /// What others see of it.
    pub displayed: Lots,
    /// What is still open, hidden volume included.
    pub open: Lots,
    /// What has traded.
    pub filled: Lots,
}

/// The displayed orders of one price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DepthLevel {
    /// The price.
    pub price: Ticks,
    /// Displayed volume.
    pub volume: Lots,
    /// How many orders.
    pub orders: u32,
}

impl OrderBook {
    /// An empty book in [`Phase::Closed`].
    #[must_use]
    pub fn new(config: BookConfig) -> Self {
        let widest = (-rank::MAX_TICKS, rank::MAX_TICKS);
        let price_limits = config.collars.fixed.map_or(widest, |(low, high)| {
            (low.count().max(widest.0), high.count().min(widest.1))
        });
        Self {
            nodes: Nodes::with_capacity(config.expected_orders),
            index: OrderIndex::with_capacity(config.expected_orders),
            levels: Levels::new(),
            ladders: [Ladder::new(), Ladder::new()],
            quick: false,
            watches_trades: false,
            reports_top: config.reports_top,
            price_limits,
            trades: 0,
            last: NO_PRICE,
            rest: Box::new(Rest::new(config)),
        }
    }

    /// The rules it was made with.
    #[must_use]
    pub fn config(&self) -> &BookConfig {
        &self.rest.config
    }

    /// Its phase.
    #[must_use]
    pub fn phase(&self) -> Phase {
        self.rest.phase
    }

    /// The latest time that it was told.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.rest.now
    }

    /// Whether the gate of the contract has closed.
    #[must_use]
    pub fn is_gate_closed(&self) -> bool {
        self.rest.gate_closed
    }

    /// Price of the last trade.
    #[must_use]
    pub fn last_price(&self) -> Option<Ticks> {
        (self.last != NO_PRICE).then(|| Ticks::new(self.last))
    }

    /// How many trades there were.
    #[must_use]
    pub fn trades(&self) -> u64 {
        self.trades
    }

    /// Best displayed prices and their volumes.
    #[must_use]
    pub fn top(&self) -> TopOfBook {
        ladder::top(&self.ladders, &self.levels)
    }

    /// The displayed levels of `side`, best first.
    pub fn depth(&self, side: Side) -> impl Iterator<Item = DepthLevel> + '_ {
        ladder::depth(&self.ladders, &self.levels, rank::index(side))
    }

    /// The displayed orders of `side` in priority order.
    pub fn orders(&self, side: Side) -> impl Iterator<Item = RestingOrder> + '_ {
        self.displayed(rank::index(side))
            .map(|slot| self.view(slot))
    }

    /// The undisplayed orders of `side` in priority order.
    pub fn undisplayed(&self, side: Side) -> impl Iterator<Item = RestingOrder> + '_ {
        let dark = &self.rest.dark[rank::index(side)];
        dark.iter().map(|order| self.view(order.slot))
    }

    /// The live order with this id.
    #[must_use]
    pub fn order(&self, order_id: OrderId) -> Option<RestingOrder> {
        let slot = self.slot_of(order_id.0);
        (slot != NIL).then(|| self.view(slot))
    }

    /// Displayed lots that would trade before this displayed order at its price.
    #[must_use]
    pub fn volume_ahead(&self, order_id: OrderId) -> Option<Lots> {
        let slot = self.slot_of(order_id.0);
        if slot == NIL || self.nodes[slot].level == NIL {
            return None;
        }
        let mut ahead = 0;
        let mut at = self.nodes[slot].prev;
        while at != NIL {
            ahead += self.nodes[at].open;
            at = self.nodes[at].prev;
        }
        Some(Lots::new(ahead))
    }

    pub(crate) fn levels_of(&self, side: usize) -> impl Iterator<Item = u32> + '_ {
        self.ladders[side].iter()
    }

    pub(crate) fn queue(&self, level: u32) -> impl Iterator<Item = u32> + '_ {
        let next = |slot: u32| (slot != NIL).then_some(slot);
        std::iter::successors(next(self.levels[level].head), move |slot| {
            next(self.nodes[*slot].next)
        })
    }

    pub(crate) fn displayed(&self, side: usize) -> impl Iterator<Item = u32> + '_ {
        self.levels_of(side).flat_map(|level| self.queue(level))
    }

    fn view(&self, slot: u32) -> RestingOrder {
        let node = &self.nodes[slot];
        let side = node.side_index();
        let extra = self.extra(slot);
        let is_displayed = node.level != NIL;
        let rank = if is_displayed {
            self.levels[node.level].rank
        } else {
            extra.map_or(NO_RANK, |extra| extra.rank)
        };
        RestingOrder {
            order_id: OrderId(node.order_id),
            trading_book: TradingBookId(node.trading_book),
            side: node.side(),
            price: (rank != NO_RANK).then(|| Ticks::new(rank::ticks(rank, side))),
            displayed: Lots::new(if is_displayed { node.open } else { 0 }),
            open: Lots::new(node.open + extra.map_or(0, |extra| extra.reserve)),
            filled: Lots::new(node.filled),
        }
    }

    /// The slot of the live order `id`, or [`NIL`].
    #[inline]
    pub(crate) fn slot_of(&self, id: u64) -> u32 {
        self.slot_at(self.index.home(id), id)
    }

    /// The slot of the live order `id`, whose home is `at`, or [`NIL`].
    #[inline]
    pub(crate) fn slot_at(&self, at: Home, id: u64) -> u32 {
        self.index.get(at, id, |slot| self.nodes[slot].order_id)
    }

    /// Enters `slot` under the id whose home is `at`.
    #[inline]
    pub(crate) fn list(&mut self, at: Home, slot: u32) {
        let nodes = &self.nodes;
        self.index.insert(at, slot, |slot| nodes[slot].order_id);
    }

    #[inline]
    pub(crate) fn node(&self, slot: u32) -> &Node {
        &self.nodes[slot]
    }

    pub(crate) fn extra(&self, slot: u32) -> Option<&Extra> {
        self.rest.extras.get(self.nodes[slot].extra)
    }

    pub(crate) fn extra_mut(&mut self, slot: u32) -> Option<&mut Extra> {
        self.rest.extras.get_mut(self.nodes[slot].extra)
    }

    /// Sets the switches of the short path after a change of what they sum up.
    pub(crate) fn refresh_switches(&mut self) {
        let rest = &self.rest;
        let stops_are_gone = rest.triggers.is_empty() && rest.trailing.is_empty();
        self.watches_trades = !(stops_are_gone && rest.pending.is_empty());
        self.quick = rest.phase == Phase::Continuous
            && rest.config.collars.dynamic.is_none()
            && rest.dark.iter().all(Dark::is_empty);
    }
}

impl Rest {
    fn new(config: BookConfig) -> Self {
        Self {
            config,
            phase: Phase::Closed,
            now: Timestamp::MIN,
            gate_closed: false,
            sequence: 0,
            extras: Extras::default(),
            dark: [Dark::default(), Dark::default()],
            triggers: Triggers::default(),
            trailing: Vec::new(),
            pending: VecDeque::new(),
            pegs: Vec::new(),
            parked: Vec::new(),
            expiries: BTreeSet::new(),
            groups: BTreeMap::new(),
            collar_reference: None,
            halts: false,
            top: TopOfBook::default(),
        }
    }
}
