//! A STOMP connection over WebSocket.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;
use wattbook_domain::time::NANOS_PER_SECOND;

use super::frame::{Frame, FrameReader, Part};
use super::sockjs::{SockJs, sockjs};
use crate::error::SessionError;
use crate::http::Headers;
use crate::websocket::{ClientHandshake, Message, Role, Socket};

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Host for the handshake and for the `host` header.
    pub host: String,
    /// Path of the WebSocket.
    pub path: String,
    /// Whether frames come in `SockJS` frames.
    pub is_sockjs: bool,
    /// Between two signs of life, s, as the client offers and asks for; 0 for none.
    pub heartbeat_seconds: u16,
    /// Longest message, bytes.
    pub message_bytes_max: usize,
    /// Longest wait for an answer, s.
    pub answer_seconds: u16,
}

/// What a client hears.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// Connected: frames may be sent.
    Open,
    /// `MESSAGE` or `RECEIPT`.
    Frame(Box<Frame>),
    /// The connection is over.
    Closed(SessionError),
}

#[derive(Debug)]
enum State {
    Closed,
    Handshake(ClientHandshake),
    /// The WebSocket is open, `SockJS` not yet.
    Opening(Socket),
    /// `CONNECT` was sent.
    Connecting(Socket),
    Open(Socket),
}

/// A connection as a state machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    connect: Frame,
    seed: u64,
    state: State,
    frames: FrameReader,
    output: Vec<u8>,
    events: VecDeque<Event>,
    since: Timestamp,
    last_received: Timestamp,
    last_sent: Timestamp,
    /// Between two signs of life, as agreed; 0 for none.
    send_nanos: i64,
    receive_nanos: i64,
}

impl Client {
    /// A client that is not connected; `seed` decides nonce and masks.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            frames: FrameReader::new(config.message_bytes_max),
            config,
            connect: Frame::default(),
            seed,
            state: State::Closed,
            output: Vec::new(),
            events: VecDeque::new(),
            since: Timestamp::EPOCH,
            last_received: Timestamp::EPOCH,
            last_sent: Timestamp::EPOCH,
            send_nanos: 0,
            receive_nanos: 0,
        }
    }

    /// The transport is there: begins, with `headers` in the `CONNECT` frame.
    pub fn connected(&mut self, now: Timestamp, headers: &[(&str, &str)]) {
        let beat = u64::from(self.config.heartbeat_seconds) * 1_000;
        let mut connect = Frame::new(
            "CONNECT",
            &[
                ("accept-version", "1.2"),
                ("host", &self.config.host),
                ("heart-beat", &format!("{beat},{beat}")),
            ],
        );
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        connect.headers.extend(headers);
        self.connect = connect;
        self.frames = FrameReader::new(self.config.message_bytes_max);
        self.output.clear();
        (self.since, self.last_received, self.last_sent) = (now, now, now);
        (self.send_nanos, self.receive_nanos) = (0, 0);
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let [low, high] = [self.seed, self.seed.rotate_left(32) ^ (now.nanos() as u64)];
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&low.to_be_bytes());
        nonce[8..].copy_from_slice(&high.to_be_bytes());
        match ClientHandshake::new(&self.config.host, &self.config.path, &Headers::new(), nonce) {
            Ok((handshake, bytes)) => {
                self.state = State::Handshake(handshake);
                self.output = bytes;
            }
            Err(error) => self.events.push_back(Event::Closed(error)),
        }
    }

    /// Takes bytes as they came.
    pub fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        self.last_received = now;
        let taken = match &mut self.state {
            State::Closed => return,
            State::Handshake(handshake) => match handshake.receive(bytes) {
                Ok(None) => return,
                Ok(Some(rest)) => {
                    let limit = self.config.message_bytes_max;
                    let mut socket = Socket::new(Role::Client, limit, self.seed);
                    let taken = socket.receive(&rest);
                    self.state = if self.config.is_sockjs {
                        State::Opening(socket)
                    } else {
                        self.state = State::Connecting(socket);
                        let connect = std::mem::take(&mut self.connect);
                        self.write(&connect);
                        std::mem::replace(&mut self.state, State::Closed)
                    };
                    taken
                }
                Err(error) => Err(error),
            },
            State::Opening(socket) | State::Connecting(socket) | State::Open(socket) => {
                socket.receive(bytes)
            }
        };
        let taken = taken.and_then(|()| self.take_messages());
        if let Err(error) = taken {
            self.fail(error);
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
            State::Closed => {}
            State::Open(_) => {
                let silent = now.nanos_since(self.last_received);
                if self.receive_nanos > 0 && silent >= 2 * self.receive_nanos {
                    let seconds = (silent / NANOS_PER_SECOND) as u64;
                    self.fail(SessionError::Silent { seconds });
                } else if self.send_nanos > 0 && now.nanos_since(self.last_sent) >= self.send_nanos
                {
                    self.write_text("\n");
                    self.last_sent = now;
                }
            }
            _ if now.nanos_since(self.since) >= self.answer_nanos() => {
                self.fail(SessionError::Unanswered {
                    what: "the connection of WebSocket and STOMP",
                    seconds: self.config.answer_seconds.into(),
                });
            }
            _ => {}
        }
    }

    /// When [`Client::tick`] has something to do next.
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Closed => None,
            State::Open(_) => {
                let sent =
                    (self.send_nanos > 0).then(|| self.last_sent.plus_nanos(self.send_nanos));
                let lost = (self.receive_nanos > 0)
                    .then(|| self.last_received.plus_nanos(2 * self.receive_nanos));
                sent.into_iter().chain(lost).min()
            }
            _ => Some(self.since.plus_nanos(self.answer_nanos())),
        }
    }

    /// What to send.
    pub fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        if let State::Opening(socket) | State::Connecting(socket) | State::Open(socket) =
            &mut self.state
            && let Some(bytes) = socket.take_output()
        {
            self.output.extend_from_slice(&bytes);
        }
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

    /// Sends a frame; nothing unless the connection is open.
    pub fn send(&mut self, frame: &Frame) {
        if matches!(self.state, State::Open(_)) {
            self.write(frame);
        }
    }

    /// Ends the connection in order.
    pub fn close(&mut self) {
        self.send(&Frame::new("DISCONNECT", &[]));
        if let State::Opening(socket) | State::Connecting(socket) | State::Open(socket) =
            &mut self.state
        {
            socket.send(&Message::Close(1000, String::new()));
        }
    }

    fn answer_nanos(&self) -> i64 {
        i64::from(self.config.answer_seconds) * NANOS_PER_SECOND
    }

    fn write(&mut self, frame: &Frame) {
        match String::from_utf8(frame.encode()) {
            Ok(text) => self.write_text(&text),
            Err(error) => {
                if let State::Open(socket) = &mut self.state {
                    socket.send(&Message::Binary(error.into_bytes()));
                }
            }
        }
    }

    fn write_text(&mut self, text: &str) {
        let text = if self.config.is_sockjs {
            sockjs(text)
        } else {
            text.to_owned()
        };
        if let State::Opening(socket) | State::Connecting(socket) | State::Open(socket) =
            &mut self.state
        {
            socket.send(&Message::Text(text));
        }
    }

    fn fail(&mut self, error: SessionError) {
        if let State::Opening(socket) | State::Connecting(socket) | State::Open(socket) =
            &mut self.state
            && let Some(bytes) = socket.take_output()
        {
            self.output.extend_from_slice(&bytes);
        }
        if !matches!(self.state, State::Closed) {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(error));
        }
    }

    fn take_messages(&mut self) -> Result<(), SessionError> {
        loop {
            let (State::Opening(socket) | State::Connecting(socket) | State::Open(socket)) =
                &mut self.state
            else {
                return Ok(());
            };
            match socket.message() {
                None => return Ok(()),
                Some(Message::Text(text)) if self.config.is_sockjs => self.take_sockjs(&text)?,
                Some(Message::Text(text)) => self.take_stream(text.as_bytes())?,
                Some(Message::Binary(bytes)) => self.take_stream(&bytes)?,
                Some(Message::Ping(_) | Message::Pong(_)) => {}
                Some(Message::Close(code, text)) => {
                    return Err(SessionError::Refused { code, text });
                }
            }
        }
    }

    fn take_sockjs(&mut self, text: &str) -> Result<(), SessionError> {
        let frame = SockJs::decode(text).map_err(|reason| SessionError::Protocol {
            protocol: "SockJS",
            offset: 0,
            reason,
        })?;
        match (frame, &self.state) {
            (SockJs::Open, State::Opening(_)) => {
                if let State::Opening(socket) = std::mem::replace(&mut self.state, State::Closed) {
                    self.state = State::Connecting(socket);
                }
                let connect = std::mem::take(&mut self.connect);
                self.write(&connect);
                Ok(())
            }
            (SockJs::Parts(parts), _) => parts
                .iter()
                .try_for_each(|part| self.take_stream(part.as_bytes())),
            (SockJs::Close(code, text), _) => Err(SessionError::Refused { code, text }),
            (SockJs::Open | SockJs::Heartbeat, _) => Ok(()),
        }
    }

    fn take_stream(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.frames.push(bytes);
        while let Some(part) = self.frames.part()? {
            if let Part::Frame(frame) = part {
                self.take_frame(frame)?;
            }
        }
        Ok(())
    }

    fn take_frame(&mut self, frame: Frame) -> Result<(), SessionError> {
        match (frame.command.as_str(), &self.state) {
            ("CONNECTED", State::Connecting(_)) => {
                if let State::Connecting(socket) = std::mem::replace(&mut self.state, State::Closed)
                {
                    self.state = State::Open(socket);
                }
                self.agree(frame.header("heart-beat").unwrap_or("0,0"));
                self.events.push_back(Event::Open);
            }
            ("MESSAGE" | "RECEIPT", State::Open(_)) => {
                self.events.push_back(Event::Frame(Box::new(frame)));
            }
            ("ERROR", _) => {
                let words = frame.header("message").map(str::to_owned);
                return Err(SessionError::Refused {
                    code: 0,
                    text: words
                        .unwrap_or_else(|| String::from_utf8_lossy(&frame.body).into_owned()),
                });
            }
            (command, _) => {
                return Err(SessionError::Protocol {
                    protocol: "STOMP",
                    offset: 0,
                    reason: format!("{command} out of turn"),
                });
            }
        }
        Ok(())
    }

    /// Each side beats as often as both are willing to: section Heart-beating.
    fn agree(&mut self, theirs: &str) {
        let ours = i64::from(self.config.heartbeat_seconds) * 1_000;
        let (sends, wants) = theirs.split_once(',').unwrap_or(("0", "0"));
        let [sends, wants] =
            [sends, wants].map(|text| text.trim().parse::<i64>().unwrap_or(0).clamp(0, 3_600_000));
        let agreed = |offer: i64, wish: i64| {
            if offer == 0 || wish == 0 {
                0
            } else {
                offer.max(wish) * 1_000_000
            }
        };
        self.send_nanos = agreed(ours, wants);
        self.receive_nanos = agreed(sends, ours);
    }
}
