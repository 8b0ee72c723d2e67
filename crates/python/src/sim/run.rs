//! Opens a simulation, runs it and tells what came of it.

use std::path::PathBuf;

use pyo3::prelude::*;
use wattbook_domain::{InstrumentId, OrderId, Price, Timestamp, Volume};
use wattbook_journal::{FileStorage, JournalConfig, MemoryStorage};
use wattbook_sim::{
    Backtest, ComparedLog, JournalLog, Origin, Outside, Progress, RunLog, SimError,
};

use super::collector::{Collector, lock};
use super::paper::price_rows;
use super::{RunError, Simulation, State, to_py};
use crate::table::{ByName, to_dict};

#[pymethods]
impl Simulation {
    /// Opens the simulation: journals to the folder `journal`, or in memory when that is None. A folder
    /// with a journal is resumed: the run is repeated and held against it, input by input. Returns how
    /// many inputs were journaled before. `keeps_market` also tables market data. With
    /// `receives_prices` every price of record comes by `receive_price`, and a resumed run takes those of
    /// its journal from there; see `remembered_prices`. With `trades_outside` no venue is simulated:
    /// orders go to a `LiveVenue`, and all market data and reports come from outside as well. With
    /// `compares` the journal is only read: what came from outside comes again, the strategies act anew,
    /// and the run goes on by itself where it differs.
    #[pyo3(signature = (*, journal=None, keeps_market=false, measures_latency=true, receives_prices=false,
        trades_outside=false, compares=false))]
    #[allow(clippy::fn_params_excessive_bools)]
    fn open(
        &self,
        journal: Option<PathBuf>,
        keeps_market: bool,
        measures_latency: bool,
        receives_prices: bool,
        trades_outside: bool,
        compares: bool,
    ) -> PyResult<u64> {
        let mut state = lock(&self.state);
        if !matches!(*state, State::Planned(_)) {
            return Err(RunError::new_err(
                "the simulation was opened before; make a new one",
            ));
        }
        let config = JournalConfig::default();
        let mut outside = Outside::default();
        let log: Box<dyn RunLog> = match journal {
            None => Box::new(
                JournalLog::open(MemoryStorage::default(), config)
                    .map_err(to_py)?
                    .0,
            ),
            Some(path) => {
                let opened = if compares {
                    FileStorage::readable(&path)
                } else {
                    FileStorage::writable(&path)
                };
                let storage = opened.map_err(|error| to_py(SimError::File { path, error }))?;
                let origin = if trades_outside {
                    Origin::Venues
                } else {
                    Origin::Prices
                };
                if compares {
                    outside = Outside::read(&storage, origin).map_err(to_py)?;
                    if !receives_prices && !trades_outside {
                        // Such a run makes its prices itself.
                        outside.received.clear();
                    }
                    Box::new(ComparedLog::new(storage, outside.last.0))
                } else {
                    let log = JournalLog::open(storage, config).map_err(to_py)?.0;
                    if receives_prices || trades_outside {
                        outside = Outside::read(log.storage(), origin).map_err(to_py)?;
                    }
                    Box::new(log)
                }
            }
        };
        let known = log.remaining();
        let State::Planned(plan) = std::mem::replace(&mut *state, State::Closed) else {
            return Ok(0);
        };
        let mut backtest = plan.build(log).map_err(to_py)?;
        *lock(&self.remembered) = price_rows(&outside);
        backtest.remember(outside);
        let tables = self.tables.clone();
        backtest.set_tap(Box::new(Collector {
            tables,
            keeps_market,
        }));
        if trades_outside {
            backtest.trade_outside();
        }
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
            self.running(run)
        } else {
            py.detach(|| self.running(run))
        };
        let progress = self.fault.take().map_or(progress, Err);
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

    /// Limits of scopes as of the last look: number, measure or None where it cannot be told, soft and
    /// hard level, its highest so far, all in 1e-6 of the measure, and whether it is passed (1 softly,
    /// 2 hard).
    fn limit_use(&self) -> PyResult<Vec<crate::replay::LimitRow>> {
        self.running(|backtest| Ok(crate::replay::limit_rows(backtest.engine())))
    }

    /// What the positions in a limit of value at risk gain in each scenario, in the desk's currency; None
    /// for another limit.
    fn limit_pnl<'py>(
        &self,
        py: Python<'py>,
        limit: u32,
    ) -> PyResult<Option<Bound<'py, numpy::PyArray1<f64>>>> {
        let gains = self.running(|backtest| Ok(backtest.engine().gate().limit_pnl(limit)))?;
        let whole = |units| wattbook_domain::Money::from_units(units).to_f64();
        Ok(gains.map(|gains| numpy::PyArray1::from_iter(py, gains.into_iter().map(whole))))
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
            let mut depths = backtest.venues_mut().iter_mut();
            let depth = depths.find_map(|venue| venue.depth(instrument, levels));
            Ok(depth.map(|depth| (side(depth.bids), side(depth.asks))))
        })
    }

    /// The displayed volume in 1e-6 that stands before order `order_id` at its price at the venue; None
    /// where it is not displayed.
    fn volume_ahead(&self, instrument: InstrumentId, order_id: OrderId) -> PyResult<Option<i64>> {
        self.running(|backtest| {
            let mut venues = backtest.venues().iter();
            let ahead = venues.find_map(|venue| venue.volume_ahead(instrument, order_id));
            Ok(ahead.map(Volume::millionths))
        })
    }

    /// Ends the simulation; its journal is whole.
    fn close(&self) {
        *lock(&self.state) = State::Closed;
    }
}
