//! Frames: part 2, section 2.3.

use super::value::Value;
use crate::error::SessionError;
use crate::inbox::Inbox;

/// Descriptors of performatives and of what stands in them: parts 2, 3 and 5.
pub(super) mod code {
    pub(crate) const OPEN: u64 = 0x10;
    pub(crate) const BEGIN: u64 = 0x11;
    pub(crate) const ATTACH: u64 = 0x12;
    pub(crate) const FLOW: u64 = 0x13;
    pub(crate) const TRANSFER: u64 = 0x14;
    pub(crate) const DISPOSITION: u64 = 0x15;
    pub(crate) const DETACH: u64 = 0x16;
    pub(crate) const END: u64 = 0x17;
    pub(crate) const CLOSE: u64 = 0x18;
    pub(crate) const RECEIVED: u64 = 0x23;
    pub(crate) const ACCEPTED: u64 = 0x24;
    pub(crate) const SOURCE: u64 = 0x28;
    pub(crate) const TARGET: u64 = 0x29;
    pub(crate) const SASL_MECHANISMS: u64 = 0x40;
    pub(crate) const SASL_INIT: u64 = 0x41;
    pub(crate) const SASL_OUTCOME: u64 = 0x44;
}

/// Which protocol a header announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Header {
    /// AMQP itself.
    Amqp,
    /// SASL before it.
    Sasl,
}

impl Header {
    /// The header's bytes: sections 2.2 and 5.3.1.
    #[must_use]
    pub const fn bytes(self) -> [u8; 8] {
        let protocol = match self {
            Self::Amqp => 0,
            Self::Sasl => 3,
        };
        [b'A', b'M', b'Q', b'P', protocol, 1, 0, 0]
    }
}

/// What a frame says: the number of the performative and its fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Performative {
    /// Its descriptor.
    pub code: u64,
    /// Fields in the standard's order; those at the end may be left out.
    pub fields: Vec<Value>,
}

impl Performative {
    /// A performative.
    #[must_use]
    pub const fn new(code: u64, fields: Vec<Value>) -> Self {
        Self { code, fields }
    }

    /// The field at `place`, from 0; nothing for null.
    #[must_use]
    pub fn field(&self, place: usize) -> Option<&Value> {
        self.fields
            .get(place)
            .filter(|value| **value != Value::Null)
    }

    /// The field at `place` as a whole number.
    #[must_use]
    pub fn whole(&self, place: usize) -> Option<i64> {
        self.field(place).and_then(Value::whole)
    }

    /// The field at `place` as an unsigned number of 32 bits: handles, ids, counts, credit.
    #[must_use]
    pub fn uint(&self, place: usize) -> Option<u32> {
        self.whole(place)
            .and_then(|number| u32::try_from(number).ok())
    }

    /// Whether the field at `place` is true.
    #[must_use]
    pub fn is(&self, place: usize) -> bool {
        self.field(place) == Some(&Value::Bool(true))
    }
}

/// A frame.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// Whether it belongs to SASL.
    pub is_sasl: bool,
    /// On which channel.
    pub channel: u16,
    /// What it says; nothing for a sign of life.
    pub performative: Option<Performative>,
    /// A part of a message behind a transfer.
    pub payload: Vec<u8>,
}

impl Frame {
    /// Appends the frame's bytes.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&[0, 0, 0, 0, 2, u8::from(self.is_sasl)]);
        out.extend_from_slice(&self.channel.to_be_bytes());
        if let Some(performative) = &self.performative {
            Value::described(performative.code, performative.fields.clone()).encode(out);
            out.extend_from_slice(&self.payload);
        }
        let size = (out.len() - start) as u32;
        out[start..start + 4].copy_from_slice(&size.to_be_bytes());
    }
}

/// Headers and frames out of a stream of bytes, whatever its chunks.
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

    fn fault(&self, reason: String) -> SessionError {
        SessionError::Protocol {
            protocol: "AMQP 1.0",
            offset: self.inbox.offset(),
            reason,
        }
    }

    /// The header where one is expected.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] for anything else.
    pub fn header(&mut self) -> Result<Option<Header>, SessionError> {
        let Some(bytes) = self.inbox.waiting().first_chunk::<8>().copied() else {
            return Ok(None);
        };
        let header = [Header::Amqp, Header::Sasl]
            .into_iter()
            .find(|known| known.bytes() == bytes);
        let Some(header) = header else {
            return Err(self.fault(format!("{bytes:?} where AMQP 1.0 begins")));
        };
        self.inbox.take(8);
        Ok(Some(header))
    }

    /// The next whole frame.
    ///
    /// # Errors
    /// [`SessionError::Protocol`] with the offset of the frame; the stream is of no use after it.
    pub fn frame(&mut self) -> Result<Option<Frame>, SessionError> {
        let waiting = self.inbox.waiting();
        let Some(&[s0, s1, s2, s3, words, kind, c0, c1]) = waiting.first_chunk::<8>() else {
            return Ok(None);
        };
        let size = u32::from_be_bytes([s0, s1, s2, s3]) as usize;
        let start = usize::from(words) * 4;
        if size > self.frame_bytes_max || start < 8 || start > size {
            let limit = self.frame_bytes_max;
            return Err(self.fault(format!(
                "a frame of {size} bytes with a head of {start}; {limit} are allowed, 8 needed"
            )));
        }
        let Some(frame) = waiting.get(..size) else {
            return Ok(None);
        };
        if kind > 1 {
            return Err(self.fault(format!("a frame of the unknown type {kind}")));
        }
        let mut body = &frame[start..];
        let performative = if body.is_empty() {
            None
        } else {
            let read = performative(&mut body);
            Some(read.map_err(|reason| self.fault(reason))?)
        };
        let frame = Frame {
            is_sasl: kind == 1,
            channel: u16::from_be_bytes([c0, c1]),
            performative,
            payload: body.to_vec(),
        };
        self.inbox.take(size);
        Ok(Some(frame))
    }

    pub(crate) const fn offset(&self) -> u64 {
        self.inbox.offset()
    }
}

fn performative(body: &mut &[u8]) -> Result<Performative, String> {
    match Value::decode(body)? {
        Value::Described(descriptor, fields) => match (*descriptor, *fields) {
            (Value::Ulong(code), Value::List(fields)) => Ok(Performative { code, fields }),
            _ => Err("a performative that no number with a list of fields describes".to_owned()),
        },
        _ => Err("a value without a descriptor where a performative stands".to_owned()),
    }
}
