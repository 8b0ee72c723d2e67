//! A session takes as many messages as it was told, and no more.

#![allow(clippy::unwrap_used)]

use wattbook_codec::fix::{Decoder, Encoder, Message, Precision};
use wattbook_domain::Timestamp;
use wattbook_session::fix::{
    Application, Closed, Declined, Excess, MemoryStore, Outbox, Rate, Role, Session, SessionConfig,
    SessionId, Version,
};

const SECOND: i64 = 1_000_000_000;

/// Notes the orders that reach it.
#[derive(Default)]
struct Orders(Vec<String>);

impl Application<MemoryStore> for Orders {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        let id = message.get(11).unwrap().text().unwrap();
        self.0.push(id.to_owned());
        Ok(())
    }
}

/// An acceptor that takes two messages a second, and what it has sent.
struct Venue {
    session: Session<MemoryStore>,
    orders: Orders,
    sequence: i64,
}

impl Venue {
    fn new(version: Version, excess: Excess) -> Self {
        let id = SessionId {
            version,
            sender: "VENUE".into(),
            target: "DESK".into(),
        };
        let mut config = SessionConfig::new(id, Role::Acceptor);
        let rate = Rate {
            messages: 2,
            interval_ns: SECOND,
        };
        config.taken = Some((rate, excess));
        let mut session = Session::new(config, MemoryStore::default());
        session.connect(Timestamp::EPOCH).unwrap();
        let mut venue = Self {
            session,
            orders: Orders::default(),
            sequence: 0,
        };
        let answer = venue.send("A", 0, "");
        assert!(answer.contains("|35=A|"), "{answer}");
        venue
    }

    /// Sends a message at `now` with `id` as its `ClOrdID`; returns the answer.
    fn send(&mut self, msg_type: &str, now: i64, id: &str) -> String {
        self.sequence += 1;
        let now = Timestamp::from_nanos(now);
        let version = self.session.config().id.version;
        let mut encoder = Encoder::new();
        let mut message = encoder.message(version.begin_string(), msg_type);
        message.int(34, self.sequence).text(49, "DESK");
        message
            .timestamp(52, now, Precision::Millis)
            .text(56, "VENUE");
        if msg_type == "A" {
            message.int(98, 0).int(108, 30);
            if let Some(application) = version.default_appl_ver_id() {
                message.text(1137, application);
            }
        } else {
            message
                .text(11, id)
                .char(21, b'1')
                .char(40, b'1')
                .char(54, b'1');
            message.text(55, "DE").timestamp(60, now, Precision::Millis);
        }
        let frame = message.finish().unwrap().to_vec();
        let mut decoder = Decoder::default();
        let taken = self
            .session
            .receive(&mut decoder, &frame, now, &mut self.orders)
            .unwrap();
        assert_eq!(taken, frame.len());
        let answer = self.session.to_send().unwrap();
        let text = String::from_utf8_lossy(answer).replace('\u{1}', "|");
        let count = answer.len();
        self.session.sent(count);
        text
    }
}

#[test]
fn one_too_many_is_declined_and_the_next_second_takes_more() {
    for (version, reason) in [
        (Version::Fix42, "380=0"),
        (Version::Fix44, "380=0"),
        (Version::Fix50Sp2, "380=8"),
    ] {
        let mut venue = Venue::new(version, Excess::Decline);
        assert_eq!(venue.send("D", 0, "a"), "");
        assert_eq!(venue.send("D", SECOND / 2, "b"), "");
        let answer = venue.send("D", SECOND - 1, "c");
        let told = answer.contains("|35=j|") && answer.contains("58=Throttle limit exceeded");
        assert!(told && answer.contains(reason), "{answer}");
        // The first is a second old now, the other is not.
        assert_eq!(venue.send("D", SECOND, "d"), "");
        assert!(venue.send("D", SECOND + 1, "e").contains("|35=j|"));
        assert_eq!(venue.orders.0, ["a", "b", "d"]);
        assert!(venue.session.is_logged_on());
    }
}

#[test]
fn one_too_many_ends_a_session_that_is_told_so() {
    let mut venue = Venue::new(Version::Fix44, Excess::LogOut);
    for id in ["a", "b"] {
        assert_eq!(venue.send("D", 0, id), "");
    }
    let answer = venue.send("D", 0, "c");
    assert!(
        answer.contains("|35=5|") && answer.contains("58=Throttle limit exceeded"),
        "{answer}"
    );
    assert!(!venue.session.is_logged_on());
    // The other side's logout is awaited for as long as any.
    venue
        .session
        .tick(Timestamp::from_nanos(2 * SECOND))
        .unwrap();
    assert_eq!(venue.session.closed(), Some(&Closed::TimedOut("logout")));
    assert_eq!(venue.orders.0, ["a", "b"]);
}
