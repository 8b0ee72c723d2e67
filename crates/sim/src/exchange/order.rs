//! An order of a member, and the answers that it gets.

use std::collections::VecDeque;

use wattbook_domain::report::{
    AmendRejected, CancelRejected, OrderAccepted, OrderAmended, OrderCancelled, OrderFilled,
    OrderRejected, VenueReason, VenueReport,
};
use wattbook_domain::{InstrumentId, OrderId, Price, Side, Timestamp, Volume};
use wattbook_session::fix::orders::{
    Answer, ChangeRejected, ExecType, Execution, MassPart, NewOrder, OrdStatus, Status,
};

/// A change that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Asked {
    Replace {
        id: String,
        price: Price,
        volume: Volume,
    },
    Cancel {
        id: String,
    },
}

impl Asked {
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Replace { id, .. } | Self::Cancel { id } => id,
        }
    }

    /// The refusal of this change; `order` is the exchange's number, `status` none for an order that
    /// is not known or has ended.
    pub(super) fn refused(
        &self,
        order: &str,
        original: &str,
        status: Option<OrdStatus>,
        reason: VenueReason,
    ) -> Answer {
        Answer::ChangeRejected(ChangeRejected {
            order: order.to_owned(),
            id: self.id().to_owned(),
            original: original.to_owned(),
            status: status.unwrap_or(OrdStatus::Rejected),
            was_replace: matches!(self, Self::Replace { .. }),
            reason,
        })
    }
}

/// An order as the exchange knows it; it is kept when it has ended, for questions about it.
#[derive(Debug)]
pub(super) struct Placed {
    pub(super) order_id: OrderId,
    pub(super) member: usize,
    pub(super) instrument: InstrumentId,
    pub(super) side: Side,
    symbol: String,
    /// The `ClOrdID` (11) that it has now.
    id: String,
    price: Price,
    volume: Volume,
    filled: Volume,
    /// Sum of price × volume of its fills, in 1e-12.
    paid: i128,
    pub(super) pending: VecDeque<Asked>,
    pub(super) ended: Option<OrdStatus>,
    reason: Option<VenueReason>,
}

impl Placed {
    pub(super) fn new(
        order_id: OrderId,
        member: usize,
        instrument: InstrumentId,
        new: &NewOrder,
    ) -> Self {
        Self {
            order_id,
            member,
            instrument,
            side: new.side,
            symbol: new.symbol.clone(),
            id: new.id.clone(),
            price: new.price,
            volume: new.volume,
            filled: Volume::ZERO,
            paid: 0,
            pending: VecDeque::new(),
            ended: None,
            reason: None,
        }
    }

    /// Whether it is of `member`, and has not ended.
    pub(super) fn is_open_of(&self, member: usize) -> bool {
        self.member == member && self.ended.is_none()
    }

    /// Takes a report of the venue over; returns what the member is answered.
    pub(super) fn apply(
        &mut self,
        report: &VenueReport,
        execution: String,
        at: Timestamp,
    ) -> Option<Answer> {
        let mut answer = match report {
            VenueReport::OrderAccepted(_) => self.execution(ExecType::New, execution, at),
            VenueReport::OrderRejected(OrderRejected { reason, .. }) => {
                self.end(OrdStatus::Rejected, *reason);
                self.execution(ExecType::Rejected, execution, at)
            }
            VenueReport::OrderFilled(filled) => self.fill(filled, execution, at),
            VenueReport::OrderAmended(amended) => self.amend(amended, execution, at),
            VenueReport::OrderCancelled(OrderCancelled { reason, .. }) => {
                self.cancel(*reason, execution, at)
            }
            VenueReport::AmendRejected(AmendRejected { reason, .. })
            | VenueReport::CancelRejected(CancelRejected { reason, .. }) => {
                let asked = self.pending.pop_front()?;
                let order = self.order_id.to_string();
                return Some(asked.refused(&order, &self.id, Some(self.status_now()), *reason));
            }
            _ => return None,
        };
        answer.reason = self.reason;
        Some(Answer::Execution(Box::new(answer)))
    }

    /// Where the order stands, as one of `total` in the answer to a question after all.
    pub(super) fn mass_status(&self, part: MassPart, execution: String, at: Timestamp) -> Answer {
        let mut answer = self.execution(ExecType::Status, execution, at);
        answer.mass = Some(part);
        Answer::Execution(Box::new(answer))
    }

    /// Where the order stands, for a question that named it `id`.
    pub(super) fn status(&self, id: &str, execution: String, at: Timestamp) -> Answer {
        let mut answer = self.execution(ExecType::Status, execution, at);
        id.clone_into(&mut answer.id);
        answer.reason = self.reason;
        Answer::Execution(Box::new(answer))
    }

    fn fill(&mut self, filled: &OrderFilled, execution: String, at: Timestamp) -> Execution {
        let (price, volume) = (filled.price, filled.volume);
        self.filled += volume;
        self.paid += i128::from(price.millionths()) * i128::from(volume.millionths());
        if self.filled >= self.volume {
            self.ended = Some(OrdStatus::Filled);
        }
        Execution {
            last: Some((price, volume)),
            is_maker: filled.is_maker,
            ..self.execution(ExecType::Trade, execution, at)
        }
    }

    fn amend(&mut self, amended: &OrderAmended, execution: String, at: Timestamp) -> Execution {
        (self.price, self.volume) = (amended.price, amended.volume);
        if self.filled >= self.volume {
            self.ended = Some(OrdStatus::Filled);
        }
        if !matches!(self.pending.front(), Some(Asked::Replace { .. })) {
            return self.execution(ExecType::Restated, execution, at);
        }
        let original = self.grant();
        Execution {
            original,
            ..self.execution(ExecType::Replaced, execution, at)
        }
    }

    fn cancel(&mut self, reason: VenueReason, execution: String, at: Timestamp) -> Execution {
        let is_over = matches!(reason, VenueReason::Expired | VenueReason::GateClosed);
        let (status, kind) = if is_over {
            (OrdStatus::Expired, ExecType::Expired)
        } else {
            (OrdStatus::Cancelled, ExecType::Cancelled)
        };
        self.end(status, reason);
        let is_asked = reason == VenueReason::Requested
            && matches!(self.pending.front(), Some(Asked::Cancel { .. }));
        let original = if is_asked { self.grant() } else { None };
        Execution {
            original,
            ..self.execution(kind, execution, at)
        }
    }

    /// Grants the first change: its `ClOrdID` is the order's from now on. Returns the one before.
    fn grant(&mut self) -> Option<String> {
        let id = self.pending.pop_front()?.id().to_owned();
        Some(std::mem::replace(&mut self.id, id))
    }

    fn end(&mut self, status: OrdStatus, reason: VenueReason) {
        self.ended = Some(status);
        self.reason = Some(reason);
    }

    fn status_now(&self) -> OrdStatus {
        self.ended.unwrap_or(if self.filled > Volume::ZERO {
            OrdStatus::PartiallyFilled
        } else {
            OrdStatus::New
        })
    }

    fn execution(&self, exec_type: ExecType, execution: String, at: Timestamp) -> Execution {
        let open = if self.ended.is_some() {
            Volume::ZERO
        } else {
            self.volume - self.filled
        };
        let filled = i128::from(self.filled.millionths());
        let mean = self.paid.checked_div_euclid(filled).unwrap_or(0);
        Execution {
            order: self.order_id.to_string(),
            execution,
            id: self.id.clone(),
            original: None,
            exec_type,
            status: self.status_now(),
            symbol: self.symbol.clone(),
            side: self.side,
            price: Some(self.price),
            volume: Some(self.volume),
            last: None,
            filled: self.filled,
            open,
            mean_price: Price::from_millionths(mean as i64),
            is_maker: false,
            reason: None,
            at: Some(at),
            mass: None,
        }
    }
}

/// The refusal of a new order that was not placed.
pub(super) fn refused(
    new: &NewOrder,
    execution: String,
    reason: VenueReason,
    at: Timestamp,
) -> Answer {
    let mut placed = Placed::new(OrderId::default(), 0, InstrumentId::default(), new);
    placed.end(OrdStatus::Rejected, reason);
    let answer = Execution {
        order: "NONE".to_owned(),
        reason: Some(reason),
        ..placed.execution(ExecType::Rejected, execution, at)
    };
    Answer::Execution(Box::new(answer))
}

/// The answer to a question after an order that is not known.
pub(super) fn unknown(status: &Status, execution: String, at: Timestamp) -> Answer {
    Answer::Execution(Box::new(Execution {
        order: "NONE".to_owned(),
        execution,
        id: status.id.clone(),
        original: None,
        exec_type: ExecType::Status,
        status: OrdStatus::Rejected,
        symbol: status.symbol.clone(),
        side: status.side,
        price: None,
        volume: None,
        last: None,
        filled: Volume::ZERO,
        open: Volume::ZERO,
        mean_price: Price::ZERO,
        is_maker: false,
        reason: Some(VenueReason::UnknownOrder),
        at: Some(at),
        mass: None,
    }))
}

/// The answer to a question after all orders of a member that has none.
pub(super) fn no_orders(id: &str, execution: String, at: Timestamp) -> Answer {
    let status = Status {
        id: String::new(),
        symbol: "[N/A]".to_owned(),
        side: Side::Buy,
    };
    let mut answer = unknown(&status, execution, at);
    if let Answer::Execution(execution) = &mut answer {
        execution.mass = Some(MassPart {
            id: id.to_owned(),
            total: 0,
            is_last: true,
        });
    }
    answer
}

/// The order that `report` is on.
pub(super) const fn reported(report: &VenueReport) -> Option<OrderId> {
    match report {
        VenueReport::OrderAccepted(OrderAccepted { order_id })
        | VenueReport::OrderRejected(OrderRejected { order_id, .. })
        | VenueReport::OrderFilled(OrderFilled { order_id, .. })
        | VenueReport::OrderAmended(OrderAmended { order_id, .. })
        | VenueReport::OrderCancelled(OrderCancelled { order_id, .. })
        | VenueReport::AmendRejected(AmendRejected { order_id, .. })
        | VenueReport::CancelRejected(CancelRejected { order_id, .. }) => Some(*order_id),
        _ => None,
    }
}
