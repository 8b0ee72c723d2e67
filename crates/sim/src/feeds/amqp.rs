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

    /// Waits for an event; others before it are dropped, those after it are the next turn's: a
    /// request that waited in a queue comes together with the word that the queue is consumed.
    pub(super) fn settle(&mut self, is_it: impl Fn(&Event) -> bool) -> std::io::Result<()> {
        let until = Instant::now() + Duration::from_secs(10);
        while Instant::now() < until {
            self.exchange()?;
            while let Some(event) = self.event()? {
                if is_it(&event) {
                    return Ok(());
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
        self.exchange()?;
        std::iter::from_fn(|| self.event().transpose()).collect()
    }

    fn exchange(&mut self) -> std::io::Result<()> {
        self.client.tick(now());
        self.flush()?;
        let mut chunk = [0; 16_384];
        match self.stream.read(&mut chunk) {
            Ok(0) => return Err(ErrorKind::ConnectionReset.into()),
            Ok(count) => self.client.received(now(), &chunk[..count]),
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
            Err(error) => return Err(error),
        }
        self.flush()
    }

    fn event(&mut self) -> std::io::Result<Option<Event>> {
        match self.client.event() {
            Some(Event::Closed(error)) => Err(closed(&error)),
            event => Ok(event),
        }
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

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::net::TcpListener;
    use std::thread;

    use wattbook_session::amqp091::{Frame, FrameReader, Method, Payload, Properties, Table};

    use super::*;

    const FRAME_BYTES_MAX: usize = 131_072;
    const PATIENCE: Duration = Duration::from_mins(1);

    /// What a broker answers; a consumer is told at once what waited for it.
    fn answers(method: Method) -> Vec<(u16, Payload)> {
        let reserved_1 = String::new();
        let one = |channel, method| vec![(channel, Payload::Method(method))];
        match method {
            Method::ConnectionStartOk { .. } => one(
                0,
                Method::ConnectionTune {
                    channel_max: 8,
                    frame_max: FRAME_BYTES_MAX as u32,
                    heartbeat: 60,
                },
            ),
            Method::ConnectionOpen { .. } => one(0, Method::ConnectionOpenOk { reserved_1 }),
            Method::ChannelOpen { .. } => one(
                1,
                Method::ChannelOpenOk {
                    reserved_1: Vec::new(),
                },
            ),
            Method::BasicConsume { consumer_tag, .. } => {
                let deliver = Method::BasicDeliver {
                    consumer_tag: consumer_tag.clone(),
                    delivery_tag: 1,
                    redelivered: false,
                    exchange: String::new(),
                    routing_key: "requests".to_owned(),
                };
                let mut told = one(1, Method::BasicConsumeOk { consumer_tag });
                told.extend(one(1, deliver));
                told.push((1, Payload::Header(Box::<Properties>::default(), 5)));
                told.push((1, Payload::Body(b"login".to_vec())));
                told
            }
            _ => Vec::new(),
        }
    }

    fn serve(listener: &TcpListener) {
        let (mut stream, _) = listener.accept().unwrap();
        let mut header = [0; 8];
        stream.read_exact(&mut header).unwrap();
        let start = Method::ConnectionStart {
            version_major: 0,
            version_minor: 9,
            server_properties: Table::default(),
            mechanisms: b"PLAIN".to_vec(),
            locales: b"en_US".to_vec(),
        };
        let mut told = vec![(0, Payload::Method(start))];
        let mut frames = FrameReader::new(FRAME_BYTES_MAX);
        let mut chunk = [0; 4_096];
        loop {
            let mut bytes = Vec::new();
            for (channel, payload) in told.drain(..) {
                Frame { channel, payload }.encode(&mut bytes);
            }
            stream.write_all(&bytes).unwrap();
            match stream.read(&mut chunk) {
                Ok(count) if count > 0 => frames.push(&chunk[..count]),
                _ => return,
            }
            while let Some(frame) = frames.frame().unwrap() {
                if let Payload::Method(method) = frame.payload {
                    told.extend(answers(method));
                }
            }
        }
    }

    #[test]
    fn a_request_that_comes_with_the_word_that_its_queue_is_consumed_is_not_lost() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let broker = thread::spawn(move || serve(&listener));
        let mut venue = BrokerClient::connect(address, "guest", "guest").unwrap();
        venue.client.consume(now(), "requests", "requests");
        venue
            .settle(|event| matches!(event, Event::Done("BasicConsume")))
            .unwrap();
        let until = Instant::now() + PATIENCE;
        let mut heard = Vec::new();
        while heard.is_empty() && Instant::now() < until {
            heard.extend(venue.turn().unwrap());
        }
        assert!(
            matches!(&heard[..], [Event::Delivered(request)] if request.body == b"login"),
            "{heard:?}"
        );
        drop(venue);
        broker.join().unwrap();
    }
}
