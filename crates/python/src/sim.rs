//! Simulations: one handle, configured once, run in chunks.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::buffer::PyBuffer;
use pyo3::prelude::*;
use wattbook_assets::{BatterySpec, Energy, ThresholdPolicy};
use wattbook_domain::arrow::Tables;
use wattbook_domain::market::{MarketEvent, PriceKind, ReferencePrice};
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::settlement::SettlementRun;
use wattbook_domain::{
    Currency, Event, Input, InstrumentId, Owner, Price, Sequenced, Timestamp, VenueId, Volume,
};
use wattbook_journal::{FileStorage, JournalConfig, MemoryStorage};
use wattbook_sim::{
    Arrival, Backtest, JournalLog, Latencies, Latency, Participants, Plan, Progress, RunLog,
    SimError, Tap, TwoPrices,
};
use wattbook_strategy::{
    BatteryConfig, BatteryTrader, EmaCross, EmaCrossConfig, Forecast, MeanReversion, Momentum,
    OfferRule, OrderStyle, Roll, Sampling, Slot, Strategy, VirtualConfig, VirtualSlot,
    VirtualTrader, WindowConfig,
};

use crate::strategy::{Fault, PythonStrategy};
use crate::table::{ByName, to_dict};

pyo3::import_exception!(wattbook.errors, InputError);
pyo3::import_exception!(wattbook.errors, RunError);
pyo3::import_exception!(wattbook.errors, JournalError);

/// A latency as constant and jitter, in ns.
type PyLatency = (i64, i64);

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

/// An int64 array as a vector.
pub(crate) fn column(py: Python<'_>, buffer: &PyBuffer<i64>) -> PyResult<Vec<i64>> {
    buffer.to_vec(py)
}

/// Int64 arrays of equal length, row by row.
fn rows<const N: usize>(
    py: Python<'_>,
    buffers: [&PyBuffer<i64>; N],
) -> PyResult<impl Iterator<Item = [i64; N]>> {
    let mut columns = Vec::with_capacity(N);
    for buffer in buffers {
        columns.push(column(py, buffer)?);
    }
    let length = columns.first().map_or(0, Vec::len);
    if columns.iter().any(|column| column.len() != length) {
        return Err(refused(
            "the columns differ in length; give one value a row in each",
        ));
    }
    Ok((0..length).map(move |row| std::array::from_fn(|index| columns[index][row])))
}

fn instrument(number: i64) -> InstrumentId {
    // A number beyond 32 bits is no instrument; the largest is none either.
    InstrumentId(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Collects events while the simulation runs.
#[derive(Clone)]
struct Collector {
    tables: Arc<Mutex<Tables>>,
    keeps_market: bool,
}

impl Tap for Collector {
    fn on_input(&mut self, input: &Sequenced) {
        if self.keeps_market || !matches!(input.input, Input::Market(_)) {
            lock(&self.tables).push_input(input);
        }
    }

    fn on_event(&mut self, input: &Sequenced, event: &Event) {
        lock(&self.tables).push(input.stamp(), event);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that call; the data is whole between calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
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

    fn running<T>(&self, act: impl FnOnce(&mut Backtest) -> PyResult<T>) -> PyResult<T> {
        match &mut *lock(&self.state) {
            State::Running(backtest) => act(backtest),
            State::Planned(_) => Err(RunError::new_err("the simulation is not open; call `open`")),
            State::Closed => Err(RunError::new_err(
                "the simulation is closed; make a new one",
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
        }
    }

    /// Adds reference data: a venue, an instrument, fees, limits, a threshold, a rate.
    fn add_reference(&self, event: ReferenceEvent) -> PyResult<()> {
        self.plan(|plan| {
            plan.add_reference(event);
            Ok(())
        })
    }

    /// Sets how long each kind of message travels, as (constant, jitter) in ns.
    #[pyo3(signature = (venue, *, feed=(0, 0), submit=(0, 0), amend=(0, 0), cancel=(0, 0), report=(0, 0)))]
    fn set_latencies(
        &self,
        venue: VenueId,
        feed: PyLatency,
        submit: PyLatency,
        amend: PyLatency,
        cancel: PyLatency,
        report: PyLatency,
    ) -> PyResult<()> {
        let latency = |(constant_ns, jitter_ns): PyLatency| Latency {
            constant_ns,
            jitter_ns,
        };
        let latencies = Latencies {
            feed: latency(feed),
            submit: latency(submit),
            amend: latency(amend),
            cancel: latency(cancel),
            report: latency(report),
        };
        self.plan(|plan| {
            plan.set_latencies(venue, latencies);
            Ok(())
        })
    }

    /// Gives `instrument` a book that opens at `opens`; its participants trade around the path `ts`,
    /// `price` (int64: ns UTC, 1e-6 currency per price unit). `participants` replaces defaults by name.
    #[pyo3(signature = (instrument, *, opens, ts, price, participants=None))]
    fn add_book(
        &self,
        py: Python<'_>,
        instrument: InstrumentId,
        opens: Timestamp,
        ts: PyBuffer<i64>,
        price: PyBuffer<i64>,
        participants: Option<BTreeMap<String, i64>>,
    ) -> PyResult<()> {
        let participants = read_participants(participants.unwrap_or_default())?;
        let points = rows(py, [&ts, &price])?
            .map(|[ts, price]| (Timestamp::from_nanos(ts), Price::from_millionths(price)));
        self.plan(|plan| {
            plan.add_book(instrument, opens, points, participants)
                .map_err(to_py)
        })
    }

    /// Lets a pool dispatch each `instrument` at its recorded `price`, known at `published`.
    #[pyo3(signature = (*, instrument, published, price))]
    fn add_dispatch(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        published: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &published, &price])?;
        self.plan(|plan| {
            for [number, at, price] in rows {
                let (at, price) = (Timestamp::from_nanos(at), Price::from_millionths(price));
                plan.add_dispatch(self::instrument(number), at, price)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets a two-settlement market award and settle each `instrument` at its two recorded prices.
    #[pyo3(signature = (*, instrument, gate, day_ahead_published, day_ahead, real_time_published, real_time))]
    #[allow(clippy::too_many_arguments)]
    fn add_two_settlement(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        gate: PyBuffer<i64>,
        day_ahead_published: PyBuffer<i64>,
        day_ahead: PyBuffer<i64>,
        real_time_published: PyBuffer<i64>,
        real_time: PyBuffer<i64>,
    ) -> PyResult<()> {
        let columns = [
            &instrument,
            &gate,
            &day_ahead_published,
            &day_ahead,
            &real_time_published,
            &real_time,
        ];
        let rows = rows(py, columns)?;
        self.plan(|plan| {
            for [number, gate, first, day_ahead, second, real_time] in rows {
                let prices = TwoPrices {
                    gate: Timestamp::from_nanos(gate),
                    day_ahead_published: Timestamp::from_nanos(first),
                    day_ahead: Price::from_millionths(day_ahead),
                    real_time_published: Timestamp::from_nanos(second),
                    real_time: Price::from_millionths(real_time),
                };
                plan.add_two_settlement(self::instrument(number), &prices)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Lets a futures exchange fill at each settlement `price`, known at `published`, `cost` worse.
    #[pyo3(signature = (venue, *, cost, instrument, published, price))]
    fn add_settlements(
        &self,
        py: Python<'_>,
        venue: VenueId,
        cost: Price,
        instrument: PyBuffer<i64>,
        published: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &published, &price])?;
        self.plan(|plan| {
            plan.set_settlement_cost(venue, cost);
            for [number, at, price] in rows {
                let (at, price) = (Timestamp::from_nanos(at), Price::from_millionths(price));
                plan.add_settlement(self::instrument(number), at, price)
                    .map_err(to_py)?;
            }
            Ok(())
        })
    }

    /// Adds recorded prices of record, journaled as market data.
    #[pyo3(signature = (kind, *, instrument, ts_event, ts_recv, price))]
    fn add_prices(
        &self,
        py: Python<'_>,
        kind: PriceKind,
        instrument: PyBuffer<i64>,
        ts_event: PyBuffer<i64>,
        ts_recv: PyBuffer<i64>,
        price: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(py, [&instrument, &ts_event, &ts_recv, &price])?;
        let inputs = rows.map(|[number, ts_event, ts_recv, price]| Arrival {
            ts_event: Timestamp::from_nanos(ts_event),
            ts_recv: Timestamp::from_nanos(ts_recv),
            input: Input::Market(MarketEvent::ReferencePrice(ReferencePrice {
                instrument: self::instrument(number),
                kind,
                run: SettlementRun::Initial,
                price: Price::from_millionths(price),
            })),
        });
        self.plan(|plan| {
            plan.add_recorded(inputs);
            Ok(())
        })
    }

    /// Adds forecasts, told to the strategies at `ts`: price in 1e-6 currency, confidence in 1e-6.
    #[pyo3(signature = (*, instrument, ts, valid_until, price, confidence_ppm))]
    fn add_forecasts(
        &self,
        py: Python<'_>,
        instrument: PyBuffer<i64>,
        ts: PyBuffer<i64>,
        valid_until: PyBuffer<i64>,
        price: PyBuffer<i64>,
        confidence_ppm: PyBuffer<i64>,
    ) -> PyResult<()> {
        let rows = rows(
            py,
            [&instrument, &ts, &valid_until, &price, &confidence_ppm],
        )?;
        let forecasts = rows.map(|[number, ts, valid_until, price, confidence]| {
            let forecast = Forecast {
                instrument: self::instrument(number),
                price: Price::from_millionths(price),
                confidence_ppm: confidence.clamp(0, 1_000_000) as u32,
                valid_until: Timestamp::from_nanos(valid_until),
            };
            (Timestamp::from_nanos(ts), forecast)
        });
        self.plan(|plan| {
            plan.add_forecasts(forecasts);
            Ok(())
        })
    }

    /// Lets time be told at each of `ts` (int64 ns UTC).
    fn add_alarms(&self, py: Python<'_>, ts: PyBuffer<i64>) -> PyResult<()> {
        let instants = column(py, &ts)?;
        self.plan(|plan| {
            plan.add_alarms(instants.into_iter().map(Timestamp::from_nanos));
            Ok(())
        })
    }

    /// Adds a momentum (`reverts` false) or mean-reversion strategy on a window of prices: of the middle
    /// of the book every `step_ns`, or of every settlement when that is None. `rolls` are (ns UTC,
    /// instrument) pairs.
    #[pyo3(signature = (owner, *, reverts, instrument, window, volume, horizon_ns, step_ns=None, rolls=None))]
    #[allow(clippy::too_many_arguments)]
    fn add_window_strategy(
        &self,
        owner: Owner,
        reverts: bool,
        instrument: InstrumentId,
        window: usize,
        volume: Volume,
        horizon_ns: i64,
        step_ns: Option<i64>,
        rolls: Option<Vec<(Timestamp, InstrumentId)>>,
    ) -> PyResult<()> {
        let sampling = match step_ns {
            Some(step_ns) => Sampling::Mid { step_ns },
            None => Sampling::Record(PriceKind::Settlement),
        };
        let config = WindowConfig {
            instrument,
            rolls: chain(rolls),
            sampling,
            window,
            volume,
            horizon_ns,
            style: OrderStyle::of(sampling),
        };
        let strategy: Box<dyn Strategy + Send> = if reverts {
            Box::new(MeanReversion::new(&config).map_err(refused)?)
        } else {
            Box::new(Momentum::new(&config).map_err(refused)?)
        };
        self.enter(strategy, owner)
    }

    /// Adds a strategy that follows the crossing of two exponential averages of the quotes. `rolls` are
    /// (ns UTC, instrument) pairs.
    #[pyo3(signature = (owner, *, instrument, fast, slow, volume, rolls=None))]
    #[allow(clippy::too_many_arguments)]
    fn add_ema_cross(
        &self,
        owner: Owner,
        instrument: InstrumentId,
        fast: u32,
        slow: u32,
        volume: Volume,
        rolls: Option<Vec<(Timestamp, InstrumentId)>>,
    ) -> PyResult<()> {
        let config = EmaCrossConfig {
            instrument,
            rolls: chain(rolls),
            fast,
            slow,
            volume,
        };
        self.enter(Box::new(EmaCross::new(config).map_err(refused)?), owner)
    }

    /// Adds a battery that offers by thresholds of the forecast into `slots` of (instrument,
    /// delivery start, seconds, day, offer at) as five int64 arrays: into a pool looking `horizon`
    /// periods ahead, or, when that is None, day-ahead between `min_price` and `max_price`, scheduled
    /// `lead_ns` before delivery.
    #[pyo3(signature = (owner, *, battery, charge_quantile_ppm, discharge_quantile_ppm, cost, slots, horizon=None,
        min_price=Price::ZERO, max_price=Price::ZERO, lead_ns=0))]
    #[allow(clippy::too_many_arguments)]
    fn add_battery(
        &self,
        py: Python<'_>,
        owner: Owner,
        battery: &crate::assets::Battery,
        charge_quantile_ppm: u32,
        discharge_quantile_ppm: u32,
        cost: Price,
        slots: [PyBuffer<i64>; 5],
        horizon: Option<usize>,
        min_price: Price,
        max_price: Price,
        lead_ns: i64,
    ) -> PyResult<()> {
        let rows = rows(py, slots.each_ref())?;
        let slots = rows.map(|[number, start, seconds, day, offer_at]| Slot {
            instrument: self::instrument(number),
            delivery_start: Timestamp::from_nanos(start),
            seconds,
            day,
            offer_at: Timestamp::from_nanos(offer_at),
        });
        let slots: Vec<Slot> = slots.collect();
        // Time is told when an offer or a schedule is due.
        let due = slots
            .iter()
            .flat_map(|slot| [slot.offer_at, slot.delivery_start.plus_nanos(-lead_ns)]);
        let due: Vec<Timestamp> = due.collect();
        self.plan(|plan| {
            plan.add_alarms(due);
            Ok(())
        })?;
        let rule = match horizon {
            Some(horizon) => OfferRule::Pool { horizon },
            None => OfferRule::DayAhead {
                min_price,
                max_price,
                lead_ns,
            },
        };
        let policy = ThresholdPolicy::new(charge_quantile_ppm, discharge_quantile_ppm, cost)
            .map_err(refused)?;
        let config = BatteryConfig {
            spec: battery.spec(),
            policy,
            rule,
            slots,
        };
        self.enter(
            Box::new(BatteryTrader::new(config).map_err(refused)?),
            owner,
        )
    }

    /// Adds virtual bids of `volume` for the hours `slots` of (virtual instrument, day-ahead
    /// instrument, offer at) as three int64 arrays.
    #[pyo3(signature = (owner, *, volume, slots))]
    fn add_virtual(
        &self,
        py: Python<'_>,
        owner: Owner,
        volume: Volume,
        slots: [PyBuffer<i64>; 3],
    ) -> PyResult<()> {
        let rows = rows(py, slots.each_ref())?;
        let slots = rows.map(|[number, day_ahead, offer_at]| VirtualSlot {
            instrument: self::instrument(number),
            day_ahead: self::instrument(day_ahead),
            offer_at: Timestamp::from_nanos(offer_at),
        });
        let slots: Vec<VirtualSlot> = slots.collect();
        let due: Vec<Timestamp> = slots.iter().map(|slot| slot.offer_at).collect();
        self.plan(|plan| {
            plan.add_alarms(due);
            Ok(())
        })?;
        let config = VirtualConfig { volume, slots };
        self.enter(
            Box::new(VirtualTrader::new(config).map_err(refused)?),
            owner,
        )
    }

    /// Adds a strategy written in Python; see `wattbook.strategy.Strategy`.
    fn add_strategy(&self, py: Python<'_>, owner: Owner, strategy: Py<PyAny>) -> PyResult<()> {
        let strategy = PythonStrategy::new(py, strategy, self.fault.clone())?;
        *lock(&self.has_python) = true;
        self.enter(Box::new(strategy), owner)
    }

    /// Opens the simulation: journals to the folder `journal`, or in memory when that is None. A folder
    /// with a journal is resumed: the run is repeated and held against it, input by input. Returns how
    /// many inputs were journaled before. `keeps_market` also tables market data.
    #[pyo3(signature = (*, journal=None, keeps_market=false, measures_latency=true))]
    fn open(
        &self,
        journal: Option<PathBuf>,
        keeps_market: bool,
        measures_latency: bool,
    ) -> PyResult<u64> {
        let mut state = lock(&self.state);
        if !matches!(*state, State::Planned(_)) {
            return Err(RunError::new_err(
                "the simulation was opened before; make a new one",
            ));
        }
        let config = JournalConfig::default();
        let log: Box<dyn RunLog> = match journal {
            None => Box::new(
                JournalLog::open(MemoryStorage::default(), config)
                    .map_err(to_py)?
                    .0,
            ),
            Some(path) => {
                let storage = FileStorage::writable(&path).map_err(|error| {
                    to_py(SimError::File {
                        path: path.clone(),
                        error,
                    })
                })?;
                Box::new(JournalLog::open(storage, config).map_err(to_py)?.0)
            }
        };
        let known = log.remaining();
        let State::Planned(plan) = std::mem::replace(&mut *state, State::Closed) else {
            return Ok(0);
        };
        let mut backtest = plan.build(log).map_err(to_py)?;
        let tables = self.tables.clone();
        backtest.set_tap(Box::new(Collector {
            tables,
            keeps_market,
        }));
        if measures_latency {
            backtest.measure_latency();
        }
        *state = State::Running(Box::new(backtest));
        Ok(known)
    }

    /// Runs until nothing is left until `until` or `max_inputs` were applied; what was applied is
    /// durable when it returns (now, inputs so far, events so far, done, replaying).
    fn run_until(
        &self,
        py: Python<'_>,
        until: Timestamp,
        max_inputs: u64,
    ) -> PyResult<(i64, u64, u64, bool, bool)> {
        let run = |backtest: &mut Backtest| backtest.run_until(until, max_inputs).map_err(to_py);
        let has_python = *lock(&self.has_python);
        let progress = if has_python {
            // Callbacks need the interpreter at every turn: keeping it costs less than asking for it.
            self.running(|backtest| {
                let progress = run(backtest);
                self.fault.take().map_or(progress, Err)
            })
        } else {
            py.detach(|| self.running(run))
        };
        let Progress {
            now,
            sequence,
            events,
            is_done,
            is_replaying,
        } = progress?;
        Ok((now.nanos(), sequence, events, is_done, is_replaying))
    }

    /// Inputs and events since the last call, one table for each kind of record, by its name. Market
    /// data is among them if it is kept.
    fn drain(&self, py: Python<'_>) -> PyResult<ByName> {
        let mut tables = std::mem::take(&mut *lock(&self.tables));
        to_dict(py, &mut tables)
    }

    /// Hash of the engine's state, 32 hexadecimal digits.
    fn state_hash(&self) -> PyResult<String> {
        self.running(|backtest| Ok(format!("{:032x}", backtest.engine().state_hash())))
    }

    /// P&L by strategy as the engine holds it: strategy, realised, unrealised, fees, the amounts in units
    /// of 1 / 3.6e15 of the desk's currency.
    fn pnl_by_strategy(&self) -> PyResult<Vec<crate::replay::PnlRow>> {
        self.running(|backtest| crate::replay::pnl_by_strategy(backtest.engine()))
    }

    /// Time of an input inside the engine in ns: count, 50, 90, 99, 99.9 % and the most.
    #[allow(clippy::type_complexity)]
    fn latency_ns(&self) -> PyResult<Option<(u64, u64, u64, u64, u64, u64)>> {
        self.running(|backtest| {
            Ok(backtest.latency().map(|times| {
                let at = |ppm| times.percentile_ns(ppm);
                let (p50, p90, p99) = (at(500_000), at(900_000), at(990_000));
                (times.total(), p50, p90, p99, at(999_000), times.max_ns())
            }))
        })
    }

    /// The best `levels` of the book of `instrument` as (price, volume) in 1e-6: bids, asks; None
    /// without a book.
    #[allow(clippy::type_complexity)]
    fn depth(
        &self,
        instrument: InstrumentId,
        levels: usize,
    ) -> PyResult<Option<(Vec<(i64, i64)>, Vec<(i64, i64)>)>> {
        let side = |levels: Vec<(Price, Volume)>| {
            let level =
                |(price, volume): (Price, Volume)| (price.millionths(), volume.millionths());
            levels.into_iter().map(level).collect()
        };
        self.running(|backtest| {
            let mut depths = backtest.venues().iter();
            let depth = depths.find_map(|venue| venue.depth(instrument, levels));
            Ok(depth.map(|depth| (side(depth.bids), side(depth.asks))))
        })
    }

    /// Ends the simulation; its journal is whole.
    fn close(&self) {
        *lock(&self.state) = State::Closed;
    }
}

/// The rolls of a chain of contracts.
fn chain(rolls: Option<Vec<(Timestamp, InstrumentId)>>) -> Vec<Roll> {
    let rolls = rolls.unwrap_or_default().into_iter();
    rolls
        .map(|(at, instrument)| Roll { at, instrument })
        .collect()
}

fn read_participants(changes: BTreeMap<String, i64>) -> PyResult<Participants> {
    let mut participants = Participants::default();
    for (name, value) in changes {
        participants.set(&name, value).map_err(to_py)?;
    }
    Ok(participants)
}

/// A battery spec from its Python arguments.
pub(crate) struct SpecArguments {
    pub(crate) power: Volume,
    pub(crate) lot: Volume,
    pub(crate) energies: [Volume; 4],
    pub(crate) efficiencies_ppm: [u32; 2],
    pub(crate) cycles_per_day_ppm: u32,
}

impl From<SpecArguments> for BatterySpec {
    fn from(arguments: SpecArguments) -> Self {
        let [capacity, floor, ceiling, initial] = arguments
            .energies
            .map(|energy| Energy::from_millionth_megawatt_hours(energy.millionths()));
        let [charge_efficiency_ppm, discharge_efficiency_ppm] = arguments.efficiencies_ppm;
        Self {
            power: arguments.power,
            lot: arguments.lot,
            capacity,
            floor,
            ceiling,
            initial,
            charge_efficiency_ppm,
            discharge_efficiency_ppm,
            cycles_per_day_ppm: arguments.cycles_per_day_ppm,
        }
    }
}
