//! What a session sends is in its store first, as much as possible at once.

#![allow(clippy::unwrap_used)]

use std::cell::Cell;
use std::rc::Rc;

use wattbook_codec::fix::{Decoder, Encoder, Message, Precision};
use wattbook_domain::Timestamp;
use wattbook_session::fix::{
    Application, Declined, MemoryStore, MessageStore, Outbox, Role, Session, SessionConfig,
    SessionId, StoreError, Version,
};

/// 2026-11-25 08:00 UTC.
const NOW: Timestamp = Timestamp::from_nanos(1_795_593_600_000_000_000);

/// A store whose disk may fail.
#[derive(Default)]
struct Disk {
    kept: MemoryStore,
    syncs: Rc<Cell<u32>>,
    is_broken: Rc<Cell<bool>>,
}

impl MessageStore for Disk {
    fn next_out(&self) -> u64 {
        self.kept.next_out()
    }

    fn next_in(&self) -> u64 {
        self.kept.next_in()
    }

    fn set_next_in(&mut self, sequence: u64) -> Result<(), StoreError> {
        self.kept.set_next_in(sequence)
    }

    fn skip(&mut self) -> Result<(), StoreError> {
        self.kept.skip()
    }

    fn append(&mut self, frame: &[u8]) -> Result<(), StoreError> {
        self.kept.append(frame)
    }

    fn sync(&mut self) -> Result<(), StoreError> {
        self.syncs.set(self.syncs.get() + 1);
        if self.is_broken.get() {
            return Err(StoreError("the disk is gone".into()));
        }
        Ok(())
    }

    fn first(&self, from: u64, to: u64) -> Result<Option<(u64, Vec<u8>)>, StoreError> {
        self.kept.first(from, to)
    }

    fn begin_period(&mut self, start: Timestamp) -> Result<bool, StoreError> {
        self.kept.begin_period(start)
    }

    fn reset(&mut self) -> Result<(), StoreError> {
        self.kept.reset()
    }
}

/// Answers each order.
struct Answers;

impl Application<Disk> for Answers {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        outbox: &mut Outbox<Disk>,
    ) -> Result<(), Declined> {
        let id = message.get(11).unwrap().bytes();
        outbox.send("8", &[], |body| _ = body.bytes(11, id))?;
        Ok(())
    }
}

fn message(number: i64, msg_type: &str) -> Vec<u8> {
    let mut encoder = Encoder::new();
    let mut message = encoder.message("FIX.4.4", msg_type);
    message.int(34, number).text(49, "DESK");
    message.timestamp(52, NOW, Precision::Millis);
    message.text(56, "VENUE");
    if msg_type == "A" {
        message.int(98, 0).int(108, 30);
    } else {
        message.int(11, number).text(55, "A").char(54, b'1');
        message.timestamp(60, NOW, Precision::Millis).char(40, b'1');
    }
    message.finish().unwrap().to_vec()
}

#[test]
fn answers_to_what_came_together_are_made_durable_together() {
    let id = SessionId {
        version: Version::Fix44,
        sender: "VENUE".into(),
        target: "DESK".into(),
    };
    let disk = Disk::default();
    let (syncs, is_broken) = (Rc::clone(&disk.syncs), Rc::clone(&disk.is_broken));
    let mut session = Session::new(SessionConfig::new(id, Role::Acceptor), disk);
    let mut decoder = Decoder::default();
    session.connect(NOW).unwrap();
    let mut take = |session: &mut Session<Disk>, bytes: &[u8]| {
        let taken = session.receive(&mut decoder, bytes, NOW, &mut Answers);
        assert_eq!(taken.unwrap(), bytes.len());
    };
    take(&mut session, &message(1, "A"));
    let count = session.to_send().unwrap().len();
    session.sent(count);
    let before = syncs.get();

    let orders: Vec<u8> = (2..52).flat_map(|number| message(number, "D")).collect();
    take(&mut session, &orders);
    assert_eq!(syncs.get(), before);
    let durable = session.to_send().unwrap().to_vec();
    let answers = durable
        .windows(5)
        .filter(|part| part == b"\x0135=8")
        .count();
    assert_eq!((answers, syncs.get()), (50, before + 1));
    session.to_send().unwrap();
    assert_eq!(syncs.get(), before + 1);

    // When the disk fails, what is durable is still to be sent; the rest never is.
    is_broken.set(true);
    take(&mut session, &message(52, "D"));
    assert!(session.to_send().is_err());
    assert_eq!(session.to_send().unwrap(), durable);
}
