//! Changes of live orders, by the venue's priority rules.

use wattbook_domain::id::OrderId;
use wattbook_domain::market::Phase;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{Lots, Ticks};

use crate::book::OrderBook;
use crate::event::{BookEvent, BookSink};
use crate::extra::Place;
use crate::node::NIL;
use crate::order::{Amend, Pricing};
use crate::rank::{self, MAX_LOTS, MAX_TICKS};

/// A change that was found possible.
#[derive(Debug, Clone, Copy)]
struct Change {
    slot: u32,
    /// Total volume from now on, the filled part included.
    total: i64,
    /// What the open volume grows by.
    growth: i64,
    /// New limit, when it differs.
    price: Option<i64>,
    /// New trigger, when it differs.
    trigger: Option<i64>,
}

impl OrderBook {
    /// Changes price, volume or trigger of a live order. An order that loses its place enters anew
    /// and may trade at once.
    pub fn amend<S: BookSink>(&mut self, amend: &Amend, sink: &mut S) {
        match self.check_amend(amend) {
            Err(reason) => sink.on_event(&BookEvent::AmendRejected {
                order_id: amend.order_id,
                reason,
            }),
            Ok(change) => {
                self.begin();
                self.apply_change(change, sink);
                self.finish(sink);
            }
        }
    }

    /// Whether the live order `order_id` has a limit that an amendment can change.
    #[must_use]
    pub fn has_limit(&self, order_id: OrderId) -> bool {
        let slot = self.slot_of(order_id.0);
        slot != NIL && self.takes_limit(slot)
    }

    fn check_amend(&self, amend: &Amend) -> Result<Change, VenueReason> {
        let slot = self.slot_of(amend.order_id.0);
        if slot == NIL {
            return Err(VenueReason::UnknownOrder);
        }
        let node = self.node(slot);
        let is_pending = self.place_of(slot) == Place::Pending;
        if matches!(self.rest.phase, Phase::Closed | Phase::Halted) || is_pending {
            return Err(VenueReason::NotTrading);
        }
        let old_total = node.filled + self.whole_open(slot).count();
        let total = amend.volume.map_or(old_total, Lots::count);
        if total <= node.filled || total > MAX_LOTS {
            return Err(VenueReason::InvalidTerms);
        }
        let price = amend.price.map(Ticks::count);
        let price = price.filter(|price| self.limit_of(slot) != Some(*price));
        if let Some(price) = price {
            if !self.takes_limit(slot) {
                return Err(VenueReason::InvalidTerms);
            }
            self.check_limit(Ticks::new(price))?;
        }
        let trigger = amend.trigger.map(Ticks::count);
        let is_stop = self.place_of(slot) == Place::Stop;
        if trigger.is_some_and(|trigger| !is_stop || trigger.abs() > MAX_TICKS) {
            return Err(VenueReason::InvalidTerms);
        }
        let old_trigger = self.extra(slot).and_then(|extra| extra.trigger);
        Ok(Change {
            slot,
            total,
            growth: total - old_total,
            price,
            trigger: trigger.filter(|trigger| old_trigger != Some(*trigger)),
        })
    }

    fn place_of(&self, slot: u32) -> Place {
        self.extra(slot).map_or(Place::Level, |extra| extra.place)
    }

    /// The limit of `slot`, in ticks, if it has one.
    fn limit_of(&self, slot: u32) -> Option<i64> {
        let node = self.node(slot);
        match self.extra(slot).map(|extra| extra.order.pricing) {
            None => Some(rank::ticks(self.levels[node.level].rank, node.side_index())),
            Some(Pricing::Limit(limit) | Pricing::StopLimit { limit, .. }) => Some(limit.count()),
            Some(Pricing::Pegged { limit, .. }) => limit.map(Ticks::count),
            Some(_) => None,
        }
    }

    fn takes_limit(&self, slot: u32) -> bool {
        self.extra(slot).is_none_or(|extra| {
            matches!(
                extra.order.pricing,
                Pricing::Limit(_) | Pricing::StopLimit { .. } | Pricing::Pegged { .. }
            )
        })
    }

    fn apply_change<S: BookSink>(&mut self, change: Change, sink: &mut S) {
        match self.place_of(change.slot) {
            Place::Stop => self.change_stop(change, sink),
            Place::Parked => {
                self.set_price(change);
                self.nodes[change.slot].open += change.growth;
                self.report_amended(change, true, sink);
            }
            _ if self.keeps_priority(change) => self.resize(change, sink),
            _ => self.replace(change, sink),
        }
    }

    fn keeps_priority(&self, change: Change) -> bool {
        let rules = self.rest.config.amend;
        change.price.is_none()
            && match change.growth.signum() {
                -1 => rules.decrease_keeps_priority,
                1 => rules.increase_keeps_priority,
                _ => true,
            }
    }

    /// A stop that waits keeps its entry number.
    fn change_stop<S: BookSink>(&mut self, change: Change, sink: &mut S) {
        let slot = change.slot;
        self.lift(slot);
        self.set_price(change);
        self.nodes[slot].open += change.growth;
        if let (Some(trigger), Some(extra)) = (change.trigger, self.extra_mut(slot)) {
            extra.trigger = Some(trigger);
        }
        self.report_amended(change, true, sink);
        self.store_stop(slot);
    }

    /// Changes the volume of a resting order in its place: what is hidden first.
    fn resize<S: BookSink>(&mut self, change: Change, sink: &mut S) {
        let slot = change.slot;
        let reserve = self.extra(slot).map_or(0, |extra| extra.reserve);
        let is_sliced = self.extra(slot).is_some_and(|extra| {
            matches!(extra.order.terms.display, crate::order::Display::Iceberg(_))
        });
        let to_reserve = if change.growth < 0 {
            change.growth.max(-reserve)
        } else if is_sliced && self.node(slot).level != NIL {
            change.growth
        } else {
            0
        };
        let to_open = change.growth - to_reserve;
        if let Some(extra) = self.extra_mut(slot) {
            extra.reserve += to_reserve;
        }
        let node = &mut self.nodes[slot];
        node.open += to_open;
        if node.level != NIL {
            self.levels[node.level].volume += to_open;
        }
        self.report_amended(change, true, sink);
    }

    /// Takes the order out and lets it enter anew.
    fn replace<S: BookSink>(&mut self, change: Change, sink: &mut S) {
        let slot = change.slot;
        let limit = self.limit_of(slot);
        self.lift(slot);
        self.join_iceberg(slot);
        self.nodes[slot].open += change.growth;
        self.set_price(change);
        self.rest.sequence += 1;
        let sequence = self.rest.sequence;
        let pricing = match self.extra(slot).map(|extra| extra.order.pricing) {
            Some(pricing) => pricing,
            None => Pricing::Limit(Ticks::new(change.price.or(limit).unwrap_or_default())),
        };
        self.renumber(slot, sequence);
        self.report_amended(change, false, sink);
        let lifetime = crate::order::Lifetime::GoodTillCancelled;
        self.enter_priced(slot, pricing, lifetime, sink);
    }

    /// Gives an order a new entry number wherever it is listed under it.
    fn renumber(&mut self, slot: u32, sequence: u64) {
        let Some(extra) = self.extra_mut(slot) else {
            return;
        };
        let old = std::mem::replace(&mut extra.sequence, sequence);
        let order = extra.order;
        if let crate::order::Lifetime::GoodTillDate(date) = order.lifetime {
            self.rest.expiries.remove(&(date.nanos(), old, slot));
            self.rest.expiries.insert((date.nanos(), sequence, slot));
        }
        if matches!(order.pricing, Pricing::Pegged { .. }) {
            self.rest.pegs.retain(|other| *other != slot);
            self.rest.pegs.push(slot);
        }
        let group = order.terms.one_cancels_other;
        if let Some(members) = group.and_then(|group| self.rest.groups.get_mut(&group)) {
            members.retain(|other| *other != slot);
            members.push(slot);
        }
    }

    fn set_price(&mut self, change: Change) {
        let (Some(price), Some(extra)) = (change.price, self.extra_mut(change.slot)) else {
            return;
        };
        let limit = Ticks::new(price);
        extra.order.pricing = match extra.order.pricing {
            Pricing::StopLimit { trigger, .. } => Pricing::StopLimit { trigger, limit },
            Pricing::Pegged { peg, offset, .. } => Pricing::Pegged {
                peg,
                offset,
                limit: Some(limit),
            },
            _ => Pricing::Limit(limit),
        };
    }

    fn report_amended<S: BookSink>(&self, change: Change, keeps_priority: bool, sink: &mut S) {
        let node = self.node(change.slot);
        let is_displayed = node.level != NIL;
        sink.on_event(&BookEvent::Amended {
            order_id: self.id_of(change.slot),
            volume: Lots::new(change.total),
            displayed: Lots::new(if is_displayed { node.open } else { 0 }),
            keeps_priority,
        });
    }
}
