//! Decoders of sessions: the same in any chunks, and what is read is written so that it is read again.

use std::fmt::Debug;

use wattbook_domain::Timestamp;
use wattbook_session::sasl::Credentials;
use wattbook_session::venue::Secrets;
use wattbook_session::websocket::{Role, Socket};
use wattbook_session::{
    Connection as _, Endpoint, Input, Link, Session as _, amqp10, amqp091, http, m7, nordpool,
    stomp,
};

/// Longest frame or body.
const BYTES_MAX: usize = 1 << 16;

/// Reads `bytes` at once and byte by byte with readers that `make` makes and `next` reads; both give
/// the same up to the same fault.
fn same_in_chunks<R, T: PartialEq + Debug>(
    bytes: &[u8],
    make: impl Fn() -> R,
    push: impl Fn(&mut R, &[u8]),
    next: impl Fn(&mut R) -> Result<Option<T>, String>,
) -> Vec<T> {
    let read = |chunk_bytes: usize| {
        let (mut reader, mut all) = (make(), Vec::new());
        for chunk in bytes.chunks(chunk_bytes.max(1)) {
            push(&mut reader, chunk);
            loop {
                match next(&mut reader) {
                    Ok(Some(one)) => all.push(one),
                    Ok(None) => break,
                    Err(reason) => return (all, Some(reason)),
                }
            }
        }
        (all, None)
    };
    let (whole, single) = (read(bytes.len()), read(1));
    assert_eq!(whole.0, single.0);
    // A fault may show before the last byte of its frame is there.
    assert_eq!(whole.1.is_some(), single.1.is_some());
    whole.0
}

/// Frames of AMQP 0-9-1.
pub(crate) fn amqp091(bytes: &[u8]) {
    let frames = same_in_chunks(
        bytes,
        || amqp091::FrameReader::new(BYTES_MAX),
        amqp091::FrameReader::push,
        |reader| reader.frame().map_err(|error| error.to_string()),
    );
    for frame in frames {
        let mut encoded = Vec::new();
        frame.encode(&mut encoded);
        let mut reader = amqp091::FrameReader::new(2 * BYTES_MAX);
        reader.push(&encoded);
        // As text, because a NaN of a table differs from itself.
        let again = reader.frame().map(|frame| format!("{frame:?}"));
        assert_eq!(again, Ok(format!("{:?}", Some(frame))));
    }
}

/// Frames and messages of AMQP 1.0.
pub(crate) fn amqp10(bytes: &[u8]) {
    let frames = same_in_chunks(
        bytes,
        || amqp10::FrameReader::new(BYTES_MAX),
        amqp10::FrameReader::push,
        |reader| {
            let frame = reader.frame().map_err(|error| error.to_string());
            frame.map(|frame| frame.map(|frame| format!("{frame:?}")))
        },
    );
    drop(frames);
    if let Ok(message) = amqp10::Message::decode(bytes) {
        let again = amqp10::Message::decode(&message.encode());
        assert_eq!(again.map(|again| again.body), Ok(message.body));
    }
}

/// What a client of AMQP 1.0 makes of a broker: two links, and every message settled.
pub(crate) fn amqp10_client(bytes: &[u8]) {
    let now = Timestamp::from_seconds(1_764_140_000);
    let heard = |chunk_bytes: usize| {
        let mut client = amqp10::Client::new(amqp10::Config {
            credentials: Credentials::External {
                identity: String::new(),
            },
            host: String::new(),
            heartbeat_seconds: 10,
            frame_bytes_max: BYTES_MAX as u32,
            message_bytes_max: BYTES_MAX,
            answer_seconds: 10,
            container: String::new(),
        });
        client.connected(now);
        let mut events = Vec::new();
        for chunk in bytes.chunks(chunk_bytes.max(1)) {
            client.received(now, chunk);
            while let Some(event) = client.event() {
                match &event {
                    amqp10::Event::Ready => {
                        client.attach_receiver(now, "in", "", 2);
                        let out = client.attach_sender(now, "out", "");
                        client.send(out, &amqp10::Message::default());
                    }
                    amqp10::Event::Delivered(_, number, _)
                    | amqp10::Event::Unreadable(_, number, ..) => client.accept(*number),
                    _ => {}
                }
                events.push(format!("{event:?}"));
            }
            client.tick(now);
            let _sent = client.take_output(now);
        }
        events
    };
    // A frame is longer than either chunk, so that each is answered before the next.
    assert_eq!(heard(7), heard(3));
    let _borne = heard(bytes.len());
}

/// Frames of STOMP.
pub(crate) fn stomp(bytes: &[u8]) {
    let parts = same_in_chunks(
        bytes,
        || stomp::FrameReader::new(BYTES_MAX),
        stomp::FrameReader::push,
        |reader| reader.part().map_err(|error| error.to_string()),
    );
    for part in parts {
        if let stomp::Part::Frame(frame) = part {
            let mut reader = stomp::FrameReader::new(2 * BYTES_MAX);
            reader.push(&frame.encode());
            assert!(matches!(reader.part(), Ok(Some(_))), "{frame:?}");
        }
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        // Whatever it is, it is told apart without a panic.
        let _told = stomp::SockJs::decode(text);
    }
}

/// Frames of WebSocket from both sides, and HTTP before them.
pub(crate) fn websocket(bytes: &[u8]) {
    for role in [Role::Client, Role::Server] {
        let (mut whole, mut single) = (
            Socket::new(role, BYTES_MAX, 1),
            Socket::new(role, BYTES_MAX, 1),
        );
        let result = whole.receive(bytes);
        let results: Vec<_> = bytes
            .chunks(1)
            .map(|chunk| single.receive(chunk))
            .take_while(Result::is_ok)
            .collect();
        assert_eq!(result.is_ok(), results.len() == bytes.len());
        let all = |socket: &mut Socket| std::iter::from_fn(|| socket.message()).collect::<Vec<_>>();
        assert_eq!(all(&mut whole), all(&mut single));
    }
    same_in_chunks(
        bytes,
        || http::Reader::new(BYTES_MAX),
        http::Reader::push,
        |reader| reader.response().map_err(|error| error.to_string()),
    );
}

/// XML of M7.
pub(crate) fn m7(bytes: &[u8]) {
    let mut faults = Vec::new();
    let read = m7::decode(bytes, &mut faults);
    for fault in faults {
        assert!(fault.offset <= bytes.len(), "{fault:?}");
    }
    if let Err(error) = read {
        assert!(error.offset() <= bytes.len(), "{error}");
    }
}

/// A session with M7 whose broker says `bytes`: the same events in small chunks.
pub(crate) fn m7_session(bytes: &[u8]) {
    let said = |chunk_bytes: usize| {
        let endpoint = Endpoint {
            host: String::new(),
            port: 0,
            is_tls: false,
        };
        let mut settings =
            m7::M7Settings::new(endpoint, Secrets::default(), "SIM", &["XBID_Hour_Power"]);
        settings.accounts = vec!["ACC".to_owned()];
        let mut session = m7::M7Session::new(settings);
        let mut events = Vec::new();
        let mut tell = |input: Input<'_>| {
            session.handle(Timestamp::from_seconds(1_764_140_000), input);
            while session.action().is_some() {}
            events.extend(std::iter::from_fn(|| session.event()));
        };
        tell(Input::Time);
        tell(Input::Connected(Link(0)));
        for chunk in bytes.chunks(chunk_bytes.max(1)) {
            tell(Input::Received(Link(0), chunk));
        }
        events
    };
    // A frame is longer than either chunk, so that no answer comes before its question is asked; at
    // once, a broker that answers early need only be borne.
    assert_eq!(said(7), said(3));
    let _borne = said(bytes.len());
}

/// JSON of Nord Pool's topics.
pub(crate) fn nordpool(bytes: &[u8]) {
    use nordpool::Topic;
    for topic in [
        Topic::Areas,
        Topic::Contracts,
        Topic::LocalView,
        Topic::Ticker,
        Topic::Capacities,
        Topic::OwnOrders,
        Topic::OwnTrades,
    ] {
        let mut faults = Vec::new();
        let read = nordpool::rows(topic, bytes, &mut faults);
        for fault in faults {
            assert!(fault.offset <= bytes.len(), "{fault:?}");
        }
        if let Err(error) = read {
            assert!(error.offset() <= bytes.len(), "{error}");
        }
    }
}
