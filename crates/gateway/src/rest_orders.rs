//! Orders by REST, answers over a WebSocket: the link of a venue that speaks JSON (`docs/adapters.md`).
//!
//! One thread posts requests in order, each again until the venue has answered it: the venue knows a
//! client id again, so none is carried out twice. The other reads the stream of answers from where it
//! left off. Connections are not encrypted, so both sides are on this machine.

mod place;
mod post;
mod stream;

use std::collections::BTreeMap;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_domain::Timestamp;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::StoreError;
use wattbook_session::fix::orders::{QuoteUpdate, Request};

use place::Place;
use post::Posts;

/// Longest wait for bytes before a thread looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);
/// How long a connection, or an answer to a request, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// First and longest wait before a request, or a connection, is tried again.
const AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Where a REST venue takes orders, and who asks.
#[derive(Debug, Clone)]
pub struct RestOrdersConfig {
    /// The venue's, on this machine.
    pub address: SocketAddr,
    /// Sent as `X-Key`.
    pub key: String,
}

/// What a thread of the link tells it.
#[derive(Debug)]
enum Told {
    /// The stream begins behind this answer.
    Begun(u64),
    /// With the number of the answer, where it is one.
    Heard(Option<u64>, Heard),
}

/// Best prices by symbol, the last ones only.
type Quotes = Arc<Mutex<BTreeMap<String, QuoteUpdate>>>;

/// The link. It ends when dropped.
#[derive(Debug)]
pub struct RestOrders {
    config: RestOrdersConfig,
    posts: Arc<Posts>,
    tell: Sender<Told>,
    told: Receiver<Told>,
    quotes: Quotes,
    /// The last answer that was handed over; none where the stream is to be followed from its end.
    taken: Option<u64>,
    /// Where it is kept; in memory only without.
    place: Option<Place>,
    /// The process goes on where an earlier one ended: what that one may have been told comes again.
    is_resumed: bool,
    /// Of the threads that run.
    is_over: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl RestOrders {
    /// A link that is not connected yet, and follows the stream from its end.
    #[must_use]
    pub fn new(config: RestOrdersConfig) -> Self {
        let (tell, told) = channel();
        Self {
            config,
            posts: Arc::default(),
            tell,
            told,
            quotes: Arc::default(),
            taken: None,
            place: None,
            is_resumed: false,
            is_over: Arc::default(),
            threads: Vec::new(),
        }
    }

    /// A link that keeps in the file `path` how far it has followed the stream, and goes on there.
    ///
    /// # Errors
    /// [`StoreError`]: the file cannot be read, or holds no number.
    pub fn kept_at(config: RestOrdersConfig, path: PathBuf) -> Result<Self, StoreError> {
        let (place, taken) = Place::open(path)?;
        let mut made = Self::new(config);
        made.is_resumed = taken.is_some();
        (made.taken, made.place) = (taken, Some(place));
        Ok(made)
    }

    /// Best prices that were told since the last call, the last ones only; both sides are empty where
    /// the connection was lost.
    #[must_use]
    pub fn take_quotes(&mut self) -> Vec<QuoteUpdate> {
        std::mem::take(&mut *locked(&self.quotes))
            .into_values()
            .collect()
    }

    /// Requests that the venue has not answered yet.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.posts.waiting()
    }

    /// Notes that everything that was handed over is durable: it need not come again.
    ///
    /// # Errors
    /// [`StoreError`]: it cannot be written.
    pub fn confirm(&mut self) -> Result<(), StoreError> {
        match (&mut self.place, self.taken) {
            (Some(place), Some(taken)) => place.keep(taken),
            _ => Ok(()),
        }
    }
}

impl OrderLink for RestOrders {
    fn connect(&mut self) {
        if !self.threads.is_empty() {
            return;
        }
        self.is_over = Arc::default();
        let (config, is_over) = (self.config.clone(), Arc::clone(&self.is_over));
        let (posts, tell) = (Arc::clone(&self.posts), self.tell.clone());
        self.threads.push(thread::spawn(move || {
            posts.post_all(&config, &tell, &is_over);
        }));
        let follower = stream::Follower {
            config: self.config.clone(),
            last: self.taken,
            repeats_to: if self.is_resumed { None } else { Some(0) },
            tell: self.tell.clone(),
            quotes: Arc::clone(&self.quotes),
            symbols: Vec::new(),
            is_over: Arc::clone(&self.is_over),
        };
        self.threads.push(thread::spawn(move || follower.run()));
        self.is_resumed = false;
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        self.posts.add(request.clone());
    }

    fn is_held_up(&self, id: &str) -> bool {
        self.posts.is_held_up(id)
    }

    fn heard(&mut self) -> Option<Heard> {
        loop {
            match self.told.try_recv().ok()? {
                Told::Begun(last) if self.taken.is_none() => {
                    self.taken = Some(last);
                    // Before anything leaves, since a later process goes on here.
                    if let Err(error) = self.confirm() {
                        self.is_over.store(true, Ordering::Relaxed);
                        (self.tell, self.told) = channel();
                        return Some(Heard::Down(error.to_string()));
                    }
                }
                Told::Begun(_) => {}
                // It was told before the connection was closed, and comes once more.
                Told::Heard(Some(number), _) if Some(number) <= self.taken => {}
                Told::Heard(number, heard) => {
                    self.taken = number.or(self.taken);
                    return Some(heard);
                }
            }
        }
    }

    /// Disconnects. What has not left by now never leaves.
    fn stop(&mut self) {
        self.is_over.store(true, Ordering::Relaxed);
        self.posts.clear();
        if self.threads.is_empty() {
            return;
        }
        for thread in self.threads.drain(..) {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
        let _open = self
            .tell
            .send(Told::Heard(None, Heard::Down("stopped".to_owned())));
    }
}

impl Drop for RestOrders {
    fn drop(&mut self) {
        self.stop();
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic elsewhere has ended that thread; what is shared is whole between two acts.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Waits so long, or until it is over.
fn pause(wait: Duration, is_over: &AtomicBool) {
    let until = Instant::now() + wait;
    while Instant::now() < until && !is_over.load(Ordering::Relaxed) {
        thread::sleep(LOOK.min(wait));
    }
}

fn connect(config: &RestOrdersConfig) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&config.address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn is_timeout(error: &io::Error) -> bool {
    use io::ErrorKind::{TimedOut, WouldBlock};
    matches!(error.kind(), WouldBlock | TimedOut)
}
