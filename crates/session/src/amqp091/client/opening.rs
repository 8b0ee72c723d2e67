//! The connection itself: logging in, limits, its end.

use super::super::event::Event;
use super::super::method::Method;
use super::super::value::{Table, Value};
use super::{CHANNEL, Client, State};
use crate::error::SessionError;
use crate::pulse::nanos;

impl Client {
    pub(super) fn take_connection_method(&mut self, method: Method) {
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
            (State::Closing, _) => {}
            (State::Ready, method @ Method::ConnectionUpdateSecretOk {}) => {
                match self.answered(&method) {
                    Some(what) => self.events.push_back(Event::Done(what)),
                    None => self.fault(format!("{} was not asked for", method.name())),
                }
            }
            (_, method) => self.fault(format!("{} out of turn", method.name())),
        }
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
        self.pulse.agree(2 * nanos(heartbeat), nanos(heartbeat) / 2);
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
}
