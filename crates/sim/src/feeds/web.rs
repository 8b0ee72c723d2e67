//! Servers for HTTP and WebSocket over real sockets, one thread a connection.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_session::http::{Reader, Request, Response};
use wattbook_session::websocket::{Role, Socket, accept};

use super::control::{FeedControl, FeedFault};
use super::market::{FeedContract, FeedOrder, FeedStep, OwnChange, OwnFill};

/// Longest wait for bytes before a connection looks after other things.
const PAUSE: Duration = Duration::from_millis(1);
/// Connections at a time; one more is closed at once.
const CONNECTIONS_MAX: usize = 64;
/// Longest wait for what a connection asks for.
const REQUEST_PATIENCE: Duration = Duration::from_secs(10);
/// Longest message that a client may send, bytes.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// A step as its clients hear of it.
#[derive(Debug, Clone)]
pub(super) struct Told {
    /// Number of the step, from 1.
    pub(super) number: u64,
    pub(super) step: FeedStep,
    /// The contract after it, without its orders.
    pub(super) contract: FeedContract,
    /// What it did to the client's own orders.
    pub(super) own: Vec<(u64, FeedOrder, OwnChange)>,
    /// The trade of one of them, if there was one.
    pub(super) own_fill: Option<OwnFill>,
    /// Whether it is lost on its way: it counts, and is not sent.
    pub(super) is_lost: bool,
}

/// What a connection is told.
#[derive(Debug, Clone)]
pub(super) enum News {
    Step(Arc<Told>),
    Fault(FeedFault),
}

/// What all connections of a venue share.
#[derive(Debug)]
pub(super) struct Hub {
    pub(super) control: FeedControl,
    readers: Mutex<Vec<Sender<News>>>,
    told: AtomicU64,
    is_over: AtomicBool,
}

impl Hub {
    /// A reader of everything that happens from now on.
    pub(super) fn listen(&self) -> Receiver<News> {
        let (sender, receiver) = channel();
        self.readers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(sender);
        receiver
    }

    /// Number of the last step; asked under the lock of the market, it is that of a snapshot.
    pub(super) fn last_step(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    fn tell(&self, news: &News) {
        let mut readers = self.readers.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|reader| reader.send(news.clone()).is_ok());
    }

    pub(super) fn is_over(&self) -> bool {
        self.is_over.load(Ordering::SeqCst)
    }

    /// Makes the steps and faults that are asked for, until the end.
    fn run(&self) {
        let mut to_lose = 0;
        while !self.is_over() {
            while let Some(fault) = self.control.take_fault() {
                match fault {
                    FeedFault::Lose(count) => to_lose += count,
                    other => self.tell(&News::Fault(other)),
                }
            }
            let is_lost = to_lose > 0;
            if is_lost {
                self.control.step(1);
                to_lose -= 1;
            }
            let made = self.control.make_step(|market, step| {
                let contract = &market.contracts()[step.contract];
                let number = self.told.fetch_add(1, Ordering::SeqCst) + 1;
                self.tell(&News::Step(Arc::new(Told {
                    number,
                    step: step.clone(),
                    contract: FeedContract {
                        orders: std::collections::BTreeMap::new(),
                        ..contract.clone()
                    },
                    own: market.own_changes(step).collect(),
                    own_fill: market.own_fill_of(step),
                    is_lost,
                })));
            });
            if !made {
                self.control.wait(Duration::from_millis(20));
            }
        }
    }
}

/// How a venue answers.
pub(super) trait Desk: Send + Sync + 'static {
    /// Answers a request that asks for no WebSocket; `None` cuts the connection.
    fn answer(&self, hub: &Hub, request: &Request) -> Option<Response>;

    /// Serves a WebSocket to its end.
    fn serve(&self, hub: &Hub, request: &Request, stream: &mut SocketStream)
    -> std::io::Result<()>;
}

/// An accepted WebSocket.
pub(super) struct SocketStream {
    pub(super) socket: Socket,
    stream: TcpStream,
}

impl SocketStream {
    /// Sends what waits and reads what is there.
    pub(super) fn turn(&mut self) -> std::io::Result<()> {
        self.flush()?;
        self.hear()?;
        self.flush()
    }

    /// Reads what is there and says nothing.
    pub(super) fn hear(&mut self) -> std::io::Result<()> {
        let mut chunk = [0; 16_384];
        match self.stream.read(&mut chunk) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(count) => self
                .socket
                .receive(&chunk[..count])
                .map_err(std::io::Error::other)?,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        match self.socket.take_output() {
            Some(bytes) => self.stream.write_all(&bytes),
            None => Ok(()),
        }
    }

    /// Sends half of what waits and ends the connection.
    pub(super) fn cut(&mut self) -> std::io::Error {
        if let Some(bytes) = self.socket.take_output() {
            let _gone = self.stream.write_all(&bytes[..bytes.len() / 2]);
        }
        ErrorKind::ConnectionAborted.into()
    }
}

/// A listening venue; ends, with its connections, when dropped.
#[derive(Debug)]
pub(super) struct WebServer {
    address: SocketAddr,
    hub: Arc<Hub>,
    threads: Vec<JoinHandle<()>>,
}

impl WebServer {
    /// Listens on loopback at `port`, 0 for any.
    pub(super) fn start(port: u16, control: FeedControl, desk: impl Desk) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let hub = Arc::new(Hub {
            control,
            readers: Mutex::default(),
            told: AtomicU64::new(0),
            is_over: AtomicBool::new(false),
        });
        let (stepping, accepting) = (Arc::clone(&hub), Arc::clone(&hub));
        let desk = Arc::new(desk);
        let threads = vec![
            thread::Builder::new()
                .name("venue-steps".to_owned())
                .spawn(move || stepping.run())?,
            thread::Builder::new()
                .name("venue-accepts".to_owned())
                .spawn(move || accept_all(&listener, &accepting, &desk))?,
        ];
        Ok(Self {
            address,
            hub,
            threads,
        })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    /// How many connections are told what happens.
    #[cfg(test)]
    pub(super) fn readers(&self) -> usize {
        self.hub.tell(&News::Fault(FeedFault::Lose(0)));
        let readers = self.hub.readers.lock();
        readers.unwrap_or_else(PoisonError::into_inner).len()
    }
}

impl Drop for WebServer {
    fn drop(&mut self) {
        self.hub.is_over.store(true, Ordering::SeqCst);
        for thread in self.threads.drain(..) {
            let _panicked = thread.join();
        }
    }
}

fn accept_all<D: Desk>(listener: &TcpListener, hub: &Arc<Hub>, desk: &Arc<D>) {
    let mut connections = Vec::new();
    while !hub.is_over() {
        match listener.accept() {
            Ok((stream, _)) => {
                connections.retain(|connection: &JoinHandle<()>| !connection.is_finished());
                if connections.len() == CONNECTIONS_MAX {
                    continue;
                }
                let (hub, desk) = (Arc::clone(hub), Arc::clone(desk));
                let thread = thread::Builder::new().name("venue-client".to_owned());
                let spawned = thread.spawn(move || {
                    // How it ended is the client's to notice.
                    let _ended = serve(&stream, &hub, &*desk);
                    let _closed = stream.shutdown(Shutdown::Both);
                });
                connections.extend(spawned.ok());
            }
            Err(_) => thread::sleep(Duration::from_millis(5)),
        }
    }
    for connection in connections {
        let _panicked = connection.join();
    }
}

fn serve(stream: &TcpStream, hub: &Hub, desk: &impl Desk) -> std::io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(PAUSE))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    let mut stream = stream.try_clone()?;
    let mut reader = Reader::new(MESSAGE_BYTES_MAX);
    let (mut chunk, began) = ([0; 16_384], Instant::now());
    let request = loop {
        if let Some(request) = reader.request().map_err(std::io::Error::other)? {
            break request;
        }
        match stream.read(&mut chunk) {
            Ok(0) => return Ok(()),
            Ok(count) => reader.push(&chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if hub.is_over() || began.elapsed() >= REQUEST_PATIENCE {
                    return Ok(());
                }
            }
            Err(error) => return Err(error),
        }
    };
    if let Some(response) = accept(&request) {
        stream.write_all(&response.encode())?;
        let mut socket = Socket::new(Role::Server, MESSAGE_BYTES_MAX, 0);
        socket
            .receive(&reader.rest())
            .map_err(std::io::Error::other)?;
        return desk.serve(hub, &request, &mut SocketStream { socket, stream });
    }
    match desk.answer(hub, &request) {
        Some(response) => stream.write_all(&response.encode()),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::market::FeedMarket;
    use super::super::rest::RestVenue;
    use super::*;

    #[test]
    fn idle_connections_do_not_pile_up() -> std::io::Result<()> {
        let control = FeedControl::new(FeedMarket::new(1, 0, 1, &["area"]));
        let venue = RestVenue::start(0, "key", control)?;
        let connect = || TcpStream::connect(venue.address());
        let idle: Vec<_> = (0..CONNECTIONS_MAX)
            .map(|_| connect())
            .collect::<Result<_, _>>()?;
        let patience = Some(Duration::from_mins(1));
        let mut more = connect()?;
        more.set_read_timeout(patience)?;
        assert_eq!(more.read(&mut [0; 1])?, 0, "one more is closed at once");
        // Those that ask for nothing are closed after a while, and make room.
        for mut stream in idle {
            stream.set_read_timeout(patience)?;
            assert_eq!(stream.read(&mut [0; 1])?, 0);
        }
        let mut asking = connect()?;
        asking.set_read_timeout(patience)?;
        asking.write_all(b"GET /contracts HTTP/1.1\r\nHost: a\r\nX-Key: key\r\n\r\n")?;
        let mut answer = String::new();
        asking.read_to_string(&mut answer)?;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        Ok(())
    }
}
