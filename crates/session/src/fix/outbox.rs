//! What a session sends: headers, sequence numbers, and bytes for the wire.

use wattbook_codec::fix::{Decoder, EncodeError, Encoder, Frame, MessageWriter, Precision};
use wattbook_domain::Timestamp;

use super::config::SessionId;
use super::store::{MessageStore, StoreError};

/// Why a session could not send or keep a message.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SessionError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A message could not be written.
    #[error("the message was not sent: {0}")]
    Encode(#[from] EncodeError),
}

/// Fields of the header that a session writes itself, beside the first three.
const OWN: [u32; 6] = [34, 43, 49, 52, 56, 122];

/// Numbers, keeps and writes what a session sends.
#[derive(Debug)]
pub struct Outbox<S> {
    id: SessionId,
    pub(super) store: S,
    encoder: Encoder,
    bytes: Vec<u8>,
    /// How many of them the store has synced.
    committed: usize,
    pub(super) now: Timestamp,
    pub(super) last_sent: Timestamp,
}

/// A frame's number, and whether it repeats one that was sent before.
struct Stamp<'a> {
    sequence: u64,
    repeats: Repeats<'a>,
}

/// What stands in `OrigSendingTime` (122).
#[derive(Clone, Copy)]
enum Repeats<'a> {
    /// Nothing: the message is new.
    Nothing,
    /// Our time: it stands for messages that are not sent again.
    Gap,
    /// When the message was first sent.
    Sent(&'a [u8]),
}

impl<S: MessageStore> Outbox<S> {
    pub(super) fn new(id: SessionId, store: S) -> Self {
        Self {
            id,
            store,
            encoder: Encoder::new(),
            bytes: Vec::new(),
            committed: 0,
            now: Timestamp::EPOCH,
            last_sent: Timestamp::EPOCH,
        }
    }

    /// Our time: that of the last call of the session.
    #[must_use]
    pub const fn now(&self) -> Timestamp {
        self.now
    }

    /// Number of the next message.
    #[must_use]
    pub fn next_sequence(&self) -> u64 {
        self.store.next_out()
    }

    /// Sends an application message: `header` holds further fields of the header, rising by tag, and
    /// `body` writes the rest. It is kept, so that it can be sent again; the store makes it durable
    /// before it is on the wire, together with what else is sent meanwhile.
    ///
    /// # Errors
    /// [`SessionError`]; nothing is sent then.
    pub fn send(
        &mut self,
        msg_type: &str,
        header: &[(u32, &[u8])],
        body: impl FnOnce(&mut MessageWriter<'_>),
    ) -> Result<u64, SessionError> {
        let sequence = self.store.next_out();
        let stamp = Stamp {
            sequence,
            repeats: Repeats::Nothing,
        };
        let frame = write(
            &mut self.encoder,
            &self.id,
            self.now,
            msg_type,
            &stamp,
            header,
            body,
        )?;
        self.store.append(frame)?;
        self.bytes.extend_from_slice(frame);
        self.last_sent = self.now;
        Ok(sequence)
    }

    /// Sends application messages of our own as [`Self::send`] does, and makes them durable at once;
    /// returns the number of the first.
    ///
    /// # Errors
    /// [`SessionError`]; nothing is sent then. What was kept goes out when the other side asks for it.
    pub fn send_all<'a, T: 'a>(
        &mut self,
        messages: impl IntoIterator<Item = &'a T>,
        msg_type: impl Fn(&T) -> &'static str,
        body: impl Fn(&T, &mut MessageWriter<'_>),
    ) -> Result<u64, SessionError> {
        let first = self.store.next_out();
        let kept = self.bytes.len();
        let sent = messages.into_iter().try_for_each(|message| {
            let stamp = Stamp {
                sequence: self.store.next_out(),
                repeats: Repeats::Nothing,
            };
            let frame = write(
                &mut self.encoder,
                &self.id,
                self.now,
                msg_type(message),
                &stamp,
                &[],
                |writer| body(message, writer),
            )?;
            self.store.append(frame)?;
            self.bytes.extend_from_slice(frame);
            Ok(())
        });
        if let Err(error) = sent.and_then(|()| self.commit()) {
            self.bytes.truncate(kept);
            return Err(error);
        }
        self.last_sent = self.now;
        Ok(first)
    }

    /// Sends an application message that is worth nothing later, such as best prices: it is not kept,
    /// and a gap is filled in its place (FIX 4.4, volume 2, "Sequence Reset (Gap Fill)").
    ///
    /// # Errors
    /// [`SessionError`]; nothing is sent then.
    pub fn send_once(
        &mut self,
        msg_type: &str,
        body: impl FnOnce(&mut MessageWriter<'_>),
    ) -> Result<(), SessionError> {
        self.administer(msg_type, &[], body)
    }

    /// Sends a message that is never sent again.
    pub(super) fn administer(
        &mut self,
        msg_type: &str,
        header: &[(u32, &[u8])],
        body: impl FnOnce(&mut MessageWriter<'_>),
    ) -> Result<(), SessionError> {
        let stamp = Stamp {
            sequence: self.store.next_out(),
            repeats: Repeats::Nothing,
        };
        let frame = write(
            &mut self.encoder,
            &self.id,
            self.now,
            msg_type,
            &stamp,
            header,
            body,
        )?;
        self.store.skip()?;
        self.bytes.extend_from_slice(frame);
        self.last_sent = self.now;
        Ok(())
    }

    /// Makes durable what is to be sent; what cannot be is not sent.
    pub(super) fn commit(&mut self) -> Result<(), SessionError> {
        if self.committed < self.bytes.len() {
            if let Err(error) = self.store.sync() {
                self.bytes.truncate(self.committed);
                return Err(error.into());
            }
            self.committed = self.bytes.len();
        }
        Ok(())
    }

    /// What is to be sent, of which the store may not have synced the end.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Takes away the first `count` bytes, which were sent.
    pub(super) fn take(&mut self, count: usize) {
        self.bytes.drain(..count);
        self.committed = self.committed.saturating_sub(count);
    }

    /// Takes away what is to be sent: there is nowhere to send it.
    pub(super) fn clear(&mut self) {
        self.bytes.clear();
        self.committed = 0;
    }

    /// Whether less than `bytes_max` waits to be sent, or nothing.
    pub(super) const fn has_room(&self, bytes_max: usize) -> bool {
        self.bytes.is_empty() || self.bytes.len() < bytes_max
    }

    /// Sends again what was sent from `from` to `to`, both included; gaps are filled in the place of
    /// administrative messages (FIX 4.4, volume 2, "Sequence Reset (Gap Fill)"). It stops once
    /// `bytes_max` wait to be sent, and returns the number to go on with; one above `to` when done.
    pub(super) fn send_again(
        &mut self,
        from: u64,
        to: u64,
        bytes_max: usize,
    ) -> Result<u64, SessionError> {
        let mut next = from;
        while next <= to && self.has_room(bytes_max) {
            let found = self.store.first(next, to)?;
            let filled = found.as_ref().map_or(to + 1, |(sequence, _)| *sequence);
            if filled > next {
                self.fill_gap(next, filled)?;
            }
            next = filled;
            if let Some((sequence, frame)) = found {
                self.repeat(sequence, &frame)?;
                next = sequence + 1;
            }
        }
        self.last_sent = self.now;
        Ok(next)
    }

    /// Tells the other side that the messages from `from` up to, not including, `next` do not come.
    fn fill_gap(&mut self, from: u64, next: u64) -> Result<(), SessionError> {
        let stamp = Stamp {
            sequence: from,
            repeats: Repeats::Gap,
        };
        let frame = write(
            &mut self.encoder,
            &self.id,
            self.now,
            "4",
            &stamp,
            &[],
            |body| {
                body.int(36, next as i64).bool(123, true);
            },
        )?;
        self.bytes.extend_from_slice(frame);
        Ok(())
    }

    /// Sends a kept message once more, marked as a possible duplicate.
    fn repeat(&mut self, sequence: u64, kept: &[u8]) -> Result<(), SessionError> {
        let mut decoder = Decoder::default();
        let mut frames = decoder.last_frames(kept);
        let Some(Frame::Message(message)) = frames.next() else {
            let text = format!("message {sequence} was kept, but can no longer be read");
            return Err(StoreError(text).into());
        };
        let dictionary = self.id.version.dictionary();
        let mut header = Vec::new();
        let mut body = Vec::new();
        let mut repeats = Repeats::Gap;
        for field in message.fields().flatten().skip(3) {
            if field.tag == 52 {
                repeats = Repeats::Sent(field.value.bytes());
            }
            let is_header = dictionary.header().place(field.tag).is_some();
            if is_header && body.is_empty() {
                if !OWN.contains(&field.tag) {
                    header.push((field.tag, field.value.bytes()));
                }
            } else if field.tag != 10 {
                body.push(field);
            }
        }
        let stamp = Stamp { sequence, repeats };
        let msg_type = String::from_utf8_lossy(message.msg_type());
        let frame = write(
            &mut self.encoder,
            &self.id,
            self.now,
            &msg_type,
            &stamp,
            &header,
            |writer| {
                for field in &body {
                    writer.field(field);
                }
            },
        )?;
        self.bytes.extend_from_slice(frame);
        Ok(())
    }
}

/// Writes one frame: the header by rising tag behind its first three fields, then the body.
fn write<'a>(
    encoder: &'a mut Encoder,
    id: &'a SessionId,
    now: Timestamp,
    msg_type: &str,
    stamp: &Stamp<'_>,
    header: &[(u32, &[u8])],
    body: impl FnOnce(&mut MessageWriter<'_>),
) -> Result<&'a [u8], EncodeError> {
    let mut writer = encoder.message(id.version.begin_string(), msg_type);
    let mut further = header.iter().peekable();
    for own in OWN {
        while let Some((tag, value)) = further.next_if(|(tag, _)| *tag < own) {
            writer.bytes(*tag, value);
        }
        match (own, stamp.repeats) {
            (34, _) => writer.int(34, stamp.sequence as i64),
            (43, Repeats::Gap | Repeats::Sent(_)) => writer.bool(43, true),
            (49, _) => writer.text(49, &id.sender),
            (52, _) => writer.timestamp(52, now, Precision::Millis),
            (56, _) => writer.text(56, &id.target),
            (122, Repeats::Gap) => writer.timestamp(122, now, Precision::Millis),
            (122, Repeats::Sent(first_sent)) => writer.bytes(122, first_sent),
            _ => &mut writer,
        };
    }
    for (tag, value) in further {
        writer.bytes(*tag, value);
    }
    body(&mut writer);
    writer.finish()
}
