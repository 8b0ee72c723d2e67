//! One open order: 32 bytes that every report touches, 32 that only some do.

use wattbook_domain::event::OrderState;
use wattbook_domain::report::OrderStanding;
use wattbook_domain::{InstrumentId, OrderType, Price, Side, SignalId, TradeId, Volume};
use wattbook_portfolio::PositionSlot;

/// What every request and report needs. Two to a cache line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) volume: Volume,
    pub(crate) filled: Volume,
    pub(crate) slot: PositionSlot,
    pub(crate) instrument: InstrumentId,
    /// The list of trades before the last.
    pub(crate) earlier: u32,
    pub(crate) flags: u8,
    pub(crate) side: Side,
    pub(crate) order_type: OrderType,
}

/// What only fills and amendments need.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Detail {
    pub(crate) price: Price,
    /// The highest trade number that was booked, when `HAS_TRADED`.
    pub(crate) last_trade: TradeId,
    pub(crate) signal: SignalId,
    /// `Price::MIN` when there was none.
    pub(crate) arrival_price: Price,
}

const _: () = assert!(size_of::<Record>() == 32 && size_of::<Detail>() == 32);

pub(crate) const ACCEPTED: u8 = 1;
pub(crate) const CANCEL_SENT: u8 = 2;
pub(crate) const AMEND_SENT: u8 = 4;
pub(crate) const HAS_TRADED: u8 = 8;
/// In the table; a record without it is a place to fill.
pub(crate) const OPEN: u8 = 16;
/// How the venue holds it: [`OrderStanding`] less one in the three highest bits.
const STANDING: u32 = 5;

impl Record {
    /// Of a place that was never used.
    pub(crate) const EMPTY: Self = Self {
        volume: Volume::ZERO,
        filled: Volume::ZERO,
        slot: PositionSlot(0),
        instrument: InstrumentId(0),
        earlier: 0,
        flags: 0,
        side: Side::Buy,
        order_type: OrderType::Limit,
    };

    #[inline(always)]
    pub(crate) const fn has(&self, flag: u8) -> bool {
        self.flags & flag != 0
    }

    /// How the venue holds it.
    #[inline(always)]
    pub(crate) const fn standing(&self) -> OrderStanding {
        match self.flags >> STANDING {
            1 => OrderStanding::Suspended,
            2 => OrderStanding::Stopped,
            3 => OrderStanding::DoneForDay,
            4 => OrderStanding::AcceptedForBidding,
            _ => OrderStanding::Working,
        }
    }

    pub(crate) const fn stand(&mut self, standing: OrderStanding) {
        let kept = self.flags & ((1 << STANDING) - 1);
        self.flags = kept | ((standing as u8 - 1) << STANDING);
    }

    /// Where it stands while it is open: a request on its way hides what lies under it, and how the venue
    /// holds it what has been filled (FIX 4.4, volume 1, "Order State Changes": precedence of `OrdStatus`).
    #[inline(always)]
    pub(crate) fn state(&self) -> OrderState {
        if self.has(CANCEL_SENT) {
            return OrderState::PendingCancel;
        }
        if self.has(AMEND_SENT) {
            return OrderState::PendingAmend;
        }
        match self.standing() {
            OrderStanding::Working => self.working(),
            OrderStanding::Suspended => OrderState::Suspended,
            OrderStanding::Stopped => OrderState::Stopped,
            OrderStanding::DoneForDay => OrderState::DoneForDay,
            OrderStanding::AcceptedForBidding => OrderState::AcceptedForBidding,
        }
    }

    #[inline(always)]
    fn working(&self) -> OrderState {
        if self.filled > Volume::ZERO {
            OrderState::PartiallyFilled
        } else if self.has(ACCEPTED) {
            OrderState::Accepted
        } else {
            OrderState::PendingNew
        }
    }
}

impl Detail {
    /// Of a place that was never used.
    pub(crate) const EMPTY: Self = Self {
        price: Price::ZERO,
        last_trade: TradeId(0),
        signal: SignalId(0),
        arrival_price: Price::MIN,
    };

    #[inline(always)]
    pub(crate) fn arrival(&self) -> Option<Price> {
        (self.arrival_price != Price::MIN).then_some(self.arrival_price)
    }
}
