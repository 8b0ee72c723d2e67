//! Baskets, amendments and ends of orders.

use wattbook_book::{Amend, BasketLeg, BookEvent, CoupledEvent, Lifetime, Span};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, OrderId, Ticks};

use super::{Entry, Model, Stands};

impl Model {
    pub(super) fn legs(&self, arrival: u64) -> Vec<OrderId> {
        let mut legs: Vec<&Entry> = self.orders.iter().collect();
        legs.retain(|order| order.basket == Some(arrival));
        legs.sort_by_key(|order| order.arrival);
        legs.into_iter().map(|order| order.id).collect()
    }

    pub(crate) fn submit_basket(&mut self, legs: &[BasketLeg]) {
        let mut is_refused = false;
        let span = |leg: &BasketLeg| Span::of(leg.contract as u16);
        let refusals: Vec<Option<VenueReason>> = legs
            .iter()
            .map(|leg| self.refusal(leg.zone, span(leg), &leg.order))
            .collect();
        for (leg, refusal) in legs.iter().zip(&refusals) {
            match *refusal {
                None => self.accept(leg.zone, span(leg), &leg.order),
                Some(reason) => {
                    is_refused = true;
                    let order_id = leg.order.order_id;
                    let rejected = BookEvent::Rejected { order_id, reason };
                    self.tell(leg.zone, span(leg), rejected);
                }
            }
        }
        let reason = VenueReason::LinkedUnfilled;
        if is_refused {
            for (leg, _) in legs.iter().zip(&refusals).filter(|(_, no)| no.is_none()) {
                let cancelled = BookEvent::Cancelled {
                    order_id: leg.order.order_id,
                    volume: leg.order.volume,
                    reason,
                };
                self.tell(leg.zone, span(leg), cancelled);
            }
            return;
        }
        let basket = self.arrivals + 1;
        for leg in legs {
            self.admit(leg.zone, span(leg), &leg.order, Some(basket));
        }
        let mut trial = self.clone();
        let ids = legs.iter().map(|leg| leg.order.order_id);
        let ids: Vec<OrderId> = ids.collect();
        for id in &ids {
            trial.take(*id);
        }
        let is_done = |id: &OrderId| trial.orders[trial.at(*id).unwrap()].open() == 0;
        if ids.iter().all(is_done) {
            *self = trial;
            self.orders.retain(|order| !ids.contains(&order.id));
        } else if legs[0].order.lifetime == Lifetime::GoodForSession {
            for id in &ids {
                let at = self.at(*id).unwrap();
                self.orders[at].stands = Stands::Waiting;
            }
        } else {
            for id in &ids {
                self.end(self.at(*id).unwrap(), reason);
            }
        }
        self.settle();
    }

    pub(crate) fn amend(&mut self, amend: &Amend) {
        let order_id = amend.order_id;
        let Some(at) = self.at(order_id) else {
            return self.events.push(CoupledEvent::Unknown { order_id });
        };
        let order = self.orders[at].clone();
        let total = amend
            .volume
            .map_or(order.open() + order.filled, Lots::count);
        let price = amend.price.map_or(order.price, Ticks::count);
        let limits = self.config.price_limits;
        let is_outside =
            limits.is_some_and(|(low, high)| price < low.count() || price > high.count());
        if order.basket.is_some() || total <= order.filled || amend.trigger.is_some() {
            let reason = VenueReason::InvalidTerms;
            return self.tell_of(at, BookEvent::AmendRejected { order_id, reason });
        }
        if is_outside && price != order.price {
            let reason = VenueReason::OutsideCollar;
            return self.tell_of(at, BookEvent::AmendRejected { order_id, reason });
        }
        let growth = total - order.filled - order.open();
        let rules = self.config.rules.amend;
        let keeps = price == order.price
            && (growth == 0
                || (growth < 0 && rules.decrease_keeps_priority)
                || (growth > 0 && rules.increase_keeps_priority));
        let entry = &mut self.orders[at];
        if keeps {
            let hidden = if growth < 0 {
                growth.max(-entry.reserve)
            } else if entry.slice.is_some() {
                growth
            } else {
                0
            };
            entry.reserve += hidden;
            entry.shown += growth - hidden;
        } else {
            self.arrivals += 1;
            entry.arrival = self.arrivals;
            entry.shown += growth + entry.reserve;
            entry.reserve = 0;
            entry.price = price;
            entry.stands = Stands::Coming;
        }
        let is_displayed = entry.stands == Stands::Displayed;
        let displayed = if is_displayed { entry.shown } else { 0 };
        let amended = BookEvent::Amended {
            order_id,
            volume: Lots::new(total),
            displayed: Lots::new(displayed),
            keeps_priority: keeps,
        };
        self.tell_of(at, amended);
        if !keeps {
            self.enter(order_id, Lifetime::GoodForSession);
        }
        self.settle();
    }

    pub(crate) fn cancel(&mut self, order_id: OrderId) {
        if self.at(order_id).is_none() {
            return self.events.push(CoupledEvent::Unknown { order_id });
        }
        self.end_with_basket(order_id, VenueReason::Requested);
        self.settle();
    }

    pub(super) fn end_with_basket(&mut self, id: OrderId, reason: VenueReason) {
        let Some(at) = self.at(id) else {
            return;
        };
        let ids = match self.orders[at].basket {
            Some(basket) => self.legs(basket),
            None => vec![id],
        };
        for id in ids {
            self.end(self.at(id).unwrap(), reason);
        }
    }

    pub(super) fn end(&mut self, at: usize, reason: VenueReason) {
        let order = self.orders.remove(at);
        let cancelled = BookEvent::Cancelled {
            order_id: order.id,
            volume: Lots::new(order.open()),
            reason,
        };
        self.tell(order.zone, order.span, cancelled);
    }
}
