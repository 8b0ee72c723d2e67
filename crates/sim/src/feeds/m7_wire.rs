//! M7 and its broker as a state machine: AMQP 0-9-1 from the broker's side, without sockets, threads
//! or a clock, so that a connection can be cut at any byte and every run is the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use wattbook_domain::Timestamp;
use wattbook_session::SessionError;
use wattbook_session::amqp091::{Frame, FrameReader, Method, Payload, Properties, Table, Value};

use super::floor::OrderFloor;
use super::m7_desk::{self, Asked, HEARTBEAT, HEARTBEAT_TYPE, REPORT_TYPE, RESPONSE_TYPE};
use super::m7_orders::{self, ToClient};
use super::market::FeedMarket;

/// Length of the header with which a client begins.
const HEADER_BYTES: usize = 8;
/// Longest frame, bytes.
const FRAME_BYTES_MAX: usize = 131_072;

/// A message on its way to the venue.
#[derive(Debug, Default)]
struct Request {
    properties: Properties,
    body_bytes: usize,
    body: Vec<u8>,
}

/// What the broker knows of a connection.
#[derive(Debug)]
struct Connection {
    header_bytes: usize,
    frames: FrameReader,
    /// Consumer by queue.
    consumers: BTreeMap<String, String>,
    request: Option<Request>,
    deliveries: u64,
    published: u64,
    /// Queue of the client that is logged in.
    private_queue: Option<String>,
    is_closed: bool,
}

/// The venue and the broker's end of one connection.
#[derive(Debug)]
pub struct M7Wire {
    market: FeedMarket,
    /// Where orders are entered; without it, orders and trades of the client's own are the market's.
    floor: Option<Arc<OrderFloor>>,
    /// How much of what the floor tells was told.
    told: usize,
    mechanisms: String,
    connection: Option<Connection>,
    output: Vec<u8>,
    logins: u64,
    broadcasts: i64,
    responses: Vec<(String, Vec<u8>)>,
}

impl M7Wire {
    /// A venue of `market` whose broker offers these SASL mechanisms, with spaces between them.
    #[must_use]
    pub fn new(market: FeedMarket, mechanisms: &str) -> Self {
        Self {
            market,
            floor: None,
            told: 0,
            mechanisms: mechanisms.to_owned(),
            connection: None,
            output: Vec::new(),
            logins: 0,
            broadcasts: 0,
            responses: Vec::new(),
        }
    }

    /// Takes orders, which are those of `floor`.
    #[must_use]
    pub fn with_floor(mut self, floor: Arc<OrderFloor>) -> Self {
        self.floor = Some(floor);
        self
    }

    /// Tells the client that is logged in what happened to its orders.
    pub fn tell_floor(&mut self) {
        let (Some(floor), Some(queue)) = (self.floor.clone(), self.private_queue()) else {
            return;
        };
        for news in floor.news(self.told) {
            self.told += 1;
            match m7_orders::told(news) {
                ToClient::Own(body) => self.tell_owner(body.as_bytes()),
                ToClient::Answer(correlation_id, body) => {
                    self.respond(&queue, Some(correlation_id), &body);
                }
            }
        }
    }

    /// The market as it is.
    #[must_use]
    pub const fn market(&self) -> &FeedMarket {
        &self.market
    }

    /// Mechanism and response of each client that introduced itself.
    #[must_use]
    pub fn introductions(&self) -> &[(String, Vec<u8>)] {
        &self.responses
    }

    /// A client's connection is there, in place of the one before.
    pub fn connected(&mut self) {
        self.output.clear();
        self.connection = Some(Connection {
            header_bytes: 0,
            frames: FrameReader::new(FRAME_BYTES_MAX),
            consumers: BTreeMap::new(),
            request: None,
            deliveries: 0,
            published: 0,
            private_queue: None,
            is_closed: false,
        });
    }

    /// The connection is gone, with what was on its way.
    pub fn disconnected(&mut self) {
        self.connection = None;
        self.output.clear();
    }

    /// Takes a client's bytes, in any chunks.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] where the client does not speak AMQP 0-9-1.
    pub fn received(&mut self, now: Timestamp, bytes: &[u8]) -> Result<(), SessionError> {
        let Some(connection) = &mut self.connection else {
            return Ok(());
        };
        let header = (HEADER_BYTES - connection.header_bytes).min(bytes.len());
        connection.header_bytes += header;
        connection.frames.push(&bytes[header..]);
        if header > 0 && connection.header_bytes == HEADER_BYTES {
            let start = Method::ConnectionStart {
                version_major: 0,
                version_minor: 9,
                server_properties: Table::default(),
                mechanisms: self.mechanisms.clone().into_bytes(),
                locales: b"en_US".to_vec(),
            };
            self.say(0, start);
        }
        while let Some(connection) = &mut self.connection {
            let Some(frame) = connection.frames.frame()? else {
                return Ok(());
            };
            self.take(now, frame);
        }
        Ok(())
    }

    /// What is to be sent.
    pub fn take_output(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.output)
    }

    /// Whether the client closed the connection in order.
    #[must_use]
    pub fn is_closed(&self) -> bool {
        let connection = self.connection.as_ref();
        connection.is_some_and(|connection| connection.is_closed)
    }

    /// Lets the market make a step and tells of it whoever is logged in.
    pub fn step(&mut self, now: Timestamp) {
        let step = self.market.step();
        for body in m7_desk::broadcasts(&self.market, &step, now) {
            self.broadcasts += 1;
            let headers = Table::default()
                .with("server-timestamp", Value::I64(now.nanos() / 1_000_000))
                .with("x-m7-group-id", Value::text("SIM"))
                .with("x-m7-group-sequence", Value::I64(self.broadcasts));
            self.broadcast(REPORT_TYPE, Some(headers), body.as_bytes());
        }
        for body in m7_desk::private(&self.market, &step, now) {
            self.tell_owner(body.as_bytes());
        }
    }

    /// Tells the client that is logged in what concerns it alone.
    pub fn tell_owner(&mut self, body: &[u8]) {
        let properties = Properties {
            content_type: Some(REPORT_TYPE.to_owned()),
            ..Properties::default()
        };
        if let Some(queue) = self.private_queue() {
            self.deliver(&queue, properties, body);
        }
    }

    /// Tells that the venue lives.
    pub fn beat(&mut self) {
        self.broadcast(HEARTBEAT_TYPE, None, HEARTBEAT);
    }

    fn private_queue(&self) -> Option<String> {
        self.connection.as_ref()?.private_queue.clone()
    }

    fn broadcast(&mut self, content_type: &str, headers: Option<Table>, body: &[u8]) {
        let (Some(private), Some(connection)) = (self.private_queue(), &self.connection) else {
            return;
        };
        let properties = Properties {
            content_type: Some(content_type.to_owned()),
            headers,
            ..Properties::default()
        };
        let queues = connection.consumers.keys();
        let queue = queues.into_iter().find(|queue| **queue != private);
        if let Some(queue) = queue.cloned() {
            self.deliver(&queue, properties, body);
        }
    }

    fn say(&mut self, channel: u16, method: Method) {
        let payload = Payload::Method(method);
        Frame { channel, payload }.encode(&mut self.output);
    }

    fn deliver(&mut self, queue: &str, properties: Properties, body: &[u8]) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let Some(consumer_tag) = connection.consumers.get(queue).cloned() else {
            return;
        };
        connection.deliveries += 1;
        let deliver = Method::BasicDeliver {
            consumer_tag,
            delivery_tag: connection.deliveries,
            redelivered: false,
            exchange: String::new(),
            routing_key: queue.to_owned(),
        };
        self.say(1, deliver);
        let header = Payload::Header(Box::new(properties), body.len() as u64);
        let parts = body.chunks(FRAME_BYTES_MAX / 2);
        let parts = parts.map(|part| Payload::Body(part.to_vec()));
        for payload in [header].into_iter().chain(parts) {
            let frame = Frame {
                channel: 1,
                payload,
            };
            frame.encode(&mut self.output);
        }
    }

    fn take(&mut self, now: Timestamp, frame: Frame) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        match frame.payload {
            Payload::Method(method) => self.take_method(method),
            Payload::Header(properties, bytes) => {
                if let Some(request) = &mut connection.request {
                    request.properties = *properties;
                    request.body_bytes = usize::try_from(bytes).unwrap_or(usize::MAX);
                }
            }
            Payload::Body(bytes) => {
                if let Some(request) = &mut connection.request {
                    request.body.extend_from_slice(&bytes);
                    if request.body.len() >= request.body_bytes {
                        self.answer(now);
                    }
                }
            }
            Payload::Heartbeat => {}
        }
    }

    fn take_method(&mut self, method: Method) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let reserved_1 = String::new();
        let (channel, answer) = match method {
            Method::ConnectionStartOk {
                mechanism,
                response,
                ..
            } => {
                self.responses.push((mechanism, response));
                let tune = Method::ConnectionTune {
                    channel_max: 8,
                    frame_max: FRAME_BYTES_MAX as u32,
                    heartbeat: 60,
                };
                (0, tune)
            }
            Method::ConnectionOpen { .. } => (0, Method::ConnectionOpenOk { reserved_1 }),
            Method::ConnectionClose { .. } => {
                connection.is_closed = true;
                (0, Method::ConnectionCloseOk {})
            }
            Method::ChannelOpen { .. } => (
                1,
                Method::ChannelOpenOk {
                    reserved_1: Vec::new(),
                },
            ),
            Method::QueueDeclare { queue, .. } => {
                let declared = Method::QueueDeclareOk {
                    queue,
                    message_count: 0,
                    consumer_count: 0,
                };
                (1, declared)
            }
            Method::ConfirmSelect { .. } => (1, Method::ConfirmSelectOk {}),
            Method::BasicQos { .. } => (1, Method::BasicQosOk {}),
            Method::BasicConsume {
                queue,
                consumer_tag,
                ..
            } => {
                connection.consumers.insert(queue, consumer_tag.clone());
                (1, Method::BasicConsumeOk { consumer_tag })
            }
            Method::BasicPublish { .. } => {
                connection.request = Some(Request::default());
                return;
            }
            _ => return,
        };
        self.say(channel, answer);
    }

    fn answer(&mut self, now: Timestamp) {
        let Some(connection) = &mut self.connection else {
            return;
        };
        let Some(request) = connection.request.take() else {
            return;
        };
        connection.published += 1;
        let reply_to = request.properties.reply_to.unwrap_or_default();
        let correlation_id = request.properties.correlation_id;
        let asked_as = correlation_id.as_deref().unwrap_or_default();
        let (asked, answer) = m7_desk::answer(
            (&request.body, asked_as),
            &self.market,
            self.floor.as_deref(),
            self.logins,
            now,
        );
        match asked {
            Asked::Login => {
                self.logins += 1;
                connection.private_queue = Some(reply_to.clone());
                // What was told before its login is in the lists that it asks for.
                self.told = self.floor.as_ref().map_or(0, |floor| floor.told());
            }
            Asked::Logout => connection.private_queue = None,
            Asked::Books | Asked::Entry | Asked::Other => {}
        }
        let confirmed = Method::BasicAck {
            delivery_tag: connection.published,
            multiple: false,
        };
        self.say(1, confirmed);
        if let Some(answer) = answer {
            self.respond(&reply_to, correlation_id, &answer);
        }
    }

    fn respond(&mut self, queue: &str, correlation_id: Option<String>, body: &str) {
        let properties = Properties {
            content_type: Some(RESPONSE_TYPE.to_owned()),
            correlation_id,
            ..Properties::default()
        };
        self.deliver(queue, properties, body.as_bytes());
    }
}
