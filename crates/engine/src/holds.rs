//! Four eyes, and instruments in doubt.

use wattbook_domain::command::{ApproveOrder, FreezeInstrument, Scope};
use wattbook_domain::event::{OrderHeld, OrderState, OrderStateChanged};
use wattbook_domain::report::VenueReason;
use wattbook_domain::{ClientId, Event, InstrumentId, OrderId, Owner, Refusal, Volume};
use wattbook_risk::ApprovedOrder;

use crate::engine::Engine;
use crate::sink::EventSink;

impl Engine {
    /// Holds an order for a second person; meanwhile it is no exposure.
    #[cold]
    pub(crate) fn hold(&mut self, approved: ApprovedOrder, sink: &mut impl EventSink) {
        let (number, slot, side, volume) = {
            let order = approved.order();
            (
                approved.order_id(),
                approved.slot(),
                order.side,
                order.volume,
            )
        };
        self.gate
            .release(number, slot, side, volume, &self.portfolio);
        let (order_id, order) = self.held.hold(approved);
        self.emit(sink, &Event::OrderHeld(OrderHeld { order_id, order }));
    }

    /// Lets a held order pass, if the gate still does.
    #[cold]
    pub(crate) fn approve_order(
        &mut self,
        client: ClientId,
        approve: ApproveOrder,
        sink: &mut impl EventSink,
    ) {
        let ApproveOrder { order_id, trader } = approve;
        let held = if order_id.client() == client {
            // Who sends an order under one name could approve it under another.
            Err(Refusal::SecondPerson { order_id, trader })
        } else {
            self.held.approve(order_id, trader)
        };
        let order = match held {
            Ok(order) => order,
            Err(refusal) => return self.refuse(order_id, Owner::default(), refusal, sink),
        };
        self.emit(sink, &Event::OrderApproved(approve));
        let checked = self
            .gate
            .check_held(order_id, &order, self.now, &mut self.portfolio);
        match checked {
            Ok(approved) => {
                let routed = self.orders.open(approved);
                self.emit(sink, &Event::OrderRouted(routed));
            }
            Err(refusal) => self.refuse(order_id, order.owner, refusal, sink),
        }
    }

    /// Ends a held order; `false` when it is not held.
    #[cold]
    pub(crate) fn end_held(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
        sink: &mut impl EventSink,
    ) -> bool {
        if self.held.remove(order_id).is_none() {
            return false;
        }
        let state = match reason {
            VenueReason::GateClosed => OrderState::Expired,
            _ => OrderState::Cancelled,
        };
        let changed = OrderStateChanged {
            order_id,
            state,
            filled: Volume::ZERO,
            open: Volume::ZERO,
            reason: Some(reason),
        };
        self.emit(sink, &Event::OrderStateChanged(changed));
        true
    }

    /// Ends the held orders of a scope.
    pub(crate) fn cancel_held(&mut self, scope: &Scope, sink: &mut impl EventSink) {
        let covered =
            |order: &wattbook_domain::Order| self.gate.covers(scope, order.instrument, order.owner);
        let ends = self.held.iter().filter(|(_, order)| covered(order));
        let ends: Vec<OrderId> = ends.map(|(order_id, _)| order_id).collect();
        for order_id in ends {
            self.end_held(order_id, VenueReason::Requested, sink);
        }
    }

    /// Ends the held orders of an instrument whose gate has closed.
    pub(crate) fn expire_held(&mut self, instrument: InstrumentId, sink: &mut impl EventSink) {
        for order_id in self.held.of_instrument(instrument) {
            self.end_held(order_id, VenueReason::GateClosed, sink);
        }
    }

    #[cold]
    pub(crate) fn freeze(&mut self, change: FreezeInstrument, sink: &mut impl EventSink) {
        match self.gate.freeze(&change) {
            Ok(true) => self.emit(sink, &Event::InstrumentFrozen(change)),
            // It is so already.
            Ok(false) => {}
            Err(refusal) => self.refuse(OrderId::default(), Owner::default(), refusal, sink),
        }
    }
}
