//! A connection with one channel.

mod channel;
mod commands;
mod opening;

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

use super::content::Content;
use super::event::{Config, Event};
use super::frame::{Frame, FrameReader, PROTOCOL_HEADER, Payload, append};
use super::method::Method;
use crate::connection::Connection;
use crate::error::SessionError;
use crate::pulse::{Pulse, nanos};

/// The only channel.
const CHANNEL: u16 = 1;

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

/// A connection as a state machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    frames: FrameReader,
    output: Vec<u8>,
    events: VecDeque<Event>,
    content: Content,
    frame_bytes_max: usize,
    pulse: Pulse,
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
            state: State::Idle,
            frames: FrameReader::new(frame_bytes_max),
            output: Vec::new(),
            events: VecDeque::new(),
            content: Content::new(config.message_bytes_max),
            frame_bytes_max,
            pulse: Pulse::default(),
            asked: VecDeque::new(),
            published: 0,
            config,
        }
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

    const fn is_over(&self) -> bool {
        matches!(self.state, State::Idle | State::Closed)
    }

    fn answer_nanos(&self) -> i64 {
        nanos(self.config.answer_seconds)
    }

    fn ask(&mut self, now: Timestamp, method: &Method) {
        self.send(method);
        self.asked.push_back((method.name(), now));
    }

    /// What `method` answers; nothing if it was not asked for.
    fn answered(&mut self, method: &Method) -> Option<&'static str> {
        let name = method.name().strip_suffix("Ok")?;
        // Answers on the channel keep their order; those of the connection may overtake them.
        let place = self.asked.iter().position(|(asked, _)| *asked == name)?;
        self.asked.remove(place).map(|(asked, _)| asked)
    }

    fn send(&mut self, method: &Method) {
        append(&mut self.output, 1, CHANNEL, &method.encode());
    }

    fn send_on(&mut self, channel: u16, method: Method) {
        let payload = Payload::Method(method);
        Frame { channel, payload }.encode(&mut self.output);
    }

    fn fail(&mut self, error: SessionError) {
        if !self.is_over() {
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

    fn take_frame(&mut self, frame: Frame) {
        let told = match (frame.channel, frame.payload) {
            (_, Payload::Heartbeat) => return,
            (0, Payload::Method(method)) => return self.take_connection_method(method),
            // On its way before the broker heard that we close.
            (CHANNEL, _) if self.state == State::Closing => return,
            (CHANNEL, Payload::Method(method)) => return self.take_channel_method(method),
            (CHANNEL, Payload::Header(properties, size)) => self.content.header(*properties, size),
            (CHANNEL, Payload::Body(bytes)) => self.content.body(&bytes),
            (channel, _) => Err(format!("a frame on channel {channel}, which is not open")),
        };
        match told {
            Ok(event) => self.events.extend(event),
            Err(reason) => self.fault(reason),
        }
    }
}

impl Connection for Client {
    fn connected(&mut self, now: Timestamp) {
        *self = Self::new(self.config.clone());
        self.state = State::Starting;
        self.output.extend_from_slice(PROTOCOL_HEADER);
        self.pulse = Pulse::begin(now);
        self.asked.push_back(("connect", now));
    }

    fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        if self.is_over() {
            return;
        }
        self.pulse.received(now);
        self.frames.push(bytes);
        while !self.is_over() {
            match self.frames.frame() {
                Ok(Some(frame)) => self.take_frame(frame),
                Ok(None) => return,
                Err(error) => return self.fail(error),
            }
        }
    }

    fn disconnected(&mut self, reason: &str) {
        self.fail(SessionError::Closed {
            reason: reason.to_owned(),
        });
    }

    fn tick(&mut self, now: Timestamp) {
        if self.is_over() {
            return;
        }
        if let Some((what, since)) = self.asked.front().copied()
            && now.nanos_since(since) >= self.answer_nanos()
        {
            let seconds = self.config.answer_seconds.into();
            return self.fail(SessionError::Unanswered { what, seconds });
        }
        match self.pulse.check(now) {
            Ok(true) => append(&mut self.output, 8, 0, &[]),
            Ok(false) => {}
            Err(error) => self.fail(error),
        }
    }

    fn excuse(&mut self, now: Timestamp) {
        self.pulse.received(now);
        for (_, since) in &mut self.asked {
            *since = now;
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        if self.is_over() {
            return None;
        }
        let answer = self.asked.front();
        let answer = answer.map(|(_, since)| since.plus_nanos(self.answer_nanos()));
        answer.into_iter().chain(self.pulse.deadline()).min()
    }

    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if self.output.is_empty() {
            return None;
        }
        self.pulse.sent(now);
        Some(std::mem::take(&mut self.output))
    }

    fn close(&mut self, now: Timestamp) {
        if self.is_over() || self.state == State::Closing {
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
}
