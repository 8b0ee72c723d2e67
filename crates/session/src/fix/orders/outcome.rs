//! What a desk makes of what the engine routed, and of what the exchange answers.

use wattbook_domain::report::VenueReport;
use wattbook_domain::{OrderId, Timestamp, Volume};

use super::fields::Unreadable;
use super::request::Request;

/// What becomes of something that the engine routed.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It goes to the exchange.
    Send(Request),
    /// It cannot go there: the engine is told so.
    Refuse(VenueReport),
    /// It needs nothing: the end of its order is on its way to the engine.
    Nothing,
}

/// What an answer tells the engine.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A report, and when it happened at the exchange.
    Report(VenueReport, Option<Timestamp>),
    /// Nothing has changed.
    Nothing,
    /// It was told before.
    Repeated,
}

/// An answer that is set aside: it means nothing that could be booked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SetAside {
    /// A field is missing or says nothing that we know.
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    /// An order that this run has not sent.
    #[error("ClOrdID (11) {id:?} is none of this run; ask the exchange whose order it is")]
    ForeignOrder {
        /// As found.
        id: String,
    },
    /// The exchange has an order of ours that nobody here has sent.
    #[error(
        "the exchange has order {order} ({id:?}, {open} of {symbol} open) that this run does not know; \
         cancel it there, or ask whose it is"
    )]
    UnknownHere {
        /// `OrderID` (37).
        order: String,
        /// `ClOrdID` (11).
        id: String,
        /// `Symbol` (55).
        symbol: String,
        /// Still open there.
        open: Volume,
    },
    /// The exchange still has an order that has ended here.
    #[error(
        "the exchange still has {open} of order {order_id} open, which has ended here; cancel it there"
    )]
    OpenThere {
        /// Which order.
        order_id: OrderId,
        /// Still open there.
        open: Volume,
    },
    /// A report on an order that has ended.
    #[error("order {order_id} has ended; ask the exchange what it means")]
    Ended {
        /// Which order.
        order_id: OrderId,
    },
    /// The exchange took an order that has ended here.
    #[error("the exchange took order {order_id} after it had ended here; it is taken back")]
    TakenLate {
        /// Which order.
        order_id: OrderId,
    },
    /// A fill of an order of ours in another contract.
    #[error(
        "a fill of {id:?} is told in {theirs:?}, the order is in {ours:?}; settle it with the exchange"
    )]
    OtherContract {
        /// Of the order.
        id: String,
        /// As told.
        theirs: String,
        /// The order's.
        ours: String,
    },
    /// A fill of an order of ours on the other side.
    #[error("a fill of {id:?} is told on the other side (54); settle it with the exchange")]
    OtherSide {
        /// Of the order.
        id: String,
    },
    /// An `ExecID` that was given twice.
    #[error(
        "ExecID (17) {execution:?} of {id:?} stood for something else before; ask the exchange which of \
         the two holds"
    )]
    Twice {
        /// As found.
        execution: String,
        /// Of the order.
        id: String,
    },
    /// A request that is not waiting for an answer.
    #[error("{id:?} is answered, but waits for no answer; ask the exchange what it means")]
    NotPending {
        /// Of the request.
        id: String,
    },
    /// A trade corrected or busted, or a type that is not known.
    #[error("ExecType (150) {code:?} cannot be booked by itself; settle it with the exchange")]
    ExecType {
        /// As found.
        code: char,
    },
    /// Fills that one side has and the other has not.
    #[error(
        "the exchange has filled {theirs} of order {order_id}, this run {ours}; compare the fills \
         with the exchange before trading on"
    )]
    FillsDiffer {
        /// Which order.
        order_id: OrderId,
        /// Filled so far there.
        theirs: Volume,
        /// Filled so far here.
        ours: Volume,
    },
}
