//! A STOMP connection over WebSocket.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

use super::frame::{Frame, FrameReader, Part};
use super::sockjs::{SockJs, sockjs};
use crate::connection::Connection;
use crate::error::SessionError;
use crate::http::Headers;
use crate::pulse::{Pulse, nanos};
use crate::websocket::{self, Message};

/// How a client connects.
#[derive(Debug, Clone)]
pub struct Config {
    /// Host for the handshake and for the `host` header.
    pub host: String,
    /// Path of the WebSocket.
    pub path: String,
    /// Headers of the `CONNECT` frame beside those of STOMP: a token, say.
    pub headers: Vec<(String, String)>,
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Closed,
    /// The WebSocket is being opened.
    Handshake,
    /// The WebSocket is open, `SockJS` not yet.
    Opening,
    /// `CONNECT` was sent.
    Connecting,
    Open,
}

/// A connection as a state machine.
#[derive(Debug)]
pub struct Client {
    config: Config,
    state: State,
    socket: websocket::Client,
    frames: FrameReader,
    events: VecDeque<Event>,
    since: Timestamp,
    pulse: Pulse,
}

impl Client {
    /// A client that is not connected; `seed` decides nonce and masks.
    #[must_use]
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            state: State::Closed,
            socket: websocket::Client::new(config.message_bytes_max, seed),
            frames: FrameReader::new(config.message_bytes_max),
            events: VecDeque::new(),
            since: Timestamp::EPOCH,
            pulse: Pulse::default(),
            config,
        }
    }

    /// What was heard next.
    pub fn event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Sends a frame; nothing unless the connection is open.
    pub fn send(&mut self, frame: &Frame) {
        if self.state == State::Open {
            self.write(frame);
        }
    }

    fn answer_nanos(&self) -> i64 {
        nanos(self.config.answer_seconds)
    }

    /// Introduces us once the WebSocket, and `SockJS` if wanted, is open.
    fn connect(&mut self) {
        self.state = State::Connecting;
        let beat = u64::from(self.config.heartbeat_seconds) * 1_000;
        let mut frame = Frame::new(
            "CONNECT",
            &[
                ("accept-version", "1.2"),
                ("host", &self.config.host),
                ("heart-beat", &format!("{beat},{beat}")),
            ],
        );
        frame.headers.extend(self.config.headers.iter().cloned());
        self.write(&frame);
    }

    fn write(&mut self, frame: &Frame) {
        match String::from_utf8(frame.encode()) {
            Ok(text) => self.write_text(&text),
            Err(error) => self.socket.send(&Message::Binary(error.into_bytes())),
        }
    }

    fn write_text(&mut self, text: &str) {
        let text = if self.config.is_sockjs {
            sockjs(text)
        } else {
            text.to_owned()
        };
        self.socket.send(&Message::Text(text));
    }

    fn fail(&mut self, error: SessionError) {
        self.socket.close();
        if self.state != State::Closed {
            self.state = State::Closed;
            self.events.push_back(Event::Closed(error));
        }
    }

    fn take_messages(&mut self) -> Result<(), SessionError> {
        while let Some(message) = self.socket.message() {
            match message {
                Message::Text(text) if self.config.is_sockjs => self.take_sockjs(&text)?,
                Message::Text(text) => self.take_stream(text.as_bytes())?,
                Message::Binary(bytes) => self.take_stream(&bytes)?,
                Message::Ping(_) | Message::Pong(_) => {}
                Message::Close(code, text) => return Err(SessionError::Refused { code, text }),
            }
        }
        Ok(())
    }

    fn take_sockjs(&mut self, text: &str) -> Result<(), SessionError> {
        let frame = SockJs::decode(text).map_err(|reason| SessionError::Protocol {
            protocol: "SockJS",
            offset: 0,
            reason,
        })?;
        match frame {
            SockJs::Open if self.state == State::Opening => self.connect(),
            SockJs::Parts(parts) => {
                for part in parts {
                    self.take_stream(part.as_bytes())?;
                }
            }
            SockJs::Close(code, text) => return Err(SessionError::Refused { code, text }),
            SockJs::Open | SockJs::Heartbeat => {}
        }
        Ok(())
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
        match (frame.command.as_str(), self.state) {
            ("CONNECTED", State::Connecting) => {
                self.state = State::Open;
                self.agree(frame.header("heart-beat").unwrap_or("0,0"));
                self.events.push_back(Event::Open);
            }
            ("MESSAGE" | "RECEIPT", State::Open) => {
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
        self.pulse
            .agree(2 * agreed(sends, ours), agreed(ours, wants));
    }
}

impl Connection for Client {
    fn connected(&mut self, now: Timestamp) {
        self.frames = FrameReader::new(self.config.message_bytes_max);
        self.since = now;
        self.pulse = Pulse::begin(now);
        let (host, path) = (&self.config.host, &self.config.path);
        self.state = State::Handshake;
        if let Err(error) = self.socket.connected(now, host, path, &Headers::new()) {
            self.fail(error);
        }
    }

    fn received(&mut self, now: Timestamp, bytes: &[u8]) {
        if self.state == State::Closed {
            return;
        }
        self.pulse.received(now);
        let was_open = self.socket.is_open();
        let received = self.socket.receive(bytes);
        if self.socket.is_open() && !was_open {
            if self.config.is_sockjs {
                self.state = State::Opening;
            } else {
                self.connect();
            }
        }
        // What came before a fault is heard, however the bytes were cut.
        let taken = self.take_messages();
        if let Err(error) = taken.and(received) {
            self.fail(error);
        }
    }

    fn disconnected(&mut self, reason: &str) {
        self.fail(SessionError::Closed {
            reason: reason.to_owned(),
        });
    }

    fn tick(&mut self, now: Timestamp) {
        match self.state {
            State::Closed => {}
            State::Open => match self.pulse.check(now) {
                Ok(true) => self.write_text("\n"),
                Ok(false) => {}
                Err(error) => self.fail(error),
            },
            _ if now.nanos_since(self.since) >= self.answer_nanos() => {
                self.fail(SessionError::Unanswered {
                    what: "the connection of WebSocket and STOMP",
                    seconds: self.config.answer_seconds.into(),
                });
            }
            _ => {}
        }
    }

    fn excuse(&mut self, now: Timestamp) {
        self.pulse.received(now);
        self.since = now;
    }

    fn deadline(&self) -> Option<Timestamp> {
        match self.state {
            State::Closed => None,
            State::Open => self.pulse.deadline(),
            _ => Some(self.since.plus_nanos(self.answer_nanos())),
        }
    }

    fn take_output(&mut self, now: Timestamp) -> Option<Vec<u8>> {
        let output = self.socket.take_output()?;
        self.pulse.sent(now);
        Some(output)
    }

    fn close(&mut self, _: Timestamp) {
        self.send(&Frame::new("DISCONNECT", &[]));
        self.socket.send(&Message::Close(1000, String::new()));
    }
}
