//! Orders and fills that the exchange tells of and this run cannot book: nobody here sent them, or they
//! have ended here.

use std::collections::BTreeMap;

use wattbook_domain::{InstrumentId, Side, Timestamp, Volume};

use super::answer::Execution;
use super::desk::OrderDesk;
use super::request::{Cancel, Request};

/// An open order at the exchange that this run does not work.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ForeignOrder {
    /// `OrderID` (37).
    pub order: String,
    /// `ClOrdID` (11); empty where the exchange tells none.
    pub id: String,
    /// Of which instrument.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// Still open there, in volume units.
    pub open: Volume,
}

/// Why what we hold of an instrument may differ from what the exchange says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InDoubt {
    /// Which instrument.
    pub instrument: InstrumentId,
    /// In a sentence.
    pub reason: String,
}

/// What was told of such orders since the last question after all.
#[derive(Debug, Clone, Default)]
pub(super) struct Foreign {
    orders: BTreeMap<String, ForeignOrder>,
    in_doubt: Vec<InDoubt>,
}

impl Foreign {
    /// The answer to a question after all orders tells of them anew.
    pub(super) fn begin(&mut self) {
        self.orders.clear();
    }
}

impl OrderDesk {
    /// Open orders at the exchange that this run does not work, by `ClOrdID`, as last told.
    pub fn foreign(&self) -> impl Iterator<Item = &ForeignOrder> {
        self.foreign.orders.values()
    }

    /// Instruments whose position is in doubt, each time that something was told which says so.
    pub fn take_in_doubt(&mut self) -> Vec<InDoubt> {
        std::mem::take(&mut self.foreign.in_doubt)
    }

    /// The request at `now` that takes back the order with `ClOrdID` `id`, which this run does not
    /// work; none where none was told that is open.
    #[must_use]
    pub fn cancel_foreign(&self, id: &str, now: Timestamp) -> Option<Request> {
        let order = self.foreign.orders.get(id)?;
        Some(Request::Cancel(Cancel {
            id: format!("{}-unknown-{}", self.tag, now.nanos()),
            original: order.id.clone(),
            symbol: self.symbol(order.instrument),
            side: order.side,
            volume: order.open,
        }))
    }

    /// Takes what was told of an order that this run does not work.
    pub(super) fn note_foreign(&mut self, execution: &Execution) {
        let Some(instrument) = self.instrument(&execution.symbol) else {
            return;
        };
        let Execution { order, open, .. } = execution;
        // A report on our own cancel of it names it as the original.
        let id = execution.original.as_ref().unwrap_or(&execution.id);
        let is_ended = *open <= Volume::ZERO || execution.status.has_ended();
        if is_ended {
            self.foreign.orders.remove(id);
        } else {
            let foreign = ForeignOrder {
                order: order.clone(),
                id: id.clone(),
                instrument,
                side: execution.side,
                open: *open,
            };
            self.foreign.orders.insert(id.clone(), foreign);
        }
        if let Some((price, volume)) = execution.last {
            self.doubt(
                instrument,
                format!(
                    "the exchange filled {volume} at {price} of order {order} ({id:?}), which this run \
                     does not work"
                ),
            );
        } else if !is_ended {
            self.doubt(
                instrument,
                format!(
                    "{open} of order {order} ({id:?}) are open there, which this run does not work"
                ),
            );
        }
    }

    /// Takes a fill of an order of ours that has no room for it; the engine sets it aside.
    pub(super) fn note_unbooked(&mut self, execution: &Execution) {
        let instrument = self.instrument(&execution.symbol);
        if let (Some(instrument), Some((price, volume))) = (instrument, execution.last) {
            let id = &execution.id;
            self.doubt(
                instrument,
                format!(
                    "the exchange filled {volume} at {price} of {id:?}, more than is open here"
                ),
            );
        }
    }

    pub(super) fn doubt(&mut self, instrument: InstrumentId, reason: String) {
        self.foreign.in_doubt.push(InDoubt { instrument, reason });
    }
}
