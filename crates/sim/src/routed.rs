//! Orders of a strategy over several venues: drives a router by what the strategy observes, and carries out
//! what it asks for through the strategy's context.

use rustc_hash::FxHashMap;
use wattbook_domain::event::OrderState;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::order::Conditions;
use wattbook_domain::parent::{Algorithm, EndParent, ExplainOrder, OpenParent, ParentEndReason};
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, Side, SignalId, TimeInForce, Timestamp, Volume,
};
use wattbook_execution::router::{
    Kind, Outcome, PlaceTerms, RouteNo, RouteOrder, RouteProgress, Router, RouterCare, SliceNo,
    SliceReport,
};
use wattbook_strategy::{Context, Observation};

/// A routed order as it is told to the engine.
#[derive(Debug, Clone, Copy)]
struct Running {
    parent: OrderId,
    signal: SignalId,
    instrument: InstrumentId,
    volume: Volume,
    is_ended: bool,
}

/// The routed orders of one strategy. Each is a parent order in the journal; each slice names it and is
/// followed by the decision that made it, and so is what nobody took.
#[derive(Debug, Default)]
pub struct RoutedOrders {
    router: Router,
    running: Vec<Running>,
    /// With whether the gate let it pass: a refusal after that is of a request.
    slices: FxHashMap<OrderId, (SliceNo, bool)>,
    orders: FxHashMap<SliceNo, OrderId>,
    out: Vec<Outcome>,
}

impl RoutedOrders {
    /// No orders yet, over `places`.
    pub fn new(places: impl IntoIterator<Item = PlaceTerms>, care: RouterCare) -> Self {
        Self {
            router: Router::new(places, care),
            ..Self::default()
        }
    }

    /// What the router knows.
    #[must_use]
    pub const fn router(&self) -> &Router {
        &self.router
    }

    /// The router, to tell it capacities and calls.
    pub const fn router_mut(&mut self) -> &mut Router {
        &mut self.router
    }

    /// Where an order stands.
    #[must_use]
    pub fn progress(&self, parent: OrderId) -> Option<RouteProgress> {
        let found = self.running.iter().position(|it| it.parent == parent)?;
        self.router.progress(RouteNo(found as u32))
    }

    /// Routes an order; `instrument` stands for what is traded, wherever it is. Slices name `signal`.
    pub fn route(
        &mut self,
        instrument: InstrumentId,
        order: RouteOrder,
        signal: SignalId,
        context: &mut Context,
    ) -> OrderId {
        let now = context.now();
        let parent = context.open_parent(OpenParent {
            instrument,
            side: order.side,
            algorithm: Algorithm::Sweep,
            volume: order.volume,
            limit: Some(order.limit),
            starts: now,
            ends: Timestamp::MAX,
            arrival_price: context.top(instrument).mid(),
            ..OpenParent::default()
        });
        self.running.push(Running {
            parent,
            signal,
            instrument,
            volume: order.volume,
            is_ended: false,
        });
        let mut out = std::mem::take(&mut self.out);
        self.router.route(now, order, &mut out);
        self.carry_out(out, context);
        parent
    }

    /// Takes what the strategy observes over, before the strategy itself.
    pub fn observe(&mut self, observation: &Observation<'_>, context: &mut Context) {
        let mut out = std::mem::take(&mut self.out);
        match observation {
            Observation::Market(MarketEvent::Quote(quote)) => {
                let bid = [(quote.bid_price, quote.bid_volume)];
                let ask = [(quote.ask_price, quote.ask_volume)];
                self.router.set_levels(quote.instrument, Side::Buy, &bid);
                self.router.set_levels(quote.instrument, Side::Sell, &ask);
            }
            Observation::Market(MarketEvent::SessionPhase(told)) => {
                self.router.set_phase(told.instrument, told.phase, &mut out);
                if told.phase == Phase::Continuous {
                    self.router.set_indicative(told.instrument, None);
                }
            }
            Observation::Event(event) => self.on_event(event, context.now(), &mut out),
            _ => {}
        }
        self.carry_out(out, context);
    }

    fn on_event(&mut self, event: &Event, now: Timestamp, out: &mut Vec<Outcome>) {
        let (order_id, report) = match event {
            Event::Filled(fill) => {
                let volume = fill.volume;
                (fill.order_id, SliceReport::Filled { volume })
            }
            Event::OrderRouted(routed) => {
                if let Some((_, is_routed)) = self.slices.get_mut(&routed.order_id) {
                    *is_routed = true;
                }
                return;
            }
            Event::Refused(refused) => (refused.order_id, SliceReport::Rejected),
            Event::OrderStateChanged(changed) => {
                let report = match changed.state {
                    OrderState::Accepted => SliceReport::Accepted,
                    OrderState::Rejected => SliceReport::Rejected,
                    // A fill tells the rest.
                    OrderState::Filled => return,
                    _ if changed.has_ended() => SliceReport::Ended,
                    _ => return,
                };
                (changed.order_id, report)
            }
            _ => return,
        };
        let Some((slice, is_routed)) = self.slices.get(&order_id).copied() else {
            return;
        };
        if is_routed && matches!(event, Event::Refused(_)) {
            return;
        }
        if matches!(report, SliceReport::Rejected | SliceReport::Ended) {
            self.slices.remove(&order_id);
            self.orders.remove(&slice);
        }
        self.router.on_report(now, slice, report, out);
    }

    fn carry_out(&mut self, mut out: Vec<Outcome>, context: &mut Context) {
        for outcome in out.drain(..) {
            match outcome {
                Outcome::Place(slice) => {
                    let running = self.running[slice.route.0 as usize];
                    let order_id = context.submit(Order {
                        instrument: slice.instrument,
                        side: slice.side,
                        time_in_force: time_in_force(slice.decision.kind),
                        price: slice.price,
                        volume: slice.volume,
                        signal: running.signal,
                        conditions: Some(Box::new(Conditions {
                            parent: Some(running.parent),
                            ..Conditions::default()
                        })),
                        ..Order::default()
                    });
                    context.explain(ExplainOrder {
                        order_id,
                        parent: Some(running.parent),
                        text: slice.decision.to_string(),
                    });
                    self.slices.insert(order_id, (slice.slice, false));
                    self.orders.insert(slice.slice, order_id);
                }
                Outcome::Cancel(slice) => {
                    if let Some(order_id) = self.orders.get(&slice) {
                        context.cancel(*order_id);
                    }
                }
                Outcome::LeftOver { route, volume } => {
                    let parent = self.running[route.0 as usize].parent;
                    context.explain(ExplainOrder {
                        order_id: parent,
                        parent: Some(parent),
                        text: format!("{volume} left over: no place takes it within the limit"),
                    });
                }
            }
        }
        self.out = out;
        self.end(context);
    }

    /// Reports the end of each order that has nothing open, once.
    fn end(&mut self, context: &mut Context) {
        for (number, running) in self.running.iter_mut().enumerate() {
            let Some(told) = self.router.progress(RouteNo(number as u32)) else {
                continue;
            };
            if running.is_ended || told.open > Volume::ZERO {
                continue;
            }
            running.is_ended = true;
            let reason = if told.left_over > Volume::ZERO {
                ParentEndReason::TimeOver
            } else {
                ParentEndReason::Filled
            };
            context.end_parent(EndParent {
                parent: running.parent,
                reason,
                filled: told.filled,
                unfilled: (running.volume - told.filled).max(Volume::ZERO),
                end_price: context.top(running.instrument).mid(),
            });
        }
    }
}

const fn time_in_force(kind: Kind) -> TimeInForce {
    match kind {
        Kind::Sweep | Kind::Ping => TimeInForce::ImmediateOrCancel,
        Kind::Rest | Kind::Auction => TimeInForce::Day,
    }
}
