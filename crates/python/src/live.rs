//! Trading outside: a run's session with an exchange, and a simulated exchange to trade with.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use pyo3::prelude::*;
use wattbook_domain::{InstrumentId, Timestamp, VenueId};
use wattbook_gateway::fix::{Acceptor, AcceptorConfig, TlsPeer};
use wattbook_gateway::tls::TlsClient;
use wattbook_session::fix::{MemoryStore, Rate, Role, Session, SessionConfig, SessionId, Version};
use wattbook_sim::{CopyConfig, Exchange, LiveConfig, LiveError, LiveStatus, Seat};

use crate::fix_session::{PyHours, PyTls, schedule, server_tls, tls_settings};
use crate::sim::{Simulation, to_py};

pyo3::import_exception!(wattbook.errors, InputError);
pyo3::import_exception!(wattbook.errors, JournalError);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that call; the data is whole between calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// A FIX 4.4 session with an exchange, between it and a running simulation that trades outside.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct LiveVenue(Mutex<wattbook_sim::LiveVenue>);

/// Where the connection stands: logged on, open orders, requests sent and waiting, reports, repeated, set
/// aside, logons, how the last connection ended, whether there will be no other; of the drop copy whether it
/// is logged on, how many came, how many fills only one side has told.
pub(crate) type Status = (
    bool,
    usize,
    u64,
    usize,
    u64,
    u64,
    u64,
    u64,
    Option<String>,
    bool,
    Option<(bool, u64, usize)>,
);

/// Where copies are served, our `CompID` and the server's, the session's file, the patience in ns.
type PyCopies = (String, String, String, PathBuf, u64);

#[allow(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
pub(crate) fn failed(error: LiveError) -> PyErr {
    JournalError::new_err(error.to_string())
}

/// Whom to speak TLS with: the name on its certificate, and our files.
fn peer((name, files): (String, PyTls)) -> PyResult<TlsPeer> {
    let client = TlsClient::newest(&tls_settings(files), &PathBuf::new())
        .map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(TlsPeer { client, name })
}

pub(crate) fn socket_address(address: &str) -> PyResult<SocketAddr> {
    address.parse().map_err(|_| {
        let text = format!("{address:?} is no IP:PORT; write one like 127.0.0.1:9878");
        InputError::new_err(text)
    })
}

fn copy_config(
    (address, sender, target, store, patience_ns): PyCopies,
    tls: Option<TlsPeer>,
) -> PyResult<CopyConfig> {
    Ok(CopyConfig {
        address: socket_address(&address)?,
        sender,
        target,
        store,
        tls,
        patience: Duration::from_nanos(patience_ns),
    })
}

/// Where a connection stands, as a row for Python.
pub(crate) fn status_row(status: LiveStatus) -> Status {
    let LiveStatus {
        is_logged_on,
        open_orders,
        sent,
        waiting,
        reports,
        repeated,
        set_aside,
        logons,
        last_end,
        has_ended,
        copies,
    } = status;
    (
        is_logged_on,
        open_orders,
        sent,
        waiting,
        reports,
        repeated,
        set_aside,
        logons,
        last_end,
        has_ended,
        copies.map(|copies| (copies.is_logged_on, copies.copies, copies.unmatched)),
    )
}

/// What each member of `exchange` has traded.
pub(crate) fn account_rows(exchange: &Exchange) -> Vec<AccountRow> {
    let row = |(name, symbol, account): (&str, &str, wattbook_sim::Account)| {
        (
            name.to_owned(),
            symbol.to_owned(),
            account.bought.millionths(),
            account.sold.millionths(),
            account.fills,
        )
    };
    exchange.accounts().map(row).collect()
}

#[pymethods]
impl LiveVenue {
    /// Opens the session's file `store`; `address` is IP:PORT, `symbols` are the exchange's names of the
    /// instruments, `tag` begins each `ClOrdID`. `tls` are the name that the exchange's certificate must be
    /// for, and the files of ours, its key, and the issuers to trust; `rate` is how many messages in how
    /// many ns it takes; `hours` are those of the session. `drop_copy` is where copies are served, our
    /// `CompID` there and the server's, the file of that session, and how many ns one side may lack what
    /// the other tells.
    #[new]
    #[pyo3(signature = (address, *, sender, target, heartbeat_seconds, tag, store, symbols, tls=None, rate=None, hours=None, drop_copy=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        address: &str,
        sender: String,
        target: String,
        heartbeat_seconds: u32,
        tag: String,
        store: PathBuf,
        symbols: Vec<(InstrumentId, String)>,
        tls: Option<(String, PyTls)>,
        rate: Option<(usize, i64)>,
        hours: Option<PyHours>,
        drop_copy: Option<PyCopies>,
    ) -> PyResult<Self> {
        let tls = tls.map(peer).transpose()?;
        let drop_copy = drop_copy.map(|copies| copy_config(copies, tls.clone()));
        let rate = rate.map(|(messages, interval_ns)| Rate {
            messages,
            interval_ns,
        });
        let address = socket_address(address)?;
        let config = LiveConfig {
            address,
            sender,
            target,
            heartbeat_seconds,
            tag,
            store,
            tls,
            rate,
            schedule: hours.map(schedule).transpose()?,
            drop_copy: drop_copy.transpose()?,
        };
        let opened = wattbook_sim::LiveVenue::open(config, symbols);
        let venue = opened.map_err(|error| JournalError::new_err(error.to_string()))?;
        Ok(Self(Mutex::new(venue)))
    }

    /// Takes over what a resumed run has met of its journal, at `now`.
    fn resume(&self, py: Python<'_>, simulation: &Simulation, now: Timestamp) -> PyResult<()> {
        py.detach(|| {
            simulation.running(|backtest| lock(&self.0).resume(backtest, now).map_err(failed))
        })
    }

    /// Connects, and again whenever the connection is lost.
    fn connect(&self, py: Python<'_>) {
        py.detach(|| lock(&self.0).connect());
    }

    /// Hands what has come to the simulation, whose clock stands at `now` and runs `speed` times as fast
    /// as time; returns what was set aside as (reason, message).
    fn receive(
        &self,
        py: Python<'_>,
        simulation: &Simulation,
        now: Timestamp,
        speed: f64,
    ) -> PyResult<Vec<(String, String)>> {
        py.detach(|| {
            simulation.running(|backtest| {
                let aside = lock(&self.0)
                    .receive(backtest, now, speed)
                    .map_err(failed)?;
                let pair = |aside: wattbook_sim::Aside| (aside.reason, aside.message);
                Ok(aside.into_iter().map(pair).collect())
            })
        })
    }

    /// Sends what the simulation has routed and committed.
    fn send(&self, py: Python<'_>, simulation: &Simulation) -> PyResult<()> {
        py.detach(|| simulation.running(|backtest| lock(&self.0).send(backtest).map_err(failed)))
    }

    /// Asks the exchange to take back an order that this run does not work, by its `ClOrdID`; whether it
    /// has told of such an open order.
    fn cancel_foreign(&self, id: &str, now: Timestamp) -> bool {
        lock(&self.0).cancel_foreign(id, now)
    }

    /// Whether everything was sent and answered, and no order is open.
    fn is_quiet(&self, py: Python<'_>) -> bool {
        py.detach(|| lock(&self.0).is_quiet())
    }

    /// Where the connection stands: logged on, open orders, requests sent and waiting, reports, repeated,
    /// set aside, logons, how the last connection ended, whether there will be no other.
    fn status(&self, py: Python<'_>) -> Status {
        status_row(py.detach(|| lock(&self.0).status()))
    }

    /// Logs out and waits until the connection has ended.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| lock(&self.0).stop());
    }
}

/// What a member has traded: its name, the contract's symbol, bought and sold in 1e-6, fills.
pub(crate) type AccountRow = (String, String, i64, i64, u64);

/// A simulated exchange on a port of loopback: the books of one venue, over FIX 4.4.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct FixExchange {
    exchange: Arc<Mutex<Exchange>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    acceptor: Mutex<Acceptor<MemoryStore, Seat>>,
    port: u16,
}

#[pymethods]
impl FixExchange {
    /// Opens the books that were planned at `venue` of `simulation`, which is used up, on `port` of
    /// 127.0.0.1 or any free one when it is 0. `sender` is the exchange's `CompID`, `members` are those
    /// who may log on. Its clock begins at `start` and runs `speed` times as fast as time. `tls` are its
    /// certificate, key, and those who issue the members' certificates. Those called `copies` are sent
    /// every member's reports.
    #[new]
    #[pyo3(signature = (simulation, *, venue, port, sender, members, start, speed, tls=None, copies=None))]
    #[allow(clippy::too_many_arguments)]
    fn new(
        py: Python<'_>,
        simulation: &Simulation,
        venue: VenueId,
        port: u16,
        sender: String,
        members: Vec<String>,
        start: Timestamp,
        speed: f64,
        tls: Option<PyTls>,
        copies: Option<Vec<String>>,
    ) -> PyResult<Self> {
        let config = AcceptorConfig {
            port,
            tls: tls.map(server_tls).transpose()?,
            log_folder: None,
        };
        let plan = simulation.take_plan()?;
        let mut exchange = plan
            .exchange(venue, members.clone(), start)
            .map_err(to_py)?;
        let readers: Vec<(usize, String)> = copies
            .unwrap_or_default()
            .into_iter()
            .map(|name| (exchange.add_copies(), name))
            .collect();
        let exchange = Arc::new(Mutex::new(exchange));
        let began = Instant::now();
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || {
            let elapsed = began.elapsed().as_nanos() as f64 * speed;
            start.plus_nanos(elapsed as i64)
        });
        let members = members.into_iter().enumerate();
        let members = members.map(|(number, target)| {
            let seat = Seat::new(Arc::clone(&exchange), number, Arc::clone(&clock));
            (target, seat)
        });
        let readers = readers.into_iter().map(|(number, target)| {
            let seat = Seat::copies(Arc::clone(&exchange), number, Arc::clone(&clock));
            (target, seat)
        });
        let seats = members.chain(readers).map(|(target, seat)| {
            let id = SessionId {
                version: Version::Fix44,
                sender: sender.clone(),
                target,
            };
            let session = Session::new(
                SessionConfig::new(id, Role::Acceptor),
                MemoryStore::default(),
            );
            (session, seat)
        });
        let seats: Vec<_> = seats.collect();
        let acceptor = py
            .detach(|| Acceptor::start_with(config, seats))
            .map_err(|error| InputError::new_err(error.to_string()))?;
        Ok(Self {
            exchange,
            clock,
            port: acceptor.address().port(),
            acceptor: Mutex::new(acceptor),
        })
    }

    /// Where it listens on 127.0.0.1.
    #[getter]
    const fn port(&self) -> u16 {
        self.port
    }

    /// Lets everything happen that is due; the books go on while no member is connected.
    fn advance(&self, py: Python<'_>) {
        py.detach(|| lock(&self.exchange).advance((self.clock)()));
    }

    /// What each member has traded: name, symbol, bought and sold in 1e-6 volume units, fills.
    fn accounts(&self) -> Vec<AccountRow> {
        account_rows(&lock(&self.exchange))
    }

    /// How many orders each member has placed.
    fn orders(&self) -> Vec<(String, usize)> {
        let exchange = lock(&self.exchange);
        let row = |(name, count): (&str, usize)| (name.to_owned(), count);
        exchange.orders().map(row).collect()
    }

    /// Logs every member out and waits until the connections have ended.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| lock(&self.acceptor).stop());
    }
}
