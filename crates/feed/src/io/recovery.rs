//! Asks for units and snapshots over the network: `MoldUDP64`'s requests over UDP, or a server over TCP.
//!
//! Over TCP a request is a byte, `R` for units or `S` for a snapshot, and `MoldUDP64`'s request: session,
//! sequence, count. The answer is parts of a byte, a length in four bytes and contents: `P` a packet, `S` a
//! snapshot, `E` the end.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use crate::arbiter::Request;
use crate::error::FeedError;
use crate::packet::Session;

/// Longest part of an answer, bytes.
const PART_BYTES_MAX: usize = 64 << 20;
const TIMEOUT: Duration = Duration::from_secs(2);

/// Length of a request over UDP.
pub(super) const REQUEST_BYTES: usize = 20;

/// A part of an answer.
#[derive(Debug)]
pub(super) enum Part {
    Packet(Vec<u8>),
    Snapshot(Vec<u8>),
}

/// `session`, `sequence` and `count` as `MoldUDP64` asks for them.
pub(super) fn encode_request(session: &Session, sequence: u64, count: u16) -> [u8; REQUEST_BYTES] {
    let mut bytes = [0; REQUEST_BYTES];
    bytes[..10].copy_from_slice(session);
    bytes[10..18].copy_from_slice(&sequence.to_be_bytes());
    bytes[18..].copy_from_slice(&count.to_be_bytes());
    bytes
}

/// A request as bytes over TCP.
fn encode(request: &Request) -> Vec<u8> {
    let (kind, bytes) = match *request {
        Request::Retransmission {
            session,
            sequence,
            count,
        } => (b'R', encode_request(&session, sequence, count)),
        Request::Snapshot { session, sequence } => (b'S', encode_request(&session, sequence, 0)),
    };
    let mut out = vec![kind];
    out.extend_from_slice(&bytes);
    out
}

/// Asks a server over TCP, on a thread of its own, one request after the other.
#[derive(Debug)]
pub struct Recovery {
    requests: Option<SyncSender<Request>>,
    parts: Receiver<Part>,
    thread: Option<JoinHandle<()>>,
}

impl Recovery {
    /// A client of the server at `address`.
    ///
    /// # Errors
    /// [`FeedError::Io`] when no thread can be started.
    pub fn over_tcp(address: SocketAddr) -> Result<Self, FeedError> {
        let (requests, taken) = sync_channel::<Request>(4);
        let (answers, parts) = channel();
        let thread = std::thread::Builder::new().name("feed-recovery".to_owned());
        let thread = thread.spawn(move || {
            while let Ok(request) = taken.recv() {
                // A failed request is repeated by the arbiter when its time is up.
                let _ = ask(address, &request, &answers);
            }
        });
        Ok(Self {
            requests: Some(requests),
            parts,
            thread: Some(thread.map_err(FeedError::io("start", &"recovery"))?),
        })
    }

    /// Sends a request; false when others are being answered still.
    pub(super) fn ask(&self, request: Request) -> bool {
        let requests = self.requests.as_ref();
        requests.is_some_and(|requests| requests.try_send(request).is_ok())
    }

    /// The next part of an answer, if one is there.
    pub(super) fn next_part(&self) -> Option<Part> {
        self.parts.try_recv().ok()
    }
}

impl Drop for Recovery {
    fn drop(&mut self) {
        self.requests = None;
        if let Some(thread) = self.thread.take() {
            // It ends within the time limit of its connection.
            let _ = thread.join();
        }
    }
}

fn ask(address: SocketAddr, request: &Request, answers: &Sender<Part>) -> std::io::Result<()> {
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    stream.set_nodelay(true)?;
    stream.write_all(&encode(request))?;
    loop {
        let mut header = [0; 5];
        stream.read_exact(&mut header)?;
        let length = u32::from_be_bytes([header[1], header[2], header[3], header[4]]) as usize;
        if length > PART_BYTES_MAX {
            return Err(std::io::ErrorKind::InvalidData.into());
        }
        let mut bytes = vec![0; length];
        stream.read_exact(&mut bytes)?;
        let part = match header[0] {
            b'P' => Part::Packet(bytes),
            b'S' => Part::Snapshot(bytes),
            b'E' => return Ok(()),
            _ => return Err(std::io::ErrorKind::InvalidData.into()),
        };
        if answers.send(part).is_err() {
            return Ok(());
        }
    }
}
