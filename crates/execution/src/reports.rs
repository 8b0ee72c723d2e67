//! What venues report on open orders.

use wattbook_domain::event::{OrderState, OrderStateChanged, QuarantineReason};
use wattbook_domain::report::{OrderAmended, OrderFilled, OrderStanding, VenueReason};
use wattbook_domain::{InstrumentId, OrderId, Price, Side, SignalId, Volume};
use wattbook_portfolio::{PRICE_MAX, PositionSlot, VOLUME_MAX};

use crate::pages::Place;
use crate::record::{ACCEPTED, AMEND_SENT, CANCEL_SENT, HAS_TRADED, Record};
use crate::table::{OrderTable, changed};

/// What a report on an order changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// The position that its fills go to.
    pub slot: PositionSlot,
    /// Buy or sell.
    pub side: Side,
    /// Volume that is no longer open; below zero when the venue made the order larger.
    pub released: Volume,
    /// Where the order stands, when that changed.
    pub changed: Option<OrderStateChanged>,
}

/// A fill that is to be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FillBooked {
    /// The position that it goes to.
    pub slot: PositionSlot,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// The signal behind the order; 0 for none.
    pub signal: SignalId,
    /// Last known price when the order passed the gate.
    pub arrival_price: Option<Price>,
    /// Volume that is no longer open.
    pub released: Volume,
    /// Where the order stands.
    pub changed: OrderStateChanged,
}

impl OrderTable {
    /// Where the order of a report is.
    #[inline(always)]
    fn reported(&self, order_id: OrderId) -> Result<Place, QuarantineReason> {
        self.pages
            .find(order_id)
            .ok_or(QuarantineReason::UnknownOrder)
    }

    /// The venue has taken the order.
    ///
    /// # Errors
    /// Why the report is set aside.
    #[inline(always)]
    pub fn accepted(&mut self, order_id: OrderId) -> Result<Change, QuarantineReason> {
        let place = self.reported(order_id)?;
        let record = self.pages.get_mut(place);
        if record.has(ACCEPTED) {
            return Err(QuarantineReason::Unexpected);
        }
        let before = record.state();
        record.flags |= ACCEPTED;
        if record.standing() == OrderStanding::AcceptedForBidding {
            record.stand(OrderStanding::Working);
        }
        Ok(moved(order_id, record, before))
    }

    /// The venue holds the order otherwise than before. Any but an order that is looked at for a price was
    /// taken by that; one that was taken is not looked at again.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn held(
        &mut self,
        order_id: OrderId,
        standing: OrderStanding,
    ) -> Result<Change, QuarantineReason> {
        let place = self.reported(order_id)?;
        let record = self.pages.get_mut(place);
        let is_bidding = standing == OrderStanding::AcceptedForBidding;
        let was_taken = record.has(ACCEPTED) || record.filled > Volume::ZERO;
        if record.standing() == standing || (is_bidding && was_taken) {
            return Err(QuarantineReason::Unexpected);
        }
        let before = record.state();
        record.stand(standing);
        if !is_bidding {
            record.flags |= ACCEPTED;
        }
        Ok(moved(order_id, record, before))
    }

    /// The venue has refused the order.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn rejected(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
    ) -> Result<Change, QuarantineReason> {
        let place = self.reported(order_id)?;
        let record = self.pages.get(place);
        if record.has(ACCEPTED) || record.filled > Volume::ZERO {
            return Err(QuarantineReason::Unexpected);
        }
        Ok(self.end(order_id, place, OrderState::Rejected, Some(reason)))
    }

    /// The order has left the book.
    ///
    /// # Errors
    /// Why the report is set aside.
    #[inline(always)]
    pub fn cancelled(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
    ) -> Result<Change, QuarantineReason> {
        let place = self.reported(order_id)?;
        let state = match reason {
            VenueReason::Expired | VenueReason::GateClosed => OrderState::Expired,
            VenueReason::DoneForDay => OrderState::DoneForDay,
            _ => OrderState::Cancelled,
        };
        Ok(self.end(order_id, place, state, Some(reason)))
    }

    /// The order has traded: the fill is to be booked.
    ///
    /// # Errors
    /// Why the report is set aside.
    #[inline(always)]
    pub fn filled(&mut self, report: &OrderFilled) -> Result<FillBooked, QuarantineReason> {
        let order_id = report.order_id;
        let place = self.reported(order_id)?;
        let (record, detail) = self.pages.both(place);
        let price = report.price.millionths();
        if report.volume <= Volume::ZERO
            || price.unsigned_abs() > PRICE_MAX.millionths().unsigned_abs()
        {
            return Err(QuarantineReason::Unexpected);
        }
        if record.has(HAS_TRADED) && report.trade <= detail.last_trade {
            let is_known = report.trade == detail.last_trade
                || self.trades.contains(record.earlier, report.trade);
            if is_known {
                return Err(QuarantineReason::RepeatedTrade);
            }
        }
        if report.volume > record.volume - record.filled {
            // The fill may follow an amendment whose answer is still to come.
            let amendment = self.amendments.get(&order_id);
            let larger = amendment.filter(|larger| report.volume <= larger.volume - record.filled);
            let Some(amendment) = larger else {
                return Err(QuarantineReason::Overfill);
            };
            record.volume = amendment.volume;
            detail.price = amendment.price;
        }
        if record.has(HAS_TRADED) {
            let earlier = detail.last_trade.min(report.trade);
            record.earlier = self.trades.push(record.earlier, earlier);
            detail.last_trade = detail.last_trade.max(report.trade);
        } else {
            record.flags |= HAS_TRADED;
            detail.last_trade = report.trade;
        }
        record.filled += report.volume;
        if record.standing() == OrderStanding::AcceptedForBidding {
            record.stand(OrderStanding::Working);
        }
        let (slot, instrument, side) = (record.slot, record.instrument, record.side);
        let (signal, arrival_price) = (detail.signal, detail.arrival());
        let (released, changed) = if record.filled == record.volume {
            let end = self.end(order_id, place, OrderState::Filled, None);
            let changed = end.changed.unwrap_or_default();
            (end.released + report.volume, changed)
        } else {
            (report.volume, changed(order_id, record))
        };
        Ok(FillBooked {
            slot,
            instrument,
            side,
            signal,
            arrival_price,
            released,
            changed,
        })
    }

    /// The venue has changed the order, as asked or by itself.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn amended(&mut self, report: &OrderAmended) -> Result<Change, QuarantineReason> {
        let order_id = report.order_id;
        let place = self.reported(order_id)?;
        let record = self.pages.get(place);
        if report.volume < record.filled || report.volume > VOLUME_MAX {
            return Err(QuarantineReason::Unexpected);
        }
        let reserved = self.reserved(order_id, record);
        self.amendments.remove(&order_id);
        let (record, detail) = self.pages.both(place);
        record.flags &= !AMEND_SENT;
        detail.price = report.price;
        record.volume = report.volume;
        if record.filled == record.volume {
            let mut change = self.end(order_id, place, OrderState::Filled, None);
            change.released = reserved;
            return Ok(change);
        }
        Ok(Change {
            slot: record.slot,
            side: record.side,
            released: reserved - (record.volume - record.filled),
            changed: Some(changed(order_id, record)),
        })
    }

    /// The venue has refused to change the order.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn amend_rejected(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
    ) -> Result<Change, QuarantineReason> {
        self.request_refused(order_id, reason, AMEND_SENT)
    }

    /// The venue has refused to cancel the order.
    ///
    /// # Errors
    /// Why the report is set aside.
    pub fn cancel_rejected(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
    ) -> Result<Change, QuarantineReason> {
        self.request_refused(order_id, reason, CANCEL_SENT)
    }

    /// The request that the flag `answered` stands for is refused; another one still waits.
    fn request_refused(
        &mut self,
        order_id: OrderId,
        reason: VenueReason,
        answered: u8,
    ) -> Result<Change, QuarantineReason> {
        let place = self.reported(order_id)?;
        let record = self.pages.get(place);
        if !record.has(answered) {
            return Err(QuarantineReason::Unexpected);
        }
        let reserved = self.reserved(order_id, record);
        if answered == AMEND_SENT {
            self.amendments.remove(&order_id);
        }
        let record = self.pages.get_mut(place);
        record.flags &= !answered;
        let mut changed = changed(order_id, record);
        changed.reason = Some(reason);
        let (slot, side) = (record.slot, record.side);
        let still = self.reserved(order_id, self.pages.get(place));
        Ok(Change {
            slot,
            side,
            released: reserved - still,
            changed: Some(changed),
        })
    }

    /// What the gate holds open for the order: the larger of its volume and the one asked for.
    #[inline(always)]
    fn reserved(&self, order_id: OrderId, record: &Record) -> Volume {
        let mut volume = record.volume;
        if record.has(AMEND_SENT)
            && let Some(amendment) = self.amendments.get(&order_id)
        {
            volume = volume.max(amendment.volume);
        }
        volume - record.filled
    }

    #[inline(always)]
    fn end(
        &mut self,
        order_id: OrderId,
        place: Place,
        state: OrderState,
        reason: Option<VenueReason>,
    ) -> Change {
        let record = *self.pages.get(place);
        let released = self.reserved(order_id, &record);
        if record.has(AMEND_SENT) {
            self.amendments.remove(&order_id);
        }
        self.trades.clear(record.earlier);
        self.pages.remove(place);
        Change {
            slot: record.slot,
            side: record.side,
            released,
            changed: Some(OrderStateChanged {
                order_id,
                state,
                filled: record.filled,
                open: Volume::ZERO,
                reason,
            }),
        }
    }
}

/// What a report that moves no volume changed: told where the order no longer stands as `before`.
#[inline(always)]
fn moved(order_id: OrderId, record: &Record, before: OrderState) -> Change {
    Change {
        slot: record.slot,
        side: record.side,
        released: Volume::ZERO,
        changed: (record.state() != before).then(|| changed(order_id, record)),
    }
}
