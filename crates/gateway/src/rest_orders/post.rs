//! Requests on their way: in order, each until the venue has answered it.

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Read, Write};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::Sender;
use std::thread;
use std::time::{Duration, Instant};

use wattbook_session::adapter::Heard;
use wattbook_session::fix::orders::Request;
use wattbook_session::http::{self, Reader, Response, header};

use super::{
    AGAIN, MESSAGE_BYTES_MAX, PATIENCE, RestOrdersConfig, Told, connect, is_timeout, locked, pause,
};

/// The longest wait that a venue may ask for, s; one that asks for more is asked again by then.
const RETRY_AFTER_MAX: u64 = 60;

/// What was asked and not answered.
#[derive(Debug, Default)]
pub(super) struct Posts {
    waiting: Mutex<VecDeque<Request>>,
    /// The venue takes no more for now (429).
    is_held_up: AtomicBool,
}

impl Posts {
    pub(super) fn add(&self, request: Request) {
        locked(&self.waiting).push_back(request);
    }

    pub(super) fn waiting(&self) -> usize {
        locked(&self.waiting).len()
    }

    /// Whether request `id` waits because the venue takes no more for now.
    pub(super) fn is_held_up(&self, id: &str) -> bool {
        let is_it = |one: &Request| one.id() == id;
        self.is_held_up.load(Ordering::Relaxed) && locked(&self.waiting).iter().any(is_it)
    }

    pub(super) fn clear(&self) {
        locked(&self.waiting).clear();
    }

    /// Posts what is added until it is over.
    pub(super) fn post_all(
        &self,
        config: &RestOrdersConfig,
        tell: &Sender<Told>,
        is_over: &AtomicBool,
    ) {
        let mut wait = AGAIN.0;
        while !is_over.load(Ordering::Relaxed) {
            let Some(request) = locked(&self.waiting).front().cloned() else {
                thread::sleep(Duration::from_millis(1));
                continue;
            };
            match post(config, &request, is_over) {
                Ok(response) if (200..300).contains(&response.status) => {}
                // Not now (RFC 6585, 4), or not yet known whether it arrived: the venue knows the id again.
                Ok(response) if response.status == 429 => {
                    self.is_held_up.store(true, Ordering::Relaxed);
                    pause(asked_wait(&response).unwrap_or(wait), is_over);
                    continue;
                }
                Ok(response) if (400..500).contains(&response.status) => {
                    let id = request.id().to_owned();
                    let words = String::from_utf8_lossy(&response.body).into_owned();
                    let _over = tell.send(Told::Heard(None, Heard::Refused { id, words }));
                }
                Ok(_) | Err(_) => {
                    self.is_held_up.store(false, Ordering::Relaxed);
                    pause(wait, is_over);
                    wait = (wait * 2).min(AGAIN.1);
                    continue;
                }
            }
            self.is_held_up.store(false, Ordering::Relaxed);
            wait = AGAIN.0;
            locked(&self.waiting).pop_front();
        }
    }
}

/// How long the venue asks to wait (RFC 9110, 10.2.3, in seconds).
fn asked_wait(response: &Response) -> Option<Duration> {
    let seconds: u64 = header(&response.headers, "retry-after")?.parse().ok()?;
    Some(Duration::from_secs(seconds.min(RETRY_AFTER_MAX)))
}

/// Posts a request once.
fn post(
    config: &RestOrdersConfig,
    request: &Request,
    is_over: &AtomicBool,
) -> io::Result<Response> {
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
    while began.elapsed() < PATIENCE && !is_over.load(Ordering::Relaxed) {
        if let Some(response) = reader.response().map_err(io::Error::other)? {
            return Ok(response);
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
