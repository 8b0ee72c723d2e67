//! The broker by AMQP 1.0, with the addresses of `RabbitMQ` 3.

use wattbook_domain::Timestamp;

use super::broker::{Broker, BrokerEvent, Parcel};
use super::settings::M7Settings;
use crate::amqp10::{Client, Config, Event, Message, Value};
use crate::error::SessionError;
use crate::sasl::Credentials;

/// A connection of three links; the broker declares the queues that they name.
#[derive(Debug)]
pub(super) struct Over10 {
    client: Client,
    settings: M7Settings,
    requests: u32,
    broadcasts: u32,
    /// Links that are not attached yet.
    awaited: usize,
}

impl Over10 {
    pub(super) fn new(credentials: Credentials, settings: &M7Settings) -> Self {
        let config = Config {
            credentials,
            host: format!("vhost:{}", settings.virtual_host),
            heartbeat_seconds: settings.heartbeat_seconds,
            frame_bytes_max: 131_072,
            message_bytes_max: 64 << 20,
            answer_seconds: settings.answer_seconds,
            container: "wattbook".to_owned(),
        };
        Self {
            client: Client::new(config),
            settings: settings.clone(),
            requests: 0,
            broadcasts: 0,
            awaited: 0,
        }
    }

    fn set_up(&mut self) {
        let settings = &self.settings;
        let prefetch = u32::from(settings.prefetch);
        let exchange = settings.named(&settings.request_exchange);
        let responses = format!("/queue/{}", settings.named(&settings.response_queue));
        let broadcasts = format!("/queue/{}", settings.named(&settings.broadcast_queue));
        self.client
            .attach_receiver("responses", &responses, prefetch);
        self.broadcasts = self
            .client
            .attach_receiver("broadcasts", &broadcasts, prefetch);
        let target = format!("/exchange/{exchange}/m7.request.inquiry");
        self.requests = self.client.attach_sender("requests", &target);
        self.awaited = 3;
    }

    fn parcel(&self, handle: u32, tag: u64, message: Message) -> Parcel {
        let group = match (
            message.property("x-m7-group-id"),
            message.property("x-m7-group-sequence"),
        ) {
            (Some(name), Some(number)) => name.as_text().map(str::to_owned).zip(number.whole()),
            _ => None,
        };
        Parcel {
            is_broadcast: handle == self.broadcasts,
            tag,
            group,
            sent_ms: message.property("server-timestamp").and_then(Value::whole),
            correlation_id: message.correlation_id.unwrap_or_default(),
            is_gzip: message.content_encoding.as_deref() == Some("gzip"),
            is_heartbeat: message
                .content_type
                .is_some_and(|kind| kind.contains("heartbeat")),
            body: message.body,
        }
    }
}

impl Broker for Over10 {
    fn connected(&mut self, now: Timestamp) {
        self.client.connected(now);
    }

    fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        self.client.received(now, bytes);
    }

    fn disconnected(&mut self, reason: &str) {
        self.client.disconnected(reason);
    }

    fn tick(&mut self, now: Timestamp) {
        self.client.tick(now);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.client.deadline()
    }

    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        self.client.take_output(now)
    }

    fn close(&mut self, now: Timestamp) {
        self.client.close(now);
    }

    fn event(&mut self, now: Timestamp) -> Option<BrokerEvent> {
        loop {
            match self.client.event()? {
                Event::Ready => self.set_up(),
                Event::Attached(_) => {
                    self.awaited = self.awaited.saturating_sub(1);
                    if self.awaited == 0 {
                        return Some(BrokerEvent::Ready);
                    }
                }
                Event::Delivered(handle, tag, message) => {
                    let parcel = self.parcel(handle, tag, *message);
                    return Some(BrokerEvent::Parcel(Box::new(parcel)));
                }
                // Handed on as it is: no XML, so that it is set aside with its bytes.
                Event::Unreadable(handle, tag, _, body) => {
                    let message = Message {
                        body,
                        ..Message::default()
                    };
                    let parcel = self.parcel(handle, tag, message);
                    return Some(BrokerEvent::Parcel(Box::new(parcel)));
                }
                Event::Settled {
                    is_accepted: false, ..
                } => {
                    self.client.close(now);
                    let text = "the broker refused a request".to_owned();
                    return Some(BrokerEvent::Closed(SessionError::Refused {
                        code: 500,
                        text,
                    }));
                }
                Event::Settled { .. } => {}
                Event::Closed(error) => return Some(BrokerEvent::Closed(error)),
            }
        }
    }

    fn request(&mut self, correlation_id: &str, body: &[u8]) {
        let settings = &self.settings;
        let message = Message {
            user_id: (!settings.is_external).then(|| settings.secrets.user.clone()),
            reply_to: Some(settings.named(&settings.response_queue)),
            correlation_id: Some(correlation_id.to_owned()),
            content_type: Some("x-m7/request; version=6.0".to_owned()),
            body: body.to_vec(),
            ..Message::default()
        };
        self.client.send(self.requests, &message);
    }

    fn acknowledge(&mut self, tag: u64) {
        self.client.accept(tag);
    }
}
