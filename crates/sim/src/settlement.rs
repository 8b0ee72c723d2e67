//! Daily futures at settlement plus cost: the only prices that a daily history has.

use std::collections::{BTreeMap, VecDeque};

use wattbook_domain::event::{CancelRouted, OrderRouted};
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderCancelled, OrderFilled, OrderRejected,
    VenueReason, VenueReport,
};
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, OrderType, Price, Side, TimeInForce, Timestamp, TradeId,
    VenueId,
};

use crate::latency::Latencies;
use crate::order_line::{OrderLine, Routed};
use crate::venue::{Arrival, Outbox, Venue, earlier};

/// A settlement price and when it was published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DailySettlement {
    /// Of which contract.
    pub instrument: InstrumentId,
    /// When it was published.
    pub published: Timestamp,
    /// In currency per price unit.
    pub price: Price,
}

/// Fills what waits for a close at the next settlement price, a cost worse.
#[derive(Debug, Clone)]
pub struct SettlementVenue {
    venue: VenueId,
    cost: Price,
    settlements: VecDeque<DailySettlement>,
    waiting: BTreeMap<InstrumentId, Vec<(OrderId, Order)>>,
    last_trade: u64,
    inbound: OrderLine,
    outbox: Outbox,
}

impl SettlementVenue {
    /// An exchange with these `settlements`; a fill is `cost` per price unit worse than the price: half
    /// the spread that a close would have paid.
    #[must_use]
    pub fn new(
        venue: VenueId,
        mut settlements: Vec<DailySettlement>,
        cost: Price,
        latencies: Latencies,
        seed: u64,
    ) -> Self {
        settlements.sort_by_key(|settlement| (settlement.published, settlement.instrument));
        let stream = u64::from(venue.0) << 32;
        Self {
            venue,
            cost,
            settlements: settlements.into(),
            waiting: BTreeMap::new(),
            last_trade: u64::from(venue.0) << 48,
            inbound: OrderLine::new(latencies, seed, stream),
            outbox: Outbox::new(&latencies, seed, stream),
        }
    }

    fn settle(&mut self, settlement: &DailySettlement) {
        let DailySettlement {
            instrument,
            published: now,
            price,
        } = *settlement;
        for (order_id, order) in self.waiting.remove(&instrument).unwrap_or_default() {
            let cost = self.cost.millionths() * order.side.sign();
            let paid = Price::from_millionths(price.millionths() + cost);
            let is_within = match (order.order_type, order.side) {
                (OrderType::Market, _) => true,
                (_, Side::Buy) => paid <= order.price,
                (_, Side::Sell) => paid >= order.price,
            };
            let report = if is_within {
                self.last_trade += 1;
                VenueReport::OrderFilled(OrderFilled {
                    order_id,
                    trade: TradeId(self.last_trade),
                    price: paid,
                    volume: order.volume,
                    is_maker: false,
                })
            } else {
                let reason = VenueReason::Unfilled;
                VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
            };
            self.outbox.report(now, report);
        }
        let (kind, run) = (PriceKind::Settlement, SettlementRun::Initial);
        let record = ReferencePrice {
            instrument,
            kind,
            run,
            price,
        };
        self.outbox
            .publish(now, MarketEvent::ReferencePrice(record));
    }

    fn take(&mut self, message: Routed, now: Timestamp) {
        let report = match message {
            Routed::Order(OrderRouted { order_id, order }) => {
                let is_plain = matches!(order.order_type, OrderType::Limit | OrderType::Market)
                    && order.time_in_force == TimeInForce::AtClose;
                if is_plain {
                    self.waiting
                        .entry(order.instrument)
                        .or_default()
                        .push((order_id, order));
                    VenueReport::OrderAccepted(OrderAccepted { order_id })
                } else {
                    // Between two settlements there is no price to trade at.
                    let reason = VenueReason::InvalidTerms;
                    VenueReport::OrderRejected(OrderRejected { order_id, reason })
                }
            }
            Routed::Amend(amend) => {
                let (order_id, reason) = (amend.order_id, VenueReason::InvalidTerms);
                VenueReport::AmendRejected(AmendRejected { order_id, reason })
            }
            Routed::Cancel(cancel) => self.cancel(&cancel),
        };
        self.outbox.report(now, report);
    }

    fn cancel(&mut self, cancel: &CancelRouted) -> VenueReport {
        let order_id = cancel.order_id;
        let waiting = self.waiting.entry(cancel.instrument).or_default();
        if let Some(at) = waiting.iter().position(|(id, _)| *id == order_id) {
            waiting.remove(at);
            let reason = VenueReason::Requested;
            VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
        } else {
            let reason = VenueReason::UnknownOrder;
            VenueReport::CancelRejected(CancelRejected { order_id, reason })
        }
    }
}

impl Venue for SettlementVenue {
    fn venue(&self) -> VenueId {
        self.venue
    }

    fn on_routed(&mut self, event: &Event, now: Timestamp) {
        self.inbound.send(event, now);
    }

    fn next_time(&self) -> Option<Timestamp> {
        let published = self
            .settlements
            .front()
            .map(|settlement| settlement.published);
        earlier(
            earlier(published, self.inbound.next_arrival()),
            self.outbox.next_arrival(),
        )
    }

    fn advance(&mut self, now: Timestamp) {
        loop {
            // What arrives with the settlement is too late for it: the price is known by then.
            let before = |next: &DailySettlement| next.published.plus_nanos(-1).min(now);
            let until = self.settlements.front().map_or(now, before);
            while let Some(flight) = self.inbound.receive(until) {
                self.take(flight.message, flight.arrival);
            }
            let Some(next) = self.settlements.pop_front_if(|next| next.published <= now) else {
                return;
            };
            self.settle(&next);
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Arrival> {
        self.outbox.receive(now)
    }
}
