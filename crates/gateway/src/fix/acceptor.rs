//! A port on loopback, and the sessions that may log on through it.

use std::collections::HashMap;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
type Seat<S, A> = Option<(Session<S>, A)>;

struct Shared<S, A> {
    seats: Mutex<HashMap<SessionId, Seat<S, A>>>,
    stop: Arc<AtomicBool>,
    tls: Option<TlsServer>,
}

/// Listens on loopback; each connection has a thread. It stops when dropped.
#[derive(Debug)]
pub struct Acceptor {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Acceptor {
    /// Listens on `port` of 127.0.0.1, or on any free one when it is 0, for `sessions`.
    ///
    /// # Errors
    /// [`AcceptorError`].
    pub fn start<S, A>(port: u16, sessions: Vec<(Session<S>, A)>) -> Result<Self, AcceptorError>
    where
        S: MessageStore + Send + 'static,
        A: Application<S> + Send + 'static,
    {
        Self::start_with(port, None, sessions)
    }

    /// As [`Self::start`]; where `tls` is given, a connection that does not speak TLS 1.3 is closed.
    ///
    /// # Errors
    /// [`AcceptorError`].
    pub fn start_with<S, A>(
        port: u16,
        tls: Option<TlsServer>,
        sessions: Vec<(Session<S>, A)>,
    ) -> Result<Self, AcceptorError>
    where
        S: MessageStore + Send + 'static,
        A: Application<S> + Send + 'static,
    {
        let mut seats = HashMap::new();
        for (session, application) in sessions {
            let id = session.config().id.clone();
            let (sender, target) = (id.sender.clone(), id.target.clone());
            if seats.insert(id, Some((session, application))).is_some() {
                return Err(AcceptorError::Twice { sender, target });
            }
        }
        let failed = |error| AcceptorError::Port { port, error };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let stop = Arc::new(AtomicBool::new(false));
        let shared = Arc::new(Shared {
            seats: Mutex::new(seats),
            stop: Arc::clone(&stop),
            tls,
        });
        let thread = thread::spawn(move || accept(&listener, &shared));
        Ok(Self {
            address,
            stop,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Logs every session out and waits for the connections to end.
    pub fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

impl Drop for Acceptor {
    fn drop(&mut self) {
        self.stop();
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
            Ok((stream, _)) => {
                let shared = Arc::clone(shared);
                open.push(thread::spawn(move || serve(stream, &shared)));
            }
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
    let opened = match &shared.tls {
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
    let Some((mut session, mut application)) = seats(shared).get_mut(&id).and_then(Option::take)
    else {
        return;
    };
    if session.connect(wall_clock()).is_ok() {
        // How it ended is told by the session's events and `closed`.
        drop(connection.run(&mut session, &mut application, &shared.stop));
    }
    seats(shared).insert(id, Some((session, application)));
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
