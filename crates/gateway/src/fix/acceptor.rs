//! A port on loopback, and the sessions that may log on through it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_codec::fix::{Decoder, Frame, Message};
use wattbook_session::fix::{Application, MessageStore, Session, SessionId, Version};

use super::connection::Connection;
use crate::tls::TlsServer;
use crate::wall_clock;

/// How long a connection has for its first message.
const FIRST_MESSAGE: Duration = Duration::from_secs(10);
/// How long a wait for bytes or connections lasts before the acceptor looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);
/// Connections at once, at most: each has a thread, also before it has said who it is. One beyond is
/// closed at once.
const CONNECTIONS_MAX: usize = 512;
/// How long a session that is taken away has for its logout.
const LEAVING: Duration = Duration::from_secs(10);

/// Why an acceptor could not begin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AcceptorError {
    /// The port cannot be had.
    #[error("port {port} of 127.0.0.1 cannot be listened on ({error}); give another one")]
    Port {
        /// As asked for.
        port: u16,
        /// What the system says.
        error: io::Error,
    },
    /// Two sessions of one name.
    #[error("session {sender} to {target} is there twice; leave one out")]
    Twice {
        /// Our name.
        sender: String,
        /// Theirs.
        target: String,
    },
}

/// A session and what takes its messages; not there while it is connected.
type Slot<S, A> = Option<(Session<S>, A)>;

/// A place for one connection.
struct Seat<S, A> {
    slot: Slot<S, A>,
    /// Its connection is to log out.
    stop: Arc<AtomicBool>,
}

impl<S, A> Seat<S, A> {
    fn new(session: Session<S>, application: A) -> Self {
        Self {
            slot: Some((session, application)),
            stop: Arc::default(),
        }
    }
}

struct Shared<S, A> {
    seats: Mutex<HashMap<SessionId, Seat<S, A>>>,
    /// Somebody has left a seat.
    left: Condvar,
    stop: AtomicBool,
    config: AcceptorConfig,
}

/// How an acceptor serves its connections.
#[derive(Debug, Clone, Default)]
pub struct AcceptorConfig {
    /// On 127.0.0.1; any free one when it is 0.
    pub port: u16,
    /// Speak TLS 1.3 and nothing else; none for the bare socket.
    pub tls: Option<TlsServer>,
    /// The folder in which each session has a file of what comes and goes; none for no log.
    pub log_folder: Option<PathBuf>,
}

/// Listens on loopback; each connection has a thread. It stops when dropped.
pub struct Acceptor<S, A> {
    address: SocketAddr,
    shared: Arc<Shared<S, A>>,
    thread: Option<JoinHandle<()>>,
}

impl<S, A> std::fmt::Debug for Acceptor<S, A> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Acceptor")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl<S, A> Acceptor<S, A>
where
    S: MessageStore + Send + 'static,
    A: Application<S> + Send + 'static,
{
    /// Listens on `port` of 127.0.0.1, or on any free one when it is 0, for `sessions`.
    ///
    /// # Errors
    /// [`AcceptorError`].
    pub fn start(port: u16, sessions: Vec<(Session<S>, A)>) -> Result<Self, AcceptorError> {
        let config = AcceptorConfig {
            port,
            ..AcceptorConfig::default()
        };
        Self::start_with(config, sessions)
    }

    /// Listens as `config` says for `sessions`.
    ///
    /// # Errors
    /// [`AcceptorError`].
    pub fn start_with(
        config: AcceptorConfig,
        sessions: Vec<(Session<S>, A)>,
    ) -> Result<Self, AcceptorError> {
        let mut seats = HashMap::new();
        for (session, application) in sessions {
            let id = session.config().id.clone();
            let seat = Seat::new(session, application);
            if seats.insert(id.clone(), seat).is_some() {
                return Err(twice(&id));
            }
        }
        let port = config.port;
        let failed = |error| AcceptorError::Port { port, error };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let shared = Arc::new(Shared {
            seats: Mutex::new(seats),
            left: Condvar::new(),
            stop: AtomicBool::new(false),
            config,
        });
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || accept(&listener, &serving));
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Lets another session log on.
    ///
    /// # Errors
    /// [`AcceptorError::Twice`] when it is there already.
    pub fn add(&self, session: Session<S>, application: A) -> Result<(), AcceptorError> {
        let id = session.config().id.clone();
        let mut seats = seats(&self.shared);
        if seats.contains_key(&id) {
            return Err(twice(&id));
        }
        seats.insert(id, Seat::new(session, application));
        Ok(())
    }

    /// Logs a session out, waits until its connection has ended, and lets it log on no more. The
    /// others go on meanwhile. None when it is not there, or its connection does not end.
    pub fn remove(&self, id: &SessionId) -> Option<(Session<S>, A)> {
        let seats = seats(&self.shared);
        seats.get(id)?.stop.store(true, Ordering::Relaxed);
        let is_taken = |seats: &mut HashMap<SessionId, Seat<S, A>>| {
            seats.get(id).is_some_and(|seat| seat.slot.is_none())
        };
        let waited = self
            .shared
            .left
            .wait_timeout_while(seats, LEAVING, is_taken);
        let mut seats = waited.unwrap_or_else(PoisonError::into_inner).0;
        seats.remove(id)?.slot
    }
}

impl<S, A> Acceptor<S, A> {
    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Logs every session out and waits for the connections to end.
    pub fn stop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        for seat in seats(&self.shared).values() {
            seat.stop.store(true, Ordering::Relaxed);
        }
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

impl<S, A> Drop for Acceptor<S, A> {
    fn drop(&mut self) {
        self.stop();
    }
}

fn twice(id: &SessionId) -> AcceptorError {
    AcceptorError::Twice {
        sender: id.sender.clone(),
        target: id.target.clone(),
    }
}

/// Takes connections until told to stop, then waits for those that are open.
fn accept<S, A>(listener: &TcpListener, shared: &Arc<Shared<S, A>>)
where
    S: MessageStore + Send + 'static,
    A: Application<S> + Send + 'static,
{
    let mut open: Vec<JoinHandle<()>> = Vec::new();
    while !shared.stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) if open.len() < CONNECTIONS_MAX => {
                let shared = Arc::clone(shared);
                // A machine that has no thread left loses this connection, not the acceptor.
                let begun = thread::Builder::new().spawn(move || serve(stream, &shared));
                open.extend(begun);
            }
            Ok(_) => {}
            // Nothing there yet, or a connection that went away before it was taken.
            Err(_) => thread::sleep(LOOK),
        }
        open.retain(|thread| !thread.is_finished());
    }
    for thread in open {
        drop(thread.join());
    }
}

/// Finds the session of a connection by its first message, and runs it.
fn serve<S: MessageStore, A: Application<S>>(stream: TcpStream, shared: &Shared<S, A>) {
    let Ok(()) = stream.set_nonblocking(false) else {
        return;
    };
    let opened = match &shared.config.tls {
        None => Connection::new(stream),
        Some(server) => Connection::from_tls(server, stream),
    };
    let Ok(mut connection) = opened else {
        return;
    };
    let Some(id) = first_id(&mut connection, shared) else {
        return;
    };
    // A session that is connected already keeps its connection: FIX 4.4, volume 2, "Logon".
    let Some((mut session, mut application, stop)) = take_seat(shared, &id) else {
        return;
    };
    // Nothing goes over a session whose log cannot be kept.
    let is_logged = shared.config.log_folder.as_ref().is_none_or(|folder| {
        let name = format!("{}-{}.log", id.sender, id.target);
        connection.log_to(&folder.join(name)).is_ok()
    });
    if is_logged && session.connect(wall_clock()).is_ok() {
        // How it ended is told by the session's events and `closed`.
        drop(connection.run(&mut session, &mut application, &stop));
    }
    if let Some(seat) = seats(shared).get_mut(&id) {
        seat.slot = Some((session, application));
    }
    shared.left.notify_all();
}

/// Takes the session of a connection, if nobody has it and it may log on.
fn take_seat<S, A>(
    shared: &Shared<S, A>,
    id: &SessionId,
) -> Option<(Session<S>, A, Arc<AtomicBool>)> {
    let mut seats = seats(shared);
    let seat = seats.get_mut(id)?;
    if seat.stop.load(Ordering::Relaxed) {
        return None;
    }
    let (session, application) = seat.slot.take()?;
    Some((session, application, Arc::clone(&seat.stop)))
}

/// Whose connection it is; `None` when the first message is no logon of a known session.
fn first_id<S, A>(connection: &mut Connection, shared: &Shared<S, A>) -> Option<SessionId> {
    let begun = Instant::now();
    let mut decoder = Decoder::default();
    while begun.elapsed() < FIRST_MESSAGE && !shared.stop.load(Ordering::Relaxed) {
        if !connection.read(LOOK).ok()? {
            return None;
        }
        match decoder.frames(connection.unread()).next() {
            Some(Frame::Message(message)) => return id_of(&message),
            Some(Frame::Skipped(_)) => return None,
            None => {}
        }
    }
    None
}

/// The session that a logon is for: their sender is our target.
fn id_of(message: &Message<'_>) -> Option<SessionId> {
    let text = |tag| Some(message.get(tag)?.text().ok()?.to_owned());
    let versions = [Version::Fix42, Version::Fix44, Version::Fix50Sp2];
    let speaks = |version: &Version| version.begin_string().as_bytes() == message.begin_string();
    (message.msg_type() == b"A").then_some(())?;
    Some(SessionId {
        version: versions.into_iter().find(speaks)?,
        sender: text(56)?,
        target: text(49)?,
    })
}

fn seats<S, A>(shared: &Shared<S, A>) -> MutexGuard<'_, HashMap<SessionId, Seat<S, A>>> {
    // A thread that panicked has left its seat empty, and the others whole.
    shared.seats.lock().unwrap_or_else(PoisonError::into_inner)
}
