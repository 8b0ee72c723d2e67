//! How a client introduces itself, frame by frame.
#![allow(clippy::unwrap_used, clippy::panic)]

use wattbook_domain::Timestamp;
use wattbook_session::amqp10::{self, Frame, FrameReader, Header, Performative, Value};
use wattbook_session::amqp091::{self, Method, Payload, Table};
use wattbook_session::sasl::Credentials;
use wattbook_session::{Connection, SessionError};

const NOW: Timestamp = Timestamp::from_seconds(1_764_140_000);

fn external(identity: &str) -> Credentials {
    Credentials::External {
        identity: identity.to_owned(),
    }
}

fn plain() -> Credentials {
    Credentials::Plain {
        user: "user".to_owned(),
        password: "secret".to_owned(),
    }
}

/// What an AMQP 0-9-1 client answers to a broker that offers `mechanisms`.
fn started(credentials: Credentials, mechanisms: &str) -> Result<(String, Vec<u8>), SessionError> {
    let mut client = amqp091::Client::new(amqp091::Config::new(credentials));
    client.connected(NOW);
    assert_eq!(client.take_output(NOW).unwrap(), b"AMQP\0\0\x09\x01");
    let start = amqp091::Frame {
        channel: 0,
        payload: Payload::Method(Method::ConnectionStart {
            version_major: 0,
            version_minor: 9,
            server_properties: Table::default(),
            mechanisms: mechanisms.as_bytes().to_vec(),
            locales: b"en_US".to_vec(),
        }),
    };
    let mut bytes = Vec::new();
    start.encode(&mut bytes);
    client.received(NOW, &bytes);
    if let Some(amqp091::Event::Closed(error)) = client.event() {
        return Err(error);
    }
    let mut reader = amqp091::FrameReader::new(1 << 16);
    reader.push(&client.take_output(NOW).unwrap());
    match reader.frame().unwrap().unwrap().payload {
        Payload::Method(Method::ConnectionStartOk {
            mechanism,
            response,
            ..
        }) => Ok((mechanism, response)),
        other => panic!("{other:?}"),
    }
}

#[test]
fn amqp_0_9_1_names_mechanism_and_identity() {
    let offered = "AMQPLAIN PLAIN EXTERNAL";
    let external_ok = |identity: &str| Ok(("EXTERNAL".to_owned(), identity.as_bytes().to_vec()));
    assert_eq!(started(external(""), offered), external_ok(""));
    assert_eq!(started(external("desk-7"), offered), external_ok("desk-7"));
    let expected = ("PLAIN".to_owned(), b"\0user\0secret".to_vec());
    assert_eq!(started(plain(), offered), Ok(expected));
    let refused = SessionError::Refused {
        code: 403,
        text: "no SASL mechanism EXTERNAL, only PLAIN".to_owned(),
    };
    assert_eq!(started(external(""), "PLAIN"), Err(refused));
}

/// The frame of `sasl-mechanisms` with a list of `offered`: part 5, section 5.3.3.1, as an array of
/// symbols (part 1, section 1.6.24).
fn mechanisms(offered: &[&str]) -> Vec<u8> {
    let symbols = offered.iter();
    let symbols: Vec<u8> = symbols
        .flat_map(|word| [&[word.len() as u8], word.as_bytes()].concat())
        .collect();
    let array = [
        &[0xE0, symbols.len() as u8 + 2, offered.len() as u8, 0xA3],
        &symbols[..],
    ]
    .concat();
    let list = [&[0xC0, array.len() as u8 + 1, 1], &array[..]].concat();
    let body = [&[0x00, 0x53, 0x40], &list[..]].concat();
    let size = (body.len() as u32 + 8).to_be_bytes();
    [&size[..], &[2, 1, 0, 0], &body].concat()
}

/// What an AMQP 1.0 client answers to `offer`.
fn introduced(credentials: Credentials, offer: &[u8]) -> Result<Performative, SessionError> {
    let mut client = amqp10::Client::new(amqp10::Config {
        credentials,
        host: "vhost:/".to_owned(),
        heartbeat_seconds: 10,
        frame_bytes_max: 65_536,
        message_bytes_max: 65_536,
        answer_seconds: 10,
        container: "test".to_owned(),
    });
    client.connected(NOW);
    assert_eq!(client.take_output(NOW).unwrap(), Header::Sasl.bytes());
    client.received(NOW, &Header::Sasl.bytes());
    client.received(NOW, offer);
    if let Some(amqp10::Event::Closed(error)) = client.event() {
        return Err(error);
    }
    let mut reader = FrameReader::new(65_536);
    reader.push(&client.take_output(NOW).unwrap());
    let frame = reader.frame().unwrap().unwrap();
    assert!(frame.is_sasl);
    Ok(frame.performative.unwrap())
}

#[test]
fn amqp_1_0_names_mechanism_and_identity() {
    let init = |mechanism: &str, response: &[u8]| {
        let fields = vec![
            Value::symbol(mechanism),
            Value::Binary(response.to_vec()),
            Value::text("vhost:/"),
        ];
        Ok(Performative::new(0x41, fields))
    };
    let offer = mechanisms(&["ANONYMOUS", "PLAIN", "EXTERNAL"]);
    assert_eq!(introduced(external(""), &offer), init("EXTERNAL", b""));
    let desk = introduced(external("desk-7"), &offer);
    assert_eq!(desk, init("EXTERNAL", b"desk-7"));
    assert_eq!(
        introduced(plain(), &offer),
        init("PLAIN", b"\0user\0secret")
    );
    // A single symbol stands for an array of one: part 1, section 1.4.
    let mut single = Vec::new();
    Frame {
        is_sasl: true,
        channel: 0,
        performative: Some(Performative::new(0x40, vec![Value::symbol("EXTERNAL")])),
        payload: Vec::new(),
    }
    .encode(&mut single);
    assert_eq!(introduced(external(""), &single), init("EXTERNAL", b""));
    let refused = SessionError::Refused {
        code: 403,
        text: "no SASL mechanism EXTERNAL, only PLAIN".to_owned(),
    };
    let offer = mechanisms(&["PLAIN"]);
    assert_eq!(introduced(external(""), &offer), Err(refused));
}

#[test]
fn no_text_shows_a_password() {
    assert_eq!(format!("{:?}", plain()), "PLAIN user");
    assert_eq!(format!("{:?}", external("desk-7")), "EXTERNAL desk-7");
}
