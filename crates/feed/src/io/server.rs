//! A server of retransmissions and snapshots: for tests, simulated venues and relays.

use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use super::recovery::REQUEST_BYTES;
use crate::error::FeedError;
use crate::packet::{Packet, PacketFormat, Session, array};

const TIMEOUT: Duration = Duration::from_secs(2);
/// How long the threads wait before they look whether to end.
const PAUSE: Duration = Duration::from_millis(20);

/// The last packets that were sent, and the last snapshot.
#[derive(Debug)]
pub struct RecoveryStore {
    format: PacketFormat,
    packets: VecDeque<(Session, u64, u64, Vec<u8>)>,
    packets_max: usize,
    snapshot: Vec<u8>,
}

impl RecoveryStore {
    /// A store of the last `packets_max` packets.
    #[must_use]
    pub const fn new(format: PacketFormat, packets_max: usize) -> Self {
        Self {
            format,
            packets: VecDeque::new(),
            packets_max,
            snapshot: Vec::new(),
        }
    }

    /// Keeps a packet; heartbeats are not kept.
    pub fn keep(&mut self, bytes: &[u8]) {
        let Ok(packet) = Packet::parse(self.format, bytes) else {
            return;
        };
        if packet.count == 0 {
            return;
        }
        if self.packets.len() >= self.packets_max {
            self.packets.pop_front();
        }
        let (session, first, end) = (packet.session, packet.sequence, packet.end());
        self.packets
            .push_back((session, first, end, bytes.to_vec()));
    }

    /// Keeps a snapshot in place of the one before.
    pub fn keep_snapshot(&mut self, bytes: Vec<u8>) {
        self.snapshot = bytes;
    }

    /// The packets that hold units of `session` from `sequence` on, `count` of them.
    fn find(&self, session: Session, sequence: u64, count: u16) -> Vec<Vec<u8>> {
        let until = sequence.saturating_add(u64::from(count));
        let of_session = self.packets.iter().filter(|packet| packet.0 == session);
        let wanted = of_session.filter(|packet| packet.1 < until && packet.2 > sequence);
        wanted.map(|packet| packet.3.clone()).collect()
    }
}

/// Answers requests over UDP and TCP until it is dropped.
#[derive(Debug)]
pub struct RecoveryServer {
    store: Arc<Mutex<RecoveryStore>>,
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU64>,
    udp: SocketAddr,
    tcp: SocketAddr,
    threads: Vec<JoinHandle<()>>,
}

impl RecoveryServer {
    /// A server on free ports of the loopback interface.
    ///
    /// # Errors
    /// [`FeedError::Io`] when no socket can be opened or no thread started.
    pub fn start(store: RecoveryStore) -> Result<Self, FeedError> {
        let failed = |action| FeedError::io(action, &"recovery server");
        let any = (Ipv4Addr::LOCALHOST, 0);
        let udp = UdpSocket::bind(any).map_err(failed("listen for"))?;
        let tcp = TcpListener::bind(any).map_err(failed("listen for"))?;
        udp.set_read_timeout(Some(PAUSE))
            .map_err(failed("set up"))?;
        tcp.set_nonblocking(true).map_err(failed("set up"))?;
        let mut server = Self {
            store: Arc::new(Mutex::new(store)),
            stop: Arc::new(AtomicBool::new(false)),
            answered: Arc::new(AtomicU64::new(0)),
            udp: udp.local_addr().map_err(failed("set up"))?,
            tcp: tcp.local_addr().map_err(failed("set up"))?,
            threads: Vec::new(),
        };
        let (store, stop) = (Arc::clone(&server.store), Arc::clone(&server.stop));
        let answered = Arc::clone(&server.answered);
        let thread = std::thread::Builder::new().name("feed-mold".to_owned());
        let thread = thread.spawn(move || serve_udp(&udp, &store, &stop, &answered));
        server.threads.push(thread.map_err(failed("start"))?);
        let (store, stop) = (Arc::clone(&server.store), Arc::clone(&server.stop));
        let answered = Arc::clone(&server.answered);
        let thread = std::thread::Builder::new().name("feed-replay".to_owned());
        let thread = thread.spawn(move || serve_tcp(&tcp, &store, &stop, &answered));
        server.threads.push(thread.map_err(failed("start"))?);
        Ok(server)
    }

    /// Where it answers `MoldUDP64`'s requests.
    #[must_use]
    pub const fn udp_address(&self) -> SocketAddr {
        self.udp
    }

    /// Where it answers over TCP.
    #[must_use]
    pub const fn tcp_address(&self) -> SocketAddr {
        self.tcp
    }

    /// Its store.
    pub fn store(&self) -> MutexGuard<'_, RecoveryStore> {
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Requests that it answered.
    #[must_use]
    pub fn answered(&self) -> u64 {
        self.answered.load(Ordering::Relaxed)
    }
}

impl Drop for RecoveryServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

fn locked(store: &Mutex<RecoveryStore>) -> MutexGuard<'_, RecoveryStore> {
    store.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve_udp(
    socket: &UdpSocket,
    store: &Mutex<RecoveryStore>,
    stop: &AtomicBool,
    answered: &AtomicU64,
) {
    let mut request = [0; 64];
    while !stop.load(Ordering::Relaxed) {
        let Ok((REQUEST_BYTES, from)) = socket.recv_from(&mut request) else {
            continue;
        };
        let (session, sequence, count) = decode(&request);
        let packets = locked(store).find(session, sequence, count);
        answered.fetch_add(1, Ordering::Relaxed);
        for packet in packets {
            let _ = socket.send_to(&packet, from);
        }
    }
}

fn decode(request: &[u8]) -> (Session, u64, u16) {
    (
        array(request, 0),
        u64::from_be_bytes(array(request, 10)),
        u16::from_be_bytes(array(request, 18)),
    )
}

fn serve_tcp(
    listener: &TcpListener,
    store: &Mutex<RecoveryStore>,
    stop: &AtomicBool,
    answered: &AtomicU64,
) {
    while !stop.load(Ordering::Relaxed) {
        match listener.accept() {
            Ok((stream, _)) => {
                if answer(stream, store).is_ok() {
                    answered.fetch_add(1, Ordering::Relaxed);
                }
            }
            Err(_) => std::thread::sleep(Duration::from_millis(1)),
        }
    }
}

fn answer(mut stream: TcpStream, store: &Mutex<RecoveryStore>) -> io::Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let mut request = [0; 1 + REQUEST_BYTES];
    stream.read_exact(&mut request)?;
    let (session, sequence, count) = decode(&request[1..]);
    let (kind, parts) = match request[0] {
        b'R' => (b'P', locked(store).find(session, sequence, count)),
        _ => (b'S', vec![locked(store).snapshot.clone()]),
    };
    let mut out = Vec::new();
    for part in parts.iter().filter(|part| !part.is_empty()) {
        out.push(kind);
        out.extend_from_slice(&(part.len() as u32).to_be_bytes());
        out.extend_from_slice(part);
    }
    out.extend_from_slice(&[b'E', 0, 0, 0, 0]);
    stream.write_all(&out)
}
