//! What a client asks of the broker once its channel is open.

use wattbook_domain::Timestamp;

use super::super::frame::{FRAME_OVERHEAD, append};
use super::super::method::Method;
use super::super::properties::Properties;
use super::super::value::Table;
use super::{CHANNEL, Client};

impl Client {
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

    /// Publishes a message that must be routable; its number, from 1, for
    /// [`Event::Confirmed`](crate::amqp091::Event::Confirmed).
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
}
