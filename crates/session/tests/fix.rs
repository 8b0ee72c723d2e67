//! Two FIX sessions over a line that breaks: every message arrives, once and in order.

#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use wattbook_codec::fix::{Decoder, Encoder, Frame, Message, MessageWriter, Precision};
use wattbook_domain::Timestamp;
use wattbook_session::fix::{
    Application, Closed, Credentials, Declined, MemoryStore, MessageStore, Outbox, Role, Session,
    SessionConfig, SessionEvent, SessionId, Version,
};

const SECOND: i64 = 1_000_000_000;
/// 2026-11-25 08:00 UTC.
const START: i64 = 1_795_593_600 * SECOND;

/// Notes the `ClOrdID` (11) of every order.
#[derive(Default)]
struct Orders(Vec<String>);

impl Application<MemoryStore> for Orders {
    fn on_message(
        &mut self,
        message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        self.0.push(message.get(11).unwrap().text().unwrap().into());
        Ok(())
    }
}

/// One side: its session, what came to it, and the bytes that are on their way to it.
struct Side {
    session: Session<MemoryStore>,
    decoder: Decoder,
    orders: Orders,
    sent: Vec<String>,
    line: Vec<u8>,
    unread: Vec<u8>,
}

impl Side {
    /// What is to be sent, as if it were.
    fn take_bytes(&mut self) -> Vec<u8> {
        let bytes = self.session.to_send().unwrap().to_vec();
        self.session.sent(bytes.len());
        bytes
    }

    fn new(role: Role, version: Version) -> Self {
        let names = [("DESK", "VENUE"), ("VENUE", "DESK")];
        let (sender, target) = names[usize::from(role == Role::Acceptor)];
        let id = SessionId {
            version,
            sender: sender.into(),
            target: target.into(),
        };
        Self {
            session: Session::new(SessionConfig::new(id, role), MemoryStore::default()),
            decoder: Decoder::default(),
            orders: Orders::default(),
            sent: Vec::new(),
            line: Vec::new(),
            unread: Vec::new(),
        }
    }

    fn connect(&mut self, now: Timestamp) {
        self.line.clear();
        self.unread.clear();
        self.session.disconnected();
        self.session.connect(now).unwrap();
    }

    /// Takes up to `count` bytes off the line.
    fn read(&mut self, count: usize, now: Timestamp) {
        let count = count.min(self.line.len());
        self.unread.extend(self.line.drain(..count));
        let done = self
            .session
            .receive(&mut self.decoder, &self.unread, now, &mut self.orders)
            .unwrap();
        self.unread.drain(..done);
    }

    /// Sends an order; `false` when it is not logged on.
    fn send(&mut self, version: Version, now: Timestamp) -> bool {
        let id = format!("{}-{}", self.session.config().id.sender, self.sent.len());
        let Some(outbox) = self.session.outbox(now) else {
            return false;
        };
        outbox
            .send("D", &[], |body| order(&id, version, now, body))
            .unwrap();
        self.sent.push(id);
        true
    }
}

fn order(id: &str, version: Version, now: Timestamp, body: &mut MessageWriter<'_>) {
    body.text(11, id);
    if version == Version::Fix42 {
        body.char(21, b'1');
    }
    body.text(55, "DE-BASE-M1").char(54, b'1');
    body.timestamp(60, now, Precision::Millis);
    if version != Version::Fix42 {
        body.int(38, 10);
    }
    body.char(40, b'1');
}

struct Pair {
    desk: Side,
    venue: Side,
    now: i64,
}

impl Pair {
    fn new(version: Version) -> Self {
        Self {
            desk: Side::new(Role::Initiator, version),
            venue: Side::new(Role::Acceptor, version),
            now: START,
        }
    }

    fn time(&self) -> Timestamp {
        Timestamp::from_nanos(self.now)
    }

    fn connect(&mut self) {
        let now = self.time();
        self.desk.connect(now);
        self.venue.connect(now);
        self.flow();
    }

    /// Puts what each side sends on the line to the other.
    fn flow(&mut self) {
        carry(&mut self.desk, &mut self.venue);
        carry(&mut self.venue, &mut self.desk);
    }

    /// Lets everything arrive.
    fn settle(&mut self) {
        let now = self.time();
        self.flow();
        while !self.desk.line.is_empty() || !self.venue.line.is_empty() {
            self.desk.read(usize::MAX, now);
            self.venue.read(usize::MAX, now);
            self.flow();
        }
    }

    fn tick(&mut self, seconds: i64) {
        self.now += seconds * SECOND;
        let now = self.time();
        self.desk.session.tick(now).unwrap();
        self.venue.session.tick(now).unwrap();
        self.flow();
    }
}

fn carry(from: &mut Side, to: &mut Side) {
    to.line.extend(from.take_bytes());
}

#[derive(Debug, Clone)]
enum Act {
    DeskSends,
    VenueSends,
    DeskReads(usize),
    VenueReads(usize),
    LineBreaks,
    TimePasses(i64),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        4 => Just(Act::DeskSends),
        4 => Just(Act::VenueSends),
        4 => (1_usize..400).prop_map(Act::DeskReads),
        4 => (1_usize..400).prop_map(Act::VenueReads),
        1 => Just(Act::LineBreaks),
        1 => (1_i64..20).prop_map(Act::TimePasses),
    ]
}

fn version() -> impl Strategy<Value = Version> {
    prop::sample::select(vec![Version::Fix42, Version::Fix44, Version::Fix50Sp2])
}

proptest! {
    #[test]
    fn every_order_arrives_once_and_in_order(
        version in version(),
        acts in prop::collection::vec(act(), 1..120),
    ) {
        let mut pair = Pair::new(version);
        pair.connect();
        for act in acts {
            let now = pair.time();
            match act {
                Act::DeskSends => drop(pair.desk.send(version, now)),
                Act::VenueSends => drop(pair.venue.send(version, now)),
                Act::DeskReads(count) => pair.desk.read(count, now),
                Act::VenueReads(count) => pair.venue.read(count, now),
                Act::LineBreaks => pair.connect(),
                Act::TimePasses(seconds) => pair.tick(seconds),
            }
            pair.flow();
        }
        pair.connect();
        pair.settle();
        prop_assert_eq!(&pair.venue.orders.0, &pair.desk.sent);
        prop_assert_eq!(&pair.desk.orders.0, &pair.venue.sent);
        prop_assert!(pair.desk.session.is_logged_on() && pair.venue.session.is_logged_on());
    }

    #[test]
    fn no_bytes_make_a_session_panic(bytes in prop::collection::vec(any::<u8>(), 0..600)) {
        let mut venue = Side::new(Role::Acceptor, Version::Fix44);
        venue.connect(Timestamp::from_nanos(START));
        venue.line = bytes;
        venue.read(usize::MAX, Timestamp::from_nanos(START));
    }
}

fn logged_on(version: Version) -> Pair {
    let mut pair = Pair::new(version);
    pair.connect();
    pair.settle();
    assert!(pair.desk.session.is_logged_on());
    pair
}

#[test]
fn a_silent_side_is_asked_and_then_left() {
    let mut pair = logged_on(Version::Fix44);
    pair.venue.line.clear();
    let now = pair.now;
    for (seconds, msg_type) in [(30, "35=0"), (36, "35=1")] {
        pair.desk
            .session
            .tick(Timestamp::from_nanos(now + seconds * SECOND))
            .unwrap();
        let sent = String::from_utf8(pair.desk.take_bytes()).unwrap();
        assert!(sent.contains(msg_type), "{seconds}: {sent:?}");
    }
    pair.desk
        .session
        .tick(Timestamp::from_nanos(now + 72 * SECOND))
        .unwrap();
    assert_eq!(
        pair.desk.session.closed(),
        Some(&Closed::TimedOut("heartbeat"))
    );
}

#[test]
fn a_clock_that_is_set_back_still_beats_and_notices_a_dead_line() {
    let mut pair = logged_on(Version::Fix44);
    let back = pair.now - 3_600 * SECOND;
    let mut tick = |seconds: i64| {
        let at = Timestamp::from_nanos(back + seconds * SECOND);
        pair.desk.session.tick(at).unwrap();
        let next = pair.desk.session.next_tick().map_or(0, Timestamp::nanos);
        assert!(next <= back + (seconds + 72) * SECOND);
        String::from_utf8(pair.desk.take_bytes()).unwrap()
    };
    tick(0);
    assert!(tick(30).contains("35=0") && tick(36).contains("35=1"));
    tick(72);
    assert_eq!(
        pair.desk.session.closed(),
        Some(&Closed::TimedOut("heartbeat"))
    );
}

#[test]
fn a_logon_of_a_stranger_leaves_the_numbers_as_they_are() {
    let (name, time) = ("desk", Timestamp::from_nanos(START));
    let credentials = |password: &str| {
        Some(Credentials {
            username: name.into(),
            password: password.into(),
        })
    };
    let mut pair = Pair::new(Version::Fix44);
    let with = |side: &mut Side, password: &str| {
        let mut config = side.session.config().clone();
        config.credentials = credentials(password);
        let store = side.session.store().clone();
        side.session = Session::new(config, store);
    };
    with(&mut pair.venue, "right");
    with(&mut pair.desk, "right");
    pair.connect();
    pair.settle();
    assert!(pair.venue.session.is_logged_on());
    pair.desk.send(Version::Fix44, time);
    pair.settle();
    let before = pair.venue.session.store().next_in();
    assert_eq!(before, 3);
    // Wrong words, and right ones of long ago; both ask to begin at 1.
    for (password, seconds) in [("wrong", 0), ("right", -3_600)] {
        let mut stranger = Side::new(Role::Initiator, Version::Fix44);
        with(&mut stranger, password);
        stranger.session.reset_once();
        stranger.connect(Timestamp::from_nanos(START + seconds * SECOND));
        pair.venue.connect(time);
        carry(&mut stranger, &mut pair.venue);
        pair.venue.read(usize::MAX, time);
        assert!(pair.venue.session.closed().is_some(), "{password}");
        assert_eq!(pair.venue.session.store().next_in(), before, "{password}");
    }
    pair.connect();
    pair.settle();
    assert!(pair.desk.session.is_logged_on() && pair.venue.session.is_logged_on());
    assert_eq!(pair.venue.orders.0, pair.desk.sent);
}

#[test]
fn sides_that_only_beat_stay_together() {
    let mut pair = logged_on(Version::Fix50Sp2);
    for _ in 0..200 {
        pair.tick(15);
        pair.settle();
    }
    assert!(pair.desk.session.is_logged_on() && pair.venue.session.is_logged_on());
}

#[test]
fn a_logout_is_answered_and_ends_both() {
    let mut pair = logged_on(Version::Fix42);
    pair.desk
        .session
        .log_out(Timestamp::from_nanos(pair.now), "the day ends")
        .unwrap();
    pair.settle();
    let answered = Closed::LoggedOut {
        text: String::new(),
    };
    assert_eq!(pair.desk.session.closed(), Some(&answered));
    // The operator of the other side is told why.
    let asked = pair.venue.session.closed().unwrap();
    assert_eq!(asked.to_string(), "logged out: the day ends");
}

#[test]
fn a_reset_is_asked_for_until_it_is_answered_and_not_again() {
    let mut pair = logged_on(Version::Fix44);
    pair.venue.line.clear();
    // Both sides stand somewhere; the desk's store is lost.
    pair.desk = Side::new(Role::Initiator, Version::Fix44);
    pair.desk.session.reset_once();
    // The first logon never arrives.
    pair.connect();
    pair.desk.line.clear();
    pair.venue.line.clear();
    pair.connect();
    pair.settle();
    assert!(pair.desk.session.is_logged_on() && pair.venue.session.is_logged_on());
    // Later logons go on with the numbers.
    pair.connect();
    pair.settle();
    assert!(pair.desk.session.is_logged_on() && pair.venue.session.is_logged_on());
    assert_eq!(pair.desk.session.store().next_out(), 3);
}

#[test]
fn a_gap_is_told_and_filled() {
    let mut pair = logged_on(Version::Fix44);
    let now = Timestamp::from_nanos(pair.now);
    pair.desk.send(Version::Fix44, now);
    pair.flow();
    pair.venue.line.clear();
    pair.desk.send(Version::Fix44, now);
    pair.settle();
    let events = pair.venue.session.take_events();
    assert!(events.contains(&SessionEvent::GapFound {
        from: 2,
        received: 3
    }));
    assert_eq!(pair.venue.orders.0, pair.desk.sent);
}

/// A venue of FIXT 1.1 whose other side logged on with `default` as `DefaultApplVerID` (1137), that of
/// orders as `orders` says (1130, 1410), and sent one order that only FIX 4.2 takes.
fn venue_after_an_order_of_42(default: &str, orders: Option<(&str, bool)>) -> Side {
    let mut venue = Side::new(Role::Acceptor, Version::Fix50Sp2);
    let now = Timestamp::from_nanos(START);
    venue.connect(now);
    let mut encoder = Encoder::new();
    for (number, msg_type) in [(1, "A"), (2, "D")] {
        let mut message = encoder.message("FIXT.1.1", msg_type);
        message.text(49, "DESK").text(56, "VENUE").int(34, number);
        message.timestamp(52, now, Precision::Millis);
        if msg_type == "A" {
            message.int(98, 0).int(108, 30);
            if let Some((version, is_default)) = orders {
                message.int(384, 1).text(372, "D").char(385, b'S');
                message.text(1130, version).bool(1410, is_default);
            }
            message.text(1137, default);
        } else {
            order("one", Version::Fix42, now, &mut message);
            message.text(47, "A");
        }
        venue.line.extend_from_slice(message.finish().unwrap());
    }
    venue.read(usize::MAX, now);
    venue
}

#[test]
fn the_other_sides_logon_says_whose_messages_come() {
    let taken = |default, orders| venue_after_an_order_of_42(default, orders).orders.0;
    assert_eq!(taken("4", None), ["one"]);
    assert!(taken("9", None).is_empty());
    assert_eq!(taken("9", Some(("4", true))), ["one"]);
    assert!(taken("9", Some(("4", false))).is_empty());
    assert!(taken("4", Some(("9", true))).is_empty());
    let refused = venue_after_an_order_of_42("9", Some(("7", true)));
    let reason = "tag 1130: invalid or unsupported application version; use 4, 6 or 9";
    assert_eq!(
        refused.session.closed(),
        Some(&Closed::NoLogon(reason.into()))
    );
    let refused = venue_after_an_order_of_42("7", None);
    let reason = "tag 1137: invalid or unsupported application version; use 4, 6 or 9";
    assert_eq!(
        refused.session.closed(),
        Some(&Closed::NoLogon(reason.into()))
    );
}

#[test]
fn events_that_nobody_takes_stay_within_their_bound() {
    let mut venue = Side::new(Role::Acceptor, Version::Fix44);
    let mut config = venue.session.config().clone();
    config.events_max = 5;
    venue.session = Session::new(config, MemoryStore::default());
    let now = Timestamp::from_nanos(START);
    venue.connect(now);
    let mut encoder = Encoder::new();
    for number in 1..=1_000 {
        let msg_type = if number == 1 { "A" } else { "D" };
        let mut message = encoder.message("FIX.4.4", msg_type);
        message.text(49, "DESK").text(56, "VENUE").int(34, number);
        message.timestamp(52, now, Precision::Millis);
        if number == 1 {
            message.int(98, 0).int(108, 30);
        }
        // An order without its required fields is refused, and each refusal is an event.
        venue.line.extend_from_slice(message.finish().unwrap());
    }
    venue.read(usize::MAX, now);
    assert_eq!(venue.session.events_dropped(), 1_000 - 5);
    let events = venue.session.take_events();
    assert_eq!(events.len(), 5);
    assert!(matches!(events[4], SessionEvent::Refused { .. }));
    assert!(venue.session.take_events().is_empty());
}

#[test]
fn a_counterparty_that_asks_again_and_again_costs_bounded_memory() {
    const SEND_BYTES_MAX: usize = 1_000;
    let mut pair = logged_on(Version::Fix44);
    let now = Timestamp::from_nanos(pair.now);
    let mut config = pair.desk.session.config().clone();
    config.send_bytes_max = SEND_BYTES_MAX;
    config.resets_on_logon = true;
    pair.desk.session = Session::new(config, MemoryStore::default());
    pair.connect();
    pair.settle();
    for _ in 0..100 {
        assert!(pair.desk.send(Version::Fix44, now));
    }
    pair.desk.take_bytes();
    // All orders, twenty times, with no pause to send them.
    let mut encoder = Encoder::new();
    for number in 2..22 {
        let mut message = encoder.message("FIX.4.4", "2");
        message.text(49, "VENUE").text(56, "DESK").int(34, number);
        message.timestamp(52, now, Precision::Millis);
        message.int(7, 1).int(16, 0);
        pair.desk
            .unread
            .extend_from_slice(message.finish().unwrap());
    }
    let mut sent = Vec::new();
    while !pair.desk.unread.is_empty() || !pair.desk.session.has_room() {
        pair.desk.read(0, now);
        let waiting = pair.desk.take_bytes();
        assert!(!waiting.is_empty() && waiting.len() < SEND_BYTES_MAX + 300);
        sent.extend(waiting);
    }
    let mut decoder = Decoder::default();
    let mut orders = 0;
    let mut frames = decoder.frames(&sent);
    while let Some(frame) = frames.next() {
        let is_order = matches!(&frame, Frame::Message(message) if message.msg_type() == b"D");
        orders += usize::from(is_order);
    }
    assert_eq!(orders, 20 * 100);
}

#[test]
fn a_store_in_memory_forgets_the_oldest_and_keeps_its_numbers() {
    let mut store = MemoryStore::new(10);
    for size in [4, 4, 4] {
        store.append(&vec![0; size]).unwrap();
    }
    assert_eq!(store.first(1, 3).unwrap(), Some((2, vec![0; 4])));
    store.append(&[0; 11]).unwrap();
    assert_eq!((store.first(1, 4).unwrap(), store.next_out()), (None, 5));
    store.reset().unwrap();
    store.append(&[0; 10]).unwrap();
    assert_eq!(store.first(1, 1).unwrap(), Some((1, vec![0; 10])));
}
