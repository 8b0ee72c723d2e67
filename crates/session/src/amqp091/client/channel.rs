//! What the broker says on the channel.

use super::super::event::{Delivery, Event};
use super::super::method::Method;
use super::{Client, State};
use crate::error::SessionError;

impl Client {
    pub(super) fn take_channel_method(&mut self, method: Method) {
        if self.content.is_expected() {
            return self.fault(format!("{} within the content of a message", method.name()));
        }
        match (self.state, method) {
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
            Method::QueueDeclareOk { .. }
            | Method::ExchangeDeclareOk {}
            | Method::QueueBindOk {}
            | Method::QueuePurgeOk { .. }
            | Method::QueueDeleteOk { .. }
            | Method::BasicQosOk {}
            | Method::BasicConsumeOk { .. }
            | Method::BasicCancelOk { .. }
            | Method::ConfirmSelectOk {} => match (self.answered(&method), method) {
                (None, method) => {
                    return self.fault(format!("{} was not asked for", method.name()));
                }
                (
                    Some(_),
                    Method::QueueDeclareOk {
                        queue,
                        message_count,
                        ..
                    },
                ) => Event::Queue {
                    name: queue,
                    messages: message_count,
                },
                (Some(what), _) => Event::Done(what),
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
                return self.content.expect(delivery, None);
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
                return self
                    .content
                    .expect(delivery, Some((reply_code, reply_text)));
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
}

const fn confirmed(number: u64, is_multiple: bool, is_accepted: bool) -> Event {
    Event::Confirmed {
        number,
        is_multiple,
        is_accepted,
    }
}
