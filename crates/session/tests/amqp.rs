//! What clients of AMQP make of brokers that are careless, or worse.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_domain::Timestamp;
use wattbook_session::amqp10::{self, Frame, FrameReader, Header, Message, Performative, Value};
use wattbook_session::amqp091::{self, Method, Payload};
use wattbook_session::sasl::Credentials;
use wattbook_session::{Connection, SessionError};

const NOW: Timestamp = Timestamp::from_seconds(1_764_140_000);
/// Longest wait for an answer, s.
const ANSWER_SECONDS: u16 = 10;

fn plain() -> Credentials {
    Credentials::Plain {
        user: "user".to_owned(),
        password: "secret".to_owned(),
    }
}

/// An AMQP 1.0 client and what its broker hears.
struct Peer {
    client: amqp10::Client,
    heard: FrameReader,
}

impl Peer {
    /// Opens a session whose first transfer of the broker has the number `next_out`.
    fn open(next_out: u32) -> Self {
        let mut client = amqp10::Client::new(amqp10::Config {
            credentials: plain(),
            host: "vhost:/".to_owned(),
            heartbeat_seconds: 60,
            frame_bytes_max: 65_536,
            message_bytes_max: 1 << 20,
            answer_seconds: ANSWER_SECONDS,
            container: "test".to_owned(),
        });
        client.connected(NOW);
        client.received(NOW, &Header::Sasl.bytes());
        let mut peer = Self {
            client,
            heard: FrameReader::new(65_536),
        };
        let outcome = [
            (0x40, vec![Value::symbol("PLAIN")]),
            (0x44, vec![Value::Ubyte(0)]),
        ];
        for (code, fields) in outcome {
            peer.say(true, code, fields, b"");
        }
        peer.client.received(NOW, &Header::Amqp.bytes());
        peer.say(false, 0x10, vec![Value::text("broker")], b"");
        let begin = [next_out, 1 << 20, 1 << 20].map(Value::Uint);
        let begin = [Value::Ushort(0)].into_iter().chain(begin).collect();
        peer.say(false, 0x11, begin, b"");
        assert_eq!(peer.client.event(), Some(amqp10::Event::Ready));
        // Its headers and what it said on the way here.
        peer.client.take_output(NOW).unwrap();
        peer
    }

    fn say(&mut self, is_sasl: bool, code: u64, fields: Vec<Value>, payload: &[u8]) {
        let mut bytes = Vec::new();
        Frame {
            is_sasl,
            channel: 0,
            performative: Some(Performative::new(code, fields)),
            payload: payload.to_vec(),
        }
        .encode(&mut bytes);
        self.client.received(NOW, &bytes);
    }

    /// Attaches the link `name` as the broker's `handle`.
    fn attach(&mut self, name: &str, handle: u32) {
        self.say(
            false,
            0x12,
            vec![Value::text(name), Value::Uint(handle)],
            b"",
        );
        let event = self.client.event();
        assert!(
            matches!(event, Some(amqp10::Event::Attached(_))),
            "{event:?}"
        );
    }

    /// Sends a part of a message: whether more follows, whether it is given up.
    fn transfer(&mut self, delivery: Value, [is_more, is_aborted]: [bool; 2], payload: &[u8]) {
        let mut fields = vec![Value::Uint(0), delivery];
        fields.extend([Value::Null, Value::Null, Value::Null, Value::Bool(is_more)]);
        fields.extend([
            Value::Null,
            Value::Null,
            Value::Null,
            Value::Bool(is_aborted),
        ]);
        self.say(false, 0x14, fields, payload);
    }

    /// What the client said since, as far as it has `code`.
    fn said(&mut self, code: u64) -> Vec<Performative> {
        if let Some(bytes) = self.client.take_output(NOW) {
            self.heard.push(&bytes);
        }
        let frames = std::iter::from_fn(|| self.heard.frame().unwrap());
        let said = frames.filter_map(|frame| frame.performative);
        said.filter(|said| said.code == code).collect()
    }

    /// Bodies of the messages that came, by the numbers to settle them by.
    fn bodies(&mut self) -> Vec<(u64, Vec<u8>)> {
        let events = std::iter::from_fn(|| self.client.event());
        events
            .map(|event| match event {
                amqp10::Event::Delivered(_, number, message) => (number, message.body),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn fault(&mut self) -> String {
        match self.client.event() {
            Some(amqp10::Event::Closed(error @ SessionError::Protocol { .. })) => error.to_string(),
            other => panic!("{other:?}"),
        }
    }
}

fn message(body: &[u8]) -> Vec<u8> {
    let body = body.to_vec();
    Message {
        body,
        ..Message::default()
    }
    .encode()
}

/// `bytes` as the application properties of a message.
fn properties(bytes: &[u8]) -> Vec<u8> {
    [&[0x00, 0x53, 0x74], bytes].concat()
}

#[test]
fn arrays_within_arrays_do_not_exhaust_the_stack() {
    let levels = 100_000;
    let total = 1 + 9 * levels;
    let mut bytes = vec![0xF0];
    for level in 0..levels {
        let size = total - (1 + 9 * level + 4);
        bytes.extend_from_slice(&u32::try_from(size).unwrap().to_be_bytes());
        bytes.extend_from_slice(&[0, 0, 0, 1, 0xF0]);
    }
    let refused = Message::decode(&properties(&bytes));
    assert_eq!(refused, Err("values more than 16 deep".to_owned()));
}

#[test]
fn a_message_of_many_small_values_is_refused() {
    let count = 70_000_u32;
    let mut list = vec![0xD0];
    list.extend_from_slice(&(count + 4).to_be_bytes());
    list.extend_from_slice(&count.to_be_bytes());
    list.resize(list.len() + count as usize, 0x40);
    let many = Err("more than 65536 values".to_owned());
    assert_eq!(Message::decode(&properties(&list)), many);
    // Spread over sections that are fine each by itself.
    let map = |pairs: u8| {
        let mut map = vec![0xC1, 1 + 3 * pairs, 2 * pairs];
        (0..pairs).for_each(|_| map.extend_from_slice(&[0xA1, 0, 0x40]));
        properties(&map)
    };
    assert_eq!(Message::decode(&map(80)).unwrap().properties.len(), 80);
    assert_eq!(Message::decode(&map(80).repeat(500)), many);
    // Arrays whose values take no bytes.
    let nulls = [0xE0, 6, 2, 0xE0, 2, 255, 0x40];
    assert!(Message::decode(&properties(&nulls)).is_err());
}

/// Part 2, section 2.8.3: delivery ids begin anywhere and have nothing to do with transfer ids.
#[test]
fn deliveries_are_settled_whatever_their_first_number() {
    let mut peer = Peer::open(u32::MAX - 3);
    peer.client.attach_receiver(NOW, "in", "/queue/q", 2);
    peer.attach("in", 0);
    peer.said(0x13);
    for (delivery, body) in [(u32::MAX, b"one"), (0, b"two")] {
        peer.transfer(Value::Uint(delivery), [false; 2], &message(body));
    }
    let expected = [(1, b"one".to_vec()), (2, b"two".to_vec())];
    assert_eq!(peer.bodies(), expected);
    peer.client.accept(1);
    peer.client.accept(2);
    let settled: Vec<_> = peer.said(0x15);
    let ranges: Vec<_> = settled
        .iter()
        .map(|said| [said.uint(1), said.uint(2)])
        .collect();
    assert_eq!(ranges, [[Some(u32::MAX); 2], [Some(0); 2]]);
    // What was settled is promised anew: two more may come.
    peer.transfer(Value::Uint(1), [false; 2], &message(b"three"));
    peer.transfer(Value::Uint(2), [false; 2], &message(b"four"));
    assert_eq!(peer.bodies().len(), 2);
    peer.client.accept(4);
    let settled = peer.said(0x15);
    assert_eq!([settled[0].uint(1), settled[0].uint(2)], [Some(1), Some(2)]);
}

#[test]
fn a_delivery_id_that_is_none_ends_the_connection() {
    let mut peer = Peer::open(0);
    peer.client.attach_receiver(NOW, "in", "/queue/q", 2);
    peer.attach("in", 0);
    peer.transfer(Value::Long(-1), [false; 2], &message(b"one"));
    assert!(peer.fault().contains("without a delivery id"));
}

#[test]
fn parts_of_two_deliveries_are_not_joined() {
    let mut peer = Peer::open(0);
    peer.client.attach_receiver(NOW, "in", "/queue/q", 2);
    peer.attach("in", 0);
    peer.transfer(Value::Uint(0), [true, false], b"half");
    peer.transfer(Value::Uint(1), [false; 2], &message(b"one"));
    assert!(peer.fault().contains("delivery 1 within delivery 0"));
}

/// Section 2.7.5: its bytes are ignored, and it takes credit that is given back.
#[test]
fn a_delivery_that_the_broker_gives_up_is_none() {
    let mut peer = Peer::open(0);
    peer.client.attach_receiver(NOW, "in", "/queue/q", 1);
    peer.attach("in", 0);
    peer.said(0x13);
    peer.transfer(Value::Uint(0), [true, false], &message(b"half"));
    peer.transfer(Value::Null, [false, true], b"garbage");
    assert_eq!(peer.bodies(), []);
    let flow = peer.said(0x13);
    assert_eq!([flow[0].uint(5), flow[0].uint(6)], [Some(1), Some(1)]);
    peer.transfer(Value::Uint(1), [false; 2], &message(b"whole"));
    assert_eq!(peer.bodies(), [(1, b"whole".to_vec())]);
}

#[test]
fn credit_that_is_withdrawn_is_not_used() {
    let mut peer = Peer::open(0);
    let link = peer.client.attach_sender(NOW, "out", "/queue/q");
    peer.attach("out", 0);
    let flow = |counted: u32, credit: u32, echo: bool| {
        let window = [
            Value::Uint(0),
            Value::Uint(100),
            Value::Uint(0),
            Value::Uint(100),
        ];
        let link = [0, counted, credit].map(Value::Uint);
        let rest = [Value::Null, Value::Null, Value::Bool(echo)];
        window.into_iter().chain(link).chain(rest).collect()
    };
    peer.say(false, 0x13, flow(0, 3, false), b"");
    for _ in 0..3 {
        peer.client.send(link, &Message::default());
    }
    assert_eq!(peer.said(0x14).len(), 3);
    // Said before the three were counted.
    peer.say(false, 0x13, flow(0, 0, true), b"");
    peer.client.send(link, &Message::default());
    let said = peer.said(0x13);
    assert_eq!(
        [said[0].uint(4), said[0].uint(5)],
        [Some(link), Some(3)],
        "an echo"
    );
    peer.client.send(link, &Message::default());
    assert_eq!(peer.said(0x14), []);
    peer.say(false, 0x13, flow(3, 1, false), b"");
    assert_eq!(peer.said(0x14).len(), 1);
}

#[test]
fn a_link_that_is_never_attached_is_noticed() {
    let mut peer = Peer::open(0);
    peer.client.attach_receiver(NOW, "in", "/queue/q", 1);
    let due = NOW.plus_nanos(i64::from(ANSWER_SECONDS) * 1_000_000_000);
    assert_eq!(peer.client.deadline(), Some(due));
    peer.client.tick(due);
    let unanswered = SessionError::Unanswered {
        what: "the attachment of a link",
        seconds: ANSWER_SECONDS.into(),
    };
    assert_eq!(peer.client.event(), Some(amqp10::Event::Closed(unanswered)));
}

/// An AMQP 0-9-1 client whose channel is open.
fn ready() -> amqp091::Client {
    let mut client = amqp091::Client::new(amqp091::Config::new(plain()));
    client.connected(NOW);
    let opening = [
        (
            0,
            Method::ConnectionStart {
                version_major: 0,
                version_minor: 9,
                server_properties: amqp091::Table::default(),
                mechanisms: b"PLAIN".to_vec(),
                locales: b"en_US".to_vec(),
            },
        ),
        (
            0,
            Method::ConnectionTune {
                channel_max: 0,
                frame_max: 0,
                heartbeat: 0,
            },
        ),
        (
            0,
            Method::ConnectionOpenOk {
                reserved_1: String::new(),
            },
        ),
        (
            1,
            Method::ChannelOpenOk {
                reserved_1: Vec::new(),
            },
        ),
    ];
    for (channel, method) in opening {
        hear(&mut client, channel, Payload::Method(method));
    }
    assert_eq!(client.event(), Some(amqp091::Event::Ready));
    client
}

fn hear(client: &mut amqp091::Client, channel: u16, payload: Payload) {
    let mut bytes = Vec::new();
    amqp091::Frame { channel, payload }.encode(&mut bytes);
    client.received(NOW, &bytes);
}

#[test]
fn a_message_on_its_way_does_not_spoil_the_end() {
    let mut client = ready();
    client.close(NOW);
    let deliver = Method::BasicDeliver {
        consumer_tag: "c".to_owned(),
        delivery_tag: 1,
        redelivered: false,
        exchange: String::new(),
        routing_key: "q".to_owned(),
    };
    hear(&mut client, 1, Payload::Method(deliver));
    hear(&mut client, 1, Payload::Header(Box::default(), 3));
    hear(&mut client, 1, Payload::Body(b"one".to_vec()));
    hear(
        &mut client,
        0,
        Payload::Method(Method::ConnectionCloseOk {}),
    );
    let closed = SessionError::Refused {
        code: 200,
        text: "closed as asked".to_owned(),
    };
    assert_eq!(client.event(), Some(amqp091::Event::Closed(closed)));
}

#[test]
fn an_answer_belongs_to_what_was_asked() {
    let mut client = ready();
    client.prefetch(NOW, 7);
    client.update_secret(NOW, b"new");
    // On another channel, so that it may come first.
    hear(
        &mut client,
        0,
        Payload::Method(Method::ConnectionUpdateSecretOk {}),
    );
    let done = |what| Some(amqp091::Event::Done(what));
    assert_eq!(client.event(), done("ConnectionUpdateSecret"));
    hear(&mut client, 1, Payload::Method(Method::BasicQosOk {}));
    assert_eq!(client.event(), done("BasicQos"));
    let declared = Method::QueueDeclareOk {
        queue: "q".to_owned(),
        message_count: 0,
        consumer_count: 0,
    };
    hear(&mut client, 1, Payload::Method(declared));
    let Some(amqp091::Event::Closed(error)) = client.event() else {
        panic!("an answer that nobody asked for was taken");
    };
    assert!(
        error
            .to_string()
            .contains("QueueDeclareOk was not asked for")
    );
}
