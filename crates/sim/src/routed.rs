//! Orders of a strategy over several venues: drives a router by what the strategy observes, and carries out
//! what it asks for through the strategy's context.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use wattbook_domain::event::OrderState;
use wattbook_domain::market::{MarketEvent, Phase};
use wattbook_domain::order::Conditions;
use wattbook_domain::parent::{Algorithm, EndParent, ExplainOrder, OpenParent, ParentEndReason};
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, Price, Side, SignalId, TimeInForce, Timestamp, Volume,
};
use wattbook_execution::router::{
    Kind, Left, Outcome, PlaceTerms, RouteForecast, RouteNo, RouteOrder, RouteProgress, Router,
    RouterCare, SliceNo, SliceReport,
};
use wattbook_strategy::{Context, Observation};

use crate::displayed::Displayed;
use crate::parents::instrument_of;

/// A routed order as it is told to the engine.
#[derive(Debug, Clone, Copy)]
struct Running {
    parent: OrderId,
    signal: SignalId,
    instrument: InstrumentId,
    volume: Volume,
    is_ended: bool,
    /// Why something of it was left over last.
    left: Option<Left>,
}

/// The routed orders of one strategy. Each is a parent order in the journal; each slice names it and is
/// followed by the decision that made it, and so is what nobody took.
#[derive(Debug, Default)]
pub struct RoutedOrders {
    router: Router,
    displayed: BTreeMap<InstrumentId, Displayed>,
    running: Vec<Running>,
    /// With whether the gate let it pass: a refusal after that is of a request.
    slices: FxHashMap<OrderId, (SliceNo, bool)>,
    orders: FxHashMap<SliceNo, OrderId>,
    out: Vec<Outcome>,
    armed: Option<Timestamp>,
}

impl RoutedOrders {
    /// No orders yet, over `places`.
    pub fn new(places: impl IntoIterator<Item = PlaceTerms>, care: RouterCare) -> Self {
        let places: Vec<PlaceTerms> = places.into_iter().collect();
        let displayed = places.iter();
        Self {
            displayed: displayed
                .map(|place| (place.instrument, Displayed::new(place.grids)))
                .collect(),
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
        self.tell_levels();
        let middle = context.top(instrument).mid();
        let forecast = self.router.forecast(now, &order, middle, |place| {
            self.displayed.get(&place)?.slope(order.side)
        });
        let forecast_price = forecast.and_then(|told| Price::from_f64(told.price).ok());
        let parent = context.open_parent(OpenParent {
            instrument,
            side: order.side,
            algorithm: Algorithm::Sweep,
            volume: order.volume,
            limit: Some(order.limit),
            starts: now,
            ends: Timestamp::MAX,
            arrival_price: middle,
            forecast_price,
            forecast_fee: forecast.and_then(|told| Price::from_f64(told.fees).ok()),
            ..OpenParent::default()
        });
        context.explain(ExplainOrder {
            order_id: parent,
            parent: Some(parent),
            text: expectation(forecast, order.rests),
        });
        self.running.push(Running {
            parent,
            signal,
            instrument,
            volume: order.volume,
            is_ended: false,
            left: None,
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
            Observation::Market(event) => self.on_market(event, context.now(), &mut out),
            Observation::Event(event) => {
                self.tell_levels();
                self.on_event(event, context.now(), &mut out);
            }
            _ => {}
        }
        if self.router.wake().is_some() {
            self.tell_levels();
            self.router.proceed(context.now(), &mut out);
        }
        self.carry_out(out, context);
        let wake = self.router.wake();
        if let Some(wake) = wake.filter(|_| wake != self.armed) {
            context.wake_at(wake);
            self.armed = Some(wake);
        }
    }

    fn on_market(&mut self, event: &MarketEvent, now: Timestamp, out: &mut Vec<Outcome>) {
        let instrument = instrument_of(event);
        let Some(displayed) = self.displayed.get_mut(&instrument) else {
            return;
        };
        if let Some(hidden) = displayed.observe(now, event) {
            self.router.learn_hidden(instrument, hidden);
        }
        match event {
            // Where single orders are told the best prices follow from them.
            MarketEvent::Quote(quote) if !displayed.tells_orders() => {
                let (bid, ask) = (
                    (quote.bid_price, quote.bid_volume),
                    (quote.ask_price, quote.ask_volume),
                );
                self.router.set_best(instrument, Side::Buy, bid);
                self.router.set_best(instrument, Side::Sell, ask);
            }
            MarketEvent::SessionPhase(told) => {
                self.router.set_phase(instrument, told.phase, out);
                // No feed tells where a call would clear: near the last trade, as far as anybody knows.
                let is_call = matches!(told.phase, Phase::OpeningCall | Phase::ClosingCall);
                let indicative = displayed.last_trade().filter(|_| is_call);
                self.router.set_indicative(instrument, indicative);
            }
            _ => {}
        }
    }

    /// Tells the router the levels of the books that changed.
    fn tell_levels(&mut self) {
        for (instrument, displayed) in &mut self.displayed {
            if let Some([bids, asks]) = displayed.news() {
                self.router.set_levels(*instrument, Side::Buy, &bids);
                self.router.set_levels(*instrument, Side::Sell, &asks);
            }
        }
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
                        time_in_force: self.time_in_force(slice.instrument, slice.decision.kind),
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
                Outcome::LeftOver {
                    route,
                    volume,
                    why,
                    scores,
                } => {
                    let running = &mut self.running[route.0 as usize];
                    running.left = Some(why);
                    let why = match why {
                        Left::NoPlace => "no place takes it within the limit",
                        Left::Attempts => "attempt after attempt brought nothing",
                    };
                    let scores: Vec<String> = scores.iter().map(ToString::to_string).collect();
                    context.explain(ExplainOrder {
                        order_id: running.parent,
                        parent: Some(running.parent),
                        text: format!("{volume} left over: {why}; {}", scores.join("; ")),
                    });
                }
            }
        }
        self.out = out;
        self.end(context);
    }

    /// What an auction leaves goes elsewhere, so it does not stay for continuous trading.
    fn time_in_force(&self, place: InstrumentId, kind: Kind) -> TimeInForce {
        let phase = self.displayed.get(&place).map(Displayed::phase);
        match kind {
            Kind::Sweep | Kind::Ping => TimeInForce::ImmediateOrCancel,
            Kind::Rest => TimeInForce::Day,
            Kind::Auction if phase == Some(Phase::ClosingCall) => TimeInForce::AtClose,
            Kind::Auction => TimeInForce::AtOpen,
        }
    }

    /// Reports the end of each order that has nothing open, once.
    fn end(&mut self, context: &mut Context) {
        for (number, running) in self.running.iter_mut().enumerate() {
            let Some(told) = self.router.progress(RouteNo(number as u32)) else {
                continue;
            };
            if running.is_ended || told.open + told.waiting > Volume::ZERO {
                continue;
            }
            running.is_ended = true;
            let reason = match running.left {
                None => ParentEndReason::Filled,
                Some(Left::NoPlace) => ParentEndReason::LimitReached,
                Some(Left::Attempts) => ParentEndReason::Refused,
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

/// What is expected of an order, as a sentence for the journal.
fn expectation(forecast: Option<RouteForecast>, rests: bool) -> String {
    let Some(told) = forecast else {
        return "its places are not known well enough for a forecast".to_owned();
    };
    let RouteForecast {
        price,
        fees,
        displayed,
        beyond,
        left,
    } = told;
    let rest = if rests { "to rest" } else { "left over" };
    format!(
        "expected at {price:.2} and fees of {fees:.3}: {displayed:.1} as displayed, {beyond:.1} beyond, {left:.1} {rest}"
    )
}
