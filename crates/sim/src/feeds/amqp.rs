//! A blocking client of a broker, for the venue's side of it.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use wattbook_domain::Timestamp;
use wattbook_session::amqp091::{Client, Config, Event};
use wattbook_session::sasl::Credentials;
use wattbook_session::{Connection, SessionError};

/// UTC now.
pub(super) fn now() -> Timestamp {
    let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since_epoch.map_or(0, |elapsed| elapsed.as_nanos());
    Timestamp::from_nanos(i64::try_from(nanos).unwrap_or(i64::MAX))
}

/// A connected client.
pub(super) struct BrokerClient {
    pub(super) client: Client,
    stream: TcpStream,
}

impl BrokerClient {
    /// Connects and waits for the open channel.
    pub(super) fn connect(
        address: SocketAddr,
        user: &str,
        password: &str,
    ) -> std::io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, Duration::from_secs(5))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_millis(1)))?;
        // A broker that takes nothing more would hold up the end of the venue.
        stream.set_write_timeout(Some(Duration::from_secs(5)))?;
        let mut config = Config::new(Credentials::Plain {
            user: user.to_owned(),
            password: password.to_owned(),
        });
        "wattbook simulated venue".clone_into(&mut config.connection_name);
        let mut client = Client::new(config);
        client.connected(now());
        let mut connected = Self { client, stream };
        connected.settle(|event| matches!(event, Event::Ready))?;
        Ok(connected)
    }

    /// Waits for an event; others before it are dropped.
    pub(super) fn settle(&mut self, is_it: impl Fn(&Event) -> bool) -> std::io::Result<Event> {
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            for event in self.turn()? {
                if is_it(&event) {
                    return Ok(event);
                }
            }
        }
        Err(std::io::Error::new(
            ErrorKind::TimedOut,
            "the broker does not answer",
        ))
    }

    /// Sends what waits, reads what is there and returns what was heard.
    pub(super) fn turn(&mut self) -> std::io::Result<Vec<Event>> {
        self.client.tick(now());
        self.flush()?;
        let mut chunk = [0; 16_384];
        match self.stream.read(&mut chunk) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(count) => self.client.received(now(), &chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        self.flush()?;
        let events: Vec<_> = std::iter::from_fn(|| self.client.event()).collect();
        for event in &events {
            if let Event::Closed(error) = event {
                return Err(closed(error));
            }
        }
        Ok(events)
    }

    pub(super) fn flush(&mut self) -> std::io::Result<()> {
        match self.client.take_output(now()) {
            Some(bytes) => self.stream.write_all(&bytes),
            None => Ok(()),
        }
    }
}

fn closed(error: &SessionError) -> std::io::Error {
    std::io::Error::new(ErrorKind::ConnectionAborted, error.to_string())
}
