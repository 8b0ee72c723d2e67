//! A strategy that routes orders over venues at given instants.

use wattbook_domain::command::Direction;
use wattbook_domain::{InstrumentId, Side, Timestamp};
use wattbook_execution::router::{PlaceTerms, RouteOrder, RouterCare};
use wattbook_strategy::{Context, Observation, Strategy};

use crate::routed::RoutedOrders;

/// An order over several places.
#[derive(Debug, Clone, Copy)]
pub struct RouteRequest {
    /// When it is routed.
    pub at: Timestamp,
    /// Until when its slices may be placed anew.
    pub until: Timestamp,
    /// What stands for it, wherever it trades.
    pub instrument: InstrumentId,
    /// The order.
    pub order: RouteOrder,
}

/// Routes its orders when they are due.
#[derive(Debug)]
pub struct RouteStrategy {
    orders: RoutedOrders,
    /// Still to be routed, the next one last.
    requests: Vec<RouteRequest>,
}

impl RouteStrategy {
    /// A strategy that routes `requests` over `places`.
    pub fn new(
        places: impl IntoIterator<Item = PlaceTerms>,
        care: RouterCare,
        mut requests: Vec<RouteRequest>,
    ) -> Self {
        requests.sort_by_key(|request| std::cmp::Reverse(request.at));
        Self {
            orders: RoutedOrders::new(places, care),
            requests,
        }
    }

    /// Its orders.
    #[must_use]
    pub const fn orders(&self) -> &RoutedOrders {
        &self.orders
    }

    /// Routes what is due. Whoever gave the order has decided: its signal states certainty.
    fn begin(&mut self, context: &mut Context) {
        while let Some(request) = self.requests.pop_if(|request| request.at <= context.now()) {
            let RouteRequest {
                instrument,
                order,
                until,
                ..
            } = request;
            let direction = match order.side {
                Side::Buy => Direction::Rise,
                Side::Sell => Direction::Fall,
            };
            let sure = (direction, 1_000_000);
            let signal = context.record_signal(instrument, sure, order.limit, until);
            self.orders.route(instrument, order, signal, context);
        }
        if let Some(next) = self.requests.last() {
            context.wake_at(next.at);
        }
    }
}

impl Strategy for RouteStrategy {
    fn on_start(&mut self, context: &mut Context) {
        self.begin(context);
    }

    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        self.orders.observe(observation, context);
        self.begin(context);
    }
}
