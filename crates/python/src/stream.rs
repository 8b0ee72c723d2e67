//! What a desk tells its readers, and the address where they read it.

use std::net::TcpListener;
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use numpy::PyReadonlyArray2;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use wattbook_stream::{
    Column, ColumnKind, Filter, Front, FrontConfig, Hub, HubPlan, Row, StreamError,
};

use crate::fix_session::{PyTls, server_tls};

pyo3::import_exception!(wattbook.errors, InputError);
pyo3::import_exception!(wattbook.errors, RunError);

fn to_py(error: StreamError) -> PyErr {
    match error {
        StreamError::Io(_) => RunError::new_err(error.to_string()),
        _ => InputError::new_err(error.to_string()),
    }
}

/// Topic, key, instrument where it has one, and the row as JSON.
type PyRow = (String, u64, Option<u32>, Vec<u8>);

/// State by topic and key with numbered changes; readers get what they lack of it.
#[pyclass(frozen, module = "wattbook.api")]
pub(crate) struct StreamHub(Arc<Hub>);

#[pymethods]
impl StreamHub {
    /// A hub of one life of a desk, named `run`. `columns` are those of the quotes with whether they hold
    /// integers, `lists` the topics of many rows with how many of the newest are kept, `values` those of one.
    #[new]
    fn new(
        run: String,
        columns: Vec<(String, bool)>,
        lists: Vec<(String, Option<usize>)>,
        values: Vec<String>,
    ) -> Self {
        let kind = |is_integer| {
            if is_integer {
                ColumnKind::I8
            } else {
                ColumnKind::F8
            }
        };
        let columns = columns.into_iter().map(|(name, is_integer)| Column {
            name,
            kind: kind(is_integer),
        });
        let columns = columns.collect();
        Self(Arc::new(Hub::new(HubPlan {
            run,
            columns,
            lists,
            values,
        })))
    }

    /// The number of the last change.
    #[getter]
    fn last(&self) -> u64 {
        self.0.last()
    }

    /// Takes the next change and returns its number. `quotes` has a row an instrument: its number and the
    /// bits of each column.
    fn push(
        &self,
        py: Python<'_>,
        is_snapshot: bool,
        quotes: PyReadonlyArray2<'_, i64>,
        rows: Vec<PyRow>,
    ) -> PyResult<u64> {
        let quotes = quotes.as_slice()?;
        let row = |(topic, key, instrument, json): PyRow| Row {
            topic,
            key,
            instrument,
            json,
        };
        let pushed = py.detach(|| {
            let rows = rows.into_iter().map(row).collect();
            self.0.push(is_snapshot, quotes, rows)
        });
        pushed.map_err(to_py)
    }

    /// The message with what a reader lacks that has `after`, or has nothing; none where it lacks nothing.
    /// A reader asks the front of the desk instead.
    #[pyo3(signature = (after, sent_ms))]
    fn message<'py>(
        &self,
        py: Python<'py>,
        after: Option<u64>,
        sent_ms: u64,
    ) -> Option<Bound<'py, PyBytes>> {
        let found = py.detach(|| self.0.message(after, &Filter::default(), sent_ms));
        found.map(|message| PyBytes::new(py, &message.bytes))
    }
}

/// The desk's address: streams and kept answers from here, everything else from the application behind.
#[pyclass(frozen, module = "wattbook.api")]
pub(crate) struct StreamFront(Front);

/// Route, answers within each bound, answers in all, seconds of all together.
type PyAnswered = (String, Vec<u64>, u64, f64);

#[pymethods]
impl StreamFront {
    /// Serves on `listener`, a listening TCP socket that it takes over, in front of the Unix socket
    /// `upstream`; `bounds` are those of the histogram in seconds, `tls` certificate, key, and no issuers.
    #[new]
    #[pyo3(signature = (hub, listener, upstream, bounds, tls=None))]
    fn new(
        py: Python<'_>,
        hub: &StreamHub,
        listener: RawFd,
        upstream: PathBuf,
        bounds: Vec<f64>,
        tls: Option<PyTls>,
    ) -> PyResult<Self> {
        // SAFETY: the caller gives the descriptor away and does not use or close it any more.
        let owned = unsafe { OwnedFd::from_raw_fd(listener) };
        let tls = tls.map(server_tls).transpose()?;
        let config = FrontConfig {
            listener: TcpListener::from(owned),
            upstream,
            tls: tls.map(|tls| tls.config()),
            bounds,
        };
        let hub = Arc::clone(&hub.0);
        py.detach(|| Front::start(hub, config))
            .map(Self)
            .map_err(to_py)
    }

    /// Asks the application anew about everybody: a session has ended or a key was taken back.
    fn forget(&self) {
        self.0.forget();
    }

    /// Readers now; messages sent, their bytes, deltas merged for readers that were behind.
    fn streamed(&self) -> (u64, u64, u64, u64) {
        let counts = self.0.counts();
        let read = |count: &std::sync::atomic::AtomicU64| count.load(Ordering::Relaxed);
        (
            read(&counts.readers),
            read(&counts.sent),
            read(&counts.bytes),
            read(&counts.conflated),
        )
    }

    /// Kept answers by route.
    fn answered(&self) -> Vec<PyAnswered> {
        let answered = self.0.counts().answered().into_iter();
        answered
            .map(|(route, found)| (route, found.within, found.count, found.seconds))
            .collect()
    }

    /// Stops; requests in hand have two seconds to end.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.0.stop());
    }
}
