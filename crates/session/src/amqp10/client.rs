//! A connection with one session.

use std::collections::{BTreeMap, VecDeque};

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::frame::{Frame, FrameReader, Header, Performative};
use super::message::Message;
use super::value::Value;
use crate::error::SessionError;
use crate::sasl::Credentials;

/// Transfers that may come before the window is told anew; more than a day brings.
const WINDOW: u32 = 1 << 30;
/// Room for a frame's head and performative beside its payload.
const HEAD_BYTES: usize = 512;

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Who it is.
    pub credentials: Credentials,
    /// Host name for the open frame; `RabbitMQ` takes a virtual host as `vhost:NAME`.
    pub host: String,
    /// Longest silence of the broker, s; 0 for no bound.
    pub heartbeat_seconds: u16,
    /// Longest frame, bytes; the lower of both sides' holds.
    pub frame_bytes_max: u32,
    /// Longest message, bytes.
    pub message_bytes_max: usize,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
    /// The client's own name.
    pub container: String,
}

/// What a client hears.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Event {
    /// The session is open: links may be attached.
    Ready,
    /// The link of this handle is attached.
    Attached(u32),
    /// A message came: handle of its link, number to settle it by, and what it says.
    Delivered(u32, u64, Box<Message>),
    /// A message came that cannot be read: handle, number, reason and bytes.
    Unreadable(u32, u64, String, Vec<u8>),
    /// The broker took over, or refused, a message that was sent.
    Settled {
        /// Number of the message, from 1.
        number: u64,
        /// Whether the broker has it.
        is_accepted: bool,
    },
    /// The connection is over.
    Closed(SessionError),
}

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

#[derive(Debug, Default)]
struct Link {
    is_sender: bool,
    /// Messages that may still be sent, or are still promised to be taken.
    credit: u32,
    /// Messages sent or received so far.
    count: u32,
    prefetch: u32,
    /// Taken and not yet promised anew.
    settled: u32,
    /// Messages that wait for credit.
    waiting: VecDeque<(u64, Vec<u8>)>,
    /// The message whose parts come, and its number.
    part: Option<(u64, Vec<u8>)>,
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
    handles: BTreeMap<i64, u32>,
    names: BTreeMap<String, u32>,
    frame_bytes_max: usize,
    /// How often we must send, ns; 0 for never.
    beat_nanos: i64,
    /// Numbers of the next message out and of the next transfer in.
    next_out: u32,
    next_in: u32,
    /// Messages sent, by delivery number.
    sent: BTreeMap<u32, u64>,
    published: u64,
    /// The last delivery that was settled, plus one.
    settled: u64,
    /// Link by delivery that is not settled.
    unsettled: BTreeMap<u64, u32>,
    since: Timestamp,
    last_received: Timestamp,
    last_sent: Timestamp,
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
            beat_nanos: 0,
            next_out: 0,
            next_in: 0,
            sent: BTreeMap::new(),
            published: 0,
            settled: 0,
            unsettled: BTreeMap::new(),
            since: Timestamp::EPOCH,
            last_received: Timestamp::EPOCH,
            last_sent: Timestamp::EPOCH,
        }
    }

    /// The transport is there: begins to speak.
    pub fn connected(&mut self, now: Timestamp) {
        *self = Self::new(self.config.clone());
        (self.since, self.last_received, self.last_sent) = (now, now, now);
        self.state = State::SaslHeader;
        self.output.extend_from_slice(&Header::Sasl.bytes());
    }

    /// Takes bytes as they came.
    pub fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        if matches!(self.state, State::Idle | State::Closed) {
            return;
        }
        self.last_received = now;
        self.frames.push(bytes);
        if let Err(error) = self.take_all() {
            self.fail(error);
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

    /// The transport is gone.
    pub fn disconnected(&mut self, reason: &str) {
        self.fail(SessionError::Closed {
            reason: reason.to_owned(),
        });
    }

    /// Sends what is due and notices what did not come.
    pub fn tick(&mut self, now: Timestamp) {
        match self.state {
            State::Idle | State::Closed => {}
            State::Ready => {
                let silent = now.nanos_since(self.last_received);
                if self.silence_nanos() > 0 && silent >= self.silence_nanos() {
                    let seconds = (silent / NANOS_PER_SECOND) as u64;
                    self.fail(SessionError::Silent { seconds });
                } else if self.beat_nanos > 0 && now.nanos_since(self.last_sent) >= self.beat_nanos
                {
                    self.last_sent = now;
                    let beat = Frame {
                        is_sasl: false,
                        channel: 0,
                        performative: None,
                        payload: Vec::new(),
                    };
                    beat.encode(&mut self.output);
                }
            }
            _ if now.nanos_since(self.since) >= self.answer_nanos() => {
                let seconds = self.config.answer_seconds.into();
                let what = "the opening of AMQP";
                self.fail(SessionError::Unanswered { what, seconds });
            }
            _ => {}
        }
    }

    /// When [`Client::tick`] has something to do next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Idle | State::Closed => None,
            State::Ready => {
                let silence = self.silence_nanos();
                let lost = (silence > 0).then(|| self.last_received.plus_nanos(silence));
                let beat =
                    (self.beat_nanos > 0).then(|| self.last_sent.plus_nanos(self.beat_nanos));
                lost.into_iter().chain(beat).min()
            }
            _ => Some(self.since.plus_nanos(self.answer_nanos())),
        }
    }

    /// What to send.
    pub fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if self.output.is_empty() {
            return None;
        }
        self.last_sent = now;
        Some(std::mem::take(&mut self.output))
    }

    /// What was heard next.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Attaches a link that takes messages of `address`, `prefetch` at a time; its handle.
    pub fn attach_receiver(&mut self, name: &str, address: &str, prefetch: u32) -> u32 {
        let handle = self.attach(name, address, "", false);
        if let Some(link) = self.links.get_mut(&handle) {
            link.prefetch = prefetch.max(1);
        }
        handle
    }

    /// Attaches a link that sends messages to `address`; its handle.
    pub fn attach_sender(&mut self, name: &str, address: &str) -> u32 {
        self.attach(name, "", address, true)
    }

    fn attach(&mut self, name: &str, source: &str, target: &str, is_sender: bool) -> u32 {
        let handle = self.links.len() as u32;
        let terminus = |code: u64, address: &str| {
            let address = if address.is_empty() {
                Value::Null
            } else {
                Value::text(address)
            };
            Value::described(code, vec![address])
        };
        let link = Link {
            is_sender,
            ..Link::default()
        };
        self.links.insert(handle, link);
        self.names.insert(name.to_owned(), handle);
        let first_count = if is_sender {
            Value::Uint(0)
        } else {
            Value::Null
        };
        self.say(
            0x12,
            vec![
                Value::text(name),
                Value::Uint(handle),
                Value::Bool(!is_sender),
                // Unsettled: each side tells what became of a message.
                Value::Ubyte(0),
                Value::Ubyte(0),
                terminus(0x28, source),
                terminus(0x29, target),
                Value::Null,
                Value::Null,
                first_count,
            ],
        );
        handle
    }

    /// Sends `message` through the link of `handle` once that has credit; its number, from 1, for
    /// [`Event::Settled`].
    pub fn send(&mut self, handle: u32, message: &Message) -> u64 {
        self.published += 1;
        let number = self.published;
        if let Some(link) = self.links.get_mut(&handle) {
            link.waiting.push_back((number, message.encode()));
        }
        self.send_waiting(handle);
        number
    }

    /// Settles every delivery up to `number` as accepted and promises to take as many more.
    pub fn accept(&mut self, number: u64) {
        if number <= self.settled || self.state != State::Ready {
            return;
        }
        let (first, last) = (self.settled as u32, (number - 1) as u32);
        self.settled = number;
        let accepted = Value::described(0x24, Vec::new());
        let fields = vec![
            Value::Bool(true),
            Value::Uint(first),
            Value::Uint(last),
            Value::Bool(true),
            accepted,
        ];
        self.say(0x15, fields);
        let done = self.unsettled.split_off(&(number + 1));
        let done = std::mem::replace(&mut self.unsettled, done);
        for handle in done.into_values() {
            if let Some(link) = self.links.get_mut(&handle) {
                link.settled += 1;
            }
        }
        let handles: Vec<u32> = self.links.keys().copied().collect();
        for handle in handles {
            self.promise(handle);
        }
    }

    /// Ends the connection in order.
    pub fn close(&mut self, now: Timestamp) {
        match self.state {
            State::Idle | State::Closed | State::Closing => {}
            State::Opening | State::Ready => {
                self.say(0x18, Vec::new());
                self.since = now;
                self.state = State::Closing;
            }
            _ => self.disconnected("closed before it was open"),
        }
    }

    fn silence_nanos(&self) -> i64 {
        2 * i64::from(self.config.heartbeat_seconds) * NANOS_PER_SECOND
    }

    fn answer_nanos(&self) -> i64 {
        i64::from(self.config.answer_seconds) * NANOS_PER_SECOND
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
        if !matches!(self.state, State::Idle | State::Closed) {
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

    fn take_header(&mut self, header: Header) -> Result<(), SessionError> {
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
                self.say(0x10, open);
                let begin = vec![
                    Value::Null,
                    Value::Uint(0),
                    Value::Uint(WINDOW),
                    Value::Uint(WINDOW),
                ];
                self.say(0x11, begin);
            }
            (_, header) => return Err(self.fault(format!("the header {header:?} out of turn"))),
        }
        Ok(())
    }

    fn take(&mut self, said: &Performative, payload: &[u8]) -> Result<(), SessionError> {
        match (said.code, self.state) {
            (0x40, State::Sasl) => self.choose(said),
            (0x44, State::Sasl) => self.take_outcome(said),
            (0x10, State::Opening) => {
                let theirs = said.whole(2).and_then(|bytes| usize::try_from(bytes).ok());
                self.frame_bytes_max = self
                    .frame_bytes_max
                    .min(theirs.unwrap_or(usize::MAX))
                    .max(HEAD_BYTES + 64);
                // Half of what the broker bears, so that one late beat costs nothing.
                self.beat_nanos = said.whole(4).unwrap_or(0).clamp(0, 86_400_000) * 1_000_000 / 2;
                Ok(())
            }
            (0x11, State::Opening) => {
                self.next_in = said.whole(1).unwrap_or(0) as u32;
                self.settled = u64::from(self.next_in);
                self.state = State::Ready;
                self.events.push_back(Event::Ready);
                Ok(())
            }
            (0x18, _) => {
                if self.state != State::Closing {
                    self.say(0x18, Vec::new());
                }
                Err(refusal(said.field(0), "closed as asked"))
            }
            (_, State::Closing) => Ok(()),
            (0x17, _) => Err(refusal(said.field(0), "the session was ended")),
            (0x16, _) => Err(refusal(said.field(2), "a link was detached")),
            (0x12, State::Ready) => self.take_attach(said),
            (0x13, State::Ready) => {
                self.take_flow(said);
                Ok(())
            }
            (0x14, State::Ready) => self.take_transfer(said, payload),
            (0x15, State::Ready) => {
                self.take_disposition(said);
                Ok(())
            }
            (code, _) => Err(self.fault(format!("the performative 0x{code:02X} out of turn"))),
        }
    }

    fn choose(&mut self, said: &Performative) -> Result<(), SessionError> {
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
        self.write(true, 0x41, vec![Value::symbol(wanted), response, host], &[]);
        Ok(())
    }

    fn take_outcome(&mut self, said: &Performative) -> Result<(), SessionError> {
        match said.whole(0) {
            Some(0) => {
                self.state = State::AmqpHeader;
                self.output.extend_from_slice(&Header::Amqp.bytes());
                Ok(())
            }
            code => {
                let text = format!("SASL outcome {code:?}: user or password is wrong");
                Err(SessionError::Refused { code: 403, text })
            }
        }
    }

    fn take_attach(&mut self, said: &Performative) -> Result<(), SessionError> {
        let name = said.field(0).and_then(Value::as_text).unwrap_or_default();
        let (Some(handle), Some(theirs)) = (self.names.get(name).copied(), said.whole(1)) else {
            return Err(self.fault(format!("a link {name:?} that we did not attach")));
        };
        self.handles.insert(theirs, handle);
        self.events.push_back(Event::Attached(handle));
        self.promise(handle);
        Ok(())
    }

    /// Promises to take messages up to the prefetch, once half of it is used up.
    fn promise(&mut self, handle: u32) {
        let Some(link) = self.links.get_mut(&handle).filter(|link| !link.is_sender) else {
            return;
        };
        let is_first = link.credit == 0 && link.count == 0 && link.settled == 0;
        if !is_first && link.settled < link.prefetch.div_ceil(2) {
            return;
        }
        link.credit = if is_first {
            link.prefetch
        } else {
            link.credit + link.settled
        };
        link.settled = 0;
        let (count, credit, next_in, next_out) =
            (link.count, link.credit, self.next_in, self.next_out);
        self.say(
            0x13,
            vec![
                Value::Uint(next_in),
                Value::Uint(WINDOW),
                Value::Uint(next_out),
                Value::Uint(WINDOW),
                Value::Uint(handle),
                Value::Uint(count),
                Value::Uint(credit),
            ],
        );
    }

    fn take_flow(&mut self, said: &Performative) {
        let Some(handle) = said
            .whole(4)
            .and_then(|theirs| self.handles.get(&theirs).copied())
        else {
            return;
        };
        if let Some(link) = self.links.get_mut(&handle).filter(|link| link.is_sender) {
            // The receiver may not have counted what is on its way: section 2.6.7.
            let counted = said.whole(5).unwrap_or(0) as u32;
            let credit = said.whole(6).unwrap_or(0) as u32;
            link.credit = counted.wrapping_add(credit).wrapping_sub(link.count);
        }
        self.send_waiting(handle);
    }

    fn send_waiting(&mut self, handle: u32) {
        while let Some(link) = self.links.get_mut(&handle) {
            if link.credit == 0 || self.state != State::Ready {
                return;
            }
            let Some((number, bytes)) = link.waiting.pop_front() else {
                return;
            };
            link.credit -= 1;
            link.count = link.count.wrapping_add(1);
            let delivery = self.next_out;
            self.next_out = self.next_out.wrapping_add(1);
            self.sent.insert(delivery, number);
            let room = self.frame_bytes_max - HEAD_BYTES;
            let parts = bytes.chunks(room).len();
            for (place, part) in bytes.chunks(room).enumerate() {
                let fields = vec![
                    Value::Uint(handle),
                    Value::Uint(delivery),
                    Value::Binary(number.to_be_bytes().to_vec()),
                    Value::Uint(0),
                    Value::Bool(false),
                    Value::Bool(place + 1 < parts),
                ];
                self.write(false, 0x14, fields, part);
            }
        }
    }

    fn take_transfer(&mut self, said: &Performative, payload: &[u8]) -> Result<(), SessionError> {
        let handle = said
            .whole(0)
            .and_then(|theirs| self.handles.get(&theirs).copied());
        let limit = self.config.message_bytes_max;
        let fault = |reason: String, offset| SessionError::Protocol {
            protocol: "AMQP 1.0",
            offset,
            reason,
        };
        let offset = self.frames.offset();
        let Some((handle, link)) =
            handle.and_then(|handle| Some((handle, self.links.get_mut(&handle)?)))
        else {
            return Err(fault(
                "a transfer on a link that is not attached".to_owned(),
                offset,
            ));
        };
        self.next_in = self.next_in.wrapping_add(1);
        let (number, mut bytes) = match (link.part.take(), said.whole(1)) {
            (Some(part), _) => part,
            (None, Some(delivery)) => (delivery as u64 + 1, Vec::new()),
            (None, None) => {
                return Err(fault("a transfer without a delivery id".to_owned(), offset));
            }
        };
        bytes.extend_from_slice(payload);
        if bytes.len() > limit {
            return Err(fault(
                format!("a message of more than the {limit} bytes allowed"),
                offset,
            ));
        }
        if said.is(5) {
            link.part = Some((number, bytes));
            return Ok(());
        }
        if link.credit == 0 {
            return Err(fault(
                "a message beyond the credit of its link".to_owned(),
                offset,
            ));
        }
        link.credit -= 1;
        link.count = link.count.wrapping_add(1);
        self.unsettled.insert(number, handle);
        self.events.push_back(match Message::decode(&bytes) {
            Ok(message) => Event::Delivered(handle, number, Box::new(message)),
            Err(reason) => Event::Unreadable(handle, number, reason, bytes),
        });
        Ok(())
    }

    fn take_disposition(&mut self, said: &Performative) {
        // Of receivers only: role true.
        if !said.is(0) {
            return;
        }
        let first = said.whole(1).unwrap_or(0) as u32;
        let last = said.whole(2).map_or(first, |last| last as u32);
        let state = match said.field(4) {
            Some(Value::Described(descriptor, _)) => descriptor.whole(),
            _ => None,
        };
        let later = self.sent.split_off(&first);
        let (done, later): (BTreeMap<u32, u64>, _) =
            later.into_iter().partition(|(id, _)| *id <= last);
        self.sent.extend(later);
        for number in done.into_values() {
            let is_accepted = state == Some(0x24);
            self.events.push_back(Event::Settled {
                number,
                is_accepted,
            });
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
