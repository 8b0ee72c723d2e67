//! A venue in the manner of M7 behind a real broker.

use std::io::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use flate2::Compression;
use flate2::write::GzEncoder;
use wattbook_session::Connection as _;
use wattbook_session::amqp091::{Delivery, Event, Properties, Table, Value};

use super::amqp::{BrokerClient, now};
use super::control::{FeedControl, FeedFault};
use super::floor::OrderFloor;
use super::m7_desk::{self, Asked, HEARTBEAT, HEARTBEAT_TYPE, REPORT_TYPE, RESPONSE_TYPE};
use super::m7_orders::{self, ToClient};

/// Between two heartbeats.
const PAUSE: Duration = Duration::from_millis(500);
/// Between two attempts to reach the broker.
const RETRY: Duration = Duration::from_millis(100);
/// Bodies at least this long are compressed.
const GZIP_BYTES: usize = 2_000;

/// Where the venue publishes.
#[derive(Debug, Clone)]
pub struct M7VenueSettings {
    /// The broker.
    pub broker: SocketAddr,
    /// User and password of the broker, and the user that may log in.
    pub user: String,
    /// Its password.
    pub password: String,
    /// Exchange on which requests come.
    pub request_exchange: String,
    /// Queue of broadcasts, which the client declares.
    pub broadcast_queue: String,
}

/// A running venue; ends when dropped.
#[derive(Debug)]
pub struct M7Venue {
    control: FeedControl,
    thread: Option<JoinHandle<()>>,
}

impl M7Venue {
    /// Starts it in a thread of its own, which reconnects to the broker whenever that is gone.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start(settings: M7VenueSettings, control: FeedControl) -> std::io::Result<Self> {
        Self::start_with(settings, control, None)
    }

    /// Starts it with a floor on which orders are entered.
    ///
    /// # Errors
    /// When the system has no thread left.
    pub fn start_with(
        settings: M7VenueSettings,
        control: FeedControl,
        floor: Option<Arc<OrderFloor>>,
    ) -> std::io::Result<Self> {
        let shared = control.clone();
        let thread = thread::Builder::new().name("m7-venue".to_owned());
        let thread = thread.spawn(move || {
            while !shared.is_over() {
                let served = Venue::open(&settings, &shared, floor.as_deref())
                    .and_then(|mut venue| venue.serve());
                // Whatever ended the connection, the venue comes back.
                if served.is_err() && !shared.is_over() {
                    thread::sleep(RETRY);
                }
            }
        })?;
        Ok(Self {
            control,
            thread: Some(thread),
        })
    }
}

impl Drop for M7Venue {
    fn drop(&mut self) {
        self.control.end();
        if let Some(thread) = self.thread.take() {
            let _panicked = thread.join();
        }
    }
}

struct Venue<'a> {
    settings: &'a M7VenueSettings,
    control: &'a FeedControl,
    floor: Option<&'a OrderFloor>,
    /// How much of what the floor tells was told.
    told: usize,
    broker: BrokerClient,
    /// Whether a client is logged in and its queue bound.
    is_bound: bool,
    /// Where answers and what is the client's own go.
    private_queue: String,
    broadcasts: i64,
    is_silent: bool,
    is_spoiling: bool,
    last_heartbeat: Instant,
}

impl<'a> Venue<'a> {
    fn open(
        settings: &'a M7VenueSettings,
        control: &'a FeedControl,
        floor: Option<&'a OrderFloor>,
    ) -> std::io::Result<Self> {
        let mut broker =
            BrokerClient::connect(settings.broker, &settings.user, &settings.password)?;
        let (exchange, queue) = (
            &settings.request_exchange,
            format!("{}.requests", settings.request_exchange),
        );
        let client = &mut broker.client;
        client.declare_exchange(now(), exchange, "direct", false);
        client.declare_queue(now(), &queue, [false, true, true], Table::default());
        client.bind_queue(now(), &queue, exchange, "m7.request.inquiry");
        // In the queue of the other requests, so that the answer to one says what those before it did.
        client.bind_queue(now(), &queue, exchange, "m7.request.management");
        client.consume(now(), &queue, "requests");
        broker.settle(|event| matches!(event, Event::Done("BasicConsume")))?;
        Ok(Self {
            settings,
            control,
            floor,
            told: 0,
            broker,
            is_bound: false,
            private_queue: String::new(),
            broadcasts: 0,
            is_silent: false,
            is_spoiling: false,
            last_heartbeat: Instant::now(),
        })
    }

    fn serve(&mut self) -> std::io::Result<()> {
        while !self.control.is_over() {
            for event in self.broker.turn()? {
                if let Event::Delivered(request) = event {
                    self.broker.client.acknowledge(request.delivery_tag, false);
                    self.answer(&request);
                }
            }
            if let Some(fault) = self.control.take_fault() {
                self.fail(fault)?;
            }
            if self.is_silent {
                self.control.wait(Duration::from_millis(5));
                continue;
            }
            if self.is_bound && self.last_heartbeat.elapsed() >= PAUSE {
                self.last_heartbeat = Instant::now();
                self.broadcast(HEARTBEAT, HEARTBEAT_TYPE, false);
            }
            self.publish_steps();
            self.tell_floor();
            self.broker.flush()?;
        }
        self.broker.client.close(now());
        self.broker.flush()
    }

    /// Publishes up to a hundred steps; without a client they are made all the same.
    fn publish_steps(&mut self) {
        for _ in 0..100 {
            let control = self.control.clone();
            let (mut broadcasts, mut private) = (Vec::new(), Vec::new());
            let made = control.make_step(|market, step| {
                broadcasts = m7_desk::broadcasts(market, step, now());
                private = m7_desk::private(market, step, now());
            });
            if !made {
                return;
            }
            for message in broadcasts {
                self.broadcast(message.as_bytes(), REPORT_TYPE, true);
            }
            for message in private {
                self.tell_owner(message.as_bytes());
            }
        }
    }

    /// Tells the client what happened to its orders.
    fn tell_floor(&mut self) {
        let Some(floor) = self.floor.filter(|_| self.is_bound) else {
            return;
        };
        for news in floor.news(self.told) {
            self.told += 1;
            match m7_orders::told(news) {
                ToClient::Own(body) => self.tell_owner(body.as_bytes()),
                ToClient::Answer(correlation_id, body) => {
                    let queue = self.private_queue.clone();
                    self.respond(&queue, Some(correlation_id), body);
                }
            }
        }
    }

    fn tell_owner(&mut self, body: &[u8]) {
        if self.is_bound {
            let properties = Properties {
                content_type: Some(REPORT_TYPE.to_owned()),
                ..Properties::default()
            };
            let queue = self.private_queue.clone();
            self.broker.client.publish("", &queue, &properties, body);
        }
    }

    fn fail(&mut self, fault: FeedFault) -> std::io::Result<()> {
        match fault {
            FeedFault::Lose(count) => self.control.lose(count),
            FeedFault::Publish(bytes) => self.broadcast(&bytes, REPORT_TYPE, true),
            FeedFault::Silence(is_silent) => self.is_silent = is_silent,
            FeedFault::SpoilSnapshot | FeedFault::CutSnapshot => self.is_spoiling = true,
            FeedFault::Disconnect => return Err(std::io::ErrorKind::ConnectionAborted.into()),
            FeedFault::ExpireTokens => {}
        }
        Ok(())
    }

    fn broadcast(&mut self, body: &[u8], content_type: &str, is_counted: bool) {
        if !self.is_bound {
            return;
        }
        let mut headers =
            Table::default().with("server-timestamp", Value::I64(now().nanos() / 1_000_000));
        if is_counted {
            self.broadcasts += 1;
            headers = headers
                .with("x-m7-group-id", Value::text("SIM"))
                .with("x-m7-group-sequence", Value::I64(self.broadcasts));
        }
        let properties = Properties {
            content_type: Some(content_type.to_owned()),
            headers: Some(headers),
            ..Properties::default()
        };
        // To the default exchange, which routes by the queue's name.
        let queue = self.settings.broadcast_queue.clone();
        self.broker.client.publish("", &queue, &properties, body);
    }

    fn answer(&mut self, request: &Delivery) {
        if self.is_silent {
            return;
        }
        let market = self.control.market();
        let logins = self.control.logins();
        let correlation_id = request.properties.correlation_id.clone();
        let asked_as = correlation_id.as_deref().unwrap_or_default();
        let (asked, mut answer) = m7_desk::answer(
            (&request.body, asked_as),
            &market,
            self.floor,
            logins,
            now(),
        );
        match asked {
            Asked::Login => {
                self.control.logged_in();
                self.is_bound = true;
                let reply_to = request.properties.reply_to.clone();
                self.private_queue = reply_to.unwrap_or_default();
                // What was told before its login is in the lists that it asks for.
                self.told = self.floor.map_or(0, OrderFloor::told);
            }
            Asked::Logout => self.is_bound = false,
            Asked::Books => {
                self.control.sent_snapshot();
                if std::mem::take(&mut self.is_spoiling)
                    && let Some(answer) = &mut answer
                {
                    answer.truncate(answer.len() / 2);
                }
            }
            Asked::Entry | Asked::Other => {}
        }
        let reply_to = request.properties.reply_to.clone().unwrap_or_default();
        if let Some(answer) = answer {
            self.respond(&reply_to, correlation_id, answer);
        }
    }

    fn respond(&mut self, queue: &str, correlation_id: Option<String>, answer: String) {
        let is_gzip = answer.len() >= GZIP_BYTES;
        let packed = if is_gzip {
            gzip(answer.as_bytes())
        } else {
            answer.into_bytes()
        };
        let properties = Properties {
            content_type: Some(RESPONSE_TYPE.to_owned()),
            content_encoding: is_gzip.then(|| "gzip".to_owned()),
            correlation_id,
            ..Properties::default()
        };
        self.broker.client.publish("", queue, &properties, &packed);
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    // Writing to memory cannot fail.
    let written = encoder.write_all(bytes);
    written.and_then(|()| encoder.finish()).unwrap_or_default()
}
