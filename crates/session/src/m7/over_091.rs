//! The broker by AMQP 0-9-1.

use wattbook_domain::Timestamp;

use super::broker::{
    Broker, BrokerEvent, GROUP_ID, GROUP_SEQUENCE, Parcel, REQUEST_TYPE, SERVER_TIMESTAMP,
};
use super::settings::M7Settings;
use crate::amqp091::{Client, Config, Delivery, Event, Properties, Table, Value};
use crate::connection::Connection;
use crate::sasl::Credentials;

const RESPONSES: &str = "responses";
const BROADCASTS: &str = "broadcasts";

/// A connection whose queues the client declares.
#[derive(Debug)]
pub(super) struct Over091 {
    client: Client,
    settings: M7Settings,
    /// Commands after which everything is set up.
    awaited: usize,
}

impl Over091 {
    pub(super) fn new(credentials: Credentials, settings: &M7Settings) -> Self {
        let mut config = Config::new(credentials);
        config.virtual_host.clone_from(&settings.virtual_host);
        config.heartbeat_seconds = settings.heartbeat_seconds;
        config.answer_seconds = settings.answer_seconds;
        Self {
            client: Client::new(config),
            settings: settings.clone(),
            awaited: 0,
        }
    }

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
}

impl Broker for Over091 {
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
                Event::Queue { .. } | Event::Done(_) if self.awaited > 0 => {
                    self.awaited -= 1;
                    if self.awaited == 0 {
                        return Some(BrokerEvent::Ready);
                    }
                }
                Event::Delivered(delivery) => {
                    return Some(BrokerEvent::Parcel(Box::new(parcel(*delivery))));
                }
                Event::Closed(error) => return Some(BrokerEvent::Closed(error)),
                Event::Returned(code, text, routing_key) => {
                    let text = format!("{text}: no queue for {routing_key}");
                    return Some(self.give_up(now, code, text));
                }
                Event::Cancelled(consumer) => {
                    let text = format!("the queue of {consumer} is gone");
                    return Some(self.give_up(now, 404, text));
                }
                Event::Confirmed {
                    is_accepted: false, ..
                } => {
                    return Some(self.give_up(now, 500, "the broker refused a request".to_owned()));
                }
                _ => {}
            }
        }
    }

    fn request(&mut self, routing_key: &str, correlation_id: &str, body: &[u8]) {
        let settings = &self.settings;
        let properties = Properties {
            content_type: Some(REQUEST_TYPE.to_owned()),
            delivery_mode: Some(1),
            correlation_id: Some(correlation_id.to_owned()),
            reply_to: Some(settings.named(&settings.response_queue)),
            user_id: (!settings.is_external).then(|| settings.secrets.user.clone()),
            app_id: Some("wattbook".to_owned()),
            ..Properties::default()
        };
        let exchange = settings.named(&settings.request_exchange);
        self.client
            .publish(&exchange, routing_key, &properties, body);
    }

    fn acknowledge(&mut self, tag: u64) {
        self.client.acknowledge(tag, true);
    }
}

fn parcel(delivery: Delivery) -> Parcel {
    let properties = delivery.properties;
    let headers = properties.headers.unwrap_or_default();
    let group = headers.get(GROUP_ID).and_then(Value::as_text);
    let number = headers.get(GROUP_SEQUENCE).and_then(Value::whole);
    let mut parcel = Parcel {
        is_broadcast: delivery.consumer_tag == BROADCASTS,
        tag: delivery.delivery_tag,
        correlation_id: properties.correlation_id.unwrap_or_default(),
        group: group.zip(number),
        sent_ms: headers.get(SERVER_TIMESTAMP).and_then(Value::whole),
        body: delivery.body,
        ..Parcel::default()
    };
    parcel.set_kind(
        properties.content_type.as_deref(),
        properties.content_encoding.as_deref(),
    );
    parcel
}
