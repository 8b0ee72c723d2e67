//! A strategy that works orders of several legs at given instants.

use rustc_hash::FxHashMap;
use wattbook_domain::command::Direction;
use wattbook_domain::event::OrderState;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::order::Conditions;
use wattbook_domain::parent::{Algorithm, EndParent, ExplainOrder, OpenParent};
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, Price, SignalId, TimeInForce, Timestamp, Volume,
};
use wattbook_execution::algorithms::{ChildNo, ChildReport, MarketFit, MarketModel};
use wattbook_execution::legs::{
    LegAction, LegCare, LegsError, LegsExecution, LegsForecast, LegsPace, LegsProgress, LegsTerms,
    forecast_leg, forecast_legs,
};
use wattbook_strategy::{Context, Observation, Strategy};

use crate::parents::REFILL_SECONDS;

/// Works one order of several legs: each leg is a parent in the journal, whose children name it. The forecast
/// and the end of the whole are explained with the first.
#[derive(Debug)]
pub struct LegsStrategy {
    execution: LegsExecution,
    fits: Vec<MarketFit>,
    /// The parents of the legs, once it has begun, and the signal that its children name.
    parents: Option<(Vec<OrderId>, SignalId)>,
    forecast: Option<LegsForecast>,
    /// With whether the gate let it pass: a refusal after that is of a request.
    children: FxHashMap<OrderId, (ChildNo, bool)>,
    out: Vec<LegAction>,
    is_reported: bool,
}

impl LegsStrategy {
    /// A strategy that works `terms` with `care`.
    ///
    /// # Errors
    /// [`LegsError`] for terms that do not hold together.
    pub fn new(terms: LegsTerms, care: LegCare) -> Result<Self, LegsError> {
        let fits = vec![MarketFit::default(); terms.legs.len()];
        Ok(Self {
            execution: LegsExecution::new(terms, care)?,
            fits,
            parents: None,
            forecast: None,
            children: FxHashMap::default(),
            out: Vec::new(),
            is_reported: false,
        })
    }

    /// Where it stands.
    #[must_use]
    pub fn progress(&self) -> LegsProgress {
        self.execution.progress()
    }

    /// What a unit was expected to cost before it began, where its markets were known well enough.
    #[must_use]
    pub const fn forecast(&self) -> Option<LegsForecast> {
        self.forecast
    }

    fn begin(&mut self, context: &mut Context) {
        let terms = self.execution.terms();
        let models: Option<Vec<MarketModel>> = self
            .fits
            .iter()
            .map(|fit| fit.model(REFILL_SECONDS))
            .collect();
        self.forecast = models.map(|models| forecast_legs(terms, &models));
        let first = terms.legs[0];
        let middle = context.top(first.instrument).mid();
        // Whoever gave the order has decided: its signal states certainty.
        let sure = (Direction::Flat, 1_000_000);
        let until = terms.ends;
        let (algorithm, starts, units) = match terms.pace {
            LegsPace::AtPrice => (Algorithm::Spread, terms.starts, terms.units),
            LegsPace::Even => (Algorithm::Basket, terms.starts, terms.units),
        };
        let signal =
            context.record_signal(first.instrument, sure, middle.unwrap_or_default(), until);
        let mut parents = Vec::new();
        for (leg, fit) in terms.legs.iter().zip(&self.fits) {
            let arrival_price = context.top(leg.instrument).mid();
            let cost = fit.model(REFILL_SECONDS);
            let cost = cost.map(|model| forecast_leg(terms, leg, &model));
            let forecast_price = cost.zip(arrival_price).and_then(|(cost, arrival)| {
                Price::from_f64(cost.price(leg.side, arrival.to_f64())).ok()
            });
            parents.push(context.open_parent(OpenParent {
                instrument: leg.instrument,
                side: leg.side,
                algorithm,
                volume: leg.volume(units),
                limit: leg.limit,
                starts,
                ends: until,
                arrival_price,
                forecast_price,
                forecast_fee: cost.and_then(|cost| Price::from_f64(cost.fees).ok()),
                ..OpenParent::default()
            }));
        }
        let expected = self.forecast.map_or_else(
            || "its markets are not known well enough for a forecast".to_owned(),
            |forecast| {
                let (mean, deviation) = (forecast.mean(), forecast.deviation);
                let fees = forecast.fees;
                format!(
                    "a unit is expected to cost {mean:.2} beside the middles, give or take {deviation:.2}, and fees of {fees:.2}"
                )
            },
        );
        let legs = self.execution.terms().legs.iter().map(|leg| {
            let (side, ratio) = (leg.side, leg.ratio);
            format!("{side:?} {ratio} of #{}", leg.instrument.0)
        });
        let legs: Vec<String> = legs.collect();
        let text = format!("{units} units of {}; {expected}", legs.join(", "));
        for (place, parent) in parents.iter().enumerate() {
            context.explain(ExplainOrder {
                order_id: *parent,
                parent: Some(parents[0]),
                text: match place {
                    0 => text.clone(),
                    _ => "a leg of it".to_owned(),
                },
            });
        }
        for (place, fit) in self.fits.iter().enumerate() {
            self.execution.set_market(place, *fit.state());
        }
        self.parents = Some((parents, signal));
    }

    /// Lets the execution act once it has begun, and carries out what it asks for.
    fn drive(
        &mut self,
        context: &mut Context,
        act: impl FnOnce(&mut LegsExecution, Timestamp, &mut Vec<LegAction>),
    ) {
        let now = context.now();
        if self.parents.is_none() && now >= self.execution.terms().starts {
            self.begin(context);
        }
        let Some((parents, signal)) = self.parents.as_ref().filter(|_| !self.is_reported) else {
            return;
        };
        let mut out = std::mem::take(&mut self.out);
        act(&mut self.execution, now, &mut out);
        for action in out.drain(..) {
            let order_id = context.submit(Order {
                instrument: action.instrument,
                side: action.side,
                time_in_force: TimeInForce::ImmediateOrCancel,
                price: action.price,
                volume: action.volume,
                signal: *signal,
                conditions: Some(Box::new(Conditions {
                    parent: Some(parents[action.leg]),
                    ..Conditions::default()
                })),
                ..Order::default()
            });
            self.children.insert(order_id, (action.child, false));
        }
        self.out = out;
        self.end(context);
        if let Some(wake) = self.execution.wake() {
            context.wake_at(wake);
        }
    }

    /// Reports the end, once, with what a leg is ahead of the others.
    fn end(&mut self, context: &mut Context) {
        let (Some(reason), Some((parents, _))) = (self.execution.ended(), &self.parents) else {
            return;
        };
        self.is_reported = true;
        let told = self.execution.progress();
        let legs = &self.execution.terms().legs;
        let ahead = legs.iter().zip(&told.ahead);
        let ahead: Vec<String> = ahead
            .filter(|(_, ahead)| **ahead != Volume::ZERO)
            .map(|(leg, ahead)| format!("#{} is {ahead} ahead", leg.instrument.0))
            .collect();
        let cost = told
            .mean_cost
            .map_or_else(String::new, |cost: Price| format!(" at {cost} each"));
        let text = format!(
            "{} units{cost}; {}",
            told.units,
            if ahead.is_empty() {
                "no leg is ahead".to_owned()
            } else {
                ahead.join(", ")
            }
        );
        context.explain(ExplainOrder {
            order_id: parents[0],
            parent: Some(parents[0]),
            text,
        });
        for ((leg, parent), filled) in legs.iter().zip(parents).zip(&told.filled) {
            let all = leg.volume(self.execution.terms().units);
            context.end_parent(EndParent {
                parent: *parent,
                reason,
                filled: *filled,
                unfilled: (all - *filled).max(Volume::ZERO),
                end_price: context.top(leg.instrument).mid(),
            });
        }
    }

    fn on_market(&mut self, event: &MarketEvent, context: &mut Context) {
        let Some(instrument) = instrument_of(event) else {
            return;
        };
        let legs = self.execution.terms().legs.iter();
        let place = legs.clone().position(|leg| leg.instrument == instrument);
        if let Some(place) = place {
            self.fits[place].apply(context.now(), event);
            self.drive(context, |execution, now, out| {
                execution.on_market(now, event, out);
            });
        }
    }

    fn on_report(&mut self, event: &Event, context: &mut Context) {
        let (order_id, report) = match event {
            Event::Filled(fill) => {
                let (price, volume) = (fill.price, fill.volume);
                (fill.order_id, ChildReport::Filled { price, volume })
            }
            Event::OrderRouted(routed) => {
                if let Some((_, is_routed)) = self.children.get_mut(&routed.order_id) {
                    *is_routed = true;
                }
                return;
            }
            Event::Refused(refused) => (refused.order_id, ChildReport::Refused),
            Event::OrderStateChanged(changed) => {
                let report = match changed.state {
                    OrderState::Rejected => ChildReport::Refused,
                    // A fill tells the rest.
                    OrderState::Filled => return,
                    _ if changed.has_ended() => ChildReport::Ended,
                    _ => return,
                };
                (changed.order_id, report)
            }
            _ => return,
        };
        let Some((child, is_routed)) = self.children.get(&order_id).copied() else {
            return;
        };
        if is_routed && matches!(event, Event::Refused(_)) {
            return;
        }
        self.drive(context, |execution, now, out| {
            execution.on_report(now, child, report, out);
        });
    }
}

impl Strategy for LegsStrategy {
    fn on_start(&mut self, context: &mut Context) {
        context.wake_at(self.execution.terms().starts);
    }

    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        match observation {
            Observation::Market(event) => self.on_market(event, context),
            Observation::Event(event) => self.on_report(event, context),
            Observation::Time => self.drive(context, |execution, now, out| {
                execution.on_time(now, out);
            }),
            _ => {}
        }
    }
}

const fn instrument_of(event: &MarketEvent) -> Option<InstrumentId> {
    match event {
        MarketEvent::Quote(quote) => Some(quote.instrument),
        MarketEvent::Trade(trade) => Some(trade.instrument),
        MarketEvent::SessionPhase(phase) => Some(phase.instrument),
        _ => None,
    }
}
