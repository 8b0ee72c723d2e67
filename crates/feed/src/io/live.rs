//! The loop that drives a handler by its sockets.

use std::net::SocketAddr;
use std::os::fd::RawFd;
use std::time::Duration;

use super::clock::now_ns;
use super::recovery::{Part, Recovery, encode_request};
use super::socket;
use super::tcp::TcpReceiver;
use super::udp::{Received, UdpReceiver};
use crate::arbiter::Request;
use crate::capture::CaptureWriter;
use crate::error::FeedError;
use crate::handler::Handler;
use crate::sink::Line;

/// How often answers are looked for while they are awaited.
const ANSWER_PAUSE: Duration = Duration::from_micros(200);

/// A line of a feed.
#[derive(Debug)]
pub enum Source {
    /// Datagrams.
    Udp(UdpReceiver),
    /// A stream.
    Tcp(TcpReceiver),
}

impl Source {
    #[inline]
    fn receive(&mut self, visit: impl FnMut(Received<'_>)) -> Result<usize, FeedError> {
        match self {
            Self::Udp(receiver) => receiver.receive(visit),
            Self::Tcp(receiver) => receiver.receive(visit),
        }
    }

    fn descriptor(&self) -> RawFd {
        match self {
            Self::Udp(receiver) => receiver.descriptor(),
            Self::Tcp(receiver) => receiver.descriptor(),
        }
    }

    /// Packets that the kernel dropped, where it tells.
    #[must_use]
    pub const fn kernel_drops(&self) -> u32 {
        match self {
            Self::Udp(receiver) => receiver.kernel_drops(),
            Self::Tcp(_) => 0,
        }
    }
}

/// What a turn does when nothing is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waiting {
    /// Returns: the thread spins on a processor of its own.
    Spin,
    /// Sleeps until a packet comes or a deadline passes, at most this long.
    Sleep(Duration),
}

/// A handler with its sockets.
#[derive(Debug)]
pub struct LiveFeed {
    handler: Handler,
    /// None for one whose other side has closed.
    lines: Vec<Option<Source>>,
    recovery: Option<Recovery>,
    /// A socket to ask by `MoldUDP64`'s requests, and whom.
    mold: Option<(UdpReceiver, SocketAddr)>,
    capture: Option<CaptureWriter>,
    /// A request that could not be sent yet.
    unsent: Option<Request>,
    descriptors: Vec<RawFd>,
}

impl LiveFeed {
    /// A feed of `lines`, A first.
    #[must_use]
    pub fn new(handler: Handler, lines: Vec<Source>) -> Self {
        let descriptors = lines.iter().map(Source::descriptor).collect();
        Self {
            handler,
            lines: lines.into_iter().map(Some).collect(),
            recovery: None,
            mold: None,
            capture: None,
            unsent: None,
            descriptors,
        }
    }

    /// Asks a server over TCP for units and snapshots.
    #[must_use]
    pub fn with_recovery(mut self, recovery: Recovery) -> Self {
        self.recovery = Some(recovery);
        self
    }

    /// Asks `server` for units by `MoldUDP64`'s requests from `socket`, where the answers come.
    #[must_use]
    pub fn with_mold_requests(mut self, socket: UdpReceiver, server: SocketAddr) -> Self {
        self.descriptors.push(socket.descriptor());
        self.mold = Some((socket, server));
        self
    }

    /// Keeps everything that comes in.
    #[must_use]
    pub fn with_capture(mut self, capture: CaptureWriter) -> Self {
        self.capture = Some(capture);
        self
    }

    /// The handler.
    #[must_use]
    pub const fn handler(&self) -> &Handler {
        &self.handler
    }

    /// The lines, A first; None for one whose other side has closed.
    #[must_use]
    pub fn lines(&self) -> &[Option<Source>] {
        &self.lines
    }

    /// Packets that the kernel dropped, of all lines.
    #[must_use]
    pub fn kernel_drops(&self) -> u64 {
        let lines = self.lines.iter().flatten();
        lines.map(|line| u64::from(line.kernel_drops())).sum()
    }

    /// One turn: takes what is there from every line, asks for what is missing, hands on. How many
    /// packets came.
    ///
    /// # Errors
    /// [`FeedError::Peer`] when the last line has closed; [`FeedError`] of a socket, of the capture or of
    /// the file of a consumer.
    pub fn turn(&mut self, waiting: Waiting) -> Result<usize, FeedError> {
        let mut count = self.receive()?;
        if count == 0
            && let Waiting::Sleep(most) = waiting
            && socket::wait(&self.descriptors, self.pause(most))
                .map_err(FeedError::io("wait for", &"the lines"))?
        {
            count = self.receive()?;
        }
        let now = now_ns();
        if self.handler.advance(now)
            && let Some(capture) = &mut self.capture
        {
            capture.moment(now)?;
        }
        self.recover(now)?;
        if let Some(capture) = &mut self.capture {
            capture.advance(now)?;
        }
        self.handler.flush(now)?;
        Ok(count)
    }

    /// How long to sleep at most.
    fn pause(&self, most: Duration) -> Duration {
        let Some(due) = self.handler.deadline() else {
            return most;
        };
        let left = Duration::from_nanos(due.saturating_sub(now_ns()).max(0) as u64);
        left.min(most).min(ANSWER_PAUSE)
    }

    #[inline]
    fn receive(&mut self) -> Result<usize, FeedError> {
        let (handler, capture, mut count) = (&mut self.handler, &mut self.capture, 0);
        let mut kept = Ok(());
        let mut closed = None;
        for (line, place) in self.lines.iter_mut().enumerate() {
            let line = Line(line as u8);
            let Some(source) = place else { continue };
            match source.receive(|packet| take(handler, capture, line, packet, &mut kept)) {
                Ok(taken) => count += taken,
                // The other lines go on.
                Err(error @ FeedError::Peer { .. }) => {
                    let descriptor = source.descriptor();
                    self.descriptors.retain(|known| *known != descriptor);
                    *place = None;
                    closed = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
        if let Some(error) = closed
            && self.lines.iter().all(Option::is_none)
        {
            return Err(error);
        }
        if let Some((socket, _)) = &mut self.mold {
            count += socket
                .receive(|packet| take(handler, capture, Line::RECOVERY, packet, &mut kept))?;
        }
        kept?;
        Ok(count)
    }

    /// Sends what is to be asked, and takes answers.
    fn recover(&mut self, now: i64) -> Result<(), FeedError> {
        if let Some(request) = self.handler.take_request().or(self.unsent.take()) {
            match (&self.mold, &self.recovery, request) {
                (
                    Some((socket, server)),
                    _,
                    Request::Retransmission {
                        session,
                        sequence,
                        count,
                    },
                ) => socket.send(&encode_request(&session, sequence, count), *server)?,
                (_, Some(recovery), request) if !recovery.ask(request) => {
                    self.unsent = Some(request);
                }
                _ => {}
            }
        }
        while let Some(part) = self.recovery.as_ref().and_then(Recovery::next_part) {
            match part {
                Part::Packet(bytes) => {
                    if let Some(capture) = &mut self.capture {
                        capture.packet(Line::RECOVERY, &bytes, now, now)?;
                    }
                    self.handler.packet(Line::RECOVERY, &bytes, now, now);
                }
                Part::Snapshot(bytes) => {
                    if let Some(capture) = &mut self.capture {
                        capture.snapshot(&bytes, now, now)?;
                    }
                    self.handler.snapshot(&bytes, now, now);
                }
            }
        }
        Ok(())
    }

    /// Ends the feed: hands on and writes what waits, and gives the handler back.
    ///
    /// # Errors
    /// [`FeedError`] of the capture or of the file of a consumer.
    pub fn close(mut self) -> Result<Handler, FeedError> {
        let now = now_ns();
        let (capture, mut kept) = (&mut self.capture, Ok(()));
        self.handler.finish(|due| {
            if let Some(capture) = capture
                && let Err(error) = capture.moment(due)
            {
                kept = Err(error);
            }
        });
        self.handler.flush(now)?;
        kept?;
        if let Some(capture) = self.capture.take() {
            capture.close(now)?;
        }
        Ok(self.handler)
    }
}

/// Takes a packet that has just come.
#[inline]
fn take(
    handler: &mut Handler,
    capture: &mut Option<CaptureWriter>,
    line: Line,
    packet: Received<'_>,
    kept: &mut Result<(), FeedError>,
) {
    // Time does not go back for the arbiter, though stamps of two lines may.
    let (bytes, ts_recv, now) = (packet.bytes, packet.ts_recv, packet.ts_recv);
    if let Some(capture) = capture
        && let Err(error) = capture.packet(line, bytes, ts_recv, now)
    {
        *kept = Err(error);
    }
    handler.packet(line, bytes, ts_recv, now);
}

/// Keeps the packets of lines without looking into them.
#[derive(Debug)]
pub struct Recorder {
    lines: Vec<Source>,
    capture: CaptureWriter,
    descriptors: Vec<RawFd>,
}

impl Recorder {
    /// A recorder of `lines` into `capture`.
    #[must_use]
    pub fn new(lines: Vec<Source>, capture: CaptureWriter) -> Self {
        let descriptors = lines.iter().map(Source::descriptor).collect();
        Self {
            lines,
            capture,
            descriptors,
        }
    }

    /// Takes what is there, waiting at most `time`; how many packets.
    ///
    /// # Errors
    /// [`FeedError`] of a socket or of the capture.
    pub fn turn(&mut self, time: Duration) -> Result<usize, FeedError> {
        let waited = socket::wait(&self.descriptors, time);
        waited.map_err(FeedError::io("wait for", &"the lines"))?;
        let (mut count, mut kept) = (0, Ok(()));
        for (line, source) in self.lines.iter_mut().enumerate() {
            let (line, capture) = (Line(line as u8), &mut self.capture);
            count += source.receive(|packet| {
                let taken = capture.packet(line, packet.bytes, packet.ts_recv, packet.ts_recv);
                if let Err(error) = taken {
                    kept = Err(error);
                }
            })?;
        }
        kept?;
        self.capture.advance(now_ns())?;
        Ok(count)
    }

    /// Packets that the kernel dropped, of all lines.
    #[must_use]
    pub fn kernel_drops(&self) -> u64 {
        self.lines
            .iter()
            .map(|line| u64::from(line.kernel_drops()))
            .sum()
    }

    /// Writes what waits and seals the capture.
    ///
    /// # Errors
    /// [`FeedError`] of the capture.
    pub fn close(self) -> Result<u64, FeedError> {
        let entries = self.capture.entries();
        self.capture.close(now_ns())?;
        Ok(entries)
    }
}
