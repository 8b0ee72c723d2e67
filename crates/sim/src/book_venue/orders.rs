//! What arrives from us: orders, amendments, cancels, linked sets.

use wattbook_book::{Amend, BookEvent, LinkedBooks, LinkedLeg};
use wattbook_domain::event::{AmendRouted, CancelRouted, OrderRouted};
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderRejected, VenueReason, VenueReport,
};
use wattbook_domain::{InstrumentId, OrderId, Timestamp};

use super::BookVenue;
use super::day::Step;
use super::linked::{Arrived, LinkedSets, SetId};
use crate::order_line::Routed;

impl BookVenue {
    /// Carries out a message of ours that arrived at `now`.
    pub(super) fn take(&mut self, now: Timestamp, message: Routed) {
        match message {
            Routed::Order(routed) => match LinkedSets::set_of(&routed) {
                Some(set) => self.take_linked(now, set, routed),
                None => self.take_order(now, &routed),
            },
            Routed::Amend(routed) => self.take_amend(now, &routed),
            Routed::Cancel(routed) => {
                let CancelRouted {
                    order_id,
                    instrument,
                    ..
                } = routed;
                let Some(index) = self.ready(now, instrument) else {
                    let reason = VenueReason::NotTrading;
                    let report = VenueReport::CancelRejected(CancelRejected { order_id, reason });
                    return self.outbox.report(now, report);
                };
                self.books[index].cancel(order_id, &mut self.events);
                self.tell(index, now, None);
            }
        }
    }

    /// The market of `instrument`, after everything that was due in it before `now`.
    fn ready(&mut self, now: Timestamp, instrument: InstrumentId) -> Option<usize> {
        let index = *self.by_instrument.get(&instrument)?;
        self.books[index].advance(now, &mut self.events);
        Some(index)
    }

    fn take_order(&mut self, now: Timestamp, routed: &OrderRouted) {
        let order_id = routed.order_id;
        let Some(index) = self.ready(now, routed.order.instrument) else {
            return self.refuse(now, order_id, VenueReason::NotTrading);
        };
        let grids = self.markets[index].grids;
        let order = grids.new_order(order_id, &routed.order);
        if let Ok(order) = &order {
            self.feed.note_limit(order_id, routed.order.price);
            self.books[index].submit(order, &mut self.events);
        }
        self.tell(index, now, None);
        if let Err(reason) = order {
            self.refuse(now, order_id, reason);
        }
    }

    fn take_amend(&mut self, now: Timestamp, routed: &AmendRouted) {
        let order_id = routed.order_id;
        let Some(index) = self.ready(now, routed.instrument) else {
            return self.refuse_amend(now, order_id, VenueReason::NotTrading);
        };
        let grids = self.markets[index].grids;
        // Our amendments always state a price; a stop or market order has no limit for it.
        let has_limit = self.books[index].has_limit(order_id);
        let change = grids.ticks(routed.price).and_then(|price| {
            Ok(Amend {
                order_id,
                price: has_limit.then_some(price),
                volume: Some(grids.lots(routed.volume)?),
                trigger: routed
                    .trigger
                    .map(|trigger| grids.ticks(trigger))
                    .transpose()?,
            })
        });
        if let Ok(change) = &change {
            self.books[index].amend(change, &mut self.events);
        }
        self.tell(index, now, Some(*routed));
        if let Err(reason) = change {
            self.refuse_amend(now, order_id, reason);
        }
    }

    /// Keeps an order of a linked set until the set is whole, then trades all of it or nothing.
    fn take_linked(&mut self, now: Timestamp, set: SetId, routed: OrderRouted) {
        match self.linked.take(set, routed, now) {
            Arrived::First(set, until) => self.schedule(until, Step::GiveUp(set)),
            Arrived::Waits => {}
            Arrived::Whole(orders) => {
                if let Err(reason) = self.trade_linked(now, &orders) {
                    self.refuse_all(now, &orders, reason);
                }
            }
        }
    }

    /// Refuses what has come of a set whose rest did not.
    pub(super) fn give_up(&mut self, now: Timestamp, set: SetId) {
        let orders = self.linked.give_up(set, now);
        self.refuse_all(now, &orders, VenueReason::LinkedUnfilled);
    }

    /// Submits a whole set; an error refuses each of its orders.
    fn trade_linked(&mut self, now: Timestamp, orders: &[OrderRouted]) -> Result<(), VenueReason> {
        let mut legs = Vec::with_capacity(orders.len());
        for routed in orders {
            let book = self.ready(now, routed.order.instrument);
            let book = book.ok_or(VenueReason::NotTrading)?;
            self.tell(book, now, None);
            let grids = self.markets[book].grids;
            let order = grids.new_order(routed.order_id, &routed.order)?;
            self.feed.note_limit(routed.order_id, routed.order.price);
            legs.push(LinkedLeg { book, order });
        }
        let mut told: Vec<(usize, BookEvent)> = Vec::new();
        let mut books = LinkedBooks {
            books: &mut self.books,
        };
        // Two legs in one book, or one that could rest: terms that no linked set has.
        let done = books.submit(&legs, &mut told);
        done.map_err(|_| VenueReason::InvalidTerms)?;
        for leg in &legs {
            let own = told.iter().filter(|(book, _)| *book == leg.book);
            self.events.extend(own.map(|(_, event)| *event));
            self.tell(leg.book, now, None);
        }
        Ok(())
    }

    fn refuse_all(&mut self, now: Timestamp, orders: &[OrderRouted], reason: VenueReason) {
        for routed in orders {
            self.refuse(now, routed.order_id, reason);
        }
    }

    fn refuse(&mut self, now: Timestamp, order_id: OrderId, reason: VenueReason) {
        let report = VenueReport::OrderRejected(OrderRejected { order_id, reason });
        self.outbox.report(now, report);
    }

    fn refuse_amend(&mut self, now: Timestamp, order_id: OrderId, reason: VenueReason) {
        let report = VenueReport::AmendRejected(AmendRejected { order_id, reason });
        self.outbox.report(now, report);
    }
}
