//! Orders by REST, answers over a WebSocket: the link of a venue that speaks JSON (`docs/adapters.md`).
//!
//! One thread posts requests in order, each again until the venue has answered it: the venue knows a
//! client id again, so none is carried out twice. The other reads the stream of answers from where it
//! left off. Connections are not encrypted, so both sides are on this machine.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use wattbook_domain::Timestamp;
use wattbook_session::adapter::{Heard, OrderLink};
use wattbook_session::fix::orders::{Answer, Request};
use wattbook_session::http::{self, Reader};
use wattbook_session::websocket::{ClientHandshake, Message, Role, Socket};

use crate::wall_clock;

/// Longest wait for bytes before a thread looks whether it is to stop.
const LOOK: Duration = Duration::from_millis(5);
/// How long a connection, or an answer to a request, may take.
const PATIENCE: Duration = Duration::from_secs(5);
/// First and longest wait before a request, or a connection, is tried again.
const AGAIN: (Duration, Duration) = (Duration::from_millis(20), Duration::from_secs(2));
/// After so long without a message the stream is asked whether it is there; after twice as long it is
/// gone.
const SILENCE: Duration = Duration::from_secs(10);
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Where a REST venue takes orders, and who asks.
#[derive(Debug, Clone)]
pub struct RestOrdersConfig {
    /// The venue's, on this machine.
    pub address: SocketAddr,
    /// Sent as `X-Key`.
    pub key: String,
}

/// The link. It ends when dropped.
#[derive(Debug)]
pub struct RestOrders {
    config: RestOrdersConfig,
    requests: Option<Sender<Request>>,
    /// What was sent before it connected.
    waiting: Option<Receiver<Request>>,
    hear: Sender<Heard>,
    heard: Receiver<Heard>,
    stop: Arc<AtomicBool>,
    threads: Vec<JoinHandle<()>>,
}

impl RestOrders {
    /// A link that is not connected yet.
    #[must_use]
    pub fn new(config: RestOrdersConfig) -> Self {
        let (requests, waiting) = channel();
        let (hear, heard) = channel();
        Self {
            config,
            requests: Some(requests),
            waiting: Some(waiting),
            hear,
            heard,
            stop: Arc::default(),
            threads: Vec::new(),
        }
    }
}

impl OrderLink for RestOrders {
    fn connect(&mut self) {
        let Some(requests) = self.waiting.take() else {
            return;
        };
        let (config, stop, hear) = (
            self.config.clone(),
            Arc::clone(&self.stop),
            self.hear.clone(),
        );
        self.threads.push(thread::spawn(move || {
            for request in requests {
                post_until_answered(&config, &request, &hear, &stop);
            }
        }));
        let (config, stop, hear) = (
            self.config.clone(),
            Arc::clone(&self.stop),
            self.hear.clone(),
        );
        self.threads
            .push(thread::spawn(move || listen(&config, &hear, &stop)));
    }

    fn send(&mut self, request: &Request, _now: Timestamp) {
        if let Some(requests) = &self.requests {
            // It fails only once the link has stopped.
            let _stopped = requests.send(request.clone());
        }
    }

    fn heard(&mut self) -> Option<Heard> {
        self.heard.try_recv().ok()
    }

    fn stop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.requests = None;
        for thread in self.threads.drain(..) {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

impl Drop for RestOrders {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Posts a request, and again until the venue has answered it.
fn post_until_answered(
    config: &RestOrdersConfig,
    request: &Request,
    hear: &Sender<Heard>,
    stop: &AtomicBool,
) {
    let mut wait = AGAIN.0;
    while !stop.load(Ordering::Relaxed) {
        match post(config, request, stop) {
            Ok((status, _)) if (200..300).contains(&status) => return,
            Ok((status, words)) if (400..500).contains(&status) => {
                let id = request.id().to_owned();
                let _stopped = hear.send(Heard::Refused { id, words });
                return;
            }
            // Whether it arrived is not known; the venue knows the id again.
            Ok(_) | Err(_) => pause(&mut wait, stop),
        }
    }
}

fn pause(wait: &mut Duration, stop: &AtomicBool) {
    let until = Instant::now() + *wait;
    while Instant::now() < until && !stop.load(Ordering::Relaxed) {
        thread::sleep(LOOK.min(*wait));
    }
    *wait = (*wait * 2).min(AGAIN.1);
}

fn connect(config: &RestOrdersConfig) -> io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&config.address, PATIENCE)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

/// Posts a request once; returns the status and the body.
fn post(
    config: &RestOrdersConfig,
    request: &Request,
    stop: &AtomicBool,
) -> io::Result<(u16, String)> {
    let (path, body) = request.to_json();
    let headers = [
        ("Host", config.address.to_string()),
        ("X-Key", config.key.clone()),
        ("Content-Type", "application/json".to_owned()),
        ("Connection", "close".to_owned()),
    ];
    let message = http::Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        headers: headers
            .map(|(name, value)| (name.to_owned(), value))
            .to_vec(),
        body: body.into_bytes(),
    };
    let bytes = message.encode().map_err(io::Error::other)?;
    let mut stream = connect(config)?;
    stream.write_all(&bytes)?;
    let (mut reader, began) = (Reader::new(MESSAGE_BYTES_MAX), Instant::now());
    let mut room = [0; 4_096];
    while began.elapsed() < PATIENCE && !stop.load(Ordering::Relaxed) {
        if let Some(response) = reader.response().map_err(io::Error::other)? {
            let words = String::from_utf8_lossy(&response.body).into_owned();
            return Ok((response.status, words));
        }
        match stream.read(&mut room) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(count) => reader.push(&room[..count]),
            Err(error) if is_timeout(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Err(ErrorKind::TimedOut.into())
}

fn is_timeout(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut)
}

/// Follows the stream of answers, from where it left off whenever it breaks.
fn listen(config: &RestOrdersConfig, hear: &Sender<Heard>, stop: &AtomicBool) {
    let (mut last, mut wait) = (0, AGAIN.0);
    while !stop.load(Ordering::Relaxed) {
        let before = Instant::now();
        let Err(error) = follow(config, &mut last, hear, stop) else {
            return;
        };
        let _stopped = hear.send(Heard::Down(error.to_string()));
        if before.elapsed() > PATIENCE {
            wait = AGAIN.0;
        }
        pause(&mut wait, stop);
    }
}

/// Follows the stream behind answer number `last` until it breaks; returns when asked to stop.
fn follow(
    config: &RestOrdersConfig,
    last: &mut u64,
    hear: &Sender<Heard>,
    stop: &AtomicBool,
) -> io::Result<()> {
    let mut stream = connect(config)?;
    let nonce = wall_clock().nanos().to_le_bytes();
    let nonce = [nonce, nonce].concat().try_into().unwrap_or_default();
    let headers = vec![("X-Key".to_owned(), config.key.clone())];
    let path = format!("/own?after={last}");
    let host = config.address.to_string();
    let (mut handshake, bytes) =
        ClientHandshake::new(&host, &path, &headers, nonce).map_err(io::Error::other)?;
    stream.write_all(&bytes)?;
    let mut socket: Option<Socket> = None;
    let (mut room, mut heard_at, mut asked) = ([0; 16_384], Instant::now(), false);
    while !stop.load(Ordering::Relaxed) {
        let count = match stream.read(&mut room) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(count) => count,
            Err(error) if is_timeout(&error) => 0,
            Err(error) => return Err(error),
        };
        if count > 0 {
            (heard_at, asked) = (Instant::now(), false);
        } else if heard_at.elapsed() > 2 * SILENCE {
            return Err(ErrorKind::TimedOut.into());
        }
        let bytes = &room[..count];
        match &mut socket {
            Some(socket) => socket.receive(bytes).map_err(io::Error::other)?,
            None => {
                if let Some(rest) = handshake.receive(bytes).map_err(io::Error::other)? {
                    let seed = u64::from_le_bytes(wall_clock().nanos().to_le_bytes());
                    let mut opened = Socket::new(Role::Client, MESSAGE_BYTES_MAX, seed);
                    opened.receive(&rest).map_err(io::Error::other)?;
                    socket = Some(opened);
                    let _stopped = hear.send(Heard::Up);
                }
            }
        }
        if let Some(socket) = &mut socket {
            if heard_at.elapsed() > SILENCE && !std::mem::replace(&mut asked, true) {
                socket.send(&Message::Ping(Vec::new()));
            }
            while let Some(message) = socket.message() {
                take(&message, last, hear)?;
            }
            if let Some(out) = socket.take_output() {
                stream.write_all(&out)?;
            }
        }
    }
    Ok(())
}

/// Takes a message of the stream. A number that is left out ends the connection: the next one asks for
/// what is missing.
fn take(message: &Message, last: &mut u64, hear: &Sender<Heard>) -> io::Result<()> {
    let text = match message {
        Message::Text(text) => text,
        Message::Close(_, reason) => {
            return Err(io::Error::other(format!("closed by the venue: {reason}")));
        }
        _ => return Ok(()),
    };
    let heard = match Answer::from_json(text.as_bytes()) {
        Ok((sequence, _)) if sequence <= *last => return Ok(()),
        Ok((sequence, _)) if sequence > *last + 1 => {
            let missing = format!("answer {} is missing: {sequence} came", *last + 1);
            return Err(io::Error::other(missing));
        }
        Ok((sequence, answer)) => {
            *last = sequence;
            Heard::Answer {
                answer: Box::new(answer),
                repeats: false,
            }
        }
        Err(fault) => Heard::Unreadable {
            reason: fault.to_string(),
            message: text.clone(),
        },
    };
    let _stopped = hear.send(heard);
    Ok(())
}
