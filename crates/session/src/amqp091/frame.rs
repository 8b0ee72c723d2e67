//! Frames: AMQP 0-9-1, section 4.2.3.

use super::method::Method;
use super::properties::Properties;
use crate::error::SessionError;
use crate::inbox::Inbox;

/// Behind every frame.
const FRAME_END: u8 = 0xCE;
/// Type, channel and length before a payload, one byte behind it.
pub(crate) const FRAME_OVERHEAD: usize = 8;
/// What a client says first: section 4.2.2.
pub(crate) const PROTOCOL_HEADER: &[u8] = b"AMQP\0\0\x09\x01";

/// What a frame carries.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// A method.
    Method(Method),
    /// Properties of a message and the size of its body.
    Header(Box<Properties>, u64),
    /// A part of a message's body.
    Body(Vec<u8>),
    /// A sign of life.
    Heartbeat,
}

/// A frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// On which channel; 0 for the connection.
    pub channel: u16,
    /// What it carries.
    pub payload: Payload,
}

impl Frame {
    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        match &self.payload {
            Payload::Method(method) => append(out, 1, self.channel, &method.encode()),
            Payload::Header(properties, body_bytes) => {
                append(out, 2, self.channel, &properties.encode(*body_bytes));
            }
            Payload::Body(bytes) => append(out, 3, self.channel, bytes),
            Payload::Heartbeat => append(out, 8, self.channel, &[]),
        }
    }
}

/// Appends a frame of `kind` with `payload`.
pub(crate) fn append(out: &mut Vec<u8>, kind: u8, channel: u16, payload: &[u8]) {
    out.push(kind);
    out.extend_from_slice(&channel.to_be_bytes());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.extend_from_slice(payload);
    out.push(FRAME_END);
}

/// Frames out of a stream of bytes, whatever its chunks.
#[derive(Debug)]
pub struct FrameReader {
    inbox: Inbox,
    frame_bytes_max: usize,
}

impl FrameReader {
    /// Refuses frames longer than `frame_bytes_max`, which bounds the memory.
    #[must_use]
    pub fn new(frame_bytes_max: usize) -> Self {
        Self {
            inbox: Inbox::default(),
            frame_bytes_max,
        }
    }

    /// Takes bytes as they came.
    pub fn push(&mut self, bytes: &[u8]) {
        self.inbox.push(bytes);
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] with the offset of the frame; the stream is of no use after it.
    pub fn frame(&mut self) -> Result<Option<Frame>, SessionError> {
        let fault = |offset, reason| SessionError::Protocol {
            protocol: "AMQP 0-9-1",
            offset,
            reason,
        };
        let (waiting, offset) = (self.inbox.waiting(), self.inbox.offset());
        // A broker that does not speak this version answers with its own header.
        if waiting.starts_with(&PROTOCOL_HEADER[..4]) {
            let Some(version) = waiting.get(4..8) else {
                return Ok(None);
            };
            let reason = format!("the broker speaks version {version:?}");
            return Err(fault(offset, reason));
        }
        let Some(&[kind, c0, c1, l0, l1, l2, l3]) = waiting.first_chunk::<7>() else {
            return Ok(None);
        };
        let length = u32::from_be_bytes([l0, l1, l2, l3]) as usize;
        if length > self.frame_bytes_max.saturating_sub(FRAME_OVERHEAD) {
            let limit = self.frame_bytes_max;
            return Err(fault(
                offset,
                format!("a frame of {length} bytes; {limit} are allowed"),
            ));
        }
        let Some(frame) = waiting.get(7..length + FRAME_OVERHEAD) else {
            return Ok(None);
        };
        let (payload, end) = frame.split_at(length);
        if end != [FRAME_END] {
            let reason = format!("0x{:02X} where a frame ends with 0xCE", end[0]);
            return Err(fault(offset, reason));
        }
        let payload = match kind {
            1 => Method::decode(payload).map(Payload::Method),
            2 => Properties::decode(payload)
                .map(|(properties, size)| Payload::Header(Box::new(properties), size)),
            3 => Ok(Payload::Body(payload.to_vec())),
            8 if payload.is_empty() => Ok(Payload::Heartbeat),
            8 => Err("a heartbeat that is not empty".to_owned()),
            kind => Err(format!("a frame of the unknown type {kind}")),
        };
        let payload = payload.map_err(|reason| fault(offset, reason))?;
        let channel = u16::from_be_bytes([c0, c1]);
        self.inbox.take(length + FRAME_OVERHEAD);
        Ok(Some(Frame { channel, payload }))
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.inbox.offset()
    }
}
