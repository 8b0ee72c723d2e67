//! M7 and its broker in one, over a loopback socket: what order entry is tried against without a broker.

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::amqp::now;
use super::m7_wire::M7Wire;

/// Longest wait for bytes before other things are looked after.
const LOOK: Duration = Duration::from_millis(1);
/// Between two heartbeats of the venue.
const PAUSE: Duration = Duration::from_millis(500);

/// A listening [`M7Wire`], for one client at a time: a new one takes the place of the one before. It ends
/// when dropped.
#[derive(Debug)]
pub struct M7Server {
    address: SocketAddr,
    is_over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl M7Server {
    /// Serves `wire` on loopback at `port`, 0 for any.
    ///
    /// # Errors
    /// When it cannot listen or the system has no thread left.
    pub fn start(wire: M7Wire, port: u16) -> std::io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let is_over = Arc::<AtomicBool>::default();
        let ends = Arc::clone(&is_over);
        let thread = thread::Builder::new().name("m7-server".to_owned());
        let thread = thread.spawn(move || serve(&listener, wire, &ends))?;
        Ok(Self {
            address,
            is_over,
            thread: Some(thread),
        })
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }
}

impl Drop for M7Server {
    fn drop(&mut self) {
        self.is_over.store(true, Ordering::SeqCst);
        if let Some(thread) = self.thread.take() {
            // A panic in the thread was told by the thread.
            drop(thread.join());
        }
    }
}

fn serve(listener: &TcpListener, mut wire: M7Wire, is_over: &AtomicBool) {
    let (mut client, mut last_beat) = (None::<TcpStream>, Instant::now());
    while !is_over.load(Ordering::SeqCst) {
        if let Ok((stream, _)) = listener.accept() {
            wire.disconnected();
            client = prepared(stream).ok();
            if client.is_some() {
                wire.connected();
            }
        }
        let Some(stream) = &mut client else {
            thread::sleep(LOOK);
            continue;
        };
        if last_beat.elapsed() >= PAUSE {
            last_beat = Instant::now();
            wire.beat();
        }
        if turn(stream, &mut wire).is_err() || wire.is_closed() {
            client = None;
            wire.disconnected();
        }
    }
}

fn prepared(stream: TcpStream) -> std::io::Result<TcpStream> {
    stream.set_nonblocking(false)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(LOOK))?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?;
    Ok(stream)
}

fn turn(stream: &mut TcpStream, wire: &mut M7Wire) -> std::io::Result<()> {
    let mut room = [0; 16_384];
    match stream.read(&mut room) {
        Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
        Ok(count) => wire
            .received(now(), &room[..count])
            .map_err(std::io::Error::other)?,
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
        Err(error) => return Err(error),
    }
    wire.tell_floor();
    stream.write_all(&wire.take_output())
}
