//! A venue that takes orders by REST and answers over a WebSocket, over real sockets of this machine.

use std::collections::{BTreeMap, HashSet};
use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_domain::Timestamp;
use wattbook_gateway::wall_clock;
use wattbook_session::fix::orders::{Request, Streamed};
use wattbook_session::fix::{Rate, RateLimit};
use wattbook_session::http::{self, Reader, Response, header};
use wattbook_session::websocket::{Message, Role, Socket, accept};

use crate::exchange::Exchange;

/// Longest wait for bytes before a connection looks after other things.
const LOOK: Duration = Duration::from_millis(2);
/// Connections at a time; one more is closed at once.
const CONNECTIONS_MAX: usize = 64;
/// How long a connection has for its request.
const PATIENCE: Duration = Duration::from_secs(10);
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Who may trade, and where.
#[derive(Debug, Clone)]
pub struct RestOrderConfig {
    /// On 127.0.0.1; any free one when it is 0.
    pub port: u16,
    /// Must come as `X-Key`.
    pub key: String,
    /// The member of the exchange that it stands for.
    pub member: usize,
    /// How many requests it takes; what is beyond is answered with 429. Any number without.
    pub rate: Option<Rate>,
}

struct Shared {
    exchange: Arc<Mutex<Exchange>>,
    clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    config: RestOrderConfig,
    state: Mutex<State>,
    is_over: AtomicBool,
}

struct State {
    /// Every answer so far; its number is its place, from 1.
    stream: Vec<String>,
    /// Client ids of requests that were carried out: one that comes again is known.
    known: HashSet<String>,
    limit: Option<RateLimit>,
    /// Requests that were beyond the limit.
    declined: u64,
    /// Requests that wait, while none is carried out.
    held: Option<Vec<Request>>,
}

/// The venue; it ends, with its connections, when dropped.
pub struct RestOrderVenue {
    address: SocketAddr,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl std::fmt::Debug for RestOrderVenue {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("RestOrderVenue")
            .field("address", &self.address)
            .finish_non_exhaustive()
    }
}

impl Shared {
    fn carry_out(&self, request: &Request) {
        let now = (self.clock)();
        locked(&self.exchange).request(self.config.member, request, now);
    }
}

impl RestOrderVenue {
    /// Listens on loopback; `clock` tells the exchange's time.
    ///
    /// # Errors
    /// When the port cannot be had.
    pub fn start(
        config: RestOrderConfig,
        exchange: Arc<Mutex<Exchange>>,
        clock: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, config.port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let state = State {
            stream: Vec::new(),
            known: HashSet::new(),
            limit: config.rate.map(RateLimit::new),
            declined: 0,
            held: None,
        };
        let shared = Arc::new(Shared {
            exchange,
            clock,
            config,
            state: Mutex::new(state),
            is_over: AtomicBool::new(false),
        });
        let serving = Arc::clone(&shared);
        let thread = thread::spawn(move || accept_all(&listener, &serving));
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// Takes changes from now on, and carries them out only when [`Self::release`] is called: a venue that is
    /// slow.
    pub fn hold(&self) {
        locked(&self.shared.state).held.get_or_insert_default();
    }

    /// Carries out what was held.
    pub fn release(&self) {
        let mut state = locked(&self.shared.state);
        for request in state.held.take().unwrap_or_default() {
            self.shared.carry_out(&request);
        }
        pump(&self.shared, &mut state);
    }

    /// How many requests were beyond the limit.
    #[must_use]
    pub fn declined(&self) -> u64 {
        locked(&self.shared.state).declined
    }
}

impl Drop for RestOrderVenue {
    fn drop(&mut self) {
        self.shared.is_over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Whoever panicked has told so; what is shared is whole between two requests.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept_all(listener: &TcpListener, shared: &Arc<Shared>) {
    let mut open: Vec<JoinHandle<()>> = Vec::new();
    while !shared.is_over.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) if open.len() < CONNECTIONS_MAX => {
                let shared = Arc::clone(shared);
                open.push(thread::spawn(move || {
                    // How it ended is the client's to notice.
                    let _ended = serve(stream, &shared);
                }));
            }
            Ok(_) => {}
            Err(_) => thread::sleep(LOOK),
        }
        open.retain(|thread| !thread.is_finished());
    }
    for thread in open {
        drop(thread.join());
    }
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

fn serve(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let (mut reader, mut room, began) =
        (Reader::new(MESSAGE_BYTES_MAX), [0; 16_384], Instant::now());
    let request = loop {
        if let Some(request) = reader.request().map_err(io::Error::other)? {
            break request;
        }
        match stream.read(&mut room) {
            Ok(0) => return Ok(()),
            Ok(count) => reader.push(&room[..count]),
            Err(error) if is_timeout(&error) => {
                if shared.is_over.load(Ordering::Relaxed) || began.elapsed() > PATIENCE {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    };
    let is_known = header(&request.headers, "x-key") == Some(shared.config.key.as_str());
    if !is_known {
        return stream.write_all(&response(401, "unknown key").encode());
    }
    if let Some(agreed) = accept(&request) {
        let after = match request.path.strip_prefix("/own?after=") {
            Some(number) => number.parse().ok(),
            None if request.path == "/own" => Some(usize::MAX),
            None => None,
        };
        let Some(after) = after else {
            let words = "ask for /own, or /own?after=NUMBER";
            return stream.write_all(&response(404, words).encode());
        };
        stream.write_all(&agreed.encode())?;
        let mut socket = Socket::new(Role::Server, MESSAGE_BYTES_MAX, 0);
        socket.receive(&reader.rest()).map_err(io::Error::other)?;
        return tell(shared, &mut stream, &mut socket, after);
    }
    stream.write_all(&take(shared, &request).encode())
}

fn response(status: u16, words: &str) -> Response {
    Response {
        status,
        headers: vec![("Connection".to_owned(), "close".to_owned())],
        body: words.as_bytes().to_vec(),
    }
}

/// Carries out a request, once.
fn take(shared: &Shared, asked: &http::Request) -> Response {
    if asked.method != "POST" {
        return response(405, "requests are posted");
    }
    let request = match Request::from_json(&asked.path, &asked.body) {
        Ok(request) => request,
        Err(fault) => return response(400, &fault.to_string()),
    };
    let changes = matches!(
        request,
        Request::New(_) | Request::Replace(_) | Request::Cancel(_)
    );
    let mut state = locked(&shared.state);
    let now = wall_clock();
    if state.limit.as_mut().is_some_and(|limit| !limit.take(now)) {
        state.declined += 1;
        return response(429, "too many requests");
    }
    if changes && !state.known.insert(request.id().to_owned()) {
        return response(202, "known");
    }
    match &mut state.held {
        Some(held) if changes => held.push(request),
        _ => shared.carry_out(&request),
    }
    pump(shared, &mut state);
    response(202, "taken")
}

/// Takes the exchange's answers over into the stream.
fn pump(shared: &Shared, state: &mut State) {
    let now = (shared.clock)();
    let mut exchange = locked(&shared.exchange);
    exchange.advance(now);
    for answer in exchange.take_answers(shared.config.member) {
        let sequence = state.stream.len() as u64 + 1;
        let told = Streamed::Answer(sequence, Box::new(answer));
        state.stream.push(told.to_json());
    }
}

/// Tells everything behind answer number `after`, and best prices as they change, until the connection
/// ends.
fn tell(
    shared: &Shared,
    stream: &mut TcpStream,
    socket: &mut Socket,
    after: usize,
) -> io::Result<()> {
    let mut room = [0; 4_096];
    let count = locked(&shared.state).stream.len();
    let mut told = after.min(count);
    let last = count as u64;
    socket.send(&Message::Text(Streamed::Begun { last }.to_json()));
    let mut quotes = BTreeMap::new();
    while !shared.is_over.load(Ordering::Relaxed) {
        {
            let mut state = locked(&shared.state);
            pump(shared, &mut state);
            for text in state.stream.iter().skip(told) {
                socket.send(&Message::Text(text.clone()));
                told += 1;
            }
        }
        for (symbol, quote) in locked(&shared.exchange).best_prices() {
            if quotes.get(symbol) != Some(quote) {
                socket.send(&Message::Text(Streamed::Quote(quote.clone()).to_json()));
                quotes.insert(symbol.clone(), quote.clone());
            }
        }
        if let Some(out) = socket.take_output() {
            stream.write_all(&out)?;
        }
        match stream.read(&mut room) {
            Ok(0) => return Ok(()),
            Ok(count) => socket.receive(&room[..count]).map_err(io::Error::other)?,
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
        while let Some(message) = socket.message() {
            if matches!(message, Message::Close(..)) {
                return Ok(());
            }
        }
    }
    Ok(())
}
