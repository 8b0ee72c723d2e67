//! The books of one delivery period in several bidding zones, coupled by transmission capacity.

use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::{DepthLevel, RestingOrder};
use crate::coupled_event::{
    CoupledConfig, CoupledEvent, CoupledFault, CoupledSink, LinkState, UnsupportedTerm,
};
use crate::coupled_network::Network;
use crate::event::{BookEvent, TopOfBook};
use crate::index::OrderIndex;
use crate::ladder::{Ladder, Levels, NO_RANK};
use crate::node::{Keep, NIL, Node, Nodes};
use crate::order::{Display, Lifetime, NewOrder, Pricing, Quantity};
use crate::queue;
use crate::rank::{self, MAX_LOTS, MAX_TICKS};

/// The books of one delivery period in several bidding zones, as the single intraday coupling
/// (SIDC) matches them: an order meets the orders of its zone and of every zone from or to which
/// capacity reaches.
///
/// It trades continuously from the start. It has no clock: gates, pauses and updates of capacity
/// come as commands. The same commands give the same events on every machine.
///
/// # Examples
/// ```
/// use wattbook_book::{CoupledBooks, CoupledConfig, CoupledEvent, CoupledLink, NewOrder};
/// use wattbook_book::Lifetime::GoodForSession;
/// use wattbook_domain::{Lots, OrderId, Ticks, order::Side};
///
/// let link = CoupledLink { zones: [0, 1], capacity: [Lots::new(6), Lots::new(0)] };
/// let mut books = CoupledBooks::new(&CoupledConfig {
///     zones: 2,
///     links: vec![link],
///     price_limits: None,
///     expected_orders: 16,
/// })?;
/// let mut events: Vec<CoupledEvent> = Vec::new();
/// let order = NewOrder::limit(OrderId(1), Side::Sell, Ticks::new(-5), Lots::new(10));
/// books.submit(0, &NewOrder { lifetime: GoodForSession, ..order }, &mut events)?;
/// // Zone 1 sees as much of it as can flow there.
/// assert_eq!(books.top(1)?.ask, Some((Ticks::new(-5), Lots::new(6))));
/// # Ok::<(), wattbook_book::CoupledFault>(())
/// ```
#[derive(Debug, Clone)]
pub struct CoupledBooks {
    pub(crate) nodes: Nodes,
    pub(crate) levels: Levels,
    /// By zone and side.
    pub(crate) ladders: Vec<[Ladder; 2]>,
    /// By side and zone: the best rank of its ladder, side by side for the search over zones.
    pub(crate) best_ranks: [Vec<i64>; 2],
    /// By slot of the order.
    pub(crate) origins: Vec<Origin>,
    pub(crate) network: Network,
    /// Number of the last trade.
    pub(crate) trades: u64,
    index: OrderIndex,
    closed: Vec<bool>,
    /// Entry numbers given so far, over all zones.
    arrivals: u64,
    price_limits: (i64, i64),
}

/// Where an order came to, and when among all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Origin {
    pub(crate) arrival: u64,
    pub(crate) zone: u32,
}

impl CoupledBooks {
    /// Empty books, all borders allocating.
    ///
    /// # Errors
    /// A [`CoupledFault`] when the links do not fit the zones, each other, or the range of volumes.
    pub fn new(config: &CoupledConfig) -> Result<Self, CoupledFault> {
        let network = Network::new(config.zones, &config.links)?;
        let (low, high) = config
            .price_limits
            .map_or((-MAX_TICKS, MAX_TICKS), |(low, high)| {
                (low.count().max(-MAX_TICKS), high.count().min(MAX_TICKS))
            });
        let ladders = || [Ladder::new(), Ladder::new()];
        Ok(Self {
            nodes: Nodes::with_capacity(config.expected_orders),
            levels: Levels::new(),
            ladders: std::iter::repeat_with(ladders).take(config.zones).collect(),
            best_ranks: [vec![NO_RANK; config.zones], vec![NO_RANK; config.zones]],
            origins: Vec::with_capacity(config.expected_orders),
            network,
            trades: 0,
            index: OrderIndex::with_capacity(config.expected_orders),
            closed: vec![false; config.zones],
            arrivals: 0,
            price_limits: (low, high),
        })
    }

    /// Takes in an order of `zone`, which trades, rests or ends by its terms.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone, or the order asks for what is not there.
    pub fn submit<S: CoupledSink>(
        &mut self,
        zone: usize,
        order: &NewOrder,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        self.network.check_zone(zone)?;
        let order_id = order.order_id;
        let limit = limit(order).map_err(|term| CoupledFault::Unsupported { order_id, term })?;
        if let Err(reason) = self.check(zone, order, limit) {
            tell(zone, BookEvent::Rejected { order_id, reason }, sink);
            return Ok(());
        }
        let accepted = BookEvent::Accepted {
            order_id,
            side: order.side,
            volume: order.volume,
        };
        tell(zone, accepted, sink);
        let slot = self.admit(zone, order);
        self.enter(slot, limit, order.lifetime, sink);
        Ok(())
    }

    /// Takes back an order.
    pub fn cancel<S: CoupledSink>(&mut self, zone: usize, order_id: OrderId, sink: &mut S) {
        let slot = self.slot_of(order_id);
        if slot == NIL || self.zone(slot) != zone {
            let reason = VenueReason::UnknownOrder;
            tell(zone, BookEvent::CancelRejected { order_id, reason }, sink);
            return;
        }
        self.cancel_slot(slot, VenueReason::Requested, sink);
    }

    /// Sets the capacity from one zone to its neighbour, what is in use included. Orders that can
    /// meet now trade. Less than what is in use stops further flow and undoes no trade.
    ///
    /// # Errors
    /// A [`CoupledFault`] when no link joins the zones, or the capacity is below zero or too large.
    pub fn set_capacity<S: CoupledSink>(
        &mut self,
        from: usize,
        to: usize,
        capacity: Lots,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        let hop = self.network.hop(from, to)?;
        if self.network.set_capacity(hop, capacity)? {
            sink.on_event(&CoupledEvent::CapacityChanged { from, to, capacity });
            self.uncross(sink);
        }
        Ok(())
    }

    /// Pauses the allocation of a border, as its gate or its operators ask, or takes it up again.
    /// Capacities and flows stay; while paused, nothing flows either way.
    ///
    /// # Errors
    /// A [`CoupledFault`] when no link joins the zones.
    pub fn set_allocating<S: CoupledSink>(
        &mut self,
        zones: [usize; 2],
        is_allocating: bool,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        let hop = self.network.hop(zones[0], zones[1])?;
        let (is_new, zones) = self.network.set_allocating(hop, is_allocating);
        if is_new {
            sink.on_event(&CoupledEvent::AllocationChanged {
                zones,
                is_allocating,
            });
            self.uncross(sink);
        }
        Ok(())
    }

    /// Closes the gate of a zone: its orders end in ascending order of their ids and it takes no
    /// more. Energy of other zones still passes through. A second call does nothing.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone.
    pub fn close_gate<S: CoupledSink>(
        &mut self,
        zone: usize,
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        self.network.check_zone(zone)?;
        if std::mem::replace(&mut self.closed[zone], true) {
            return Ok(());
        }
        let sides = [0, 1].map(|side| self.displayed(zone, side).collect::<Vec<u32>>());
        let mut slots = sides.concat();
        slots.sort_unstable_by_key(|slot| self.nodes[*slot].order_id);
        for slot in slots {
            self.cancel_slot(slot, VenueReason::GateClosed, sink);
        }
        tell(zone, BookEvent::GateClosed, sink);
        Ok(())
    }

    /// The local view of `zone`: what an order without limit that comes there to trade against
    /// `side` would trade, price by price, until capacity ends; at most `levels` prices.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone.
    pub fn depth(
        &self,
        zone: usize,
        side: Side,
        levels: usize,
    ) -> Result<Vec<DepthLevel>, CoupledFault> {
        self.network.check_zone(zone)?;
        Ok(self.view(zone, rank::index(side), levels))
    }

    /// The best prices of the local view of `zone`.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone.
    pub fn top(&self, zone: usize) -> Result<TopOfBook, CoupledFault> {
        self.network.check_zone(zone)?;
        let best = |side| {
            let level = self.view(zone, side, 1).first().copied();
            level.map(|level| (level.price, level.volume))
        };
        Ok(TopOfBook {
            bid: best(0),
            ask: best(1),
        })
    }

    /// The orders of `side` that stand in `zone`, in priority order.
    ///
    /// # Errors
    /// A [`CoupledFault`] when there is no such zone.
    pub fn orders(
        &self,
        zone: usize,
        side: Side,
    ) -> Result<impl Iterator<Item = RestingOrder> + '_, CoupledFault> {
        self.network.check_zone(zone)?;
        let slots = self.displayed(zone, rank::index(side));
        Ok(slots.map(|slot| self.resting(slot)))
    }

    /// The live order with this id, and its zone.
    #[must_use]
    pub fn order(&self, order_id: OrderId) -> Option<(usize, RestingOrder)> {
        let slot = self.slot_of(order_id);
        (slot != NIL).then(|| (self.zone(slot), self.resting(slot)))
    }

    /// Every border, in the order of the configuration.
    pub fn links(&self) -> impl Iterator<Item = LinkState> + '_ {
        self.network.states()
    }

    fn check(&self, zone: usize, order: &NewOrder, limit: i64) -> Result<(), VenueReason> {
        let is_known = self.slot_of(order.order_id) != NIL;
        let (low, high) = self.price_limits;
        if self.closed[zone] {
            Err(VenueReason::GateClosed)
        } else if is_known || !(1..=MAX_LOTS).contains(&order.volume.count()) {
            Err(VenueReason::InvalidTerms)
        } else if !(low..=high).contains(&limit) {
            Err(VenueReason::OutsideCollar)
        } else {
            Ok(())
        }
    }

    /// Gives an accepted order its node and its place in time.
    fn admit(&mut self, zone: usize, order: &NewOrder) -> u32 {
        let slot = self.nodes.insert(Node {
            order_id: order.order_id.0,
            open: order.volume.count(),
            filled: 0,
            next: NIL,
            prev: NIL,
            level: NIL,
            extra: NIL,
            trading_book: order.trading_book.0,
            tags: Node::tags(order.side, Keep::On, order.self_trade),
        });
        self.arrivals += 1;
        let origin = Origin {
            arrival: self.arrivals,
            zone: zone as u32,
        };
        match self.origins.get_mut(slot as usize) {
            Some(place) => *place = origin,
            None => self.origins.push(origin),
        }
        let home = self.index.home(order.order_id.0);
        let nodes = &self.nodes;
        self.index.insert(home, slot, |slot| nodes[slot].order_id);
        slot
    }

    /// Puts `slot` at the end of the queue of `limit` in its zone.
    pub(crate) fn rest<S: CoupledSink>(&mut self, slot: u32, limit: i64, sink: &mut S) {
        let zone = self.zone(slot);
        let node = self.nodes[slot];
        let side = node.side_index();
        let ladder = &mut self.ladders[zone][side];
        let rank = rank::rank(limit, side);
        queue::join(&mut self.nodes, &mut self.levels, ladder, slot, rank);
        self.best_ranks[side][zone] = ladder.best_rank;
        let rested = BookEvent::Rested {
            order_id: OrderId(node.order_id),
            side: node.side(),
            price: Ticks::new(limit),
            volume: Lots::new(node.open),
        };
        tell(zone, rested, sink);
    }

    pub(crate) fn cancel_slot<S: CoupledSink>(
        &mut self,
        slot: u32,
        reason: VenueReason,
        sink: &mut S,
    ) {
        let node = &self.nodes[slot];
        let cancelled = BookEvent::Cancelled {
            order_id: OrderId(node.order_id),
            volume: Lots::new(node.open),
            reason,
        };
        tell(self.zone(slot), cancelled, sink);
        self.end(slot);
    }

    /// Ends `slot`: takes it out of its queue, if it is in one, and forgets it.
    pub(crate) fn end(&mut self, slot: u32) {
        let zone = self.zone(slot);
        let node = self.nodes[slot];
        if node.level != NIL {
            let side = node.side_index();
            let ladder = &mut self.ladders[zone][side];
            queue::leave(&mut self.nodes, &mut self.levels, ladder, slot);
            self.best_ranks[side][zone] = ladder.best_rank;
        }
        let home = self.index.home(node.order_id);
        self.index.remove(home, node.order_id, slot);
        self.nodes.remove(slot);
    }

    pub(crate) fn zone(&self, slot: u32) -> usize {
        self.origins[slot as usize].zone as usize
    }

    fn slot_of(&self, order_id: OrderId) -> u32 {
        let home = self.index.home(order_id.0);
        self.index
            .get(home, order_id.0, |slot| self.nodes[slot].order_id)
    }

    fn displayed(&self, zone: usize, side: usize) -> impl Iterator<Item = u32> + '_ {
        let ladder = &self.ladders[zone][side];
        let slot_after = |slot: u32| (slot != NIL).then_some(slot);
        ladder.iter().flat_map(move |level| {
            std::iter::successors(slot_after(self.levels[level].head), move |slot| {
                slot_after(self.nodes[*slot].next)
            })
        })
    }

    fn resting(&self, slot: u32) -> RestingOrder {
        let node = &self.nodes[slot];
        let rank = self.levels[node.level].rank;
        RestingOrder {
            order_id: OrderId(node.order_id),
            trading_book: TradingBookId(node.trading_book),
            side: node.side(),
            price: Some(Ticks::new(rank::ticks(rank, node.side_index()))),
            displayed: Lots::new(node.open),
            open: Lots::new(node.open),
            filled: Lots::new(node.filled),
        }
    }
}

/// Tells `event`, which is of `zone`.
pub(crate) fn tell<S: CoupledSink>(zone: usize, event: BookEvent, sink: &mut S) {
    sink.on_event(&CoupledEvent::Zone { zone, event });
}

/// The limit of an order that coupled books take, in ticks, or what they lack.
fn limit(order: &NewOrder) -> Result<i64, UnsupportedTerm> {
    use Lifetime::{FillOrKill, GoodForSession, ImmediateOrCancel};
    let Pricing::Limit(limit) = order.pricing else {
        return Err(UnsupportedTerm::Pricing);
    };
    match order.terms.quantity {
        Quantity::Any => {}
        Quantity::AllOrNone => return Err(UnsupportedTerm::AllOrNone),
        Quantity::Minimum(_) => return Err(UnsupportedTerm::MinimumQuantity),
    }
    if order.terms.display != Display::Full {
        return Err(UnsupportedTerm::Display);
    }
    if order.terms.one_cancels_other.is_some() {
        return Err(UnsupportedTerm::OneCancelsOther);
    }
    if order.self_trade != SelfTradePrevention::Allow {
        return Err(UnsupportedTerm::SelfTradePrevention);
    }
    match order.lifetime {
        GoodForSession | ImmediateOrCancel | FillOrKill => Ok(limit.count()),
        _ => Err(UnsupportedTerm::Lifetime),
    }
}
