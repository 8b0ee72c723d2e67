//! Phases of the trading day, expiry and the gate.

use wattbook_domain::Timestamp;
use wattbook_domain::id::{OrderId, TradingBookId};
use wattbook_domain::market::Phase;
use wattbook_domain::report::VenueReason;

use crate::book::OrderBook;
use crate::event::{BookEvent, BookSink};
use crate::extra::Place;
use crate::node::{Keep, NIL, Node};
use crate::order::Pricing;
use crate::rank::{self, MARKET_SELL};

impl OrderBook {
    /// Moves the book to `phase`. Leaving a call for continuous trading or the close clears the
    /// auction, and so does entering continuous trading with a crossed book. The close ends orders
    /// for the day. After the gate nothing happens.
    pub fn set_phase<S: BookSink>(&mut self, phase: Phase, sink: &mut S) {
        let from = self.rest.phase;
        if phase == from || self.rest.gate_closed {
            return;
        }
        self.begin();
        let is_call = matches!(from, Phase::OpeningCall | Phase::ClosingCall);
        let ends_call = matches!(phase, Phase::Continuous | Phase::Closed);
        if phase == Phase::Continuous || (is_call && phase == Phase::Closed) {
            let price = self.uncross(sink);
            self.convert_market_to_limit(price, sink);
        }
        if ends_call {
            self.end_call_orders(sink);
        }
        if phase == Phase::Closed {
            self.cancel_where(VenueReason::Expired, sink, |node| node.keep() != Keep::On);
        }
        self.enter_phase(phase, sink);
        if phase == Phase::ClosingCall {
            self.enter_parked(sink);
        }
        if phase == Phase::Continuous && self.last_price().is_some() {
            self.watch_trade(self.last);
        }
        self.finish(sink);
    }

    pub(crate) fn enter_phase<S: BookSink>(&mut self, phase: Phase, sink: &mut S) {
        self.rest.phase = phase;
        self.refresh_switches();
        sink.on_event(&BookEvent::PhaseChanged { phase });
    }

    /// Tells the book the time: orders whose date has come end, and at the gate all do. Time never
    /// goes back; an earlier instant is ignored.
    pub fn advance<S: BookSink>(&mut self, now: Timestamp, sink: &mut S) {
        if now <= self.rest.now {
            return;
        }
        self.rest.now = now;
        self.begin();
        while let Some((date, _, slot)) = self.rest.expiries.first().copied() {
            if date > now.nanos() {
                break;
            }
            self.cancel_slot(slot, VenueReason::Expired, sink);
        }
        if self.rest.config.gate.is_some_and(|gate| gate <= now) {
            self.close_gate(sink);
        }
        self.finish(sink);
    }

    /// Closes the gate of the contract: every order ends and none is taken any more.
    pub fn close_gate<S: BookSink>(&mut self, sink: &mut S) {
        if self.rest.gate_closed {
            return;
        }
        self.cancel_where(VenueReason::GateClosed, sink, |_| true);
        self.rest.gate_closed = true;
        if self.rest.phase != Phase::Closed {
            self.enter_phase(Phase::Closed, sink);
        }
        sink.on_event(&BookEvent::GateClosed);
    }

    /// Takes back every order of `trading_book`, or of all, in ascending order of ids.
    pub fn cancel_all<S: BookSink>(&mut self, trading_book: Option<TradingBookId>, sink: &mut S) {
        self.begin();
        self.cancel_where(VenueReason::Requested, sink, |node| {
            trading_book.is_none_or(|book| book.0 == node.trading_book)
        });
        self.finish(sink);
    }

    /// Cancels every live order that `applies` to, in ascending order of ids.
    pub(crate) fn cancel_where<S: BookSink>(
        &mut self,
        reason: VenueReason,
        sink: &mut S,
        applies: impl Fn(&Node) -> bool,
    ) {
        let mut chosen: Vec<(u64, u32)> = self
            .live_slots()
            .into_iter()
            .map(|slot| (self.node(slot).order_id, slot))
            .filter(|(_, slot)| applies(self.node(*slot)))
            .collect();
        chosen.sort_unstable();
        for (_, slot) in chosen {
            self.cancel_slot(slot, reason, sink);
        }
    }

    /// Every live order, in a fixed order.
    pub(crate) fn live_slots(&self) -> Vec<u32> {
        let rest = &self.rest;
        let mut slots: Vec<u32> = Vec::new();
        for side in 0..2 {
            slots.extend(self.displayed(side));
            slots.extend(rest.dark[side].iter().map(|order| order.slot));
            slots.extend(rest.triggers.iter(side));
        }
        let unset = |slot: &&u32| {
            self.extra(**slot)
                .is_some_and(|extra| extra.trigger.is_none())
        };
        slots.extend(rest.trailing.iter().filter(unset));
        slots.extend(&rest.pending);
        slots.extend(&rest.parked);
        slots
    }

    /// Ends what was meant for the call only, and market orders that found no counterpart in it.
    fn end_call_orders<S: BookSink>(&mut self, sink: &mut S) {
        let is_parked = |book: &Self, slot: u32| {
            book.extra(slot)
                .is_some_and(|extra| extra.place == Place::Parked)
        };
        let mut chosen: Vec<(u64, u32, VenueReason)> = Vec::new();
        for slot in self.live_slots() {
            let node = self.node(slot);
            if node.keep() == Keep::Call && !is_parked(self, slot) {
                chosen.push((node.order_id, slot, VenueReason::Expired));
            } else if self.is_at_market(slot) {
                chosen.push((node.order_id, slot, VenueReason::Unfilled));
            }
        }
        chosen.sort_unstable();
        for (_, slot, reason) in chosen {
            self.cancel_slot(slot, reason, sink);
        }
    }

    fn is_at_market(&self, slot: u32) -> bool {
        let level = self.node(slot).level;
        level != NIL && self.levels[level].rank == MARKET_RANK
    }

    /// Rests what is left of market-to-limit orders at the auction's price.
    fn convert_market_to_limit<S: BookSink>(&mut self, price: Option<i64>, sink: &mut S) {
        let Some(price) = price else { return };
        for side in 0..2 {
            let Some(level) = self.ladders[side].find(MARKET_RANK) else {
                continue;
            };
            let is_ours = |slot: &u32| {
                self.node(*slot).keep() != Keep::Call
                    && self
                        .extra(*slot)
                        .is_some_and(|extra| extra.order.pricing == Pricing::MarketToLimit)
            };
            let slots: Vec<u32> = self.queue(level).filter(is_ours).collect();
            for slot in slots {
                self.lift(slot);
                self.set_limit(slot, price);
                self.display(slot, price, sink);
            }
        }
    }

    /// Brings orders for the closing auction into the book, in order of entry.
    fn enter_parked<S: BookSink>(&mut self, sink: &mut S) {
        for slot in std::mem::take(&mut self.rest.parked) {
            let Some(extra) = self.extra_mut(slot) else {
                continue;
            };
            extra.place = Place::Moving;
            let order = extra.order;
            self.enter_priced(slot, order.pricing, order.lifetime, sink);
        }
    }

    /// The id of `slot`, for events.
    pub(crate) fn id_of(&self, slot: u32) -> OrderId {
        OrderId(self.node(slot).order_id)
    }
}

/// The rank of market orders during a call, on either side.
pub(crate) const MARKET_RANK: i64 = rank::rank(MARKET_SELL.count(), 1);
