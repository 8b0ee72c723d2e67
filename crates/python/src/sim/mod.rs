//! Simulations: one handle, configured once, run in chunks.

mod collector;
mod markets;
mod paper;
mod rows;
mod run;
mod strategies;

use std::sync::{Arc, Mutex};

use pyo3::prelude::*;
use wattbook_domain::arrow::Tables;
use wattbook_domain::limit::SetSensitivities;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{Currency, Owner, StrategyId, Timestamp};
use wattbook_sim::{Backtest, Plan, SimError};
use wattbook_strategy::Strategy;

use crate::strategy::Fault;
use collector::lock;

pyo3::import_exception!(wattbook.errors, InputError);
pyo3::import_exception!(wattbook.errors, RunError);
pyo3::import_exception!(wattbook.errors, JournalError);

/// `error` as an exception of ours.
pub(crate) fn to_py(error: SimError) -> PyErr {
    let text = error.to_string();
    match error {
        SimError::Journal(_) => JournalError::new_err(text),
        SimError::Diverged { .. } | SimError::Engine(_) => RunError::new_err(text),
        _ => InputError::new_err(text),
    }
}

pub(crate) fn refused(error: impl ToString) -> PyErr {
    InputError::new_err(error.to_string())
}

enum State {
    Planned(Box<Plan>),
    Running(Box<Backtest>),
    Closed,
}

/// A simulation: configured by its methods, opened once, run in chunks.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct Simulation {
    state: Mutex<State>,
    tables: Arc<Mutex<Tables>>,
    fault: Fault,
    has_python: Mutex<bool>,
    remembered: Mutex<Vec<paper::PriceRow>>,
}

impl Simulation {
    fn plan<T>(&self, act: impl FnOnce(&mut Plan) -> PyResult<T>) -> PyResult<T> {
        match &mut *lock(&self.state) {
            State::Planned(plan) => act(plan),
            _ => Err(RunError::new_err(
                "the simulation is open; configure it before `open`",
            )),
        }
    }

    pub(crate) fn running<T>(&self, act: impl FnOnce(&mut Backtest) -> PyResult<T>) -> PyResult<T> {
        match &mut *lock(&self.state) {
            State::Running(backtest) => act(backtest),
            State::Planned(_) => Err(RunError::new_err("the simulation is not open; call `open`")),
            State::Closed => Err(RunError::new_err(
                "the simulation is closed; make a new one",
            )),
        }
    }

    /// Ends the configuration by taking what was planned.
    pub(crate) fn take_plan(&self) -> PyResult<Plan> {
        match std::mem::replace(&mut *lock(&self.state), State::Closed) {
            State::Planned(plan) => Ok(*plan),
            State::Running(_) | State::Closed => Err(RunError::new_err(
                "the simulation was opened before; make a new one",
            )),
        }
    }

    fn enter(&self, strategy: Box<dyn Strategy + Send>, owner: Owner) -> PyResult<()> {
        self.plan(|plan| {
            plan.add_strategy(strategy, owner);
            Ok(())
        })
    }
}

#[pymethods]
impl Simulation {
    /// A simulation of a desk that reports in `desk_currency`, from `start` on; `seed` makes everything
    /// random in it.
    #[new]
    #[pyo3(signature = (*, seed, desk_currency, start))]
    fn new(seed: u64, desk_currency: Currency, start: Timestamp) -> Self {
        let plan = Plan::new(seed, desk_currency, start);
        Self {
            state: Mutex::new(State::Planned(Box::new(plan))),
            tables: Arc::default(),
            fault: Fault::default(),
            has_python: Mutex::new(false),
            remembered: Mutex::default(),
        }
    }

    /// Lets opposite orders of these strategies that take at once cross within the desk, at the middle of
    /// the market and without a fee, before the rest goes to the venue. Each waits `wait_ns` for its
    /// opposite.
    #[pyo3(signature = (strategies, *, wait_ns = 0))]
    fn net(&self, strategies: Vec<StrategyId>, wait_ns: i64) -> PyResult<()> {
        self.plan(|plan| {
            plan.net(strategies, wait_ns);
            Ok(())
        })
    }

    /// Adds reference data: a venue, an instrument, fees, limits, a threshold, a rate.
    fn add_reference(&self, event: ReferenceEvent) -> PyResult<()> {
        self.plan(|plan| {
            plan.add_reference(event);
            Ok(())
        })
    }

    /// Adds scenarios of an instrument that become known at `at`, journaled then.
    #[pyo3(signature = (event, *, at))]
    fn add_sensitivities(&self, event: SetSensitivities, at: Timestamp) -> PyResult<()> {
        self.plan(|plan| {
            plan.add_sensitivities_at(at, event);
            Ok(())
        })
    }
}
