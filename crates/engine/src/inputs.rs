//! Market data.

use wattbook_domain::event::{Marked, QuarantineReason};
use wattbook_domain::market::{MarketEvent, ReferencePrice, SessionPhase};
use wattbook_domain::{Event, OrderId, Timestamp};

use crate::engine::Engine;
use crate::sink::EventSink;

impl Engine {
    #[inline]
    pub(crate) fn market(
        &mut self,
        event: &MarketEvent,
        ts_event: Timestamp,
        sink: &mut impl EventSink,
    ) {
        let (instrument, mark) = match event {
            MarketEvent::Quote(quote) => (quote.instrument, self.market.quote(quote)),
            MarketEvent::BookDelta(delta) => (delta.instrument, self.market.delta(delta)),
            MarketEvent::Trade(trade) => (trade.instrument, self.market.trade(trade)),
            MarketEvent::ReferencePrice(published) => {
                return self.reference_price(published, ts_event, sink);
            }
            MarketEvent::SessionPhase(change) => return self.phase(*change, sink),
            // An event that this version does not know was not written by it.
            _ => return,
        };
        match mark {
            Ok(Some(price)) => self.portfolio.mark(instrument, price),
            Ok(None) => {}
            Err(reason) => self.quarantine(OrderId::default(), reason, sink),
        }
    }

    fn reference_price(
        &mut self,
        published: &ReferencePrice,
        ts_event: Timestamp,
        sink: &mut impl EventSink,
    ) {
        if !self.knows(published.instrument, sink) {
            return;
        }
        match self.portfolio.publish(published, ts_event, self.now) {
            Some(booked) => {
                let marked = Marked {
                    instrument: published.instrument,
                    kind: published.kind,
                    price: published.price,
                };
                self.emit(sink, &Event::Marked(marked));
                self.emit_expired(booked.expired, sink);
                self.emit_settled(booked.settled, sink);
            }
            None => self.quarantine(OrderId::default(), QuarantineReason::SupersededRun, sink),
        }
    }

    fn phase(&mut self, change: SessionPhase, sink: &mut impl EventSink) {
        match self.gate.set_phase(&change) {
            Ok(()) => self.emit(sink, &Event::PhaseChanged(change)),
            Err(_) => {
                self.quarantine(
                    OrderId::default(),
                    QuarantineReason::UnknownInstrument,
                    sink,
                );
            }
        }
    }
}
