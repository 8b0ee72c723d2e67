//! Events that wait to be taken.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;
use wattbook_domain::market::MarketEvent;

use super::entry::EntryRefused;
use super::event::{Quarantined, RAW_BYTES_MAX, SessionState, VenueEvent};
use super::own::{OwnOrder, OwnTold, OwnTrade};

/// Beyond so many waiting events a session reads no further.
const WAITING_MAX: usize = 16_384;

/// Events in order, with the time of the input that made them.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    events: VecDeque<VenueEvent>,
    now: Timestamp,
}

impl Outbox {
    pub(crate) const fn set_now(&mut self, now: Timestamp) {
        self.now = now;
    }

    pub(crate) const fn now(&self) -> Timestamp {
        self.now
    }

    pub(crate) fn push(&mut self, event: VenueEvent) {
        self.events.push_back(event);
    }

    pub(crate) fn state(&mut self, state: SessionState) {
        self.push(VenueEvent::State(state));
    }

    pub(crate) fn market(&mut self, ts_event: Timestamp, revision: u64, event: MarketEvent) {
        self.push(VenueEvent::Market {
            ts_event,
            ts_recv: self.now,
            revision,
            event,
        });
    }

    pub(crate) fn own_order(&mut self, told: &mut OwnTold, order: OwnOrder) {
        if told.is_news_of(&order) {
            self.push(VenueEvent::OwnOrder(Box::new(order)));
        }
    }

    pub(crate) fn own_trade(&mut self, told: &mut OwnTold, trade: OwnTrade) {
        if told.is_trade_news(&trade) {
            self.push(VenueEvent::OwnTrade(Box::new(trade)));
        }
    }

    /// Tells that request `id` about an order is refused.
    pub(crate) fn refuse_entry(&mut self, id: &str, code: &str, words: &str) {
        self.push(VenueEvent::EntryRefused(Box::new(EntryRefused {
            id: id.to_owned(),
            code: code.to_owned(),
            words: words.to_owned(),
        })));
    }

    pub(crate) fn quarantine(&mut self, place: &str, offset: usize, reason: String, raw: &[u8]) {
        self.push(VenueEvent::Quarantined(Quarantined {
            place: place.to_owned(),
            offset: offset as u64,
            reason,
            raw: raw[..raw.len().min(RAW_BYTES_MAX)].to_vec(),
        }));
    }

    pub(crate) fn pop(&mut self) -> Option<VenueEvent> {
        self.events.pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    pub(crate) fn has_room(&self) -> bool {
        self.events.len() < WAITING_MAX
    }
}
