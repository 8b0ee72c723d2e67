//! Frames and messages: RFC 6455, sections 5 and 7.

use std::collections::VecDeque;

use crate::error::SessionError;
use crate::inbox::Inbox;

/// Which side a socket is: a client masks its frames, a server does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It connected.
    Client,
    /// It was connected to.
    Server,
}

/// What comes through a socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Text.
    Text(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A question whether the other side is there; answered by the socket itself.
    Ping(Vec<u8>),
    /// The answer.
    Pong(Vec<u8>),
    /// The other side ends the connection: code and reason. Nothing follows.
    Close(u16, String),
}

const CONTINUATION: u8 = 0;
const TEXT: u8 = 1;
const BINARY: u8 = 2;
const CLOSE: u8 = 8;
const PING: u8 = 9;
const PONG: u8 = 10;

/// A WebSocket behind its handshake.
#[derive(Debug)]
pub struct Socket {
    role: Role,
    inbox: Inbox,
    message_bytes_max: usize,
    /// Opcode and first fragments of a message.
    fragments: Option<(u8, Vec<u8>)>,
    messages: VecDeque<Message>,
    output: Vec<u8>,
    mask_state: u64,
    is_closing: bool,
}

struct FrameHead {
    is_final: bool,
    opcode: u8,
    mask: Option<[u8; 4]>,
    head_bytes: usize,
    payload_bytes: usize,
}

impl Socket {
    /// A socket that takes messages of at most `message_bytes_max`; `seed` decides its masks.
    #[must_use]
    pub fn new(role: Role, message_bytes_max: usize, seed: u64) -> Self {
        Self {
            role,
            inbox: Inbox::default(),
            message_bytes_max,
            fragments: None,
            messages: VecDeque::new(),
            output: Vec::new(),
            mask_state: seed,
            is_closing: false,
        }
    }

    /// Takes bytes as they came.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] with the offset of the frame; the stream is of no use after it.
    pub fn receive(&mut self, bytes: &[u8]) -> Result<(), SessionError> {
        self.inbox.push(bytes);
        while let Some(head) = self.head().map_err(|reason| self.fault(reason))? {
            let end = head.head_bytes + head.payload_bytes;
            let Some(payload) = self.inbox.waiting().get(head.head_bytes..end) else {
                return Ok(());
            };
            let mut payload = payload.to_vec();
            if let Some(mask) = head.mask {
                apply_mask(&mut payload, mask);
            }
            self.take_frame(&head, payload)
                .map_err(|reason| self.fault(reason))?;
            self.inbox.take(end);
        }
        Ok(())
    }

    /// The next message.
    pub fn message(&mut self) -> Option<Message> {
        self.messages.pop_front()
    }

    /// Sends `message` whole.
    pub fn send(&mut self, message: &Message) {
        match message {
            Message::Text(text) => self.write_frame(TEXT, text.as_bytes()),
            Message::Binary(bytes) => self.write_frame(BINARY, bytes),
            Message::Ping(bytes) => self.write_frame(PING, &bytes[..bytes.len().min(125)]),
            Message::Pong(bytes) => self.write_frame(PONG, &bytes[..bytes.len().min(125)]),
            Message::Close(code, reason) => {
                if !self.is_closing {
                    self.is_closing = true;
                    let mut end = reason.len().min(123);
                    while !reason.is_char_boundary(end) {
                        end -= 1;
                    }
                    let payload = [&code.to_be_bytes()[..], &reason.as_bytes()[..end]].concat();
                    self.write_frame(CLOSE, &payload);
                }
            }
        }
    }

    /// Bytes to send.
    pub fn take_output(&mut self) -> Option<Vec<u8>> {
        (!self.output.is_empty()).then(|| std::mem::take(&mut self.output))
    }

    fn fault(&self, reason: String) -> SessionError {
        SessionError::Protocol {
            protocol: "WebSocket",
            offset: self.inbox.offset(),
            reason,
        }
    }

    fn head(&self) -> Result<Option<FrameHead>, String> {
        let waiting = self.inbox.waiting();
        let Some(&[first, second]) = waiting.first_chunk::<2>() else {
            return Ok(None);
        };
        if first & 0x70 != 0 {
            return Err("a frame of an extension that was not agreed".to_owned());
        }
        let (length_bytes, length) = match second & 0x7F {
            126 => match waiting.get(2..4) {
                Some(bytes) => (
                    2,
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                ),
                None => return Ok(None),
            },
            127 => match waiting.get(2..10) {
                Some(bytes) => (
                    8,
                    bytes
                        .iter()
                        .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
                ),
                None => return Ok(None),
            },
            short => (0, u64::from(short)),
        };
        let (opcode, is_final) = (first & 0x0F, first & 0x80 != 0);
        if opcode >= CLOSE && (length > 125 || !is_final) {
            return Err("a control frame that is long or in parts".to_owned());
        }
        let is_masked = second & 0x80 != 0;
        if is_masked == (self.role == Role::Client) {
            return Err(format!(
                "a frame {} mask",
                if is_masked { "with a" } else { "without a" }
            ));
        }
        let waits = self.fragments.as_ref().map_or(0, |(_, bytes)| bytes.len());
        let room = self
            .message_bytes_max
            .saturating_sub(if opcode >= CLOSE { 0 } else { waits });
        let payload_bytes = usize::try_from(length).unwrap_or(usize::MAX);
        if payload_bytes > room.max(125) {
            let limit = self.message_bytes_max;
            return Err(format!(
                "a message of {length} bytes or more; {limit} are allowed"
            ));
        }
        let mask_at = 2 + length_bytes;
        let mask = if is_masked {
            let Some(&[a, b, c, d]) = waiting.get(mask_at..mask_at + 4) else {
                return Ok(None);
            };
            Some([a, b, c, d])
        } else {
            None
        };
        Ok(Some(FrameHead {
            is_final,
            opcode,
            mask,
            head_bytes: mask_at + if is_masked { 4 } else { 0 },
            payload_bytes,
        }))
    }

    fn take_frame(&mut self, head: &FrameHead, payload: Vec<u8>) -> Result<(), String> {
        match (head.opcode, self.fragments.take()) {
            (CLOSE, _) => {
                let (code, reason) = close_reason(&payload)?;
                self.messages.push_back(Message::Close(code, reason));
                let answer = if code == 1005 { 1000 } else { code };
                self.send(&Message::Close(answer, String::new()));
            }
            (PING, fragments) => {
                self.fragments = fragments;
                self.send(&Message::Pong(payload.clone()));
                self.messages.push_back(Message::Ping(payload));
            }
            (PONG, fragments) => {
                self.fragments = fragments;
                self.messages.push_back(Message::Pong(payload));
            }
            (CONTINUATION, Some((opcode, mut bytes))) => {
                bytes.extend_from_slice(&payload);
                self.take_part(head.is_final, opcode, bytes)?;
            }
            (TEXT | BINARY, None) => self.take_part(head.is_final, head.opcode, payload)?,
            (CONTINUATION, None) => return Err("a continuation of no message".to_owned()),
            (TEXT | BINARY, Some(_)) => {
                return Err("a message within the fragments of another".to_owned());
            }
            (opcode, _) => return Err(format!("the unknown opcode {opcode}")),
        }
        Ok(())
    }

    fn take_part(&mut self, is_final: bool, opcode: u8, bytes: Vec<u8>) -> Result<(), String> {
        if !is_final {
            self.fragments = Some((opcode, bytes));
            return Ok(());
        }
        self.messages.push_back(if opcode == TEXT {
            match String::from_utf8(bytes) {
                Ok(text) => Message::Text(text),
                Err(error) => {
                    let at = error.utf8_error().valid_up_to();
                    return Err(format!("a text that is not UTF-8 from its byte {at}"));
                }
            }
        } else {
            Message::Binary(bytes)
        });
        Ok(())
    }

    fn write_frame(&mut self, opcode: u8, payload: &[u8]) {
        self.output.push(0x80 | opcode);
        let mask_bit = if self.role == Role::Client { 0x80 } else { 0 };
        match payload.len() {
            short @ 0..=125 => self.output.push(mask_bit | short as u8),
            middle @ 126..=65_535 => {
                self.output.push(mask_bit | 0x7E);
                self.output
                    .extend_from_slice(&(middle as u16).to_be_bytes());
            }
            long => {
                self.output.push(mask_bit | 0x7F);
                self.output.extend_from_slice(&(long as u64).to_be_bytes());
            }
        }
        if self.role == Role::Server {
            self.output.extend_from_slice(payload);
            return;
        }
        let mask = self.next_mask();
        self.output.extend_from_slice(&mask);
        let start = self.output.len();
        self.output.extend_from_slice(payload);
        apply_mask(&mut self.output[start..], mask);
    }

    /// `xorshift64*`; masks guard proxies against chosen bytes, so a seed that nobody guesses will do.
    fn next_mask(&mut self) -> [u8; 4] {
        let mut state = self.mask_state | 1;
        state ^= state >> 12;
        state ^= state << 25;
        state ^= state >> 27;
        self.mask_state = state;
        let [a, b, c, d, ..] = state.wrapping_mul(0x2545_F491_4F6C_DD1D).to_be_bytes();
        [a, b, c, d]
    }
}

fn apply_mask(bytes: &mut [u8], mask: [u8; 4]) {
    for (at, byte) in bytes.iter_mut().enumerate() {
        *byte ^= mask[at % 4];
    }
}

fn close_reason(payload: &[u8]) -> Result<(u16, String), String> {
    match payload {
        // No code: section 7.1.5.
        [] => Ok((1005, String::new())),
        [high, low, reason @ ..] => match std::str::from_utf8(reason) {
            Ok(reason) => Ok((u16::from_be_bytes([*high, *low]), reason.to_owned())),
            Err(_) => Err("a close reason that is not UTF-8".to_owned()),
        },
        [_] => Err("a close frame with half a code".to_owned()),
    }
}
