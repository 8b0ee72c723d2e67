//! Parent orders of a strategy: drives their executions by what the strategy observes, and carries out
//! what they ask for through its context.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;
use wattbook_domain::command::Direction;
use wattbook_domain::event::{OrderState, OrderStateChanged};
use wattbook_domain::instrument::Instrument;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::order::Conditions;
use wattbook_domain::parent::{EndParent, OpenParent, ParentEndReason};
use wattbook_domain::{
    Event, InstrumentId, Order, OrderId, Price, Side, SignalId, TimeInForce, Timestamp, Volume,
};
use wattbook_execution::algorithms::{
    Action, AlgorithmError, ChildNo, ChildOrder, ChildReport, CostForecast, Execution, Fees, Grids,
    MarketFit, MarketModel, ParentProgress, ParentTerms, Setup, Style, forecast_cost,
};
use wattbook_strategy::{Context, Observation, Strategy};

/// After so many seconds what was taken is there again: what the temporary impact is reckoned with.
pub(crate) const REFILL_SECONDS: f64 = 10.0;
/// The share of a parent that is expected to be taken rather than to rest.
const TAKEN: f64 = 0.5;

/// A parent order to be worked.
#[derive(Debug, Clone)]
pub struct ParentRequest {
    /// What is traded.
    pub instrument: InstrumentId,
    /// Buy or sell.
    pub side: Side,
    /// How much, in volume units.
    pub volume: Volume,
    /// Beyond it no child trades.
    pub limit: Option<Price>,
    /// First instant of its children.
    pub starts: Timestamp,
    /// When the last of them is taken back.
    pub ends: Timestamp,
    /// How it is worked.
    pub setup: Setup,
    /// The signal that its children name; 0 for none.
    pub signal: SignalId,
}

/// Where a parent order stands, with what was forecast of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ParentReport {
    /// Which parent.
    pub parent: OrderId,
    /// Its terms.
    pub terms: ParentTerms,
    /// Where it stands.
    pub progress: ParentProgress,
    /// What it was expected to cost, if the market was known well enough.
    pub forecast: Option<CostForecast>,
    /// The market that the forecast was made in.
    pub model: Option<MarketModel>,
}

/// A parent order at work.
#[derive(Debug)]
struct Running {
    parent: OrderId,
    signal: SignalId,
    execution: Execution,
    forecast: Option<CostForecast>,
    model: Option<MarketModel>,
    /// Whether its end was reported.
    is_reported: bool,
}

/// A child on its way or in the market.
#[derive(Debug, Clone, Copy)]
struct Known {
    running: usize,
    child: ChildNo,
    volume: Volume,
    /// Whether the gate let it pass; a refusal after that is of a request.
    is_routed: bool,
}

/// The parent orders of one strategy.
#[derive(Debug, Default)]
pub struct Parents {
    grids: BTreeMap<InstrumentId, Grids>,
    /// When the closing calls begin, of the instruments whose venue has told it.
    calls: BTreeMap<InstrumentId, Timestamp>,
    /// What venues charge, of the instruments where that is known.
    fees: BTreeMap<InstrumentId, Fees>,
    fits: FxHashMap<InstrumentId, MarketFit>,
    running: Vec<Running>,
    /// Places in `running` of those that have not ended.
    live: Vec<usize>,
    children: FxHashMap<OrderId, Known>,
    orders: FxHashMap<(usize, ChildNo), OrderId>,
    actions: Vec<Action>,
    armed: Option<Timestamp>,
}

impl Parents {
    /// No parents yet, of a strategy that may trade `instruments`.
    #[must_use]
    pub fn new<'a>(instruments: impl IntoIterator<Item = &'a Instrument>) -> Self {
        let mut this = Self::default();
        for instrument in instruments {
            let (tick, lot) = (instrument.tick, instrument.lot);
            this.list(instrument.instrument, Grids { tick, lot });
        }
        this
    }

    /// Lets `instrument` be traded.
    pub fn list(&mut self, instrument: InstrumentId, grids: Grids) {
        self.grids.insert(instrument, grids);
    }

    /// The same, knowing when closing calls begin: what is left is worked before them.
    #[must_use]
    pub fn with_calls(
        mut self,
        calls: impl IntoIterator<Item = (InstrumentId, Timestamp)>,
    ) -> Self {
        self.calls.extend(calls);
        self
    }

    /// The same, knowing what venues charge: forecasts tell it.
    #[must_use]
    pub fn with_fees(mut self, fees: impl IntoIterator<Item = (InstrumentId, Fees)>) -> Self {
        self.fees.extend(fees);
        self
    }

    /// The terms of `request`.
    fn terms(&self, request: &ParentRequest) -> Result<ParentTerms, AlgorithmError> {
        let instrument = request.instrument;
        let grids = self.grids.get(&instrument).copied();
        Ok(ParentTerms {
            instrument,
            side: request.side,
            volume: request.volume,
            limit: request.limit,
            starts: request.starts,
            ends: request.ends,
            call_begins: self.calls.get(&instrument).copied(),
            grids: grids.ok_or(AlgorithmError::UnknownInstrument { instrument })?,
        })
    }

    /// Whether nothing is worked.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.live.is_empty()
    }

    /// Begins to work `request`.
    ///
    /// # Errors
    /// [`AlgorithmError`] for terms or parameters that do not fit, or an instrument that is not listed.
    pub fn open(
        &mut self,
        request: &ParentRequest,
        context: &mut Context,
    ) -> Result<OrderId, AlgorithmError> {
        let terms = self.terms(request)?;
        let instrument = terms.instrument;
        let fit = self.fits.entry(instrument).or_default();
        let model = fit.model(REFILL_SECONDS);
        let rule = request.setup.build(&terms, model.as_ref())?;
        let fees = self.fees.get(&instrument).copied().unwrap_or_default();
        let forecast = model
            .as_ref()
            .map(|model| forecast_cost(model, &terms, rule.as_ref(), TAKEN, fees));
        let mut execution = Execution::new(terms, rule, request.setup.care()?)?;
        execution.set_market(*fit.state());
        let arrival_price = fit.state().mid();
        let forecast_price = forecast.zip(arrival_price).and_then(|(forecast, arrival)| {
            Price::from_f64(forecast.price(terms.side, arrival.to_f64())).ok()
        });
        let parent = context.open_parent(OpenParent {
            instrument,
            side: terms.side,
            algorithm: request.setup.algorithm,
            volume: terms.volume,
            limit: terms.limit,
            starts: terms.starts,
            ends: terms.ends,
            arrival_price,
            forecast_price,
            forecast_fee: forecast.and_then(|forecast| Price::from_f64(forecast.fees).ok()),
            ..OpenParent::default()
        });
        let place = self.running.len();
        self.running.push(Running {
            parent,
            signal: request.signal,
            execution,
            forecast,
            model,
            is_reported: false,
        });
        self.live.push(place);
        self.drive(place, context, |execution, now, out| {
            execution.on_time(now, out);
        });
        self.arm(context);
        Ok(parent)
    }

    /// Takes the children of `parent` back and ends it; an unknown one is left.
    pub fn stop(&mut self, parent: OrderId, context: &mut Context) {
        let found = self.running.iter().position(|it| it.parent == parent);
        if let Some(place) = found {
            self.drive(place, context, |execution, now, out| {
                execution.stop(now, ParentEndReason::Requested, out);
            });
        }
    }

    /// Where `parent` stands.
    #[must_use]
    pub fn report(&self, parent: OrderId) -> Option<ParentReport> {
        let found = self.running.iter().find(|it| it.parent == parent);
        found.map(report)
    }

    /// Where all stand, in order of their beginning.
    pub fn reports(&self) -> impl Iterator<Item = ParentReport> {
        self.running.iter().map(report)
    }

    /// Takes what the strategy observes over, before the strategy itself.
    #[inline]
    pub fn observe(&mut self, observation: &Observation<'_>, context: &mut Context) {
        match observation {
            Observation::Market(event) => self.on_market(event, context),
            Observation::Event(event) => self.on_event(event, context),
            Observation::Time => {
                for place in self.live.clone() {
                    self.drive(place, context, |execution, now, out| {
                        execution.on_time(now, out);
                    });
                }
            }
            _ => return,
        }
        if !self.live.is_empty() {
            self.arm(context);
        }
    }

    fn on_market(&mut self, event: &MarketEvent, context: &mut Context) {
        let instrument = instrument_of(event);
        if let Some(fit) = self.fits.get_mut(&instrument) {
            fit.apply(context.now(), event);
        } else if self.grids.contains_key(&instrument) {
            let fit = self.fits.entry(instrument).or_default();
            fit.apply(context.now(), event);
        }
        for index in (0..self.live.len()).rev() {
            let place = self.live[index];
            if self.running[place].execution.terms().instrument == instrument {
                self.drive(place, context, |execution, now, out| {
                    execution.on_market(now, event, out);
                });
            }
        }
    }

    fn on_event(&mut self, event: &Event, context: &mut Context) {
        let (order_id, report) = match event {
            Event::OrderRouted(routed) => {
                if let Some(known) = self.children.get_mut(&routed.order_id) {
                    known.is_routed = true;
                }
                return;
            }
            Event::Filled(fill) => {
                let (price, volume) = (fill.price, fill.volume);
                (fill.order_id, ChildReport::Filled { price, volume })
            }
            Event::Refused(refused) => {
                let Some(known) = self.children.get(&refused.order_id) else {
                    return;
                };
                let report = if known.is_routed {
                    ChildReport::RequestRefused
                } else {
                    ChildReport::Refused
                };
                (refused.order_id, report)
            }
            Event::OrderStateChanged(changed) => {
                let known = self.children.get_mut(&changed.order_id);
                let Some(report) = known.and_then(|known| meaning(known, changed)) else {
                    return;
                };
                (changed.order_id, report)
            }
            _ => return,
        };
        let Some(known) = self.children.get(&order_id).copied() else {
            return;
        };
        if matches!(report, ChildReport::Refused | ChildReport::Ended) {
            self.children.remove(&order_id);
            self.orders.remove(&(known.running, known.child));
        }
        self.drive(known.running, context, |execution, now, out| {
            execution.on_report(now, known.child, report, out);
        });
    }

    /// Lets an execution act and carries out what it asks for.
    #[inline]
    fn drive(
        &mut self,
        place: usize,
        context: &mut Context,
        act: impl FnOnce(&mut Execution, Timestamp, &mut Vec<Action>),
    ) {
        let mut actions = std::mem::take(&mut self.actions);
        let running = &mut self.running[place];
        act(&mut running.execution, context.now(), &mut actions);
        for action in actions.drain(..) {
            self.carry_out(place, action, context);
        }
        self.actions = actions;
        self.end(place, context);
    }

    fn carry_out(&mut self, place: usize, action: Action, context: &mut Context) {
        match action {
            Action::Place { child, order } => {
                let running = &self.running[place];
                let terms = running.execution.terms();
                let order_id = context.submit(child_order(running, terms, order));
                let known = Known {
                    running: place,
                    child,
                    volume: order.volume,
                    is_routed: false,
                };
                self.children.insert(order_id, known);
                self.orders.insert((place, child), order_id);
            }
            Action::Reduce {
                child,
                price,
                volume,
            } => {
                if let Some(order_id) = self.orders.get(&(place, child)) {
                    context.amend(*order_id, price, volume, None);
                }
            }
            Action::Cancel { child } => {
                if let Some(order_id) = self.orders.get(&(place, child)) {
                    context.cancel(*order_id);
                }
            }
        }
    }

    /// Reports the end of a parent, once.
    fn end(&mut self, place: usize, context: &mut Context) {
        let running = &mut self.running[place];
        let Some(reason) = running.execution.ended().filter(|_| !running.is_reported) else {
            return;
        };
        running.is_reported = true;
        let progress = running.execution.progress();
        context.end_parent(EndParent {
            parent: running.parent,
            reason,
            filled: progress.filled,
            unfilled: progress.remaining,
            end_price: running.execution.market().mid(),
        });
        self.live.retain(|live| *live != place);
    }

    /// Asks to be woken when the first of the executions wants to.
    fn arm(&mut self, context: &mut Context) {
        let wakes = self.live.iter();
        let wakes = wakes.filter_map(|place| self.running[*place].execution.wake());
        let Some(wake) = wakes.min() else {
            return;
        };
        // An alarm that is still to come and not later serves.
        let serves = |armed: Timestamp| armed > context.now() && armed <= wake;
        if !self.armed.is_some_and(serves) {
            self.armed = Some(wake);
            context.wake_at(wake);
        }
    }
}

fn report(running: &Running) -> ParentReport {
    ParentReport {
        parent: running.parent,
        terms: *running.execution.terms(),
        progress: running.execution.progress(),
        forecast: running.forecast,
        model: running.model,
    }
}

/// A child as an order of the domain.
fn child_order(running: &Running, terms: &ParentTerms, order: ChildOrder) -> Order {
    let (time_in_force, display_volume) = match order.style {
        Style::Rest { display } => (TimeInForce::Day, display),
        Style::Take => (TimeInForce::ImmediateOrCancel, None),
        Style::Close => (TimeInForce::AtClose, None),
    };
    let conditions = Conditions {
        parent: Some(running.parent),
        // The venue refuses to show more than there is.
        display_volume: display_volume.filter(|display| *display < order.volume),
        ..Conditions::default()
    };
    Order {
        instrument: terms.instrument,
        side: terms.side,
        time_in_force,
        price: order.price,
        volume: order.volume,
        signal: running.signal,
        conditions: Some(Box::new(conditions)),
        ..Order::default()
    }
}

/// What a change of state means to the execution; nothing where a fill has told it already.
fn meaning(known: &mut Known, changed: &OrderStateChanged) -> Option<ChildReport> {
    Some(match changed.state {
        OrderState::Rejected => ChildReport::Refused,
        _ if changed.has_ended() => ChildReport::Ended,
        OrderState::PendingNew | OrderState::PendingCancel | OrderState::PendingAmend => {
            return None;
        }
        _ => {
            let volume = changed.filled + changed.open;
            if changed.reason.is_some() {
                ChildReport::RequestRefused
            } else if volume != known.volume {
                known.volume = volume;
                ChildReport::Resized { volume }
            } else if changed.state == OrderState::Accepted {
                ChildReport::Accepted
            } else {
                return None;
            }
        }
    })
}

pub(crate) const fn instrument_of(event: &MarketEvent) -> InstrumentId {
    match event {
        MarketEvent::Quote(quote) => quote.instrument,
        MarketEvent::Trade(trade) => trade.instrument,
        MarketEvent::BookDelta(delta) => delta.instrument,
        MarketEvent::ReferencePrice(price) => price.instrument,
        MarketEvent::SessionPhase(phase) => phase.instrument,
        _ => InstrumentId(u32::MAX),
    }
}

/// Works given parent orders: each begins at its time.
#[derive(Debug)]
pub struct ExecuteStrategy {
    parents: Parents,
    /// Still to begin, the next one last.
    requests: Vec<ParentRequest>,
}

impl ExecuteStrategy {
    /// A strategy that works `requests` with `parents`.
    ///
    /// # Errors
    /// [`AlgorithmError`] for terms or parameters that do not fit.
    pub fn new(parents: Parents, requests: Vec<ParentRequest>) -> Result<Self, AlgorithmError> {
        for request in &requests {
            let terms = parents.terms(request)?;
            terms.check()?;
            request.setup.build(&terms, None)?;
        }
        let mut requests = requests;
        requests.sort_by_key(|request| std::cmp::Reverse(request.starts));
        Ok(Self { parents, requests })
    }

    /// Its parent orders.
    #[must_use]
    pub const fn parents(&self) -> &Parents {
        &self.parents
    }

    /// Begins what is due. Whoever gave the order has decided: its signal states certainty.
    fn begin(&mut self, context: &mut Context) {
        while let Some(request) = self
            .requests
            .pop_if(|request| request.starts <= context.now())
        {
            let mid = context.top(request.instrument).mid();
            let direction = match request.side {
                Side::Buy => Direction::Rise,
                Side::Sell => Direction::Fall,
            };
            let signal = context.record_signal(
                request.instrument,
                (direction, 1_000_000),
                mid.unwrap_or_default(),
                request.ends,
            );
            let request = ParentRequest { signal, ..request };
            let opened = self.parents.open(&request, context);
            assert!(opened.is_ok(), "{opened:?}: the terms were checked before");
        }
        if let Some(next) = self.requests.last() {
            context.wake_at(next.starts);
        }
    }
}

impl Strategy for ExecuteStrategy {
    fn on_start(&mut self, context: &mut Context) {
        self.begin(context);
    }

    #[inline]
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        self.parents.observe(observation, context);
        let is_due = |request: &ParentRequest| request.starts <= context.now();
        if self.requests.last().is_some_and(is_due) {
            self.begin(context);
        }
    }
}
