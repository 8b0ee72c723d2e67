//! One connection: made and read in a thread of its own.

use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use wattbook_gateway::tls::TlsClient;
use wattbook_session::Endpoint;

use super::inputs::{Connection, Inputs, Told};
use super::wire::Wire;

/// Longest wait for a connection to be made or for the peer to take bytes.
const PATIENCE: Duration = Duration::from_secs(10);
/// Bytes read at once, at most.
const CHUNK_BYTES: usize = 65_536;

/// Connects and reads in a thread of its own, which ends with the connection.
pub(super) fn open(
    endpoint: Endpoint,
    connection: Connection,
    client: TlsClient,
    inputs: &Arc<Inputs>,
) {
    let name = format!("venue-link-{}", connection.0.0);
    let told = Arc::clone(inputs);
    let spawned = thread::Builder::new().name(name).spawn(move || {
        let opened =
            connect(&endpoint).and_then(|stream| Wire::open(stream, &endpoint, &client, PATIENCE));
        let reason = match opened {
            Ok(wire) => read(&Arc::new(wire), connection, &told),
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
fn read(wire: &Arc<Wire>, connection: Connection, inputs: &Inputs) -> String {
    if !inputs.tell(connection, Told::Connected(Arc::clone(wire))) {
        return "the session is over".to_owned();
    }
    let mut chunk = vec![0; CHUNK_BYTES];
    loop {
        match wire.read(&mut chunk) {
            Ok(bytes) if bytes.is_empty() => return "the peer closed it".to_owned(),
            Ok(bytes) => {
                if !inputs.tell(connection, Told::Bytes(bytes)) {
                    return "the session is over".to_owned();
                }
            }
            Err(error) => return error.to_string(),
        }
    }
}
