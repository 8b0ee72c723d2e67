//! Orders come to coupled books: what is taken, what is refused, and what becomes of it.

use wattbook_domain::Ticks;
use wattbook_domain::order::SelfTradePrevention;
use wattbook_domain::report::VenueReason;

use crate::coupled::config::Span;
use crate::coupled::event::{CoupledSink, UnsupportedTerm};
use crate::coupled::{CoupledBooks, is_within};
use crate::node::NIL;
use crate::order::{Display, Lifetime, NewOrder, Pricing, Quantity};
use crate::rank::{self, MAX_LOTS};

impl CoupledBooks {
    /// The limit of an order that coupled books take, in ticks, or what they lack.
    pub(super) fn limit(&self, span: Span, order: &NewOrder) -> Result<i64, UnsupportedTerm> {
        use Lifetime::{FillOrKill, GoodForSession, ImmediateOrCancel};
        let Pricing::Limit(limit) = order.pricing else {
            return Err(UnsupportedTerm::Pricing);
        };
        if order.self_trade != SelfTradePrevention::Allow {
            return Err(UnsupportedTerm::SelfTradePrevention);
        }
        let terms = order.terms;
        if terms.one_cancels_other.is_some() {
            return Err(UnsupportedTerm::OneCancelsOther);
        }
        match order.lifetime {
            GoodForSession | ImmediateOrCancel | FillOrKill => {}
            _ => return Err(UnsupportedTerm::Lifetime),
        }
        let is_whole = match terms.quantity {
            Quantity::Any => order.lifetime == FillOrKill,
            Quantity::AllOrNone => true,
            Quantity::Minimum(_) => return Err(UnsupportedTerm::MinimumQuantity),
        };
        match terms.display {
            Display::Full => {}
            Display::Iceberg(_) if terms.quantity == Quantity::Any && !span.is_block() => {}
            Display::Iceberg(_) => return Err(UnsupportedTerm::Iceberg),
            Display::Hidden => return Err(UnsupportedTerm::Hidden),
        }
        if span.is_block() && !is_whole && !self.config.rules.blocks_in_parts {
            return Err(UnsupportedTerm::BlockInParts);
        }
        Ok(limit.count())
    }

    pub(super) fn check(
        &self,
        zone: usize,
        span: Span,
        order: &NewOrder,
        limit: i64,
    ) -> Result<(), VenueReason> {
        let lots = 1..=MAX_LOTS;
        let has_slice = match order.terms.display {
            Display::Iceberg(slice) => lots.contains(&slice.count()),
            _ => true,
        };
        let is_known = self.slot_of(order.order_id) != NIL;
        if self.is_closed(zone, span) {
            Err(VenueReason::GateClosed)
        } else if is_known || !lots.contains(&order.volume.count()) || !has_slice {
            Err(VenueReason::InvalidTerms)
        } else if !is_within(self.price_limits, Ticks::new(limit)) {
            Err(VenueReason::OutsideCollar)
        } else {
            Ok(())
        }
    }

    /// Whether the gate of a contract of `span` has closed in `zone`.
    pub(super) fn is_closed(&self, zone: usize, span: Span) -> bool {
        let mut gates = self.closed[span.contracts()].iter();
        gates.any(|zones| zones >> zone & 1 == 1)
    }

    /// Lets `slot`, which stands nowhere, trade, then rests or ends it.
    pub(super) fn enter<S: CoupledSink>(
        &mut self,
        slot: u32,
        limit: i64,
        lifetime: Lifetime,
        sink: &mut S,
    ) {
        let node = &self.nodes[slot];
        let (side, volume) = (node.side_index(), node.open);
        let bound = rank::bound(side, Some(limit));
        if self.may_trade(self.book_of(slot), side, bound) {
            let is_whole = lifetime == Lifetime::FillOrKill || self.is_whole(slot);
            let left = self.plan_for(slot, bound, volume);
            if is_whole && left > 0 {
                self.give_back();
            }
            self.carry_out(sink);
        }
        if self.nodes[slot].open == 0 {
            self.end(slot);
        } else if lifetime == Lifetime::GoodForSession {
            self.rest(slot, limit, sink);
        } else {
            self.cancel_slot(slot, VenueReason::Unfilled, sink);
        }
    }

    /// Whether there may be anyone in `book` for an order of `side` to trade with.
    #[inline]
    fn may_trade(&self, book: u32, side: usize, bound: i64) -> bool {
        let book = &self.books[book as usize];
        book.ladders[1 - side].best_rank <= bound
            || book.whole[1 - side]
                .first()
                .is_some_and(|key| key.0 <= bound)
            || (self.config.rules.implied_matching && book.span.is_block())
    }
}
