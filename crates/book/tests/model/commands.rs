//! Commands: what is refused, and how an order starts on its way.

use super::settle::{reached, trail};
use super::{Entry, Model, Place};
use wattbook_book::{
    Amend, BookEvent, Display, Lifetime, MARKET_BUY, MARKET_SELL, NewOrder, Pricing, Quantity,
    TopOfBook,
};
use wattbook_domain::id::TradingBookId;
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason as Reason;
use wattbook_domain::{Lots, OrderId, Ticks};

impl Model {
    pub(super) fn begin(&mut self) {
        self.collar_reference = self.last.or(self.config.reference.map(Ticks::count));
        self.halts = false;
    }

    pub(super) fn finish(&mut self) {
        self.settle();
        if self.halts {
            self.halts = false;
            self.enter_phase(Phase::Halted);
        }
        let best = |side| {
            let price = self.best(side)?;
            let at_best = self
                .displayed(side)
                .into_iter()
                .filter(|e| e.price == Some(price));
            Some((
                Ticks::new(price),
                Lots::new(at_best.map(|entry| entry.shown).sum()),
            ))
        };
        let top = TopOfBook {
            bid: best(Side::Buy),
            ask: best(Side::Sell),
        };
        if self.config.reports_top && top != self.top {
            self.top = top;
            self.events.push(BookEvent::TopChanged(top));
        }
    }

    pub(super) fn enter_phase(&mut self, phase: Phase) {
        self.phase = phase;
        self.events.push(BookEvent::PhaseChanged { phase });
    }

    pub(crate) fn submit(&mut self, order: &NewOrder) {
        let order_id = order.order_id;
        if let Some(reason) = self.refuses(order) {
            return self.events.push(BookEvent::Rejected { order_id, reason });
        }
        self.begin();
        self.events.push(BookEvent::Accepted {
            order_id,
            side: order.side,
            volume: order.volume,
        });
        let entered = self.tick();
        self.orders.push(Entry {
            order: *order,
            pricing: order.pricing,
            open: order.volume.count(),
            shown: 0,
            filled: 0,
            place: Place::Moving,
            price: None,
            trigger: match order.pricing {
                Pricing::Stop { trigger } | Pricing::StopLimit { trigger, .. } => {
                    Some(trigger.count())
                }
                Pricing::TrailingStop { trigger, .. } => trigger.map(Ticks::count),
                _ => None,
            },
            entered,
            queued: 0,
        });
        if order.lifetime == Lifetime::AtClose && self.phase != Phase::ClosingCall {
            self.get(order_id).place = Place::Parked;
        } else {
            self.start(order_id);
        }
        self.finish();
    }

    /// A moving order goes where its pricing and the phase send it.
    pub(crate) fn start(&mut self, id: OrderId) {
        let entry = self.get(id).clone();
        let side = entry.order.side;
        let lifetime = entry.order.lifetime;
        let rests = !matches!(lifetime, Lifetime::ImmediateOrCancel | Lifetime::FillOrKill);
        let whole = lifetime == Lifetime::FillOrKill;
        let market = if side == Side::Buy {
            MARKET_BUY
        } else {
            MARKET_SELL
        };
        let continuous = self.phase == Phase::Continuous;
        match entry.pricing {
            Pricing::Limit(limit) if continuous => {
                self.enter(id, Some(limit.count()), rests, whole);
            }
            Pricing::Limit(limit) => self.rest(id, Some(limit.count())),
            Pricing::Market if continuous => self.enter(id, None, false, whole),
            Pricing::MarketToLimit if continuous => match self.best(side.opposite()) {
                None => self.cancel_entry(id, Reason::Unfilled),
                Some(limit) => {
                    self.get(id).pricing = Pricing::Limit(Ticks::new(limit));
                    self.enter(id, Some(limit), rests, whole);
                }
            },
            Pricing::Market | Pricing::MarketToLimit => self.rest(id, Some(market.count())),
            Pricing::Pegged { .. } => self.rest(id, None),
            Pricing::Stop { .. } | Pricing::StopLimit { .. } | Pricing::TrailingStop { .. } => {
                self.store_stop(id);
            }
        }
    }

    fn store_stop(&mut self, id: OrderId) {
        let (last, continuous) = (self.last, self.phase == Phase::Continuous);
        let turn = self.tick();
        let entry = self.get(id);
        let side = entry.order.side;
        if let (None, Pricing::TrailingStop { distance, .. }, Some(last)) =
            (entry.trigger, entry.pricing, last)
        {
            entry.trigger = Some(trail(side, last, distance.count()));
        }
        let is_due = match (entry.trigger, last) {
            (Some(trigger), Some(last)) => reached(side, trigger, last),
            _ => false,
        };
        entry.place = if continuous && is_due {
            Place::Woken(turn)
        } else {
            Place::Stop
        };
    }

    fn refuses(&self, order: &NewOrder) -> Option<Reason> {
        if self.gate_closed {
            return Some(Reason::GateClosed);
        }
        if self.find(order.order_id).is_some() || order.volume.count() <= 0 || contradicts(order) {
            return Some(Reason::InvalidTerms);
        }
        let in_call = matches!(self.phase, Phase::OpeningCall | Phase::ClosingCall);
        let taken = match order.lifetime {
            Lifetime::ImmediateOrCancel | Lifetime::FillOrKill => self.phase == Phase::Continuous,
            Lifetime::AtOpen => self.phase == Phase::OpeningCall,
            _ => in_call || self.phase == Phase::Continuous,
        };
        if !taken {
            return Some(Reason::NotTrading);
        }
        let at_market = matches!(order.pricing, Pricing::Market | Pricing::MarketToLimit);
        let simple = order.terms.display == Display::Full && order.terms.quantity == Quantity::Any;
        if in_call && at_market && !simple {
            return Some(Reason::InvalidTerms);
        }
        if let Lifetime::GoodTillDate(date) = order.lifetime
            && date.nanos() <= self.now
        {
            return Some(Reason::Expired);
        }
        let limit = match order.pricing {
            Pricing::Limit(limit) | Pricing::StopLimit { limit, .. } => Some(limit),
            Pricing::Pegged { limit, .. } => limit,
            _ => None,
        };
        limit
            .filter(|limit| self.outside(*limit))
            .map(|_| Reason::OutsideCollar)
    }

    fn outside(&self, limit: Ticks) -> bool {
        self.config
            .collars
            .fixed
            .is_some_and(|(low, high)| limit < low || limit > high)
    }

    pub(crate) fn cancel(&mut self, order_id: OrderId) {
        if self.find(order_id).is_none() {
            let reason = Reason::UnknownOrder;
            return self
                .events
                .push(BookEvent::CancelRejected { order_id, reason });
        }
        self.begin();
        self.cancel_entry(order_id, Reason::Requested);
        self.finish();
    }

    pub(crate) fn amend(&mut self, amend: &Amend) {
        let order_id = amend.order_id;
        if let Some(reason) = self.refuses_amend(amend) {
            return self
                .events
                .push(BookEvent::AmendRejected { order_id, reason });
        }
        self.begin();
        let rules = self.config.amend;
        let entry = self.get(order_id);
        let old = entry.filled + entry.open;
        let total = amend.volume.map_or(old, Lots::count);
        let price = amend
            .price
            .filter(|price| limit(entry.pricing) != Some(*price));
        if let Some(price) = price {
            set_limit(&mut entry.pricing, price);
        }
        let volume = Lots::new(total);
        let keeps_priority = match entry.place {
            Place::Stop | Place::Parked => true,
            _ => {
                price.is_none()
                    && (total >= old || rules.decrease_keeps_priority)
                    && (total <= old || rules.increase_keeps_priority)
            }
        };
        entry.open += total - old;
        if let Some(trigger) = amend.trigger {
            entry.trigger = Some(trigger.count());
        }
        let displayed = if entry.place == Place::Displayed && keeps_priority {
            let iceberg = matches!(entry.order.terms.display, Display::Iceberg(_));
            entry.shown = if iceberg {
                entry.shown.min(entry.open)
            } else {
                entry.open
            };
            entry.shown
        } else {
            0
        };
        self.events.push(BookEvent::Amended {
            order_id,
            volume,
            displayed: Lots::new(displayed),
            keeps_priority,
        });
        if self.get(order_id).place == Place::Stop {
            self.store_stop(order_id);
        } else if !keeps_priority {
            let entered = self.tick();
            let entry = self.get(order_id);
            entry.entered = entered;
            entry.place = Place::Moving;
            entry.price = None;
            self.start(order_id);
        }
        self.finish();
    }

    fn refuses_amend(&self, amend: &Amend) -> Option<Reason> {
        let Some(at) = self.find(amend.order_id) else {
            return Some(Reason::UnknownOrder);
        };
        let entry = &self.orders[at];
        if matches!(self.phase, Phase::Closed | Phase::Halted)
            || matches!(entry.place, Place::Woken(_))
        {
            return Some(Reason::NotTrading);
        }
        if amend
            .volume
            .is_some_and(|volume| volume.count() <= entry.filled)
        {
            return Some(Reason::InvalidTerms);
        }
        if let Some(price) = amend
            .price
            .filter(|price| limit(entry.pricing) != Some(*price))
        {
            let limited = matches!(
                entry.pricing,
                Pricing::Limit(_) | Pricing::StopLimit { .. } | Pricing::Pegged { .. }
            );
            if !limited {
                return Some(Reason::InvalidTerms);
            }
            if self.outside(price) {
                return Some(Reason::OutsideCollar);
            }
        }
        (amend.trigger.is_some() && entry.place != Place::Stop).then_some(Reason::InvalidTerms)
    }

    pub(crate) fn cancel_all(&mut self, book: Option<TradingBookId>) {
        self.begin();
        self.cancel_those(Reason::Requested, |entry| {
            book.is_none_or(|book| entry.order.trading_book == book)
        });
        self.finish();
    }

    pub(super) fn cancel_those(&mut self, reason: Reason, applies: impl Fn(&Entry) -> bool) {
        let mut ids: Vec<OrderId> = self
            .orders
            .iter()
            .filter(|entry| applies(entry))
            .map(Entry::id)
            .collect();
        ids.sort_unstable();
        for id in ids {
            self.cancel_entry(id, reason);
        }
    }
}

/// Whether the terms of an order do not go together.
fn contradicts(order: &NewOrder) -> bool {
    let Terms {
        display,
        quantity,
        for_call,
        immediate,
    } = Terms::of(order);
    let iceberg = matches!(display, Display::Iceberg(_));
    let stop_or_peg = matches!(
        order.pricing,
        Pricing::Stop { .. }
            | Pricing::StopLimit { .. }
            | Pricing::TrailingStop { .. }
            | Pricing::Pegged { .. }
    );
    let at_market = matches!(order.pricing, Pricing::Market | Pricing::MarketToLimit);
    let empty_slice = matches!(display, Display::Iceberg(slice) if slice.count() < 1);
    let bad_minimum = match quantity {
        Quantity::Minimum(least) => {
            least.count() < 1
                || least.count() > order.volume.count()
                || order.lifetime == Lifetime::FillOrKill
        }
        _ => false,
    };
    let bad_distance = matches!(
        order.pricing,
        Pricing::TrailingStop { distance, .. } if distance.count() < 1
    );
    let pegged = matches!(order.pricing, Pricing::Pegged { .. });
    empty_slice
        || bad_minimum
        || bad_distance
        || (iceberg && quantity == Quantity::AllOrNone)
        || (for_call && (stop_or_peg || quantity != Quantity::Any))
        || (for_call && at_market && display != Display::Full)
        || (pegged && (iceberg || immediate))
}

struct Terms {
    display: Display,
    quantity: Quantity,
    for_call: bool,
    immediate: bool,
}

impl Terms {
    fn of(order: &NewOrder) -> Self {
        Self {
            display: order.terms.display,
            quantity: order.terms.quantity,
            for_call: matches!(order.lifetime, Lifetime::AtOpen | Lifetime::AtClose),
            immediate: matches!(
                order.lifetime,
                Lifetime::ImmediateOrCancel | Lifetime::FillOrKill
            ),
        }
    }
}

fn limit(pricing: Pricing) -> Option<Ticks> {
    match pricing {
        Pricing::Limit(limit) | Pricing::StopLimit { limit, .. } => Some(limit),
        Pricing::Pegged { limit, .. } => limit,
        _ => None,
    }
}

fn set_limit(pricing: &mut Pricing, price: Ticks) {
    match pricing {
        Pricing::Limit(limit) | Pricing::StopLimit { limit, .. } => *limit = price,
        Pricing::Pegged { limit, .. } => *limit = Some(price),
        _ => {}
    }
}
