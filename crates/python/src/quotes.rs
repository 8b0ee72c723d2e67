//! Quote files and their replay to a strategy.

use std::path::{Path, PathBuf};

use numpy::{IntoPyArray, PyReadonlyArray1};
use pyo3::prelude::*;
use wattbook_domain::market::MarketEvent;
use wattbook_domain::reference::ReferenceEvent;
use wattbook_domain::{
    ClientId, Currency, Input, InstrumentId, LotSize, Owner, Price, TickSize, Volume,
};
use wattbook_engine::{Engine, EngineConfig, InputLog, JournaledEngine, NoEvents};
use wattbook_journal::{
    BackgroundJournal, FileStorage, Journal, JournalConfig, JournalError as JournalFault,
    MemoryStorage,
};
use wattbook_sim::{
    QuoteColumns, QuoteDesk, QuoteFile, QuoteHeader, QuoteRow, QuoteWriter, Replayed, SimError,
};
use wattbook_strategy::{Context, EmaCross, EmaCrossConfig, Identity, Observation, Strategy};

use crate::sim::{refused, to_py};
use crate::strategy::{StrategyContext, call_quote};

type Ints<'py> = PyReadonlyArray1<'py, i64>;

/// Writes columns of quotes (int64: ns UTC and 1e-6) to `path`; returns how many.
#[pyfunction]
#[pyo3(signature = (path, *, instrument, tick, lot, is_synthetic, ts, bid_price, ask_price, bid_volume,
    ask_volume))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn write_quotes(
    py: Python<'_>,
    path: PathBuf,
    instrument: InstrumentId,
    tick: Price,
    lot: Volume,
    is_synthetic: bool,
    ts: Ints<'_>,
    bid_price: Ints<'_>,
    ask_price: Ints<'_>,
    bid_volume: Ints<'_>,
    ask_volume: Ints<'_>,
) -> PyResult<u64> {
    let tick = TickSize::new(tick).map_err(refused)?;
    let lot = LotSize::new(lot).map_err(refused)?;
    let header = QuoteHeader {
        instrument,
        tick,
        lot,
        is_synthetic,
    };
    let columns = QuoteColumns {
        ts: ts.as_slice()?,
        bid_price: bid_price.as_slice()?,
        ask_price: ask_price.as_slice()?,
        bid_volume: bid_volume.as_slice()?,
        ask_volume: ask_volume.as_slice()?,
    };
    let written = py.detach(|| {
        let mut writer = QuoteWriter::create(path, header)?;
        writer.append(&columns)?;
        writer.finish()
    });
    written.map_err(to_py)
}

/// A Python object that sees quotes one by one, or block by block.
struct Callbacks<'py> {
    py: Python<'py>,
    on_quote: Option<Py<PyAny>>,
    on_event: Option<Bound<'py, PyAny>>,
    context: Bound<'py, StrategyContext>,
    fault: Option<PyErr>,
}

impl<'py> Callbacks<'py> {
    /// Runs `call` while the Python context stands for `context`.
    #[inline]
    fn with_context(&mut self, context: &mut Context, call: impl FnOnce(&Self) -> PyResult<()>) {
        if self.fault.is_some() {
            return;
        }
        std::mem::swap(context, &mut self.context.get().get_mut());
        let done = call(self);
        std::mem::swap(context, &mut self.context.get().get_mut());
        self.fault = done.err();
    }

    /// Shows a whole block as arrays; what it asks for happens at the last quote.
    fn on_batch(
        &mut self,
        on_batch: &Bound<'py, PyAny>,
        file: &QuoteFile,
        rows: &[QuoteRow],
        context: &mut Context,
    ) {
        let py = self.py;
        let (tick, lot) = (file.header().tick, file.header().lot);
        let ts: Vec<i64> = rows.iter().map(|row| row.ts.nanos()).collect();
        let floats =
            |value: &dyn Fn(&QuoteRow) -> f64| -> Vec<f64> { rows.iter().map(value).collect() };
        let columns = (
            ts.into_pyarray(py),
            floats(&|row| tick.price(row.bid).to_f64()).into_pyarray(py),
            floats(&|row| tick.price(row.ask).to_f64()).into_pyarray(py),
            floats(&|row| lot.volume(row.bid_lots).to_f64()).into_pyarray(py),
            floats(&|row| lot.volume(row.ask_lots).to_f64()).into_pyarray(py),
        );
        self.with_context(context, |_| on_batch.call1(columns).map(|_| ()));
    }
}

impl Strategy for Callbacks<'_> {
    fn on_start(&mut self, _context: &mut Context) {}

    #[inline]
    fn on_event(&mut self, observation: &Observation<'_>, context: &mut Context) {
        match observation {
            Observation::Market(MarketEvent::Quote(quote)) => {
                let ts = context.now();
                self.with_context(context, |this| match &this.on_quote {
                    Some(on_quote) => call_quote(this.py, on_quote, ts, quote),
                    None => Ok(()),
                });
            }
            Observation::Event(event) if self.on_event.is_some() => {
                self.with_context(context, |this| match &this.on_event {
                    Some(on_event) => on_event.call1(((*event).clone(),)).map(|_| ()),
                    None => Ok(()),
                });
            }
            _ => {}
        }
    }
}

type Log = Box<dyn InputLog + Send>;
type Desk = QuoteDesk<Log>;

/// An empty journal: in `folder`, written by a thread of its own, or in memory.
fn log(folder: Option<&Path>) -> PyResult<Log> {
    let config = JournalConfig::default();
    let opened = |error: JournalFault| to_py(SimError::Journal(error));
    let Some(folder) = folder else {
        let (journal, _) = Journal::open(MemoryStorage::default(), config).map_err(opened)?;
        return Ok(Box::new(journal));
    };
    let place = folder.display();
    let storage = FileStorage::writable(folder)
        .map_err(|fault| refused(format!("{place} takes no journal: {fault}; name a folder")))?;
    let (journal, recovery) = BackgroundJournal::open(storage, config).map_err(opened)?;
    match recovery.last_sequence {
        0 => Ok(Box::new(journal)),
        held => Err(refused(format!(
            "{place} holds a journal of {held} inputs; name a folder without one"
        ))),
    }
}

/// A desk that knows `references` and journals to `log`.
fn desk(
    references: Vec<ReferenceEvent>,
    desk_currency: Currency,
    latency_ns: i64,
    log: Log,
) -> Result<Desk, SimError> {
    let engine = Engine::new(EngineConfig::new(desk_currency));
    let mut engine = JournaledEngine::new(engine, log);
    for event in references {
        let now = engine.engine().now();
        engine.submit(now, now, &Input::Reference(event), &mut NoEvents)?;
    }
    Ok(QuoteDesk::new(engine, latency_ns))
}

/// Shows every quote of the file at `path` to `strategy`, whose orders pass the gate and the journal,
/// which is kept in a folder or in memory, and meet the quotes; returns (quotes, orders, fills, state hash).
#[pyfunction]
#[pyo3(signature = (path, strategy, *, owner, references, desk_currency, latency_ns, journal))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn replay_quotes(
    py: Python<'_>,
    path: PathBuf,
    strategy: &Bound<'_, PyAny>,
    owner: Owner,
    references: Vec<ReferenceEvent>,
    desk_currency: Currency,
    latency_ns: i64,
    journal: Option<PathBuf>,
) -> PyResult<(u64, u64, u64, String)> {
    let file = QuoteFile::open(path).map_err(to_py)?;
    let log = log(journal.as_deref())?;
    let mut desk = desk(references, desk_currency, latency_ns, log).map_err(to_py)?;
    let identity = Identity {
        client: ClientId(1),
        owner,
    };
    let mut context = Context::new(identity);
    let ours = Bound::new(py, StrategyContext::new(identity))?;
    let mut callbacks = Callbacks {
        py,
        on_quote: strategy.getattr_opt("on_quote")?.map(Bound::unbind),
        on_event: strategy.getattr_opt("on_event")?,
        context: ours.clone(),
        fault: None,
    };
    if let Some(on_start) = strategy.getattr_opt("on_start")? {
        callbacks.with_context(&mut context, |_| on_start.call1((ours,)).map(|_| ()));
    }
    let on_batch = strategy.getattr_opt("on_batch")?;
    desk.start(&mut callbacks, &mut context).map_err(to_py)?;
    let mut rows = Vec::new();
    for block in file.blocks() {
        rows.clear();
        rows.extend(block.map_err(to_py)?.rows());
        // Without an order of ours under way, only the last quote of a batch can matter to the venue.
        let skipped = match &on_batch {
            Some(_) if desk.is_idle() => rows.len() - 1,
            _ => 0,
        };
        desk.skip(skipped);
        for row in &rows[skipped..] {
            let event = MarketEvent::Quote(file.quote(row));
            desk.show(row.ts, &event, &mut callbacks, &mut context)
                .map_err(to_py)?;
            if on_batch.is_none() {
                desk.tell(row.ts, &event, &mut callbacks, &mut context)
                    .map_err(to_py)?;
            }
            if let Some(fault) = callbacks.fault.take() {
                return Err(fault);
            }
        }
        if let (Some(on_batch), Some(last)) = (&on_batch, rows.last()) {
            callbacks.on_batch(on_batch, &file, &rows, &mut context);
            desk.act(last.ts, &mut callbacks, &mut context)
                .map_err(to_py)?;
            if let Some(fault) = callbacks.fault.take() {
                return Err(fault);
            }
        }
        py.check_signals()?;
    }
    let done = desk.finish().map_err(to_py)?;
    Ok(outcome(done, desk.engine().engine().state_hash()))
}

/// What a replay did and the hash of the state that it left.
fn outcome(done: Replayed, hash: u128) -> (u64, u64, u64, String) {
    let Replayed {
        quotes,
        orders,
        fills,
    } = done;
    (quotes, orders, fills, format!("{hash:032x}"))
}

/// The same with the EMA cross in Rust.
#[pyfunction]
#[pyo3(signature = (path, *, fast, slow, volume, owner, references, desk_currency, latency_ns,
    journal))]
#[allow(clippy::too_many_arguments)]
pub(crate) fn replay_quotes_ema_cross(
    py: Python<'_>,
    path: PathBuf,
    fast: u32,
    slow: u32,
    volume: Volume,
    owner: Owner,
    references: Vec<ReferenceEvent>,
    desk_currency: Currency,
    latency_ns: i64,
    journal: Option<PathBuf>,
) -> PyResult<(u64, u64, u64, String)> {
    let file = QuoteFile::open(path).map_err(to_py)?;
    let config = EmaCrossConfig {
        instrument: file.header().instrument,
        rolls: Vec::new(),
        fast,
        slow,
        volume,
    };
    let mut strategy = EmaCross::new(config).map_err(refused)?;
    let mut context = Context::new(Identity {
        client: ClientId(1),
        owner,
    });
    let log = log(journal.as_deref())?;
    let done = py.detach(|| {
        let mut desk = desk(references, desk_currency, latency_ns, log)?;
        let done = desk.run(&file, &mut strategy, &mut context)?;
        Ok((done, desk.engine().engine().state_hash()))
    });
    let (done, hash) = done.map_err(to_py)?;
    Ok(outcome(done, hash))
}

/// How many quotes the file at `path` holds, after a check of every block, and its header:
/// (quotes, instrument, tick, lot, whether made up).
#[pyfunction]
pub(crate) fn check_quotes(
    py: Python<'_>,
    path: PathBuf,
) -> PyResult<(u64, InstrumentId, Price, Volume, bool)> {
    let checked = py.detach(|| {
        let file = QuoteFile::open(path)?;
        for block in file.blocks() {
            block?;
        }
        Ok(file)
    });
    let file = checked.map_err(to_py)?;
    let QuoteHeader {
        instrument,
        tick,
        lot,
        is_synthetic,
    } = *file.header();
    Ok((
        file.count(),
        instrument,
        tick.step(),
        lot.step(),
        is_synthetic,
    ))
}
