//! From the first byte to the open session, and what both sides agree on.

use super::super::event::Event;
use super::super::frame::{Header, Performative, code};
use super::super::value::Value;
use super::{Client, HEAD_BYTES, State, WINDOW};
use crate::error::SessionError;
use crate::pulse::nanos;

impl Client {
    pub(super) fn take_header(&mut self, header: Header) -> Result<(), SessionError> {
        match (self.state, header) {
            (State::SaslHeader, Header::Sasl) => self.state = State::Sasl,
            (State::AmqpHeader, Header::Amqp) => {
                self.state = State::Opening;
                let timeout = u32::from(self.config.heartbeat_seconds) * 1_000;
                let open = vec![
                    Value::text(&self.config.container),
                    Value::text(&self.config.host),
                    Value::Uint(self.config.frame_bytes_max),
                    Value::Ushort(0),
                    if timeout == 0 {
                        Value::Null
                    } else {
                        Value::Uint(timeout)
                    },
                ];
                self.say(code::OPEN, open);
                let begin = vec![
                    Value::Null,
                    Value::Uint(0),
                    Value::Uint(WINDOW),
                    Value::Uint(WINDOW),
                ];
                self.say(code::BEGIN, begin);
            }
            (_, header) => return Err(self.fault(format!("the header {header:?} out of turn"))),
        }
        Ok(())
    }

    pub(super) fn choose(&mut self, said: &Performative) -> Result<(), SessionError> {
        let wanted = self.config.credentials.mechanism();
        let offered: Vec<&str> = match said.field(0) {
            Some(Value::Array(all)) => all.iter().filter_map(Value::as_text).collect(),
            Some(one) => one.as_text().into_iter().collect(),
            None => Vec::new(),
        };
        if !offered.contains(&wanted) {
            let text = format!("no SASL mechanism {wanted}, only {}", offered.join(" "));
            return Err(SessionError::Refused { code: 403, text });
        }
        let response = Value::Binary(self.config.credentials.initial_response());
        let host = Value::text(&self.config.host);
        self.write(
            true,
            code::SASL_INIT,
            vec![Value::symbol(wanted), response, host],
            &[],
        );
        Ok(())
    }

    pub(super) fn take_outcome(&mut self, said: &Performative) -> Result<(), SessionError> {
        match said.whole(0) {
            Some(0) => {
                self.state = State::AmqpHeader;
                self.output.extend_from_slice(&Header::Amqp.bytes());
                Ok(())
            }
            code => {
                // Part 5, section 5.3.3.6.
                let words = match code {
                    Some(1) => "user, password or certificate is wrong",
                    Some(2 | 3) => "the broker cannot tell who we are; ask its operator",
                    Some(4) => "the broker cannot tell who we are now; it may later",
                    _ => "an outcome that the standard does not know",
                };
                let text = format!("SASL outcome {}: {words}", code.unwrap_or(-1));
                Err(SessionError::Refused { code: 403, text })
            }
        }
    }

    pub(super) fn take_open(&mut self, said: &Performative) {
        let theirs = said.whole(2).and_then(|bytes| usize::try_from(bytes).ok());
        self.frame_bytes_max = self
            .frame_bytes_max
            .min(theirs.unwrap_or(usize::MAX))
            .max(HEAD_BYTES + 64);
        // Half of what the broker bears, so that one late beat costs nothing.
        let beat_nanos = said.whole(4).unwrap_or(0).clamp(0, 86_400_000) * 1_000_000 / 2;
        self.pulse
            .agree(2 * nanos(self.config.heartbeat_seconds), beat_nanos);
    }

    pub(super) fn take_begin(&mut self, said: &Performative) {
        self.next_in = said.uint(1).unwrap_or(0);
        self.state = State::Ready;
        self.events.push_back(Event::Ready);
    }
}
