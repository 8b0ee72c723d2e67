//! Links and their credit.

use std::collections::VecDeque;

use wattbook_domain::Timestamp;

use super::super::event::Event;
use super::super::frame::{Performative, code};
use super::super::value::Value;
use super::{Client, WINDOW};
use crate::error::SessionError;

#[derive(Debug, Default)]
pub(super) struct Link {
    pub(super) is_sender: bool,
    /// Messages that may still be sent, or are still promised to be taken.
    pub(super) credit: u32,
    /// Messages sent or received so far.
    pub(super) count: u32,
    pub(super) prefetch: u32,
    /// Taken and not yet promised anew.
    pub(super) settled: u32,
    /// Messages that wait for credit.
    pub(super) waiting: VecDeque<(u64, Vec<u8>)>,
    /// The broker's number of the message whose parts come, and what came of it.
    pub(super) part: Option<(u32, Vec<u8>)>,
    /// Since when it waits for the broker to attach it.
    pub(super) asked: Option<Timestamp>,
}

impl Client {
    /// Attaches a link that takes messages of `address`, `prefetch` at a time; its handle.
    pub fn attach_receiver(
        &mut self,
        now: Timestamp,
        name: &str,
        address: &str,
        prefetch: u32,
    ) -> u32 {
        let handle = self.attach(now, name, [address, ""], false);
        if let Some(link) = self.links.get_mut(&handle) {
            link.prefetch = prefetch.max(1);
        }
        handle
    }

    /// Attaches a link that sends messages to `address`; its handle.
    pub fn attach_sender(&mut self, now: Timestamp, name: &str, address: &str) -> u32 {
        self.attach(now, name, ["", address], true)
    }

    fn attach(
        &mut self,
        now: Timestamp,
        name: &str,
        [source, target]: [&str; 2],
        is_sender: bool,
    ) -> u32 {
        let handle = self.links.len() as u32;
        let terminus = |code: u64, address: &str| {
            let address = if address.is_empty() {
                Value::Null
            } else {
                Value::text(address)
            };
            Value::described(code, vec![address])
        };
        let link = Link {
            is_sender,
            asked: Some(now),
            ..Link::default()
        };
        self.links.insert(handle, link);
        self.names.insert(name.to_owned(), handle);
        let first_count = if is_sender {
            Value::Uint(0)
        } else {
            Value::Null
        };
        self.say(
            code::ATTACH,
            vec![
                Value::text(name),
                Value::Uint(handle),
                Value::Bool(!is_sender),
                // Unsettled: each side tells what became of a message.
                Value::Ubyte(0),
                Value::Ubyte(0),
                terminus(code::SOURCE, source),
                terminus(code::TARGET, target),
                Value::Null,
                Value::Null,
                first_count,
            ],
        );
        handle
    }

    pub(super) fn take_attach(&mut self, said: &Performative) -> Result<(), SessionError> {
        let name = said.field(0).and_then(Value::as_text).unwrap_or_default();
        let (Some(handle), Some(theirs)) = (self.names.get(name).copied(), said.uint(1)) else {
            return Err(self.fault(format!("a link {name:?} that we did not attach")));
        };
        // Attached again, a link has another handle in place of the one before.
        self.handles.retain(|_, known| *known != handle);
        self.handles.insert(theirs, handle);
        if let Some(link) = self.links.get_mut(&handle) {
            link.asked = None;
        }
        self.events.push_back(Event::Attached(handle));
        self.promise(handle);
        Ok(())
    }

    /// Promises to take messages up to the prefetch, once half of it is used up.
    pub(super) fn promise(&mut self, handle: u32) {
        let Some(link) = self.links.get_mut(&handle).filter(|link| !link.is_sender) else {
            return;
        };
        let is_first = link.credit == 0 && link.count == 0 && link.settled == 0;
        if !is_first && link.settled < link.prefetch.div_ceil(2) {
            return;
        }
        link.credit = if is_first {
            link.prefetch
        } else {
            link.credit + link.settled
        };
        link.settled = 0;
        self.tell_flow(Some(handle));
    }

    /// Tells what we may take: of the session, and of the link of `handle`.
    fn tell_flow(&mut self, handle: Option<u32>) {
        let mut fields = vec![
            Value::Uint(self.next_in),
            Value::Uint(WINDOW),
            Value::Uint(self.next_out),
            Value::Uint(WINDOW),
        ];
        if let Some((handle, link)) =
            handle.and_then(|handle| Some((handle, self.links.get(&handle)?)))
        {
            let place = [handle, link.count, link.credit];
            fields.extend(place.map(Value::Uint));
        }
        self.say(code::FLOW, fields);
    }

    pub(super) fn take_flow(&mut self, said: &Performative) -> Result<(), SessionError> {
        let handle = match said.field(4) {
            None => None,
            Some(theirs) => {
                let known = said.uint(4).and_then(|theirs| self.handles.get(&theirs));
                let Some(handle) = known.copied() else {
                    return Err(self.fault(format!(
                        "flow of the link {:?}, which is not attached",
                        theirs.whole()
                    )));
                };
                Some(handle)
            }
        };
        if let Some(handle) = handle {
            if let Some(link) = self.links.get_mut(&handle).filter(|link| link.is_sender) {
                // The receiver may not have counted what is on its way, which uses credit up all the
                // same: section 2.6.7.
                let on_its_way = link.count.wrapping_sub(said.uint(5).unwrap_or(0));
                link.credit = said.uint(6).unwrap_or(0).saturating_sub(on_its_way);
            }
            self.send_waiting(handle);
        }
        // Whoever asks for it is told where we are: section 2.7.4, echo.
        if said.is(9) {
            self.tell_flow(handle);
        }
        Ok(())
    }
}
