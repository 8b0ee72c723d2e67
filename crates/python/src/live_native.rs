//! Trading outside over a venue's own session, and simulated venues of that kind to trade with.

use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use pyo3::prelude::*;
use wattbook_domain::{InstrumentId, Timestamp, VenueId};
use wattbook_feed::venue::TlsClient;
use wattbook_gateway::rest_orders::{RestOrders, RestOrdersConfig};
use wattbook_session::fix::Rate;
use wattbook_session::venue::Secrets;
use wattbook_sim::Exchange;
use wattbook_sim::feeds::{
    FeedControl, FeedMarket, M7Server, M7Wire, NordPoolVenue, NordPoolVenueSettings, OrderFloor,
};
use wattbook_sim::order_venues::{RestOrderConfig, RestOrderVenue};

use crate::fix_session::{PyHours, schedule};
use crate::live::{AccountRow, Status, account_rows, failed, socket_address, status_row};
use crate::sim::{Simulation, to_py};

pyo3::import_exception!(wattbook.errors, InputError);
pyo3::import_exception!(wattbook.errors, JournalError);

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that call; the data is whole between calls.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn refused(error: impl ToString) -> PyErr {
    InputError::new_err(error.to_string())
}

/// The venue, with its limit of messages and its hours.
fn limited(
    mut venue: wattbook_sim::NativeVenue,
    rate: Option<(usize, i64)>,
    hours: Option<PyHours>,
) -> PyResult<NativeVenue> {
    if let Some((messages, interval_ns)) = rate {
        venue = venue.with_rate(Rate {
            messages,
            interval_ns,
        });
    }
    if let Some(hours) = hours {
        venue = venue.with_hours(schedule(hours)?);
    }
    Ok(NativeVenue(Mutex::new(venue)))
}

/// A venue's session with orders, between it and a running simulation that trades outside.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct NativeVenue(Mutex<wattbook_sim::NativeVenue>);

#[pymethods]
impl NativeVenue {
    /// A session by the file `text`, whose paths are relative to `folder`, with user and password. `tag`
    /// begins each name of an order, `area` is the venue's code of the delivery area; `periods` are first
    /// and one past the last instant of delivery, and the instrument, of what is traded. `rate` is how
    /// many messages it takes in how many ns; `hours` are those in which it is connected. `codes` is the
    /// file that keeps the venue's codes of orders.
    #[new]
    #[pyo3(signature = (text, *, folder, secrets, seed, tag, area, periods, codes, rate = None, hours = None))]
    #[allow(clippy::too_many_arguments, reason = "named in Python")]
    fn new(
        text: &str,
        folder: PathBuf,
        secrets: (String, String),
        seed: u64,
        tag: String,
        area: String,
        periods: Vec<(Timestamp, Timestamp, InstrumentId)>,
        codes: PathBuf,
        rate: Option<(usize, i64)>,
        hours: Option<PyHours>,
    ) -> PyResult<Self> {
        let (user, password) = secrets;
        let secrets = Secrets { user, password };
        let session = wattbook_session::open(text, secrets.clone(), seed).map_err(refused)?;
        let tls = TlsClient::of_file(text, &folder).map_err(refused)?;
        let periods = periods
            .into_iter()
            .map(|(start, end, instrument)| ((start, end), instrument));
        let text = text.to_owned();
        let open = Box::new(move || wattbook_session::open(&text, secrets.clone(), seed).ok());
        let venue = wattbook_sim::NativeVenue::new(session, tls, tag, area, periods, open, codes);
        limited(venue, rate, hours)
    }

    /// A venue that takes orders by REST at `address` (IP:PORT) and answers over a WebSocket, asked with
    /// `key`. `tag` begins each name of an order, `symbols` are its names of what is traded; `place` is
    /// the file that keeps how far its answers were taken. `rate` and `hours` as above.
    #[staticmethod]
    #[pyo3(signature = (address, *, key, tag, symbols, place, rate = None, hours = None))]
    fn by_rest(
        address: &str,
        key: String,
        tag: String,
        symbols: Vec<(InstrumentId, String)>,
        place: PathBuf,
        rate: Option<(usize, i64)>,
        hours: Option<PyHours>,
    ) -> PyResult<Self> {
        let address = socket_address(address)?;
        let link = RestOrders::kept_at(RestOrdersConfig { address, key }, place);
        let link = link.map_err(|error| JournalError::new_err(error.to_string()))?;
        let venue = wattbook_sim::NativeVenue::by_rest(link, tag, symbols);
        limited(venue, rate, hours)
    }

    /// Takes over what a resumed simulation has met of its journal, before it connects.
    fn resume(&self, py: Python<'_>, simulation: &Simulation) -> PyResult<()> {
        py.detach(|| simulation.running(|backtest| lock(&self.0).resume(backtest).map_err(failed)))
    }

    /// Asks for the end of an order that the venue told of by `name` and this run does not work; `False`
    /// where it told of none.
    fn cancel_foreign(&self, py: Python<'_>, name: &str, now: Timestamp) -> bool {
        py.detach(|| lock(&self.0).cancel_foreign(name, now))
    }

    /// Connects, and again whenever the connection is lost.
    fn connect(&self, py: Python<'_>) {
        py.detach(|| lock(&self.0).connect());
    }

    /// Hands what has come to the simulation, whose clock stands at `now`; returns what was set aside as
    /// (reason, message).
    fn receive(
        &self,
        py: Python<'_>,
        simulation: &Simulation,
        now: Timestamp,
    ) -> PyResult<Vec<(String, String)>> {
        py.detach(|| {
            simulation.running(|backtest| {
                let aside = lock(&self.0).receive(backtest, now).map_err(failed)?;
                let pair = |aside: wattbook_sim::Aside| (aside.reason, aside.message);
                Ok(aside.into_iter().map(pair).collect())
            })
        })
    }

    /// Sends what the simulation has routed and committed.
    fn send(&self, py: Python<'_>, simulation: &Simulation) -> PyResult<()> {
        py.detach(|| simulation.running(|backtest| lock(&self.0).send(backtest).map_err(failed)))
    }

    /// Whether no order is open.
    fn is_quiet(&self, py: Python<'_>) -> bool {
        py.detach(|| lock(&self.0).is_quiet())
    }

    /// Where the connection stands, as of a `LiveVenue`.
    fn status(&self, py: Python<'_>) -> Status {
        status_row(py.detach(|| lock(&self.0).status()))
    }

    /// Logs out.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| lock(&self.0).stop());
    }
}

/// What serves the orders of the one client.
enum Server {
    M7(#[allow(dead_code, reason = "it serves until it is dropped")] M7Server),
    NordPool(#[allow(dead_code, reason = "it serves until it is dropped")] NordPoolVenue),
    Rest(#[allow(dead_code, reason = "it serves until it is dropped")] RestOrderVenue),
}

/// A simulated venue in the manner of M7 or of Nord Pool, or one that takes orders by REST, on a port of loopback: the books of one venue,
/// for one client.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct NativeExchange {
    exchange: Arc<Mutex<Exchange>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    server: Mutex<Option<Server>>,
    port: u16,
}

#[pymethods]
impl NativeExchange {
    /// Opens the books that were planned at `venue` of `simulation`, which is used up, on `port` of
    /// 127.0.0.1 or any free one when it is 0, in the manner of `kind`. `hours` are the exchange's
    /// symbols of hours that follow each other from `first_second` on. Its clock begins at `start` and
    /// runs `speed` times as fast as time. Public books are seeded apart from those in which is traded.
    #[new]
    #[pyo3(signature = (simulation, *, kind, venue, port, secrets, seed, area, first_second, hours, start, speed))]
    #[allow(clippy::too_many_arguments, clippy::similar_names)]
    fn new(
        py: Python<'_>,
        simulation: &Simulation,
        kind: &str,
        venue: VenueId,
        port: u16,
        secrets: (String, String),
        seed: u64,
        area: &str,
        first_second: i64,
        hours: Vec<String>,
        start: Timestamp,
        speed: f64,
    ) -> PyResult<Self> {
        let plan = simulation.take_plan()?;
        let exchange = plan
            .exchange(venue, ["DESK".to_owned()], start)
            .map_err(to_py)?;
        let exchange = Arc::new(Mutex::new(exchange));
        let began = Instant::now();
        let clock: Arc<dyn Fn() -> Timestamp + Send + Sync> = Arc::new(move || {
            let elapsed = began.elapsed().as_nanos() as f64 * speed;
            start.plus_nanos(elapsed as i64)
        });
        if kind == "rest" {
            let config = RestOrderConfig {
                port,
                key: secrets.1,
                member: 0,
                rate: None,
            };
            let (books, time) = (Arc::clone(&exchange), Arc::clone(&clock));
            let venue = py.detach(|| RestOrderVenue::start(config, books, time));
            let venue = venue.map_err(refused)?;
            let port = venue.address().port();
            let server = Mutex::new(Some(Server::Rest(venue)));
            return Ok(Self {
                exchange,
                clock,
                server,
                port,
            });
        }
        let count = u32::try_from(hours.len()).map_err(refused)?;
        let mut market = FeedMarket::new(seed, first_second, count, &[area]);
        for _ in 0..hours.len() * 20 {
            market.step();
        }
        let listed = market
            .contracts()
            .iter()
            .map(|one| (one.id, one.area.clone()));
        let symbols: Vec<_> = listed.zip(hours).collect();
        let floor = OrderFloor::new(Arc::clone(&exchange), 0, Arc::clone(&clock), symbols);
        let (server, port) = py
            .detach(|| serve(kind, market, floor, port, secrets))
            .map_err(refused)?;
        Ok(Self {
            exchange,
            clock,
            server: Mutex::new(Some(server)),
            port,
        })
    }

    /// Where it listens on 127.0.0.1.
    #[getter]
    const fn port(&self) -> u16 {
        self.port
    }

    /// Lets everything happen that is due; the books go on while nobody is connected.
    fn advance(&self, py: Python<'_>) {
        py.detach(|| lock(&self.exchange).advance((self.clock)()));
    }

    /// What the client has traded: name, symbol, bought and sold in 1e-6 volume units, fills.
    fn accounts(&self) -> Vec<AccountRow> {
        account_rows(&lock(&self.exchange))
    }

    /// Ends the connections.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| drop(lock(&self.server).take()));
    }
}

fn serve(
    kind: &str,
    market: FeedMarket,
    floor: Arc<OrderFloor>,
    port: u16,
    (user, password): (String, String),
) -> std::io::Result<(Server, u16)> {
    if kind == "m7" {
        let wire = M7Wire::new(market, "PLAIN").with_floor(floor);
        let server = M7Server::start(wire, port)?;
        let port = server.address().port();
        return Ok((Server::M7(server), port));
    }
    let settings = NordPoolVenueSettings {
        port,
        user,
        password,
        token_seconds: 600,
        heartbeat_ms: 500,
    };
    let venue = NordPoolVenue::start_with(settings, FeedControl::new(market), Some(floor))?;
    let port = venue.address().port();
    Ok((Server::NordPool(venue), port))
}
