//! What passed the gate. Only the gate makes these; they are not `Clone`.

use wattbook_domain::command::{AmendOrder, SubmitOffer, SubmitSchedule};
use wattbook_domain::{Order, OrderId, Price};
use wattbook_portfolio::{Portfolio, PositionSlot};

/// An order that passed every pre-trade limit. Only [`LimitGate::check`](crate::LimitGate::check)
/// makes one.
#[derive(Debug)]
#[must_use = "an approved order holds exposure until it is sent"]
pub struct ApprovedOrder {
    pub(crate) order_id: OrderId,
    pub(crate) order: Order,
    pub(crate) slot: PositionSlot,
    pub(crate) arrival_price: Option<Price>,
    pub(crate) needs_second_person: bool,
}

impl ApprovedOrder {
    /// Its number.
    #[must_use]
    #[inline]
    pub fn order_id(&self) -> OrderId {
        self.order_id
    }

    /// Its terms.
    #[must_use]
    #[inline]
    pub fn order(&self) -> &Order {
        &self.order
    }

    /// The position that its fills go to.
    #[must_use]
    #[inline]
    pub fn slot(&self) -> PositionSlot {
        self.slot
    }

    /// Last known price of the instrument when it passed, in currency per price unit.
    #[must_use]
    #[inline]
    pub fn arrival_price(&self) -> Option<Price> {
        self.arrival_price
    }

    /// Whether a second person must let it pass before it is sent.
    #[must_use]
    #[inline]
    pub fn needs_second_person(&self) -> bool {
        self.needs_second_person
    }

    /// The terms, to be sent; the approval is used up.
    #[must_use]
    #[inline]
    pub fn into_order(self) -> Order {
        self.order
    }
}

/// An amendment that passed the gate, or that only reduces.
#[derive(Debug)]
#[must_use = "an approved amendment holds exposure until it is sent"]
pub struct ApprovedAmendment(pub(crate) AmendOrder);

impl ApprovedAmendment {
    /// What is amended.
    #[must_use]
    #[inline]
    pub fn amendment(&self) -> &AmendOrder {
        &self.0
    }
}

/// An offer that passed the gate.
#[derive(Debug)]
#[must_use = "an approved offer holds exposure until it is sent"]
pub struct ApprovedOffer {
    pub(crate) offer: SubmitOffer,
    pub(crate) slot: PositionSlot,
}

impl ApprovedOffer {
    /// What is offered.
    #[must_use]
    pub fn offer(&self) -> &SubmitOffer {
        &self.offer
    }

    /// The position that its award goes to.
    #[must_use]
    pub fn slot(&self) -> PositionSlot {
        self.slot
    }
}

/// A schedule that passed the gate, or that brings the balance nearer to zero.
#[derive(Debug)]
#[must_use = "an approved schedule has no effect until it is recorded"]
pub struct ApprovedSchedule {
    pub(crate) schedule: SubmitSchedule,
    pub(crate) slot: PositionSlot,
}

impl ApprovedSchedule {
    /// Records it in the portfolio and hands it out to be sent; the approval is used up.
    pub fn record(self, portfolio: &mut Portfolio) -> SubmitSchedule {
        portfolio.schedule(self.slot, self.schedule.volume);
        self.schedule
    }
}
