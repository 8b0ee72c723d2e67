//! Frames: what is written is read, in any chunks, and garbage is refused rather than borne badly.
#![allow(clippy::unwrap_used, clippy::panic)]

use proptest::prelude::*;
use wattbook_session::amqp091::{self, Method, Payload, Properties, Table, Value};
use wattbook_session::websocket::{Message, Role, Socket};
use wattbook_session::{http, stomp};

/// Cuts `bytes` after each of `cuts` bytes, and once more.
fn chunks<'a>(bytes: &'a [u8], cuts: &[usize]) -> Vec<&'a [u8]> {
    let (mut parts, mut rest) = (Vec::new(), bytes);
    for cut in cuts {
        let (part, left) = rest.split_at(*cut.min(&rest.len()));
        parts.push(part);
        rest = left;
    }
    parts.push(rest);
    parts
}

fn cuts() -> impl Strategy<Value = Vec<usize>> {
    prop::collection::vec(0_usize..40, 0..60)
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Void),
        any::<bool>().prop_map(Value::Bool),
        any::<i8>().prop_map(Value::I8),
        any::<u16>().prop_map(Value::U16),
        any::<i64>().prop_map(Value::I64),
        any::<u64>().prop_map(Value::Seconds),
        (any::<u8>(), any::<i32>()).prop_map(|(scale, digits)| Value::Decimal(scale, digits)),
        prop::collection::vec(any::<u8>(), 0..20).prop_map(Value::Text),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::Array),
            prop::collection::vec(("[a-z]{0,8}", inner), 0..4)
                .prop_map(|fields| Value::Table(Table(fields))),
        ]
    })
}

fn table() -> impl Strategy<Value = Table> {
    prop::collection::vec(("[a-z-]{0,12}", value()), 0..5).prop_map(Table)
}

fn frame() -> impl Strategy<Value = amqp091::Frame> {
    let properties = (
        prop::option::of("[a-z/]{0,20}"),
        prop::option::of(table()),
        prop::option::of(any::<u8>()),
        prop::option::of(any::<u64>()),
    );
    let properties =
        properties.prop_map(|(content_type, headers, priority, timestamp)| Properties {
            content_type,
            headers,
            priority,
            timestamp,
            ..Properties::default()
        });
    let declare = (".{0,30}", any::<[bool; 5]>(), table()).prop_map(|(queue, flags, arguments)| {
        let [passive, durable, exclusive, auto_delete, no_wait] = flags;
        Method::QueueDeclare {
            reserved_1: 0,
            queue,
            passive,
            durable,
            exclusive,
            auto_delete,
            no_wait,
            arguments,
        }
    });
    let deliver = (any::<u64>(), any::<bool>()).prop_map(|(delivery_tag, redelivered)| {
        Method::BasicDeliver {
            consumer_tag: "c".to_owned(),
            delivery_tag,
            redelivered,
            exchange: String::new(),
            routing_key: "k".to_owned(),
        }
    });
    let payload = prop_oneof![
        declare.prop_map(Payload::Method),
        deliver.prop_map(Payload::Method),
        (properties, any::<u64>())
            .prop_map(|(properties, size)| Payload::Header(Box::new(properties), size)),
        prop::collection::vec(any::<u8>(), 0..100).prop_map(Payload::Body),
        Just(Payload::Heartbeat),
    ];
    (any::<u16>(), payload).prop_map(|(channel, payload)| amqp091::Frame { channel, payload })
}

fn stomp_frame() -> impl Strategy<Value = stomp::Frame> {
    let headers = prop::collection::vec(("[a-z\\\\:\n-]{1,10}", "[ -~\n\\\\:]{0,20}"), 0..5);
    (headers, prop::collection::vec(any::<u8>(), 0..60)).prop_map(|(headers, body)| {
        let frame = stomp::Frame {
            command: "MESSAGE".to_owned(),
            headers,
            body: Vec::new(),
        };
        frame.with_body(&body)
    })
}

fn message() -> impl Strategy<Value = Message> {
    prop_oneof![
        20 => ".{0,200}".prop_map(Message::Text),
        20 => prop::collection::vec(any::<u8>(), 0..1_000).prop_map(Message::Binary),
        1 => prop::collection::vec(any::<u8>(), 65_530..65_540).prop_map(Message::Binary),
        20 => prop::collection::vec(any::<u8>(), 0..125).prop_map(Message::Pong),
    ]
}

proptest! {
    #[test]
    fn amqp_frames_come_back_in_any_chunks(
        frames in prop::collection::vec(frame(), 1..8), cuts in cuts(),
    ) {
        let mut bytes = Vec::new();
        for frame in &frames {
            frame.encode(&mut bytes);
        }
        let mut reader = amqp091::FrameReader::new(1 << 20);
        let mut read = Vec::new();
        for chunk in chunks(&bytes, &cuts) {
            reader.push(chunk);
            while let Some(frame) = reader.frame().unwrap() {
                read.push(frame);
            }
        }
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn stomp_frames_come_back_in_any_chunks(
        frames in prop::collection::vec(stomp_frame(), 1..8), cuts in cuts(),
    ) {
        let bytes: Vec<u8> = frames.iter().flat_map(|frame| [frame.encode(), b"\n".to_vec()].concat()).collect();
        let mut reader = stomp::FrameReader::new(1 << 20);
        let (mut read, mut beats) = (Vec::new(), 0);
        for chunk in chunks(&bytes, &cuts) {
            reader.push(chunk);
            while let Some(part) = reader.part().unwrap() {
                match part {
                    stomp::Part::Frame(frame) => read.push(frame),
                    stomp::Part::Heartbeat => beats += 1,
                }
            }
        }
        prop_assert_eq!(beats, frames.len());
        prop_assert_eq!(read, frames);
    }

    #[test]
    fn websocket_messages_come_back_in_any_chunks(
        messages in prop::collection::vec(message(), 1..5), cuts in cuts(), seed in any::<u64>(),
        is_client in any::<bool>(),
    ) {
        let (from, to) = if is_client { (Role::Client, Role::Server) } else { (Role::Server, Role::Client) };
        let (mut sender, mut receiver) = (Socket::new(from, 0, seed), Socket::new(to, 1 << 20, 0));
        for message in &messages {
            sender.send(message);
        }
        let mut read = Vec::new();
        for chunk in chunks(&sender.take_output().unwrap(), &cuts) {
            receiver.receive(chunk).unwrap();
            read.extend(std::iter::from_fn(|| receiver.message()));
        }
        prop_assert_eq!(read, messages);
    }

    #[test]
    fn http_messages_come_back_in_any_chunks(
        body in prop::collection::vec(any::<u8>(), 0..200), sizes in prop::collection::vec(1_usize..50, 0..9),
        cuts in cuts(), is_chunked in any::<bool>(),
    ) {
        let mut response = http::Response {
            status: 200,
            headers: vec![("X".to_owned(), "y".to_owned())],
            body: body.clone(),
        };
        let bytes = if is_chunked {
            let mut bytes = b"HTTP/1.1 200 OK\r\nX: y\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            for part in chunks(&body, &sizes).into_iter().filter(|part| !part.is_empty()) {
                bytes.extend(format!("{:x}\r\n", part.len()).bytes());
                bytes.extend_from_slice(part);
                bytes.extend_from_slice(b"\r\n");
            }
            bytes.extend_from_slice(b"0\r\n\r\n");
            bytes
        } else {
            response.encode()
        };
        let mut reader = http::Reader::new(1_000);
        let mut read = None;
        for chunk in chunks(&bytes, &cuts) {
            reader.push(chunk);
            read = read.or(reader.response().unwrap());
        }
        let read = read.unwrap();
        response.headers.clone_from(&read.headers);
        prop_assert_eq!(read, response);
        prop_assert_eq!(reader.rest(), Vec::<u8>::new());
    }

    #[test]
    fn garbage_is_refused_with_its_place(bytes in prop::collection::vec(any::<u8>(), 0..400), cuts in cuts()) {
        let mut frames = amqp091::FrameReader::new(4_096);
        let mut stomp = stomp::FrameReader::new(4_096);
        let mut socket = Socket::new(Role::Client, 4_096, 0);
        let mut http = http::Reader::new(4_096);
        for chunk in chunks(&bytes, &cuts) {
            frames.push(chunk);
            while let Ok(Some(_)) = frames.frame() {}
            stomp.push(chunk);
            while let Ok(Some(_)) = stomp.part() {}
            let _refused = socket.receive(chunk);
            http.push(chunk);
            while let Ok(Some(_)) = http.response() {}
        }
    }
}
