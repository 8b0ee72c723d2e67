//! A session that connects, and connects again when the connection is lost.

use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use wattbook_session::Backoff;
use wattbook_session::fix::{Application, MessageStore, Session};

use super::connection::{Connection, Ended};
use super::transport::TlsPeer;
use crate::wall_clock;

/// How long a wait lasts before the initiator looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);

/// Where an initiator connects, and how patiently.
#[derive(Debug, Clone)]
pub struct InitiatorConfig {
    /// The counterparty.
    pub address: SocketAddr,
    /// How long a connection may take to come about.
    pub connect_timeout: Duration,
    /// Waits between two attempts.
    pub backoff: Backoff,
    /// Whom to speak TLS 1.3 with; none for the bare socket.
    pub tls: Option<TlsPeer>,
    /// The file at whose end is noted what comes and goes; none for no log.
    pub log: Option<PathBuf>,
}

impl InitiatorConfig {
    /// Connects to `address` within 5 s, and again after 0.1 s, doubling to 10 s.
    #[must_use]
    pub const fn new(address: SocketAddr) -> Self {
        Self {
            address,
            connect_timeout: Duration::from_secs(5),
            backoff: Backoff::new(100, 10_000, address.port() as u64),
            tls: None,
            log: None,
        }
    }
}

/// A session on a thread of its own. It logs out and ends when dropped.
#[derive(Debug)]
pub struct Initiator {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Initiator {
    /// Connects `session` as often as needed; `on_end` is told how each connection ended or why there
    /// was none.
    pub fn start<S, A>(
        config: InitiatorConfig,
        session: Session<S>,
        application: A,
        on_end: impl FnMut(&Ended) + Send + 'static,
    ) -> Self
    where
        S: MessageStore + Send + 'static,
        A: Application<S> + Send + 'static,
    {
        let stop = Arc::new(AtomicBool::new(false));
        let asked = Arc::clone(&stop);
        let thread = thread::spawn(move || keep(config, session, application, on_end, &asked));
        Self {
            stop,
            thread: Some(thread),
        }
    }

    /// Logs out and waits until the connection has ended.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

impl Drop for Initiator {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Connects until told to stop.
fn keep<S: MessageStore, A: Application<S>>(
    mut config: InitiatorConfig,
    mut session: Session<S>,
    mut application: A,
    mut on_end: impl FnMut(&Ended),
    stop: &AtomicBool,
) {
    while !stop.load(Ordering::Relaxed) {
        if let Some(opens) = session.opens(wall_clock()) {
            while wall_clock() < opens && !stop.load(Ordering::Relaxed) {
                thread::sleep(LOOK);
            }
            continue;
        }
        let ended = match connect(&config) {
            Ok(mut connection) => {
                let ended = match session.connect(wall_clock()) {
                    Ok(()) => connection.run(&mut session, &mut application, stop),
                    Err(error) => Err(error.into()),
                };
                if session.has_logged_on() {
                    config.backoff.succeeded();
                }
                ended
            }
            Err(error) => Err(error.into()),
        };
        let Err(ended) = ended else { return };
        on_end(&ended);
        // A store that failed must not be written to again; what is in it is whole.
        if ended.is_final() {
            return;
        }
        let again = config.backoff.after_failure(wall_clock());
        while wall_clock() < again && !stop.load(Ordering::Relaxed) {
            thread::sleep(LOOK);
        }
    }
}

fn connect(config: &InitiatorConfig) -> io::Result<Connection> {
    let stream = TcpStream::connect_timeout(&config.address, config.connect_timeout)?;
    let mut connection = match &config.tls {
        None => Connection::new(stream)?,
        Some(peer) => Connection::to_tls(peer, stream)?,
    };
    if let Some(path) = &config.log {
        connection.log_to(path)?;
    }
    Ok(connection)
}
