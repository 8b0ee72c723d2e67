//! An acceptor over loopback whose session may keep next to nothing.
#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use wattbook_codec::fix::{Decoder, Encoder, Frame, Precision};
use wattbook_gateway::fix::{Acceptor, Echo};
use wattbook_gateway::wall_clock;
use wattbook_session::fix::{MemoryStore, Role, Session, SessionConfig, SessionId, Version};

const ORDERS: i64 = 20;
const PATIENCE: Duration = Duration::from_mins(1);

/// A logon, orders, and a request to send everything again, in one piece.
fn asked() -> Vec<u8> {
    let now = wall_clock();
    let mut encoder = Encoder::new();
    let mut bytes = Vec::new();
    for number in 1..=ORDERS + 2 {
        let msg_type = match number {
            1 => "A",
            _ if number == ORDERS + 2 => "2",
            _ => "D",
        };
        let mut message = encoder.message("FIX.4.4", msg_type);
        message.int(34, number).text(49, "DESK");
        message.timestamp(52, now, Precision::Millis);
        message.text(56, "VENUE");
        match msg_type {
            "A" => message.int(98, 0).int(108, 30),
            "2" => message.int(7, 1).int(16, 0),
            _ => {
                message.text(11, &format!("order-{number}"));
                message.text(55, "DE-BASE-M1").char(54, b'1');
                message.timestamp(60, now, Precision::Millis);
                message.int(38, 10).char(40, b'1')
            }
        };
        bytes.extend_from_slice(message.finish().unwrap());
    }
    bytes
}

/// How many orders `bytes` hold, and how many of them are marked as sent before.
fn orders(bytes: &[u8]) -> (i64, i64) {
    let mut decoder = Decoder::default();
    let mut frames = decoder.frames(bytes);
    let (mut all, mut repeated) = (0, 0);
    while let Some(frame) = frames.next() {
        if let Frame::Message(message) = frame
            && message.msg_type() == b"D"
        {
            all += 1;
            repeated += i64::from(message.get(43).is_some());
        }
    }
    (all, repeated)
}

#[test]
fn a_session_that_may_keep_nothing_still_answers_everything() {
    let id = SessionId {
        version: Version::Fix44,
        sender: "VENUE".into(),
        target: "DESK".into(),
    };
    let mut config = SessionConfig::new(id, Role::Acceptor);
    (config.send_bytes_max, config.events_max) = (0, 0);
    let session = Session::new(config, MemoryStore::default());
    let echo = Echo::new(Version::Fix44.dictionary());
    let acceptor = Acceptor::start(0, vec![(session, echo)]).unwrap();
    let mut stream = TcpStream::connect(acceptor.address()).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(&asked()).unwrap();
    let (begun, mut heard) = (Instant::now(), Vec::new());
    while orders(&heard) != (2 * ORDERS, ORDERS) {
        assert!(begun.elapsed() < PATIENCE, "heard {:?}", orders(&heard));
        let mut piece = [0; 4_096];
        let count = stream.read(&mut piece).unwrap();
        assert!(count > 0, "closed after {:?}", orders(&heard));
        heard.extend_from_slice(&piece[..count]);
    }
}
