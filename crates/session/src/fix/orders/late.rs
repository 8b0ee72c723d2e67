//! Orders that the exchange takes after they have ended here.

use std::collections::BTreeSet;

use wattbook_domain::{OrderId, Volume};

use super::answer::{ExecType, Execution};
use super::desk::OrderDesk;
use super::outcome::{SetAside, Told};
use super::refusal::ended;
use super::request::{Cancel, Request};

/// Number of the change that takes such an order back; no other has it.
const LATE: u32 = u32::MAX;

/// Those that were told of in this life.
#[derive(Debug, Clone, Default)]
pub(super) struct Late {
    orders: BTreeSet<OrderId>,
    take_back: Vec<Request>,
}

impl Late {
    /// The requests that take them back, once each.
    pub(super) fn take_back(&mut self) -> Vec<Request> {
        std::mem::take(&mut self.take_back)
    }
}

impl OrderDesk {
    /// Takes a report, other than of a fill, on an order that has ended here. One that the exchange takes
    /// only now is taken back; nobody here waits for it.
    pub(super) fn taken_late(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
        repeats: bool,
    ) -> Result<Told, SetAside> {
        let is_taken = execution.exec_type == ExecType::New && execution.open > Volume::ZERO;
        if is_taken && !repeats && self.late.orders.insert(order_id) {
            self.late.take_back.push(Request::Cancel(Cancel {
                id: self.id(order_id, LATE),
                original: execution.id.clone(),
                symbol: execution.symbol.clone(),
                side: execution.side,
                volume: execution.open,
            }));
            return Err(SetAside::TakenLate { order_id });
        }
        if self.late.orders.contains(&order_id) {
            return Ok(Told::Nothing);
        }
        ended(order_id, repeats)
    }
}
