//! Takes orders in: checks their terms and starts them on their way.

use wattbook_domain::Ticks;
use wattbook_domain::market::Phase;
use wattbook_domain::order::{SelfTradePrevention, Side};
use wattbook_domain::report::VenueReason;

use crate::book::OrderBook;
use crate::enter::Entry;
use crate::event::{BookEvent, BookSink};
use crate::extra::{Extra, Place};
use crate::node::{Keep, NIL, Node};
use crate::order::{Display, Lifetime, NewOrder, Pricing, Quantity};
use crate::rank::{MARKET_BUY, MARKET_SELL, MAX_LOTS, MAX_TICKS};
use crate::sweep::Plain;

impl OrderBook {
    /// Takes in an order, which trades, rests, waits or ends by its terms.
    // Where the caller has just built the order, most of the questions below are answered while
    // compiling.
    #[allow(clippy::inline_always)]
    #[inline(always)]
    pub fn submit<S: BookSink>(&mut self, order: &NewOrder, sink: &mut S) {
        match order.pricing {
            Pricing::Limit(price) if self.quick && is_plain(order) => {
                let plain = Plain {
                    order_id: order.order_id,
                    side: order.side,
                    price: price.count(),
                    volume: order.volume.count(),
                    trading_book: order.trading_book.0,
                    keep: keep(order.lifetime),
                };
                self.submit_plain(plain, sink);
            }
            _ => self.submit_any(order, sink),
        }
    }

    #[inline(never)]
    fn submit_any<S: BookSink>(&mut self, order: &NewOrder, sink: &mut S) {
        let order_id = order.order_id;
        if let Err(reason) = self.check(order) {
            return sink.on_event(&BookEvent::Rejected { order_id, reason });
        }
        self.begin();
        sink.on_event(&BookEvent::Accepted {
            order_id,
            side: order.side,
            volume: order.volume,
        });
        let slot = self.admit(order);
        self.place(slot, order, sink);
        self.finish(sink);
    }

    /// Gives an accepted order its node and lists it where its terms want.
    pub(crate) fn admit(&mut self, order: &NewOrder) -> u32 {
        let slot = self.nodes.insert(Node {
            order_id: order.order_id.0,
            open: order.volume.count(),
            filled: 0,
            next: NIL,
            prev: NIL,
            level: NIL,
            extra: NIL,
            trading_book: order.trading_book.0,
            tags: Node::tags(order.side, keep(order.lifetime), order.self_trade),
            origin: 0,
        });
        self.list(self.index.home(order.order_id.0), slot);
        if !needs_extra(order) {
            return slot;
        }
        self.rest.sequence += 1;
        let sequence = self.rest.sequence;
        let mut extra = Extra::new(*order, sequence);
        extra.trigger = match order.pricing {
            Pricing::Stop { trigger } | Pricing::StopLimit { trigger, .. } => Some(trigger),
            Pricing::TrailingStop { trigger, .. } => trigger,
            _ => None,
        }
        .map(Ticks::count);
        self.nodes[slot].extra = self.rest.extras.insert(extra);
        if let Lifetime::GoodTillDate(date) = order.lifetime {
            self.rest.expiries.insert((date.nanos(), sequence, slot));
        }
        if let Some(group) = order.terms.one_cancels_other {
            self.rest.groups.entry(group).or_default().push(slot);
        }
        if matches!(order.pricing, Pricing::Pegged { .. }) {
            self.rest.pegs.push(slot);
        }
        slot
    }

    /// Starts an admitted order on its way.
    fn place<S: BookSink>(&mut self, slot: u32, order: &NewOrder, sink: &mut S) {
        if order.lifetime == Lifetime::AtClose && self.rest.phase != Phase::ClosingCall {
            self.rest.parked.push(slot);
            if let Some(extra) = self.extra_mut(slot) {
                extra.place = Place::Parked;
            }
            return;
        }
        self.enter_priced(slot, order.pricing, order.lifetime, sink);
    }

    /// Lets `slot`, which waits nowhere, enter at `pricing` as the phase allows.
    pub(crate) fn enter_priced<S: BookSink>(
        &mut self,
        slot: u32,
        pricing: Pricing,
        lifetime: Lifetime,
        sink: &mut S,
    ) {
        let is_continuous = self.rest.phase == Phase::Continuous;
        match pricing {
            Pricing::Limit(limit) if is_continuous => {
                self.enter(slot, Entry::limit(limit.count(), lifetime), sink);
            }
            Pricing::Market if is_continuous => self.enter(slot, Entry::market(lifetime), sink),
            Pricing::MarketToLimit if is_continuous => {
                self.enter_market_to_limit(slot, lifetime, sink);
            }
            Pricing::Limit(limit) => self.rest_order(slot, limit.count(), sink),
            Pricing::Market | Pricing::MarketToLimit => {
                let price = match self.node(slot).side() {
                    Side::Buy => MARKET_BUY,
                    Side::Sell => MARKET_SELL,
                };
                self.display(slot, price.count(), sink);
            }
            Pricing::Stop { .. } | Pricing::StopLimit { .. } | Pricing::TrailingStop { .. } => {
                self.store_stop(slot);
            }
            Pricing::Pegged { .. } => self.rest_dark(slot, crate::ladder::NO_RANK),
        }
    }

    pub(crate) fn check(&self, order: &NewOrder) -> Result<(), VenueReason> {
        if self.rest.gate_closed {
            return Err(VenueReason::GateClosed);
        }
        let is_known = self.slot_of(order.order_id.0) != NIL;
        if is_known || !(1..=MAX_LOTS).contains(&order.volume.count()) || !is_sound(order) {
            return Err(VenueReason::InvalidTerms);
        }
        self.check_phase(order)?;
        self.check_prices(order)
    }

    fn check_phase(&self, order: &NewOrder) -> Result<(), VenueReason> {
        use Phase::{ClosingCall, Continuous, OpeningCall};
        let phase = self.rest.phase;
        let is_taken = match order.lifetime {
            Lifetime::ImmediateOrCancel | Lifetime::FillOrKill => phase == Continuous,
            Lifetime::AtOpen => phase == OpeningCall,
            _ => [OpeningCall, Continuous, ClosingCall].contains(&phase),
        };
        let waits_in_call = phase != Continuous
            && matches!(order.pricing, Pricing::Market | Pricing::MarketToLimit);
        if !is_taken {
            return Err(VenueReason::NotTrading);
        }
        if waits_in_call && !is_displayed_in_any_quantity(order) {
            return Err(VenueReason::InvalidTerms);
        }
        match order.lifetime {
            Lifetime::GoodTillDate(date) if date <= self.rest.now => Err(VenueReason::Expired),
            _ => Ok(()),
        }
    }

    fn check_prices(&self, order: &NewOrder) -> Result<(), VenueReason> {
        match order.pricing {
            Pricing::Limit(limit)
            | Pricing::StopLimit { limit, .. }
            | Pricing::Pegged {
                limit: Some(limit), ..
            } => self.check_limit(limit),
            _ => Ok(()),
        }
    }

    pub(crate) fn check_limit(&self, limit: Ticks) -> Result<(), VenueReason> {
        let (low, high) = self.price_limits;
        if (low..=high).contains(&limit.count()) {
            return Ok(());
        }
        Err(VenueReason::OutsideCollar)
    }
}

/// Whether an order needs no more than a limit and the short path.
#[inline]
fn is_plain(order: &NewOrder) -> bool {
    let is_simple = matches!(
        order.lifetime,
        Lifetime::Day
            | Lifetime::GoodTillCancelled
            | Lifetime::GoodForSession
            | Lifetime::ImmediateOrCancel
    );
    is_simple && order.self_trade == SelfTradePrevention::Allow && order.terms.is_plain()
}

#[inline]
const fn keep(lifetime: Lifetime) -> Keep {
    match lifetime {
        Lifetime::Day => Keep::Day,
        Lifetime::AtOpen | Lifetime::AtClose => Keep::Call,
        Lifetime::GoodTillCancelled | Lifetime::GoodTillDate(_) | Lifetime::GoodForSession => {
            Keep::On
        }
        Lifetime::ImmediateOrCancel | Lifetime::FillOrKill => Keep::Not,
    }
}

/// Whether the book must remember more of `order` than a node holds.
fn needs_extra(order: &NewOrder) -> bool {
    let is_dated = matches!(
        order.lifetime,
        Lifetime::GoodTillDate(_) | Lifetime::AtClose
    );
    let is_limit = matches!(order.pricing, Pricing::Limit(_));
    is_dated || !is_limit || !order.terms.is_plain()
}

fn is_displayed_in_any_quantity(order: &NewOrder) -> bool {
    order.terms.display == Display::Full && order.terms.quantity == Quantity::Any
}

/// Whether the terms go together; whether the phase takes them is another question.
fn is_sound(order: &NewOrder) -> bool {
    let terms = order.terms;
    let is_whole = terms.quantity == Quantity::AllOrNone;
    let is_iceberg = matches!(terms.display, Display::Iceberg(_));
    let display_fits = match terms.display {
        Display::Iceberg(slice) => slice.count() >= 1 && !is_whole,
        Display::Full | Display::Hidden => true,
    };
    let quantity_fits = match terms.quantity {
        Quantity::Minimum(least) => {
            (1..=order.volume.count()).contains(&least.count())
                && order.lifetime != Lifetime::FillOrKill
        }
        Quantity::Any | Quantity::AllOrNone => true,
    };
    let is_for_call = matches!(order.lifetime, Lifetime::AtOpen | Lifetime::AtClose);
    let is_immediate = matches!(
        order.lifetime,
        Lifetime::ImmediateOrCancel | Lifetime::FillOrKill
    );
    let in_range = |price: Ticks| price.count().abs() <= MAX_TICKS;
    let pricing_fits = match order.pricing {
        Pricing::Limit(_) => !is_for_call || terms.quantity == Quantity::Any,
        Pricing::Market | Pricing::MarketToLimit => {
            !is_for_call || is_displayed_in_any_quantity(order)
        }
        Pricing::Stop { trigger } | Pricing::StopLimit { trigger, .. } => {
            !is_for_call && in_range(trigger)
        }
        Pricing::TrailingStop { distance, trigger } => {
            !is_for_call
                && (1..=MAX_TICKS).contains(&distance.count())
                && trigger.is_none_or(in_range)
        }
        Pricing::Pegged { offset, .. } => {
            !is_for_call && !is_immediate && !is_iceberg && in_range(offset)
        }
    };
    display_fits && quantity_fits && pricing_fits
}
