//! Opposite orders of two strategies cross within the desk; only the rest goes to the street.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use wattbook_domain::event::OrderRouted;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::order::Conditions;
use wattbook_domain::report::{OrdersNetted, VenueReport};
use wattbook_domain::{
    Event, Input, InstrumentId, OrderId, OrderType, Price, Side, StrategyId, TimeInForce, TradeId,
    Volume,
};
use wattbook_strategy::Top;

use crate::backtest::Backtest;
use crate::error::SimError;
use crate::venue::Arrival;

/// Internal deals are numbered from here on, where no venue's numbers are.
const FIRST_DEAL: u64 = 1 << 63;

/// Orders that take at once, between the gate and the street.
///
/// They wait until every command of the instant has passed the gate. Opposite orders of two strategies
/// in one instrument then cross at the middle of the market, in the order in which they came: the one
/// price that favours neither, and better for both than the street, where each pays half the spread and
/// the fee.
#[derive(Debug)]
pub(super) struct Netting {
    strategies: BTreeSet<StrategyId>,
    tops: BTreeMap<InstrumentId, Top>,
    phases: BTreeMap<InstrumentId, Phase>,
    waiting: VecDeque<OrderRouted>,
    deals: u64,
}

impl Netting {
    pub(super) fn new(strategies: BTreeSet<StrategyId>) -> Self {
        Self {
            strategies,
            tops: BTreeMap::new(),
            phases: BTreeMap::new(),
            waiting: VecDeque::new(),
            deals: 0,
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

    /// Whether `event` is an order that may cross, which is then kept.
    pub(super) fn keeps(&mut self, event: &Event) -> bool {
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
            self.waiting.push_back(routed.clone());
        }
        keeps
    }

    /// The next internal deal; what it takes is no longer to be sent.
    pub(super) fn cross(&mut self) -> Option<OrdersNetted> {
        let (first, second, top) = (0..self.waiting.len()).find_map(|later| {
            (0..later).find_map(|earlier| {
                let top = self.price(&self.waiting[earlier], &self.waiting[later])?;
                Some((earlier, later, top))
            })
        })?;
        let (price, bid, ask) = top;
        let orders = [first, second].map(|place| &self.waiting[place]);
        let volume = orders[0].order.volume.min(orders[1].order.volume);
        let (bought, sold) = match orders[0].order.side {
            Side::Buy => (orders[0].order_id, orders[1].order_id),
            Side::Sell => (orders[1].order_id, orders[0].order_id),
        };
        let instrument = orders[0].order.instrument;
        // The later one first: its place is behind the other's.
        for place in [second, first] {
            let left = &mut self.waiting[place].order.volume;
            *left -= volume;
            if *left == Volume::ZERO {
                self.waiting.remove(place);
            }
        }
        self.deals += 1;
        Some(OrdersNetted {
            buy: bought,
            sell: sold,
            trade: TradeId(FIRST_DEAL + self.deals),
            instrument,
            price,
            volume,
            bid,
            ask,
        })
    }

    /// The next order to be sent, as far as it was not crossed.
    pub(super) fn release(&mut self) -> Option<Event> {
        self.waiting.pop_front().map(Event::OrderRouted)
    }

    /// The order `order_id`, which waits no longer: a change of it is behind.
    pub(super) fn withdraw(&mut self, order_id: OrderId) -> Option<Event> {
        let mut places = self.waiting.iter();
        let place = places.position(|routed| routed.order_id == order_id)?;
        self.waiting.remove(place).map(Event::OrderRouted)
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
    /// of the market and without a fee, before the rest goes to the street.
    pub fn net(&mut self, strategies: BTreeSet<StrategyId>) {
        self.netting = Some(Netting::new(strategies));
    }

    /// Hands on what was routed, unless it may cross within the desk.
    pub(super) fn route_out(&mut self, event: &Event) {
        if let Some(netting) = &mut self.netting {
            if netting.keeps(event) {
                return;
            }
            let before = changed_order(event).and_then(|order_id| netting.withdraw(order_id));
            if let Some(before) = before {
                self.send(&before);
            }
        }
        self.send(event);
    }

    /// Crosses the next pair of opposite orders, or sends the next of what is left, once no command of
    /// this instant waits; `false` when nothing was to be done.
    pub(super) fn settle_netting(&mut self) -> Result<bool, SimError> {
        let Some(netting) = &mut self.netting else {
            return Ok(false);
        };
        if let Some(netted) = netting.cross() {
            let input = Input::Report(VenueReport::OrdersNetted(netted));
            let (ts_event, ts_recv) = (self.now, self.now);
            self.apply(Arrival {
                ts_event,
                ts_recv,
                input,
            })?;
            return Ok(true);
        }
        let Some(rest) = netting.release() else {
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
