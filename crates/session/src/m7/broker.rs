//! The broker in front of the venue, whichever AMQP it speaks.

use wattbook_domain::Timestamp;

use super::settings::{M7Settings, Protocol};
use crate::amqp091::{self, Properties, Table, Value};
use crate::error::SessionError;
use crate::sasl::Credentials;

const RESPONSES: &str = "responses";
const BROADCASTS: &str = "broadcasts";

/// A message of the venue.
#[derive(Debug, Default)]
pub(super) struct Parcel {
    pub(super) is_broadcast: bool,
    /// What to acknowledge it by.
    pub(super) tag: u64,
    pub(super) correlation_id: String,
    pub(super) is_gzip: bool,
    pub(super) is_heartbeat: bool,
    /// Name and number within the group, to notice lost broadcasts.
    pub(super) group: Option<(String, i64)>,
    /// When the venue sent it, ms since 1970 UTC.
    pub(super) sent_ms: Option<i64>,
    pub(super) body: Vec<u8>,
}

/// What the broker tells.
#[derive(Debug)]
pub(super) enum BrokerEvent {
    /// Queues are consumed: requests may be sent.
    Ready,
    Parcel(Box<Parcel>),
    Closed(SessionError),
}

/// A connection to the broker.
#[derive(Debug)]
pub(super) enum Broker {
    Amqp091(Box<Over091>),
}

/// The broker by AMQP 0-9-1.
#[derive(Debug)]
pub(super) struct Over091 {
    client: amqp091::Client,
    settings: M7Settings,
    /// Commands after which everything is set up.
    awaited: usize,
}

impl Broker {
    pub(super) fn new(settings: &M7Settings) -> Self {
        let credentials = if settings.is_external {
            Credentials::External {
                identity: String::new(),
            }
        } else {
            Credentials::Plain {
                user: settings.secrets.user.clone(),
                password: settings.secrets.password.clone(),
            }
        };
        match settings.protocol {
            Protocol::Amqp091 | Protocol::Amqp10 => {
                let mut config = amqp091::Config::new(credentials);
                config.virtual_host.clone_from(&settings.virtual_host);
                config.heartbeat_seconds = settings.heartbeat_seconds;
                config.answer_seconds = settings.answer_seconds;
                Self::Amqp091(Box::new(Over091 {
                    client: amqp091::Client::new(config),
                    settings: settings.clone(),
                    awaited: 0,
                }))
            }
        }
    }

    pub(super) fn connected(&mut self, now: Timestamp) {
        match self {
            Self::Amqp091(broker) => broker.client.connected(now),
        }
    }

    pub(super) fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        match self {
            Self::Amqp091(broker) => broker.client.received(now, bytes),
        }
    }

    pub(super) fn disconnected(&mut self, reason: &str) {
        match self {
            Self::Amqp091(broker) => broker.client.disconnected(reason),
        }
    }

    pub(super) fn tick(&mut self, now: Timestamp) {
        match self {
            Self::Amqp091(broker) => broker.client.tick(now),
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match self {
            Self::Amqp091(broker) => broker.client.deadline(),
        }
    }

    pub(super) fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        match self {
            Self::Amqp091(broker) => broker.client.take_output(now),
        }
    }

    pub(super) fn close(&mut self, now: Timestamp) {
        match self {
            Self::Amqp091(broker) => broker.client.close(now),
        }
    }

    pub(super) fn event(&mut self, now: Timestamp) -> Option<BrokerEvent> {
        match self {
            Self::Amqp091(broker) => broker.event(now),
        }
    }

    /// Sends a request whose answer bears `correlation_id`.
    pub(super) fn request(&mut self, correlation_id: &str, body: &[u8]) {
        match self {
            Self::Amqp091(broker) => broker.request(correlation_id, body),
        }
    }

    /// Tells that every message up to `tag` is processed.
    pub(super) fn acknowledge(&mut self, tag: u64) {
        match self {
            Self::Amqp091(broker) => broker.client.acknowledge(tag, true),
        }
    }
}

impl Over091 {
    fn set_up(&mut self, now: Timestamp) {
        let settings = &self.settings;
        let responses = settings.named(&settings.response_queue);
        let broadcasts = settings.named(&settings.broadcast_queue);
        // What nobody takes within 10 s may be dropped: the gap is noticed, and a new snapshot asked for.
        let lifetime = Table::default().with("x-message-ttl", Value::I32(10_000));
        let client = &mut self.client;
        client.declare_queue(now, &responses, [false, true, true], Table::default());
        client.declare_queue(now, &broadcasts, [false, false, true], lifetime);
        client.confirm_published(now);
        client.prefetch(now, settings.prefetch);
        client.consume(now, &responses, RESPONSES);
        client.consume(now, &broadcasts, BROADCASTS);
        self.awaited = 6;
    }

    fn event(&mut self, now: Timestamp) -> Option<BrokerEvent> {
        loop {
            match self.client.event()? {
                amqp091::Event::Ready => self.set_up(now),
                amqp091::Event::Queue { .. } | amqp091::Event::Done(_) if self.awaited > 0 => {
                    self.awaited -= 1;
                    if self.awaited == 0 {
                        return Some(BrokerEvent::Ready);
                    }
                }
                amqp091::Event::Delivered(delivery) => {
                    return Some(BrokerEvent::Parcel(Box::new(parcel(*delivery))));
                }
                amqp091::Event::Closed(error) => return Some(BrokerEvent::Closed(error)),
                amqp091::Event::Returned(code, text, routing_key) => {
                    let text = format!("{text}: no queue for {routing_key}");
                    return Some(self.give_up(now, code, text));
                }
                amqp091::Event::Cancelled(consumer) => {
                    let text = format!("the queue of {consumer} is gone");
                    return Some(self.give_up(now, 404, text));
                }
                amqp091::Event::Confirmed {
                    is_accepted: false, ..
                } => {
                    return Some(self.give_up(now, 500, "the broker refused a request".to_owned()));
                }
                _ => {}
            }
        }
    }

    fn give_up(&mut self, now: Timestamp, code: u16, text: String) -> BrokerEvent {
        self.client.close(now);
        BrokerEvent::Closed(SessionError::Refused { code, text })
    }

    fn request(&mut self, correlation_id: &str, body: &[u8]) {
        let settings = &self.settings;
        let properties = Properties {
            content_type: Some("x-m7/request; version=6.0".to_owned()),
            delivery_mode: Some(1),
            correlation_id: Some(correlation_id.to_owned()),
            reply_to: Some(settings.named(&settings.response_queue)),
            user_id: (!settings.is_external).then(|| settings.secrets.user.clone()),
            app_id: Some("wattbook".to_owned()),
            ..Properties::default()
        };
        let exchange = settings.named(&settings.request_exchange);
        self.client
            .publish(&exchange, "m7.request.inquiry", &properties, body);
    }
}

fn parcel(delivery: amqp091::Delivery) -> Parcel {
    let properties = delivery.properties;
    let headers = properties.headers.unwrap_or_default();
    let group = match (
        headers.get("x-m7-group-id"),
        headers.get("x-m7-group-sequence"),
    ) {
        (Some(Value::Text(name)), Some(number)) => {
            let name = String::from_utf8_lossy(name).into_owned();
            number.whole().map(|number| (name, number))
        }
        _ => None,
    };
    let content_type = properties.content_type.unwrap_or_default();
    Parcel {
        is_broadcast: delivery.consumer_tag == BROADCASTS,
        tag: delivery.delivery_tag,
        correlation_id: properties.correlation_id.unwrap_or_default(),
        is_gzip: properties.content_encoding.as_deref() == Some("gzip"),
        is_heartbeat: content_type.contains("heartbeat"),
        group,
        sent_ms: headers.get("server-timestamp").and_then(Value::whole),
        body: delivery.body,
    }
}
