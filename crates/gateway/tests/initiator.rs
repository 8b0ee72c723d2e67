//! An initiator whose application or counterparty fails.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use wattbook_codec::fix::{Encoder, Message, Precision};
use wattbook_gateway::fix::{Ended, Initiator, InitiatorConfig};
use wattbook_gateway::wall_clock;
use wattbook_session::fix::{
    Application, Declined, MemoryStore, Outbox, Role, Session, SessionConfig, SessionError,
    SessionId, Version,
};

const PATIENCE: Duration = Duration::from_mins(1);

/// What an application does once it is logged on.
#[derive(Clone, Copy)]
enum Does {
    Panics,
    /// Sends more than the line holds.
    Floods,
}

struct Faulty {
    does: Does,
    disconnected: Sender<()>,
}

impl Application<MemoryStore> for Faulty {
    fn on_message(
        &mut self,
        _message: &Message<'_>,
        _outbox: &mut Outbox<MemoryStore>,
    ) -> Result<(), Declined> {
        Ok(())
    }

    fn on_time(&mut self, outbox: &mut Outbox<MemoryStore>) -> Result<(), SessionError> {
        match self.does {
            Does::Panics => panic!("a fault of the application"),
            Does::Floods => outbox.send_once("B", |body| {
                body.text(148, &"x".repeat(60_000)).int(33, 1).text(58, "y");
            }),
        }
    }

    fn interval_ns(&self) -> Option<i64> {
        Some(1_000_000)
    }

    fn on_disconnect(&mut self) {
        // Nobody listens any more once the test has what it wants.
        self.disconnected.send(()).ok();
    }
}

/// Takes a connection and answers its logon; reads no further.
fn answer_logon(listener: &TcpListener) -> TcpStream {
    let (mut stream, _) = listener.accept().unwrap();
    let mut logon = [0; 4_096];
    assert!(stream.read(&mut logon).unwrap() > 0);
    let mut encoder = Encoder::new();
    let mut message = encoder.message("FIX.4.4", "A");
    message.int(34, 1).text(49, "VENUE");
    message.timestamp(52, wall_clock(), Precision::Millis);
    message.text(56, "DESK").int(98, 0).int(108, 30);
    stream.write_all(message.finish().unwrap()).unwrap();
    stream
}

/// How the connection of an application that `does` so ends; it has heard of the end by then.
fn ended(does: Does) -> (String, bool) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let id = SessionId {
        version: Version::Fix44,
        sender: "DESK".to_owned(),
        target: "VENUE".to_owned(),
    };
    let config = SessionConfig::new(id, Role::Initiator);
    let session = Session::new(config, MemoryStore::default());
    let (disconnected, heard) = channel();
    let (tell, told) = channel();
    let on_end = move |ended: &Ended| drop(tell.send((ended.to_string(), ended.is_final())));
    let faulty = Faulty { does, disconnected };
    let address = listener.local_addr().unwrap();
    let initiator = Initiator::start(InitiatorConfig::new(address), session, faulty, on_end);
    let stream = answer_logon(&listener);
    let ended = told.recv_timeout(PATIENCE).unwrap();
    heard.recv_timeout(PATIENCE).unwrap();
    drop((stream, listener, initiator));
    ended
}

#[test]
fn a_panic_of_the_application_ends_the_session_and_is_told() {
    let (why, is_final) = ended(Does::Panics);
    assert!(why.contains("a fault of the application"), "{why}");
    assert!(is_final);
}

#[test]
fn a_counterparty_that_reads_nothing_is_given_up() {
    let (why, is_final) = ended(Does::Floods);
    assert_eq!(why, "the other side has taken nothing for 10 s");
    assert!(!is_final);
}
