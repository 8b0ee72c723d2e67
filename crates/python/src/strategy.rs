//! Strategies written in Python.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use wattbook_domain::command::{Direction, SubmitOffer};
use wattbook_domain::market::{MarketEvent, Quote, ReferencePrice};
use wattbook_domain::order::Conditions;
use wattbook_domain::{
    InstrumentId, Order, OrderId, OrderType, Price, Side, SignalId, TimeInForce, Timestamp, Volume,
};
use wattbook_sim::{ParentRequest, Parents};
use wattbook_strategy::{Context, Forecast, Identity, Observation, Strategy};

use crate::parent::{self, ParentStatus};
use crate::sim::refused;

/// The first exception of a strategy's callbacks.
#[derive(Clone, Default, Debug)]
pub(crate) struct Fault(Arc<Mutex<Option<PyErr>>>);

impl Fault {
    pub(crate) fn set(&self, error: PyErr) {
        lock(&self.0).get_or_insert(error);
    }

    pub(crate) fn take(&self) -> Option<PyErr> {
        lock(&self.0).take()
    }

    fn is_set(&self) -> bool {
        lock(&self.0).is_some()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What a strategy knows and how it acts: given to `on_start`, to be used in callbacks.
#[pyclass(frozen, module = "wattbook.strategy")]
pub(crate) struct StrategyContext {
    context: Mutex<Context>,
    parents: Mutex<Parents>,
    /// The forecast that is being told: signals made of it name its model and decay with it.
    told: Mutex<Forecast>,
}

impl StrategyContext {
    pub(crate) fn new(identity: Identity) -> Self {
        Self {
            context: Mutex::new(Context::new(identity)),
            parents: Mutex::default(),
            told: Mutex::default(),
        }
    }

    pub(crate) fn get_mut(&self) -> MutexGuard<'_, Context> {
        lock(&self.context)
    }
}

#[pymethods]
impl StrategyContext {
    /// Time of the observation, in ns UTC.
    #[getter]
    fn now(&self) -> i64 {
        self.get_mut().now().nanos()
    }

    /// Submits an order; returns its id, by which it can be cancelled at once. `conditions` are the
    /// terms that a plain order leaves out; terms that contradict each other are refused by the gate.
    #[pyo3(signature = (instrument, side, price, volume, *, order_type=OrderType::Limit,
        time_in_force=TimeInForce::Day, signal=SignalId(0), conditions=None))]
    #[allow(clippy::too_many_arguments)]
    fn submit(
        &self,
        instrument: InstrumentId,
        side: Side,
        price: Price,
        volume: Volume,
        order_type: OrderType,
        time_in_force: TimeInForce,
        signal: SignalId,
        conditions: Option<Conditions>,
    ) -> u64 {
        let order = Order {
            instrument,
            side,
            order_type,
            time_in_force,
            price,
            volume,
            signal,
            conditions: conditions.map(Box::new),
            ..Order::default()
        };
        self.get_mut().submit(order).0
    }

    /// Asks for another price and total volume of an order, and for another trigger of a stop.
    #[pyo3(signature = (order_id, price, volume, trigger=None))]
    fn amend(&self, order_id: u64, price: Price, volume: Volume, trigger: Option<Price>) {
        self.get_mut()
            .amend(OrderId(order_id), price, volume, trigger);
    }

    /// Takes an order back.
    fn cancel(&self, order_id: u64) {
        self.get_mut().cancel(OrderId(order_id));
    }

    /// Takes every order of this strategy back.
    fn cancel_all(&self) {
        self.get_mut().cancel_all();
    }

    /// Hands in a signal with its confidence in [0, 1]; returns its id for the orders that it causes. One
    /// that is handed in by `on_forecast` names the model of the forecast.
    #[pyo3(signature = (instrument, direction, confidence, forecast_price, valid_until))]
    fn record_signal(
        &self,
        instrument: InstrumentId,
        direction: Direction,
        confidence: f64,
        forecast_price: Price,
        valid_until: Timestamp,
    ) -> u64 {
        let forecast = Forecast {
            instrument,
            price: forecast_price,
            confidence_ppm: (confidence.clamp(0.0, 1.0) * 1e6) as u32,
            valid_until,
            ..*lock(&self.told)
        };
        self.get_mut().record_forecast(direction, &forecast).0
    }

    /// Whether a signal of this confidence in [0, 1] may trade.
    fn is_sure(&self, confidence: f64) -> bool {
        self.get_mut()
            .is_sure((confidence.clamp(0.0, 1.0) * 1e6) as u32)
    }

    /// Offers into a pool or auction; returns the offer's id. Offers with the same `block`, of which
    /// there are `block_legs`, are one block order of an auction, all or nothing, at one limit; it is
    /// not taken without `parent_block`, and only one of an `exclusive_group` is.
    #[pyo3(signature = (instrument, side, price, volume, *, signal=SignalId(0), block=None, block_legs=None,
        parent_block=None, exclusive_group=None))]
    #[allow(clippy::too_many_arguments)]
    fn submit_offer(
        &self,
        instrument: InstrumentId,
        side: Side,
        price: Price,
        volume: Volume,
        signal: SignalId,
        block: Option<u64>,
        block_legs: Option<u32>,
        parent_block: Option<u64>,
        exclusive_group: Option<u64>,
    ) -> u64 {
        let offer = SubmitOffer {
            instrument,
            side,
            price,
            volume,
            signal,
            block,
            block_legs,
            parent_block,
            exclusive_group,
            ..SubmitOffer::default()
        };
        self.get_mut().submit_terms(offer).0
    }

    /// States what the strategy's asset will deliver (+) or consume (−), in MW.
    fn submit_schedule(&self, instrument: InstrumentId, volume: Volume) {
        self.get_mut().submit_schedule(instrument, volume);
    }

    /// Begins a parent order, which the algorithm works in child orders from `starts` (now if left out)
    /// to `ends`; returns its id. None of its children is worse than `limit`. `parameters` are those of
    /// the algorithm; `history` has a row a day of the market's volumes by part of the time, newest last.
    #[pyo3(signature = (instrument, side, volume, *, algorithm, ends, starts=None, limit=None,
        parameters=None, history=None, half_life=5.0, signal=SignalId(0)))]
    #[allow(clippy::too_many_arguments)]
    fn execute(
        &self,
        instrument: InstrumentId,
        side: Side,
        volume: Volume,
        algorithm: &str,
        ends: Timestamp,
        starts: Option<Timestamp>,
        limit: Option<Price>,
        parameters: Option<BTreeMap<String, f64>>,
        history: Option<Vec<Vec<f64>>>,
        half_life: f64,
        signal: SignalId,
    ) -> PyResult<u64> {
        let setup = parent::setup(algorithm, parameters, history, half_life)?;
        let mut context = self.get_mut();
        let request = ParentRequest {
            instrument,
            side,
            volume,
            limit,
            starts: starts.unwrap_or_else(|| context.now()),
            ends,
            setup,
            signal,
        };
        let parent = lock(&self.parents).open(&request, &mut context);
        Ok(parent.map_err(refused)?.0)
    }

    /// Takes the children of a parent order back and ends it.
    fn stop_parent(&self, parent: u64) {
        lock(&self.parents).stop(OrderId(parent), &mut self.get_mut());
    }

    /// Where a parent order stands; None for a number that is none.
    fn parent(&self, parent: u64) -> Option<ParentStatus> {
        let report = lock(&self.parents).report(OrderId(parent))?;
        Some(ParentStatus::new(&report))
    }

    /// Asks for `on_time` at `ts` (ns UTC).
    fn wake_at(&self, ts: Timestamp) {
        self.get_mut().wake_at(ts);
    }

    /// Net position in volume units, long above zero.
    fn position(&self, instrument: InstrumentId) -> f64 {
        self.get_mut().position(instrument).to_f64()
    }

    /// What the open orders would add to the position, in volume units.
    fn working(&self, instrument: InstrumentId) -> f64 {
        self.get_mut().working(instrument).to_f64()
    }

    /// Highest price bid and its volume, or None.
    fn best_bid(&self, instrument: InstrumentId) -> Option<(f64, f64)> {
        floats(self.get_mut().top(instrument).bid)
    }

    /// Lowest price asked and its volume, or None.
    fn best_ask(&self, instrument: InstrumentId) -> Option<(f64, f64)> {
        floats(self.get_mut().top(instrument).ask)
    }
}

fn floats(level: Option<(Price, Volume)>) -> Option<(f64, f64)> {
    level.map(|(price, volume)| (price.to_f64(), volume.to_f64()))
}

/// A Python object as a strategy: the callbacks that it has are called, the others are not.
pub(crate) struct PythonStrategy {
    strategy: Py<PyAny>,
    on_quote: Option<Py<PyAny>>,
    on_event: Option<Py<PyAny>>,
    on_forecast: Option<Py<PyAny>>,
    on_reference_price: Option<Py<PyAny>>,
    on_time: Option<Py<PyAny>>,
    instrument: Option<InstrumentId>,
    context: Option<Py<StrategyContext>>,
    /// The parents that its context starts with.
    parents: Option<Parents>,
    fault: Fault,
}

impl PythonStrategy {
    pub(crate) fn new(
        py: Python<'_>,
        strategy: Py<PyAny>,
        parents: Parents,
        fault: Fault,
    ) -> PyResult<Self> {
        let method = |name: &str| -> PyResult<Option<Py<PyAny>>> {
            Ok(strategy.bind(py).getattr_opt(name)?.map(Bound::unbind))
        };
        let instrument = match method("instrument")? {
            Some(number) => number.extract(py)?,
            None => None,
        };
        Ok(Self {
            on_quote: method("on_quote")?,
            on_event: method("on_event")?,
            on_forecast: method("on_forecast")?,
            on_reference_price: method("on_reference_price")?,
            on_time: method("on_time")?,
            instrument,
            context: None,
            parents: Some(parents),
            strategy,
            fault,
        })
    }

    /// Runs `call` with the Python context in place of `context`.
    fn with_context(
        &mut self,
        context: &mut Context,
        call: impl FnOnce(&Self, Python<'_>, &Py<StrategyContext>) -> PyResult<()>,
    ) {
        if self.fault.is_set() {
            return;
        }
        Python::attach(|py| {
            let called = if let Some(ours) = self.context.take() {
                Ok(ours)
            } else {
                let made = StrategyContext::new(context.identity());
                if let Some(parents) = self.parents.take() {
                    *lock(&made.parents) = parents;
                }
                Py::new(py, made)
            };
            let done = called.and_then(|ours| {
                std::mem::swap(context, &mut ours.get().get_mut());
                let done = call(self, py, &ours);
                std::mem::swap(context, &mut ours.get().get_mut());
                self.context = Some(ours);
                done
            });
            if let Err(error) = done {
                self.fault.set(error);
            }
        });
    }
}

impl Strategy for PythonStrategy {
    fn on_start(&mut self, context: &mut Context) {
        self.with_context(context, |this, py, ours| {
            match this.strategy.bind(py).getattr_opt("on_start")? {
                Some(on_start) => on_start.call1((ours,)).map(|_| ()),
                None => Ok(()),
            }
        });
    }

    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        if let Some(ours) = &self.context {
            lock(&ours.get().parents).observe(observation, context);
        }
        match observation {
            Observation::Market(MarketEvent::Quote(quote)) if self.on_quote.is_some() => {
                let is_ours = |instrument| instrument == quote.instrument;
                if !self.instrument.is_none_or(is_ours) {
                    return;
                }
                let ts = context.now();
                self.with_context(context, |this, py, _| {
                    this.on_quote
                        .as_ref()
                        .map_or(Ok(()), |call| call_quote(py, call, ts, quote))
                });
            }
            Observation::Market(MarketEvent::ReferencePrice(record))
                if self.on_reference_price.is_some() =>
            {
                let ReferencePrice {
                    instrument,
                    kind,
                    price,
                    ..
                } = *record;
                let arguments = (instrument, kind, price.to_f64());
                self.with_context(context, |this, py, _| {
                    call1(py, this.on_reference_price.as_ref(), arguments)
                });
            }
            Observation::Market(event) if self.on_event.is_some() => {
                self.with_context(context, |this, py, _| {
                    call1(py, this.on_event.as_ref(), ((*event).clone(),))
                });
            }
            Observation::Event(event) if self.on_event.is_some() => {
                self.with_context(context, |this, py, _| {
                    call1(py, this.on_event.as_ref(), ((*event).clone(),))
                });
            }
            Observation::Forecast(forecast) if self.on_forecast.is_some() => {
                let price = forecast.price.to_f64();
                let confidence = f64::from(forecast.confidence_ppm) / 1e6;
                let until = forecast.valid_until.nanos();
                let arguments = (forecast.instrument, price, confidence, until);
                self.with_context(context, |this, py, ours| {
                    *lock(&ours.get().told) = **forecast;
                    let done = call1(py, this.on_forecast.as_ref(), arguments);
                    *lock(&ours.get().told) = Forecast::default();
                    done
                });
            }
            Observation::Time if self.on_time.is_some() => {
                let now = context.now().nanos();
                self.with_context(context, |this, py, _| {
                    call1(py, this.on_time.as_ref(), (now,))
                });
            }
            _ => {}
        }
    }
}

fn call1<'py>(
    py: Python<'py>,
    callback: Option<&Py<PyAny>>,
    arguments: impl pyo3::call::PyCallArgs<'py>,
) -> PyResult<()> {
    match callback {
        Some(callback) => callback.bind(py).call1(arguments).map(|_| ()),
        None => Ok(()),
    }
}

/// Calls `on_quote(ts, bid, ask, bid_volume, ask_volume)` with plain numbers.
#[inline]
pub(crate) fn call_quote(
    py: Python<'_>,
    callback: &Py<PyAny>,
    ts: Timestamp,
    quote: &Quote,
) -> PyResult<()> {
    let arguments = (
        ts.nanos(),
        quote.bid_price.to_f64(),
        quote.ask_price.to_f64(),
        quote.bid_volume.to_f64(),
        quote.ask_volume.to_f64(),
    );
    callback.bind(py).call1(arguments).map(|_| ())
}
