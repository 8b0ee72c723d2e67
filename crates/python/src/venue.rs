//! Sessions of venues, and simulated venues to try them on.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use wattbook_domain::{InstrumentId, Side};
use wattbook_feed::FeedError;
use wattbook_feed::venue::{LiveSession, TlsClient, VenueFollower, VenueStatistics, tables, told};
use wattbook_session::recording::{Recorder, Sink, replay};
use wattbook_session::venue::{BookView, Secrets};
use wattbook_sim::feeds::{FeedControl, FeedFault, FeedMarket, FeedProtocol, FeedVenue};

use crate::table::{ByName, Table};

/// Python's errors; Rust's of the same name is another.
mod errors {
    pyo3::import_exception!(wattbook.errors, FeedError);
    pyo3::import_exception!(wattbook.errors, InputError);
}

fn refused(message: impl ToString) -> PyErr {
    errors::InputError::new_err(message.to_string())
}

fn failed(error: impl Into<FeedError>) -> PyErr {
    match error.into() {
        error @ (FeedError::Setting { .. } | FeedError::Session(_)) => refused(error),
        error => errors::FeedError::new_err(error.to_string()),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that call; the data is whole between calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Price, volume and orders of a level, in 1e-6.
type PyLevel = (i64, i64, u32);
/// Whether it is whole, its revision, bids, asks, and changes that did not fit.
type PyBook = (bool, u64, Vec<PyLevel>, Vec<PyLevel>, u64);

/// Counts, state, last loss and the recording's fault.
type PyStatistics = (BTreeMap<&'static str, u64>, &'static str, String, String);
/// User and password.
type PySecrets = (String, String);
/// Seed, first second of delivery, hours and areas.
type PyMarket = (u64, i64, u32, Vec<String>);
/// Number, whether it buys, price and volume in 1e-6.
type PyOrder = (u64, bool, i64, i64);
/// Area, first second of delivery, revision and orders.
type PyOwnBook = (String, i64, u64, Vec<PyOrder>);

fn named((user, password): PySecrets) -> Secrets {
    Secrets { user, password }
}

fn book(view: &BookView, levels: usize) -> PyBook {
    let side = |side| {
        let depth = view.depth(side).into_iter().take(levels);
        let depth =
            depth.map(|(price, volume, orders)| (price.millionths(), volume.millionths(), orders));
        depth.collect()
    };
    let (bids, asks) = (side(Side::Buy), side(Side::Sell));
    (
        view.is_synced(),
        view.revision(),
        bids,
        asks,
        view.anomalies(),
    )
}

fn counts(found: &VenueStatistics) -> BTreeMap<&'static str, u64> {
    BTreeMap::from([
        ("events", found.events),
        ("instruments", found.instruments),
        ("book_changes", found.book_changes),
        ("trades", found.trades),
        ("trades_cancelled", found.trades_cancelled),
        ("phases", found.phases),
        ("capacities", found.capacities),
        ("own_orders", found.own_orders),
        ("own_orders_whole", found.own_orders_whole),
        ("own_trades", found.own_trades),
        ("notices", found.notices),
        ("set_aside", found.set_aside),
        ("snapshots", found.snapshots),
        ("gaps", found.gaps),
        ("logins", found.logins),
        ("losses", found.losses),
    ])
}

fn to_python(tables: wattbook_feed::venue::VenueTables) -> ByName {
    let tables = tables.into_iter();
    tables.map(|(name, batch)| (name, Table(batch))).collect()
}

/// A session on a thread of its own; see `wattbook.ingest.venue`.
#[pyclass(frozen, module = "wattbook.ingest.venue")]
pub(crate) struct VenueSession {
    follower: Mutex<Option<Arc<VenueFollower>>>,
    /// Why the recording ended early; empty if it did not.
    recording_fault: Arc<Mutex<String>>,
}

impl VenueSession {
    fn follower(&self) -> PyResult<Arc<VenueFollower>> {
        let follower = lock(&self.follower).clone();
        follower.ok_or_else(|| refused("the session is closed; open another one"))
    }
}

#[pymethods]
impl VenueSession {
    /// Opens what the file `text` describes, whose paths are relative to `folder`; up to `room`
    /// events wait, and what is heard and sent is kept in the file `recording`.
    #[staticmethod]
    fn open(
        py: Python<'_>,
        text: &str,
        folder: PathBuf,
        secrets: PySecrets,
        seed: u64,
        room: usize,
        recording: Option<PathBuf>,
    ) -> PyResult<Self> {
        let fault = Arc::new(Mutex::new(String::new()));
        let shared = Arc::clone(&fault);
        let opened = py.detach(|| -> Result<_, FeedError> {
            let mut session = wattbook_session::open(text, named(secrets), seed)?;
            let tls = TlsClient::of_file(text, &folder)?;
            if let Some(path) = recording {
                session = Box::new(Recorder::new(session, sink(&path, shared)?));
            }
            let live = LiveSession::start_with(session, tls, room);
            live.map_err(io("start", "a thread"))
        });
        let live = opened.map_err(failed)?;
        Ok(Self {
            follower: Mutex::new(Some(Arc::new(VenueFollower::new(live)))),
            recording_fault: fault,
        })
    }

    /// Tables of up to `most` events, after at most `wait_seconds` for the first; none once the
    /// session is over and all was taken.
    fn take(&self, py: Python<'_>, most: usize, wait_seconds: f64) -> PyResult<Option<ByName>> {
        let follower = self.follower()?;
        let wait = Duration::try_from_secs_f64(wait_seconds).map_err(refused)?;
        let made = py.detach(|| {
            let taken = follower.take(most.max(1), wait);
            let made = taken.map(|(first, events)| tables(first, &events));
            drop(follower);
            made.transpose()
        });
        Ok(made.map_err(refused)?.map(to_python))
    }

    /// The book of `instrument` with up to `levels` a side; none before it is listed.
    fn book(&self, instrument: u32, levels: usize) -> PyResult<Option<PyBook>> {
        let follower = self.follower()?;
        Ok(follower.books(|books| {
            let view = books.book(InstrumentId(instrument))?;
            Some(book(view, levels))
        }))
    }

    /// The instruments that have a book.
    fn instruments(&self) -> PyResult<Vec<u32>> {
        let follower = self.follower()?;
        Ok(follower.books(|books| books.books().map(|(id, _)| id.0).collect()))
    }

    /// Counts by name, state, why the last connection was lost, and why the recording ended early.
    fn statistics(&self) -> PyResult<PyStatistics> {
        let found = self.follower()?.statistics();
        let fault = lock(&self.recording_fault).clone();
        Ok((counts(&found), found.state, found.last_loss, fault))
    }

    /// Asks the session to log out; what it still says can be taken.
    fn stop(&self) {
        if let Some(follower) = lock(&self.follower).as_ref() {
            follower.stop();
        }
    }

    /// Logs out and waits for the thread; what was not taken is dropped.
    fn close(&self, py: Python<'_>) {
        let follower = lock(&self.follower).take();
        py.detach(|| drop(follower));
    }
}

/// Keeps a recording in a file of its own, which only its owner can read: secrets are in it.
fn sink(path: &Path, fault: Arc<Mutex<String>>) -> Result<Sink, FeedError> {
    let place = path.display().to_string();
    let file = File::options()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path);
    let mut file = Some(file.map_err(io("create", &place))?);
    Ok(Box::new(move |bytes| {
        let written = file.as_mut().map_or(Ok(()), |file| file.write_all(bytes));
        if let Err(error) = written {
            // The session goes on; its statistics tell that the recording does not.
            *lock(&fault) = format!("{place}: {error}");
            file = None;
        }
    }))
}

fn io(action: &'static str, place: &str) -> impl FnOnce(std::io::Error) -> FeedError + use<> {
    let place = place.to_owned();
    move |source| FeedError::Io {
        action,
        place,
        source,
    }
}

/// What the session of the file `text` says to `recording`: tables of all events.
#[pyfunction]
pub(crate) fn venue_replay(
    py: Python<'_>,
    text: &str,
    secrets: PySecrets,
    seed: u64,
    recording: Vec<u8>,
) -> PyResult<ByName> {
    let made = py.detach(|| -> Result<_, FeedError> {
        let mut session = wattbook_session::open(text, named(secrets), seed)?;
        let events = replay(&recording, &mut *session, usize::MAX)?;
        Ok(tables(1, &told(events)))
    });
    Ok(to_python(made.map_err(failed)?.map_err(refused)?))
}

/// The tables of a session that has said nothing: their columns.
#[pyfunction]
pub(crate) fn venue_tables() -> PyResult<ByName> {
    Ok(to_python(tables(1, &[]).map_err(refused)?))
}

/// A venue on loopback whose seeded market a session can follow; see `wattbook.ingest.venue`.
#[pyclass(frozen, module = "wattbook.ingest.venue")]
pub(crate) struct SimulatedVenue {
    control: FeedControl,
    venue: Mutex<Option<FeedVenue>>,
    port: Option<u16>,
    file: String,
}

#[pymethods]
impl SimulatedVenue {
    /// Starts a venue of `kind` with `hours` contracts from `first_second` in each of `areas`.
    #[new]
    fn new(
        py: Python<'_>,
        kind: &str,
        market: PyMarket,
        port: u16,
        broker: &str,
        secrets: PySecrets,
    ) -> PyResult<Self> {
        let (seed, first_second, hours, areas) = market;
        let protocol = match kind {
            "generic" => FeedProtocol::Rest,
            "nordpool" => FeedProtocol::NordPool,
            "m7" => {
                let address = broker.parse::<SocketAddr>();
                FeedProtocol::M7(address.map_err(|_| {
                    refused(format!(
                        "broker {broker:?} is no ADDRESS:PORT, as 127.0.0.1:5672"
                    ))
                })?)
            }
            other => {
                return Err(refused(format!(
                    "kind is {other:?}; use generic, nordpool or m7"
                )));
            }
        };
        if hours == 0 || areas.is_empty() {
            return Err(refused("no contract to simulate; give hours and areas"));
        }
        let areas: Vec<_> = areas.iter().map(String::as_str).collect();
        let control = FeedControl::new(FeedMarket::new(seed, first_second, hours, &areas));
        let started = py
            .detach(|| FeedVenue::start(protocol, port, [&secrets.0, &secrets.1], control.clone()));
        let venue = started.map_err(|error| {
            errors::FeedError::new_err(format!("127.0.0.1:{port}: cannot listen: {error}"))
        })?;
        Ok(Self {
            port: venue.address().map(|address| address.port()),
            file: venue.file().to_owned(),
            control,
            venue: Mutex::new(Some(venue)),
        })
    }

    /// The port on 127.0.0.1; none behind a broker.
    #[getter]
    const fn port(&self) -> Option<u16> {
        self.port
    }

    /// The venue's file, without secrets.
    #[getter]
    fn file(&self) -> &str {
        &self.file
    }

    /// Lets the market make `count` more changes.
    fn step(&self, count: u64) {
        self.control.step(count);
    }

    /// Has it do `fault` wrong: `lose` (count), `publish` (bytes), `disconnect`, `silence`, `speak`,
    /// `expire_tokens`, `cut_snapshot` or `spoil_snapshot`.
    fn fail(&self, fault: &str, count: u32, bytes: Vec<u8>) -> PyResult<()> {
        let fault = match fault {
            "lose" => FeedFault::Lose(count),
            "publish" => FeedFault::Publish(bytes),
            "disconnect" => FeedFault::Disconnect,
            "silence" => FeedFault::Silence(true),
            "speak" => FeedFault::Silence(false),
            "expire_tokens" => FeedFault::ExpireTokens,
            "cut_snapshot" => FeedFault::CutSnapshot,
            "spoil_snapshot" => FeedFault::SpoilSnapshot,
            other => return Err(refused(format!("a venue cannot fail by {other:?}"))),
        };
        self.control.fail(fault);
        Ok(())
    }

    /// Whether every change and fault asked for was made.
    fn is_idle(&self) -> bool {
        self.control.is_idle()
    }

    /// How often a session logged in.
    fn logins(&self) -> u64 {
        self.control.logins()
    }

    /// How many snapshots it sent.
    fn snapshots(&self) -> u64 {
        self.control.snapshots()
    }

    /// Its own books, in order of contracts: area, first second of delivery, revision, and the orders
    /// of both sides as number, whether it buys, price and volume in 1e-6.
    fn books(&self, py: Python<'_>) -> Vec<PyOwnBook> {
        py.detach(|| {
            let market = self.control.market();
            let books = market.contracts().iter().map(|contract| {
                let orders = contract.orders.iter().map(|(number, order)| {
                    let (price, volume) =
                        (order.price_cents * 10_000, order.volume_tenths * 100_000);
                    (*number, order.side == Side::Buy, price, volume)
                });
                let place = (contract.area.clone(), contract.delivery_start);
                (place.0, place.1, contract.revision, orders.collect())
            });
            books.collect()
        })
    }

    /// Ends it and its connections.
    fn close(&self, py: Python<'_>) {
        let venue = lock(&self.venue).take();
        py.detach(|| {
            self.control.end();
            drop(venue);
        });
    }
}
