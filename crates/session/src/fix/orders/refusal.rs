//! How orders and changes end that were refused, are no longer there, or were not asked for.

use wattbook_domain::OrderId;
use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderCancelled, OrderRejected, VenueReason, VenueReport,
};

use super::answer::{Execution, OrdStatus};
use super::outcome::{SetAside, Told};
use super::working::Change;

pub(super) const fn rejected(order_id: OrderId, reason: VenueReason) -> VenueReport {
    VenueReport::OrderRejected(OrderRejected { order_id, reason })
}

pub(super) const fn amend_rejected(order_id: OrderId, reason: VenueReason) -> VenueReport {
    VenueReport::AmendRejected(AmendRejected { order_id, reason })
}

pub(super) const fn cancel_rejected(order_id: OrderId, reason: VenueReason) -> VenueReport {
    VenueReport::CancelRejected(CancelRejected { order_id, reason })
}

/// The refusal of `change`; the other one that may be on its way still waits.
pub(super) const fn refusal(order_id: OrderId, change: Change, reason: VenueReason) -> VenueReport {
    match change {
        Change::Amend { .. } => amend_rejected(order_id, reason),
        Change::Cancel => cancel_rejected(order_id, reason),
    }
}

pub(super) fn cancelled(order_id: OrderId, execution: &Execution) -> VenueReport {
    let usual = match execution.status {
        OrdStatus::Expired => VenueReason::Expired,
        OrdStatus::Rejected => VenueReason::UnknownOrder,
        OrdStatus::DoneForDay | OrdStatus::Calculated => VenueReason::DoneForDay,
        _ => VenueReason::Requested,
    };
    let reason = execution.reason.unwrap_or(usual);
    VenueReport::OrderCancelled(OrderCancelled { order_id, reason })
}

pub(super) fn ended(order_id: OrderId, repeats: bool) -> Result<Told, SetAside> {
    if repeats {
        return Ok(Told::Repeated);
    }
    Err(SetAside::Ended { order_id })
}

pub(super) fn not_pending(id: &str, repeats: bool) -> Result<Told, SetAside> {
    if repeats {
        return Ok(Told::Repeated);
    }
    Err(SetAside::NotPending { id: id.to_owned() })
}
