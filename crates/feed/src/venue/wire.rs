//! Bytes over a connection, with TLS or without.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustls::ClientConnection;
use rustls::pki_types::ServerName;
use wattbook_gateway::tls::{self, TlsClient};
use wattbook_session::Endpoint;

/// Longest wait for the peer to take our last words.
const FAREWELL: Duration = Duration::from_secs(1);

/// A connection that one thread reads while another writes.
pub(super) struct Wire {
    stream: TcpStream,
    tls: Option<Tls>,
}

struct Tls {
    connection: Mutex<ClientConnection>,
    /// Held by who writes, so that records leave in the order in which they were sealed; the reader
    /// never waits for it.
    sending: Mutex<()>,
    host: String,
}

impl Tls {
    fn lock(&self) -> MutexGuard<'_, ClientConnection> {
        // A thread that panicked left whole records behind.
        self.connection
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    fn explained(&self, error: io::Error) -> io::Error {
        tls::explained(error, &self.host)
    }

    /// What came already, as with the end of the handshake, and whether nothing more will.
    fn waiting(&self) -> io::Result<(Vec<u8>, bool)> {
        let mut connection = self.lock();
        let state = connection.process_new_packets().map_err(io::Error::other)?;
        Ok((drain(&mut connection)?, state.peer_has_closed()))
    }
}

impl Wire {
    /// Speaks TLS over `stream` if `endpoint` wants it; each step of the handshake may take
    /// `patience`.
    pub(super) fn open(
        mut stream: TcpStream,
        endpoint: &Endpoint,
        client: &TlsClient,
        patience: Duration,
    ) -> io::Result<Self> {
        if !endpoint.is_tls {
            return Ok(Self { stream, tls: None });
        }
        let host = endpoint.host.clone();
        let name = ServerName::try_from(host.clone()).map_err(io::Error::other)?;
        let connection = ClientConnection::new(client.config()?, name);
        let mut connection = connection.map_err(io::Error::other)?;
        stream.set_read_timeout(Some(patience))?;
        while connection.is_handshaking() {
            let done = connection.complete_io(&mut stream);
            done.map_err(|error| unfinished(error, &host))?;
        }
        stream.set_read_timeout(None)?;
        Ok(Self {
            stream,
            tls: Some(Tls {
                connection: Mutex::new(connection),
                sending: Mutex::default(),
                host,
            }),
        })
    }

    /// Waits for bytes, read by way of `chunk`; none when the peer has closed.
    pub(super) fn read(&self, chunk: &mut [u8]) -> io::Result<Vec<u8>> {
        match &self.tls {
            None => Ok(self.read_raw(chunk)?.to_vec()),
            Some(tls) => {
                let read = self.read_opened(tls, chunk);
                read.map_err(|error| tls.explained(error))
            }
        }
    }

    fn read_opened(&self, tls: &Tls, chunk: &mut [u8]) -> io::Result<Vec<u8>> {
        let (mut plain, is_closed) = tls.waiting()?;
        while plain.is_empty() && !is_closed {
            let mut rest = self.read_raw(chunk)?;
            if rest.is_empty() {
                break;
            }
            let mut connection = tls.lock();
            while !rest.is_empty() {
                connection.read_tls(&mut rest)?;
                let state = connection.process_new_packets().map_err(io::Error::other)?;
                plain.extend(drain(&mut connection)?);
                if state.peer_has_closed() {
                    return Ok(plain);
                }
            }
        }
        Ok(plain)
    }

    fn read_raw<'a>(&self, chunk: &'a mut [u8]) -> io::Result<&'a [u8]> {
        loop {
            match (&self.stream).read(chunk) {
                Ok(count) => return Ok(&chunk[..count]),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }

    /// Writes all of `bytes`.
    pub(super) fn write(&self, bytes: &[u8]) -> io::Result<()> {
        match &self.tls {
            None => (&self.stream).write_all(bytes),
            Some(tls) => {
                let written = self.write_sealed(tls, bytes);
                written.map_err(|error| {
                    // What the peer said before it closed tells more than a broken pipe.
                    let said = tls.lock().process_new_packets().map_err(io::Error::other);
                    tls.explained(said.err().unwrap_or(error))
                })
            }
        }
    }

    fn write_sealed(&self, tls: &Tls, mut bytes: &[u8]) -> io::Result<()> {
        let _order = tls.sending.lock().unwrap_or_else(PoisonError::into_inner);
        while !bytes.is_empty() {
            let mut connection = tls.lock();
            let taken = connection.writer().write(bytes)?;
            if taken == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            bytes = &bytes[taken..];
            let sealed = sealed(&mut connection)?;
            // The reader goes on while the peer takes its time.
            drop(connection);
            (&self.stream).write_all(&sealed)?;
        }
        Ok(())
    }

    /// Closes both directions, which also ends the reading thread.
    pub(super) fn close(&self) {
        // A peer that closed first leaves nobody to take leave of.
        let _gone = self.take_leave();
        let _closed_before = self.stream.shutdown(Shutdown::Both);
    }

    fn take_leave(&self) -> io::Result<()> {
        let Some(tls) = &self.tls else {
            return Ok(());
        };
        let _order = tls.sending.lock().unwrap_or_else(PoisonError::into_inner);
        let mut connection = tls.lock();
        connection.send_close_notify();
        let sealed = sealed(&mut connection)?;
        drop(connection);
        self.stream.set_write_timeout(Some(FAREWELL))?;
        (&self.stream).write_all(&sealed)
    }
}

fn sealed(connection: &mut ClientConnection) -> io::Result<Vec<u8>> {
    let mut sealed = Vec::new();
    while connection.wants_write() {
        connection.write_tls(&mut sealed)?;
    }
    Ok(sealed)
}

/// What was received and opened so far.
fn drain(connection: &mut ClientConnection) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    match connection.reader().read_to_end(&mut plain) {
        Ok(_) => Ok(plain),
        // More may come: what is there was taken.
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(plain),
        Err(error) => Err(error),
    }
}

fn unfinished(error: io::Error, host: &str) -> io::Error {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => io::Error::new(
            io::ErrorKind::TimedOut,
            "it does not answer the TLS handshake; is it a TLS port?",
        ),
        io::ErrorKind::UnexpectedEof => io::Error::new(
            io::ErrorKind::UnexpectedEof,
            "it closed within the TLS handshake; is it a TLS port?",
        ),
        _ => tls::explained(error, host),
    }
}
