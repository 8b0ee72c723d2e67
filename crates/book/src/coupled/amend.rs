//! Changes of live orders of coupled books, by the venue's priority rules.

use wattbook_domain::id::OrderId;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::coupled::event::{CoupledEvent, CoupledSink};
use crate::coupled::{CoupledBooks, is_within, tell};
use crate::event::BookEvent;
use crate::extra::Place;
use crate::node::NIL;
use crate::order::{Amend, Lifetime};
use crate::rank::{self, MAX_LOTS};

impl CoupledBooks {
    /// Changes price or total volume of a live order. An order that loses its place enters anew and may
    /// trade at once. Orders of a basket do not change.
    pub fn amend<S: CoupledSink>(&mut self, amend: &Amend, sink: &mut S) {
        let order_id = amend.order_id;
        let slot = self.slot_of(order_id);
        if slot == NIL {
            return sink.on_event(&CoupledEvent::Unknown { order_id });
        }
        match self.check_amend(slot, amend) {
            Ok((price, growth)) => {
                self.change(slot, price, growth, sink);
                self.settle(None, sink);
            }
            Err(reason) => {
                let (zone, span) = (self.zone(slot), self.span_of(self.book_of(slot)));
                let rejected = BookEvent::AmendRejected { order_id, reason };
                tell(zone, span, rejected, sink);
            }
        }
    }

    /// The new price, if it is another, and what the volume grows by.
    fn check_amend(&self, slot: u32, amend: &Amend) -> Result<(Option<i64>, i64), VenueReason> {
        let is_parked = self
            .extra(slot)
            .is_some_and(|extra| extra.place == Place::Parked);
        let filled = self.nodes[slot].filled;
        let old_total = filled + self.whole_open(slot);
        let total = amend.volume.map_or(old_total, Lots::count);
        if is_parked || amend.trigger.is_some() || total <= filled || total > MAX_LOTS {
            return Err(VenueReason::InvalidTerms);
        }
        let price = amend.price.filter(|price| *price != self.limit_of(slot));
        if price.is_some_and(|price| !is_within(self.price_limits, price)) {
            return Err(VenueReason::OutsideCollar);
        }
        Ok((price.map(Ticks::count), total - old_total))
    }

    fn limit_of(&self, slot: u32) -> Ticks {
        let side = self.nodes[slot].side_index();
        Ticks::new(rank::ticks(self.bound_of(slot), 1 - side))
    }

    fn change<S: CoupledSink>(&mut self, slot: u32, price: Option<i64>, growth: i64, sink: &mut S) {
        let rules = self.config.rules.amend;
        let keeps = price.is_none()
            && match growth.signum() {
                -1 => rules.decrease_keeps_priority,
                1 => rules.increase_keeps_priority,
                _ => true,
            };
        if keeps {
            self.resize(slot, growth);
            return self.tell_amended(slot, true, sink);
        }
        let limit = price.unwrap_or(self.limit_of(slot).count());
        self.leave(slot);
        self.stop_waiting(self.wait_key(slot));
        self.arrived += 1;
        let arrival = self.arrived;
        self.arrivals[slot as usize] = arrival;
        let mut reserve = 0;
        if let Some(extra) = self.extra_mut(slot) {
            extra.sequence = arrival;
            reserve = std::mem::take(&mut extra.reserve);
        }
        self.nodes[slot].open += reserve + growth;
        self.tell_amended(slot, false, sink);
        self.enter(slot, limit, Lifetime::GoodForSession, sink);
    }

    /// Changes the volume of an order in its place: what is hidden first.
    fn resize(&mut self, slot: u32, growth: i64) {
        let is_sliced = self.slice(slot).is_some();
        let mut to_open = growth;
        if let Some(extra) = self.extra_mut(slot) {
            let to_reserve = match growth {
                ..0 => growth.max(-extra.reserve),
                _ if is_sliced => growth,
                _ => 0,
            };
            extra.reserve += to_reserve;
            to_open -= to_reserve;
        }
        let node = &mut self.nodes[slot];
        node.open += to_open;
        if node.level != NIL {
            self.levels[node.level].volume += to_open;
        }
        if growth != 0 {
            self.touch(self.book_of(slot));
        }
    }

    fn tell_amended<S: CoupledSink>(&self, slot: u32, keeps_priority: bool, sink: &mut S) {
        let node = &self.nodes[slot];
        let displayed = if node.level == NIL { 0 } else { node.open };
        let amended = BookEvent::Amended {
            order_id: OrderId(node.order_id),
            volume: Lots::new(node.filled + self.whole_open(slot)),
            displayed: Lots::new(displayed),
            keeps_priority,
        };
        let span = self.span_of(self.book_of(slot));
        tell(self.zone(slot), span, amended, sink);
    }
}
