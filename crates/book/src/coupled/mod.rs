//! The books of a day's contracts in several bidding zones, coupled by transmission capacity.

mod amend;
pub(crate) mod basket;
mod block;
pub(crate) mod config;
mod enter;
pub(crate) mod event;
mod hints;
mod network;
mod paths;
mod place;
mod plan;
mod saved;
mod settle;
mod sweep;
mod view;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use wattbook_domain::id::OrderId;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::coupled::basket::AtGate;
use crate::coupled::config::{CoupledConfig, Span};
use crate::coupled::event::{CoupledEvent, CoupledFault, CoupledSink, LinkState};
use crate::coupled::hints::Hints;
use crate::coupled::network::{Network, Zones};
use crate::coupled::paths::Paths;
use crate::coupled::plan::Plan;
use crate::coupled::settle::Due;
use crate::event::BookEvent;
use crate::extra::Extras;
use crate::index::OrderIndex;
use crate::ladder::{Ladder, Levels};
use crate::node::{NIL, Nodes};
use crate::order::NewOrder;
use crate::rank::MAX_TICKS;

/// The books of a day's contracts in several bidding zones, as the single intraday coupling (SIDC)
/// matches them: an order meets the orders of its zone and of every zone from or to which capacity
/// reaches, and contracts that deliver at the same time share that capacity.
///
/// It trades continuously from the start. It has no clock: gates, pauses and updates of capacity
/// come as commands. The same commands give the same events on every machine.
///
/// # Examples
/// ```
/// use wattbook_book::{CoupledBooks, CoupledConfig, CoupledContract, CoupledEvent, CoupledLink};
/// use wattbook_book::{CoupledRules, Lifetime::GoodForSession, NewOrder, Span};
/// use wattbook_domain::{Lots, OrderId, Ticks, order::Side};
///
/// let link = CoupledLink { zones: [0, 1], capacity: [Lots::new(6), Lots::new(0)] };
/// let mut books = CoupledBooks::new(&CoupledConfig {
///     zones: 2,
///     periods: 96,
///     contracts: CoupledContract::day(96),
///     links: vec![link],
///     rules: CoupledRules::SIDC,
///     price_limits: None,
///     expected_orders: 16,
/// })?;
/// let mut events: Vec<CoupledEvent> = Vec::new();
/// let order = NewOrder::limit(OrderId(1), Side::Sell, Ticks::new(-5), Lots::new(10));
/// let first_hour = Span::of(0);
/// books.submit(0, first_hour, &NewOrder { lifetime: GoodForSession, ..order }, &mut events)?;
/// // Zone 1 sees as much of it as can flow there.
/// assert_eq!(books.top(1, first_hour)?.ask, Some((Ticks::new(-5), Lots::new(6))));
/// # Ok::<(), wattbook_book::CoupledFault>(())
/// ```
#[derive(Debug, Clone)]
pub struct CoupledBooks {
    config: CoupledConfig,
    nodes: Nodes,
    levels: Levels,
    /// By level: the zones that its orders are of; may name some whose orders have left. Empty until an
    /// order first looks past one that it does not reach.
    level_zones: Vec<Zones>,
    /// By slot: when the order came, among all.
    arrivals: Vec<u64>,
    extras: Extras,
    /// One a contract, then one a block that an order came for.
    books: Vec<Book>,
    blocks: BTreeMap<Span, u32>,
    network: Network,
    /// By market time unit: the contracts that deliver then.
    covering: Vec<Vec<u32>>,
    index: OrderIndex,
    /// By contract: the zones whose gate has closed.
    closed: Vec<Zones>,
    /// Orders that wait for a command that lets them trade, by arrival; more than one of a basket.
    waiters: BTreeMap<u64, Vec<u32>>,
    /// Orders that wait and have not looked yet.
    fresh: Vec<u64>,
    /// Books that an order that waits looks into and where orders could meet, were there no borders.
    ready: BTreeSet<u32>,
    /// Books where something changed since orders that wait looked.
    touched: Vec<u32>,
    plan: Plan,
    due: Due,
    at_gate: AtGate,
    /// Numbers given so far to orders as they came.
    arrived: u64,
    /// Number of the last trade.
    trades: u64,
    price_limits: (i64, i64),
}

/// The orders for one contract or block, of all zones.
#[derive(Debug, Clone)]
struct Book {
    span: Span,
    /// By side: displayed orders, zones side by side, so that a queue is in order of time.
    ladders: [Ladder; 2],
    /// By side: from where on displayed orders of a zone are looked for.
    hints: [Hints; 2],
    /// By side: all-or-none orders, by rank and arrival.
    whole: [BTreeSet<(i64, u64, u32)>; 2],
    paths: Paths,
    /// Orders that wait for something in here, by arrival.
    watchers: BTreeSet<u64>,
}

impl Book {
    fn new(span: Span, periods: Range<usize>) -> Self {
        Self {
            span,
            ladders: [Ladder::new(), Ladder::new()],
            hints: [Hints::default(), Hints::default()],
            whole: [BTreeSet::new(), BTreeSet::new()],
            paths: Paths::new(periods, span.contracts()),
            watchers: BTreeSet::new(),
        }
    }
}

impl CoupledBooks {
    /// Empty books, all borders allocating.
    ///
    /// # Errors
    /// A [`CoupledFault`] when the contracts do not fit the day, or the links the zones, each other,
    /// or the range of volumes.
    pub fn new(config: &CoupledConfig) -> Result<Self, CoupledFault> {
        config.check()?;
        let network = Network::new(config)?;
        let (low, high) = config
            .price_limits
            .map_or((-MAX_TICKS, MAX_TICKS), |(low, high)| {
                (low.count().max(-MAX_TICKS), high.count().min(MAX_TICKS))
            });
        let mut covering = vec![Vec::new(); config.periods];
        let mut books = Vec::with_capacity(config.contracts.len());
        for (at, contract) in config.contracts.iter().enumerate() {
            let periods = usize::from(contract.first)..contract.end();
            for period in periods.clone() {
                covering[period].push(at as u32);
            }
            books.push(Book::new(Span::of(at as u16), periods));
        }
        Ok(Self {
            nodes: Nodes::with_capacity(config.expected_orders),
            levels: Levels::new(),
            level_zones: Vec::new(),
            arrivals: Vec::with_capacity(config.expected_orders),
            extras: Extras::default(),
            books,
            blocks: BTreeMap::new(),
            network,
            covering,
            index: OrderIndex::with_capacity(config.expected_orders),
            closed: vec![0; config.contracts.len()],
            waiters: BTreeMap::new(),
            fresh: Vec::new(),
            ready: BTreeSet::new(),
            touched: Vec::new(),
            plan: Plan::default(),
            due: Due::default(),
            at_gate: AtGate::NONE,
            arrived: 0,
            trades: 0,
            price_limits: (low, high),
            config: config.clone(),
        })
    }

    /// What they were made with.
    #[must_use]
    pub fn config(&self) -> &CoupledConfig {
        &self.config
    }

    /// Takes in an order of `zone` for `span`, which trades, rests or ends by its terms.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone or span, or the order asks for what is not there.
    pub fn submit<S: CoupledSink>(
        &mut self,
        zone: usize,
        span: Span,
        order: &NewOrder,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        if let Some(plain) = self.plain(zone, span, order) {
            let home = self.index.home(order.order_id.0);
            if self.slot_at(home, order.order_id) == NIL {
                self.submit_plain((zone, u32::from(span.first)), plain, home, sink);
                return Ok(());
            }
        }
        self.submit_any(zone, span, order, sink)
    }

    #[inline(never)]
    fn submit_any<S: CoupledSink>(
        &mut self,
        zone: usize,
        span: Span,
        order: &NewOrder,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        self.network.check_zone(zone)?;
        let book = self.book(span)?;
        let order_id = order.order_id;
        let limit = self
            .limit(span, order)
            .map_err(|term| CoupledFault::Unsupported { order_id, term })?;
        if let Err(reason) = self.check(zone, span, order, limit) {
            tell(zone, span, BookEvent::Rejected { order_id, reason }, sink);
            return Ok(());
        }
        tell(zone, span, accepted(order), sink);
        let own = self.own(book);
        let slot = self.admit(zone, book, order);
        self.enter(slot, limit, order.lifetime, sink);
        self.settle(own, sink);
        Ok(())
    }

    /// Sets the capacity from one zone to its neighbour in some market time units, what is in use
    /// included. Orders that can meet now trade. Less than what is in use stops further flow and
    /// undoes no trade.
    ///
    /// # Errors
    /// A [`CoupledFault`] when no link joins the zones, there are no such market time units, or the
    /// capacity is below zero or too large.
    pub fn set_capacity<S: CoupledSink>(
        &mut self,
        from: usize,
        to: usize,
        periods: Range<usize>,
        capacity: Lots,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        let hop = self.network.hop(from, to)?;
        self.network.check_periods(&periods)?;
        let (first_period, count) = (periods.start, periods.len());
        if self.network.set_capacity(hop, periods, capacity)? {
            sink.on_event(&CoupledEvent::CapacityChanged {
                from,
                to,
                first_period,
                periods: count,
                capacity,
            });
        }
        self.settle(None, sink);
        Ok(())
    }

    /// Pauses the allocation of a border to trades of a contract, as its gate or an auction ask, or
    /// takes it up again; a block needs it in all its contracts. Capacities and flows stay; while
    /// paused, nothing flows either way.
    ///
    /// # Errors
    /// A [`CoupledFault`] when no link joins the zones, or there is no such contract.
    pub fn set_allocating<S: CoupledSink>(
        &mut self,
        zones: [usize; 2],
        contract: usize,
        is_allocating: bool,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        let hop = self.network.hop(zones[0], zones[1])?;
        self.check_contract(contract)?;
        let (is_new, zones) = self.network.set_allocating(hop, contract, is_allocating);
        if is_new {
            sink.on_event(&CoupledEvent::AllocationChanged {
                zones,
                contract,
                is_allocating,
            });
            self.gate_moved(contract, is_allocating);
            self.settle(None, sink);
        }
        Ok(())
    }

    /// Whether a border allocates capacity to trades of a contract.
    ///
    /// # Errors
    /// A [`CoupledFault`] when no link joins the zones, or there is no such contract.
    pub fn is_allocating(&self, zones: [usize; 2], contract: usize) -> Result<bool, CoupledFault> {
        let hop = self.network.hop(zones[0], zones[1])?;
        self.check_contract(contract)?;
        Ok(self.network.is_allocating(hop, contract))
    }

    /// Closes the gate of a contract in a zone: the orders of the zone for it end in ascending order
    /// of their ids, blocks that hold it and baskets with an order for it too, and it takes no more.
    /// Energy of other zones still passes through. A second call does nothing.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone or contract.
    pub fn close_gate<S: CoupledSink>(
        &mut self,
        zone: usize,
        contract: usize,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        self.network.check_zone(zone)?;
        self.check_contract(contract)?;
        if self.closed[contract] >> zone & 1 == 1 {
            return Ok(());
        }
        self.closed[contract] |= 1 << zone;
        for id in self.ids_at_gate(zone, contract) {
            // What has traded since, and a basket that ended with another of its orders, is gone.
            let slot = self.slot_of(OrderId(id));
            if slot != NIL {
                self.cancel_with_basket(slot, VenueReason::GateClosed, sink);
            }
        }
        tell(zone, Span::of(contract as u16), BookEvent::GateClosed, sink);
        self.settle(None, sink);
        Ok(())
    }

    /// Every border in one market time unit, in the order of the configuration; none after the day.
    pub fn links(&self, period: usize) -> impl Iterator<Item = LinkState> + '_ {
        self.network.states(period)
    }

    fn check_contract(&self, contract: usize) -> Result<(), CoupledFault> {
        if contract < self.config.contracts.len() {
            return Ok(());
        }
        let first = u16::try_from(contract).unwrap_or(u16::MAX);
        Err(CoupledFault::UnknownSpan {
            span: Span::of(first),
        })
    }

    /// The book of `span`, made when missing.
    fn book(&mut self, span: Span) -> Result<u32, CoupledFault> {
        if span.count == 1 {
            self.check_contract(usize::from(span.first))?;
            return Ok(u32::from(span.first));
        }
        if let Some(book) = self.blocks.get(&span) {
            return Ok(*book);
        }
        let periods = self.config.periods_of(span);
        let periods = periods.ok_or(CoupledFault::UnknownSpan { span })?;
        let book = self.books.len() as u32;
        self.books.push(Book::new(span, periods));
        self.blocks.insert(span, book);
        Ok(book)
    }

    /// The book of `span` if there is one; none for a block that no order came for.
    fn find_book(&self, span: Span) -> Result<Option<u32>, CoupledFault> {
        if span.count == 1 {
            self.check_contract(usize::from(span.first))?;
            return Ok(Some(u32::from(span.first)));
        }
        match self.config.periods_of(span) {
            Some(_) => Ok(self.blocks.get(&span).copied()),
            None => Err(CoupledFault::UnknownSpan { span }),
        }
    }

    fn span_of(&self, book: u32) -> Span {
        self.books[book as usize].span
    }
}

/// Tells `event`, which is of `zone` and `span`.
#[inline]
fn tell<S: CoupledSink>(zone: usize, span: Span, event: BookEvent, sink: &mut S) {
    sink.on_event(&CoupledEvent::Order { zone, span, event });
}

fn accepted(order: &NewOrder) -> BookEvent {
    BookEvent::Accepted {
        order_id: order.order_id,
        side: order.side,
        volume: order.volume,
    }
}

/// The limit of `price_limits` in ticks.
fn is_within(limits: (i64, i64), price: Ticks) -> bool {
    (limits.0..=limits.1).contains(&price.count())
}
