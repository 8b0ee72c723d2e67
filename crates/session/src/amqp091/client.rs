//! A connection with one channel.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::frame::{FRAME_OVERHEAD, Frame, FrameReader, PROTOCOL_HEADER, Payload, append};
use super::method::Method;
use super::properties::Properties;
use super::value::{Table, Value};
use crate::error::SessionError;
use crate::sasl::Credentials;

/// The only channel.
const CHANNEL: u16 = 1;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who it is.
    pub credentials: Credentials,
    /// The broker's virtual host.
    pub virtual_host: String,
    /// Longest silence that the client asks for, s; the lower of both sides' holds. 0 for no bound.
    pub heartbeat_seconds: u16,
    /// Longest frame, bytes; the lower of both sides' holds.
    pub frame_bytes_max: u32,
    /// Longest body of a message, bytes.
    pub message_bytes_max: usize,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// What the broker's operator sees the connection as.
    pub connection_name: String,
}

impl Config {
    /// Settings that suit most brokers.
    #[must_use]
    pub fn new(credentials: Credentials) -> Self {
        Self {
            credentials,
            virtual_host: "/".to_owned(),
            heartbeat_seconds: 10,
            frame_bytes_max: 131_072,
            message_bytes_max: 64 << 20,
            answer_seconds: 10,
            connection_name: "wattbook".to_owned(),
        }
    }
}

/// A message of a consumer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Delivery {
    /// Of which consumer.
    pub consumer_tag: String,
    /// What to acknowledge it by.
    pub delivery_tag: u64,
    /// Whether the broker may have delivered it before.
    pub is_redelivered: bool,
    /// Through which exchange it came.
    pub exchange: String,
    /// Its routing key.
    pub routing_key: String,
    /// What it says of itself.
    pub properties: Properties,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The channel is open: commands may be given.
    Ready,
    /// A queue is there.
    Queue {
        /// Its name; the broker's choice where none was given.
        name: String,
        /// How many messages wait in it.
        messages: u32,
    },
    /// Another command than the declaration of a queue was carried out.
    Done(&'static str),
    /// A message came.
    Delivered(Box<Delivery>),
    /// A message could not be routed: code, words and routing key.
    Returned(u16, String, String),
    /// The broker took over, or refused, the published messages up to this number.
    Confirmed {
        /// Number of the message, from 1.
        number: u64,
        /// Whether it stands for all up to it.
        is_multiple: bool,
        /// Whether the broker has it.
        is_accepted: bool,
    },
    /// The broker ended a consumer, for example because its queue is gone.
    Cancelled(String),
    /// Whether the broker takes no messages for want of memory or disk.
    Blocked(bool),
    /// The connection is over.
    Closed(SessionError),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Starting,
    Tuning,
    Opening,
    OpeningChannel,
    Ready,
    Closing,
    Closed,
}

/// What is known of a message whose content is still to come.
#[derive(Debug)]
struct Assembly {
    delivery: Delivery,
    returned: Option<(u16, String)>,
    body_bytes: Option<usize>,
}

/// A connection as a state machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    frames: FrameReader,
    output: Vec<u8>,
    events: VecDeque<Event>,
    assembly: Option<Assembly>,
    frame_bytes_max: usize,
    heartbeat_nanos: i64,
    last_received: Timestamp,
    last_sent: Timestamp,
    /// What is asked and not answered, and since when.
    asked: VecDeque<(&'static str, Timestamp)>,
    published: u64,
}

impl Client {
    /// A client that is not connected.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let frame_bytes_max = config.frame_bytes_max as usize;
        Self {
            config,
            state: State::Idle,
            frames: FrameReader::new(frame_bytes_max),
            output: Vec::new(),
            events: VecDeque::new(),
            assembly: None,
            frame_bytes_max,
            heartbeat_nanos: 0,
            last_received: Timestamp::EPOCH,
            last_sent: Timestamp::EPOCH,
            asked: VecDeque::new(),
            published: 0,
        }
    }

    /// The transport is there: begins to speak.
    pub fn connected(&mut self, now: Timestamp) {
        self.state = State::Starting;
        self.frames.reset();
        self.output.clear();
        self.output.extend_from_slice(PROTOCOL_HEADER);
        self.assembly = None;
        self.frame_bytes_max = self.config.frame_bytes_max as usize;
        self.heartbeat_nanos = 0;
        (self.last_received, self.last_sent) = (now, now);
        self.asked.clear();
        self.asked.push_back(("connect", now));
        self.published = 0;
    }

    /// Takes bytes as they came.
    pub fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        if matches!(self.state, State::Idle | State::Closed) {
            return;
        }
        self.last_received = now;
        self.frames.push(bytes);
        loop {
            match self.frames.frame() {
                Ok(Some(frame)) => self.take_frame(now, frame),
                Ok(None) => return,
                Err(error) => return self.fail(error),
            }
            if self.state == State::Closed {
                return;
            }
        }
    }

    /// The transport is gone.
    pub fn disconnected(&mut self, reason: &str) {
        self.fail(SessionError::Closed {
            reason: reason.to_owned(),
        });
    }

    /// Sends what is due and notices what did not come.
    pub fn tick(&mut self, now: Timestamp) {
        if matches!(self.state, State::Idle | State::Closed) {
            return;
        }
        if let Some((what, since)) = self.asked.front().copied() {
            let seconds = u64::from(self.config.answer_seconds);
            if now.nanos_since(since) >= self.answer_nanos() {
                return self.fail(SessionError::Unanswered { what, seconds });
            }
        }
        if self.heartbeat_nanos == 0 {
            return;
        }
        if now.nanos_since(self.last_received) >= 2 * self.heartbeat_nanos {
            let seconds = (now.nanos_since(self.last_received) / NANOS_PER_SECOND) as u64;
            return self.fail(SessionError::Silent { seconds });
        }
        if now.nanos_since(self.last_sent) >= self.heartbeat_nanos / 2 {
            append(&mut self.output, 8, 0, &[]);
            self.last_sent = now;
        }
    }

    /// When [`Client::tick`] has something to do next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        if matches!(self.state, State::Idle | State::Closed) {
            return None;
        }
        let answer = self.asked.front();
        let answer = answer.map(|(_, since)| since.plus_nanos(self.answer_nanos()));
        let beats = (self.heartbeat_nanos > 0).then(|| {
            let lost = self.last_received.plus_nanos(2 * self.heartbeat_nanos);
            lost.min(self.last_sent.plus_nanos(self.heartbeat_nanos / 2))
        });
        answer.into_iter().chain(beats).min()
    }

    /// What to send.
    pub fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if self.output.is_empty() {
            return None;
        }
        self.last_sent = now;
        Some(std::mem::take(&mut self.output))
    }

    /// What was heard next.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Whether commands may be given.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// Declares an exchange of `kind` (`direct`, `topic`, `fanout`, `headers`).
    pub fn declare_exchange(
        &mut self,
        now: Timestamp,
        exchange: &str,
        kind: &str,
        is_durable: bool,
    ) {
        let method = Method::ExchangeDeclare {
            reserved_1: 0,
            exchange: exchange.to_owned(),
            kind: kind.to_owned(),
            passive: false,
            durable: is_durable,
            auto_delete: false,
            internal: false,
            no_wait: false,
            arguments: Table::default(),
        };
        self.ask(now, &method);
    }

    /// Declares a queue: `is_exclusive` to this connection, deleted with its last consumer
    /// (`is_temporary`), or only looked for (`is_passive`).
    pub fn declare_queue(
        &mut self,
        now: Timestamp,
        queue: &str,
        [is_passive, is_exclusive, is_temporary]: [bool; 3],
        arguments: Table,
    ) {
        let method = Method::QueueDeclare {
            reserved_1: 0,
            queue: queue.to_owned(),
            passive: is_passive,
            durable: false,
            exclusive: is_exclusive,
            auto_delete: is_temporary,
            no_wait: false,
            arguments,
        };
        self.ask(now, &method);
    }

    /// Binds a queue to an exchange.
    pub fn bind_queue(&mut self, now: Timestamp, queue: &str, exchange: &str, routing_key: &str) {
        let method = Method::QueueBind {
            reserved_1: 0,
            queue: queue.to_owned(),
            exchange: exchange.to_owned(),
            routing_key: routing_key.to_owned(),
            no_wait: false,
            arguments: Table::default(),
        };
        self.ask(now, &method);
    }

    /// Lets at most `messages` be delivered and not acknowledged.
    pub fn prefetch(&mut self, now: Timestamp, messages: u16) {
        let method = Method::BasicQos {
            prefetch_size: 0,
            prefetch_count: messages,
            global: false,
        };
        self.ask(now, &method);
    }

    /// Begins to consume `queue` with acknowledgement.
    pub fn consume(&mut self, now: Timestamp, queue: &str, consumer_tag: &str) {
        let method = Method::BasicConsume {
            reserved_1: 0,
            queue: queue.to_owned(),
            consumer_tag: consumer_tag.to_owned(),
            no_local: false,
            no_ack: false,
            exclusive: false,
            no_wait: false,
            arguments: Table::default(),
        };
        self.ask(now, &method);
    }

    /// Has the broker confirm what is published from now on.
    pub fn confirm_published(&mut self, now: Timestamp) {
        self.ask(now, &Method::ConfirmSelect { no_wait: false });
    }

    /// Publishes a message that must be routable; its number, from 1, for [`Event::Confirmed`].
    pub fn publish(
        &mut self,
        exchange: &str,
        routing_key: &str,
        properties: &Properties,
        body: &[u8],
    ) -> u64 {
        self.send(&Method::BasicPublish {
            reserved_1: 0,
            exchange: exchange.to_owned(),
            routing_key: routing_key.to_owned(),
            mandatory: true,
            immediate: false,
        });
        append(
            &mut self.output,
            2,
            CHANNEL,
            &properties.encode(body.len() as u64),
        );
        for part in body.chunks(self.frame_bytes_max - FRAME_OVERHEAD) {
            append(&mut self.output, 3, CHANNEL, part);
        }
        self.published += 1;
        self.published
    }

    /// Acknowledges the delivery, and all before it if `is_multiple`.
    pub fn acknowledge(&mut self, delivery_tag: u64, is_multiple: bool) {
        self.send(&Method::BasicAck {
            delivery_tag,
            multiple: is_multiple,
        });
    }

    /// Refuses the delivery, for good or to be delivered again.
    pub fn reject(&mut self, delivery_tag: u64, requeue: bool) {
        self.send(&Method::BasicReject {
            delivery_tag,
            requeue,
        });
    }

    /// Gives the broker a new password or token before the old one expires (`RabbitMQ`).
    pub fn update_secret(&mut self, now: Timestamp, secret: &[u8]) {
        let method = Method::ConnectionUpdateSecret {
            new_secret: secret.to_vec(),
            reason: "the token expires".to_owned(),
        };
        self.send_on(0, method.clone());
        self.asked.push_back((method.name(), now));
    }

    /// Ends the connection in order.
    pub fn close(&mut self, now: Timestamp) {
        if matches!(self.state, State::Idle | State::Closed | State::Closing) {
            return;
        }
        let method = Method::ConnectionClose {
            reply_code: 200,
            reply_text: "bye".to_owned(),
            class_id: 0,
            method_id: 0,
        };
        self.state = State::Closing;
        self.asked.clear();
        self.asked.push_back((method.name(), now));
        self.send_on(0, method);
    }

    fn answer_nanos(&self) -> i64 {
        i64::from(self.config.answer_seconds) * NANOS_PER_SECOND
    }

    fn ask(&mut self, now: Timestamp, method: &Method) {
        self.send(method);
        self.asked.push_back((method.name(), now));
    }

    fn send(&mut self, method: &Method) {
        append(&mut self.output, 1, CHANNEL, &method.encode());
    }

    fn send_on(&mut self, channel: u16, method: Method) {
        let payload = Payload::Method(method);
        Frame { channel, payload }.encode(&mut self.output);
    }

    fn fail(&mut self, error: SessionError) {
        if !matches!(self.state, State::Idle | State::Closed) {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(error));
        }
    }

    fn fault(&mut self, reason: String) {
        let offset = self.frames.offset();
        self.fail(SessionError::Protocol {
            protocol: "AMQP 0-9-1",
            offset,
            reason,
        });
    }

    fn take_frame(&mut self, now: Timestamp, frame: Frame) {
        match (frame.channel, frame.payload) {
            (_, Payload::Heartbeat) => {}
            (0, Payload::Method(method)) => self.take_connection_method(now, method),
            (CHANNEL, Payload::Method(method)) => self.take_channel_method(method),
            (CHANNEL, Payload::Header(properties, size)) => self.take_header(*properties, size),
            (CHANNEL, Payload::Body(bytes)) => self.take_body(&bytes),
            (channel, _) => self.fault(format!("a frame on channel {channel}, which is not open")),
        }
    }

    fn take_connection_method(&mut self, now: Timestamp, method: Method) {
        match (self.state, method) {
            (State::Starting, Method::ConnectionStart { mechanisms, .. }) => {
                self.start(&mechanisms);
            }
            (
                State::Tuning,
                Method::ConnectionTune {
                    channel_max,
                    frame_max,
                    heartbeat,
                },
            ) => self.tune(channel_max, frame_max, heartbeat),
            (State::Opening, Method::ConnectionOpenOk { .. }) => {
                self.state = State::OpeningChannel;
                let reserved_1 = String::new();
                self.send(&Method::ChannelOpen { reserved_1 });
            }
            (State::Closing, Method::ConnectionCloseOk {}) => self.fail(SessionError::Refused {
                code: 200,
                text: "closed as asked".to_owned(),
            }),
            (
                _,
                Method::ConnectionClose {
                    reply_code,
                    reply_text,
                    ..
                },
            ) => {
                self.send_on(0, Method::ConnectionCloseOk {});
                self.fail(SessionError::Refused {
                    code: reply_code,
                    text: reply_text,
                });
            }
            (_, Method::ConnectionBlocked { .. }) => self.events.push_back(Event::Blocked(true)),
            (_, Method::ConnectionUnblocked {}) => self.events.push_back(Event::Blocked(false)),
            (State::Ready, Method::ConnectionUpdateSecretOk {}) => {
                self.asked.pop_front();
                self.events.push_back(Event::Done("ConnectionUpdateSecret"));
            }
            (State::Closing, _) => {}
            (_, method) => self.fault(format!("{} out of turn", method.name())),
        }
        let _ = now;
    }

    fn start(&mut self, mechanisms: &[u8]) {
        let wanted = self.config.credentials.mechanism();
        let offered = String::from_utf8_lossy(mechanisms).into_owned();
        if !offered.split(' ').any(|mechanism| mechanism == wanted) {
            let text = format!("no SASL mechanism {wanted}, only {offered}");
            return self.fail(SessionError::Refused { code: 403, text });
        }
        let capabilities = Table::default()
            .with("publisher_confirms", Value::Bool(true))
            .with("basic.nack", Value::Bool(true))
            .with("consumer_cancel_notify", Value::Bool(true))
            .with("connection.blocked", Value::Bool(true))
            .with("authentication_failure_close", Value::Bool(true));
        let client_properties = Table::default()
            .with("product", Value::text("Wattbook"))
            .with("connection_name", Value::text(&self.config.connection_name))
            .with("capabilities", Value::Table(capabilities));
        let response = self.config.credentials.initial_response();
        self.state = State::Tuning;
        self.send_on(
            0,
            Method::ConnectionStartOk {
                client_properties,
                mechanism: wanted.to_owned(),
                response,
                locale: "en_US".to_owned(),
            },
        );
    }

    fn tune(&mut self, channel_max: u16, frame_max: u32, heartbeat: u16) {
        // 0 stands for no bound on either side.
        let lower = |theirs: u32, ours: u32| if theirs == 0 { ours } else { theirs.min(ours) };
        let frame_max = lower(frame_max, self.config.frame_bytes_max).max(4_096);
        let heartbeat = match (heartbeat, self.config.heartbeat_seconds) {
            (0, ours) => ours,
            (theirs, 0) => theirs,
            (theirs, ours) => theirs.min(ours),
        };
        self.frame_bytes_max = frame_max as usize;
        self.heartbeat_nanos = i64::from(heartbeat) * NANOS_PER_SECOND;
        self.state = State::Opening;
        self.send_on(
            0,
            Method::ConnectionTuneOk {
                channel_max: lower(channel_max.into(), CHANNEL.into()) as u16,
                frame_max,
                heartbeat,
            },
        );
        self.send_on(
            0,
            Method::ConnectionOpen {
                virtual_host: self.config.virtual_host.clone(),
                reserved_1: String::new(),
                reserved_2: false,
            },
        );
    }

    fn take_channel_method(&mut self, method: Method) {
        if self.assembly.is_some() {
            return self.fault(format!("{} within the content of a message", method.name()));
        }
        match (self.state, method) {
            (State::Closing, _) => {}
            (State::OpeningChannel, Method::ChannelOpenOk { .. }) => {
                self.state = State::Ready;
                self.asked.pop_front();
                self.events.push_back(Event::Ready);
            }
            (
                _,
                Method::ChannelClose {
                    reply_code,
                    reply_text,
                    ..
                },
            ) => {
                self.send(&Method::ChannelCloseOk {});
                self.fail(SessionError::Refused {
                    code: reply_code,
                    text: reply_text,
                });
            }
            (State::Ready, method) => self.take_ready_method(method),
            (_, method) => self.fault(format!("{} out of turn", method.name())),
        }
    }

    fn take_ready_method(&mut self, method: Method) {
        let event = match method {
            Method::QueueDeclareOk {
                queue,
                message_count,
                ..
            } => {
                self.asked.pop_front();
                Event::Queue {
                    name: queue,
                    messages: message_count,
                }
            }
            Method::ExchangeDeclareOk {}
            | Method::QueueBindOk {}
            | Method::QueuePurgeOk { .. }
            | Method::QueueDeleteOk { .. }
            | Method::BasicQosOk {}
            | Method::BasicConsumeOk { .. }
            | Method::BasicCancelOk { .. }
            | Method::ConfirmSelectOk {} => match self.asked.pop_front() {
                Some((what, _)) => Event::Done(what),
                None => return self.fault(format!("{} was not asked for", method.name())),
            },
            Method::BasicDeliver {
                consumer_tag,
                delivery_tag,
                redelivered,
                exchange,
                routing_key,
            } => {
                let delivery = Delivery {
                    consumer_tag,
                    delivery_tag,
                    is_redelivered: redelivered,
                    exchange,
                    routing_key,
                    ..Delivery::default()
                };
                return self.expect_content(delivery, None);
            }
            Method::BasicReturn {
                reply_code,
                reply_text,
                exchange,
                routing_key,
            } => {
                let delivery = Delivery {
                    exchange,
                    routing_key,
                    ..Delivery::default()
                };
                return self.expect_content(delivery, Some((reply_code, reply_text)));
            }
            Method::BasicAck {
                delivery_tag,
                multiple,
            } => confirmed(delivery_tag, multiple, true),
            Method::BasicNack {
                delivery_tag,
                multiple,
                ..
            } => confirmed(delivery_tag, multiple, false),
            Method::BasicCancel { consumer_tag, .. } => Event::Cancelled(consumer_tag),
            Method::ChannelFlow { active } => {
                self.send(&Method::ChannelFlowOk { active });
                Event::Blocked(!active)
            }
            method => return self.fault(format!("{} from a broker", method.name())),
        };
        self.events.push_back(event);
    }

    fn expect_content(&mut self, delivery: Delivery, returned: Option<(u16, String)>) {
        self.assembly = Some(Assembly {
            delivery,
            returned,
            body_bytes: None,
        });
    }

    fn take_header(&mut self, properties: Properties, body_bytes: u64) {
        let limit = self.config.message_bytes_max;
        let Some(assembly) = self
            .assembly
            .as_mut()
            .filter(|assembly| assembly.body_bytes.is_none())
        else {
            return self.fault("a content header without a delivery".to_owned());
        };
        match usize::try_from(body_bytes) {
            Ok(size) if size <= limit => assembly.body_bytes = Some(size),
            _ => {
                let reason = format!("a message of {body_bytes} bytes; {limit} are allowed");
                return self.fault(reason);
            }
        }
        assembly.delivery.properties = properties;
        self.take_body(&[]);
    }

    fn take_body(&mut self, part: &[u8]) {
        let Some(Assembly {
            delivery,
            body_bytes: Some(size),
            ..
        }) = &mut self.assembly
        else {
            return self.fault("a part of a body without a content header".to_owned());
        };
        delivery.body.extend_from_slice(part);
        if delivery.body.len() > *size {
            let reason = format!("a body longer than the {size} bytes announced");
            return self.fault(reason);
        }
        if delivery.body.len() == *size
            && let Some(whole) = self.assembly.take()
        {
            self.events.push_back(match whole.returned {
                Some((code, text)) => Event::Returned(code, text, whole.delivery.routing_key),
                None => Event::Delivered(Box::new(whole.delivery)),
            });
        }
    }
}

const fn confirmed(number: u64, is_multiple: bool, is_accepted: bool) -> Event {
    Event::Confirmed {
        number,
        is_multiple,
        is_accepted,
    }
}
