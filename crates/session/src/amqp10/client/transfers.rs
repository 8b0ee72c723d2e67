//! Messages on links, and what became of them.

use std::collections::BTreeMap;

use super::super::event::Event;
use super::super::frame::{Performative, code};
use super::super::message::Message;
use super::super::value::Value;
use super::{Client, HEAD_BYTES, State};
use crate::error::SessionError;

impl Client {
    /// Sends `message` through the link of `handle` once that has credit; its number, from 1, for
    /// [`Event::Settled`].
    pub fn send(&mut self, handle: u32, message: &Message) -> u64 {
        self.published += 1;
        let number = self.published;
        if let Some(link) = self.links.get_mut(&handle) {
            link.waiting.push_back((number, message.encode()));
        }
        self.send_waiting(handle);
        number
    }

    /// Settles every delivery up to `number` as accepted and promises to take as many more.
    pub fn accept(&mut self, number: u64) {
        if number <= self.settled || self.state != State::Ready {
            return;
        }
        let (first, last) = (self.settled as u32, (number - 1) as u32);
        self.settled = number;
        let accepted = Value::described(code::ACCEPTED, Vec::new());
        let fields = vec![
            Value::Bool(true),
            Value::Uint(first),
            Value::Uint(last),
            Value::Bool(true),
            accepted,
        ];
        self.say(code::DISPOSITION, fields);
        let done = self.unsettled.split_off(&(number + 1));
        let done = std::mem::replace(&mut self.unsettled, done);
        for handle in done.into_values() {
            if let Some(link) = self.links.get_mut(&handle) {
                link.settled += 1;
            }
        }
        let handles: Vec<u32> = self.links.keys().copied().collect();
        for handle in handles {
            self.promise(handle);
        }
    }

    pub(super) fn send_waiting(&mut self, handle: u32) {
        while let Some(link) = self.links.get_mut(&handle) {
            if link.credit == 0 || self.state != State::Ready {
                return;
            }
            let Some((number, bytes)) = link.waiting.pop_front() else {
                return;
            };
            link.credit -= 1;
            link.count = link.count.wrapping_add(1);
            let delivery = self.next_out;
            self.next_out = self.next_out.wrapping_add(1);
            self.sent.insert(delivery, number);
            let room = self.frame_bytes_max - HEAD_BYTES;
            let parts = bytes.chunks(room).len();
            for (place, part) in bytes.chunks(room).enumerate() {
                let fields = vec![
                    Value::Uint(handle),
                    Value::Uint(delivery),
                    Value::Binary(number.to_be_bytes().to_vec()),
                    Value::Uint(0),
                    Value::Bool(false),
                    Value::Bool(place + 1 < parts),
                ];
                self.write(false, code::TRANSFER, fields, part);
            }
        }
    }

    pub(super) fn take_transfer(
        &mut self,
        said: &Performative,
        payload: &[u8],
    ) -> Result<(), SessionError> {
        let handle = said
            .whole(0)
            .and_then(|theirs| self.handles.get(&theirs).copied());
        let limit = self.config.message_bytes_max;
        let fault = |reason: String, offset| SessionError::Protocol {
            protocol: "AMQP 1.0",
            offset,
            reason,
        };
        let offset = self.frames.offset();
        let Some((handle, link)) =
            handle.and_then(|handle| Some((handle, self.links.get_mut(&handle)?)))
        else {
            return Err(fault(
                "a transfer on a link that is not attached".to_owned(),
                offset,
            ));
        };
        self.next_in = self.next_in.wrapping_add(1);
        let (number, mut bytes) = match (link.part.take(), said.whole(1)) {
            (Some(part), _) => part,
            (None, Some(delivery)) => (delivery as u64 + 1, Vec::new()),
            (None, None) => {
                return Err(fault("a transfer without a delivery id".to_owned(), offset));
            }
        };
        bytes.extend_from_slice(payload);
        if bytes.len() > limit {
            return Err(fault(
                format!("a message of more than the {limit} bytes allowed"),
                offset,
            ));
        }
        if said.is(5) {
            link.part = Some((number, bytes));
            return Ok(());
        }
        if link.credit == 0 {
            return Err(fault(
                "a message beyond the credit of its link".to_owned(),
                offset,
            ));
        }
        link.credit -= 1;
        link.count = link.count.wrapping_add(1);
        self.unsettled.insert(number, handle);
        self.events.push_back(match Message::decode(&bytes) {
            Ok(message) => Event::Delivered(handle, number, Box::new(message)),
            Err(reason) => Event::Unreadable(handle, number, reason, bytes),
        });
        Ok(())
    }

    pub(super) fn take_disposition(&mut self, said: &Performative) {
        // Of receivers only: role true.
        if !said.is(0) {
            return;
        }
        let first = said.whole(1).unwrap_or(0) as u32;
        let last = said.whole(2).map_or(first, |last| last as u32);
        let state = match said.field(4) {
            Some(Value::Described(descriptor, _)) => descriptor.whole(),
            _ => None,
        };
        let later = self.sent.split_off(&first);
        let (done, later): (BTreeMap<u32, u64>, _) =
            later.into_iter().partition(|(id, _)| *id <= last);
        self.sent.extend(later);
        for number in done.into_values() {
            let is_accepted = state == Some(code::ACCEPTED as i64);
            self.events.push_back(Event::Settled {
                number,
                is_accepted,
            });
        }
    }
}
