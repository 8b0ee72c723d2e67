//! A client's WebSocket, from its handshake on.

use wattbook_domain::Timestamp;

use super::handshake::ClientHandshake;
use super::socket::{Message, Role, Socket};
use crate::error::SessionError;
use crate::http::Headers;

#[derive(Debug)]
enum State {
    Closed,
    Handshake(ClientHandshake),
    Open(Socket),
}

/// A WebSocket that is opened and then speaks in messages.
#[derive(Debug)]
pub(crate) struct Client {
    state: State,
    output: Vec<u8>,
    message_bytes_max: usize,
    seed: u64,
}

impl Client {
    /// Refuses messages longer than `message_bytes_max`; `seed` decides nonces and masks.
    pub(crate) const fn new(message_bytes_max: usize, seed: u64) -> Self {
        Self {
            state: State::Closed,
            output: Vec::new(),
            message_bytes_max,
            seed,
        }
    }

    /// Begins the handshake over a new transport.
    pub(crate) fn connected(
        &mut self,
        now: Timestamp,
        host: &str,
        path: &str,
        headers: &Headers,
    ) -> Result<(), SessionError> {
        self.close();
        self.seed = self.seed.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let [low, high] = [self.seed, self.seed.rotate_left(32) ^ (now.nanos() as u64)];
        let mut nonce = [0; 16];
        nonce[..8].copy_from_slice(&low.to_be_bytes());
        nonce[8..].copy_from_slice(&high.to_be_bytes());
        let (handshake, bytes) = ClientHandshake::new(host, path, headers, nonce)?;
        (self.state, self.output) = (State::Handshake(handshake), bytes);
        Ok(())
    }

    /// Whether the server has agreed.
    pub(crate) const fn is_open(&self) -> bool {
        matches!(self.state, State::Open(_))
    }

    /// Takes bytes as they came.
    pub(crate) fn receive(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        match &mut self.state {
            State::Closed => Ok(()),
            State::Handshake(handshake) => {
                let Some(rest) = handshake.receive(bytes)? else {
                    return Ok(());
                };
                let mut socket = Socket::new(Role::Client, self.message_bytes_max, self.seed);
                let received = socket.receive(&rest);
                self.state = State::Open(socket);
                received
            }
            State::Open(socket) => socket.receive(bytes),
        }
    }

    /// The next whole message.
    pub(crate) fn message(&mut self) -> Option<Message> {
        match &mut self.state {
            State::Open(socket) => socket.message(),
            _ => None,
        }
    }

    /// Sends a message; nothing unless it is open.
    pub(crate) fn send(&mut self, message: &Message) {
        if let State::Open(socket) = &mut self.state {
            socket.send(message);
        }
    }

    /// What to send.
    pub(crate) fn take_output(&mut self) -> Option<Vec<u8>> {
        if let State::Open(socket) = &mut self.state {
            self.output.extend(socket.take_output().unwrap_or_default());
        }
        (!self.output.is_empty()).then(|| std::mem::take(&mut self.output))
    }

    /// Forgets the transport; what was to be sent over it is still given out.
    pub(crate) fn close(&mut self) {
        if let State::Open(socket) = &mut self.state {
            self.output.extend(socket.take_output().unwrap_or_default());
        }
        self.state = State::Closed;
    }
}
