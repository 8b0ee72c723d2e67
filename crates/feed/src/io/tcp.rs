//! Packets over a stream: each behind its length in two bytes, big endian.

use std::io::{ErrorKind, Read};
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use super::clock::now_ns;
use super::udp::Received;
use crate::error::FeedError;

/// Receives the packets of a stream.
#[derive(Debug)]
pub struct TcpReceiver {
    stream: TcpStream,
    place: String,
    buffer: Vec<u8>,
    /// Where the unread bytes begin and end.
    unread: std::ops::Range<usize>,
}

impl TcpReceiver {
    /// Connects to `address` within `time`.
    ///
    /// # Errors
    /// [`FeedError::Io`].
    pub fn connect(address: SocketAddr, time: Duration) -> Result<Self, FeedError> {
        let stream = TcpStream::connect_timeout(&address, time);
        let stream = stream.map_err(FeedError::io("connect to", &address))?;
        stream
            .set_nodelay(true)
            .map_err(FeedError::io("set an option of", &address))?;
        stream
            .set_nonblocking(true)
            .map_err(FeedError::io("set an option of", &address))?;
        Ok(Self {
            stream,
            place: address.to_string(),
            // Any length that two bytes can state fits.
            buffer: vec![0; 2 * (usize::from(u16::MAX) + 2)],
            unread: 0..0,
        })
    }

    /// Hands the whole packets that are there to `visit` in turn, without waiting; how many.
    ///
    /// # Errors
    /// [`FeedError::Peer`] when the other side has closed, [`FeedError::Io`].
    pub fn receive(&mut self, mut visit: impl FnMut(Received<'_>)) -> Result<usize, FeedError> {
        self.buffer.copy_within(self.unread.clone(), 0);
        self.unread = 0..self.unread.len();
        let read = self.stream.read(&mut self.buffer[self.unread.end..]);
        let read = match read {
            Ok(0) => {
                return Err(FeedError::Peer {
                    place: self.place.clone(),
                    reason: "the other side has closed",
                });
            }
            Ok(read) => read,
            Err(error)
                if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted) =>
            {
                return Ok(0);
            }
            Err(error) => return Err(FeedError::io("read from", &self.place)(error)),
        };
        self.unread.end += read;
        let (ts_recv, mut count) = (now_ns(), 0);
        while let Some((length, rest)) = self.buffer[self.unread.clone()].split_first_chunk::<2>() {
            let length = usize::from(u16::from_be_bytes(*length));
            let Some(bytes) = rest.get(..length) else {
                break;
            };
            visit(Received { bytes, ts_recv });
            self.unread.start += 2 + length;
            count += 1;
        }
        Ok(count)
    }

    pub(super) fn descriptor(&self) -> RawFd {
        self.stream.as_raw_fd()
    }
}
