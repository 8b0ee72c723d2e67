//! The broker by AMQP 1.0, with the addresses of `RabbitMQ` 3.

use wattbook_domain::Timestamp;

use super::broker::{
    Broker, BrokerEvent, GROUP_ID, GROUP_SEQUENCE, INQUIRY, MANAGEMENT, Parcel, REQUEST_TYPE,
    SERVER_TIMESTAMP,
};
use super::settings::M7Settings;
use crate::amqp10::{Client, Config, Event, Message, Value};
use crate::connection::Connection;
use crate::sasl::Credentials;

/// A connection of three links, four where orders are entered; the broker declares the queues that they name.
#[derive(Debug)]
pub(super) struct Over10 {
    client: Client,
    settings: M7Settings,
    requests: u32,
    /// For requests about orders.
    orders: u32,
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
            orders: 0,
            broadcasts: 0,
            awaited: 0,
        }
    }

    fn set_up(&mut self, now: Timestamp) {
        let settings = &self.settings;
        let prefetch = u32::from(settings.prefetch);
        let exchange = settings.named(&settings.request_exchange);
        let responses = format!("/queue/{}", settings.named(&settings.response_queue));
        let broadcasts = format!("/queue/{}", settings.named(&settings.broadcast_queue));
        self.client
            .attach_receiver(now, "responses", &responses, prefetch);
        self.broadcasts = self
            .client
            .attach_receiver(now, "broadcasts", &broadcasts, prefetch);
        let target = format!("/exchange/{exchange}/{INQUIRY}");
        self.requests = self.client.attach_sender(now, "requests", &target);
        self.awaited = 3;
        if !settings.accounts.is_empty() {
            let target = format!("/exchange/{exchange}/{MANAGEMENT}");
            self.orders = self.client.attach_sender(now, "orders", &target);
            self.awaited += 1;
        }
    }

    fn parcel(&self, handle: u32, tag: u64, message: Message) -> Parcel {
        let group = message.property(GROUP_ID).and_then(Value::as_text);
        let number = message.property(GROUP_SEQUENCE).and_then(Value::whole);
        let mut parcel = Parcel {
            is_broadcast: handle == self.broadcasts,
            tag,
            group: group.map(str::to_owned).zip(number),
            sent_ms: message.property(SERVER_TIMESTAMP).and_then(Value::whole),
            ..Parcel::default()
        };
        parcel.set_kind(
            message.content_type.as_deref(),
            message.content_encoding.as_deref(),
        );
        parcel.correlation_id = message.correlation_id.unwrap_or_default();
        parcel.body = message.body;
        parcel
    }
}

impl Broker for Over10 {
    fn connection(&mut self) -> &mut dyn Connection {
        &mut self.client
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.client.deadline()
    }

    fn event(&mut self, now: Timestamp) -> Option<BrokerEvent> {
        loop {
            match self.client.event()? {
                Event::Ready => self.set_up(now),
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
                    return Some(self.give_up(now, 500, "the broker refused a request".to_owned()));
                }
                Event::Settled { .. } => {}
                Event::Closed(error) => return Some(BrokerEvent::Closed(error)),
            }
        }
    }

    fn request(&mut self, routing_key: &str, correlation_id: &str, body: &[u8]) {
        let settings = &self.settings;
        let message = Message {
            user_id: (!settings.is_external).then(|| settings.secrets.user.clone()),
            reply_to: Some(settings.named(&settings.response_queue)),
            correlation_id: Some(correlation_id.to_owned()),
            content_type: Some(REQUEST_TYPE.to_owned()),
            body: body.to_vec(),
            ..Message::default()
        };
        let link = if routing_key == MANAGEMENT {
            self.orders
        } else {
            self.requests
        };
        self.client.send(link, &message);
    }

    fn acknowledge(&mut self, tag: u64) {
        self.client.accept(tag);
    }
}
