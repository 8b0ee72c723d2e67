//! Many messages as columns, for callers that take batches.

use super::application::Logons;
use super::dictionary::{Container, Dictionary, Member};
use super::error::{FieldError, Garbled};
use super::frame::{Decoder, Frame, Skipped};
use super::message::Message;

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
    /// How many groups each field stands in, by the dictionary of the message's version.
    pub depth: Vec<u8>,
    /// Whether each field begins an entry of the innermost group that it stands in.
    pub begins_entry: Vec<bool>,
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
        let mut logons = Logons::default();
        let mut frames = decoder.last_frames(bytes);
        loop {
            let offset = frames.offset() as i64;
            match frames.next() {
                None => break,
                Some(Frame::Skipped(skipped)) => columns.skip(skipped),
                Some(Frame::Message(message)) => columns.message(&message, offset, &mut logons),
            }
        }
        columns.field_start.push(columns.tag.len() as i64);
        columns
    }

    /// Adds `message`, which begins at `offset`.
    fn message(&mut self, message: &Message<'_>, offset: i64, logons: &mut Logons) {
        let first = self.tag.len();
        let number = self.message_start.len();
        self.message_start.push(offset);
        self.message_end.push(offset + message.bytes().len() as i64);
        self.field_start.push(first as i64);
        for field in message.fields() {
            match field {
                Ok(field) => {
                    let place = offset + message.place_of(field.value.bytes()) as i64;
                    self.tag.push(field.tag);
                    self.value_start.push(place);
                    self.value_end
                        .push(place + field.value.bytes().len() as i64);
                }
                Err(error) => self.faults.push((number, error)),
            }
        }
        self.depth.resize(self.tag.len(), 0);
        self.begins_entry.resize(self.tag.len(), false);
        let Some(session) = Dictionary::of_begin_string(message.begin_string()) else {
            return;
        };
        let default = if session.is_transport() {
            logons.default_of(message)
        } else {
            Some(session)
        };
        let Ok((application, definition)) = session.application(message, default) else {
            return;
        };
        let mut nesting = Nesting {
            tag: &self.tag[first..],
            depth: &mut self.depth[first..],
            begins_entry: &mut self.begins_entry[first..],
            at: 0,
        };
        nesting.whole([
            (application, application.body(definition)),
            (session, session.header()),
        ]);
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

/// Finds out which fields stand in groups.
struct Nesting<'a> {
    tag: &'a [u32],
    depth: &'a mut [u8],
    begins_entry: &'a mut [bool],
    /// The next field.
    at: usize,
}

impl Nesting<'_> {
    /// Passes over a message of `parts`, each with the dictionary that says what is in it; the first
    /// that has a field wins.
    fn whole(&mut self, parts: [(&'static Dictionary, &Container); 2]) {
        while let Some(tag) = self.tag.get(self.at) {
            self.at += 1;
            let member =
                |(dictionary, part): (_, &Container)| Some((dictionary, part.member(*tag)?));
            let found: Option<(&Dictionary, Member)> = parts.into_iter().find_map(member);
            if let Some((dictionary, member)) = found
                && let Some(group) = dictionary.group(member)
            {
                self.group(dictionary, group, 1);
            }
        }
    }

    /// Passes over the entries of `group`; no dictionary nests deeper than a few.
    fn group(&mut self, dictionary: &Dictionary, group: &Container, depth: u8) {
        let first = u32::from(group.members[0].tag);
        while self.tag.get(self.at) == Some(&first) {
            self.begins_entry[self.at] = true;
            loop {
                let member = group.member(self.tag[self.at]);
                self.depth[self.at] = depth;
                self.at += 1;
                if let Some(inner) = member.and_then(|member| dictionary.group(member)) {
                    self.group(dictionary, inner, depth + 1);
                }
                match self.tag.get(self.at) {
                    Some(tag) if *tag != first && group.place(*tag).is_some() => {}
                    _ => break,
                }
            }
        }
    }
}
