//! Messages on links, and what became of them.

use std::collections::BTreeMap;

use super::super::event::Event;
use super::super::frame::{Performative, code};
use super::super::message::Message;
use super::super::value::Value;
use super::{Client, HEAD_BYTES, State, Unsettled};
use crate::error::SessionError;

/// Fields of a transfer: more parts follow; it is given up.
const MORE: usize = 5;
const ABORTED: usize = 9;

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

    /// Settles every message received up to `number` as accepted and promises to take as many more.
    pub fn accept(&mut self, number: u64) {
        if self.state != State::Ready {
            return;
        }
        let count = self.unsettled.partition_point(|one| one.number <= number);
        let done: Vec<Unsettled> = self.unsettled.drain(..count).collect();
        let follows =
            |one: &Unsettled, next: &Unsettled| next.delivery == one.delivery.wrapping_add(1);
        for run in done.chunk_by(follows) {
            let (first, last) = (run[0].delivery, run[run.len() - 1].delivery);
            let accepted = Value::described(code::ACCEPTED, Vec::new());
            let fields = vec![
                Value::Bool(true),
                Value::Uint(first),
                Value::Uint(last),
                Value::Bool(true),
                accepted,
            ];
            self.say(code::DISPOSITION, fields);
        }
        for one in done {
            if let Some(link) = self.links.get_mut(&one.link) {
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
        let handle = said.uint(0).and_then(|theirs| self.handles.get(&theirs));
        let Some(handle) = handle.copied() else {
            return Err(self.fault("a transfer on a link that is not attached".to_owned()));
        };
        self.next_in = self.next_in.wrapping_add(1);
        let limit = self.config.message_bytes_max;
        let Some(link) = self.links.get_mut(&handle) else {
            return Ok(());
        };
        let begun = link.part.take();
        let (delivery, mut bytes) = match (begun, said.uint(1)) {
            (Some((delivery, _)), Some(other)) if other != delivery => {
                return Err(self.fault(format!("delivery {other} within delivery {delivery}")));
            }
            (Some(part), _) => part,
            (None, Some(delivery)) => (delivery, Vec::new()),
            (None, None) => {
                return Err(self.fault("a transfer without a delivery id".to_owned()));
            }
        };
        if bytes.len() + payload.len() > limit {
            let reason = format!("a message of more than the {limit} bytes allowed");
            return Err(self.fault(reason));
        }
        if link.credit == 0 {
            return Err(self.fault("a message beyond the credit of its link".to_owned()));
        }
        // What the broker gives up half-way is settled, and its bytes are none: section 2.7.5.
        let is_aborted = said.is(ABORTED);
        if said.is(MORE) && !is_aborted {
            bytes.extend_from_slice(payload);
            link.part = Some((delivery, bytes));
            return Ok(());
        }
        link.credit -= 1;
        link.count = link.count.wrapping_add(1);
        if is_aborted {
            link.settled += 1;
            self.promise(handle);
            return Ok(());
        }
        bytes.extend_from_slice(payload);
        self.received += 1;
        let number = self.received;
        self.unsettled.push_back(Unsettled {
            number,
            delivery,
            link: handle,
        });
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
        let first = said.uint(1).unwrap_or(0);
        let last = said.uint(2).unwrap_or(first);
        let state = match said.field(4) {
            Some(Value::Described(descriptor, _)) => descriptor.whole(),
            _ => None,
        };
        // Not the end of it: the receiver tells how much of it has come (part 3, section 3.4.1).
        if state == Some(code::RECEIVED as i64) {
            return;
        }
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
