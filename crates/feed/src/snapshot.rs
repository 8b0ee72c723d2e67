//! A snapshot: messages that stand for all up to a sequence.
//!
//! | bytes | field |
//! |---|---|
//! | 0–9 | session |
//! | 10–17 | last sequence that it holds, big endian |
//! | 18–21 | number of messages, big endian |
//! | 22– | messages, framed as in the packets of the feed |

use crate::error::SnapshotError;
use crate::packet::{Messages, PacketFormat, Session, array};

const HEADER_BYTES: usize = 22;

/// A snapshot whose messages are known to lie within it.
#[derive(Debug, Clone, Copy)]
pub struct Snapshot<'a> {
    /// Which session it belongs to.
    pub session: Session,
    /// Last sequence that it holds.
    pub last_sequence: u64,
    format: PacketFormat,
    body: &'a [u8],
}

impl<'a> Snapshot<'a> {
    /// Reads the header of `bytes` and walks the lengths of its messages.
    ///
    /// # Errors
    /// [`SnapshotError`] with its place.
    pub fn parse(format: PacketFormat, bytes: &'a [u8]) -> Result<Self, SnapshotError> {
        let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else {
            return Err(SnapshotError::Truncated { offset: 0 });
        };
        let stated = u32::from_be_bytes(array(header, 18));
        let mut messages = Messages::of(format, body);
        let found = messages.by_ref().count() as u32;
        if !messages.rest().is_empty() {
            let offset = bytes.len() - messages.rest().len();
            return Err(SnapshotError::Truncated { offset });
        }
        if found != stated {
            return Err(SnapshotError::Count { stated, found });
        }
        Ok(Self {
            session: array(header, 0),
            last_sequence: u64::from_be_bytes(array(header, 10)),
            format,
            body,
        })
    }

    /// Its messages in order.
    #[must_use]
    pub const fn messages(&self) -> Messages<'a> {
        Messages::of(self.format, self.body)
    }
}

/// A snapshot as bytes.
#[must_use]
pub fn encode_snapshot<'m>(
    format: PacketFormat,
    session: Session,
    last_sequence: u64,
    messages: impl IntoIterator<Item = &'m [u8]>,
) -> Vec<u8> {
    let mut bytes = Vec::new();
    bytes.extend_from_slice(&session);
    bytes.extend_from_slice(&last_sequence.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    let mut count = 0_u32;
    for message in messages {
        let length = message.len().min(usize::from(u16::MAX) - 2);
        let framed = match format {
            PacketFormat::Sequenced => (length as u16 + 2).to_le_bytes(),
            PacketFormat::MoldUdp64 => (length as u16).to_be_bytes(),
        };
        bytes.extend_from_slice(&framed);
        bytes.extend_from_slice(&message[..length]);
        count += 1;
    }
    bytes[18..22].copy_from_slice(&count.to_be_bytes());
    bytes
}
