//! What arrives from us: orders, linked orders as baskets, amendments, cancels.

use wattbook_book::{Amend, BasketLeg, BookEvent, Lifetime, NewOrder};
use wattbook_domain::Timestamp;
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderRejected, VenueReason, VenueReport,
};

use super::IntradayVenue;
use crate::book_venue::linked::{Arrived, LinkedSets, SetId};
use crate::order_line::Routed;

impl IntradayVenue {
    pub(super) fn take(&mut self, now: Timestamp, message: Routed) {
        match message {
            Routed::Order(routed) => match LinkedSets::set_of(&routed) {
                Some(set) => self.take_linked(now, set, routed),
                None => self.take_order(now, &routed),
            },
            Routed::Amend(routed) => self.take_amend(now, &routed),
            Routed::Cancel(CancelRouted { order_id, .. }) => {
                let done = self.simulation.at_market(&mut self.told, |market, sink| {
                    market.cancel(now, order_id, sink)
                });
                self.tell(None);
                if let Err(refusal) = done {
                    let reason = refusal.reason();
                    let report = VenueReport::CancelRejected(CancelRejected { order_id, reason });
                    self.outbox.report(now, report);
                }
            }
        }
    }

    fn take_order(&mut self, now: Timestamp, routed: &OrderRouted) {
        let order_id = routed.order_id;
        let done = self.enter(now, routed);
        self.tell(None);
        if let Err(reason) = done {
            let (instrument, rejected) = (
                routed.order.instrument,
                BookEvent::Rejected { order_id, reason },
            );
            let told = self
                .feed
                .translate(instrument, &self.grids, &rejected, None);
            self.publish(now, told);
        }
    }

    fn enter(&mut self, now: Timestamp, routed: &OrderRouted) -> Result<(), VenueReason> {
        let leg = self.leg(routed)?;
        let span = wattbook_book::Span::of(leg.contract as u16);
        let done = self.simulation.at_market(&mut self.told, |market, sink| {
            market.submit(now, leg.zone, span, &leg.order, sink)
        });
        done.map_err(|refusal| refusal.reason())
    }

    /// An order of ours as the books take it, with its zone and contract.
    fn leg(&mut self, routed: &OrderRouted) -> Result<BasketLeg, VenueReason> {
        let index = self.by_instrument.get(&routed.order.instrument);
        let listed = &self.listed[*index.ok_or(VenueReason::NotTrading)?];
        let (zone, contract) = (listed.zone, usize::from(listed.span.first));
        let order = self.grids.new_order(routed.order_id, &routed.order)?;
        self.feed.note_limit(routed.order_id, routed.order.price);
        Ok(BasketLeg {
            zone,
            contract,
            order: for_session(order),
        })
    }

    /// Keeps an order of a linked set until the set is whole, then fills all of it or kills it.
    fn take_linked(&mut self, now: Timestamp, set: SetId, routed: OrderRouted) {
        match self.linked.take(set, routed, now) {
            Arrived::First(set, until) => {
                self.give_up.insert((until, set));
            }
            Arrived::Waits => {}
            Arrived::Whole(orders) => {
                let done = self.trade_linked(now, &orders);
                self.tell(None);
                if let Err(reason) = done {
                    self.refuse_all(now, &orders, reason);
                }
            }
        }
    }

    /// Submits a whole set as a basket; an error refuses each of its orders.
    fn trade_linked(&mut self, now: Timestamp, orders: &[OrderRouted]) -> Result<(), VenueReason> {
        let legs: Result<Vec<BasketLeg>, VenueReason> =
            orders.iter().map(|routed| self.leg(routed)).collect();
        let legs = legs?;
        let done = self.simulation.at_market(&mut self.told, |market, sink| {
            market.submit_basket(now, &legs, sink)
        });
        done.map_err(|refusal| refusal.reason())
    }

    /// Refuses what has come of the sets whose rest did not by `now`.
    pub(super) fn give_up(&mut self, now: Timestamp) {
        while let Some((at, set)) = self.give_up.pop_first() {
            if at > now {
                self.give_up.insert((at, set));
                return;
            }
            let orders = self.linked.give_up(set, at);
            self.refuse_all(at, &orders, VenueReason::LinkedUnfilled);
        }
    }

    fn refuse_all(&mut self, now: Timestamp, orders: &[OrderRouted], reason: VenueReason) {
        for routed in orders {
            let order_id = routed.order_id;
            let report = VenueReport::OrderRejected(OrderRejected { order_id, reason });
            self.outbox.report(now, report);
        }
    }

    fn take_amend(&mut self, now: Timestamp, routed: &AmendRouted) {
        let order_id = routed.order_id;
        let change = self.grids.ticks(routed.price).and_then(|price| {
            Ok(Amend {
                order_id,
                price: Some(price),
                volume: Some(self.grids.lots(routed.volume)?),
                trigger: None,
            })
        });
        let done = change.and_then(|change| {
            let done = self.simulation.at_market(&mut self.told, |market, sink| {
                market.amend(now, &change, sink)
            });
            done.map_err(|refusal| refusal.reason())
        });
        self.tell(Some(*routed));
        if let Err(reason) = done {
            let report = VenueReport::AmendRejected(AmendRejected { order_id, reason });
            self.outbox.report(now, report);
        }
    }
}

/// Intraday orders rest until the gate of their contract, however long the desk would let them.
fn for_session(order: NewOrder) -> NewOrder {
    match order.lifetime {
        Lifetime::Day | Lifetime::GoodTillCancelled => NewOrder {
            lifetime: Lifetime::GoodForSession,
            ..order
        },
        _ => order,
    }
}
