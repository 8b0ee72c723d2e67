//! Reference data and deals.

use wattbook_domain::deal::Deal;
use wattbook_domain::instrument::Instrument;
use wattbook_domain::reference::{Cascade, ReferenceEvent};
use wattbook_domain::{Event, LotSize, OrderId, Owner, Refusal, TickSize};

use crate::depth::Grid;
use crate::engine::Engine;
use crate::schedule::Due;
use crate::sink::EventSink;

impl Engine {
    pub(crate) fn reference(&mut self, event: &ReferenceEvent, sink: &mut impl EventSink) {
        let done = match event {
            ReferenceEvent::DefineVenue(venue) => {
                self.portfolio.define_venue(venue);
                Ok(())
            }
            ReferenceEvent::DefineInstrument(instrument) => self.define_instrument(instrument),
            ReferenceEvent::SetFxRate(change) => {
                let done = self.portfolio.set_fx_rate(change);
                self.gate.revalue(&mut self.portfolio);
                done
            }
            ReferenceEvent::SetFees(fees) => self.portfolio.set_fees(fees),
            ReferenceEvent::Cascade(cascade) => self.cascade(cascade, sink),
            ReferenceEvent::SetLimits(limits) => {
                self.gate.set_limits(limits);
                Ok(())
            }
            ReferenceEvent::SetOrderRate(rate) => {
                self.gate.set_order_rate(rate);
                Ok(())
            }
            ReferenceEvent::SetThreshold(threshold) => {
                self.gate.set_threshold(threshold);
                Ok(())
            }
            ReferenceEvent::SetApproval(approval) => {
                self.gate.set_approval(approval);
                Ok(())
            }
            ReferenceEvent::CloseDay(close) => {
                self.portfolio.close_day(close.trading_book);
                self.gate.close_day(close.trading_book, &mut self.portfolio);
                Ok(())
            }
            ReferenceEvent::SetScopeLimit(limit) => {
                self.gate.set_scope_limit(limit, &mut self.portfolio)
            }
            ReferenceEvent::SetClearing(set) => self.gate.set_clearing(set, &mut self.portfolio),
            ReferenceEvent::RaiseLimit(raise) => self.gate.raise_limit(raise),
            ReferenceEvent::SetSensitivities(set) => {
                self.gate.set_sensitivities(set, &mut self.portfolio)
            }
            // Reference data that this version does not know was not written by it.
            _ => Ok(()),
        };
        if let Err(refusal) = done {
            self.refuse(OrderId::default(), Owner::default(), refusal, sink);
        }
    }

    fn define_instrument(&mut self, instrument: &Instrument) -> Result<(), Refusal> {
        self.portfolio.define_instrument(instrument)?;
        self.gate.define_instrument(instrument)?;
        let number = instrument.instrument;
        if let (Ok(tick), Ok(lot)) = (TickSize::new(instrument.tick), LotSize::new(instrument.lot))
        {
            self.market.define(number, Grid { tick, lot });
        }
        self.schedule
            .add(instrument.gate_closure, Due::Gate(number));
        if let Some((_, (_, end))) = instrument.averaging() {
            self.schedule.add(end, Due::AveragingEnd(number));
        }
        Ok(())
    }

    fn cascade(&mut self, cascade: &Cascade, sink: &mut impl EventSink) -> Result<(), Refusal> {
        let sequence = self.sequence;
        let closed = self.portfolio.cascade(cascade, |moved, changed| {
            sink.on_event(sequence, &Event::Cascaded(moved));
            sink.on_event(sequence, &Event::PositionChanged(changed));
        })?;
        for changed in closed {
            self.emit(sink, &Event::PositionChanged(changed));
        }
        Ok(())
    }

    pub(crate) fn deal(&mut self, deal: &Deal, sink: &mut impl EventSink) {
        match self.portfolio.book_deal(deal) {
            Ok((booked, changed)) => {
                self.emit(sink, &Event::DealBooked(booked));
                for changed in changed {
                    self.emit(sink, &Event::PositionChanged(changed));
                }
                let expired = self.portfolio.expire(deal.instrument);
                self.emit_expired(expired, sink);
            }
            Err(refusal) => self.refuse(OrderId::default(), deal.owner, refusal, sink),
        }
    }
}
