//! A journal read back: every record checked, the engine's state built anew.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use wattbook_domain::arrow::Tables;
use wattbook_domain::command::{RecordSignal, SubmitOrder};
use wattbook_domain::limit::SetScopeLimit;
use wattbook_domain::python::refused;
use wattbook_domain::record::Record;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{
    Command, Currency, Event, Input, Order, OrderId, Refusal, Sequenced, SignalId, Stamp, Timestamp,
};
use wattbook_engine::{Engine, EngineConfig, EngineError};
use wattbook_journal::{FileStorage, JournalError as Fault, JournalReader};
use wattbook_portfolio::pnl::{Group, GroupBy, PnlLine};
use wattbook_sim::PERSON;

use crate::table::{ByName, to_dict};

pyo3::import_exception!(wattbook.errors, JournalError);

/// P&L of a strategy: its number, then realised, unrealised and fees in units of the desk's currency.
pub(crate) type PnlRow = (u16, i128, i128, i128);

/// P&L by strategy as the engine holds it.
pub(crate) fn pnl_by_strategy(engine: &Engine) -> PyResult<Vec<PnlRow>> {
    let lines = engine.portfolio().pnl(GroupBy::Strategy).map_err(failed)?;
    let row = |line: PnlLine| match line.group {
        Group::Strategy(strategy) => Some((
            strategy.0,
            line.realised.units(),
            line.unrealised.units(),
            line.fees.units(),
        )),
        _ => None,
    };
    Ok(lines.into_iter().filter_map(row).collect())
}

/// Use of a limit of a scope: number, measure, soft and hard level, peak, severity.
pub(crate) type LimitRow = (u32, Option<i64>, i64, i64, i64, u8);

/// Use of the limits of scopes as the engine holds it.
pub(crate) fn limit_rows(engine: &Engine) -> Vec<LimitRow> {
    let rows = engine.limit_use().into_iter().map(|used| {
        let severity = used.severity.map_or(0, |severity| severity as u8);
        let (soft, hard) = (used.set.soft_millionths, used.hard_millionths);
        let (value, peak) = (used.value_millionths, used.peak_millionths);
        (used.set.limit, value, soft, hard, peak, severity)
    });
    rows.collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: impl ToString) -> PyErr {
    JournalError::new_err(error.to_string())
}

/// Certainty of a signal, in 1e-6.
const CERTAIN_PPM: u32 = 1_000_000;

/// What a journal gave back.
struct Replayed {
    engine: Engine,
    tables: Tables,
    torn_tail: Option<String>,
}

/// The journal in a folder, to be read.
fn readable(path: &Path) -> Result<FileStorage, EngineError> {
    FileStorage::readable(path).map_err(|source| {
        let (action, file) = ("open", path.display().to_string());
        EngineError::Journal(Fault::Storage {
            action,
            file,
            source,
        })
    })
}

/// Reads every record, checks it and applies it to a new engine.
fn read(path: &Path, desk_currency: Currency, keeps: Keeps) -> Result<Replayed, EngineError> {
    let storage = readable(path)?;
    let mut engine = Engine::new(EngineConfig::new(desk_currency));
    let mut tables = Tables::default();
    let mut reader = JournalReader::open(&storage)?;
    while let Some(record) = reader.next_record()? {
        let sequence = record.sequence;
        let input = Sequenced::decode_payload(sequence, record.payload)
            .map_err(|error| EngineError::Record { sequence, error })?;
        if keeps.market || (keeps.events && !matches!(input.input, Input::Market(_))) {
            tables.push_input(&input);
        }
        engine.apply(input.stamp(), &input.input, &mut |_: u64, event: &Event| {
            if keeps.events {
                tables.push(input.stamp(), event);
            }
        })?;
    }
    let torn_tail = reader.torn_tail().map(|tail| {
        format!(
            "{}: {} bytes at {}: {}",
            tail.segment, tail.bytes, tail.offset, tail.flaw
        )
    });
    Ok(Replayed {
        engine,
        tables,
        torn_tail,
    })
}

#[derive(Clone, Copy)]
struct Keeps {
    events: bool,
    market: bool,
}

/// Replays the journal in the folder `journal` into a new engine of a desk in `desk_currency`: number of
/// the last input, state hash, P&L by strategy in units, what a torn tail says if there is one, and the
/// tables of inputs and events if they are kept.
#[pyfunction]
#[pyo3(signature = (journal, *, desk_currency, keeps_events=false, keeps_market=false))]
#[allow(clippy::type_complexity)]
pub(crate) fn replay(
    py: Python<'_>,
    journal: PathBuf,
    desk_currency: Currency,
    keeps_events: bool,
    keeps_market: bool,
) -> PyResult<(u64, String, Vec<PnlRow>, Option<String>, ByName)> {
    let keeps = Keeps {
        events: keeps_events,
        market: keeps_market,
    };
    let replayed = py
        .detach(|| read(&journal, desk_currency, keeps))
        .map_err(failed)?;
    let Replayed {
        engine,
        mut tables,
        torn_tail,
    } = replayed;
    let pnl = pnl_by_strategy(&engine)?;
    let hash = format!("{:032x}", engine.state_hash());
    Ok((
        engine.sequence(),
        hash,
        pnl,
        torn_tail,
        to_dict(py, &mut tables)?,
    ))
}

/// An engine that follows a journal from instant to instant.
#[pyclass(frozen, module = "wattbook._core")]
pub(crate) struct JournalFollower {
    journal: PathBuf,
    config: EngineConfig,
    engine: Mutex<Engine>,
}

impl JournalFollower {
    /// The engine as it was at `until`: what was received by then is applied, nothing else.
    fn at(&self, until: Timestamp) -> Result<MutexGuard<'_, Engine>, EngineError> {
        let mut engine = lock(&self.engine);
        if engine.now() > until {
            *engine = Engine::new(self.config);
        }
        let storage = readable(&self.journal)?;
        let mut reader = JournalReader::open_at(&storage, engine.sequence() + 1)?;
        while let Some(record) = reader.next_record()? {
            let sequence = record.sequence;
            let input = Sequenced::decode_payload(sequence, record.payload)
                .map_err(|error| EngineError::Record { sequence, error })?;
            if input.ts_recv > until {
                break;
            }
            engine.apply(input.stamp(), &input.input, &mut |_: u64, _: &Event| {})?;
        }
        Ok(engine)
    }
}

#[pymethods]
impl JournalFollower {
    /// Follows the journal in the folder `journal` of a desk in `desk_currency`.
    #[new]
    #[pyo3(signature = (journal, *, desk_currency))]
    fn new(journal: PathBuf, desk_currency: Currency) -> Self {
        let config = EngineConfig::new(desk_currency);
        Self {
            journal,
            config,
            engine: Mutex::new(Engine::new(config)),
        }
    }

    /// Limits of scopes at `until`, as `Simulation.limit_use` tells them. An instant before the last one
    /// begins the journal anew.
    fn limit_use(&self, py: Python<'_>, until: Timestamp) -> PyResult<Vec<LimitRow>> {
        py.detach(|| self.at(until).map(|engine| limit_rows(&engine)))
            .map_err(failed)
    }

    /// What the gate would say to `order` at `until`: why it refuses, whether the order would wait for
    /// approval, whether the limits of scopes that follow count it (they do not where something else than they
    /// refuses it), and these. A copy of the engine is asked; nothing is journaled.
    /// The order names a signal of its own that is certain, so that its terms are what is looked at.
    fn what_if(
        &self,
        py: Python<'_>,
        until: Timestamp,
        order: Order,
    ) -> PyResult<(Option<String>, bool, bool, Vec<LimitRow>)> {
        py.detach(|| {
            let mut engine = self.at(until)?.clone();
            let mut unlimited = engine.clone();
            let (refused, is_held) = asked(&mut engine, until, &order)?;
            let mut rows = limit_rows(&engine);
            let mut is_counted = refused.is_none();
            // A refused order counts nowhere: what it would use is told by an engine whose limits of
            // scopes are out of reach, if nothing else refuses it.
            if refused.is_some() {
                lift_limits(&mut unlimited, until)?;
                is_counted = asked(&mut unlimited, until, &order)?.0.is_none();
                if is_counted {
                    for (row, with_it) in rows.iter_mut().zip(limit_rows(&unlimited)) {
                        let (_, _, soft, hard, ..) = *row;
                        row.1 = with_it.1;
                        let value = with_it.1.unwrap_or(0);
                        row.5 = u8::from(value > soft) + u8::from(value > hard);
                    }
                }
            }
            Ok((refused, is_held, is_counted, rows))
        })
        .map_err(|error: EngineError| failed(error))
    }
}

/// Submits `order` with a signal that is certain: why it is refused, and whether it waits for approval.
fn asked(
    engine: &mut Engine,
    until: Timestamp,
    order: &Order,
) -> Result<(Option<String>, bool), EngineError> {
    // The last numbers of whoever enters orders by hand: no journal comes near them.
    let order_id = OrderId::new(PERSON, u64::MAX);
    let signal = SignalId(order_id.0);
    let view = RecordSignal {
        signal,
        strategy: order.owner.strategy,
        instrument: order.instrument,
        forecast_price: order.price,
        confidence_ppm: CERTAIN_PPM,
        valid_until: Timestamp::MAX,
        ..RecordSignal::default()
    };
    let order = Order {
        signal,
        ..order.clone()
    };
    let commands = [
        Command::RecordSignal(view),
        Command::SubmitOrder(SubmitOrder { order_id, order }),
    ];
    let (mut refused, mut is_held) = (None, false);
    for (command, client_sequence) in commands.into_iter().zip(u64::MAX - 1..) {
        let input = Input::Command {
            client: PERSON,
            client_sequence,
            command,
        };
        engine.apply(
            next_stamp(engine, until),
            &input,
            &mut |_: u64, event: &Event| match event {
                Event::Refused(told) => refused = Some(told.refusal.to_string()),
                Event::OrderHeld(_) => is_held = true,
                _ => {}
            },
        )?;
    }
    Ok((refused, is_held))
}

/// Puts the levels of all limits of scopes out of reach.
fn lift_limits(engine: &mut Engine, until: Timestamp) -> Result<(), EngineError> {
    for used in engine.limit_use() {
        let set = SetScopeLimit {
            soft_millionths: i64::MAX,
            hard_millionths: i64::MAX,
            ..used.set
        };
        let input = Input::Reference(ReferenceEvent::SetScopeLimit(set));
        engine.apply(
            next_stamp(engine, until),
            &input,
            &mut |_: u64, _: &Event| {},
        )?;
    }
    Ok(())
}

fn next_stamp(engine: &Engine, at: Timestamp) -> Stamp {
    Stamp {
        sequence: engine.sequence() + 1,
        ts_event: at,
        ts_recv: at,
    }
}

/// What the text form of a refusal says to a person: the place, the value and the fix.
#[pyfunction]
pub(crate) fn refusal_sentence(text: &str) -> PyResult<String> {
    Refusal::from_text(text)
        .map(|refusal| refusal.to_string())
        .map_err(refused)
}
