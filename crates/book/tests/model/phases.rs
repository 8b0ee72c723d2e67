//! Phases and time.

use super::{Model, Place};
use wattbook_book::{BookEvent, Lifetime, Pricing};
use wattbook_domain::market::Phase;
use wattbook_domain::order::Side;
use wattbook_domain::report::VenueReason as Reason;
use wattbook_domain::{OrderId, Ticks};

impl Model {
    pub(crate) fn set_phase(&mut self, phase: Phase) {
        let from = self.phase;
        if phase == from || self.gate_closed {
            return;
        }
        self.begin();
        let from_call = matches!(from, Phase::OpeningCall | Phase::ClosingCall);
        let uncrosses = phase == Phase::Continuous || (from_call && phase == Phase::Closed);
        if uncrosses && let Some(price) = self.uncross() {
            self.limit_the_rest(price);
        }
        if matches!(phase, Phase::Continuous | Phase::Closed) {
            self.end_call();
        }
        if phase == Phase::Closed {
            self.cancel_those(Reason::Expired, |entry| {
                !matches!(
                    entry.order.lifetime,
                    Lifetime::GoodTillCancelled
                        | Lifetime::GoodTillDate(_)
                        | Lifetime::GoodForSession
                )
            });
        }
        self.enter_phase(phase);
        if phase == Phase::ClosingCall {
            let mut parked: Vec<(u64, OrderId)> = self
                .orders
                .iter()
                .filter(|entry| entry.place == Place::Parked)
                .map(|entry| (entry.entered, entry.id()))
                .collect();
            parked.sort_unstable();
            for (_, id) in parked {
                self.get(id).place = Place::Moving;
                self.start(id);
            }
        }
        if let (Phase::Continuous, Some(last)) = (phase, self.last) {
            self.print(last);
        }
        self.finish();
    }

    /// What is left of market-to-limit orders becomes a limit at the auction's price.
    fn limit_the_rest(&mut self, price: i64) {
        for side in [Side::Buy, Side::Sell] {
            for entry in self.displayed(side) {
                let for_call = matches!(entry.order.lifetime, Lifetime::AtOpen | Lifetime::AtClose);
                if entry.pricing == Pricing::MarketToLimit && !for_call {
                    self.get(entry.id()).pricing = Pricing::Limit(Ticks::new(price));
                    self.display(entry.id(), price);
                }
            }
        }
    }

    fn end_call(&mut self) {
        let mut ids: Vec<(OrderId, Reason)> = self
            .orders
            .iter()
            .filter(|entry| entry.place != Place::Parked)
            .filter_map(|entry| match (entry.order.lifetime, entry.pricing) {
                (Lifetime::AtOpen | Lifetime::AtClose, _) => Some((entry.id(), Reason::Expired)),
                (_, Pricing::Market | Pricing::MarketToLimit)
                    if entry.place == Place::Displayed =>
                {
                    Some((entry.id(), Reason::Unfilled))
                }
                _ => None,
            })
            .collect();
        ids.sort_unstable();
        for (id, reason) in ids {
            self.cancel_entry(id, reason);
        }
    }

    pub(crate) fn advance(&mut self, now: i64) {
        if now <= self.now {
            return;
        }
        self.now = now;
        self.begin();
        let mut expired: Vec<(i64, u64, OrderId)> = self
            .orders
            .iter()
            .filter_map(|entry| match entry.order.lifetime {
                Lifetime::GoodTillDate(date) if date.nanos() <= now => {
                    Some((date.nanos(), entry.entered, entry.id()))
                }
                _ => None,
            })
            .collect();
        expired.sort_unstable();
        for (_, _, id) in expired {
            self.cancel_entry(id, Reason::Expired);
        }
        if self.config.gate.is_some_and(|gate| gate.nanos() <= now) && !self.gate_closed {
            self.cancel_those(Reason::GateClosed, |_| true);
            self.gate_closed = true;
            if self.phase != Phase::Closed {
                self.enter_phase(Phase::Closed);
            }
            self.events.push(BookEvent::GateClosed);
        }
        self.finish();
    }
}
