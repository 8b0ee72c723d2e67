//! What venues answer.

use wattbook_domain::event::{Filled, QuarantineReason, ReportQuarantined};
use wattbook_domain::event::{OrderState, OrderStateChanged};
use wattbook_domain::report::{
    MeterRead, OfferAwarded, OrderCancelled, OrderFilled, OrderRejected, ReservesSettled,
    VenueReason, VenueReport,
};
use wattbook_domain::venue::MarketModel;
use wattbook_domain::{Event, InstrumentId, Money, OrderId, Owner, Price, TradeId, Volume};
use wattbook_execution::{AwardBooked, Change, FillBooked, OfferEnded};

use crate::engine::Engine;
use crate::sink::EventSink;

impl Engine {
    #[inline(always)]
    pub(crate) fn report(&mut self, report: &VenueReport, sink: &mut impl EventSink) {
        match report {
            VenueReport::OrderFilled(fill) => self.order_filled(fill, sink),
            VenueReport::OrderAccepted(accepted) => {
                let order_id = accepted.order_id;
                match self.orders.accepted(order_id) {
                    Ok(change) => self.book_change(order_id, &change, sink),
                    // An offer in the book is what it was routed as; its award tells the rest.
                    Err(_) if self.offers.contains(order_id) => {}
                    Err(reason) => self.quarantine(order_id, reason, sink),
                }
            }
            VenueReport::OrderCancelled(ended) => self.order_cancelled(*ended, sink),
            VenueReport::OrderRejected(rejected) => self.order_rejected(*rejected, sink),
            VenueReport::OrderAmended(amended) => {
                let order_id = amended.order_id;
                match self.orders.amended(amended) {
                    Ok(change) => self.book_change(order_id, &change, sink),
                    Err(reason) => self.quarantine(order_id, reason, sink),
                }
            }
            VenueReport::AmendRejected(rejected) => {
                let (order_id, reason) = (rejected.order_id, rejected.reason);
                let refused = self.orders.amend_rejected(order_id, reason);
                self.request_refused(order_id, refused, sink);
            }
            VenueReport::CancelRejected(rejected) => {
                let (order_id, reason) = (rejected.order_id, rejected.reason);
                let refused = self.orders.cancel_rejected(order_id, reason);
                self.request_refused(order_id, refused, sink);
            }
            VenueReport::StandingChanged(told) => {
                let order_id = told.order_id;
                match self.orders.held(order_id, told.standing) {
                    Ok(change) => self.book_change(order_id, &change, sink),
                    Err(reason) => self.quarantine(order_id, reason, sink),
                }
            }
            VenueReport::OfferAwarded(awarded) => self.offer_awarded(awarded, sink),
            VenueReport::MeterRead(read) => self.meter_read(read, sink),
            VenueReport::ReservesSettled(settled) => self.reserves_settled(settled, sink),
            VenueReport::OrdersNetted(netted) => self.orders_netted(netted, sink),
            // A report that this version does not know was not written by it.
            _ => {}
        }
    }

    fn request_refused(
        &mut self,
        order_id: OrderId,
        refused: Result<Change, QuarantineReason>,
        sink: &mut impl EventSink,
    ) {
        match refused {
            Ok(change) => self.book_change(order_id, &change, sink),
            // The usual answer to a request that came too late.
            Err(QuarantineReason::UnknownOrder) if self.has_ended(order_id) => {}
            Err(reason) => self.quarantine(order_id, reason, sink),
        }
    }

    #[inline(always)]
    fn book_change(&mut self, order_id: OrderId, change: &Change, sink: &mut impl EventSink) {
        if change.released != Volume::ZERO {
            let (slot, side) = (change.slot, change.side);
            self.gate
                .release(order_id, slot, side, change.released, &self.portfolio);
        }
        if let Some(changed) = change.changed {
            self.emit(sink, &Event::OrderStateChanged(changed));
        }
    }

    #[inline(always)]
    fn order_filled(&mut self, fill: &OrderFilled, sink: &mut impl EventSink) {
        let booked = match self.orders.filled(fill) {
            Ok(booked) => booked,
            Err(reason) => return self.quarantine_fill(fill, reason, sink),
        };
        let fee = self.portfolio.fee(booked.slot, fill.volume, fill.is_maker);
        self.book_fill(fill, &booked, fee, sink);
    }

    #[inline(always)]
    pub(crate) fn book_fill(
        &mut self,
        fill: &OrderFilled,
        booked: &FillBooked,
        fee: Money,
        sink: &mut impl EventSink,
    ) {
        let (slot, side) = (booked.slot, booked.side);
        self.gate
            .release(fill.order_id, slot, side, booked.released, &self.portfolio);
        let position = self
            .portfolio
            .trade(slot, side, fill.price, fill.volume, fee);
        let filled = Filled {
            order_id: fill.order_id,
            trade: fill.trade,
            instrument: booked.instrument,
            side,
            owner: position.owner,
            price: fill.price,
            volume: fill.volume,
            fee,
            is_maker: fill.is_maker,
            signal: booked.signal,
            arrival_price: booked.arrival_price,
        };
        self.emit(sink, &Event::Filled(filled));
        self.emit(sink, &Event::OrderStateChanged(booked.changed));
        self.emit(sink, &Event::PositionChanged(position));
    }

    #[inline(always)]
    fn order_cancelled(&mut self, ended: OrderCancelled, sink: &mut impl EventSink) {
        let (order_id, reason) = (ended.order_id, ended.reason);
        match self.orders.cancelled(order_id, reason) {
            Ok(change) => self.book_change(order_id, &change, sink),
            Err(fault) => {
                if !self.end_offer(order_id, OrderState::Cancelled, reason, sink) {
                    self.quarantine(order_id, fault, sink);
                }
            }
        }
    }

    fn order_rejected(&mut self, rejected: OrderRejected, sink: &mut impl EventSink) {
        let (order_id, reason) = (rejected.order_id, rejected.reason);
        match self.orders.rejected(order_id, reason) {
            Ok(change) => self.book_change(order_id, &change, sink),
            Err(fault) => {
                if !self.end_offer(order_id, OrderState::Rejected, reason, sink) {
                    self.quarantine(order_id, fault, sink);
                }
            }
        }
    }

    fn end_offer(
        &mut self,
        order_id: OrderId,
        state: OrderState,
        reason: VenueReason,
        sink: &mut impl EventSink,
    ) -> bool {
        let Some(ended) = self.offers.end(order_id) else {
            return false;
        };
        let OfferEnded {
            slot,
            side,
            released,
            block,
        } = ended;
        self.gate
            .release_offer(order_id, block, slot, side, released, &self.portfolio);
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

    fn offer_awarded(&mut self, report: &OfferAwarded, sink: &mut impl EventSink) {
        let booked = match self.offers.awarded(report) {
            Ok(booked) => booked,
            Err(reason) => {
                let set_aside = ReportQuarantined {
                    order_id: report.order_id,
                    reason,
                    trade: report.trade,
                    price: report.price,
                    volume: report.volume,
                };
                return self.emit(sink, &Event::ReportQuarantined(set_aside));
            }
        };
        let (slot, side, released) = (booked.slot, booked.award.side, booked.released);
        self.gate.release_offer(
            report.order_id,
            booked.block,
            slot,
            side,
            released,
            &self.portfolio,
        );
        let changed = OrderStateChanged {
            order_id: report.order_id,
            state: if report.volume > Volume::ZERO {
                OrderState::Filled
            } else {
                OrderState::Expired
            },
            filled: report.volume,
            open: Volume::ZERO,
            reason: None,
        };
        self.emit(sink, &Event::OrderStateChanged(changed));
        let contract = self.portfolio.contract(booked.instrument);
        let is_delivered = contract.is_some_and(|contract| {
            matches!(
                contract.market_model,
                MarketModel::Pool | MarketModel::TwoSettlement
            )
        });
        if is_delivered {
            let settled = self.portfolio.award(booked.slot, &booked.award);
            self.emit_settled(vec![settled], sink);
        } else {
            self.award_traded(report, &booked, sink);
        }
    }

    /// Books an auction's award as a trade; a later run takes the earlier one out again.
    fn award_traded(
        &mut self,
        report: &OfferAwarded,
        booked: &AwardBooked,
        sink: &mut impl EventSink,
    ) {
        let (slot, side) = (booked.slot, booked.award.side);
        if let Some((price, volume)) = booked
            .award
            .before
            .filter(|(_, volume)| *volume > Volume::ZERO)
        {
            let fee = self.portfolio.fee(slot, volume, false);
            let back = side.opposite();
            let changed = self.portfolio.trade(slot, back, price, volume, -fee);
            self.emit(sink, &Event::PositionChanged(changed));
        }
        if report.volume == Volume::ZERO {
            return;
        }
        let fee = self.portfolio.fee(slot, report.volume, false);
        let position = self
            .portfolio
            .trade(slot, side, report.price, report.volume, fee);
        let filled = Filled {
            order_id: report.order_id,
            trade: report.trade,
            instrument: booked.instrument,
            side,
            owner: position.owner,
            price: report.price,
            volume: report.volume,
            fee,
            is_maker: false,
            signal: booked.signal,
            arrival_price: None,
        };
        self.emit(sink, &Event::Filled(filled));
        self.emit(sink, &Event::PositionChanged(position));
    }

    fn meter_read(&mut self, read: &MeterRead, sink: &mut impl EventSink) {
        match self.portfolio.meter(read, self.now) {
            Ok(Some(settled)) => self.emit_settled(settled, sink),
            Ok(None) => {
                self.quarantine(OrderId::default(), QuarantineReason::SupersededRun, sink);
            }
            Err(refusal) => self.refuse(OrderId::default(), read.owner, refusal, sink),
        }
    }

    fn reserves_settled(&mut self, settled: &ReservesSettled, sink: &mut impl EventSink) {
        match self.portfolio.settle_reserves(settled) {
            Ok(Some(changed)) => self.emit(sink, &Event::PositionChanged(changed)),
            Ok(None) => {
                self.quarantine(OrderId::default(), QuarantineReason::SupersededRun, sink);
            }
            Err(refusal) => self.refuse(OrderId::default(), settled.owner, refusal, sink),
        }
    }

    #[cold]
    pub(crate) fn quarantine_fill(
        &self,
        fill: &OrderFilled,
        reason: QuarantineReason,
        sink: &mut impl EventSink,
    ) {
        let set_aside = ReportQuarantined {
            order_id: fill.order_id,
            reason: self.known_reason(fill.order_id, reason),
            trade: fill.trade,
            price: fill.price,
            volume: fill.volume,
        };
        self.emit(sink, &Event::ReportQuarantined(set_aside));
    }

    #[cold]
    pub(crate) fn quarantine(
        &self,
        order_id: OrderId,
        reason: QuarantineReason,
        sink: &mut impl EventSink,
    ) {
        let set_aside = ReportQuarantined {
            order_id,
            reason: self.known_reason(order_id, reason),
            trade: TradeId(0),
            price: Price::ZERO,
            volume: Volume::ZERO,
        };
        self.emit(sink, &Event::ReportQuarantined(set_aside));
    }

    /// Whether `order_id` was used by its client; for an order that is not open.
    fn has_ended(&self, order_id: OrderId) -> bool {
        let last = self.gate.last_number(order_id.client());
        (1..=last).contains(&order_id.number())
    }

    /// Tells an order that has ended from one that never was.
    fn known_reason(&self, order_id: OrderId, reason: QuarantineReason) -> QuarantineReason {
        if reason == QuarantineReason::UnknownOrder && self.has_ended(order_id) {
            QuarantineReason::AfterEnd
        } else {
            reason
        }
    }

    /// Whether `instrument` is known; if not, what named it is set aside.
    pub(crate) fn knows(&self, instrument: InstrumentId, sink: &mut impl EventSink) -> bool {
        let is_known = self.portfolio.contract(instrument).is_some();
        if !is_known {
            self.quarantine(
                OrderId::default(),
                QuarantineReason::UnknownInstrument,
                sink,
            );
        }
        is_known
    }

    /// P&L in an instrument's currency converts at no cost to the desk's where both are the same.
    #[must_use]
    pub fn unrealised(&self, instrument: InstrumentId, owner: Owner) -> Option<Money> {
        let position = self.portfolio.position_of(instrument, owner)?;
        Some(self.portfolio.unrealised(position))
    }
}
