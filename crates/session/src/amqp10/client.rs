//! A connection with one session.

mod links;
mod opening;
mod transfers;

use std::collections::{BTreeMap, VecDeque};

use wattbook_domain::Timestamp;

use super::event::{Config, Event};
use super::frame::{Frame, FrameReader, Header, Performative, code};
use super::value::Value;
use crate::connection::Connection;
use crate::error::SessionError;
use crate::pulse::{Pulse, nanos};
use links::Link;

/// Transfers that may come before the window is told anew; more than a day brings.
const WINDOW: u32 = 1 << 30;
/// Room for a frame's head and performative beside its payload.
const HEAD_BYTES: usize = 512;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    /// Our SASL header was sent.
    SaslHeader,
    Sasl,
    /// Our AMQP header was sent.
    AmqpHeader,
    /// Open and begin were sent.
    Opening,
    Ready,
    Closing,
    Closed,
}

/// A message that was received and is not settled.
#[derive(Debug, Clone, Copy)]
struct Unsettled {
    /// Its number, from 1.
    number: u64,
    /// The broker's: any number to begin with, counted modulo 2^32 (part 2, section 2.8.3).
    delivery: u32,
    link: u32,
}

/// A connection as a state machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    frames: FrameReader,
    output: Vec<u8>,
    events: VecDeque<Event>,
    links: BTreeMap<u32, Link>,
    /// Handles of the broker to ours.
    handles: BTreeMap<u32, u32>,
    names: BTreeMap<String, u32>,
    frame_bytes_max: usize,
    /// Numbers of the next message out and of the next transfer in.
    next_out: u32,
    next_in: u32,
    /// Messages sent, by delivery number.
    sent: BTreeMap<u32, u64>,
    published: u64,
    /// Messages received whole, so far.
    received: u64,
    /// What was received and is not settled, in order.
    unsettled: VecDeque<Unsettled>,
    /// When the state began in which an answer is awaited.
    since: Timestamp,
    pulse: Pulse,
}

impl Client {
    /// A client that is not connected.
    #[must_use]
    pub fn new(config: Config) -> Self {
        let frame_bytes_max = config.frame_bytes_max as usize;
        Self {
            frames: FrameReader::new(frame_bytes_max),
            config,
            state: State::Idle,
            output: Vec::new(),
            events: VecDeque::new(),
            links: BTreeMap::new(),
            handles: BTreeMap::new(),
            names: BTreeMap::new(),
            frame_bytes_max,
            next_out: 0,
            next_in: 0,
            sent: BTreeMap::new(),
            published: 0,
            received: 0,
            unsettled: VecDeque::new(),
            since: Timestamp::EPOCH,
            pulse: Pulse::default(),
        }
    }

    /// What was heard next.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    const fn is_over(&self) -> bool {
        matches!(self.state, State::Idle | State::Closed)
    }

    fn answer_nanos(&self) -> i64 {
        nanos(self.config.answer_seconds)
    }

    /// What the broker has not answered, and since when.
    fn awaited(&self) -> Option<(&'static str, Timestamp)> {
        match self.state {
            State::Idle | State::Closed => None,
            State::Ready => {
                let asked = self.links.values().filter_map(|link| link.asked);
                asked.min().map(|since| ("the attachment of a link", since))
            }
            State::Closing => Some(("the end of AMQP", self.since)),
            _ => Some(("the opening of AMQP", self.since)),
        }
    }

    fn say(&mut self, code: u64, fields: Vec<Value>) {
        self.write(false, code, fields, &[]);
    }

    fn write(&mut self, is_sasl: bool, code: u64, fields: Vec<Value>, payload: &[u8]) {
        let frame = Frame {
            is_sasl,
            channel: 0,
            performative: Some(Performative::new(code, fields)),
            payload: payload.to_vec(),
        };
        frame.encode(&mut self.output);
    }

    fn fail(&mut self, error: SessionError) {
        if !self.is_over() {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(error));
        }
    }

    fn fault(&self, reason: String) -> SessionError {
        SessionError::Protocol {
            protocol: "AMQP 1.0",
            offset: self.frames.offset(),
            reason,
        }
    }

    fn take_all(&mut self) -> Result<(), SessionError> {
        loop {
            match self.state {
                State::SaslHeader | State::AmqpHeader => {
                    let Some(header) = self.frames.header()? else {
                        return Ok(());
                    };
                    self.take_header(header)?;
                }
                State::Closed => return Ok(()),
                _ => {
                    let Some(frame) = self.frames.frame()? else {
                        return Ok(());
                    };
                    if let Some(performative) = frame.performative {
                        self.take(&performative, &frame.payload)?;
                    }
                }
            }
        }
    }

    fn take(&mut self, said: &Performative, payload: &[u8]) -> Result<(), SessionError> {
        match (said.code, self.state) {
            (code::SASL_MECHANISMS, State::Sasl) => return self.choose(said),
            (code::SASL_OUTCOME, State::Sasl) => return self.take_outcome(said),
            (code::OPEN, State::Opening) => self.take_open(said),
            (code::BEGIN, State::Opening) => self.take_begin(said),
            (code::CLOSE, _) => {
                if self.state != State::Closing {
                    self.say(code::CLOSE, Vec::new());
                }
                return Err(refusal(said.field(0), "closed as asked"));
            }
            (_, State::Closing) => {}
            (code::END, _) => return Err(refusal(said.field(0), "the session was ended")),
            (code::DETACH, _) => return Err(refusal(said.field(2), "a link was detached")),
            (code::ATTACH, State::Ready) => return self.take_attach(said),
            (code::FLOW, State::Ready) => return self.take_flow(said),
            (code::TRANSFER, State::Ready) => return self.take_transfer(said, payload),
            (code::DISPOSITION, State::Ready) => self.take_disposition(said),
            (code, _) => {
                return Err(self.fault(format!("the performative 0x{code:02X} out of turn")));
            }
        }
        Ok(())
    }
}

impl Connection for Client {
    fn connected(&mut self, now: Timestamp) {
        *self = Self::new(self.config.clone());
        self.since = now;
        self.pulse = Pulse::begin(now);
        self.state = State::SaslHeader;
        self.output.extend_from_slice(&Header::Sasl.bytes());
    }

    fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        if self.is_over() {
            return;
        }
        self.pulse.received(now);
        self.frames.push(bytes);
        if let Err(error) = self.take_all() {
            self.fail(error);
        }
    }

    fn disconnected(&mut self, reason: &str) {
        self.fail(SessionError::Closed {
            reason: reason.to_owned(),
        });
    }

    fn tick(&mut self, now: Timestamp) {
        if let Some((what, since)) = self.awaited()
            && now.nanos_since(since) >= self.answer_nanos()
        {
            let seconds = self.config.answer_seconds.into();
            return self.fail(SessionError::Unanswered { what, seconds });
        }
        if self.state != State::Ready {
            return;
        }
        match self.pulse.check(now) {
            Ok(true) => {
                let beat = Frame {
                    is_sasl: false,
                    channel: 0,
                    performative: None,
                    payload: Vec::new(),
                };
                beat.encode(&mut self.output);
            }
            Ok(false) => {}
            Err(error) => self.fail(error),
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let answer = self.awaited();
        let answer = answer.map(|(_, since)| since.plus_nanos(self.answer_nanos()));
        let pulse = self.pulse.deadline();
        let pulse = pulse.filter(|_| self.state == State::Ready);
        answer.into_iter().chain(pulse).min()
    }

    fn excuse(&mut self, now: Timestamp) {
        self.pulse.received(now);
        self.since = now;
        for link in self.links.values_mut() {
            link.asked = link.asked.map(|_| now);
        }
    }

    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if self.output.is_empty() {
            return None;
        }
        self.pulse.sent(now);
        Some(std::mem::take(&mut self.output))
    }

    fn close(&mut self, now: Timestamp) {
        match self.state {
            State::Idle | State::Closed | State::Closing => {}
            State::Opening | State::Ready => {
                self.say(code::CLOSE, Vec::new());
                self.since = now;
                self.state = State::Closing;
            }
            _ => self.disconnected("closed before it was open"),
        }
    }
}

/// What an error says: condition and description.
fn refusal(error: Option<&Value>, without: &str) -> SessionError {
    let Some(Value::Described(_, fields)) = error else {
        return SessionError::Refused {
            code: 200,
            text: without.to_owned(),
        };
    };
    let field = |place: usize| match &**fields {
        Value::List(fields) => fields
            .get(place)
            .and_then(Value::as_text)
            .unwrap_or_default(),
        _ => "",
    };
    SessionError::Refused {
        code: 500,
        text: format!("{} {}", field(0), field(1)).trim().to_owned(),
    }
}
