//! Many messages as columns, for callers that take batches.

use super::error::{FieldError, Garbled};
use super::frame::{Decoder, Frame, Skipped};

/// Every message and field of a stretch of bytes. Places are bytes from its start.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Columns {
    /// Where each message begins.
    pub message_start: Vec<i64>,
    /// Where each message ends, after its last SOH.
    pub message_end: Vec<i64>,
    /// Place of each message's first field in the columns of fields; one more than messages.
    pub field_start: Vec<i64>,
    /// Tag of each field; 0 for one without.
    pub tag: Vec<u32>,
    /// Where each value begins.
    pub value_start: Vec<i64>,
    /// Where each value ends, before its SOH.
    pub value_end: Vec<i64>,
    /// What was passed over.
    pub skipped: Vec<Skipped>,
    /// Fields that cannot be told: message, and why.
    pub faults: Vec<(usize, FieldError)>,
}

impl Columns {
    /// The messages of `bytes`, after which nothing follows.
    #[must_use]
    pub fn read(decoder: &mut Decoder, bytes: &[u8]) -> Self {
        let mut columns = Self::default();
        let mut frames = decoder.last_frames(bytes);
        loop {
            let offset = frames.offset() as i64;
            match frames.next() {
                None => break,
                Some(Frame::Skipped(skipped)) => columns.skip(skipped),
                Some(Frame::Message(message)) => {
                    columns.message_start.push(offset);
                    columns
                        .message_end
                        .push(offset + message.bytes().len() as i64);
                    columns.field_start.push(columns.tag.len() as i64);
                    let start = message.bytes().as_ptr() as usize;
                    for field in message.fields() {
                        match field {
                            Ok(field) => {
                                let value = field.value.bytes();
                                let place = offset + (value.as_ptr() as usize - start) as i64;
                                columns.tag.push(field.tag);
                                columns.value_start.push(place);
                                columns.value_end.push(place + value.len() as i64);
                            }
                            Err(error) => {
                                columns
                                    .faults
                                    .push((columns.message_start.len() - 1, error));
                            }
                        }
                    }
                }
            }
        }
        columns.field_start.push(columns.tag.len() as i64);
        columns
    }

    /// Keeps what was passed over; stretches that only continue the one before are one.
    fn skip(&mut self, skipped: Skipped) {
        if let Some(last) = self.skipped.last_mut()
            && skipped.reason == Garbled::NoBegin
            && last.offset + last.bytes == skipped.offset
        {
            last.bytes += skipped.bytes;
            return;
        }
        self.skipped.push(skipped);
    }
}
