//! A journal read back: every record checked, the engine's state built anew.

use std::path::PathBuf;

use pyo3::prelude::*;
use wattbook_domain::arrow::Tables;
use wattbook_domain::python::refused;
use wattbook_domain::record::Record;
use wattbook_domain::{Currency, Event, Input, Refusal, Sequenced};
use wattbook_engine::{Engine, EngineConfig, EngineError};
use wattbook_journal::{FileStorage, JournalError as Fault, JournalReader};
use wattbook_portfolio::pnl::{Group, GroupBy, PnlLine};

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

fn failed(error: impl ToString) -> PyErr {
    JournalError::new_err(error.to_string())
}

/// What a journal gave back.
struct Replayed {
    engine: Engine,
    tables: Tables,
    torn_tail: Option<String>,
}

/// Reads every record, checks it and applies it to a new engine.
fn read(path: &PathBuf, desk_currency: Currency, keeps: Keeps) -> Result<Replayed, EngineError> {
    let storage = FileStorage::readable(path).map_err(|error| {
        let (action, file) = ("open", path.display().to_string());
        EngineError::Journal(Fault::Storage {
            action,
            file,
            source: error,
        })
    })?;
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

/// What the text form of a refusal says to a person: the place, the value and the fix.
#[pyfunction]
pub(crate) fn refusal_sentence(text: &str) -> PyResult<String> {
    Refusal::from_text(text)
        .map(|refusal| refusal.to_string())
        .map_err(refused)
}
