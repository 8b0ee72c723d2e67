//! Baskets: orders for several contracts that trade all in whole or none.

use wattbook_domain::id::OrderId;
use wattbook_domain::report::VenueReason;

use crate::coupled::config::{MAX_LEGS, Span};
use crate::coupled::event::{CoupledFault, CoupledSink, UnsupportedTerm};
use crate::coupled::{CoupledBooks, accepted, tell};
use crate::event::BookEvent;
use crate::extra::{Extra, Place};
use crate::node::NIL;
use crate::order::{Display, Lifetime, NewOrder, Quantity, Terms};
use crate::rank;

/// One order of a basket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasketLeg {
    /// Where it comes to.
    pub zone: usize,
    /// Its contract; a basket has no blocks.
    pub contract: usize,
    /// The order: fill or kill, or where baskets may wait good for session.
    pub order: NewOrder,
}

/// The orders for a contract whose gates close, as they were after `arrived` arrivals.
#[derive(Debug, Clone)]
pub(super) struct AtGate {
    contract: usize,
    arrived: u64,
    /// By zone; taken out when its gate closes.
    ids: Vec<Vec<u64>>,
}

impl AtGate {
    pub(super) const NONE: Self = Self {
        contract: usize::MAX,
        arrived: 0,
        ids: Vec::new(),
    };
}

impl CoupledBooks {
    /// Takes in a basket: orders for different contracts, in any zones, that trade all in whole or not
    /// at all. They look for it in the order given, each after what those before it take of the
    /// borders. Where one is refused, the others are cancelled.
    ///
    /// # Errors
    /// A [`CoupledFault`] when a basket or one of its orders makes no sense; nothing was done.
    pub fn submit_basket<S: CoupledSink>(
        &mut self,
        legs: &[BasketLeg],
        sink: &mut S,
    ) -> Result<(), CoupledFault> {
        let limits = self.check_legs(legs)?;
        let spans = legs.iter().map(|leg| Span::of(leg.contract as u16));
        let spans: Vec<Span> = spans.collect();
        let mut refusals = Vec::with_capacity(legs.len());
        for ((leg, span), limit) in legs.iter().zip(&spans).zip(&limits) {
            refusals.push(self.check(leg.zone, *span, &leg.order, *limit).err());
        }
        for ((leg, span), refusal) in legs.iter().zip(&spans).zip(&refusals) {
            let order_id = leg.order.order_id;
            let event = match *refusal {
                Some(reason) => BookEvent::Rejected { order_id, reason },
                None => accepted(&leg.order),
            };
            tell(leg.zone, *span, event, sink);
        }
        if refusals.iter().any(Option::is_some) {
            for ((leg, span), refusal) in legs.iter().zip(&spans).zip(&refusals) {
                if refusal.is_none() {
                    let cancelled = BookEvent::Cancelled {
                        order_id: leg.order.order_id,
                        volume: leg.order.volume,
                        reason: VenueReason::LinkedUnfilled,
                    };
                    tell(leg.zone, *span, cancelled, sink);
                }
            }
            return Ok(());
        }
        self.enter_basket(legs, &limits, sink);
        self.settle(None, sink);
        Ok(())
    }

    fn enter_basket<S: CoupledSink>(&mut self, legs: &[BasketLeg], limits: &[i64], sink: &mut S) {
        let key = self.arrived + 1;
        let mut slots = Vec::with_capacity(legs.len());
        for (leg, limit) in legs.iter().zip(limits) {
            let slot = self.admit(leg.zone, leg.contract as u32, &leg.order);
            let side = rank::index(leg.order.side);
            // Every order of a basket has the number of the first, by which they find each other.
            self.extras.give_up(self.nodes[slot].extra);
            let extra = self.extras.insert(Extra {
                place: Place::Parked,
                rank: rank::rank(*limit, side),
                ..Extra::new(leg.order, key)
            });
            self.nodes[slot].extra = extra;
            slots.push(slot);
        }
        let fills = slots.iter().all(|slot| {
            let open = self.nodes[*slot].open;
            self.plan_for(*slot, self.bound_of(*slot), open) == 0
        });
        if fills {
            self.carry_out(sink);
            for slot in slots {
                self.end(slot);
            }
            return;
        }
        self.give_back();
        if legs[0].order.lifetime == Lifetime::GoodForSession {
            return self.wait(key, slots);
        }
        for slot in slots {
            self.cancel_slot(slot, VenueReason::LinkedUnfilled, sink);
        }
    }

    fn check_legs(&self, legs: &[BasketLeg]) -> Result<Vec<i64>, CoupledFault> {
        if !(2..=MAX_LEGS).contains(&legs.len()) {
            return Err(CoupledFault::BasketSize { legs: legs.len() });
        }
        let mut limits = Vec::with_capacity(legs.len());
        for (at, leg) in legs.iter().enumerate() {
            self.network.check_zone(leg.zone)?;
            self.check_contract(leg.contract)?;
            let order_id = leg.order.order_id;
            let before = &legs[..at];
            if before
                .iter()
                .any(|other| other.contract == leg.contract || other.order.order_id == order_id)
            {
                return Err(CoupledFault::RepeatedLeg { order_id });
            }
            if leg.order.lifetime != legs[0].order.lifetime {
                return Err(CoupledFault::MixedLegs { order_id });
            }
            let limit = self.leg_limit(leg);
            limits.push(limit.map_err(|term| CoupledFault::Unsupported { order_id, term })?);
        }
        Ok(limits)
    }

    fn leg_limit(&self, leg: &BasketLeg) -> Result<i64, UnsupportedTerm> {
        let Terms {
            display, quantity, ..
        } = leg.order.terms;
        if display != Display::Full {
            return Err(UnsupportedTerm::Iceberg);
        }
        let rests = self.config.rules.baskets_rest;
        match leg.order.lifetime {
            Lifetime::FillOrKill => {}
            Lifetime::GoodForSession if rests => {}
            _ => return Err(UnsupportedTerm::Basket),
        }
        if matches!(quantity, Quantity::Minimum(_)) {
            return Err(UnsupportedTerm::MinimumQuantity);
        }
        self.limit(Span::of(leg.contract as u16), &leg.order)
    }

    /// Cancels `slot`, and if it is of a basket the others of it too, in their order.
    pub(super) fn cancel_with_basket<S: CoupledSink>(
        &mut self,
        slot: u32,
        reason: VenueReason,
        sink: &mut S,
    ) {
        if !self.may_wait(slot) {
            return self.cancel_slot(slot, reason, sink);
        }
        let key = self.wait_key(slot);
        match self.waiters.get(&key) {
            Some(slots) if slots.len() > 1 => {
                let ids = slots.iter().map(|slot| OrderId(self.nodes[*slot].order_id));
                let ids: Vec<OrderId> = ids.collect();
                for id in ids {
                    self.cancel_slot(self.slot_of(id), reason, sink);
                }
            }
            _ => self.cancel_slot(slot, reason, sink),
        }
    }

    /// The ids of all orders for `contract` alone, in a block or in a basket, each once, by zone.
    fn ids_by_zone(&self, contract: usize) -> Vec<Vec<u64>> {
        let holds = |span: Span| span.contracts().contains(&contract);
        let blocks = self.blocks.iter().filter(|(span, _)| holds(**span));
        let books = blocks.map(|(_, book)| *book);
        let books = books.chain([contract as u32]);
        let sides = books.flat_map(|book| [(book, 0), (book, 1)]);
        let standing = sides.flat_map(|(book, side)| self.standing(book, side));
        let baskets = self.waiters.values().filter(|slots| slots.len() > 1);
        let legs = baskets.flatten().copied();
        let legs = legs.filter(|slot| self.book_of(*slot) as usize == contract);
        let mut ids = vec![Vec::new(); self.config.zones];
        for slot in standing.chain(legs) {
            ids[self.zone(slot)].push(self.nodes[slot].order_id);
        }
        ids
    }

    /// The ids of all orders of `zone` for `contract`, ascending; some may have ended. Mostly the gates of a
    /// contract close in all zones together, and the orders are gone through once for all of them.
    pub(super) fn ids_at_gate(&mut self, zone: usize, contract: usize) -> Vec<u64> {
        if self.at_gate.contract != contract || self.at_gate.arrived != self.arrived {
            self.at_gate = AtGate {
                contract,
                arrived: self.arrived,
                ids: self.ids_by_zone(contract),
            };
        }
        let mut ids = std::mem::take(&mut self.at_gate.ids[zone]);
        ids.sort_unstable();
        ids
    }

    /// The displayed orders of `side` in `book`, then the all-or-none orders, in priority order.
    pub(super) fn standing(&self, book: u32, side: usize) -> impl Iterator<Item = u32> + '_ {
        let at = &self.books[book as usize];
        let slot_after = |slot: u32| (slot != NIL).then_some(slot);
        let displayed = at.ladders[side].iter().flat_map(move |level| {
            std::iter::successors(slot_after(self.levels[level].head), move |slot| {
                slot_after(self.nodes[*slot].next)
            })
        });
        displayed.chain(at.whole[side].iter().map(|key| key.2))
    }
}
