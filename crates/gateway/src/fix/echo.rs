//! The application of the acceptance scripts: it sends back what it is sent.

use std::collections::{HashSet, VecDeque};

use wattbook_codec::fix::{Dictionary, Field, Message};
use wattbook_session::fix::{Application, BusinessReason, Declined, MessageStore, Outbox};

/// Bytes of `ClOrdID`s (11) that are remembered, each with what it takes beside its own; beyond it the
/// oldest are forgotten.
const ID_BYTES_MAX: usize = 16 << 20;
const BESIDE_BYTES: usize = 64;

/// Sends back orders, security definitions and e-mails, and takes nothing else.
///
/// An order that may have been sent before (`PossResend` (97) is `Y`) is sent back only when its
/// `ClOrdID` (11) is new.
#[derive(Debug)]
pub struct Echo {
    dictionary: &'static Dictionary,
    orders: Ids,
}

/// The latest ids of bounded size in all.
#[derive(Debug, Default)]
struct Ids {
    known: HashSet<Vec<u8>>,
    in_order: VecDeque<Vec<u8>>,
    bytes: usize,
}

impl Ids {
    /// Remembers `id`; whether it is new.
    fn insert(&mut self, id: &[u8]) -> bool {
        if !self.known.insert(id.to_vec()) {
            return false;
        }
        self.in_order.push_back(id.to_vec());
        self.bytes += id.len() + BESIDE_BYTES;
        while self.bytes > ID_BYTES_MAX
            && let Some(oldest) = self.in_order.pop_front()
        {
            self.known.remove(&oldest);
            self.bytes -= oldest.len() + BESIDE_BYTES;
        }
        true
    }
}

impl Echo {
    /// An application for messages of `dictionary`.
    #[must_use]
    pub fn new(dictionary: &'static Dictionary) -> Self {
        Self {
            dictionary,
            orders: Ids::default(),
        }
    }

    /// Whether an order is to be sent back.
    fn is_new(&mut self, message: &Message<'_>) -> bool {
        let Some(id) = message.get(11) else {
            return true;
        };
        let is_first = self.orders.insert(id.bytes());
        let may_repeat = message.get(97).is_some_and(|value| value.bytes() == b"Y");
        is_first || !may_repeat
    }
}

impl<S: MessageStore> Application<S> for Echo {
    fn on_logon(&mut self) {
        self.orders = Ids::default();
    }

    fn on_message(
        &mut self,
        message: &Message<'_>,
        outbox: &mut Outbox<S>,
    ) -> Result<(), Declined> {
        let msg_type = match message.msg_type() {
            b"D" if self.is_new(message) => "D",
            b"D" => return Ok(()),
            b"d" => "d",
            b"C" => "C",
            _ => return Err(Declined::Business(BusinessReason::UnsupportedMessageType)),
        };
        let (header, body) = parts(self.dictionary, message);
        outbox.send(msg_type, &header, |writer| {
            for field in body.iter().flatten() {
                writer.field(field);
            }
        })?;
        Ok(())
    }
}

/// Fields of the header with their values.
type Header<'a> = Vec<(u32, &'a [u8])>;

/// What the session does not write itself of the header, and the body by rising tag, each group
/// behind the field that counts it.
fn parts<'a>(
    dictionary: &'static Dictionary,
    message: &Message<'a>,
) -> (Header<'a>, Vec<Vec<Field<'a>>>) {
    let mut header = Vec::new();
    let mut body: Vec<Vec<Field<'a>>> = Vec::new();
    let mut fields = message.fields().flatten().skip(3);
    while let Some(field) = fields.next() {
        if dictionary.header().place(field.tag).is_some() {
            if !matches!(field.tag, 34 | 43 | 49 | 52 | 56 | 122) {
                header.push((field.tag, field.value.bytes()));
            }
        } else if dictionary.trailer().place(field.tag).is_none() {
            let mut part = vec![field];
            let entries = message.group(dictionary, field.tag).into_iter().flatten();
            let behind = entries.map(|entry| entry.fields().count()).sum();
            part.extend(fields.by_ref().take(behind));
            body.push(part);
        }
    }
    header.sort_by_key(|(tag, _)| *tag);
    body.sort_by_key(|part| part[0].tag);
    (header, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_ids_are_forgotten_beyond_the_bound() {
        let mut ids = Ids::default();
        let id = |number: u8| vec![number; ID_BYTES_MAX / 4 - BESIDE_BYTES];
        for number in 0..5 {
            assert!(ids.insert(&id(number)));
        }
        assert!(!ids.insert(&id(1)));
        assert!(ids.insert(&id(0)));
        assert_eq!((ids.known.len(), ids.in_order.len()), (4, 4));
        assert_eq!(ids.bytes, ID_BYTES_MAX);
    }
}
