//! One connection: a thread that reads, a socket that is written.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wattbook_session::Endpoint;

use super::inputs::{Connection, Inputs, Told};

/// Longest wait for a connection to be made or for the peer to take bytes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes read at once, at most.
const CHUNK_BYTES: usize = 65_536;

/// Connects and reads in a thread of its own, which ends with the connection.
pub(super) fn open(endpoint: Endpoint, connection: Connection, inputs: &Arc<Inputs>) {
    let name = format!("venue-link-{}", connection.0.0);
    let told = Arc::clone(inputs);
    let spawned = thread::Builder::new().name(name).spawn(move || {
        // Never in the clear what was meant for TLS.
        let connected = if endpoint.is_tls {
            Err(std::io::Error::other(
                "this edge does no TLS; go through a TLS proxy on this machine",
            ))
        } else {
            connect(&endpoint)
        };
        let reason = match connected {
            Ok(stream) => read(stream, connection, &told),
            Err(error) => format!("{}:{}: {error}", endpoint.host, endpoint.port),
        };
        told.tell(connection, Told::Closed(reason));
    });
    if let Err(error) = spawned {
        inputs.tell(connection, Told::Closed(format!("no thread: {error}")));
    }
}

fn connect(endpoint: &Endpoint) -> std::io::Result<TcpStream> {
    let mut last = std::io::Error::other("the name has no address");
    for address in (endpoint.host.as_str(), endpoint.port).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// Reads to the end; why it ended.
fn read(mut stream: TcpStream, connection: Connection, inputs: &Inputs) -> String {
    match stream.try_clone() {
        Ok(written) => inputs.tell(connection, Told::Connected(written)),
        Err(error) => return error.to_string(),
    };
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match stream.read(&mut chunk) {
            Ok(0) => return "the peer closed it".to_owned(),
            Ok(count) => {
                if !inputs.tell(connection, Told::Bytes(chunk[..count].to_vec())) {
                    return "the session is over".to_owned();
                }
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return error.to_string(),
        }
    }
}

/// Writes all of `bytes`.
pub(super) fn write(mut stream: &TcpStream, bytes: &[u8]) -> std::io::Result<()> {
    stream.write_all(bytes)
}

/// Closes both directions, which also ends the reading thread.
pub(super) fn close(stream: &TcpStream) {
    // A peer that closed first leaves nothing to shut down.
    let _closed_before = stream.shutdown(Shutdown::Both);
}
