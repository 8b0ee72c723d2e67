//! FIX sessions.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use pyo3::prelude::*;
use wattbook_gateway::fix::{Acceptor, AcceptorConfig, Echo};
use wattbook_gateway::tls::{TlsServer, TlsSettings};
use wattbook_session::fix::{
    Excess, MemoryStore, Rate, Role, Schedule, Session, SessionConfig, SessionId, Version,
};

pyo3::import_exception!(wattbook.errors, InputError);

/// A port on loopback whose sessions send back what they are sent.
#[pyclass(frozen, module = "wattbook.execution")]
pub(crate) struct FixEchoAcceptor {
    acceptor: Mutex<Acceptor<MemoryStore, Echo>>,
    port: u16,
}

#[pymethods]
impl FixEchoAcceptor {
    /// Listens on `port`, or a free one when it is 0; each session is its version, our `CompID`,
    /// theirs, whether both sides begin at 1 with each logon, its hours, and how many messages it takes.
    /// `tls` are certificate, key, and those who issue the clients' certificates; in `log_folder` each
    /// session has a file of what comes and goes.
    #[new]
    #[pyo3(signature = (port, sessions, tls=None, log_folder=None))]
    fn new(
        py: Python<'_>,
        port: u16,
        sessions: Vec<PySession>,
        tls: Option<PyTls>,
        log_folder: Option<PathBuf>,
    ) -> PyResult<Self> {
        let config = AcceptorConfig {
            port,
            tls: tls.map(server_tls).transpose()?,
            log_folder,
        };
        let sessions = sessions.into_iter().map(session).collect::<PyResult<_>>()?;
        let acceptor = py
            .detach(|| Acceptor::start_with(config, sessions))
            .map_err(|error| InputError::new_err(error.to_string()))?;
        Ok(Self {
            port: acceptor.address().port(),
            acceptor: Mutex::new(acceptor),
        })
    }

    /// Where it listens on 127.0.0.1.
    #[getter]
    const fn port(&self) -> u16 {
        self.port
    }

    /// Lets a session log on that was not there.
    fn add(&self, session: PySession) -> PyResult<()> {
        let (session, echo) = self::session(session)?;
        let added = self.acceptor().add(session, echo);
        added.map_err(|error| InputError::new_err(error.to_string()))
    }

    /// Logs a session out and lets it log on no more; whether it was there. The others go on.
    fn remove(&self, py: Python<'_>, version: &str, sender: &str, target: &str) -> PyResult<bool> {
        let id = id_of(version, sender, target)?;
        Ok(py.detach(|| self.acceptor().remove(&id)).is_some())
    }

    /// Logs a session out and lets it log on again as `session` says; its numbers go on. The others are
    /// left as they are.
    fn change(&self, py: Python<'_>, session: PySession) -> PyResult<bool> {
        let (changed, _) = self::session(session)?;
        let config = changed.config().clone();
        py.detach(|| {
            let acceptor = self.acceptor();
            let Some((old, echo)) = acceptor.remove(&config.id) else {
                return Ok(false);
            };
            let added = acceptor.add(old.reconfigured(config), echo);
            added
                .map(|()| true)
                .map_err(|error| InputError::new_err(error.to_string()))
        })
    }

    /// Logs every session out and waits until the connections have ended.
    fn stop(&self, py: Python<'_>) {
        py.detach(|| self.acceptor().stop());
    }
}

impl FixEchoAcceptor {
    fn acceptor(&self) -> MutexGuard<'_, Acceptor<MemoryStore, Echo>> {
        self.acceptor.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Time zone, start and end of a session's hours, first and last day of weekly ones.
pub(crate) type PyHours = (String, String, String, Option<String>, Option<String>);

/// Messages in an interval of so many ns, and whether one beyond ends the session.
type PyRate = (usize, i64, bool);

/// Version, our name and theirs, whether a logon resets both sides, hours, what it takes.
type PySession = (
    String,
    String,
    String,
    bool,
    Option<PyHours>,
    Option<PyRate>,
);

/// Files of a certificate, its key, and the issuers to trust.
pub(crate) type PyTls = (Option<PathBuf>, Option<PathBuf>, Option<PathBuf>);

pub(crate) fn tls_settings((certificate, key, ca): PyTls) -> TlsSettings {
    TlsSettings {
        ca,
        certificate,
        key,
    }
}

/// TLS of who listens; its paths are as they stand.
pub(crate) fn server_tls(files: PyTls) -> PyResult<TlsServer> {
    TlsServer::new(&tls_settings(files), &PathBuf::new())
        .map_err(|error| InputError::new_err(error.to_string()))
}

pub(crate) fn schedule((zone, start, end, first, last): PyHours) -> PyResult<Schedule> {
    let made = match (&first, &last) {
        (Some(first), Some(last)) => Schedule::weekly(&zone, (first, &start), (last, &end)),
        _ => Schedule::daily(&zone, &start, &end),
    };
    made.map_err(|error| InputError::new_err(error.to_string()))
}

fn id_of(version: &str, sender: &str, target: &str) -> PyResult<SessionId> {
    let version =
        Version::of_name(version).map_err(|error| InputError::new_err(error.to_string()))?;
    Ok(SessionId {
        version,
        sender: sender.to_owned(),
        target: target.to_owned(),
    })
}

/// A session in memory, and its application.
fn session(
    (version, sender, target, resets_on_logon, hours, taken): PySession,
) -> PyResult<(Session<MemoryStore>, Echo)> {
    let id = id_of(&version, &sender, &target)?;
    let known = id.version;
    let mut config = SessionConfig::new(id, Role::Acceptor);
    config.resets_on_logon = resets_on_logon;
    config.schedule = hours.map(schedule).transpose()?;
    config.taken = taken.map(|(messages, interval_ns, ends)| {
        let rate = Rate {
            messages,
            interval_ns,
        };
        let excess = if ends {
            Excess::LogOut
        } else {
            Excess::Decline
        };
        (rate, excess)
    });
    Ok((
        Session::new(config, MemoryStore::default()),
        Echo::new(known.dictionary()),
    ))
}
