//! What the venue does by itself: phases by the clock, halts, participants, pictures of the book.

use std::cmp::Reverse;

use wattbook_domain::market::{BookAction, BookDelta, MarketEvent, Phase};
use wattbook_domain::{Side, Timestamp};

use super::BookVenue;
use super::linked::SetId;
use crate::participant::{View, Wish};
use crate::venue::Venue as _;

/// Time between two publications of the depth of a book, in ns.
pub(crate) const DEPTH_INTERVAL_NS: i64 = 300_000_000_000;
/// Prices that a publication holds of each side.
pub(crate) const DEPTH_LEVELS: usize = 10;

/// What the venue does by itself; in this order when at one instant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Step {
    /// The gate closes.
    Close(usize),
    /// The clock moves the day on.
    Enter { market: usize, phase: Phase },
    /// A halt ends with a call.
    Reopen(usize),
    /// That call ends with trading.
    Resume(usize),
    /// A linked set has waited long enough.
    GiveUp(SetId),
    /// A participant acts.
    Act { market: usize, participant: usize },
    /// The best levels are published.
    PublishDepth(usize),
}

impl BookVenue {
    pub(super) fn schedule(&mut self, at: Timestamp, step: Step) {
        self.steps.push(Reverse((at, step)));
    }

    pub(super) fn step(&mut self, now: Timestamp, step: Step) {
        match step {
            Step::Close(market) => self.close(now, market),
            Step::Enter { market, phase } => {
                self.enter(now, market, phase);
                self.begin(now, market);
            }
            // The closing call may have come between: from there no market goes back to a halt.
            Step::Reopen(market) => {
                if self.markets[market].phase == Phase::Halted {
                    self.enter(now, market, Phase::OpeningCall);
                    let call_ns = self.markets[market].session.reopening_call_ns;
                    self.schedule(now.plus_nanos(call_ns), Step::Resume(market));
                }
            }
            Step::Resume(market) => {
                if self.markets[market].phase == Phase::OpeningCall {
                    self.enter(now, market, Phase::Continuous);
                }
            }
            Step::GiveUp(set) => self.give_up(now, set),
            Step::Act {
                market,
                participant,
            } => self.act(now, market, participant),
            Step::PublishDepth(market) => self.publish_depth(now, market),
        }
    }

    fn enter(&mut self, now: Timestamp, index: usize, phase: Phase) {
        let book = &mut self.books[index];
        book.advance(now, &mut self.events);
        book.set_phase(phase, &mut self.events);
        self.tell(index, now, None);
    }

    /// Lets the participants come, once.
    fn begin(&mut self, now: Timestamp, index: usize) {
        let market = &mut self.markets[index];
        if std::mem::replace(&mut market.is_open, true) {
            return;
        }
        for (participant, who) in market.participants.iter_mut().enumerate() {
            let step = Step::Act {
                market: index,
                participant,
            };
            self.steps.push(Reverse((who.next_time(now), step)));
        }
        let at = now.plus_nanos(DEPTH_INTERVAL_NS);
        self.schedule(at, Step::PublishDepth(index));
    }

    /// Clears the closing call, if there is one, before the gate ends every order.
    fn close(&mut self, now: Timestamp, index: usize) {
        self.markets[index].is_open = false;
        let book = &mut self.books[index];
        book.set_phase(Phase::Closed, &mut self.events);
        book.advance(now, &mut self.events);
        self.tell(index, now, None);
    }

    /// Plans the end of a halt that has just begun.
    pub(super) fn on_halt(&mut self, now: Timestamp, index: usize) {
        let at = now.plus_nanos(self.markets[index].session.halt_ns);
        self.schedule(at, Step::Reopen(index));
    }

    fn act(&mut self, now: Timestamp, index: usize, participant: usize) {
        let market = &mut self.markets[index];
        if !market.is_open {
            return;
        }
        let view = View {
            reference: market.reference.at(now),
            top: market.visible_top(),
            phase: market.phase,
        };
        let book = &mut self.books[index];
        book.advance(now, &mut self.events);
        let who = &mut market.participants[participant];
        who.act(
            &market.config,
            &view,
            &mut self.next_order,
            &mut self.wishes,
        );
        let step = Step::Act {
            market: index,
            participant,
        };
        self.steps.push(Reverse((who.next_time(now), step)));
        for wish in self.wishes.drain(..) {
            match wish {
                Wish::Submit(order) => book.submit(&order, &mut self.events),
                Wish::Cancel(order_id) => book.cancel(order_id, &mut self.events),
            }
        }
        self.tell(index, now, None);
    }

    /// Publishes the best prices of a book as a level-2 snapshot: a clear, then one addition a price.
    /// A feed of single orders needs none, and in a call or a halt there is no price to show.
    fn publish_depth(&mut self, now: Timestamp, index: usize) {
        let market = &self.markets[index];
        if !market.is_open || market.publisher.is_some() {
            return;
        }
        let (instrument, phase) = (market.instrument, market.phase);
        let at = now.plus_nanos(DEPTH_INTERVAL_NS);
        self.schedule(at, Step::PublishDepth(index));
        if phase != Phase::Continuous {
            return;
        }
        let clear = BookDelta {
            instrument,
            action: BookAction::Clear,
            ..BookDelta::default()
        };
        self.outbox.publish(now, MarketEvent::BookDelta(clear));
        let depth = self.depth(instrument, DEPTH_LEVELS).unwrap_or_default();
        for (side, levels) in [(Side::Buy, depth.bids), (Side::Sell, depth.asks)] {
            for (price, volume) in levels {
                let delta = BookDelta {
                    instrument,
                    action: BookAction::Add,
                    side,
                    venue_order: 0,
                    price,
                    volume,
                };
                self.outbox.publish(now, MarketEvent::BookDelta(delta));
            }
        }
    }
}
