//! The exchange's end of a FIX session, written message by message.

use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::time::{Duration, Instant};

use wattbook_codec::fix::{Decoder, Encoder, Frame, MessageWriter, Precision};
use wattbook_gateway::wall_clock;

/// What listens, and what came.
pub(crate) struct Peer {
    listener: TcpListener,
    stream: Option<TcpStream>,
    pub(crate) next_out: i64,
    bytes: Vec<u8>,
    /// Every message that came, `|` in place of the separator.
    pub(crate) got: Vec<String>,
}

/// The field `tag` of a message that came.
pub(crate) fn field(message: &str, tag: u32) -> String {
    let begin = format!("|{tag}=");
    let (_, rest) = message.split_once(&begin).unwrap();
    rest.split('|').next().unwrap().to_owned()
}

impl Peer {
    pub(crate) fn new() -> Self {
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            stream: None,
            next_out: 1,
            bytes: Vec::new(),
            got: Vec::new(),
        }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.listener.local_addr().unwrap()
    }

    /// Takes the next connection and answers its logon; with `reset` both sides begin at 1.
    pub(crate) fn log_on(&mut self, reset: bool) {
        let (stream, _) = self.listener.accept().unwrap();
        let wait = Some(Duration::from_millis(2));
        stream.set_read_timeout(wait).unwrap();
        self.stream = Some(stream);
        self.bytes.clear();
        let before = self.of("A").len();
        let last = Instant::now() + Duration::from_mins(1);
        while self.of("A").len() == before {
            assert!(Instant::now() < last, "no logon");
            self.read();
        }
        if reset {
            self.next_out = 1;
        }
        self.send("A", |body| {
            body.int(98, 0).int(108, 30);
            if reset {
                body.bool(141, true);
            }
        });
    }

    /// Messages of `msg_type` that came.
    pub(crate) fn of(&self, msg_type: &str) -> Vec<String> {
        let kind = format!("|35={msg_type}|");
        let found = self.got.iter().filter(|message| message.contains(&kind));
        found.cloned().collect()
    }

    /// Reads what has come.
    pub(crate) fn read(&mut self) {
        let Some(stream) = &mut self.stream else {
            std::thread::yield_now();
            return;
        };
        let mut room = [0; 4_096];
        match stream.read(&mut room) {
            Ok(count) => self.bytes.extend_from_slice(&room[..count]),
            Err(error) => assert!(
                matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut),
                "{error}"
            ),
        }
        let mut decoder = Decoder::default();
        let mut frames = decoder.frames(&self.bytes);
        while let Some(frame) = frames.next() {
            if let Frame::Message(message) = frame {
                let text = String::from_utf8_lossy(message.bytes()).replace('\u{1}', "|");
                self.got.push(text);
            }
        }
        let done = frames.offset();
        self.bytes.drain(..done);
    }

    pub(crate) fn send(&mut self, msg_type: &str, body: impl FnOnce(&mut MessageWriter<'_>)) {
        let mut encoder = Encoder::new();
        let mut message = encoder.message("FIX.4.4", msg_type);
        message.int(34, self.next_out).text(49, "X");
        message.timestamp(52, wall_clock(), Precision::Millis);
        message.text(56, "DESK");
        body(&mut message);
        let stream = self.stream.as_mut().unwrap();
        stream.write_all(message.finish().unwrap()).unwrap();
        self.next_out += 1;
    }

    /// Tells that the order `id` is in the book.
    pub(crate) fn accept(&mut self, id: &str, number: i64) {
        self.send("8", |body| {
            body.text(37, "X1").text(11, id).int(17, number);
            body.char(150, b'0')
                .char(39, b'0')
                .text(55, "H0")
                .char(54, b'1');
            body.int(151, 1).int(14, 0).int(6, 0);
        });
    }

    /// Cuts the line.
    pub(crate) fn hang_up(&mut self) {
        self.stream = None;
    }
}
