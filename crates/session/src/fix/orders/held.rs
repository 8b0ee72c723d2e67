//! Orders that are open at the exchange, but stand otherwise than in its book: FIX 4.4, volume 1, "Order
//! State Changes".

use wattbook_domain::report::{OrderStanding, StandingChanged, VenueReport};
use wattbook_domain::{OrderId, Volume};

use super::answer::{ExecType, Execution, OrdStatus};
use super::desk::OrderDesk;
use super::outcome::Told;

/// How the exchange holds the order that `execution` is of; none where that has ended.
pub(super) fn standing_of(execution: &Execution) -> Option<OrderStanding> {
    match execution.exec_type {
        ExecType::Suspended => return Some(OrderStanding::Suspended),
        ExecType::Stopped => return Some(OrderStanding::Stopped),
        ExecType::DoneForDay if execution.open > Volume::ZERO => {
            return Some(OrderStanding::DoneForDay);
        }
        _ => {}
    }
    Some(match execution.status {
        OrdStatus::New | OrdStatus::PartiallyFilled => OrderStanding::Working,
        OrdStatus::Suspended => OrderStanding::Suspended,
        OrdStatus::Stopped => OrderStanding::Stopped,
        OrdStatus::DoneForDay if execution.open > Volume::ZERO => OrderStanding::DoneForDay,
        OrdStatus::AcceptedForBidding => OrderStanding::AcceptedForBidding,
        _ => return None,
    })
}

impl OrderDesk {
    /// How the exchange holds `order_id`, if that is news. What is told again may be older than what came
    /// since: the exchange is asked when it differs.
    pub(super) fn stands(
        &mut self,
        order_id: OrderId,
        execution: &Execution,
        repeats: bool,
    ) -> Told {
        let order = self.working.get(&order_id);
        let Some((order, standing)) = order.zip(standing_of(execution)) else {
            return Told::Repeated;
        };
        let is_late = standing == OrderStanding::AcceptedForBidding && !order.is_unanswered();
        if order.standing == standing || is_late {
            return Told::Repeated;
        }
        if repeats {
            self.unsure.insert(order_id);
            return Told::Nothing;
        }
        let changed = StandingChanged { order_id, standing };
        Told::Report(VenueReport::StandingChanged(changed), execution.at)
    }
}
