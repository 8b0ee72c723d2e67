//! What clients ask.

use wattbook_domain::command::{
    AmendOrder, CancelAll, RecordSignal, Scope, SubmitOffer, SubmitOrder, SubmitSchedule,
};
use wattbook_domain::event::CancelRouted;
use wattbook_domain::parent::OpenParent;
use wattbook_domain::report::VenueReason;
use wattbook_domain::{ClientId, Command, Event, InstrumentId, OrderId, Owner, Refusal, Volume};

use crate::engine::Engine;
use crate::sink::EventSink;

impl Engine {
    #[inline(always)]
    pub(crate) fn command(
        &mut self,
        client: ClientId,
        command: &Command,
        sink: &mut impl EventSink,
    ) {
        match command {
            Command::SubmitOrder(submit) => self.submit_order(client, submit, sink),
            Command::CancelOrder(cancel) => self.cancel_order(client, cancel.order_id, sink),
            Command::AmendOrder(amend) => self.amend_order(client, amend, sink),
            Command::CancelAll(all) => self.cancel_all(all, sink),
            Command::SetTrading(change) => self.gate.set_trading(*change),
            Command::RecordSignal(signal) => self.record_signal(signal, sink),
            Command::SubmitOffer(offer) => self.submit_offer(client, offer, sink),
            Command::SubmitSchedule(schedule) => self.submit_schedule(client, schedule, sink),
            Command::OpenParent(parent) => self.open_parent(client, parent, sink),
            Command::EndParent(end) => {
                self.note(client, end.parent, &Event::ParentEnded(*end), sink);
            }
            Command::ApproveOrder(approve) => self.approve_order(client, *approve, sink),
            Command::FreezeInstrument(change) => self.freeze(*change, sink),
            Command::ExplainOrder(explained) => {
                let event = Event::OrderExplained(explained.clone());
                self.note(client, explained.order_id, &event, sink);
            }
            // A command that this version does not know was not written by it.
            _ => {}
        }
    }

    #[inline(always)]
    fn submit_order(&mut self, client: ClientId, submit: &SubmitOrder, sink: &mut impl EventSink) {
        let (order_id, order) = (submit.order_id, &submit.order);
        let checked = self
            .gate
            .check(client, order_id, order, self.now, &mut self.portfolio);
        match checked {
            Ok(approved) if approved.needs_second_person() => self.hold(approved, sink),
            Ok(approved) => {
                let routed = self.orders.open(approved);
                self.emit(sink, &Event::OrderRouted(routed));
            }
            Err(refusal) => self.refuse(order_id, order.owner, refusal, sink),
        }
    }

    #[inline(always)]
    fn cancel_order(&mut self, client: ClientId, order_id: OrderId, sink: &mut impl EventSink) {
        if order_id.client() != client {
            let refusal = Refusal::ForeignOrder { order_id, client };
            return self.refuse(order_id, Owner::default(), refusal, sink);
        }
        match self.orders.request_cancel(order_id) {
            Ok(step) => {
                if step.is_new {
                    self.route_cancel(order_id, step.instrument, sink);
                }
                self.emit(sink, &Event::OrderStateChanged(step.changed));
            }
            Err(refusal) => match self.offers.open_instrument(order_id) {
                Some(instrument) => self.route_cancel(order_id, instrument, sink),
                None if self.end_held(order_id, VenueReason::Requested, sink) => {}
                None => self.refuse(order_id, Owner::default(), refusal, sink),
            },
        }
    }

    #[inline(always)]
    fn route_cancel(&self, order_id: OrderId, instrument: InstrumentId, sink: &mut impl EventSink) {
        let routed = CancelRouted {
            order_id,
            instrument,
        };
        self.emit(sink, &Event::CancelRouted(routed));
    }

    fn cancel_all(&mut self, all: &CancelAll, sink: &mut impl EventSink) {
        let covered = |engine: &Self, scope: &Scope, instrument, slot| {
            let owner = engine.portfolio.position(slot).owner;
            engine.gate.covers(scope, instrument, owner)
        };
        for order in self.orders.in_order() {
            if covered(self, &all.scope, order.instrument, order.slot)
                && let Ok(step) = self.orders.request_cancel(order.order_id)
                && step.is_new
            {
                self.route_cancel(order.order_id, order.instrument, sink);
                self.emit(sink, &Event::OrderStateChanged(step.changed));
            }
        }
        self.cancel_held(&all.scope, sink);
        for (order_id, instrument, slot) in self.offers.open_offers() {
            if covered(self, &all.scope, instrument, slot) {
                self.route_cancel(order_id, instrument, sink);
            }
        }
    }

    fn amend_order(&mut self, client: ClientId, amend: &AmendOrder, sink: &mut impl EventSink) {
        let order_id = amend.order_id;
        let mut owner = Owner::default();
        let checked = if self.held.get(order_id).is_some() {
            Err(Refusal::Terms {
                field: "order_id",
                fix: "wait for its approval, or cancel it",
            })
        } else if order_id.client() == client {
            self.orders.amendable(order_id).and_then(|open| {
                owner = self.portfolio.position(open.slot).owner;
                self.gate
                    .check_amendment(client, amend, &open, self.now, &mut self.portfolio)
            })
        } else {
            Err(Refusal::ForeignOrder { order_id, client })
        };
        match checked {
            Ok(approved) => {
                if let Some((routed, changed)) = self.orders.request_amend(&approved) {
                    self.emit(sink, &Event::AmendRouted(routed));
                    self.emit(sink, &Event::OrderStateChanged(changed));
                }
            }
            Err(refusal) => self.refuse(order_id, owner, refusal, sink),
        }
    }

    fn record_signal(&mut self, signal: &RecordSignal, sink: &mut impl EventSink) {
        match self.gate.record_signal(signal, self.now) {
            Ok(()) => self.emit(sink, &Event::SignalRecorded(*signal)),
            Err(refusal) => {
                let strategy = signal.strategy;
                let owner = Owner {
                    strategy,
                    ..Owner::default()
                };
                self.refuse(OrderId::default(), owner, refusal, sink);
            }
        }
    }

    /// A parent goes to no venue, so it meets no limit: its children do.
    #[cold]
    fn open_parent(&self, client: ClientId, parent: &OpenParent, sink: &mut impl EventSink) {
        let (instrument, volume) = (parent.instrument, parent.volume);
        if self.portfolio.contract(instrument).is_none() {
            let refusal = Refusal::UnknownInstrument { instrument };
            return self.refuse(parent.parent, parent.owner, refusal, sink);
        }
        if volume <= Volume::ZERO {
            let refusal = Refusal::VolumeNotPositive { volume };
            return self.refuse(parent.parent, parent.owner, refusal, sink);
        }
        self.note(client, parent.parent, &Event::ParentOpened(*parent), sink);
    }

    /// Records what `client` says about an order or parent of its own.
    #[cold]
    fn note(&self, client: ClientId, order_id: OrderId, event: &Event, sink: &mut impl EventSink) {
        if order_id.client() == client {
            self.emit(sink, event);
        } else {
            let refusal = Refusal::ForeignOrder { order_id, client };
            self.refuse(order_id, Owner::default(), refusal, sink);
        }
    }

    fn submit_offer(&mut self, client: ClientId, offer: &SubmitOffer, sink: &mut impl EventSink) {
        let checked = self
            .gate
            .check_offer(client, offer, self.now, &mut self.portfolio);
        match checked {
            Ok(approved) => {
                let routed = self.offers.open(approved);
                self.emit(sink, &Event::OfferRouted(routed));
            }
            Err(refusal) => self.refuse(offer.order_id, offer.owner, refusal, sink),
        }
    }

    fn submit_schedule(
        &mut self,
        client: ClientId,
        schedule: &SubmitSchedule,
        sink: &mut impl EventSink,
    ) {
        let checked = self
            .gate
            .check_schedule(client, schedule, self.now, &mut self.portfolio);
        match checked {
            Ok(approved) => {
                let routed = approved.record(&mut self.portfolio);
                self.emit(sink, &Event::ScheduleRouted(routed));
            }
            Err(refusal) => self.refuse(OrderId::default(), schedule.owner, refusal, sink),
        }
    }
}
