//! A session that runs over real sockets in a thread of its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_gateway::tls::TlsClient;
use wattbook_session::venue::{OrderEntry, VenueEvent};
use wattbook_session::{Action, Input, Link, Session};

use super::clock::Clock;
use super::events::Events;
use super::inputs::{Connection, Inputs, Told};
use super::link;
use super::wire::Wire;

/// How long a session may take to log out.
const FAREWELL: Duration = Duration::from_secs(3);

/// A running session. Events wait in a bounded queue; while it is full the session reads nothing, so
/// that its venue is held up by its own protocol, but heartbeats go on.
///
/// Dropping it logs out and waits for the thread.
pub struct LiveSession {
    events: Arc<Events>,
    inputs: Arc<Inputs>,
    is_stopping: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl LiveSession {
    /// Starts `session`; at most `room` events wait for the consumer. Over TLS it trusts whom the
    /// system trusts.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(session: Box<dyn Session>, room: usize) -> std::io::Result<Self> {
        Self::start_with(session, TlsClient::default(), room)
    }

    /// Starts `session`, whose TLS connections are made by `tls`.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start_with(
        session: Box<dyn Session>,
        tls: TlsClient,
        room: usize,
    ) -> std::io::Result<Self> {
        let events = Arc::new(Events::new(room));
        let inputs = Arc::new(Inputs::default());
        let is_stopping = Arc::new(AtomicBool::new(false));
        let runner = Runner {
            session,
            tls,
            clock: Clock::start(),
            events: Arc::clone(&events),
            inputs: Arc::clone(&inputs),
            is_stopping: Arc::clone(&is_stopping),
            streams: BTreeMap::new(),
            opened: 0,
            batch: Vec::new(),
        };
        let thread = thread::Builder::new().name("venue-session".to_owned());
        let thread = thread.spawn(move || runner.run())?;
        Ok(Self {
            events,
            inputs,
            is_stopping,
            thread: Some(thread),
        })
    }

    /// Up to `most` events, waiting up to `wait` for the first; `None` once the session is over.
    #[must_use]
    pub fn take(&self, most: usize, wait: Duration) -> Option<Vec<VenueEvent>> {
        let (events, was_full) = self.events.take(most, wait);
        if was_full {
            self.inputs.wake();
        }
        events
    }

    /// Has the session send requests about orders, in order.
    pub fn enter(&self, entries: impl Iterator<Item = OrderEntry>) {
        self.inputs.enter(entries);
    }

    /// Asks the session to log out; what it still says can be taken.
    pub fn stop(&self) {
        self.is_stopping.store(true, Ordering::Release);
        self.inputs.wake();
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        self.stop();
        if let Some(thread) = self.thread.take() {
            // A session that panicked has said so on its own thread.
            let _panicked = thread.join();
        }
    }
}

struct Runner {
    session: Box<dyn Session>,
    tls: TlsClient,
    clock: Clock,
    events: Arc<Events>,
    inputs: Arc<Inputs>,
    is_stopping: Arc<AtomicBool>,
    /// Connections by link; without a stream until they are made.
    streams: BTreeMap<Link, (u64, Option<Arc<Wire>>)>,
    opened: u64,
    batch: Vec<VenueEvent>,
}

impl Runner {
    fn run(mut self) {
        self.session.handle(self.clock.now(), Input::Time);
        while !self.is_stopping.load(Ordering::Acquire) {
            self.turn(None);
        }
        self.session.stop(self.clock.now());
        let until = Instant::now() + FAREWELL;
        while !self.streams.is_empty() && Instant::now() < until {
            self.turn(Some(until));
        }
        self.act();
        self.hand_on(usize::MAX);
        for (_, stream) in self.streams.values() {
            if let Some(stream) = stream {
                stream.close();
            }
        }
        self.inputs.end();
        self.events.end();
    }

    /// Does what is asked for, hands events on and takes the next input.
    fn turn(&mut self, until: Option<Instant>) {
        for entry in self.inputs.take_entries() {
            self.session.enter(self.clock.now(), &entry);
        }
        self.act();
        let room = if until.is_some() {
            usize::MAX
        } else {
            self.events.room()
        };
        self.hand_on(room);
        self.act();
        if until.is_some() && self.streams.is_empty() {
            return;
        }
        let wants_input = self.session.wants_input();
        let next = self.inputs.next(self.deadline(until), wants_input);
        let now = self.clock.now();
        match next {
            Some((connection, told)) => self.hear(connection, told),
            None => self.session.handle(now, Input::Time),
        }
    }

    fn deadline(&self, until: Option<Instant>) -> Option<Instant> {
        let now = self.clock.now();
        let nanos = self
            .session
            .deadline()
            .map(|due| due.nanos_since(now).max(0) as u64);
        let due = nanos.map(|nanos| Instant::now() + Duration::from_nanos(nanos));
        due.into_iter().chain(until).min()
    }

    fn hear(&mut self, (link, number): Connection, told: Told) {
        let now = self.clock.now();
        let stream = match self.streams.get_mut(&link) {
            Some((current, stream)) if *current == number => stream,
            _ => {
                // The session gave it up while it was made: nobody else would close it.
                if let Told::Connected(wire) = told {
                    wire.close();
                }
                return;
            }
        };
        match told {
            Told::Connected(connected) => {
                *stream = Some(connected);
                self.session.handle(now, Input::Connected(link));
            }
            Told::Bytes(bytes) => self.session.handle(now, Input::Received(link, &bytes)),
            Told::Closed(reason) => {
                self.streams.remove(&link);
                self.session.handle(now, Input::Closed(link, &reason));
            }
        }
    }

    fn act(&mut self) {
        while let Some(action) = self.session.action() {
            match action {
                Action::Connect(link, endpoint) => {
                    self.disconnect(link);
                    self.opened += 1;
                    self.streams.insert(link, (self.opened, None));
                    let connection = (link, self.opened);
                    link::open(endpoint, connection, self.tls.clone(), &self.inputs);
                }
                Action::Send(link, bytes) => {
                    let stream = self
                        .streams
                        .get(&link)
                        .and_then(|(_, stream)| stream.as_ref());
                    let sent = stream.map(|stream| stream.write(&bytes));
                    if let Some(Err(error)) = sent {
                        self.disconnect(link);
                        let (now, reason) = (self.clock.now(), error.to_string());
                        self.session.handle(now, Input::Closed(link, &reason));
                    }
                }
                Action::Disconnect(link) => self.disconnect(link),
            }
        }
    }

    fn disconnect(&mut self, link: Link) {
        if let Some((_, Some(stream))) = self.streams.remove(&link) {
            stream.close();
        }
    }

    fn hand_on(&mut self, room: usize) {
        let events = std::iter::from_fn(|| self.session.event());
        self.batch.extend(events.take(room));
        self.events.add(&mut self.batch);
    }
}
