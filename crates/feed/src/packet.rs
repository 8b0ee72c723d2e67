//! Packets: what stands before the messages, and where each message ends.

use crate::error::PacketError;

/// Name of a session in `MoldUDP64`; zeros in formats that name none.
pub type Session = [u8; 10];

/// How the packets of a feed are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PacketFormat {
    /// In the manner of CME's MDP 3.0, little endian: sequence of the packet in four bytes, sending time
    /// in eight (ns UTC), then messages, each behind its length in two bytes that count themselves. A
    /// packet without messages is a heartbeat that tells the sequence of the next packet.
    Sequenced,
    /// Nasdaq's `MoldUDP64`, big endian: session in ten bytes, sequence of the first message in eight,
    /// number of messages in two, then messages, each behind its length in two bytes. No messages: a
    /// heartbeat; 65,535 of them: the end of the session.
    MoldUdp64,
}

impl PacketFormat {
    /// Length of what stands before the messages, in bytes.
    #[must_use]
    pub const fn header_bytes(self) -> usize {
        match self {
            Self::Sequenced => 12,
            Self::MoldUdp64 => 20,
        }
    }

    /// Its name, as [`of_name`](Self::of_name) takes it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sequenced => "sequenced",
            Self::MoldUdp64 => "moldudp64",
        }
    }

    /// The format called `name`: `sequenced` or `moldudp64`.
    #[must_use]
    pub fn of_name(name: &str) -> Option<Self> {
        match name {
            "sequenced" => Some(Self::Sequenced),
            "moldudp64" => Some(Self::MoldUdp64),
            _ => None,
        }
    }
}

/// The count of `MoldUDP64` that ends a session.
const END_OF_SESSION: u16 = u16::MAX;

/// A packet whose messages are known to lie within it.
#[derive(Debug, Clone, Copy)]
pub struct Packet<'a> {
    /// Which session it belongs to.
    pub session: Session,
    /// Sequence of its first unit; of the next one to come where it has none. A unit is a message in
    /// `MoldUDP64` and a packet in [`PacketFormat::Sequenced`].
    pub sequence: u64,
    /// Its units: 0 for a heartbeat.
    pub count: u64,
    /// When the venue sent it, ns UTC; 0 where the format does not say.
    pub ts_event: i64,
    /// Whether the session ends before `sequence`.
    pub is_end: bool,
    format: PacketFormat,
    body: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads the header of `bytes` and walks the lengths of its messages.
    ///
    /// # Errors
    /// [`PacketError`] with its place when the header is not whole, a message goes beyond the packet or
    /// bytes are left over.
    #[inline]
    pub fn parse(format: PacketFormat, bytes: &'a [u8]) -> Result<Self, PacketError> {
        let needed = format.header_bytes();
        let Some((header, body)) = bytes.split_at_checked(needed) else {
            return Err(PacketError::Header {
                needed,
                available: bytes.len(),
            });
        };
        let mut packet = match format {
            PacketFormat::Sequenced => Self {
                session: Session::default(),
                sequence: u64::from(u32::from_le_bytes(array(header, 0))),
                count: u64::from(!body.is_empty()),
                ts_event: i64::try_from(u64::from_le_bytes(array(header, 4))).unwrap_or(i64::MAX),
                is_end: false,
                format,
                body,
            },
            PacketFormat::MoldUdp64 => {
                let count = u16::from_be_bytes(array(header, 18));
                let is_end = count == END_OF_SESSION;
                Self {
                    session: array(header, 0),
                    sequence: u64::from_be_bytes(array(header, 10)),
                    count: if is_end { 0 } else { u64::from(count) },
                    ts_event: 0,
                    is_end,
                    format,
                    body,
                }
            }
        };
        packet.check()?;
        Ok(packet)
    }

    /// Walks every length; the number of messages must be what the header says.
    #[inline]
    fn check(&mut self) -> Result<(), PacketError> {
        if self.sequence.checked_add(self.count).is_none() {
            return Err(PacketError::Sequence {
                found: self.sequence,
            });
        }
        let mut messages = self.messages();
        let found = messages.by_ref().count() as u64;
        let offset = self.format.header_bytes() + self.body.len() - messages.rest.len();
        if !messages.rest.is_empty() {
            return Err(PacketError::Message {
                offset,
                available: messages.rest.len(),
            });
        }
        if self.format == PacketFormat::MoldUdp64 && found != self.count {
            return Err(PacketError::Count {
                stated: self.count,
                found,
            });
        }
        Ok(())
    }

    /// Behind its last unit.
    #[must_use]
    pub const fn end(&self) -> u64 {
        self.sequence + self.count
    }

    /// Its messages in order.
    #[inline]
    #[must_use]
    pub fn messages(&self) -> Messages<'a> {
        Messages {
            format: self.format,
            rest: self.body,
        }
    }

    /// Whether each message has a sequence of its own.
    #[inline]
    #[must_use]
    pub const fn numbers_messages(&self) -> bool {
        matches!(self.format, PacketFormat::MoldUdp64)
    }
}

/// The messages of a packet; ends before the first whose length does not fit.
#[derive(Debug, Clone)]
pub struct Messages<'a> {
    format: PacketFormat,
    rest: &'a [u8],
}

impl<'a> Messages<'a> {
    /// Messages as they stand behind a header of `format`.
    #[must_use]
    pub const fn of(format: PacketFormat, bytes: &'a [u8]) -> Self {
        Self {
            format,
            rest: bytes,
        }
    }

    /// What is not read yet.
    #[must_use]
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Messages<'a> {
    type Item = &'a [u8];

    #[inline]
    fn next(&mut self) -> Option<&'a [u8]> {
        let (length, after) = self.rest.split_first_chunk::<2>()?;
        let length = match self.format {
            PacketFormat::Sequenced => usize::from(u16::from_le_bytes(*length)).checked_sub(2)?,
            PacketFormat::MoldUdp64 => usize::from(u16::from_be_bytes(*length)),
        };
        let (message, rest) = after.split_at_checked(length)?;
        self.rest = rest;
        Some(message)
    }
}

/// `N` bytes at `at`; the caller has checked that they exist.
#[inline]
pub(crate) fn array<const N: usize>(bytes: &[u8], at: usize) -> [u8; N] {
    let mut out = [0; N];
    out.copy_from_slice(&bytes[at..at + N]);
    out
}

/// Writes packets of a format into a buffer that is kept.
#[derive(Debug, Clone)]
pub struct PacketWriter {
    format: PacketFormat,
    session: Session,
    bytes: Vec<u8>,
    count: u16,
}

impl PacketWriter {
    /// A writer for `session`, which [`PacketFormat::Sequenced`] does not send.
    #[must_use]
    pub const fn new(format: PacketFormat, session: Session) -> Self {
        Self {
            format,
            session,
            bytes: Vec::new(),
            count: 0,
        }
    }

    /// Begins a packet whose first unit is `sequence`, sent at `ts_event` (ns UTC).
    pub fn begin(&mut self, sequence: u64, ts_event: i64) {
        self.bytes.clear();
        self.count = 0;
        match self.format {
            PacketFormat::Sequenced => {
                self.bytes
                    .extend_from_slice(&(sequence as u32).to_le_bytes());
                self.bytes.extend_from_slice(&ts_event.to_le_bytes());
            }
            PacketFormat::MoldUdp64 => {
                self.bytes.extend_from_slice(&self.session);
                self.bytes.extend_from_slice(&sequence.to_be_bytes());
                self.bytes.extend_from_slice(&[0, 0]);
            }
        }
    }

    /// Adds a message of up to 65,533 bytes; a longer one is cut.
    pub fn message(&mut self, message: &[u8]) {
        let length = message.len().min(usize::from(u16::MAX) - 2);
        match self.format {
            PacketFormat::Sequenced => {
                let counted = length as u16 + 2;
                self.bytes.extend_from_slice(&counted.to_le_bytes());
            }
            PacketFormat::MoldUdp64 => {
                self.bytes.extend_from_slice(&(length as u16).to_be_bytes());
            }
        }
        self.bytes.extend_from_slice(&message[..length]);
        self.count = self.count.saturating_add(1);
    }

    /// Says that the session ends before the sequence that the packet began with; only `MoldUDP64` can.
    pub const fn end_of_session(&mut self) {
        self.count = END_OF_SESSION;
    }

    /// The packet.
    #[must_use]
    pub fn finish(&mut self) -> &[u8] {
        if self.format == PacketFormat::MoldUdp64 {
            self.bytes[18..20].copy_from_slice(&self.count.to_be_bytes());
        }
        &self.bytes
    }
}
