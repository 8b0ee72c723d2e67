//! Methods: AMQP 0-9-1, section 1.4 of the reference, and `RabbitMQ`'s own.

use super::value::Table;
use super::wire::{Fault, Field, Reader, Writer};

macro_rules! methods {
    ($(($class:literal, $method:literal) $name:ident { $($field:ident: $kind:ty),* $(,)? })*) => {
        /// A method frame's payload. Fields have the names of the specification; reserved ones are
        /// kept, because equal bytes must come back.
        #[derive(Debug, Clone, PartialEq)]
        #[allow(missing_docs)]
        #[non_exhaustive]
        pub enum Method {
            $($name { $($field: $kind),* },)*
        }

        impl Method {
            /// Class and method number.
            #[must_use]
            pub const fn id(&self) -> (u16, u16) {
                match self {
                    $(Self::$name { .. } => ($class, $method),)*
                }
            }

            /// The method's name.
            #[must_use]
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => stringify!($name),)*
                }
            }

            /// The bytes of the method.
            #[must_use]
            pub fn encode(&self) -> Vec<u8> {
                let mut out = Writer::default();
                let (class, method) = self.id();
                class.write(&mut out);
                method.write(&mut out);
                match self {
                    $(Self::$name { $($field),* } => { $($field.write(&mut out);)* })*
                }
                out.finish()
            }

            /// Reads a method that fills `bytes`.
            ///
            /// # Errors
            /// What was found and what was expected.
            pub fn decode(bytes: &[u8]) -> Result<Self, String> {
                let mut input = Reader::new(bytes);
                let method = Self::read(&mut input)?;
                if input.rest().is_empty() {
                    return Ok(method);
                }
                Err(format!("{} bytes behind {}", input.rest().len(), method.name()))
            }

            fn read(input: &mut Reader<'_>) -> Result<Self, Fault> {
                match (u16::read(input)?, u16::read(input)?) {
                    $(($class, $method) => Ok(Self::$name { $($field: <$kind>::read(input)?),* }),)*
                    (class, method) => Err(format!("the unknown method {method} of class {class}")),
                }
            }
        }
    };
}

methods! {
    (10, 10) ConnectionStart {
        version_major: u8, version_minor: u8, server_properties: Table, mechanisms: Vec<u8>, locales: Vec<u8>,
    }
    (10, 11) ConnectionStartOk {
        client_properties: Table, mechanism: String, response: Vec<u8>, locale: String,
    }
    (10, 20) ConnectionSecure { challenge: Vec<u8> }
    (10, 21) ConnectionSecureOk { response: Vec<u8> }
    (10, 30) ConnectionTune { channel_max: u16, frame_max: u32, heartbeat: u16 }
    (10, 31) ConnectionTuneOk { channel_max: u16, frame_max: u32, heartbeat: u16 }
    (10, 40) ConnectionOpen { virtual_host: String, reserved_1: String, reserved_2: bool }
    (10, 41) ConnectionOpenOk { reserved_1: String }
    (10, 50) ConnectionClose { reply_code: u16, reply_text: String, class_id: u16, method_id: u16 }
    (10, 51) ConnectionCloseOk {}
    (10, 60) ConnectionBlocked { reason: String }
    (10, 61) ConnectionUnblocked {}
    (10, 70) ConnectionUpdateSecret { new_secret: Vec<u8>, reason: String }
    (10, 71) ConnectionUpdateSecretOk {}
    (20, 10) ChannelOpen { reserved_1: String }
    (20, 11) ChannelOpenOk { reserved_1: Vec<u8> }
    (20, 20) ChannelFlow { active: bool }
    (20, 21) ChannelFlowOk { active: bool }
    (20, 40) ChannelClose { reply_code: u16, reply_text: String, class_id: u16, method_id: u16 }
    (20, 41) ChannelCloseOk {}
    (40, 10) ExchangeDeclare {
        reserved_1: u16, exchange: String, kind: String, passive: bool, durable: bool,
        auto_delete: bool, internal: bool, no_wait: bool, arguments: Table,
    }
    (40, 11) ExchangeDeclareOk {}
    (50, 10) QueueDeclare {
        reserved_1: u16, queue: String, passive: bool, durable: bool, exclusive: bool,
        auto_delete: bool, no_wait: bool, arguments: Table,
    }
    (50, 11) QueueDeclareOk { queue: String, message_count: u32, consumer_count: u32 }
    (50, 20) QueueBind {
        reserved_1: u16, queue: String, exchange: String, routing_key: String, no_wait: bool, arguments: Table,
    }
    (50, 21) QueueBindOk {}
    (50, 30) QueuePurge { reserved_1: u16, queue: String, no_wait: bool }
    (50, 31) QueuePurgeOk { message_count: u32 }
    (50, 40) QueueDelete { reserved_1: u16, queue: String, if_unused: bool, if_empty: bool, no_wait: bool }
    (50, 41) QueueDeleteOk { message_count: u32 }
    (60, 10) BasicQos { prefetch_size: u32, prefetch_count: u16, global: bool }
    (60, 11) BasicQosOk {}
    (60, 20) BasicConsume {
        reserved_1: u16, queue: String, consumer_tag: String, no_local: bool, no_ack: bool,
        exclusive: bool, no_wait: bool, arguments: Table,
    }
    (60, 21) BasicConsumeOk { consumer_tag: String }
    (60, 30) BasicCancel { consumer_tag: String, no_wait: bool }
    (60, 31) BasicCancelOk { consumer_tag: String }
    (60, 40) BasicPublish {
        reserved_1: u16, exchange: String, routing_key: String, mandatory: bool, immediate: bool,
    }
    (60, 50) BasicReturn { reply_code: u16, reply_text: String, exchange: String, routing_key: String }
    (60, 60) BasicDeliver {
        consumer_tag: String, delivery_tag: u64, redelivered: bool, exchange: String, routing_key: String,
    }
    (60, 80) BasicAck { delivery_tag: u64, multiple: bool }
    (60, 90) BasicReject { delivery_tag: u64, requeue: bool }
    (60, 120) BasicNack { delivery_tag: u64, multiple: bool, requeue: bool }
    (85, 10) ConfirmSelect { no_wait: bool }
    (85, 11) ConfirmSelectOk {}
}
