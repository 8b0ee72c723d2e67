//! What carries a session's bytes: a socket, or TLS 1.3 over it.

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use rustls::pki_types::ServerName;
use rustls::{ClientConnection, ServerConnection};

use crate::tls::{TlsClient, TlsServer, explained};

/// How long a handshake may take.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A wait within a handshake, after which the time that it took is looked at.
const LOOK: Duration = Duration::from_millis(200);

/// Whom an initiator speaks TLS with, and as whom.
#[derive(Debug, Clone)]
pub struct TlsPeer {
    /// Whom to trust, and our own certificate.
    pub client: TlsClient,
    /// The name that the other side's certificate must be for.
    pub name: String,
}

/// A connection's bytes; there is no way from TLS back to the bare socket.
#[derive(Debug)]
pub(super) enum Transport {
    Bare(TcpStream),
    Sealed(Box<Sealed>),
}

#[derive(Debug)]
pub(super) struct Sealed {
    socket: TcpStream,
    tls: rustls::Connection,
}

impl Transport {
    /// TLS over `socket` with whom was connected to.
    pub(super) fn to(peer: &TlsPeer, socket: TcpStream) -> io::Result<Self> {
        let name = ServerName::try_from(peer.name.clone()).map_err(io::Error::other)?;
        let tls = ClientConnection::new(peer.client.config()?, name).map_err(io::Error::other)?;
        let shaken = Self::shake(socket, tls.into());
        shaken.map_err(|error| unfinished(error, &peer.name))
    }

    /// TLS over `socket` with who has connected.
    pub(super) fn from(server: &TlsServer, socket: TcpStream) -> io::Result<Self> {
        let tls = ServerConnection::new(server.config()).map_err(io::Error::other)?;
        Self::shake(socket, tls.into())
    }

    fn shake(mut socket: TcpStream, mut tls: rustls::Connection) -> io::Result<Self> {
        let begun = Instant::now();
        socket.set_read_timeout(Some(LOOK))?;
        while tls.is_handshaking() {
            match tls.complete_io(&mut socket) {
                Ok(_) => {}
                Err(error) if is_timeout(&error) && begun.elapsed() < HANDSHAKE => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self::Sealed(Box::new(Sealed { socket, tls })))
    }

    pub(super) fn set_read_timeout(&self, wait: Duration) -> io::Result<()> {
        match self {
            Self::Bare(socket) => socket.set_read_timeout(Some(wait)),
            Self::Sealed(sealed) => sealed.socket.set_read_timeout(Some(wait)),
        }
    }

    /// Says that nothing more follows, where there is a way to.
    pub(super) fn close(&mut self) {
        if let Self::Sealed(sealed) = self {
            sealed.tls.send_close_notify();
            // The other side may be gone already.
            drop(sealed.flush());
        }
    }
}

impl Read for Transport {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Bare(socket) => socket.read(room),
            Self::Sealed(sealed) => sealed.read(room),
        }
    }
}

impl Write for Transport {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Bare(socket) => socket.write(bytes),
            Self::Sealed(sealed) => {
                let count = sealed.tls.writer().write(bytes)?;
                sealed.flush()?;
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Bare(socket) => socket.flush(),
            Self::Sealed(sealed) => sealed.flush(),
        }
    }
}

impl Sealed {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        loop {
            match self.tls.reader().read(room) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                // It closed the socket without a word; FIX says by Logout what ends a session.
                Err(error) if error.kind() == ErrorKind::UnexpectedEof => return Ok(0),
                read => return read,
            }
            self.tls.read_tls(&mut self.socket)?;
            let taken = self.tls.process_new_packets();
            // Answers of the protocol, and what it says of a fault.
            let told = self.flush();
            taken.map_err(io::Error::other)?;
            told?;
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        while self.tls.wants_write() {
            self.tls.write_tls(&mut self.socket)?;
        }
        Ok(())
    }
}

/// Whether a wait ended without bytes.
pub(super) fn is_timeout(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::WouldBlock | ErrorKind::TimedOut | ErrorKind::Interrupted
    )
}

fn unfinished(error: io::Error, name: &str) -> io::Error {
    let told = match error.kind() {
        ErrorKind::WouldBlock | ErrorKind::TimedOut => "does not answer the TLS handshake",
        ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset => "closed within the TLS handshake",
        _ => return explained(error, name),
    };
    io::Error::new(error.kind(), format!("{name} {told}; is it a TLS port?"))
}
