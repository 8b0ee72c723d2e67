//! Opposite orders of two strategies cross within the desk; only the rest goes to the street.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wattbook_domain::event::OrderRouted;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{OrderCancelled, OrdersNetted, VenueReason, VenueReport};
use wattbook_domain::{
    Event, Input, InstrumentId, OrderId, OrderType, Price, Side, StrategyId, TimeInForce,
    Timestamp, TradeId, Volume,
};
use wattbook_strategy::Top;

use crate::backtest::{Backtest, Outward};
use crate::error::SimError;
use crate::venue::Arrival;

/// Numbers of internal deals have this bit, which no venue's have; the others are the nanosecond of the
/// deal, so that no other run of the desk has given the number.
const INTERNAL: u64 = 1 << 63;

/// Orders that take at once, between the gate and the street.
///
/// They wait as long as is said, at least until every command of the instant has passed the gate.
/// Opposite orders of two strategies in one instrument cross at the middle of the market, in the order
/// in which they came: the one price that favours neither, and better for both than the street, where
/// each pays half the spread and the fee.
#[derive(Debug)]
pub(super) struct Netting {
    strategies: BTreeSet<StrategyId>,
    tops: BTreeMap<InstrumentId, Top>,
    phases: BTreeMap<InstrumentId, Phase>,
    /// How long an order waits for its opposite, ns.
    wait_ns: i64,
    /// Orders with the time at which they go to the street, which never falls.
    waiting: VecDeque<(Timestamp, OrderRouted)>,
    /// Orders that were taken back before they left for a simulated venue.
    taken_back: VecDeque<OrderId>,
    last_deal: u64,
}

impl Netting {
    fn new(strategies: BTreeSet<StrategyId>, wait_ns: i64) -> Self {
        Self {
            strategies,
            tops: BTreeMap::new(),
            phases: BTreeMap::new(),
            wait_ns,
            waiting: VecDeque::new(),
            taken_back: VecDeque::new(),
            last_deal: 0,
        }
    }

    pub(super) fn observe(&mut self, event: &MarketEvent) {
        match event {
            MarketEvent::Quote(quote) => {
                self.tops.insert(quote.instrument, Top::of(quote));
            }
            MarketEvent::SessionPhase(told) => {
                self.phases.insert(told.instrument, told.phase);
            }
            _ => {}
        }
    }

    /// When the first order that waits goes to the street.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        self.waiting.front().map(|(until, _)| *until)
    }

    /// Whether `event` is an order that may cross, which is then kept.
    fn keeps(&mut self, event: &Event, now: Timestamp) -> bool {
        let Event::OrderRouted(routed) = event else {
            return false;
        };
        let order = &routed.order;
        let is_plain = order.conditions.as_deref().is_none_or(Conditions::is_plain);
        let keeps = is_plain
            && order.time_in_force == TimeInForce::ImmediateOrCancel
            && matches!(order.order_type, OrderType::Limit | OrderType::Market)
            && self.strategies.contains(&order.owner.strategy);
        if keeps {
            let until = Timestamp::from_nanos(now.nanos().saturating_add(self.wait_ns));
            self.waiting.push_back((until, routed.clone()));
        }
        keeps
    }

    /// The next internal deal; what it takes is no longer to be sent.
    fn cross(&mut self, now: Timestamp) -> Option<OrdersNetted> {
        let (first, second, top) = (0..self.waiting.len()).find_map(|later| {
            (0..later).find_map(|earlier| {
                let top = self.price(&self.waiting[earlier].1, &self.waiting[later].1)?;
                Some((earlier, later, top))
            })
        })?;
        let (price, bid, ask) = top;
        let orders = [first, second].map(|place| &self.waiting[place].1);
        let volume = orders[0].order.volume.min(orders[1].order.volume);
        let (bought, sold) = match orders[0].order.side {
            Side::Buy => (orders[0].order_id, orders[1].order_id),
            Side::Sell => (orders[1].order_id, orders[0].order_id),
        };
        let instrument = orders[0].order.instrument;
        // The later one first: its place is behind the other's.
        for place in [second, first] {
            let left = &mut self.waiting[place].1.order.volume;
            *left -= volume;
            if *left == Volume::ZERO {
                self.waiting.remove(place);
            }
        }
        self.last_deal = (INTERNAL | now.nanos().unsigned_abs()).max(self.last_deal + 1);
        Some(OrdersNetted {
            buy: bought,
            sell: sold,
            trade: TradeId(self.last_deal),
            instrument,
            price,
            volume,
            bid,
            ask,
        })
    }

    /// The next order that has waited, as far as it was not crossed.
    fn release(&mut self, now: Timestamp) -> Option<Event> {
        let released = self.waiting.pop_front_if(|(until, _)| *until <= now);
        released.map(|(_, routed)| Event::OrderRouted(routed))
    }

    /// The order `order_id`, which waits no longer: what changes or ends it is behind.
    fn withdraw(&mut self, order_id: OrderId) -> Option<Event> {
        let mut places = self.waiting.iter();
        let place = places.position(|(_, routed)| routed.order_id == order_id)?;
        let withdrawn = self.waiting.remove(place);
        withdrawn.map(|(_, routed)| Event::OrderRouted(routed))
    }

    /// Middle, bid and ask at which two orders cross, if they do.
    fn price(&self, one: &OrderRouted, other: &OrderRouted) -> Option<(Price, Price, Price)> {
        let (one, other) = (&one.order, &other.order);
        let instrument = one.instrument;
        let is_met = other.instrument == instrument
            && other.side == one.side.opposite()
            && other.owner.strategy != one.owner.strategy;
        let phase = self.phases.get(&instrument);
        if !is_met || phase.is_some_and(|phase| *phase != Phase::Continuous) {
            return None;
        }
        let top = self.tops.get(&instrument)?;
        let middle = top.mid()?;
        let takes = [one, other].iter().all(|order| {
            order.order_type == OrderType::Market
                || match order.side {
                    Side::Buy => order.price >= middle,
                    Side::Sell => order.price <= middle,
                }
        });
        takes.then_some((middle, top.bid?.0, top.ask?.0))
    }
}

impl Backtest {
    /// Lets opposite orders of these strategies that take at once cross within the desk, at the middle
    /// of the market and without a fee, before the rest goes to the street. Each waits `wait_ns` for
    /// its opposite.
    pub fn net(&mut self, strategies: BTreeSet<StrategyId>, wait_ns: i64) {
        self.netting = Some(Netting::new(strategies, wait_ns));
    }

    /// Hands on what was routed, unless it may cross within the desk.
    pub(super) fn route_out(&mut self, event: &Event) {
        if let Some(netting) = &mut self.netting {
            if netting.keeps(event, self.now) {
                return;
            }
            let before = changed_order(event).and_then(|order_id| netting.withdraw(order_id));
            match (before, event) {
                (Some(before), Event::CancelRouted(_)) => return self.take_back(before),
                (Some(before), _) => self.send(&before),
                (None, _) => {}
            }
        }
        self.send(event);
    }

    /// Ends an order that waited: it never leaves. Where the venue is outside, the edge to it says so.
    fn take_back(&mut self, waited: Event) {
        let Event::OrderRouted(OrderRouted { order_id, order }) = &waited else {
            return;
        };
        let place = order.instrument.0 as usize;
        let is_simulated = self.venue_of.get(place).copied().flatten().is_some();
        match (&mut self.netting, &mut self.outward) {
            (Some(netting), _) if is_simulated => netting.taken_back.push_back(*order_id),
            (_, Some(outward)) => outward.push_back((self.sequence, Outward::Withdrawn(waited))),
            _ => {}
        }
    }

    /// Ends the next order that was taken back, crosses the next pair of opposite orders, or sends the
    /// next that has waited, once no command of this instant waits; `false` when nothing was to be done.
    pub(super) fn settle_netting(&mut self) -> Result<bool, SimError> {
        let Some(netting) = &mut self.netting else {
            return Ok(false);
        };
        let taken_back = netting.taken_back.pop_front().map(|order_id| {
            let reason = VenueReason::Requested;
            VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
        });
        let crosses = || netting.cross(self.now).map(VenueReport::OrdersNetted);
        if let Some(report) = taken_back.or_else(crosses) {
            let input = Input::Report(report);
            let (ts_event, ts_recv) = (self.now, self.now);
            self.apply(Arrival {
                ts_event,
                ts_recv,
                input,
            })?;
            return Ok(true);
        }
        let Some(rest) = netting.release(self.now) else {
            return Ok(false);
        };
        self.send(&rest);
        Ok(true)
    }
}

/// The order that a request on its way to the venue is to change.
fn changed_order(event: &Event) -> Option<OrderId> {
    match event {
        Event::AmendRouted(routed) => Some(routed.order_id),
        Event::CancelRouted(routed) => Some(routed.order_id),
        _ => None,
    }
}
