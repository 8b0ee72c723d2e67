//! One connection: reads, lets time go on, writes, until the session closes it.

use std::any::Any;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use wattbook_codec::fix::Decoder;
use wattbook_domain::Timestamp;
use wattbook_session::fix::{Application, Closed, MessageStore, Session, SessionError};

use super::message_log::{MessageLog, Way};
use super::transport::{TlsPeer, Transport, is_timeout};
use crate::tls::TlsServer;
use crate::wall_clock;

/// Longest wait before the connection looks whether it is to stop.
const WAIT_MAX: Duration = Duration::from_millis(200);
/// Longest wait for the other side to take what is sent: it has stopped reading.
const WRITE_TIMEOUT: Duration = Duration::from_secs(10);
const READ_BYTES: usize = 64 << 10;

/// How a connection ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Ended {
    /// The session closed it.
    #[error(transparent)]
    Closed(#[from] Closed),
    /// The session could go on no further.
    #[error(transparent)]
    Session(#[from] SessionError),
    /// The socket failed.
    #[error("the connection failed: {0}")]
    Socket(#[from] io::Error),
    /// The other side took nothing for too long.
    #[error("the other side has taken nothing for {} s", .0.as_secs())]
    NotRead(Duration),
    /// A fault of this program, which its thread has told.
    #[error("a fault of this program ended the session: {0}; tell its makers, and begin anew")]
    Panicked(String),
}

impl Ended {
    /// Whether no later connection can mend it.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Session(_) | Self::Panicked(_))
    }
}

/// A socket with the bytes that came over it and are not done with.
#[derive(Debug)]
pub struct Connection {
    stream: Transport,
    /// Only its first `filled` bytes have come.
    bytes: Vec<u8>,
    filled: usize,
    decoder: Decoder,
    /// The longest that the socket waits for bytes.
    wait: Duration,
    log: Option<MessageLog>,
}

impl Connection {
    /// A connection over `stream`, which sends what it is given at once.
    ///
    /// # Errors
    /// When the socket cannot be set up.
    pub fn new(stream: TcpStream) -> io::Result<Self> {
        prepare(&stream)?;
        Ok(Self::over(Transport::Bare(stream)))
    }

    /// A connection by TLS 1.3 with whom `stream` was connected to.
    ///
    /// # Errors
    /// When the socket cannot be set up, or one side does not trust the other.
    pub fn to_tls(peer: &TlsPeer, stream: TcpStream) -> io::Result<Self> {
        prepare(&stream)?;
        Ok(Self::over(Transport::to(peer, stream)?))
    }

    /// A connection by TLS 1.3 with who has connected.
    ///
    /// # Errors
    /// When the socket cannot be set up, or one side does not trust the other.
    pub fn from_tls(server: &TlsServer, stream: TcpStream) -> io::Result<Self> {
        prepare(&stream)?;
        Ok(Self::over(Transport::from(server, stream)?))
    }

    fn over(stream: Transport) -> Self {
        Self {
            stream,
            bytes: vec![0; READ_BYTES],
            filled: 0,
            decoder: Decoder::default(),
            wait: Duration::ZERO,
            log: None,
        }
    }

    /// Notes from now on what comes and goes at the end of the file at `path`.
    ///
    /// # Errors
    /// When it cannot be opened.
    pub fn log_to(&mut self, path: &Path) -> io::Result<()> {
        self.log = Some(MessageLog::open(path)?);
        Ok(())
    }

    /// What has come and is not done with.
    #[must_use]
    pub fn unread(&self) -> &[u8] {
        &self.bytes[..self.filled]
    }

    /// Waits for more bytes, at most `wait`; `false` when the other side has closed.
    ///
    /// # Errors
    /// When the socket fails.
    pub fn read(&mut self, wait: Duration) -> io::Result<bool> {
        if self.filled == self.bytes.len() {
            // A frame longer than the room; the decoder bounds how long it may be.
            self.bytes.resize(2 * self.bytes.len(), 0);
        }
        // A timeout of zero would mean to wait for ever.
        let wait = wait.max(Duration::from_millis(1));
        // To wait up to a quarter less does no harm, and saves a call of the system for each read.
        if wait < self.wait || wait > self.wait + self.wait / 4 {
            self.stream.set_read_timeout(wait)?;
            self.wait = wait;
        }
        match self.stream.read(&mut self.bytes[self.filled..]) {
            Ok(0) => Ok(false),
            Ok(count) => {
                self.filled += count;
                Ok(true)
            }
            Err(error) if is_timeout(&error) => Ok(true),
            Err(error) => Err(error),
        }
    }

    /// Runs `session`, which is connected, until it closes or `stop` is set.
    ///
    /// # Errors
    /// [`Ended`]: there is no other end.
    pub fn run<S: MessageStore>(
        &mut self,
        session: &mut Session<S>,
        application: &mut impl Application<S>,
        stop: &AtomicBool,
    ) -> Result<(), Ended> {
        // The application must learn of the end whatever it was; its own panic is its fault, and final.
        let serve = AssertUnwindSafe(|| self.serve(session, application, stop));
        let ended = catch_unwind(serve).unwrap_or_else(|panic| Err(panicked(&*panic)));
        session.disconnected();
        self.stream.close();
        application.on_disconnect();
        ended
    }

    /// Sends what `session` has to say.
    fn send<S: MessageStore>(
        &mut self,
        session: &mut Session<S>,
        now: Timestamp,
    ) -> Result<(), Ended> {
        let bytes = session.to_send()?;
        if !bytes.is_empty() {
            // Before it leaves, so that the log never lacks what the other side has.
            if let Some(log) = &mut self.log {
                log.note(Way::Out, bytes, now)?;
            }
            self.stream
                .write_all(bytes)
                .map_err(|error| match error.kind() {
                    ErrorKind::WouldBlock | ErrorKind::TimedOut => Ended::NotRead(WRITE_TIMEOUT),
                    _ => Ended::Socket(error),
                })?;
            let count = bytes.len();
            session.sent(count);
        }
        Ok(())
    }

    fn serve<S: MessageStore>(
        &mut self,
        session: &mut Session<S>,
        application: &mut impl Application<S>,
        stop: &AtomicBool,
    ) -> Result<(), Ended> {
        loop {
            let now = wall_clock();
            let taken = session.receive(
                &mut self.decoder,
                &self.bytes[..self.filled],
                now,
                application,
            );
            // What the session has to say goes out also when it can go on no further.
            let done = taken.as_ref().copied().unwrap_or(0);
            if let Some(log) = &mut self.log {
                log.note(Way::In, &self.bytes[..done], now)?;
            }
            self.bytes.copy_within(done..self.filled, 0);
            self.filled -= done;
            if taken.is_ok() {
                session.tick(now)?;
                session.poll(now, application)?;
                if stop.load(Ordering::Relaxed) {
                    session.log_out(now, "this side stops")?;
                }
            }
            // Messages may wait in what was read until this has been sent.
            let goes_on = !session.has_room();
            let sent = self.send(session, now);
            taken?;
            sent?;
            if let Some(reason) = session.closed() {
                return Err(reason.clone().into());
            }
            if goes_on {
                continue;
            }
            let patience = application.interval_ns().map_or(WAIT_MAX, nanos);
            if !self.read(until(session, now).min(patience))? {
                return Err(Closed::ByPeer.into());
            }
        }
    }
}

/// Sets up a socket: what is sent leaves at once, and is given up when nobody takes it.
fn prepare(stream: &TcpStream) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(WRITE_TIMEOUT))
}

/// How long there is nothing to do unless bytes come.
fn until<S: MessageStore>(session: &Session<S>, now: Timestamp) -> Duration {
    let Some(next) = session.next_tick() else {
        return WAIT_MAX;
    };
    nanos(next.nanos().saturating_sub(now.nanos())).min(WAIT_MAX)
}

/// A time span; zero for one that is over.
fn nanos(ns: i64) -> Duration {
    Duration::from_nanos(u64::try_from(ns).unwrap_or(0))
}

fn panicked(panic: &(dyn Any + Send)) -> Ended {
    let text = panic.downcast_ref::<String>().cloned();
    let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
    Ended::Panicked(text.unwrap_or_else(|| "no words".to_owned()))
}
