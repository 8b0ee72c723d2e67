//! A strategy that routes orders over venues at given instants.

use wattbook_domain::command::Direction;
use wattbook_domain::{InstrumentId, Price, Side, Timestamp, Volume};
use wattbook_execution::algorithms::{AlgorithmError, Grids, ParentTerms};
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
    ///
    /// # Errors
    /// [`AlgorithmError`] for a volume off the finest lot of the places, a limit off their finest tick, or an
    /// order without time.
    pub fn new(
        places: Vec<PlaceTerms>,
        care: RouterCare,
        mut requests: Vec<RouteRequest>,
    ) -> Result<Self, AlgorithmError> {
        let finest = |step: fn(&Grids) -> i64| {
            let steps = places.iter().map(|place| step(&place.grids));
            steps.min().unwrap_or(1)
        };
        let grids = Grids {
            tick: Price::from_millionths(finest(|grids| grids.tick.millionths())),
            lot: Volume::from_millionths(finest(|grids| grids.lot.millionths())),
        };
        for request in &requests {
            let terms = ParentTerms {
                instrument: request.instrument,
                side: request.order.side,
                volume: request.order.volume,
                limit: Some(request.order.limit),
                starts: request.at,
                ends: request.until,
                call_begins: None,
                grids,
            };
            terms.check()?;
        }
        requests.sort_by_key(|request| std::cmp::Reverse(request.at));
        Ok(Self {
            orders: RoutedOrders::new(places, care),
            requests,
        })
    }

    /// The same where the cross-zonal capacity lets no more than `volume` of a side be traded at a place.
    #[must_use]
    pub fn with_capacity(mut self, place: InstrumentId, side: Side, volume: Volume) -> Self {
        let router = self.orders.router_mut();
        router.set_capacity(place, side, Some(volume));
        self
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
